//! What can be chosen about the room, painted.
//!
//! This file does not know what a choice leads to (`view_model/settings.rs`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use relm4::Sender;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use crate::text;
use crate::view_model::choices::{Notify, SaveCards};
use crate::view_model::settings::{Msg, Setting, Settings};

/// The rows.
#[derive(Debug)]
pub(super) struct ChoiceRows {
    group: adw::PreferencesGroup,
    notify: adw::ComboRow,
    sound: (adw::ActionRow, gtk::Switch),
    disturb: (adw::ActionRow, gtk::Switch),
    save: adw::ComboRow,
    /// What the row of saving offers, from top to bottom.
    savings: Rc<RefCell<Vec<SaveCards>>>,
    is_painting: Rc<Cell<bool>>,
}

impl ChoiceRows {
    /// Makes the rows.
    pub(super) fn new(sender: &Sender<Msg>) -> Self {
        let is_painting = Rc::<Cell<bool>>::default();
        let notify = adw::ComboRow::builder()
            .title("Notifications")
            .subtitle("While you look elsewhere; to you are mentions and direct messages")
            .model(&gtk::StringList::new(&Notify::ALL.map(text::notify)))
            .build();
        let (input, painting) = (sender.clone(), Rc::clone(&is_painting));
        notify.connect_selected_notify(move |row| {
            let chosen = Notify::ALL.get(row.selected() as usize).filter(|_| !painting.get());
            if let Some(notify) = chosen {
                input.emit(Msg::Set(Setting::Notify(*notify)));
            }
        });
        let savings = Rc::<RefCell<Vec<SaveCards>>>::default();
        let save = adw::ComboRow::builder()
            .title("Save Files by Themselves")
            .subtitle("When somebody shows them in the room or to you")
            .build();
        let (input, painting, offered) = (sender.clone(), Rc::clone(&is_painting), Rc::clone(&savings));
        save.connect_selected_notify(move |row| {
            if painting.get() {
                return;
            }
            if let Some(save) = offered.borrow().get(row.selected() as usize) {
                input.emit(Msg::Set(Setting::SaveCards(*save)));
            }
        });
        let switch = |title, subtitle, setting| switch_row(title, subtitle, setting, &is_painting, sender);
        let sound = switch("Sound", "With each notification", Setting::Sound);
        let disturb = switch("Do Not Disturb", "No notifications for now", Setting::DoNotDisturb);
        let group = adw::PreferencesGroup::builder().title("Room").build();
        for row in [notify.upcast_ref::<gtk::Widget>(), sound.0.upcast_ref(), disturb.0.upcast_ref()] {
            group.add(row);
        }
        group.add(&save);
        Self { group, notify, sound, disturb, save, savings, is_painting }
    }

    /// Returns the widget.
    pub(super) fn widget(&self) -> &adw::PreferencesGroup {
        &self.group
    }

    /// Shows what is chosen.
    pub(super) fn show(&self, state: &Settings) {
        let choices = state.choices();
        self.is_painting.set(true);
        let place = Notify::ALL.iter().position(|notify| *notify == choices.notify);
        select(&self.notify, place);
        self.sound.1.set_active(choices.has_sound);
        self.sound.0.set_sensitive(state.can_hear());
        self.disturb.1.set_active(choices.do_not_disturb);
        let savings = state.savings();
        if *self.savings.borrow() != savings {
            let words: Vec<String> = savings.iter().map(|save| text::save_cards(*save)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            self.save.set_model(Some(&gtk::StringList::new(&words)));
        }
        let place = savings.iter().position(|save| *save == choices.save_cards);
        self.savings.replace(savings);
        select(&self.save, place);
        self.is_painting.set(false);
    }
}

fn select(row: &adw::ComboRow, place: Option<usize>) {
    row.set_selected(place.and_then(|place| u32::try_from(place).ok()).unwrap_or(0));
}

fn switch_row(
    title: &str,
    subtitle: &str,
    setting: fn(bool) -> Setting,
    is_painting: &Rc<Cell<bool>>,
    sender: &Sender<Msg>,
) -> (adw::ActionRow, gtk::Switch) {
    let switch = gtk::Switch::builder().valign(gtk::Align::Center).build();
    let (input, painting) = (sender.clone(), Rc::clone(is_painting));
    switch.connect_active_notify(move |switch| {
        if !painting.get() {
            input.emit(Msg::Set(setting(switch.is_active())));
        }
    });
    let row = adw::ActionRow::builder().title(title).subtitle(subtitle).activatable_widget(&switch).build();
    row.add_suffix(&switch);
    (row, switch)
}

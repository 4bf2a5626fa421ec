//! The bar beneath the cards: what is selected and what can be done with it, or how much room is used.
//!
//! This file decides nothing.

use std::rc::Rc;

use parlour_common::message::FilePlace;
use relm4::gtk::prelude::*;
use relm4::{adw, gtk};

use crate::format::{number, size};
use crate::text;
use crate::view_model::files::{Deed, Files, View};
use crate::widgets::{name, take_keyboard};

/// The bar.
#[derive(Debug)]
pub(super) struct Bars {
    root: gtk::Box,
    picked: gtk::Box,
    count: gtk::Label,
    bytes: gtk::Label,
    spinner: gtk::Spinner,
    deeds: Vec<(Deed, gtk::Button)>,
    room: gtk::Box,
    total: gtk::Label,
    usage: gtk::Label,
    bar: gtk::ProgressBar,
    warning: gtk::Label,
}

impl Bars {
    /// Makes the bar. `on_deed` is told what is to be done, `on_clear` that nothing is to be selected.
    pub(super) fn new(on_deed: impl Fn(Deed) + 'static, on_clear: impl Fn() + 'static) -> Self {
        let root = gtk::Box::builder().css_classes(["bottom-bar"]).build();
        let (count, bytes) = (line(&[]), line(&["caption", "dim-label"]));
        let clear = gtk::Button::builder()
            .icon_name("edit-clear-symbolic")
            .valign(gtk::Align::Center)
            .css_classes(["flat", "circular", "small"])
            .build();
        name(&clear, "Clear Selection");
        clear.connect_clicked(move |_| on_clear());
        let first = gtk::Box::builder().spacing(6).build();
        first.append(&count);
        first.append(&clear);
        let words = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .valign(gtk::Align::Center)
            .hexpand(true)
            .build();
        words.append(&first);
        words.append(&bytes);
        let spinner = gtk::Spinner::builder().visible(false).build();
        let (buttons, deeds) = deed_buttons(on_deed);
        let picked = gtk::Box::builder().spacing(12).hexpand(true).visible(false).build();
        picked.append(&words);
        picked.append(&spinner);
        picked.append(&buttons);
        let (total, usage) = (line(&[]), line(&["caption", "dim-label"]));
        usage.set_xalign(1.0);
        let bar = gtk::ProgressBar::builder().valign(gtk::Align::Center).css_classes(["usage"]).build();
        bar.update_property(&[gtk::accessible::Property::Label("Room Used")]);
        let warning = line(&["caption", "warning"]);
        warning.set_wrap(true);
        warning.set_ellipsize(gtk::pango::EllipsizeMode::None);
        let used =
            gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(4).hexpand(true).build();
        let top = gtk::Box::builder().spacing(12).build();
        total.set_hexpand(true);
        top.append(&total);
        top.append(&usage);
        used.append(&top);
        used.append(&bar);
        used.append(&warning);
        let clamp = adw::Clamp::builder().maximum_size(640).child(&used).hexpand(true).build();
        let room = gtk::Box::builder().hexpand(true).build();
        room.append(&clamp);
        root.append(&picked);
        root.append(&room);
        Self { root, picked, count, bytes, spinner, deeds, room, total, usage, bar, warning }
    }

    /// Returns the widget.
    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Shows how it stands.
    pub(super) fn show(&self, state: &Files) {
        let (count, bytes) = state.picked();
        let is_picking = count > 0 || state.is_busy();
        if !is_picking {
            // GTK 4.8 would move the keyboard into a toast, which then never goes.
            take_keyboard(self.picked.upcast_ref());
        }
        self.picked.set_visible(is_picking);
        self.room.set_visible(!is_picking);
        self.count.set_text(&format!("{} selected", number(count as u64)));
        self.bytes.set_text(&bytes.map(size).unwrap_or_default());
        self.bytes.set_visible(bytes.is_some());
        self.spinner.set_visible(state.is_busy());
        self.spinner.set_spinning(state.is_busy());
        for (deed, button) in &self.deeds {
            button.set_visible(deed.is_of(state.place()));
            button.set_sensitive(state.can(*deed));
        }
        self.show_room(state);
    }

    fn show_room(&self, state: &Files) {
        let has_count = matches!(state.view(), View::Cards | View::NoMatch);
        let total = if has_count { text::file_count(state.total(), state.query()) } else { String::new() };
        self.total.set_text(&total);
        let usage = state.usage().filter(|_| state.place() != FilePlace::Shared);
        let quota = usage.and_then(|usage| Some((usage, usage.quota_bytes?)));
        self.usage.set_text(&usage.as_ref().map(text::usage).unwrap_or_default());
        self.bar.set_visible(quota.is_some());
        if let Some((usage, quota)) = quota {
            #[expect(clippy::cast_precision_loss, reason = "a bar is a few hundred pixels long")]
            let share = usage.used_bytes as f64 / quota.max(1) as f64;
            self.bar.set_fraction(share.min(1.0));
        }
        let warning = usage.as_ref().and_then(text::usage_warning);
        self.warning.set_visible(warning.is_some());
        match &warning {
            Some(_) => self.bar.add_css_class("scarce"),
            None => self.bar.remove_css_class("scarce"),
        }
        self.warning.set_text(warning.as_deref().unwrap_or_default());
        // Where there is nothing to say there is no bar.
        self.root.set_visible(self.picked.is_visible() || usage.is_some() || has_count);
    }
}

/// Makes the buttons, with their words where there is room and without where there is not.
fn deed_buttons(on_deed: impl Fn(Deed) + 'static) -> (adw::Squeezer, Vec<(Deed, gtk::Button)>) {
    let on_deed = Rc::new(on_deed);
    let squeezer = adw::Squeezer::builder().homogeneous(false).valign(gtk::Align::Center).build();
    let mut deeds = Vec::new();
    for is_wide in [true, false] {
        let row = gtk::Box::builder().spacing(6).halign(gtk::Align::End).build();
        for deed in Deed::ALL {
            let button = gtk::Button::new();
            if is_wide {
                let content =
                    adw::ButtonContent::builder().icon_name(text::deed_icon(deed)).label(text::deed(deed));
                button.set_child(Some(&content.build()));
            } else {
                button.set_icon_name(text::deed_icon(deed));
                name(&button, text::deed(deed));
            }
            if deed == Deed::Purge {
                button.add_css_class("destructive-action");
            }
            let event = Rc::clone(&on_deed);
            button.connect_clicked(move |_| event(deed));
            row.append(&button);
            deeds.push((deed, button));
        }
        squeezer.add(&row);
    }
    (squeezer, deeds)
}

fn line(classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .xalign(0.0)
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .css_classes(classes.iter().copied().map(str::to_owned).collect::<Vec<_>>())
        .build()
}

//! The bar at the top of the window: where one is, the way back, and what can be reached from anywhere.
//!
//! This file does not know what a wish leads to (`app.rs`).

use std::cell::Cell;
use std::rc::Rc;

use relm4::adw::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::{App, AppMsg, Wish, actions};
use crate::text;
use crate::view_model::Page;
use crate::view_model::shell::{PLACES, Shell};
use crate::widgets::name;

/// The bar at the top.
pub(super) struct Header {
    bar: adw::HeaderBar,
    title: adw::ViewSwitcherTitle,
    switcher_bar: adw::ViewSwitcherBar,
    places: Places,
    back: gtk::Button,
    settings: gtk::Button,
    avatar: adw::Avatar,
    transfers: gtk::ToggleButton,
    badge: gtk::Label,
    progress: gtk::ProgressBar,
}

impl Header {
    /// Makes the bar.
    pub(super) fn new(sender: &ComponentSender<App>) -> Self {
        let places = Places::new(sender);
        let title =
            adw::ViewSwitcherTitle::builder().stack(&places.stack).view_switcher_enabled(false).build();
        let back = button("go-previous-symbolic", "Back", Wish::Back, sender);
        let avatar = adw::Avatar::builder().size(26).show_initials(true).build();
        let settings = gtk::Button::builder().child(&avatar).css_classes(["flat", "avatar-button"]).build();
        name(&settings, "Settings");
        let input = sender.input_sender().clone();
        settings.connect_clicked(move |_| input.emit(AppMsg::Wish(Wish::Settings)));
        let menu = gtk::MenuButton::builder()
            .primary(true)
            .icon_name("open-menu-symbolic")
            .menu_model(&actions::menu())
            .css_classes(["flat"])
            .build();
        name(&menu, "Main Menu");
        let badge = gtk::Label::builder()
            .css_classes(["badge"])
            .halign(gtk::Align::End)
            .valign(gtk::Align::Start)
            .can_target(false)
            .build();
        let progress = gtk::ProgressBar::builder()
            .css_classes(["badge-bar"])
            .valign(gtk::Align::End)
            .can_target(false)
            .build();
        let icon = gtk::Overlay::builder()
            .child(&gtk::Image::from_icon_name("network-transmit-receive-symbolic"))
            .build();
        icon.add_overlay(&badge);
        icon.add_overlay(&progress);
        let transfers = gtk::ToggleButton::builder().child(&icon).css_classes(["flat"]).build();
        name(&transfers, "Transfers");
        let bar = adw::HeaderBar::builder().title_widget(&title).build();
        bar.pack_start(&back);
        bar.pack_end(&menu);
        bar.pack_end(&settings);
        bar.pack_end(&transfers);
        let switcher_bar = switcher_bar(&title, &places);
        Self { bar, title, switcher_bar, places, back, settings, avatar, transfers, badge, progress }
    }

    /// Returns the widget.
    pub(super) fn bar(&self) -> &adw::HeaderBar {
        &self.bar
    }

    /// Returns the button that leads back.
    pub(super) fn back(&self) -> &gtk::Button {
        &self.back
    }

    /// Returns the bar that leads to the places where the one at the top has no room for it.
    pub(super) fn switcher_bar(&self) -> &adw::ViewSwitcherBar {
        &self.switcher_bar
    }

    /// Keeps the button of the transfers pressed while their panel is shown.
    pub(super) fn follow(&self, flap: &adw::Flap) {
        flap.bind_property("reveal-flap", &self.transfers, "active").bidirectional().sync_create().build();
    }

    /// Shows where one is. Returns the title of the window.
    pub(super) fn show(&self, shell: &Shell) -> String {
        let page = shell.page();
        let is_place = shell.is_at_place();
        let title = match is_place {
            true => shell.server_name().unwrap_or_default(),
            false => text::page_title(page),
        };
        self.title.set_title(title);
        self.title.set_view_switcher_enabled(is_place);
        self.places.show(shell);
        describe_place(
            [self.title.upcast_ref(), self.switcher_bar.upcast_ref()],
            text::place_title(Page::Room),
            &text::unread(shell.unread()),
        );
        match is_place {
            true => self.bar.remove_css_class("flat"),
            false => self.bar.add_css_class("flat"),
        }
        self.back.set_visible(shell.has_way_back());
        self.settings.set_visible(is_place);
        self.avatar.set_text(shell.account().map(|account| account.user_name.as_str()));
        self.transfers.set_visible(is_place);
        let (active, fraction) = (shell.badge().active, shell.badge().fraction);
        self.badge.set_visible(active > 0);
        self.badge.set_label(&if active > 99 { "99+".to_owned() } else { active.to_string() });
        self.progress.set_visible(active > 0);
        self.progress.set_fraction(fraction);
        if title.is_empty() { "Parlour".to_owned() } else { format!("{title} – Parlour") }
    }
}

fn switcher_bar(title: &adw::ViewSwitcherTitle, places: &Places) -> adw::ViewSwitcherBar {
    let bar = adw::ViewSwitcherBar::builder().stack(&places.stack).build();
    title.bind_property("title-visible", &bar, "reveal").sync_create().build();
    // To GTK 4.8 and whoever reads the window aloud, what is merely folded away is still there.
    title.bind_property("title-visible", &bar, "visible").sync_create().build();
    bar
}

/// Has it read aloud beside a place how much is new there: the number that is painted is no text.
fn describe_place(switchers: [&gtk::Widget; 2], place: &str, words: &str) {
    for switcher in switchers {
        for_each_toggle(switcher, &|button| {
            if button.find_property("label").is_some()
                && button.property::<Option<String>>("label").as_deref() == Some(place)
            {
                button.update_property(&[gtk::accessible::Property::Description(words)]);
            }
        });
    }
}

fn for_each_toggle(widget: &gtk::Widget, found: &dyn Fn(&gtk::ToggleButton)) {
    for child in std::iter::successors(widget.first_child(), WidgetExt::next_sibling) {
        match child.downcast_ref::<gtk::ToggleButton>() {
            Some(button) => found(button),
            None => for_each_toggle(&child, found),
        }
    }
}

fn button(icon: &str, label: &str, wish: Wish, sender: &ComponentSender<App>) -> gtk::Button {
    let button = gtk::Button::from_icon_name(icon);
    name(&button, label);
    let input = sender.input_sender().clone();
    button.connect_clicked(move |_| input.emit(AppMsg::Wish(wish)));
    button
}

/// The places, as what leads to them wants them: a stack of nothing, whose pages have names and icons.
struct Places {
    stack: adw::ViewStack,
    is_painting: Rc<Cell<bool>>,
}

impl Places {
    fn new(sender: &ComponentSender<App>) -> Self {
        let stack = adw::ViewStack::new();
        let icons = ["folder-music-symbolic", "folder-documents-symbolic", "user-available-symbolic"];
        for (page, icon) in PLACES.into_iter().zip(icons) {
            let title = text::place_title(page);
            stack.add_titled(&adw::Bin::new(), Some(page.name()), title).set_icon_name(Some(icon));
        }
        let is_painting = Rc::new(Cell::new(false));
        let (input, painting) = (sender.input_sender().clone(), Rc::clone(&is_painting));
        stack.connect_visible_child_name_notify(move |stack| {
            let chosen = stack.visible_child_name();
            let place = PLACES.into_iter().find(|page| chosen.as_deref() == Some(page.name()));
            if let Some(place) = place.filter(|_| !painting.get()) {
                input.emit(AppMsg::Wish(Wish::TurnTo(place)));
            }
        });
        Self { stack, is_painting }
    }

    /// Shows where one is, and how much is new where one is not.
    fn show(&self, shell: &Shell) {
        if shell.is_at_place() {
            self.is_painting.set(true);
            self.stack.set_visible_child_name(shell.page().name());
            self.is_painting.set(false);
        }
        let (unread, mentions) = shell.unread();
        let unseen = shell.unseen();
        for (place, new, is_urgent) in [(Page::Files, unseen, unseen > 0), (Page::Room, unread, mentions > 0)]
        {
            if let Some(child) = self.stack.child_by_name(place.name()) {
                let page = self.stack.page(&child);
                page.set_badge_number(new);
                page.set_needs_attention(is_urgent);
            }
        }
    }
}

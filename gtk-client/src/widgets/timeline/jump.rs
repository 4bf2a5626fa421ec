//! The button that leads to the newest post, with how many are new.
//!
//! This file does not know where one is.

use relm4::gtk;
use relm4::gtk::prelude::*;

use crate::text;
use crate::widgets::{name, take_keyboard};

/// The button that leads to the newest.
pub(super) struct Jump {
    pub(super) revealer: gtk::Revealer,
    pub(super) button: gtk::Button,
    count: gtk::Label,
}

impl Jump {
    pub(super) fn new() -> Self {
        let count =
            gtk::Label::builder().css_classes(["badge", "jump-count"]).valign(gtk::Align::Start).build();
        let icon = gtk::Image::from_icon_name("go-bottom-symbolic");
        let button = gtk::Button::builder().child(&icon).css_classes(["circular", "osd", "jump"]).build();
        name(&button, text::TO_NEWEST);
        let overlay = gtk::Overlay::builder().child(&button).build();
        count.set_halign(gtk::Align::Center);
        count.set_can_target(false);
        overlay.add_overlay(&count);
        let revealer = gtk::Revealer::builder()
            .child(&overlay)
            .halign(gtk::Align::End)
            .valign(gtk::Align::End)
            .transition_type(gtk::RevealerTransitionType::Crossfade)
            .css_classes(["jump-place"])
            .visible(false)
            .build();
        Self { revealer, button, count }
    }

    pub(super) fn show(&self, is_away: bool, unseen: u64) {
        if !is_away {
            take_keyboard(self.revealer.upcast_ref());
        }
        self.revealer.set_visible(is_away);
        self.revealer.set_reveal_child(is_away);
        self.count.set_visible(unseen > 0);
        self.count.set_text(&text::unread_count(unseen));
        name(&self.button, &text::to_newest(unseen));
    }
}

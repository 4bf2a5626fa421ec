//! What is dropped on the window, and the words that say where it goes while it hangs over it.
//!
//! This file does not know what becomes of it.

use std::cell::Cell;
use std::rc::Rc;

use relm4::gtk::prelude::*;
use relm4::{ComponentSender, adw, gtk};

use super::{App, AppMsg};
use crate::widgets::incoming;

/// The place where things are dropped.
pub(super) struct Dropping {
    hint: gtk::Revealer,
    /// Whether something may be dropped now.
    is_open: Rc<Cell<bool>>,
}

impl Dropping {
    /// Makes the words; they are to be laid over everything else.
    pub(super) fn new() -> Self {
        let status = adw::StatusPage::builder()
            .icon_name("folder-documents-symbolic")
            .title("Drop to Upload")
            .description("The files go to “My Files”.")
            .css_classes(["drop-hint"])
            .build();
        let hint = gtk::Revealer::builder()
            .transition_type(gtk::RevealerTransitionType::Crossfade)
            .child(&status)
            .can_target(false)
            .visible(false)
            .build();
        hint.connect_child_revealed_notify(|hint| hint.set_visible(hint.reveals_child()));
        Self { hint, is_open: Rc::default() }
    }

    /// Returns the words.
    pub(super) fn hint(&self) -> &gtk::Revealer {
        &self.hint
    }

    /// Takes what is dropped on this widget.
    pub(super) fn watch(&self, widget: &impl IsA<gtk::Widget>, sender: &ComponentSender<App>) {
        let (is_open, hint, input) =
            (Rc::clone(&self.is_open), self.hint.clone(), sender.input_sender().clone());
        let target = incoming::drop_target(
            move || is_open.get(),
            move |hovers| {
                if hovers {
                    hint.set_visible(true);
                }
                hint.set_reveal_child(hovers);
            },
            move |offered| input.emit(AppMsg::Dropped(offered)),
        );
        widget.add_controller(target);
    }

    /// Lets something be dropped, or not.
    pub(super) fn open(&self, is_open: bool) {
        self.is_open.set(is_open);
    }
}

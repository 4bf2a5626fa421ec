//! The picture of a file, by what its name says of its kind: the desktop's own.
//!
//! This file does not look into files.

use std::cell::RefCell;
use std::collections::HashMap;

use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, gio};

/// What stands for a kind that the desktop has no picture of.
const UNKNOWN: &str = "text-x-generic";

/// Pictures by kind, each looked for once.
#[derive(Debug, Default)]
pub struct FileIcons(RefCell<HashMap<String, gio::Icon>>);

impl FileIcons {
    /// Returns the picture of a file of this name.
    pub fn of(&self, file_name: &str) -> gio::Icon {
        // The name alone: the bytes are not here.
        let (kind, _) = gio::content_type_guess(Some(file_name), None::<&[u8]>);
        let mut known = self.0.borrow_mut();
        known.entry(kind.to_string()).or_insert_with(|| picture(&kind)).clone()
    }
}

fn picture(kind: &str) -> gio::Icon {
    let icon = gio::content_type_get_icon(kind);
    let theme = gdk::Display::default().map(|display| gtk::IconTheme::for_display(&display));
    if theme.is_some_and(|theme| theme.has_gicon(&icon)) {
        return icon;
    }
    gio::ThemedIcon::new(UNKNOWN).upcast()
}

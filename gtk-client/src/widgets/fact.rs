//! A row that tells one thing and cannot be edited: what it is, and beneath it how it stands.
//!
//! This file does not know what is told. A name or an address is never broken by a hyphen, which would look
//! like a part of it.

use relm4::adw::prelude::*;
use relm4::{adw, gtk};

/// A row that tells one thing.
#[derive(Clone, Debug)]
pub struct Fact {
    row: adw::PreferencesRow,
    line: gtk::Box,
    value: gtk::Label,
}

impl Fact {
    /// Makes a row with this title.
    pub fn new(title: &str) -> Self {
        let caption =
            gtk::Label::builder().label(title).xalign(0.0).css_classes(["caption", "dim-label"]).build();
        let value = gtk::Label::builder()
            .xalign(0.0)
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .attributes(&unhyphened())
            .build();
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(3)
            .hexpand(true)
            .valign(gtk::Align::Center)
            .build();
        column.append(&caption);
        column.append(&value);
        let line = gtk::Box::builder().spacing(12).css_classes(["fact"]).build();
        line.append(&column);
        let row = adw::PreferencesRow::builder()
            .title(title)
            .activatable(false)
            .focusable(false)
            .child(&line)
            .build();
        Self { row, line, value }
    }

    /// Returns the widget.
    pub fn row(&self) -> &adw::PreferencesRow {
        &self.row
    }

    /// Puts something at the end of the row.
    pub fn add_suffix(&self, widget: &impl IsA<gtk::Widget>) {
        self.line.append(widget);
    }

    /// Returns what is told.
    pub fn value(&self) -> String {
        self.value.text().to_string()
    }

    /// Tells this, or hides the row if there is nothing to tell.
    pub fn tell(&self, value: Option<&str>) {
        self.value.set_text(value.unwrap_or_default());
        self.row.set_visible(value.is_some());
    }
}

/// Returns what keeps a label from breaking words by hyphens.
pub fn unhyphened() -> gtk::pango::AttrList {
    let attributes = gtk::pango::AttrList::new();
    attributes.insert(gtk::pango::AttrInt::new_insert_hyphens(false));
    attributes
}

//! An entry of several lines, as a row of a list.
//!
//! This file does not know what is typed into it.

use relm4::gtk;
use relm4::gtk::prelude::*;

/// An entry of several lines.
#[derive(Debug)]
pub struct TextArea {
    row: gtk::ListBoxRow,
    view: gtk::TextView,
}

impl TextArea {
    /// Makes an entry with this title.
    pub fn new(title: &str, on_typed: impl Fn(String) + 'static) -> Self {
        let view = gtk::TextView::builder()
            .wrap_mode(gtk::WrapMode::WordChar)
            .accepts_tab(false)
            .height_request(64)
            .hexpand(true)
            .build();
        view.update_property(&[gtk::accessible::Property::Label(title)]);
        view.buffer().connect_changed(move |buffer| on_typed(text_of(buffer)));
        let caption =
            gtk::Label::builder().label(title).xalign(0.0).css_classes(["caption", "dim-label"]).build();
        let column = gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(3).build();
        column.append(&caption);
        column.append(&view);
        let row = gtk::ListBoxRow::builder()
            .activatable(false)
            .selectable(false)
            .focusable(false)
            .child(&column)
            .css_classes(["text-area"])
            .build();
        Self { row, view }
    }

    /// Returns the row.
    pub fn row(&self) -> &gtk::ListBoxRow {
        &self.row
    }

    /// Returns where the text is typed.
    pub fn view(&self) -> &gtk::TextView {
        &self.view
    }

    /// Puts a text into the entry. What is there already is left alone, and the keyboard with it.
    pub fn set_text(&self, text: &str) {
        let buffer = self.view.buffer();
        if text_of(&buffer) != text {
            buffer.set_text(text);
        }
    }

    /// Moves the keyboard to the entry.
    pub fn focus(&self) {
        self.view.grab_focus();
    }
}

fn text_of(buffer: &gtk::TextBuffer) -> String {
    buffer.text(&buffer.start_iter(), &buffer.end_iter(), false).to_string()
}

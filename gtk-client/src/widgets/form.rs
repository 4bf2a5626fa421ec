//! A list of entries, each with what is wrong with it right beneath.
//!
//! This file does not know what is wrong nor how it is worded: it is given sentences.

use std::cell::Cell;
use std::rc::Rc;

use parlour_common::Secret;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use super::text_area::TextArea;
use crate::text;
use crate::view_model::Entry;
use crate::view_model::form::Problems;

/// What a person does in a form.
#[derive(Debug)]
pub enum FormEvent {
    /// The text of an entry changed.
    Typed(Entry, Secret<String>),
    /// The keyboard left an entry.
    Left(Entry),
    /// Enter was pressed in an entry, or the main button.
    Submitted,
    /// The attempt is to be given up.
    Cancelled,
}

/// A list of entries.
#[derive(Debug)]
pub struct Form {
    list: gtk::ListBox,
    fields: Vec<Field>,
    /// Set while a text comes from the app and not from the person.
    is_filling: Rc<Cell<bool>>,
}

#[derive(Debug)]
struct Field {
    entry: Entry,
    control: Control,
    hint: gtk::Label,
    hint_row: gtk::ListBoxRow,
    is_shown: Cell<bool>,
}

/// Where the text is typed.
#[derive(Debug)]
enum Control {
    Line(adw::EntryRow),
    Area(TextArea),
}

impl Form {
    /// Makes a form of these entries, from top to bottom.
    pub fn new(entries: &[Entry], on_event: impl Fn(FormEvent) + 'static) -> Self {
        let list = gtk::ListBox::builder().selection_mode(gtk::SelectionMode::None).build();
        list.add_css_class("boxed-list");
        list.add_css_class("form");
        let is_filling = Rc::new(Cell::new(false));
        let on_event: Rc<dyn Fn(FormEvent)> = Rc::new(on_event);
        let fields = entries.iter().map(|entry| Field::new(*entry, &list, &is_filling, &on_event)).collect();
        Self { list, fields, is_filling }
    }

    /// Returns the widget.
    pub fn list(&self) -> &gtk::ListBox {
        &self.list
    }

    /// Returns the row of an entry, to put more into it.
    pub fn row(&self, entry: Entry) -> Option<&adw::EntryRow> {
        match &self.field(entry)?.control {
            Control::Line(row) => Some(row),
            Control::Area(_) => None,
        }
    }

    /// Returns where an entry of several lines is typed.
    pub fn area(&self, entry: Entry) -> Option<&gtk::TextView> {
        match &self.field(entry)?.control {
            Control::Line(_) => None,
            Control::Area(area) => Some(area.view()),
        }
    }

    /// Gives an entry another title than it has elsewhere.
    pub fn retitle(&self, entry: Entry, title: &str) {
        if let Some(row) = self.row(entry) {
            row.set_title(title);
        }
    }

    /// Shows an entry, or takes it away with what is wrong with it.
    pub fn show_entry(&self, entry: Entry, is_shown: bool) {
        if let Some(field) = self.field(entry) {
            field.row().set_visible(is_shown);
            field.is_shown.set(is_shown);
        }
    }

    fn field(&self, entry: Entry) -> Option<&Field> {
        self.fields.iter().find(|field| field.entry == entry)
    }

    /// Puts a text into an entry.
    pub fn fill(&self, entry: Entry, text: &str) {
        if let Some(field) = self.field(entry) {
            self.is_filling.set(true);
            match &field.control {
                Control::Line(row) => row.set_text(text),
                Control::Area(area) => area.set_text(text),
            }
            self.is_filling.set(false);
        }
    }

    /// Moves the keyboard to an entry, its text selected.
    pub fn focus(&self, entry: Entry) {
        if let Some(field) = self.field(entry) {
            match &field.control {
                Control::Line(row) => {
                    row.grab_focus();
                    row.select_region(0, -1);
                }
                Control::Area(area) => area.focus(),
            }
        }
    }

    /// Shows what is wrong at each entry, and takes away what is not any more.
    pub fn show_problems(&self, problems: &Problems) {
        for field in &self.fields {
            let sentence = problems.at(field.entry).map(|problem| text::problem(Some(field.entry), problem));
            field.show_problem(sentence.as_deref());
        }
    }
}

impl Field {
    fn new(
        entry: Entry,
        list: &gtk::ListBox,
        is_filling: &Rc<Cell<bool>>,
        on_event: &Rc<dyn Fn(FormEvent)>,
    ) -> Self {
        let (filling, event) = (Rc::clone(is_filling), Rc::clone(on_event));
        let typed = move |text: String| {
            if !filling.get() {
                event(FormEvent::Typed(entry, Secret::new(text)));
            }
        };
        let control = match entry {
            Entry::About => Control::Area(TextArea::new(text::entry_title(entry), typed)),
            _ => Control::Line(line(entry, typed, on_event)),
        };
        let hint = gtk::Label::builder().wrap(true).xalign(0.0).css_classes(["caption", "error"]).build();
        hint.set_wrap_mode(gtk::pango::WrapMode::WordChar);
        let hint_row = gtk::ListBoxRow::builder()
            .activatable(false)
            .selectable(false)
            .focusable(false)
            .child(&hint)
            .visible(false)
            .css_classes(["hint"])
            .build();
        let field = Self { entry, control, hint, hint_row, is_shown: Cell::new(true) };
        list.append(field.row());
        list.append(&field.hint_row);
        let event = Rc::clone(on_event);
        let focus = gtk::EventControllerFocus::new();
        focus.connect_leave(move |_| event(FormEvent::Left(entry)));
        field.row().add_controller(focus);
        field
    }

    fn row(&self) -> &gtk::Widget {
        match &self.control {
            Control::Line(row) => row.upcast_ref(),
            Control::Area(area) => area.row().upcast_ref(),
        }
    }

    /// Returns what a screen reader stops at.
    fn read_aloud(&self) -> Option<gtk::Widget> {
        match &self.control {
            Control::Line(row) => row.delegate().map(Cast::upcast),
            Control::Area(area) => Some(area.view().clone().upcast()),
        }
    }

    fn show_problem(&self, sentence: Option<&str>) {
        match sentence {
            Some(sentence) => {
                self.hint.set_text(sentence);
                self.row().add_css_class("error");
            }
            None => self.row().remove_css_class("error"),
        }
        self.hint_row.set_visible(sentence.is_some() && self.is_shown.get());
        let described = sentence.unwrap_or_default();
        if let Some(read) = self.read_aloud() {
            read.update_property(&[gtk::accessible::Property::Description(described)]);
        }
    }
}

/// Makes an entry of one line.
fn line(entry: Entry, typed: impl Fn(String) + 'static, on_event: &Rc<dyn Fn(FormEvent)>) -> adw::EntryRow {
    let is_password = matches!(entry, Entry::OldPassword | Entry::Password | Entry::PasswordAgain);
    let row: adw::EntryRow =
        if is_password { adw::PasswordEntryRow::new().upcast() } else { adw::EntryRow::new() };
    row.set_title(text::entry_title(entry));
    row.set_input_purpose(match entry {
        Entry::Server => gtk::InputPurpose::Url,
        Entry::Phone => gtk::InputPurpose::Phone,
        Entry::Email => gtk::InputPurpose::Email,
        Entry::ResetCode => gtk::InputPurpose::Digits,
        _ if is_password => gtk::InputPurpose::Password,
        _ => gtk::InputPurpose::FreeForm,
    });
    // libadwaita 1.2 gives the eye of a password no name.
    if let Some(eye) = super::last_button(row.upcast_ref()).filter(|_| is_password) {
        super::name(&eye, "Show or Hide the Password");
    }
    row.connect_changed(move |row| typed(row.text().to_string()));
    let event = Rc::clone(on_event);
    row.connect_entry_activated(move |_| event(FormEvent::Submitted));
    row
}

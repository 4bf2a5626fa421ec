//! A list of entries, each with what is wrong with it right beneath.
//!
//! This file does not know what is wrong nor how it is worded: it is given sentences.

use std::cell::Cell;
use std::rc::Rc;

use parlour_common::Secret;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

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
    row: adw::EntryRow,
    hint: gtk::Label,
    hint_row: gtk::ListBoxRow,
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
        self.field(entry).map(|field| &field.row)
    }

    fn field(&self, entry: Entry) -> Option<&Field> {
        self.fields.iter().find(|field| field.entry == entry)
    }

    /// Puts a text into an entry.
    pub fn fill(&self, entry: Entry, text: &str) {
        if let Some(field) = self.field(entry) {
            self.is_filling.set(true);
            field.row.set_text(text);
            self.is_filling.set(false);
        }
    }

    /// Moves the keyboard to an entry, its text selected.
    pub fn focus(&self, entry: Entry) {
        if let Some(field) = self.field(entry) {
            field.row.grab_focus();
            field.row.select_region(0, -1);
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
        let row: adw::EntryRow = match entry {
            Entry::Password | Entry::PasswordAgain => adw::PasswordEntryRow::new().upcast(),
            _ => adw::EntryRow::new(),
        };
        row.set_title(text::entry_title(entry));
        row.set_input_purpose(match entry {
            Entry::Server => gtk::InputPurpose::Url,
            Entry::Phone => gtk::InputPurpose::Phone,
            Entry::Email => gtk::InputPurpose::Email,
            Entry::UserName => gtk::InputPurpose::FreeForm,
            Entry::Password | Entry::PasswordAgain => gtk::InputPurpose::Password,
            Entry::Code | Entry::About | Entry::Note | Entry::HandOverTo | Entry::Visibility => {
                gtk::InputPurpose::FreeForm
            }
        });
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
        list.append(&row);
        list.append(&hint_row);
        let field = Self { entry, row, hint, hint_row };
        field.name_parts();
        field.connect(is_filling, on_event);
        field
    }

    /// Names what the row holds and libadwaita 1.2 does not name: the eye of a password.
    fn name_parts(&self) {
        if let Some(eye) = last_button(self.row.upcast_ref()).filter(|_| self.is_password()) {
            super::name(&eye, "Show or Hide the Password");
        }
    }

    fn is_password(&self) -> bool {
        matches!(self.entry, Entry::Password | Entry::PasswordAgain)
    }

    fn connect(&self, is_filling: &Rc<Cell<bool>>, on_event: &Rc<dyn Fn(FormEvent)>) {
        let entry = self.entry;
        let (filling, event) = (Rc::clone(is_filling), Rc::clone(on_event));
        self.row.connect_changed(move |row| {
            if !filling.get() {
                event(FormEvent::Typed(entry, Secret::new(row.text().to_string())));
            }
        });
        let event = Rc::clone(on_event);
        self.row.connect_entry_activated(move |_| event(FormEvent::Submitted));
        let event = Rc::clone(on_event);
        let focus = gtk::EventControllerFocus::new();
        focus.connect_leave(move |_| event(FormEvent::Left(entry)));
        self.row.add_controller(focus);
    }

    fn show_problem(&self, sentence: Option<&str>) {
        match sentence {
            Some(sentence) => {
                self.hint.set_text(sentence);
                self.row.add_css_class("error");
            }
            None => self.row.remove_css_class("error"),
        }
        self.hint_row.set_visible(sentence.is_some());
        let described = sentence.unwrap_or_default();
        if let Some(delegate) = self.row.delegate() {
            let description = gtk::accessible::Property::Description(described);
            delegate.upcast_ref::<gtk::Widget>().update_property(&[description]);
        }
    }
}

/// Returns the last button inside a widget.
fn last_button(widget: &gtk::Widget) -> Option<gtk::Button> {
    let mut children = std::iter::successors(widget.last_child(), WidgetExt::prev_sibling);
    children.find_map(|child| match child.downcast::<gtk::Button>() {
        Ok(button) => Some(button),
        Err(child) => last_button(&child),
    })
}

//! What every page with a form has: the entries, what is wrong with the whole, and the buttons beneath.
//!
//! This file does not know which form it is: it is given entries, sentences and what the button says.

use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::prelude::*;

use super::form::{Form, FormEvent};
use crate::text;
use crate::view_model::form::Problems;
use crate::view_model::{Effect, Entry};

/// A form with its buttons.
#[derive(Debug)]
pub struct FormBody {
    root: gtk::Box,
    fields: gtk::Box,
    form: Form,
    foot: gtk::Box,
    whole: gtk::Label,
    buttons: gtk::Box,
    submit: gtk::Button,
    spinner: gtk::Spinner,
    verb: gtk::Label,
    cancel: gtk::Button,
}

/// What a form shows at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Everything that is wrong.
    pub problems: &'a Problems,
    /// What the main button says.
    pub verb: &'a str,
    /// Whether an attempt is under way: then nothing can be typed, and it can be cancelled.
    pub is_busy: bool,
}

impl FormBody {
    /// Makes a form of these entries, from top to bottom.
    pub fn new(entries: &[Entry], on_event: impl Fn(FormEvent) + 'static) -> Self {
        let on_event: Rc<dyn Fn(FormEvent)> = Rc::new(on_event);
        let event = Rc::clone(&on_event);
        let form = Form::new(entries, move |happened| event(happened));
        let whole = gtk::Label::builder()
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .justify(gtk::Justification::Center)
            .css_classes(["error"])
            .visible(false)
            .build();
        let fields = column(12);
        fields.append(form.list());

        let spinner = gtk::Spinner::builder().visible(false).build();
        let verb = gtk::Label::default();
        let content = gtk::Box::builder().halign(gtk::Align::Center).spacing(8).build();
        content.append(&spinner);
        content.append(&verb);
        let submit = gtk::Button::builder().child(&content).css_classes(["suggested-action", "pill"]).build();
        let event = Rc::clone(&on_event);
        submit.connect_clicked(move |_| event(FormEvent::Submitted));
        let cancel = gtk::Button::builder().label("Cancel").css_classes(["pill"]).visible(false).build();
        cancel.connect_clicked(move |_| on_event(FormEvent::Cancelled));
        let buttons = column(12);
        buttons.set_halign(gtk::Align::Center);
        buttons.append(&submit);
        buttons.append(&cancel);

        let foot = column(12);
        foot.append(&whole);
        foot.append(&buttons);
        let root = column(24);
        root.append(&fields);
        root.append(&foot);
        Self { root, fields, form, foot, whole, buttons, submit, spinner, verb, cancel }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Returns the entries.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Returns the main button.
    pub fn submit(&self) -> &gtk::Button {
        &self.submit
    }

    /// Returns the button that gives an attempt up.
    pub fn cancel(&self) -> &gtk::Button {
        &self.cancel
    }

    /// Puts one more button beneath the others.
    pub fn add_button(&self, button: &gtk::Button) {
        self.buttons.append(button);
    }

    /// Takes the buttons out of the form, with what is wrong with the whole, to stand where they are always
    /// seen: the form is longer than a window.
    pub fn take_foot(&self) -> &gtk::Box {
        self.root.remove(&self.foot);
        &self.foot
    }

    /// Puts something more between the entries and the buttons; it rests while an attempt is under way.
    pub fn add_field(&self, field: &impl IsA<gtk::Widget>) {
        self.fields.append(field);
    }

    /// Lets the form be sent, or not. To be said after each [`FormBody::show`].
    pub fn allow_submit(&self, is_allowed: bool) {
        self.submit.set_sensitive(is_allowed);
    }

    /// Shows that sending the form takes something away for good.
    pub fn warn(&self) {
        self.submit.remove_css_class("suggested-action");
        self.submit.add_css_class("destructive-action");
    }

    /// Shows how the form stands.
    pub fn show(&self, look: Look<'_>) {
        self.fields.set_sensitive(!look.is_busy);
        let whole = look.problems.whole().map(|problem| text::problem(None, problem));
        self.whole.set_visible(whole.is_some());
        self.whole.set_text(whole.as_deref().unwrap_or_default());
        self.submit.set_sensitive(!look.is_busy);
        self.submit.update_property(&[gtk::accessible::Property::Label(look.verb)]);
        self.verb.set_label(look.verb);
        self.spinner.set_visible(look.is_busy);
        self.spinner.set_spinning(look.is_busy);
        self.cancel.set_visible(look.is_busy);
        self.form.show_problems(look.problems);
    }

    /// Does what concerns the entries. Returns what does not.
    pub fn perform(&self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Fill(entry, text) => self.form.fill(entry, &text),
            Effect::Focus(entry) => self.form.focus(entry),
            other => return Some(other),
        }
        None
    }
}

fn column(spacing: i32) -> gtk::Box {
    gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(spacing).build()
}

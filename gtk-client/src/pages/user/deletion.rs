//! What is asked before an account is deleted: what becomes of what it shared.
//!
//! This file does not know whose account it is but for its name.

use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use crate::text;
use crate::view_model::Entry;
use crate::view_model::user::{FATES, Fate, Msg, User};
use crate::widgets::form::FormEvent;
use crate::widgets::form_body::{FormBody, Look};

/// The questions before an account is deleted.
#[derive(Debug)]
pub struct Deletion {
    root: gtk::Box,
    warning: gtk::Label,
    checks: Vec<(Fate, gtk::CheckButton)>,
    body: FormBody,
}

impl Deletion {
    /// Makes the questions.
    pub fn new(input: &Sender<Msg>) -> Self {
        let warning = gtk::Label::builder().wrap(true).justify(gtk::Justification::Center).build();
        let list = gtk::ListBox::builder().selection_mode(gtk::SelectionMode::None).build();
        list.add_css_class("boxed-list");
        let mut checks: Vec<(Fate, gtk::CheckButton)> = Vec::new();
        for fate in FATES {
            let (title, meaning) = text::fate(fate);
            let check = gtk::CheckButton::new();
            check.set_group(checks.first().map(|(_, first)| first));
            check.update_property(&[gtk::accessible::Property::Label(title)]);
            let to = input.clone();
            check.connect_toggled(move |check| {
                if check.is_active() {
                    to.emit(Msg::FatePicked(fate));
                }
            });
            let row = adw::ActionRow::builder().title(title).subtitle(meaning).build();
            row.add_prefix(&check);
            row.set_activatable_widget(Some(&check));
            list.append(&row);
            checks.push((fate, check));
        }
        let to = input.clone();
        let body = FormBody::new(&[Entry::HandOverTo], move |event| {
            to.emit(match event {
                FormEvent::Typed(entry, text) => Msg::Typed(entry, text),
                FormEvent::Submitted => Msg::Delete,
                FormEvent::Cancelled | FormEvent::Left(_) => return,
            });
        });
        body.warn();
        let keep = gtk::Button::builder().label("Do Not Delete").css_classes(["pill"]).build();
        let to = input.clone();
        keep.connect_clicked(move |_| to.emit(Msg::EndDeletion));
        body.add_button(&keep);

        let root = gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(18).build();
        root.append(&warning);
        root.append(&list);
        root.append(body.widget());
        Self { root, warning, checks, body }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Returns the entry and the buttons.
    pub fn body(&self) -> &FormBody {
        &self.body
    }

    /// Shows how deletion stands.
    pub fn show(&self, state: &User) {
        let name = state.user().map(|user| user.user_name.as_str()).unwrap_or_default();
        self.warning.set_text(&format!(
            "The account of \u{2068}{name}\u{2069} and everything in it that is not shared will be gone for \
             good. What is to become of what is shared with others?"
        ));
        for (fate, check) in &self.checks {
            if state.deletion() == Some(*fate) {
                check.set_active(true);
            }
        }
        let (problems, is_busy) = (state.problems(), state.is_busy());
        self.body.show(Look { problems, verb: "Delete Account", is_busy });
        self.body.cancel().set_visible(false);
        self.body.form().list().set_visible(state.deletion() == Some(Fate::HandOver));
    }
}

//! A card that lies over a page until another name was typed, or not.
//!
//! It is no window of its own: GTK 4.8 crashes under a screen reader when a dialog closes. This file does not
//! know what gets the name.

use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::prelude::*;

use super::take_keyboard;

/// What a person does with the card.
#[derive(Clone, Debug)]
pub enum NameEvent {
    /// Something was typed.
    Typed(String),
    /// The name is to be given.
    Submitted,
    /// It is not.
    Cancelled,
}

/// How the card looks.
#[derive(Clone, Debug)]
pub struct NameLook<'a> {
    /// The name it had, to begin with.
    pub was: &'a str,
    /// What is wrong with the name typed.
    pub problem: Option<String>,
    /// Whether the name can be given.
    pub can_submit: bool,
    /// Whether it is on its way.
    pub is_busy: bool,
}

/// A card with an entry.
#[derive(Debug)]
pub struct NameCard {
    scrim: gtk::Box,
    entry: gtk::Entry,
    problem: gtk::Label,
    submit: gtk::Button,
}

impl NameCard {
    /// Makes a card that asks nothing yet.
    pub fn new(title: &str, verb: &str, on_event: impl Fn(NameEvent) + 'static) -> Self {
        let on_event = Rc::new(on_event);
        let heading = gtk::Label::builder().label(title).css_classes(["title-2"]).build();
        let entry = gtk::Entry::builder().activates_default(false).hexpand(true).build();
        entry.update_property(&[gtk::accessible::Property::Label("Name")]);
        let event = Rc::clone(&on_event);
        entry.connect_changed(move |entry| event(NameEvent::Typed(entry.text().to_string())));
        let event = Rc::clone(&on_event);
        entry.connect_activate(move |_| event(NameEvent::Submitted));
        let problem = gtk::Label::builder()
            .css_classes(["error"])
            .wrap(true)
            .xalign(0.0)
            .max_width_chars(36)
            .visible(false)
            .accessible_role(gtk::AccessibleRole::Alert)
            .build();
        let cancel = gtk::Button::builder().label("Cancel").css_classes(["pill"]).hexpand(true).build();
        let submit = gtk::Button::builder()
            .label(verb)
            .css_classes(["pill", "suggested-action"])
            .hexpand(true)
            .build();
        let event = Rc::clone(&on_event);
        cancel.connect_clicked(move |_| event(NameEvent::Cancelled));
        let event = Rc::clone(&on_event);
        submit.connect_clicked(move |_| event(NameEvent::Submitted));
        let buttons = gtk::Box::builder().spacing(12).homogeneous(true).margin_top(6).build();
        buttons.append(&cancel);
        buttons.append(&submit);
        let card = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .width_request(300)
            .halign(gtk::Align::Center)
            .valign(gtk::Align::Center)
            .hexpand(true)
            .css_classes(["question"])
            .accessible_role(gtk::AccessibleRole::Dialog)
            .build();
        card.update_property(&[gtk::accessible::Property::Label(title)]);
        card.append(&heading);
        card.append(&entry);
        card.append(&problem);
        card.append(&buttons);
        let scrim = gtk::Box::builder().css_classes(["scrim"]).visible(false).build();
        scrim.append(&card);
        Self { scrim, entry, problem, submit }
    }

    /// Returns the widget, to be laid over the page.
    pub fn widget(&self) -> &gtk::Box {
        &self.scrim
    }

    /// Tells whether the card is shown.
    pub fn is_shown(&self) -> bool {
        self.scrim.is_visible()
    }

    /// Asks, or stops asking.
    pub fn show(&self, look: Option<NameLook<'_>>) {
        let Some(look) = look else {
            take_keyboard(self.scrim.upcast_ref());
            return self.scrim.set_visible(false);
        };
        if !self.scrim.is_visible() {
            self.entry.set_text(look.was);
            self.scrim.set_visible(true);
            self.entry.grab_focus_without_selecting();
            // The extension is seldom what one wants to change.
            self.entry.select_region(0, stem_chars(look.was));
        }
        self.entry.set_sensitive(!look.is_busy);
        self.submit.set_sensitive(look.can_submit);
        self.problem.set_visible(look.problem.is_some());
        self.problem.set_text(look.problem.as_deref().unwrap_or_default());
        match look.problem.is_some() {
            true => self.entry.add_css_class("error"),
            false => self.entry.remove_css_class("error"),
        }
    }
}

/// Returns how many characters a name has before its extension.
fn stem_chars(name: &str) -> i32 {
    let stem = match name.rfind('.') {
        Some(dot) if dot > 0 => &name[..dot],
        _ => name,
    };
    i32::try_from(stem.chars().count()).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_selected_to_be_typed_over_is_the_name_without_its_extension() {
        for (name, chars) in [("a.txt", 1), ("사진.jpeg", 2), (".profile", 8), ("plain", 5), ("a.b.c", 3)] {
            assert_eq!(stem_chars(name), chars, "{name}");
        }
    }
}

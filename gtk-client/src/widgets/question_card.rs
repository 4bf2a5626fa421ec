//! A question that lies over the whole window until it is answered.
//!
//! It is no window of its own: GTK 4.8 crashes under a screen reader when a dialog closes. This file does
//! not know what is asked: it is given words.

use std::cell::RefCell;
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::prelude::*;

use crate::text::Asking;
use crate::view_model::question::{Choice, Chosen};

/// A question with its buttons.
#[derive(Debug)]
pub struct QuestionCard {
    scrim: gtk::Box,
    card: gtk::Box,
    heading: gtk::Label,
    body: gtk::Label,
    yes: gtk::Button,
    no: gtk::Button,
    third: gtk::Button,
    buttons: gtk::Box,
    for_all: gtk::CheckButton,
    /// What is asked; another question begins with an empty box.
    asked: RefCell<Option<Asking>>,
    /// Where the keyboard was before.
    before: RefCell<Option<gtk::Widget>>,
}

impl QuestionCard {
    /// Makes a card that asks nothing yet.
    pub fn new(on_answer: impl Fn(Chosen) + 'static) -> Self {
        let on_answer = Rc::new(on_answer);
        let heading = words(&["title-2"]);
        let body = words(&[]);
        let (yes, no, third) = (gtk::Button::new(), gtk::Button::new(), gtk::Button::new());
        let for_all = gtk::CheckButton::builder().halign(gtk::Align::Center).build();
        let buttons = gtk::Box::builder().spacing(12).homogeneous(true).margin_top(12).build();
        for (button, choice) in [(&no, Choice::No), (&third, Choice::Third), (&yes, Choice::Yes)] {
            let (answered, for_all) = (Rc::clone(&on_answer), for_all.clone());
            button.set_hexpand(true);
            button.add_css_class("pill");
            button.connect_clicked(move |_| {
                let for_all = for_all.is_visible() && for_all.is_active();
                answered(Chosen { choice, for_all });
            });
            buttons.append(button);
        }
        let card = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .halign(gtk::Align::Center)
            .valign(gtk::Align::Center)
            .css_classes(["question"])
            .accessible_role(gtk::AccessibleRole::AlertDialog)
            .hexpand(true)
            .build();
        card.append(&heading);
        card.append(&body);
        card.append(&for_all);
        card.append(&buttons);
        let scrim = gtk::Box::builder().css_classes(["scrim"]).visible(false).build();
        scrim.append(&card);
        let (asked, before) = (RefCell::default(), RefCell::default());
        Self { scrim, card, heading, body, yes, no, third, buttons, for_all, asked, before }
    }

    /// Returns the widget, to be laid over everything else.
    pub fn widget(&self) -> &gtk::Box {
        &self.scrim
    }

    /// Asks, or stops asking. The keyboard comes to the no, so that nothing is done by a slip.
    pub fn show(&self, asking: Option<&Asking>) {
        let is_other = self.asked.replace(asking.cloned()).as_ref() != asking;
        let Some(asking) = asking else { return self.hide() };
        if !is_other {
            return;
        }
        self.heading.set_text(&asking.heading);
        self.body.set_text(&asking.body);
        self.no.set_label(asking.no);
        self.yes.set_label(asking.yes);
        self.third.set_label(asking.third.unwrap_or_default());
        self.third.set_visible(asking.third.is_some());
        self.for_all.set_label(asking.for_all);
        self.for_all.set_visible(asking.for_all.is_some());
        self.for_all.set_active(false);
        // Three answers beside each other are wider than a narrow window.
        let is_wide = asking.third.is_none();
        self.buttons.set_orientation(match is_wide {
            true => gtk::Orientation::Horizontal,
            false => gtk::Orientation::Vertical,
        });
        let (class, other) = match asking.is_grave {
            true => ("destructive-action", "suggested-action"),
            false => ("suggested-action", "destructive-action"),
        };
        self.yes.add_css_class(class);
        self.yes.remove_css_class(other);
        self.card.update_property(&[
            gtk::accessible::Property::Label(&asking.heading),
            gtk::accessible::Property::Description(&asking.body),
        ]);
        if !self.scrim.is_visible() {
            self.before.replace(self.scrim.root().and_then(|root| root.focus()));
            self.scrim.set_visible(true);
        }
        self.no.grab_focus();
    }

    /// Gives the keyboard back first: GTK 4.8 leaves it nowhere when what has it is hidden.
    fn hide(&self) {
        if !self.scrim.is_visible() {
            return;
        }
        let before = self.before.take().filter(WidgetExt::is_mapped);
        if !before.is_some_and(|before| before.grab_focus())
            && let Some(root) = self.scrim.root()
        {
            root.set_focus(gtk::Widget::NONE);
        }
        self.scrim.set_visible(false);
    }
}

fn words(classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .justify(gtk::Justification::Center)
        .max_width_chars(36)
        .css_classes(classes.iter().copied().map(str::to_owned).collect::<Vec<_>>())
        .build()
}

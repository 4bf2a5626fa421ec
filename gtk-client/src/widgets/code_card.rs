//! A code to be handed on, large enough to be read aloud, with a button that copies it.
//!
//! This file does not know what the code opens. The code can be selected; it is gone with the card.

use relm4::gtk;
use relm4::gtk::prelude::*;

/// A card with a code.
#[derive(Debug)]
pub struct CodeCard {
    root: gtk::Box,
    code: gtk::Label,
    advice: gtk::Label,
}

impl CodeCard {
    /// Makes a card that is not shown yet.
    pub fn new() -> Self {
        let code = gtk::Label::builder()
            .selectable(true)
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .justify(gtk::Justification::Center)
            .css_classes(["title-1", "numeric", "monospace"])
            .build();
        let advice = gtk::Label::builder()
            .wrap(true)
            .justify(gtk::Justification::Center)
            .css_classes(["dim-label"])
            .build();
        let copy = gtk::Button::builder().label("Copy Code").halign(gtk::Align::Center).build();
        copy.add_css_class("pill");
        let text = code.clone();
        copy.connect_clicked(move |button| button.clipboard().set_text(&text.text()));
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(12)
            .css_classes(["card", "code-card"])
            .visible(false)
            .build();
        root.append(&code);
        root.append(&advice);
        root.append(&copy);
        Self { root, code, advice }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Shows a code and what to do with it; `None` hides the card and forgets the code.
    pub fn show(&self, code: Option<(String, String)>) {
        self.root.set_visible(code.is_some());
        let (code, advice) = code.unwrap_or_default();
        if self.code.text() != code {
            self.code.set_text(&code);
        }
        self.advice.set_text(&advice);
    }
}

impl Default for CodeCard {
    fn default() -> Self {
        Self::new()
    }
}

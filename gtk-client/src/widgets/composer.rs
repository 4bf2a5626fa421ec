//! Where something is written: the entry, what it replies to or edits, what is shown with it, and the buttons.
//!
//! This file does not know what becomes of it. What was typed stays until it is told to be something else.

mod entry;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, pango};

use self::entry::Entry;
use super::{name, plain_label, take_keyboard};
use crate::text;
use crate::view_model::files::Offered;

/// What a person does here.
#[derive(Clone, Debug, PartialEq)]
pub enum ComposerEvent {
    /// The text changed.
    Typed(String),
    /// A name is being typed behind an `@`; `None`: not any more.
    Mentioning(Option<String>),
    /// Say it.
    Send,
    /// Neither reply nor edit after all.
    CancelBar,
    /// Edit what was said last.
    EditLast,
    /// Choose files to show.
    ChooseFiles,
    /// Files came from the clipboard.
    Offered(Offered),
    /// A picture came from the clipboard.
    Picture(gdk::Texture),
    /// Do not show this file.
    Detach(usize),
}

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComposerLook {
    /// What the entry says while it is empty.
    pub hint: String,
    /// What is written, if it is other than what is in the entry.
    pub text: Option<String>,
    /// What it replies to or edits: a title, and how that begins.
    pub bar: Option<(String, String)>,
    /// Whether a post is edited: nothing can be shown with it.
    pub is_editing: bool,
    /// The names of the files to be shown.
    pub files: Vec<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// Whether it can be said.
    pub can_send: bool,
    /// The members whose name is being typed.
    pub names: Vec<String>,
}

/// Where something is written.
pub struct Composer {
    root: gtk::Box,
    entry: Rc<Entry>,
    bar: gtk::Box,
    bar_title: gtk::Label,
    bar_words: gtk::Label,
    bar_icon: gtk::Image,
    files: gtk::FlowBox,
    shown_files: RefCell<Vec<String>>,
    problem: gtk::Label,
    attach: gtk::Button,
    send: gtk::Button,
    had_bar: Cell<bool>,
    on_event: Rc<dyn Fn(ComposerEvent)>,
}

impl std::fmt::Debug for Composer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Composer").finish_non_exhaustive()
    }
}

impl Composer {
    /// Makes a place to write.
    pub fn new(on_event: impl Fn(ComposerEvent) + 'static) -> Self {
        let on_event: Rc<dyn Fn(ComposerEvent)> = Rc::new(on_event);
        let root =
            gtk::Box::builder().orientation(gtk::Orientation::Vertical).css_classes(["composer"]).build();
        let entry = Entry::new(Rc::clone(&on_event));
        let button = |icon: &str, words: &str, class: &str| {
            let button = gtk::Button::builder()
                .icon_name(icon)
                .valign(gtk::Align::End)
                .css_classes(["circular", class])
                .build();
            name(&button, words);
            button
        };
        let attach = button("mail-attachment-symbolic", text::ATTACH, "flat");
        let send = button("go-up-symbolic", text::SEND, "suggested-action");
        for (button, event) in [(&attach, ComposerEvent::ChooseFiles), (&send, ComposerEvent::Send)] {
            let told = Rc::clone(&on_event);
            button.connect_clicked(move |_| told(event.clone()));
        }
        let line = gtk::Box::builder().spacing(6).build();
        line.append(&attach);
        line.append(entry.widget());
        line.append(&emoji_button(&entry));
        line.append(&send);
        let problem = gtk::Label::builder()
            .xalign(0.0)
            .wrap(true)
            .wrap_mode(pango::WrapMode::WordChar)
            .visible(false)
            .accessible_role(gtk::AccessibleRole::Alert)
            .css_classes(["caption", "error", "composer-problem"])
            .build();
        let (bar, bar_icon, bar_title, bar_words) = make_bar(&on_event);
        let files = gtk::FlowBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .max_children_per_line(4)
            .visible(false)
            .css_classes(["composer-files"])
            .build();
        files.update_property(&[gtk::accessible::Property::Label(text::ATTACHED)]);
        root.append(&bar);
        root.append(&files);
        root.append(&line);
        root.append(&problem);
        let (shown_files, had_bar) = (RefCell::default(), Cell::default());
        Self {
            root,
            entry,
            bar,
            bar_title,
            bar_words,
            bar_icon,
            files,
            shown_files,
            problem,
            attach,
            send,
            had_bar,
            on_event,
        }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Returns where the text is typed.
    pub fn entry(&self) -> &gtk::TextView {
        self.entry.view()
    }

    /// Moves the keyboard to the entry.
    pub fn grab_focus(&self) {
        self.entry.view().grab_focus();
    }

    /// Shows how it stands.
    pub fn show(&self, look: &ComposerLook) {
        self.entry.set_hint(&look.hint);
        if let Some(text) = &look.text {
            self.entry.set_text(text);
        }
        self.entry.show_names(&look.names);
        self.show_bar(look);
        self.show_files(&look.files);
        self.problem.set_text(look.problem.as_deref().unwrap_or_default());
        self.problem.set_visible(look.problem.is_some());
        self.attach.set_visible(!look.is_editing);
        self.send.set_sensitive(look.can_send);
        let (icon, words) = match look.is_editing {
            true => ("object-select-symbolic", text::STORE_EDIT),
            false => ("go-up-symbolic", text::SEND),
        };
        self.send.set_icon_name(icon);
        name(&self.send, words);
    }

    fn show_bar(&self, look: &ComposerLook) {
        let has_bar = look.bar.is_some();
        if !has_bar {
            take_keyboard(self.bar.upcast_ref());
        }
        self.bar.set_visible(has_bar);
        if let Some((title, words)) = &look.bar {
            self.bar_title.set_text(title);
            self.bar_words.set_text(words);
            self.bar_icon.set_icon_name(Some(match look.is_editing {
                true => "document-edit-symbolic",
                false => "mail-reply-sender-symbolic",
            }));
        }
        if has_bar && !self.had_bar.get() {
            self.grab_focus();
        }
        self.had_bar.set(has_bar);
    }

    fn show_files(&self, files: &[String]) {
        if *self.shown_files.borrow() == files {
            return;
        }
        while let Some(child) = self.files.first_child() {
            take_keyboard(&child);
            self.files.remove(&child);
        }
        for (at, file) in files.iter().enumerate() {
            self.files.insert(&self.chip(at, file), -1);
        }
        self.files.set_visible(!files.is_empty());
        self.shown_files.replace(files.to_vec());
    }

    fn chip(&self, at: usize, file: &str) -> gtk::FlowBoxChild {
        let label = plain_label(&["caption"]);
        label.set_text(file);
        label.set_tooltip_text(Some(file));
        label.set_ellipsize(pango::EllipsizeMode::Middle);
        label.set_max_width_chars(24);
        let remove = gtk::Button::builder()
            .icon_name("window-close-symbolic")
            .css_classes(["flat", "circular", "small"])
            .build();
        name(&remove, &text::detach(file));
        let told = Rc::clone(&self.on_event);
        remove.connect_clicked(move |_| told(ComposerEvent::Detach(at)));
        let chip = gtk::Box::builder().spacing(6).halign(gtk::Align::Start).css_classes(["chip"]).build();
        chip.append(&gtk::Image::from_icon_name("mail-attachment-symbolic"));
        chip.append(&label);
        chip.append(&remove);
        gtk::FlowBoxChild::builder().child(&chip).focusable(false).halign(gtk::Align::Start).build()
    }
}

fn make_bar(on_event: &Rc<dyn Fn(ComposerEvent)>) -> (gtk::Box, gtk::Image, gtk::Label, gtk::Label) {
    let icon = gtk::Image::new();
    let (title, words) = (plain_label(&["caption-heading"]), plain_label(&["caption", "dim-label"]));
    let lines = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .hexpand(true)
        .css_classes(["quote"])
        .build();
    lines.append(&title);
    lines.append(&words);
    let cancel = gtk::Button::builder()
        .icon_name("window-close-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat", "circular", "small"])
        .build();
    name(&cancel, text::CANCEL_BAR);
    let told = Rc::clone(on_event);
    cancel.connect_clicked(move |_| told(ComposerEvent::CancelBar));
    let bar = gtk::Box::builder().spacing(9).visible(false).css_classes(["composer-bar"]).build();
    bar.append(&icon);
    bar.append(&lines);
    bar.append(&cancel);
    (bar, icon, title, words)
}

fn emoji_button(entry: &Rc<Entry>) -> gtk::MenuButton {
    let chooser = gtk::EmojiChooser::new();
    let target = Rc::clone(entry);
    chooser.connect_emoji_picked(move |_, emoji| {
        target.insert(emoji);
        target.view().grab_focus();
    });
    let button = gtk::MenuButton::builder()
        .icon_name("face-smile-symbolic")
        .popover(&chooser)
        .valign(gtk::Align::End)
        .direction(gtk::ArrowType::Up)
        .css_classes(["flat", "circular"])
        .build();
    name(&button, text::EMOJI);
    button
}

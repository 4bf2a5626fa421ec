//! One row of a timeline: a post, a day, or somebody who came or went; painted anew for each that comes under it.
//!
//! This file does not know where rows come from. GTK 4.8 keeps some 200 rows, so a row is made of what it shows and
//! nothing else.

use std::cell::RefCell;
use std::rc::Rc;

use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{gdk, glib, pango};
use relm4::{adw, gtk};

use super::post_card::PostCard;
use super::post_lines::PostLines;
use super::post_look::{PostDeed, PostLook, QuoteLook, RowLook, SendingLook};
use super::written::{show_written, written_label};
use super::{name, plain_label};
use crate::text;

/// The side of the picture of an author, in application pixels.
const AVATAR_SIDE: i32 = 32;

/// What may be said of a row in its style.
const CLASSES: [&str; 6] = ["grouped", "names-me", "deleted", "sending", "edited-now", "found"];

/// Told that the menu of a row is wanted.
pub type OnMore = Rc<dyn Fn(&PostRow)>;

/// Told what a person does with the post of a row.
pub type OnDeed = Rc<dyn Fn(&PostRow, PostDeed)>;

mod imp {
    use super::*;

    /// The row itself.
    #[derive(Default)]
    pub struct PostRow {
        pub(super) look: RefCell<Option<RowLook>>,
        pub(super) more: RefCell<Option<gtk::Button>>,
        pub(super) on_deed: RefCell<Option<OnDeed>>,
        pub(super) on_more: RefCell<Option<OnMore>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for PostRow {
        const NAME: &'static str = "ParlourPostRow";
        type Type = super::PostRow;
        type ParentType = gtk::Box;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("postrow");
            class.set_accessible_role(gtk::AccessibleRole::Group);
        }
    }

    impl ObjectImpl for PostRow {}
    impl WidgetImpl for PostRow {}
    impl BoxImpl for PostRow {}
}

glib::wrapper! {
    /// One row of a timeline.
    pub struct PostRow(ObjectSubclass<imp::PostRow>) @extends gtk::Box, gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget, gtk::Orientable;
}

impl PostRow {
    /// Makes a row. `on_deed` is told what was pressed, `on_more` that the menu is wanted.
    pub fn new(on_deed: OnDeed, on_more: Rc<dyn Fn(&Self)>) -> Self {
        let row: Self = glib::Object::new();
        row.imp().on_deed.replace(Some(on_deed));
        row.imp().on_more.replace(Some(Rc::clone(&on_more)));
        let menu = gtk::GestureClick::builder().button(gdk::BUTTON_SECONDARY).build();
        // Before the texts, which have a menu of their own.
        menu.set_propagation_phase(gtk::PropagationPhase::Capture);
        menu.connect_pressed(move |gesture, _, _, _| {
            if let Some(row) = gesture.widget().and_downcast::<Self>().filter(Self::is_post) {
                gesture.set_state(gtk::EventSequenceState::Claimed);
                on_more(&row);
            }
        });
        row.add_controller(menu);
        row
    }

    /// Tells whether a post is shown.
    pub fn is_post(&self) -> bool {
        matches!(*self.imp().look.borrow(), Some(RowLook::Post(_)))
    }

    /// Returns the button of the menu, where there is one.
    pub fn more(&self) -> Option<gtk::Button> {
        self.imp().more.borrow().clone()
    }

    /// Paints a row, or nothing while it is not known.
    pub fn paint(&self, look: Option<RowLook>) {
        let cells = self.imp();
        if *cells.look.borrow() == look && self.first_child().is_some() {
            return;
        }
        self.take_off();
        match &look {
            None => self.append(&gtk::Box::builder().height_request(AVATAR_SIDE).build()),
            Some(RowLook::Day(words)) => self.append(&divider(words, "day")),
            Some(RowLook::New(words)) => self.append(&divider(words, "new")),
            Some(RowLook::Seat(words)) => self.append(&seat_line(words)),
            Some(RowLook::Post(post)) => self.build_post(post),
        }
        let aloud = look.as_ref().map_or("", RowLook::aloud);
        self.update_property(&[gtk::accessible::Property::Label(aloud)]);
        cells.look.replace(look);
    }

    /// Shows for a moment that this is the one that was looked for.
    pub fn flash(&self) {
        self.add_css_class("found");
        let weak = self.downgrade();
        glib::timeout_add_local_once(std::time::Duration::from_millis(1500), move || {
            if let Some(row) = weak.upgrade() {
                row.remove_css_class("found");
            }
        });
    }

    fn take_off(&self) {
        while let Some(child) = self.first_child() {
            super::take_keyboard(&child);
            self.remove(&child);
        }
        self.imp().more.replace(None);
        CLASSES.iter().for_each(|class| self.remove_css_class(class));
    }

    fn told(&self) -> Rc<dyn Fn(PostDeed)> {
        let weak = self.downgrade();
        Rc::new(move |deed| {
            let Some(row) = weak.upgrade() else { return };
            let on_deed = row.imp().on_deed.borrow().clone();
            if let Some(on_deed) = on_deed {
                on_deed(&row, deed);
            }
        })
    }

    fn build_post(&self, post: &PostLook) {
        for (class, is_so) in [
            ("grouped", post.is_grouped),
            ("names-me", post.names_me),
            ("deleted", post.is_deleted),
            ("sending", post.sending.is_some()),
            ("edited-now", post.is_edited_now),
        ] {
            if is_so {
                self.add_css_class(class);
            }
        }
        let side = gtk::Box::builder().width_request(AVATAR_SIDE).valign(gtk::Align::Start).build();
        let column = PostLines::default();
        if !post.is_grouped {
            let avatar = adw::Avatar::new(AVATAR_SIDE, Some(&post.author), true);
            side.append(&avatar);
            column.append(&head(post));
        }
        let told = self.told();
        if let Some(quote) = &post.quote {
            column.append(&quote_button(quote, &told));
        }
        if !post.text.is_empty() {
            let text = written_label();
            text.add_css_class("post-text");
            // Of what was found a press leads to where it stands.
            text.set_selectable(!post.is_found);
            column.append(&text);
            match post.is_deleted {
                true => text.set_text(&post.text),
                false => show_written(&text, &post.text),
            }
        }
        if let Some(card) = &post.card {
            column.append(PostCard::new(card, &told).widget());
        }
        if let Some(foot) = foot(post, &told) {
            column.append(&foot);
        }
        self.append(&side);
        self.append(&column);
        if !post.is_found {
            self.append(&self.more_button(post));
        }
    }

    fn more_button(&self, post: &PostLook) -> gtk::Button {
        let more = gtk::Button::builder()
            .icon_name("view-more-symbolic")
            .valign(gtk::Align::Start)
            .css_classes(["flat", "circular", "small", "more"])
            .build();
        name(&more, &text::post_actions(&post.author));
        let weak = self.downgrade();
        more.connect_clicked(move |_| {
            let Some(row) = weak.upgrade() else { return };
            let on_more = row.imp().on_more.borrow().clone();
            if let Some(on_more) = on_more {
                on_more(&row);
            }
        });
        self.imp().more.replace(Some(more.clone()));
        more
    }
}

fn head(post: &PostLook) -> gtk::Box {
    let head = gtk::Box::builder().spacing(8).build();
    let author = plain_label(&["post-author"]);
    author.set_text(&post.author);
    let time = gtk::Label::builder()
        .label(&post.time)
        .tooltip_text(&post.when)
        .valign(gtk::Align::Baseline)
        .css_classes(["caption", "dim-label", "numeric"])
        .build();
    author.set_valign(gtk::Align::Baseline);
    head.append(&author);
    head.append(&time);
    head
}

fn quote_button(quote: &QuoteLook, told: &Rc<dyn Fn(PostDeed)>) -> gtk::Button {
    let (author, excerpt) = (plain_label(&["caption-heading"]), plain_label(&["caption"]));
    author.set_text(&quote.author);
    excerpt.set_text(&quote.excerpt);
    for label in [&author, &excerpt] {
        label.set_max_width_chars(48);
    }
    let lines = gtk::Box::builder().orientation(gtk::Orientation::Vertical).build();
    lines.append(&author);
    lines.append(&excerpt);
    let button =
        gtk::Button::builder().child(&lines).halign(gtk::Align::Start).css_classes(["flat", "quote"]).build();
    name(&button, &text::quoted(&quote.author, &quote.excerpt));
    let told = Rc::clone(told);
    button.connect_clicked(move |_| told(PostDeed::ShowQuoted));
    button
}

/// Makes the line beneath a post: that it was edited, or what becomes of it.
fn foot(post: &PostLook, told: &Rc<dyn Fn(PostDeed)>) -> Option<gtk::Box> {
    let line = gtk::Box::builder().spacing(6).build();
    if let Some(when) = &post.edited {
        let edited = gtk::Label::builder()
            .label(text::EDITED)
            .tooltip_text(when)
            .css_classes(["caption", "dim-label"])
            .build();
        line.append(&edited);
    }
    if let Some(sending) = &post.sending {
        add_sending(&line, sending, told);
    }
    line.first_child().map(|_| line)
}

fn add_sending(line: &gtk::Box, sending: &SendingLook, told: &Rc<dyn Fn(PostDeed)>) {
    let icon = if sending.is_failed { "dialog-warning-symbolic" } else { "content-loading-symbolic" };
    let class = if sending.is_failed { "error" } else { "dim-label" };
    line.append(&gtk::Image::builder().icon_name(icon).pixel_size(14).css_classes([class]).build());
    let words = gtk::Label::builder()
        .label(&sending.words)
        .wrap(true)
        .wrap_mode(pango::WrapMode::WordChar)
        .xalign(0.0)
        .css_classes(["caption", class])
        .build();
    line.append(&words);
    if !sending.is_failed {
        return;
    }
    for (deed, label) in [(PostDeed::TryAgain, text::TRY_AGAIN), (PostDeed::Discard, text::DISCARD)] {
        let button = gtk::Button::builder()
            .label(label)
            .valign(gtk::Align::Center)
            .css_classes(["flat", "caption", "small-text"])
            .build();
        let told = Rc::clone(told);
        button.connect_clicked(move |_| told(deed));
        line.append(&button);
    }
}

fn divider(words: &str, class: &str) -> gtk::Box {
    let line = || gtk::Separator::builder().hexpand(true).valign(gtk::Align::Center).build();
    let label = gtk::Label::builder().label(words).css_classes(["caption-heading"]).build();
    let divider = gtk::Box::builder().spacing(12).hexpand(true).css_classes(["divider", class]).build();
    divider.append(&line());
    divider.append(&label);
    divider.append(&line());
    divider
}

fn seat_line(words: &str) -> gtk::Label {
    gtk::Label::builder()
        .label(words)
        .hexpand(true)
        .wrap(true)
        .wrap_mode(pango::WrapMode::WordChar)
        .justify(gtk::Justification::Center)
        .css_classes(["caption", "dim-label", "seat-line"])
        .build()
}

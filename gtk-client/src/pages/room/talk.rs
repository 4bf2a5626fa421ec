//! One conversation: what was said, what a search found in it, and where something is written, or why nothing can be.
//!
//! This file decides nothing.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use parlour_common::message::{ConversationId, Post};
use relm4::gtk::prelude::*;
use relm4::{adw, gtk};

use super::rows::{FoundRows, Palette, TalkRows};
use crate::text;
use crate::view_model::fetch::Fetch;
use crate::view_model::room::{Draft, Msg, Room, Timeline as Shown, View};
use crate::widgets::composer::{Composer, ComposerEvent, ComposerLook};
use crate::widgets::states::{Nothing, States};
use crate::widgets::timeline::{Timeline, TimelineEvent};
use crate::widgets::{keep_covered_hidden, show_only, take_keyboard};

/// The widest that what is said runs, in application pixels: a line longer than that is hard to read.
pub(super) const LINE_WIDTH_MAX: i32 = 860;

/// What happens in a conversation.
#[derive(Clone, Debug)]
pub(super) enum TalkEvent {
    /// In the list of what was said.
    Said(TimelineEvent),
    /// In the list of what was found.
    Found(TimelineEvent),
    /// Where something is written.
    Composer(ComposerEvent),
    /// Something for the view model.
    Model(Box<Msg>),
}

/// A conversation.
#[derive(Debug)]
pub(super) struct Talk {
    root: gtk::Box,
    said: Timeline,
    said_states: States,
    found: Timeline,
    found_states: States,
    found_posts: Rc<RefCell<Vec<Arc<Post>>>>,
    stack: gtk::Stack,
    foot: gtk::Stack,
    composer: Composer,
    notice: Notice,
}

/// What stands in the place of the entry where nothing can be written.
#[derive(Debug)]
struct Notice {
    root: gtk::Box,
    icon: gtk::Image,
    words: gtk::Label,
    button: gtk::Button,
}

impl Talk {
    pub(super) fn new(
        shown: &Rc<RefCell<Shown>>,
        palette: &Rc<Palette>,
        on_event: impl Fn(TalkEvent) + Clone + 'static,
    ) -> Self {
        let rows = TalkRows { shown: Rc::clone(shown), palette: Rc::clone(palette) };
        let told = on_event.clone();
        let said =
            Timeline::new(text::MESSAGES, LINE_WIDTH_MAX, rows, move |event| told(TalkEvent::Said(event)));
        let found_posts: Rc<RefCell<Vec<Arc<Post>>>> = Rc::default();
        let rows = FoundRows { found: Rc::clone(&found_posts), palette: Rc::clone(palette) };
        let told = on_event.clone();
        let found =
            Timeline::new(text::FOUND, LINE_WIDTH_MAX, rows, move |event| told(TalkEvent::Found(event)));
        found.list_results();
        let retry = on_event.clone();
        let said_states = States::new(said.widget(), move || retry(TalkEvent::Model(Box::new(Msg::Retry))));
        let retry = on_event.clone();
        let found_states = States::new(found.widget(), move || retry(TalkEvent::Model(Box::new(Msg::Retry))));
        let stack = gtk::Stack::builder().vexpand(true).hexpand(true).build();
        stack.add_named(said_states.widget(), Some("said"));
        stack.add_named(found_states.widget(), Some("found"));
        keep_covered_hidden(&stack);
        let told = on_event.clone();
        let composer = Composer::new(move |event| told(TalkEvent::Composer(event)));
        let told = on_event.clone();
        let notice = Notice::new(move |msg| told(TalkEvent::Model(Box::new(msg))));
        let foot = gtk::Stack::builder().vhomogeneous(false).css_classes(["talk-foot"]).build();
        let clamp = adw::Clamp::builder()
            .maximum_size(LINE_WIDTH_MAX)
            .tightening_threshold(LINE_WIDTH_MAX)
            .child(composer.widget())
            .build();
        foot.add_named(&clamp, Some("composer"));
        foot.add_named(&notice.root, Some("notice"));
        keep_covered_hidden(&foot);
        let root = gtk::Box::builder().orientation(gtk::Orientation::Vertical).hexpand(true).build();
        root.append(&stack);
        root.append(&foot);
        Self { root, said, said_states, found, found_states, found_posts, stack, foot, composer, notice }
    }

    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    pub(super) fn said(&self) -> &Timeline {
        &self.said
    }

    pub(super) fn found(&self) -> &Timeline {
        &self.found
    }

    /// Returns a post that the search has found.
    pub(super) fn found_post(&self, position: u32) -> Option<Arc<Post>> {
        self.found_posts.borrow().get(position as usize).cloned()
    }

    /// Moves the keyboard to where something is written, or else to what was said.
    pub(super) fn grab_focus(&self) {
        match self.composer.widget().is_mapped() {
            true => self.composer.grab_focus(),
            false => self.said.grab_focus(),
        }
    }

    /// Shows how it stands. `fill` is what is to be in the entry, if that is another text.
    pub(super) fn show(&self, state: &Room, at_end: bool, fill: Option<String>) {
        self.show_said(state);
        self.show_found(state);
        show_only(&self.stack, if state.search().is_some() { "found" } else { "said" });
        self.said.show_jump(!at_end && state.view() == View::Timeline, state.unseen());
        self.show_foot(state, fill);
    }

    fn show_said(&self, state: &Room) {
        let with = state.talk().and_then(|talk| talk.entry.with.as_ref()).map(ToString::to_string);
        let (title, description) = text::nothing_said(with.as_deref());
        let nothing = Nothing { icon: "user-available-symbolic", title, description: &description };
        match state.view() {
            View::Loading => self.said_states.show(&Fetch::Loading, None),
            View::Failed(problem) => self.said_states.show(&Fetch::Failed(problem), None),
            View::Empty => self.said_states.show(&Fetch::Here, Some(nothing)),
            View::Timeline => self.said_states.show(&Fetch::Here, None),
        }
    }

    fn show_found(&self, state: &Room) {
        let Some(search) = state.search() else {
            if !self.found_posts.borrow().is_empty() {
                self.found_posts.borrow_mut().clear();
                self.found.list(0);
            }
            return;
        };
        let is_same = {
            let known = self.found_posts.borrow();
            known.len() == search.found().len()
                && known.iter().zip(search.found()).all(|(one, other)| Arc::ptr_eq(one, other))
        };
        if !is_same {
            self.found_posts.replace(search.found().to_vec());
            self.found.list(u32::try_from(search.found().len()).unwrap_or(u32::MAX));
        }
        let (title, description) = text::nothing_found(search.query());
        let nothing = Nothing { icon: "system-search-symbolic", title, description: &description };
        let has_none = search.found().is_empty();
        match search.fetch() {
            // What was found before stays until the rest is here.
            Fetch::Loading if !has_none => self.found_states.show(&Fetch::Here, None),
            _ if search.query().trim().is_empty() => self.found_states.show(&Fetch::Here, Some(nothing)),
            fetch => self.found_states.show(fetch, has_none.then_some(nothing)),
        }
    }

    fn show_foot(&self, state: &Room, fill: Option<String>) {
        let is_room = state.conversation() == ConversationId::ROOM;
        let with = state.talk().and_then(|talk| talk.entry.with.as_ref());
        let words = match with {
            Some(with) if !state.can_write() => {
                Some(("user-not-tracked-symbolic", text::departed(with.as_str()), None))
            }
            _ if is_room => text::seat_words(state.seat(), state.is_linked()),
            _ => None,
        };
        if words.is_some() {
            take_keyboard(self.composer.widget().upcast_ref());
        }
        match words {
            Some((icon, words, button)) => {
                self.notice.show(icon, &words, button);
                show_only(&self.foot, "notice");
            }
            None => show_only(&self.foot, "composer"),
        }
        self.composer.show(&composer_look(state, with.map(parlour_common::names::UserName::as_str), fill));
    }
}

fn composer_look(state: &Room, with: Option<&str>, fill: Option<String>) -> ComposerLook {
    let none = Draft::default();
    let draft = state.draft().unwrap_or(&none);
    let bar = match (draft.editing(), draft.reply_to()) {
        (Some(editing), _) => Some((text::EDITING.to_owned(), editing.was.clone())),
        (None, Some(quote)) => Some((text::replying_to(quote.author.as_str()), quote.excerpt.clone())),
        (None, None) => None,
    };
    let fault = draft.fault();
    let has_something = !draft.text().trim().is_empty() || !draft.attachments().is_empty();
    ComposerLook {
        hint: text::entry_hint(with),
        text: fill,
        bar,
        is_editing: draft.editing().is_some(),
        files: draft.attachments().iter().map(text::attachment_name).collect(),
        can_send: has_something && fault.is_none(),
        problem: fault.as_ref().map(text::draft_fault),
        names: state.completion().iter().map(ToString::to_string).collect(),
    }
}

impl Notice {
    fn new(on_msg: impl Fn(Msg) + 'static) -> Self {
        let icon = gtk::Image::new();
        let words = gtk::Label::builder()
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .xalign(0.0)
            .hexpand(true)
            .accessible_role(gtk::AccessibleRole::Alert)
            .build();
        let button = gtk::Button::builder()
            .valign(gtk::Align::Center)
            .halign(gtk::Align::End)
            .css_classes(["suggested-action", "pill", "notice-button"])
            .build();
        button.connect_clicked(move |button| {
            let is_take_over = button.label().is_some_and(|label| label == text::TAKE_OVER);
            on_msg(if is_take_over { Msg::TakeOver } else { Msg::EnterRoom });
        });
        let line = gtk::Box::builder().spacing(12).build();
        line.append(&icon);
        line.append(&words);
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(9)
            .css_classes(["talk-notice"])
            .build();
        column.append(&line);
        column.append(&button);
        let clamp = adw::Clamp::builder()
            .maximum_size(LINE_WIDTH_MAX)
            .tightening_threshold(LINE_WIDTH_MAX)
            .child(&column)
            .hexpand(true)
            .build();
        let root = gtk::Box::builder().build();
        root.append(&clamp);
        Self { root, icon, words, button }
    }

    fn show(&self, icon: &str, words: &str, button: Option<&str>) {
        self.icon.set_icon_name(Some(icon));
        self.words.set_text(words);
        self.button.set_visible(button.is_some());
        if self.button.label().as_deref() != button {
            self.button.set_label(button.unwrap_or_default());
        }
    }
}

//! What is before the person's eyes: what is read thereby, and what is still new.
//!
//! This file does not know how far a list is scrolled: the page says which rows are shown.

use parlour_common::message::{ConversationId, OnePost, Post, PostId, Request};

use super::{Alarm, Asked, Room};
use crate::view_model::Effect;

/// How often at most it is told what one has read, in milliseconds.
const MARK_PAUSE_MS: u32 = 1_000;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Whether the window has the keyboard.
    pub(super) is_active: bool,
    /// Whether the place is the one that is looked at.
    pub(super) is_shown: bool,
    /// What is still to be told.
    unsaid: Vec<OnePost>,
    /// Whether it was told a moment ago.
    is_resting: bool,
}

impl Room {
    /// Tells whether somebody sees what is shown of a conversation.
    pub(super) fn is_seen(&self, conversation: ConversationId) -> bool {
        let is_open = self.reading.is_active && self.reading.is_shown && !self.is_list_shown;
        is_open && self.conversation() == conversation
    }

    /// Returns how many posts of the conversation that is shown came below what is looked at.
    pub fn unseen(&self) -> u64 {
        if self.is_at_bottom() { 0 } else { self.talk().map_or(0, super::Talk::unread) }
    }

    /// Tells whether the last row is looked at.
    pub(super) fn is_at_bottom(&self) -> bool {
        let shown = self.shown.borrow();
        let is_last = |(_, last): (u32, u32)| last.saturating_add(1) >= shown.len();
        shown.is_at_end() && self.looked_at.is_none_or(is_last)
    }

    /// Says where what is new begins, when one comes to a conversation.
    pub(super) fn begin_reading(&mut self) {
        let first = self.talk().filter(|talk| talk.unread() > 0).map(|talk| PostId(talk.first_unread()));
        let mut shown = self.shown.borrow_mut();
        // One's own words are no news.
        let first = first.filter(|first| !shown.post(*first).is_some_and(|post| shown.is_own(post)));
        shown.set_new_from(first);
    }

    /// Takes which rows are looked at.
    pub(super) fn look(&mut self, first: u32, last: u32) -> Vec<Effect> {
        self.looked_at = Some((first, last));
        let mut effects = self.read_ahead();
        effects.extend(self.see());
        effects
    }

    /// Notes what is seen of the conversation that is shown.
    pub(super) fn see(&mut self) -> Vec<Effect> {
        let conversation = self.conversation();
        let Some((first, last)) = self.looked_at.filter(|_| self.is_seen(conversation)) else {
            return Vec::new();
        };
        let post = self.shown.borrow().last_post_within(first, last);
        post.map(|post| self.mark(OnePost { conversation, post })).unwrap_or_default()
    }

    /// Notes that one has read up to a post, and tells it.
    pub(super) fn mark(&mut self, read: OnePost) -> Vec<Effect> {
        if !self.conversations.mark(read.conversation, read.post) {
            return Vec::new();
        }
        self.reading.unsaid.retain(|unsaid| unsaid.conversation != read.conversation);
        self.reading.unsaid.push(read);
        let mut effects = self.withdraw(read.conversation);
        effects.extend(self.tell_marks());
        effects
    }

    /// Tells what was read, unless that was done a moment ago.
    pub(super) fn tell_marks(&mut self) -> Vec<Effect> {
        if self.reading.is_resting || self.reading.unsaid.is_empty() || !self.is_linked {
            return Vec::new();
        }
        self.reading.is_resting = true;
        let unsaid = std::mem::take(&mut self.reading.unsaid);
        let mut effects: Vec<Effect> =
            unsaid.into_iter().map(|read| self.ask(Asked::Mark(read), Request::MarkRead(read))).collect();
        effects.push(Effect::WakeAfter(Alarm::Reading, MARK_PAUSE_MS));
        effects
    }

    /// Tells what was read, even if something was told a moment ago.
    pub(super) fn tell_marks_at_once(&mut self) -> Vec<Effect> {
        self.reading.is_resting = false;
        self.tell_marks()
    }

    /// Goes on after a pause.
    pub(super) fn wake_reading(&mut self) -> Vec<Effect> {
        self.tell_marks_at_once()
    }

    /// Takes it that what was read was not told: it is told again when the link is back.
    pub(super) fn keep_mark(&mut self, read: OnePost) {
        if !self.reading.unsaid.iter().any(|unsaid| unsaid.conversation == read.conversation) {
            self.reading.unsaid.push(read);
        }
    }

    /// Takes it that one has read up to a post, at another place.
    pub(super) fn take_mark(&mut self, read: OnePost) -> Vec<Effect> {
        let is_news = self.conversations.mark(read.conversation, read.post);
        if is_news { self.withdraw(read.conversation) } else { Vec::new() }
    }

    /// Takes what was notified of a conversation back once all of it is read.
    fn withdraw(&mut self, conversation: ConversationId) -> Vec<Effect> {
        let is_read = self.conversations.talk(conversation).is_none_or(|talk| talk.unread() == 0);
        let was_told = is_read && self.notified.remove(&conversation);
        if was_told { vec![Effect::Withdraw(conversation)] } else { Vec::new() }
    }

    /// Says where what is new begins, where something comes that nobody sees. `read_up_to`: as it was before, and
    /// `was_at_bottom`: whether the end was looked at then.
    pub(super) fn note_new(&mut self, post: &Post, is_own: bool, read_up_to: PostId, was_at_bottom: bool) {
        let is_seen = self.is_seen(post.conversation) && was_at_bottom;
        let _ = self.with_timeline(post.conversation, |timeline| {
            if is_own {
                timeline.set_new_from(None);
            } else if !is_seen && read_up_to.0 + 1 == post.post.0 {
                // All before it was read: it is the first new one.
                timeline.set_new_from(Some(post.post));
            }
        });
    }
}

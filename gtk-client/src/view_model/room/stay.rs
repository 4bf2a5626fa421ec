//! Coming and going: somebody signs in or out, the link is lost and is back, another conversation is shown.
//!
//! This file does not know what is done in between.

use std::path::PathBuf;
use std::rc::Rc;

use parlour_common::message::ConversationId;
use parlour_common::names::UserName;

use super::{ASIDE_MAX, Alarm, Room, Seat, Timeline};
use crate::view_model::Effect;
use crate::view_model::choices::Choices;

impl Room {
    pub(super) fn open(
        &mut self,
        own: UserName,
        server: String,
        choices: Choices,
        folder: Option<PathBuf>,
    ) -> Vec<Effect> {
        let mut effects = self.close();
        let user_name = own.to_string();
        self.own = Some(own.clone());
        *self.shown.borrow_mut() = self.empty_like_shown(ConversationId::ROOM, Some(own));
        self.choices = choices;
        self.folder = folder;
        self.is_linked = true;
        self.reading.is_active = true;
        effects.push(Effect::OpenOutbox { server, user_name });
        effects.extend(self.take_up());
        effects
    }

    /// Forgets everything of whoever was signed in.
    pub(super) fn close(&mut self) -> Vec<Effect> {
        let was_open = self.own.is_some();
        let (shown, draw) = (Rc::clone(&self.shown), self.draw);
        let (last_key, reading) = (self.last_key, std::mem::take(&mut self.reading));
        let empty = self.empty_like_shown(ConversationId::ROOM, None);
        *shown.borrow_mut() = empty;
        let exported = self.exported.take().map(|_| Effect::CancelExport);
        let notified = std::mem::take(&mut self.notified);
        *self = Self { last_key, draw, unread: self.unread, ..Self::new(shown, self.local_time) };
        self.reading.is_active = reading.is_active;
        let mut effects: Vec<Effect> = notified.into_iter().map(Effect::Withdraw).collect();
        effects.extend(exported);
        if was_open {
            effects.push(Effect::CloseOutbox);
        }
        effects
    }

    /// Makes an empty timeline that the list learns of as one in place of the former.
    fn empty_like_shown(&self, conversation: ConversationId, own: Option<UserName>) -> Timeline {
        let was = self.shown.borrow().len();
        let mut empty = Timeline::new(conversation, own, self.local_time);
        empty.follows(was);
        empty
    }

    /// Asks for all that is to be known of where one is.
    fn take_up(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.choices.is_in_room {
            effects.extend(self.enter(false));
        } else {
            self.seat = Seat::Left;
        }
        effects.extend(self.list_talks(0));
        if self.seat == Seat::Left {
            let shown = self.conversation();
            effects.extend(self.begin_history(shown));
        }
        effects
    }

    /// Goes on where the link was lost.
    pub(super) fn resume(&mut self) -> Vec<Effect> {
        self.is_linked = true;
        self.outbox.wake();
        let mut effects = match self.seat {
            // The other place keeps it.
            Seat::Elsewhere { .. } => self.list_talks(0),
            _ => self.take_up(),
        };
        let shown = self.conversation();
        // What was said in the room follows once one has one's seat again.
        if shown != ConversationId::ROOM || matches!(self.seat, Seat::Elsewhere { .. }) {
            effects.extend(self.begin_history(shown));
        }
        effects.extend(self.tell_marks());
        effects.extend(self.search_again());
        effects
    }

    /// Takes it that nothing is told any more.
    pub(super) fn interrupt_all(&mut self) {
        for history in self.histories.values_mut() {
            history.interrupt();
        }
        if self.seat == Seat::Here {
            self.seat = Seat::Entering;
        }
    }

    /// Takes it that nothing is told of a conversation any more.
    pub(super) fn interrupt(&mut self, conversation: ConversationId) {
        if let Some(history) = self.histories.get_mut(&conversation) {
            history.interrupt();
        }
    }

    /// Tells whether what happens in a conversation is told.
    pub(super) fn is_told(&self, conversation: ConversationId) -> bool {
        self.is_linked && (conversation != ConversationId::ROOM || self.seat == Seat::Here)
    }

    /// Shows another conversation; what is held of the one that was shown stays.
    pub(super) fn turn_to(&mut self, conversation: ConversationId) {
        let was = self.shown.borrow().len();
        let at = self.aside.iter().position(|timeline| timeline.conversation() == conversation);
        let mut next = match at {
            Some(at) => self.aside.remove(at),
            None => Timeline::new(conversation, self.own.clone(), self.local_time),
        };
        next.follows(was);
        let mut before = self.shown.replace(next);
        before.set_new_from(None);
        before.set_edited(None);
        if let Some((_, newest)) = before.span() {
            before.come_near(newest, None);
        }
        self.aside.push(before);
        if self.aside.len() > ASIDE_MAX {
            // What happens in the room is told in any case.
            let oldest =
                self.aside.iter().position(|timeline| timeline.conversation() != ConversationId::ROOM);
            let forgotten = oldest.map(|at| self.aside.remove(at).conversation());
            forgotten.and_then(|forgotten| self.histories.remove(&forgotten));
        }
        self.looked_at = None;
        self.search = None;
        self.completion.clear();
        let editing = self.draft().and_then(|draft| draft.editing()).map(|editing| editing.post);
        self.shown.borrow_mut().set_edited(editing);
    }

    /// Does something with what is held of a conversation, if anything is.
    pub(super) fn with_timeline<R>(
        &mut self,
        conversation: ConversationId,
        deed: impl FnOnce(&mut Timeline) -> R,
    ) -> Option<R> {
        if self.conversation() == conversation {
            return Some(deed(&mut self.shown.borrow_mut()));
        }
        self.aside.iter_mut().find(|timeline| timeline.conversation() == conversation).map(deed)
    }

    /// Takes what was chosen at another place of the window.
    pub(super) fn take_choices(&mut self, choices: Choices) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.choices, choices);
        match (before.is_in_room, choices.is_in_room) {
            (false, true) if self.seat == Seat::Left => self.enter(false),
            (true, false) => self.leave_room(),
            _ => Vec::new(),
        }
    }

    pub(super) fn wake(&mut self, alarm: Alarm) -> Vec<Effect> {
        match alarm {
            Alarm::Outbox => {
                self.outbox.wake();
                Vec::new()
            }
            Alarm::History => self.wake_history(),
            Alarm::Conversations => self.wake_talks(),
            Alarm::Seats => self.wake_seats(),
            Alarm::Entering => self.wake_entering(),
            Alarm::Reading => self.wake_reading(),
            Alarm::Search => self.wake_search(),
            Alarm::Mentions => self.ask_members(),
        }
    }

    /// Fetches again what did not come.
    pub(super) fn retry(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if matches!(self.seat, Seat::Failed(_)) {
            effects.extend(self.enter(false));
        }
        let shown = self.conversation();
        effects.extend(self.begin_history(shown));
        effects.extend(self.search_again());
        effects
    }

    /// Leaves what is being done, the nearest first.
    pub(super) fn back(&mut self) -> Vec<Effect> {
        if self.mentioning.is_open() {
            return self.mention(None);
        }
        if let Some(effects) = self.cancel_bar() {
            return effects;
        }
        if self.search.take().is_some() {
            return Vec::new();
        }
        vec![Effect::Back]
    }
}

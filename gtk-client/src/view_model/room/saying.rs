//! What becomes of what is to be said, and of what was said: asked for, told, edited, deleted.
//!
//! This file does not know in which order (`outbox.rs`) nor what a row looks like (`timeline.rs`).

use parlour_common::message::{
    ConversationId, Denial, OnePost, Post, PostId, Reply, Request, SayKey, UploadKey,
};

use super::outbox::{Deed, Turn};
use super::{Alarm, Asked, Kept, Room, Seat, Stored, Told};
use crate::network::Answer;
use crate::view_model::{Effect, Notice, Question};

impl Room {
    /// Has what is to be said put on the disk, once it is known what is there.
    pub(super) fn keep_outbox(&mut self) -> Vec<Effect> {
        let kept = self.outbox.keep();
        kept.map(|(turn, kept)| Effect::KeepOutbox { turn, kept }).into_iter().collect()
    }

    /// Goes on with what an earlier run did not get said.
    pub(super) fn take_found(&mut self, found: Vec<Kept>) -> Vec<Effect> {
        self.outbox.take_over(found);
        if self.outbox.is_unkept() { self.keep_outbox() } else { Vec::new() }
    }

    /// Takes it that the disk has what was given to it, or cannot have it.
    pub(super) fn take_kept(&mut self, turn: u64, is_durable: bool) -> Vec<Effect> {
        self.outbox.take_kept(turn);
        // It is said all the same: who writes is better served by that than by silence.
        let is_news = !is_durable && !std::mem::replace(&mut self.knows_of_disk, true);
        if is_news { vec![Effect::Say(Notice::Room(Told::NotKept))] } else { Vec::new() }
    }

    /// Asks for what is ready to be said.
    pub(super) fn say_next(&mut self) -> Vec<Effect> {
        let is_seated = self.seat == Seat::Here;
        let can_say = |conversation| conversation != ConversationId::ROOM || is_seated;
        let deeds = self.outbox.next(can_say, self.is_linked);
        let mut effects = Vec::new();
        for deed in deeds {
            effects.push(match deed {
                Deed::Say(key, request) => self.ask(Asked::Say(key), request),
                Deed::Upload(upload) => Effect::Upload(vec![upload]),
            });
        }
        effects
    }

    /// Takes the answer to something that was to be said.
    pub(super) fn take_said_answer(&mut self, key: SayKey, answer: Answer) -> Vec<Effect> {
        match self.outbox.take_answer(key, &answer) {
            Turn::Said => {
                let mut effects = self.keep_outbox();
                if let Answer::Reply(Reply::Post(post)) = answer {
                    effects.extend(self.take_said(&post, false));
                }
                effects
            }
            Turn::Later(pause_ms) => vec![Effect::WakeAfter(Alarm::Outbox, pause_ms)],
            Turn::Unseated if self.seat == Seat::Here => self.enter(false),
            Turn::Unseated | Turn::Stays => Vec::new(),
        }
    }

    /// Takes what became of the upload of a file that is to be shown.
    pub(super) fn take_stored(&mut self, upload: UploadKey, how: Stored) -> Vec<Effect> {
        if self.outbox.take_stored(upload, how) { self.keep_outbox() } else { Vec::new() }
    }

    /// Gives up what is to be said, and the upload of its file.
    pub(super) fn discard(&mut self, key: SayKey) -> Vec<Effect> {
        let Some(Kept { upload, .. }) = self.outbox.discard(key) else { return Vec::new() };
        let mut effects = self.keep_outbox();
        effects.extend(upload.map(Effect::DropUpload));
        effects
    }

    /// Takes something that was said; `is_event`: as the daemon tells everyone.
    pub(super) fn take_said(&mut self, post: &Post, is_event: bool) -> Vec<Effect> {
        let (is_own, mentions_me) = {
            let shown = self.shown.borrow();
            (shown.is_own(post), shown.mentions_me(post))
        };
        let talk = self.conversations.talk(post.conversation);
        let is_news = talk.is_none_or(|talk| post.post > talk.entry.last);
        let read_up_to = talk.map_or(PostId(0), |talk| talk.entry.read_up_to);
        let was_at_bottom = self.is_at_bottom() && post.conversation == self.conversation();
        let mut effects = self.list_said(post, mentions_me);
        effects.extend(self.take_post(post, true));
        if !is_news {
            return effects;
        }
        self.note_new(post, is_own, read_up_to, was_at_bottom);
        if was_at_bottom {
            let last = self.shown.borrow().len().saturating_sub(1);
            self.looked_at = self.looked_at.map(|(first, _)| (first, last));
            effects.push(Effect::Timeline(super::TimelineChange::ShowNewest));
            effects.extend(self.see());
        }
        if is_own && read_up_to.0 + 1 == post.post.0 {
            // Who says something has seen what came before it.
            effects.extend(self.mark(OnePost { conversation: post.conversation, post: post.post }));
            // Nor are they news to them if they leave the next moment.
            effects.extend(self.tell_marks_at_once());
        } else if !is_own && is_event {
            effects.extend(self.notify(post, mentions_me));
            effects.extend(self.save_by_itself(post));
        }
        effects
    }

    /// Asks whether a post of one's own is to be deleted.
    pub(super) fn ask_to_delete(&mut self, post: PostId) -> Vec<Effect> {
        let is_own = {
            let shown = self.shown.borrow();
            shown.post(post).is_some_and(|post| shown.is_own(post) && post.deleted_unix_ms.is_none())
        };
        if !is_own {
            return Vec::new();
        }
        self.to_delete = Some(OnePost { conversation: self.conversation(), post });
        vec![Effect::Confirm(Question::DeletePost)]
    }

    /// Takes the person's choice.
    pub(super) fn take_choice(&mut self, yes: bool) -> Vec<Effect> {
        let wanted = self.to_delete.take().filter(|_| yes);
        wanted.map(|post| self.ask(Asked::Delete, Request::DeletePost(post))).into_iter().collect()
    }

    /// Takes what became of a post that was to be deleted.
    pub(super) fn take_deleted(answer: &Answer) -> Vec<Effect> {
        let notice = match answer {
            // It is gone, as was wanted.
            Answer::Reply(_) | Answer::Denied(Denial::NoSuchPost {}) => return Vec::new(),
            Answer::Denied(denial) => Notice::Denied(denial.clone()),
            Answer::Lost => Notice::AnswerLost,
        };
        vec![Effect::Say(notice)]
    }
}

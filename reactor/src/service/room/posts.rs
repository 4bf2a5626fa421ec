//! What is said: posts, what becomes of them, how far one has read, and who is told.
//!
//! This file does not know how a post is kept, nor whom it mentions. Nothing of what was said is logged.

use std::sync::Arc;

use parlour_common::limits::POSTS_PER_PAGE_MAX;
use parlour_common::message::{
    ConversationId, Denial, EditPost, Event, Fault, Field, FieldFault, OnePost, Post, ReadPosts, Reply, Say,
    SearchPosts,
};
use parlour_common::names::post_text;

use super::super::members::{check_limit, check_page};
use super::super::{Service, Session};
use super::WaitingForRoom;
use crate::effect::Effect;
use crate::id::{Asker, ConnId, Now};
use crate::job::RoomJob;
use crate::store::{NewPost, RoomChange, RoomOutcome, UserId};

impl Service {
    pub(super) fn handle_say(&mut self, now: Now, asker: Asker, form: Say) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let Say { key, conversation, text, reply_to, card } = form;
        if conversation == ConversationId::ROOM && !self.room.seats.is_on(user, asker.conn) {
            return self.deny(asker, Denial::NotSeated {});
        }
        let text = match post_text(&text) {
            Ok(text) if text.is_empty() && card.is_none() => return self.deny_text(asker, Fault::Missing {}),
            Ok(text) => text,
            Err(fault) => return self.deny_text(asker, fault),
        };
        let card = card.map(|source| self.card_of(source));
        if let Err(wait) = self.throttle.take_post(now.tick, user) {
            return self.deny_throttled(asker, wait);
        }
        let (at_unix_ms, cards_bytes_max) = (now.unix_ms, self.room.policy.cards_bytes_max);
        let post =
            NewPost { author: user, key, conversation, text, reply_to, card, at_unix_ms, cards_bytes_max };
        self.commit_room(asker, RoomChange::Say(Box::new(post)), WaitingForRoom::Say);
    }

    pub(super) fn handle_edit_post(&mut self, now: Now, asker: Asker, form: &EditPost) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let text = match post_text(&form.text) {
            Ok(text) => text,
            Err(fault) => return self.deny_text(asker, fault),
        };
        if let Err(wait) = self.throttle.take_post(now.tick, user) {
            return self.deny_throttled(asker, wait);
        }
        let EditPost { conversation, post, .. } = *form;
        let at_unix_ms = now.unix_ms;
        let change = RoomChange::EditPost { author: user, conversation, post, text, at_unix_ms };
        self.commit_room(asker, change, WaitingForRoom::Change);
    }

    pub(super) fn handle_delete_post(&mut self, now: Now, asker: Asker, form: OnePost) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        if let Err(wait) = self.throttle.take_post(now.tick, user) {
            return self.deny_throttled(asker, wait);
        }
        let OnePost { conversation, post } = form;
        let at_unix_ms = now.unix_ms;
        let change = RoomChange::DeletePost { author: user, conversation, post, at_unix_ms };
        self.commit_room(asker, change, WaitingForRoom::Change);
    }

    pub(super) fn handle_read_posts(&mut self, asker: Asker, read: ReadPosts) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        if let Err(denial) = check_limit(read.limit, POSTS_PER_PAGE_MAX) {
            return self.deny(asker, denial);
        }
        self.run_room(asker, RoomJob::Read { user, read }, WaitingForRoom::Found);
    }

    pub(super) fn handle_search_posts(&mut self, asker: Asker, search: SearchPosts) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        if let Err(denial) = check_page(&search.query, search.limit, POSTS_PER_PAGE_MAX) {
            return self.deny(asker, denial);
        }
        self.run_room(asker, RoomJob::Search { user, search }, WaitingForRoom::Found);
    }

    pub(super) fn handle_mark_read(&mut self, asker: Asker, form: OnePost) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let OnePost { conversation, post } = form;
        let change = RoomChange::MarkRead { user, conversation, post };
        self.commit_room(asker, change, WaitingForRoom::Mark { user, up_to: form });
    }

    /// Answers whoever said something, then tells it to all whom it concerns; but once only, however often it was
    /// asked for.
    pub(super) fn handle_said(&mut self, asker: Asker, outcome: RoomOutcome) {
        self.answer_post(asker, outcome, Event::Said);
    }

    /// Answers whoever changed what they had said, then tells it to all whom it concerns.
    pub(super) fn handle_post_changed(&mut self, asker: Asker, outcome: RoomOutcome) {
        let doomed = outcome.doomed;
        self.answer_post(asker, outcome, Event::PostChanged);
        if doomed {
            self.remove_doomed();
        }
    }

    fn answer_post(&mut self, asker: Asker, outcome: RoomOutcome, event: fn(Post) -> Event) {
        let RoomOutcome { post: Some(post), members, news, .. } = outcome else {
            tracing::error!("a change of a post did not say which");
            return self.deny(asker, Denial::Internal {});
        };
        self.reply(asker, Reply::Post(post.clone()));
        if news {
            self.tell_post(members, event(post));
        }
    }

    /// Answers whoever has read something, and tells their other connections.
    pub(super) fn handle_marked(&mut self, asker: Asker, user: UserId, up_to: OnePost, news: bool) {
        self.reply(asker, Reply::Done {});
        if news {
            let others = self.connections_of(user).filter(|conn| *conn != asker.conn);
            let to: Arc<[ConnId]> = others.collect();
            self.tell_all(to, Event::MarkedRead(up_to));
        }
    }

    /// Tells something of a post to whom it concerns: for the room those who have a seat, otherwise both.
    pub(in super::super) fn tell_post(&mut self, members: Option<[UserId; 2]>, event: Event) {
        let to = match members {
            None => self.room.seats.hearing(),
            Some([one, other]) => self.connections_of(one).chain(self.connections_of(other)).collect(),
        };
        self.tell_all(to, event);
    }

    fn tell_all(&mut self, to: Arc<[ConnId]>, event: Event) {
        if !to.is_empty() {
            self.effects.push_back(Effect::Tell { to, event });
        }
    }

    fn deny_text(&mut self, asker: Asker, fault: Fault) {
        let faults = vec![FieldFault { field: Field::Text, fault }];
        self.deny(asker, Denial::InvalidFields { faults });
    }
}

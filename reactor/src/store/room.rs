//! The room and the conversations of two: seats, posts, cards, and what can be read of them.
//!
//! This file does not know who is there just now, nor who is told what. Seats and marks stand in `room/seats.rs`, how
//! things are said in `room/{say,cards}.rs`, how they go in `room/sweep.rs`, every index that is kept of them in
//! `room/{posts,words}.rs`, how they are found in `room/{reading,search}.rs`.

mod cards;
mod change;
mod posts;
mod reading;
mod records;
mod say;
mod search;
mod seats;
mod sweep;
mod words;

#[cfg(test)]
mod tests;

use std::ops::Bound::Unbounded;

use parlour_common::message::{
    ConversationEntry, ConversationId, ConversationPage, ListConversations, PostId, PostPage, PostsFound,
    ReadPosts, SearchPosts,
};
use parlour_common::names::UserName;

pub use change::{NewCard, NewPost, RoomChange, RoomOutcome};
pub use records::{CardRecord, ConversationRecord, PostRecord, SeatRecord, Shown};

pub(super) use change::apply;
pub(super) use posts::CARDS_BYTES_KEY;
pub(super) use seats::LAST_CONVERSATION_KEY;
pub(super) use sweep::{leave_room, settle};
pub(super) use words::{WordKey, Words};

use super::Store;
use super::change::Stop;
use super::engine::Read;
use super::error::StoreError;
use super::tables::{SEATS, USERS, UserId};

/// The posts that one change of many does at most: it must not keep other changes waiting.
pub const POSTS_PER_STEP_MAX: usize = 256;

// Whoever reads here keeps up by numbers that are given on: nothing is returned that a crash could take back.
impl Store {
    /// Returns everyone who has a seat in the room.
    pub fn seats(&self) -> Result<Vec<(UserId, UserName, SeatRecord)>, StoreError> {
        self.engine.durably(|engine| {
            let mut seats = Vec::new();
            for row in engine.records(SEATS, Unbounded) {
                let (user, seat) = row?;
                if let Some(account) = engine.get(USERS, &user)? {
                    seats.push((user, account.user_name, seat));
                }
            }
            Ok(seats)
        })
    }

    /// Returns a page of the conversations of a member: the room first, then those with the newest posts. It costs
    /// a row for each conversation, and none for a post.
    pub fn conversations(
        &self,
        user: UserId,
        list: &ListConversations,
    ) -> Result<ConversationPage, StoreError> {
        self.engine.durably(|engine| reading::conversations(engine, user, list))
    }

    /// Returns a conversation as a member sees it; `None` if they have no such one.
    pub fn conversation(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Option<ConversationEntry>, StoreError> {
        self.engine.durably(|engine| reading::entry(engine, user, conversation))
    }

    /// Returns posts of a conversation; `None` if the member has no such one. A number outside of it stands for the
    /// nearest one in it. It costs the same however long the history is.
    pub fn posts(&self, user: UserId, read: &ReadPosts) -> Result<Option<PostPage>, StoreError> {
        self.engine.durably(|engine| reading::posts(engine, user, read))
    }

    /// Returns posts of a conversation that have the words which are asked for; `None` if the member has no such
    /// conversation. It looks at a bounded part of the index: what is farther back than that from the newest post
    /// found, or from where the search began, is not found.
    pub fn search_posts(&self, user: UserId, search: &SearchPosts) -> Result<Option<PostsFound>, StoreError> {
        self.engine.durably(|engine| search::posts(engine, user, search))
    }

    /// Returns the file that a post shows, if the member may read it and it shows one.
    pub fn card(
        &self,
        user: UserId,
        conversation: ConversationId,
        post: PostId,
    ) -> Result<Option<CardRecord>, StoreError> {
        self.engine.durably(|engine| match cards::find(engine, user, conversation, post) {
            Ok(card) => Ok(Some(card)),
            Err(Stop::Refused(_)) => Ok(None),
            Err(Stop::Store(error)) => Err(error),
        })
    }
}

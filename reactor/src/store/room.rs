//! The room and the conversations of two: seats, posts, cards, and what can be read of them.
//!
//! This file does not know who is there just now, nor who is told what. How things are said stands in
//! `room/{say,edit,cards}.rs`, how they go in `room/{sweep,departed}.rs`, how they are found in
//! `room/{reading,search}.rs`.

mod change;
mod records;
mod search;

use parlour_common::message::{
    ConversationEntry, ConversationId, ConversationPage, ListConversations, PostId, PostPage, PostsFound,
    ReadPosts, SearchPosts,
};
use parlour_common::names::UserName;

pub use change::{NewCard, NewPost, RoomChange, RoomOutcome};
pub use records::{CardRecord, ConversationRecord, PostRecord, SeatRecord, Shown};

pub(super) use change::apply;
pub(super) use search::WordKey;

use super::Store;
use super::error::StoreError;
use super::tables::UserId;

/// The posts that one change of many does at most: it must not keep other changes waiting.
pub const POSTS_PER_STEP_MAX: usize = 256;

impl Store {
    /// Returns everyone who has a seat in the room.
    pub fn seats(&self) -> Result<Vec<(UserId, UserName, SeatRecord)>, StoreError> {
        Ok(Vec::new())
    }

    /// Returns a page of the conversations of a member: the room first, then those with the newest posts.
    pub fn conversations(
        &self,
        user: UserId,
        list: &ListConversations,
    ) -> Result<ConversationPage, StoreError> {
        let _ = (user, list);
        Ok(ConversationPage { total: 0, conversations: Vec::new() })
    }

    /// Returns a conversation as a member sees it; `None` if they have no such one.
    pub fn conversation(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Option<ConversationEntry>, StoreError> {
        let _ = (user, conversation);
        Ok(None)
    }

    /// Returns posts of a conversation; `None` if the member has no such one. A number outside of it stands for the
    /// nearest one in it.
    pub fn posts(&self, user: UserId, read: &ReadPosts) -> Result<Option<PostPage>, StoreError> {
        let _ = (user, read);
        Ok(None)
    }

    /// Returns posts of a conversation that have the words which are asked for; `None` if the member has no such
    /// conversation.
    pub fn search_posts(&self, user: UserId, search: &SearchPosts) -> Result<Option<PostsFound>, StoreError> {
        let _ = (user, search);
        Ok(None)
    }

    /// Returns the file that a post shows, if the member may read it and it shows one.
    pub fn card(
        &self,
        user: UserId,
        conversation: ConversationId,
        post: PostId,
    ) -> Result<Option<CardRecord>, StoreError> {
        let _ = (user, conversation, post);
        Ok(None)
    }
}

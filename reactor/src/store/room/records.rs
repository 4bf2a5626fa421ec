//! What is recorded of seats, conversations and posts. Later fields need `serde(default)`.
//!
//! This file does not know how records change.

use parlour_common::message::{Card, ConversationId, FileHash, Post, PostId, Quote, Revision, SayKey};
use parlour_common::names::{FileName, UserName};
use serde::{Deserialize, Serialize};

use super::super::files::BlobId;
use super::super::tables::UserId;

/// A seat in the room, as long as its member has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatRecord {
    /// Since when.
    pub since_unix_ms: u64,
}

/// A conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRecord {
    /// Of whom, the lesser number first; `None` for the room.
    pub members: Option<[UserId; 2]>,
    /// The oldest post that is kept; one more than `last` where there is none.
    pub first: PostId,
    /// The newest post; 0 where there never was one.
    pub last: PostId,
    /// Its state.
    pub revision: Revision,
    /// When the oldest post that is kept was said; 0 where there is none.
    pub first_unix_ms: u64,
    /// When the newest post was said; 0 where there never was one.
    pub last_unix_ms: u64,
}

impl ConversationRecord {
    /// One in which nothing was said yet.
    pub(super) fn new(members: Option<[UserId; 2]>) -> Self {
        let (first, last, revision) = (PostId(1), PostId(0), Revision(0));
        Self { members, first, last, revision, first_unix_ms: 0, last_unix_ms: 0 }
    }

    /// Tells whether a member may read it: everyone may read the room.
    pub(in super::super) fn may_read(&self, user: UserId) -> bool {
        self.members.is_none_or(|members| members.contains(&user))
    }

    /// Returns with whom a member has it; `None` for the room.
    pub(super) fn other(&self, user: UserId) -> Option<UserId> {
        self.members.map(|[one, other]| if one == user { other } else { one })
    }
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PostRecord {
    /// Who said it.
    pub author: UserId,
    /// Their name: it stays readable when the account is no more.
    pub author_name: UserName,
    /// By which number they asked for it.
    pub key: SayKey,
    /// The state of the conversation since when it is as it is.
    pub revision: Revision,
    /// When it was said.
    pub said_unix_ms: u64,
    /// What; empty where it was deleted.
    pub text: String,
    /// Whom it mentions, in order: those that there were when it became as it is.
    pub mentions: Vec<UserId>,
    /// What it replies to.
    pub reply_to: Option<Quote>,
    /// What it shows.
    pub card: Option<Shown>,
    /// When it was last edited.
    pub edited_unix_ms: Option<u64>,
    /// When it was deleted.
    pub deleted_unix_ms: Option<u64>,
}

impl PostRecord {
    /// Tells whether it was deleted.
    pub fn is_deleted(&self) -> bool {
        self.deleted_unix_ms.is_some()
    }

    /// Returns the file that it shows.
    pub(super) fn file_card(&self) -> Option<&CardRecord> {
        match &self.card {
            Some(Shown::File(card)) => Some(card),
            _ => None,
        }
    }

    /// Returns it as it is told.
    pub(super) fn into_post(self, conversation: ConversationId, post: PostId) -> Post {
        Post {
            conversation,
            post,
            revision: self.revision,
            author: self.author_name,
            said_unix_ms: self.said_unix_ms,
            text: self.text,
            reply_to: self.reply_to,
            card: self.card.map(Shown::into_card),
            edited_unix_ms: self.edited_unix_ms,
            deleted_unix_ms: self.deleted_unix_ms,
        }
    }
}

/// What a post shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// A file, with contents that are linked.
    File(CardRecord),
    /// Anything else, as it is told.
    Other(Card),
}

impl Shown {
    fn into_card(self) -> Card {
        match self {
            Self::File(CardRecord { file_name, size_bytes, sha256, .. }) => {
                Card::File { file_name, size_bytes, sha256 }
            }
            Self::Other(card) => card,
        }
    }
}

/// A file that a post shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRecord {
    /// Its contents.
    pub blob: BlobId,
    /// Its name.
    pub file_name: FileName,
    /// Its size, in bytes.
    pub size_bytes: u64,
    /// Its hash.
    pub sha256: FileHash,
}

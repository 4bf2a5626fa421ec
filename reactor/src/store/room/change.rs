//! Everything that can be changed of seats, conversations and posts, as plain descriptions, and what comes of it.
//!
//! This file does not know who is told.

use parlour_common::message::{Card, ConversationId, FileId, Post, PostId, SameName, SayKey};

use super::super::change::{Applied, Stop};
use super::super::draft::Draft;
use super::super::tables::UserId;
use super::cards::{self, KeepAs};
use super::{say, seats, sweep};

/// One change of the room or of a conversation of two: wholly done, or not at all. What comes of it is
/// [`Applied::Room`], unless it says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub enum RoomChange {
    /// Takes a seat. Who has one keeps it as it is.
    TakeSeat {
        /// Who.
        user: UserId,
        /// When.
        at_unix_ms: u64,
    },
    /// Gives a seat up. Who has none is no matter.
    LeaveSeat {
        /// Who.
        user: UserId,
    },
    /// Opens the conversation of two, or finds it ([`Applied::Conversation`]).
    OpenDirect {
        /// Who asks.
        user: UserId,
        /// With whom.
        with: UserId,
    },
    /// Says something. Of a key that was said before the post is returned, as it is now.
    Say(Box<NewPost>),
    /// Changes the text of a post.
    EditPost {
        /// Who asks: its author alone may.
        author: UserId,
        /// Where.
        conversation: ConversationId,
        /// Which.
        post: PostId,
        /// The new text.
        text: String,
        /// When it was asked for.
        at_unix_ms: u64,
    },
    /// Deletes a post. One that was deleted stays as it is.
    DeletePost {
        /// Who asks: its author alone may.
        author: UserId,
        /// Where.
        conversation: ConversationId,
        /// Which.
        post: PostId,
        /// When it was asked for.
        at_unix_ms: u64,
    },
    /// Notes up to which post somebody has read. A lesser one than before changes nothing.
    MarkRead {
        /// Who.
        user: UserId,
        /// Where.
        conversation: ConversationId,
        /// Up to which.
        post: PostId,
    },
    /// Forgets posts that were said long ago, at most [`POSTS_PER_STEP_MAX`](super::POSTS_PER_STEP_MAX).
    SweepPosts {
        /// Those said before this.
        before_unix_ms: u64,
    },
    /// Makes a file of the card of a post ([`Applied::Files`]).
    KeepCard {
        /// Whose file it will be.
        user: UserId,
        /// Where.
        conversation: ConversationId,
        /// Which post.
        post: PostId,
        /// What to do if the name is taken.
        same_name: SameName,
        /// When it was asked for.
        at_unix_ms: u64,
        /// How much the files of an account may take that has no quota of its own, in bytes; `None` for as much as
        /// the disk gives.
        standard_quota_bytes: Option<u64>,
    },
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPost {
    /// Who says it.
    pub author: UserId,
    /// The number by which the author asks for it.
    pub key: SayKey,
    /// Where.
    pub conversation: ConversationId,
    /// What, in the form in which it is said.
    pub text: String,
    /// The post that it replies to.
    pub reply_to: Option<PostId>,
    /// What it shows.
    pub card: Option<NewCard>,
    /// When.
    pub at_unix_ms: u64,
    /// How much the cards of all conversations may take, in bytes; `None` for as much as the disk gives.
    pub cards_bytes_max: Option<u64>,
}

/// What a new post shows.
#[derive(Clone, Debug, PartialEq)]
pub enum NewCard {
    /// A file that the author may read, and that is not in the trash.
    File(FileId),
    /// A track, as it is told.
    Track(Card),
    /// A track that the library does not have. It may have had it when the same key was said before.
    NoTrack,
}

/// What came of a change of the room or of a conversation of two.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomOutcome {
    /// The post that was said, changed or named, as it is now.
    pub post: Option<Post>,
    /// Whose conversation it is; `None` for the room.
    pub members: Option<[UserId; 2]>,
    /// Whether anything is other than it was.
    pub news: bool,
    /// Whom the post mentions that it did not mention before.
    pub mentioned: Vec<UserId>,
    /// Whether there is more to do: the same change is to be made again.
    pub more: bool,
    /// Whether contents wait to be removed from the disk.
    pub doomed: bool,
}

impl RoomOutcome {
    /// Says whether something is other than it was, and nothing else.
    pub(super) fn news(news: bool) -> Self {
        Self { news, ..Self::default() }
    }
}

impl From<RoomOutcome> for Applied {
    fn from(outcome: RoomOutcome) -> Self {
        Self::Room(Box::new(outcome))
    }
}

/// Writes into `draft` what a change does.
pub(in super::super) fn apply(draft: &mut Draft<'_>, change: &RoomChange) -> Result<Applied, Stop> {
    match change {
        RoomChange::TakeSeat { user, at_unix_ms } => seats::take(draft, *user, *at_unix_ms),
        RoomChange::LeaveSeat { user } => seats::leave(draft, *user),
        RoomChange::OpenDirect { user, with } => seats::open_direct(draft, *user, *with),
        RoomChange::Say(new) => say::say(draft, new),
        RoomChange::EditPost { author, conversation, post, text, at_unix_ms } => {
            say::edit(draft, *author, (*conversation, *post), text, *at_unix_ms)
        }
        RoomChange::DeletePost { author, conversation, post, at_unix_ms } => {
            say::delete(draft, *author, (*conversation, *post), *at_unix_ms)
        }
        RoomChange::MarkRead { user, conversation, post } => {
            seats::mark_read(draft, *user, (*conversation, *post))
        }
        RoomChange::SweepPosts { before_unix_ms } => sweep::sweep(draft, *before_unix_ms),
        RoomChange::KeepCard { user, conversation, post, same_name, at_unix_ms, standard_quota_bytes } => {
            let (same_name, at_unix_ms) = (*same_name, *at_unix_ms);
            let standard_quota_bytes = *standard_quota_bytes;
            let keep_as = KeepAs { same_name, at_unix_ms, standard_quota_bytes };
            cards::keep(draft, *user, (*conversation, *post), &keep_as)
        }
    }
}

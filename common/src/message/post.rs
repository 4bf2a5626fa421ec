//! Messages about what is said, in the room and between two members: posts, cards.
//!
//! What somebody said is a **post**: "message" is a word of the wire. This file does not know who may read what, nor
//! who is told.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use strum::VariantNames;

use super::file::{FileHash, FileId, SameName};
use super::library::{CoverId, TrackId};
use super::opaque::opaque_bytes;
use super::room::{ConversationId, Revision};
use crate::limits::SAY_KEY_BYTES;
use crate::names::{FileName, UserName};

/// A post of a conversation. Posts are numbered from 1, in the order in which everyone sees them, without gaps: a
/// deleted one keeps its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostId(pub u64);

opaque_bytes! {
    /// Something to be said, by a number that the client draws at random and keeps until it is answered, restarts of
    /// both sides included: however often it is asked for, it is said once. It is one of its member's: nobody else
    /// can name it.
    SayKey, SAY_KEY_BYTES
}

impl std::fmt::Debug for SayKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Says something. In the room one needs a seat, on this connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Say {
    /// Names it: the same key again says nothing new, and is answered with what was said.
    pub key: SayKey,
    /// Where.
    pub conversation: ConversationId,
    /// What. Control characters other than line feeds and tabs are dropped, and so are blanks around it; then at most
    /// `POST_TEXT_BYTES_MAX` bytes, and empty only with a card.
    pub text: String,
    /// The post of the same conversation that it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<PostId>,
    /// What to show as a card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardSource>,
}

/// What a card is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CardSource {
    /// A file of one's own, or one that somebody shares with one, and not in the trash. The card keeps the contents
    /// that it has now, whatever becomes of the file.
    File(FileId),
    /// A track of the library.
    Track(TrackId),
}

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// Where.
    pub conversation: ConversationId,
    /// Which.
    pub post: PostId,
    /// The state of the conversation since when it is as it is.
    pub revision: Revision,
    /// Who said it.
    pub author: UserName,
    /// When, in milliseconds since 1970 UTC.
    pub said_unix_ms: u64,
    /// What; empty where it was deleted.
    pub text: String,
    /// What it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "card_of_any_kind")]
    pub card: Option<Card>,
    /// When it was last edited, in milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_unix_ms: Option<u64>,
    /// When it was deleted, in milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_unix_ms: Option<u64>,
}

/// The post that another replies to, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Which.
    pub post: PostId,
    /// Who said it.
    pub author: UserName,
    /// How it begins, at most `EXCERPT_BYTES_MAX` bytes; the name of a card where it had no text.
    pub excerpt: String,
}

/// A file or a track that a post shows. Whoever may read the post may fetch it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Card {
    /// A file, fetched by `fetch_card`.
    File {
        /// Its name.
        file_name: FileName,
        /// Its size, in bytes.
        size_bytes: u64,
        /// Its hash.
        sha256: FileHash,
    },
    /// A track of the library, fetched by `fetch_track`: it may not be there any more.
    Track {
        /// Which.
        track: TrackId,
        /// The name to save it under.
        file_name: FileName,
        /// The title.
        title: String,
        /// The artist, or empty.
        artist: String,
        /// How long it plays, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration_ms: Option<u64>,
        /// The size of the file, in bytes.
        size_bytes: u64,
        /// Its picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cover: Option<CoverId>,
    },
    /// A file that went with the account of who showed it.
    Gone {},
    /// Something that cannot be shown. A reader takes every kind that it does not know for this one.
    Unknown {},
}

/// Reads a card kindly: one that is not known is still a card, and what was said with it can be read.
fn card_of_any_kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Card>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum AnyCard {
        Known(Card),
        Newer(IgnoredAny),
    }
    Ok(Option::deserialize(deserializer)?.map(|card| match card {
        AnyCard::Known(card) => card,
        AnyCard::Newer(_) => Card::Unknown {},
    }))
}

/// Changes the text of a post of one's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditPost {
    /// Where.
    pub conversation: ConversationId,
    /// Which.
    pub post: PostId,
    /// The new text, as in `say`.
    pub text: String,
}

/// Names a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnePost {
    /// Where.
    pub conversation: ConversationId,
    /// Which.
    pub post: PostId,
}

/// Asks for some posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPosts {
    /// Where.
    pub conversation: ConversationId,
    /// Which.
    pub from: ReadFrom,
    /// How many to answer with, 1 to `POSTS_PER_PAGE_MAX`. They may be fewer: as many as a message holds.
    pub limit: u16,
}

/// Which posts are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ReadFrom {
    /// The newest.
    Latest {},
    /// The newest of those before this one.
    Before(PostId),
    /// The oldest of those after this one.
    After(PostId),
    /// This one, and about as many before it as after it.
    Around(PostId),
    /// Those that were said, edited or deleted since this state, in the order of what last became of them.
    ChangedAfter(Revision),
}

/// Some posts of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PostPage {
    /// Where.
    pub conversation: ConversationId,
    /// They, without gaps, the oldest first; for `changed_after` by revision.
    pub posts: Vec<Post>,
    /// The oldest post that is kept; one more than `last` where there is none.
    pub first: PostId,
    /// The newest post; 0 where there never was one.
    pub last: PostId,
    /// The state of the conversation as of which all this is.
    pub revision: Revision,
    /// Whether more follow in the direction asked for; for `around` in any.
    pub more: bool,
}

/// Searches a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPosts {
    /// Where.
    pub conversation: ConversationId,
    /// Words in any order, case and accents ignored; the last may be the beginning of one. At most
    /// `QUERY_BYTES_MAX` bytes.
    pub query: String,
    /// Only posts before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<PostId>,
    /// How many to answer with, 1 to `POSTS_PER_PAGE_MAX`. They may be fewer: as many as a message holds.
    pub limit: u16,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PostsFound {
    /// Posts that have every word, the newest first. They may be none, where a search takes long.
    pub posts: Vec<Post>,
    /// Where to go on: the `before` of the next page. `None` where everything was searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<PostId>,
}

/// Asks for the bytes of a file that a post shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchCard {
    /// Where.
    pub conversation: ConversationId,
    /// Which post.
    pub post: PostId,
    /// Where to begin, in bytes.
    pub offset: u64,
    /// How many bytes; all to the end where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
}

/// Makes a file of one's own of a file that a post shows. No byte is copied, and it counts as any file of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepCard {
    /// Where.
    pub conversation: ConversationId,
    /// Which post.
    pub post: PostId,
    /// What to do if the name is taken.
    pub same_name: SameName,
}

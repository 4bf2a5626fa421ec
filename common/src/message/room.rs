//! Messages about the room: who has a seat in it, and which conversations there are.
//!
//! What is said there is in `post.rs`. This file does not know who may read what, nor who is told.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::post::PostId;
use crate::names::UserName;

/// A conversation, by a number that is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationId(pub u64);

impl ConversationId {
    /// The room, in which everyone is. All others are of two members.
    pub const ROOM: Self = Self(0);
}

/// A state of a conversation: it grows by one with each post that is said, edited or deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// Takes one's seat in the room. Who has one is told what is said there, and may say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnterRoom {
    /// Whether to take the seat if one is present at another place, which then loses it. A seat that waits, and one
    /// that this session has on another connection, is taken in any case.
    pub take_over: bool,
}

/// The room, as whoever enters finds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entered {
    /// How many seats are taken, one's own included.
    pub participants: u32,
    /// Whether one's seat had waited: one came back.
    pub came_back: bool,
    /// The conversation.
    pub room: ConversationEntry,
}

/// Asks for one page of the seats that are taken, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSeats {
    /// How many to skip.
    pub offset: u32,
    /// How many to answer with, 1 to `SEATS_PER_PAGE_MAX`.
    pub limit: u16,
}

/// One page of the seats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatPage {
    /// How many are taken.
    pub participants: u32,
    /// Those of this page, by name.
    pub seats: Vec<SeatEntry>,
}

/// A seat that is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatEntry {
    /// Whose it is.
    pub user_name: UserName,
    /// Whether they are there.
    pub state: SeatState,
    /// Since when, in milliseconds since 1970 UTC.
    pub since_unix_ms: u64,
}

/// Whether somebody who has a seat is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SeatState {
    /// Their connection ended without a goodbye, or the daemon was started again: the seat waits for them. A state
    /// that a client does not know is this one to it.
    Inactive,
    /// They are.
    #[default]
    #[serde(other)]
    Present,
}

/// Tells those in the room who came and went. What happens within a moment is told at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatsChanged {
    /// How many seats are taken now.
    pub participants: u32,
    /// What happened, in order, at most `SEAT_CHANGES_MAX`.
    pub changes: Vec<SeatChange>,
    /// How many further changes are not named: lists of seats fetched before are out of date.
    pub omitted: u32,
}

/// That somebody came or went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatChange {
    /// Who.
    pub user_name: UserName,
    /// How.
    pub how: SeatTurn,
    /// When, in milliseconds since 1970 UTC.
    pub at_unix_ms: u64,
    /// How many seats were taken then.
    pub participants: u32,
}

/// How somebody came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SeatTurn {
    /// They took a seat.
    Joined,
    /// They gave it up: by a goodbye, by signing out, with the end of their session, or after `SEAT_HOURS_MAX`
    /// without a sign of them.
    Left,
    /// Their connection ended without a goodbye. The seat waits.
    Lost,
    /// They came back to the seat that waited. A turn that a client does not know is this one to it.
    #[serde(other)]
    CameBack,
}

/// Says that one's seat was taken at another place: what is said in the room is told there from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatLost {
    /// The name of the device that has it now.
    pub device: String,
}

/// Asks for one page of one's conversations: the room first, then those with most recent posts first. Conversations
/// in which nothing was said are left out, but for the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListConversations {
    /// How many to skip.
    pub offset: u32,
    /// How many to answer with, 1 to `CONVERSATIONS_PER_PAGE_MAX`.
    pub limit: u16,
}

/// One page of one's conversations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationPage {
    /// How many there are in all.
    pub total: u32,
    /// Those of this page.
    pub conversations: Vec<ConversationEntry>,
}

/// A conversation, as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationEntry {
    /// Which.
    pub conversation: ConversationId,
    /// With whom; `None` for the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<UserName>,
    /// Whether that account was deleted: the conversation can be read, and nothing be said in it.
    #[serde(default)]
    pub departed: bool,
    /// The oldest post that is kept; one more than `last` where there is none.
    pub first: PostId,
    /// The newest post; 0 where there never was one.
    pub last: PostId,
    /// The state of the conversation.
    pub revision: Revision,
    /// Up to which post one has read; 0 for none.
    pub read_up_to: PostId,
    /// How many posts after that mention one, at most `MENTIONS_COUNTED_MAX` are counted.
    pub mentions: u32,
    /// When the newest post was said, in milliseconds since 1970 UTC; 0 where there is none.
    pub last_unix_ms: u64,
}

/// Opens the conversation with a member, or finds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenConversation {
    /// With whom; not oneself.
    pub with: UserName,
}

//! What was said, as the page lists it: posts, days, what is new, who came and went, and what is still to be said.
//!
//! This file asks nobody and does not know how a row is drawn. A row is made when it is asked for: what is kept of
//! it is where it stands, so that those above are put before the others without touching them. Of a long conversation a
//! stretch is held, which moves with who reads.

mod merge;
mod rows;

use std::collections::VecDeque;
use std::sync::Arc;

use parlour_common::message::{ConversationId, Post, PostId, Quote, SayKey, SeatChange};
use parlour_common::names::{UserName, mentions};

pub use self::merge::Merged;
use self::rows::{Place, Places, Rank};
use super::outbox::Attachment;
use crate::network::TransferFault;
use crate::view_model::Problem;

/// Within this time posts of one member stand together, in milliseconds.
const GROUP_MS: u64 = 5 * 60 * 1000;

/// Lines about who came and went that are kept; the oldest give way.
const SEAT_LINES_MAX: usize = 500;

/// How the rows of the timeline changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineChange {
    /// All rows are others.
    Replaced {
        /// How many there were.
        was: u32,
        /// How many there are.
        now: u32,
    },
    /// Rows came or went at one place; all others stay what they are.
    Splice {
        /// The first of them.
        at: u32,
        /// How many went.
        removed: u32,
        /// How many came.
        added: u32,
    },
    /// Rows are what they were, and look otherwise.
    Repaint {
        /// The first of them.
        first: u32,
        /// How many.
        count: u32,
    },
    /// Show this row, and that it is the one that was wanted.
    Show {
        /// Which.
        row: u32,
    },
    /// Show this row at the top: it is where one has stopped reading.
    Begin {
        /// Which.
        row: u32,
    },
    /// Show the last row.
    ShowNewest,
}

impl TimelineChange {
    /// Returns where rows stand after a change above them.
    pub(super) fn moved(self, (first, last): (u32, u32)) -> (u32, u32) {
        match self {
            Self::Splice { at, removed, added } if at.saturating_add(removed) <= first => {
                (first - removed + added, last - removed + added)
            }
            _ => (first, last),
        }
    }
}

/// A row of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// A day begins.
    Day {
        /// A moment of it, in milliseconds since 1970 UTC.
        unix_ms: u64,
    },
    /// From here on it is new.
    New,
    /// Somebody came or went.
    Seat(SeatLine),
    /// Something was said.
    Post(PostRow),
    /// Something is to be said.
    Pending(PendingRow),
}

/// Who came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeatLine {
    /// Somebody did.
    Turn(SeatChange),
    /// So many others did.
    Others {
        /// How many.
        count: u32,
        /// How many seats are taken now.
        participants: u32,
    },
}

/// A post as a row.
#[derive(Clone, Debug, PartialEq)]
pub struct PostRow {
    /// The post.
    pub post: Arc<Post>,
    /// Whether it stands together with the post above, which is of the same member.
    pub is_grouped: bool,
    /// Whether one has said it.
    pub is_own: bool,
    /// Whether it mentions one.
    pub mentions_me: bool,
    /// Whether it is the one that is being edited.
    pub is_edited_now: bool,
}

impl PostRow {
    /// Tells whether one may change its text.
    pub fn can_edit(&self) -> bool {
        self.is_own && !self.is_deleted()
    }

    /// Tells whether it was deleted.
    pub fn is_deleted(&self) -> bool {
        self.post.deleted_unix_ms.is_some()
    }
}

/// What is to be said, as a row.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingRow {
    /// By what it is known.
    pub key: SayKey,
    /// What is to be said.
    pub text: String,
    /// What it replies to.
    pub reply_to: Option<Quote>,
    /// What it shows.
    pub attachment: Option<Attachment>,
    /// How far it is.
    pub state: Sending,
}

/// How far something is that is to be said.
#[derive(Clone, Debug, PartialEq)]
pub enum Sending {
    /// It waits: for the link, for the seat, or for what is to be said before it.
    Waiting,
    /// Its file goes to the daemon.
    Uploading {
        /// How much of it is there, in percent.
        percent: u8,
    },
    /// The daemon is asked.
    Sending,
    /// It was not said; the person may try again or discard it.
    Failed(Problem),
    /// Its file did not get to the daemon, and so it was not said; `None`: the person gave the upload up.
    NotUploaded(Option<TransferFault>),
}

/// How many seconds a place on earth is ahead of UTC at a moment, given in milliseconds since 1970 UTC.
pub type LocalTime = fn(u64) -> i64;

/// What a row is known by, whatever comes above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RowId(Known);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Known {
    Placed(Place),
    Pending(SayKey),
}

/// What is held of a conversation: posts without gaps, and the rows that they make.
#[derive(Debug)]
pub struct Timeline {
    conversation: ConversationId,
    own: Option<UserName>,
    local_time: LocalTime,
    posts: VecDeque<Arc<Post>>,
    places: Places,
    pending: Vec<PendingRow>,
    seat_lines: VecDeque<(Place, SeatLine)>,
    seat_lines_made: u64,
    /// Whether the posts that came in last came above those that were held.
    grew_above: bool,
    new_from: Option<PostId>,
    edited: Option<PostId>,
    /// Rows that look otherwise than they did.
    stale: Vec<RowId>,
    /// The oldest post of the conversation and the newest, as far as is known.
    first: PostId,
    last: PostId,
}

impl Timeline {
    /// Makes the timeline of a conversation of which nothing is held.
    pub fn new(conversation: ConversationId, own: Option<UserName>, local_time: LocalTime) -> Self {
        Self {
            conversation,
            own,
            local_time,
            posts: VecDeque::new(),
            places: Places::default(),
            pending: Vec::new(),
            seat_lines: VecDeque::new(),
            seat_lines_made: 0,
            grew_above: false,
            new_from: None,
            edited: None,
            stale: Vec::new(),
            first: PostId(1),
            last: PostId(0),
        }
    }

    /// Returns how many rows there are.
    pub fn len(&self) -> u32 {
        self.places.rows()
    }

    /// Tells whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns which conversation it is.
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// Returns a row.
    pub fn row(&self, row: u32) -> Option<Row> {
        let row = row as usize;
        match self.places.get(row) {
            Some(place) => self.row_at(row, place),
            None => self.pending.get(row - self.places.len()).cloned().map(Row::Pending),
        }
    }

    /// Returns what a row is known by, whatever comes above it.
    pub fn id(&self, row: u32) -> Option<RowId> {
        let row = row as usize;
        let pending = || self.pending.get(row.checked_sub(self.places.len())?);
        match self.places.get(row) {
            Some(place) => Some(RowId(Known::Placed(place))),
            None => pending().map(|pending| RowId(Known::Pending(pending.key))),
        }
    }

    /// Returns where a row stands now.
    pub fn row_of(&self, id: RowId) -> Option<u32> {
        let row = match id.0 {
            Known::Placed(place) => self.places.find(place)?,
            Known::Pending(key) => {
                let at = self.pending.iter().position(|pending| pending.key == key)?;
                self.places.len() + at
            }
        };
        u32::try_from(row).ok()
    }

    /// Returns the row of a post.
    pub fn row_of_post(&self, post: PostId) -> Option<u32> {
        self.row_of(RowId(Known::Placed(Place { post: post.0, rank: Rank::Post })))
    }

    /// Returns a post that is held.
    pub fn post(&self, post: PostId) -> Option<&Arc<Post>> {
        let first = self.posts.front()?.post.0;
        self.posts.get(usize::try_from(post.0.checked_sub(first)?).ok()?)
    }

    /// Returns the posts that are held, from the oldest to the newest.
    pub fn posts(&self) -> impl DoubleEndedIterator<Item = &Arc<Post>> {
        self.posts.iter()
    }

    /// Returns the last post that stands within these rows.
    pub(super) fn last_post_within(&self, first: u32, last: u32) -> Option<PostId> {
        let rows = first as usize..=last as usize;
        let posts = rows.rev().filter_map(|row| self.places.get(row));
        posts.filter(|place| place.rank == Rank::Post).map(|place| PostId(place.post)).next()
    }

    fn row_at(&self, row: usize, place: Place) -> Option<Row> {
        let post = PostId(place.post);
        Some(match place.rank {
            Rank::Day => Row::Day { unix_ms: self.post(post)?.said_unix_ms },
            Rank::New => Row::New,
            Rank::Seat(_) => {
                let at = self.seat_lines.binary_search_by(|(line, _)| line.cmp(&place)).ok()?;
                Row::Seat(self.seat_lines.get(at)?.1.clone())
            }
            Rank::Post => {
                let post = self.post(post)?;
                Row::Post(PostRow {
                    post: Arc::clone(post),
                    is_grouped: self.is_grouped(row, post),
                    is_own: self.is_own(post),
                    mentions_me: self.mentions_me(post),
                    is_edited_now: self.edited == Some(post.post),
                })
            }
        })
    }

    /// Tells whether a post stands together with the row above it.
    fn is_grouped(&self, row: usize, post: &Post) -> bool {
        let above = row.checked_sub(1).and_then(|above| self.places.get(above));
        let above =
            above.filter(|above| above.rank == Rank::Post).and_then(|above| self.post(PostId(above.post)));
        above.is_some_and(|above| {
            above.author == post.author && post.said_unix_ms.abs_diff(above.said_unix_ms) <= GROUP_MS
        })
    }

    /// Tells whether one has said a post.
    pub(super) fn is_own(&self, post: &Post) -> bool {
        self.own.as_ref() == Some(&post.author)
    }

    /// Tells whether a post mentions one.
    pub(super) fn mentions_me(&self, post: &Post) -> bool {
        let Some(own) = &self.own else { return false };
        !self.is_own(post) && mentions(&post.text).iter().any(|mention| mention.name.key() == own.key())
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! The room and the conversations of two: what was said, what is to be said, who is there.
//!
//! This file holds the parts and tells each what concerns it. It does not know how rows are drawn, where what is to
//! be said is kept (`crate::outbox`), nor how bytes travel.

mod composer;
mod conversations;
mod msg;
pub mod outbox;
mod search;
mod seats;
pub mod timeline;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use parlour_common::message::{ConversationId, SeatEntry};
use parlour_common::names::UserName;

use self::conversations::Conversations;
use self::seats::Seats;
use super::Effect;
use super::choices::Choices;

pub use self::composer::{Draft, Editing};
pub use self::conversations::Talk;
pub use self::msg::{Alarm, Msg, Seat, Stored, Told, View};
pub use self::outbox::{Attachment, Kept};
pub use self::search::Search;
pub use self::timeline::{
    LocalTime, PendingRow, PostRow, Row, RowId, SeatLine, Sending, Timeline, TimelineChange,
};

/// The state of the page.
#[derive(Debug)]
pub struct Room {
    own: Option<UserName>,
    server: String,
    choices: Choices,
    folder: Option<PathBuf>,
    local_time: LocalTime,
    /// The conversation that is shown; the list draws the same.
    shown: Rc<RefCell<Timeline>>,
    is_list_shown: bool,
    is_linked: bool,
    seat: Seat,
    seats: Seats,
    conversations: Conversations,
    drafts: BTreeMap<ConversationId, Draft>,
    completion: Vec<UserName>,
    search: Option<Search>,
    exported: Option<u64>,
    view: View,
    unseen: u32,
}

impl Room {
    /// Makes the page of somebody who is not signed in yet. The list draws the same timeline.
    pub fn new(shown: Rc<RefCell<Timeline>>, local_time: LocalTime) -> Self {
        Self {
            own: None,
            server: String::new(),
            choices: Choices::default(),
            folder: None,
            local_time,
            shown,
            is_list_shown: false,
            is_linked: true,
            seat: Seat::default(),
            seats: Seats::default(),
            conversations: Conversations::default(),
            drafts: BTreeMap::new(),
            completion: Vec::new(),
            search: None,
            exported: None,
            view: View::Loading,
            unseen: 0,
        }
    }

    /// Returns who is signed in.
    pub fn own(&self) -> Option<&UserName> {
        self.own.as_ref()
    }

    /// Returns the conversation that is shown.
    pub fn conversation(&self) -> ConversationId {
        self.shown.borrow().conversation()
    }

    /// Returns the conversation that is shown, as it is in the list.
    pub fn talk(&self) -> Option<&Talk> {
        let shown = self.conversation();
        self.talks().iter().find(|talk| talk.id() == shown)
    }

    /// Tells whether the list of conversations is shown where there is room for one of the two only.
    pub fn is_list_shown(&self) -> bool {
        self.is_list_shown
    }

    /// Returns what the page shows of the conversation.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Tells whether the daemon can be reached.
    pub fn is_linked(&self) -> bool {
        self.is_linked
    }

    /// Returns whether one has a seat in the room.
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Returns how many seats are taken.
    pub fn participants(&self) -> u32 {
        self.seats.participants
    }

    /// Returns who is in the room, by name, as far as they are known.
    pub fn seats(&self) -> &[SeatEntry] {
        &self.seats.seats
    }

    /// Returns the conversations: the room, then those with most recent posts first.
    pub fn talks(&self) -> &[Talk] {
        &self.conversations.talks
    }

    /// Returns how many conversations there are.
    pub fn talk_count(&self) -> u32 {
        self.conversations.total
    }

    /// Returns how many posts of the conversation that is shown came below what is looked at.
    pub fn unseen(&self) -> u32 {
        self.unseen
    }

    /// Returns what is being written in the conversation that is shown.
    pub fn draft(&self) -> Option<&Draft> {
        self.drafts.get(&self.conversation())
    }

    /// Tells whether something can be said in the conversation that is shown; it may have to wait.
    pub fn can_write(&self) -> bool {
        let talk = self.talk();
        self.own.is_some() && !talk.is_some_and(|talk| talk.entry.departed)
    }

    /// Returns the members who may be mentioned by what is being typed.
    pub fn completion(&self) -> &[UserName] {
        &self.completion
    }

    /// Returns the search of the conversation, where there is one.
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Returns how many posts are written, while the conversation is written into a file.
    pub fn exported(&self) -> Option<u64> {
        self.exported
    }

    /// Returns what was chosen about the room.
    pub fn choices(&self) -> &Choices {
        &self.choices
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let _ = msg;
        Vec::new()
    }
}

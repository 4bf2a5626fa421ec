//! The room: who is in it, what is said, and what two members say to each other.
//!
//! This file does not know how a post is kept, nor what a seat is. Who comes and goes is in `room/entering.rs`, what is
//! said in `room/posts.rs`, what it shows in `room/cards.rs`, where it is said in `room/conversations.rs`, what goes by
//! itself in `room/tending.rs`; the seats are in `room/seats.rs`, the news of them in `room/news.rs`.

mod cards;
mod conversations;
mod entering;
mod news;
mod posts;
mod seats;
mod tending;

use std::collections::BTreeMap;
use std::time::Duration;

use parlour_common::message::{ConversationEntry, Denial, FetchCard, OnePost, Reply, Request};
use parlour_common::names::UserName;

use super::{Service, Waiting};
use crate::id::{Asker, ConnId, Now};
use crate::job::{Completion, Job, RoomFound, RoomJob, RoomPolicy, room_denial_of};
use crate::store::{Applied, ChangeError, Refusal, RoomChange, UserId};
use news::SeatNews;
use seats::Seats;

/// What is in memory of the room.
#[derive(Debug)]
pub struct Room {
    seats: Seats,
    news: SeatNews,
    policy: RoomPolicy,
    /// For whom a seat is being written down.
    taking: BTreeMap<ConnId, Taking>,
    /// Whether posts that have lasted their time are being forgotten.
    sweeping: bool,
    /// Whether the daemon stops: everyone's connection ends, which says nothing about them.
    stopping: bool,
}

/// Somebody for whom a seat is being written down.
#[derive(Debug)]
struct Taking {
    user: UserId,
    /// Whether they have gone for good since.
    has_left: bool,
    /// Whether it was written down since that they have none, for they left it at another place.
    is_overruled: bool,
}

/// What a request about the room waits for.
#[derive(Debug)]
pub enum WaitingForRoom {
    /// What is found is the answer.
    Found,
    /// The room is being looked up for whoever enters it.
    Enter { take_over: bool },
    /// A seat is being written down.
    Sit { user: UserId, take_over: bool, room: Box<ConversationEntry> },
    /// A change is being written down; it is answered with a yes.
    Done,
    /// The one is being found with whom there is to be a conversation.
    With { user: UserId },
    /// A conversation is being opened.
    Open { user: UserId },
    /// Something is being said.
    Say,
    /// What was said is being changed.
    Change,
    /// It is being written down how far somebody has read.
    Mark { user: UserId, up_to: OnePost },
    /// The file that a post shows is being opened.
    Card(FetchCard),
    /// It is being made a file of one's own.
    Keep,
    /// Posts are being forgotten that were said before this.
    Swept { before_unix_ms: u64 },
}

impl WaitingForRoom {
    /// Tells whether somebody hears what is said as long as they wait.
    fn is_entering(&self) -> bool {
        matches!(self, Self::Enter { .. } | Self::Sit { .. })
    }
}

impl Room {
    /// Begins with seats that are taken, and wait.
    pub(super) fn new(policy: RoomPolicy, taken: Vec<(UserId, UserName)>) -> Self {
        Self {
            seats: Seats::waiting(taken),
            news: SeatNews::default(),
            policy,
            taking: BTreeMap::new(),
            sweeping: false,
            stopping: false,
        }
    }

    /// Takes note of the first moment that is told.
    pub(super) fn begin(&mut self, now: Now) {
        self.seats.begin(now.unix_ms);
    }

    /// Takes note that the daemon stops.
    pub(super) fn handle_stopping(&mut self) {
        self.stopping = true;
    }

    /// Returns when there is something to be told of who came and went, in time since the start.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.news.deadline()
    }
}

impl Service {
    /// Takes a request about the room.
    pub(super) fn handle_room_request(&mut self, now: Now, asker: Asker, request: Request) {
        match request {
            Request::EnterRoom(form) => self.handle_enter_room(asker, form),
            Request::LeaveRoom {} => self.handle_leave_room(asker),
            Request::ListSeats(form) => self.handle_list_seats(asker, form),
            Request::ListConversations(form) => self.handle_list_conversations(asker, form),
            Request::OpenConversation(form) => self.handle_open_conversation(asker, form),
            Request::Say(form) => self.handle_say(now, asker, form),
            Request::EditPost(form) => self.handle_edit_post(now, asker, &form),
            Request::DeletePost(form) => self.handle_delete_post(now, asker, form),
            Request::ReadPosts(form) => self.handle_read_posts(asker, form),
            Request::SearchPosts(form) => self.handle_search_posts(asker, form),
            Request::MarkRead(form) => self.handle_mark_read(asker, form),
            Request::FetchCard(form) => self.handle_fetch_card(asker, form),
            Request::KeepCard(form) => self.handle_keep_card(now, asker, form),
            // The connection answers these itself.
            _ => self.deny(asker, Denial::Internal {}),
        }
    }

    /// Takes note that a job for somebody ended, before it is looked how.
    pub(super) fn note_looked_up(&mut self, asker: Asker, waiting: &WaitingForRoom) {
        if waiting.is_entering() {
            self.room.seats.end_entering(asker.conn);
        }
    }

    /// Takes the end of a job about the room.
    pub(super) fn handle_room_completion(
        &mut self,
        asker: Asker,
        waiting: WaitingForRoom,
        completion: Completion,
    ) {
        let found = match completion {
            Completion::Room(found) => found,
            // What was said is not for the log, and so it is not shown.
            _ => unreachable!("something else ended {waiting:?}"),
        };
        match (waiting, found) {
            (_, RoomFound::Refused(denial)) => self.deny(asker, denial),
            (WaitingForRoom::Enter { take_over }, RoomFound::Conversation(room)) => {
                self.handle_room_found(asker, take_over, room);
            }
            (WaitingForRoom::With { user }, RoomFound::Member(with)) => {
                let change = RoomChange::OpenDirect { user, with };
                self.commit_room(asker, change, WaitingForRoom::Open { user });
            }
            (WaitingForRoom::Card(fetch), RoomFound::CardOpened { file, file_name, sha256 }) => {
                self.send_file(asker, (file_name, file, Some(sha256)), fetch.offset, fetch.length);
            }
            (_, RoomFound::Conversations(page)) => self.reply(asker, Reply::Conversations(page)),
            (_, RoomFound::Conversation(entry)) => self.reply(asker, Reply::Conversation(*entry)),
            (_, RoomFound::Posts(page)) => self.reply(asker, Reply::Posts(page)),
            (_, RoomFound::Found(found)) => self.reply(asker, Reply::PostsFound(found)),
            (waiting, _) => unreachable!("something else ended {waiting:?}"),
        }
    }

    /// Takes the end of a change. The answer goes first, then the news of it.
    pub(super) fn handle_room_applied(
        &mut self,
        asker: Asker,
        waiting: WaitingForRoom,
        applied: Result<Applied, ChangeError>,
    ) {
        self.note_looked_up(asker, &waiting);
        let applied = match (waiting, applied) {
            (WaitingForRoom::Swept { before_unix_ms }, applied) => {
                return self.handle_posts_swept(before_unix_ms, applied);
            }
            (WaitingForRoom::Sit { user, take_over, room }, Ok(_)) => {
                return self.handle_seat_taken(asker, user, take_over, room);
            }
            (waiting, Err(error)) => return self.handle_room_refused(asker, &waiting, error),
            (waiting, Ok(applied)) => (waiting, applied),
        };
        match applied {
            (WaitingForRoom::Done, _) => self.reply(asker, Reply::Done {}),
            (WaitingForRoom::Open { user }, Applied::Conversation(conversation)) => {
                self.run_room(asker, RoomJob::Find { user, conversation }, WaitingForRoom::Found);
            }
            (WaitingForRoom::Say, Applied::Room(outcome)) => self.handle_said(asker, *outcome),
            (WaitingForRoom::Change, Applied::Room(outcome)) => self.handle_post_changed(asker, *outcome),
            (WaitingForRoom::Mark { user, up_to }, Applied::Room(outcome)) => {
                self.handle_marked(asker, user, up_to, outcome.news);
            }
            (WaitingForRoom::Keep, Applied::Files(outcome)) => {
                self.reply_file(asker, outcome.file.as_ref());
                self.handle_files_changed(&outcome);
            }
            (waiting, _) => unreachable!("something else ended {waiting:?}"),
        }
    }

    fn handle_room_refused(&mut self, asker: Asker, waiting: &WaitingForRoom, error: ChangeError) {
        if let WaitingForRoom::Sit { .. } = waiting {
            self.room.taking.remove(&asker.conn);
        }
        let ChangeError::Refused(refusal) = error else {
            return self.deny(asker, Denial::StorageUnavailable {});
        };
        let denial = match (refusal, waiting) {
            // The other one went this moment.
            (Refusal::NoSuchUser | Refusal::NotActive, WaitingForRoom::Open { .. }) => {
                Denial::NoSuchMember {}
            }
            // Deleted a moment ago: the end of its sessions is on its way here.
            (Refusal::NoSuchUser | Refusal::NotActive, _) => Denial::SessionEnded {},
            (refusal, _) => match room_denial_of(refusal) {
                Some(denial) => denial,
                None => return self.deny_unforeseen(asker, &Err(error)),
            },
        };
        self.deny(asker, denial);
    }

    fn run_room(&mut self, asker: Asker, job: RoomJob, waiting: WaitingForRoom) {
        self.run(asker, Job::Room(job), Waiting::Room(waiting));
    }

    fn commit_room(&mut self, asker: Asker, change: RoomChange, waiting: WaitingForRoom) {
        self.commit(asker, change.into(), Waiting::Room(waiting));
    }
}

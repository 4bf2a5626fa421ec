//! One's own seat in the room, and who else has one.
//!
//! This file does not know what is said there.

use parlour_common::limits::SEATS_PER_PAGE_MAX;
use parlour_common::message::{
    ConversationId, Denial, EnterRoom, Entered, ListSeats, Reply, Request, SeatEntry, SeatLost, SeatPage,
    SeatState, SeatTurn, SeatsChanged,
};

use super::{Alarm, Asked, Room, Seat};
use crate::network::Answer;
use crate::view_model::fetch::fault_of;
use crate::view_model::{Effect, Problem};

/// How long further turns are waited for before the list is fetched again, in milliseconds.
const REFRESH_PAUSE_MS: u32 = 1_000;

/// Those who are in the room, by name, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Seats {
    pub(super) participants: u32,
    pub(super) seats: Vec<SeatEntry>,
    is_asked: bool,
    is_refresh_due: bool,
}

impl Seats {
    /// Tells whether all of them are known.
    fn is_whole(&self) -> bool {
        self.seats.len() == self.participants as usize
    }

    fn take_page(&mut self, offset: u32, page: SeatPage) {
        self.participants = page.participants;
        self.seats.truncate(offset as usize);
        let known: Vec<String> = self.seats.iter().map(|seat| seat.user_name.key()).collect();
        let is_new = |seat: &SeatEntry| !known.contains(&seat.user_name.key());
        self.seats.extend(page.seats.into_iter().filter(is_new));
    }

    /// Takes who came and went. Tells whether the list is still right.
    fn take_changes(&mut self, changed: &SeatsChanged) -> bool {
        let was_whole = self.is_whole();
        self.participants = changed.participants;
        for change in &changed.changes {
            let key = change.user_name.key();
            let at = self.seats.iter().position(|seat| seat.user_name.key() == key);
            let state = match change.how {
                SeatTurn::Lost => Some(SeatState::Inactive),
                SeatTurn::Joined | SeatTurn::CameBack => Some(SeatState::Present),
                SeatTurn::Left => None,
            };
            let since_unix_ms = change.at_unix_ms;
            match (at, state) {
                (Some(at), Some(state)) => {
                    self.seats[at] = SeatEntry { state, since_unix_ms, ..self.seats[at].clone() };
                }
                (Some(at), None) => drop(self.seats.remove(at)),
                (None, Some(state)) if was_whole => {
                    let before = self.seats.partition_point(|seat| seat.user_name.key() < key);
                    let user_name = change.user_name.clone();
                    self.seats.insert(before, SeatEntry { user_name, state, since_unix_ms });
                }
                (None, _) => {}
            }
        }
        changed.omitted == 0 && (self.is_whole() || !was_whole)
    }
}

impl Room {
    /// Asks for one's seat.
    pub(super) fn enter(&mut self, take_over: bool) -> Vec<Effect> {
        if self.own.is_none() || self.is_entering {
            return Vec::new();
        }
        self.seat = Seat::Entering;
        if !self.is_linked {
            return Vec::new();
        }
        self.is_entering = true;
        vec![self.ask(Asked::Enter { take_over }, Request::EnterRoom(EnterRoom { take_over }))]
    }

    /// Asks for one's seat because the person wants it; it is so at the next start, too.
    pub(super) fn enter_by_wish(&mut self, take_over: bool) -> Vec<Effect> {
        let mut effects = self.choose_room(true);
        if self.seat != Seat::Here {
            effects.extend(self.enter(take_over));
        }
        effects
    }

    /// Gives one's seat up; it is so at the next start, too.
    pub(super) fn leave_room(&mut self) -> Vec<Effect> {
        let had_seat = std::mem::replace(&mut self.seat, Seat::Left) == Seat::Here;
        let mut effects = self.choose_room(false);
        if had_seat {
            self.interrupt(ConversationId::ROOM);
            effects.push(self.ask(Asked::Leave, Request::LeaveRoom {}));
        }
        effects
    }

    fn choose_room(&mut self, is_in_room: bool) -> Vec<Effect> {
        if self.choices.is_in_room == is_in_room {
            return Vec::new();
        }
        self.choices.is_in_room = is_in_room;
        vec![Effect::RememberChoices(self.choices)]
    }

    /// Takes the answer to whether one has a seat.
    pub(super) fn take_entered(&mut self, take_over: bool, answer: Answer) -> Vec<Effect> {
        self.is_entering = false;
        match answer {
            // One left while it was on its way.
            Answer::Reply(Reply::Entered(_)) if !self.choices.is_in_room => {
                vec![self.ask(Asked::Leave, Request::LeaveRoom {})]
            }
            Answer::Reply(Reply::Entered(entered)) => self.sit_down(entered),
            Answer::Denied(Denial::SeatTaken { device }) => {
                self.seat = Seat::Elsewhere { device };
                self.read_room()
            }
            Answer::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                self.takes_over = take_over;
                vec![Effect::WakeAfter(Alarm::Entering, retry_after_ms)]
            }
            // It is asked for again when the link is back.
            Answer::Lost => Vec::new(),
            answer => {
                self.seat = Seat::Failed(fault_of(answer));
                self.read_room()
            }
        }
    }

    /// Fetches what was said in the room, if that is looked at or was.
    fn read_room(&mut self) -> Vec<Effect> {
        let is_shown = self.conversation() == ConversationId::ROOM;
        if is_shown { self.begin_history(ConversationId::ROOM) } else { self.catch_up(ConversationId::ROOM) }
    }

    /// Goes on after a pause.
    pub(super) fn wake_entering(&mut self) -> Vec<Effect> {
        let take_over = std::mem::take(&mut self.takes_over);
        if self.seat == Seat::Entering { self.enter(take_over) } else { Vec::new() }
    }

    fn sit_down(&mut self, entered: Entered) -> Vec<Effect> {
        self.seat = Seat::Here;
        self.seats.participants = entered.participants;
        let revision = entered.room.revision;
        self.conversations.put(entered.room);
        let mut effects = self.list_seats(0);
        if let Some(history) = self.histories.get_mut(&ConversationId::ROOM) {
            history.resume_at(revision);
        }
        effects.extend(self.read_room());
        effects
    }

    /// Takes it that one's seat was taken at another place.
    pub(super) fn lose_seat(&mut self, lost: SeatLost) {
        self.seat = Seat::Elsewhere { device: lost.device };
        self.interrupt(ConversationId::ROOM);
    }

    /// Takes who came and went.
    pub(super) fn take_turns(&mut self, changed: &SeatsChanged) -> Vec<Effect> {
        let is_right = self.seats.take_changes(changed);
        let _ = self.with_timeline(ConversationId::ROOM, |timeline| timeline.take_seats(changed));
        if is_right || std::mem::replace(&mut self.seats.is_refresh_due, true) {
            return Vec::new();
        }
        vec![Effect::WakeAfter(Alarm::Seats, REFRESH_PAUSE_MS)]
    }

    fn list_seats(&mut self, offset: u32) -> Vec<Effect> {
        if std::mem::replace(&mut self.seats.is_asked, true) {
            return Vec::new();
        }
        let request = Request::ListSeats(ListSeats { offset, limit: SEATS_PER_PAGE_MAX });
        vec![self.ask(Asked::Seats { offset }, request)]
    }

    /// Fetches what follows in the list of seats.
    pub(super) fn list_more_seats(&mut self) -> Vec<Effect> {
        let here = u32::try_from(self.seats.seats.len()).unwrap_or(u32::MAX);
        if here < self.seats.participants { self.list_seats(here) } else { Vec::new() }
    }

    /// Goes on after a pause.
    pub(super) fn wake_seats(&mut self) -> Vec<Effect> {
        self.seats.is_refresh_due = false;
        self.list_seats(0)
    }

    /// Takes a page of the seats.
    pub(super) fn take_seat_page(&mut self, offset: u32, answer: Answer) -> Vec<Effect> {
        self.seats.is_asked = false;
        match answer {
            Answer::Reply(Reply::Seats(page)) => self.seats.take_page(offset, page),
            Answer::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                self.seats.is_refresh_due = true;
                return vec![Effect::WakeAfter(Alarm::Seats, retry_after_ms)];
            }
            _ => {}
        }
        Vec::new()
    }

    /// Returns why one has no seat, where the daemon said it.
    pub fn seat_problem(&self) -> Option<&Problem> {
        if let Seat::Failed(problem) = &self.seat { Some(problem) } else { None }
    }
}

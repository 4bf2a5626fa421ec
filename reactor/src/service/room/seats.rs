//! Who has a seat in the room, and on which connection.
//!
//! This file does not know how a seat is asked for, who is told, nor what is written down. A seat that nobody is on
//! waits. The lists of connections are kept until somebody comes or goes, so that telling thousands something costs
//! no gathering of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlour_common::message::{SeatEntry, SeatPage, SeatState};
use parlour_common::names::UserName;

use crate::id::ConnId;
use crate::store::{TokenHash, UserId};

/// Where somebody sits.
#[derive(Clone, Debug)]
pub struct Place {
    /// The connection.
    pub conn: ConnId,
    /// Its session.
    pub token_hash: TokenHash,
    /// The name of the device, as it was told at sign-in.
    pub device: Arc<str>,
}

/// A seat that is taken.
#[derive(Debug)]
struct Seat {
    user_name: UserName,
    since_unix_ms: u64,
    /// Where they are; `None` while the seat waits.
    place: Option<Place>,
    /// The session that has the seat, or had it. `None` after the start: the records do not say.
    token_hash: Option<TokenHash>,
}

/// What became of a seat that somebody sat down on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sat {
    /// It was not taken before.
    New,
    /// It had waited.
    CameBack,
    /// They had it at this place before.
    Moved(ConnId),
    /// They had it there already.
    Same,
}

/// All seats that are taken.
#[derive(Debug, Default)]
pub struct Seats {
    seats: BTreeMap<UserId, Seat>,
    /// Whose seat has the name of this key.
    by_name: BTreeMap<String, UserId>,
    /// Who is about to sit down, how often each asked: they hear what is said from then on.
    entering: BTreeMap<ConnId, u32>,
    /// The connections of those who are present, as long as nobody comes or goes.
    present: Option<Arc<[ConnId]>>,
    /// They, and those who are about to sit down.
    hearing: Option<Arc<[ConnId]>>,
}

impl Seats {
    /// Begins with seats that wait, since nobody is on the line.
    pub fn waiting(taken: Vec<(UserId, UserName)>) -> Self {
        let mut seats = Self::default();
        for (user, user_name) in taken {
            seats.by_name.insert(user_name.key(), user);
            let seat = Seat { user_name, since_unix_ms: 0, place: None, token_hash: None };
            seats.seats.insert(user, seat);
        }
        seats
    }

    /// Says since when the seats have waited with which it began.
    pub fn begin(&mut self, unix_ms: u64) {
        self.seats.values_mut().for_each(|seat| seat.since_unix_ms = unix_ms);
    }

    /// Returns how many are taken.
    pub fn participants(&self) -> u32 {
        u32::try_from(self.seats.len()).unwrap_or(u32::MAX)
    }

    /// Tells whether somebody has one, present or not.
    pub fn has(&self, user: UserId) -> bool {
        self.seats.contains_key(&user)
    }

    /// Returns where somebody is present.
    pub fn place_of(&self, user: UserId) -> Option<&Place> {
        self.seats.get(&user)?.place.as_ref()
    }

    /// Tells whether somebody is present on this connection.
    pub fn is_on(&self, user: UserId, conn: ConnId) -> bool {
        self.place_of(user).is_some_and(|place| place.conn == conn)
    }

    /// Sits somebody down.
    pub fn sit(&mut self, (user, user_name): (UserId, &UserName), place: Place, unix_ms: u64) -> Sat {
        let Some(seat) = self.seats.get_mut(&user) else {
            self.by_name.insert(user_name.key(), user);
            let token_hash = Some(place.token_hash);
            let (user_name, place) = (user_name.clone(), Some(place));
            self.seats.insert(user, Seat { user_name, since_unix_ms: unix_ms, place, token_hash });
            self.forget_lists();
            return Sat::New;
        };
        seat.token_hash = Some(place.token_hash);
        let conn = place.conn;
        let sat = match seat.place.replace(place) {
            Some(before) if before.conn == conn => return Sat::Same,
            Some(before) => Sat::Moved(before.conn),
            None => {
                seat.since_unix_ms = unix_ms;
                Sat::CameBack
            }
        };
        self.forget_lists();
        sat
    }

    /// Lets a seat wait whose connection is this one. Returns whether it was.
    pub fn lose(&mut self, user: UserId, conn: ConnId, unix_ms: u64) -> bool {
        let Some(seat) = self.seats.get_mut(&user) else { return false };
        if seat.place.take_if(|place| place.conn == conn).is_none() {
            return false;
        }
        seat.since_unix_ms = unix_ms;
        self.forget_lists();
        true
    }

    /// Gives a seat up. Returns whose name it had, if it was taken.
    pub fn give_up(&mut self, user: UserId) -> Option<UserName> {
        let seat = self.seats.remove(&user)?;
        self.by_name.remove(&seat.user_name.key());
        self.forget_lists();
        Some(seat.user_name)
    }

    /// Returns whose seats a session has, or had when they were last present.
    pub fn of_session(&self, token_hash: &TokenHash) -> Vec<UserId> {
        let having = self.seats.iter().filter(|(_, seat)| seat.token_hash.as_ref() == Some(token_hash));
        having.map(|(user, _)| *user).collect()
    }

    /// Returns the session that has a seat, or had it when they were last present.
    pub fn session_of(&self, user: UserId) -> Option<TokenHash> {
        self.seats.get(&user)?.token_hash
    }

    /// Returns whose seats have waited since before a moment, at most `limit`.
    pub fn waiting_since_before(&self, unix_ms: u64, limit: usize) -> Vec<UserId> {
        let waiting =
            self.seats.iter().filter(|(_, seat)| seat.place.is_none() && seat.since_unix_ms < unix_ms);
        waiting.map(|(user, _)| *user).take(limit).collect()
    }

    /// Lets a connection hear what is said, since somebody is about to sit down on it.
    pub fn begin_entering(&mut self, conn: ConnId) {
        *self.entering.entry(conn).or_default() += 1;
        self.hearing = None;
    }

    /// Ends it, sat down or not.
    pub fn end_entering(&mut self, conn: ConnId) {
        if let Some(times) = self.entering.get_mut(&conn) {
            *times -= 1;
            if *times == 0 {
                self.entering.remove(&conn);
            }
            self.hearing = None;
        }
    }

    /// Ends it for a connection that is no more.
    pub fn forget_entering(&mut self, conn: ConnId) {
        if self.entering.remove(&conn).is_some() {
            self.hearing = None;
        }
    }

    /// Returns the connections of those who are present.
    pub fn present(&mut self) -> Arc<[ConnId]> {
        let Self { seats, present, .. } = self;
        let conns = || seats.values().filter_map(|seat| Some(seat.place.as_ref()?.conn)).collect();
        Arc::clone(present.get_or_insert_with(conns))
    }

    /// Returns the connections that are told what is said.
    pub fn hearing(&mut self) -> Arc<[ConnId]> {
        if self.entering.is_empty() {
            return self.present();
        }
        let present = self.present();
        let Self { entering, hearing, .. } = self;
        let conns = || {
            let mut conns: Vec<ConnId> = present.iter().chain(entering.keys()).copied().collect();
            conns.sort_unstable();
            conns.dedup();
            conns.into()
        };
        Arc::clone(hearing.get_or_insert_with(conns))
    }

    /// Returns a page of the seats, by name.
    pub fn page(&self, offset: u32, limit: u16) -> SeatPage {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let of_page = self.by_name.values().skip(offset).take(usize::from(limit));
        let entry = |user: &UserId| {
            let seat = self.seats.get(user)?;
            let state = if seat.place.is_some() { SeatState::Present } else { SeatState::Inactive };
            let (user_name, since_unix_ms) = (seat.user_name.clone(), seat.since_unix_ms);
            Some(SeatEntry { user_name, state, since_unix_ms })
        };
        SeatPage { participants: self.participants(), seats: of_page.filter_map(entry).collect() }
    }

    fn forget_lists(&mut self) {
        self.present = None;
        self.hearing = None;
    }
}

//! Who comes into the room and who goes.
//!
//! This file does not know what is said there. Whoever says goodbye gives the seat up, and so does whoever's session
//! ends; the seat of whoever only vanishes waits. Somebody hears what is said from the moment in which they ask to
//! enter, so that nothing falls between what they find and what they are told.

use parlour_common::limits::SEATS_PER_PAGE_MAX;
use parlour_common::message::{
    ConversationEntry, ConversationId, Denial, EnterRoom, Entered, Event, ListSeats, Reply, SeatChange,
    SeatLost, SeatTurn,
};
use parlour_common::names::UserName;

use super::super::ending::Ends;
use super::super::members::check_limit;
use super::super::{NOBODY, Service, Session, Waiting};
use super::seats::{Place, Sat};
use super::{Taking, WaitingForRoom};
use crate::effect::Effect;
use crate::id::{Asker, ConnId};
use crate::job::RoomJob;
use crate::store::{RoomChange, UserId};

impl Service {
    pub(super) fn handle_enter_room(&mut self, asker: Asker, form: EnterRoom) {
        let Some(session) = self.session_of(asker) else { return };
        let EnterRoom { take_over } = form;
        if let Some(denial) = self.denial_of_seat(asker.conn, &session, take_over) {
            return self.deny(asker, denial);
        }
        self.room.seats.begin_entering(asker.conn);
        let job = RoomJob::Find { user: session.user, conversation: ConversationId::ROOM };
        self.run_room(asker, job, WaitingForRoom::Enter { take_over });
    }

    /// Goes on with whoever enters, once the room is looked up.
    pub(super) fn handle_room_found(&mut self, asker: Asker, take_over: bool, room: Box<ConversationEntry>) {
        let Some(session) = self.session_of(asker) else { return };
        if let Some(denial) = self.denial_of_seat(asker.conn, &session, take_over) {
            return self.deny(asker, denial);
        }
        let user = session.user;
        if self.room.seats.has(user) {
            return self.sit_down(asker, &session, *room);
        }
        self.take_seat(asker, user, take_over, room);
    }

    /// Has a seat written down for whoever enters.
    fn take_seat(&mut self, asker: Asker, user: UserId, take_over: bool, room: Box<ConversationEntry>) {
        self.room.seats.begin_entering(asker.conn);
        self.room.taking.insert(asker.conn, Taking { user, has_left: false, is_overruled: false });
        let change = RoomChange::TakeSeat { user, at_unix_ms: self.moment.unix_ms };
        self.commit_room(asker, change, WaitingForRoom::Sit { user, take_over, room });
    }

    /// Goes on with whoever enters, once their seat is written down.
    pub(super) fn handle_seat_taken(
        &mut self,
        asker: Asker,
        user: UserId,
        take_over: bool,
        room: Box<ConversationEntry>,
    ) {
        let taking = self.room.taking.remove(&asker.conn);
        let (has_left, is_overruled) =
            taking.map_or((false, false), |taking| (taking.has_left, taking.is_overruled));
        let session = self.peers.get(&asker.conn).and_then(|peer| peer.session.clone());
        let Some(session) = session.filter(|session| session.user == user) else {
            // Nobody was told of it, so it does not wait; unless they come in elsewhere meanwhile.
            let is_wanted = self.room.taking.values().any(|taking| taking.user == user);
            if !is_wanted && !self.room.seats.has(user) {
                self.commit(NOBODY, RoomChange::LeaveSeat { user }.into(), Waiting::Nothing);
            }
            return;
        };
        if let Some(denial) = self.denial_of_seat(asker.conn, &session, take_over) {
            return self.deny(asker, denial);
        }
        if is_overruled && !has_left {
            return self.take_seat(asker, user, take_over, room);
        }
        self.sit_down(asker, &session, *room);
        if has_left {
            self.leave(user);
        }
    }

    /// Says why somebody may not sit down here, if they may not: they are present at another place. A connection of
    /// the same session is no other place.
    fn denial_of_seat(&self, conn: ConnId, session: &Session, take_over: bool) -> Option<Denial> {
        let place = self.room.seats.place_of(session.user)?;
        let is_elsewhere = place.conn != conn && place.token_hash != session.token_hash;
        (is_elsewhere && !take_over).then(|| Denial::SeatTaken { device: place.device.to_string() })
    }

    /// Sits somebody down on a seat that is theirs, and answers.
    fn sit_down(&mut self, asker: Asker, session: &Session, room: ConversationEntry) {
        let Session { user, user_name, token_hash, device, .. } = session;
        let place = Place { conn: asker.conn, token_hash: *token_hash, device: device.clone() };
        let sat = self.room.seats.sit((*user, user_name), place, self.moment.unix_ms);
        let participants = self.room.seats.participants();
        let entered = Entered { participants, came_back: sat == Sat::CameBack, room };
        self.reply(asker, Reply::Entered(entered));
        match sat {
            Sat::New => self.note_turn(user_name.clone(), SeatTurn::Joined),
            Sat::CameBack => self.note_turn(user_name.clone(), SeatTurn::CameBack),
            Sat::Moved(before) => {
                log_turn(user_name, "took the seat over at another place", participants);
                let event = Event::SeatLost(SeatLost { device: device.to_string() });
                self.effects.push_back(Effect::Tell { to: [before].into(), event });
            }
            Sat::Same => {}
        }
    }

    pub(super) fn handle_leave_room(&mut self, asker: Asker) {
        let Some(Session { user, token_hash, .. }) = self.session_of(asker) else { return };
        let place = self.room.seats.place_of(user);
        if place.is_some_and(|place| place.conn != asker.conn && place.token_hash != token_hash) {
            return self.deny(asker, Denial::NotSeated {});
        }
        let seated = place.filter(|place| place.conn != asker.conn).cloned();
        self.note_leaving(asker.conn);
        self.overrule(user);
        self.give_up_seat(user);
        if let Some(Place { conn, device, .. }) = seated {
            // It may have entered anew, and this comes late over a line that was lost.
            let event = Event::SeatLost(SeatLost { device: device.to_string() });
            self.effects.push_back(Effect::Tell { to: [conn].into(), event });
        }
        self.commit_room(asker, RoomChange::LeaveSeat { user }, WaitingForRoom::Done);
    }

    pub(super) fn handle_list_seats(&mut self, asker: Asker, list: ListSeats) {
        if self.session_of(asker).is_none() {
            return;
        }
        if let Err(denial) = check_limit(list.limit, SEATS_PER_PAGE_MAX) {
            return self.deny(asker, denial);
        }
        let page = self.room.seats.page(list.offset, list.limit);
        self.reply(asker, Reply::Seats(page));
    }

    /// Takes note that a connection said goodbye: its seat is given up. To be called before its end.
    pub fn handle_goodbye(&mut self, conn: ConnId) {
        self.note_leaving(conn);
        if let Some(user) = self.member_of(conn).filter(|user| self.room.seats.is_on(*user, conn)) {
            self.leave(user);
        }
    }

    /// Lets the seat of a connection wait that has ended without a goodbye. To be called while it is known whose it is.
    pub(in super::super) fn lose_seat(&mut self, conn: ConnId) {
        self.room.seats.forget_entering(conn);
        if self.room.stopping {
            return;
        }
        let session = self.peers.get(&conn).and_then(|peer| peer.session.as_ref());
        let Some(Session { user, user_name, .. }) = session else { return };
        let user_name = user_name.clone();
        if self.room.seats.lose(*user, conn, self.moment.unix_ms) {
            self.note_turn(user_name, SeatTurn::Lost);
        }
    }

    /// Ends the seats that sessions had which have ended, and those that are being written down for them. The sessions
    /// were on these connections.
    pub(in super::super) fn end_seats(&mut self, ends: Ends, conns: &[ConnId]) {
        for conn in conns {
            self.note_leaving(*conn);
            self.room.seats.forget_entering(*conn);
        }
        match ends {
            Ends::Session(token_hash) => {
                for user in self.room.seats.of_session(&token_hash) {
                    self.leave(user);
                }
            }
            Ends::Account(user, but) => {
                // Since the start, a seat may wait of which it is not known whose session had it: the one that goes on
                // may be it.
                if but.is_none()
                    || self.room.seats.session_of(user).is_some_and(|session| but != Some(session))
                {
                    self.leave(user);
                }
            }
        }
    }

    /// Gives somebody's seat up and writes it down, if they have one.
    pub(super) fn leave(&mut self, user: UserId) {
        if self.give_up_seat(user) {
            self.overrule(user);
            self.commit(NOBODY, RoomChange::LeaveSeat { user }.into(), Waiting::Nothing);
        }
    }

    /// Takes note that it is about to be written down that somebody has no seat. Where they are being given one at
    /// another place, that was written down before.
    fn overrule(&mut self, user: UserId) {
        for taking in self.room.taking.values_mut().filter(|taking| taking.user == user) {
            taking.is_overruled = true;
        }
    }

    /// Takes note that whoever is being given a seat on a connection does not want it any more.
    fn note_leaving(&mut self, conn: ConnId) {
        if let Some(taking) = self.room.taking.get_mut(&conn) {
            taking.has_left = true;
        }
    }

    /// Gives somebody's seat up. Returns whether they had one.
    fn give_up_seat(&mut self, user: UserId) -> bool {
        let Some(user_name) = self.room.seats.give_up(user) else { return false };
        self.note_turn(user_name, SeatTurn::Left);
        true
    }

    /// Takes note of who came or went: in the log, and for those in the room.
    fn note_turn(&mut self, user_name: UserName, how: SeatTurn) {
        let participants = self.room.seats.participants();
        let said = match how {
            SeatTurn::Joined => "joined the room",
            SeatTurn::Left => "left the room",
            SeatTurn::Lost => "is away, the connection was lost",
            SeatTurn::CameBack => "came back to the room",
        };
        log_turn(&user_name, said, participants);
        self.room.news.note(SeatChange { user_name, how, at_unix_ms: self.moment.unix_ms, participants });
        self.tell_seats();
    }

    /// Tells those in the room who came and went, if it is time.
    pub(in super::super) fn tell_seats(&mut self) {
        let participants = self.room.seats.participants();
        let Some(news) = self.room.news.take(self.moment.tick, participants) else { return };
        let to = self.room.seats.present();
        if !to.is_empty() {
            self.effects.push_back(Effect::Tell { to, event: Event::SeatsChanged(news) });
        }
    }
}

/// Writes a turn of a seat into the log.
fn log_turn(user_name: &UserName, said: &str, participants: u32) {
    let noun = if participants == 1 { "participant" } else { "participants" };
    tracing::info!("{user_name} {said}, {participants} {noun}");
}

//! Who comes into the room and who goes.
//!
//! This file does not know what is said there. Whoever says goodbye gives the seat up; the seat of whoever only
//! vanishes waits.

use parlour_common::message::{Event, SeatChange, SeatTurn};
use parlour_common::names::UserName;

use super::super::Service;
use crate::effect::Effect;
use crate::id::ConnId;
use crate::store::UserId;

impl Service {
    /// Takes note that a connection said goodbye: its seat is given up. To be called before its end.
    pub fn handle_goodbye(&mut self, conn: ConnId) {
        let Some(user) = self.member_of(conn).filter(|user| self.room.seats.is_on(*user, conn)) else {
            return;
        };
        self.give_up_seat(user);
    }

    /// Lets the seat of a connection wait that has ended without a goodbye. To be called while it is known whose it is.
    pub(in super::super) fn lose_seat(&mut self, conn: ConnId) {
        let Some(user) = self.member_of(conn).filter(|_| !self.room.stopping) else { return };
        if self.room.seats.lose(user, conn, self.moment.unix_ms)
            && let Some(session) = self.peers.get(&conn).and_then(|peer| peer.session.as_ref())
        {
            let user_name = session.user_name.clone();
            self.note_turn(user_name, SeatTurn::Lost);
        }
    }

    /// Ends somebody's seat, if they have one.
    fn give_up_seat(&mut self, user: UserId) {
        if let Some(user_name) = self.room.seats.give_up(user) {
            self.note_turn(user_name, SeatTurn::Left);
        }
    }

    /// Takes note of who came or went: in the log, and for those in the room.
    fn note_turn(&mut self, user_name: UserName, how: SeatTurn) {
        let participants = self.room.seats.participants();
        let said = match how {
            SeatTurn::Joined => "joined the room",
            SeatTurn::Left => "left the room",
            SeatTurn::Lost => "is away: the connection was lost",
            SeatTurn::CameBack => "came back to the room",
        };
        tracing::info!("{user_name} {said}, {participants} participants");
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

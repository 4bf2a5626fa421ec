//! What is sent of files, and how a link's turn ends: the mirror of `daemon/sending.rs`.
//!
//! It does not know whose turn it is: the real shares tell.

use parlour_reactor::daemon::shares::Turn;
use parlour_reactor::id::{ConnId, Now};
use parlour_reactor::job::Cold;

use super::super::rng::Rng;
use super::Hall;

impl Hall {
    pub(super) fn send_files(&mut self, now: Now, rng: &mut Rng) {
        self.shares.begin_turn(now.tick);
        while let Some(Turn { member, conn, bytes }) = self.shares.poll_turn() {
            let Some(link) = self.get_mut(conn) else {
                self.shares.handle_begun(member, 0);
                continue;
            };
            link.is_waiting = false;
            link.connection.allow(now.tick, bytes);
            self.write(now, conn, rng);
            let unused = self.get_mut(conn).map_or(0, |link| link.connection.disallow());
            self.shares.handle_begun(member, bytes - unused);
            self.settle(conn, rng);
        }
    }

    pub(super) fn write(&mut self, now: Now, id: ConnId, rng: &mut Rng) {
        let fails = self.file_fails_once_in;
        let Some(link) = self.links.get_mut(id.slot as usize).and_then(Option::as_mut) else { return };
        let failed = link.id == id && link.write(now.tick, &mut self.cables[link.cable], fails, rng);
        self.file_failed.extend(failed.then_some(link.cable));
    }

    pub(super) fn part(&mut self, id: ConnId) {
        if self.get_mut(id).is_some_and(|link| link.connection.has_said_goodbye()) {
            self.service.handle_goodbye(id);
        }
        self.service.handle_closed(id);
    }

    pub(super) fn settle(&mut self, id: ConnId, rng: &mut Rng) {
        let Some(link) = self.get_mut(id) else { return };
        let (has_more_to_do, is_over) = (link.has_more_to_do(), link.is_over());
        let is_closing = link.connection.is_closing();
        let cold: Vec<Cold> = std::iter::from_fn(|| link.connection.poll_cold()).collect();
        let waits = link.wants_share() && !link.is_waiting;
        link.is_waiting |= waits;
        if waits {
            let member = self.service.member_of(id);
            self.shares.wait(member, id);
        }
        self.cold.extend(cold.into_iter().map(|cold| (id, cold)));
        self.warm_cold(rng);
        if is_closing {
            self.part(id);
        }
        if is_over {
            return self.bury(id);
        }
        self.arm(id);
        if has_more_to_do {
            self.make_runnable(id);
        }
    }
}

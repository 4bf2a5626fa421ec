//! What is sent of files: everyone whose turn it is begins what they may.
//!
//! This file does not know whose turn it is (`shares.rs`), nor what is sent.

use super::Daemon;
use super::link::Sent;
use super::shares::Turn;
use crate::id::{ConnId, Now};

impl Daemon {
    /// Lets those who wait for their share send it. Each has at most one turn in this one.
    pub(super) fn send_files(&mut self, now: Now) {
        self.shares.begin_turn(now.tick);
        while let Some(Turn { member, conn, bytes }) = self.shares.poll_turn() {
            let Some(link) = self.links.get_mut(conn) else {
                self.shares.handle_begun(member, 0);
                continue;
            };
            link.is_waiting = false;
            link.connection.allow(now.tick, bytes);
            let sent = link.write(now.tick);
            let unused = link.connection.disallow();
            self.shares.handle_begun(member, bytes - unused);
            self.settle(conn, sent);
        }
    }

    /// Sees to it that a link which has read or written goes on when it can, or ends.
    pub(super) fn settle(&mut self, id: ConnId, sent: Sent) {
        let Some(link) = self.links.get_mut(id) else { return };
        let (has_more_to_do, is_over) = (link.has_more_to_do(), link.is_over());
        let is_closing = link.connection.is_closing();
        self.cold.extend(std::iter::from_fn(|| link.connection.poll_cold()).map(|cold| (id, cold)));
        self.sent.from_files += sent.from_files;
        self.sent.from_memory += sent.from_memory;
        if link.wants_share() && !link.is_waiting {
            link.is_waiting = true;
            link.member = self.service.member_of(id).or(link.member);
            self.shares.wait(link.member, id);
        }
        self.warm_cold();
        if is_closing {
            // Whatever is answered from now on, nobody will read it.
            self.part(id);
        }
        if is_over {
            return self.bury(id);
        }
        self.links.arm(id);
        if has_more_to_do {
            self.links.make_runnable(id);
        }
    }
}

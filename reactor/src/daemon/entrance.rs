//! Letting connections in, as far as there are places.
//!
//! This file does not know what a connection says once it is in.

use std::sync::Arc;

use parlour_common::message::{Closing, ClosingReason};

use super::{Daemon, RETRY_AFTER_STOP_MS};
use crate::id::Now;
use crate::net::{Accepted, Transport};
use crate::service::Origin;

impl Daemon {
    /// Tells whether someone may be waiting whom the next turn can let in. A wake-up for them may never
    /// come: the edge was used when there was no place or no descriptor, or a turn had taken its share.
    pub(super) fn may_let_in(&mut self) -> bool {
        let links = &mut self.links;
        self.gates.iter().any(|gate| gate.may_accept() && links.has_place(gate.door()))
    }

    /// Lets in who waits, as many as a turn may: the operator's commands first.
    pub(super) fn let_in(&mut self, now: Now) {
        self.gates.iter_mut().for_each(|gate| gate.begin_turn(now.tick));
        for gate in 0..self.gates.len() {
            while let Some(gate) = self.gates.get_mut(gate).filter(|gate| gate.may_accept())
                && self.links.has_place(gate.door())
            {
                match gate.accept(now.tick) {
                    Accepted::Remote(transport, address) => {
                        self.make_room(now);
                        self.admit(now, transport, Some(address.into()));
                    }
                    Accepted::Local(transport) => self.admit(now, transport, None),
                    Accepted::Nobody => break,
                }
            }
        }
    }

    /// Stops letting in.
    pub(super) fn close_gates(&mut self) {
        std::mem::take(&mut self.gates).into_iter().for_each(|gate| self.event_loop.close_gate(gate));
    }

    /// Gives a connection its place. Without an origin it is the operator's.
    fn admit(&mut self, now: Now, transport: Transport, origin: Option<Origin>) {
        let event_loop = &self.event_loop;
        let register = |transport: &mut Transport, slot| event_loop.register(transport, slot);
        let welcome = Arc::clone(&self.welcome);
        let Some(id) = self.links.insert(now.tick, transport, origin, welcome, register) else { return };
        match origin {
            Some(origin) => self.service.handle_opened(id, origin),
            None => self.service.handle_opened_local(id),
        }
    }

    /// Sees to it that there is a place for the one who has come: a stranger gives way if need be.
    fn make_room(&mut self, now: Now) {
        let Some(id) = self.links.poll_giving_way() else { return };
        if let Some(link) = self.links.get_mut(id) {
            let reason = ClosingReason::Full {};
            let closing = Closing { reason, retry_after_ms: Some(RETRY_AFTER_STOP_MS) };
            link.connection.close(now.tick, closing, None);
            link.write(now.tick);
        }
        self.bury(id);
    }
}

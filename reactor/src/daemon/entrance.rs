//! Letting connections in, as far as there are places.
//!
//! This file does not know what a connection says once it is in.

use std::sync::Arc;

use parlour_common::message::{Closing, ClosingReason};

use super::{Daemon, RETRY_AFTER_STOP_MS};
use crate::id::Now;
use crate::net::{Accepted, Gate, Transport};
use crate::service::Origin;

impl Daemon {
    /// Tells whether someone may be waiting whom the next turn can let in. A wake-up for them may never
    /// come: the edge was used when there was no place or no descriptor, or a turn had taken its share.
    pub(super) fn may_let_in(&mut self) -> bool {
        self.gate.as_ref().is_some_and(Gate::may_accept) && self.links.has_place()
    }

    /// Lets in who waits, as many as a turn may.
    pub(super) fn let_in(&mut self, now: Now) {
        if let Some(gate) = &mut self.gate {
            gate.begin_turn(now.tick);
        }
        while self.may_let_in() {
            let Some(gate) = &mut self.gate else { return };
            match gate.accept(now.tick) {
                Accepted::Stream(stream, address) => {
                    self.make_room(now);
                    self.admit(now, Transport::new(stream), address.into());
                }
                Accepted::Nobody => return,
            }
        }
    }

    fn admit(&mut self, now: Now, transport: Transport, origin: Origin) {
        let event_loop = &self.event_loop;
        let register = |transport: &mut Transport, slot| event_loop.register(transport, slot);
        let welcome = Arc::clone(&self.welcome);
        if let Some(id) = self.links.insert(now.tick, transport, origin, welcome, register) {
            self.service.handle_opened(id, origin);
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

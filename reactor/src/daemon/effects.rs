//! Carrying out effects: answers to connections, jobs to workers, changes to the committer.
//!
//! This file does not know why anything is wanted.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parlour_common::message::{ServerMessage, encode};

use super::Daemon;
use crate::effect::Effect;
use crate::id::{ConnId, Now};
use crate::store::ChangeError;

impl Daemon {
    /// Carries out what the service wants done, in its order.
    pub(super) fn apply_effects(&mut self, now: Now) {
        while let Some(effect) = self.service.poll_effect() {
            match effect {
                Effect::Answer { to, answer } => {
                    if let Some(link) = self.links.get_mut(to.conn) {
                        let was_signed_in = link.connection.is_signed_in();
                        link.connection.answer(now.tick, to.sequence, answer);
                        if was_signed_in && !link.connection.is_signed_in() {
                            self.links.handle_stranger(to.conn);
                        }
                        self.links.make_runnable(to.conn);
                    }
                }
                Effect::Tell { to, event } => match encode(&ServerMessage::Event(event)) {
                    Ok(frame) => self.tell(now, &to, &frame.into()),
                    Err(error) => tracing::error!(%error, "an event was not told"),
                },
                Effect::EndSession { of } => {
                    if let Some(link) = self.links.get_mut(of) {
                        link.connection.handle_session_ended(now.tick);
                        self.links.handle_stranger(of);
                        self.links.make_runnable(of);
                    }
                }
                Effect::Run { ticket, asker, job } => {
                    let alive = match asker.map(|asker| self.links.get_mut(asker.conn)) {
                        Some(Some(link)) => Arc::clone(&link.alive),
                        Some(None) => Arc::new(AtomicBool::new(false)),
                        None => Arc::new(AtomicBool::new(true)),
                    };
                    self.workers.run(ticket, alive, job);
                }
                Effect::Commit { ticket, change } => {
                    if self.committer.submit(ticket, change).is_err() {
                        self.service.handle_applied(now, ticket, Err(ChangeError::StorageUnavailable));
                    }
                }
            }
        }
    }

    /// Puts one frame into the outboxes of many: its bytes are there once. They are written by and by, so that those
    /// who ask for something do not wait until the last has heard it.
    fn tell(&mut self, now: Now, to: &[ConnId], frame: &Arc<[u8]>) {
        for id in to {
            if let Some(link) = self.links.get_mut(*id) {
                link.connection.tell(now.tick, Arc::clone(frame));
                self.links.make_told(*id);
            }
        }
        self.told_in_turn += to.len();
    }
}

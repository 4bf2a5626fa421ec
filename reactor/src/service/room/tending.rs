//! What goes by itself: posts that have lasted their time, and seats that nobody came back to.
//!
//! This file does not know how often it is looked.

use parlour_common::limits::SEAT_HOURS_MAX;

use super::super::{NOBODY, Service};
use super::WaitingForRoom;
use crate::id::Now;
use crate::store::{Applied, ChangeError, RoomChange};

const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Seats that are given up in one go: each is a change, and other changes must not wait for thousands. The next chores
/// go on.
const SEATS_PER_CHORES_MAX: usize = 1000;

impl Service {
    /// Looks after the room: called now and then.
    pub(in super::super) fn tend_room(&mut self, now: Now) {
        let hours_ms = u64::from(SEAT_HOURS_MAX) * HOUR_MS;
        let before = now.unix_ms.saturating_sub(hours_ms);
        for user in self.room.seats.waiting_since_before(before, SEATS_PER_CHORES_MAX) {
            self.leave(user);
        }
        let days_ms = u64::from(self.room.policy.history_days) * DAY_MS;
        if days_ms > 0 && !self.room.sweeping {
            self.sweep_posts(now.unix_ms.saturating_sub(days_ms));
        }
    }

    /// Goes on where some posts were forgotten. A failure is no matter: the next chores come.
    pub(super) fn handle_posts_swept(&mut self, before_unix_ms: u64, applied: Result<Applied, ChangeError>) {
        self.room.sweeping = false;
        match applied {
            Ok(Applied::Room(outcome)) => {
                if outcome.doomed {
                    self.remove_doomed();
                }
                if outcome.more {
                    self.sweep_posts(before_unix_ms);
                }
            }
            Ok(_) => unreachable!("something else forgot old posts"),
            Err(error) => tracing::warn!(%error, "old posts could not be forgotten"),
        }
    }

    fn sweep_posts(&mut self, before_unix_ms: u64) {
        self.room.sweeping = true;
        let change = RoomChange::SweepPosts { before_unix_ms };
        self.commit_room(NOBODY, change, WaitingForRoom::Swept { before_unix_ms });
    }
}

//! What a connection has until when: to greet, to sign in, to end a frame, to be heard, to read.
//!
//! This file does not know the time: it is told. What is not the peer's fault is not counted: that nobody
//! listened to it, or that a disk was slow.

use std::time::Duration;

use parlour_common::limits::{
    FRAME_SECONDS_MAX, HELLO_SECONDS_MAX, SIGN_IN_SECONDS_MAX, SILENCE_SECONDS_MAX,
};
use parlour_common::message::{Closing, ClosingReason};

use super::{Connection, Phase};

/// A peer that takes none of what waits for it for this long is ended.
const PROGRESS_TIME_MAX: Duration = Duration::from_secs(30);

impl Connection {
    /// Returns the tick at which [`Self::handle_deadline`] wants to be called.
    pub fn deadline(&self) -> Duration {
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        let mut deadline = match self.phase {
            Phase::Fresh => self.opened + seconds(HELLO_SECONDS_MAX),
            Phase::Greeted => self.opened + seconds(SIGN_IN_SECONDS_MAX),
            Phase::SignedIn => Duration::MAX,
            Phase::Closing(until) => return until,
            Phase::Dead => return Duration::ZERO,
        };
        if self.wants_bytes() {
            deadline = deadline.min(self.heard + seconds(SILENCE_SECONDS_MAX));
            if let Some(began) = self.frame_began {
                deadline = deadline.min(began + seconds(FRAME_SECONDS_MAX));
            }
        }
        if self.outbox.has_output() {
            deadline = deadline.min(self.progressed + PROGRESS_TIME_MAX);
        }
        deadline
    }

    /// Ends the connection if one of its deadlines has passed.
    pub fn handle_deadline(&mut self, tick: Duration) {
        if tick < self.deadline() {
            return;
        }
        let stuck = self.outbox.has_output() && tick >= self.progressed + PROGRESS_TIME_MAX;
        if self.is_closing() || stuck {
            // Whoever takes nothing will not take a farewell either.
            self.phase = Phase::Dead;
            return;
        }
        let silent = tick >= self.heard + Duration::from_secs(u64::from(SILENCE_SECONDS_MAX));
        let reason = if silent { ClosingReason::Silent {} } else { ClosingReason::TooSlow {} };
        self.close(tick, Closing { reason, retry_after_ms: None }, None);
    }

    /// Does not count as silence what was sent and not yet read, because it was not wanted. It is asked before
    /// anything that may make it wanted.
    pub(super) fn excuse_silence(&mut self, tick: Duration) {
        if !self.wants_bytes() {
            self.heard = tick;
            self.frame_began = self.frame_began.map(|_| tick);
        }
    }
}

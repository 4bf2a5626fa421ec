//! The news of who came and went, for those in the room.
//!
//! This file does not know who that is. The first is told at once; what happens soon after it is gathered and told
//! together, so that thousands who come at once are a few words to each, not thousands.

use std::time::Duration;

use parlour_common::limits::SEAT_CHANGES_MAX;
use parlour_common::message::{SeatChange, SeatsChanged};

/// How soon after some news the next is told: soon enough for whoever looks on, and four times a second is nothing to a
/// loop that tells 5,000.
const GATHERING: Duration = Duration::from_millis(250);

/// What is not told yet.
#[derive(Debug, Default)]
pub struct SeatNews {
    changes: Vec<SeatChange>,
    omitted: u32,
    /// Before when nothing more is told, in time since the start.
    quiet_until: Duration,
}

impl SeatNews {
    /// Takes note of something.
    pub fn note(&mut self, change: SeatChange) {
        if self.changes.len() < SEAT_CHANGES_MAX {
            self.changes.push(change);
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    /// Returns when there is something to be told.
    pub fn deadline(&self) -> Option<Duration> {
        (!self.changes.is_empty()).then_some(self.quiet_until)
    }

    /// Returns what is to be told now, if anything is.
    pub fn take(&mut self, tick: Duration, participants: u32) -> Option<SeatsChanged> {
        self.deadline().filter(|deadline| *deadline <= tick)?;
        self.quiet_until = tick + GATHERING;
        let (changes, omitted) = (std::mem::take(&mut self.changes), std::mem::take(&mut self.omitted));
        Some(SeatsChanged { participants, changes, omitted })
    }
}

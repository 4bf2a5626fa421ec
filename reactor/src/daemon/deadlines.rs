//! All deadlines, of which one is armed: the next.
//!
//! This file does not know what happens at a deadline. An entry is never moved: when it comes up and its
//! connection has a later deadline by then, that one is entered. So activity costs nothing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::id::ConnId;

/// The deadlines of all connections.
#[derive(Debug, Default)]
pub struct Deadlines(BinaryHeap<Reverse<(Duration, ConnId)>>);

impl Deadlines {
    /// Enters a deadline, unless one that stands already (`armed`) comes first. Updates `armed`.
    pub fn arm(&mut self, id: ConnId, armed: &mut Duration, deadline: Duration) {
        if deadline < *armed {
            *armed = deadline;
            self.0.push(Reverse((deadline, id)));
        }
    }

    /// Returns the next deadline.
    pub fn next(&self) -> Option<Duration> {
        self.0.peek().map(|Reverse((deadline, _))| *deadline)
    }

    /// Returns a connection whose deadline has come. `disarm` is called with each that seems to be one: if
    /// this is the deadline that is armed, it takes note that none is, and returns true. An entry that a
    /// sooner one has taken the place of is dropped, or each would be entered anew for ever.
    pub fn poll_due(
        &mut self,
        tick: Duration,
        mut disarm: impl FnMut(ConnId, Duration) -> bool,
    ) -> Option<ConnId> {
        while self.next()? <= tick {
            let Reverse((deadline, id)) = self.0.pop()?;
            if disarm(id, deadline) {
                return Some(id);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ConnId = ConnId { slot: 0, generation: 0 };

    fn poll_due(deadlines: &mut Deadlines, armed: &mut Duration, second: u64) -> Option<ConnId> {
        deadlines.poll_due(at(second), |_, deadline| {
            let is_armed = deadline == *armed;
            *armed = if is_armed { Duration::MAX } else { *armed };
            is_armed
        })
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_deadline_that_moves_later_costs_one_entry() {
        let (mut deadlines, mut armed) = (Deadlines::default(), Duration::MAX);
        for second in 0..100 {
            deadlines.arm(ID, &mut armed, at(75 + second));
        }
        assert_eq!((deadlines.0.len(), deadlines.next()), (1, Some(at(75))));
        assert_eq!(poll_due(&mut deadlines, &mut armed, 74), None);
        assert_eq!(poll_due(&mut deadlines, &mut armed, 75), Some(ID));
        assert_eq!((deadlines.next(), armed), (None, Duration::MAX));
    }

    #[test]
    fn deadlines_that_come_and_go_do_not_breed() {
        let (mut deadlines, mut armed) = (Deadlines::default(), Duration::MAX);
        // Each second a frame begins, which is due sooner than silence, and is whole at once.
        for second in 0..10_000 {
            while poll_due(&mut deadlines, &mut armed, second).is_some() {}
            deadlines.arm(ID, &mut armed, at(second + 75));
            deadlines.arm(ID, &mut armed, at(second + 30));
            assert!(deadlines.0.len() < 5, "{} entries after {second} s", deadlines.0.len());
        }
    }

    #[test]
    fn whoever_has_gone_is_forgotten() {
        let (mut deadlines, mut armed) = (Deadlines::default(), Duration::MAX);
        deadlines.arm(ID, &mut armed, at(1));
        assert_eq!(deadlines.poll_due(at(1), |_, _| false), None);
        assert_eq!(deadlines.next(), None);
    }
}

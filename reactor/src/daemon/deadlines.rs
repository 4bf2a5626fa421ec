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

    /// Returns a connection whose deadline has come.
    pub fn poll_due(&mut self, tick: Duration) -> Option<ConnId> {
        if self.next()? > tick {
            return None;
        }
        self.0.pop().map(|Reverse((_, id))| id)
    }
}

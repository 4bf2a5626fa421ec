//! Downloads: three at once, further ones in the order of asking.
//!
//! This file knows which download has its turn. It does not know how one is fetched (`lane.rs`) or
//! written (`writer.rs`).

mod job;
mod lane;
mod meter;

use std::collections::VecDeque;
use std::time::Instant;

use mio::Token;

use super::control::Standing;
use super::turn::{Turn, earlier};
use super::writer::{Target, Writer, Written, WrittenWhat};
use super::{DownloadFault, DownloadId, Report};
use lane::Lane;

/// The downloads under way at once.
const LANES: usize = 3;

/// The downloads that may wait; further ones fail at once.
const WAITING_MAX: usize = 10_000;

/// A download as it was asked for.
pub(super) struct Wish {
    pub(super) id: DownloadId,
    pub(super) target: Target,
    pub(super) size_bytes: u64,
}

pub(super) struct Downloads {
    lanes: [Lane; LANES],
    waiting: VecDeque<Wish>,
    /// Removes what earlier runs left of downloads that are cancelled while they wait.
    sweeper: Writer,
}

impl Downloads {
    pub(super) fn new() -> Self {
        Self { lanes: std::array::from_fn(Lane::new), waiting: VecDeque::new(), sweeper: Writer::new(LANES) }
    }

    pub(super) fn add(&mut self, wish: Wish, turn: &Turn) {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(wish);
        } else {
            turn.report(Report::DownloadFailed { id: wish.id, why: DownloadFault::TooMany });
        }
    }

    pub(super) fn cancel(&mut self, id: DownloadId, turn: &Turn) {
        let at = self.waiting.iter().position(|wish| wish.id == id);
        if let Some(wish) = at.and_then(|at| self.waiting.remove(at)) {
            return self.sweep(wish, turn);
        }
        for lane in &mut self.lanes {
            lane.cancel(id);
        }
    }

    pub(super) fn handle_written(&mut self, written: Written, turn: &Turn) {
        if let Some(lane) = self.lanes.get_mut(written.writer) {
            lane.handle_written(written, turn);
        } else if let Written { id: Some(id), what: WrittenWhat::Closed, .. } = written {
            turn.report(Report::DownloadCancelled { id });
        }
    }

    pub(super) fn handle_ready(&mut self, token: Token, readable: bool, writable: bool) {
        for lane in &mut self.lanes {
            lane.handle_ready(token, readable, writable);
        }
    }

    /// Does what there is to do this turn.
    pub(super) fn turn(&mut self, standing: &Standing, turn: &mut Turn) {
        if let Standing::Out(why) = standing {
            for wish in self.waiting.drain(..) {
                turn.report(Report::DownloadFailed { id: wish.id, why: why.clone() });
            }
        }
        for lane in &mut self.lanes {
            lane.turn(standing, turn);
            // A lane that is free again takes the next one, unless that fails at once as well.
            while lane.is_free() {
                let Some(wish) = self.waiting.pop_front() else { break };
                lane.start(wish, turn);
            }
        }
    }

    pub(super) fn deadline(&self, standing: &Standing, now: Instant) -> Option<Instant> {
        let is_in = matches!(standing, Standing::In { .. });
        self.lanes.iter().fold(None, |deadline, lane| earlier(deadline, lane.deadline(is_in, now)))
    }

    /// Stops everything and keeps what was written.
    pub(super) fn end(&mut self, now: Instant) {
        for lane in &mut self.lanes {
            lane.end(now);
        }
        self.sweeper.end();
    }

    /// Removes what an earlier run left of a download; another one that waits for the same track keeps it.
    fn sweep(&mut self, Wish { id, target, .. }: Wish, turn: &Turn) {
        // The number first, for it is the quickest to compare.
        let mut others = self.waiting.iter().map(|other| &other.target);
        let is_kept = others.any(|other| other.track == target.track && *other == target);
        // A part that is being written is locked, and stays.
        if !is_kept && self.sweeper.open(id, target, turn.post).is_ok() {
            self.sweeper.discard();
        } else {
            turn.report(Report::DownloadCancelled { id });
        }
    }
}

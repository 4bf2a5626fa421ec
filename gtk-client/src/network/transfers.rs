//! Transfers: three at once, further ones in the order of asking.
//!
//! This file knows which transfer has its turn. It does not know how a file is fetched (`fetch.rs`), sent
//! (`upload.rs`), written (`writer.rs`) or read (`reader.rs`).

mod fetch;
mod job;
mod lane;
mod meter;
mod upload;

use std::collections::VecDeque;
use std::time::Instant;

use mio::Token;

use super::Report;
use super::control::Standing;
use super::order::{Ending, JobId, Order, TransferFault};
use super::reader::Read;
use super::turn::{Turn, earlier};
use super::writer::{Target, Writer, Written, WrittenWhat};
use job::{Task, Wish};
use lane::Lane;

/// The transfers under way at once, each with a connection of its own.
const LANES: usize = 3;

/// The transfers that may wait; further ones fail at once.
const WAITING_MAX: usize = 10_000;

pub(super) struct Transfers {
    lanes: [Lane; LANES],
    waiting: VecDeque<Wish>,
    /// Removes what earlier runs left of downloads that are cancelled while they wait.
    sweeper: Writer,
}

impl Transfers {
    pub(super) fn new() -> Self {
        Self { lanes: std::array::from_fn(Lane::new), waiting: VecDeque::new(), sweeper: Writer::new(LANES) }
    }

    /// Begins a transfer, or goes on with one.
    pub(super) fn begin(&mut self, id: JobId, order: Order, server: String, turn: &Turn) {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(Wish { id, task: Task::new(order, server) });
        } else {
            turn.ended(id, Ending::Failed(TransferFault::TooMany));
        }
    }

    /// Lets a transfer rest; what was moved is kept.
    pub(super) fn pause(&mut self, id: JobId, turn: &Turn) {
        if self.unqueue(id).is_some() {
            return turn.ended(id, Ending::Paused);
        }
        for lane in &mut self.lanes {
            lane.pause(id, turn);
        }
    }

    /// Gives a transfer up, whether it runs, waits or rests, and removes what it left on both sides.
    pub(super) fn cancel(&mut self, id: JobId, order: Order, server: String, turn: &Turn) {
        self.unqueue(id);
        if self.lanes.iter_mut().any(|lane| lane.cancel(id, turn)) {
            return;
        }
        match Task::new(order, server).into_farewell() {
            Ok(task) => self.waiting.push_front(Wish { id, task }),
            Err(target) => self.sweep(id, target, turn),
        }
    }

    pub(super) fn handle_written(&mut self, written: Written, turn: &Turn) {
        if let Some(lane) = self.lanes.get_mut(written.writer) {
            lane.handle_written(written, turn);
        } else if let Written { id: Some(id), what: WrittenWhat::Closed, .. } = written {
            turn.ended(id, Ending::Cancelled);
        }
    }

    pub(super) fn handle_read(&mut self, read: Read, turn: &Turn) {
        if let Some(lane) = self.lanes.get_mut(read.reader) {
            lane.handle_read(read, turn);
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
                turn.ended(wish.id, Ending::Failed(why.clone()));
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

    /// Stops everything and keeps what was moved.
    pub(super) fn end(&mut self, now: Instant) {
        for lane in &mut self.lanes {
            lane.end(now);
        }
        self.sweeper.end();
    }

    fn unqueue(&mut self, id: JobId) -> Option<Wish> {
        let at = self.waiting.iter().position(|wish| wish.id == id)?;
        self.waiting.remove(at)
    }

    /// Removes what an earlier run left of a download; another one that waits for the same file keeps it.
    fn sweep(&mut self, id: JobId, target: Target, turn: &Turn) {
        let is_kept = self.waiting.iter().any(|other| match &other.task {
            // The number first, for it is the quickest to compare.
            Task::Fetch(fetch) => fetch.target.source == target.source && fetch.target == target,
            Task::Upload(_) | Task::Errand { .. } => false,
        });
        // A part that is being written is locked, and stays.
        if !is_kept && self.sweeper.open(id, target, turn.post).is_ok() {
            self.sweeper.discard();
        } else {
            turn.ended(id, Ending::Cancelled);
        }
    }
}

impl Turn<'_> {
    fn ended(&self, id: JobId, how: Ending) {
        self.report(Report::Ended { id, how });
    }
}

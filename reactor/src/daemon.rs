//! The hall: the one place that knows sockets, connections, the service and the workers.
//!
//! It decides nothing. It reads the clock, carries words from room to room, and is where links are made
//! and buried.
//!
//! **One turn**: wait; let in; take what finished; remember readiness; for some of the links that have something
//! to do: read, decide, write, each within its budget; who has more to do goes to the back of the queue; some of
//! those who were told something write it; files are sent, a like share to every member; closed links are buried.

mod deadlines;
mod effects;
mod entrance;
mod link;
mod links;
mod sending;
mod serving;
pub mod shares;

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant, SystemTime};

use parlour_common::message::{Closing, ClosingReason, Welcome};

use crate::conn::READ_BYTES_MAX;
use crate::id::{ConnId, Now, Ticket};
use crate::job::Cold;
use crate::music::Published;
use crate::net::{EventLoop, Gate, Ready};
use crate::service::Service;
use crate::store::{Applied, ChangeError, Committer};
use crate::workers::{Finished, Workers};
use link::Sent;
use links::Links;
use shares::Shares;

/// Arrivals from other threads taken in one turn.
const ARRIVALS_PER_TURN_MAX: usize = 1024;

/// Outboxes into which one turn puts something told to many, before it leaves what else finished to the next: half
/// a millisecond. One telling is not divided.
const TELLINGS_PER_TURN_MAX: usize = 4096;

/// How long running transfers may go on after the operator asked the daemon to stop.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// When clients may come back after a stop, in milliseconds.
const RETRY_AFTER_STOP_MS: u32 = 1000;

/// How often the service is asked to tidy up.
const CHORES_PERIOD: Duration = Duration::from_secs(3600);

/// What other threads bring.
#[derive(Debug)]
pub enum Arrival {
    /// A worker has finished something.
    Finished(Finished),
    /// The committer has answered.
    Applied(Ticket, Result<Applied, ChangeError>),
    /// The library is other than it was.
    Library(Published),
}

/// How the daemon came to its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Ending {
    /// The operator asked for it.
    Asked,
    /// The store has failed: nothing more can be acknowledged, so a restart is needed.
    StorageFailed,
}

/// The rooms that the hall joins.
pub struct Rooms {
    /// Waiting and waking.
    pub event_loop: EventLoop,
    /// Letting in: the network's door, and the operator's.
    pub gates: Vec<Gate>,
    /// People.
    pub service: Service,
    /// Slow work.
    pub workers: Workers,
    /// The one writer of the store.
    pub committer: Committer<Ticket>,
    /// What other threads bring.
    pub arrivals: Receiver<Arrival>,
    /// What every client is greeted with.
    pub welcome: Arc<Welcome>,
    /// Connections at once.
    pub connections_max: usize,
    /// The most that is sent of files to all together, if there is a limit.
    pub send_bytes_per_second: Option<NonZeroU64>,
}

/// The daemon.
pub struct Daemon {
    event_loop: EventLoop,
    /// The open doors; none once the daemon was asked to stop.
    gates: Vec<Gate>,
    service: Service,
    workers: Workers,
    committer: Committer<Ticket>,
    arrivals: Receiver<Arrival>,
    welcome: Arc<Welcome>,
    links: Links,
    next_chores: Duration,
    /// Bytes that transfers wait for and no worker has room for: at most one stretch of each transfer.
    cold: VecDeque<(ConnId, Cold)>,
    /// Who may send how much of files.
    shares: Shares,
    /// Bytes of uploads that are on their way to the disks, also of those who have gone.
    storing_bytes: usize,
    drain_until: Option<Duration>,
    stops_asked: u32,
    buffer: Box<[u8; READ_BYTES_MAX]>,
    sent: Sent,
    told_in_turn: usize,
    turns: u64,
    clock: Clock,
}

/// The clocks, which are read here and nowhere else.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// Begins to count ticks.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// Returns the moment.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn now(&self) -> Now {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let unix_ms = u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX);
        Now { tick: self.started.elapsed(), unix_ms }
    }
}

impl Daemon {
    /// Joins the rooms.
    pub fn new(rooms: Rooms) -> Self {
        Self {
            event_loop: rooms.event_loop,
            gates: rooms.gates,
            service: rooms.service,
            workers: rooms.workers,
            committer: rooms.committer,
            arrivals: rooms.arrivals,
            welcome: rooms.welcome,
            links: Links::new(rooms.connections_max),
            next_chores: Duration::ZERO,
            cold: VecDeque::new(),
            shares: Shares::new(rooms.send_bytes_per_second),
            storing_bytes: 0,
            drain_until: None,
            stops_asked: 0,
            buffer: Box::new([0; READ_BYTES_MAX]),
            sent: Sent::default(),
            told_in_turn: 0,
            turns: 0,
            clock: Clock::start(),
        }
    }

    /// Serves until the operator asks for the end, or the store fails. Errors are of the poll itself.
    pub fn run(mut self) -> io::Result<Ending> {
        let ending = loop {
            if let Some(ending) = self.turn()? {
                break ending;
            }
        };
        tracing::info!(
            bytes_from_files = self.sent.from_files,
            bytes_from_memory = self.sent.from_memory,
            turns = self.turns,
            "stopping"
        );
        // While the store is still locked: a successor may have its own socket as soon as it is not.
        self.close_gates();
        // Only what is durable is waited for; a worker may sit before a disk that does not answer, and
        // whoever is tired of waiting may say so once more.
        self.event_loop.stop_waiting();
        drop(self.links);
        self.committer.stop();
        self.workers.stop();
        Ok(ending)
    }

    fn turn(&mut self) -> io::Result<Option<Ending>> {
        let timeout = self.timeout();
        let mut ready = Vec::new();
        self.event_loop.wait(timeout, |what| ready.push(what))?;
        let now = self.clock.now();
        self.turns += 1;
        self.told_in_turn = 0;
        for what in ready {
            self.handle_ready(now, what);
        }
        self.let_in(now);
        self.take_arrivals(now);
        if now.tick >= self.next_chores {
            self.next_chores = now.tick + CHORES_PERIOD;
            self.service.handle_chores(now);
        }
        self.service.handle_deadline(now);
        self.apply_effects(now);
        self.warm_cold();
        self.run_links(now);
        self.send_files(now);
        // After the reading: who spoke in time is not silent, however long the loop was away.
        self.links.handle_deadlines(now.tick);
        Ok(self.ending(now))
    }

    fn timeout(&mut self) -> Option<Duration> {
        if self.links.has_work() || self.may_let_in() {
            return Some(Duration::ZERO);
        }
        let gates = self.gates.iter().filter_map(Gate::deadline).min();
        let next = [
            Some(self.next_chores),
            self.service.deadline(),
            self.links.next_deadline(),
            self.shares.deadline(),
            gates,
            self.drain_until,
        ];
        let elapsed = self.clock.now().tick;
        if self.shares.deadline().is_some_and(|deadline| deadline <= elapsed) {
            return Some(Duration::ZERO);
        }
        // A millisecond more than left, or the kernel's rounding down would make a turn of nothing.
        let left = |deadline: Duration| deadline.saturating_sub(elapsed) + Duration::from_millis(1);
        next.into_iter().flatten().min().map(left)
    }

    fn ending(&self, now: Now) -> Option<Ending> {
        if self.committer.has_failed() {
            return Some(Ending::StorageFailed);
        }
        // A mail that was sent and not written down would be sent again after the next start.
        let drained = (self.links.len() == 0 && !self.service.is_posting()) || self.stops_asked > 1;
        let late = self.drain_until.is_some_and(|until| now.tick >= until);
        (self.drain_until.is_some() && (drained || late)).then_some(Ending::Asked)
    }

    fn handle_ready(&mut self, now: Now, ready: Ready) {
        match ready {
            Ready::Gate(door) => {
                self.gates.iter_mut().filter(|gate| gate.door() == door).for_each(Gate::handle_ready);
            }
            // What woke the loop is taken with the arrivals.
            Ready::Wake => {}
            Ready::Stop => self.handle_stop(now),
            Ready::Socket { slot, readable, writable, ended, gone } => {
                if let Some(link) = self.links.in_slot(slot) {
                    link.transport.handle_ready(readable, writable, ended, gone);
                    let id = link.id;
                    self.links.make_runnable(id);
                }
            }
        }
    }

    /// Stops listening and begins to close every connection; a second time ends at once.
    fn handle_stop(&mut self, now: Now) {
        self.stops_asked += 1;
        if self.drain_until.is_some() {
            return;
        }
        tracing::info!(connections = self.links.len(), "asked to stop: no more connections are accepted");
        self.close_gates();
        self.service.handle_stopping();
        let until = now.tick + DRAIN_TIME;
        self.drain_until = Some(until);
        for id in self.links.ids() {
            if let Some(link) = self.links.get_mut(id) {
                let reason = ClosingReason::Shutdown {};
                let closing = Closing { reason, retry_after_ms: Some(RETRY_AFTER_STOP_MS) };
                link.connection.close(now.tick, closing, Some(until));
            }
            self.part(id);
            self.links.make_runnable(id);
        }
    }

    fn take_arrivals(&mut self, now: Now) {
        for _ in 0..ARRIVALS_PER_TURN_MAX {
            if self.told_in_turn >= TELLINGS_PER_TURN_MAX {
                break;
            }
            let Ok(arrival) = self.arrivals.try_recv() else { return };
            match arrival {
                Arrival::Finished(Finished::Job(ticket, completion)) => {
                    self.service.handle_completion(now, ticket, completion);
                }
                Arrival::Finished(Finished::Warmed { conn, transfer, until, readable }) => {
                    if let Some(link) = self.links.get_mut(conn) {
                        link.connection.handle_warmed(now.tick, transfer, until, readable);
                        self.links.make_runnable(conn);
                    }
                }
                Arrival::Finished(Finished::Stored { conn, transfer, bytes, outcome }) => {
                    self.storing_bytes = self.storing_bytes.saturating_sub(bytes);
                    if let Some(link) = self.links.get_mut(conn) {
                        link.connection.handle_stored(now.tick, transfer, bytes, outcome);
                        self.links.make_runnable(conn);
                    }
                }
                Arrival::Applied(ticket, applied) => self.service.handle_applied(now, ticket, applied),
                Arrival::Library(library) => {
                    let old = self.service.handle_library(library);
                    self.workers.forget(old.index);
                }
            }
            self.apply_effects(now);
        }
        // More may have come than one turn takes, and the wake-up for it is spent.
        self.event_loop.waker().wake();
    }

    /// Gives cold bytes to the workers as far as they have room. Each completion makes some.
    fn warm_cold(&mut self) {
        while let Some((id, cold)) = self.cold.pop_front() {
            let Some(link) = self.links.get_mut(id) else { continue };
            if !self.workers.warm(id, Arc::clone(&link.alive), cold.clone()) {
                self.cold.push_front((id, cold));
                return;
            }
        }
    }

    /// Takes note that nobody will be answered there any more. Who goes with a goodbye does not come back to where they
    /// were.
    fn part(&mut self, id: ConnId) {
        if self.links.get_mut(id).is_some_and(|link| link.connection.has_said_goodbye()) {
            self.service.handle_goodbye(id);
        }
        self.service.handle_closed(id);
    }

    /// The one place where a link ends.
    fn bury(&mut self, id: ConnId) {
        self.service.handle_closed(id);
        let Some(mut link) = self.links.remove(id) else { return };
        self.event_loop.deregister(&mut link.transport);
        self.gates.iter_mut().for_each(Gate::handle_freed);
    }
}

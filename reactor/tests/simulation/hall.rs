//! The hall: the mirror of `daemon.rs`, in the same order of steps, around the real service and the real
//! connections.
//!
//! It does not know peers. What it adds are questions that a test may ask: is a wake-up lost, does an
//! outbox live on over its limit. Where it differs from `daemon.rs` in order, this one is wrong.

mod sending;

use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use parlour_common::message::{Closing, ClosingReason, ServerMessage, Welcome, encode};
use parlour_reactor::conn::Connection;
use parlour_reactor::daemon::Arrival;
use parlour_reactor::daemon::shares::Shares;
use parlour_reactor::effect::Effect;
use parlour_reactor::id::{Asker, ConnId, Now};
use parlour_reactor::job::Cold;
use parlour_reactor::service::{Origin, Service};
use parlour_reactor::store::ChangeError;
use parlour_reactor::workers::Finished;

use super::backstage::Backstage;
use super::cable::Cable;
use super::link::Link;
use super::rng::Rng;

/// Bytes of waiting messages over which a connection must end, as the design has it.
const OUTBOX_BYTES_MAX: u64 = 1024 * 1024;

/// Less than the daemon lets be on its way, so that it is too much at times.
const STORING_BYTES_MAX: usize = 150_000;

const ARRIVALS_PER_TURN_MAX: usize = 1024;

/// Fewer than the daemon's, so that there are more at times.
const LINKS_PER_TURN_MAX: usize = 4;
const TOLD_LINKS_PER_TURN_MAX: usize = 3;
const TELLINGS_PER_TURN_MAX: usize = 600;

const REQUESTS_PER_TURN_MAX: usize = 16;
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// Readiness of a cable, told once.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    pub cable: usize,
    pub readable: bool,
    pub writable: bool,
    pub ended: bool,
    pub gone: bool,
}

/// All that the daemon joins.
pub struct Hall {
    pub service: Service,
    pub backstage: Backstage,
    pub arrivals: VecDeque<Arrival>,
    pub cables: Vec<Cable>,
    welcome: Arc<Welcome>,
    /// The slots, used again.
    links: Vec<Option<Link>>,
    runnable: VecDeque<ConnId>,
    next_queued: u64,
    joined_late: u64,
    told: VecDeque<ConnId>,
    told_in_turn: usize,
    next_generation: u64,
    turn: u64,
    /// Cold bytes for which no worker was free.
    cold: VecDeque<(ConnId, Cold)>,
    shares: Shares,
    storing_bytes: usize,
    pub chores_asked: bool,
    /// A disk fails in the midst of a chunk once in so many readings; 0 for never.
    pub file_fails_once_in: u64,
    /// Cables on which that happened.
    pub file_failed: Vec<usize>,
    /// Outboxes that were over their limit, and their connections ended.
    pub overflows: u64,
}

impl Hall {
    pub fn new(
        service: Service,
        backstage: Backstage,
        welcome: Arc<Welcome>,
        send_bytes_per_second: Option<NonZeroU64>,
    ) -> Self {
        Self {
            service,
            backstage,
            arrivals: VecDeque::new(),
            cables: Vec::new(),
            welcome,
            links: Vec::new(),
            runnable: VecDeque::new(),
            next_queued: 0,
            joined_late: 0,
            told: VecDeque::new(),
            told_in_turn: 0,
            next_generation: 0,
            turn: 0,
            cold: VecDeque::new(),
            shares: Shares::new(send_bytes_per_second),
            storing_bytes: 0,
            chores_asked: true,
            file_fails_once_in: 0,
            file_failed: Vec::new(),
            overflows: 0,
        }
    }

    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.links.iter().flatten()
    }

    /// Tells whether nothing is under way behind the stage.
    pub fn is_idle(&self) -> bool {
        self.backstage.is_idle() && self.arrivals.is_empty()
    }

    /// Returns the name of the link at the daemon's end of a cable.
    pub fn id_of(&self, cable: usize) -> Option<ConnId> {
        self.links().find(|link| link.cable == cable).map(|link| link.id)
    }

    /// One turn of the daemon.
    pub fn turn(&mut self, now: Now, ready: &[Ready], rng: &mut Rng) {
        self.turn += 1;
        self.told_in_turn = 0;
        for what in ready {
            self.handle_ready(*what);
        }
        self.take_arrivals(now, rng);
        if std::mem::take(&mut self.chores_asked) {
            self.service.handle_chores(now);
        }
        self.service.handle_deadline(now);
        self.apply_effects(now, rng);
        self.run_links(now, rng);
        self.send_files(now, rng);
        self.handle_deadlines(now.tick);
    }

    /// Lets a cable in.
    pub fn admit(&mut self, tick: Duration, cable: usize, origin: Origin) {
        let slot = self.links.iter().position(Option::is_none).unwrap_or_else(|| {
            self.links.push(None);
            self.links.len() - 1
        });
        let id = ConnId { slot: slot as u32, generation: self.next_generation };
        self.next_generation += 1;
        let connection = Connection::new(tick, Arc::clone(&self.welcome));
        self.links[slot] = Some(Link::new(id, connection, cable));
        self.arm(id);
        self.service.handle_opened(id, origin);
    }

    /// Begins to close every connection.
    pub fn handle_stop(&mut self, now: Now) {
        let ids: Vec<ConnId> = self.links().map(|link| link.id).collect();
        for id in ids {
            if let Some(link) = self.get_mut(id) {
                let closing = Closing { reason: ClosingReason::Shutdown {}, retry_after_ms: Some(1000) };
                link.connection.close(now.tick, closing, Some(now.tick + DRAIN_TIME));
            }
            self.part(id);
            self.make_runnable(id);
        }
    }

    /// Fails where bytes or words wait that nobody was woken for.
    pub fn check(&self) {
        assert!(!self.is_idle() || self.storing_bytes == 0, "bytes on their way are not added up");
        for link in self.links() {
            let waiting = link.has_something_waiting(&self.cables[link.cable]);
            let has_a_turn = link.queued.is_some() || link.is_told;
            assert!(!waiting || has_a_turn, "{:?}: a lost wake-up", link.id);
            assert!(!link.wants_share() || link.is_waiting || has_a_turn, "{:?} waits for no share", link.id);
            assert!(!link.is_over() || has_a_turn, "{:?} is over and was not buried", link.id);
            let least = link.told_bytes.saturating_sub(self.cables[link.cable].down.written);
            assert!(
                least <= OUTBOX_BYTES_MAX || link.connection.is_done(),
                "{:?}: an outbox of {least} bytes lives on",
                link.id
            );
        }
        self.cables.iter().for_each(|cable| {
            cable.up.check();
            cable.down.check();
        });
    }

    fn get_mut(&mut self, id: ConnId) -> Option<&mut Link> {
        self.links.get_mut(id.slot as usize)?.as_mut().filter(|link| link.id == id)
    }

    fn make_runnable(&mut self, id: ConnId) {
        let number = self.next_queued;
        if let Some(link) = self.get_mut(id)
            && link.queued.is_none()
        {
            link.queued = Some(number);
            self.next_queued += 1;
            self.runnable.push_back(id);
        }
    }

    fn make_told(&mut self, id: ConnId) {
        if let Some(link) = self.get_mut(id)
            && !link.is_told
        {
            link.is_told = true;
            self.told.push_back(id);
        }
    }

    fn run_links(&mut self, now: Now, rng: &mut Rng) {
        self.joined_late = self.next_queued;
        for _ in 0..self.runnable.len().min(LINKS_PER_TURN_MAX) {
            let Some(id) = self.runnable.pop_front() else { break };
            if let Some(link) = self.get_mut(id) {
                link.queued = None;
            }
            self.run_link(now, id, rng);
        }
        for _ in 0..TOLD_LINKS_PER_TURN_MAX {
            let Some(id) = self.told.pop_front() else { return };
            if let Some(link) = self.get_mut(id) {
                link.is_told = false;
            }
            self.write(now, id, rng);
            self.settle(id, rng);
        }
    }

    fn arm(&mut self, id: ConnId) {
        if let Some(link) = self.get_mut(id) {
            link.armed = link.armed.min(link.deadline());
        }
    }

    fn handle_deadlines(&mut self, tick: Duration) {
        let due: Vec<ConnId> = self.links().filter(|link| link.armed <= tick).map(|link| link.id).collect();
        for id in due {
            let joined_late = self.joined_late;
            if let Some(link) = self.get_mut(id) {
                link.armed = Duration::MAX;
                if link.queued.is_none_or(|number| number >= joined_late) {
                    link.handle_deadline(tick);
                    self.make_runnable(id);
                }
            }
        }
    }

    fn handle_ready(&mut self, ready: Ready) {
        let Some(id) = self.id_of(ready.cable) else { return };
        if let Some(link) = self.get_mut(id) {
            link.transport.handle_ready(ready);
        }
        self.make_runnable(id);
    }

    fn take_arrivals(&mut self, now: Now, rng: &mut Rng) {
        for _ in 0..ARRIVALS_PER_TURN_MAX {
            if self.told_in_turn >= TELLINGS_PER_TURN_MAX {
                return;
            }
            let Some(arrival) = self.arrivals.pop_front() else { return };
            match arrival {
                Arrival::Finished(Finished::Job(ticket, completion)) => {
                    self.service.handle_completion(now, ticket, completion);
                }
                Arrival::Finished(Finished::Warmed { conn, transfer, until, readable }) => {
                    if let Some(link) = self.get_mut(conn) {
                        link.connection.handle_warmed(now.tick, transfer, until, readable);
                        self.make_runnable(conn);
                    }
                }
                Arrival::Finished(Finished::Stored { conn, transfer, bytes, outcome }) => {
                    self.storing_bytes -= bytes;
                    if let Some(link) = self.get_mut(conn) {
                        link.connection.handle_stored(now.tick, transfer, bytes, outcome);
                        self.make_runnable(conn);
                    }
                }
                Arrival::Applied(ticket, applied) => self.service.handle_applied(now, ticket, applied),
                Arrival::Library(library) => drop(self.service.handle_library(library)),
            }
            self.apply_effects(now, rng);
        }
    }

    fn apply_effects(&mut self, now: Now, rng: &mut Rng) {
        while let Some(effect) = self.service.poll_effect() {
            match effect {
                Effect::Answer { to, answer } => {
                    if let Some(link) = self.get_mut(to.conn) {
                        link.connection.answer(now.tick, to.sequence, answer);
                        self.make_runnable(to.conn);
                    }
                }
                Effect::Tell { to, event } => {
                    let frame: Arc<[u8]> = encode(&ServerMessage::Event(event)).unwrap().into();
                    self.tell(now, &to, &frame);
                }
                Effect::EndSession { of } => {
                    if let Some(link) = self.get_mut(of) {
                        link.connection.handle_session_ended(now.tick);
                        self.make_runnable(of);
                    }
                }
                Effect::Run { ticket, asker, job } => {
                    self.backstage.run(self.turn, (ticket, asker.map(|asker| asker.conn), job), rng);
                }
                Effect::Commit { ticket, change } => {
                    if !self.backstage.commit(self.turn, ticket, change, rng) {
                        self.service.handle_applied(now, ticket, Err(ChangeError::StorageUnavailable));
                    }
                }
            }
        }
    }

    fn tell(&mut self, now: Now, to: &[ConnId], frame: &Arc<[u8]>) {
        let mut overflows = 0;
        for id in to {
            if let Some(link) = self.get_mut(*id) {
                if !link.connection.is_closing() {
                    link.told_bytes += frame.len() as u64;
                }
                let was_done = link.connection.is_done();
                link.connection.tell(now.tick, Arc::clone(frame));
                overflows += u64::from(link.connection.is_done() && !was_done);
                self.make_told(*id);
            }
        }
        self.told_in_turn += to.len();
        self.overflows += overflows;
    }

    fn run_link(&mut self, now: Now, id: ConnId, rng: &mut Rng) {
        let mut cables = std::mem::take(&mut self.cables);
        let is_crowded = self.storing_bytes >= STORING_BYTES_MAX;
        let mut pieces = Vec::new();
        if let Some(link) = self.get_mut(id) {
            if is_crowded {
                link.connection.hold_uploads();
            }
            link.read(now.tick, &mut cables[link.cable]);
            pieces.extend(std::iter::from_fn(|| link.connection.poll_piece()));
        }
        for piece in pieces {
            self.storing_bytes += piece.bytes.len();
            self.backstage.store(self.turn, id, piece, rng);
        }
        for _ in 0..REQUESTS_PER_TURN_MAX {
            let polled = self.get_mut(id).and_then(|link| link.connection.poll_request(now.tick));
            let Some((sequence, request)) = polled else { break };
            self.service.handle_request(now, Asker { conn: id, sequence }, request);
            self.apply_effects(now, rng);
        }
        self.cables = cables;
        self.write(now, id, rng);
        self.settle(id, rng);
    }

    fn warm_cold(&mut self, rng: &mut Rng) {
        while let Some((id, cold)) = self.cold.pop_front() {
            if self.get_mut(id).is_some() && !self.backstage.warm(self.turn, id, cold.clone(), rng) {
                self.cold.push_front((id, cold));
                return;
            }
        }
    }

    fn bury(&mut self, id: ConnId) {
        self.part(id);
        let Some(link) = self.links.get_mut(id.slot as usize).and_then(Option::take) else { return };
        let cable = &mut self.cables[link.cable];
        cable.daemon_closed = true;
        cable.cut_short = link.connection.is_stuck();
        cable.down.ended = true;
    }

    /// Does the work that is due backstage; what it reports arrives in the next turn.
    pub fn work(&mut self, shelf: &mut super::shelf::Shelf, rng: &mut Rng) {
        let alive: Vec<ConnId> = self.links().map(|link| link.id).collect();
        let arrived = self.backstage.step(self.turn, shelf, |id| alive.contains(&id), rng);
        self.arrivals.extend(arrived);
    }

    pub fn hurry(&mut self) {
        self.backstage.hurry(self.turn);
    }
}

//! All links: their places, who has something to do, who was told something, who has a deadline, who has not
//! signed in.
//!
//! This file does not know what a link does in its turn. A link is found by its name, slot and generation
//! together, so that nobody can reach the successor of one that has gone.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parlour_common::message::Welcome;
use slab::Slab;

use super::deadlines::Deadlines;
use super::link::Link;
use crate::id::ConnId;
use crate::net::{Door, Transport};
use crate::service::Origin;

/// Places that are kept for the operator, beyond those of the network: no crowd there can take them.
const OPERATOR_PLACES: usize = 8;

/// The links of the daemon.
pub struct Links {
    slab: Slab<Link>,
    /// How many of them are the operator's.
    operators: usize,
    /// How many of the network there may be.
    places_max: usize,
    /// Set when all places are taken, until a tenth of them is free again: it is logged once.
    is_full: bool,
    /// Who has not signed in yet, the oldest first and each once; may name some who have, or have gone.
    strangers: VecDeque<ConnId>,
    runnable: VecDeque<ConnId>,
    /// The number of the next who joins `runnable`, and of the first who joined it after this turn's began.
    next_queued: u64,
    joined_late: u64,
    /// Who has nothing to do but to write what it was told; a link may stand in both queues, once in each.
    told: VecDeque<ConnId>,
    deadlines: Deadlines,
    next_generation: u64,
}

impl Links {
    /// Begins with none, and with this many places.
    pub fn new(places_max: usize) -> Self {
        Self {
            slab: Slab::new(),
            operators: 0,
            places_max,
            is_full: false,
            strangers: VecDeque::new(),
            runnable: VecDeque::new(),
            next_queued: 0,
            joined_late: 0,
            told: VecDeque::new(),
            deadlines: Deadlines::default(),
            next_generation: 0,
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.slab.len()
    }

    /// Returns how many of them are of the network.
    fn remotes(&self) -> usize {
        self.slab.len() - self.operators
    }

    /// Returns their names.
    pub fn ids(&self) -> Vec<ConnId> {
        self.slab.iter().map(|(_, link)| link.id).collect()
    }

    /// Returns the link of a name.
    pub fn get_mut(&mut self, id: ConnId) -> Option<&mut Link> {
        self.slab.get_mut(id.slot as usize).filter(|link| link.id == id)
    }

    /// Returns the link in a slot.
    pub fn in_slot(&mut self, slot: usize) -> Option<&mut Link> {
        self.slab.get_mut(slot)
    }

    /// Tells whether one more can be let in by a door.
    pub fn has_place(&mut self, door: Door) -> bool {
        match door {
            Door::Remote => self.has_remote_place(),
            Door::Local => self.operators < OPERATOR_PLACES,
        }
    }

    /// Tells whether there is a free place, or that of a stranger.
    fn has_remote_place(&mut self) -> bool {
        let taken = self.remotes();
        if taken < self.places_max {
            self.is_full &= taken > self.places_max - self.places_max / 10;
            return true;
        }
        if !self.is_full {
            tracing::warn!(connections = taken, "all places are taken");
            self.is_full = true;
        }
        while let Some(id) = self.strangers.front() {
            match self.slab.get_mut(id.slot as usize).filter(|link| link.id == *id) {
                Some(link) if !link.connection.is_signed_in() => return true,
                Some(link) => link.is_listed = false,
                None => {}
            }
            self.strangers.pop_front();
        }
        false
    }

    /// Returns who must give way to someone new, when no place is free: of the address that most strangers
    /// come from, the one who has waited longest, and rather not one whose password is being looked at.
    pub fn poll_giving_way(&mut self) -> Option<ConnId> {
        if self.remotes() < self.places_max || !self.has_remote_place() {
            return None;
        }
        let slab = &self.slab;
        let stranger = |id: &ConnId| {
            let link = slab.get(id.slot as usize).filter(|link| link.id == *id)?;
            (!link.connection.is_signed_in()).then_some(link)
        };
        let mut strangers_from: HashMap<Option<Origin>, usize> = HashMap::new();
        for link in self.strangers.iter().filter_map(stranger) {
            *strangers_from.entry(link.origin).or_default() += 1;
        }
        let preference = |link: &Link| {
            (!link.connection.is_entering(), strangers_from.get(&link.origin).copied().unwrap_or(0))
        };
        let ranked = self.strangers.iter().filter_map(stranger).map(|link| (preference(link), link.id));
        // Of equals the first, which has waited longest.
        let (_, id) = ranked.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        self.strangers.retain(|listed| *listed != id);
        if let Some(link) = self.get_mut(id) {
            link.is_listed = false;
        }
        Some(id)
    }

    /// Takes note that someone of the network is not signed in, or not any more.
    pub fn handle_stranger(&mut self, id: ConnId) {
        if let Some(link) = self.get_mut(id)
            && !link.is_listed
            && link.origin.is_some()
        {
            link.is_listed = true;
            self.strangers.push_back(id);
        }
    }

    /// Gives a socket a place. `register` is called with its slot; where that fails, it has none.
    pub fn insert(
        &mut self,
        tick: Duration,
        mut transport: Transport,
        origin: Option<Origin>,
        welcome: Arc<Welcome>,
        register: impl FnOnce(&mut Transport, usize) -> std::io::Result<()>,
    ) -> Option<ConnId> {
        let entry = self.slab.vacant_entry();
        let slot = u32::try_from(entry.key()).ok()?;
        if let Err(error) = register(&mut transport, entry.key()) {
            tracing::warn!(%error, "a connection cannot be watched and is closed");
            return None;
        }
        let id = ConnId { slot, generation: self.next_generation };
        self.next_generation += 1;
        entry.insert(Link::new(id, tick, transport, origin, welcome));
        match origin {
            Some(_) => self.handle_stranger(id),
            None => self.operators += 1,
        }
        // Names of those who left or signed in are dropped before they outnumber the living.
        if self.strangers.len() > 2 * self.places_max {
            let slab = &self.slab;
            let is_here = |id: &ConnId| slab.get(id.slot as usize).is_some_and(|link| link.id == *id);
            self.strangers.retain(is_here);
        }
        self.arm(id);
        Some(id)
    }

    /// Takes a link out: the one way in which a link ends.
    pub fn remove(&mut self, id: ConnId) -> Option<Link> {
        self.get_mut(id)?;
        let link = self.slab.try_remove(id.slot as usize)?;
        link.alive.store(false, Ordering::Relaxed);
        self.operators -= usize::from(link.origin.is_none());
        Some(link)
    }

    /// Puts a link into the queue of those who have something to do, unless it stands there.
    pub fn make_runnable(&mut self, id: ConnId) {
        let number = self.next_queued;
        if let Some(link) = self.get_mut(id)
            && link.queued.is_none()
        {
            link.queued = Some(number);
            self.next_queued += 1;
            self.runnable.push_back(id);
        }
    }

    /// Begins the turn of those who stand in that queue now, and returns how many they are. Whom this turn does not
    /// come to has not been listened to, whatever their deadline.
    pub fn begin_turn(&mut self) -> usize {
        self.joined_late = self.next_queued;
        self.runnable.len()
    }

    /// Returns the next that has something to do.
    pub fn poll_runnable(&mut self) -> Option<ConnId> {
        let id = self.runnable.pop_front()?;
        if let Some(link) = self.get_mut(id) {
            link.queued = None;
        }
        Some(id)
    }

    /// Puts a link into the queue of those who were told something, unless it stands there.
    pub fn make_told(&mut self, id: ConnId) {
        if let Some(link) = self.get_mut(id)
            && !link.is_told
        {
            link.is_told = true;
            self.told.push_back(id);
        }
    }

    /// Returns the next that was told something.
    pub fn poll_told(&mut self) -> Option<ConnId> {
        let id = self.told.pop_front()?;
        if let Some(link) = self.get_mut(id) {
            link.is_told = false;
        }
        Some(id)
    }

    /// Tells whether anybody stands in one of the queues.
    pub fn has_work(&self) -> bool {
        !self.runnable.is_empty() || !self.told.is_empty()
    }

    /// Enters the deadline that a link has now.
    pub fn arm(&mut self, id: ConnId) {
        if let Some(link) = self.slab.get_mut(id.slot as usize).filter(|link| link.id == id) {
            let deadline = link.deadline();
            self.deadlines.arm(id, &mut link.armed, deadline);
        }
    }

    /// Returns the next deadline.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.deadlines.next()
    }

    /// Does what is due of every link whose deadline has come, and gives each a turn.
    pub fn handle_deadlines(&mut self, tick: Duration) {
        let disarm = |slab: &mut Slab<Link>, id: ConnId, deadline: Duration| {
            let link = slab.get_mut(id.slot as usize).filter(|link| link.id == id);
            let Some(link) = link.filter(|link| link.armed == deadline) else { return false };
            link.armed = Duration::MAX;
            true
        };
        loop {
            let slab = &mut self.slab;
            let due = self.deadlines.poll_due(tick, |id, deadline| disarm(slab, id, deadline));
            let Some(id) = due else { return };
            let joined_late = self.joined_late;
            // Whoever is still to be listened to may have spoken in time: it is armed anew once it was.
            let was_passed_over = |link: &&mut Link| link.queued.is_some_and(|number| number < joined_late);
            if let Some(link) = self.get_mut(id).filter(|link| !was_passed_over(link)) {
                link.handle_deadline(tick);
                self.make_runnable(id);
            }
        }
    }
}

//! A world that follows from one seed: a clock, cables, peers, the hall, and accidents.
//!
//! It does not know the protocol. First there is life, for some hundred turns; then quiet, in which
//! everything outstanding must be answered within a bounded number of turns and without anyone asking
//! again; then silence, in which every connection must end and nothing be left behind.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU64;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use parlour_common::limits::{HEARTBEAT_SECONDS, PROTOCOL_VERSION, SILENCE_SECONDS_MAX};
use parlour_common::message::{Limits, Policies, Welcome};
use parlour_common::names::PhonePattern;
use parlour_reactor::daemon::Arrival;
use parlour_reactor::id::Now;
use parlour_reactor::job::{FilesPolicy, RoomPolicy};
use parlour_reactor::keys::{KEY_BYTES, Keys};
use parlour_reactor::music::Published;
use parlour_reactor::service::{Service, Settings};
use parlour_reactor::store::TokenHash;

use super::backstage::{Backstage, Pace};
use super::cable::{Cable, carry};
use super::hall::Hall;
use super::peer::{Manner, Peer};
use super::questions::manner;
use super::rng::Rng;
use super::shelf::{self, Shelf};
use super::truth::Truth;

/// Within so many turns of quiet everything must be answered: the longest way is eight transfers of a
/// megabyte through the narrowest cable.
const QUIET_TURNS_MAX: u64 = 3000;

/// When events come in thousands: more of them than an outbox may hold.
const FLOOD_TURNS: Range<u64> = 60..82;

/// So many seconds of silence end every connection: what a slow reader still had to take, then what is
/// allowed to be silent.
const SILENT_TURNS_MAX: u64 = 2000;

pub struct World {
    rng: Rng,
    now: Now,
    hall: Hall,
    peers: Vec<Peer>,
    truth: Truth,
    shelf: Shelf,
    /// Events come in thousands.
    is_flood: bool,
    /// Everything is prompt: no jams, no false readiness.
    is_quiet: bool,
}

/// Lives through a seed. Returns what was seen, and how often.
pub fn run(seed: u64) -> BTreeMap<String, u64> {
    let mut world = World::new(seed);
    let turns = world.rng.between(100, 320);
    for _ in 0..turns {
        world.live();
    }
    if world.rng.once_in(8) {
        world.truth.is_stopping = true;
        world.hall.handle_stop(world.now);
    }
    world.grow_quiet();
    world.end();
    let mut seen = world.truth.seen;
    seen.insert("turns".to_owned(), world.truth.turn);
    seen.insert("bytes".to_owned(), world.hall.cables.iter().map(|cable| cable.down.taken).sum());
    seen.insert("outbox over its limit".to_owned(), world.hall.overflows);
    seen.insert("file failed".to_owned(), world.hall.file_failed.len() as u64);
    let troubles = world.hall.backstage.troubles;
    seen.extend(troubles.into_iter().map(|(name, times)| (format!("backstage: {name}"), times)));
    seen
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let policies = Policies::default();
        let service = Service::new(Settings {
            policies: policies.clone(),
            phone_pattern: PhonePattern::default(),
            keys: Keys::of([1; KEY_BYTES]),
            setup_code: None,
            library: shelf::library(1, true),
            files: FilesPolicy { standard_quota_bytes: None, reserve_bytes: 0, trash_days: 0 },
            room: RoomPolicy::default(),
            seats: Vec::new(),
        });
        let pace = Pace {
            delay_max: rng.below(7),
            long_once_in: *rng.pick(&[8, 30, 1000]),
            long_max: *rng.pick(&[20, 100, 600]),
            trouble_once_in: *rng.pick(&[12, 40, 1000]),
        };
        // Less than a few of them could take, at times.
        let limit = *rng.pick(&[0, 0, 4, 64]);
        let send_bytes_per_second = NonZeroU64::new(limit << 20);
        let mut hall = Hall::new(service, Backstage::new(pace), welcome(policies), send_bytes_per_second);
        hall.file_fails_once_in = if rng.once_in(16) { 300 } else { 0 };
        let now = Now { tick: Duration::ZERO, unix_ms: 1_700_000_000_000 };
        let truth = Truth { published: (1, 0), ..Truth::default() };
        let is_flood = rng.once_in(100);
        let (peers, shelf) = (Vec::new(), Shelf::default());
        let mut world = Self { rng, now, hall, peers, truth, shelf, is_flood, is_quiet: false };
        for _ in 0..world.rng.between(2, 7) {
            world.open();
        }
        world
    }

    /// A turn of life.
    fn live(&mut self) {
        let ms = if self.rng.once_in(60) { 2000 } else { self.rng.between(1, 300) };
        self.pass(Duration::from_millis(ms));
        let here = self.peers.iter().filter(|peer| peer.is_present(self.truth.turn)).count();
        if here < 8 && self.peers.len() < 20 && self.rng.once_in(if here < 3 { 4 } else { 30 }) {
            self.open();
        }
        self.have_accidents();
        for peer in &mut self.peers {
            let cable = &mut self.hall.cables[peer.ear.cable];
            peer.act(self.now.tick, cable, &mut self.truth, &mut self.rng);
        }
        self.turn();
    }

    /// Lets time pass.
    fn pass(&mut self, time: Duration) {
        self.truth.turn += 1;
        self.now.tick += time;
        self.now.unix_ms += time.as_millis() as u64;
    }

    /// A turn of everything that follows its own way.
    fn turn(&mut self) {
        for peer in &mut self.peers {
            peer.flush(&mut self.hall.cables[peer.ear.cable], &mut self.rng);
        }
        let is_prompt = self.is_quiet || self.is_flood;
        let ready = carry(&mut self.hall.cables, self.now.tick, is_prompt, &mut self.rng);
        self.hall.turn(self.now, &ready, &mut self.rng);
        self.hall.check();
        for peer in &mut self.peers {
            let cable = &mut self.hall.cables[peer.ear.cable];
            peer.listen(self.now.tick, cable, &mut self.truth, &self.shelf, &mut self.rng);
        }
        self.hall.work(&mut self.shelf, &mut self.rng);
        for (conn, transfer) in std::mem::take(&mut self.hall.backstage.unwritable) {
            let cable = self.hall.links().find(|link| link.id == conn).map(|link| link.cable);
            self.truth.unwritable.extend(cable.map(|cable| (cable, transfer)));
        }
        for (conn, transfer) in std::mem::take(&mut self.hall.backstage.unreadable) {
            let cable = self.hall.links().find(|link| link.id == conn).map(|link| link.cable);
            self.truth.unreadable.extend(cable.map(|cable| (cable, transfer)));
        }
    }

    /// Lets someone connect.
    fn open(&mut self) {
        let rng = &mut self.rng;
        let first = self.is_flood && self.peers.len() < 3;
        let manner = if first { Manner::Mute } else { manner(rng) };
        let jam_ms_max = match manner {
            _ if rng.once_in(2) => 0,
            Manner::Slow => 60_000,
            _ => 8_000,
        };
        let up = *rng.pick(&[5_000, 64_000, 200_000]);
        let down = match (self.is_flood, manner) {
            (true, Manner::Mute) => 16_000,
            (true, _) => 900_000,
            (false, _) => *rng.pick(&[16_000, 64_000, 300_000, 900_000]),
        };
        let number = self.hall.cables.len();
        let prompt_until = self.now.tick + Duration::from_secs(5);
        self.hall.cables.push(Cable::new(up, down, jam_ms_max, prompt_until));
        let mut peer = Peer::new(manner, number, (self.truth.turn, self.now.tick), rng);
        if self.is_flood {
            // The first ones have fallen silent when it comes, the others read what there is.
            peer.is_slow_reader = false;
            peer.turns_bad = FLOOD_TURNS.start - 5;
        }
        self.peers.push(peer);
        let origin = IpAddr::V4(Ipv4Addr::new(10, 0, 0, self.rng.below(3) as u8));
        self.hall.admit(self.now.tick, number, origin.into());
    }

    fn have_accidents(&mut self) {
        if self.rng.once_in(40) {
            self.publish(1);
        }
        if self.is_flood && FLOOD_TURNS.contains(&self.truth.turn) {
            self.publish(1000);
        }
        if self.rng.once_in(15)
            && let Some(how) = self.shelf.change(&mut self.rng)
        {
            self.truth.note(&format!("file {how}"));
        }
        if self.rng.once_in(90) {
            self.hall.chores_asked = true;
        }
        if self.rng.once_in(300) {
            // The clock on the wall goes on by two hours; now and then by forty days, when sessions expire.
            let hours = if self.rng.once_in(3) { 24 * 40 } else { 2 };
            self.now.unix_ms += hours * 3_600_000;
            self.truth.has_leapt |= hours > 2;
            self.truth.note("leap");
        }
    }

    fn publish(&mut self, times: usize) {
        let generation = (self.truth.published.0 + 1).min(shelf::LIBRARIES);
        let library = shelf::library(generation, self.rng.once_in(2));
        self.hall.arrivals.extend((0..times).map(|_| Arrival::Library(library.clone())));
        self.truth.published = (generation, self.truth.turn);
    }

    /// Lets everyone finish, with nobody asking anything: whatever is stuck, stays stuck.
    fn grow_quiet(&mut self) {
        (self.is_quiet, self.truth.is_quiet) = (true, true);
        for cable in &mut self.hall.cables {
            let jammed = [&mut cable.up.jammed_until, &mut cable.down.jammed_until];
            jammed.into_iter().for_each(|until| *until = (*until).min(self.now.tick));
        }
        for _ in 0..QUIET_TURNS_MAX {
            self.pass(Duration::from_millis(5));
            self.hall.hurry();
            self.turn();
            let mut good = self.good_peers();
            if good.all(Peer::is_content) && self.hall.is_idle() && self.is_still() {
                return self.check_quiet();
            }
        }
        let stuck: Vec<_> = self.good_peers().filter(|peer| !peer.is_content()).collect();
        let (still, idle) = (self.is_still(), self.hall.is_idle());
        panic!("not quiet within {QUIET_TURNS_MAX} turns: {still} {idle} {stuck:#?}");
    }

    fn good_peers(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter().filter(|peer| peer.manner == Manner::Good)
    }

    /// Tells whether nothing is on its way to a good peer.
    fn is_still(&self) -> bool {
        let nothing_comes = |peer: &Peer| {
            let cable = &self.hall.cables[peer.ear.cable];
            peer.ear.is_over || cable.down.written == cable.down.taken
        };
        self.good_peers().all(nothing_comes)
    }

    fn check_quiet(&self) {
        for peer in self.good_peers() {
            let ear = &peer.ear;
            if ear.is_over {
                let by_disk = self.hall.file_failed.contains(&ear.cable);
                // Whoever leaves has five seconds to take the rest, and does not always use them.
                let by_itself = peer.goodbye_sent || ear.has_ended || ear.closing.is_some();
                assert!(by_itself || by_disk, "a well-behaved peer was cut off");
                continue;
            }
            let Some(who) = ear.signed_in else { continue };
            let pass = &self.truth.passes[who.pass];
            assert_eq!(pass.void_since, None, "a session that was signed out lives on: {peer:#?}");
            let hash = TokenHash::of(pass.token.expose());
            let is_known = self.hall.backstage.records.sessions.contains_key(&hash);
            assert!(is_known || self.truth.has_leapt, "a session without a record");
            let (generation, turn) = self.truth.published;
            assert!(
                who.turn >= turn || ear.library == generation,
                "the newest library was not told: {peer:#?}"
            );
        }
    }

    /// Lets time pass in silence: every connection ends, and nothing of it is left.
    fn end(&mut self) {
        self.truth.is_ending = true;
        for _ in 0..SILENT_TURNS_MAX {
            if self.hall.links().count() == 0 && self.hall.is_idle() {
                break;
            }
            self.pass(Duration::from_secs(1));
            self.hall.hurry();
            self.turn();
        }
        let alive = self.hall.links().map(|link| (link.id, link.deadline()));
        assert_eq!(alive.collect::<Vec<_>>(), [], "connections live on in silence");
        assert!(self.hall.is_idle());
        drop(self.hall.service.handle_library(Published::nothing()));
        let left = format!("{:?}", self.hall.service);
        for empty in ["peers: {}", "waiting: {}", "hashes_waiting: {}", "uploads_on_line: {}", "effects: []"]
        {
            assert!(left.contains(empty), "something is left behind: {left}");
        }
        let count = |name: &str| self.truth.seen.get(name).copied().unwrap_or_default();
        let trouble = |name| self.hall.backstage.troubles.get(name).copied().unwrap_or_default();
        assert!(count("denial Internal") <= trouble("failed"), "something failed by itself");
        let storage = ["storage failed", "storage unavailable", "committer full"].map(trouble);
        assert!(count("denial StorageUnavailable") <= storage.iter().sum());
    }
}

pub fn welcome(policies: Policies) -> Arc<Welcome> {
    let limits = Limits {
        message_bytes_max: 0,
        message_before_sign_in_bytes_max: 0,
        chunk_data_bytes_max: 0,
        heartbeat_seconds: HEARTBEAT_SECONDS,
        silence_seconds_max: SILENCE_SECONDS_MAX,
        transfers_per_connection_max: 0,
        requests_under_way_max: 0,
        tracks_per_page_max: 0,
        password_chars_min: 0,
    };
    let (server, software) = ("model".to_owned(), "model".to_owned());
    Arc::new(Welcome { protocol: PROTOCOL_VERSION, server, software, limits, policies })
}

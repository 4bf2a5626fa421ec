//! The whole conversation, simulated: the real connections and the real service, with everything around
//! them modelled and driven by one number.
//!
//! How it works: a seed decides everything. Model clients (`peer`, `questions`) speak through pipes that cut and jam
//! (`cable`) with a mirror of the daemon's loop (`hall`, `link`), behind which a model of workers, committer
//! and records (`backstage`, `records`) ends everything in any order. What a client hears is held against
//! the protocol (`ear`, `answers`) and against what the world knows (`truth`). Beside that there are lives in the room:
//! model apps (`talker`, `overheard`, `logbook`) whose lines are cut and whose daemon is killed (`club`), and which in
//! the end must hold what the model of the store (`posts`) does. A failure names its seed:
//!
//! ```text
//! SEED=17 cargo test -p parlour-reactor --test simulation
//! SEEDS=100000 cargo test -p parlour-reactor --test simulation
//! ```
//!
//! What it does not know: sockets, threads, the real store, and the order of steps in `daemon.rs` other
//! than by copying it; the end-to-end tests know those.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test that cannot go on stops")]

mod simulation {
    pub mod accounts;
    pub mod answers;
    pub mod backstage;
    pub mod cable;
    pub mod club;
    pub mod ear;
    pub mod hall;
    pub mod likeness;
    pub mod link;
    pub mod logbook;
    pub mod overheard;
    pub mod peer;
    pub mod posts;
    pub mod questions;
    pub mod records;
    pub mod rng;
    pub mod shelf;
    pub mod spools;
    pub mod talker;
    pub mod truth;
    pub mod uploads;
    pub mod world;
}

use std::collections::BTreeMap;
use std::ops::Range;

use simulation::{club, likeness, world};

/// Seeds that are run unless `SEEDS` says otherwise.
const SEEDS: u64 = 1000;

/// Says how to do it again when a test fails.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self(seed) = self;
            eprintln!("to replay: SEED={seed} cargo test -p parlour-reactor --test simulation");
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

/// A life that follows from a seed.
type Life = fn(u64) -> BTreeMap<String, u64>;

/// Runs seeds, or only the one that `SEED` names. Returns what was seen.
fn run(life: Life, seeds: Range<u64>) -> BTreeMap<String, u64> {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for seed in number("SEED").map_or(seeds, |seed| seed..seed + 1) {
        let _named = Named(seed);
        for (what, times) in life(seed) {
            *seen.entry(what).or_default() += times;
        }
    }
    seen
}

/// Runs many seeds on two threads, and fails if they did not meet what they must.
fn run_all(life: Life, must_be_seen: &[&str]) {
    let seeds = number("SEEDS").unwrap_or(SEEDS);
    let half = std::thread::spawn(move || run(life, 0..seeds / 2));
    let mut seen = run(life, seeds / 2..seeds);
    for (what, times) in half.join().expect("the other half holds") {
        *seen.entry(what).or_default() += times;
    }
    println!("{seen:#?}");
    if seeds >= SEEDS && number("SEED").is_none() {
        let unseen = must_be_seen.iter().filter(|what| seen.get(**what).is_none_or(|times| *times == 0));
        assert_eq!(unseen.collect::<Vec<_>>(), [&""; 0], "the simulation does not go there any more");
    }
}

/// What a thousand seeds must have met, or the simulation no longer goes where it should.
const MUST_BE_SEEN: [&str; 71] = [
    "account",
    "account changed",
    "account edited",
    "backstage: busy",
    "backstage: committer full",
    "backstage: failed",
    "backstage: storage failed",
    "backstage: storage unavailable",
    "backstage: not stored",
    "backstage: superseded",
    "backstage: swept in parts",
    "cancelled",
    "closing BadFrame",
    "closing Goodbye",
    "closing Shutdown",
    "closing Silent",
    "closing TooSlow",
    "cover",
    "denial BadRequest",
    "denial Busy",
    "denial DiskFull",
    "denial HashMismatch",
    "denial HelloAgain",
    "denial HelloFirst",
    "denial Internal",
    "denial InvalidFields",
    "denial NoSuchCover",
    "denial NoSuchTrack",
    "denial NoSuchTransfer",
    "denial NoSuchUpload",
    "denial NotRegistered",
    "denial OffsetOutside",
    "denial SessionEnded",
    "denial SignInFirst",
    "denial SignedInAlready",
    "denial StorageUnavailable",
    "denial Throttled",
    "denial TooManyTransfers",
    "denial UnknownRequest",
    "denial UploadIncomplete",
    "denial VersionChanged",
    "denial WrongPassword",
    "ended its side",
    "file",
    "file cut short",
    "file failed",
    "file grown",
    "file replaced",
    "file rewritten",
    "garbage",
    "leap",
    "library changed",
    "outbox over its limit",
    "password changed",
    "resumed",
    "session ended by name",
    "session ended elsewhere",
    "sessions",
    "signed out",
    "transfer Cancelled",
    "transfer Changed",
    "transfer Whole",
    "upload",
    "upload Cancelled",
    "upload Superseded",
    "upload Whole",
    "upload WriteFailed",
    "upload finished before",
    "upload given up",
    "upload resumed",
    "vanished",
];

/// The same of lives in the room.
const ROOM_MUST_BE_SEEN: [&str; 22] = [
    "room: Busy",
    "room: NoSuchPost",
    "room: NotAuthor",
    "room: NotSeated",
    "room: SeatTaken",
    "room: StorageUnavailable",
    "room: came back",
    "room: caught up",
    "room: cut",
    "room: deleted",
    "room: edited",
    "room: entered",
    "room: left",
    "room: logs that were told",
    "room: posts",
    "room: read elsewhere",
    "room: restarts",
    "room: said",
    "room: said before",
    "room: seat lost",
    "room: seats",
    "room: told",
];

#[test]
fn whatever_happens_the_protocol_is_kept() {
    run_all(world::run, &MUST_BE_SEEN);
}

#[test]
fn whatever_is_cut_everyone_holds_the_same_log_and_nothing_is_said_twice() {
    run_all(club::run, &ROOM_MUST_BE_SEEN);
}

/// Seeds that have found something, and what it was: they are lived through whatever `SEEDS` says. (Another
/// draw anywhere makes another life of a seed; then these are only some seeds among others.)
const REMEMBERED: [(u64, &str); 4] = [
    (0, "a page and a file were sent under a session that had ended elsewhere"),
    (1, "whoever asked for much at once and read slowly was cut off"),
    (6, "a session that was signed out while it was looked up was resumed"),
    (519, "a frame was called late that the daemon itself had not wanted to read"),
];

#[test]
fn what_was_found_once_is_not_found_again() {
    for (seed, what) in REMEMBERED {
        println!("seed {seed}: {what}");
        run(world::run, seed..seed + 1);
    }
}

#[test]
fn the_model_refuses_what_the_store_refuses() {
    for seed in 0..3 {
        let refused = likeness::compare(seed, 1000);
        assert!((100..900).contains(&refused), "{refused} of 1000 refused: the changes are not mixed");
    }
}

#[test]
fn the_model_says_what_the_store_says() {
    for seed in 0..3 {
        let refused = likeness::compare_posts(seed, 500);
        assert!((50..450).contains(&refused), "{refused} of 500 refused: the changes are not mixed");
    }
}

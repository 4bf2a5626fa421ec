//! Kills a writer at random moments, many of them while it opens the store: what it had acknowledged must
//! be there, everything else wholly there or wholly absent.
//!
//! The test runs itself again as the writer. It knows the store only through its door.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::message::{AccountState, Role};
use parlour_common::names::{Email, PhonePattern, UserName};
use parlour_reactor::store::{
    Applied, Change, Claim, Committer, NewSession, NewUser, Outcome, Store, TokenHash, UserId,
};

/// Says to the writer that it is one, and where.
const WRITER_DIR: &str = "PARLOUR_STORE_KILL_DIR";
/// Says to the writer which person to begin with.
const WRITER_FROM: &str = "PARLOUR_STORE_KILL_FROM";

const ROUNDS: u32 = 80;
/// Each of them has one change under way.
const PEOPLE_AT_ONCE: u64 = 24;
/// The life of a person, a change each: sign-up, a second session, a new hash, the first session's end.
const STEPS: u8 = 4;

#[test]
fn what_was_acknowledged_survives_being_killed() {
    if let Ok(dir) = std::env::var(WRITER_DIR) {
        let from = std::env::var(WRITER_FROM).unwrap().parse().unwrap();
        return write_until_killed(Path::new(&dir), from);
    }
    let dir = tempfile::tempdir().unwrap();
    let mut random = Random::new();
    let (mut acknowledged, mut people, mut while_opening) = (0, 0, 0);
    for round in 0..ROUNDS {
        let mut writer = spawn_writer(dir.path(), people);
        // An even round is killed while it starts, most likely; an odd one in the middle of its work.
        let most_us = if round % 2 == 0 { 60_000 } else { 300_000 };
        let acks = kill_after(&mut writer, Duration::from_micros(random.below(most_us)));
        while_opening += u32::from(acks.is_empty());
        acknowledged += acks.values().map(|steps| u64::from(*steps)).sum::<u64>();
        people = check(dir.path(), people, &acks, round);
    }
    println!("{ROUNDS} kills, {while_opening} before the first acknowledgement, {acknowledged} acknowledged");
    assert!(while_opening > 0 && acknowledged > 100, "the moments were not mixed");
}

/// Opens the store after a kill and compares it with what was acknowledged. Returns who is next.
fn check(dir: &Path, from: u64, acks: &BTreeMap<u64, u8>, round: u32) -> u64 {
    let (store, writer) = Store::open(dir).unwrap();
    assert_eq!(store.check().unwrap(), [""; 0], "round {round}");
    let beyond = acks.keys().next_back().map_or(from, |last| last + 1) + PEOPLE_AT_ONCE;
    for person in from..beyond {
        let steps = acks.get(&person).copied().unwrap_or(0);
        let state = steps_of(&store, person);
        // One more may have been made durable, and the acknowledgement cut off.
        assert!(state == steps || state == steps + 1, "round {round}: {person} {state} {steps}");
    }
    drop((store, writer));
    beyond
}

/// Returns how far into its life a person is; panics at a state between two steps.
fn steps_of(store: &Store, person: u64) -> u8 {
    let found = store.user_by_name(&user_name(person)).unwrap();
    let open = |nth| store.session(&token(person, nth), 1).unwrap().is_some();
    let Some(user) = found else {
        assert!(!open(0) && !open(1), "{person} is not there, but a session is");
        assert!(!store.taken(&user_name(person), &email(person)).unwrap().any());
        return 0;
    };
    assert_eq!(user.email, email(person));
    let listed = store.sessions_of(user.id, 1).unwrap().len();
    assert_eq!(listed, usize::from(open(0)) + usize::from(open(1)));
    match (user.password_hash.expose().as_str(), open(0), open(1)) {
        ("old", true, false) => 1,
        ("old", true, true) => 2,
        ("new", true, true) => 3,
        ("new", false, true) => 4,
        other => panic!("{person} is between two steps: {other:?}"),
    }
}

fn spawn_writer(dir: &Path, from: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "what_was_acknowledged_survives_being_killed", "--nocapture"])
        .env(WRITER_DIR, dir)
        .env(WRITER_FROM, from.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Lets the writer run for a while, kills it, and returns how many steps of whom it had acknowledged.
fn kill_after(writer: &mut Child, time: Duration) -> BTreeMap<u64, u8> {
    let output = BufReader::new(writer.stdout.take().unwrap());
    let reading = thread::spawn(move || {
        let mut acks = BTreeMap::new();
        for line in output.lines() {
            let line = line.unwrap();
            // A line that the kill cut off acknowledges nothing.
            let person = line.strip_prefix("ack ").and_then(|line| line.strip_suffix(';'));
            if let Some(person) = person {
                *acks.entry(person.parse().unwrap()).or_insert(0) += 1;
            }
        }
        acks
    });
    thread::sleep(time);
    writer.kill().unwrap();
    writer.wait().unwrap();
    reading.join().unwrap()
}

/// The writer: leads people through their lives, some at a time, and prints what is acknowledged.
fn write_until_killed(dir: &Path, from: u64) {
    let (_store, writer) = Store::open(dir).unwrap();
    let (answer, answers) = channel::<(u64, Outcome)>();
    let committer = Committer::start(writer, move |person, outcome| {
        let _ = answer.send((person, outcome));
    })
    .unwrap();
    let mut out = std::io::stdout().lock();
    // Who is under way, with the step and the account.
    let mut lives: BTreeMap<u64, (u8, UserId)> = BTreeMap::new();
    for person in from..from + PEOPLE_AT_ONCE {
        lives.insert(person, (0, UserId(0)));
        committer.submit(person, change(person, 0, UserId(0))).unwrap();
    }
    let mut next = from + PEOPLE_AT_ONCE;
    for (person, outcome) in answers {
        let (step, mut user) = lives.remove(&person).unwrap();
        if let Applied::Opened { user: id, .. } = outcome.unwrap() {
            user = id;
        }
        // Standard output flushes at the end of a line; only then the next step may begin.
        writeln!(out, "ack {person};").unwrap();
        let (person, step) = if step + 1 < STEPS { (person, step + 1) } else { (next, 0) };
        next += u64::from(person == next);
        lives.insert(person, (step, user));
        committer.submit(person, change(person, step, user)).unwrap();
    }
}

fn change(person: u64, step: u8, user: UserId) -> Change {
    let secret = |text: &str| Secret::new(text.to_owned());
    let session = |nth| NewSession {
        token_hash: token(person, nth),
        device: "a device".to_owned(),
        opened_unix_ms: person,
    };
    match step {
        0 => {
            let phone = PhonePattern::default().check("09121234567").unwrap();
            let (user_name, email) = (user_name(person), email(person));
            let password_hash = secret("old");
            let (role, state) = (Role::Member, AccountState::Active);
            let user =
                NewUser { user_name, email, phone, password_hash, created_unix_ms: person, role, state };
            Change::AddUser { user, session: Some(session(0)), claim: Claim::None }
        }
        1 => Change::OpenSession { user, session: session(1) },
        2 => Change::SetPasswordHash { user, from: secret("old"), to: secret("new") },
        _ => Change::CloseSession { token_hash: token(person, 0) },
    }
}

fn user_name(person: u64) -> UserName {
    UserName::parse(&format!("person.{person}")).unwrap()
}

fn email(person: u64) -> Email {
    Email::parse(&format!("person.{person}@example.org")).unwrap()
}

fn token(person: u64, nth: u8) -> TokenHash {
    let mut hash = [nth; 32];
    hash[..8].copy_from_slice(&person.to_be_bytes());
    TokenHash(hash)
}

/// A small generator (xorshift): the moments need no better.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one("a seed"));
        println!("SEED={seed}");
        Self(seed | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

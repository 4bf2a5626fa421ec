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
use parlour_common::message::{AccountState, FileId, Post, PostId, ResetFlow, Role};
use parlour_common::names::{Email, PhonePattern, UserName};
use parlour_reactor::store::{
    AccountEdit, Act, Applied, Author, BlobId, Change, Claim, CodeMac, Committer, Fate, FileRecord, NewFlow,
    NewSession, NewUser, Outcome, Store, TokenHash, UserEdit, UserId, Writer,
};

use store_kill::files::{
    FileSight, KEEPER, Own, begin_upload, change_of_file, files_after, files_by_person, finish_upload,
    leaves_files, see_file, steps_of_absent, upload_key,
};

use store_kill::room::{
    RoomSight, beside, change_of_room, expect_left, open_talk, posts_by_person, room_after, see_room,
};

mod store_kill {
    pub mod files;
    pub mod room;
}

/// Says to the writer that it is one, and where.
const WRITER_DIR: &str = "PARLOUR_STORE_KILL_DIR";
/// Says to the writer which person to begin with.
const WRITER_FROM: &str = "PARLOUR_STORE_KILL_FROM";

const ROUNDS: u32 = 200;
/// Each of them has one change under way.
const PEOPLE_AT_ONCE: u64 = 24;
/// A writer that has acknowledged nothing for this long never will.
const FIRST_ACK_MAX: Duration = Duration::from_secs(60);
/// The life of a person, a change each: see [`change`].
const STEPS: u8 = 26;
/// Stands for nobody: what is done beside the lives.
const NOBODY: u64 = u64::MAX;

#[test]
fn what_was_acknowledged_survives_being_killed() {
    if let Ok(dir) = std::env::var(WRITER_DIR) {
        let from = std::env::var(WRITER_FROM).unwrap().parse().unwrap();
        return write_until_killed(Path::new(&dir), from);
    }
    let dir = tempfile::tempdir().unwrap();
    let mut random = Random::new();
    let (mut acknowledged, mut people, mut while_opening, mut whole_lives) = (0, 0, 0, 0);
    for round in 0..ROUNDS {
        let mut writer = spawn_writer(dir.path(), people);
        // An even round is killed while it starts, most likely; an odd one in the middle of its work, however
        // long the machine takes to begin it.
        let at_work = round % 2 == 1;
        let most_us = if at_work { 300_000 } else { 60_000 };
        let acks = kill_after(&mut writer, at_work, Duration::from_micros(random.below(most_us)));
        while_opening += u32::from(acks.is_empty());
        acknowledged += acks.values().map(|steps| u64::from(*steps)).sum::<u64>();
        whole_lives += acks.values().filter(|steps| **steps == STEPS).count();
        people = check(dir.path(), people, &acks, round);
    }
    println!("{ROUNDS} kills, {while_opening} before the first acknowledgement");
    println!("{acknowledged} changes acknowledged, {whole_lives} lives led to their end");
    assert!(while_opening > 0 && acknowledged > 100 && whole_lives > 0, "the moments were not mixed");
}

/// Opens the store after a kill and compares it with what was acknowledged. Returns who is next.
fn check(dir: &Path, from: u64, acks: &BTreeMap<u64, u8>, round: u32) -> u64 {
    let (store, writer) = Store::open(dir).unwrap();
    assert_eq!(store.check().unwrap(), [""; 0], "round {round}");
    let files = files_by_person(&store);
    let posts = posts_by_person(&store, UserId(1));
    let beyond = acks.keys().next_back().map_or(from, |last| last + 1) + PEOPLE_AT_ONCE;
    for person in from..beyond {
        let steps = acks.get(&person).copied().unwrap_or(0);
        let files = files.get(&person).map_or(&[][..], Vec::as_slice);
        let posts = posts.get(&person).map_or(&[][..], Vec::as_slice);
        let state = steps_of(&store, person, files, posts);
        // Who is not there has said nothing yet, or all there was to say.
        if state == 0 || state + 1 >= STEPS {
            expect_left(person, posts, state != STEPS - 1);
        }
        // One more may have been made durable, and the acknowledgement cut off. Who has left with all their files
        // is as who never came, but for what they said.
        let is_gone = state == 0 && steps + 1 >= STEPS && !leaves_files(person);
        let fits = state == steps || state == steps + 1 || is_gone;
        assert!(fits, "round {round}: {person} {state} {steps}");
    }
    drop((store, writer));
    beyond
}

/// What can be seen of a person: the address, the hash, which sessions are open, the role, how the code for a
/// forgotten password stands, whether an upload is under way, the files, and what they do in the room.
#[derive(Debug, PartialEq)]
struct Sight {
    email: Email,
    hash: &'static str,
    open: [bool; 2],
    role: Role,
    code: Option<(u32, bool)>,
    uploads: bool,
    files: Vec<FileSight>,
    room: RoomSight,
}

/// Returns what must be seen of a person after so many steps.
fn sight_after(person: u64, steps: u8) -> Sight {
    let email = if steps < 5 { email(person) } else { other_email(person) };
    let hash = match steps {
        0..=2 => "old",
        3..=5 => "new",
        6..=10 => "chosen",
        _ => "reset",
    };
    let open = match steps {
        1 => [true, false],
        2 | 3 => [true, true],
        4..=6 => [false, true],
        _ => [false, false],
    };
    let role = if steps < 7 { Role::Member } else { Role::Curator };
    let code = match steps {
        8 => Some((3, false)),
        9 => Some((2, false)),
        10 => Some((2, true)),
        _ => None,
    };
    let uploads = [12, 17].contains(&steps);
    let (files, room) = (files_after(steps), room_after(steps));
    Sight { email, hash, open, role, code, uploads, files, room }
}

/// Returns how far into its life a person is; panics at a state between two steps.
fn steps_of(store: &Store, person: u64, files: &[FileRecord], posts: &[Post]) -> u8 {
    let found = store.user_by_name(&user_name(person)).unwrap();
    let open = [0, 1].map(|nth| store.session(&token(person, nth), 1).unwrap().is_some());
    let code = store.flow(&flow(person)).unwrap();
    let Some(user) = found else {
        assert!(open == [false; 2] && code.is_none(), "{person} is not there, but something is");
        for email in [email(person), other_email(person)] {
            assert!(!store.taken(&user_name(person), &email).unwrap().any());
        }
        return steps_of_absent(store, person, files);
    };
    let uploads = [0, 1].map(|nth| store.upload(user.id, upload_key(person, nth)).unwrap().is_some());
    let uploads = uploads.contains(&true);
    let files: Vec<FileSight> = files.iter().map(|file| see_file(store, file)).collect();
    let room = see_room(store, user.id, posts);
    let listed = store.sessions_of(user.id, 1).unwrap().len();
    assert_eq!(listed, open.iter().filter(|is_open| **is_open).count());
    let code = code.map(|code| (code.tries_left, code.proven));
    let hash = user.password_hash.expose().as_str();
    (1..STEPS)
        .find(|steps| {
            let sight = sight_after(person, *steps);
            (sight.email == user.email && sight.hash == hash && sight.role == user.role)
                && (sight.open == open && sight.code == code)
                && (sight.uploads == uploads && sight.files == files && sight.room == room)
        })
        .unwrap_or_else(|| {
            panic!("{person} is between two steps: {user:?} {open:?} {code:?} {files:?} {room:?}")
        })
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

/// Lets the writer run for a while, from its start or from its first acknowledgement on, kills it, and returns
/// how many steps of whom it had acknowledged.
fn kill_after(writer: &mut Child, at_work: bool, time: Duration) -> BTreeMap<u64, u8> {
    let output = BufReader::new(writer.stdout.take().unwrap());
    let (begun, begins) = channel();
    let reading = thread::spawn(move || {
        let mut acks = BTreeMap::new();
        for line in output.lines() {
            let line = line.unwrap();
            // A line that the kill cut off acknowledges nothing.
            let person = line.strip_prefix("ack ").and_then(|line| line.strip_suffix(';'));
            if let Some(person) = person {
                let _ = begun.send(());
                *acks.entry(person.parse().unwrap()).or_insert(0) += 1;
            }
        }
        acks
    });
    if at_work {
        begins.recv_timeout(FIRST_ACK_MAX).unwrap();
    }
    thread::sleep(time);
    writer.kill().unwrap();
    writer.wait().unwrap();
    reading.join().unwrap()
}

/// The writer: leads people through their lives, some at a time, and prints what is acknowledged.
fn write_until_killed(dir: &Path, from: u64) {
    let (store, mut writer) = Store::open(dir).unwrap();
    let [keeper, other] = [KEEPER, "other"].map(|name| keeper(&store, &mut writer, name));
    let talk = open_talk(&mut writer, [keeper, other]);
    let (answer, answers) = channel::<(u64, Outcome)>();
    let committer = Committer::start(writer, move |person, outcome| {
        let _ = answer.send((person, outcome));
    })
    .unwrap();
    let mut out = std::io::stdout().lock();
    // Who is under way, with the step, the account and the file.
    let mut lives: BTreeMap<u64, (u8, Own)> = BTreeMap::new();
    let (file, blob, posts) = (FileId(0), BlobId(0), [PostId(0); 2]);
    for person in from..from + PEOPLE_AT_ONCE {
        let own = Own { user: UserId(0), file, blob, posts, keeper, talk };
        lives.insert(person, (0, own));
        committer.submit(person, change(person, 0, own)).unwrap();
    }
    let mut next = from + PEOPLE_AT_ONCE;
    for (person, outcome) in answers {
        if person == NOBODY {
            outcome.unwrap();
            continue;
        }
        let (step, mut own) = lives.remove(&person).unwrap();
        match outcome.unwrap() {
            Applied::Opened { user, .. } => own.user = user,
            Applied::Upload { blob, .. } => own.blob = blob,
            Applied::Files(outcome) => own.file = outcome.file.map_or(own.file, |file| file.id),
            Applied::Room(outcome) if [19, 21].contains(&step) => {
                own.posts[usize::from(step == 21)] = outcome.post.unwrap().post;
            }
            _ => {}
        }
        // Standard output flushes at the end of a line; only then the next step may begin.
        writeln!(out, "ack {person};").unwrap();
        let (person, step) = if step + 1 < STEPS { (person, step + 1) } else { (next, 0) };
        if person == next {
            next += 1;
            committer.submit(NOBODY, beside(person, from, own)).unwrap();
        }
        lives.insert(person, (step, own));
        committer.submit(person, change(person, step, own)).unwrap();
    }
}

/// Returns who never leaves, and makes them where they are not there yet.
fn keeper(store: &Store, writer: &mut Writer, name: &str) -> UserId {
    let email = Email::parse(&format!("{name}@example.org")).unwrap();
    let name = UserName::parse(name).unwrap();
    if let Some(found) = store.user_by_name(&name).unwrap() {
        return found.id;
    }
    let Change::AddUser { user, claim, .. } = sign_up(u64::MAX) else { unreachable!() };
    let user = NewUser { user_name: name, email, ..user };
    let change = Change::AddUser { user, session: None, claim };
    match writer.commit([&change].into_iter()).remove(0) {
        Ok(Applied::User(id)) => id,
        outcome => panic!("{outcome:?}"),
    }
}

/// A step in the life of a person.
fn change(person: u64, step: u8, own: Own) -> Change {
    let user = own.user;
    let act = Act { by: Author::Operator, at_unix_ms: person };
    let (at_unix_ms, notify) = (person, true);
    match step {
        0 => sign_up(person),
        1 => Change::OpenSession { user, session: session(person, 1) },
        2 => Change::SetPasswordHash { user, from: secret("old"), to: secret("new") },
        3 => Change::CloseSession { token_hash: token(person, 0) },
        4 => {
            let edit = AccountEdit { email: Some(other_email(person)), ..AccountEdit::default() };
            Change::EditAccount { user, edit, at_unix_ms, notify }
        }
        5 => {
            let (from, to, keep) = (secret("new"), secret("chosen"), token(person, 1));
            Change::SetPassword { user, from, to, keep, at_unix_ms, notify }
        }
        6 => {
            let edit = UserEdit { role: Some(Role::Curator), ..UserEdit::default() };
            Change::EditUser { act, user, edit, notify }
        }
        7 => begin_reset(person, user),
        8 => try_code(person, 1),
        9 => try_code(person, 0),
        10 => Change::ResetPassword { flow: flow(person), to: secret("reset"), at_unix_ms, notify },
        11 => begin_upload(person, user, 0),
        12 => finish_upload(person, own, 0),
        18..=23 => change_of_room(person, step, own),
        24 => {
            let left = Fate::HandOver { to: own.keeper };
            let shared = if leaves_files(person) { left } else { Fate::Remove {} };
            Change::RemoveUser { act, user, shared }
        }
        _ => change_of_file(person, step, own),
    }
}

fn sign_up(person: u64) -> Change {
    let user = NewUser {
        user_name: user_name(person),
        email: email(person),
        phone: PhonePattern::default().check("09121234567").unwrap(),
        password_hash: secret("old"),
        created_unix_ms: person,
        role: Role::Member,
        state: AccountState::Active,
    };
    Change::AddUser { user, session: Some(session(person, 0)), claim: Claim::None }
}

fn begin_reset(person: u64, user: UserId) -> Change {
    let flow = NewFlow {
        flow: flow(person),
        user,
        code_mac: CodeMac([0; 32]),
        // Long, since wrong tries of so many people make everyone's codes so.
        digits: 8,
        asked_unix_ms: person,
        expires_unix_ms: person + 600_000,
    };
    Change::BeginReset { flow, mail: None, act: None }
}

fn try_code(person: u64, guess: u8) -> Change {
    let code_mac = CodeMac([guess; 32]);
    Change::TryCode { flow: flow(person), code_mac, at_unix_ms: person, notify: true }
}

fn session(person: u64, nth: u8) -> NewSession {
    NewSession { token_hash: token(person, nth), device: "a device".to_owned(), opened_unix_ms: person }
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn flow(person: u64) -> ResetFlow {
    ResetFlow::new([person.to_be_bytes(); 2].concat().try_into().unwrap())
}

fn user_name(person: u64) -> UserName {
    UserName::parse(&format!("person.{person}")).unwrap()
}

fn email(person: u64) -> Email {
    Email::parse(&format!("person.{person}@example.org")).unwrap()
}

fn other_email(person: u64) -> Email {
    Email::parse(&format!("other.{person}@example.org")).unwrap()
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

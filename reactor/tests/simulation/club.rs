//! A world of talkers: some people, some with two devices, whose lines are cut at any byte, and a daemon that is
//! killed and started again over the same records.
//!
//! It does not know the protocol. First there is life, then quiet, in which everyone comes back and says what is left;
//! then every log must be the store's.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::message::{AccountState, ConversationId, Policies, Post, Role, SessionToken};
use parlour_common::names::{Email, PhonePattern, UserName};
use parlour_reactor::id::Now;
use parlour_reactor::job::{FilesPolicy, RoomPolicy};
use parlour_reactor::keys::{KEY_BYTES, Keys};
use parlour_reactor::service::{Service, Settings};
use parlour_reactor::store::{Applied, Change, Claim, NewSession, NewUser, TokenHash, UserId};

use super::backstage::{Backstage, Pace};
use super::cable::{Cable, carry};
use super::hall::Hall;
use super::rng::Rng;
use super::shelf::{self, Shelf};
use super::talker::{Seat, Talker};
use super::truth::Truth;
use super::world::welcome;

/// Within so many turns of quiet everything that is left must be said and heard.
const QUIET_TURNS_MAX: u64 = 6000;

/// Longer than news of seats are gathered, in turns of quiet.
const GATHERING_TURNS: u64 = 60;

/// Once in so many times nothing fails in a life.
const NEVER: u64 = 1_000_000_000_000;

const NAMES: [&str; 5] = ["sara", "Mina.K", "개구리", "reza", "Sorina"];

struct Club {
    rng: Rng,
    now: Now,
    hall: Hall,
    talkers: Vec<Talker>,
    truth: Truth,
    shelf: Shelf,
    is_quiet: bool,
    pace: Pace,
    /// Changes that were not written down, over all lives of the daemon.
    troubles: u64,
}

/// Lives through a seed. Returns what was seen, and how often.
pub fn run(seed: u64) -> BTreeMap<String, u64> {
    let mut club = Club::new(seed);
    let turns = club.rng.between(100, 250);
    for _ in 0..turns {
        club.live();
    }
    club.grow_quiet();
    club.check();
    let mut seen = club.truth.seen;
    let posts = &club.hall.backstage.posts;
    let count = posts.conversations.values().map(|conversation| conversation.posts.len() as u64);
    seen.insert("room: posts".to_owned(), count.sum());
    seen.insert("room: restarts".to_owned(), club.truth.restarts);
    seen
}

fn service(seats: Vec<(UserId, UserName)>) -> Service {
    Service::new(Settings {
        policies: Policies::default(),
        phone_pattern: PhonePattern::default(),
        keys: Keys::of([1; KEY_BYTES]),
        setup_code: None,
        library: shelf::library(1, false),
        files: FilesPolicy { standard_quota_bytes: None, reserve_bytes: 0, trash_days: 0 },
        room: RoomPolicy::default(),
        seats,
    })
}

impl Club {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let pace = Pace {
            delay_max: rng.below(7),
            long_once_in: *rng.pick(&[8, 30, 1000]),
            long_max: *rng.pick(&[20, 60]),
            trouble_once_in: *rng.pick(&[20, 100, NEVER]),
        };
        let hall = Hall::new(service(Vec::new()), Backstage::new(pace), welcome(Policies::default()), None);
        let now = Now { tick: Duration::ZERO, unix_ms: 1_700_000_000_000 };
        let (truth, shelf, talkers) = (Truth::default(), Shelf::default(), Vec::new());
        let mut club = Self { rng, now, hall, talkers, truth, shelf, is_quiet: false, pace, troubles: 0 };
        for name in &NAMES[..club.rng.between(2, 5) as usize] {
            club.join(name);
        }
        club
    }

    /// Makes an account with one device, or two.
    fn join(&mut self, name: &str) {
        let user_name = UserName::parse(name).unwrap();
        let user = NewUser {
            user_name: user_name.clone(),
            email: Email::parse(&format!("{}@example.org", self.talkers.len())).unwrap(),
            phone: PhonePattern::default().check("09121234567").unwrap(),
            password_hash: Secret::new("none".to_owned()),
            created_unix_ms: self.now.unix_ms,
            role: Role::Member,
            state: AccountState::Active,
        };
        let records = &mut self.hall.backstage.records;
        let added = records.apply(&Change::AddUser { user, session: None, claim: Claim::None });
        let Ok(Applied::User(user)) = added else { panic!("{added:?}") };
        let devices = self.rng.between(1, 2);
        for _ in 0..devices {
            let token = SessionToken::new(self.rng.bytes(32).try_into().unwrap());
            let (token_hash, opened_unix_ms) = (TokenHash::of(&token), self.now.unix_ms);
            let session = NewSession { token_hash, device: "model".to_owned(), opened_unix_ms };
            records.apply(&Change::OpenSession { user, session }).unwrap();
            let mut talker = Talker::new(user, &user_name, token);
            talker.is_one_of_two = devices > 1;
            self.talkers.push(talker);
        }
    }

    /// A turn of life.
    fn live(&mut self) {
        let ms = if self.rng.once_in(40) { 2000 } else { self.rng.between(1, 300) };
        self.pass(Duration::from_millis(ms));
        if self.rng.once_in(100) {
            self.restart();
        }
        for number in 0..self.talkers.len() {
            let rng = &mut self.rng;
            match self.talkers[number].line.as_ref().map(|line| line.cable) {
                None if rng.once_in(6) => self.connect(number),
                Some(cable) if rng.once_in(45) => {
                    self.talkers[number].lose();
                    let cable = &mut self.hall.cables[cable];
                    // Its end is seen at once; or nothing is seen of it any more.
                    if rng.once_in(3) {
                        cable.cut_off = true;
                    } else {
                        (cable.peer_closed, cable.up.ended) = (true, true);
                    }
                    self.truth.note("room: cut");
                }
                _ => {}
            }
        }
        self.hall.chores_asked |= self.rng.once_in(90);
        self.turn();
    }

    fn pass(&mut self, time: Duration) {
        self.truth.turn += 1;
        self.now.tick += time;
        self.now.unix_ms += time.as_millis() as u64;
    }

    /// A turn of everyone and everything.
    fn turn(&mut self) {
        let names: Vec<UserName> = self.talkers.iter().map(|talker| talker.name.clone()).collect();
        for talker in &mut self.talkers {
            talker.act(self.now.tick, &names, &mut self.rng);
            talker.flush(&mut self.hall.cables, &mut self.rng);
        }
        let ready = carry(&mut self.hall.cables, self.now.tick, self.is_quiet, &mut self.rng);
        self.hall.turn(self.now, &ready, &mut self.rng);
        self.hall.check();
        for talker in &mut self.talkers {
            let is_slow = !self.is_quiet && self.rng.once_in(3);
            let bytes_max = if is_slow { self.rng.size(2000) } else { usize::MAX };
            if talker.listen(self.now.tick, &mut self.hall.cables, bytes_max, &mut self.truth) {
                talker.lose();
            }
        }
        self.hall.work(&mut self.shelf, &mut self.rng);
    }

    fn connect(&mut self, number: usize) {
        let rng = &mut self.rng;
        let (up, down) = (*rng.pick(&[5_000, 64_000]), *rng.pick(&[16_000, 300_000]));
        let jam_ms_max = *rng.pick(&[0, 0, 8_000]);
        let prompt_until = self.now.tick + Duration::from_secs(5);
        let cable = self.hall.cables.len();
        self.hall.cables.push(Cable::new(up, down, jam_ms_max, prompt_until));
        let origin = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
        self.hall.admit(self.now.tick, cable, origin.into());
        self.talkers[number].connect(self.now.tick, cable);
    }

    /// Kills the daemon and starts it again: what was applied is there, and nothing else.
    fn restart(&mut self) {
        for talker in &mut self.talkers {
            // Some of what was on its way may still be heard.
            let Some(cable) = talker.line.as_ref().map(|line| line.cable) else { continue };
            let bytes_max = self.rng.size(4000);
            self.hall.cables[cable].down.deliver(self.now.tick, bytes_max);
            talker.listen(self.now.tick, &mut self.hall.cables, bytes_max, &mut self.truth);
            talker.lose();
        }
        self.troubles += troubles(&self.hall.backstage);
        let mut backstage = Backstage::new(self.pace);
        std::mem::swap(&mut backstage.records, &mut self.hall.backstage.records);
        std::mem::swap(&mut backstage.posts, &mut self.hall.backstage.posts);
        let name = |user: &UserId| (*user, backstage.records.user(*user).unwrap().user_name.clone());
        let seats = backstage.posts.seats.keys().map(name).collect();
        self.hall = Hall::new(service(seats), backstage, welcome(Policies::default()), None);
        self.truth.restarts += 1;
    }

    /// Lets everyone come back and say what is left.
    fn grow_quiet(&mut self) {
        self.is_quiet = true;
        self.hall.backstage.pace.trouble_once_in = NEVER;
        for cable in &mut self.hall.cables {
            if cable.cut_off {
                (cable.cut_off, cable.peer_closed, cable.up.ended) = (false, true, true);
            }
            let jammed = [&mut cable.up.jammed_until, &mut cable.down.jammed_until];
            jammed.into_iter().for_each(|until| *until = (*until).min(self.now.tick));
        }
        self.talkers.iter_mut().for_each(|talker| {
            (talker.is_quiet, talker.take_over) = (true, true);
        });
        self.settle();
        (0..GATHERING_TURNS).for_each(|_| self.quiet_turn());
        self.check_live();
        // Who has no seat asks for what was said in the room, and everyone for who is there.
        for talker in &mut self.talkers {
            talker.wants_in = false;
            talker.list(self.now.tick);
            talker.ask_for_changes(self.now.tick, ConversationId::ROOM, 64);
        }
        self.settle();
    }

    fn quiet_turn(&mut self) {
        self.pass(Duration::from_millis(5));
        for number in 0..self.talkers.len() {
            // Whoever still has the line is coming back, or is on the way out.
            let talker = &mut self.talkers[number];
            talker.take_over |= !talker.pending.is_empty();
            if talker.line.is_none() {
                self.connect(number);
            }
        }
        self.hall.hurry();
        self.turn();
    }

    fn settle(&mut self) {
        for _ in 0..QUIET_TURNS_MAX {
            self.quiet_turn();
            let is_up = |talker: &Talker| {
                let line = talker.line.as_ref();
                line.is_some_and(|line| line.is_signed_in && line.seat != Seat::Asked)
                    && talker.held.iter().all(|(id, held)| held.is_live || *id == ConversationId::ROOM)
            };
            let is_quiet = self.talkers.iter().all(|talker| talker.is_content() && is_up(talker));
            let is_still = self.hall.cables.iter().all(|cable| {
                cable.daemon_closed || cable.peer_closed || cable.down.written == cable.down.taken
            });
            if is_quiet && is_still && self.hall.is_idle() {
                return;
            }
        }
        let moving = self.hall.cables.iter().filter(|cable| cable.down.written != cable.down.taken);
        let (moving, is_idle) = (moving.count(), self.hall.is_idle());
        let seen = &self.truth.seen;
        panic!("not quiet within {QUIET_TURNS_MAX} turns: {moving} {is_idle} {seen:#?} {:#?}", self.talkers);
    }

    /// Holds what was only told against the records.
    fn check_live(&mut self) {
        let troubles = self.troubles + troubles(&self.hall.backstage);
        let posts = &self.hall.backstage.posts;
        for talker in &self.talkers {
            for (id, held) in talker.held.iter().filter(|(_, held)| held.is_live) {
                let told: Vec<&Post> = held.posts.values().collect();
                let kept: Vec<&Post> = posts.conversations[id].posts.iter().collect();
                assert_eq!(told, kept, "{} holds another log of {id:?}", talker.name);
                self.truth.note("room: logs that were told");
            }
            let line = talker.line.as_ref().unwrap();
            if line.seat == Seat::Here {
                assert!(talker.held[&ConversationId::ROOM].is_live || !talker.wants_in);
                let (counted, taken) = (line.participants as usize, posts.seats.len());
                assert!(counted == taken || (troubles > 0 && counted < taken), "{counted} seats of {taken}");
            }
        }
    }

    /// Holds everything against the records.
    fn check(&mut self) {
        self.troubles += troubles(&self.hall.backstage);
        let posts = &self.hall.backstage.posts;
        for (id, conversation) in &posts.conversations {
            let numbers = conversation.posts.iter().map(|post| post.post.0);
            assert!(numbers.eq(1..=conversation.posts.len() as u64), "{id:?} has gaps");
            let readers = self.talkers.iter().filter(|talker| conversation.may_read(talker.user));
            for talker in readers.filter(|_| !conversation.posts.is_empty()) {
                let held: Vec<&Post> = talker.held[id].posts.values().collect();
                let kept: Vec<&Post> = conversation.posts.iter().collect();
                assert_eq!(held, kept, "{} holds another log of {id:?}", talker.name);
            }
        }
        let count: usize = posts.conversations.values().map(|conversation| conversation.posts.len()).sum();
        assert_eq!(count, posts.said.len(), "something was said twice, or by nobody");
        for talker in &self.talkers {
            for (key, named) in &talker.said {
                assert_eq!(posts.said.get(&(talker.user, *key)), Some(named), "what was said is not there");
            }
            for (id, read) in &talker.read {
                assert!(
                    posts.read.get(&(talker.user, *id)) >= Some(read),
                    "what was read is not written down"
                );
            }
        }
        let said: usize = self.talkers.iter().map(|talker| talker.said.len()).sum();
        assert_eq!(said, count, "somebody was not told of what they said");
        self.check_seats();
    }

    fn check_seats(&self) {
        let kept = &self.hall.backstage.posts.seats;
        let name =
            |user: &UserId| self.talkers.iter().find(|talker| talker.user == *user).unwrap().name.key();
        let mut names: Vec<String> = kept.keys().map(name).collect();
        names.sort_unstable();
        for talker in &self.talkers {
            let seats = talker.line.as_ref().and_then(|line| line.seats.as_ref()).expect("it asked");
            let listed: Vec<String> = seats.iter().map(|(name, _)| name.key()).collect();
            // Where a change was not written down somebody may have left, and have a seat after the next start.
            let is_so =
                listed == names || (self.troubles > 0 && listed.iter().all(|name| names.contains(name)));
            assert!(is_so, "{listed:?} where {names:?} have seats");
            for (name, is_present) in seats {
                let here = self.talkers.iter().filter(|other| other.name == *name);
                let has_line =
                    |other: &&Talker| other.line.as_ref().is_some_and(|line| line.seat == Seat::Here);
                assert_eq!(here.filter(has_line).count(), usize::from(*is_present), "{name} is there or not");
            }
        }
    }
}

fn troubles(backstage: &Backstage) -> u64 {
    let names = ["storage unavailable", "committer full"];
    names.iter().filter_map(|name| backstage.troubles.get(name)).sum()
}

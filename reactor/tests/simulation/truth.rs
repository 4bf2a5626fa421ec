//! What the world knows to be so, against which peers hold what they are told.
//!
//! It does not know the daemon: only what peers were told, and what the world itself did. It also counts
//! what was seen, so that a simulation that no longer goes where it should is noticed.

use std::collections::{BTreeMap, BTreeSet};

use parlour_common::Secret;
use parlour_common::message::SessionToken;
use parlour_common::names::{Email, UserName};

/// Someone who signs up and in: a username, an e-mail address, a password. The last two people are the first two
/// again, one with the same address, one with a name that looks the same.
pub const PEOPLE: [(&str, &str, &str); 6] = [
    ("sara", "sara@example.org", "the moon is up"),
    ("Mina.K", "mina@example.org", "a small red boat"),
    ("개구리", "frog@example.org", "green in the pond"),
    ("reza", "reza@example.org", "seven quiet hills"),
    ("Sorina", "SARA@example.org", "another password"),
    ("mina.k", "m.k@example.org", "yet another one"),
];

/// A session, as peers came to know of it.
#[derive(Clone, Debug)]
pub struct Pass {
    pub token: Secret<SessionToken>,
    pub person: usize,
    /// Someone has asked to sign out of it.
    pub is_leaving: bool,
    /// The turn in which someone was told that it has ended.
    pub void_since: Option<u64>,
}

#[derive(Debug, Default)]
pub struct Truth {
    pub turn: u64,
    pub passes: Vec<Pass>,
    /// Who was told to have an account.
    pub members: BTreeSet<usize>,
    /// Transfers, by cable and number, that were told to be unreadable.
    pub unreadable: BTreeSet<(usize, u32)>,
    /// The generation published last, and when.
    pub published: (u64, u64),
    /// The operator has asked the daemon to stop.
    pub is_stopping: bool,
    /// Everyone reads what there is.
    pub is_quiet: bool,
    /// The world is silent from now on, so that every connection ends.
    pub is_ending: bool,
    /// So much time was skipped that sessions may have expired.
    pub has_leapt: bool,
    pub seen: BTreeMap<String, u64>,
}

impl Truth {
    pub fn note(&mut self, what: &str) {
        match self.seen.get_mut(what) {
            Some(times) => *times += 1,
            None => {
                self.seen.insert(what.to_owned(), 1);
            }
        }
    }

    /// Takes note of an account that was made, which must not be another's.
    pub fn note_member(&mut self, person: usize) {
        assert!(self.members.insert(person), "{:?} has two accounts", PEOPLE[person]);
        let keys = |person: usize| {
            let (name, email, _) = PEOPLE[person];
            (UserName::parse(name).unwrap().key(), Email::parse(email).unwrap().key())
        };
        let (name, email) = keys(person);
        for other in self.members.iter().filter(|other| **other != person) {
            assert!(keys(*other).0 != name && keys(*other).1 != email, "two accounts of one name or address");
        }
    }

    /// Takes note of a new token. Returns the number of its pass.
    pub fn note_token(&mut self, token: Secret<SessionToken>, person: usize) -> usize {
        assert!(self.passes.iter().all(|pass| pass.token != token), "a token was given twice");
        self.passes.push(Pass { token, person, is_leaving: false, void_since: None });
        self.passes.len() - 1
    }

    pub fn note_void(&mut self, pass: usize) {
        let turn = self.turn;
        self.passes[pass].void_since.get_or_insert(turn);
    }

    /// Tells whether a session may have ended, or be ending.
    pub fn may_end(&self, pass: usize) -> bool {
        self.has_leapt || self.passes[pass].is_leaving
    }

    /// Tells whether a session was known to have ended before a turn.
    pub fn was_void(&self, pass: usize, turn: u64) -> bool {
        self.passes[pass].void_since.is_some_and(|since| since < turn)
    }
}

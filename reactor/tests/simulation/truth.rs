//! What the world knows to be so, against which peers hold what they are told.
//!
//! It does not know the daemon: only what peers were told, and what the world itself did. It also counts
//! what was seen, so that a simulation that no longer goes where it should is noticed.

use std::collections::{BTreeMap, BTreeSet};

use parlour_common::Secret;
use parlour_common::message::{SessionId, SessionToken};
use parlour_common::names::{Email, UserName};
use parlour_reactor::store::TokenHash;

use super::ear::Asked;

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

/// Returns the first person of a name, under which all that concerns its one account is noted.
pub fn home(person: usize) -> usize {
    if person == 5 { 1 } else { person }
}

/// A session, as peers came to know of it.
#[derive(Clone, Debug)]
pub struct Pass {
    pub token: Secret<SessionToken>,
    pub person: usize,
    /// The turn in which someone was told of it.
    pub since: u64,
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
    /// The same of uploads that could not be written.
    pub unwritable: BTreeSet<(usize, u32)>,
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
    /// Who has asked for another e-mail address.
    pub moved: BTreeSet<usize>,
    /// Sessions that someone has asked to end by name.
    pub ending: BTreeSet<SessionId>,
    /// How many changes of a person's password were asked for and not answered, as far as is known.
    pub changing: BTreeMap<usize, u64>,
    /// The turn in which someone was told last that a person's password was changed, and the new one.
    pub changed: BTreeMap<usize, (u64, String)>,
    /// Passwords that were replaced, and the turn in which someone was told.
    pub replaced: BTreeMap<String, u64>,
    pub new_passwords: u64,
    /// How often the daemon was killed and started again.
    pub restarts: u64,
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
            // An edit may be made under another session than the one it was written under.
            let has_moved = !self.moved.is_empty();
            assert!(keys(*other).0 != name, "two accounts of one name");
            assert!(keys(*other).1 != email || has_moved, "two accounts of one address");
        }
    }

    /// Takes note of a new token. Returns the number of its pass.
    pub fn note_token(&mut self, token: Secret<SessionToken>, asked: &Asked) -> usize {
        assert!(self.passes.iter().all(|pass| pass.token != token), "a token was given twice");
        // A session that was opened before a change of the password was told may end by it.
        let is_named = self.ending.contains(&TokenHash::of(token.expose()).session_id());
        let is_leaving = is_named || self.may_be_replaced(asked);
        self.passes.push(Pass {
            token,
            person: asked.person,
            since: self.turn,
            is_leaving,
            void_since: None,
        });
        self.passes.len() - 1
    }

    pub fn session_id(&self, pass: usize) -> SessionId {
        TokenHash::of(self.passes[pass].token.expose()).session_id()
    }

    /// Takes note that someone asks to end a session by name.
    pub fn note_ending(&mut self, session: SessionId) {
        self.ending.insert(session);
        let pass = (0..self.passes.len()).find(|pass| self.session_id(*pass) == session);
        pass.into_iter().for_each(|pass| self.passes[pass].is_leaving = true);
    }

    /// Takes note that someone was told that a session has ended.
    pub fn note_ended(&mut self, session: SessionId) {
        let pass = (0..self.passes.len()).find(|pass| self.session_id(*pass) == session);
        pass.into_iter().for_each(|pass| self.note_void(pass));
    }

    /// Takes note that a change of a password was asked for, which ends every session but one perhaps.
    pub fn note_changing(&mut self, person: usize, but: Option<usize>) {
        *self.changing.entry(person).or_default() += 1;
        for (number, pass) in self.passes.iter_mut().enumerate() {
            pass.is_leaving |= home(pass.person) == person && Some(number) != but;
        }
    }

    /// Takes note that a change of a password was denied.
    pub fn note_unchanged(&mut self, person: usize) {
        self.changing.entry(person).and_modify(|times| *times -= 1);
    }

    /// Takes note that a password was changed: all sessions that were known when that was asked have ended, but
    /// for the one that asked and the one that is told.
    pub fn note_changed(&mut self, asked: &Asked, old: &str, new: &str, own: Option<usize>) {
        self.note_unchanged(asked.person);
        self.replaced.insert(old.to_owned(), self.turn);
        self.changed.insert(asked.person, (self.turn, new.to_owned()));
        for number in 0..self.passes.len() {
            let pass = &self.passes[number];
            let is_other = ![own, asked.by].contains(&Some(number));
            if is_other && home(pass.person) == asked.person && pass.since < asked.turn {
                self.note_void(number);
            }
        }
    }

    /// Tells whether a person's password may have been changed since something was asked.
    pub fn may_be_replaced(&self, asked: &Asked) -> bool {
        let person = home(asked.person);
        let is_changing = self.changing.get(&person).is_some_and(|times| *times > 0);
        is_changing || self.changed.get(&person).is_some_and(|(turn, _)| *turn >= asked.turn)
    }

    /// Tells whether a password was known to be replaced before a turn.
    pub fn was_replaced(&self, password: &str, turn: u64) -> bool {
        self.replaced.get(password).is_some_and(|since| *since < turn)
    }

    /// Returns the password that a person has, as far as is known.
    pub fn password_of(&self, person: usize) -> String {
        let changed = self.changed.get(&home(person));
        changed.map_or_else(|| PEOPLE[person].2.to_owned(), |(_, password)| password.clone())
    }

    /// Returns the password of the account of a session, as far as is known.
    pub fn password(&self, pass: usize) -> String {
        self.password_of(self.passes[pass].person)
    }

    /// Returns a password that nobody has had.
    pub fn new_password(&mut self) -> String {
        self.new_passwords += 1;
        format!("quite new words {}", self.new_passwords)
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

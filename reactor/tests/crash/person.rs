//! What is known of a person: the states in which their account may be.
//!
//! This file does not know how a state comes about, nor how it is seen.

use std::collections::BTreeSet;

use parlour_common::Secret;
use parlour_common::message::{Denial, Reply, ResetFlow, Role, SessionId, SessionToken};
use parlour_reactor::store::TokenHash;

/// An account as it may be, whole: a change that is half there is in none of the states.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub is_there: bool,
    /// It was there once, perhaps no longer.
    pub was_made: bool,
    pub email: String,
    pub phone: String,
    pub about: String,
    pub role: Role,
    pub is_disabled: bool,
    /// `None` until one was set by a reset.
    pub password: Option<String>,
    /// The sessions in force, by the places of their tokens.
    pub sessions: BTreeSet<usize>,
    /// Sessions in force whose tokens were never told.
    pub strangers: usize,
    /// Entries about it in the list of what was done.
    pub entries: usize,
    /// A reset whose code was accepted.
    pub flow: Option<ResetFlow>,
}

impl State {
    /// Before there is an account.
    fn nothing(email: String) -> Self {
        Self {
            is_there: false,
            was_made: false,
            email,
            phone: "09121234567".to_owned(),
            about: String::new(),
            role: Role::Member,
            is_disabled: false,
            password: None,
            sessions: BTreeSet::new(),
            strangers: 0,
            entries: 0,
            flow: None,
        }
    }

    /// The account is made.
    pub fn make(&mut self) {
        (self.is_there, self.was_made) = (true, true);
    }

    /// Every session ends.
    pub fn end_sessions(&mut self) {
        self.sessions.clear();
        self.strangers = 0;
    }

    /// The account is deleted, by whomever.
    pub fn delete(&mut self) {
        self.end_sessions();
        (self.is_there, self.flow) = (false, None);
        self.entries += 1;
    }
}

/// Someone, as far as the test knows.
#[derive(Debug)]
pub struct Person {
    pub name: String,
    pub tokens: Vec<Secret<SessionToken>>,
    /// One, or more while it is not known whether what was not answered was done.
    pub states: Vec<State>,
}

impl Person {
    pub fn new(name: String) -> Self {
        let states = vec![State::nothing(format!("{name}@example.org"))];
        Self { name, tokens: Vec::new(), states }
    }

    /// Returns the state, if it is known.
    pub fn state(&self) -> Option<&State> {
        self.states.first().filter(|_| self.states.len() == 1)
    }

    /// Tells whether it is known that there is an account, which may be used.
    pub fn is_active(&self) -> bool {
        self.state().is_some_and(|state| state.is_there && !state.is_disabled)
    }

    /// Tells whether a password is known that opens the account.
    pub fn has_password(&self) -> bool {
        self.is_active() && self.state().is_some_and(|state| state.password.is_some())
    }

    /// Returns the sessions in force that it may act under.
    pub fn sessions(&self) -> Vec<usize> {
        self.state().map(|state| state.sessions.iter().copied().collect()).unwrap_or_default()
    }

    /// Returns the name by which the account's owner ends a session.
    pub fn session_id(&self, session: usize) -> SessionId {
        let TokenHash(hash) = TokenHash::of(self.tokens[session].expose());
        SessionId::new(*hash.first_chunk().unwrap())
    }

    /// Asks for a change. Until it is answered, either may be; a refusal, if it is one that may come, means
    /// that nothing was changed. Returns the reply; `None` when no answer comes any more.
    pub fn attempt(
        &mut self,
        change: impl Fn(&mut State),
        may_refuse: impl Fn(&Denial) -> bool,
        ask: impl FnOnce() -> Option<Result<Reply, Denial>>,
    ) -> Option<Option<Reply>> {
        let before = self.states.clone();
        let mut after = before.clone();
        after.iter_mut().for_each(change);
        self.states.extend(after.clone());
        match ask()? {
            Ok(reply) => {
                self.states = after;
                Some(Some(reply))
            }
            Err(denial) => {
                let is_later = matches!(denial, Denial::Busy { .. } | Denial::Throttled { .. });
                assert!(is_later || may_refuse(&denial), "{}: {denial:?} {before:?}", self.name);
                self.states = before;
                Some(None)
            }
        }
    }

    /// Takes the token of a session that was opened as a stranger's.
    pub fn keep_token(&mut self, token: Secret<SessionToken>) {
        self.tokens.push(token);
        let place = self.tokens.len() - 1;
        for state in &mut self.states {
            state.strangers -= 1;
            state.sessions.insert(place);
        }
    }
}

/// An invite, as far as the test knows.
#[derive(Debug)]
pub struct Ticket {
    pub note: String,
    pub code: Option<String>,
    /// Whether its making was acknowledged.
    pub is_made: bool,
    /// Whether somebody has asked to revoke it, and whether that was acknowledged.
    pub revoked: Option<bool>,
    /// Who has tried to sign up with it.
    pub guest: Option<String>,
}

/// A name for which all clients race, each with its own address.
#[derive(Debug)]
pub struct Twin {
    pub name: String,
    pub email: String,
    /// Whether this one has won; unknown where no answer came.
    pub has_won: Option<bool>,
}

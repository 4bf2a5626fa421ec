//! How everyone is looked at through a daemon that has come back.
//!
//! This file does not know what was asked before; only that each person must be found in one of the states
//! in which they may be.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use parlour_common::Secret;
use parlour_common::message::{
    AccountState, AuditPage, Denial, ListAudit, ListMembers, ListUsers, MemberPage, Reply, Request, Resume,
    SessionToken, UserEntry, UserFilter, UserPage,
};

use super::super::real::{Client, Daemon, PASSWORD, Random};
use super::deeds::Circle;
use super::person::{Person, State};

/// Settled people who are looked at after a start, beside those of whom something must be found out.
const LOOKED_AT: u64 = 2;

/// The first admin, who is never changed and sees everything.
pub struct Keeper {
    token: Secret<SessionToken>,
    /// Entries in the list of what was done, by their subject.
    entries: BTreeMap<String, usize>,
    last_entry: u64,
}

/// What was seen of an account.
struct Seen {
    entry: Option<UserEntry>,
    about: Option<String>,
    alive: BTreeSet<usize>,
    /// Sessions in all, if one of them could be asked.
    sessions: Option<usize>,
    entries: usize,
}

impl Keeper {
    /// Becomes the first admin.
    pub fn sign_up(daemon: &Daemon) -> Self {
        let code = daemon.setup_code();
        let signed_in = daemon.client().sign_up_with("keeper", "keeper@example.org", PASSWORD, Some(code));
        let token = signed_in.expect("the setup code is in force").session.expect("a new session");
        Self { token, entries: BTreeMap::new(), last_entry: 0 }
    }

    /// Connects; `None` when the daemon is gone.
    pub fn connect(&self, address: SocketAddr) -> Option<Client> {
        let mut client = Client::try_hello(address)?;
        let resumed = client.try_ask(Request::Resume(Resume { session: self.token.clone() }))?;
        assert!(matches!(resumed, Ok(Reply::SignedIn(_))), "the keeper's session is lost: {resumed:?}");
        Some(client)
    }

    /// Reads what was done since it was read last: every number is there, once.
    pub fn read_audit(&mut self, daemon: &Daemon) {
        let mut client = self.connect(daemon.address).expect("the daemon is there");
        let (mut fresh, mut before) = (Vec::new(), None);
        loop {
            let Ok(Reply::Audit(page)) = client.ask(Request::ListAudit(ListAudit { before, limit: 48 }))
            else {
                panic!("the list of what was done is not shown")
            };
            let AuditPage { entries, more } = page;
            let reached = entries.iter().any(|entry| entry.id <= self.last_entry);
            before = entries.last().map(|entry| entry.id);
            fresh.extend(entries.into_iter().filter(|entry| entry.id > self.last_entry));
            if reached || !more {
                break;
            }
        }
        for entry in fresh.into_iter().rev() {
            assert_eq!(entry.id, self.last_entry + 1, "the list of what was done has a gap");
            self.last_entry = entry.id;
            *self.entries.entry(entry.subject).or_default() += 1;
        }
    }
}

impl Circle {
    /// Looks at everyone of whom something must be found out, and at some others.
    pub fn look(&mut self, daemon: &Daemon, keeper: &Keeper, random: &mut Random) {
        let mut client = keeper.connect(daemon.address).expect("the daemon is there");
        let count = self.people.len() as u64;
        let chosen: Vec<u64> = (0..LOOKED_AT.min(count)).map(|_| random.below(count)).collect();
        for (number, person) in (0..).zip(&mut self.people) {
            if person.states.len() > 1 || chosen.contains(&number) {
                let seen = person.look(daemon, &mut client, keeper);
                person.settle(&seen);
                person.try_passwords(daemon);
            }
        }
    }
}

impl Person {
    fn look(&self, daemon: &Daemon, keeper: &mut Client, eyes: &Keeper) -> Seen {
        let query = self.name.clone();
        let list = ListUsers { query: query.clone(), filter: UserFilter::All, offset: 0, limit: 48 };
        let Ok(Reply::Users(UserPage { users, .. })) = keeper.ask(Request::ListUsers(list)) else {
            panic!("an admin is not shown the accounts")
        };
        let entry = users.into_iter().find(|user| user.user_name.as_str() == self.name);
        let list = ListMembers { query, offset: 0, limit: 20 };
        let Ok(Reply::Members(MemberPage { members, .. })) = keeper.ask(Request::ListMembers(list)) else {
            panic!("an admin is not shown the members")
        };
        let profile = members.into_iter().find(|member| member.user_name.as_str() == self.name);
        let may_live: BTreeSet<usize> =
            self.states.iter().flat_map(|state| state.sessions.iter().copied()).collect();
        let (mut alive, mut sessions) = (BTreeSet::new(), None);
        // The newest of those that have ended is tried as well.
        let ended = (0..self.tokens.len()).rev().find(|place| !may_live.contains(place));
        for place in may_live.into_iter().chain(ended) {
            let mut client = daemon.client();
            match client.resume(self.tokens[place].clone()) {
                Ok(()) => {
                    alive.insert(place);
                    let Ok(Reply::Sessions(list)) = client.ask(Request::ListSessions {}) else {
                        panic!("the sessions are not shown")
                    };
                    sessions = Some(list.sessions.len());
                }
                Err(Denial::SessionEnded {}) => {}
                Err(other) => panic!("{}: {other:?}", self.name),
            }
        }
        let entries = eyes.entries.get(&self.name).copied().unwrap_or_default();
        Seen { entry, about: profile.and_then(|profile| profile.about), alive, sessions, entries }
    }

    /// Drops the states that cannot be.
    fn settle(&mut self, seen: &Seen) {
        let before = self.states.clone();
        self.states.retain(|state| state.fits(seen));
        // Those that differ in nothing but what is over are one.
        self.states.dedup();
        let Seen { entry, about, alive, sessions, entries } = seen;
        assert!(
            !self.states.is_empty(),
            "{} is {entry:?} {about:?}, sessions {alive:?} of {sessions:?}, {entries} entries: none of {before:#?}",
            self.name
        );
    }

    /// Finds out by signing in which password is in force, where that is not known.
    fn try_passwords(&mut self, daemon: &Daemon) {
        while let [first, second, ..] = &self.states[..]
            && first.password != second.password
        {
            let tried = second.password.clone().expect("it was changed to one");
            match daemon.client().sign_in(&self.name, &tried) {
                Ok(signed_in) => {
                    self.states.retain(|state| state.password.as_ref() == Some(&tried));
                    self.states.iter_mut().for_each(|state| state.strangers += 1);
                    self.keep_token(signed_in.session.expect("a new session"));
                }
                Err(Denial::AccountDisabled {}) => {
                    self.states.retain(|state| state.password.as_ref() == Some(&tried));
                }
                Err(Denial::WrongPassword {}) => {
                    self.states.retain(|state| state.password.as_ref() != Some(&tried));
                }
                Err(other) => panic!("{}: {other:?}", self.name),
            }
        }
    }
}

impl State {
    fn fits(&self, seen: &Seen) -> bool {
        let Seen { entry, about, alive, sessions, entries } = seen;
        let is_same = match entry {
            None => !self.is_there,
            Some(entry) => {
                let state = if self.is_disabled { AccountState::Disabled } else { AccountState::Active };
                let has_session = !self.sessions.is_empty() || self.strangers > 0;
                self.is_there
                    && (entry.email.as_str(), entry.phone.as_str()) == (&self.email[..], &self.phone[..])
                    && (entry.role, entry.state) == (self.role, state)
                    && entry.used_unix_ms.is_some() == has_session
            }
        };
        is_same
            && about.as_ref().is_none_or(|about| *about == self.about)
            && *alive == self.sessions
            && sessions.is_none_or(|sessions| sessions == self.sessions.len() + self.strangers)
            && *entries == self.entries
    }
}

//! What people and admins do, over and over, until the daemon is gone: what costs no hash. What does is in
//! `dear.rs`, and is done one at a time, so that most of the daemon's time is spent on changes.
//!
//! This file does not know what comes of it after a restart.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use parlour_common::Secret;
use parlour_common::message::{
    CheckCode, Denial, EditAccount, EndSession, Fault, IssueResetCode, Reply, Request, RequestReset, Resume,
};

use super::super::real::{Client, Random};
use super::eyes::Keeper;
use super::person::{Person, State, Ticket, Twin};

/// People of one client at once.
const PEOPLE_MAX: usize = 10;

/// Addresses for which everyone races.
const PRIZES: u64 = 4;

/// People and invites of one client, whom no other client touches.
pub struct Circle {
    pub client: u64,
    pub people: Vec<Person>,
    pub tickets: Vec<Ticket>,
    pub twins: Vec<Twin>,
    /// Deeds that were acknowledged, by what they were.
    pub done: BTreeMap<&'static str, u64>,
}

/// Where a deed is done.
pub struct Scene<'a> {
    pub address: SocketAddr,
    pub keeper: &'a Keeper,
    pub random: &'a mut Random,
}

impl Circle {
    pub fn new(client: u64) -> Self {
        let (people, tickets, twins) = (Vec::new(), Vec::new(), Vec::new());
        Self { client, people, tickets, twins, done: BTreeMap::new() }
    }

    pub fn note(&mut self, deed: &'static str) {
        *self.done.entry(deed).or_default() += 1;
    }

    /// Takes someone new, who has no account yet. Returns their place.
    pub fn new_person(&mut self) -> usize {
        let (client, number) = (self.client, self.people.len());
        self.people.push(Person::new(format!("person.{client}.{number}")));
        number
    }

    /// Returns the places of those who fit.
    pub fn places(&self, fits: impl Fn(&Person) -> bool) -> Vec<usize> {
        (0..self.people.len()).filter(|place| fits(&self.people[*place])).collect()
    }

    /// Does something. `None` when the daemon is gone.
    fn step(&mut self, scene: &mut Scene<'_>, permit: &Mutex<()>) -> Option<()> {
        if scene.random.below(3) == 0
            && let Ok(_permit) = permit.try_lock()
        {
            return self.do_dear(scene);
        }
        let (there, active) = (
            self.places(|person| person.state().is_some_and(|state| state.is_there)),
            self.places(Person::is_active),
        );
        let acting = self.places(|person| !person.sessions().is_empty());
        let pick = |random: &mut Random, places: &[usize]| {
            (!places.is_empty()).then(|| places[random.below(places.len() as u64) as usize])
        };
        let choice = scene.random.below(60);
        match choice {
            0..20 if !acting.is_empty() => {
                let place = pick(scene.random, &acting)?;
                self.edit(scene, place)
            }
            20..23 if !acting.is_empty() => {
                let place = pick(scene.random, &acting)?;
                self.end_session(scene, place)
            }
            23..37 if !there.is_empty() => {
                let place = pick(scene.random, &there)?;
                self.edit_other(scene, place)
            }
            37..42 if !active.is_empty() => {
                let place = pick(scene.random, &active)?;
                self.begin_reset(scene, place)
            }
            42..44 if there.len() > PEOPLE_MAX / 2 => {
                let place = pick(scene.random, &there)?;
                self.delete_other(scene, place)
            }
            44..50 => self.invite(scene),
            50..53 => self.revoke(scene),
            53..56 => self.race(scene),
            _ if there.len() < PEOPLE_MAX => self.add(scene),
            _ => Some(()),
        }
    }

    /// Connects as a person, under one of their sessions.
    pub fn enter(&self, scene: &mut Scene<'_>, place: usize) -> Option<(Client, usize)> {
        let person = &self.people[place];
        let session = *scene.random.pick(&person.sessions());
        let mut client = Client::try_hello(scene.address)?;
        let resumed = client.try_ask(Request::Resume(Resume { session: person.tokens[session].clone() }))?;
        assert!(matches!(resumed, Ok(Reply::SignedIn(_))), "{}: {resumed:?}", person.name);
        Some((client, session))
    }

    /// Another address, of one's own or one for which all race; a phone number; words.
    fn edit(&mut self, scene: &mut Scene<'_>, place: usize) -> Option<()> {
        let (mut client, _) = self.enter(scene, place)?;
        let random = &mut *scene.random;
        let email = (random.below(2) == 0).then(|| some_email(&self.people[place].name, random));
        let phone = (random.below(2) == 0).then(|| some_phone(random));
        let about = (random.below(4) != 0).then(|| format!("I like {}.", random.below(1_000_000)));
        let edit = EditAccount { email, phone, about, visibility: None };
        let changed = edit.clone();
        let change = |state: &mut State| {
            if let Some(email) = &changed.email {
                (state.email, state.flow) = (email.clone(), None);
            }
            put(&mut state.phone, changed.phone.as_ref());
            put(&mut state.about, changed.about.as_ref());
        };
        let ask = || client.try_ask(Request::EditAccount(edit));
        if self.people[place].attempt(change, is_taken, ask)?.is_some() {
            self.note("edits");
        }
        Some(())
    }

    /// Signs out, or ends another session.
    fn end_session(&mut self, scene: &mut Scene<'_>, place: usize) -> Option<()> {
        let (mut client, own) = self.enter(scene, place)?;
        let person = &mut self.people[place];
        let ended = *scene.random.pick(&person.sessions());
        let request = match ended == own && scene.random.below(2) == 0 {
            true => Request::SignOut {},
            false => Request::EndSession(EndSession { session: person.session_id(ended) }),
        };
        let change = |state: &mut State| {
            state.sessions.remove(&ended);
        };
        if person.attempt(change, |_| false, || client.try_ask(request))?.is_some() {
            self.note("ends of sessions");
        }
        Some(())
    }

    /// An admin issues a code, and its owner tries it, rightly or not.
    fn begin_reset(&mut self, scene: &mut Scene<'_>, place: usize) -> Option<()> {
        let mut admin = scene.keeper.connect(scene.address)?;
        let issue = Request::IssueResetCode(IssueResetCode { user_name: self.people[place].name.clone() });
        let change = |state: &mut State| {
            state.entries += 1;
            state.flow = None;
        };
        let reply = self.people[place].attempt(change, |_| false, || admin.try_ask(issue))?;
        let Some(Reply::ResetCode(issued)) = reply else { return Some(()) };
        self.note("codes issued");
        let mut client = Client::try_hello(scene.address)?;
        let account = self.people[place].state().expect("it was settled").email.clone();
        let begun = client.try_ask(Request::RequestReset(RequestReset { account, send: false }))?;
        let flow = match begun {
            Ok(Reply::ResetBegun(begun)) => begun.flow,
            Err(Denial::Busy { .. } | Denial::Throttled { .. }) => return Some(()),
            other => panic!("{other:?} does not answer a request for a reset"),
        };
        let code = match scene.random.below(4) {
            0 => Secret::new("00000000".to_owned()),
            _ => issued.code.clone(),
        };
        let is_right = code.expose() == issued.code.expose();
        match client.try_ask(Request::CheckCode(CheckCode { flow, code }))? {
            Ok(Reply::CodeAccepted(accepted)) => {
                assert!(is_right && accepted.user_name.as_str() == self.people[place].name);
                self.people[place].states[0].flow = Some(flow);
                self.note("codes accepted");
            }
            Err(Denial::WrongCode { tries_left }) => assert!(!is_right && tries_left == 2),
            Err(Denial::Throttled { .. } | Denial::Busy { .. }) => {}
            other => panic!("{other:?} does not answer a code"),
        }
        Some(())
    }
}

impl Ticket {
    /// Tells whether one may sign up with it.
    pub fn is_open(&self) -> bool {
        self.is_made && self.revoked.is_none() && self.guest.is_none()
    }
}

/// Puts what is there in the place of another.
pub fn put<T: Clone>(place: &mut T, new: Option<&T>) {
    if let Some(new) = new {
        place.clone_from(new);
    }
}

pub fn some_phone(random: &mut Random) -> String {
    format!("0912{:07}", random.below(10_000_000))
}

pub fn some_email(name: &str, random: &mut Random) -> String {
    match random.below(3) {
        0 => format!("prize.{}@example.org", random.below(PRIZES)),
        _ => format!("{name}.{}@example.org", random.below(1_000_000)),
    }
}

/// Tells whether a form was refused because another account was quicker.
pub fn is_taken(denial: &Denial) -> bool {
    let Denial::InvalidFields { faults } = denial else { return false };
    faults.iter().all(|fault| fault.fault == Fault::Taken {})
}

/// Leads people through their lives until the daemon is gone. `permit` is for what costs a hash.
pub fn live(
    address: SocketAddr,
    keeper: &Keeper,
    circle: &mut Circle,
    permit: &Mutex<()>,
    random: &mut Random,
) {
    let mut scene = Scene { address, keeper, random };
    while circle.step(&mut scene, permit).is_some() {}
}

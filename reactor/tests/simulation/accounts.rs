//! What a peer asks about its own account and sessions, and what it is told of them.
//!
//! It does not know frames. Every new password is another one than all before, so that one that was replaced
//! must never open again.

use parlour_common::Secret;
use parlour_common::message::{
    ChangePassword, Denial, EditAccount, EndSession, OwnAccount, Reply, Request, SessionId,
};
use parlour_common::names::UserName;

use super::ear::{Asked, Ear};
use super::peer::Peer;
use super::rng::Rng;
use super::truth::{PEOPLE, Truth, home};

/// The longest that someone is asked to wait before they edit, or prove their password, again.
const RETRY_MS_MAX: u32 = 24 * 60 * 60 * 1000;

/// Tells whether a request is about one's own account.
pub fn is_own_account(request: &Request) -> bool {
    let looks = matches!(request, Request::GetAccount {} | Request::ListSessions {});
    looks || is_change(request)
}

/// Tells whether a request changes an account: once on its way, that is made and answered even if the session
/// ends meanwhile.
fn is_change(request: &Request) -> bool {
    matches!(request, Request::EditAccount(_) | Request::EndSession(_) | Request::ChangePassword(_))
}

impl Peer {
    /// What concerns one's own account.
    pub fn as_an_owner(&self, truth: &mut Truth, rng: &mut Rng) -> Asked {
        let Some(who) = self.ear.signed_in else { return self.plain(Request::GetAccount {}) };
        let person = home(truth.passes[who.pass].person);
        let is_right = !rng.once_in(5);
        let request = match rng.below(12) {
            0..2 => Request::GetAccount {},
            2..5 => edit(truth, person, rng),
            5..8 => Request::ListSessions {},
            8..10 => {
                let known = &self.ear.sessions;
                let session = if known.is_empty() { SessionId::new([7; 16]) } else { *rng.pick(known) };
                Request::EndSession(EndSession { session })
            }
            _ => {
                let old = if is_right { truth.password(who.pass) } else { "not this one".to_owned() };
                let new = if rng.once_in(10) { "short".to_owned() } else { truth.new_password() };
                Request::ChangePassword(ChangePassword { old: Secret::new(old), new: Secret::new(new) })
            }
        };
        Asked { person, is_right, by: Some(who.pass), ..self.plain(request) }
    }

    /// Takes note of what may end by a request that is sent now.
    pub fn note_endings(&self, asked: &Asked, truth: &mut Truth) {
        match &asked.request {
            Some(Request::EndSession(end)) => truth.note_ending(end.session),
            Some(Request::ChangePassword(_)) => {
                // Whoever changes who they are before that is not the one whose session goes on.
                let enters = |asked: &Asked| {
                    let request = asked.request.as_ref();
                    matches!(request, Some(Request::SignIn(_) | Request::SignUp(_) | Request::Resume(_)))
                };
                let but = asked.by.filter(|_| !self.ear.asked.iter().any(enters));
                truth.note_changing(asked.person, but);
            }
            _ => {}
        }
    }
}

impl Ear {
    /// Takes an answer about one's own account.
    pub fn hear_of_account(&mut self, asked: &Asked, request: &Request, reply: Reply, truth: &mut Truth) {
        let may_act = self.signed_in.is_some() || asked.by.is_some_and(|by| truth.may_end(by));
        assert!(may_act, "{request:?} was done for a stranger");
        match (request, reply) {
            (Request::GetAccount {}, Reply::Account(account)) => {
                self.check_own(&account, truth);
                truth.note("account");
            }
            (Request::EditAccount(edit), Reply::Account(account)) => {
                self.check_own(&account, truth);
                assert!(edit.about.as_ref().is_none_or(|about| *about == account.about), "not edited");
                assert!(
                    edit.email.as_ref().is_none_or(|email| *email == account.email.as_str()),
                    "not edited"
                );
                truth.note("account edited");
            }
            (Request::ListSessions {}, Reply::Sessions(list)) => {
                let own = self.signed_in.expect("a stranger was told of sessions");
                let own = truth.session_id(own.pass);
                // Its own may have ended a moment ago.
                let current: Vec<_> = list.sessions.iter().filter(|session| session.current).collect();
                assert!(current.iter().all(|session| session.id == own), "another session is called its own");
                assert!(list.sessions.len() <= 64 && current.len() <= 1);
                self.sessions = list.sessions.iter().map(|session| session.id).collect();
                truth.note("sessions");
            }
            (Request::EndSession(end), Reply::Done {}) => {
                truth.note_ended(end.session);
                truth.note("session ended by name");
            }
            (Request::ChangePassword(change), Reply::Done {}) => {
                assert!(asked.is_right, "a wrong password changes the password");
                let own = self.signed_in.map(|who| who.pass);
                truth.note_changed(asked, change.old.expose(), change.new.expose(), own);
                truth.note("password changed");
            }
            (request, reply) => panic!("{reply:?} does not answer {request:?}"),
        }
    }

    /// Whoever is told of an account is told of their own.
    pub fn check_own(&self, account: &OwnAccount, truth: &Truth) {
        let Some(who) = self.signed_in else { return };
        let name = UserName::parse(PEOPLE[truth.passes[who.pass].person].0).unwrap();
        assert_eq!(account.user_name.key(), name.key(), "somebody else's account");
    }
}

/// Tells whether a denial, other than those that any request may meet, is true of a request about one's own
/// account.
pub fn fits(request: &Request, denial: &Denial) -> bool {
    match denial {
        Denial::Throttled { retry_after_ms } => {
            let is_dear = matches!(request, Request::EditAccount(_) | Request::ChangePassword(_));
            is_dear && (1..=RETRY_MS_MAX).contains(retry_after_ms)
        }
        Denial::InvalidFields { faults } => match request {
            Request::EditAccount(edit) => {
                !faults.is_empty() && (edit.email.is_some() || edit.phone.is_some())
            }
            Request::ChangePassword(change) => change.new.expose() == "short",
            _ => false,
        },
        // Also where the hash was written anew while the password was compared.
        Denial::WrongPassword {} => matches!(request, Request::ChangePassword(_)),
        Denial::NoSuchSession {} => matches!(request, Request::EndSession(_)),
        _ => false,
    }
}

fn edit(truth: &mut Truth, person: usize, rng: &mut Rng) -> Request {
    let email = rng.once_in(3).then(|| {
        truth.moved.insert(person);
        let other = format!("other{}@example.org", rng.below(3));
        // An address that somebody else has perhaps.
        if rng.once_in(2) { rng.pick(&PEOPLE).1.to_owned() } else { other }
    });
    let about = rng.once_in(2).then(|| format!("I like {}.", rng.below(100)));
    let phone = rng.once_in(8).then(|| "1".to_owned());
    Request::EditAccount(EditAccount { email, phone, about, visibility: None })
}

//! Staying signed in: what is kept for the next start, and what is forgotten.
//!
//! This file does not know where it is kept, nor how a daemon is asked.

use parlour_common::Secret;
use parlour_common::message::{DeviceProof, Request, SignIn, SignedIn};

use super::link::Link;
use super::{Act, Asker, Memory, Shell};
use crate::network::ServerAddress;
use crate::secrets::{Keeping, Owner, Told, Wish};
use crate::view_model::{Notice, Page, returning};

/// What the last run left.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    /// Who stayed signed in, and where.
    pub who: Option<(ServerAddress, String)>,
    /// Whether the person knows that a session may be kept in a file.
    pub is_told_of_file: bool,
}

/// What of it the window keeps in mind.
#[derive(Debug, Default)]
pub(super) struct Stay {
    /// Whose session is kept.
    kept: Option<Owner>,
    /// Whose session was kept by an earlier run.
    left: Option<Owner>,
    proofs: Vec<(Owner, Secret<DeviceProof>)>,
    is_told_of_file: bool,
}

impl Shell {
    /// Begins where the last run ended.
    pub fn start(&mut self, left: Left) -> Vec<Act> {
        self.stay.is_told_of_file = left.is_told_of_file;
        let mut acts = vec![Act::Secret(Wish::ReadProofs)];
        let Some((server, user_name)) = left.who else {
            acts.push(Act::OpenSignIn(None));
            return acts;
        };
        self.stay.left = Some(Owner::new(&server, &user_name));
        acts.extend(self.begin_at(Page::Returning));
        acts.push(Act::Tell(returning::Msg::Opened { server, user_name }.into()));
        acts
    }

    /// Takes what became of what was kept.
    pub fn handle_told(&mut self, told: Told) -> Vec<Act> {
        match told {
            Told::Found(_, found) => vec![Act::Tell(returning::Msg::Found(found).into())],
            Told::Proofs(proofs) => {
                self.stay.proofs = proofs;
                Vec::new()
            }
            Told::Kept(_, Keeping::Nowhere) => vec![Act::Say(Notice::NotKept)],
            Told::Kept(_, Keeping::File) if !self.stay.is_told_of_file => {
                self.stay.is_told_of_file = true;
                vec![Act::Say(Notice::KeptInFile), Act::Remember(Memory::ToldOfFile)]
            }
            Told::Kept(..) => Vec::new(),
        }
    }

    /// Takes leave, for the app ends: a session that is not to outlast it is ended.
    pub fn quit(&mut self) -> Vec<Act> {
        let outlasts = self.account.is_none() || self.stay.kept.is_some();
        if outlasts || !matches!(self.link, Link::Up(_)) {
            return Vec::new();
        }
        vec![self.ask(Asker::Farewell, Request::SignOut {})]
    }

    /// Tells whether the daemon has not heard yet that somebody leaves.
    pub fn is_leaving(&self) -> bool {
        self.asked.values().any(|asker| *asker == Asker::Farewell)
    }

    /// Keeps the session of who came in, if that is wanted.
    pub(super) fn keep_session(&mut self, signed_in: &SignedIn, stay: bool) -> Vec<Act> {
        let Some(server) = self.server.clone() else { return Vec::new() };
        let user_name = signed_in.account.user_name.to_string();
        let owner = Owner::new(&server, &user_name);
        let mut acts = vec![Act::Remember(Memory::SignedIn { server, user_name, stay })];
        if let Some(left) = self.stay.left.take().filter(|left| *left != owner) {
            acts.push(Act::Secret(Wish::Forget(left)));
        }
        // Who came back without a password has no new token: the one before goes on.
        if let Some(session) = &signed_in.session {
            acts.push(Act::Secret(match stay {
                true => Wish::Keep(owner.clone(), session.clone()),
                false => Wish::Forget(owner.clone()),
            }));
        }
        if let Some(proof) = &signed_in.device_proof {
            self.stay.proofs.retain(|(of, _)| *of != owner);
            self.stay.proofs.push((owner.clone(), proof.clone()));
            acts.push(Act::Secret(Wish::KeepProof(owner.clone(), proof.clone())));
        }
        self.stay.kept = stay.then_some(owner);
        acts
    }

    /// Forgets the session of who leaves.
    pub(super) fn forget_kept(&mut self) -> Vec<Act> {
        self.stay.kept.take().map(|owner| self.forget_session(owner)).unwrap_or_default()
    }

    /// Forgets a session.
    pub(super) fn forget_session(&mut self, owner: Owner) -> Vec<Act> {
        self.stay.left.take_if(|left| *left == owner);
        let server = owner.server().clone();
        vec![Act::Remember(Memory::SignedOut { server }), Act::Secret(Wish::Forget(owner))]
    }

    /// Shows the daemon that the account has signed in on this device before.
    pub(super) fn with_proof(&self, request: Request) -> Request {
        let (Request::SignIn(sign_in), Some(server)) = (&request, &self.server) else { return request };
        let owner = Owner::new(server, &sign_in.user_name);
        let known = self.stay.proofs.iter().find(|(of, _)| *of == owner);
        let device_proof = known.map(|(_, proof)| proof.clone());
        Request::SignIn(SignIn { device_proof, ..sign_in.clone() })
    }
}

#[cfg(test)]
mod tests;

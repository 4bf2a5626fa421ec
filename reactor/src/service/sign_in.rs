//! The ways in for those who have an account: a password, and the token of a session.
//!
//! This file does not know how a password is hashed or where a record lies. Each way in has the same life:
//! a job that looks and compares, a change that makes the session durable, then the answer.

use parlour_common::Secret;
use parlour_common::limits::DEVICE_NAME_BYTES_MAX;
use parlour_common::message::{Denial, Fault, Field, FieldFault, Resume, SessionToken, SignIn};
use parlour_common::names::UserName;

use super::account::own_account;
use super::session::{Opening, denial_of_state};
use super::throttle::{Attempt, Origin};
use super::{Service, Waiting};
use crate::id::{Asker, Now, Ticket};
use crate::job::{Completion, Job, PasswordVerdict};
use crate::keys::DeviceNonce;
use crate::store::{Change, NewSession, TokenHash, UserRecord};

/// What a job for a way in was begun with.
#[derive(Debug)]
pub enum WaitingForSession {
    /// A sign-in whose password is being compared.
    SignIn { attempt: Attempt, device: String },
    /// A session that is being looked up.
    Resume { token_hash: TokenHash, origin: Origin },
}

impl Service {
    pub(super) fn handle_sign_in(&mut self, now: Now, asker: Asker, origin: Origin, form: SignIn) {
        if self.is_signed_in(asker) {
            return self.deny(asker, Denial::SignedInAlready {});
        }
        let mut faults = Vec::new();
        if form.user_name.trim().is_empty() {
            faults.push(FieldFault { field: Field::UserName, fault: Fault::Missing {} });
        }
        if form.password.expose().is_empty() {
            faults.push(FieldFault { field: Field::Password, fault: Fault::Missing {} });
        }
        if !faults.is_empty() {
            return self.deny(asker, Denial::InvalidFields { faults });
        }
        // What cannot be a username is nobody's, and that is no secret: the rule is public.
        let Ok(user_name) = UserName::parse(&form.user_name) else {
            return self.deny_unknown_user(asker);
        };
        let account = user_name.key();
        let known = form.device_proof.and_then(|proof| self.keys.device_of(&account, proof.expose()));
        let attempt = match self.throttle.take_sign_in(now.tick, account, origin, known) {
            Ok(attempt) => attempt,
            Err(wait) => return self.deny_throttled(asker, wait),
        };
        let hasher = attempt.hasher();
        let device = cut_device(&form.device);
        let waiting = WaitingForSession::SignIn { attempt: attempt.clone(), device };
        let job = Job::CheckPassword { user_name, password: form.password };
        if !self.run_hash(asker, hasher, job, Waiting::Session(waiting)) {
            self.throttle.forgive_sign_in(now.tick, &attempt);
        }
    }

    pub(super) fn handle_resume(&mut self, now: Now, asker: Asker, origin: Origin, form: Resume) {
        if self.is_signed_in(asker) {
            return self.deny(asker, Denial::SignedInAlready {});
        }
        if let Err(wait) = self.throttle.take_resume(now.tick, origin) {
            return self.deny_throttled(asker, wait);
        }
        let token_hash = TokenHash::of(form.session.expose());
        let job = Job::FindSession { session: form.session, unix_ms: now.unix_ms };
        self.run(asker, job, Waiting::Session(WaitingForSession::Resume { token_hash, origin }));
    }

    /// Gives back what an attempt took that was not made after all.
    pub(super) fn forgive_way_in(&mut self, now: Now, waiting: &WaitingForSession) {
        match waiting {
            WaitingForSession::SignIn { attempt, .. } => self.throttle.forgive_sign_in(now.tick, attempt),
            WaitingForSession::Resume { origin, .. } => self.throttle.forgive_resume(now.tick, *origin),
        }
    }

    pub(super) fn handle_session_completion(
        &mut self,
        now: Now,
        (asker, ticket): (Asker, Ticket),
        waiting: WaitingForSession,
        completion: Completion,
    ) {
        match (waiting, completion) {
            (WaitingForSession::SignIn { attempt, device }, Completion::PasswordChecked(verdict)) => {
                match verdict {
                    PasswordVerdict::NotRegistered => self.deny_unknown_user(asker),
                    PasswordVerdict::Wrong if self.policies.strict_sign_in_errors => {
                        self.deny(asker, Denial::SignInRefused {});
                    }
                    PasswordVerdict::Wrong => self.deny(asker, Denial::WrongPassword {}),
                    PasswordVerdict::Right { user, token, device: nonce, rehash } => {
                        self.throttle.forgive_sign_in(now.tick, &attempt);
                        if self.is_void(ticket, user.id, None) {
                            // The password that was right is perhaps another by now.
                            return self.deny_busy(asker);
                        }
                        self.open_session(now, asker, *user, (token, nonce, device), rehash);
                    }
                }
            }
            (WaitingForSession::Resume { .. }, Completion::SessionFound(None)) => {
                self.deny(asker, Denial::SessionEnded {});
            }
            (
                WaitingForSession::Resume { token_hash, origin },
                Completion::SessionFound(Some((session, user))),
            ) => {
                self.throttle.forgive_resume(now.tick, origin);
                if self.is_void(ticket, user.id, Some(&token_hash)) {
                    return self.deny(asker, Denial::SessionEnded {});
                }
                self.resume_session(now, asker, token_hash, &session, user);
            }
            (waiting, completion) => unreachable!("{completion:?} does not end {waiting:?}"),
        }
    }

    fn open_session(
        &mut self,
        now: Now,
        asker: Asker,
        user: UserRecord,
        (token, nonce, device): (Secret<SessionToken>, DeviceNonce, String),
        rehash: Option<Secret<String>>,
    ) {
        // Only whoever has the password is told.
        if let Some(denial) = denial_of_state(user.state) {
            return self.deny(asker, denial);
        }
        if let Some(to) = rehash {
            let change = Change::SetPasswordHash { user: user.id, from: user.password_hash.clone(), to };
            self.commit(asker, change, Waiting::Nothing);
        }
        let session = new_session(now, &token, device.clone());
        let change = Change::OpenSession { user: user.id, session };
        let (account, device_name) = (own_account(user), device);
        let opening = Opening { account, token, device: nonce, device_name, is_sign_up: false };
        self.commit(asker, change, Waiting::Opening(Box::new(opening)));
    }

    pub(super) fn deny_unknown_user(&mut self, asker: Asker) {
        let strict = self.policies.strict_sign_in_errors;
        self.deny(asker, if strict { Denial::SignInRefused {} } else { Denial::NotRegistered {} });
    }
}

pub(super) fn new_session(now: Now, token: &Secret<SessionToken>, device: String) -> NewSession {
    NewSession { token_hash: TokenHash::of(token.expose()), device, opened_unix_ms: now.unix_ms }
}

pub(super) fn cut_device(device: &str) -> String {
    let shown: String = device.chars().filter(|c| !c.is_control()).collect();
    shown[..shown.floor_char_boundary(DEVICE_NAME_BYTES_MAX)].to_owned()
}

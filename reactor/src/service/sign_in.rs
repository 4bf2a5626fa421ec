//! The ways in: sign-up, sign-in, and the token of a session.
//!
//! This file does not know how a password is hashed or where a record lies. Each way in has the same life:
//! a job that looks and hashes, a change that makes the session durable, then the answer.

use parlour_common::Secret;
use parlour_common::limits::DEVICE_NAME_BYTES_MAX;
use parlour_common::message::{
    Denial, Fault, Field, FieldFault, OwnAccount, Resume, SessionToken, SignIn, SignUp,
};
use parlour_common::names::{Email, Phone, UserName, check_new_password};

use super::throttle::{Origin, RetryAfter};
use super::{Service, Waiting};
use crate::id::{Asker, Now};
use crate::job::{Completion, Job, PasswordVerdict};
use crate::store::{Change, NewSession, NewUser, Taken, TokenHash, UserId, UserRecord};

/// What a job for a way in was begun with.
#[derive(Debug)]
pub enum WaitingForSession {
    /// A sign-up whose password is being hashed.
    SignUp { account: Box<OwnAccount>, device: String, origin: Origin },
    /// A sign-in whose password is being compared.
    SignIn { account_key: String, device: String, origin: Origin },
    /// A session that is being looked up.
    Resume { token_hash: TokenHash, origin: Origin },
}

/// A session that is being written down.
#[derive(Debug)]
pub struct Opening {
    pub(super) account: OwnAccount,
    /// Unknown until the change that makes the account is applied.
    pub(super) user: Option<UserId>,
    pub(super) token: Secret<SessionToken>,
}

impl Service {
    pub(super) fn handle_sign_up(&mut self, now: Now, asker: Asker, origin: Origin, form: SignUp) {
        if self.is_signed_in(asker) {
            return self.deny(asker, Denial::SignedInAlready {});
        }
        let account = match self.check_form(&form) {
            Ok(account) => account,
            Err(faults) => return self.deny(asker, Denial::InvalidFields { faults }),
        };
        if let Err(wait) = self.throttle.take_sign_up(now.tick, origin) {
            return self.deny_throttled(asker, wait);
        }
        if let Err(wait) = self.throttle.begin_hashing(origin) {
            self.throttle.forgive_sign_up(now.tick, origin);
            return self.deny(asker, Denial::Busy { retry_after_ms: wait.ms() });
        }
        let job = Job::PrepareSignUp {
            user_name: account.user_name.clone(),
            email: account.email.clone(),
            password: form.password,
        };
        let device = cut_device(&form.device);
        let waiting = WaitingForSession::SignUp { account: Box::new(account), device, origin };
        self.run(asker, job, Waiting::Session(waiting));
    }

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
        let account_key = user_name.key();
        if let Err(wait) = self.throttle.take_sign_in(now.tick, &account_key, origin) {
            return self.deny_throttled(asker, wait);
        }
        if let Err(wait) = self.throttle.begin_hashing(origin) {
            self.throttle.forgive_sign_in(now.tick, &account_key, origin);
            return self.deny(asker, Denial::Busy { retry_after_ms: wait.ms() });
        }
        let device = cut_device(&form.device);
        let waiting = WaitingForSession::SignIn { account_key, device, origin };
        self.run(asker, Job::CheckPassword { user_name, password: form.password }, Waiting::Session(waiting));
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

    pub(super) fn handle_sign_out(&mut self, asker: Asker) {
        let Some(session) = self.session_of(asker) else { return };
        let change = Change::CloseSession { token_hash: session.token_hash };
        self.commit(asker, change, Waiting::Closing(session));
    }

    /// Gives back what waiting for the work took, and what the attempt took if it was not made after all.
    pub(super) fn handle_tried(&mut self, now: Now, waiting: &WaitingForSession, completion: &Completion) {
        let was_made =
            !matches!(completion, Completion::Busy | Completion::Failed | Completion::StorageFailed);
        match waiting {
            WaitingForSession::SignUp { origin, .. } => {
                self.throttle.handle_hashed(*origin);
                if !was_made {
                    self.throttle.forgive_sign_up(now.tick, *origin);
                }
            }
            WaitingForSession::SignIn { account_key, origin, .. } => {
                self.throttle.handle_hashed(*origin);
                if !was_made {
                    self.throttle.forgive_sign_in(now.tick, account_key, *origin);
                }
            }
            WaitingForSession::Resume { origin, .. } => {
                if !was_made {
                    self.throttle.forgive_resume(now.tick, *origin);
                }
            }
        }
    }

    pub(super) fn handle_session_completion(
        &mut self,
        now: Now,
        asker: Asker,
        waiting: WaitingForSession,
        completion: Completion,
    ) {
        match (waiting, completion) {
            (WaitingForSession::SignUp { .. }, Completion::SignUpTaken(taken)) => {
                self.deny(asker, Denial::InvalidFields { faults: faults_of(taken) });
            }
            (
                WaitingForSession::SignUp { account, device, .. },
                Completion::SignUpPrepared { password_hash, token },
            ) => {
                let user = NewUser {
                    user_name: account.user_name.clone(),
                    email: account.email.clone(),
                    phone: account.phone.clone(),
                    password_hash,
                    created_unix_ms: now.unix_ms,
                };
                let change = Change::AddUser { user, session: new_session(now, &token, device) };
                let opening = Opening { account: *account, user: None, token };
                self.commit(asker, change, Waiting::Opening(Box::new(opening)));
            }
            (
                WaitingForSession::SignIn { account_key, device, origin },
                Completion::PasswordChecked(verdict),
            ) => match verdict {
                PasswordVerdict::NotRegistered => self.deny_unknown_user(asker),
                PasswordVerdict::Wrong if self.strict_sign_in_errors => {
                    self.deny(asker, Denial::SignInRefused {});
                }
                PasswordVerdict::Wrong => self.deny(asker, Denial::WrongPassword {}),
                PasswordVerdict::Right { user, token, rehash } => {
                    self.throttle.forgive_sign_in(now.tick, &account_key, origin);
                    self.open_session(now, asker, user, token, rehash, device);
                }
            },
            (WaitingForSession::Resume { .. }, Completion::SessionFound(None)) => {
                self.deny(asker, Denial::SessionEnded {});
            }
            (
                WaitingForSession::Resume { token_hash, origin },
                Completion::SessionFound(Some((session, user))),
            ) => {
                self.throttle.forgive_resume(now.tick, origin);
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
        token: Secret<SessionToken>,
        rehash: Option<Secret<String>>,
        device: String,
    ) {
        if let Some(to) = rehash {
            let change = Change::SetPasswordHash { user: user.id, from: user.password_hash.clone(), to };
            self.commit(asker, change, Waiting::Nothing);
        }
        let change = Change::OpenSession { user: user.id, session: new_session(now, &token, device) };
        let opening = Opening { user: Some(user.id), account: own_account(user), token };
        self.commit(asker, change, Waiting::Opening(Box::new(opening)));
    }

    /// Checks the whole form, so that all its faults are said at once.
    fn check_form(&self, form: &SignUp) -> Result<OwnAccount, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut note = |field, fault| faults.push(FieldFault { field, fault });
        let phone: Option<Phone> =
            self.phone_pattern.check(&form.phone).map_err(|fault| note(Field::Phone, fault)).ok();
        let email = Email::parse(&form.email).map_err(|fault| note(Field::Email, fault)).ok();
        let user_name = UserName::parse(&form.user_name).map_err(|fault| note(Field::UserName, fault)).ok();
        let password =
            check_new_password(form.password.expose()).map_err(|fault| note(Field::Password, fault)).ok();
        match (phone, email, user_name, password) {
            (Some(phone), Some(email), Some(user_name), Some(())) => Ok(OwnAccount {
                user_name,
                email,
                phone,
                about: String::new(),
                created_unix_ms: 0,
                role: Default::default(),
                visibility: Default::default(),
            }),
            _ => Err(faults),
        }
    }

    pub(super) fn deny_unknown_user(&mut self, asker: Asker) {
        let strict = self.strict_sign_in_errors;
        self.deny(asker, if strict { Denial::SignInRefused {} } else { Denial::NotRegistered {} });
    }

    fn deny_throttled(&mut self, asker: Asker, wait: RetryAfter) {
        self.deny(asker, Denial::Throttled { retry_after_ms: wait.ms() });
    }
}

fn new_session(now: Now, token: &Secret<SessionToken>, device: String) -> NewSession {
    NewSession { token_hash: TokenHash::of(token.expose()), device, opened_unix_ms: now.unix_ms }
}

pub(super) fn own_account(user: UserRecord) -> OwnAccount {
    OwnAccount {
        user_name: user.user_name,
        email: user.email,
        phone: user.phone,
        about: String::new(),
        created_unix_ms: 0,
        role: Default::default(),
        visibility: Default::default(),
    }
}

fn cut_device(device: &str) -> String {
    let shown: String = device.chars().filter(|c| !c.is_control()).collect();
    shown[..shown.floor_char_boundary(DEVICE_NAME_BYTES_MAX)].to_owned()
}

pub(super) fn faults_of(taken: Taken) -> Vec<FieldFault> {
    let fault = |field| FieldFault { field, fault: Fault::Taken {} };
    let user_name = taken.user_name.then(|| fault(Field::UserName));
    let email = taken.email.then(|| fault(Field::Email));
    email.into_iter().chain(user_name).collect()
}

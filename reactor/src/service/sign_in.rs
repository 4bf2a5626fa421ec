//! Sign-up, sign-in, sessions and their end.
//!
//! This file does not know how a password is hashed or where a record lies. Each way in has the same life:
//! a job that looks and hashes, a change that makes the session durable, then the answer.

use parlour_common::Secret;
use parlour_common::limits::DEVICE_NAME_BYTES_MAX;
use parlour_common::message::{
    Denial, Fault, Field, FieldFault, OwnAccount, Reply, Resume, SessionToken, SignIn, SignUp, SignedIn,
};
use parlour_common::names::{Email, Phone, UserName, check_new_password};

use super::throttle::{Origin, RetryAfter};
use super::{Service, Session, Waiting};
use crate::effect::Effect;
use crate::id::{Asker, Now};
use crate::job::{Completion, Job, PasswordVerdict};
use crate::store::{
    Applied, Change, ChangeError, NewSession, NewUser, Refusal, SessionRecord, Taken, TokenHash, UserId,
    UserRecord,
};

/// A session in use is written down again when its last use is this long ago, in milliseconds: often enough
/// for its expiry in days, seldom enough to cost nothing.
const TOUCH_AFTER_MS: u64 = 60 * 60 * 1000;

/// What a job for a way in was begun with.
#[derive(Debug)]
pub enum WaitingForSession {
    /// A sign-up whose password is being hashed.
    SignUp { account: Box<OwnAccount>, device: String, origin: Origin },
    /// A sign-in whose password is being compared.
    SignIn { account_key: String, device: String, origin: Origin },
    /// A session that is being looked up.
    Resume { token_hash: TokenHash },
}

/// A session that is being written down.
#[derive(Debug)]
pub struct Opening {
    account: OwnAccount,
    /// Unknown until the change that makes the account is applied.
    user: Option<UserId>,
    token: Secret<SessionToken>,
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

    pub(super) fn handle_resume(&mut self, now: Now, asker: Asker, form: Resume) {
        if self.is_signed_in(asker) {
            return self.deny(asker, Denial::SignedInAlready {});
        }
        let token_hash = TokenHash::of(form.session.expose());
        let job = Job::FindSession { session: form.session, unix_ms: now.unix_ms };
        self.run(asker, job, Waiting::Session(WaitingForSession::Resume { token_hash }));
    }

    pub(super) fn handle_sign_out(&mut self, asker: Asker) {
        let Some(session) = self.session_of(asker) else { return };
        let change = Change::CloseSession { token_hash: session.token_hash };
        self.commit(asker, change, Waiting::Closing(session));
    }

    /// Gives back what waiting for a hash took, and what the attempt took if no password was tried after
    /// all.
    pub(super) fn handle_hashed(&mut self, now: Now, waiting: &WaitingForSession, was_tried: bool) {
        match waiting {
            WaitingForSession::SignUp { origin, .. } => self.throttle.handle_hashed(*origin),
            WaitingForSession::SignIn { account_key, origin, .. } => {
                self.throttle.handle_hashed(*origin);
                if !was_tried {
                    self.throttle.forgive_sign_in(now.tick, account_key, *origin);
                }
            }
            WaitingForSession::Resume { .. } => {}
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
            (WaitingForSession::Resume { token_hash }, Completion::SessionFound(Some((session, user)))) => {
                self.resume_session(now, asker, token_hash, &session, user);
            }
            (waiting, completion) => unreachable!("{completion:?} does not end {waiting:?}"),
        }
    }

    pub(super) fn handle_session_opened(
        &mut self,
        asker: Asker,
        opening: Opening,
        applied: Result<Applied, ChangeError>,
    ) {
        let user = match (applied, opening.user) {
            (Ok(Applied::User(user)), _) | (Ok(Applied::Done), Some(user)) => user,
            (Err(ChangeError::Refused(Refusal::Taken(taken))), _) => {
                return self.deny(asker, Denial::InvalidFields { faults: faults_of(taken) });
            }
            // The account went between the comparison of passwords and now.
            (Err(ChangeError::Refused(Refusal::NoSuchUser)), _) => return self.deny_unknown_user(asker),
            (Err(ChangeError::StorageUnavailable), _) => {
                return self.deny(asker, Denial::StorageUnavailable {});
            }
            (applied, _) => {
                tracing::error!("opening a session ended with {applied:?}");
                return self.deny(asker, Denial::Internal {});
            }
        };
        let session = Session { user, token_hash: TokenHash::of(opening.token.expose()) };
        let Some(peer) = self.peers.get_mut(&asker.conn) else {
            // Nobody will ever hold the token, so the session must not wait for its expiry.
            let change = Change::CloseSession { token_hash: session.token_hash };
            return self.commit(asker, change, Waiting::Nothing);
        };
        peer.session = Some(session);
        let signed_in = SignedIn { account: opening.account, session: Some(opening.token) };
        self.reply(asker, Reply::SignedIn(signed_in));
    }

    pub(super) fn handle_session_closed(
        &mut self,
        asker: Asker,
        session: &Session,
        applied: &Result<Applied, ChangeError>,
    ) {
        match applied {
            // A session that is gone already is as closed as can be.
            Ok(_) | Err(ChangeError::Refused(_)) => {}
            Err(ChangeError::StorageUnavailable) => return self.deny(asker, Denial::StorageUnavailable {}),
        }
        for (conn, peer) in &mut self.peers {
            if peer.session.as_ref() == Some(session) {
                peer.session = None;
                if *conn != asker.conn {
                    self.effects.push_back(Effect::EndSession { of: *conn });
                }
            }
        }
        self.reply(asker, Reply::Done {});
    }

    /// Removes sessions that have expired, some at a time.
    pub(super) fn sweep_sessions(&mut self, now_unix_ms: u64, after: Option<TokenHash>) {
        let ticket = self.new_ticket();
        self.sweeping = Some((ticket, now_unix_ms));
        let change = Change::SweepSessions { now_unix_ms, after };
        self.effects.push_back(Effect::Commit { ticket, change });
    }

    pub(super) fn handle_swept(&mut self, applied: &Result<Applied, ChangeError>) {
        let Some((_, now_unix_ms)) = self.sweeping.take() else { return };
        // A failure is no matter: expired sessions are not accepted, and the next sweep comes.
        if let Ok(Applied::Swept { next: Some(after), .. }) = applied {
            self.sweep_sessions(now_unix_ms, Some(*after));
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

    fn resume_session(
        &mut self,
        now: Now,
        asker: Asker,
        token_hash: TokenHash,
        session: &SessionRecord,
        user: UserRecord,
    ) {
        if now.unix_ms.saturating_sub(session.used_unix_ms) > TOUCH_AFTER_MS {
            let change = Change::TouchSession { token_hash, used_unix_ms: now.unix_ms };
            self.commit(asker, change, Waiting::Nothing);
        }
        let Some(peer) = self.peers.get_mut(&asker.conn) else { return };
        peer.session = Some(Session { user: user.id, token_hash });
        self.reply(asker, Reply::SignedIn(SignedIn { account: own_account(user), session: None }));
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
            (Some(phone), Some(email), Some(user_name), Some(())) => {
                Ok(OwnAccount { user_name, email, phone })
            }
            _ => Err(faults),
        }
    }

    fn is_signed_in(&self, asker: Asker) -> bool {
        self.peers.get(&asker.conn).is_some_and(|peer| peer.session.is_some())
    }

    fn deny_unknown_user(&mut self, asker: Asker) {
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

fn own_account(user: UserRecord) -> OwnAccount {
    OwnAccount { user_name: user.user_name, email: user.email, phone: user.phone }
}

fn cut_device(device: &str) -> String {
    let shown: String = device.chars().filter(|c| !c.is_control()).collect();
    shown[..shown.floor_char_boundary(DEVICE_NAME_BYTES_MAX)].to_owned()
}

fn faults_of(taken: Taken) -> Vec<FieldFault> {
    let fault = |field| FieldFault { field, fault: Fault::Taken {} };
    let user_name = taken.user_name.then(|| fault(Field::UserName));
    let email = taken.email.then(|| fault(Field::Email));
    email.into_iter().chain(user_name).collect()
}

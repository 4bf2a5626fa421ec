//! Sign-up: the form, who may, and the codes that open the door.
//!
//! This file does not know how a password is hashed, nor which invites are in force: the store decides that
//! with the account.

use parlour_common::message::{
    AccountState, Denial, Fault, Field, FieldFault, OwnAccount, Reply, Role, SignUp, SignUpRule, Visibility,
};
use parlour_common::names::{Email, InviteCode, UserName, check_new_password};
use subtle::ConstantTimeEq;

use super::session::Opening;
use super::sign_in::{cut_device, new_session};
use super::throttle::{Hasher, Origin};
use super::{Service, Waiting};
use crate::id::{Asker, Now};
use crate::job::{Completion, Job};
use crate::store::{Applied, Change, ChangeError, Claim, InviteHash, NewUser, Refusal, Taken};

/// A sign-up whose password is being hashed, or that is being written down without a session.
#[derive(Debug)]
pub struct SigningUp {
    account: OwnAccount,
    device: String,
    pub(super) origin: Origin,
    claim: Claim,
    state: AccountState,
}

impl Service {
    pub(super) fn handle_sign_up(&mut self, now: Now, asker: Asker, origin: Origin, form: SignUp) {
        if self.is_signed_in(asker) {
            return self.deny(asker, Denial::SignedInAlready {});
        }
        let (account, claim, state) = match self.check_form(&form) {
            Ok(checked) => checked,
            Err(faults) => return self.deny(asker, Denial::InvalidFields { faults }),
        };
        if let Err(wait) = self.throttle.take_sign_up(now.tick, origin) {
            return self.deny_throttled(asker, wait);
        }
        let job = Job::PrepareSignUp {
            user_name: account.user_name.clone(),
            email: account.email.clone(),
            password: form.password,
            invite: match &claim {
                Claim::Invite(invite) => Some(*invite),
                Claim::None | Claim::FirstAdmin => None,
            },
            unix_ms: now.unix_ms,
        };
        let device = cut_device(&form.device);
        let waiting = Waiting::SignUp(Box::new(SigningUp { account, device, origin, claim, state }));
        if !self.run_hash(asker, Hasher::Stranger(origin), job, waiting) {
            self.throttle.forgive_sign_up(now.tick, origin);
        }
    }

    pub(super) fn handle_sign_up_completion(
        &mut self,
        now: Now,
        asker: Asker,
        sign_up: SigningUp,
        completion: Completion,
    ) {
        let (password_hash, token, nonce) = match completion {
            Completion::SignUpPrepared { password_hash, token, device } => (password_hash, token, device),
            Completion::SignUpRefused { taken, no_such_invite } => {
                let mut faults = faults_of(taken);
                faults.extend(no_such_invite.then(bad_code));
                return self.deny(asker, Denial::InvalidFields { faults });
            }
            completion => unreachable!("{completion:?} does not end a sign-up"),
        };
        let account = OwnAccount { created_unix_ms: now.unix_ms, ..sign_up.account.clone() };
        let user = NewUser {
            user_name: account.user_name.clone(),
            email: account.email.clone(),
            phone: account.phone.clone(),
            password_hash,
            created_unix_ms: now.unix_ms,
            role: account.role,
            state: sign_up.state,
        };
        let claim = sign_up.claim;
        if sign_up.state == AccountState::Waiting {
            let change = Change::AddUser { user, session: None, claim };
            return self.commit(asker, change, Waiting::SignUp(Box::new(sign_up)));
        }
        let device_name = sign_up.device;
        let session = Some(new_session(now, &token, device_name.clone()));
        let opening = Opening { account, token, device: nonce, device_name, is_sign_up: true };
        self.commit(asker, Change::AddUser { user, session, claim }, Waiting::Opening(Box::new(opening)));
    }

    /// Takes the end of a sign-up that an admin has to approve.
    pub(super) fn handle_sign_up_waiting(&mut self, asker: Asker, applied: Result<Applied, ChangeError>) {
        match applied {
            Ok(Applied::User(_)) => {
                self.reply(asker, Reply::SignUpWaiting {});
                self.note_users_changed();
            }
            Err(ChangeError::Refused(Refusal::Taken(taken))) => {
                self.deny(asker, Denial::InvalidFields { faults: faults_of(taken) });
            }
            applied => self.deny_unforeseen(asker, &applied),
        }
    }

    /// Does what follows from a sign-up that went straight in.
    pub(super) fn handle_signed_up(&mut self, account: &OwnAccount) {
        if account.role == Role::Admin {
            self.setup_code = None;
            tracing::info!(admin = ?account.user_name.as_str(), "the first admin has signed up; the setup code is void");
        }
        self.note_users_changed();
    }

    /// Checks the whole form, so that all its faults are said at once.
    fn check_form(&self, form: &SignUp) -> Result<(OwnAccount, Claim, AccountState), Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut note = |field, fault| faults.push(FieldFault { field, fault });
        let phone = self.phone_pattern.check(&form.phone).map_err(|fault| note(Field::Phone, fault)).ok();
        let email = Email::parse(&form.email).map_err(|fault| note(Field::Email, fault)).ok();
        let user_name = UserName::parse(&form.user_name).map_err(|fault| note(Field::UserName, fault)).ok();
        let password =
            check_new_password(form.password.expose()).map_err(|fault| note(Field::Password, fault)).ok();
        let claim = self.claim(form).map_err(|fault| note(Field::Code, fault)).ok();
        match (phone, email, user_name, password, claim) {
            (Some(phone), Some(email), Some(user_name), Some(()), Some((claim, state))) => {
                let role = if claim == Claim::FirstAdmin { Role::Admin } else { Role::Member };
                let account = OwnAccount {
                    user_name,
                    email,
                    phone,
                    about: String::new(),
                    visibility: Visibility::default(),
                    role,
                    created_unix_ms: 0,
                };
                Ok((account, claim, state))
            }
            _ => Err(faults),
        }
    }

    /// Tells what a sign-up stands on, and whether the account may be used at once.
    fn claim(&self, form: &SignUp) -> Result<(Claim, AccountState), Fault> {
        let code = form.code.as_ref().map_or(Err(Fault::Missing {}), |code| InviteCode::parse(code.expose()));
        match (code, self.policies.sign_up) {
            (Ok(code), _) => {
                let hash = InviteHash::of(&code);
                let opens = |setup: &InviteHash| bool::from(setup.0.ct_eq(&hash.0));
                let is_setup = self.setup_code.as_ref().is_some_and(opens);
                let claim = if is_setup { Claim::FirstAdmin } else { Claim::Invite(hash) };
                Ok((claim, AccountState::Active))
            }
            (Err(Fault::Missing {}), SignUpRule::Open) => Ok((Claim::None, AccountState::Active)),
            (Err(Fault::Missing {}), SignUpRule::Approval) => Ok((Claim::None, AccountState::Waiting)),
            // A code that nobody could have is said under every rule: whoever typed it counts on it.
            (Err(fault), _) => Err(fault),
        }
    }
}

/// Says that a code is not in force, or never was.
pub(super) fn bad_code() -> FieldFault {
    FieldFault { field: Field::Code, fault: Fault::NotAllowed {} }
}

pub(super) fn faults_of(taken: Taken) -> Vec<FieldFault> {
    let fault = |field| FieldFault { field, fault: Fault::Taken {} };
    let user_name = taken.user_name.then(|| fault(Field::UserName));
    let email = taken.email.then(|| fault(Field::Email));
    email.into_iter().chain(user_name).collect()
}

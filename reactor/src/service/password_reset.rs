//! A forgotten password: a code on its way, the code tried, a new password.
//!
//! This file does not know how a code is drawn, counted or sent. Under `strict_sign_in_errors` it answers
//! the same, after the same work, whether or not there is such an account.

use std::time::Duration;

use parlour_common::limits::RESET_CODE_SECONDS;
use parlour_common::message::{
    CheckCode, CodeAccepted, Denial, Fault, Field, FieldFault, Reply, RequestReset, ResetBegun, ResetFlow,
    ResetPassword,
};
use parlour_common::names::{Email, UserName, check_new_password, parse_reset_code};

use super::ending::Ends;
use super::throttle::{CODE_AGAIN, Hasher, Origin};
use super::{Service, Waiting};
use crate::id::{Asker, Now};
use crate::job::{AccountName, Completion, Job, PreparedReset};
use crate::store::{
    Applied, Change, ChangeError, CodeOutcome, LONG_CODE_DIGITS, MailKind, NewMail, Refusal, SealedCode,
};

/// The bytes kept of what names nobody: enough to count how often it is asked for.
const NOBODYS_BYTES_MAX: usize = 64;

/// What a request about a forgotten password waits for.
#[derive(Debug)]
pub enum WaitingForReset {
    /// A code is being drawn.
    Code { account_key: String, origin: Origin },
    /// The reset is being written down, and its mail queued.
    Begin { flow: ResetFlow, account_key: String, origin: Origin },
    /// The flow of a code that an admin issued is being looked for.
    Flow { origin: Origin },
    /// A code is being tried, perhaps one that an admin issued.
    Try { origin: Origin, is_admins: bool },
    /// The new password is being hashed.
    Hash { flow: ResetFlow, origin: Origin },
    /// The new password is being written down.
    Password,
}

impl Service {
    pub(super) fn handle_request_reset(
        &mut self,
        now: Now,
        asker: Asker,
        origin: Origin,
        form: &RequestReset,
    ) {
        let account = match self.account_name(&form.account) {
            Ok(account) => account,
            Err(denial) => return self.deny(asker, denial),
        };
        if form.send && !self.sends_mail() {
            return self.deny(asker, Denial::MailUnavailable {});
        }
        let account_key = account.key();
        if !form.send {
            if let Err(wait) = self.throttle.take_try(now.tick, origin) {
                return self.deny_throttled(asker, wait);
            }
            let waiting = WaitingForReset::Flow { origin };
            self.run(asker, Job::NameFlow { account }, Waiting::Reset(waiting));
            return;
        }
        if let Err(wait) = self.throttle.take_code(now.tick, &account_key, origin) {
            return self.deny_throttled(asker, wait);
        }
        let job = Job::PrepareReset { account, unix_ms: now.unix_ms };
        self.run(asker, job, Waiting::Reset(WaitingForReset::Code { account_key, origin }));
    }

    pub(super) fn handle_check_code(&mut self, now: Now, asker: Asker, origin: Origin, form: &CheckCode) {
        // What cannot be a code costs no try of the one there is.
        let code = match parse_reset_code(form.code.expose()) {
            Ok(code) => code,
            Err(fault) => {
                let faults = vec![FieldFault { field: Field::Code, fault }];
                return self.deny(asker, Denial::InvalidFields { faults });
            }
        };
        if let Err(wait) = self.throttle.take_try(now.tick, origin) {
            return self.deny_throttled(asker, wait);
        }
        let flow = self.keys.meant_flow(&form.flow);
        let code_mac = self.keys.code_mac(&flow, code.expose());
        let (at_unix_ms, notify) = (now.unix_ms, self.sends_mail());
        let change = Change::TryCode { flow, code_mac, at_unix_ms, notify };
        let waiting = WaitingForReset::Try { origin, is_admins: flow != form.flow };
        self.commit(asker, change, Waiting::Reset(waiting));
    }

    pub(super) fn handle_reset_password(
        &mut self,
        now: Now,
        asker: Asker,
        origin: Origin,
        form: ResetPassword,
    ) {
        if let Err(fault) = check_new_password(form.password.expose()) {
            let faults = vec![FieldFault { field: Field::Password, fault }];
            return self.deny(asker, Denial::InvalidFields { faults });
        }
        if let Err(wait) = self.throttle.take_try(now.tick, origin) {
            return self.deny_throttled(asker, wait);
        }
        let flow = self.keys.meant_flow(&form.flow);
        let job = Job::HashPassword { password: form.password, flow, unix_ms: now.unix_ms };
        let waiting = Waiting::Reset(WaitingForReset::Hash { flow, origin });
        if !self.run_hash(asker, Hasher::Stranger(origin), job, waiting) {
            self.throttle.forgive_try(now.tick, origin);
        }
    }

    /// Gives back what a step took that was not made after all.
    pub(super) fn forgive_reset(&mut self, now: Now, waiting: &WaitingForReset) {
        match waiting {
            WaitingForReset::Code { account_key, origin }
            | WaitingForReset::Begin { account_key, origin, .. } => {
                self.throttle.forgive_code(now.tick, account_key, *origin);
            }
            WaitingForReset::Flow { origin }
            | WaitingForReset::Try { origin, .. }
            | WaitingForReset::Hash { origin, .. } => self.throttle.forgive_try(now.tick, *origin),
            WaitingForReset::Password => {}
        }
    }

    pub(super) fn handle_reset_completion(
        &mut self,
        now: Now,
        asker: Asker,
        waiting: WaitingForReset,
        completion: Completion,
    ) {
        match (waiting, completion) {
            (WaitingForReset::Code { account_key, origin }, Completion::ResetPrepared(prepared)) => {
                self.begin_reset(asker, *prepared, (account_key, origin));
            }
            (WaitingForReset::Flow { .. }, Completion::FlowNamed { known, flow }) => {
                if known || self.policies.strict_sign_in_errors {
                    return self.reply_begun(asker, flow);
                }
                self.deny(asker, Denial::NotRegistered {});
            }
            (WaitingForReset::Hash { .. }, Completion::PasswordHashed(None)) => {
                self.deny(asker, Denial::CodeVoid {});
            }
            (WaitingForReset::Hash { flow, origin }, Completion::PasswordHashed(Some(to))) => {
                self.throttle.forgive_try(now.tick, origin);
                let (at_unix_ms, notify) = (now.unix_ms, self.sends_mail());
                let change = Change::ResetPassword { flow, to, at_unix_ms, notify };
                self.commit(asker, change, Waiting::Reset(WaitingForReset::Password));
            }
            (waiting, completion) => unreachable!("{completion:?} does not end {waiting:?}"),
        }
    }

    /// Writes the reset down and queues its mail. For nobody the mail goes to nobody: it is the same work.
    fn begin_reset(
        &mut self,
        asker: Asker,
        prepared: PreparedReset,
        (account_key, origin): (String, Origin),
    ) {
        let PreparedReset { user, flow, sealed } = prepared;
        if user.is_none() && !self.policies.strict_sign_in_errors {
            return self.deny(asker, Denial::NotRegistered {});
        }
        let is_long = flow.digits >= LONG_CODE_DIGITS;
        let kind = MailKind::ResetCode { lifetime_seconds: RESET_CODE_SECONDS, long: is_long };
        let mail = NewMail { kind, sealed: SealedCode(sealed) };
        let waiting = WaitingForReset::Begin { flow: flow.flow, account_key, origin };
        let change = Change::BeginReset { flow, mail: Some(mail), act: None };
        self.commit(asker, change, Waiting::Reset(waiting));
    }

    pub(super) fn handle_reset_applied(
        &mut self,
        now: Now,
        asker: Asker,
        waiting: WaitingForReset,
        applied: Result<Applied, ChangeError>,
    ) {
        if applied.is_err() {
            self.forgive_reset(now, &waiting);
        }
        match (waiting, applied) {
            (WaitingForReset::Begin { flow, .. }, Ok(_)) => {
                self.reply_begun(asker, flow);
                self.wake_mail(now);
            }
            (WaitingForReset::Begin { .. }, Err(ChangeError::Refused(Refusal::MailQueueFull))) => {
                self.deny(asker, Denial::MailUnavailable {});
            }
            // The account went while its code was drawn.
            (WaitingForReset::Begin { flow, .. }, Err(ChangeError::Refused(Refusal::NoSuchUser))) => {
                if self.policies.strict_sign_in_errors {
                    return self.reply_begun(asker, flow);
                }
                self.deny(asker, Denial::NotRegistered {});
            }
            (WaitingForReset::Try { origin, is_admins }, Ok(Applied::Code(outcome))) => {
                // That an admin has issued a code tells that there is such an account: no word of it.
                let is_hidden = is_admins && self.policies.strict_sign_in_errors;
                match outcome {
                    CodeOutcome::Right { user_name } => {
                        self.throttle.forgive_try(now.tick, origin);
                        self.reply(asker, Reply::CodeAccepted(CodeAccepted { user_name }));
                    }
                    CodeOutcome::Wrong { tries_left } if !is_hidden => {
                        self.deny(asker, Denial::WrongCode { tries_left });
                    }
                    CodeOutcome::Wrong { .. } | CodeOutcome::Void => self.deny(asker, Denial::CodeVoid {}),
                }
                self.wake_mail(now);
            }
            (WaitingForReset::Password, Ok(Applied::Account(user))) => {
                self.end_sessions(Ends::Account(user.id, None), None);
                self.reply(asker, Reply::Done {});
                self.wake_mail(now);
            }
            (
                WaitingForReset::Password,
                Err(ChangeError::Refused(Refusal::CodeVoid | Refusal::NoSuchUser)),
            ) => {
                self.deny(asker, Denial::CodeVoid {});
            }
            (_, applied) => self.deny_unforeseen(asker, &applied),
        }
    }

    fn reply_begun(&mut self, asker: Asker, flow: ResetFlow) {
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        let (code_seconds, again_seconds) = (RESET_CODE_SECONDS, seconds(CODE_AGAIN));
        self.reply(asker, Reply::ResetBegun(ResetBegun { flow, code_seconds, again_seconds }));
    }

    /// Reads what was typed to name an account. What can name nobody is said, unless nothing of the kind may
    /// be said: then it is looked for like any other.
    fn account_name(&self, typed: &str) -> Result<AccountName, Denial> {
        let typed = typed.trim();
        if typed.is_empty() {
            let faults = vec![FieldFault { field: Field::UserName, fault: Fault::Missing {} }];
            return Err(Denial::InvalidFields { faults });
        }
        let name = match typed.contains('@') {
            true => Email::parse(typed).map(AccountName::Email),
            false => UserName::parse(typed).map(AccountName::UserName),
        };
        match name {
            Ok(name) => Ok(name),
            Err(_) if self.policies.strict_sign_in_errors => {
                let kept = typed[..typed.floor_char_boundary(NOBODYS_BYTES_MAX)].to_owned();
                Ok(AccountName::Nobodys(kept))
            }
            Err(_) => Err(Denial::NotRegistered {}),
        }
    }
}

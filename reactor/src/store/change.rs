//! Everything that can be changed in the store, as plain descriptions, and how each is applied.
//!
//! No clock and no randomness here: the same changes in the same order on an empty store give the same
//! store. This file does not know who asks, when a batch is made durable, or who is told.
//!
//! A new change is one variant of [`Change`] and one line in [`apply`]; what it does stands in the file
//! of its area (`users/`, `sessions.rs`, `codes.rs`, `mail.rs`, `invites.rs`).

use parlour_common::Secret;
use parlour_common::message::{InviteId, ResetFlow, SessionId};

use super::audit::Act;
use super::codes::{self, CodeMac, CodeOutcome, NewFlow};
use super::draft::Draft;
use super::error::StoreError;
use super::invites::{self, NewInvite};
use super::mail::{self, MailId, NewMail};
use super::sessions::{self, NewSession, TokenHash};
use super::tables::UserId;
use super::users::edit::{self, AccountEdit, Fate, NewPassword, UserEdit};
use super::users::join::{self, Claim};
use super::users::{NewUser, Taken, UserRecord};

/// The codes, invites and mails of each kind that one sweep removes: it must not keep other changes waiting.
pub const CODES_PER_SWEEP_MAX: usize = 256;

/// One change of the store: wholly done, or not at all.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Signs someone up: [`Applied::Opened`] with a first session, [`Applied::User`] without.
    AddUser {
        /// The account. A role that it asks for is refused as [`Refusal::NotAdmin`]: by signing up nobody
        /// gets one, but for the first admin.
        user: NewUser,
        /// The first session; none for an account that has to wait for approval.
        session: Option<NewSession>,
        /// By what right.
        claim: Claim,
    },
    /// Makes an account for someone ([`Applied::Account`]).
    AdmitUser {
        /// Who does it.
        act: Act,
        /// The account.
        user: NewUser,
    },
    /// Changes one's own account ([`Applied::Account`]). Another e-mail address voids its code for a forgotten
    /// password.
    EditAccount {
        /// Whose it is.
        user: UserId,
        /// What changes.
        edit: AccountEdit,
        /// When it was asked for.
        at_unix_ms: u64,
        /// Whether the former address is told of another one.
        notify: bool,
    },
    /// Changes someone's account ([`Applied::Edited`]). Another role or state than before ends every session
    /// of it. The last active admin stays one.
    EditUser {
        /// Who does it.
        act: Act,
        /// Whose it is.
        user: UserId,
        /// What changes.
        edit: UserEdit,
        /// Whether the former address is told of another one.
        notify: bool,
    },
    /// Deletes an account, its sessions and its codes. Its owner may, and any admin; the last active admin
    /// stays.
    RemoveUser {
        /// Who does it.
        act: Act,
        /// Whose it is.
        user: UserId,
        /// What becomes of what it shared.
        shared: Fate,
    },
    /// Changes one's own password: every other session ends, and a code for a forgotten password is void.
    SetPassword {
        /// Whose it is.
        user: UserId,
        /// The hash that was checked; any other in its place means that the password was changed since.
        from: Secret<String>,
        /// The hash of the new one.
        to: Secret<String>,
        /// The session that asks, and goes on.
        keep: TokenHash,
        /// When it was asked for.
        at_unix_ms: u64,
        /// Whether the owner is told by mail.
        notify: bool,
    },
    /// Opens a session of an account that is active ([`Applied::Opened`]).
    OpenSession {
        /// Whose it is.
        user: UserId,
        /// The session.
        session: NewSession,
    },
    /// Notes that a session was used, so that it lasts longer.
    TouchSession {
        /// The session.
        token_hash: TokenHash,
        /// When it was used.
        used_unix_ms: u64,
    },
    /// Ends a session.
    CloseSession {
        /// The session.
        token_hash: TokenHash,
    },
    /// Ends a session that its owner names ([`Applied::Ended`]).
    EndSession {
        /// Whose it is.
        user: UserId,
        /// Which one.
        session: SessionId,
    },
    /// Writes the same password's hash anew, with newer parameters. The password is not changed by this,
    /// so sessions go on.
    SetPasswordHash {
        /// Whose it is.
        user: UserId,
        /// The hash that was checked; any other in its place means that the password was changed since.
        from: Secret<String>,
        /// The new hash.
        to: Secret<String>,
    },
    /// Removes expired sessions among the next [`sessions::SESSIONS_PER_SWEEP_MAX`] ones.
    SweepSessions {
        /// What time it is.
        now_unix_ms: u64,
        /// Where the last sweep stopped ([`Applied::Swept`]); `None` begins anew.
        after: Option<TokenHash>,
    },
    /// Puts a code for a forgotten password in force; any other of its account is void, and the mail that
    /// would bring it is not sent.
    BeginReset {
        /// The code.
        flow: NewFlow,
        /// The mail that brings it, to the address that the account has now.
        mail: Option<NewMail>,
        /// The admin who issues it, if one does.
        act: Option<Act>,
    },
    /// Tries a code for a forgotten password. It is never refused: [`Applied::Code`]. A wrong try is durable
    /// before it is answered.
    TryCode {
        /// Which reset.
        flow: ResetFlow,
        /// The MAC of what was typed.
        code_mac: CodeMac,
        /// When it was asked for.
        at_unix_ms: u64,
        /// Whether the owner is told by mail of a code that wrong tries have voided.
        notify: bool,
    },
    /// Sets a new password after the right code ([`Applied::Account`]): every session ends.
    ResetPassword {
        /// Which reset.
        flow: ResetFlow,
        /// The hash of the new password.
        to: Secret<String>,
        /// When it was asked for.
        at_unix_ms: u64,
        /// Whether the owner is told by mail.
        notify: bool,
    },
    /// Takes a mail from the queue: it was sent, or never will be. One that is gone already is no matter.
    DropMail {
        /// Which one.
        mail: MailId,
    },
    /// Notes that sending a mail failed. One that is gone already is no matter.
    DelayMail {
        /// Which one.
        mail: MailId,
        /// When it is tried again.
        due_unix_ms: u64,
    },
    /// Makes an invite ([`Applied::Invite`]).
    AddInvite {
        /// Who does it.
        act: Act,
        /// The invite.
        invite: NewInvite,
    },
    /// Voids an invite that is in force.
    RevokeInvite {
        /// Who does it.
        act: Act,
        /// Which one.
        invite: InviteId,
    },
    /// Removes codes and mails that have expired, and invites that ended so long ago that they are not
    /// listed, of each at most [`CODES_PER_SWEEP_MAX`]. Where [`Applied::Swept`] counts as many or more,
    /// there may be more to remove.
    SweepCodes {
        /// What time it is.
        now_unix_ms: u64,
    },
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It was done.
    Done,
    /// The account was made, without a session.
    User(UserId),
    /// The session was opened.
    Opened {
        /// Whose it is.
        user: UserId,
        /// The sessions of the account that ended, to make place for it.
        ended: Vec<TokenHash>,
    },
    /// The session that was named has ended.
    Ended(TokenHash),
    /// The account, as it is now.
    Account(Box<UserRecord>),
    /// The account was changed by an admin.
    Edited {
        /// The account, as it is now.
        user: Box<UserRecord>,
        /// Whether all its sessions ended with that.
        ended: bool,
    },
    /// The code was tried.
    Code(CodeOutcome),
    /// The invite was made.
    Invite(InviteId),
    /// What had expired was removed.
    Swept {
        /// How many.
        removed: usize,
        /// Where to go on; `None` if no session is left to look at, and after [`Change::SweepCodes`].
        next: Option<TokenHash>,
    },
}

/// Why a change was refused. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What should be unique is another account's.
    #[error("taken: {0:?}")]
    Taken(Taken),
    /// There is no such account.
    #[error("no such user")]
    NoSuchUser,
    /// There is no such session, or it has expired.
    #[error("no such session")]
    NoSuchSession,
    /// There is a session with this token already.
    #[error("the session exists already")]
    SessionExists,
    /// The account may not be used: it waits for approval, or was disabled.
    #[error("the account is not active")]
    NotActive,
    /// The account was approved once, so it cannot be made to wait again.
    #[error("only a new account waits")]
    PastWaiting,
    /// Only admins may, and who asks is not an active one.
    #[error("not an active admin")]
    NotAdmin,
    /// There is an active admin already.
    #[error("there is an admin already")]
    AdminExists,
    /// Nobody would be left to look after the accounts.
    #[error("the last active admin")]
    LastAdmin,
    /// What was shared cannot be handed over to this account: it is not there, not active, or the same.
    #[error("no such heir")]
    NoSuchHeir,
    /// There is no such invite in force.
    #[error("no such invite")]
    NoSuchInvite,
    /// There is an invite with this code already.
    #[error("the invite exists already")]
    InviteExists,
    /// As many invites are in force as may be.
    #[error("too many invites")]
    TooManyInvites,
    /// As many mails wait as may.
    #[error("the mail queue is full")]
    MailQueueFull,
    /// No code gave the right to set a new password, or that right has ended.
    #[error("the code is void")]
    CodeVoid,
    /// The password hash is not the one that was expected.
    #[error("the password hash was changed")]
    HashChanged,
    /// A record would be larger than the store takes: its limits were not kept before it came here.
    #[error("the record is too large")]
    TooLarge,
}

/// Why a change was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The store's rules are against it.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The store cannot write now: the disk is nearly full, or something failed.
    #[error("the store cannot write now")]
    StorageUnavailable,
}

/// Why applying a change stopped.
pub(super) enum Stop {
    Refused(Refusal),
    Store(StoreError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Writes into `draft` what a change does.
pub(super) fn apply(draft: &mut Draft<'_>, change: &Change) -> Result<Applied, Stop> {
    match change {
        Change::AddUser { user, session, claim } => join::sign_up(draft, user, session.as_ref(), claim),
        Change::AdmitUser { act, user } => join::admit(draft, act, user),
        Change::EditAccount { user, edit, at_unix_ms, notify } => {
            edit::edit_own(draft, *user, edit, *at_unix_ms, *notify)
        }
        Change::EditUser { act, user, edit, notify } => edit::edit_user(draft, act, *user, edit, *notify),
        Change::RemoveUser { act, user, shared } => done(edit::remove_user(draft, act, *user, *shared)),
        Change::SetPassword { user, from, to, keep, at_unix_ms, notify } => {
            let (keep, at_unix_ms, notify) = (*keep, *at_unix_ms, *notify);
            done(edit::set_password(draft, *user, &NewPassword { from, to, keep, at_unix_ms, notify }))
        }
        Change::SetPasswordHash { user, from, to } => done(edit::rehash(draft, *user, from, to)),
        Change::OpenSession { user, session } => sessions::open(draft, *user, session),
        Change::TouchSession { token_hash, used_unix_ms } => {
            done(sessions::touch(draft, token_hash, *used_unix_ms))
        }
        Change::CloseSession { token_hash } => done(sessions::close(draft, token_hash)),
        Change::EndSession { user, session } => sessions::end_named(draft, *user, *session),
        Change::SweepSessions { now_unix_ms, after } => sessions::sweep(draft, *now_unix_ms, *after),
        Change::BeginReset { flow, mail, act } => {
            done(codes::begin(draft, flow, mail.as_ref(), act.as_ref()))
        }
        Change::TryCode { flow, code_mac, at_unix_ms, notify } => {
            codes::try_code(draft, flow, code_mac, *at_unix_ms, *notify).map(Applied::Code)
        }
        Change::ResetPassword { flow, to, at_unix_ms, notify } => {
            codes::reset_password(draft, flow, to, *at_unix_ms, *notify)
        }
        Change::DropMail { mail } => done(mail::drop_mail(draft, *mail)),
        Change::DelayMail { mail, due_unix_ms } => done(mail::delay(draft, *mail, *due_unix_ms)),
        Change::AddInvite { act, invite } => invites::add(draft, act, invite).map(Applied::Invite),
        Change::RevokeInvite { act, invite } => done(invites::revoke(draft, act, *invite)),
        Change::SweepCodes { now_unix_ms } => {
            let (now_unix_ms, most) = (*now_unix_ms, CODES_PER_SWEEP_MAX);
            let codes = codes::sweep(draft, now_unix_ms, most)?;
            let mails = mail::sweep(draft, now_unix_ms, most)?;
            let removed = codes + mails + invites::sweep(draft, now_unix_ms, most)?;
            Ok(Applied::Swept { removed, next: None })
        }
    }
}

fn done(applied: Result<(), Stop>) -> Result<Applied, Stop> {
    applied.map(|()| Applied::Done)
}

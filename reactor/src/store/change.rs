//! Everything that can be changed in the store, as plain descriptions.
//!
//! No clock and no randomness here: the same changes in the same order on an empty store give the same
//! store. This file does not know who asks, when a batch is made durable, or who is told.
//!
//! A new change is one variant of [`Change`], [`FilesChange`] or [`RoomChange`], and one line in `change/apply.rs`; what it
//! does stands in the file of its area (`users/`, `sessions.rs`, `codes.rs`, `mail.rs`, `invites.rs`, `files/`,
//! `room/`).
//! What can come of it stands in `change/outcome.rs`.

mod apply;
mod outcome;

use parlour_common::Secret;
use parlour_common::message::{InviteId, ResetFlow, SessionId};

pub(super) use apply::apply;
pub(super) use outcome::Stop;
pub use outcome::{Applied, ChangeError, Refusal};

use super::audit::Act;
use super::codes::{CodeMac, NewFlow};
use super::files::FilesChange;
use super::invites::NewInvite;
use super::mail::{MailId, NewMail};
use super::room::RoomChange;
use super::sessions::{NewSession, TokenHash};
use super::tables::UserId;
use super::users::NewUser;
use super::users::edit::{AccountEdit, Fate, UserEdit};
use super::users::join::Claim;

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
    /// Removes expired sessions among the next [`SESSIONS_PER_SWEEP_MAX`](super::SESSIONS_PER_SWEEP_MAX) ones.
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
    /// Changes what is recorded of people's files.
    Files(FilesChange),
    /// Changes seats, or what is said.
    Room(RoomChange),
}

impl From<FilesChange> for Change {
    fn from(change: FilesChange) -> Self {
        Self::Files(change)
    }
}

impl From<RoomChange> for Change {
    fn from(change: RoomChange) -> Self {
        Self::Room(change)
    }
}

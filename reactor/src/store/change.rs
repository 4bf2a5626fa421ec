//! Everything that can be changed in the store, as plain descriptions, and how each is applied.
//!
//! No clock and no randomness here: the same changes in the same order on an empty store give the same
//! store. This file does not know who asks, when a batch is made durable, or who is told.
//!
//! A new change is one variant of [`Change`] and one line in [`apply`]; what it does stands in the file
//! of its area (`users.rs`, `sessions.rs`).

use parlour_common::Secret;

use super::draft::Draft;
use super::error::StoreError;
use super::sessions::{self, NewSession, TokenHash};
use super::tables::UserId;
use super::users::{self, NewUser, Taken};

/// One change of the store: wholly done, or not at all.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Makes an account, with its first session.
    AddUser {
        /// The account.
        user: NewUser,
        /// The session.
        session: NewSession,
    },
    /// Opens a session of an account.
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
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It was done.
    Done,
    /// The account was made.
    User(UserId),
    /// Expired sessions were removed.
    Swept {
        /// How many.
        removed: usize,
        /// Where to go on; `None` if no session is left to look at.
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
        Change::AddUser { user, session } => {
            let id = users::add(draft, user)?;
            sessions::open(draft, id, session)?;
            return Ok(Applied::User(id));
        }
        Change::OpenSession { user, session } => sessions::open(draft, *user, session)?,
        Change::TouchSession { token_hash, used_unix_ms } => {
            sessions::touch(draft, token_hash, *used_unix_ms)?;
        }
        Change::CloseSession { token_hash } => sessions::close(draft, token_hash)?,
        Change::SetPasswordHash { user, from, to } => users::set_password_hash(draft, *user, from, to)?,
        Change::SweepSessions { now_unix_ms, after } => {
            return sessions::sweep(draft, *now_unix_ms, *after);
        }
    }
    Ok(Applied::Done)
}

//! Slow work and its end: plain words between the service and the workers.
//!
//! This file does not know who asked, or on which thread the work is done.

use std::path::PathBuf;
use std::sync::Arc;

use parlour_common::Secret;
use parlour_common::message::{CoverId, SearchLibrary, SessionToken, TrackPage, TransferId};
use parlour_common::names::{Email, UserName};

use crate::music::Index;
use crate::send_file::SendFile;
use crate::store::{SessionRecord, Taken, UserRecord};

/// Slow work.
#[derive(Debug)]
pub enum Job {
    /// See whether a username and an e-mail address are free, then hash the password.
    PrepareSignUp {
        /// The username wanted.
        user_name: UserName,
        /// The e-mail address.
        email: Email,
        /// The password.
        password: Secret<String>,
    },
    /// Compare a password with the hash on record. It costs the same time whether or not there is one.
    CheckPassword {
        /// Whose.
        user_name: UserName,
        /// The password.
        password: Secret<String>,
    },
    /// Find a session by its token.
    FindSession {
        /// The token.
        session: Secret<SessionToken>,
        /// The time of asking, in milliseconds since 1970 UTC: an expired session is none.
        unix_ms: u64,
    },
    /// Search the library.
    Search {
        /// The library as it is.
        index: Arc<Index>,
        /// Whether it is being read, to be said in the page.
        scanning: bool,
        /// What is asked.
        search: SearchLibrary,
    },
    /// Open a track.
    OpenTrack {
        /// Where it lies in the bank.
        path: PathBuf,
    },
    /// Open a picture.
    OpenCover {
        /// Which.
        cover: CoverId,
        /// Where a track that has it lies in the bank.
        path: PathBuf,
    },
}

/// Bytes that must be read from a disk before a transfer can go on.
#[derive(Clone, Debug)]
pub struct Cold {
    /// The transfer that waits.
    pub transfer: TransferId,
    /// The file.
    pub file: SendFile,
    /// From where, in bytes.
    pub offset: u64,
    /// How many.
    pub bytes: u64,
}

/// The thread that a job is done on: a flood of one kind does not delay the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Hashes passwords, one at a time: each takes a third of a second and up to 128 MiB.
    Password,
    /// Looks sessions up, so that those who come back do not wait for those who search.
    Session,
    /// Searches.
    Lookup,
    /// Waits for disks.
    Disk,
}

/// The end of a job.
#[derive(Debug)]
pub enum Completion {
    /// Of [`Job::PrepareSignUp`].
    SignUpPrepared {
        /// The hash to store.
        password_hash: Secret<String>,
        /// A token for the first session.
        token: Secret<SessionToken>,
    },
    /// Of [`Job::PrepareSignUp`], when something is taken.
    SignUpTaken(Taken),
    /// Of [`Job::CheckPassword`].
    PasswordChecked(PasswordVerdict),
    /// Of [`Job::FindSession`]; `None` when there is none, or it has expired.
    SessionFound(Option<(SessionRecord, UserRecord)>),
    /// Of [`Job::Search`].
    Searched(TrackPage),
    /// Of the jobs that open a file; `None` when it is not there any more.
    Opened(Option<SendFile>),
    /// The store or a disk failed; the log says how.
    StorageFailed,
    /// The work ended in a panic, which the log describes.
    Failed,
    /// The queue was full, or the system has no descriptor or memory to spare: the work was not done.
    Busy,
    /// Whoever asked had gone: the work was not begun.
    Abandoned,
}

/// What became of a comparison of passwords.
#[derive(Debug)]
pub enum PasswordVerdict {
    /// Nobody has this username.
    NotRegistered,
    /// The password is another.
    Wrong,
    /// The password is right.
    Right {
        /// Whose it is.
        user: UserRecord,
        /// A token for a new session.
        token: Secret<SessionToken>,
        /// A hash by today's cost, when the one on record was made with another.
        rehash: Option<Secret<String>>,
    },
}

impl Job {
    /// Returns where the job is done.
    pub fn lane(&self) -> Lane {
        match self {
            Self::PrepareSignUp { .. } | Self::CheckPassword { .. } => Lane::Password,
            Self::FindSession { .. } => Lane::Session,
            Self::Search { .. } => Lane::Lookup,
            Self::OpenTrack { .. } | Self::OpenCover { .. } => Lane::Disk,
        }
    }
}

//! Slow work and its end: plain words between the service and the workers.
//!
//! This file does not know who asked, or on which thread the work is done.

mod files;
mod mail;
mod people;
mod room;

use std::path::PathBuf;
use std::sync::Arc;

use parlour_common::Secret;
use parlour_common::message::{CoverId, ResetFlow, SearchLibrary, SessionToken, TrackPage, TransferId};
use parlour_common::names::{Email, UserName};

pub use files::{FilesFound, FilesJob, FilesPolicy, denial_of};
pub use mail::{MailFate, Mailed};

use crate::keys::DeviceNonce;
use crate::music::Index;
use crate::send_file::SendFile;
use crate::spool::Spool;
use crate::store::{InviteHash, NewFlow, SessionRecord, Taken, TokenHash, UserId, UserRecord};

pub use people::{PeopleFound, PeopleJob, user_entry};
pub use room::{RoomFound, RoomJob, RoomPolicy, room_denial_of};

/// Slow work.
#[derive(Debug)]
pub enum Job {
    /// See whether a username and an e-mail address are free and an invite is in force, then hash the
    /// password.
    PrepareSignUp {
        /// The username wanted.
        user_name: UserName,
        /// The e-mail address.
        email: Email,
        /// The password.
        password: Secret<String>,
        /// The invite, if the sign-up stands on one.
        invite: Option<InviteHash>,
        /// The time of asking, in milliseconds since 1970 UTC: an expired invite is none.
        unix_ms: u64,
    },
    /// Compare a password with the hash on record. It costs the same time whether or not there is one.
    CheckPassword {
        /// Whose.
        user_name: UserName,
        /// The password.
        password: Secret<String>,
    },
    /// Compare a password with that of an account which is signed in, and perhaps hash the next one.
    CheckOwnPassword {
        /// Whose.
        user: UserId,
        /// The password.
        password: Secret<String>,
        /// The password to hash if the other one was right.
        new: Option<Secret<String>>,
        /// Whom to look up as well: who is to have what the account shared.
        heir: Option<UserName>,
    },
    /// Hash the new password of a reset, unless no right code was given for it.
    HashPassword {
        /// The password.
        password: Secret<String>,
        /// The reset.
        flow: ResetFlow,
        /// The time of asking, in milliseconds since 1970 UTC: a right that has expired is none.
        unix_ms: u64,
    },
    /// Find who has forgotten a password, and draw a code to be sent. It costs the same time whether or not
    /// there is such an account.
    PrepareReset {
        /// Who.
        account: AccountName,
        /// The time of asking, in milliseconds since 1970 UTC.
        unix_ms: u64,
    },
    /// Find who has forgotten a password and has a code from an admin.
    NameFlow {
        /// Who.
        account: AccountName,
    },
    /// Find who has forgotten a password, and draw a code to be handed on by an admin.
    PrepareAdminCode {
        /// Whose password it is.
        user_name: UserName,
        /// The time of asking, in milliseconds since 1970 UTC.
        unix_ms: u64,
    },
    /// Find one's own account.
    FindAccount {
        /// Whose.
        user: UserId,
    },
    /// Find one's own sessions.
    ListSessions {
        /// Whose.
        user: UserId,
        /// The time of asking, in milliseconds since 1970 UTC: an expired session is none.
        unix_ms: u64,
    },
    /// Find a session by its token.
    FindSession {
        /// The token.
        session: Secret<SessionToken>,
        /// The time of asking, in milliseconds since 1970 UTC: an expired session is none.
        unix_ms: u64,
    },
    /// Look something up about people, for a list or for what an admin asked.
    People(PeopleJob),
    /// Look after people's files.
    Files(FilesJob),
    /// Look something up about what was said.
    Room(RoomJob),
    /// Send the mail that is due, if one is.
    SendMail {
        /// The time of asking, in milliseconds since 1970 UTC.
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

/// What a person typed to name an account.
#[derive(Clone, Debug, PartialEq)]
pub enum AccountName {
    /// A username.
    UserName(UserName),
    /// An e-mail address.
    Email(Email),
    /// What can be neither, or as much of it as is kept.
    Nobodys(String),
}

impl AccountName {
    /// Returns the key by which two spellings of it are the same.
    pub fn key(&self) -> String {
        match self {
            Self::UserName(user_name) => user_name.key(),
            Self::Email(email) => email.key(),
            Self::Nobodys(typed) => typed.clone(),
        }
    }
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

/// Bytes of an upload that must be written to a disk.
#[derive(Debug)]
pub struct Piece {
    /// The transfer that brought them.
    pub transfer: TransferId,
    /// Where they belong.
    pub spool: Spool,
    /// From where in the file on, in bytes.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The thread that a job is done on: a flood of one kind does not delay the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Hashes passwords, one at a time: each takes a third of a second and up to 128 MiB.
    Password,
    /// Looks sessions up, so that those who come back do not wait for those who search.
    Session,
    /// Searches, and looks up what is quickly found.
    Lookup,
    /// Reads through all members for a page of them, in time that grows with their number: whoever asks for
    /// many pages makes nobody wait but those who ask for pages too, and no admin.
    Members,
    /// Waits for disks.
    Disk,
    /// Reads through all files of a member for a page of them, in time that grows with their number.
    Files,
    /// Reads what was said, so that whoever reads or searches the history makes nobody wait but readers.
    Room,
    /// Reads and hashes whole files, which takes as long as the disk does.
    Hash,
    /// Writes uploads to the disk, in the order in which their bytes came.
    Spool,
    /// Removes from the disk what nobody has any more.
    Sweep,
    /// Compares records and disk, one check at a time: it may take hours.
    Check,
    /// Waits for a mail server, one mail at a time.
    Mail,
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
        /// What tells the device from others.
        device: DeviceNonce,
    },
    /// Of [`Job::PrepareSignUp`], when it cannot be.
    SignUpRefused {
        /// What is taken.
        taken: Taken,
        /// Whether the invite is not in force.
        no_such_invite: bool,
    },
    /// Of [`Job::CheckPassword`].
    PasswordChecked(PasswordVerdict),
    /// Of [`Job::CheckOwnPassword`].
    OwnPasswordChecked(OwnPasswordVerdict),
    /// Of [`Job::HashPassword`]; `None` when no right code was given, or too long ago.
    PasswordHashed(Option<Secret<String>>),
    /// Of [`Job::PrepareReset`].
    ResetPrepared(Box<PreparedReset>),
    /// Of [`Job::NameFlow`].
    FlowNamed {
        /// Whether there is such an account.
        known: bool,
        /// A name for the flow of the code that an admin issued, or may have.
        flow: ResetFlow,
    },
    /// Of [`Job::PrepareAdminCode`]; `None` when there is no such account.
    AdminCodePrepared(Option<Box<AdminCode>>),
    /// Of [`Job::FindAccount`]; `None` when it is no more.
    AccountFound(Option<Box<UserRecord>>),
    /// Of [`Job::ListSessions`].
    SessionsListed(Vec<(TokenHash, SessionRecord)>),
    /// Of [`Job::FindSession`]; `None` when there is none, or it has expired.
    SessionFound(Option<(SessionRecord, UserRecord)>),
    /// Of [`Job::People`].
    People(PeopleFound),
    /// Of [`Job::Files`].
    Files(FilesFound),
    /// Of [`Job::Room`].
    Room(RoomFound),
    /// Of [`Job::SendMail`].
    Mailed(Mailed),
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
        user: Box<UserRecord>,
        /// A token for a new session.
        token: Secret<SessionToken>,
        /// What tells the device from others.
        device: DeviceNonce,
        /// A hash by today's cost, when the one on record was made with another.
        rehash: Option<Secret<String>>,
    },
}

/// What became of a comparison with the password of an account that is signed in.
#[derive(Debug)]
pub enum OwnPasswordVerdict {
    /// The account is no more.
    Gone,
    /// The password is another.
    Wrong,
    /// The password is right.
    Right {
        /// The hash that was compared with.
        from: Secret<String>,
        /// The hash of the new password, if there is one.
        to: Option<Secret<String>>,
        /// Who is to have what the account shared, if someone was named and is there.
        heir: Option<UserId>,
    },
}

/// A code on its way to whoever has forgotten a password.
#[derive(Debug)]
pub struct PreparedReset {
    /// Who it is, if there is such an account.
    pub user: Option<UserRecord>,
    /// The reset to begin.
    pub flow: NewFlow,
    /// The code, sealed for the mail queue.
    pub sealed: Vec<u8>,
}

/// A code to be handed on by an admin.
#[derive(Debug)]
pub struct AdminCode {
    /// Whose password it is.
    pub user: UserRecord,
    /// The reset to begin.
    pub flow: NewFlow,
    /// The code.
    pub code: Secret<String>,
}

impl Job {
    /// Returns where the job is done.
    pub fn lane(&self) -> Lane {
        match self {
            Self::People(job) => job.lane(),
            Self::Files(job) => job.lane(),
            Self::Room(job) => job.lane(),
            Self::PrepareSignUp { .. }
            | Self::CheckPassword { .. }
            | Self::CheckOwnPassword { .. }
            | Self::HashPassword { .. } => Lane::Password,
            Self::FindSession { .. } | Self::PrepareReset { .. } | Self::NameFlow { .. } => Lane::Session,
            Self::PrepareAdminCode { .. }
            | Self::FindAccount { .. }
            | Self::ListSessions { .. }
            | Self::Search { .. } => Lane::Lookup,
            Self::OpenTrack { .. } | Self::OpenCover { .. } => Lane::Disk,
            Self::SendMail { .. } => Lane::Mail,
        }
    }
}

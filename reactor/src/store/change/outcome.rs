//! What can come of a change: what was done, or why nothing was.
//!
//! This file does not know how a change is applied, nor what is told to whom.

use parlour_common::message::{ConversationId, FileId, InviteId};

use super::super::codes::CodeOutcome;
use super::super::error::StoreError;
use super::super::files::{BlobId, FilesOutcome};
use super::super::room::RoomOutcome;
use super::super::sessions::TokenHash;
use super::super::tables::UserId;
use super::super::users::{Taken, UserRecord};

/// What came of a change.
#[derive(Clone, Debug, PartialEq)]
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
        /// Where to go on; `None` if no session is left to look at, and after [`SweepCodes`](super::Change::SweepCodes).
        next: Option<TokenHash>,
    },
    /// The upload may go on.
    Upload {
        /// The contents that it makes.
        blob: BlobId,
        /// The size they are to have, in bytes.
        size_bytes: u64,
    },
    /// Files were changed.
    Files(Box<FilesOutcome>),
    /// The conversation is there.
    Conversation(ConversationId),
    /// Seats or posts were changed.
    Room(Box<RoomOutcome>),
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
    /// The member has no such file, or not in such a state.
    #[error("no such file")]
    NoSuchFile,
    /// The member has a file of this name, in any spelling.
    #[error("the name is taken by file {}", file.0)]
    NameTaken {
        /// Which.
        file: FileId,
        /// Its size, in bytes.
        size_bytes: u64,
        /// When its contents came.
        changed_unix_ms: u64,
    },
    /// The member's files would take more than they may.
    #[error("only {left_bytes} bytes are left of the quota")]
    QuotaExceeded {
        /// How much more they may take, in bytes.
        left_bytes: u64,
    },
    /// The member has as many files as one may.
    #[error("too many files")]
    TooManyFiles,
    /// The member has as many unfinished uploads as one may.
    #[error("too many uploads")]
    TooManyUploads,
    /// A file would be shared with more members than it may be.
    #[error("too many recipients")]
    TooManyRecipients,
    /// The member has no such upload.
    #[error("no such upload")]
    NoSuchUpload,
    /// The upload was begun with another name or size, or finished with another hash.
    #[error("the upload is another one")]
    UploadDiffers,
    /// The file has other contents by now.
    #[error("the file has other contents")]
    VersionChanged,
    /// The member has no such conversation.
    #[error("no such conversation")]
    NoSuchConversation,
    /// The conversation has no such post, or it was deleted.
    #[error("no such post")]
    NoSuchPost,
    /// The library has no such track.
    #[error("no such track")]
    NoSuchTrack,
    /// The post shows no file, or not any more.
    #[error("no such card")]
    NoSuchCard,
    /// Somebody else said it.
    #[error("the post is somebody else's")]
    NotAuthor,
    /// The post would have neither text nor card.
    #[error("nothing is said")]
    NothingSaid,
    /// The conversation is with an account that was deleted.
    #[error("the other account was deleted")]
    Departed,
    /// The cards of all conversations would take more than they may.
    #[error("only {left_bytes} bytes are left for cards")]
    CardsFull {
        /// How much more they may take, in bytes.
        left_bytes: u64,
    },
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
pub(in super::super) enum Stop {
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

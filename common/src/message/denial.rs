//! Refusals. A client turns them into sentences; nothing here speaks to people.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::file::FileId;

/// Why a daemon does not do what was asked. Nothing was changed, unless a variant says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Denial {
    /// The request is known but not well-formed.
    BadRequest {
        /// What is wrong with it, for the client's author.
        reason: String,
    },
    /// The request is not known to this daemon: it is older than the client.
    UnknownRequest {},
    /// The daemon does not speak the client's version of the protocol.
    VersionUnsupported {
        /// The oldest version it speaks.
        oldest: u32,
        /// The newest version it speaks.
        newest: u32,
    },
    /// The first request must be `hello`.
    HelloFirst {},
    /// `hello` was said already.
    HelloAgain {},
    /// The request needs a session.
    SignInFirst {},
    /// The connection has a session; sign out first.
    SignedInAlready {},
    /// The daemon has too much to do. Ask again later.
    Busy {
        /// After how long, in milliseconds.
        retry_after_ms: u32,
    },
    /// The client, its address or the account asked for too often. Ask again later.
    Throttled {
        /// After how long, in milliseconds.
        retry_after_ms: u32,
    },
    /// Fields of a form are not acceptable: all of them, at once.
    InvalidFields {
        /// Each field once, in the order of the form.
        faults: Vec<FieldFault>,
    },
    /// No account has this username. Never said when `strict_sign_in_errors` is announced.
    NotRegistered {},
    /// The password is not the account's. At sign-in never said when `strict_sign_in_errors` is announced.
    WrongPassword {},
    /// The username or the password is wrong. Said in place of the two above when
    /// `strict_sign_in_errors` is announced.
    SignInRefused {},
    /// The token is of no session, or of one that has ended.
    SessionEnded {},
    /// The library has no such track, or not any more.
    NoSuchTrack {},
    /// The library has no such picture, or not any more.
    NoSuchCover {},
    /// The file is not the version that the client has begun to fetch. Begin again at offset 0.
    VersionChanged {},
    /// The offset lies behind the end of the file.
    OffsetOutside {
        /// The size of the file, in bytes.
        size_bytes: u64,
    },
    /// The connection has as many transfers under way as it may.
    TooManyTransfers {
        /// How many that is.
        limit: u32,
    },
    /// The connection has no such transfer under way.
    NoSuchTransfer {},
    /// The daemon cannot keep records just now (a full or failing disk). Ask again later.
    StorageUnavailable {},
    /// Something went wrong in the daemon; its log says what.
    Internal {},
    /// The member has as many connections signed in as one may.
    TooManyConnections {
        /// How many that is.
        limit: u32,
    },
    /// It needs another role than the member has.
    NotAllowed {},
    /// The account waits until an admin approves it.
    ApprovalPending {},
    /// An admin has disabled the account.
    AccountDisabled {},
    /// No account has this username; said to those who are signed in.
    NoSuchMember {},
    /// The account has no such session, or not any more.
    NoSuchSession {},
    /// There is no such invite, or not any more.
    NoSuchInvite {},
    /// Nobody would be admin any more: make another one first.
    LastAdmin {},
    /// The code is wrong.
    WrongCode {
        /// How many more tries it has.
        tries_left: u32,
    },
    /// The code, or the right it gave, has been used, replaced, tried too often or has expired. Ask for a new
    /// one.
    CodeVoid {},
    /// The daemon sends no mail, or cannot take more just now: an admin can issue a code.
    MailUnavailable {},
    /// As many invites can be used as there may be. Void one, or wait until one ends.
    TooManyInvites {
        /// How many that is.
        limit: u32,
    },
    /// One has no such file, and nobody shares it with one, or not any more.
    NoSuchFile {},
    /// One's files have one of this name.
    NameTaken {
        /// Which.
        file: FileId,
        /// Its size, in bytes.
        size_bytes: u64,
        /// When its contents came, in milliseconds since 1970 UTC.
        changed_unix_ms: u64,
    },
    /// One's files would take more than they may. Delete some, for good.
    QuotaExceeded {
        /// How much more they may take, in bytes.
        left_bytes: u64,
    },
    /// The daemon's disk has no room for it, or soon would have none for anything. An admin has been told.
    DiskFull {},
    /// One has as many files as one may.
    TooManyFiles {
        /// How many that is.
        limit: u32,
    },
    /// One has as many unfinished uploads as one may.
    TooManyUploads {
        /// How many that is.
        limit: u32,
    },
    /// A file would be shared with more members than it may be.
    TooManyRecipients {
        /// How many that is.
        limit: u32,
    },
    /// One has no such upload, or not any more: begin it again.
    NoSuchUpload {},
    /// Not all bytes of the upload are here.
    UploadIncomplete {
        /// How many are, in bytes.
        received_bytes: u64,
    },
    /// The bytes of the upload have another hash: they were damaged on their way. What was stored is thrown
    /// away; begin again at offset 0.
    HashMismatch {},
    /// The upload was begun with another size or name.
    UploadDiffers {},
    /// The contents of the file are not on the daemon's disk any more, or damaged. Its log says more.
    FileLost {},
    /// One has a seat in the room at another place, and is there.
    SeatTaken {
        /// The name of the device that has it.
        device: String,
    },
    /// It needs a seat in the room, on this connection: enter the room first.
    NotSeated {},
    /// One has no such conversation.
    NoSuchConversation {},
    /// The conversation has no such post, or not any more.
    NoSuchPost {},
    /// The post shows no file, or not any more.
    NoSuchCard {},
    /// Somebody else said it.
    NotAuthor {},
    /// The cards of all conversations would take more than they may. Deleted posts make room.
    CardsFull {
        /// How much more they may take, in bytes.
        left_bytes: u64,
    },
}

/// A field of a form, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// Which field.
    pub field: Field,
    /// What is wrong.
    pub fault: Fault,
}

/// A field of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// The username.
    UserName,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
    /// The password; where there are two, the new one.
    Password,
    /// The invite or setup code.
    Code,
    /// What someone says of themselves.
    About,
    /// The note on an invite.
    Note,
    /// The member to whom something is handed over.
    HandOverTo,
    /// What other members see of an account.
    Visibility,
    /// The name of a file.
    FileName,
    /// How much the files of an account may take.
    Quota,
    /// What is said.
    Text,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, VariantNames, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Fault {
    /// It is empty.
    #[error("it is missing")]
    Missing {},
    /// It is too short.
    #[error("it is shorter than {chars_min} characters")]
    TooShort {
        /// The fewest characters it may have.
        chars_min: u32,
    },
    /// It is too long.
    #[error("it is longer than {max}")]
    TooLong {
        /// The most characters (names, phone numbers, words about oneself) or bytes (everything else) it
        /// may have.
        max: u32,
    },
    /// It is not of the form it should have.
    #[error("it is not well-formed")]
    NotAllowed {},
    /// It is a word that nobody may take.
    #[error("it is reserved")]
    Reserved {},
    /// Another account has it, or one that looks the same.
    #[error("it is taken")]
    Taken {},
}

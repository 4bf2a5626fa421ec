//! Every table of the store, by name, with the types of its keys and records.
//!
//! This file does not know what the records mean, nor where the bytes go. A new table is one line in
//! [`tables!`].

use std::marker::PhantomData;

use parlour_common::message::{
    ConversationId, FileId, InviteId, PostId, ResetFlow, Revision, SayKey, UploadKey,
};
use serde::{Deserialize, Serialize};

use super::audit::AuditRecord;
use super::codes::FlowRecord;
use super::files::{BlobId, BlobRecord, FileRecord, ShareRecord, UploadRecord, UsageRecord};
use super::invites::{InviteHash, InviteRecord};
use super::mail::{MailId, MailRecord};
use super::room::{ConversationRecord, PostRecord, SeatRecord, WordKey};
use super::sessions::{SessionRecord, TokenHash};
use super::users::UserRecord;
use super::users::edit::DepartedRecord;

pub(super) use super::keys::{KEY_BYTES_MAX, Key, MASK, Newest, TextKey};

/// The longest record, in bytes.
pub(super) const RECORD_BYTES_MAX: usize = 4 * 1024;

/// Who has an account, by a number that is never given twice. Numbers are given in order, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UserId(pub u64);

/// Numbers from here on are nobody's: no account ever has one.
const NOBODYS: u64 = 1 << 63;

impl UserId {
    /// Makes a number that stands for somebody who has no account, so that all that is kept of whoever has
    /// one can be kept of them as well. The same seed gives the same number.
    pub fn nobodys(seed: u64) -> Self {
        Self(seed | NOBODYS)
    }

    /// Tells whether the number is nobody's.
    pub fn is_nobodys(self) -> bool {
        self.0 >= NOBODYS
    }
}

/// A table: its name, and by its type what it maps to what.
pub(super) struct Table<K, V> {
    /// The name of the table in the files of the store.
    pub(super) name: &'static str,
    types: PhantomData<fn(K) -> V>,
}

// Not derived: a table is a name, whether or not its records can be copied.
impl<K, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Table<K, V> {}

/// What can be known of a table without its types.
pub(super) struct Shape {
    /// The name of the table.
    pub(super) name: &'static str,
    /// Shows a key to people, secrets masked. `None` if it is not a key of this table.
    pub(super) show_key: fn(&[u8]) -> Option<String>,
}

macro_rules! tables {
    ($($(#[$doc:meta])* $constant:ident = $name:literal: $key:ty => $record:ty;)*) => {
        $($(#[$doc])* pub(super) const $constant: Table<$key, $record> = Table { name: $name, types: PhantomData };)*

        /// Every table that this version knows.
        pub(super) const TABLES: &[Shape] = &[
            $(Shape { name: $name, show_key: |bytes| Some(<$key>::from_bytes(bytes)?.shown()) },)*
        ];
    };
}

tables! {
    /// The format version and the counters. It is read before all others.
    META = "meta": TextKey => u64;
    /// Accounts.
    USERS = "users": UserId => UserRecord;
    /// Accounts by the key of the username.
    NAMES = "names": TextKey => UserId;
    /// Accounts by the look-alike key of the username.
    SKELETONS = "skeletons": TextKey => UserId;
    /// Accounts by the key of the e-mail address.
    EMAILS = "emails": TextKey => UserId;
    /// Sessions.
    SESSIONS = "sessions": TokenHash => SessionRecord;
    /// Whose sessions are which.
    SESSIONS_BY_USER = "sessions_by_user": (UserId, TokenHash) => ();
    /// Accounts that were deleted.
    DEPARTED = "departed": UserId => DepartedRecord;
    /// Codes for forgotten passwords.
    FLOWS = "flows": ResetFlow => FlowRecord;
    /// Which account has which code: one at most.
    FLOW_OF = "flow_of": UserId => ResetFlow;
    /// Codes by their end.
    FLOWS_BY_END = "flows_by_end": (u64, ResetFlow) => ();
    /// Mails that wait to be sent.
    MAILS = "mails": MailId => MailRecord;
    /// Mails by when they are due.
    MAILS_BY_DUE = "mails_by_due": (u64, MailId) => ();
    /// Invites.
    INVITES = "invites": InviteId => InviteRecord;
    /// Invites by the hash of their code.
    INVITES_BY_HASH = "invites_by_hash": InviteHash => InviteId;
    /// Invites by their end.
    INVITES_BY_END = "invites_by_end": (u64, InviteId) => ();
    /// What was done by admins.
    AUDIT = "audit": u64 => AuditRecord;
    /// Files of members, those in the trash too.
    FILES = "files": FileId => FileRecord;
    /// Whose files are which, those in the trash too.
    FILES_BY_OWNER = "files_by_owner": (UserId, FileId) => ();
    /// Files by the key of their name, without those in the trash.
    FILE_NAMES = "file_names": (UserId, TextKey) => FileId;
    /// With whom a file is shared, whether or not it is in the trash.
    SHARES = "shares": (FileId, UserId) => ShareRecord;
    /// What is shared with whom, whether or not it is in the trash.
    SHARED_WITH = "shared_with": (UserId, FileId) => ();
    /// Whose files in the trash are which.
    TRASH_BY_OWNER = "trash_by_owner": (UserId, FileId) => ();
    /// Files in the trash by since when they are.
    TRASH_BY_TIME = "trash_by_time": (u64, FileId) => ();
    /// Unfinished uploads.
    UPLOADS = "uploads": (UserId, UploadKey) => UploadRecord;
    /// Unfinished uploads by when they last went on.
    UPLOADS_BY_USE = "uploads_by_use": (u64, (UserId, UploadKey)) => ();
    /// Which upload brought the contents of which file.
    UPLOADED = "uploaded": (UserId, UploadKey) => FileId;
    /// Contents of files.
    BLOBS = "blobs": BlobId => BlobRecord;
    /// Contents, whole or not, that no record has any more: they wait to be removed from the disk.
    DOOMED = "doomed": BlobId => ();
    /// What everyone's files take.
    USAGE = "usage": UserId => UsageRecord;
    /// Deleted accounts whose files have not yet had their fate, with the file to go on at.
    UNSETTLED = "unsettled": UserId => FileId;
    /// Who has a seat in the room.
    SEATS = "seats": UserId => SeatRecord;
    /// Conversations, those of two and the room.
    CONVERSATIONS = "conversations": ConversationId => ConversationRecord;
    /// Conversations of two by their members, the lesser number first.
    DIRECT = "direct": (UserId, UserId) => ConversationId;
    /// Whose conversations of two are which, those with the newest posts first.
    CONVERSATIONS_OF = "conversations_of": (UserId, (Newest, ConversationId)) => ();
    /// Conversations that have posts, by when the oldest of them was said.
    CONVERSATIONS_BY_AGE = "conversations_by_age": (u64, ConversationId) => ();
    /// What was said.
    POSTS = "posts": (ConversationId, PostId) => PostRecord;
    /// What last became of which post: each post once.
    POST_CHANGES = "post_changes": (ConversationId, Revision) => PostId;
    /// Which post was said by which number of its author's.
    SAID = "said": (UserId, SayKey) => (ConversationId, PostId);
    /// Up to which post somebody has read.
    READ_UP_TO = "read_up_to": (UserId, ConversationId) => PostId;
    /// Which posts mention whom, until they have read them.
    MENTIONS = "mentions": (UserId, (ConversationId, PostId)) => ();
    /// Whose posts show a file.
    CARDS_OF = "cards_of": (UserId, (ConversationId, PostId)) => ();
    /// Which posts have which words.
    WORDS = "words": WordKey => ();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_names_of_their_own_and_show_no_token() {
        for (place, shape) in TABLES.iter().enumerate() {
            assert!(TABLES[..place].iter().all(|earlier| earlier.name != shape.name));
        }
        let key = (UserId(9), TokenHash([0x41; 32]));
        assert_eq!(key.shown(), "9 ***");
        assert!(!format!("{key:?}").contains("65"));
    }
}

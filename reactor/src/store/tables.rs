//! Every table of the store, by name, with the types of its keys and records, and how keys are written.
//!
//! This file does not know what the records mean, nor where the bytes go. A new table is one line in
//! [`tables!`]; a new kind of key is one [`Key`].

use std::marker::PhantomData;

use parlour_common::limits::{RESET_FLOW_BYTES, UPLOAD_KEY_BYTES};
use parlour_common::message::{FileId, InviteId, ResetFlow, UploadKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::audit::AuditRecord;
use super::codes::FlowRecord;
use super::files::{BlobId, BlobRecord, FileRecord, ShareRecord, UploadRecord, UsageRecord};
use super::invites::{InviteHash, InviteRecord};
use super::mail::{MailId, MailRecord};
use super::sessions::{SessionRecord, TokenHash};
use super::users::UserRecord;
use super::users::edit::DepartedRecord;

/// The longest key, in bytes: a text behind a number. With short keys and records the engine never makes a file
/// per record.
pub(super) const KEY_BYTES_MAX: usize = TEXT_KEY_BYTES_MAX + size_of::<u64>();

/// The longest text that is a key as it is, in bytes.
const TEXT_KEY_BYTES_MAX: usize = 256;

/// The longest record, in bytes.
pub(super) const RECORD_BYTES_MAX: usize = 4 * 1024;

/// What stands in a secret's place where keys and records are shown.
pub(super) const MASK: &str = "***";

/// The part of an overlong text that stands in its key, in bytes; its SHA-256 in hexadecimal follows.
const TEXT_KEY_HEAD_BYTES: usize = TEXT_KEY_BYTES_MAX - 64;

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
}

/// Something that a table can be keyed by. The order of the bytes is the order of the keys.
pub(super) trait Key: Sized {
    /// Writes the key, at most [`KEY_BYTES_MAX`] bytes.
    fn to_bytes(&self) -> Vec<u8>;
    /// Reads the key back.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
    /// Shows the key to people, secrets masked.
    fn shown(&self) -> String;
}

/// A key whose length is always the same, so that another one can follow it.
pub(super) trait FixedKey: Key {
    /// Its length, in bytes.
    const BYTES: usize;
}

impl Key for u64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self::from_be_bytes(bytes.try_into().ok()?))
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl FixedKey for u64 {
    const BYTES: usize = size_of::<u64>();
}

/// Numbers that name something are keys as numbers are.
macro_rules! number_keys {
    ($($name:ident)*) => {$(
        impl Key for $name {
            fn to_bytes(&self) -> Vec<u8> {
                self.0.to_bytes()
            }

            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                u64::from_bytes(bytes).map(Self)
            }

            fn shown(&self) -> String {
                self.0.shown()
            }
        }

        impl FixedKey for $name {
            const BYTES: usize = size_of::<u64>();
        }
    )*};
}

number_keys! { UserId MailId InviteId FileId BlobId }

/// Hashes are keys as they are, and never shown.
macro_rules! hash_keys {
    ($($name:ident)*) => {$(
        impl Key for $name {
            fn to_bytes(&self) -> Vec<u8> {
                self.0.to_vec()
            }

            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                Some(Self(bytes.try_into().ok()?))
            }

            fn shown(&self) -> String {
                MASK.to_owned()
            }
        }
    )*};
}

hash_keys! { TokenHash InviteHash }

impl Key for ResetFlow {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self::new(<[u8; RESET_FLOW_BYTES]>::try_from(bytes).ok()?))
    }

    fn shown(&self) -> String {
        MASK.to_owned()
    }
}

impl Key for UploadKey {
    fn to_bytes(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self::new(<[u8; UPLOAD_KEY_BYTES]>::try_from(bytes).ok()?))
    }

    fn shown(&self) -> String {
        // It names, and opens nothing.
        format!("{self:?}")
    }
}

impl<A: FixedKey, B: Key> Key for (A, B) {
    fn to_bytes(&self) -> Vec<u8> {
        [self.0.to_bytes(), self.1.to_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (one, other) = bytes.split_at_checked(A::BYTES)?;
        Some((A::from_bytes(one)?, B::from_bytes(other)?))
    }

    fn shown(&self) -> String {
        format!("{} {}", self.0.shown(), self.1.shown())
    }
}

/// A text as a key. One too long for a key is cut, and told from others cut alike by its hash: folding
/// the case of a name or an address can lengthen it, so even a valid one may come to this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TextKey(String);

impl TextKey {
    /// Makes the key of a text.
    pub(super) fn new(text: &str) -> Self {
        if text.len() <= TEXT_KEY_BYTES_MAX {
            return Self(text.to_owned());
        }
        let mut key = text[..text.floor_char_boundary(TEXT_KEY_HEAD_BYTES)].to_owned();
        for byte in Sha256::digest(text) {
            key.push_str(&format!("{byte:02x}"));
        }
        Self(key)
    }
}

impl Key for TextKey {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(std::str::from_utf8(bytes).ok()?.to_owned()))
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_and_keep_their_order() {
        let token = TokenHash([7; 32]);
        assert_eq!(UserId::from_bytes(&UserId(300).to_bytes()), Some(UserId(300)));
        assert!(UserId(255).to_bytes() < UserId(256).to_bytes());
        assert_eq!(
            <(UserId, TokenHash)>::from_bytes(&(UserId(3), token).to_bytes()),
            Some((UserId(3), token))
        );
        assert_eq!(TextKey::from_bytes("سارا".as_bytes()), Some(TextKey::new("سارا")));
        for bad in [&[][..], &[1], &[0; 39], &[0; 41]] {
            assert_eq!(<(UserId, TokenHash)>::from_bytes(bad), None);
        }
    }

    #[test]
    fn a_text_of_any_length_has_a_key_of_its_own() {
        let long = "é".repeat(200);
        let other = format!("{}x", "é".repeat(199));
        assert_eq!(TextKey::new(&"x".repeat(256)).0.len(), 256);
        for text in [&long, &other] {
            assert!(TextKey::new(text).to_bytes().len() <= TEXT_KEY_BYTES_MAX);
        }
        assert_ne!(TextKey::new(&long), TextKey::new(&other));
    }

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

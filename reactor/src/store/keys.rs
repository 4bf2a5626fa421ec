//! How the keys of tables are written: the order of the bytes is the order of the keys.
//!
//! This file does not know which table has which keys. A new kind of key is one [`Key`].

use parlour_common::limits::{RESET_FLOW_BYTES, SAY_KEY_BYTES, UPLOAD_KEY_BYTES};
use parlour_common::message::{
    ConversationId, FileId, InviteId, PostId, ResetFlow, Revision, SayKey, UploadKey,
};
use sha2::{Digest, Sha256};

use super::files::BlobId;
use super::invites::InviteHash;
use super::mail::MailId;
use super::sessions::TokenHash;
use super::tables::UserId;

/// The longest key, in bytes: a text behind a number. With short keys and records the engine never makes a file
/// per record.
pub(super) const KEY_BYTES_MAX: usize = TEXT_KEY_BYTES_MAX + size_of::<u64>();

/// The longest text that is a key as it is, in bytes.
const TEXT_KEY_BYTES_MAX: usize = 256;

/// What stands in a secret's place where keys and records are shown.
pub(super) const MASK: &str = "***";

/// The part of an overlong text that stands in its key, in bytes; its SHA-256 in hexadecimal follows.
const TEXT_KEY_HEAD_BYTES: usize = TEXT_KEY_BYTES_MAX - 64;

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

number_keys! { UserId MailId InviteId FileId BlobId ConversationId PostId Revision }

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

/// Numbers that clients draw are keys as they are. They name, and open nothing.
macro_rules! drawn_keys {
    ($($name:ident: $bytes:ident)*) => {$(
        impl Key for $name {
            fn to_bytes(&self) -> Vec<u8> {
                self.as_bytes().to_vec()
            }

            fn from_bytes(bytes: &[u8]) -> Option<Self> {
                Some(Self::new(<[u8; $bytes]>::try_from(bytes).ok()?))
            }

            fn shown(&self) -> String {
                format!("{self:?}")
            }
        }
    )*};
}

drawn_keys! { UploadKey: UPLOAD_KEY_BYTES SayKey: SAY_KEY_BYTES }

/// A number as a key that comes before all lesser ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Newest(pub(super) u64);

impl Key for Newest {
    fn to_bytes(&self) -> Vec<u8> {
        (!self.0).to_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        u64::from_bytes(bytes).map(|number| Self(!number))
    }

    fn shown(&self) -> String {
        self.0.shown()
    }
}

impl FixedKey for Newest {
    const BYTES: usize = size_of::<u64>();
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
}

//! What is to be moved between the person's disk and the daemon, and how that ended.
//!
//! This file knows words only: plain values that can be kept in a file and given again after a restart. How
//! anything is moved is in `transfers.rs`.

use std::path::PathBuf;

use parlour_common::message::{
    ConversationId, Denial, FileEntry, FileHash, FileId, PostId, SameName, TrackId, UploadKey,
};
use parlour_common::names::FileName;
use serde::{Deserialize, Serialize};

/// Names one transfer. Chosen by the app; used again only to go on with the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

/// What is to be moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// A file of the daemon, into a folder.
    Fetch(Fetch),
    /// A file of the person's disk, to the daemon.
    Upload(Upload),
    /// The receipt for a file that somebody shares: it is here.
    Confirm(Confirm),
}

/// A file of the daemon that is to be saved in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// Which.
    pub source: Source,
    /// The name to save it under; ` (2)` and so on is added where that is taken.
    pub file_name: FileName,
    /// Its size as it was listed, shown until the daemon says the size it has now.
    pub size_bytes: u64,
    /// The folder to save it in. It must be there.
    #[serde(with = "as_path")]
    pub folder: PathBuf,
}

/// A file that the daemon gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A track of the library.
    Track(TrackId),
    /// A file of a member.
    File(FileId),
    /// The file that a post shows.
    Card {
        /// Where.
        conversation: ConversationId,
        /// Which post.
        post: PostId,
    },
}

/// A file of the person's disk that is to be stored at the daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The name of the upload, drawn once: with it the daemon goes on where it was.
    #[serde(with = "as_hex_key")]
    pub key: UploadKey,
    /// Where the file is.
    #[serde(with = "as_path")]
    pub path: PathBuf,
    /// The name it is to have.
    pub file_name: FileName,
    /// What to do if the name is taken.
    pub same_name: SameName,
    /// The file as it was when it was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
}

/// What a file of the person's disk looked like: another size or time means other contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its size, in bytes.
    pub size_bytes: u64,
    /// When it was changed last, in nanoseconds since 1970 UTC.
    pub changed_unix_ns: i64,
}

/// The receipt for a file that somebody shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// Which file.
    pub file: FileId,
    /// The hash of what is here.
    #[serde(with = "as_hex_hash")]
    pub sha256: FileHash,
}

/// How a transfer ended, or came to rest.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The file is whole, verified, durable and under its name.
    Saved {
        /// Where it is now.
        path: PathBuf,
        /// The hash of its bytes.
        sha256: FileHash,
    },
    /// The daemon has the file and has verified it.
    Uploaded(Box<FileEntry>),
    /// The receipt was given, or is of no use any more.
    Confirmed,
    /// It rests, as it was told to: what was moved is kept.
    Paused,
    /// It was given up, as it was told to: nothing is left of it on either side.
    Cancelled,
    /// It ended without the file.
    Failed(TransferFault),
}

/// Why a transfer ended without the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferFault {
    /// The folder is not there, or not any more.
    FolderGone,
    /// The person's disk is full.
    NoSpace,
    /// The folder cannot be written to; the reason is the system's.
    NotWritable(String),
    /// Another transfer is writing the same file into the same folder.
    InUse,
    /// The daemon does not do it, or the session has ended.
    Denied(Denial),
    /// The file was changed on the daemon again and again while it was fetched.
    Changed,
    /// The daemon could not read the file, several times.
    ReadFailed,
    /// What came was not what the daemon has, twice.
    Damaged,
    /// The daemon sent what it had not announced, several times.
    Garbled,
    /// The app disconnected, or was not signed in.
    Disconnected,
    /// Too many transfers are waiting.
    TooMany,
    /// The file to be uploaded is not there, or not any more.
    SourceGone,
    /// The file to be uploaded cannot be read; the reason is the system's.
    SourceUnreadable(String),
    /// What is to be uploaded is a folder.
    SourceIsFolder,
    /// What is to be uploaded is no file: a pipe, a socket or a device.
    SourceIsNoFile,
    /// The file to be uploaded kept changing while it was read.
    SourceChanged,
}

/// Writes a path as text, or as its bytes where it is none.
mod as_path {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub(super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        match path.to_str() {
            Some(text) => Written::Text(text.to_owned()),
            None => Written::Bytes(path.as_os_str().as_bytes().to_vec()),
        }
        .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Text(text) => text.into(),
            Written::Bytes(bytes) => OsString::from_vec(bytes).into(),
        })
    }
}

/// Writes opaque bytes in hexadecimal digits.
macro_rules! as_hex {
    ($name:ident, $type:ty) => {
        mod $name {
            use serde::de::Error;
            use serde::{Deserialize, Deserializer, Serializer};

            pub(super) fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                let digits: String = value.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
                serializer.serialize_str(&digits)
            }

            pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let digits = String::deserialize(deserializer)?;
                let bytes = (0..digits.len())
                    .step_by(2)
                    .map(|at| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
                    .collect::<Option<Vec<u8>>>();
                let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
                bytes.map(<$type>::new).ok_or_else(|| D::Error::custom("not these hexadecimal digits"))
            }
        }
    };
}

as_hex!(as_hex_key, parlour_common::message::UploadKey);
as_hex!(as_hex_hash, parlour_common::message::FileHash);

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn an_order_that_is_written_down_is_read_again_whatever_its_path() {
        let paths = ["/home/개구리/a b.txt".into(), OsString::from_vec(b"/home/\xff\xfe".to_vec())];
        for path in paths {
            let order = Order::Upload(Upload {
                key: UploadKey::new([0xa7; 16]),
                path: path.into(),
                file_name: FileName::parse("a b.txt").unwrap(),
                same_name: SameName::KeepBoth,
                seen: Some(Seen { size_bytes: u64::MAX, changed_unix_ns: -1 }),
            });
            let text = serde_json::to_string(&order).unwrap();
            assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), order, "{text}");
        }
        let confirm = Order::Confirm(Confirm { file: FileId(7), sha256: FileHash::new([9; 32]) });
        let text = serde_json::to_string(&confirm).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&text).unwrap(), confirm);
        for bad in ["09", "zz", "é"] {
            let text = text.replace(&"09".repeat(32), bad);
            assert!(serde_json::from_str::<Order>(&text).is_err(), "{text}");
        }
    }
}

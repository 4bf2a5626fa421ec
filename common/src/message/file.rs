//! Messages about people's own files: what there is, who shares it with whom, the trash.
//!
//! How the bytes of a file travel is in `transfer.rs`.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::opaque::opaque_bytes;
use crate::limits::FILE_HASH_BYTES;
use crate::names::{FileName, UserName};

/// A file of a member, by a number that is never given twice. It stays the same when the file is renamed, put
/// in the trash, restored, or gets other contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileId(pub u64);

opaque_bytes! {
    /// The SHA-256 (FIPS 180-4) of all bytes of a file.
    FileHash, FILE_HASH_BYTES
}

impl std::fmt::Debug for FileHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A file, as whoever asks sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Which file.
    pub file: FileId,
    /// Its name.
    pub file_name: FileName,
    /// Its size, in bytes.
    pub size_bytes: u64,
    /// The hash of its contents.
    pub sha256: FileHash,
    /// When these contents came, in milliseconds since 1970 UTC.
    pub changed_unix_ms: u64,
    /// Whose it is, where it is not one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_by: Option<SharedBy>,
    /// With how many members it is shared; 0 where it is not one's own.
    #[serde(default)]
    pub recipients: u32,
    /// How many of them have fetched these contents.
    #[serde(default)]
    pub fetched: u32,
    /// Where it is in the trash, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trashed: Option<Trashed>,
}

/// How a file of somebody else came to be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedBy {
    /// Whose it is, or was before that account was deleted.
    pub user_name: UserName,
    /// Since when, in milliseconds since 1970 UTC.
    pub since_unix_ms: u64,
    /// When one confirmed to have these contents, in milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched_unix_ms: Option<u64>,
}

/// A file in the trash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trashed {
    /// Since when, in milliseconds since 1970 UTC.
    pub since_unix_ms: u64,
    /// When it is deleted for good, in milliseconds since 1970 UTC; `None` if not by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_unix_ms: Option<u64>,
}

/// How much of the daemon's disk one's files take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// All of it: files, the trash, and what unfinished uploads were promised, in bytes.
    pub used_bytes: u64,
    /// Of that the trash, in bytes.
    pub trash_bytes: u64,
    /// Of that unfinished uploads, in bytes.
    pub uploads_bytes: u64,
    /// The most it may be, in bytes; `None` for as much as the disk gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_bytes: Option<u64>,
}

/// Which files a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FilePlace {
    /// One's own, without the trash.
    #[default]
    Own,
    /// Those that others share with one.
    Shared,
    /// One's own in the trash.
    Trash,
}

/// What to order files by; what is equal follows by name, then by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FileSort {
    /// By name, case ignored, numbers in it by their value.
    #[default]
    Name,
    /// By size, the smallest first.
    Size,
    /// By time, the oldest first: of the contents, of the sharing, or of the trashing, by the place.
    Time,
}

/// Asks for one page of files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListFiles {
    /// Which.
    pub place: FilePlace,
    /// Only those whose name contains this, case ignored; empty means all. At most `QUERY_BYTES_MAX` bytes.
    pub query: String,
    /// The order.
    pub sort: FileSort,
    /// Whether the order is turned round.
    pub descending: bool,
    /// How many to skip.
    pub offset: u32,
    /// How many to answer with, 1 to `FILES_PER_PAGE_MAX`.
    pub limit: u16,
}

/// One page of files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilePage {
    /// How many files of the place fit the query.
    pub total: u32,
    /// How many of them come before this page.
    pub offset: u32,
    /// The page.
    pub files: Vec<FileEntry>,
    /// What all one's files take.
    pub usage: Usage,
}

/// What to do where one's files have one of the name already. Names are the same if they differ in case or in
/// the way their characters are composed only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SameName {
    /// Deny it as `name_taken`, so that a person can be asked.
    #[default]
    Ask,
    /// Put the new contents in the place of the old, under the same number and shared with the same members; the
    /// old go to the trash as a file of their own.
    Replace,
    /// Put a number behind the name, as ` (2)` before the extension.
    KeepBoth,
}

/// Renames a file of one's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RenameFile {
    /// Which file.
    pub file: FileId,
    /// The new name.
    pub file_name: String,
    /// What to do if it is taken. `replace` puts the other file in the trash.
    pub same_name: SameName,
}

/// Names some files of one's own, 1 to `FILES_PER_REQUEST_MAX`, each once. What is asked is done to all of them
/// or to none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileList {
    /// Which.
    pub files: Vec<FileId>,
}

/// Shares some files of one's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareFiles {
    /// Which, 1 to `FILES_PER_REQUEST_MAX`.
    pub files: Vec<FileId>,
    /// With whom, 1 to `RECIPIENTS_PER_REQUEST_MAX`; who has it shared already keeps it as it is.
    pub with: Vec<UserName>,
}

/// Takes a file from the eyes of a member: its owner may, and a recipient for themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnshareFile {
    /// Which file.
    pub file: FileId,
    /// From whom.
    pub with: UserName,
}

/// Names one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneFile {
    /// Which.
    pub file: FileId,
}

/// With whom a file is shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecipientList {
    /// Which file.
    pub file: FileId,
    /// Them, by name.
    pub recipients: Vec<Recipient>,
}

/// A member with whom a file is shared, and the receipt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipient {
    /// Who.
    pub user_name: UserName,
    /// Since when, in milliseconds since 1970 UTC.
    pub since_unix_ms: u64,
    /// When they confirmed to have the contents that the file has now, in milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched_unix_ms: Option<u64>,
}

/// Asks whether what is recorded of files is what lies on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckFiles {
    /// Whether to read every byte and compare its hash, which takes as long as the disk does.
    pub read_all: bool,
}

/// What a check of the files found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// How many files there are, those in the trash included.
    pub files: u64,
    /// How many contents they have: two files may share theirs.
    pub blobs: u64,
    /// How much they are, in bytes.
    pub bytes: u64,
    /// How many unfinished uploads there are.
    pub uploads: u64,
    /// How many faults were found.
    pub faults_total: u64,
    /// The first of them, at most `FAULTS_PER_REPORT_MAX`.
    pub faults: Vec<StorageFault>,
}

/// Where records and files on the disk drifted apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum StorageFault {
    /// The contents of files are not on the disk.
    Missing {
        /// The number of the contents: the file's name beneath `files/` in the data folder.
        blob: u64,
        /// The name of one file that has them.
        file_name: FileName,
        /// Whose it is; `None` where that account was deleted.
        owner: Option<UserName>,
    },
    /// The contents are on the disk, but not as they were when they came.
    Damaged {
        /// The number of the contents.
        blob: u64,
        /// The name of one file that has them.
        file_name: FileName,
        /// Whose it is; `None` where that account was deleted.
        owner: Option<UserName>,
    },
    /// The contents cannot be read.
    Unreadable {
        /// The number of the contents.
        blob: u64,
        /// Why, in the system's words.
        reason: String,
    },
    /// Something lies on the disk that no record knows.
    Orphan {
        /// Where, beneath `files/` in the data folder.
        path: String,
        /// Its size, in bytes.
        size_bytes: u64,
    },
    /// The records contradict each other.
    Record {
        /// How, for the daemon's author.
        reason: String,
    },
}

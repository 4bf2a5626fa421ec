//! What is recorded of files, their contents, uploads and shares. Later fields need `serde(default)`.
//!
//! This file does not know how records change.

use std::time::Duration;

use parlour_common::message::{
    FileEntry, FileHash, FileId, Quota, SameName, SharedBy, Trashed, UploadKey, Usage,
};
use parlour_common::names::{FileName, UserName};
use serde::{Deserialize, Serialize};

use super::super::tables::UserId;

/// Contents of files, by a number that is never given twice. Numbers are given in order, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlobId(pub u64);

/// A file of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Which file.
    pub id: FileId,
    /// Whose it is.
    pub owner: UserId,
    /// Its name.
    pub file_name: FileName,
    /// Its contents.
    pub blob: BlobId,
    /// Their size, in bytes.
    pub size_bytes: u64,
    /// Their hash.
    pub sha256: FileHash,
    /// When they came.
    pub changed_unix_ms: u64,
    /// Since when it is in the trash, if it is.
    pub trashed_unix_ms: Option<u64>,
    /// The upload of its owner that brought the contents.
    pub upload: Option<UploadKey>,
    /// With how many members it is shared.
    pub recipients: u32,
    /// How many of them confirmed to have these contents.
    pub fetched: u32,
}

impl FileRecord {
    /// Tells whether it is in the trash.
    pub fn is_trashed(&self) -> bool {
        self.trashed_unix_ms.is_some()
    }

    /// Returns the file as its owner sees it. The trash is kept for so many days, 0 means for ever.
    pub fn own_entry(&self, trash_days: u32) -> FileEntry {
        let kept = (trash_days > 0).then(|| Duration::from_hours(24) * trash_days);
        let kept_ms = kept.map(|kept| u64::try_from(kept.as_millis()).unwrap_or(u64::MAX));
        let trashed = self.trashed_unix_ms.map(|since_unix_ms| Trashed {
            since_unix_ms,
            until_unix_ms: kept_ms.map(|kept_ms| since_unix_ms.saturating_add(kept_ms)),
        });
        FileEntry { recipients: self.recipients, fetched: self.fetched, trashed, ..self.bare_entry() }
    }

    /// Returns the file as somebody sees it with whom it is shared.
    pub fn shared_entry(&self, owner: UserName, share: &ShareRecord) -> FileEntry {
        let ShareRecord { since_unix_ms, fetched_unix_ms } = *share;
        let shared_by = Some(SharedBy { user_name: owner, since_unix_ms, fetched_unix_ms });
        FileEntry { shared_by, ..self.bare_entry() }
    }

    fn bare_entry(&self) -> FileEntry {
        FileEntry {
            file: self.id,
            file_name: self.file_name.clone(),
            size_bytes: self.size_bytes,
            sha256: self.sha256,
            changed_unix_ms: self.changed_unix_ms,
            shared_by: None,
            recipients: 0,
            fetched: 0,
            trashed: None,
        }
    }
}

/// That a file is shared with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareRecord {
    /// Since when.
    pub since_unix_ms: u64,
    /// When they confirmed to have the contents that the file has now.
    pub fetched_unix_ms: Option<u64>,
}

/// An unfinished upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRecord {
    /// The contents that it makes.
    pub blob: BlobId,
    /// The name that the file is to have.
    pub file_name: FileName,
    /// The size that it is to have, in bytes.
    pub size_bytes: u64,
    /// What to do if the name is taken.
    pub same_name: SameName,
    /// When it was begun.
    pub began_unix_ms: u64,
    /// When it last went on.
    pub used_unix_ms: u64,
}

/// What is recorded of contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRecord {
    /// Their size, in bytes.
    pub size_bytes: u64,
    /// Their hash.
    pub sha256: FileHash,
    /// How many records have them.
    pub links: u32,
}

/// What the files of a member take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRecord {
    /// Files that are not in the trash, in bytes.
    pub files_bytes: u64,
    /// Files in the trash, in bytes.
    pub trash_bytes: u64,
    /// What unfinished uploads were promised, in bytes.
    pub uploads_bytes: u64,
    /// How many files there are, those in the trash included.
    pub files: u32,
    /// How many unfinished uploads there are.
    pub uploads: u32,
}

impl UsageRecord {
    /// Returns all of it, in bytes.
    pub fn used_bytes(&self) -> u64 {
        self.files_bytes.saturating_add(self.trash_bytes).saturating_add(self.uploads_bytes)
    }

    /// Returns it as its member sees it.
    pub fn shown(&self, quota_bytes: Option<u64>) -> Usage {
        let (trash_bytes, uploads_bytes) = (self.trash_bytes, self.uploads_bytes);
        Usage { used_bytes: self.used_bytes(), trash_bytes, uploads_bytes, quota_bytes }
    }
}

/// Returns how much the files of an account may take, in bytes; `None` for as much as the disk gives.
pub fn quota_bytes(quota: Quota, standard_quota_bytes: Option<u64>) -> Option<u64> {
    match quota {
        Quota::Standard => standard_quota_bytes,
        Quota::Bytes(bytes) => Some(bytes),
        Quota::Unlimited => None,
    }
}

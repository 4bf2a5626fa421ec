//! People's files: their records, what is recorded of their contents, and what can be read of them.
//!
//! This file does not know where the bytes of a file lie, nor who may see what beyond whose it is and with whom
//! it is shared. How files come stands in `files/uploads.rs`, what becomes of them in `files/{names,trash,shares,
//! departed,keep}.rs`, what they take in `files/books.rs`.

mod books;
mod change;
pub(super) mod departed;
mod keep;
mod list;
mod listings;
mod names;
mod order;
mod records;
mod shares;
mod trash;
mod uploads;

#[cfg(test)]
mod tests;

use parlour_common::message::{FileId, FilePage, ListFiles, RecipientList, UploadKey, UploadList};
use parlour_common::names::UserName;

pub use change::{FilesChange, FilesOutcome};
pub use records::{BlobId, BlobRecord, FileRecord, ShareRecord, UploadRecord, UsageRecord};
pub use uploads::NewUpload;

pub(super) use books::{LAST_BLOB_KEY, link, unlink};
pub(super) use change::{Budget, Tally, apply};
pub(super) use keep::{Keep, keep};
pub(super) use listings::Listings;
pub(super) use names::key as name_key;
pub(super) use uploads::LAST_FILE_KEY;

use super::Store;
use super::change::{Refusal, Stop};
use super::engine::Read;
use super::error::StoreError;
use super::tables::{
    BLOBS, DEPARTED, DOOMED, FILES, SHARES, UNSETTLED, UPLOADED, UPLOADS, USAGE, USERS, UserId,
};
use super::users::UserRecord;
use std::ops::Bound::Unbounded;

/// The files, or unfinished uploads, that one change of many does at most: it must not keep other changes
/// waiting.
pub const FILES_PER_STEP_MAX: usize = 256;

/// Returns a file that must be this member's, in the trash perhaps. Of an account that was deleted there is none,
/// though its files may wait for their fate.
fn own(reader: &impl Read, user: UserId, id: FileId) -> Result<FileRecord, Stop> {
    let file: Option<FileRecord> = reader.get(FILES, &id)?;
    let file = file.filter(|file| file.owner == user).ok_or(Refusal::NoSuchFile)?;
    if reader.has(USERS, &user)? { Ok(file) } else { Err(Refusal::NoSuchFile.into()) }
}

/// Returns a file that a member may read: one of their own, or one that is shared with them, unless it is in the
/// trash.
pub(super) fn readable(
    reader: &impl Read,
    user: UserId,
    id: FileId,
) -> Result<Option<FileRecord>, StoreError> {
    let file: Option<FileRecord> = reader.get(FILES, &id)?;
    let Some(file) = file.filter(|file| !file.is_trashed()) else { return Ok(None) };
    let may = file.owner == user || reader.has(SHARES, &(id, user))?;
    Ok(may.then_some(file))
}

/// Returns the name of an account, or what it was before it was deleted.
pub(super) fn name_of(reader: &impl Read, user: UserId) -> Result<Option<UserName>, StoreError> {
    let account: Option<UserRecord> = reader.get(USERS, &user)?;
    if let Some(account) = account {
        return Ok(Some(account.user_name));
    }
    Ok(reader.get(DEPARTED, &user)?.map(|departed| departed.user_name))
}

impl Store {
    /// Returns a file.
    pub fn file(&self, id: FileId) -> Result<Option<FileRecord>, StoreError> {
        self.engine.get(FILES, &id)
    }

    /// Returns a file that a member may read: one of their own, or one that is shared with them, unless it is in
    /// the trash.
    pub fn may_read(&self, user: UserId, id: FileId) -> Result<Option<FileRecord>, StoreError> {
        readable(&*self.engine, user, id)
    }

    /// Returns how a file is shared with a member.
    pub fn share(&self, id: FileId, with: UserId) -> Result<Option<ShareRecord>, StoreError> {
        self.engine.get(SHARES, &(id, with))
    }

    /// Returns an unfinished upload.
    pub fn upload(&self, user: UserId, key: UploadKey) -> Result<Option<UploadRecord>, StoreError> {
        self.engine.get(UPLOADS, &(user, key))
    }

    /// Returns the file that has the contents which an upload brought.
    pub fn uploaded(&self, user: UserId, key: UploadKey) -> Result<Option<FileRecord>, StoreError> {
        match self.engine.get(UPLOADED, &(user, key))? {
            Some(id) => self.file(id),
            None => Ok(None),
        }
    }

    /// Tells why an upload that is not begun yet may not be, if so. Only [`FilesChange::AddUpload`] can be sure of
    /// it; this lets it be denied before anything is written.
    pub fn may_upload(&self, user: UserId, upload: &NewUpload) -> Result<Option<Refusal>, StoreError> {
        match uploads::may_begin(&*self.engine, user, upload) {
            Ok(()) => Ok(None),
            Err(Stop::Refused(refusal)) => Ok(Some(refusal)),
            Err(Stop::Store(error)) => Err(error),
        }
    }

    /// Returns what the files of a member take.
    pub fn usage(&self, user: UserId) -> Result<UsageRecord, StoreError> {
        Ok(self.engine.get(USAGE, &user)?.unwrap_or_default())
    }

    /// Returns a page of the files that a member sees in a place, with what all of theirs take. The trash is kept
    /// for so many days, 0 means for ever. It reads every file of the place, unless the same list was asked for of
    /// late and has not changed.
    pub fn list_files(
        &self,
        user: UserId,
        list: &ListFiles,
        trash_days: u32,
        standard_quota_bytes: Option<u64>,
    ) -> Result<FilePage, StoreError> {
        list::files((&self.engine, &self.listings), user, list, trash_days, standard_quota_bytes)
    }

    /// Returns the unfinished uploads of a member.
    pub fn list_uploads(&self, user: UserId) -> Result<UploadList, StoreError> {
        list::uploads(&self.engine, user)
    }

    /// Returns with whom a file of a member is shared; `None` if they have no such file.
    pub fn list_recipients(&self, user: UserId, id: FileId) -> Result<Option<RecipientList>, StoreError> {
        list::recipients(&self.engine, user, id)
    }

    /// Returns the name of an account, or what it was before it was deleted.
    pub fn name_of(&self, user: UserId) -> Result<Option<UserName>, StoreError> {
        name_of(&*self.engine, user)
    }

    /// Returns what is recorded of contents.
    pub fn blob(&self, id: BlobId) -> Result<Option<BlobRecord>, StoreError> {
        self.engine.get(BLOBS, &id)
    }

    /// Returns contents that wait to be removed from the disk, at most `max`: [`FilesChange::ForgetBlobs`] is to
    /// follow once they are.
    pub fn doomed(&self, max: usize) -> Result<Vec<BlobId>, StoreError> {
        self.engine.records(DOOMED, Unbounded).take(max).map(|row| Ok(row?.0)).collect()
    }

    /// Walks all contents that are recorded.
    pub fn blobs(&self) -> impl Iterator<Item = Result<(BlobId, BlobRecord), StoreError>> + '_ {
        self.engine.records(BLOBS, Unbounded)
    }

    /// Walks all files, those in the trash too.
    pub fn files(&self) -> impl Iterator<Item = Result<FileRecord, StoreError>> + '_ {
        self.engine.records(FILES, Unbounded).map(|row| Ok(row?.1))
    }

    /// Walks all unfinished uploads.
    pub fn uploads(
        &self,
    ) -> impl Iterator<Item = Result<((UserId, UploadKey), UploadRecord), StoreError>> + '_ {
        self.engine.records(UPLOADS, Unbounded)
    }

    /// Returns deleted accounts whose files have not yet had their fate, at most `max`:
    /// [`FilesChange::SettleDeparted`] is to follow.
    pub fn unsettled(&self, max: usize) -> Result<Vec<UserId>, StoreError> {
        self.engine.records(UNSETTLED, Unbounded).take(max).map(|row| Ok(row?.0)).collect()
    }
}

//! Slow work about people's files: what the records and the disk have to say, and what becomes of the disk.
//!
//! This file does not know who asked. Whether a member may read a file is looked up here, where its record is
//! read; what is against the rules comes back as the denial to answer with.

mod check;
mod tracks;

#[cfg(test)]
mod tests;

use parlour_common::message::{Denial, FileHash, FileId, ListFiles, TransferOutcome, UploadKey};
use parlour_common::names::UserName;

use super::{Tools, storage_failed};
use crate::files::{DiskFault, NotSealed, NotStored};
use crate::job::{Completion, FilesFound, FilesJob, Piece, denial_of};
use crate::send_file::SendFile;
use crate::store::{BlobId, NewUpload, StoreError, UserId, UserRecord};

pub use tracks::TrackHashes;

/// Contents that are removed from the disk in one go: a few seconds of its time.
const REMOVED_PER_JOB_MAX: usize = 256;

/// Deleted accounts that are found in one go.
const UNSETTLED_PER_JOB_MAX: usize = 64;

/// What a file takes of the disk beside its bytes, at most: the rest of its last block, and its place in a folder.
const SLACK_BYTES: u64 = 16 * 1024;

/// What a part of the work found, unless the store failed.
type Found = Result<FilesFound, StoreError>;

impl Tools {
    pub(super) fn run_files(&self, job: FilesJob) -> Completion {
        let found = match job {
            FilesJob::PrepareUpload { user, key, file_name, size_bytes, same_name } => {
                let standard_quota_bytes = self.policy.standard_quota_bytes;
                let upload = NewUpload { key, file_name, size_bytes, same_name, standard_quota_bytes };
                self.prepare_upload(user, &upload)
            }
            FilesJob::OpenSpool { blob, size_bytes } => return self.open_spool(blob, size_bytes),
            FilesJob::SealUpload { user, key, sha256 } => match self.upload_to_seal(user, key) {
                Ok((blob, size_bytes)) => return self.seal((blob, size_bytes), sha256),
                Err(completion) => return *completion,
            },
            FilesJob::List { user, list } => self.list(user, &list),
            FilesJob::ListUploads { user } => self.list_uploads(user),
            FilesJob::ListRecipients { user, file } => self.list_recipients(user, file),
            FilesJob::FindRecipients { names } => self.find_recipients(&names),
            FilesJob::OpenFile { user, file } => return self.open_file(user, file),
            FilesJob::HashTrack { path, version } => return self.hash_track(&path, version),
            FilesJob::Check { read_all } => return self.check_files(read_all),
            FilesJob::RemoveDoomed => self.remove_doomed(),
            FilesJob::FindUnsettled => self.store.unsettled(UNSETTLED_PER_JOB_MAX).map(FilesFound::Unsettled),
            FilesJob::MeasureRoom => return self.measure_room(),
        };
        found.map_or_else(|error| storage_failed(&error), Completion::Files)
    }

    fn prepare_upload(&self, user: UserId, upload: &NewUpload) -> Found {
        if let Some(file) = self.store.uploaded(user, upload.key)? {
            return Ok(FilesFound::UploadedBefore(Box::new(file)));
        }
        if let Some(refusal) = self.store.may_upload(user, upload)? {
            let denial = denial_of(refusal).unwrap_or_else(|| {
                // Whose account was deleted this moment.
                tracing::debug!(?refusal, "an upload may not begin");
                Denial::SignInFirst {}
            });
            return Ok(FilesFound::Refused(denial));
        }
        let begun = self.store.upload(user, upload.key)?.map(|begun| begun.blob);
        let fits = self.fits(begun, upload.size_bytes);
        Ok(if fits { FilesFound::MayUpload } else { FilesFound::Refused(Denial::DiskFull {}) })
    }

    /// Tells whether there is room for an upload on the disk. What needs no more is let go on even where there is
    /// none.
    fn fits(&self, begun: Option<BlobId>, size_bytes: u64) -> bool {
        // What it has taken of the disk already is not free any more.
        let taken = begun.map_or(0, |blob| self.files.taken_bytes(blob));
        let more = size_bytes.saturating_sub(taken);
        if taken > 0 && more == 0 {
            return true;
        }
        let more = more.saturating_add(SLACK_BYTES);
        match self.files.free_bytes() {
            Ok(free) => free.checked_sub(more).is_some_and(|left| left >= self.policy.reserve_bytes),
            Err(error) => {
                tracing::error!(%error, "the free room on the disk cannot be told");
                false
            }
        }
    }

    /// Opens a spool.
    pub(super) fn open_spool(&self, blob: BlobId, size_bytes: u64) -> Completion {
        // Looked at again: of those that may begin at the same moment not all may fit.
        if !self.fits(Some(blob), size_bytes) {
            return refused(Denial::DiskFull {});
        }
        match self.files.open_spool(blob, size_bytes) {
            Ok((spool, offset)) => Completion::Files(FilesFound::SpoolOpened { spool, offset }),
            Err(DiskFault::Unwanted) => refused(Denial::NoSuchUpload {}),
            Err(fault) => disk_failed(blob, fault),
        }
    }

    /// Finds which contents an upload is to seal; otherwise what the answer is.
    pub(super) fn upload_to_seal(
        &self,
        user: UserId,
        key: UploadKey,
    ) -> Result<(BlobId, u64), Box<Completion>> {
        match self.store.upload(user, key) {
            Ok(Some(upload)) => Ok((upload.blob, upload.size_bytes)),
            Ok(None) => match self.store.uploaded(user, key) {
                Ok(Some(file)) => {
                    Err(Box::new(Completion::Files(FilesFound::UploadedBefore(Box::new(file)))))
                }
                Ok(None) => Err(Box::new(refused(Denial::NoSuchUpload {}))),
                Err(error) => Err(Box::new(storage_failed(&error))),
            },
            Err(error) => Err(Box::new(storage_failed(&error))),
        }
    }

    /// Makes a spool whole contents.
    pub(super) fn seal(&self, (blob, size_bytes): (BlobId, u64), sha256: FileHash) -> Completion {
        let denial = match self.files.seal(blob, size_bytes, sha256) {
            Ok(()) => return Completion::Files(FilesFound::Sealed { blob }),
            Err(NotSealed::Incomplete { received_bytes }) => Denial::UploadIncomplete { received_bytes },
            Err(NotSealed::Mismatch) => {
                tracing::warn!(
                    ?blob,
                    "the bytes of an upload were damaged on their way; they are thrown away"
                );
                Denial::HashMismatch {}
            }
            Err(NotSealed::Differs) => Denial::UploadDiffers {},
            Err(NotSealed::Gone) => Denial::NoSuchUpload {},
            Err(NotSealed::Failed(fault)) => return disk_failed(blob, fault),
        };
        refused(denial)
    }

    /// Writes bytes of an upload.
    pub(super) fn store_piece(&self, piece: &Piece) -> Result<(), TransferOutcome> {
        self.files.store(&piece.spool, piece.offset, &piece.bytes).map_err(|error| match error {
            NotStored::Superseded => TransferOutcome::Superseded,
            NotStored::Failed(fault) => {
                let blob = piece.spool.blob();
                match fault {
                    Some(fault) => tracing::warn!(?blob, %fault, "an upload cannot be written"),
                    None => {
                        tracing::debug!(?blob, "bytes of an upload came after some that were not written");
                    }
                }
                TransferOutcome::WriteFailed
            }
        })
    }

    fn list(&self, user: UserId, list: &ListFiles) -> Found {
        let (trash_days, standard) = (self.policy.trash_days, self.policy.standard_quota_bytes);
        Ok(FilesFound::Files(self.store.list_files(user, list, trash_days, standard)?))
    }

    fn list_uploads(&self, user: UserId) -> Found {
        Ok(FilesFound::Uploads(self.store.list_uploads(user)?))
    }

    fn list_recipients(&self, user: UserId, file: FileId) -> Found {
        let recipients = self.store.list_recipients(user, file)?;
        Ok(recipients.map_or(FilesFound::Refused(Denial::NoSuchFile {}), FilesFound::Recipients))
    }

    fn find_recipients(&self, names: &[UserName]) -> Found {
        let mut members = Vec::with_capacity(names.len());
        for name in names {
            // Whoever is not active is nobody to other members.
            match self.store.user_by_name(name)?.filter(UserRecord::is_active) {
                Some(user) => members.push(user.id),
                None => return Ok(FilesFound::Refused(Denial::NoSuchMember {})),
            }
        }
        Ok(FilesFound::Members(members))
    }

    fn open_file(&self, user: UserId, file: FileId) -> Completion {
        let record = match self.store.may_read(user, file) {
            Ok(Some(record)) => record,
            Ok(None) => return refused(Denial::NoSuchFile {}),
            Err(error) => return storage_failed(&error),
        };
        let opened = self.files.open_blob(record.blob).and_then(SendFile::new);
        let lost = match opened {
            Ok(file) if file.size_bytes() == record.size_bytes => {
                let (file_name, sha256) = (record.file_name, record.sha256);
                return Completion::Files(FilesFound::FileOpened { file, file_name, sha256 });
            }
            Ok(file) => format!("it has {} bytes instead of {}", file.size_bytes(), record.size_bytes),
            Err(error) => {
                match super::opened(std::path::Path::new(&format!("{:?}", record.blob)), Err(error)) {
                    Completion::Opened(_) => "it is not there".to_owned(),
                    other => return other,
                }
            }
        };
        // Its owner may have purged it this moment.
        match self.store.blob(record.blob) {
            Ok(None) => refused(Denial::NoSuchFile {}),
            Err(error) => storage_failed(&error),
            Ok(Some(_)) => {
                tracing::error!(blob = ?record.blob, file = ?record.id, "contents are lost: {lost}; see `parlourd check`");
                refused(Denial::FileLost {})
            }
        }
    }

    fn remove_doomed(&self) -> Found {
        let doomed = self.store.doomed(REMOVED_PER_JOB_MAX)?;
        let blobs = self.files.remove(&doomed);
        // What cannot be removed is not tried again at once.
        let more = doomed.len() == REMOVED_PER_JOB_MAX && blobs.len() == doomed.len();
        Ok(FilesFound::Removed { blobs, more })
    }

    fn measure_room(&self) -> Completion {
        match self.files.free_bytes() {
            Ok(free_bytes) => Completion::Files(FilesFound::Room { free_bytes }),
            Err(error) => {
                tracing::error!(%error, "the free room on the disk cannot be told");
                Completion::StorageFailed
            }
        }
    }
}

fn refused(denial: Denial) -> Completion {
    Completion::Files(FilesFound::Refused(denial))
}

#[expect(clippy::needless_pass_by_value, reason = "the form that callers have")]
fn disk_failed(blob: BlobId, fault: DiskFault) -> Completion {
    tracing::error!(?blob, %fault, "an upload cannot be kept");
    match fault {
        DiskFault::Full(_) => refused(Denial::DiskFull {}),
        DiskFault::Failed(_) | DiskFault::Unwanted => Completion::StorageFailed,
    }
}

//! Everything that can be changed of people's files, as plain descriptions, and how each is applied.
//!
//! This file does not know who asks, nor where the bytes of a file lie.

use std::collections::BTreeSet;

use parlour_common::message::{FileHash, FileId, Post, SameName, UploadKey};
use parlour_common::names::FileName;

use super::super::change::{Applied, Stop};
use super::super::draft::Draft;
use super::super::tables::{DOOMED, UserId};
use super::names::{self, NewName};
use super::records::{BlobId, FileRecord};
use super::uploads::{self, Finish, NewUpload};
use super::{FILES_PER_STEP_MAX, departed, shares, trash};

/// The recipients of all files together after whom one change of many files takes no further file: each is more
/// to write.
const SHARES_PER_STEP_MAX: u32 = 4096;

/// One change of files: wholly done, or not at all. What comes of it is [`Applied::Files`], unless it says
/// otherwise.
#[derive(Clone, Debug, PartialEq)]
pub enum FilesChange {
    /// Begins an upload or goes on with it ([`Applied::Upload`]). Of one that was finished before the file is
    /// returned.
    AddUpload {
        /// Whose.
        user: UserId,
        /// The upload.
        upload: NewUpload,
        /// When it was asked for.
        at_unix_ms: u64,
    },
    /// Gives an upload up.
    RemoveUpload {
        /// Whose.
        user: UserId,
        /// Which.
        key: UploadKey,
    },
    /// Gives uploads up that have not gone on for long, at most [`FILES_PER_STEP_MAX`](super::FILES_PER_STEP_MAX).
    SweepUploads {
        /// Those that last went on before this.
        before_unix_ms: u64,
    },
    /// Makes a file of an upload whose bytes are all there, and durable. Of one that was finished before the file
    /// is returned.
    AddFile {
        /// Whose.
        user: UserId,
        /// Which upload.
        key: UploadKey,
        /// The contents whose bytes are all there: an upload of this key that was begun anew meanwhile has others,
        /// and is none of it.
        blob: BlobId,
        /// The hash of its bytes.
        sha256: FileHash,
        /// What to do if the name is taken.
        same_name: SameName,
        /// When it was asked for.
        at_unix_ms: u64,
    },
    /// Renames a file that is not in the trash.
    RenameFile {
        /// Whose.
        user: UserId,
        /// Which.
        file: FileId,
        /// The new name.
        file_name: FileName,
        /// What to do if it is taken: to replace puts the other file in the trash.
        same_name: SameName,
        /// When it was asked for.
        at_unix_ms: u64,
    },
    /// Puts files in the trash. One that is there stays.
    TrashFiles {
        /// Whose.
        user: UserId,
        /// Which.
        files: Vec<FileId>,
        /// When it was asked for.
        at_unix_ms: u64,
    },
    /// Takes files out of the trash, with a number behind names that are taken. One that is not there stays.
    RestoreFiles {
        /// Whose.
        user: UserId,
        /// Which.
        files: Vec<FileId>,
    },
    /// Deletes files in the trash for good.
    PurgeFiles {
        /// Whose.
        user: UserId,
        /// Which.
        files: Vec<FileId>,
    },
    /// Deletes all files in the trash for good, at most [`FILES_PER_STEP_MAX`](super::FILES_PER_STEP_MAX) of them.
    EmptyTrash {
        /// Whose.
        user: UserId,
    },
    /// Deletes files for good that have been in the trash for long, at most
    /// [`FILES_PER_STEP_MAX`](super::FILES_PER_STEP_MAX).
    SweepTrash {
        /// Those put there before this.
        before_unix_ms: u64,
    },
    /// Shares files that are not in the trash. With whom a file is shared already keeps it as it is.
    ShareFiles {
        /// Whose.
        user: UserId,
        /// Which.
        files: Vec<FileId>,
        /// With whom: active members other than the owner.
        with: Vec<UserId>,
        /// When it was asked for.
        at_unix_ms: u64,
    },
    /// Ends the sharing of a file with a member: its owner may, and a recipient for themselves.
    UnshareFile {
        /// Who asks.
        asker: UserId,
        /// Which file.
        file: FileId,
        /// From whom it is taken.
        with: UserId,
    },
    /// Notes that somebody with whom a file is shared has its contents.
    ConfirmFile {
        /// Who.
        user: UserId,
        /// Which file.
        file: FileId,
        /// The hash of what they have.
        sha256: FileHash,
        /// When they said so.
        at_unix_ms: u64,
    },
    /// Gives the files of a deleted account their fate, and ends its uploads and what others shared with it: at
    /// most [`FILES_PER_STEP_MAX`](super::FILES_PER_STEP_MAX) of them.
    SettleDeparted {
        /// Whose they were.
        user: UserId,
    },
    /// Notes that contents are gone from the disk ([`Applied::Done`]).
    ForgetBlobs {
        /// Which.
        blobs: Vec<BlobId>,
    },
}

/// What came of a change of files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FilesOutcome {
    /// The file that was made, changed or named, as it is now.
    pub file: Option<FileRecord>,
    /// Whose lists are other than they were, in order.
    pub touched: Vec<UserId>,
    /// What is newly shared with whom.
    pub shared: Vec<(FileRecord, UserId)>,
    /// Posts that changed with the files, as they are now, each with whose conversation it is; `None` for the room.
    pub posts: Vec<(Post, Option<[UserId; 2]>)>,
    /// Whether there is more to do: the same change is to be made again.
    pub more: bool,
    /// Whether contents wait to be removed from the disk.
    pub doomed: bool,
}

/// How much one change of many files may do yet.
pub(in super::super) struct Budget {
    files: usize,
    shares: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { files: FILES_PER_STEP_MAX, shares: SHARES_PER_STEP_MAX }
    }
}

impl Budget {
    /// Asks for one file with so many recipients. The first one always may.
    pub(in super::super) fn take(&mut self, recipients: u32) -> bool {
        if self.files == 0 || self.shares == 0 {
            return false;
        }
        self.files -= 1;
        self.shares = self.shares.saturating_sub(recipients);
        true
    }
}

/// An outcome in the making.
#[derive(Default)]
pub(in super::super) struct Tally {
    pub(super) file: Option<FileRecord>,
    pub(super) touched: BTreeSet<UserId>,
    pub(super) shared: Vec<(FileRecord, UserId)>,
    pub(in super::super) posts: Vec<(Post, Option<[UserId; 2]>)>,
    pub(super) more: bool,
    pub(in super::super) doomed: bool,
}

impl Tally {
    /// Begins one of a file that is named.
    pub(super) fn of(file: FileRecord) -> Self {
        Self { file: Some(file), ..Self::default() }
    }

    /// Ends it.
    pub(super) fn applied(self) -> Applied {
        let Self { file, touched, shared, posts, more, doomed } = self;
        let touched = touched.into_iter().collect();
        Applied::Files(Box::new(FilesOutcome { file, touched, shared, posts, more, doomed }))
    }
}

/// Writes into `draft` what a change does.
pub(in super::super) fn apply(draft: &mut Draft<'_>, change: &FilesChange) -> Result<Applied, Stop> {
    match change {
        FilesChange::AddUpload { user, upload, at_unix_ms } => {
            uploads::begin(draft, *user, upload, *at_unix_ms)
        }
        FilesChange::RemoveUpload { user, key } => uploads::give_up(draft, *user, *key),
        FilesChange::SweepUploads { before_unix_ms } => uploads::sweep(draft, *before_unix_ms),
        FilesChange::AddFile { user, key, blob, sha256, same_name, at_unix_ms } => {
            let (key, blob, sha256) = (*key, *blob, *sha256);
            let (same_name, at_unix_ms) = (*same_name, *at_unix_ms);
            uploads::finish(draft, *user, &Finish { key, blob, sha256, same_name, at_unix_ms })
        }
        FilesChange::RenameFile { user, file, file_name, same_name, at_unix_ms } => {
            names::rename(draft, *user, *file, &NewName { file_name, same_name: *same_name }, *at_unix_ms)
        }
        FilesChange::TrashFiles { user, files, at_unix_ms } => {
            trash::put_in(draft, *user, files, *at_unix_ms)
        }
        FilesChange::RestoreFiles { user, files } => trash::restore(draft, *user, files),
        FilesChange::PurgeFiles { user, files } => trash::purge_all(draft, *user, files),
        FilesChange::EmptyTrash { user } => trash::empty(draft, *user),
        FilesChange::SweepTrash { before_unix_ms } => trash::sweep(draft, *before_unix_ms),
        FilesChange::ShareFiles { user, files, with, at_unix_ms } => {
            shares::share(draft, *user, files, with, *at_unix_ms)
        }
        FilesChange::UnshareFile { asker, file, with } => shares::unshare(draft, *asker, *file, *with),
        FilesChange::ConfirmFile { user, file, sha256, at_unix_ms } => {
            shares::confirm(draft, *user, *file, *sha256, *at_unix_ms)
        }
        FilesChange::SettleDeparted { user } => departed::settle(draft, *user),
        FilesChange::ForgetBlobs { blobs } => {
            blobs.iter().for_each(|blob| draft.remove(DOOMED, blob));
            Ok(Applied::Done)
        }
    }
}

//! Slow work about people's files: what records and disks have to say before a change, and after it.
//!
//! This file does not know who asked, nor where a file lies. What a worker finds to be against the rules comes
//! back as the denial to answer with.

use std::path::PathBuf;

use parlour_common::limits::{FILES_PER_MEMBER_MAX, RECIPIENTS_PER_FILE_MAX, UPLOADS_PER_MEMBER_MAX};
use parlour_common::message::{
    CheckReport, Denial, FileHash, FileId, FilePage, FileVersion, ListFiles, RecipientList, SameName,
    UploadKey, UploadList,
};
use parlour_common::names::{FileName, UserName};

use super::Lane;
use crate::send_file::SendFile;
use crate::spool::Spool;
use crate::store::{BlobId, FileRecord, Refusal, UserId};

/// The operator's rules about files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilesPolicy {
    /// How much the files of an account may take that has no quota of its own, in bytes; `None` for as much as
    /// the disk gives.
    pub standard_quota_bytes: Option<u64>,
    /// What uploads leave free on the disk, in bytes.
    pub reserve_bytes: u64,
    /// How long a file stays in the trash, in days; 0 for ever.
    pub trash_days: u32,
}

/// Slow work about files.
#[derive(Debug)]
pub enum FilesJob {
    /// See whether an upload may begin: name, quota, room on the disk. What was finished already is found.
    PrepareUpload {
        /// Whose.
        user: UserId,
        /// Which.
        key: UploadKey,
        /// The name of the file.
        file_name: FileName,
        /// Its size, in bytes.
        size_bytes: u64,
        /// What to do if the name is taken.
        same_name: SameName,
    },
    /// Open the spool of an upload that is recorded, and find how much of it is here.
    OpenSpool {
        /// Its contents-to-be.
        blob: BlobId,
        /// The size it is to have, in bytes.
        size_bytes: u64,
    },
    /// Make the bytes of an upload durable and see that they are all there and have this hash; then they are no
    /// spool any more. It waits for the bytes that were taken before.
    SealUpload {
        /// Whose.
        user: UserId,
        /// Which.
        key: UploadKey,
        /// The hash that the client computed.
        sha256: FileHash,
    },
    /// Read a page of files.
    List {
        /// Whose eyes see it.
        user: UserId,
        /// Which.
        list: ListFiles,
    },
    /// Read the unfinished uploads.
    ListUploads {
        /// Whose.
        user: UserId,
    },
    /// Read with whom a file is shared.
    ListRecipients {
        /// Whose file it has to be.
        user: UserId,
        /// Which.
        file: FileId,
    },
    /// Find members to share with.
    FindRecipients {
        /// Who.
        names: Vec<UserName>,
    },
    /// Open a file, if this member may read it.
    OpenFile {
        /// Who asks.
        user: UserId,
        /// Which.
        file: FileId,
    },
    /// Hash a track.
    HashTrack {
        /// Where it lies in the bank.
        path: PathBuf,
        /// The version that is wanted.
        version: FileVersion,
    },
    /// Compare records and disk.
    Check {
        /// Whether to read every byte.
        read_all: bool,
    },
    /// Remove contents that no record has any more.
    RemoveDoomed,
    /// Find deleted accounts whose files have not yet had their fate.
    FindUnsettled,
    /// See how much room the disk has.
    MeasureRoom,
}

/// The end of a [`FilesJob`].
#[derive(Debug)]
pub enum FilesFound {
    /// It is against the rules; this is the answer.
    Refused(Denial),
    /// Of [`FilesJob::PrepareUpload`]: it may begin.
    MayUpload,
    /// Of [`FilesJob::PrepareUpload`] and [`FilesJob::SealUpload`]: it was finished before.
    UploadedBefore(Box<FileRecord>),
    /// Of [`FilesJob::OpenSpool`].
    SpoolOpened {
        /// The spool.
        spool: Spool,
        /// How many bytes are here.
        offset: u64,
    },
    /// Of [`FilesJob::SealUpload`].
    Sealed {
        /// The contents that are whole.
        blob: BlobId,
    },
    /// Of [`FilesJob::List`].
    Files(FilePage),
    /// Of [`FilesJob::ListUploads`].
    Uploads(UploadList),
    /// Of [`FilesJob::ListRecipients`].
    Recipients(RecipientList),
    /// Of [`FilesJob::FindRecipients`], in the order of asking.
    Members(Vec<UserId>),
    /// Of [`FilesJob::OpenFile`].
    FileOpened {
        /// The file.
        file: SendFile,
        /// Its name.
        file_name: FileName,
        /// Its hash.
        sha256: FileHash,
    },
    /// Of [`FilesJob::HashTrack`].
    Hashed(FileHash),
    /// Of [`FilesJob::Check`].
    Checked(CheckReport),
    /// Of [`FilesJob::RemoveDoomed`]: these are gone from the disk.
    Removed {
        /// Which.
        blobs: Vec<BlobId>,
        /// Whether there are more.
        more: bool,
    },
    /// Of [`FilesJob::FindUnsettled`].
    Unsettled(Vec<UserId>),
    /// Of [`FilesJob::MeasureRoom`].
    Room {
        /// What is free, in bytes.
        free_bytes: u64,
    },
}

impl FilesJob {
    /// Returns where the job is done.
    pub(super) fn lane(&self) -> Lane {
        match self {
            Self::List { .. } | Self::ListUploads { .. } | Self::ListRecipients { .. } => Lane::Files,
            Self::FindRecipients { .. } | Self::FindUnsettled => Lane::Lookup,
            Self::PrepareUpload { .. } | Self::OpenFile { .. } | Self::MeasureRoom => Lane::Disk,
            Self::OpenSpool { .. } | Self::HashTrack { .. } => Lane::Hash,
            // Behind the bytes of the same upload.
            Self::SealUpload { .. } => Lane::Spool,
            Self::Check { .. } => Lane::Check,
            Self::RemoveDoomed => Lane::Sweep,
        }
    }
}

/// Returns how a refusal of the store about files is answered; `None` if it is not about files.
pub fn denial_of(refusal: Refusal) -> Option<Denial> {
    Some(match refusal {
        Refusal::NoSuchFile => Denial::NoSuchFile {},
        Refusal::NameTaken { file, size_bytes, changed_unix_ms } => {
            Denial::NameTaken { file, size_bytes, changed_unix_ms }
        }
        Refusal::QuotaExceeded { left_bytes } => Denial::QuotaExceeded { left_bytes },
        Refusal::TooManyFiles => Denial::TooManyFiles { limit: FILES_PER_MEMBER_MAX },
        Refusal::TooManyUploads => Denial::TooManyUploads { limit: UPLOADS_PER_MEMBER_MAX },
        Refusal::TooManyRecipients => Denial::TooManyRecipients { limit: RECIPIENTS_PER_FILE_MAX },
        Refusal::NoSuchUpload => Denial::NoSuchUpload {},
        Refusal::UploadDiffers => Denial::UploadDiffers {},
        Refusal::VersionChanged => Denial::VersionChanged {},
        _ => return None,
    })
}

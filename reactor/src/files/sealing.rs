//! The end of a spool: its bytes are made durable and compared, and it becomes whole contents.
//!
//! This file does not know what is recorded of them, before or after.

use std::fs;

use parlour_common::message::FileHash;

use super::reading::hash_of;
use super::{DiskFault, Files, make_folder, sync_folder};
use crate::store::BlobId;

/// Why contents were not sealed.
#[derive(Debug)]
pub enum NotSealed {
    /// Bytes are missing.
    Incomplete {
        /// How many are here, in bytes.
        received_bytes: u64,
    },
    /// They have another hash. They are thrown away.
    Mismatch,
    /// They are whole already, with another hash: those are not thrown away, since a record of them may be on
    /// its way.
    Differs,
    /// They were given up.
    Gone,
    /// The disk failed.
    Failed(DiskFault),
}

impl<E: Into<DiskFault>> From<E> for NotSealed {
    fn from(error: E) -> Self {
        match error.into() {
            DiskFault::Unwanted => Self::Gone,
            fault => Self::Failed(fault),
        }
    }
}

impl Files {
    /// Makes a spool whole contents, if it is all here and has this hash. What is whole already is compared. From
    /// then on it survives a power cut.
    pub fn seal(&self, blob: BlobId, size_bytes: u64, sha256: FileHash) -> Result<(), NotSealed> {
        let held = self.spools.hold(blob).ok_or(NotSealed::Gone)?;
        let mut guard = held.lock();
        if held.is_removed() {
            return Err(NotSealed::Gone);
        }
        if guard.state.progress.is_none() {
            if !self.spool_path(blob).exists() && self.is_whole(blob, size_bytes) {
                self.spools.release(blob);
                return self.compare_whole(blob, sha256);
            }
            let progress = self.read_spool(&held, &mut guard.state, blob, size_bytes)?;
            guard.state.progress = Some(progress);
        }
        let Some(progress) = &guard.state.progress else { return Err(NotSealed::Gone) };
        let (at, hash) = (progress.at, hash_of(progress.hasher()));
        if at < size_bytes {
            return Err(NotSealed::Incomplete { received_bytes: at });
        }
        self.open_again(&held, &mut guard.state, blob)?;
        if hash != sha256 {
            Self::empty(&mut guard.state)?;
            return Err(NotSealed::Mismatch);
        }
        self.sync(blob, &mut guard.state)?;
        let length = guard.state.file.as_ref().map(fs::File::metadata).transpose()?.map(|file| file.len());
        if length != Some(size_bytes) {
            // Somebody else has written to it. What is here is read again.
            guard.state.progress = None;
            return Err(NotSealed::Incomplete { received_bytes: 0 });
        }
        if let Err(error) = self.put_away(blob) {
            // How far it came, the disk tells next time.
            *guard.state = super::spools::State { epoch: guard.state.epoch, ..Default::default() };
            return Err(error.into());
        }
        *guard.state = super::spools::State::default();
        self.spools.release(blob);
        Ok(())
    }

    /// Moves a spool to the whole contents, in a way that survives a power cut.
    pub(super) fn put_away(&self, blob: BlobId) -> std::io::Result<()> {
        let folder = self.blob_dir(blob);
        if !folder.exists() {
            make_folder(&folder)?;
            sync_folder(&self.blobs_dir())?;
        }
        fs::rename(self.spool_path(blob), self.blob_path(blob))?;
        sync_folder(&folder)?;
        sync_folder(&self.spool_dir())
    }

    fn compare_whole(&self, blob: BlobId, sha256: FileHash) -> Result<(), NotSealed> {
        if self.hash_file(&self.open_blob(blob)?)? != sha256 {
            return Err(NotSealed::Differs);
        }
        // A disk that failed may have kept that from being done before.
        sync_folder(&self.blob_dir(blob))?;
        Ok(sync_folder(&self.spool_dir())?)
    }
}

//! Unfinished contents: opened, added to, given up.
//!
//! This file does not know who sends them. What was written stays written, whatever goes wrong behind it: the
//! sender is told how much is here and goes on from there.

use std::fs::{self, File};
use std::io;
use std::sync::Arc;

use rustix::io::Errno;
use sha2::{Digest, Sha256};

use super::reading::hash_up_to;
use super::spools::{Held, Progress, State};
use super::{DiskFault, Files, open_to_write, sync_folder};
use crate::spool::Spool;
use crate::store::BlobId;

/// After so many bytes what was written of an upload is made durable, so that at its end little is left to wait
/// for, and no more than this is lost where a disk fails.
const SYNC_EVERY_BYTES: u64 = 64 * 1024 * 1024;

/// So much is read while others wait, in bytes: a few thousandths of a second.
const QUICK_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Why bytes were not added to contents.
#[derive(Debug)]
pub enum NotStored {
    /// The right to add any is void: somebody else goes on with the upload, or it was given up.
    Superseded,
    /// The disk failed, or these are not the bytes that come next, as after such a failure.
    Failed(Option<DiskFault>),
}

impl From<DiskFault> for NotStored {
    fn from(fault: DiskFault) -> Self {
        Self::Failed(Some(fault))
    }
}

impl Files {
    /// Opens the spool of some contents, or makes it, and takes the right to add to it from whoever has it.
    /// Returns that right and how much is here. This reads what is here unless it was written just now.
    pub fn open_spool(&self, blob: BlobId, size_bytes: u64) -> Result<(Spool, u64), DiskFault> {
        let held = self.spools.hold(blob).ok_or(DiskFault::Unwanted)?;
        let mut guard = held.lock();
        if held.is_removed() {
            return Err(DiskFault::Unwanted);
        }
        let epoch = self.spools.next_epoch();
        guard.state.epoch = epoch;
        let spool = Spool::new(blob, size_bytes, epoch);
        if let Some(progress) = &guard.state.progress {
            return Ok((spool, progress.at));
        }
        // They are whole but for their record: its name was taken, say.
        if !self.spool_path(blob).exists() && self.is_whole(blob, size_bytes) {
            return Ok((spool, size_bytes));
        }
        let progress = self.read_spool(&held, &mut guard.state, blob, size_bytes)?;
        let at = progress.at;
        guard.state.progress = Some(progress);
        Ok((spool, at))
    }

    /// Tells whether contents can be opened or sealed without reading much first.
    pub fn is_quick(&self, blob: BlobId) -> bool {
        let size_of = |path| fs::symlink_metadata(path).map_or(0, |metadata| metadata.len());
        self.spools.is_ready(blob)
            || size_of(self.spool_path(blob)).max(size_of(self.blob_path(blob))) <= QUICK_BYTES_MAX
    }

    /// Adds bytes to contents.
    pub fn store(&self, spool: &Spool, offset: u64, bytes: &[u8]) -> Result<(), NotStored> {
        let Some(held) = self.spools.get(spool.blob()) else {
            // Forgotten for so many others, or given up.
            let is_there = self.spool_path(spool.blob()).exists();
            return Err(if is_there { NotStored::Failed(None) } else { NotStored::Superseded });
        };
        let mut guard = held.lock();
        if held.is_removed() || guard.state.epoch != spool.epoch() {
            return Err(NotStored::Superseded);
        }
        let end = offset.checked_add(bytes.len() as u64);
        let at = guard.state.progress.as_ref().map(|progress| progress.at);
        if at != Some(offset) || end.is_none_or(|end| end > spool.size_bytes()) {
            return Err(NotStored::Failed(None));
        }
        self.open_again(&held, &mut guard.state, spool.blob())?;
        let State { progress: Some(progress), file: Some(file), .. } = &mut *guard.state else {
            return Err(NotStored::Failed(None));
        };
        self.add(file, progress, bytes)?;
        if progress.at - progress.synced >= SYNC_EVERY_BYTES {
            self.sync(spool.blob(), &mut guard.state)?;
        }
        Ok(())
    }

    /// Gives contents up and removes what is here of them, whole or not. Returns those that are gone for good;
    /// the log says why the others are not.
    pub fn remove(&self, blobs: &[BlobId]) -> Vec<BlobId> {
        let mut gone = Vec::new();
        let mut folders = std::collections::BTreeSet::new();
        for blob in blobs {
            let held = self.spools.remove(*blob);
            let mut guard = held.as_deref().map(Held::lock);
            if let Some(guard) = &mut guard {
                *guard.state = State::default();
            }
            match self.unlink(*blob) {
                Ok(()) => {
                    folders.extend([self.spool_dir(), self.blob_dir(*blob)]);
                    gone.push(*blob);
                }
                Err(error) => tracing::error!(?blob, %error, "contents cannot be removed"),
            }
        }
        // Only then they may be forgotten: what a power cut brings back must have a record.
        for folder in folders {
            match sync_folder(&folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::error!(?folder, %error, "what was removed may come back");
                    return Vec::new();
                }
                _ => {}
            }
        }
        gone
    }

    pub(super) fn unlink(&self, blob: BlobId) -> io::Result<()> {
        for path in [self.spool_path(blob), self.blob_path(blob)] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Tells whether contents are no spool any more.
    pub(super) fn is_whole(&self, blob: BlobId, size_bytes: u64) -> bool {
        fs::symlink_metadata(self.blob_path(blob))
            .is_ok_and(|metadata| metadata.is_file() && metadata.len() == size_bytes)
    }

    /// Opens a spool, takes room for all of it where the disk gives room in advance, and reads what is here.
    pub(super) fn read_spool(
        &self,
        held: &Arc<Held>,
        state: &mut State,
        blob: BlobId,
        size_bytes: u64,
    ) -> Result<Progress, DiskFault> {
        let file = self.open_counted(held, blob)?;
        let length = file.metadata()?.len();
        if size_bytes > 0
            && let Err(error) = self.medium.allocate(&file, size_bytes)
        {
            // What it got of the room before there was no more would be missing for others.
            let given_back = if length == 0 { self.unlink(blob) } else { file.set_len(length) };
            if let Err(error) = given_back {
                tracing::warn!(?blob, %error, "room that was taken in advance is not given back");
            }
            return Err(error.into());
        }
        if length > size_bytes {
            // It cannot be, and what came too much is nobody's.
            file.set_len(size_bytes)?;
        }
        let is_unwanted = || held.is_removed() || self.is_halted();
        let (hasher, at) = hash_up_to(&file, size_bytes, &is_unwanted)?;
        if at > 0 {
            self.medium.sync(&file)?;
        }
        state.file = Some(file);
        Ok(Progress { hasher, at, synced: at })
    }

    /// Makes what was written durable. Where that fails, what is not known to be durable is thrown away: the
    /// kernel may hold it for good though the disk has none of it.
    pub(super) fn sync(&self, blob: BlobId, state: &mut State) -> Result<(), DiskFault> {
        let State { progress: Some(progress), file: Some(file), .. } = state else { return Ok(()) };
        if progress.at == progress.synced {
            return Ok(());
        }
        let Err(error) = self.medium.sync(file) else {
            progress.synced = progress.at;
            return Ok(());
        };
        let synced = progress.synced;
        tracing::error!(?blob, %error, synced, "an upload cannot be made durable; it goes back to where it was");
        if let Err(error) = file.set_len(synced) {
            tracing::error!(?blob, %error, "an upload cannot be cut short; its hash will tell");
        }
        (state.progress, state.file) = (None, None);
        Err(error.into())
    }

    fn add(&self, file: &File, progress: &mut Progress, bytes: &[u8]) -> Result<(), DiskFault> {
        let mut left = bytes;
        while !left.is_empty() {
            match self.medium.write_at(file, left, progress.at) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Ok(written) => {
                    progress.hasher.update(&left[..written]);
                    progress.at += written as u64;
                    left = &left[written..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Opens the file of some contents again if it was closed.
    pub(super) fn open_again(
        &self,
        held: &Arc<Held>,
        state: &mut State,
        blob: BlobId,
    ) -> Result<(), DiskFault> {
        if state.file.is_none() {
            state.file = Some(self.open_counted(held, blob)?);
        }
        Ok(())
    }

    /// Opens a spool, and closes another one if that are too many.
    fn open_counted(&self, held: &Arc<Held>, blob: BlobId) -> Result<File, DiskFault> {
        let path = self.spool_path(blob);
        let file = loop {
            match open_to_write(&path) {
                Err(error) if is_short_of_descriptors(&error) && self.close_one() => {}
                opened => break opened?,
            }
        };
        if self.spools.note_open(blob, held) {
            self.close_one();
        }
        Ok(file)
    }

    /// Closes a spool for a while, the one opened longest ago. Returns whether one was closed.
    fn close_one(&self) -> bool {
        let Some((blob, held)) = self.spools.take_open() else { return false };
        let Some(mut guard) = held.try_lock() else {
            // Somebody uses it just now.
            self.spools.note_open(blob, &held);
            return false;
        };
        // Whether it was written is asked while there is somebody to hear it; the log has the answer.
        let _ = self.sync(blob, &mut guard.state);
        guard.state.file = None;
        true
    }

    /// Begins contents anew.
    pub(super) fn empty(state: &mut State) -> Result<(), DiskFault> {
        if let Some(file) = &state.file {
            file.set_len(0)?;
        }
        // Whoever goes on takes the room for it once more.
        *state = State::default();
        Ok(())
    }
}

fn is_short_of_descriptors(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}

impl Progress {
    /// Returns the hash of what is here.
    pub(super) fn hasher(&self) -> Sha256 {
        self.hasher.clone()
    }
}

//! The hashes of tracks, computed when someone wants to compare what they received.
//!
//! This file does not know who asks.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use parlour_common::message::{Denial, FileHash, FileVersion};

use super::{Tools, refused};
use crate::files::DiskFault;
use crate::job::{Completion, FilesFound};
use crate::send_file::SendFile;

/// Hashes that are remembered, some 200 bytes each: what a group fetches in an evening.
const HASHES_MAX: usize = 1024;

/// The hashes computed of late, the oldest first.
#[derive(Default)]
pub struct TrackHashes(Mutex<VecDeque<(PathBuf, FileVersion, FileHash)>>);

impl TrackHashes {
    fn get(&self, path: &Path, version: FileVersion) -> Option<FileHash> {
        let hashes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = hashes.iter();
        known.find(|(of, at, _)| *at == version && of == path).map(|(.., hash)| *hash)
    }

    fn keep(&self, path: &Path, version: FileVersion, hash: FileHash) {
        let mut hashes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hashes.len() >= HASHES_MAX {
            hashes.pop_front();
        }
        hashes.push_back((path.to_owned(), version, hash));
    }
}

impl Tools {
    pub(super) fn hash_track(&self, path: &Path, version: FileVersion) -> Completion {
        let file = match super::super::opened(path, self.bank.open_file(path).and_then(SendFile::new)) {
            Completion::Opened(Some(file)) => file,
            Completion::Opened(None) => return refused(Denial::NoSuchTrack {}),
            other => return other,
        };
        if file.version() != version {
            return refused(Denial::VersionChanged {});
        }
        if let Some(hash) = self.track_hashes.get(path, version) {
            return Completion::Files(FilesFound::Hashed(hash));
        }
        match self.files.hash_file(file.as_file()) {
            // A change while it was read shows in its version.
            Ok(_) if !file.is_unchanged() => refused(Denial::VersionChanged {}),
            Ok(hash) => {
                self.track_hashes.keep(path, version, hash);
                Completion::Files(FilesFound::Hashed(hash))
            }
            Err(DiskFault::Unwanted) => Completion::Abandoned,
            Err(error) => {
                tracing::warn!(?path, %error, "a track cannot be read");
                Completion::StorageFailed
            }
        }
    }
}

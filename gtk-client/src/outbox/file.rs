//! The file of an outbox: one line about whose it is, then one line for each thing that is to be said.
//!
//! This file knows paths and what a crash may leave behind. It does not know threads. One file belongs to one member of
//! one server, and to one running app at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::journal::Owner;
use crate::view_model::room::Kept;

/// An outbox larger than this is not read: the app never writes one.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The version of the lines.
const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Head {
    parlour_outbox: u32,
    server: String,
    user_name: String,
}

/// The outbox of somebody, open and locked.
#[derive(Debug)]
pub(super) struct OutboxFile {
    owner: Owner,
    folder: PathBuf,
    path: PathBuf,
    /// Held for as long as the outbox is open, so that two apps do not say the same.
    _lock: File,
}

impl OutboxFile {
    /// Opens the outbox of somebody. `None`: another app has it open, or the folder cannot be used.
    pub(super) fn open(folder: &Path, owner: Owner) -> Option<(Self, Vec<Kept>)> {
        match Self::try_open(folder, owner) {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(%error, "what is to be said is not kept for the next start");
                None
            }
        }
    }

    fn try_open(folder: &Path, owner: Owner) -> io::Result<Option<(Self, Vec<Kept>)>> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join(name(&owner));
        let lock = private().open(with_suffix(&path, ".lock"))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            // A file system without locks: its user takes care.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let file = Self { owner, folder: folder.to_owned(), path, _lock: lock };
        let found = file.read();
        Ok(Some((file, found)))
    }

    /// Writes all there is: after a crash the file is the old one or the new one, never half of either.
    pub(super) fn write(&self, kept: &[Kept]) -> io::Result<()> {
        if kept.is_empty() {
            return match fs::remove_file(&self.path) {
                Ok(()) => File::open(&self.folder)?.sync_all(),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
            };
        }
        let fresh_path = with_suffix(&self.path, ".new");
        let mut fresh = BufWriter::new(private().truncate(true).open(&fresh_path)?);
        let Owner { server, user_name } = self.owner.clone();
        line(&mut fresh, &Head { parlour_outbox: VERSION, server, user_name })?;
        for one in kept {
            line(&mut fresh, one)?;
        }
        fresh.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&fresh_path, &self.path)?;
        File::open(&self.folder)?.sync_all()
    }

    /// Reads what an earlier run left. A file that is not quite readable is kept aside, for it may be a newer app's,
    /// and what can be read of it goes on.
    fn read(&self) -> Vec<Kept> {
        match self.try_read() {
            Ok((kept, true)) => kept,
            Ok((kept, false)) => {
                self.keep_aside();
                kept
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                tracing::warn!(%error, "what was to be said is not readable");
                self.keep_aside();
                Vec::new()
            }
        }
    }

    /// Reads what is to be said. Tells whether that was all there is.
    fn try_read(&self) -> io::Result<(Vec<Kept>, bool)> {
        if fs::metadata(&self.path)?.len() > FILE_BYTES_MAX {
            return Err(io::Error::other("the file is too large"));
        }
        let text = fs::read_to_string(&self.path)?;
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next().unwrap_or_default())?;
        if head.parlour_outbox != VERSION {
            return Err(io::Error::other(format!("it is of version {}", head.parlour_outbox)));
        }
        if (&head.server, &head.user_name) != (&self.owner.server, &self.owner.user_name) {
            return Err(io::Error::other("it is somebody else's"));
        }
        let read: Vec<Option<Kept>> = lines.map(|line| serde_json::from_str(line).ok()).collect();
        let is_whole = read.iter().all(Option::is_some);
        Ok((read.into_iter().flatten().collect(), is_whole))
    }

    fn keep_aside(&self) {
        // If it cannot be kept, an app that goes on is still better than none.
        let _ = fs::copy(&self.path, with_suffix(&self.path, ".bad"));
    }
}

/// Returns the name of somebody's outbox: a hash, for a username is not a file name.
fn name(owner: &Owner) -> String {
    let digest = Sha256::digest(format!("{}\n{}", owner.server, owner.user_name));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).chain([".jsonl".to_owned()]).collect()
}

fn line(file: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    file.write_all(b"\n")
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

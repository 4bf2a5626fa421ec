//! A file of what is not done when the app ends: one line about whose it is, then one line for each thing.
//!
//! This file knows paths and what a crash may leave behind. It does not know threads, nor what is kept. One file belongs
//! to one member of one server, and to one running app at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::marker::PhantomData;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A file larger than this is not read: the app never writes one.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The version of the lines.
const VERSION: u32 = 1;

/// Whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The server, as a person would type it.
    pub server: String,
    /// The username there.
    pub user_name: String,
}

/// One thing that is kept.
pub(crate) trait Keep: Serialize + DeserializeOwned {
    /// What the first line of its file has beside the version: by this nobody takes one kind of file for another.
    const HEAD: &'static str;

    /// What such things are called in the log.
    const NAME: &'static str;
}

/// The file of somebody, open and locked.
#[derive(Debug)]
pub(crate) struct KeptFile<T> {
    owner: Owner,
    folder: PathBuf,
    path: PathBuf,
    /// Held for as long as the file is open, so that two apps do not do the same twice.
    _lock: File,
    things: PhantomData<fn() -> T>,
}

impl<T: Keep> KeptFile<T> {
    /// Opens the file of somebody. `None`: another app has it open, or the folder cannot be used.
    pub(crate) fn open(folder: &Path, owner: Owner) -> Option<(Self, Vec<T>)> {
        match Self::try_open(folder, owner) {
            Ok(opened) => opened,
            Err(error) => {
                tracing::warn!(%error, "{} are not kept for the next start", T::NAME);
                None
            }
        }
    }

    fn try_open(folder: &Path, owner: Owner) -> io::Result<Option<(Self, Vec<T>)>> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join(name(&owner));
        let lock = private().open(with_suffix(&path, ".lock"))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            // A file system without locks: its user takes care.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let file = Self { owner, folder: folder.to_owned(), path, _lock: lock, things: PhantomData };
        let kept = file.read();
        Ok(Some((file, kept)))
    }

    /// Writes all there is: after a crash the file is the old one or the new one, never half of either.
    pub(crate) fn write(&self, kept: &[T]) -> io::Result<()> {
        if kept.is_empty() {
            return match fs::remove_file(&self.path) {
                Ok(()) => File::open(&self.folder)?.sync_all(),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
            };
        }
        let fresh_path = with_suffix(&self.path, ".new");
        let mut fresh = BufWriter::new(private().truncate(true).open(&fresh_path)?);
        let Owner { server, user_name } = &self.owner;
        line(&mut fresh, &json!({ T::HEAD: VERSION, "server": server, "user_name": user_name }))?;
        for one in kept {
            line(&mut fresh, one)?;
        }
        fresh.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&fresh_path, &self.path)?;
        File::open(&self.folder)?.sync_all()
    }

    /// Reads what an earlier run left. A file that is not quite readable is kept aside, for it may be a newer
    /// app's, and what can be read of it goes on.
    fn read(&self) -> Vec<T> {
        match self.try_read() {
            Ok((kept, true)) => kept,
            Ok((kept, false)) => {
                self.keep_aside();
                kept
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                tracing::warn!(%error, "what {} were left is not readable", T::NAME);
                self.keep_aside();
                Vec::new()
            }
        }
    }

    /// Reads what is kept. Tells whether that was all there is.
    fn try_read(&self) -> io::Result<(Vec<T>, bool)> {
        if fs::metadata(&self.path)?.len() > FILE_BYTES_MAX {
            return Err(io::Error::other("the file is too large"));
        }
        let text = fs::read_to_string(&self.path)?;
        let mut lines = text.lines();
        let head: Value = serde_json::from_str(lines.next().unwrap_or_default())?;
        if head[T::HEAD] != VERSION {
            return Err(io::Error::other(format!("it is of version {}", head[T::HEAD])));
        }
        if (&head["server"], &head["user_name"]) != (&json!(self.owner.server), &json!(self.owner.user_name))
        {
            return Err(io::Error::other("it is somebody else's"));
        }
        let read: Vec<Option<T>> = lines.map(|line| serde_json::from_str(line).ok()).collect();
        let is_whole = read.iter().all(Option::is_some);
        Ok((read.into_iter().flatten().collect(), is_whole))
    }

    fn keep_aside(&self) {
        // If it cannot be kept, an app that goes on is still better than none.
        let _ = fs::copy(&self.path, with_suffix(&self.path, ".bad"));
    }
}

/// Returns the name of somebody's file: a hash, for a username is not a file name.
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

#[cfg(test)]
mod tests;

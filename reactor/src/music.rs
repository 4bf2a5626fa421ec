//! The music bank: a folder of the operator's, read and never written.
//!
//! This file knows how a file of the bank is reached without ever leaving the bank: paths are joined here
//! and nowhere else in this room. It does *not* know tags, search, or when the bank is read anew.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustix::fs::{Dir, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

mod cache;
mod catalogue;
mod entry;
pub mod index;
pub mod tags;

pub use catalogue::{Catalogue, Summary};
pub use entry::{Cover, Entry, Stamp};
pub use index::Index;

/// How often a lookup that raced with a renaming elsewhere is tried again (`EAGAIN` of `openat2(2)`).
const LOOKUP_TRIES_MAX: u32 = 16;

/// The library as it has become.
#[derive(Clone, Debug)]
pub struct Published {
    /// What can be searched.
    pub index: Arc<Index>,
    /// Whether the bank is being read just now, so that there may soon be more.
    pub scanning: bool,
}

impl Published {
    /// What there is before the bank has been read.
    pub fn nothing() -> Self {
        Self { index: Arc::new(Index::default()), scanning: true }
    }
}

/// The music bank, held by a descriptor of its folder. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bank {
    root: PathBuf,
    directory: Arc<RwLock<Arc<OwnedFd>>>,
}

/// What a folder of the bank holds, sorted by name; links, hidden names and special files are left out.
#[derive(Debug, Default)]
struct Listing {
    folders: Vec<OsString>,
    files: Vec<(OsString, Stamp)>,
}

impl Bank {
    /// Opens a folder as the bank. Errors are the file system's: missing, unreadable, not a folder.
    pub fn open(root: &Path) -> io::Result<Self> {
        let directory = RwLock::new(Arc::new(open_root(root)?));
        Ok(Self { root: root.to_owned(), directory: Arc::new(directory) })
    }

    /// Returns the folder, as it was named.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Opens the folder by its name again, which may be another one by now: unmounted, renamed, restored
    /// from a backup. Returns whether it is another; upon an error the old one is kept.
    pub fn reopen(&self) -> io::Result<bool> {
        let fresh = open_root(&self.root)?;
        let identity = |stat: Stat| (stat.st_dev, stat.st_ino);
        let changed = identity(rustix::fs::fstat(&fresh)?) != identity(rustix::fs::fstat(self.folder())?);
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(changed)
    }

    /// Opens a file of the bank. The path is relative to the bank and plain (no `.`, no `..`); no symbolic
    /// link is followed anywhere on the way, and what is not a regular file is refused.
    pub fn open_file(&self, relative: &Path) -> io::Result<File> {
        // A FIFO or a device must not make the opening wait for its other end.
        let file = self.open_below(relative, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)?;
        let stat = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(file.into())
    }

    /// Lists a folder of the bank: every folder in it, and the files whose names are wanted. An empty path
    /// is the bank itself.
    fn list(&self, folder: &Path, wanted: impl Fn(&OsStr) -> bool) -> io::Result<Listing> {
        let directory = self.open_below(folder, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut listing = Listing::default();
        for found in Dir::read_from(&directory)? {
            let found = found?;
            let name = os_name(found.file_name().to_bytes());
            if found.file_name().to_bytes().starts_with(b".") {
                continue;
            }
            let mut kind = found.file_type();
            let mut stat = None;
            if kind == FileType::Unknown || (kind == FileType::RegularFile && wanted(name)) {
                // A file removed since it was listed is not there; it is no error.
                let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
                let Ok(told) = rustix::fs::statat(&directory, found.file_name(), flags) else { continue };
                kind = FileType::from_raw_mode(told.st_mode);
                stat = Some(told);
            }
            match (kind, stat) {
                (FileType::Directory, _) => listing.folders.push(name.to_owned()),
                (FileType::RegularFile, Some(stat)) if wanted(name) => {
                    listing.files.push((name.to_owned(), stamp_of(&stat)));
                }
                _ => {}
            }
        }
        listing.folders.sort_unstable();
        listing.files.sort_unstable();
        Ok(listing)
    }

    fn folder(&self) -> Arc<OwnedFd> {
        Arc::clone(&self.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn open_below(&self, relative: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain path within the bank"));
        }
        let folder = self.folder();
        let relative = if relative.as_os_str().is_empty() { Path::new(".") } else { relative };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        for _ in 0..LOOKUP_TRIES_MAX {
            match rustix::fs::openat2(&folder, relative, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
                Ok(file) => return Ok(file),
                Err(Errno::AGAIN | Errno::INTR) => {}
                // Kernels before 5.6 do not know the call, and sandboxes of their time forbid it.
                Err(Errno::NOSYS | Errno::PERM) => return walk_below(&folder, relative, flags),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Errno::AGAIN.into())
    }
}

/// Does what `openat2` would, one component at a time.
fn walk_below(folder: &OwnedFd, relative: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    let step = OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let through = OFlags::RDONLY | OFlags::DIRECTORY | step;
    let mut held: Option<OwnedFd> = None;
    let mut parts = relative.components().peekable();
    while let Some(part) = parts.next() {
        let from = held.as_ref().map_or(folder.as_fd(), AsFd::as_fd);
        let flags = if parts.peek().is_some() { through } else { flags | step };
        held = Some(rustix::fs::openat(from, part.as_os_str(), flags, Mode::empty())?);
    }
    held.ok_or_else(|| Errno::NOENT.into())
}

fn open_root(root: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(root, flags, Mode::empty())?)
}

/// Names what lies in a folder of the bank.
fn below(folder: &Path, name: &OsStr) -> PathBuf {
    folder.join(name)
}

fn os_name(bytes: &[u8]) -> &OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(bytes)
}

fn stamp_of(stat: &Stat) -> Stamp {
    Stamp {
        size_bytes: u64::try_from(stat.st_size).unwrap_or(0),
        modified: (stat.st_mtime, stat.st_mtime_nsec.cast_signed()),
        changed: (stat.st_ctime, stat.st_ctime_nsec.cast_signed()),
    }
}

#[cfg(test)]
mod tests;

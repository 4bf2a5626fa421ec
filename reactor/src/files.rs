//! The contents of people's files on the disk: unfinished ones in `files/spool`, whole ones in `files/blobs`.
//!
//! This room is the only place that joins the paths of what people upload, and they are made of numbers alone: a
//! file's name is never one. It does not know whose the contents are, nor what is on record of them.

mod medium;
mod reading;
mod repair;
mod sealing;
mod spools;
mod survey;
mod writing;

#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::OFlags;
use rustix::io::Errno;

pub use reading::hash_of;
pub use repair::{OnRecord, Repaired};
pub use sealing::NotSealed;
pub use survey::{Find, Survey};
pub use writing::NotStored;

use crate::store::BlobId;
use medium::{Medium, RealMedium};
use spools::Spools;

/// The folder of all this in the data folder.
const FILES_DIR: &str = "files";

/// The folder of unfinished contents in it.
const SPOOL_DIR: &str = "spool";

/// The folder of whole contents in it: 256 folders, so that none grows too long.
const BLOBS_DIR: &str = "blobs";

/// The bytes of a block, by which the kernel counts what a file takes (`stat(2)`).
const BLOCK_BYTES: u64 = 512;

/// The contents of people's files. Any thread may use it.
pub struct Files {
    root: PathBuf,
    spools: Spools,
    medium: Arc<dyn Medium>,
    halted: AtomicBool,
}

/// Why the disk did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum DiskFault {
    /// There is no room.
    #[error("there is no room on the disk ({0})")]
    Full(io::Error),
    /// It failed in another way.
    #[error("{0}")]
    Failed(io::Error),
    /// The contents were given up, or the daemon ends.
    #[error("it is not wanted any more")]
    Unwanted,
}

impl From<io::Error> for DiskFault {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::NOSPC | Errno::DQUOT | Errno::FBIG) => Self::Full(error),
            _ => Self::Failed(error),
        }
    }
}

impl From<Errno> for DiskFault {
    fn from(errno: Errno) -> Self {
        Self::from(io::Error::from(errno))
    }
}

impl Files {
    /// Opens the folders in a data folder, and makes them where there are none. Errors are the file system's,
    /// with the folder that they are about.
    pub fn open(data_dir: &Path) -> Result<Self, (PathBuf, io::Error)> {
        Self::open_on(data_dir, Arc::new(RealMedium))
    }

    fn open_on(data_dir: &Path, medium: Arc<dyn Medium>) -> Result<Self, (PathBuf, io::Error)> {
        let root = data_dir.join(FILES_DIR);
        for folder in [&root, &root.join(SPOOL_DIR), &root.join(BLOBS_DIR)] {
            make_folder(folder).map_err(|error| (folder.clone(), error))?;
        }
        // What will lie in them lasts only if they do.
        for folder in [root.as_path(), data_dir] {
            sync_folder(folder).map_err(|error| (folder.to_owned(), error))?;
        }
        Ok(Self { root, spools: Spools::default(), medium, halted: AtomicBool::new(false) })
    }

    /// Opens whole contents to read them.
    pub fn open_blob(&self, blob: BlobId) -> io::Result<File> {
        open_to_read(&self.blob_path(blob))
    }

    /// Returns how many bytes of its disk are free for this program.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.root)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Returns how many bytes of the disk unfinished contents take already.
    pub fn taken_bytes(&self, blob: BlobId) -> u64 {
        let taken = |path: &Path| fs::symlink_metadata(path).map(|metadata| metadata.blocks() * BLOCK_BYTES);
        // What is not there takes nothing.
        taken(&self.spool_path(blob)).or_else(|_| taken(&self.blob_path(blob))).unwrap_or(0)
    }

    /// Lets whoever reads a whole file stop: the daemon ends.
    pub fn halt(&self) {
        self.halted.store(true, Ordering::Relaxed);
    }

    /// Tells whether the daemon ends.
    pub fn is_halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }

    /// Reads all of an open file and returns its hash, unless the daemon ends first.
    pub fn hash_file(&self, file: &File) -> Result<parlour_common::message::FileHash, DiskFault> {
        let hasher = reading::hash_up_to(file, u64::MAX, &|| self.is_halted())?.0;
        Ok(hash_of(hasher))
    }

    fn spool_dir(&self) -> PathBuf {
        self.root.join(SPOOL_DIR)
    }

    fn spool_path(&self, blob: BlobId) -> PathBuf {
        self.spool_dir().join(name_of(blob))
    }

    fn blobs_dir(&self) -> PathBuf {
        self.root.join(BLOBS_DIR)
    }

    fn blob_dir(&self, blob: BlobId) -> PathBuf {
        self.blobs_dir().join(folder_of(blob))
    }

    fn blob_path(&self, blob: BlobId) -> PathBuf {
        self.blob_dir(blob).join(name_of(blob))
    }
}

/// Returns the name of contents: their number in 16 hex digits.
fn name_of(blob: BlobId) -> String {
    format!("{:016x}", blob.0)
}

/// Returns where whole contents lie in the data folder, to be told to its owner.
pub fn shown_path(blob: u64) -> String {
    let blob = BlobId(blob);
    format!("{FILES_DIR}/{BLOBS_DIR}/{}/{}", folder_of(blob), name_of(blob))
}

/// Returns the name of the folder of contents: the last two digits of their number.
fn folder_of(blob: BlobId) -> String {
    format!("{:02x}", blob.0 & 0xff)
}

/// Returns the contents of a name, if it is one.
fn blob_of(name: &str) -> Option<BlobId> {
    let blob = BlobId(u64::from_str_radix(name, 16).ok()?);
    (name_of(blob) == name).then_some(blob)
}

/// Makes a folder that is nobody else's on this machine.
fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes what was made, renamed or removed in a folder survive a power cut.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Opens a regular file, through no link.
fn open_to_read(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(no_follow()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    Ok(file)
}

/// Opens a regular file to write and read it, through no link, and makes it where there is none.
fn open_to_write(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600).custom_flags(no_follow());
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    Ok(file)
}

fn no_follow() -> i32 {
    // A pipe that somebody put there must not make us wait for its other end.
    (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed()
}

//! Pictures of the library, kept as files once they were found, so that they are sent like any file.
//!
//! This file does not know who wants a picture. What it keeps can be thrown away at any time, and is never
//! worth the room that the store needs.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parlour_common::message::CoverId;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::music::Bank;
use crate::send_file::SendFile;
use crate::store::{BALLAST_BYTES, Disk, FREE_BYTES_MIN, RealDisk};

/// The pictures that are kept; for one more, the one used longest ago goes.
const PICTURES_KEPT_MAX: usize = 4096;

/// Where less room than this would be left, a picture is not written at all, in bytes: the store needs so
/// much. The few that are written at the same time do not use up what it has beyond its own limit.
const FREE_TO_WRITE_BYTES_MIN: u64 = FREE_BYTES_MIN + BALLAST_BYTES;

/// Where less room than this would be left, a picture is written to be sent, but not kept, in bytes.
const FREE_TO_KEEP_BYTES_MIN: u64 = 4 * FREE_TO_WRITE_BYTES_MIN;

/// What the name of a picture ends with until it is whole.
const UNFINISHED: &str = "new";

/// A folder of pictures, named by what they show.
pub struct Covers {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    kept_max: usize,
    kept: Mutex<Kept>,
    written: AtomicU64,
}

/// Which pictures are in the folder, and in which order they were used.
#[derive(Default)]
struct Kept {
    uses: u64,
    by_use: BTreeMap<u64, CoverId>,
    last_use: HashMap<CoverId, u64>,
}

impl Kept {
    /// Notes that a picture is there, and used now.
    fn note(&mut self, cover: CoverId) {
        self.uses += 1;
        if let Some(before) = self.last_use.insert(cover, self.uses) {
            self.by_use.remove(&before);
        }
        self.by_use.insert(self.uses, cover);
    }

    /// Takes out the picture that was used longest ago, if there are more than so many.
    fn take_surplus(&mut self, kept_max: usize) -> Option<CoverId> {
        if self.by_use.len() <= kept_max {
            return None;
        }
        let (_, cover) = self.by_use.pop_first()?;
        self.last_use.remove(&cover);
        Some(cover)
    }
}

impl Covers {
    /// Keeps pictures in `folder`, which is made when the first one is written. What an earlier run left
    /// there unfinished is removed.
    pub fn new(folder: PathBuf) -> Self {
        Self::start(folder, Arc::new(RealDisk), PICTURES_KEPT_MAX)
    }

    fn start(folder: PathBuf, disk: Arc<dyn Disk>, kept_max: usize) -> Self {
        let kept = Mutex::default();
        let covers = Self { folder, disk, kept_max, kept, written: AtomicU64::new(0) };
        if let Err(error) = covers.take_stock()
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("The folder {} cannot be cleared up: {error}.", covers.folder.display());
        }
        covers
    }

    /// Looks at what the folder holds. What cannot be set right does not hide the rest of it.
    fn take_stock(&self) -> io::Result<()> {
        let entries = fs::read_dir(&self.folder)?;
        let mut outcome = fs::set_permissions(&self.folder, Permissions::from_mode(0o700));
        let mut kept = self.lock();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == UNFINISHED) {
                outcome = outcome.and(fs::remove_file(path));
            } else if let Some(cover) = self.named(&path) {
                kept.note(cover);
            }
        }
        while let Some(surplus) = kept.take_surplus(self.kept_max) {
            outcome = outcome.and(fs::remove_file(self.path(surplus)));
        }
        outcome
    }

    /// Opens a picture, taking it out of the track at `path` when it is not kept yet. `NotFound` if it is not
    /// the picture of that track any more; any other error says nothing of it.
    pub fn open(&self, bank: &Bank, cover: CoverId, path: &Path) -> io::Result<SendFile> {
        if let Some(file) = self.open_kept(cover).map_err(of_folder)? {
            self.lock().note(cover);
            return SendFile::new(file);
        }
        let picture = bank.read_cover(path, cover)?;
        self.write(cover, &picture).and_then(SendFile::new).map_err(of_folder)
    }

    fn open_kept(&self, cover: CoverId) -> io::Result<Option<File>> {
        match File::open(self.path(cover)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a picture to a file that can be sent, and keeps it if there is plenty of room.
    fn write(&self, cover: CoverId, picture: &[u8]) -> io::Result<File> {
        // Whoever may not enter the folder sees no picture, whatever the mask.
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let left_bytes = self.disk.free_bytes(&self.folder)?.saturating_sub(picture.len() as u64);
        if left_bytes < FREE_TO_WRITE_BYTES_MIN {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the disk is nearly full"));
        }
        // Two workers may write the same picture at once; each writes its own file.
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.path(cover).with_extension(format!("{number}.{UNFINISHED}"));
        if left_bytes < FREE_TO_KEEP_BYTES_MIN {
            let mut file = open_nameless(&self.folder, &unfinished)?;
            file.write_all(picture)?;
            return Ok(file);
        }
        let kept = self.keep(cover, picture, &unfinished);
        if kept.is_err() {
            // It may not even have been made.
            let _ = fs::remove_file(&unfinished);
        }
        kept
    }

    fn keep(&self, cover: CoverId, picture: &[u8], unfinished: &Path) -> io::Result<File> {
        let mut file = open_new(unfinished)?;
        file.write_all(picture)?;
        // A power cut must not leave a name without its picture.
        self.disk.sync(&file)?;
        let mut kept = self.lock();
        if let Some(earlier) = self.open_kept(cover)? {
            // Another worker was faster. Its file is being sent, so it must stay what it is.
            fs::remove_file(unfinished)?;
            return Ok(earlier);
        }
        fs::rename(unfinished, self.path(cover))?;
        kept.note(cover);
        if let Some(surplus) = kept.take_surplus(self.kept_max)
            && let Err(error) = fs::remove_file(self.path(surplus))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!("A picture cannot be removed from {}: {error}.", self.folder.display());
        }
        // Not opened anew: by its name it might be removed again already.
        Ok(file)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, cover: CoverId) -> PathBuf {
        self.folder.join(format!("{:016x}", cover.0))
    }

    /// Reads the name of a picture in the folder.
    fn named(&self, path: &Path) -> Option<CoverId> {
        let cover = CoverId(u64::from_str_radix(path.file_name()?.to_str()?, 16).ok()?);
        (self.path(cover) == path).then_some(cover)
    }
}

/// Returns an error that came of the folder as one that is not taken for a picture that is not there.
fn of_folder(error: io::Error) -> io::Error {
    match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::INVAL) => io::Error::other(error),
        _ => error,
    }
}

fn open_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Makes a file that is gone when it is closed. Only where the file system knows no files without a name it
/// has one for a moment, `name`.
fn open_nameless(folder: &Path, name: &Path) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    match rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => Ok(file.into()),
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => open_and_unname(name),
        Err(error) => Err(error.into()),
    }
}

fn open_and_unname(name: &Path) -> io::Result<File> {
    let file = open_new(name)?;
    fs::remove_file(name)?;
    Ok(file)
}

#[cfg(test)]
mod tests;

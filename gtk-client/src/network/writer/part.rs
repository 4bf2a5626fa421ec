//! A fetched file on disk: a partial file, a note beside it, and at last the file under its name.
//!
//! This file knows paths, and what a crash may leave behind. It does not know threads or connections.
//!
//! The note binds the partial file to one version of one file of one daemon, so that a later run never
//! joins two versions. It also says how many bytes are surely on disk: after a power cut a file may be
//! longer than what of it was written.

mod note;

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use parlour_common::message::{FileHash, FileVersion};
use rustix::fs::{CWD, FallocateFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use sha2::{Digest, Sha256};

use super::super::TransferFault;
use super::super::order::Source;
use super::{Found, Target};
use note::{Note, boot};

/// The longest name that common file systems take, in bytes.
const NAME_BYTES_MAX: usize = 255;

/// After so many bytes the file is made durable and the note says so.
const SYNC_BYTES: u64 = 16 * 1024 * 1024;

/// The bytes that are read at once to be hashed.
const HASH_BYTES: usize = 256 * 1024;

/// The names tried for a file whose name is taken.
const NAMES_MAX: u32 = 1000;

/// What names on FAT and exFAT do not hold; a [`FileName`](parlour_common::names::FileName) has no separators
/// and controls anyway.
const FORBIDDEN: [char; 7] = ['"', '*', ':', '<', '>', '?', '|'];

/// A partial file, locked for this download.
pub(super) struct Part {
    target: Target,
    path: PathBuf,
    note_path: PathBuf,
    file: File,
    version: Option<FileVersion>,
    size_bytes: u64,
    written_bytes: u64,
    /// What of that is surely on disk.
    synced_bytes: u64,
    /// The hash of the first bytes, and how many they are: what an earlier run wrote comes last.
    hasher: Sha256,
    hashed_bytes: u64,
}

/// A partial file that was opened, and what is in it.
pub(super) struct Opening {
    pub(super) part: Part,
    pub(super) found: Option<Found>,
}

impl Part {
    /// Opens the partial file, or makes one, and throws away what cannot be trusted.
    pub(super) fn open(target: Target) -> Result<Opening, TransferFault> {
        if !target.folder.is_dir() {
            return Err(TransferFault::FolderGone);
        }
        let opened = try_names(&part_name(&target), |name| {
            let path = target.folder.join(name);
            Ok(open_locked(&path)?.map(|file| (path, file)))
        });
        let opened = opened.map_err(|error| fault(&target.folder, &error))?;
        let Some((path, file)) = opened else { return Err(TransferFault::InUse) };
        let mut part = Self {
            target,
            note_path: with_suffix(&path, ".note"),
            path,
            file,
            version: None,
            size_bytes: 0,
            written_bytes: 0,
            synced_bytes: 0,
            hasher: Sha256::new(),
            hashed_bytes: 0,
        };
        let found = part.find().map_err(|error| part.fault(&error))?;
        Ok(Opening { part, found })
    }

    /// Begins a version at its first byte.
    pub(super) fn begin(&mut self, version: FileVersion, size_bytes: u64) -> Result<(), TransferFault> {
        self.try_begin(version, size_bytes).map_err(|error| self.fault(&error))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), TransferFault> {
        self.try_write(bytes).map_err(|error| self.fault(&error))
    }

    /// Returns the hash of all that was written. What an earlier run wrote is read for it.
    pub(super) fn hash(&mut self) -> Result<FileHash, TransferFault> {
        self.catch_up().map_err(|error| self.fault(&error))?;
        Ok(FileHash::new(self.hasher.clone().finalize().into()))
    }

    /// Throws away what was written, and goes on with the same partial file.
    pub(super) fn empty(&mut self) -> Result<(), TransferFault> {
        self.version = None;
        let _ = fs::remove_file(&self.note_path);
        self.cut(0).map_err(|error| self.fault(&error))
    }

    /// Makes the file durable and gives it its name, or the next one that is free.
    pub(super) fn finish(self) -> Result<PathBuf, TransferFault> {
        self.try_finish().map_err(|error| {
            let fault = self.fault(&error);
            // The bytes are good: they are kept for another try.
            self.release();
            fault
        })
    }

    /// Removes what was written.
    pub(super) fn discard(self) {
        // The note first: without it, the partial file is worth nothing.
        let _ = fs::remove_file(&self.note_path);
        let _ = fs::remove_file(&self.path);
    }

    /// Leaves what was written for a later try, if it is anything.
    pub(super) fn release(mut self) {
        if self.version.is_none() || self.written_bytes == 0 {
            return self.discard();
        }
        // What cannot be cut or synced is left as it is: the note does not count it.
        let _ = self.cut(self.written_bytes).and_then(|()| self.sync());
    }

    /// Reads the note and cuts the file to what the note and the disk agree on.
    fn find(&mut self) -> io::Result<Option<Found>> {
        let length = self.file.metadata()?.len();
        let note = fs::read_to_string(&self.note_path).ok().and_then(|text| Note::parse(&text));
        let note = note.filter(|note| note.source == self.target.source && note.server == self.target.server);
        let Some(note) = note else {
            self.file.set_len(0)?;
            return Ok(None);
        };
        // While the machine ran on, what was written is there, in memory at least.
        let ran_on = note.boot == boot() && !note.boot.is_empty();
        let good_bytes = if ran_on { length } else { note.synced_bytes.min(length) };
        self.cut(good_bytes)?;
        self.version = Some(FileVersion(note.version));
        self.size_bytes = note.size_bytes;
        self.synced_bytes = note.synced_bytes.min(good_bytes);
        Ok(Some(Found { version: FileVersion(note.version), bytes: good_bytes }))
    }

    fn try_begin(&mut self, version: FileVersion, size_bytes: u64) -> io::Result<()> {
        // Emptied before the note changes: a crash between the two leaves nothing of the old version.
        self.cut(0)?;
        self.version = Some(version);
        self.size_bytes = size_bytes;
        self.synced_bytes = 0;
        self.write_note()?;
        match rustix::fs::fallocate(&self.file, FallocateFlags::KEEP_SIZE, 0, size_bytes) {
            Err(error @ (Errno::NOSPC | Errno::FBIG | Errno::DQUOT)) => Err(error.into()),
            // It was worth a try: not every file system can.
            Err(_) | Ok(()) => Ok(()),
        }
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        if self.hashed_bytes == self.written_bytes {
            self.hasher.update(bytes);
            self.hashed_bytes += bytes.len() as u64;
        }
        self.written_bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.written_bytes - self.synced_bytes >= SYNC_BYTES { self.sync() } else { Ok(()) }
    }

    fn try_finish(&self) -> io::Result<PathBuf> {
        let length = self.file.metadata()?.len();
        if length != self.size_bytes || length != self.written_bytes {
            return Err(io::Error::other("the partial file was changed by another program"));
        }
        self.file.sync_all()?;
        try_names(self.target.file_name.as_str(), |name| self.rename(name))
    }

    /// Gives the file a name, or the next one that is free.
    fn rename(&self, name: &str) -> io::Result<PathBuf> {
        for number in 1..=NAMES_MAX {
            let path = self.target.folder.join(numbered(name, number));
            if rename_if_free(&self.path, &path)? {
                let _ = fs::remove_file(&self.note_path);
                // A folder that cannot be synced still has the file in it.
                let _ = File::open(&self.target.folder).and_then(|folder| folder.sync_all());
                return Ok(path);
            }
        }
        Err(io::Error::other("too many files have this name"))
    }

    /// Cuts the file; what was reserved behind it is given back.
    fn cut(&mut self, bytes: u64) -> io::Result<()> {
        self.file.set_len(bytes)?;
        self.written_bytes = io::Seek::seek(&mut self.file, io::SeekFrom::Start(bytes))?;
        if self.hashed_bytes > bytes {
            self.hasher = Sha256::new();
            self.hashed_bytes = 0;
        }
        Ok(())
    }

    /// Hashes what was written and is not hashed yet.
    fn catch_up(&mut self) -> io::Result<()> {
        let mut piece = vec![0; HASH_BYTES];
        while self.hashed_bytes < self.written_bytes {
            let read = self.file.read_at(&mut piece, self.hashed_bytes)?;
            if read == 0 {
                return Err(io::Error::other("the partial file was cut by another program"));
            }
            self.hasher.update(&piece[..read]);
            self.hashed_bytes += read as u64;
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        self.synced_bytes = self.written_bytes;
        self.write_note()
    }

    fn write_note(&self) -> io::Result<()> {
        let Some(version) = self.version else { return Ok(()) };
        let note = Note {
            source: self.target.source,
            version: version.0,
            size_bytes: self.size_bytes,
            synced_bytes: self.synced_bytes,
            boot: boot(),
            server: self.target.server.clone(),
        };
        // Written anew and renamed, so that it is never half a note.
        let fresh = with_suffix(&self.note_path, "~");
        fs::write(&fresh, note.to_text())?;
        fs::rename(&fresh, &self.note_path)
    }

    fn fault(&self, error: &io::Error) -> TransferFault {
        fault(&self.target.folder, error)
    }
}

/// Opens a file, unless another transfer, of this program or another run of it, has it open.
fn open_locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        // A symbolic link is not followed: someone else may have put it there.
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mode = Mode::from_raw_mode(0o666);
        let file = File::from(rustix::fs::openat(CWD, path, flags, mode).map_err(io::Error::from)?);
        let opened = file.metadata()?;
        if !opened.is_file() {
            return Err(io::Error::other("something else has the name of the partial file"));
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            // A file system without locks: its user takes care.
            Err(TryLockError::Error(_)) => return Ok(Some(file)),
        }
        // Between opening and locking, another transfer may have finished this very file.
        match fs::symlink_metadata(path) {
            Ok(named) if named.ino() == opened.ino() && named.dev() == opened.dev() => {
                return Ok(Some(file));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
}

fn fault(folder: &Path, error: &io::Error) -> TransferFault {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => TransferFault::NoSpace,
        ErrorKind::NotFound | ErrorKind::NotADirectory if !folder.is_dir() => TransferFault::FolderGone,
        _ => TransferFault::NotWritable(error.to_string()),
    }
}

/// Uses a name; where the file system has no such names, one without what FAT and exFAT forbid.
fn try_names<T>(name: &str, mut make: impl FnMut(&str) -> io::Result<T>) -> io::Result<T> {
    let made = make(name);
    let is_forbidden = made.as_ref().is_err_and(|error| Errno::from_io_error(error) == Some(Errno::INVAL));
    if is_forbidden && name.contains(FORBIDDEN) { make(&name.replace(FORBIDDEN, "_")) } else { made }
}

/// Renames a file unless the new name is taken. Tells whether it did.
fn rename_if_free(from: &Path, to: &Path) -> io::Result<bool> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => return Ok(true),
        Err(Errno::EXIST) => return Ok(false),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
        Err(error) => return Err(error.into()),
    }
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        // Neither way: the name is taken by an empty file first, which is then replaced.
        Err(_) => match File::create_new(to) {
            Ok(_) => fs::rename(from, to).map(|()| true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        },
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Returns the name of the partial file: two files of one name do not meet in it.
fn part_name(target: &Target) -> String {
    let name = target.file_name.as_str();
    let suffix = match target.source {
        Source::Track(track) => format!(".{:016x}.part", track.0),
        Source::File(file) => format!(".f{:016x}.part", file.0),
        Source::Card { conversation, post } => format!(".c{:x}-{:x}.part", conversation.0, post.0),
    };
    let stem = &name[..name.floor_char_boundary(NAME_BYTES_MAX - suffix.len() - ".note~".len())];
    format!("{stem}{suffix}")
}

/// Returns a name with a number before its extension, from 2 on.
fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.to_owned();
    }
    let (stem, extension) = match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= 16 => name.split_at(dot),
        _ => (name, ""),
    };
    let suffix = format!(" ({number}){extension}");
    let stem = &stem[..stem.floor_char_boundary(NAME_BYTES_MAX - suffix.len())];
    format!("{stem}{suffix}")
}

#[cfg(test)]
mod tests;

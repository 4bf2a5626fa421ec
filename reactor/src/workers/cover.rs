//! Pictures of the library, kept as files once they were found, so that they are sent like any file.
//!
//! This file does not know who wants a picture. What it keeps can be thrown away at any time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use parlour_common::message::CoverId;

use crate::music::Bank;
use crate::send_file::SendFile;

/// A folder of pictures, named by what they show.
pub struct Covers {
    folder: PathBuf,
    written: AtomicU64,
}

impl Covers {
    /// Keeps pictures in `folder`, which is made when the first one is written.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, written: AtomicU64::new(0) }
    }

    /// Opens a picture, taking it out of the track at `path` when it is not kept yet.
    pub fn open(&self, bank: &Bank, cover: CoverId, path: &Path) -> io::Result<SendFile> {
        let kept = self.folder.join(format!("{:016x}", cover.0));
        match File::open(&kept) {
            Ok(file) => return SendFile::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let picture = bank.read_cover(path, cover)?;
        fs::create_dir_all(&self.folder)?;
        // Two workers may write the same picture at once; each writes its own file and the last one stays.
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.folder.join(format!("{:016x}.{number}.new", cover.0));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&unfinished)?;
        file.write_all(&picture)?;
        fs::rename(&unfinished, &kept)?;
        SendFile::new(File::open(&kept)?)
    }
}

//! What is asked of the disk when contents are written, so that a test can make it full, or failing, at will.
//!
//! This file does not know what is written.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// Writes to a disk.
pub(super) trait Medium: Send + Sync {
    /// Writes some of the bytes, and returns how many.
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Makes what was written survive a power cut.
    fn sync(&self, file: &File) -> io::Result<()>;
    /// Takes room for so many bytes, if the disk can give it in advance. The size of the file stays.
    fn allocate(&self, file: &File, bytes: u64) -> io::Result<()>;
}

/// The disk of this machine.
pub(super) struct RealMedium;

impl Medium for RealMedium {
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        file.write_at(bytes, offset)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn allocate(&self, file: &File, bytes: u64) -> io::Result<()> {
        loop {
            return match fallocate(file, FallocateFlags::KEEP_SIZE, 0, bytes) {
                Err(Errno::INTR) => continue,
                // Room is then taken as bytes come.
                Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
                done => Ok(done?),
            };
        }
    }
}

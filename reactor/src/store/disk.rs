//! The disk under the store: how much room is left, the reserve kept for bad days, making bytes durable.
//!
//! This file does not know records or the engine. A test gives the store a [`Disk`] of its own to make
//! the disk full, or failing, at will.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// Below this much free room nothing is written any more, in bytes: the engine does not recover from a
/// full disk while it is open, so it must never meet one.
pub const FREE_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// The size of the ballast, in bytes. Opening the engine takes room itself; on a full disk this is it.
pub const BALLAST_BYTES: u64 = 64 * 1024 * 1024;

/// What the store asks of a disk.
pub trait Disk: Send + Sync {
    /// Returns how many bytes are free for this program on the disk that holds `dir`.
    fn free_bytes(&self, dir: &Path) -> io::Result<u64>;
    /// Makes what was written to `file` survive a power cut.
    fn sync(&self, file: &File) -> io::Result<()>;
    /// Takes `bytes` of room for `file`.
    fn allocate(&self, file: &File, bytes: u64) -> io::Result<()>;
}

/// The disk of this machine.
pub struct RealDisk;

impl Disk for RealDisk {
    fn free_bytes(&self, dir: &Path) -> io::Result<u64> {
        let stat = statvfs(dir)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn allocate(&self, file: &File, bytes: u64) -> io::Result<()> {
        Ok(fallocate(file, FallocateFlags::empty(), 0, bytes)?)
    }
}

/// The room kept free for the store.
pub(super) struct Reserve {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    ballast: Ballast,
    short: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Ballast {
    Present,
    Absent,
    /// This file system cannot give room in advance; asking again would cost a system call per batch.
    Unsupported,
}

impl Reserve {
    /// Looks at the reserve in `dir`, and gives up the ballast if there is not enough room without it.
    pub(super) fn before_open(disk: Arc<dyn Disk>, dir: &Path) -> io::Result<Self> {
        let path = dir.join("ballast");
        let free_bytes = disk.free_bytes(dir)?;
        if free_bytes < FREE_BYTES_MIN && path.exists() {
            tracing::warn!(free_bytes, "the disk is nearly full; the ballast is released");
            fs::remove_file(&path)?;
        }
        // One that a crash cut short holds less than it promises.
        let whole = fs::metadata(&path).is_ok_and(|metadata| metadata.len() == BALLAST_BYTES);
        let ballast = if whole { Ballast::Present } else { Ballast::Absent };
        Ok(Self { disk, dir: dir.to_owned(), ballast, short: false })
    }

    /// Tells whether there is room to write, and puts the ballast back once there is plenty.
    pub(super) fn may_write(&mut self) -> bool {
        let free_bytes = self.disk.free_bytes(&self.dir).unwrap_or_else(|error| {
            tracing::error!(%error, "the free room on the disk cannot be told");
            0
        });
        if self.ballast == Ballast::Absent && free_bytes >= FREE_BYTES_MIN + BALLAST_BYTES {
            self.ballast = self.put_ballast();
        }
        let short = free_bytes < FREE_BYTES_MIN;
        if short != self.short {
            tracing::warn!(free_bytes, least = FREE_BYTES_MIN, "the store takes writes: {}", !short);
            self.short = short;
        }
        !short
    }

    fn put_ballast(&self) -> Ballast {
        let path = self.dir.join("ballast");
        match File::create(&path).and_then(|file| self.disk.allocate(&file, BALLAST_BYTES)) {
            Ok(()) => Ballast::Present,
            Err(error) => {
                tracing::warn!(%error, "no ballast can be kept on this disk");
                // Whatever it got before the error is better left free.
                let _ = fs::remove_file(&path);
                Ballast::Unsupported
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::FakeDisk;
    use super::*;

    #[test]
    fn the_ballast_is_kept_in_plenty_and_released_in_need() {
        let dir = tempfile::tempdir().unwrap();
        let ballast = dir.path().join("ballast");
        let disk = Arc::new(FakeDisk::default());
        let before_open = || Reserve::before_open(disk.clone(), dir.path()).unwrap();
        // (free before opening, ballast after it, free at the write, may write, ballast after it)
        const MIB: u64 = 1024 * 1024;
        let cases = [
            (127 * MIB, false, 127 * MIB, true, false),
            (128 * MIB, false, 128 * MIB, true, true),
            (64 * MIB, true, 64 * MIB, true, true),
            (64 * MIB, true, 64 * MIB - 1, false, true),
            (64 * MIB - 1, false, 64 * MIB, true, false),
            (0, false, 0, false, false),
        ];
        for (before, kept, then, writes, after) in cases {
            disk.set_free(before);
            let mut reserve = before_open();
            assert_eq!(ballast.exists(), kept, "{before}");
            disk.set_free(then);
            assert_eq!(reserve.may_write(), writes, "{then}");
            assert_eq!(ballast.exists(), after, "{then}");
        }
    }

    #[test]
    fn the_real_disk_has_room_and_takes_it() {
        let dir = tempfile::tempdir().unwrap();
        assert!(RealDisk.free_bytes(dir.path()).unwrap() > 0);
        let file = File::create(dir.path().join("x")).unwrap();
        RealDisk.allocate(&file, 4096).unwrap();
        RealDisk.sync(&file).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 4096);
    }
}

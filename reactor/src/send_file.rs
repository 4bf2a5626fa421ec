//! A file on its way out: a plain word that the rooms pass to one another.
//!
//! This file does not know whose a file is or where its bytes go. It knows what the kernel tells of an open
//! file: its size, its version, and which of its bytes can be read without waiting for a disk.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use parlour_common::message::FileVersion;
use rustix::io::ReadWriteFlags;

/// The bytes read at once when warming, in bytes.
const WARM_READ_BYTES: usize = 64 * 1024;

/// An open file that is sent from, by any number of transfers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SendFile {
    file: Arc<File>,
    size_bytes: u64,
    version: FileVersion,
}

impl SendFile {
    /// Takes an open regular file and remembers its size and version. Errors are the file system's.
    pub fn new(file: File) -> io::Result<Self> {
        let stat = rustix::fs::fstat(&file)?;
        let size_bytes = u64::try_from(stat.st_size).unwrap_or(0);
        Ok(Self { file: Arc::new(file), size_bytes, version: version_of(&stat) })
    }

    /// The file itself, to be read.
    pub fn as_file(&self) -> &File {
        &self.file
    }

    /// The size when it was opened, in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The version when it was opened.
    pub fn version(&self) -> FileVersion {
        self.version
    }

    /// Tells whether the file is still the version that was opened.
    pub fn is_unchanged(&self) -> bool {
        rustix::fs::fstat(&*self.file).is_ok_and(|stat| version_of(&stat) == self.version)
    }

    /// Tells whether the first and the last of `bytes` bytes at `offset` can be read without waiting for a
    /// disk. Where the kernel cannot tell, as on network file systems, it is taken as no: a worker reads
    /// them then, and the loop waits for nobody's disk.
    pub fn is_cached(&self, offset: u64, bytes: u64) -> bool {
        let Some(last) = (offset + bytes).checked_sub(1) else { return true };
        [offset, last].into_iter().all(|at| {
            let mut probe = [0; 1];
            let slice = io::IoSliceMut::new(&mut probe);
            rustix::io::preadv2(&*self.file, &mut [slice], at, ReadWriteFlags::NOWAIT).is_ok()
        })
    }

    /// Reads `bytes` bytes at `offset` into the kernel's cache, waiting for the disk as long as it takes,
    /// and tells the kernel that the same amount behind it comes next. Reading past the end is no error.
    pub fn warm(&self, offset: u64, bytes: u64) -> io::Result<()> {
        let mut scratch = vec![0; WARM_READ_BYTES];
        let end = offset + bytes;
        let mut at = offset;
        while at < end {
            match self.file.read_at(&mut scratch, at) {
                Ok(0) => break,
                Ok(read) => at += read as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let next = std::num::NonZeroU64::new(bytes);
        // Advice: a kernel that does not take it only makes the next reading slower.
        let _ = rustix::fs::fadvise(&*self.file, end, next, rustix::fs::Advice::WillNeed);
        Ok(())
    }
}

impl AsFd for SendFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// Mixes all that the kernel changes when it changes a file into one number (FNV-1a, 64 bits: RFC 9923).
fn version_of(stat: &rustix::fs::Stat) -> FileVersion {
    let parts = [
        stat.st_dev.cast_signed(),
        stat.st_ino.cast_signed(),
        stat.st_size,
        stat.st_mtime,
        stat.st_mtime_nsec.cast_signed(),
        stat.st_ctime,
        stat.st_ctime_nsec.cast_signed(),
    ];
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    FileVersion(parts.iter().flat_map(|part| part.to_le_bytes()).fold(0xcbf2_9ce4_8422_2325, mix))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_version_is_another_after_any_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "a").unwrap();
        let open = || SendFile::new(File::open(&path).unwrap()).unwrap();
        let before = open();
        assert_eq!(open().version(), before.version());
        let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
        std::fs::write(&path, "b").unwrap();
        // Putting the time back does not hide it.
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert_ne!(open().version(), before.version());
    }

    #[test]
    fn a_change_is_noticed_and_cached_bytes_are_warm() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[7; 10_000]).unwrap();
        let mut writer = file.try_clone().unwrap();
        let sent = SendFile::new(file).unwrap();
        assert_eq!(sent.size_bytes(), 10_000);
        assert!(sent.is_unchanged());
        sent.warm(0, 20_000).unwrap();
        assert!(sent.is_cached(0, 10_000) && sent.is_cached(0, 0));
        writer.write_all(b"more").unwrap();
        assert!(!sent.is_unchanged());
    }
}

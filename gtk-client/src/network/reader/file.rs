//! A file of the person's disk that is read from an offset to its end, and hashed from its beginning.
//!
//! This file knows what a file system tells of a file. It does not know threads or connections.

use std::collections::VecDeque;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use parlour_common::message::FileHash;
use rustix::fs::{CWD, Mode, OFlags};
use sha2::{Digest, Sha256};

use super::super::TransferFault;
use super::super::order::Seen;
use super::{PIECE_BYTES, ReadWhat};

/// After so many bytes the state of the hash is kept, so that going back a little costs little.
const MARK_BYTES: u64 = 16 * 1024 * 1024;

/// The states that are kept: of a hundred bytes each, for the last 64 GiB.
const MARKS_MAX: usize = 4096;

/// The bytes that are hashed between two looks whether they are still wanted.
const HASH_BYTES: usize = 1024 * 1024;

#[derive(Debug)]
pub(super) struct SourceFile {
    file: File,
    seen: Seen,
    hasher: Sha256,
    /// How far the hash is, and what is read next.
    position: u64,
    /// The hash at earlier positions, in their order.
    marks: VecDeque<(u64, Sha256)>,
    has_ended: bool,
}

impl SourceFile {
    /// Opens a file. A pipe does not make it wait.
    pub(super) fn open(path: &Path) -> Result<Self, TransferFault> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let opened = rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(io::Error::from);
        let file = File::from(opened.map_err(|error| fault(&error))?);
        let metadata = file.metadata().map_err(|error| fault(&error))?;
        if metadata.is_dir() {
            return Err(TransferFault::SourceIsFolder);
        }
        if !metadata.is_file() {
            return Err(TransferFault::SourceIsNoFile);
        }
        let (hasher, marks) = (Sha256::new(), VecDeque::new());
        Ok(Self { file, seen: seen(&metadata), hasher, position: 0, marks, has_ended: false })
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen
    }

    /// Goes to an offset and hashes what lies before it, unless it is not wanted any more.
    pub(super) fn seek(
        &mut self,
        offset: u64,
        is_wanted: impl Fn() -> bool,
    ) -> Result<Vec<ReadWhat>, TransferFault> {
        self.has_ended = false;
        if offset > self.seen.size_bytes {
            return Ok(vec![ReadWhat::Changed]);
        }
        if offset < self.position {
            while self.marks.back().is_some_and(|(at, _)| *at > offset) {
                self.marks.pop_back();
            }
            (self.position, self.hasher) = self.marks.back().cloned().unwrap_or((0, Sha256::new()));
        }
        let mut bytes = vec![0; HASH_BYTES];
        while self.position < offset {
            if !is_wanted() {
                return Ok(Vec::new());
            }
            let left = usize::try_from(offset - self.position).unwrap_or(HASH_BYTES);
            if self.read(&mut bytes[..left.min(HASH_BYTES)])? == 0 {
                return Ok(vec![ReadWhat::Changed]);
            }
        }
        Ok(Vec::new())
    }

    /// Reads the next piece; after the last one, and in the place of one behind it, comes the end.
    pub(super) fn next_piece(&mut self) -> Result<Vec<ReadWhat>, TransferFault> {
        if self.has_ended {
            return Ok(Vec::new());
        }
        let left = usize::try_from(self.seen.size_bytes - self.position).unwrap_or(PIECE_BYTES);
        let mut done = Vec::with_capacity(2);
        if left > 0 {
            let mut piece = vec![0; left.min(PIECE_BYTES)];
            let read = self.read(&mut piece)?;
            if read == 0 {
                return Ok(vec![ReadWhat::Changed]);
            }
            piece.truncate(read);
            done.push(ReadWhat::Piece(piece));
        }
        if self.position == self.seen.size_bytes {
            self.has_ended = true;
            let metadata = self.file.metadata().map_err(|error| fault(&error))?;
            if seen(&metadata) != self.seen {
                return Ok(vec![ReadWhat::Changed]);
            }
            done.push(ReadWhat::End(FileHash::new(self.hasher.clone().finalize().into())));
        }
        Ok(done)
    }

    /// Reads and hashes. Returns how many bytes there were.
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, TransferFault> {
        let read = loop {
            match self.file.read_at(bytes, self.position) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.map_err(|error| fault(&error))?,
            }
        };
        self.hasher.update(&bytes[..read]);
        self.position += read as u64;
        let marked = self.marks.back().map_or(0, |(at, _)| *at);
        if self.position >= marked + MARK_BYTES {
            self.marks.push_back((self.position, self.hasher.clone()));
            if self.marks.len() > MARKS_MAX {
                self.marks.pop_front();
            }
        }
        Ok(read)
    }
}

fn seen(metadata: &Metadata) -> Seen {
    let seconds = metadata.mtime().saturating_mul(1_000_000_000);
    Seen { size_bytes: metadata.len(), changed_unix_ns: seconds.saturating_add(metadata.mtime_nsec()) }
}

fn fault(error: &io::Error) -> TransferFault {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => TransferFault::SourceGone,
        _ => TransferFault::SourceUnreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn hash(bytes: &[u8]) -> FileHash {
        FileHash::new(Sha256::digest(bytes).into())
    }

    /// Reads from an offset to the end.
    fn rest(file: &mut SourceFile, offset: u64) -> (Vec<u8>, Option<FileHash>) {
        assert!(file.seek(offset, || true).unwrap().is_empty());
        let mut bytes = Vec::new();
        loop {
            for what in file.next_piece().unwrap() {
                match what {
                    ReadWhat::Piece(piece) => bytes.extend_from_slice(&piece),
                    ReadWhat::End(hash) => return (bytes, Some(hash)),
                    _ => return (bytes, None),
                }
            }
        }
    }

    #[test]
    fn from_any_offset_the_rest_comes_with_the_hash_of_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for length in [0, 1, PIECE_BYTES, 40 * 1024 * 1024 + 3] {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 7 + at / 251).to_le_bytes()[0]).collect();
            fs::write(&path, &bytes).unwrap();
            let mut file = SourceFile::open(&path).unwrap();
            for offset in [0, length, length / 2, length / 3, length.saturating_sub(1), 0] {
                let (read, sha256) = rest(&mut file, offset as u64);
                assert!(read == bytes[offset..], "from {offset} of {length}");
                assert_eq!(sha256, Some(hash(&bytes)), "from {offset} of {length}");
            }
        }
    }

    #[test]
    fn a_file_that_is_written_meanwhile_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, vec![1; 100_000]).unwrap();
        let mut file = SourceFile::open(&path).unwrap();
        assert_eq!(file.next_piece().unwrap().len(), 1);
        fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| io::Write::write_all(&mut file, b"x"))
            .unwrap();
        assert_eq!(rest(&mut file, 0).1, None, "it grew");
        let mut file = SourceFile::open(&path).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
        assert!(matches!(file.seek(50_000, || true).unwrap()[..], [ReadWhat::Changed]), "it shrank");
        assert!(matches!(file.seek(u64::MAX, || true).unwrap()[..], [ReadWhat::Changed]));
    }

    #[test]
    fn what_is_no_file_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(SourceFile::open(folder.path()).unwrap_err(), TransferFault::SourceIsFolder);
        assert_eq!(SourceFile::open(&folder.path().join("none")).unwrap_err(), TransferFault::SourceGone);
        assert_eq!(SourceFile::open(Path::new("/dev/null")).unwrap_err(), TransferFault::SourceIsNoFile);
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(CWD, &pipe, rustix::fs::FileType::Fifo, Mode::RWXU, 0).unwrap();
        assert_eq!(SourceFile::open(&pipe).unwrap_err(), TransferFault::SourceIsNoFile);
    }

    #[test]
    fn a_long_way_to_an_offset_is_left_when_it_is_not_wanted_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let mut file = SourceFile::open(&path).unwrap();
        let looks = std::cell::Cell::new(0);
        let wanted = || looks.replace(looks.get() + 1) < 3;
        assert!(file.seek(1 << 40, wanted).unwrap().is_empty());
        assert_eq!(file.position, 3 * HASH_BYTES as u64);
    }
}

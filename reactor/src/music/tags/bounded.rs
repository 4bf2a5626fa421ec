//! A file that is safe to be parsed: it can be read only so much, and does not nest.
//!
//! This file knows the two things in a hostile file that a parser of tags does not guard against: to be
//! led in circles, or through gigabytes that are said to be tags; and chapters within chapters within
//! chapters (ID3v2 `CHAP`, `CTOC`), which it would follow until its stack is gone. Nobody asks for chapters
//! here, so the parser is shown frames of unknown kinds in their place.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

/// The most steps (reads and seeks) in one file. A parser takes a few hundred in most files, and some ten
/// for each item of a tag; it takes time in proportion to the square of the number of items.
const STEPS_MAX: u32 = 128 * 1024;

/// The most read at once, in bytes.
const BLOCK_BYTES: usize = 16 * 1024;

/// The frames that nest.
const NESTING: [&[u8; 4]; 2] = [b"CHAP", b"CTOC"];

/// How many bytes tell such a frame from a word of text: its name, and the first byte of a size below
/// 2^29, which is no letter.
const FRAME_START_BYTES: usize = 5;

/// A file, from its beginning, of which only so many bytes can be read, in all. It keeps its own place:
/// that of the file is not touched.
#[derive(Debug)]
pub(super) struct Bounded<'a> {
    file: &'a File,
    size_bytes: u64,
    place: u64,
    left_bytes: u64,
    left_steps: u32,
    /// What was read last, from `block_place` on.
    block: Vec<u8>,
    block_place: u64,
}

impl<'a> Bounded<'a> {
    /// Begins at the beginning.
    pub(super) fn new(file: &'a File, left_bytes: u64) -> Result<Self> {
        let size_bytes = file.metadata()?.len();
        Ok(Self {
            file,
            size_bytes,
            place: 0,
            left_bytes,
            left_steps: STEPS_MAX,
            block: Vec::new(),
            block_place: 0,
        })
    }

    fn charge(&mut self, steps: u32, bytes: u64) -> Result<()> {
        let left = self.left_steps.checked_sub(steps).zip(self.left_bytes.checked_sub(bytes));
        (self.left_steps, self.left_bytes) = left.ok_or_else(|| Error::other("too much to read"))?;
        Ok(())
    }

    /// Reads the block at the present place, and a little on both sides of it, so that no frame is missed
    /// that begins before or ends behind it.
    fn fill(&mut self) -> Result<()> {
        let margin = FRAME_START_BYTES as u64 - 1;
        let start = self.place.saturating_sub(margin);
        let mut bytes = vec![0; BLOCK_BYTES + 2 * (FRAME_START_BYTES - 1)];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.file.read_at(&mut bytes[filled..], start + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        for name in NESTING {
            let found: Vec<usize> = memchr::memmem::find_iter(&bytes, name).collect();
            for at in found {
                if bytes.get(at + name.len()).is_some_and(|size| *size < b' ') {
                    bytes[at] = b'X';
                }
            }
        }
        let before = usize::try_from(self.place - start).unwrap_or(0).min(bytes.len());
        bytes.drain(..before);
        bytes.truncate(BLOCK_BYTES);
        self.charge(0, bytes.len() as u64)?;
        (self.block, self.block_place) = (bytes, self.place);
        Ok(())
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.charge(1, 0)?;
        let within = |reader: &Self| {
            let offset = usize::try_from(reader.place.checked_sub(reader.block_place)?).ok()?;
            reader.block.get(offset..).filter(|rest| !rest.is_empty()).map(<[u8]>::len)
        };
        if within(self).is_none() {
            self.fill()?;
        }
        let rest = within(self).unwrap_or(0);
        let start = self.block.len() - rest;
        let read = rest.min(buffer.len());
        buffer[..read].copy_from_slice(&self.block[start..start + read]);
        self.place += read as u64;
        Ok(read)
    }
}

impl Seek for Bounded<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.charge(1, 0)?;
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.size_bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
        };
        // A place that no file has: `read_at` takes signed offsets.
        let place = place.filter(|place| *place < 1 << 62);
        self.place = place.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "outside of any file"))?;
        Ok(self.place)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn bytes_are_read_as_they_are_but_for_frames_that_nest() {
        let mut bytes: Vec<u8> = (0..3 * BLOCK_BYTES).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let mut expected = bytes.clone();
        for at in [0, 100, BLOCK_BYTES - 2, 2 * BLOCK_BYTES - 4, 3 * BLOCK_BYTES - 5] {
            bytes[at..at + 5].copy_from_slice(b"CHAP\x01");
            expected[at..at + 5].copy_from_slice(b"XHAP\x01");
        }
        for spared in [b"CHAPT", b"CTOC ", b"CHAR\0"] {
            let at = 200 + usize::from(spared[3]) * 10;
            bytes[at..at + 5].copy_from_slice(spared);
            expected[at..at + 5].copy_from_slice(spared);
        }
        let file = file(&bytes);
        let mut read = Vec::new();
        let mut bounded = Bounded::new(&file, 1 << 20).unwrap();
        bounded.read_to_end(&mut read).unwrap();
        assert!(read == expected);
        for (to, place) in
            [(SeekFrom::Start(99), 99), (SeekFrom::Current(-1), 98), (SeekFrom::End(-3), 49_149)]
        {
            assert_eq!(bounded.seek(to).unwrap(), place);
            let mut three = [0; 3];
            bounded.read_exact(&mut three).unwrap();
            assert_eq!(three, expected[usize::try_from(place).unwrap()..][..3]);
            bounded.seek(SeekFrom::Current(-3)).unwrap();
        }
        assert!(bounded.seek(SeekFrom::Current(-1 << 40)).is_err());
        bounded.seek(SeekFrom::End(10)).unwrap();
        assert_eq!(bounded.read(&mut [0; 9]).unwrap(), 0);
    }

    #[test]
    fn going_in_circles_ends_in_an_error() {
        let file = file(&[7; 100]);
        let mut bounded = Bounded::new(&file, 1 << 20).unwrap();
        while bounded.rewind().is_ok() && bounded.read(&mut [0; 1]).is_ok() {}
        assert_eq!(bounded.left_steps, 0);
    }
}

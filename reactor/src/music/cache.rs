//! The file that keeps the catalogue over restarts, so that a large bank is not read anew.
//!
//! This file knows the format and nothing of the bank. The file can be thrown away at any time: then every
//! track is read again.
//!
//! Format: a line that names it and its version; then MessagePack values one after another: a head with the
//! numbers of what follows, each track, each picture of a folder; at the end the SHA-256 of all before it.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Error, ErrorKind, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use parlour_common::message::{AudioFormat, CoverId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::catalogue::{Catalogue, TRACKS_MAX};
use super::tags::Tags;
use super::{Cover, Stamp};

/// The first line. Another way of reading tags is another version, too.
const TITLE: &[u8] = b"Parlour library cache 1\n";

#[derive(Serialize, Deserialize)]
struct Head {
    generation: u64,
    tracks: usize,
    pictures: usize,
}

#[derive(Serialize, Deserialize)]
struct TrackRecord<'a> {
    path: Cow<'a, [u8]>,
    stamp: Stamp,
    title: Cow<'a, str>,
    artist: Cow<'a, str>,
    album: Cow<'a, str>,
    genre: Cow<'a, str>,
    number: Option<u32>,
    disc: Option<u32>,
    year: Option<u32>,
    duration_ms: Option<u64>,
    format: AudioFormat,
    cover: Option<Cover>,
}

#[derive(Serialize, Deserialize)]
struct PictureRecord<'a> {
    path: Cow<'a, [u8]>,
    stamp: Stamp,
    cover: Option<CoverId>,
}

/// Reads the file into a catalogue and returns the generation. Upon an error the catalogue is to be thrown
/// away.
pub(super) fn load(path: &Path, catalogue: &mut Catalogue) -> io::Result<u64> {
    let mut from = Hashing { inner: BufReader::new(File::open(path)?), hash: Sha256::new() };
    let mut title = [0; TITLE.len()];
    from.read_exact(&mut title)?;
    if title != TITLE {
        return Err(Error::new(ErrorKind::InvalidData, "it is of another version"));
    }
    let head: Head = read(&mut from)?;
    for _ in 0..head.tracks.min(TRACKS_MAX) {
        let track: TrackRecord<'_> = read(&mut from)?;
        let tags = Tags {
            title: track.title.into(),
            artist: track.artist.into(),
            album: track.album.into(),
            genre: track.genre.into(),
            number: track.number,
            disc: track.disc,
            year: track.year,
            duration_ms: track.duration_ms,
            format: track.format,
        };
        catalogue.keep_track(track.stamp, Path::new(OsStr::from_bytes(&track.path)), tags, track.cover);
    }
    for _ in 0..head.pictures {
        let picture: PictureRecord<'_> = read(&mut from)?;
        let path = PathBuf::from(OsStr::from_bytes(&picture.path));
        catalogue.keep_picture(path, picture.stamp, picture.cover);
    }
    let found = from.hash.finalize();
    let mut noted = [0; 32];
    from.inner.read_exact(&mut noted)?;
    if found.as_slice() != noted {
        return Err(Error::new(ErrorKind::InvalidData, "its contents were damaged"));
    }
    Ok(head.generation)
}

/// Writes the file: whole, or not at all.
pub(super) fn save(path: &Path, catalogue: &Catalogue, generation: u64) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(&unfinished)?;
    let mut to = Hashing { inner: BufWriter::new(file), hash: Sha256::new() };
    to.write_all(TITLE)?;
    let (tracks, pictures) = (catalogue.kept_tracks(), catalogue.kept_pictures());
    write(&mut to, &Head { generation, tracks: tracks.len(), pictures: pictures.len() })?;
    for (stamp, entry) in tracks {
        let tags = entry.tags();
        let record = TrackRecord {
            path: entry.path().as_os_str().as_bytes().into(),
            stamp,
            title: Cow::Borrowed(&tags.title),
            artist: Cow::Borrowed(&tags.artist),
            album: Cow::Borrowed(&tags.album),
            genre: Cow::Borrowed(&tags.genre),
            number: tags.number,
            disc: tags.disc,
            year: tags.year,
            duration_ms: tags.duration_ms,
            format: tags.format,
            cover: entry.cover(),
        };
        write(&mut to, &record)?;
    }
    for (path, stamp, cover) in pictures {
        write(&mut to, &PictureRecord { path: path.as_os_str().as_bytes().into(), stamp, cover })?;
    }
    let Hashing { inner: mut to, hash } = to;
    to.write_all(&hash.finalize())?;
    to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&unfinished, path)?;
    // The renaming, too, is to survive a power cut.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn read<T: for<'a> Deserialize<'a>>(from: &mut impl Read) -> io::Result<T> {
    rmp_serde::from_read(from).map_err(|error| Error::new(ErrorKind::InvalidData, error))
}

fn write(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    rmp_serde::encode::write(to, value).map_err(Error::other)
}

/// Hashes what passes through.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

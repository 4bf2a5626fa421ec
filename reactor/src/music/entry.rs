//! One track of the library, as it is held in memory.
//!
//! This file does not know how tags are read, nor how tracks are found.

use std::path::Path;
use std::sync::Arc;

use parlour_common::message::{AudioFormat, CoverId, Track, TrackId};
use parlour_common::names::FileName;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::tags::{self, Tags};

/// What a folder says of a file without opening it. While it stays the same, so do the tags: the time of
/// change catches the editors of tags that put the time of modification back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// The size, in bytes.
    pub size_bytes: u64,
    /// When its bytes were last modified: seconds and nanoseconds.
    pub modified: (i64, i64),
    /// When anything of it was last changed: seconds and nanoseconds.
    pub changed: (i64, i64),
}

/// The picture of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// Which picture.
    pub id: CoverId,
    /// Whether it is within the file itself, rather than beside it in the folder.
    pub embedded: bool,
}

/// One track of the library.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    path: Box<Path>,
    id: TrackId,
    size_bytes: u64,
    tags: Tags,
    cover: Option<Cover>,
}

impl Entry {
    /// Describes the file at a path relative to the bank. A track without a title is called by its file's
    /// name, less the extension.
    pub fn new(path: &Path, size_bytes: u64, mut tags: Tags, cover: Option<Cover>) -> Self {
        if tags.title.is_empty() {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            tags.title = tags::clean(&stem).into();
        }
        Self { path: path.into(), id: Self::id_of(path), size_bytes, tags, cover }
    }

    /// Returns which track lies at a path.
    pub fn id_of(path: &Path) -> TrackId {
        TrackId(short_hash(path.as_os_str().as_encoded_bytes()))
    }

    /// Returns where it lies in the bank.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns which track it is.
    pub fn id(&self) -> TrackId {
        self.id
    }

    /// Returns its size, in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Returns its tags.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// Returns its picture.
    pub fn cover(&self) -> Option<Cover> {
        self.cover
    }

    /// Returns the same track with another picture.
    pub fn with_cover(&self, cover: Option<Cover>) -> Self {
        Self { cover, ..self.clone() }
    }

    /// Returns the name to save it under.
    pub fn file_name(&self) -> FileName {
        FileName::tamed(&self.path.file_name().unwrap_or_default().to_string_lossy())
    }

    /// Tells whether its contents could not be read.
    pub fn is_broken(&self) -> bool {
        self.tags.format == AudioFormat::Broken
    }

    /// Returns it as it is listed.
    pub fn track(&self) -> Track {
        let tags = &self.tags;
        Track {
            id: self.id,
            file_name: self.file_name(),
            title: tags.title.to_string(),
            artist: tags.artist.to_string(),
            album: tags.album.to_string(),
            genre: tags.genre.to_string(),
            number: tags.number,
            year: tags.year,
            duration_ms: tags.duration_ms,
            size_bytes: self.size_bytes,
            format: tags.format,
            cover: self.cover.map(|cover| cover.id),
        }
    }
}

/// Names a picture by its bytes.
pub(super) fn cover_id(picture: &[u8]) -> CoverId {
    CoverId(short_hash(picture))
}

/// The first eight bytes of SHA-256: short enough for the wire, and nobody but the operator puts files into
/// the bank, so that collisions need not be feared from design, only from chance (1 in 10^7 at a million).
fn short_hash(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Keeps one copy of each artist, album and genre, of which a library holds thousands alike.
#[derive(Debug, Default)]
pub(super) struct Shared(std::collections::HashSet<Arc<str>>);

impl Shared {
    /// Replaces the words of tags by copies held already.
    pub(super) fn share(&mut self, tags: &mut Tags) {
        for word in [&mut tags.artist, &mut tags.album, &mut tags.genre] {
            match self.0.get(word) {
                Some(held) => *word = Arc::clone(held),
                None => {
                    self.0.insert(Arc::clone(word));
                }
            }
        }
    }

    /// Lets go of what nobody else holds.
    pub(super) fn prune(&mut self) {
        self.0.retain(|word| Arc::strong_count(word) > 1);
    }
}

//! The catalogue: what is known of the bank, and how it is brought up to date.
//!
//! This file knows how the bank is walked and which files need to be read again. It does *not* know when
//! that is done, nor what becomes of the tracks.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parlour_common::message::{CoverId, TrackId};

use super::entry::{Shared, cover_id};
use super::tags::{self, Tags};
use super::{Bank, Cover, Entry, Listing, Stamp, below, cache, index};

/// The most tracks that are served; the rest of a larger bank is left out, which the log says.
pub(super) const TRACKS_MAX: usize = 1_000_000;

/// How deep folders may lie within folders; deeper ones are left out, which the log says.
const DEPTH_MAX: usize = 64;

/// How many broken files the log names after one scan.
const BROKEN_NAMED_MAX: usize = 10;

/// What is known of the bank.
#[derive(Debug, Default)]
pub struct Catalogue {
    tracks: HashMap<TrackId, Known>,
    pictures: HashMap<PathBuf, KnownPicture>,
    shared: Shared,
    /// The number of the latest scan.
    scan: u64,
}

#[derive(Debug)]
struct Known {
    stamp: Stamp,
    entry: Arc<Entry>,
    seen: u64,
}

#[derive(Debug)]
struct KnownPicture {
    stamp: Stamp,
    /// `None` if it is no picture that is served.
    cover: Option<CoverId>,
    seen: u64,
}

/// What a scan came upon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tracks whose tags were read, because they are new or changed.
    pub read: usize,
    /// Of those, the ones that could not be understood.
    pub broken: usize,
    /// Tracks that got another picture beside them.
    pub pictured: usize,
    /// Tracks that are gone.
    pub removed: usize,
    /// Folders that could not be read.
    pub folders_failed: usize,
    /// Folders that lie too deep.
    pub folders_too_deep: usize,
    /// Whether there are more tracks than are served.
    pub is_full: bool,
}

impl Summary {
    /// Tells whether the library is another one now.
    pub fn is_change(&self) -> bool {
        self.read + self.pictured + self.removed > 0
    }
}

impl Catalogue {
    /// Takes up what was known when it was last kept, and the generation that the library had then. A file
    /// that is damaged or of another version is an error of kind `InvalidData`.
    pub fn load(path: &Path) -> io::Result<(Self, u64)> {
        let mut catalogue = Self::default();
        let generation = cache::load(path, &mut catalogue)?;
        Ok((catalogue, generation))
    }

    /// Keeps what is known.
    pub fn save(&self, path: &Path, generation: u64) -> io::Result<()> {
        cache::save(path, self, generation)
    }

    /// Returns all tracks, in no particular order.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.tracks.values().map(|known| Arc::clone(&known.entry)).collect()
    }

    /// Tells whether no track is known.
    pub fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// Walks the bank and reads what is new or changed. After each track `go_on` is asked; when it breaks,
    /// the scan ends early and forgets nothing. Fails, and changes nothing, if the bank itself cannot be
    /// read.
    pub fn scan(
        &mut self,
        bank: &Bank,
        mut go_on: impl FnMut(&Self, &Summary) -> ControlFlow<()>,
    ) -> io::Result<Summary> {
        self.scan += 1;
        let mut summary = Summary::default();
        let mut whole = true;
        let mut waiting = vec![(PathBuf::new(), 0)];
        'walk: while let Some((folder, depth)) = waiting.pop() {
            let wanted = |name: &OsStr| tags::is_music(name) || tags::folder_picture_rank(name).is_some();
            let listing = match bank.list(&folder, wanted) {
                Ok(listing) => listing,
                Err(error) if depth == 0 => return Err(error),
                // Removed since its name was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    summary.folders_failed += 1;
                    tracing::warn!(
                        "The folder {folder:?} of the bank cannot be read and is left out: {error}."
                    );
                    continue;
                }
            };
            let cover = self.folder_cover(bank, &folder, &listing);
            for (name, stamp) in listing.files.iter().filter(|(name, _)| tags::is_music(name)) {
                self.take(bank, &below(&folder, name), *stamp, cover, &mut summary);
                if go_on(self, &summary).is_break() {
                    whole = false;
                    break 'walk;
                }
            }
            if depth < DEPTH_MAX {
                // The first folder comes off the stack first.
                waiting.extend(listing.folders.iter().rev().map(|name| (below(&folder, name), depth + 1)));
            } else {
                summary.folders_too_deep += listing.folders.len();
            }
        }
        if whole {
            summary.removed = self.forget_unseen();
        }
        Ok(summary)
    }

    fn take(&mut self, bank: &Bank, path: &Path, stamp: Stamp, beside: Option<Cover>, summary: &mut Summary) {
        let id = Entry::id_of(path);
        let is_full = self.tracks.len() >= TRACKS_MAX;
        match self.tracks.get_mut(&id) {
            Some(known) if known.stamp == stamp && known.entry.path() == path => {
                known.seen = self.scan;
                let cover = known.entry.cover().filter(|cover| cover.embedded).or(beside);
                if known.entry.cover() != cover {
                    summary.pictured += 1;
                    known.entry = Arc::new(known.entry.with_cover(cover));
                }
                return;
            }
            None if is_full => {
                summary.is_full = true;
                return;
            }
            _ => {}
        }
        let Some((mut tags, picture)) = read(bank, path) else { return };
        self.shared.share(&mut tags);
        let embedded = picture.map(|picture| Cover { id: cover_id(&picture), embedded: true });
        let entry = Entry::new(path, stamp.size_bytes, tags, embedded.or(beside));
        summary.read += 1;
        if entry.is_broken() {
            summary.broken += 1;
            if summary.broken <= BROKEN_NAMED_MAX {
                tracing::warn!("{path:?} in the bank could not be read as music; it is listed by its name.");
            }
        }
        self.tracks.insert(id, Known { stamp, entry: Arc::new(entry), seen: self.scan });
    }

    /// Finds the picture that a folder has for its tracks.
    fn folder_cover(&mut self, bank: &Bank, folder: &Path, listing: &Listing) -> Option<Cover> {
        let ranked = listing
            .files
            .iter()
            .filter_map(|(name, stamp)| tags::folder_picture_rank(name).map(|rank| (rank, name, *stamp)));
        let mut candidates: Vec<_> = ranked.collect();
        candidates.sort_unstable();
        let mut ids = candidates.into_iter().map(|(_, name, stamp)| {
            let path = below(folder, name);
            if let Some(known) = self.pictures.get_mut(&path).filter(|known| known.stamp == stamp) {
                known.seen = self.scan;
                return known.cover;
            }
            let picture = bank.read_folder_picture(&path).ok().flatten();
            let cover = picture.map(|picture| cover_id(&picture));
            self.pictures.insert(path, KnownPicture { stamp, cover, seen: self.scan });
            cover
        });
        ids.find_map(|id| id).map(|id| Cover { id, embedded: false })
    }

    /// Forgets what the scan did not come upon. Returns how many tracks that were.
    fn forget_unseen(&mut self) -> usize {
        let before = self.tracks.len();
        self.tracks.retain(|_, known| known.seen == self.scan);
        self.pictures.retain(|_, known| known.seen == self.scan);
        self.shared.prune();
        before - self.tracks.len()
    }

    pub(super) fn kept_tracks(&self) -> impl ExactSizeIterator<Item = (Stamp, &Entry)> {
        self.tracks.values().map(|known| (known.stamp, &*known.entry))
    }

    pub(super) fn kept_pictures(&self) -> impl ExactSizeIterator<Item = (&Path, Stamp, Option<CoverId>)> {
        self.pictures.iter().map(|(path, known)| (path.as_path(), known.stamp, known.cover))
    }

    pub(super) fn keep_track(&mut self, stamp: Stamp, path: &Path, mut tags: Tags, cover: Option<Cover>) {
        self.shared.share(&mut tags);
        let entry = Arc::new(Entry::new(path, stamp.size_bytes, tags, cover));
        self.tracks.insert(entry.id(), Known { stamp, entry, seen: self.scan });
    }

    pub(super) fn keep_picture(&mut self, path: PathBuf, stamp: Stamp, cover: Option<CoverId>) {
        self.pictures.insert(path, KnownPicture { stamp, cover, seen: self.scan });
    }
}

/// Reads a track. `None` if it is not there any more, or not a file any more; one that cannot be opened is
/// as good as broken.
fn read(bank: &Bank, path: &Path) -> Option<(Tags, Option<Vec<u8>>)> {
    match bank.open_file(path) {
        Ok(file) => Some(tags::read(&file)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::InvalidInput | io::ErrorKind::NotADirectory => None,
            _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => None,
            _ => Some((Tags::default(), None)),
        },
    }
}

const _: () = assert!(TRACKS_MAX <= index::TRACKS_MAX);

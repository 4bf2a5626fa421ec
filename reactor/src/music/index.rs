//! The index: everything that is asked of the library, answered from memory.
//!
//! This file knows how the parts of a search work together. It does *not* know where tracks come from or who
//! asks. An index never changes; another library is another index.
//!
//! How a query is answered: every word of it must be found, in any order and any place, as a word or the
//! beginning of one; if that gives nothing, articles may be missing. Where it gives few tracks, words that
//! are near in spelling or sound count too, after all others; where there is still nothing, and the query has
//! three words or more, the tracks that have the most of them, if that is more than half. Otherwise nothing
//! is found, and that is said.

use std::path::PathBuf;
use std::sync::Arc;

use parlour_common::limits::{QUERY_BYTES_MAX, TRACKS_PER_PAGE_MAX};
use parlour_common::message::{CoverId, LibraryState, SearchLibrary, Sort, SortBy, TrackId, TrackPage};
use parlour_common::names::FileName;

use crate::fold;

use super::Entry;

mod dictionary;
mod names;
mod notes;
mod order;
mod query;
mod recent;
mod slip;
mod tally;

pub(super) use dictionary::TRACKS_MAX;
pub use order::collate;

use dictionary::Dictionary;
use names::Names;
use notes::WordDraft;
use order::Orders;
use query::Query;
use recent::Recent;
use tally::{Found, Need};

/// With fewer tracks than this, words that are near count too.
const FEW_TRACKS: usize = 8;

/// A query of more words than this that is found as typed is what was meant; nothing near it is added.
const VAGUE_TERMS_MAX: usize = 3;

/// What a search cost, in things looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Words compared letter by letter.
    pub words_compared: u32,
    /// Words in tracks that were counted.
    pub postings_read: u32,
}

/// The library, to be searched.
#[derive(Debug, Default)]
pub struct Index {
    generation: u64,
    /// By artist, album and number: their places are the numbers of tracks.
    entries: Vec<Arc<Entry>>,
    dictionary: Dictionary,
    titles: Names,
    artists: Names,
    title_words: Vec<u8>,
    orders: Orders,
    by_id: Vec<(TrackId, u32)>,
    by_cover: Vec<(CoverId, u32)>,
    recent: Recent,
}

impl Index {
    /// Makes an index of tracks. Beyond [`TRACKS_MAX`] they are left out.
    pub fn of(mut entries: Vec<Arc<Entry>>, generation: u64) -> Self {
        entries.truncate(TRACKS_MAX);
        let orders = Orders::of(&mut entries);
        let mut index = Self { generation, orders, ..Self::default() };
        let mut draft = WordDraft::default();
        let mut titles = Vec::with_capacity(entries.len());
        let mut artists = Vec::with_capacity(entries.len());
        for (track, entry) in (0..).zip(&entries) {
            let title = fold::words(&entry.tags().title);
            index.title_words.push(u8::try_from(title.len()).unwrap_or(u8::MAX));
            titles.push((title.into_iter().map(|word| word.letters).collect(), track));
            artists.push((fold::compact(&entry.tags().artist), track));
            draft.note(track, entry);
            index.by_id.push((entry.id(), track));
            index.by_cover.extend(entry.cover().map(|cover| (cover.id, track)));
        }
        index.dictionary = draft.finish();
        index.titles = Names::of(titles);
        index.artists = Names::of(artists);
        index.by_id.sort_unstable();
        index.by_cover.sort_unstable();
        index.by_cover.dedup_by_key(|(cover, _)| *cover);
        index.by_cover.shrink_to_fit();
        Self { entries, ..index }
    }

    /// Returns the number of the library as it is: it grows with each change.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Returns how many tracks there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether there are no tracks.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns all tracks, by artist, album and number.
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// Returns the library in a few numbers.
    pub fn state(&self, scanning: bool) -> LibraryState {
        LibraryState { generation: self.generation, tracks: count(self.entries.len()), scanning }
    }

    /// Finds a track.
    pub fn find(&self, track: TrackId) -> Option<&Entry> {
        let at = self.by_id.binary_search_by_key(&track, |(id, _)| *id).ok()?;
        self.entries.get(self.by_id[at].1 as usize).map(Arc::as_ref)
    }

    /// Finds where a track lies in the bank, and the name to save it under.
    pub fn locate(&self, track: TrackId) -> Option<(PathBuf, FileName)> {
        self.find(track).map(|entry| (entry.path().to_owned(), entry.file_name()))
    }

    /// Finds a track that has a picture.
    pub fn find_cover(&self, cover: CoverId) -> Option<&Entry> {
        let at = self.by_cover.binary_search_by_key(&cover, |(id, _)| *id).ok()?;
        self.entries.get(self.by_cover[at].1 as usize).map(Arc::as_ref)
    }

    /// Finds where a track that has a picture lies in the bank.
    pub fn locate_cover(&self, cover: CoverId) -> Option<PathBuf> {
        self.find_cover(cover).map(|entry| entry.path().to_owned())
    }

    /// Returns one page of the tracks that match a query. A limit out of bounds is brought within them.
    pub fn page(&self, wanted: &SearchLibrary, scanning: bool) -> TrackPage {
        let found = self.search(&wanted.query, wanted.sort);
        let limit = usize::from(wanted.limit.clamp(1, TRACKS_PER_PAGE_MAX));
        let start = found.len().min(wanted.offset as usize);
        let shown = &found[start..found.len().min(start + limit)];
        TrackPage {
            library: self.state(scanning),
            total: count(found.len()),
            offset: count(start),
            tracks: shown.iter().map(|track| self.entries[*track as usize].track()).collect(),
        }
    }

    /// Returns the numbers of all tracks that match a query, in an order: places in [`Index::entries`].
    pub fn search(&self, query: &str, sort: Sort) -> Arc<[u32]> {
        self.search_counted(query, sort).0
    }

    /// Searches, and tells what it cost; nothing if the result was at hand.
    pub fn search_counted(&self, query: &str, sort: Sort) -> (Arc<[u32]>, Work) {
        let mut work = Work::default();
        let mut query = Query::new(&query[..query.floor_char_boundary(QUERY_BYTES_MAX)]);
        if query.terms.is_empty() {
            return (self.orders.all(sort), work);
        }
        let key = query.key();
        if let Some(kept) = self.recent.get(&key, sort) {
            return (kept, work);
        }
        let best_first = Sort { by: SortBy::Relevance, descending: false };
        let ranked = self.recent.get(&key, best_first).unwrap_or_else(|| {
            let ranked = self.match_tracks(&mut query, &mut work).into();
            self.recent.put(key.clone(), best_first, &ranked);
            ranked
        });
        let arranged = match (sort.by, sort.descending) {
            (SortBy::Relevance, false) => return (ranked, work),
            (SortBy::Relevance, true) => ranked.iter().rev().copied().collect(),
            _ => self.orders.arrange(&ranked, sort),
        };
        self.recent.put(key, sort, &arranged);
        (arranged, work)
    }

    /// Finds the tracks that match a query, the best first.
    fn match_tracks(&self, query: &mut Query, work: &mut Work) -> Vec<u32> {
        let count = |meant: &[_], need, work: &mut Work| {
            let found = Found::count(&self.dictionary, meant, self.entries.len(), need);
            work.postings_read += found.postings;
            found
        };
        let mut meant = query.strictly(&self.dictionary, |track, letters| self.has(track, letters));
        let mut found = count(&meant, Need::All { slips_max: 0 }, work);
        if found.tracks.is_empty() && query.drop_fillers(&mut meant) {
            found = count(&meant, Need::All { slips_max: 0 }, work);
        }
        let is_precise = query.terms.len() > VAGUE_TERMS_MAX && !found.tracks.is_empty();
        if found.tracks.len() < FEW_TRACKS && !is_precise {
            work.words_compared += query.add_slips(&self.dictionary, &mut meant);
            // What was found as typed is most likely what was meant: beside it, only what is very near.
            let slips_max = if found.tracks.is_empty() { u8::MAX } else { 1 };
            found = count(&meant, Need::All { slips_max }, work);
        }
        if found.tracks.is_empty() && query.terms.len() > 2 {
            found = count(&meant, Need::Most, work);
        }
        let is_title = self.titles.equal_to(&query.compact);
        let begins_title = self.titles.beginning_with(&query.compact);
        let is_artist = self.artists.equal_to(&query.compact);
        found.rank(is_title, begins_title, is_artist, &self.title_words)
    }

    /// Tells whether a track has these letters in a row, spaces aside.
    fn has(&self, track: u32, letters: &str) -> bool {
        let tags = self.entries[track as usize].tags();
        [&*tags.title, &*tags.artist, &*tags.album]
            .into_iter()
            .any(|text| fold::compact(text).contains(letters))
    }
}

/// Counts tracks: there are at most [`TRACKS_MAX`].
fn count(tracks: usize) -> u32 {
    u32::try_from(tracks).unwrap_or(u32::MAX)
}

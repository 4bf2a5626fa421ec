//! The rows of the list: as many as match, of which only some are known, and which of them are selected.
//!
//! This file does not ask for rows, it says which are missing; and it does not know how a row is drawn.
//! A selection belongs to tracks and not to places in the list, so it outlives another order or search.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use parlour_common::limits::TRACKS_PER_PAGE_MAX;
use parlour_common::message::{Track, TrackId};

/// The rows in one page.
pub const PAGE_ROWS: u32 = TRACKS_PER_PAGE_MAX as u32;

/// How many pages are kept. Beyond, those not looked at for longest are forgotten: 19,200 tracks.
const PAGES_KEPT_MAX: usize = 400;

/// The rows of the list.
#[derive(Debug, Default)]
pub struct Rows {
    total: u32,
    shown: u32,
    pages: HashMap<u32, Page>,
    clock: u64,
    picks: HashMap<TrackId, Pick>,
    picks_made: u64,
    /// Selected rows whose tracks are not known yet.
    picked_rows: BTreeSet<u32>,
}

#[derive(Debug)]
struct Page {
    tracks: Vec<Arc<Track>>,
    fresh: bool,
    used_at: u64,
}

#[derive(Debug)]
struct Pick {
    order: u64,
    track: Arc<Track>,
}

impl Rows {
    /// Returns how many rows match in all.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Returns how many rows the list shows for now: while someone types, only the first.
    pub fn shown(&self) -> u32 {
        self.shown
    }

    /// Returns the track in a row, if it is known.
    pub fn track(&self, row: u32) -> Option<&Arc<Track>> {
        self.pages.get(&(row / PAGE_ROWS))?.tracks.get((row % PAGE_ROWS) as usize)
    }

    /// Begins anew with the first page of another search. Returns how many rows were shown.
    pub(super) fn replace(&mut self, total: u32, tracks: Vec<Track>) -> u32 {
        let was = self.shown;
        self.pages.clear();
        self.picked_rows.clear();
        self.total = total;
        self.shown = total.min(PAGE_ROWS);
        self.put(0, tracks, true);
        was
    }

    /// Takes a page that was fetched.
    pub(super) fn put(&mut self, page: u32, tracks: Vec<Track>, fresh: bool) {
        self.clock += 1;
        let tracks: Vec<Arc<Track>> = tracks.into_iter().map(Arc::new).collect();
        let first = page * PAGE_ROWS;
        for (row, track) in (first..).zip(&tracks) {
            if self.picked_rows.remove(&row) {
                self.pick(track);
            }
        }
        self.pages.insert(page, Page { tracks, fresh, used_at: self.clock });
        while self.pages.len() > PAGES_KEPT_MAX {
            let oldest = self.pages.iter().min_by_key(|(_, page)| page.used_at).map(|(index, _)| *index);
            oldest.and_then(|index| self.pages.remove(&index));
        }
    }

    /// Takes another total. Returns how many rows were shown.
    pub(super) fn resize(&mut self, total: u32) -> u32 {
        let was = self.shown;
        let all_shown = self.shown == self.total;
        self.total = total;
        self.shown = if all_shown { total } else { self.shown.min(total) };
        self.pages.retain(|index, _| index * PAGE_ROWS < total);
        self.picked_rows.retain(|row| *row < total);
        was
    }

    /// Shows every row. Returns how many were shown.
    pub(super) fn show_all(&mut self) -> u32 {
        std::mem::replace(&mut self.shown, self.total)
    }

    /// Notes that every page may be out of date. They stay until newer ones come.
    pub(super) fn doubt_all(&mut self) {
        for page in self.pages.values_mut() {
            page.fresh = false;
        }
    }

    /// Tells whether a page is known and up to date, and that it is looked at.
    pub(super) fn has_fresh(&mut self, page: u32) -> bool {
        self.clock += 1;
        let clock = self.clock;
        self.pages.get_mut(&page).is_some_and(|page| {
            page.used_at = clock;
            page.fresh
        })
    }

    /// Tells whether a row is selected.
    pub fn is_picked(&self, row: u32) -> bool {
        match self.track(row) {
            Some(track) => self.picks.contains_key(&track.id),
            None => self.picked_rows.contains(&row),
        }
    }

    /// Selects rows, or takes them out of the selection.
    pub fn set_picked(&mut self, rows: Range<u32>, picked: bool) {
        for row in rows.start..rows.end.min(self.total) {
            match (self.track(row).cloned(), picked) {
                (Some(track), true) => self.pick(&track),
                (Some(track), false) => drop(self.picks.remove(&track.id)),
                (None, true) => drop(self.picked_rows.insert(row)),
                (None, false) => drop(self.picked_rows.remove(&row)),
            }
        }
    }

    fn pick(&mut self, track: &Arc<Track>) {
        self.picks_made += 1;
        let order = self.picks_made;
        self.picks.entry(track.id).or_insert_with(|| Pick { order, track: Arc::clone(track) });
    }

    /// Selects nothing, in this search or any other.
    pub fn clear_picks(&mut self) {
        self.picks.clear();
        self.picked_rows.clear();
    }

    /// Returns how many tracks are selected.
    pub fn picked_count(&self) -> usize {
        self.picks.len() + self.picked_rows.len()
    }

    /// Returns the size of the selected tracks, in bytes. `None` while some of them are not known.
    pub fn picked_bytes(&self) -> Option<u64> {
        self.picked_rows.is_empty().then(|| self.picks.values().map(|pick| pick.track.size_bytes).sum())
    }

    /// Returns the first page that holds a selected row whose track is not known.
    pub(super) fn page_to_gather(&self, is_asked: impl Fn(u32) -> bool) -> Option<u32> {
        let mut from = 0;
        while let Some(row) = self.picked_rows.range(from..).next() {
            let page = row / PAGE_ROWS;
            if !is_asked(page) {
                return Some(page);
            }
            from = (page + 1) * PAGE_ROWS;
        }
        None
    }

    /// Returns the selected tracks in the order of selecting, and selects nothing.
    pub(super) fn take_picks(&mut self) -> Vec<Arc<Track>> {
        let mut picks: Vec<Pick> = self.picks.drain().map(|(_, pick)| pick).collect();
        self.picked_rows.clear();
        picks.sort_by_key(|pick| pick.order);
        picks.into_iter().map(|pick| pick.track).collect()
    }
}

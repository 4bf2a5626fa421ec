//! The rows of a long list: as many as match, of which only some are known, and which of them are selected.
//!
//! This file does not ask for rows, it says which are missing; and it does not know what is listed nor how a
//! row is drawn. A selection belongs to what is listed and not to places in the list, so it outlives another
//! order or search.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use parlour_common::limits::{FILES_PER_PAGE_MAX, TRACKS_PER_PAGE_MAX};
use parlour_common::message::{FileEntry, FileId, Track, TrackId};

/// How many pages are kept. Beyond, those not looked at for longest are forgotten: 19,200 tracks.
const PAGES_KEPT_MAX: usize = 400;

/// What can be listed.
pub trait Listed: Debug {
    /// By what it is told from others.
    type Key: Copy + Debug + Eq + Hash;

    /// The rows in one page.
    const PAGE_ROWS: u32;

    /// Returns by what it is told from others.
    fn key(&self) -> Self::Key;

    /// Returns its size, in bytes.
    fn size_bytes(&self) -> u64;
}

impl Listed for Track {
    type Key = TrackId;

    const PAGE_ROWS: u32 = TRACKS_PER_PAGE_MAX as u32;

    fn key(&self) -> TrackId {
        self.id
    }

    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl Listed for FileEntry {
    type Key = FileId;

    const PAGE_ROWS: u32 = FILES_PER_PAGE_MAX as u32;

    fn key(&self) -> FileId {
        self.file
    }

    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

/// What a list has to know of its rows, whatever they are.
pub trait Pickable: Debug {
    /// Tells whether a row is selected.
    fn is_picked(&self, row: u32) -> bool;

    /// Selects rows, or takes them out of the selection.
    fn set_picked(&mut self, rows: Range<u32>, picked: bool);

    /// Selects nothing, in this search or any other.
    fn clear_picks(&mut self);
}

/// The rows of a list.
#[derive(Debug)]
pub struct Rows<T: Listed> {
    total: u32,
    shown: u32,
    pages: HashMap<u32, Page<T>>,
    clock: u64,
    picks: HashMap<T::Key, Pick<T>>,
    picks_made: u64,
    /// Selected rows that are not known yet.
    picked_rows: BTreeSet<u32>,
}

#[derive(Debug)]
struct Page<T> {
    items: Vec<Arc<T>>,
    fresh: bool,
    used_at: u64,
}

#[derive(Debug)]
struct Pick<T> {
    order: u64,
    item: Arc<T>,
}

impl<T: Listed> Default for Rows<T> {
    fn default() -> Self {
        Self {
            total: 0,
            shown: 0,
            pages: HashMap::new(),
            clock: 0,
            picks: HashMap::new(),
            picks_made: 0,
            picked_rows: BTreeSet::new(),
        }
    }
}

impl<T: Listed> Pickable for Rows<T> {
    fn is_picked(&self, row: u32) -> bool {
        match self.item(row) {
            Some(item) => self.picks.contains_key(&item.key()),
            None => self.picked_rows.contains(&row),
        }
    }

    fn set_picked(&mut self, rows: Range<u32>, picked: bool) {
        for row in rows.start..rows.end.min(self.total) {
            match (self.item(row).cloned(), picked) {
                (Some(item), true) => self.pick(&item),
                (Some(item), false) => drop(self.picks.remove(&item.key())),
                (None, true) => drop(self.picked_rows.insert(row)),
                (None, false) => drop(self.picked_rows.remove(&row)),
            }
        }
    }

    fn clear_picks(&mut self) {
        self.picks.clear();
        self.picked_rows.clear();
    }
}

impl<T: Listed> Rows<T> {
    /// Returns how many rows match in all.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Returns how many rows the list shows for now: while someone types, only the first.
    pub fn shown(&self) -> u32 {
        self.shown
    }

    /// Returns what is in a row, if it is known.
    pub fn item(&self, row: u32) -> Option<&Arc<T>> {
        self.pages.get(&(row / T::PAGE_ROWS))?.items.get((row % T::PAGE_ROWS) as usize)
    }

    /// Begins anew with the first page of another search. Returns how many rows were shown.
    pub(super) fn replace(&mut self, total: u32, items: Vec<T>) -> u32 {
        let was = self.shown;
        self.pages.clear();
        self.picked_rows.clear();
        self.total = total;
        self.shown = total.min(T::PAGE_ROWS);
        self.put(0, items, true);
        was
    }

    /// Takes a page that was fetched.
    pub(super) fn put(&mut self, page: u32, items: Vec<T>, fresh: bool) {
        self.clock += 1;
        let items: Vec<Arc<T>> = items.into_iter().map(Arc::new).collect();
        let first = page * T::PAGE_ROWS;
        for (row, item) in (first..).zip(&items) {
            if self.picked_rows.remove(&row) {
                self.pick(item);
            } else if let Some(pick) = self.picks.get_mut(&item.key()) {
                pick.item = Arc::clone(item);
            }
        }
        self.pages.insert(page, Page { items, fresh, used_at: self.clock });
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
        self.pages.retain(|index, _| index * T::PAGE_ROWS < total);
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

    fn pick(&mut self, item: &Arc<T>) {
        self.picks_made += 1;
        let order = self.picks_made;
        self.picks.entry(item.key()).or_insert_with(|| Pick { order, item: Arc::clone(item) });
    }

    /// Returns how many are selected.
    pub fn picked_count(&self) -> usize {
        self.picks.len() + self.picked_rows.len()
    }

    /// Returns the size of what is selected, in bytes. `None` while some of them are not known.
    pub fn picked_bytes(&self) -> Option<u64> {
        self.picked_rows.is_empty().then(|| self.picks.values().map(|pick| pick.item.size_bytes()).sum())
    }

    /// Returns the first page that holds a selected row that is not known.
    pub(super) fn page_to_gather(&self, is_asked: impl Fn(u32) -> bool) -> Option<u32> {
        let mut from = 0;
        while let Some(row) = self.picked_rows.range(from..).next() {
            let page = row / T::PAGE_ROWS;
            if !is_asked(page) {
                return Some(page);
            }
            from = (page + 1) * T::PAGE_ROWS;
        }
        None
    }

    /// Returns what is selected and known, in the order of selecting.
    pub(super) fn picks(&self) -> Vec<Arc<T>> {
        let mut picks: Vec<&Pick<T>> = self.picks.values().collect();
        picks.sort_by_key(|pick| pick.order);
        picks.into_iter().map(|pick| Arc::clone(&pick.item)).collect()
    }

    /// Takes these out of the selection.
    pub(super) fn drop_picks(&mut self, keys: &[T::Key]) {
        for key in keys {
            self.picks.remove(key);
        }
    }

    /// Returns what is selected, in the order of selecting, and selects nothing.
    pub(super) fn take_picks(&mut self) -> Vec<Arc<T>> {
        let mut picks: Vec<Pick<T>> = self.picks.drain().map(|(_, pick)| pick).collect();
        self.picked_rows.clear();
        picks.sort_by_key(|pick| pick.order);
        picks.into_iter().map(|pick| pick.item).collect()
    }
}

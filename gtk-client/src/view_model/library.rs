//! The library: searching, ordering, fetching what is looked at, selecting, choosing a folder.
//!
//! This file does not know how rows are drawn nor how the daemon searches. It asks for no more than what
//! is looked at, drops answers that come too late, and keeps what is shown until better has come.

mod msg;
mod picked;
mod rows;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use parlour_common::limits::{QUERY_BYTES_MAX, TRACKS_PER_PAGE_MAX};
use parlour_common::message::{Denial, LibraryState, Reply, Request, SearchLibrary, Sort, SortBy, TrackPage};

use super::rows::Pickable;
use super::{Answered, Effect, RowsChange};
use crate::network::Answer;

pub use self::msg::{Missing, Msg, View};
pub use self::rows::{PAGE_ROWS, Rows};

/// Pages that may be asked for at once. The daemon would take more; a jump would then wait for them.
const ASKS_MAX: usize = 4;

/// How soon the list is fetched again after the library changed, in milliseconds: a bank that is being
/// read changes many times a second.
const REFRESH_PAUSE_MS: u32 = 300;

/// The order of a list that nobody has ordered.
pub const SORT_DEFAULT: Sort = Sort { by: SortBy::Relevance, descending: false };

/// A question that was asked: its answer is only good for the search of the same number.
#[derive(Clone, Copy, Debug)]
struct Asked {
    search: u64,
    page: u32,
}

/// The state of the page.
#[derive(Debug)]
pub struct Library {
    rows: Rc<RefCell<Rows>>,
    query: String,
    sort: Sort,
    state: Option<LibraryState>,
    failed: Option<Denial>,
    folder: Option<PathBuf>,
    /// The number of the search that is wanted, and of the one that is shown.
    search: u64,
    search_shown: u64,
    asked: BTreeMap<u32, Asked>,
    next_key: u32,
    /// The pages that are looked at, the most urgent first.
    looked_at: Vec<u32>,
    gathering: bool,
    refresh_is_due: bool,
}

impl Library {
    /// Makes the page of somebody who is not signed in yet. The list draws the same `rows`.
    pub fn new(rows: Rc<RefCell<Rows>>) -> Self {
        Self {
            rows,
            query: String::new(),
            sort: SORT_DEFAULT,
            state: None,
            failed: None,
            folder: None,
            search: 0,
            search_shown: 0,
            asked: BTreeMap::new(),
            next_key: 0,
            looked_at: Vec::new(),
            gathering: false,
            refresh_is_due: false,
        }
    }

    /// Returns what is searched for.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Returns the order.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Returns the destination folder.
    pub fn folder(&self) -> Option<&PathBuf> {
        self.folder.as_ref()
    }

    /// Returns the library as a whole, once it is known.
    pub fn state(&self) -> Option<LibraryState> {
        self.state
    }

    /// Returns how many tracks match.
    pub fn total(&self) -> u32 {
        self.rows.borrow().total()
    }

    /// Tells whether a search is under way whose rows are not shown yet.
    pub fn is_searching(&self) -> bool {
        self.search != self.search_shown
    }

    /// Returns what the page shows.
    pub fn view(&self) -> View {
        match (self.state, &self.failed) {
            (_, Some(denial)) => View::Failed(denial.clone()),
            (None, None) => View::Loading,
            (Some(_), None) if self.total() > 0 => View::List,
            (Some(state), None) if state.tracks > 0 && !self.query.trim().is_empty() => View::NoMatch,
            (Some(state), None) if state.tracks > 0 => View::Loading,
            (Some(state), None) if state.scanning => View::Reading,
            (Some(_), None) => View::EmptyBank,
        }
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { folder, sort } => self.open(folder, sort),
            Msg::QueryTyped(query) => self.take_query(query),
            Msg::SortBy(by) => self.set_sort(next_sort(self.sort, by)),
            Msg::SortChosen(sort) => self.set_sort(sort),
            Msg::Wanted(pages) => {
                self.looked_at = pages;
                self.fetch()
            }
            Msg::Settled => self.settle(),
            Msg::Retry => self.retry(),
            Msg::Answered(answered) => self.handle_answer(answered),
            Msg::LibraryChanged(state) => self.handle_change(state),
            Msg::Resumed => self.refresh(),
            Msg::Picked => Vec::new(),
            Msg::ClearPicks => {
                self.gathering = false;
                self.rows.borrow_mut().clear_picks();
                vec![Effect::Rows(RowsChange::Picked)]
            }
            Msg::ChooseFolder => vec![Effect::ChooseFolder],
            Msg::FolderChosen(folder) => vec![Effect::RememberFolder(self.folder.insert(folder).clone())],
            Msg::Download => self.download(),
            Msg::Show => self.show(),
            Msg::Activate(row) => self.activate(row),
        }
    }

    fn open(&mut self, folder: Option<PathBuf>, sort: Sort) -> Vec<Effect> {
        let was = {
            let mut rows = self.rows.borrow_mut();
            rows.clear_picks();
            rows.replace(0, Vec::new())
        };
        let (rows, search, next_key) = (Rc::clone(&self.rows), self.search, self.next_key);
        *self = Self { folder, sort, search, search_shown: search, next_key, ..Self::new(rows) };
        let mut effects = vec![Effect::Rows(RowsChange::Replaced { was, now: 0 })];
        effects.extend(self.begin_search());
        effects
    }

    fn take_query(&mut self, query: String) -> Vec<Effect> {
        if query.trim() == self.query.trim() {
            self.query = query;
            return Vec::new();
        }
        self.query = query;
        self.begin_search()
    }

    fn set_sort(&mut self, sort: Sort) -> Vec<Effect> {
        if sort == self.sort {
            return Vec::new();
        }
        self.sort = sort;
        let mut effects = vec![Effect::RememberSort(sort)];
        effects.extend(self.begin_search());
        effects
    }

    fn begin_search(&mut self) -> Vec<Effect> {
        self.search += 1;
        self.failed = None;
        self.gathering = false;
        self.fetch()
    }

    /// Asks for what is missing, the most urgent first: the search that is wanted, what is looked at, what
    /// is selected and not known.
    fn fetch(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while self.asked.len() < ASKS_MAX {
            let Some(page) = self.next_page() else { break };
            effects.push(self.ask(page));
        }
        effects
    }

    fn next_page(&self) -> Option<u32> {
        let is_asked =
            |page| self.asked.values().any(|asked| asked.search == self.search && asked.page == page);
        if self.is_searching() {
            return (!is_asked(0)).then_some(0);
        }
        let mut rows = self.rows.borrow_mut();
        let last = rows.total().checked_sub(1)? / PAGE_ROWS;
        let mut looked_at = self.looked_at.iter().copied().filter(|page| *page <= last);
        let missing = looked_at.find(|page| !rows.has_fresh(*page) && !is_asked(*page));
        missing.or_else(|| self.gathering.then(|| rows.page_to_gather(is_asked)).flatten())
    }

    fn ask(&mut self, page: u32) -> Effect {
        self.next_key = self.next_key.wrapping_add(1);
        self.asked.insert(self.next_key, Asked { search: self.search, page });
        let query = self.query.trim();
        let query = query[..query.floor_char_boundary(QUERY_BYTES_MAX)].to_owned();
        let (offset, limit) = (page * PAGE_ROWS, TRACKS_PER_PAGE_MAX);
        let request = Request::SearchLibrary(SearchLibrary { query, sort: self.sort, offset, limit });
        Effect::Ask { key: self.next_key, request }
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        let Some(asked) = self.asked.remove(&key) else { return Vec::new() };
        if asked.search != self.search {
            return self.fetch();
        }
        match answer {
            Answer::Reply(Reply::Tracks(page)) => self.take_page(asked.page, page),
            Answer::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                vec![Effect::RetryAfter(retry_after_ms)]
            }
            Answer::Denied(denial) if self.is_searching() => {
                self.failed = Some(denial);
                self.search_shown = self.search;
                Vec::new()
            }
            // What is shown stays; it is asked for again when the link is back, or at the next look.
            Answer::Denied(_) | Answer::Reply(_) | Answer::Lost => Vec::new(),
        }
    }

    fn take_page(&mut self, page: u32, answer: TrackPage) -> Vec<Effect> {
        let mut effects = Vec::new();
        let count = u32::try_from(answer.tracks.len()).unwrap_or(0);
        let newest = self.state.map_or(0, |state| state.generation).max(answer.library.generation);
        let fresh = answer.library.generation == newest;
        if self.is_searching() {
            self.search_shown = self.search;
            self.looked_at = vec![0];
            self.state = Some(answer.library);
            let was = self.rows.borrow_mut().replace(answer.total, answer.tracks);
            let now = self.rows.borrow().shown();
            effects.push(Effect::Rows(RowsChange::Replaced { was, now }));
            effects.push(Effect::SettleSoon);
        } else {
            let other = fresh && self.state.is_some_and(|state| state.generation != newest);
            if fresh {
                self.state = Some(answer.library);
            }
            if other {
                self.rows.borrow_mut().doubt_all();
            }
            let was = self.rows.borrow_mut().resize(answer.total);
            self.rows.borrow_mut().put(page, answer.tracks, fresh);
            let now = self.rows.borrow().shown();
            if now != was {
                effects.push(Effect::Rows(RowsChange::Resized { was, now }));
            }
            effects.push(Effect::Rows(RowsChange::Loaded { first: page * PAGE_ROWS, count }));
        }
        if !fresh {
            effects.extend(self.refresh_soon());
        }
        effects.extend(self.fetch());
        effects.extend(self.finish_gathering());
        effects
    }

    fn settle(&mut self) -> Vec<Effect> {
        let was = self.rows.borrow_mut().show_all();
        let now = self.rows.borrow().shown();
        if was == now { Vec::new() } else { vec![Effect::Rows(RowsChange::Resized { was, now })] }
    }

    fn retry(&mut self) -> Vec<Effect> {
        match (&self.failed, self.refresh_is_due) {
            (Some(_), _) => self.begin_search(),
            (None, true) => self.refresh(),
            (None, false) => self.fetch(),
        }
    }

    fn handle_change(&mut self, state: LibraryState) -> Vec<Effect> {
        let known = self.state.replace(state);
        if known.is_none() || known.is_some_and(|known| known.generation == state.generation) {
            return Vec::new();
        }
        self.refresh_soon()
    }

    fn refresh_soon(&mut self) -> Vec<Effect> {
        if std::mem::replace(&mut self.refresh_is_due, true) {
            return Vec::new();
        }
        vec![Effect::RetryAfter(REFRESH_PAUSE_MS)]
    }

    /// Fetches again what is looked at; the rows stay as they are until it comes.
    fn refresh(&mut self) -> Vec<Effect> {
        self.refresh_is_due = false;
        self.rows.borrow_mut().doubt_all();
        if self.failed.is_some() || self.total() == 0 {
            return self.begin_search();
        }
        self.fetch()
    }
}

/// Returns the order after its heading is pressed: upwards, downwards, then as nobody had ordered.
fn next_sort(sort: Sort, by: SortBy) -> Sort {
    match sort {
        Sort { by: now, descending: false } if now == by => Sort { by, descending: true },
        Sort { by: now, descending: true } if now == by => SORT_DEFAULT,
        _ => Sort { by, descending: false },
    }
}

#[cfg(test)]
pub(crate) mod tests;

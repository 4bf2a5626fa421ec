//! The list of files: what is asked for, and which answers still count.
//!
//! This file does not know what is done with files. It asks for no more than what is looked at, drops answers
//! that come too late, and keeps what is shown until better has come.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use parlour_common::limits::{FILES_PER_PAGE_MAX, QUERY_BYTES_MAX};
use parlour_common::message::{Denial, FilePage, FilePlace, ListFiles, Reply, Request};

use super::msg::Order;
use super::{PAGE_ROWS, Rows};
use crate::network::Answer;
use crate::view_model::fetch::fault_of;
use crate::view_model::rows::Pickable;
use crate::view_model::{Effect, Problem, RowsChange};

/// Pages that may be asked for at once. The daemon would take more; a jump would then wait for them.
const ASKS_MAX: usize = 4;

/// How soon the list is fetched again after files changed, in milliseconds: while many are uploaded they
/// change many times a second.
const REFRESH_PAUSE_MS: u32 = 300;

/// What the list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) place: FilePlace,
    pub(super) query: String,
    pub(super) order: Order,
}

/// A question that was asked: its answer is only good for the search of the same number, and only fresh if
/// nothing changed since.
#[derive(Clone, Copy, Debug)]
struct Asked {
    search: u64,
    page: u32,
    doubts: u64,
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) rows: Rc<RefCell<Rows>>,
    pub(super) scope: Scope,
    /// The number of the search that is wanted, and of the one that is shown.
    search: u64,
    search_shown: u64,
    /// How often what is shown was doubted.
    doubts: u64,
    asked: BTreeMap<u32, Asked>,
    /// The pages that are looked at, the most urgent first.
    looked_at: Vec<u32>,
    is_gathering: bool,
    /// Whether a first answer has come.
    is_here: bool,
    failed: Option<Problem>,
    refresh_is_due: bool,
}

impl Listing {
    /// Makes the list of these rows.
    pub(super) fn of(rows: Rc<RefCell<Rows>>) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Returns why there is no list.
    pub(super) fn failed(&self) -> Option<&Problem> {
        self.failed.as_ref()
    }

    /// Tells whether an answer has come for what is wanted.
    pub(super) fn is_here(&self) -> bool {
        self.is_here
    }

    /// Tells whether a search is under way whose rows are not shown yet.
    pub(super) fn is_searching(&self) -> bool {
        self.search != self.search_shown
    }

    /// Tells whether every selected file is known.
    pub(super) fn has_gathered(&self) -> bool {
        self.rows.borrow().picked_bytes().is_some()
    }

    /// Empties the list for another place: nothing of the former one is taken for its own.
    pub(super) fn clear(&mut self) -> Effect {
        let mut rows = self.rows.borrow_mut();
        rows.clear_picks();
        let was = rows.replace(0, Vec::new());
        self.is_here = false;
        self.is_gathering = false;
        Effect::Rows(RowsChange::Replaced { was, now: 0 })
    }

    /// Begins to list anew.
    pub(super) fn begin(&mut self, keys: &mut u32) -> Vec<Effect> {
        self.search += 1;
        self.failed = None;
        self.fetch(keys)
    }

    /// Fetches what is looked at now.
    pub(super) fn look(&mut self, pages: Vec<u32>, keys: &mut u32) -> Vec<Effect> {
        self.looked_at = pages;
        self.fetch(keys)
    }

    /// Fetches what is selected and not known.
    pub(super) fn gather(&mut self, is_wanted: bool, keys: &mut u32) -> Vec<Effect> {
        self.is_gathering = is_wanted;
        self.fetch(keys)
    }

    /// Fetches again what is looked at, in a moment.
    pub(super) fn refresh_soon(&mut self) -> Vec<Effect> {
        match std::mem::replace(&mut self.refresh_is_due, true) {
            true => Vec::new(),
            false => vec![Effect::RetryAfter(REFRESH_PAUSE_MS)],
        }
    }

    /// Fetches again what is looked at; the rows stay as they are until it comes.
    pub(super) fn refresh(&mut self, keys: &mut u32) -> Vec<Effect> {
        self.refresh_is_due = false;
        self.doubts += 1;
        self.rows.borrow_mut().doubt_all();
        if self.failed.is_some() || self.rows.borrow().total() == 0 {
            return self.begin(keys);
        }
        self.fetch(keys)
    }

    /// Goes on after a pause.
    pub(super) fn retry(&mut self, keys: &mut u32) -> Vec<Effect> {
        match (&self.failed, self.refresh_is_due) {
            (Some(_), _) => self.begin(keys),
            (None, true) => self.refresh(keys),
            (None, false) => self.fetch(keys),
        }
    }

    /// Shows every row, once nothing was typed for a moment.
    pub(super) fn settle(&mut self) -> Vec<Effect> {
        let was = self.rows.borrow_mut().show_all();
        let now = self.rows.borrow().shown();
        if was == now { Vec::new() } else { vec![Effect::Rows(RowsChange::Resized { was, now })] }
    }

    /// Asks for what is missing, the most urgent first: the search that is wanted, what is looked at, what
    /// is selected and not known.
    fn fetch(&mut self, keys: &mut u32) -> Vec<Effect> {
        let mut effects = Vec::new();
        while self.asked.len() < ASKS_MAX {
            let Some(page) = self.next_page() else { break };
            *keys = keys.wrapping_add(1);
            self.asked.insert(*keys, Asked { search: self.search, page, doubts: self.doubts });
            effects.push(Effect::Ask { key: *keys, request: self.request(page) });
        }
        effects
    }

    fn next_page(&self) -> Option<u32> {
        let is_asked = |page| {
            let counts = |asked: &&Asked| asked.search == self.search && asked.doubts == self.doubts;
            self.asked.values().filter(counts).any(|asked| asked.page == page)
        };
        if self.is_searching() {
            return (!is_asked(0)).then_some(0);
        }
        let mut rows = self.rows.borrow_mut();
        let last = rows.total().checked_sub(1)? / PAGE_ROWS;
        let mut looked_at = self.looked_at.iter().copied().filter(|page| *page <= last);
        let missing = looked_at.find(|page| !rows.has_fresh(*page) && !is_asked(*page));
        missing.or_else(|| self.is_gathering.then(|| rows.page_to_gather(is_asked)).flatten())
    }

    fn request(&self, page: u32) -> Request {
        let query = self.scope.query.trim();
        let query = query[..query.floor_char_boundary(QUERY_BYTES_MAX)].to_owned();
        let Scope { place, order, .. } = self.scope;
        let (offset, limit) = (page * PAGE_ROWS, FILES_PER_PAGE_MAX);
        let (sort, descending) = (order.by, order.descending);
        Request::ListFiles(ListFiles { place, query, sort, descending, offset, limit })
    }

    /// Takes an answer, if it was asked for here; the page of it if it still counts.
    pub(super) fn take(&mut self, key: u32, answer: &Answer, keys: &mut u32) -> Option<Vec<Effect>> {
        let asked = self.asked.remove(&key)?;
        if asked.search != self.search {
            return Some(self.fetch(keys));
        }
        Some(match answer {
            Answer::Reply(Reply::Files(page)) => self.take_page(asked, page, keys),
            Answer::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                vec![Effect::RetryAfter(*retry_after_ms)]
            }
            answer if self.is_searching() => {
                self.failed = Some(fault_of(answer.clone()));
                self.search_shown = self.search;
                Vec::new()
            }
            // What is shown stays; it is asked for again when the link is back, or at the next look.
            _ => Vec::new(),
        })
    }

    fn take_page(&mut self, asked: Asked, page: &FilePage, keys: &mut u32) -> Vec<Effect> {
        let mut effects = Vec::new();
        let (files, fresh) = (page.files.clone(), asked.doubts == self.doubts);
        let count = u32::try_from(files.len()).unwrap_or(0);
        if self.is_searching() {
            self.search_shown = self.search;
            self.is_here = true;
            self.looked_at = vec![0];
            let was = self.rows.borrow_mut().replace(page.total, files);
            let now = self.rows.borrow().shown();
            effects.push(Effect::Rows(RowsChange::Replaced { was, now }));
            effects.push(Effect::SettleSoon);
        } else {
            let was = self.rows.borrow_mut().resize(page.total);
            self.rows.borrow_mut().put(asked.page, files, fresh);
            let now = self.rows.borrow().shown();
            if now != was {
                effects.push(Effect::Rows(RowsChange::Resized { was, now }));
            }
            effects.push(Effect::Rows(RowsChange::Loaded { first: asked.page * PAGE_ROWS, count }));
        }
        effects.extend(self.fetch(keys));
        effects
    }
}

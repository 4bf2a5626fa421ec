//! The accounts of the server, for admins: searching, filtering, fetching page by page.
//!
//! This file does not know how an account is changed (`user.rs`) nor how a row is drawn. Answers that come
//! too late are dropped, and what is shown stays until better has come.

use parlour_common::limits::{QUERY_BYTES_MAX, USERS_PER_PAGE_MAX};
use parlour_common::message::{ListUsers, Reply, Request, UserEntry, UserFilter, UserPage};

use super::fetch::{Fetch, fault_of};
use super::{Answered, Effect, Hear, News};
use crate::network::Answer;

/// The filters, in the order in which they are offered.
pub const FILTERS: [UserFilter; 4] =
    [UserFilter::All, UserFilter::Waiting, UserFilter::Disabled, UserFilter::Staff];

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown.
    Opened,
    /// The page is not shown any more.
    Closed,
    /// The text of the search changed.
    Typed(String),
    /// Another filter was chosen.
    Filtered(UserFilter),
    /// The end of the list is looked at.
    More,
    /// Ask once more for what could not be fetched.
    Retry,
    /// Accounts are other than they were.
    Changed,
    /// The daemon answered.
    Answered(Answered),
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Closed => Some(Self::Closed),
            News::Shown | News::Resumed | News::UsersChanged { .. } => Some(Self::Changed),
            _ => None,
        }
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct Users {
    is_open: bool,
    query: String,
    filter: UserFilter,
    users: Vec<UserEntry>,
    total: u32,
    waiting: u32,
    fetch: Fetch,
    /// The number of the last question, and where the page it asks for begins, while it is under way.
    last_key: u32,
    asked_from: Option<u32>,
}

impl Users {
    /// Returns how far the list has come.
    pub fn fetch(&self) -> &Fetch {
        &self.fetch
    }

    /// Returns the accounts that are here, by name.
    pub fn users(&self) -> &[UserEntry] {
        &self.users
    }

    /// Returns how many accounts fit the search and the filter.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Returns how many accounts wait for approval.
    pub fn waiting(&self) -> u32 {
        self.waiting
    }

    /// Returns what is searched for.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Returns which accounts are listed.
    pub fn filter(&self) -> UserFilter {
        self.filter
    }

    /// Tells whether there are accounts beyond those that are here.
    pub fn has_more(&self) -> bool {
        self.fetch == Fetch::Here && u32::try_from(self.users.len()).is_ok_and(|here| here < self.total)
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened => {
                *self = Self { is_open: true, last_key: self.last_key, ..Self::default() };
                self.ask(0)
            }
            Msg::Closed => {
                *self = Self { last_key: self.last_key, ..Self::default() };
                Vec::new()
            }
            Msg::Typed(text) => self.search(&text),
            Msg::Filtered(filter) if filter == self.filter => Vec::new(),
            Msg::Filtered(filter) => {
                self.filter = filter;
                self.fetch = Fetch::Loading;
                self.users.clear();
                self.ask(0)
            }
            Msg::More if self.has_more() && self.asked_from.is_none() => {
                self.ask(u32::try_from(self.users.len()).unwrap_or(u32::MAX))
            }
            Msg::More => Vec::new(),
            Msg::Retry => {
                self.fetch = Fetch::Loading;
                self.ask(0)
            }
            Msg::Changed if self.is_open => self.ask(0),
            Msg::Changed => Vec::new(),
            Msg::Answered(answered) => {
                self.take_answer(answered);
                Vec::new()
            }
        }
    }

    fn search(&mut self, text: &str) -> Vec<Effect> {
        let query = text.trim();
        let query = &query[..query.floor_char_boundary(QUERY_BYTES_MAX)];
        if query == self.query {
            return Vec::new();
        }
        self.query = query.to_owned();
        self.ask(0)
    }

    fn ask(&mut self, offset: u32) -> Vec<Effect> {
        self.last_key += 1;
        self.asked_from = Some(offset);
        let request = Request::ListUsers(ListUsers {
            query: self.query.clone(),
            filter: self.filter,
            offset,
            limit: USERS_PER_PAGE_MAX,
        });
        vec![Effect::Ask { key: self.last_key, request }]
    }

    fn take_answer(&mut self, Answered { key, answer }: Answered) {
        if key != self.last_key {
            return;
        }
        let Some(offset) = self.asked_from.take() else { return };
        match answer {
            Answer::Reply(Reply::Users(page)) => self.take_page(offset, page),
            // What is here stays, however it stands by now.
            _ if self.fetch == Fetch::Here => {}
            answer => self.fetch = Fetch::Failed(fault_of(answer)),
        }
    }

    fn take_page(&mut self, offset: u32, page: UserPage) {
        // A page that follows what is here goes on with it; the first one begins the list anew.
        let here = usize::try_from(offset).map_or(usize::MAX, |offset| offset.min(self.users.len()));
        self.users.truncate(here);
        self.users.extend(page.users);
        self.total = page.total;
        self.waiting = page.waiting;
        self.fetch = Fetch::Here;
    }
}

#[cfg(test)]
mod tests;

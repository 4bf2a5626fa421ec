//! The search of a conversation, and of the members who may be mentioned in it.
//!
//! This file does not know how what it found is drawn.

use std::sync::Arc;

use parlour_common::limits::{MEMBERS_PER_PAGE_MAX, POSTS_PER_PAGE_MAX, QUERY_BYTES_MAX};
use parlour_common::message::{Denial, ListMembers, Post, PostId, Reply, Request, SearchPosts};
use parlour_common::names::UserName;

use super::{Alarm, Asked, Room};
use crate::network::Answer;
use crate::view_model::Effect;
use crate::view_model::fetch::{Fetch, fault_of};

/// Members that are offered to be mentioned.
const OFFERED_MAX: usize = 8;

/// A search of the conversation that is shown.
#[derive(Debug, Default)]
pub struct Search {
    query: String,
    found: Vec<Arc<Post>>,
    /// Where more of the same begins.
    next: Option<PostId>,
    fetch: Fetch,
    /// The question that is under way; whether it is for more of the same.
    asked: Option<(u32, bool)>,
    /// Whether something else is to be asked once its answer is here.
    is_stale: bool,
}

impl Search {
    /// Returns what is searched for.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Returns what was found, the newest first.
    pub fn found(&self) -> &[Arc<Post>] {
        &self.found
    }

    /// Tells whether there is more.
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// Returns how far the search has come.
    pub fn fetch(&self) -> &Fetch {
        &self.fetch
    }
}

/// The search of members who may be mentioned.
#[derive(Debug, Default)]
pub(super) struct Mentioning {
    /// What is typed behind the `@`.
    typed: Option<String>,
    asked: Option<u32>,
    is_stale: bool,
}

impl Mentioning {
    /// Tells whether members are offered.
    pub(super) fn is_open(&self) -> bool {
        self.typed.is_some()
    }
}

impl Room {
    /// Takes what is searched for.
    pub(super) fn search_for(&mut self, query: &str) -> Vec<Effect> {
        let query = query.trim();
        let query = &query[..query.floor_char_boundary(QUERY_BYTES_MAX)];
        let Some(search) = self.search.as_mut().filter(|search| search.query != query) else {
            return Vec::new();
        };
        query.clone_into(&mut search.query);
        search.next = None;
        if query.is_empty() {
            search.found.clear();
            search.fetch = Fetch::Here;
            search.is_stale = search.asked.is_some();
            return Vec::new();
        }
        search.fetch = Fetch::Loading;
        self.ask_search(false)
    }

    /// Asks for more of the same.
    pub(super) fn search_more(&mut self) -> Vec<Effect> {
        let has_more = self.search.as_ref().is_some_and(|search| search.has_more() && search.asked.is_none());
        if has_more { self.ask_search(true) } else { Vec::new() }
    }

    /// Asks again what did not come.
    pub(super) fn search_again(&mut self) -> Vec<Effect> {
        let failed =
            self.search.as_ref().filter(|search| !search.query.is_empty() && search.fetch != Fetch::Here);
        if failed.is_some() { self.ask_search(false) } else { Vec::new() }
    }

    fn ask_search(&mut self, is_more: bool) -> Vec<Effect> {
        let conversation = self.conversation();
        let Some(search) = self.search.as_mut() else { return Vec::new() };
        if search.asked.is_some() {
            search.is_stale = true;
            return Vec::new();
        }
        let before = search.next.filter(|_| is_more);
        let request =
            SearchPosts { conversation, query: search.query.clone(), before, limit: POSTS_PER_PAGE_MAX };
        let effect = self.ask(Asked::Search, Request::SearchPosts(request));
        if let (Some(search), Effect::Ask { key, .. }) = (&mut self.search, &effect) {
            search.asked = Some((*key, is_more));
        }
        vec![effect]
    }

    /// Takes what was found.
    pub(super) fn take_hits(&mut self, key: u32, answer: Answer) -> Vec<Effect> {
        let Some(search) = self.search.as_mut() else { return Vec::new() };
        let Some((_, is_more)) = search.asked.filter(|(asked, _)| *asked == key) else { return Vec::new() };
        search.asked = None;
        if std::mem::take(&mut search.is_stale) {
            return if search.query.is_empty() { Vec::new() } else { self.ask_search(false) };
        }
        match answer {
            Answer::Reply(Reply::PostsFound(found)) => {
                if !is_more {
                    search.found.clear();
                }
                search.next = found.next;
                if found.posts.is_empty() && search.next.is_some() {
                    // It takes long: nobody has to ask for the rest.
                    return self.ask_search(true);
                }
                search.found.extend(found.posts.into_iter().map(Arc::new));
                search.fetch = Fetch::Here;
                Vec::new()
            }
            Answer::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                vec![Effect::WakeAfter(Alarm::Search, retry_after_ms)]
            }
            answer => {
                search.fetch = Fetch::Failed(fault_of(answer));
                Vec::new()
            }
        }
    }

    /// Goes on after a pause.
    pub(super) fn wake_search(&mut self) -> Vec<Effect> {
        let search = self.search.as_ref();
        let is_more = search.is_some_and(Search::has_more);
        if search.is_some_and(|search| !search.query.is_empty()) {
            self.ask_search(is_more)
        } else {
            Vec::new()
        }
    }

    /// Offers members whose names begin with what is typed: those of the room at once, all others when they come.
    pub(super) fn mention(&mut self, typed: Option<String>) -> Vec<Effect> {
        if typed == self.mentioning.typed {
            return Vec::new();
        }
        self.mentioning.typed = typed;
        self.offer_members(&[]);
        self.ask_members()
    }

    /// Asks for the members that may be meant.
    pub(super) fn ask_members(&mut self) -> Vec<Effect> {
        let Some(typed) = &self.mentioning.typed else { return Vec::new() };
        if self.mentioning.asked.is_some() {
            self.mentioning.is_stale = true;
            return Vec::new();
        }
        let query = typed[..typed.floor_char_boundary(QUERY_BYTES_MAX)].to_owned();
        let request = ListMembers { query, offset: 0, limit: MEMBERS_PER_PAGE_MAX };
        let effect = self.ask(Asked::Members, Request::ListMembers(request));
        if let Effect::Ask { key, .. } = &effect {
            self.mentioning.asked = Some(*key);
        }
        vec![effect]
    }

    /// Takes members that may be meant.
    pub(super) fn take_members(&mut self, key: u32, answer: Answer) -> Vec<Effect> {
        if self.mentioning.asked != Some(key) {
            return Vec::new();
        }
        self.mentioning.asked = None;
        if std::mem::take(&mut self.mentioning.is_stale) {
            return self.ask_members();
        }
        match answer {
            Answer::Reply(Reply::Members(page)) => {
                let names: Vec<UserName> = page.members.into_iter().map(|member| member.user_name).collect();
                self.offer_members(&names);
                Vec::new()
            }
            Answer::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                vec![Effect::WakeAfter(Alarm::Mentions, retry_after_ms)]
            }
            // Those of the room are offered still.
            _ => Vec::new(),
        }
    }

    /// Offers those who are meant: in a conversation of two only the other one, in the room its seats and these.
    fn offer_members(&mut self, others: &[UserName]) {
        self.completion.clear();
        let Some(typed) = self.mentioning.typed.as_ref().map(|typed| typed.to_lowercase()) else { return };
        let own = self.own.as_ref().map(UserName::key);
        let with = self.talk().and_then(|talk| talk.entry.with.clone());
        let seats = self.seats.seats.iter().map(|seat| &seat.user_name);
        let mut offered: Vec<(String, UserName)> = Vec::new();
        for name in with.iter().chain(seats).chain(others) {
            let key = name.key();
            let is_meant = key.starts_with(&typed) && Some(&key) != own.as_ref();
            if is_meant && !offered.iter().any(|(known, _)| *known == key) {
                offered.push((key, name.clone()));
            }
        }
        offered.sort();
        offered.truncate(OFFERED_MAX);
        self.completion = offered.into_iter().map(|(_, name)| name).collect();
    }
}

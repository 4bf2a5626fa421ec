//! The page that lists the members, and searches them.
//!
//! This file does not know what a member shows of themselves; that is theirs to choose and the daemon's to
//! keep.

use parlour_common::limits::{MEMBERS_PER_PAGE_MAX, QUERY_BYTES_MAX};
use parlour_common::message::{ListMembers, MemberPage, Profile, Reply, Request};
use parlour_common::names::UserName;

use super::fetch::{Fetch, fault_of};
use super::{Answered, Effect, Hear, News, profile};
use crate::network::Answer;

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown.
    Opened {
        /// Who looks.
        own: UserName,
    },
    /// The text of the search changed.
    QueryTyped(String),
    /// The end of the list is in sight.
    EndReached,
    /// Fetch the list again.
    Retry,
    /// A member was chosen.
    Chosen(UserName),
    /// Show what one said to a member, and they to one.
    Message(UserName),
    /// The daemon answered.
    Answered(Answered),
    /// The page is not open any more.
    Closed,
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Resumed => Some(Self::Retry),
            News::Closed => Some(Self::Closed),
            _ => None,
        }
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct Members {
    own: Option<UserName>,
    query: String,
    fetch: Fetch,
    total: u32,
    members: Vec<Profile>,
    last_key: u32,
    /// What was asked last, while its answer has not come.
    asked: Option<Asked>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    key: u32,
    offset: u32,
}

impl Members {
    /// Returns how far the list has come.
    pub fn fetch(&self) -> &Fetch {
        &self.fetch
    }

    /// Returns how many members match.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Returns those that are here, by name.
    pub fn members(&self) -> &[Profile] {
        &self.members
    }

    /// Tells whether a member is the one who looks.
    pub fn is_own(&self, member: &Profile) -> bool {
        self.own.as_ref() == Some(&member.user_name)
    }

    /// Tells whether something is searched for.
    pub fn is_searching(&self) -> bool {
        !self.query.is_empty()
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { own } => {
                *self = Self { own: Some(own), last_key: self.last_key, ..Self::default() };
                self.ask(0)
            }
            Msg::QueryTyped(query) => self.take_query(&query),
            Msg::EndReached => self.fetch_more(),
            Msg::Retry => {
                if self.fetch != Fetch::Here {
                    self.fetch = Fetch::Loading;
                }
                self.ask(0)
            }
            Msg::Chosen(user_name) => self.choose(&user_name).into_iter().collect(),
            Msg::Message(user_name) if self.own.as_ref() == Some(&user_name) => Vec::new(),
            Msg::Message(user_name) => vec![Effect::Message(user_name)],
            Msg::Answered(answered) => self.handle_answer(answered),
            Msg::Closed => {
                *self = Self { last_key: self.last_key, ..Self::default() };
                Vec::new()
            }
        }
    }

    fn ask(&mut self, offset: u32) -> Vec<Effect> {
        self.last_key += 1;
        self.asked = Some(Asked { key: self.last_key, offset });
        let query = self.query.clone();
        let request = Request::ListMembers(ListMembers { query, offset, limit: MEMBERS_PER_PAGE_MAX });
        vec![Effect::Ask { key: self.last_key, request }]
    }

    fn take_query(&mut self, query: &str) -> Vec<Effect> {
        let mut query = query.trim();
        while query.len() > QUERY_BYTES_MAX {
            query = &query[..query.char_indices().next_back().map_or(0, |(at, _)| at)];
        }
        if query == self.query || self.own.is_none() {
            return Vec::new();
        }
        query.clone_into(&mut self.query);
        self.ask(0)
    }

    fn fetch_more(&mut self) -> Vec<Effect> {
        let here = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        let is_whole = here >= self.total || self.fetch != Fetch::Here;
        if is_whole || self.asked.is_some() { Vec::new() } else { self.ask(here) }
    }

    fn choose(&self, user_name: &UserName) -> Option<Effect> {
        let member = self.members.iter().find(|member| member.user_name == *user_name)?;
        let is_own = self.is_own(member);
        Some(Effect::open(profile::Msg::Opened { profile: Box::new(member.clone()), is_own }))
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        let Some(asked) = self.asked.filter(|asked| asked.key == key) else { return Vec::new() };
        self.asked = None;
        match answer {
            Answer::Reply(Reply::Members(page)) => self.take_page(asked.offset, page),
            answer => self.fetch = Fetch::Failed(fault_of(answer)),
        }
        Vec::new()
    }

    fn take_page(&mut self, offset: u32, page: MemberPage) {
        self.members.truncate(offset as usize);
        // Somebody who came or went meanwhile has moved the others: nobody is listed twice.
        let known: Vec<UserName> = self.members.iter().map(|member| member.user_name.clone()).collect();
        let is_empty = page.members.is_empty();
        self.members.extend(page.members.into_iter().filter(|member| !known.contains(&member.user_name)));
        let here = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.total = if is_empty { here } else { page.total.max(here) };
        self.fetch = Fetch::Here;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::Problem;
    use parlour_common::message::Role;

    fn member(name: &str) -> Profile {
        Profile {
            user_name: UserName::parse(name).unwrap(),
            role: Role::Member,
            created_unix_ms: 0,
            email: None,
            phone: None,
            about: None,
        }
    }

    fn names(page: &Members) -> Vec<&str> {
        page.members().iter().map(|member| member.user_name.as_str()).collect()
    }

    fn asked(effects: &[Effect]) -> (u32, ListMembers) {
        match effects {
            [Effect::Ask { key, request: Request::ListMembers(list) }] => (*key, list.clone()),
            other => panic!("{other:?}"),
        }
    }

    fn answer(page: &mut Members, key: u32, total: u32, names: &[&str]) {
        let members = names.iter().map(|name| member(name)).collect();
        let answer = Answer::Reply(Reply::Members(MemberPage { total, members }));
        assert!(page.update(Msg::Answered(Answered { key, answer })).is_empty());
    }

    fn opened(total: u32, names: &[&str]) -> Members {
        let mut page = Members::default();
        let (key, list) = asked(&page.update(Msg::Opened { own: UserName::parse("sara").unwrap() }));
        assert_eq!((list.query.as_str(), list.offset), ("", 0));
        assert_eq!(page.fetch(), &Fetch::Loading);
        answer(&mut page, key, total, names);
        page
    }

    #[test]
    fn the_list_grows_while_its_end_is_in_sight() {
        let mut page = opened(3, &["ali", "sara"]);
        let (key, list) = asked(&page.update(Msg::EndReached));
        assert_eq!(list.offset, 2);
        assert!(page.update(Msg::EndReached).is_empty(), "it is on its way");
        answer(&mut page, key, 3, &["sara", "개구리"]);
        assert_eq!(names(&page), ["ali", "sara", "개구리"], "nobody twice");
        assert!(page.update(Msg::EndReached).is_empty(), "these are all");
        assert!(page.is_own(&member("sara")) && !page.is_own(&member("ali")));
    }

    #[test]
    fn a_list_that_shrank_meanwhile_comes_to_an_end() {
        let mut page = opened(3, &["ali", "sara"]);
        let (key, _) = asked(&page.update(Msg::EndReached));
        answer(&mut page, key, 2, &[]);
        assert!(page.update(Msg::EndReached).is_empty());
        assert_eq!(page.total(), 2);
    }

    #[test]
    fn only_the_last_search_counts() {
        let mut page = opened(2, &["ali", "sara"]);
        let (early, _) = asked(&page.update(Msg::QueryTyped("s".to_owned())));
        let (late, list) = asked(&page.update(Msg::QueryTyped(" sa ".to_owned())));
        assert_eq!(list.query, "sa");
        assert!(page.update(Msg::QueryTyped("sa".to_owned())).is_empty(), "the same");
        answer(&mut page, late, 1, &["sara"]);
        answer(&mut page, early, 0, &[]);
        assert_eq!(names(&page), ["sara"]);
        assert!(page.is_searching());
        let (_, list) = asked(&page.update(Msg::QueryTyped("개".repeat(100))));
        assert!(list.query.len() <= QUERY_BYTES_MAX);
    }

    #[test]
    fn a_chosen_member_is_shown_with_what_they_show() {
        let mut page = opened(1, &["ali"]);
        let profile = Box::new(member("ali"));
        let open = Effect::open(profile::Msg::Opened { profile, is_own: false });
        assert_eq!(page.update(Msg::Chosen(UserName::parse("ali").unwrap())), [open]);
        assert!(page.update(Msg::Chosen(UserName::parse("reza").unwrap())).is_empty());
        let ali = UserName::parse("ali").unwrap();
        assert_eq!(page.update(Msg::Message(ali.clone())), [Effect::Message(ali)]);
        assert!(page.update(Msg::Message(UserName::parse("sara").unwrap())).is_empty(), "it is oneself");
    }

    #[test]
    fn a_list_that_does_not_come_can_be_asked_for_again() {
        let mut page = Members::default();
        let (key, _) = asked(&page.update(Msg::Opened { own: UserName::parse("sara").unwrap() }));
        page.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
        assert_eq!(page.fetch(), &Fetch::Failed(Problem::AnswerLost));
        assert!(page.update(Msg::EndReached).is_empty());
        let (key, _) = asked(&page.update(Msg::Retry));
        assert_eq!(page.fetch(), &Fetch::Loading);
        answer(&mut page, key, 1, &["sara"]);
        assert_eq!(page.fetch(), &Fetch::Here);
        page.update(Msg::Closed);
        assert!(page.members().is_empty());
        assert!(page.update(Msg::QueryTyped("x".to_owned())).is_empty(), "nobody looks");
    }
}

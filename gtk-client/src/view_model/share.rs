//! With whom files are shared: choosing members, who has fetched them, and ending it.
//!
//! This file does not know which files one has (`files.rs`) nor what a member shows of themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use parlour_common::limits::{MEMBERS_PER_PAGE_MAX, QUERY_BYTES_MAX, RECIPIENTS_PER_REQUEST_MAX};
use parlour_common::message::{
    FileEntry, ListMembers, MemberPage, OneFile, Profile, Recipient, Reply, Request, ShareFiles, UnshareFile,
};
use parlour_common::names::UserName;

use super::fetch::{Fetch, fault_of};
use super::files::Told;
use super::{Answered, Effect, Hear, News, Notice, Problem};
use crate::network::Answer;

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown.
    Opened {
        /// Who shares.
        own: UserName,
        /// What.
        files: Vec<Arc<FileEntry>>,
    },
    /// The text of the search changed.
    QueryTyped(String),
    /// The end of the list of members is in sight.
    EndReached,
    /// Fetch again.
    Retry,
    /// A member was chosen, or not any more.
    Ticked(UserName, bool),
    /// Share with those who are chosen.
    Share,
    /// Do not share the file with a member any more.
    Unshare(UserName),
    /// Files are other than they were.
    FilesChanged,
    /// The daemon answered.
    Answered(Answered),
    /// The page is not open any more.
    Closed,
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::FilesChanged => Some(Self::FilesChanged),
            News::Resumed => Some(Self::Retry),
            News::Closed => Some(Self::Closed),
            _ => None,
        }
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct Share {
    own: Option<UserName>,
    files: Vec<Arc<FileEntry>>,
    query: String,
    fetch: Fetch,
    total: u32,
    members: Vec<Profile>,
    ticked: BTreeSet<UserName>,
    /// Known of a single file only.
    recipients: Vec<Recipient>,
    problem: Option<Problem>,
    last_key: u32,
    members_asked: Option<Asked>,
    recipients_asked: Option<u32>,
    doing: Option<(u32, Doing)>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    key: u32,
    offset: u32,
}

/// What is under way.
#[derive(Clone, Debug)]
enum Doing {
    Share(Vec<UserName>),
    Unshare(UserName),
}

impl Share {
    /// Returns what is shared.
    pub fn files(&self) -> &[Arc<FileEntry>] {
        &self.files
    }

    /// Returns how far the list of members has come.
    pub fn fetch(&self) -> &Fetch {
        &self.fetch
    }

    /// Returns the members that can be chosen and are here, by name.
    pub fn members(&self) -> Vec<&Profile> {
        let is_other = |member: &&Profile| Some(&member.user_name) != self.own.as_ref();
        self.members.iter().filter(is_other).collect()
    }

    /// Tells whether there are more members than are here.
    pub fn has_more(&self) -> bool {
        self.members.len() < self.total as usize
    }

    /// Tells whether something is searched for.
    pub fn is_searching(&self) -> bool {
        !self.query.is_empty()
    }

    /// Returns who can see the file already.
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }

    /// Tells whether a member can see the file already.
    pub fn is_recipient(&self, member: &UserName) -> bool {
        self.recipients.iter().any(|recipient| recipient.user_name == *member)
    }

    /// Returns who is chosen.
    pub fn ticked(&self) -> &BTreeSet<UserName> {
        &self.ticked
    }

    /// Returns why what was asked last was not done.
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Tells whether something is under way.
    pub fn is_busy(&self) -> bool {
        self.doing.is_some()
    }

    /// Tells whether Share can be pressed.
    pub fn can_share(&self) -> bool {
        !self.is_busy() && !self.ticked.is_empty()
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { own, files } => {
                *self = Self { own: Some(own), files, last_key: self.last_key, ..Self::default() };
                let mut effects = self.ask_members(0);
                effects.extend(self.ask_recipients());
                effects
            }
            Msg::QueryTyped(query) => self.take_query(&query),
            Msg::EndReached => self.fetch_more(),
            Msg::Retry => self.retry(),
            Msg::Ticked(member, is_ticked) => {
                match is_ticked {
                    true => drop(self.ticked.insert(member)),
                    false => drop(self.ticked.remove(&member)),
                }
                Vec::new()
            }
            Msg::Share => self.share(),
            Msg::Unshare(with) => self.unshare(with),
            Msg::FilesChanged => self.ask_recipients(),
            Msg::Answered(answered) => self.handle_answer(answered),
            Msg::Closed => {
                *self = Self { last_key: self.last_key, ..Self::default() };
                Vec::new()
            }
        }
    }

    fn ask(&mut self, request: Request) -> (u32, Effect) {
        self.last_key = self.last_key.wrapping_add(1);
        (self.last_key, Effect::Ask { key: self.last_key, request })
    }

    fn ask_members(&mut self, offset: u32) -> Vec<Effect> {
        let query = self.query.clone();
        let list = ListMembers { query, offset, limit: MEMBERS_PER_PAGE_MAX };
        let (key, effect) = self.ask(Request::ListMembers(list));
        self.members_asked = Some(Asked { key, offset });
        vec![effect]
    }

    /// Asks who can see the file: of several nobody needs to know.
    fn ask_recipients(&mut self) -> Vec<Effect> {
        let [file] = self.files.as_slice() else { return Vec::new() };
        let request = Request::ListRecipients(OneFile { file: file.file });
        let (key, effect) = self.ask(request);
        self.recipients_asked = Some(key);
        vec![effect]
    }

    fn take_query(&mut self, query: &str) -> Vec<Effect> {
        let query = query.trim();
        let query = &query[..query.floor_char_boundary(QUERY_BYTES_MAX)];
        if query == self.query || self.own.is_none() {
            return Vec::new();
        }
        query.clone_into(&mut self.query);
        self.ask_members(0)
    }

    fn fetch_more(&mut self) -> Vec<Effect> {
        let here = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        let is_due = self.has_more() && self.fetch == Fetch::Here && self.members_asked.is_none();
        if is_due { self.ask_members(here) } else { Vec::new() }
    }

    fn retry(&mut self) -> Vec<Effect> {
        if self.own.is_none() {
            return Vec::new();
        }
        if self.fetch != Fetch::Here {
            self.fetch = Fetch::Loading;
        }
        let mut effects = self.ask_members(0);
        effects.extend(self.ask_recipients());
        effects
    }

    fn share(&mut self) -> Vec<Effect> {
        if !self.can_share() {
            return Vec::new();
        }
        self.problem = None;
        let with: Vec<UserName> =
            self.ticked.iter().take(usize::from(RECIPIENTS_PER_REQUEST_MAX)).cloned().collect();
        let files = self.files.iter().map(|entry| entry.file).collect();
        let (key, effect) = self.ask(Request::ShareFiles(ShareFiles { files, with: with.clone() }));
        self.doing = Some((key, Doing::Share(with)));
        vec![effect]
    }

    fn unshare(&mut self, with: UserName) -> Vec<Effect> {
        let ([file], false) = (self.files.as_slice(), self.is_busy()) else { return Vec::new() };
        self.problem = None;
        let request = Request::UnshareFile(UnshareFile { file: file.file, with: with.clone() });
        let (key, effect) = self.ask(request);
        self.doing = Some((key, Doing::Unshare(with)));
        vec![effect]
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if let Some(asked) = self.members_asked.filter(|asked| asked.key == key) {
            self.members_asked = None;
            match answer {
                Answer::Reply(Reply::Members(page)) => self.take_members(asked.offset, page),
                answer => self.fetch = Fetch::Failed(fault_of(answer)),
            }
            return Vec::new();
        }
        if self.recipients_asked == Some(key) {
            self.recipients_asked = None;
            match answer {
                Answer::Reply(Reply::Recipients(list)) => self.recipients = list.recipients,
                answer => self.problem = Some(fault_of(answer)),
            }
            let ticked = std::mem::take(&mut self.ticked);
            self.ticked = ticked.into_iter().filter(|member| !self.is_recipient(member)).collect();
            return Vec::new();
        }
        match self.doing.take() {
            Some((asked, doing)) if asked == key => self.take_done(doing, answer),
            doing => {
                self.doing = doing;
                Vec::new()
            }
        }
    }

    fn take_members(&mut self, offset: u32, page: MemberPage) {
        self.members.truncate(offset as usize);
        // Somebody who came or went meanwhile has moved the others: nobody is listed twice.
        let known: BTreeSet<UserName> = self.members.iter().map(|member| member.user_name.clone()).collect();
        let is_empty = page.members.is_empty();
        self.members.extend(page.members.into_iter().filter(|member| !known.contains(&member.user_name)));
        let here = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.total = if is_empty { here } else { page.total.max(here) };
        self.fetch = Fetch::Here;
    }

    fn take_done(&mut self, doing: Doing, answer: Answer) -> Vec<Effect> {
        if !matches!(answer, Answer::Reply(_)) {
            self.problem = Some(fault_of(answer));
            return Vec::new();
        }
        match doing {
            Doing::Share(with) => {
                self.ticked.retain(|member| !with.contains(member));
                let mut effects = vec![Effect::Say(Notice::Files(Told::SharedWith { members: with.len() }))];
                match (self.ticked.is_empty(), self.files.len()) {
                    // More were chosen than one request takes.
                    (false, _) => effects.extend(self.share()),
                    (true, 1) => effects.extend(self.ask_recipients()),
                    (true, _) => effects.push(Effect::Back),
                }
                effects
            }
            Doing::Unshare(with) => {
                let told = Told::Unshared { with: with.to_string() };
                let mut effects = vec![Effect::Say(Notice::Files(told))];
                effects.extend(self.ask_recipients());
                effects
            }
        }
    }
}

#[cfg(test)]
mod tests;

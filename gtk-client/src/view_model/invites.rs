//! The invites, for admins: making one, seeing its code once, voiding one.
//!
//! This file does not know the words for anything, nor how long a week is written.

use parlour_common::Secret;
use parlour_common::message::{CreateInvite, Invite, InviteEntry, InviteId, Reply, Request, RevokeInvite};

use super::fetch::{Fetch, fault_of};
use super::form::Problems;
use super::{Answered, Effect, Entry, Hear, News, Problem};
use crate::network::Answer;

/// The lives that an invite may be given, in hours: a day, a week, thirty days.
pub const LIVES: [u32; 3] = [24, 7 * 24, 30 * 24];

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown.
    Opened,
    /// The page is not shown any more.
    Closed,
    /// The note was typed.
    Typed(Entry, Secret<String>),
    /// Another life was chosen, in hours.
    LifePicked(u32),
    /// Make an invite.
    Submit,
    /// Void this invite.
    Revoke(InviteId),
    /// Ask once more for what could not be fetched.
    Retry,
    /// Invites are other than they were.
    Changed,
    /// The daemon answered.
    Answered(Answered),
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Closed => Some(Self::Closed),
            News::Resumed | News::UsersChanged { .. } => Some(Self::Changed),
            _ => None,
        }
    }
}

/// The state of the page.
#[derive(Debug)]
pub struct Invites {
    is_open: bool,
    note: String,
    hours: u32,
    invites: Vec<InviteEntry>,
    fetch: Fetch,
    fresh: Option<Invite>,
    problems: Problems,
    last_key: u32,
    listing: Option<u32>,
    changing: Option<u32>,
}

impl Default for Invites {
    fn default() -> Self {
        Self {
            is_open: false,
            note: String::new(),
            hours: LIVES[1],
            invites: Vec::new(),
            fetch: Fetch::default(),
            fresh: None,
            problems: Problems::default(),
            last_key: 0,
            listing: None,
            changing: None,
        }
    }
}

impl Invites {
    /// Returns how far the list has come.
    pub fn fetch(&self) -> &Fetch {
        &self.fetch
    }

    /// Returns the invites, the newest first.
    pub fn invites(&self) -> &[InviteEntry] {
        &self.invites
    }

    /// Returns the invite that was just made, with its code.
    pub fn fresh(&self) -> Option<&Invite> {
        self.fresh.as_ref()
    }

    /// Returns how long the next invite will live, in hours.
    pub fn hours(&self) -> u32 {
        self.hours
    }

    /// Returns everything that is wrong.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Tells whether an invite is being made or voided.
    pub fn is_busy(&self) -> bool {
        self.changing.is_some()
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened => {
                *self = Self { last_key: self.last_key, is_open: true, ..Self::default() };
                let mut effects = vec![Effect::Fill(Entry::Note, String::new())];
                effects.extend(self.list());
                effects
            }
            Msg::Closed => {
                // The code does not stay behind.
                *self = Self { last_key: self.last_key, ..Self::default() };
                Vec::new()
            }
            Msg::Typed(_, note) => {
                self.note = note.expose().clone();
                self.problems.forget(Entry::Note);
                Vec::new()
            }
            Msg::LifePicked(hours) => {
                self.hours = hours;
                Vec::new()
            }
            Msg::Submit => {
                let note = self.note.trim().to_owned();
                self.change(Request::CreateInvite(CreateInvite { note, hours: self.hours }))
            }
            Msg::Revoke(invite) => self.change(Request::RevokeInvite(RevokeInvite { invite })),
            Msg::Retry => {
                self.fetch = Fetch::Loading;
                self.list()
            }
            Msg::Changed if self.is_open => self.list(),
            Msg::Changed => Vec::new(),
            Msg::Answered(answered) => self.take_answer(answered),
        }
    }

    fn list(&mut self) -> Vec<Effect> {
        self.last_key += 1;
        self.listing = Some(self.last_key);
        vec![Effect::Ask { key: self.last_key, request: Request::ListInvites {} }]
    }

    fn change(&mut self, request: Request) -> Vec<Effect> {
        if self.is_busy() {
            return Vec::new();
        }
        self.problems.clear();
        self.last_key += 1;
        self.changing = Some(self.last_key);
        vec![Effect::Ask { key: self.last_key, request }]
    }

    fn take_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if self.listing == Some(key) {
            self.listing = None;
            match answer {
                Answer::Reply(Reply::Invites(list)) => {
                    self.invites = list.invites;
                    self.fetch = Fetch::Here;
                }
                // What is here stays.
                _ if self.fetch == Fetch::Here => {}
                answer => self.fetch = Fetch::Failed(fault_of(answer)),
            }
            return Vec::new();
        }
        if self.changing != Some(key) {
            return Vec::new();
        }
        self.changing = None;
        match answer {
            Answer::Reply(Reply::Invite(invite)) => {
                self.fresh = Some(invite);
                self.note.clear();
                let mut effects = vec![Effect::Fill(Entry::Note, String::new())];
                effects.extend(self.list());
                effects
            }
            Answer::Reply(Reply::Done {}) => self.list(),
            Answer::Denied(denial) => {
                self.problems.put_denial(denial);
                // What was voided meanwhile is not shown as if it were there.
                self.list()
            }
            Answer::Reply(_) | Answer::Lost => {
                self.problems.put_whole(Problem::AnswerLost);
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use parlour_common::message::{Denial, InviteList};
    use parlour_common::names::InviteCode;

    use super::*;

    fn entry(id: u64) -> InviteEntry {
        InviteEntry {
            id: InviteId(id),
            note: "the drummer".to_owned(),
            by: "sara".to_owned(),
            created_unix_ms: 0,
            expires_unix_ms: 1,
            used_by: None,
        }
    }

    fn list(ids: &[u64]) -> Answer {
        Answer::Reply(Reply::Invites(InviteList { invites: ids.iter().copied().map(entry).collect() }))
    }

    fn asked(effects: &[Effect]) -> (u32, Request) {
        match effects.last() {
            Some(Effect::Ask { key, request }) => (*key, request.clone()),
            other => panic!("{other:?}"),
        }
    }

    fn opened() -> Invites {
        let mut invites = Invites::default();
        let (key, _) = asked(&invites.update(Msg::Opened));
        invites.update(Msg::Answered(Answered { key, answer: list(&[]) }));
        assert!(*invites.fetch() == Fetch::Here && invites.invites().is_empty());
        invites
    }

    #[test]
    fn an_invite_is_made_shown_once_and_listed() {
        let mut invites = opened();
        invites.update(Msg::Typed(Entry::Note, Secret::new(" the drummer ".to_owned())));
        invites.update(Msg::LifePicked(24));
        let (key, request) = asked(&invites.update(Msg::Submit));
        let wanted = CreateInvite { note: "the drummer".to_owned(), hours: 24 };
        assert_eq!(request, Request::CreateInvite(wanted));
        assert!(invites.is_busy() && invites.update(Msg::Submit).is_empty());
        let code = Secret::new(InviteCode::from_bytes([1; 10]));
        let invite = Invite { code, expires_unix_ms: 5 };
        let (key, _) =
            asked(&invites.update(Msg::Answered(Answered {
                key,
                answer: Answer::Reply(Reply::Invite(invite.clone())),
            })));
        assert_eq!(invites.fresh(), Some(&invite));
        invites.update(Msg::Answered(Answered { key, answer: list(&[1]) }));
        assert_eq!(invites.invites().len(), 1);
        invites.update(Msg::Closed);
        assert_eq!(invites.fresh(), None);
    }

    #[test]
    fn what_cannot_be_voided_is_said_and_the_list_is_fetched_anew() {
        let mut invites = opened();
        let (key, request) = asked(&invites.update(Msg::Revoke(InviteId(3))));
        assert_eq!(request, Request::RevokeInvite(RevokeInvite { invite: InviteId(3) }));
        let denied = Answer::Denied(Denial::NoSuchInvite {});
        let (_, request) = asked(&invites.update(Msg::Answered(Answered { key, answer: denied })));
        assert_eq!(request, Request::ListInvites {});
        assert_eq!(invites.problems().whole(), Some(&Problem::Denied(Denial::NoSuchInvite {})));
    }

    #[test]
    fn a_failed_list_can_be_retried_and_changes_are_followed_while_it_is_shown() {
        let mut invites = Invites::default();
        assert!(invites.update(Msg::Changed).is_empty());
        let (key, _) = asked(&invites.update(Msg::Opened));
        invites.update(Msg::Answered(Answered { key, answer: Answer::Lost }));
        assert_eq!(invites.fetch(), &Fetch::Failed(Problem::AnswerLost));
        let (key, _) = asked(&invites.update(Msg::Retry));
        invites.update(Msg::Answered(Answered { key, answer: list(&[2, 1]) }));
        asked(&invites.update(Msg::Changed));
    }
}

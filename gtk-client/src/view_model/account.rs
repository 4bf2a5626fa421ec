//! The page that shows what the server knows of oneself, and lets it be changed.
//!
//! This file does not know how a problem is worded. It checks with the very functions that the daemon uses.

mod draft;

use parlour_common::Secret;
use parlour_common::message::{OwnAccount, Reply, Request, Visibility};
use parlour_common::names::{Email, PhonePattern, check_about};

use self::draft::Draft;
use super::fetch::fault_of;
use super::form::Problems;
use super::{Answered, Effect, Entry, Hear, News, Notice, Question};
use crate::network::Answer;

/// The entries, from top to bottom.
pub const ENTRIES: [Entry; 3] = [Entry::Email, Entry::Phone, Entry::About];

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown.
    Opened {
        /// What is known so far.
        account: Box<OwnAccount>,
        /// What the server says a phone number looks like, where this client can read it.
        phone_pattern: Option<String>,
    },
    /// The text of an entry changed.
    Typed(Entry, Secret<String>),
    /// The keyboard left an entry.
    Left(Entry),
    /// A field is to be shown to others, or not.
    Shown(Entry, bool),
    /// Store what was changed.
    Apply,
    /// The person chose.
    Confirmed(bool),
    /// The daemon answered.
    Answered(Answered),
    /// The account was changed elsewhere.
    AccountChanged(Box<OwnAccount>),
    /// The person wants to go back.
    Back,
    /// The page is not open any more.
    Closed,
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Confirmed(yes) => Some(Self::Confirmed(yes)),
            News::AccountChanged(account) => Some(Self::AccountChanged(account)),
            News::Back => Some(Self::Back),
            News::Closed => Some(Self::Closed),
            _ => None,
        }
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct Account {
    /// What is stored, as far as it is known here.
    stored: Option<OwnAccount>,
    draft: Draft,
    pattern: Option<PhonePattern>,
    problems: Problems,
    /// The number of the question that counts.
    key: u32,
    step: Step,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Typing,
    /// The person is asked whether to store what was changed.
    Confirming,
    /// The person is asked whether to leave what was changed.
    Leaving,
    /// The daemon is asked.
    Storing,
}

impl Account {
    /// Returns what is stored.
    pub fn stored(&self) -> Option<&OwnAccount> {
        self.stored.as_ref()
    }

    /// Returns everything that is wrong.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Returns which fields are to be shown to others.
    pub fn visibility(&self) -> Visibility {
        self.draft.visibility
    }

    /// Tells whether the daemon is asked to store something.
    pub fn is_busy(&self) -> bool {
        self.step == Step::Storing
    }

    /// Tells whether there is something to store.
    pub fn can_apply(&self) -> bool {
        !self.is_busy() && self.is_changed()
    }

    fn is_changed(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| self.draft.differs_from(stored, self.pattern.as_ref()))
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { account, phone_pattern } => self.open(*account, phone_pattern.as_deref()),
            Msg::Typed(entry, text) => {
                if self.draft.set(entry, text.expose()) {
                    self.problems.forget(entry);
                }
                Vec::new()
            }
            Msg::Left(entry) => {
                if !self.is_busy() && self.problems.at(entry).is_none() {
                    self.check(entry);
                }
                Vec::new()
            }
            Msg::Shown(entry, shown) => {
                self.draft.show(entry, shown);
                Vec::new()
            }
            Msg::Apply => self.apply(),
            Msg::Confirmed(yes) => self.handle_choice(yes),
            Msg::Answered(answered) => self.handle_answer(answered),
            Msg::AccountChanged(account) => self.take_change(&account),
            Msg::Back => self.back(),
            Msg::Closed => {
                *self = Self { key: self.key + 1, ..Self::default() };
                Vec::new()
            }
        }
    }

    /// Shows what is known, and asks for what may be newer.
    fn open(&mut self, account: OwnAccount, phone_pattern: Option<&str>) -> Vec<Effect> {
        let pattern = phone_pattern.and_then(|pattern| PhonePattern::parse(pattern).ok());
        *self = Self { key: self.key + 1, pattern, ..Self::default() };
        let mut effects = self.show_stored(account);
        effects.push(Effect::Ask { key: self.key, request: Request::GetAccount {} });
        effects
    }

    /// Shows what is stored, and nothing else.
    fn show_stored(&mut self, account: OwnAccount) -> Vec<Effect> {
        self.problems.clear();
        self.draft = Draft::of(&account);
        self.stored = Some(account);
        self.fill(&ENTRIES)
    }

    fn fill(&self, entries: &[Entry]) -> Vec<Effect> {
        entries.iter().map(|entry| Effect::Fill(*entry, self.draft.text(*entry).to_owned())).collect()
    }

    /// Takes what is stored now. What was being changed here stays as it was typed.
    fn merge(&mut self, account: &OwnAccount) -> Vec<Effect> {
        let Some(before) = self.stored.replace(account.clone()) else { return Vec::new() };
        let taken = self.draft.take_from(&before, account);
        taken.iter().for_each(|entry| self.problems.forget(*entry));
        self.fill(&taken)
    }

    fn take_change(&mut self, account: &OwnAccount) -> Vec<Effect> {
        let is_other = self.stored.as_ref().is_some_and(|stored| *stored != *account);
        let mut effects = self.merge(account);
        if is_other {
            effects.push(Effect::Say(Notice::AccountChangedElsewhere));
        }
        effects
    }

    fn check(&mut self, entry: Entry) {
        let text = self.draft.text(entry);
        match entry {
            Entry::Email => self.problems.check(entry, Email::parse(text)),
            Entry::Phone => {
                if let Some(pattern) = &self.pattern {
                    self.problems.check(entry, pattern.check(text));
                }
            }
            Entry::About => self.problems.check(entry, check_about(text)),
            _ => {}
        }
    }

    fn apply(&mut self) -> Vec<Effect> {
        if self.step != Step::Typing || !self.is_changed() {
            return Vec::new();
        }
        self.problems.clear();
        ENTRIES.iter().for_each(|entry| self.check(*entry));
        if !self.problems.is_empty() {
            return self.focus_on_problem();
        }
        self.step = Step::Confirming;
        vec![Effect::Confirm(Question::StoreAccount)]
    }

    fn back(&mut self) -> Vec<Effect> {
        if self.step != Step::Typing || !self.is_changed() {
            return vec![Effect::Back];
        }
        self.step = Step::Leaving;
        vec![Effect::Confirm(Question::LeaveAccount)]
    }

    fn handle_choice(&mut self, yes: bool) -> Vec<Effect> {
        let step = std::mem::take(&mut self.step);
        let Some(stored) = self.stored.clone() else { return Vec::new() };
        match (step, yes) {
            (Step::Confirming, false) => self.show_stored(stored),
            (Step::Confirming, true) => {
                self.step = Step::Storing;
                self.key += 1;
                let request = Request::EditAccount(self.draft.edit_of(&stored, self.pattern.as_ref()));
                vec![Effect::Ask { key: self.key, request }]
            }
            (Step::Leaving, true) => vec![Effect::Back],
            (Step::Leaving, false) => Vec::new(),
            (step @ (Step::Typing | Step::Storing), _) => {
                self.step = step;
                Vec::new()
            }
        }
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if key != self.key {
            return Vec::new();
        }
        let was_storing = self.step == Step::Storing;
        if was_storing {
            self.step = Step::Typing;
        }
        match answer {
            Answer::Reply(Reply::Account(account)) if was_storing => {
                let mut effects = self.show_stored(account);
                effects.push(Effect::Say(Notice::AccountStored));
                effects
            }
            Answer::Reply(Reply::Account(account)) => self.merge(&account),
            Answer::Denied(denial) if was_storing => {
                self.problems.put_denial(denial);
                self.focus_on_problem()
            }
            // What is shown is what was known at sign-in: better than nothing.
            answer => {
                self.problems.put_whole(fault_of(answer));
                Vec::new()
            }
        }
    }

    fn focus_on_problem(&self) -> Vec<Effect> {
        self.problems.first_of(&ENTRIES).map(Effect::Focus).into_iter().collect()
    }
}

#[cfg(test)]
mod tests;

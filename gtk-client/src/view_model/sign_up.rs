//! The page that makes an account.
//!
//! This file does not know how a server is reached nor how a problem is worded. It checks with the very
//! functions that the daemon uses, so that what passes here passes there, unless the name is taken.

use std::collections::BTreeMap;

use parlour_common::Secret;
use parlour_common::message::{
    Denial, Fault, Field, Reply, Request, SignUp as SignUpRequest, SignUpRule, Welcome,
};
use parlour_common::names::{Email, InviteCode, PhonePattern, UserName, check_new_password};

use super::form::Problems;
use super::sign_in::{Greeting, Note};
use super::{Answered, Effect, Entry, Hear, News, Problem, Reached};
use crate::device::device_name;
use crate::network::{Answer, ServerAddress};

/// The entries, from top to bottom.
pub const ENTRIES: [Entry; 6] =
    [Entry::Phone, Entry::Email, Entry::UserName, Entry::Password, Entry::PasswordAgain, Entry::Code];

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown.
    Opened {
        /// The server that will have the account.
        server: ServerAddress,
        /// The username typed on the first page.
        user_name: String,
    },
    /// The text of an entry changed.
    Typed(Entry, Secret<String>),
    /// The keyboard left an entry.
    Left(Entry),
    /// The person has an invite or the setup code.
    HaveCode,
    /// Whether to be signed in at the next start, too.
    Stay(bool),
    /// Make the account.
    Submit,
    /// Stop trying.
    Cancel,
    /// Go back to the first page.
    Back,
    /// The server was reached, or not.
    Reached(Reached),
    /// The daemon answered.
    Answered(Answered),
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Reached(reached) => Some(Self::Reached(reached)),
            News::Back => Some(Self::Back),
            _ => None,
        }
    }
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct SignUp {
    server: Option<ServerAddress>,
    server_name: Option<String>,
    texts: BTreeMap<Entry, Secret<String>>,
    pattern: Option<PhonePattern>,
    rule: SignUpRule,
    has_code: bool,
    /// Whether the session is to end with the app.
    is_short: bool,
    /// Whose account was made and waits for an admin.
    waiting: Option<String>,
    problems: Problems,
    attempt: u32,
    step: Step,
}

/// How far the attempt to make an account has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Typing,
    Reaching,
    Asking,
}

impl SignUp {
    /// Returns everything that is wrong.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Tells whether an attempt is under way.
    pub fn is_busy(&self) -> bool {
        self.step != Step::Typing
    }

    /// Returns the server that will have the account.
    pub fn server(&self) -> Option<&ServerAddress> {
        self.server.as_ref()
    }

    /// Returns the name that the server gave itself, once it was reached.
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// Returns who may sign up, as far as is known.
    pub fn rule(&self) -> SignUpRule {
        self.rule
    }

    /// Tells whether a code can be typed: where one must, or where the person has one.
    pub fn takes_code(&self) -> bool {
        self.has_code || self.rule == SignUpRule::Invite
    }

    /// Tells whether who signs up is to be signed in at the next start, too.
    pub fn stays(&self) -> bool {
        !self.is_short
    }

    /// Returns whose account was made and waits for an admin.
    pub fn waiting(&self) -> Option<&str> {
        self.waiting.as_deref()
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { server, user_name } => self.open(server, user_name),
            Msg::Typed(entry, text) => self.take_text(entry, text),
            Msg::Left(entry) => self.leave(entry),
            Msg::HaveCode => {
                self.has_code = true;
                vec![Effect::Focus(Entry::Code)]
            }
            Msg::Stay(stays) => {
                self.is_short = !stays;
                Vec::new()
            }
            Msg::Submit => self.submit(),
            Msg::Cancel => self.cancel(),
            Msg::Back => self.back(),
            Msg::Reached(Reached::Yes(welcome)) => self.handle_welcome(&welcome),
            Msg::Reached(Reached::No { server, why }) => self.handle_unreachable(server, why),
            Msg::Answered(answered) => self.handle_answer(answered),
        }
    }

    fn text(&self, entry: Entry) -> &str {
        self.texts.get(&entry).map_or("", |text| text.expose())
    }

    /// Returns the entries that are shown, from top to bottom.
    fn entries(&self) -> impl Iterator<Item = Entry> + use<> {
        let takes_code = self.takes_code();
        ENTRIES.into_iter().filter(move |entry| takes_code || *entry != Entry::Code)
    }

    fn code(&self) -> Option<Secret<String>> {
        let code = self.texts.get(&Entry::Code).filter(|code| !code.expose().trim().is_empty());
        code.filter(|_| self.takes_code()).cloned()
    }

    fn open(&mut self, server: ServerAddress, user_name: String) -> Vec<Effect> {
        let mut effects = Vec::new();
        // Coming back to a form that was begun for the same server finds it as it was left.
        if self.server.as_ref() != Some(&server) {
            *self = Self { attempt: self.attempt + 1, ..Self::default() };
            effects.extend(ENTRIES.map(|entry| Effect::Fill(entry, String::new())));
        }
        if !user_name.is_empty() {
            effects.push(Effect::Fill(Entry::UserName, user_name.clone()));
            self.texts.insert(Entry::UserName, Secret::new(user_name));
        }
        self.problems.clear();
        self.waiting = None;
        self.is_short = false;
        self.server = Some(server.clone());
        effects.push(Effect::Focus(
            self.entries().find(|entry| self.text(*entry).is_empty()).unwrap_or(Entry::Phone),
        ));
        // The server says what a phone number looks like: better known before it is typed.
        effects.push(Effect::Reach(server));
        effects
    }

    fn take_text(&mut self, entry: Entry, text: Secret<String>) -> Vec<Effect> {
        if self.text(entry) == text.expose() {
            return Vec::new();
        }
        self.texts.insert(entry, text);
        self.problems.forget(entry);
        if entry == Entry::Password {
            self.problems.forget(Entry::PasswordAgain);
        }
        Vec::new()
    }

    /// Checks an entry when the keyboard leaves it; an empty one is only named when the form is sent.
    fn leave(&mut self, entry: Entry) -> Vec<Effect> {
        if !self.text(entry).is_empty() && !self.is_busy() && self.problems.at(entry).is_none() {
            self.check(entry);
        }
        Vec::new()
    }

    fn check(&mut self, entry: Entry) {
        let text = self.texts.get(&entry).cloned().unwrap_or_default();
        let text = text.expose().as_str();
        match entry {
            Entry::Phone => match &self.pattern {
                Some(pattern) => self.problems.check(entry, pattern.check(text)),
                None if text.trim().is_empty() => self.problems.put(entry, MISSING),
                None => {}
            },
            Entry::Email => self.problems.check(entry, Email::parse(text)),
            Entry::UserName => self.problems.check(entry, UserName::parse(text)),
            Entry::Password => self.problems.check(entry, check_new_password(text)),
            Entry::PasswordAgain if text.is_empty() => self.problems.put(entry, MISSING),
            Entry::PasswordAgain if text != self.text(Entry::Password) => {
                self.problems.put(entry, Problem::Differs);
            }
            // Whether a code is in force, only the daemon knows.
            Entry::Code => match InviteCode::parse(text) {
                Err(Fault::Missing {}) if self.rule != SignUpRule::Invite => {}
                result => self.problems.check(entry, result),
            },
            // The others are not of this form.
            Entry::PasswordAgain
            | Entry::OldPassword
            | Entry::Server
            | Entry::Account
            | Entry::ResetCode
            | Entry::About
            | Entry::Note
            | Entry::HandOverTo
            | Entry::Visibility
            | Entry::FileName
            | Entry::Quota
            | Entry::Text => {}
        }
    }

    /// Checks every entry. Returns whether all are good.
    fn check_all(&mut self) -> bool {
        self.problems.clear();
        for entry in self.entries().collect::<Vec<_>>() {
            self.check(entry);
        }
        self.problems.is_empty()
    }

    fn submit(&mut self) -> Vec<Effect> {
        if self.is_busy() {
            return Vec::new();
        }
        if !self.check_all() {
            return self.focus_on_problem();
        }
        self.step = Step::Reaching;
        self.server.clone().map(Effect::Reach).into_iter().collect()
    }

    fn handle_welcome(&mut self, welcome: &Welcome) -> Vec<Effect> {
        self.server_name = Some(welcome.server.clone());
        // A daemon with a pattern this client cannot read checks alone.
        self.pattern = PhonePattern::parse(&welcome.policies.phone_pattern).ok();
        self.rule = welcome.policies.sign_up;
        if self.step == Step::Typing {
            return self.leave(Entry::Phone);
        }
        if self.step == Step::Asking {
            return Vec::new();
        }
        if !self.check_all() {
            self.step = Step::Typing;
            return self.focus_on_problem();
        }
        self.step = Step::Asking;
        self.attempt += 1;
        let request = Request::SignUp(SignUpRequest {
            user_name: self.text(Entry::UserName).trim().to_owned(),
            email: self.text(Entry::Email).trim().to_owned(),
            phone: self.text(Entry::Phone).trim().to_owned(),
            password: self.texts.get(&Entry::Password).cloned().unwrap_or_default(),
            device: device_name(),
            code: self.code(),
        });
        vec![Effect::Ask { key: self.attempt, request }]
    }

    fn handle_unreachable(&mut self, server: ServerAddress, why: crate::network::LinkFault) -> Vec<Effect> {
        self.step = Step::Typing;
        self.attempt += 1;
        self.problems.put_whole(Problem::CannotConnect { server, why });
        Vec::new()
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if key != self.attempt || self.step != Step::Asking {
            return Vec::new();
        }
        self.step = Step::Typing;
        match answer {
            Answer::Reply(Reply::SignedIn(signed_in)) => {
                let stay = self.stays();
                let mut effects = self.forget_all();
                effects.push(Effect::Enter { signed_in: Box::new(signed_in), stay });
                effects
            }
            Answer::Reply(Reply::SignUpWaiting {}) => {
                let user_name = self.text(Entry::UserName).trim().to_owned();
                let (server, server_name) = (self.server.take(), self.server_name.take());
                let effects = self.forget_all();
                (self.server, self.server_name, self.waiting) = (server, server_name, Some(user_name));
                effects
            }
            Answer::Reply(_) | Answer::Lost => {
                self.problems.put_whole(Problem::AnswerLost);
                Vec::new()
            }
            Answer::Denied(denial) => {
                // What is wrong with a code is said at its entry, be it one that must have been typed.
                self.has_code |= is_about_code(&denial);
                self.problems.put_denial(denial);
                self.focus_on_problem()
            }
        }
    }

    fn cancel(&mut self) -> Vec<Effect> {
        if !self.is_busy() {
            return Vec::new();
        }
        self.step = Step::Typing;
        self.attempt += 1;
        vec![Effect::GiveUp]
    }

    /// Goes on to the first page, after an account was made that waits.
    fn leave_waiting(&mut self, user_name: String) -> Vec<Effect> {
        let server = self.server.take();
        vec![Effect::OpenSignIn(Some(Greeting { note: Note::WaitsForApproval, user_name, server }))]
    }

    /// Goes back. What was typed stays for the next visit, but for the passwords.
    fn back(&mut self) -> Vec<Effect> {
        if let Some(user_name) = self.waiting.take() {
            return self.leave_waiting(user_name);
        }
        let mut effects = self.cancel();
        for entry in [Entry::Password, Entry::PasswordAgain] {
            self.texts.remove(&entry);
            effects.push(Effect::Fill(entry, String::new()));
        }
        self.problems.clear();
        effects.push(Effect::Back);
        effects
    }

    fn forget_all(&mut self) -> Vec<Effect> {
        *self = Self { attempt: self.attempt, ..Self::default() };
        ENTRIES.map(|entry| Effect::Fill(entry, String::new())).to_vec()
    }

    fn focus_on_problem(&self) -> Vec<Effect> {
        self.problems.first_of(&ENTRIES).map(Effect::Focus).into_iter().collect()
    }
}

fn is_about_code(denial: &Denial) -> bool {
    match denial {
        Denial::InvalidFields { faults } => faults.iter().any(|fault| fault.field == Field::Code),
        _ => false,
    }
}

const MISSING: Problem = Problem::Fault(Fault::Missing {});

#[cfg(test)]
mod tests;

//! The way back in for who forgot the password: who it is, the code, a new password.
//!
//! This file does not know how a server is reached nor how anything is worded. A code comes by mail or from
//! an admin; each stands in a reset of its own, and the person need not know which is theirs.

mod ask;
mod msg;

use std::collections::BTreeMap;

use parlour_common::Secret;
use parlour_common::limits::EMAIL_BYTES_MAX;
use parlour_common::message::{Fault, Policies, ResetFlow};
use parlour_common::names::{UserName, check_new_password, parse_reset_code};

use super::form::Problems;
use super::{Effect, Entry, Problem, Reached};
use crate::network::ServerAddress;

pub use msg::Msg;

/// The digits that codes have: those that a mail brings, and longer ones that admins issue or that follow
/// upon guessing.
const DIGITS: [usize; 2] = [5, LONG_DIGITS];

/// The digits of a longer code.
const LONG_DIGITS: usize = 8;

/// How far the person has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// Whose password it is.
    #[default]
    Account,
    /// The code.
    Code,
    /// A new password.
    Password,
}

impl Step {
    /// Returns the entries of this step, from top to bottom.
    pub fn entries(self) -> &'static [Entry] {
        match self {
            Self::Account => &[Entry::Account],
            Self::Code => &[Entry::ResetCode],
            Self::Password => &[Entry::Password, Entry::PasswordAgain],
        }
    }
}

/// The state of the pages.
#[derive(Debug, Default)]
pub struct Reset {
    server: Option<ServerAddress>,
    server_name: Option<String>,
    policies: Option<Policies>,
    /// The username with which the pages were opened last.
    opened_with: String,
    step: Step,
    texts: BTreeMap<Entry, Secret<String>>,
    flow: Option<Flow>,
    user_name: Option<UserName>,
    problems: Problems,
    attempt: u32,
    busy: Busy,
    again_seconds: u32,
    is_ticking: bool,
}

/// A reset that has begun.
#[derive(Clone, Debug, PartialEq)]
struct Flow {
    id: ResetFlow,
    /// Whose it is, as it was typed.
    account: String,
    code_seconds: u32,
    is_mailed: bool,
    /// Whether its code is known not to be of use any more.
    is_void: bool,
    /// Whether a code was sent in place of another.
    is_again: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Busy {
    #[default]
    No,
    Reaching(Wish),
    Asking(Wish),
}

/// What is asked of the daemon.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wish {
    /// Begin a reset, with a code by mail or without.
    Begin { send: bool },
    /// Try the code.
    Try,
    /// Begin the reset that an admin's code is of: the one that a mail began knows it not.
    BeginAdmins,
    /// Try the code there.
    TryAdmins(ResetFlow),
    /// Set the new password.
    Set,
}

impl Reset {
    /// Returns how far the person has come.
    pub fn step(&self) -> Step {
        self.step
    }

    /// Returns everything that is wrong.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Tells whether an attempt is under way.
    pub fn is_busy(&self) -> bool {
        self.busy != Busy::No
    }

    /// Returns the server that has the account.
    pub fn server(&self) -> Option<&ServerAddress> {
        self.server.as_ref()
    }

    /// Returns the name that the server gave itself, once it was reached.
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// Tells whether a code can be sent by mail. Until the server was reached one may hope so.
    pub fn has_mail(&self) -> bool {
        self.policies.as_ref().is_none_or(|policies| policies.reset_by_mail)
    }

    /// Tells whether the server keeps to itself who is registered.
    pub fn is_strict(&self) -> bool {
        self.policies.as_ref().is_some_and(|policies| policies.strict_sign_in_errors)
    }

    /// Returns whose code it is, as it was typed.
    pub fn account(&self) -> &str {
        self.flow.as_ref().map_or("", |flow| flow.account.as_str())
    }

    /// Tells whether a code was sent by mail, and whether it took the place of another.
    pub fn sent(&self) -> Option<Sent> {
        let flow = self.flow.as_ref().filter(|flow| flow.is_mailed)?;
        Some(if flow.is_again { Sent::Again } else { Sent::Once })
    }

    /// Tells whether the code is known not to be of use any more.
    pub fn is_void(&self) -> bool {
        self.flow.as_ref().is_some_and(|flow| flow.is_void)
    }

    /// Returns how long a code can be used, in seconds.
    pub fn code_seconds(&self) -> u32 {
        self.flow.as_ref().map_or(0, |flow| flow.code_seconds)
    }

    /// Returns in how many seconds another code can be sent; 0: now.
    pub fn again_seconds(&self) -> u32 {
        if self.flow.as_ref().is_some_and(|flow| flow.is_mailed) { self.again_seconds } else { 0 }
    }

    /// Returns whose password it is, after the right code.
    pub fn user_name(&self) -> Option<&UserName> {
        self.user_name.as_ref()
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { server, user_name } => self.open(server, user_name),
            Msg::Typed(entry, text) => self.take_text(entry, text),
            Msg::Left(entry) => self.leave(entry),
            Msg::Submit => self.submit(),
            Msg::HaveCode => self.have_code(),
            Msg::SendAgain => self.send_again(),
            Msg::Tick => self.tick(),
            Msg::Cancel => self.cancel(),
            Msg::Back => self.back(),
            Msg::Reached(Reached::Yes(welcome)) => {
                self.server_name = Some(welcome.server);
                self.policies = Some(welcome.policies);
                self.ask()
            }
            Msg::Reached(Reached::No { server, why }) => self.handle_unreachable(server, why),
            Msg::Answered(answered) => self.handle_answer(answered),
        }
    }

    fn text(&self, entry: Entry) -> &str {
        self.texts.get(&entry).map_or("", |text| text.expose())
    }

    fn fill(&mut self, entry: Entry, text: &str) -> Effect {
        self.texts.insert(entry, Secret::new(text.to_owned()));
        Effect::Fill(entry, text.to_owned())
    }

    /// Shows the first page. Who went away and comes back for the same account finds what was typed, and
    /// the code that was sent still counts.
    fn open(&mut self, server: ServerAddress, user_name: String) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.server.as_ref() != Some(&server) || self.opened_with != user_name {
            let (attempt, is_ticking) = (self.attempt + 1, self.is_ticking);
            *self = Self { attempt, is_ticking, ..Self::default() };
            effects.push(self.fill(Entry::Account, &user_name));
        }
        self.problems.clear();
        self.opened_with = user_name;
        self.server = Some(server.clone());
        effects.extend(self.go_to(Step::Account));
        // The server says whether it sends mail: better known before a button is pressed.
        effects.push(Effect::Reach(server));
        effects
    }

    fn go_to(&mut self, step: Step) -> Vec<Effect> {
        self.step = step;
        let mut effects = Vec::new();
        for entry in [Entry::ResetCode, Entry::Password, Entry::PasswordAgain] {
            effects.push(self.fill(entry, ""));
        }
        effects.extend(step.entries().first().copied().map(Effect::Focus));
        effects
    }

    fn take_text(&mut self, entry: Entry, text: Secret<String>) -> Vec<Effect> {
        if self.text(entry) != text.expose() {
            self.texts.insert(entry, text);
            self.problems.forget(entry);
            if entry == Entry::Password {
                self.problems.forget(Entry::PasswordAgain);
            }
        }
        Vec::new()
    }

    /// Checks an entry when the keyboard leaves it; an empty one is only named when the form is sent.
    fn leave(&mut self, entry: Entry) -> Vec<Effect> {
        let is_of_step = self.step.entries().contains(&entry);
        if is_of_step && !self.text(entry).is_empty() && !self.is_busy() && self.problems.at(entry).is_none()
        {
            self.check(entry);
        }
        Vec::new()
    }

    fn check(&mut self, entry: Entry) {
        let text = self.texts.get(&entry).cloned().unwrap_or_default();
        let text = text.expose().as_str();
        let result = match entry {
            Entry::Account if text.trim().is_empty() => Err(Fault::Missing {}),
            Entry::Account if text.len() > EMAIL_BYTES_MAX as usize => {
                Err(Fault::TooLong { max: EMAIL_BYTES_MAX })
            }
            Entry::ResetCode => check_code(text).map(drop),
            Entry::Password => check_new_password(text),
            Entry::PasswordAgain if text.is_empty() => Err(Fault::Missing {}),
            Entry::PasswordAgain if text != self.text(Entry::Password) => {
                return self.problems.put(entry, Problem::Differs);
            }
            _ => Ok(()),
        };
        self.problems.check(entry, result);
    }

    fn submit(&mut self) -> Vec<Effect> {
        match self.step {
            Step::Account => self.begin(Wish::Begin { send: self.has_mail() }),
            Step::Code => self.begin(Wish::Try),
            Step::Password => self.begin(Wish::Set),
        }
    }

    fn have_code(&mut self) -> Vec<Effect> {
        let account = self.text(Entry::Account).trim();
        let is_known = self.flow.as_ref().is_some_and(|flow| !account.is_empty() && flow.account == account);
        if is_known && !self.is_busy() {
            self.problems.clear();
            return self.go_to(Step::Code);
        }
        self.begin(Wish::Begin { send: false })
    }

    fn send_again(&mut self) -> Vec<Effect> {
        if self.again_seconds() > 0 || self.is_busy() {
            return Vec::new();
        }
        self.problems.clear();
        self.reach(Wish::Begin { send: true })
    }

    /// Checks what the step asks for, and goes on if it is good.
    fn begin(&mut self, wish: Wish) -> Vec<Effect> {
        if self.is_busy() {
            return Vec::new();
        }
        self.problems.clear();
        for entry in self.step.entries() {
            self.check(*entry);
        }
        if self.problems.is_empty() { self.reach(wish) } else { self.focus_on_problem() }
    }

    fn reach(&mut self, wish: Wish) -> Vec<Effect> {
        self.busy = Busy::Reaching(wish);
        self.server.clone().map(Effect::Reach).into_iter().collect()
    }

    fn tick(&mut self) -> Vec<Effect> {
        self.is_ticking = false;
        self.again_seconds = self.again_seconds.saturating_sub(1);
        self.count_down()
    }

    fn count_down(&mut self) -> Vec<Effect> {
        if self.again_seconds == 0 || self.is_ticking {
            return Vec::new();
        }
        self.is_ticking = true;
        vec![Effect::TickSoon]
    }

    fn cancel(&mut self) -> Vec<Effect> {
        if !self.is_busy() {
            return Vec::new();
        }
        self.busy = Busy::No;
        self.attempt += 1;
        vec![Effect::GiveUp]
    }

    /// Goes back to the first page. A right code that was not used is given up with it.
    fn back(&mut self) -> Vec<Effect> {
        let mut effects = self.cancel();
        if self.step == Step::Password {
            self.flow = None;
            self.user_name = None;
        }
        self.problems.clear();
        effects.extend(
            self.go_to(Step::Account).into_iter().filter(|effect| !matches!(effect, Effect::Focus(_))),
        );
        effects.push(Effect::Back);
        effects
    }

    fn focus_on_problem(&self) -> Vec<Effect> {
        self.problems.first_of(self.step.entries()).map(Effect::Focus).into_iter().collect()
    }
}

/// Reads a code as it was typed. Wrong tries are few: what can be no code is not sent.
fn check_code(text: &str) -> Result<Secret<String>, Fault> {
    let code = parse_reset_code(text)?;
    if DIGITS.contains(&code.expose().len()) { Ok(code) } else { Err(Fault::NotAllowed {}) }
}

/// How a code was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// For the first time.
    Once,
    /// In place of another.
    Again,
}

#[cfg(test)]
mod tests;

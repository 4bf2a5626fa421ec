//! The first page: which server, who, and the password.
//!
//! This file does not know how a server is reached nor how a problem is worded.

use parlour_common::Secret;
use parlour_common::message::{Fault, Reply, Request, SignIn as SignInRequest};

use super::form::Problems;
use super::{Answered, Effect, Entry, Hear, News, Problem, Reached, reset, sign_up};
use crate::device::device_name;
use crate::network::{Answer, ServerAddress};

/// The entries, from top to bottom.
pub const ENTRIES: [Entry; 3] = [Entry::Server, Entry::UserName, Entry::Password];

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The page is shown at start, or again after signing out.
    Opened {
        /// The servers used before, the latest first.
        servers: Vec<Known>,
        /// What led here, if it is worth a word.
        greeting: Option<Greeting>,
    },
    /// The text of an entry changed.
    Typed(Entry, Secret<String>),
    /// Another server was chosen from those used before.
    ServerChosen(String),
    /// Sign in.
    Submit,
    /// Stop trying.
    Cancel,
    /// Make an account instead.
    CreateAccount,
    /// The password is forgotten.
    Forgot,
    /// Whether to be signed in at the next start, too.
    Stay(bool),
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
            News::Back => Some(Self::Cancel),
            _ => None,
        }
    }
}

/// What the first page says above its form, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// What is said.
    pub note: Note,
    /// The username to begin with; empty where the one used last is not any more.
    pub user_name: String,
    /// The server to begin with, where it is not the one used last.
    pub server: Option<ServerAddress>,
}

/// What the first page says above its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The password was changed, or a forgotten one replaced.
    PasswordChanged,
    /// The account was made and waits for an admin.
    WaitsForApproval,
    /// The session was ended from elsewhere, or is too old.
    SessionEnded,
    /// The person did not unlock the keyring that holds the session.
    KeyringLocked,
    /// The keyring that holds the session does not work.
    KeyringFailed,
    /// The account is no more.
    AccountDeleted,
}

/// A server used before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its address, as it is typed.
    pub server: String,
    /// The last username there, or empty.
    pub user_name: String,
}

/// The state of the page.
#[derive(Debug, Default)]
pub struct SignIn {
    server: String,
    servers: Vec<Known>,
    user_name: String,
    password: Secret<String>,
    note: Option<Note>,
    /// Whether the session is to end with the app.
    is_short: bool,
    problems: Problems,
    attempt: u32,
    step: Step,
}

/// How far the attempt to sign in has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Typing,
    Reaching,
    Asking,
}

impl SignIn {
    /// Returns everything that is wrong.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Tells whether an attempt is under way.
    pub fn is_busy(&self) -> bool {
        self.step != Step::Typing
    }

    /// Returns the servers used before, the latest first.
    pub fn servers(&self) -> &[Known] {
        &self.servers
    }

    /// Returns the server as it was typed.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Returns the username as it was typed.
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// Tells whether somebody who signs in is to be so at the next start, too.
    pub fn stays(&self) -> bool {
        !self.is_short
    }

    /// Returns what led here, until something is done.
    pub fn note(&self) -> Option<Note> {
        self.note
    }

    /// Tells whether nobody has the username, so that an account of that name could be made.
    pub fn offers_account(&self) -> bool {
        self.problems.at(Entry::UserName) == Some(&Problem::NotRegistered)
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { servers, greeting } => self.open(servers, greeting),
            Msg::Typed(entry, text) => self.take_text(entry, text),
            Msg::ServerChosen(server) => self.choose_server(server),
            Msg::Submit => self.submit(),
            Msg::Cancel => self.cancel(),
            Msg::CreateAccount => {
                self.go_on(|server, user_name| Effect::open(sign_up::Msg::Opened { server, user_name }))
            }
            Msg::Forgot => {
                self.go_on(|server, user_name| Effect::open(reset::Msg::Opened { server, user_name }))
            }
            Msg::Stay(stays) => {
                self.is_short = !stays;
                Vec::new()
            }
            Msg::Reached(Reached::Yes(_)) => self.ask(),
            Msg::Reached(Reached::No { server, why }) => {
                self.fail(Entry::Server, Problem::CannotConnect { server, why })
            }
            Msg::Answered(answered) => self.handle_answer(answered),
        }
    }

    fn open(&mut self, servers: Vec<Known>, greeting: Option<Greeting>) -> Vec<Effect> {
        let here = Known { server: "localhost:9000".to_owned(), user_name: String::new() };
        let Known { mut server, mut user_name } = servers.first().cloned().unwrap_or(here);
        let note = greeting.as_ref().map(|greeting| greeting.note);
        if let Some(greeting) = greeting {
            user_name = greeting.user_name;
            if let Some(address) = greeting.server {
                let known = servers.iter().find(|known| known.server.parse().as_ref() == Ok(&address));
                server = known.map_or_else(|| address.to_string(), |known| known.server.clone());
            }
        }
        *self = Self { attempt: self.attempt + 1, server, servers, user_name, note, ..Self::default() };
        vec![
            Effect::Fill(Entry::Server, self.server.clone()),
            Effect::Fill(Entry::UserName, self.user_name.clone()),
            Effect::Fill(Entry::Password, String::new()),
            Effect::Focus(self.first_empty()),
        ]
    }

    fn take_text(&mut self, entry: Entry, text: Secret<String>) -> Vec<Effect> {
        match entry {
            Entry::Server if self.server != *text.expose() => text.expose().clone_into(&mut self.server),
            Entry::UserName if self.user_name != *text.expose() => {
                text.expose().clone_into(&mut self.user_name);
            }
            Entry::Password if self.password != text => self.password = text,
            _ => return Vec::new(),
        }
        self.problems.forget(entry);
        Vec::new()
    }

    fn choose_server(&mut self, server: String) -> Vec<Effect> {
        self.problems.forget(Entry::Server);
        let known = self.servers.iter().find(|known| known.server == server);
        let user_name = known.map(|known| known.user_name.clone()).unwrap_or_default();
        let mut effects = vec![Effect::Fill(Entry::Server, server.clone())];
        self.server = server;
        if !user_name.is_empty() {
            effects.push(Effect::Fill(Entry::UserName, user_name.clone()));
            self.user_name = user_name;
            self.problems.forget(Entry::UserName);
        }
        effects.push(Effect::Focus(self.first_empty()));
        effects
    }

    fn first_empty(&self) -> Entry {
        if self.user_name.trim().is_empty() { Entry::UserName } else { Entry::Password }
    }

    /// Reads the address. Notes what is wrong with it otherwise.
    fn checked_server(&mut self) -> Option<ServerAddress> {
        let text = self.server.trim();
        if text.is_empty() {
            self.problems.put(Entry::Server, Problem::Fault(Fault::Missing {}));
            return None;
        }
        match text.parse() {
            Ok(server) => Some(server),
            Err(error) => {
                self.problems.put(Entry::Server, Problem::BadAddress(error));
                None
            }
        }
    }

    fn submit(&mut self) -> Vec<Effect> {
        if self.is_busy() {
            return Vec::new();
        }
        self.problems.clear();
        self.note = None;
        let server = self.checked_server();
        if self.user_name.trim().is_empty() {
            self.problems.put(Entry::UserName, Problem::Fault(Fault::Missing {}));
        }
        if self.password.expose().is_empty() {
            self.problems.put(Entry::Password, Problem::Fault(Fault::Missing {}));
        }
        match server {
            Some(server) if self.problems.is_empty() => {
                self.step = Step::Reaching;
                vec![Effect::Reach(server)]
            }
            _ => self.focus_on_problem(),
        }
    }

    fn ask(&mut self) -> Vec<Effect> {
        if self.step != Step::Reaching {
            return Vec::new();
        }
        self.step = Step::Asking;
        self.attempt += 1;
        let request = Request::SignIn(SignInRequest {
            user_name: self.user_name.trim().to_owned(),
            password: self.password.clone(),
            device: device_name(),
            device_proof: None,
        });
        vec![Effect::Ask { key: self.attempt, request }]
    }

    fn cancel(&mut self) -> Vec<Effect> {
        if !self.is_busy() {
            return Vec::new();
        }
        self.step = Step::Typing;
        self.attempt += 1;
        vec![Effect::GiveUp, Effect::Focus(Entry::Password)]
    }

    /// Goes on to a page that is about an account on the server that was typed.
    fn go_on(&mut self, open: impl FnOnce(ServerAddress, String) -> Effect) -> Vec<Effect> {
        let mut effects = self.cancel();
        self.problems.forget(Entry::Server);
        match self.checked_server() {
            Some(server) => {
                self.problems.clear();
                let user_name = self.user_name.trim().to_owned();
                effects.push(open(server, user_name));
                effects
            }
            None => self.focus_on_problem(),
        }
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if key != self.attempt || self.step != Step::Asking {
            return Vec::new();
        }
        self.step = Step::Typing;
        match answer {
            Answer::Reply(Reply::SignedIn(signed_in)) => {
                self.password = Secret::default();
                vec![
                    Effect::Fill(Entry::Password, String::new()),
                    Effect::Enter { signed_in: Box::new(signed_in), stay: self.stays() },
                ]
            }
            Answer::Reply(_) | Answer::Lost => {
                self.problems.put_whole(Problem::AnswerLost);
                Vec::new()
            }
            Answer::Denied(denial) => {
                self.problems.put_denial(denial);
                self.focus_on_problem()
            }
        }
    }

    fn fail(&mut self, entry: Entry, problem: Problem) -> Vec<Effect> {
        if !self.is_busy() {
            return Vec::new();
        }
        self.step = Step::Typing;
        self.attempt += 1;
        self.problems.put(entry, problem);
        self.focus_on_problem()
    }

    fn focus_on_problem(&self) -> Vec<Effect> {
        self.problems.first_of(&ENTRIES).map(Effect::Focus).into_iter().collect()
    }
}

#[cfg(test)]
mod tests;

//! The start for who stayed signed in: straight into the library, with a word while that takes time.
//!
//! This file does not know where a session is kept nor how a server is reached.

use parlour_common::Secret;
use parlour_common::message::{Denial, Reply, Request, Resume, SessionToken};

use super::sign_in::{Greeting, Note};
use super::{Answered, Effect, Hear, News, Problem, Reached};
use crate::network::{Answer, ServerAddress};
use crate::secrets::{KeyringFault, Owner};

/// The pause before the first new try, in seconds; each further one is twice as long.
const PAUSE_SECONDS_FIRST: u32 = 5;

/// The longest pause, in seconds.
const PAUSE_SECONDS_MAX: u32 = 60;

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// The app was started, and somebody had stayed signed in.
    Opened {
        /// The server.
        server: ServerAddress,
        /// Who.
        user_name: String,
    },
    /// The session was looked for.
    Found(Result<Option<Secret<SessionToken>>, KeyringFault>),
    /// The server was reached, or not.
    Reached(Reached),
    /// The daemon answered.
    Answered(Answered),
    /// Try now.
    TryNow,
    /// A second has passed, as [`Effect::TickSoon`] asked.
    Tick,
    /// Go to the first page instead.
    Back,
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
pub struct Returning {
    server: Option<ServerAddress>,
    server_name: Option<String>,
    user_name: String,
    session: Option<Secret<SessionToken>>,
    step: Step,
    attempt: u32,
    pause_seconds: u32,
    is_ticking: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum Step {
    /// It is over, or has not begun.
    #[default]
    Done,
    /// The session is looked for.
    Looking,
    /// The server is being reached.
    Reaching,
    /// The daemon is asked.
    Asking,
    /// It did not work; the next try comes in so many seconds, if one comes by itself.
    Waiting { problem: Problem, seconds: Option<u32> },
}

impl Returning {
    /// Returns the server.
    pub fn server(&self) -> Option<&ServerAddress> {
        self.server.as_ref()
    }

    /// Returns the name that the server gave itself, once it was reached.
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// Returns who comes back.
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// Returns what went wrong, and in how many seconds the next try comes if one comes by itself.
    pub fn problem(&self) -> Option<(&Problem, Option<u32>)> {
        match &self.step {
            Step::Waiting { problem, seconds } => Some((problem, *seconds)),
            Step::Done | Step::Looking | Step::Reaching | Step::Asking => None,
        }
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { server, user_name } => {
                let owner = Owner::new(&server, &user_name);
                let (attempt, is_ticking) = (self.attempt + 1, self.is_ticking);
                *self = Self { attempt, is_ticking, user_name, ..Self::default() };
                (self.server, self.step) = (Some(server), Step::Looking);
                vec![Effect::FindSession(owner)]
            }
            Msg::Found(found) => self.handle_found(found),
            Msg::Reached(Reached::Yes(welcome)) => {
                self.server_name = Some(welcome.server);
                self.ask()
            }
            Msg::Reached(Reached::No { server, why }) if self.step == Step::Reaching => {
                self.wait(Problem::CannotConnect { server, why }, None)
            }
            Msg::Reached(Reached::No { .. }) => Vec::new(),
            Msg::Answered(answered) => self.handle_answer(answered),
            Msg::TryNow if matches!(self.step, Step::Waiting { .. }) => self.reach(),
            Msg::TryNow => Vec::new(),
            Msg::Tick => self.tick(),
            Msg::Back => self.back(),
        }
    }

    fn handle_found(&mut self, found: Result<Option<Secret<SessionToken>>, KeyringFault>) -> Vec<Effect> {
        if self.step != Step::Looking {
            return Vec::new();
        }
        match found {
            Ok(Some(session)) => {
                self.session = Some(session);
                self.reach()
            }
            // Somebody took it out of the keyring.
            Ok(None) => {
                let mut effects = self.forget();
                effects.push(self.end(None));
                effects
            }
            Err(KeyringFault::Locked) => vec![self.end(Some(Note::KeyringLocked))],
            Err(KeyringFault::Absent(_)) => vec![self.end(Some(Note::KeyringFailed))],
        }
    }

    fn reach(&mut self) -> Vec<Effect> {
        self.step = Step::Reaching;
        self.server.clone().map(Effect::Reach).into_iter().collect()
    }

    fn ask(&mut self) -> Vec<Effect> {
        let (Step::Reaching, Some(session)) = (&self.step, self.session.clone()) else { return Vec::new() };
        self.step = Step::Asking;
        self.attempt += 1;
        vec![Effect::Ask { key: self.attempt, request: Request::Resume(Resume { session }) }]
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        if key != self.attempt || self.step != Step::Asking {
            return Vec::new();
        }
        match answer {
            Answer::Reply(Reply::SignedIn(signed_in)) => {
                (self.step, self.session) = (Step::Done, None);
                vec![Effect::Enter { signed_in: Box::new(signed_in), stay: true }]
            }
            Answer::Reply(_) | Answer::Lost => self.wait(Problem::AnswerLost, None),
            Answer::Denied(Denial::SessionEnded {} | Denial::SignInFirst {}) => {
                let mut effects = self.forget();
                effects.push(self.end(Some(Note::SessionEnded)));
                effects
            }
            Answer::Denied(denial) => {
                let asked_ms = match denial {
                    Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms } => {
                        Some(retry_after_ms)
                    }
                    _ => None,
                };
                self.wait(Problem::Denied(denial), asked_ms.map(|ms| ms.div_ceil(1000)))
            }
        }
    }

    /// Tells what went wrong and tries again after a while; longer each time.
    fn wait(&mut self, problem: Problem, asked_seconds: Option<u32>) -> Vec<Effect> {
        let doubled = self.pause_seconds.saturating_mul(2);
        self.pause_seconds = doubled.clamp(PAUSE_SECONDS_FIRST, PAUSE_SECONDS_MAX);
        // Some refusals do not go away by asking once more.
        let goes_away = match &problem {
            Problem::Denied(denial) => {
                matches!(
                    denial,
                    Denial::Busy { .. } | Denial::Throttled { .. } | Denial::StorageUnavailable {}
                )
            }
            _ => true,
        };
        let seconds = goes_away.then(|| self.pause_seconds.max(asked_seconds.unwrap_or_default()));
        self.step = Step::Waiting { problem, seconds };
        self.attempt += 1;
        if seconds.is_some() { self.count_down() } else { Vec::new() }
    }

    fn count_down(&mut self) -> Vec<Effect> {
        if std::mem::replace(&mut self.is_ticking, true) { Vec::new() } else { vec![Effect::TickSoon] }
    }

    fn tick(&mut self) -> Vec<Effect> {
        self.is_ticking = false;
        let Step::Waiting { seconds: Some(seconds), .. } = &mut self.step else { return Vec::new() };
        *seconds = seconds.saturating_sub(1);
        if *seconds == 0 { self.reach() } else { self.count_down() }
    }

    /// Goes to the first page. The session stays where it is, for the next start.
    fn back(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if matches!(self.step, Step::Reaching | Step::Asking) {
            effects.push(Effect::GiveUp);
        }
        effects.push(self.end(None));
        effects
    }

    fn forget(&mut self) -> Vec<Effect> {
        let owner = self.server.as_ref().map(|server| Owner::new(server, &self.user_name));
        owner.map(Effect::ForgetSession).into_iter().collect()
    }

    fn end(&mut self, note: Option<Note>) -> Effect {
        (self.step, self.session) = (Step::Done, None);
        self.attempt += 1;
        let greeting =
            |note| Greeting { note, user_name: self.user_name.clone(), server: self.server.clone() };
        Effect::OpenSignIn(note.map(greeting))
    }
}

#[cfg(test)]
mod tests;

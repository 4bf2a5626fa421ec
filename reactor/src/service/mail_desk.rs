//! The mails that wait to be sent, one after another.
//!
//! This file does not know what they say, nor how they leave. The queue itself is in the store, so that it
//! outlives the daemon; here is only whether one is under way, and when the queue is looked at next. What
//! became of a mail is written down before the next one is begun, and until it is: a mail that was sent is not
//! sent again because the store was busy.

use std::time::Duration;

use super::{NOBODY, Service, Waiting};
use crate::id::Now;
use crate::job::{Completion, Job, MailFate, Mailed};
use crate::store::{Applied, Change, ChangeError, MailId};

/// How long a mail waits after each try that failed, in milliseconds; the last one stands for all that follow.
const WAITS_MS: [u64; 4] = [10_000, 60_000, 5 * 60_000, 30 * 60_000];

/// How long the desk waits when the queue could not be looked at.
const TROUBLE: Duration = Duration::from_secs(60);

/// How long it waits when what became of a mail could not be written down.
const RECORD_AGAIN: Duration = Duration::from_secs(1);

/// The longest it waits while mails do: a clock that was set meanwhile must not hold them up.
const LOOK_AGAIN_MAX: Duration = Duration::from_secs(10 * 60);

/// Whether mails wait, and what for.
#[derive(Debug)]
pub struct MailDesk {
    state: State,
    /// Whether something may have been queued since the queue was looked at.
    asked_again: bool,
    /// Whether no mail is begun any more.
    stopping: bool,
}

#[derive(Debug)]
enum State {
    /// Mail is off.
    Off,
    /// Nothing to do before this, in time since the start; `None` if nothing waits.
    Idle(Option<Duration>),
    /// A mail is looked for, and sent.
    Sending,
    /// What became of a mail is being written down.
    Recording(Change),
    /// It could not be, and is tried again then.
    Unrecorded(Change, Duration),
}

impl MailDesk {
    /// Begins with a look at what an earlier run has left in the queue.
    pub(super) fn new(on: bool) -> Self {
        let state = if on { State::Idle(Some(Duration::ZERO)) } else { State::Off };
        Self { state, asked_again: false, stopping: false }
    }
}

impl Service {
    /// Takes note that a mail may have been queued: it is looked for in the next turn.
    pub(super) fn wake_mail(&mut self, now: Now) {
        match &mut self.mail_desk.state {
            State::Off => {}
            State::Idle(next) => *next = Some(now.tick),
            State::Sending | State::Recording(_) | State::Unrecorded(..) => self.mail_desk.asked_again = true,
        }
    }

    /// Returns when the queue is to be looked at, or something written down, in time since the start.
    pub(super) fn mail_deadline(&self) -> Option<Duration> {
        match &self.mail_desk.state {
            State::Idle(next) => next.filter(|_| !self.mail_desk.stopping),
            State::Unrecorded(_, again) => Some(*again),
            State::Off | State::Sending | State::Recording(_) => None,
        }
    }

    /// Does what is due.
    pub(super) fn handle_mail_deadline(&mut self, now: Now) {
        if self.mail_deadline().is_none_or(|deadline| now.tick < deadline) {
            return;
        }
        match std::mem::replace(&mut self.mail_desk.state, State::Idle(None)) {
            State::Unrecorded(change, _) => self.record_mail(change),
            _ => self.look_for_mail(now),
        }
    }

    /// Begins no mail any more, since the daemon ends.
    pub fn handle_stopping(&mut self) {
        self.mail_desk.stopping = true;
        self.room.handle_stopping();
    }

    /// Tells whether a mail is under way, or was sent and this is not written down yet: it would be sent again
    /// after the next start.
    pub fn is_posting(&self) -> bool {
        matches!(self.mail_desk.state, State::Sending | State::Recording(_) | State::Unrecorded(..))
    }

    fn look_for_mail(&mut self, now: Now) {
        self.mail_desk.asked_again = false;
        self.mail_desk.state = State::Idle(None);
        if !self.mail_desk.stopping {
            self.mail_desk.state = State::Sending;
            self.run_own(Job::SendMail { unix_ms: now.unix_ms }, Waiting::Mail);
        }
    }

    /// Takes the end of [`Job::SendMail`].
    pub(super) fn handle_mail_completion(&mut self, now: Now, completion: &Completion) {
        match completion {
            Completion::Mailed(Mailed::Tried { mail, fate }) => {
                self.record_mail(change_for(now, *mail, *fate));
            }
            Completion::Mailed(Mailed::NoneDue { .. }) if self.mail_desk.asked_again => {
                self.look_for_mail(now);
            }
            Completion::Mailed(Mailed::NoneDue { next_due_unix_ms }) => {
                let wait = |due_unix_ms: u64| {
                    Duration::from_millis(due_unix_ms.saturating_sub(now.unix_ms)).min(LOOK_AGAIN_MAX)
                };
                let next = next_due_unix_ms.map(|due_unix_ms| now.tick + wait(due_unix_ms));
                self.mail_desk.state = State::Idle(next);
            }
            // The queue was full, or could not be read; the log says so.
            _ => self.mail_desk.state = State::Idle(Some(now.tick + TROUBLE)),
        }
    }

    fn record_mail(&mut self, change: Change) {
        self.mail_desk.state = State::Recording(change.clone());
        self.commit(NOBODY, change, Waiting::Mail);
    }

    /// Takes the end of the change that says what became of a mail, and goes on to the next one.
    pub(super) fn handle_mail_recorded(&mut self, now: Now, applied: &Result<Applied, ChangeError>) {
        match std::mem::replace(&mut self.mail_desk.state, State::Idle(None)) {
            State::Recording(change) if applied.is_err() => {
                self.mail_desk.state = State::Unrecorded(change, now.tick + RECORD_AGAIN);
            }
            _ => self.look_for_mail(now),
        }
    }
}

fn change_for(now: Now, mail: MailId, fate: MailFate) -> Change {
    match fate {
        MailFate::Sent | MailFate::Dropped => Change::DropMail { mail },
        MailFate::TryLater { tries } => {
            let last = WAITS_MS.len() - 1;
            let wait_ms = WAITS_MS[usize::try_from(tries).map_or(last, |tries| tries.min(last))];
            Change::DelayMail { mail, due_unix_ms: now.unix_ms.saturating_add(wait_ms) }
        }
    }
}

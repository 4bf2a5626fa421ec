//! What is done unasked, now and then: sessions in use are kept, and what has ended is swept.
//!
//! This file does not know how often "now and then" is, nor what one sweep looks at.

use std::time::Duration;

use super::{NOBODY, Service, Waiting};
use crate::effect::Effect;
use crate::id::{Now, Ticket};
use crate::store::{Applied, CODES_PER_SWEEP_MAX, Change, ChangeError, SESSION_UNUSED_MS_MAX, TokenHash};

/// The sweeps under way, and as of when, in milliseconds since 1970.
#[derive(Debug, Default)]
pub struct Sweeps {
    sessions: Option<(Ticket, u64)>,
    codes: Option<(Ticket, u64)>,
}

impl Service {
    /// Returns when [`Self::handle_deadline`] is to be called, in time since the start.
    pub fn deadline(&self) -> Option<Duration> {
        let deadlines =
            [self.mail_deadline(), self.room_deadline(), self.upkeep_deadline(), self.room.deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn handle_deadline(&mut self, now: Now) {
        self.note_moment(now);
        self.tell_seats();
        self.handle_mail_deadline(now);
        self.handle_room_deadline(now);
        self.handle_upkeep_deadline(now);
    }

    /// Tidies up: called now and then.
    pub fn handle_chores(&mut self, now: Now) {
        self.note_moment(now);
        self.keep_sessions(now);
        self.wake_mail(now);
        self.forget_voided();
        if self.sweeps.sessions.is_none() {
            self.sweep_sessions(now.unix_ms, None);
        }
        if self.sweeps.codes.is_none() {
            self.sweep_codes(now.unix_ms);
        }
        self.tend_files(now);
        self.tend_room(now);
    }

    /// Writes down that the sessions on the line are in use, so that they do not expire under a member who
    /// never leaves.
    fn keep_sessions(&mut self, now: Now) {
        let sessions = self.peers.values().filter_map(|peer| peer.session.as_ref());
        let mut sessions: Vec<TokenHash> = sessions.map(|session| session.token_hash).collect();
        sessions.sort_unstable();
        sessions.dedup();
        for token_hash in sessions {
            let change = Change::TouchSession { token_hash, used_unix_ms: now.unix_ms };
            self.commit(NOBODY, change, Waiting::Keeping(token_hash));
        }
    }

    /// Removes expired sessions, some at a time. They are not accepted any more; those that have just
    /// expired are left for as long again, so that a clock that is wrong for a day costs nobody a session.
    fn sweep_sessions(&mut self, now_unix_ms: u64, after: Option<TokenHash>) {
        let ticket = self.new_ticket();
        self.sweeps.sessions = Some((ticket, now_unix_ms));
        let now_unix_ms = now_unix_ms.saturating_sub(SESSION_UNUSED_MS_MAX);
        let change = Change::SweepSessions { now_unix_ms, after };
        self.effects.push_back(Effect::Commit { ticket, change });
    }

    /// Removes codes, invites and mails that have expired, some at a time.
    fn sweep_codes(&mut self, now_unix_ms: u64) {
        let ticket = self.new_ticket();
        self.sweeps.codes = Some((ticket, now_unix_ms));
        self.effects.push_back(Effect::Commit { ticket, change: Change::SweepCodes { now_unix_ms } });
    }

    /// Goes on sweeping where something was swept. Returns whether the change was a sweep. A failure is no
    /// matter: the next chores come.
    pub(super) fn handle_swept(&mut self, ticket: Ticket, applied: &Result<Applied, ChangeError>) -> bool {
        if let Some((_, now_unix_ms)) = self.sweeps.sessions.take_if(|(sweep, _)| *sweep == ticket) {
            if let Ok(Applied::Swept { next: Some(after), .. }) = applied {
                self.sweep_sessions(now_unix_ms, Some(*after));
            }
            return true;
        }
        if let Some((_, now_unix_ms)) = self.sweeps.codes.take_if(|(sweep, _)| *sweep == ticket) {
            if let Ok(Applied::Swept { removed, .. }) = applied
                && *removed >= CODES_PER_SWEEP_MAX
            {
                self.sweep_codes(now_unix_ms);
            }
            return true;
        }
        false
    }
}

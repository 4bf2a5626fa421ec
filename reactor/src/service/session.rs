//! Sessions: who acts on which connection, how long, and the end.
//!
//! This file does not know how someone got in (`sign_in.rs`), nor where a session is written down.

use parlour_common::message::{Denial, Reply, SignedIn};

use super::sign_in::{Opening, WaitingForSession, faults_of, own_account};
use super::{Service, Session, Waiting};
use crate::effect::Effect;
use crate::id::{Asker, ConnId, Now};
use crate::store::{
    Applied, Change, ChangeError, Refusal, SESSION_UNUSED_MS_MAX, SessionRecord, TokenHash, UserRecord,
};

/// A session in use is written down again when its last use is this long ago, in milliseconds: often enough
/// for its expiry in days, seldom enough to cost nothing.
const TOUCH_AFTER_MS: u64 = 60 * 60 * 1000;

/// Connections that one member may have at once: several devices, each with its downloads.
const CONNECTIONS_PER_MEMBER_MAX: u32 = 32;

impl Service {
    pub(super) fn handle_session_opened(
        &mut self,
        asker: Asker,
        opening: Opening,
        applied: Result<Applied, ChangeError>,
    ) {
        let user = match (applied, opening.user) {
            (Ok(Applied::User(user)), _) | (Ok(Applied::Done), Some(user)) => user,
            (Err(ChangeError::Refused(Refusal::Taken(taken))), _) => {
                return self.deny(asker, Denial::InvalidFields { faults: faults_of(taken) });
            }
            // The account went between the comparison of passwords and now.
            (Err(ChangeError::Refused(Refusal::NoSuchUser)), _) => return self.deny_unknown_user(asker),
            (Err(ChangeError::StorageUnavailable), _) => {
                return self.deny(asker, Denial::StorageUnavailable {});
            }
            (applied, _) => {
                tracing::error!("opening a session ended with {applied:?}");
                return self.deny(asker, Denial::Internal {});
            }
        };
        let session = Session { user, token_hash: TokenHash::of(opening.token.expose()) };
        if !self.seat(asker, &session) {
            // Nobody will ever hold the token, so the session must not wait for its expiry.
            let change = Change::CloseSession { token_hash: session.token_hash };
            return self.commit(asker, change, Waiting::Nothing);
        }
        let signed_in =
            SignedIn { account: opening.account, session: Some(opening.token), device_proof: None };
        self.reply(asker, Reply::SignedIn(signed_in));
    }

    pub(super) fn resume_session(
        &mut self,
        now: Now,
        asker: Asker,
        token_hash: TokenHash,
        session: &SessionRecord,
        user: UserRecord,
    ) {
        if now.unix_ms.saturating_sub(session.used_unix_ms) > TOUCH_AFTER_MS {
            let change = Change::TouchSession { token_hash, used_unix_ms: now.unix_ms };
            self.commit(asker, change, Waiting::Nothing);
        }
        if self.seat(asker, &Session { user: user.id, token_hash }) {
            self.reply(
                asker,
                Reply::SignedIn(SignedIn { account: own_account(user), session: None, device_proof: None }),
            );
        }
    }

    pub(super) fn handle_session_closed(
        &mut self,
        asker: Asker,
        session: &Session,
        applied: &Result<Applied, ChangeError>,
    ) {
        match applied {
            // A session that is gone already is as closed as can be.
            Ok(_) | Err(ChangeError::Refused(_)) => {}
            Err(ChangeError::StorageUnavailable) => return self.deny(asker, Denial::StorageUnavailable {}),
        }
        self.end_session(Some(asker.conn), session);
        self.reply(asker, Reply::Done {});
    }

    /// Writes down that the sessions on the line are in use, so that they do not expire under a member who
    /// never leaves.
    pub(super) fn keep_sessions(&mut self, now: Now) {
        let all = self.peers.iter().filter_map(|(conn, peer)| Some((*conn, peer.session.clone()?)));
        let mut sessions: Vec<(ConnId, Session)> = all.collect();
        sessions.sort_unstable_by_key(|(_, session)| session.token_hash.0);
        sessions.dedup_by_key(|(_, session)| session.token_hash.0);
        for (conn, session) in sessions {
            let change = Change::TouchSession { token_hash: session.token_hash, used_unix_ms: now.unix_ms };
            self.commit(Asker { conn, sequence: u64::MAX }, change, Waiting::Keeping(session));
        }
    }

    /// Ends a session on the line that has come to its age.
    pub(super) fn handle_session_kept(&mut self, session: &Session, applied: &Result<Applied, ChangeError>) {
        if let Err(ChangeError::Refused(_)) = applied {
            self.end_session(None, session);
        }
    }

    /// Removes expired sessions, some at a time. They are not accepted any more; those that have just
    /// expired are left for as long again, so that a clock that is wrong for a day costs nobody a session.
    pub(super) fn sweep_sessions(&mut self, now_unix_ms: u64, after: Option<TokenHash>) {
        let ticket = self.new_ticket();
        self.sweeping = Some((ticket, now_unix_ms));
        let now_unix_ms = now_unix_ms.saturating_sub(SESSION_UNUSED_MS_MAX);
        let change = Change::SweepSessions { now_unix_ms, after };
        self.effects.push_back(Effect::Commit { ticket, change });
    }

    pub(super) fn handle_swept(&mut self, applied: &Result<Applied, ChangeError>) {
        let Some((_, now_unix_ms)) = self.sweeping.take() else { return };
        // A failure is no matter: the next sweep comes.
        if let Ok(Applied::Swept { next: Some(after), .. }) = applied {
            self.sweep_sessions(now_unix_ms, Some(*after));
        }
    }

    pub(super) fn is_signed_in(&self, asker: Asker) -> bool {
        self.peers.get(&asker.conn).is_some_and(|peer| peer.session.is_some())
    }

    /// Takes whoever acts on a connection off it.
    pub(super) fn unseat(&mut self, conn: ConnId) {
        let session = self.peers.get_mut(&conn).and_then(|peer| peer.session.take());
        let Some(Session { user, .. }) = session else { return };
        if let Some(connections) = self.connections_of.get_mut(&user) {
            *connections -= 1;
            if *connections == 0 {
                self.connections_of.remove(&user);
            }
        }
    }

    /// Lets a connection act for a session. Returns whether it does: not when it has gone, and not when its
    /// member has too many, which is denied.
    fn seat(&mut self, asker: Asker, session: &Session) -> bool {
        let Some(peer) = self.peers.get_mut(&asker.conn) else { return false };
        let connections = self.connections_of.entry(session.user).or_default();
        if *connections >= CONNECTIONS_PER_MEMBER_MAX {
            self.deny(asker, Denial::TooManyConnections { limit: CONNECTIONS_PER_MEMBER_MAX });
            return false;
        }
        *connections += 1;
        peer.session = Some(session.clone());
        true
    }

    /// Ends a session on every connection that has it, and says so on each but one. What the others asked
    /// under it and what would take it up again is denied now: its end may come after that of the session.
    fn end_session(&mut self, except: Option<ConnId>, session: &Session) {
        let having = self.peers.iter().filter(|(_, peer)| peer.session.as_ref() == Some(session));
        let mut ended: Vec<ConnId> = having.map(|(conn, _)| *conn).collect();
        ended.iter().for_each(|conn| self.unseat(*conn));
        ended.retain(|conn| Some(*conn) != except);
        let overtaken = |(asker, waiting): &(Asker, Waiting)| match waiting {
            Waiting::Session(WaitingForSession::Resume { token_hash, .. }) => {
                (*token_hash == session.token_hash).then_some(Denial::SessionEnded {})
            }
            Waiting::Page | Waiting::File(_) => ended.contains(&asker.conn).then_some(Denial::SignInFirst {}),
            _ => None,
        };
        let all = self.waiting.iter();
        let denied = all.filter_map(|(ticket, waiting)| Some((*ticket, waiting.0, overtaken(waiting)?)));
        for (ticket, asker, denial) in denied.collect::<Vec<_>>() {
            self.waiting.remove(&ticket);
            self.deny(asker, denial);
        }
        self.effects.extend(ended.into_iter().map(|of| Effect::EndSession { of }));
    }
}

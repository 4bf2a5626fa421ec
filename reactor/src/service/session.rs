//! Sessions: who acts on which connection, how long, and which others there are.
//!
//! This file does not know how someone got in (`sign_in.rs`), nor where a session is written down.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use parlour_common::Secret;
use parlour_common::message::{
    AccountState, Denial, EndSession, OwnAccount, Reply, SessionEntry, SessionList, SessionToken, SignedIn,
};

use super::account::{WaitingForAccount, own_account};
use super::ending::Ends;
use super::sign_up::{bad_code, faults_of};
use super::{Service, Session, Waiting};
use crate::id::{Asker, ConnId, Now, Ticket};
use crate::job::Job;
use crate::keys::DeviceNonce;
use crate::store::{
    Applied, Change, ChangeError, Refusal, SESSIONS_PER_USER_MAX, SessionRecord, TokenHash, UserRecord,
};

/// A session in use is written down again when its last use is this long ago, in milliseconds: often enough
/// for its expiry in days, seldom enough to cost nothing.
const TOUCH_AFTER_MS: u64 = 60 * 60 * 1000;

/// Connections that one member may have at once: several devices, each with its downloads.
const CONNECTIONS_PER_MEMBER_MAX: usize = 32;

/// A session that is being written down.
#[derive(Debug)]
pub struct Opening {
    pub(super) account: OwnAccount,
    pub(super) token: Secret<SessionToken>,
    /// What tells the device from others.
    pub(super) device: DeviceNonce,
    /// The name of the device.
    pub(super) device_name: String,
    /// Whether the account is made with it.
    pub(super) is_sign_up: bool,
}

impl Service {
    pub(super) fn handle_session_opened(
        &mut self,
        (asker, ticket): (Asker, Ticket),
        opening: Opening,
        applied: Result<Applied, ChangeError>,
    ) {
        let (user, ended) = match applied {
            Ok(Applied::Opened { user, ended }) => (user, ended),
            Err(ChangeError::Refused(Refusal::Taken(taken))) => {
                return self.deny(asker, Denial::InvalidFields { faults: faults_of(taken) });
            }
            Err(ChangeError::Refused(refusal @ (Refusal::NoSuchInvite | Refusal::AdminExists))) => {
                if refusal == Refusal::AdminExists {
                    self.setup_code = None;
                }
                return self.deny(asker, Denial::InvalidFields { faults: vec![bad_code()] });
            }
            // The account went between the comparison of passwords and now.
            Err(ChangeError::Refused(Refusal::NoSuchUser)) => return self.deny_unknown_user(asker),
            // It was disabled in between: asked again, the daemon says so.
            Err(ChangeError::Refused(Refusal::NotActive)) => return self.deny_busy(asker),
            applied => return self.deny_unforeseen(asker, &applied),
        };
        for token_hash in ended {
            self.end_sessions(Ends::Session(token_hash), None);
        }
        let Opening { account, token, device, device_name, is_sign_up } = opening;
        if is_sign_up {
            self.handle_signed_up(&account);
        }
        let user_name = account.user_name.clone();
        let device_proof = self.keys.device_proof(&user_name.key(), device);
        let (token_hash, role) = (TokenHash::of(token.expose()), account.role);
        let session = Session { user, token_hash, role, user_name, device: device_name.into() };
        let is_void = !is_sign_up && self.is_void(ticket, user, None);
        if is_void {
            // The password that was right is perhaps another by now.
            self.deny_busy(asker);
        }
        if is_void || !self.seat(asker, &session) {
            // Nobody will ever hold the token, so the session must not wait for its expiry.
            let change = Change::CloseSession { token_hash: session.token_hash };
            return self.commit(asker, change, Waiting::Nothing);
        }
        let (session, device_proof) = (Some(token), Some(Secret::new(device_proof)));
        self.reply(asker, Reply::SignedIn(SignedIn { account, session, device_proof }));
        self.greet(asker.conn);
    }

    pub(super) fn resume_session(
        &mut self,
        now: Now,
        asker: Asker,
        token_hash: TokenHash,
        session: &SessionRecord,
        user: UserRecord,
    ) {
        if let Some(denial) = denial_of_state(user.state) {
            return self.deny(asker, denial);
        }
        if now.unix_ms.saturating_sub(session.used_unix_ms) > TOUCH_AFTER_MS {
            let change = Change::TouchSession { token_hash, used_unix_ms: now.unix_ms };
            self.commit(asker, change, Waiting::Nothing);
        }
        let (user_name, device) = (user.user_name.clone(), session.device.as_str().into());
        if self.seat(asker, &Session { user: user.id, token_hash, role: user.role, user_name, device }) {
            let signed_in = SignedIn { account: own_account(user), session: None, device_proof: None };
            self.reply(asker, Reply::SignedIn(signed_in));
            self.greet(asker.conn);
        }
    }

    pub(super) fn handle_sign_out(&mut self, asker: Asker) {
        let Some(session) = self.session_of(asker) else { return };
        let change = Change::CloseSession { token_hash: session.token_hash };
        self.commit(asker, change, Waiting::Closing(session));
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
        self.end_sessions(Ends::Session(session.token_hash), Some(asker.conn));
        self.reply(asker, Reply::Done {});
    }

    /// Ends a session on the line that has come to its age.
    pub(super) fn handle_session_kept(
        &mut self,
        token_hash: TokenHash,
        applied: &Result<Applied, ChangeError>,
    ) {
        if let Err(ChangeError::Refused(_)) = applied {
            self.end_sessions(Ends::Session(token_hash), None);
        }
    }

    pub(super) fn handle_list_sessions(&mut self, now: Now, asker: Asker) {
        let Some(Session { user, token_hash, .. }) = self.session_of(asker) else { return };
        let waiting = Waiting::Account(WaitingForAccount::Sessions { own: token_hash });
        self.run(asker, Job::ListSessions { user, unix_ms: now.unix_ms }, waiting);
    }

    pub(super) fn handle_sessions_listed(
        &mut self,
        asker: Asker,
        own: TokenHash,
        mut found: Vec<(TokenHash, SessionRecord)>,
    ) {
        found.sort_by_key(|(token_hash, session)| (Reverse(session.used_unix_ms), *token_hash));
        found.truncate(SESSIONS_PER_USER_MAX);
        let on_line = self.peers.values().filter_map(|peer| Some(peer.session.as_ref()?.token_hash));
        let on_line: BTreeSet<TokenHash> = on_line.collect();
        let entry = |(token_hash, session): (TokenHash, SessionRecord)| SessionEntry {
            id: token_hash.session_id(),
            device: session.device,
            opened_unix_ms: session.opened_unix_ms,
            used_unix_ms: session.used_unix_ms,
            current: token_hash == own,
            connected: on_line.contains(&token_hash),
        };
        let sessions = found.into_iter().map(entry).collect();
        self.reply(asker, Reply::Sessions(SessionList { sessions }));
    }

    pub(super) fn handle_end_session(&mut self, asker: Asker, form: &EndSession) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let change = Change::EndSession { user, session: form.session };
        self.commit(asker, change, Waiting::Account(WaitingForAccount::SessionEnded));
    }

    pub(super) fn handle_session_ended(&mut self, asker: Asker, applied: Result<Applied, ChangeError>) {
        match applied {
            Ok(Applied::Ended(token_hash)) => {
                // First the answer: whoever ends the session that asks hears of its end after it.
                self.reply(asker, Reply::Done {});
                self.end_sessions(Ends::Session(token_hash), None);
            }
            Err(ChangeError::Refused(Refusal::NoSuchSession)) => self.deny(asker, Denial::NoSuchSession {}),
            applied => self.deny_unforeseen(asker, &applied),
        }
    }

    /// Takes whoever acts on a connection off it.
    pub(super) fn unseat(&mut self, conn: ConnId) {
        let session = self.peers.get_mut(&conn).and_then(|peer| peer.session.take());
        let Some(Session { user, .. }) = session else { return };
        self.forget_uploads_of(user, conn);
        if let Some(connections) = self.connections_of.get_mut(&user) {
            connections.remove(&conn);
            if connections.is_empty() {
                self.connections_of.remove(&user);
            }
        }
    }

    /// Lets a connection act for a session. Returns whether it does: not when it has gone, and not when its
    /// member has too many, which is denied.
    fn seat(&mut self, asker: Asker, session: &Session) -> bool {
        let Some(peer) = self.peers.get_mut(&asker.conn) else { return false };
        let connections = self.connections_of.entry(session.user).or_default();
        if connections.len() >= CONNECTIONS_PER_MEMBER_MAX {
            let limit = u32::try_from(CONNECTIONS_PER_MEMBER_MAX).unwrap_or(u32::MAX);
            self.deny(asker, Denial::TooManyConnections { limit });
            return false;
        }
        connections.insert(asker.conn);
        peer.session = Some(session.clone());
        true
    }
}

/// Returns what is said to whoever has the right password, or token, of an account that may not be used.
pub(super) fn denial_of_state(state: AccountState) -> Option<Denial> {
    match state {
        AccountState::Active => None,
        AccountState::Waiting => Some(Denial::ApprovalPending {}),
        AccountState::Disabled => Some(Denial::AccountDisabled {}),
    }
}

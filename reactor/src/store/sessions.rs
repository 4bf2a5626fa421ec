//! Sessions: their records, how long they last, and what changes them.
//!
//! This file does not know tokens, only their hashes, nor which connections use a session.

use std::fmt;
use std::ops::Bound;

use parlour_common::limits::SESSION_ID_BYTES;
use parlour_common::message::{SessionId, SessionToken};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::change::{Applied, Refusal, Stop};
use super::draft::Draft;
use super::engine::{Engine, Read};
use super::error::StoreError;
use super::tables::{Key, SESSIONS, SESSIONS_BY_USER, UserId};
use super::users;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A session that was not used for this long has ended, in milliseconds.
pub const SESSION_UNUSED_MS_MAX: u64 = 30 * DAY_MS;

/// A session that was opened this long ago has ended, in milliseconds.
pub const SESSION_AGE_MS_MAX: u64 = 180 * DAY_MS;

/// The sessions that one sweep looks at: it must not keep other changes waiting.
pub const SESSIONS_PER_SWEEP_MAX: usize = 256;

/// The sessions that one account may have: another one takes the place of the one used longest ago.
pub const SESSIONS_PER_USER_MAX: usize = 64;

/// The sessions of an account that opening another one looks at. An account has more only if they were opened
/// before there was a limit; it then loses some with each that it opens.
const SESSIONS_PER_OPENING_MAX: usize = 4 * SESSIONS_PER_USER_MAX;

/// The SHA-256 of a session token: what is kept of it, so that a stolen store lets nobody in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// Hashes a token.
    pub fn of(token: &SessionToken) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// Returns how its owner names the session: the first half of the hash, which opens nothing.
    pub fn session_id(&self) -> SessionId {
        let mut id = [0; SESSION_ID_BYTES];
        id.copy_from_slice(&self.0[..SESSION_ID_BYTES]);
        SessionId::new(id)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A session to be opened.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSession {
    /// The hash of its token.
    pub token_hash: TokenHash,
    /// What its owner calls the device; the caller has cut it to `DEVICE_NAME_BYTES_MAX`.
    pub device: String,
    /// When it was asked for.
    pub opened_unix_ms: u64,
}

/// A session. Later fields need `serde(default)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// Whose it is.
    pub user: UserId,
    /// What its owner calls the device.
    pub device: String,
    /// When it was opened.
    pub opened_unix_ms: u64,
    /// When it was last used, as far as was noted.
    pub used_unix_ms: u64,
}

impl SessionRecord {
    /// Returns when it ends if it is not used again.
    pub fn ends_unix_ms(&self) -> u64 {
        let unused = self.used_unix_ms.saturating_add(SESSION_UNUSED_MS_MAX);
        unused.min(self.opened_unix_ms.saturating_add(SESSION_AGE_MS_MAX))
    }

    /// Tells whether it has ended.
    pub fn has_expired(&self, now_unix_ms: u64) -> bool {
        self.ends_unix_ms() <= now_unix_ms
    }
}

/// Returns a session, unless it has expired.
pub(super) fn live(
    reader: &impl Read,
    token_hash: &TokenHash,
    now_unix_ms: u64,
) -> Result<Option<SessionRecord>, StoreError> {
    Ok(reader.get(SESSIONS, token_hash)?.filter(|session| !session.has_expired(now_unix_ms)))
}

/// Returns a user's sessions that have not expired.
pub(super) fn live_of(
    engine: &Engine,
    user: UserId,
    now_unix_ms: u64,
) -> Result<Vec<(TokenHash, SessionRecord)>, StoreError> {
    let mut found = Vec::new();
    for row in engine.records(SESSIONS_BY_USER, Bound::Included(user.to_bytes())) {
        let ((owner, token_hash), ()) = row?;
        if owner != user {
            break;
        }
        // It may have been closed since the row was read.
        found.extend(live(engine, &token_hash, now_unix_ms)?.map(|session| (token_hash, session)));
    }
    Ok(found)
}

/// Opens a session of an account that may be used. Those for which there is no place beside it end, and
/// are told.
pub(super) fn open(draft: &mut Draft<'_>, user: UserId, new: &NewSession) -> Result<Applied, Stop> {
    if !users::get(draft, user)?.is_active() {
        return Err(Refusal::NotActive.into());
    }
    if draft.has(SESSIONS, &new.token_hash)? {
        return Err(Refusal::SessionExists.into());
    }
    let ended = make_place(draft, user, new.opened_unix_ms)?;
    let NewSession { token_hash, device, opened_unix_ms } = new.clone();
    let session = SessionRecord { user, device, opened_unix_ms, used_unix_ms: opened_unix_ms };
    draft.put(SESSIONS, &token_hash, &session)?;
    draft.put(SESSIONS_BY_USER, &(user, token_hash), &())?;
    Ok(Applied::Opened { user, ended })
}

/// Removes sessions of an account until another one has a place: the expired first, then those used longest
/// ago, and of two used at the same time the one of the lesser hash. Returns which.
fn make_place(draft: &mut Draft<'_>, user: UserId, now_unix_ms: u64) -> Result<Vec<TokenHash>, Stop> {
    let engine = draft.engine();
    let mut found = Vec::new();
    // What this draft itself has written is not among them: no change opens two sessions.
    let rows = engine.records(SESSIONS_BY_USER, Bound::Included(user.to_bytes()));
    for row in rows.take(SESSIONS_PER_OPENING_MAX) {
        let ((owner, token_hash), ()) = row?;
        if owner != user {
            break;
        }
        let session = engine.get(SESSIONS, &token_hash)?;
        found.extend(session.map(|s| (!s.has_expired(now_unix_ms), s.used_unix_ms, token_hash)));
    }
    found.sort_unstable();
    let surplus = (found.len() + 1).saturating_sub(SESSIONS_PER_USER_MAX);
    let ended: Vec<_> = found.into_iter().take(surplus).map(|(_, _, token_hash)| token_hash).collect();
    ended.iter().for_each(|token_hash| remove(draft, user, *token_hash));
    Ok(ended)
}

/// Notes that a session was used. An earlier use than the last one noted changes nothing.
pub(super) fn touch(draft: &mut Draft<'_>, token_hash: &TokenHash, used_unix_ms: u64) -> Result<(), Stop> {
    let mut session = live(draft, token_hash, used_unix_ms)?.ok_or(Refusal::NoSuchSession)?;
    if used_unix_ms > session.used_unix_ms {
        session.used_unix_ms = used_unix_ms;
        draft.put(SESSIONS, token_hash, &session)?;
    }
    Ok(())
}

/// Ends a session.
pub(super) fn close(draft: &mut Draft<'_>, token_hash: &TokenHash) -> Result<(), Stop> {
    let session = draft.get(SESSIONS, token_hash)?.ok_or(Refusal::NoSuchSession)?;
    remove(draft, session.user, *token_hash);
    Ok(())
}

/// Ends every session of an account but one. There are few, since an account may have few.
pub(super) fn end_all(draft: &mut Draft<'_>, user: UserId, keep: Option<TokenHash>) -> Result<(), Stop> {
    // What this draft itself has written is not among them: no change that ends sessions opens one.
    for row in draft.engine().records(SESSIONS_BY_USER, Bound::Included(user.to_bytes())) {
        let ((owner, token_hash), ()) = row?;
        if owner != user {
            break;
        }
        if keep != Some(token_hash) {
            remove(draft, user, token_hash);
        }
    }
    Ok(())
}

/// Ends the session of an account that its owner names.
pub(super) fn end_named(draft: &mut Draft<'_>, user: UserId, named: SessionId) -> Result<Applied, Stop> {
    let mut from = TokenHash([0; 32]);
    from.0[..SESSION_ID_BYTES].copy_from_slice(named.as_bytes());
    let mut rows = draft.engine().records(SESSIONS_BY_USER, Bound::Included((user, from).to_bytes()));
    match rows.next().transpose()? {
        Some(((owner, token_hash), ())) if owner == user && token_hash.session_id() == named => {
            remove(draft, user, token_hash);
            Ok(Applied::Ended(token_hash))
        }
        _ => Err(Refusal::NoSuchSession.into()),
    }
}

/// Removes the expired ones among the sessions that follow `after`.
pub(super) fn sweep(
    draft: &mut Draft<'_>,
    now_unix_ms: u64,
    after: Option<TokenHash>,
) -> Result<Applied, Stop> {
    let from = after.map_or(Bound::Unbounded, |token_hash| Bound::Excluded(token_hash.to_bytes()));
    let (mut seen, mut removed, mut next) = (0, 0, None);
    for row in draft.engine().records(SESSIONS, from).take(SESSIONS_PER_SWEEP_MAX) {
        let (token_hash, session) = row?;
        seen += 1;
        next = Some(token_hash);
        if session.has_expired(now_unix_ms) {
            remove(draft, session.user, token_hash);
            removed += 1;
        }
    }
    Ok(Applied::Swept { removed, next: next.filter(|_| seen == SESSIONS_PER_SWEEP_MAX) })
}

fn remove(draft: &mut Draft<'_>, user: UserId, token_hash: TokenHash) {
    draft.remove(SESSIONS, &token_hash);
    draft.remove(SESSIONS_BY_USER, &(user, token_hash));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lasts_30_days_from_use_and_180_from_its_opening() {
        let opened_unix_ms = 1_000;
        // (day of last use, day it is looked at, ended)
        let cases = [
            (0, 0, false),
            (0, 29, false),
            (0, 30, true),
            (29, 58, false),
            (175, 179, false),
            (175, 180, true),
        ];
        for (used, now, ended) in cases {
            let used_unix_ms = opened_unix_ms + used * DAY_MS;
            let session =
                SessionRecord { user: UserId(1), device: String::new(), opened_unix_ms, used_unix_ms };
            assert_eq!(session.has_expired(opened_unix_ms + now * DAY_MS), ended, "{used} {now}");
        }
        let session = SessionRecord {
            user: UserId(1),
            device: String::new(),
            opened_unix_ms: u64::MAX,
            used_unix_ms: 0,
        };
        assert!(!session.has_expired(0));
    }

    #[test]
    fn a_hash_is_that_of_the_token_and_is_not_printed() {
        let hash = TokenHash::of(&SessionToken::new([0; 32]));
        assert_eq!(hash.0[..4], [0x66, 0x68, 0x7a, 0xad]);
        assert_eq!(format!("{hash:?}"), "***");
    }
}

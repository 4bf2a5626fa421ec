//! Invites: codes with which one person may sign up.
//!
//! This file does not know the codes, only their hashes: of 80 random bits a plain hash is a secret.

use std::fmt;
use std::ops::Bound::{Included, Unbounded};

use parlour_common::message::{AuditAction, InviteId};
use parlour_common::names::InviteCode;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::audit::{self, Act, AuditRecord};
use super::bytes;
use super::change::{Refusal, Stop};
use super::draft::Draft;
use super::engine::{Engine, Read};
use super::error::StoreError;
use super::tables::{INVITES, INVITES_BY_END, INVITES_BY_HASH, Key};

/// The invites that may be in force at once, and the most that are listed.
pub const INVITES_MAX: usize = 100;

/// How long an invite is still listed after it ended, in milliseconds.
pub const INVITE_LISTED_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// The counter in `meta` that holds the highest invite id given so far.
pub(super) const LAST_INVITE_KEY: &str = "last_invite";

/// The SHA-256 of an invite code in its one spelling.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InviteHash(#[serde(with = "bytes")] pub [u8; 32]);

impl InviteHash {
    /// Hashes a code.
    pub fn of(code: &InviteCode) -> Self {
        Self(Sha256::digest(code.as_str()).into())
    }
}

impl fmt::Debug for InviteHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// An invite to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewInvite {
    /// The hash of its code.
    pub hash: InviteHash,
    /// For whom it is meant; the caller has checked it.
    pub note: String,
    /// When it ends.
    pub expires_unix_ms: u64,
}

/// An invite. Later fields need `serde(default)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InviteRecord {
    /// Names it.
    pub id: InviteId,
    /// The hash of its code.
    pub hash: InviteHash,
    /// For whom it is meant.
    pub note: String,
    /// Who made it, by the username of then; empty for the operator.
    pub by: String,
    /// When it was made.
    pub created_unix_ms: u64,
    /// When it ends; when it was voided, if it was.
    pub expires_unix_ms: u64,
    /// Who signed up with it, by the username of then.
    pub used_by: Option<String>,
    /// When someone signed up with it; 0 if nobody did.
    #[serde(default)]
    pub used_unix_ms: u64,
}

impl InviteRecord {
    /// Tells whether someone may sign up with it.
    pub fn is_in_force(&self, now_unix_ms: u64) -> bool {
        self.used_by.is_none() && self.expires_unix_ms > now_unix_ms
    }

    /// Returns since when it is of no use.
    pub(super) fn ends_unix_ms(&self) -> u64 {
        if self.used_by.is_some() { self.used_unix_ms } else { self.expires_unix_ms }
    }
}

/// Makes an invite.
pub(super) fn add(draft: &mut Draft<'_>, act: &Act, new: &NewInvite) -> Result<InviteId, Stop> {
    let by = audit::name_of(draft, act)?;
    if draft.has(INVITES_BY_HASH, &new.hash)? {
        return Err(Refusal::InviteExists.into());
    }
    if in_force(draft.engine(), act.at_unix_ms)?.len() >= INVITES_MAX {
        return Err(Refusal::TooManyInvites.into());
    }
    let id = InviteId(draft.count_up(LAST_INVITE_KEY)?);
    let NewInvite { hash, note, expires_unix_ms } = new.clone();
    let created_unix_ms = act.at_unix_ms;
    let entry = AuditRecord::new(created_unix_ms, &by, AuditAction::InviteCreated, &note);
    audit::write(draft, &entry)?;
    let (used_by, used_unix_ms) = (None, 0);
    let invite = InviteRecord { id, hash, note, by, created_unix_ms, expires_unix_ms, used_by, used_unix_ms };
    draft.put(INVITES_BY_HASH, &hash, &id)?;
    draft.put(INVITES_BY_END, &(invite.ends_unix_ms(), id), &())?;
    draft.put(INVITES, &id, &invite)?;
    Ok(id)
}

/// Uses an invite up.
pub(super) fn claim(draft: &mut Draft<'_>, hash: &InviteHash, at_unix_ms: u64, by: &str) -> Result<(), Stop> {
    let mut invite = get(draft, hash, at_unix_ms)?.ok_or(Refusal::NoSuchInvite)?;
    let former_end = invite.ends_unix_ms();
    (invite.used_by, invite.used_unix_ms) = (Some(by.to_owned()), at_unix_ms);
    rewrite(draft, former_end, &invite)?;
    audit::write(draft, &AuditRecord::new(at_unix_ms, by, AuditAction::InviteUsed, &invite.note))
}

/// Voids an invite that is in force: it ends now.
pub(super) fn revoke(draft: &mut Draft<'_>, act: &Act, id: InviteId) -> Result<(), Stop> {
    let by = audit::name_of(draft, act)?;
    let found: Option<InviteRecord> = draft.get(INVITES, &id)?;
    let found = found.filter(|invite| invite.is_in_force(act.at_unix_ms));
    let mut invite = found.ok_or(Refusal::NoSuchInvite)?;
    let former_end = invite.ends_unix_ms();
    invite.expires_unix_ms = act.at_unix_ms;
    rewrite(draft, former_end, &invite)?;
    audit::write(draft, &AuditRecord::new(act.at_unix_ms, &by, AuditAction::InviteRevoked, &invite.note))
}

fn rewrite(draft: &mut Draft<'_>, former_end: u64, invite: &InviteRecord) -> Result<(), Stop> {
    draft.remove(INVITES_BY_END, &(former_end, invite.id));
    draft.put(INVITES_BY_END, &(invite.ends_unix_ms(), invite.id), &())?;
    draft.put(INVITES, &invite.id, invite)
}

/// Returns the invite of a code, if it is in force.
pub(super) fn get(
    reader: &impl Read,
    hash: &InviteHash,
    now_unix_ms: u64,
) -> Result<Option<InviteRecord>, StoreError> {
    let Some(id) = reader.get(INVITES_BY_HASH, hash)? else { return Ok(None) };
    let invite: Option<InviteRecord> = reader.get(INVITES, &id)?;
    Ok(invite.filter(|invite| invite.is_in_force(now_unix_ms)))
}

/// Returns the invites in force. No more are looked at than may be, and than a clock put back makes of them.
fn in_force(engine: &Engine, now_unix_ms: u64) -> Result<Vec<InviteRecord>, StoreError> {
    let mut found = Vec::new();
    let from = (now_unix_ms.saturating_add(1), InviteId(0)).to_bytes();
    for row in engine.records(INVITES_BY_END, Included(from)) {
        let ((_, id), ()) = row?;
        let invite: Option<InviteRecord> = engine.get(INVITES, &id)?;
        found.extend(invite.filter(|invite| invite.is_in_force(now_unix_ms)));
    }
    Ok(found)
}

/// Returns the invites that are in force or were lately, the newest first, at most [`INVITES_MAX`]: none that
/// is in force gives way to one that is not.
pub(super) fn list(engine: &Engine, now_unix_ms: u64) -> Result<Vec<InviteRecord>, StoreError> {
    let mut found = Vec::new();
    for row in engine.records(INVITES, Unbounded) {
        let (_, invite) = row?;
        if invite.ends_unix_ms().saturating_add(INVITE_LISTED_MS) > now_unix_ms {
            found.push(invite);
        }
    }
    found.sort_by_key(|invite| (!invite.is_in_force(now_unix_ms), std::cmp::Reverse(invite.id)));
    found.truncate(INVITES_MAX);
    found.sort_by_key(|invite| std::cmp::Reverse(invite.id));
    Ok(found)
}

/// Removes invites that ended so long ago that they are not listed, at most `most`. Returns how many.
pub(super) fn sweep(draft: &mut Draft<'_>, now_unix_ms: u64, most: usize) -> Result<usize, Stop> {
    let mut removed = 0;
    for row in draft.engine().records(INVITES_BY_END, Unbounded).take(most) {
        let ((ends_unix_ms, id), ()) = row?;
        if ends_unix_ms.saturating_add(INVITE_LISTED_MS) > now_unix_ms {
            break;
        }
        if let Some(invite) = draft.get(INVITES, &id)? {
            draft.remove(INVITES_BY_HASH, &invite.hash);
        }
        draft.remove(INVITES, &id);
        draft.remove(INVITES_BY_END, &(ends_unix_ms, id));
        removed += 1;
    }
    Ok(removed)
}

//! The record of what was done by admins, and who may act as one. Entries are only ever added, numbered
//! from 1 without gaps.
//!
//! This file does not know why something was done.

use parlour_common::message::{AuditAction, AuditEntry, Field, Role, SharedFate};
use serde::{Deserialize, Serialize};

use super::change::{Refusal, Stop};
use super::draft::Draft;
use super::engine::{Engine, Read};
use super::error::StoreError;
use super::tables::{AUDIT, META, TextKey, USERS, UserId};

/// The counter in `meta` of the entries.
pub(super) const LAST_ENTRY_KEY: &str = "last_audit";

/// Who does what only admins may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// Whoever operates the daemon, by its command line.
    Operator,
    /// A member, who must be an active admin at the moment it is done.
    Member(UserId),
}

/// Who does something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub by: Author,
    /// When.
    pub at_unix_ms: u64,
}

/// One thing that was done. Later fields need `serde(default)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// When.
    pub at_unix_ms: u64,
    /// Who did it, by the username of then; empty for the operator.
    pub by: String,
    /// What was done.
    pub action: AuditAction,
    /// To whom, by the username of then, or the note of an invite.
    pub subject: String,
    /// The role that was given, where one was.
    #[serde(default)]
    pub role: Option<Role>,
    /// The fields that were changed, where some were.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// What became of what was shared, where an account was deleted.
    #[serde(default)]
    pub shared: Option<SharedFate>,
}

impl AuditRecord {
    /// Begins an entry: the rest is absent.
    pub(super) fn new(at_unix_ms: u64, by: &str, action: AuditAction, subject: &str) -> Self {
        let (by, subject) = (by.to_owned(), subject.to_owned());
        Self { at_unix_ms, by, action, subject, role: None, fields: Vec::new(), shared: None }
    }
}

/// Returns the name of who acts, if they may: the operator always, a member who is an active admin.
pub(super) fn name_of(reader: &impl Read, act: &Act) -> Result<String, Stop> {
    match act.by {
        Author::Operator => Ok(String::new()),
        Author::Member(id) => {
            let admin = reader.get(USERS, &id)?.filter(super::UserRecord::is_active_admin);
            Ok(admin.ok_or(Refusal::NotAdmin)?.user_name.into())
        }
    }
}

/// Adds an entry.
pub(super) fn write(draft: &mut Draft<'_>, entry: &AuditRecord) -> Result<(), Stop> {
    let id = draft.count_up(LAST_ENTRY_KEY)?;
    draft.put(AUDIT, &id, entry)
}

/// Returns the newest entries, those from before `before`, and whether there are older ones.
pub(super) fn page(
    engine: &Engine,
    before: Option<u64>,
    limit: u16,
) -> Result<(Vec<AuditEntry>, bool), StoreError> {
    let last = engine.get(META, &TextKey::new(LAST_ENTRY_KEY))?.unwrap_or(0);
    // Ids count from 1.
    let newest = before.map_or(last, |before| before.saturating_sub(1).min(last));
    let oldest = newest.saturating_sub(limit.into());
    let mut entries = Vec::new();
    for id in (oldest + 1..=newest).rev() {
        if let Some(record) = engine.get(AUDIT, &id)? {
            let AuditRecord { at_unix_ms, by, action, subject, role, fields, shared } = record;
            entries.push(AuditEntry { id, at_unix_ms, by, action, subject, role, fields, shared });
        }
    }
    Ok((entries, oldest > 0))
}

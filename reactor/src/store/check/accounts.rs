//! Codes, mails, invites and what was done: each record against each of its indexes and counters.
//!
//! This file does not know sessions nor the names of accounts (`check.rs`).

use std::ops::Bound::Unbounded;

use super::super::audit::LAST_ENTRY_KEY;
use super::super::engine::{Engine, Read};
use super::super::error::StoreError;
use super::super::mail::{LAST_MAIL_KEY, MAILS_KEY};
use super::super::tables::{
    AUDIT, DEPARTED, FLOW_OF, FLOWS, FLOWS_BY_END, INVITES, INVITES_BY_END, INVITES_BY_HASH, Key, MAILS,
    MAILS_BY_DUE, META, TextKey, USERS,
};
use super::super::users::COUNTED;

/// Notes a sentence for each disagreement.
pub(super) fn check(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    check_counts(engine, faults)?;
    check_departed(engine, faults)?;
    check_flows(engine, faults)?;
    check_mails(engine, faults)?;
    check_invites(engine, faults)?;
    check_audit(engine, faults)
}

fn counter(engine: &Engine, name: &str) -> Result<u64, StoreError> {
    Ok(engine.get(META, &TextKey::new(name))?.unwrap_or(0))
}

fn check_counts(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for (name, is_one) in COUNTED {
        let mut found = 0;
        for row in engine.records(USERS, Unbounded) {
            found += u64::from(is_one(&row?.1));
        }
        let noted = counter(engine, name)?;
        if noted != found {
            faults.push(format!("{noted} accounts are counted as {name}, and {found} are"));
        }
    }
    Ok(())
}

fn check_departed(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for row in engine.records(DEPARTED, Unbounded) {
        let (id, _) = row?;
        if engine.has(USERS, &id)? {
            faults.push(format!("user {} is deleted, and there", id.0));
        }
    }
    Ok(())
}

fn check_flows(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for row in engine.records(FLOWS, Unbounded) {
        let (flow, record) = row?;
        if !engine.has(FLOWS_BY_END, &(record.expires_unix_ms, flow))? {
            faults.push(format!(
                "a code that ends at {} is not in {}",
                record.expires_unix_ms, FLOWS_BY_END.name
            ));
        }
        if let Some(user) = record.user {
            if !user.is_nobodys() && !engine.has(USERS, &user)? {
                faults.push(format!("a code is of user {}, who is not there", user.0));
            }
            if engine.get(FLOW_OF, &user)? != Some(flow) {
                faults.push(format!("a code of user {} is not in {}", user.0, FLOW_OF.name));
            }
        }
    }
    for row in engine.records(FLOW_OF, Unbounded) {
        let (user, flow) = row?;
        if engine.get(FLOWS, &flow)?.is_none_or(|record| record.user != Some(user)) {
            faults.push(format!("{} has a code for user {} in vain", FLOW_OF.name, user.0));
        }
    }
    for row in engine.records(FLOWS_BY_END, Unbounded) {
        let ((expires_unix_ms, flow), ()) = row?;
        if engine.get(FLOWS, &flow)?.is_none_or(|record| record.expires_unix_ms != expires_unix_ms) {
            faults.push(format!("{} has a code that ends at {expires_unix_ms} in vain", FLOWS_BY_END.name));
        }
    }
    Ok(())
}

fn check_mails(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let last = counter(engine, LAST_MAIL_KEY)?;
    let mut found = 0;
    for row in engine.records(MAILS, Unbounded) {
        let (id, mail) = row?;
        found += 1;
        if !engine.has(MAILS_BY_DUE, &(mail.due_unix_ms, id))? {
            faults.push(format!("mail {} is not in {}", id.0, MAILS_BY_DUE.name));
        }
        if id.0 > last {
            faults.push(format!("mail {} is beyond the last id, {last}", id.0));
        }
    }
    let noted = counter(engine, MAILS_KEY)?;
    if noted != found {
        faults.push(format!("{noted} mails are counted, and {found} wait"));
    }
    for row in engine.records(MAILS_BY_DUE, Unbounded) {
        let ((due_unix_ms, id), ()) = row?;
        if engine.get(MAILS, &id)?.is_none_or(|mail| mail.due_unix_ms != due_unix_ms) {
            faults.push(format!("{} has mail {} in vain", MAILS_BY_DUE.name, id.0));
        }
    }
    Ok(())
}

fn check_invites(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for row in engine.records(INVITES, Unbounded) {
        let (id, invite) = row?;
        if engine.get(INVITES_BY_HASH, &invite.hash)? != Some(id) {
            faults.push(format!("invite {} is not in {}", id.0, INVITES_BY_HASH.name));
        }
        if !engine.has(INVITES_BY_END, &(invite.ends_unix_ms(), id))? {
            faults.push(format!("invite {} is not in {}", id.0, INVITES_BY_END.name));
        }
    }
    for row in engine.records(INVITES_BY_HASH, Unbounded) {
        let (hash, id) = row?;
        if engine.get(INVITES, &id)?.is_none_or(|invite| invite.hash != hash) {
            faults.push(format!("{} has invite {} in vain", INVITES_BY_HASH.name, id.0));
        }
    }
    for row in engine.records(INVITES_BY_END, Unbounded) {
        let ((ends_unix_ms, id), ()) = row?;
        if engine.get(INVITES, &id)?.is_none_or(|invite| invite.ends_unix_ms() != ends_unix_ms) {
            faults.push(format!("{} has invite {} in vain", INVITES_BY_END.name, id.0));
        }
    }
    Ok(())
}

fn check_audit(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let mut last = 0;
    for row in engine.records(AUDIT, Unbounded) {
        let (id, _) = row?;
        if id != last + 1 {
            faults.push(format!("entry {} of what was done follows entry {last}", id.shown()));
        }
        last = id;
    }
    let noted = counter(engine, LAST_ENTRY_KEY)?;
    if noted != last {
        faults.push(format!("the last entry of what was done is {last}, and {noted} is noted"));
    }
    Ok(())
}

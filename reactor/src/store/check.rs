//! Compares every record with every index, both ways.
//!
//! This file does not know how to mend what it finds; it only names it. It is for `parlour-dump --check`
//! and for tests: it reads everything.

mod accounts;
mod files;
mod room;

use std::fs;
use std::ops::Bound::Unbounded;

use super::engine::{Engine, Read};
use super::error::StoreError;
use super::tables::{
    EMAILS, Key, META, NAMES, SESSIONS, SESSIONS_BY_USER, SKELETONS, Table, TextKey, USERS, UserId,
};
use super::users::{Keys, LAST_USER_KEY};

/// Returns a sentence for each disagreement; none if all is well.
pub(super) fn check(engine: &Engine) -> Result<Vec<String>, StoreError> {
    let mut faults = Vec::new();
    check_users(engine, &mut faults)?;
    check_index(engine, NAMES, |keys| keys.name, &mut faults)?;
    check_index(engine, SKELETONS, |keys| keys.skeleton, &mut faults)?;
    check_index(engine, EMAILS, |keys| keys.email, &mut faults)?;
    check_sessions(engine, &mut faults)?;
    accounts::check(engine, &mut faults)?;
    files::check(engine, &mut faults)?;
    // Records this small never become files of their own; if they do, those are not synced.
    let blobs = engine.dir().join("blobs");
    if fs::read_dir(&blobs).is_ok_and(|mut entries| entries.next().is_some()) {
        faults.push(format!("{} is not empty", blobs.display()));
    }
    Ok(faults)
}

fn check_users(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let last = engine.get(META, &TextKey::new(LAST_USER_KEY))?.unwrap_or(0);
    for row in engine.records(USERS, Unbounded) {
        let (id, user) = row?;
        if user.id != id {
            faults.push(format!("user {} is recorded as {}", id.0, user.id.0));
        }
        let keys = Keys::new(&user.user_name, &user.email);
        for (table, key) in [(NAMES, keys.name), (SKELETONS, keys.skeleton), (EMAILS, keys.email)] {
            let name = table.name;
            if engine.get(table, &key)? != Some(id) {
                faults.push(format!("user {} is not in {name} as {}", id.0, key.shown()));
            }
        }
        if id.0 > last {
            faults.push(format!("user {} is beyond the last id, {last}", id.0));
        }
    }
    Ok(())
}

fn check_index(
    engine: &Engine,
    table: Table<TextKey, UserId>,
    of: fn(Keys) -> TextKey,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    let name = table.name;
    for row in engine.records(table, Unbounded) {
        let (key, id) = row?;
        let user = engine.get(USERS, &id)?;
        if user.is_none_or(|user| of(Keys::new(&user.user_name, &user.email)) != key) {
            faults.push(format!("{name} has {} for user {}, who has it not", key.shown(), id.0));
        }
    }
    Ok(())
}

fn check_sessions(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for row in engine.records(SESSIONS, Unbounded) {
        let (token_hash, session) = row?;
        if !engine.has(USERS, &session.user)? {
            faults.push(format!("a session is of user {}, who is not there", session.user.0));
        }
        if !engine.has(SESSIONS_BY_USER, &(session.user, token_hash))? {
            faults.push(format!("a session of user {} is not in {}", session.user.0, SESSIONS_BY_USER.name));
        }
    }
    for row in engine.records(SESSIONS_BY_USER, Unbounded) {
        let ((user, token_hash), ()) = row?;
        if engine.get(SESSIONS, &token_hash)?.is_none_or(|session| session.user != user) {
            faults.push(format!("{} has a session for user {} in vain", SESSIONS_BY_USER.name, user.0));
        }
    }
    Ok(())
}

//! Lists of accounts, by name, page by page.
//!
//! This file does not know who may see what. It reads every account, so it is for workers: never for a
//! change, which others wait for.

use std::ops::Bound;

use parlour_common::message::{AccountState, Role, UserFilter};
use unicode_normalization::UnicodeNormalization;

use super::engine::{Engine, Read};
use super::error::StoreError;
use super::tables::{Key, NAMES, SESSIONS, SESSIONS_BY_USER, USAGE, USERS, UserId};
use super::users::UserRecord;

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many to skip.
    pub offset: u32,
    /// How many to return.
    pub limit: u16,
}

/// How an account is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserUse {
    /// When a session of it was last used, if it has one.
    pub used_unix_ms: Option<u64>,
    /// What its files take, in bytes.
    pub files_bytes: u64,
}

/// An account, and how it is used.
pub type UserWithUse = (UserRecord, UserUse);

/// Returns how many members there are whose name contains the query, and a page of them by name.
pub(super) fn members(
    engine: &Engine,
    query: &str,
    page: Page,
) -> Result<(u32, Vec<UserRecord>), StoreError> {
    let query = fold(query);
    select(engine, page, |user| user.is_active() && fold(user.user_name.as_str()).contains(&query))
}

/// Returns how many accounts pass the filter and contain the query, and a page of them by name, each with
/// how it is used.
pub(super) fn users(
    engine: &Engine,
    query: &str,
    filter: UserFilter,
    page: Page,
) -> Result<(u32, Vec<UserWithUse>), StoreError> {
    let query = fold(query);
    let (total, users) = select(engine, page, |user| {
        let texts = [user.user_name.as_str(), user.email.as_str(), user.phone.as_str()];
        passes(user, filter) && texts.into_iter().any(|text| fold(text).contains(&query))
    })?;
    let with_use = users.into_iter().map(|user| Ok((user.clone(), use_of(engine, user.id)?)));
    Ok((total, with_use.collect::<Result<_, StoreError>>()?))
}

fn select(
    engine: &Engine,
    page: Page,
    is_wanted: impl Fn(&UserRecord) -> bool,
) -> Result<(u32, Vec<UserRecord>), StoreError> {
    let (mut total, mut found) = (0_u32, Vec::new());
    for row in engine.records(NAMES, Bound::Unbounded) {
        let (_, id) = row?;
        // It may have been deleted since the row was read.
        let Some(user) = engine.get(USERS, &id)?.filter(&is_wanted) else { continue };
        if total >= page.offset && found.len() < usize::from(page.limit) {
            found.push(user);
        }
        total = total.saturating_add(1);
    }
    Ok((total, found))
}

fn passes(user: &UserRecord, filter: UserFilter) -> bool {
    match filter {
        UserFilter::All => true,
        UserFilter::Waiting => user.state == AccountState::Waiting,
        UserFilter::Disabled => user.state == AccountState::Disabled,
        UserFilter::Staff => user.role != Role::Member,
    }
}

/// Returns how an account is used.
pub(super) fn use_of(engine: &Engine, user: UserId) -> Result<UserUse, StoreError> {
    let files_bytes = engine.get(USAGE, &user)?.map_or(0, |usage| usage.used_bytes());
    Ok(UserUse { used_unix_ms: last_used(engine, user)?, files_bytes })
}

fn last_used(engine: &Engine, user: UserId) -> Result<Option<u64>, StoreError> {
    let mut last = None;
    for row in engine.records(SESSIONS_BY_USER, Bound::Included(user.to_bytes())) {
        let ((owner, token_hash), ()) = row?;
        if owner != user {
            break;
        }
        let session = engine.get(SESSIONS, &token_hash)?;
        last = last.max(session.map(|session| session.used_unix_ms));
    }
    Ok(last)
}

/// Makes a text comparable: blanks around it dropped, case folded, normalised (NFKC) as usernames are.
pub(super) fn fold(text: &str) -> String {
    text.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

//! Accounts: their records, the keys by which they are found, and the one way they are written.
//!
//! This file does not know passwords, only their hashes as text, nor who asks for a change: how accounts
//! come stands in `users/join.rs`, what becomes of them in `users/edit.rs`.

pub(super) mod edit;
pub(super) mod join;

use std::ops::Bound::Unbounded;

use parlour_common::Secret;
use parlour_common::message::{AccountState, Quota, Role, Visibility};
use parlour_common::names::{Email, Phone, UserName};
use serde::{Deserialize, Serialize};

use super::change::{Refusal, Stop};
use super::draft::Draft;
use super::engine::{Engine, Read};
use super::error::StoreError;
use super::tables::{EMAILS, META, NAMES, SKELETONS, TextKey, USERS, UserId};

/// The counter in `meta` that holds the highest user id given so far.
pub(super) const LAST_USER_KEY: &str = "last_user";

/// The counter in `meta` of the admins whose accounts are active.
pub(super) const ADMINS_KEY: &str = "admins";

/// The counter in `meta` of the accounts that wait for approval.
pub(super) const WAITING_KEY: &str = "waiting";

/// Tells whether an account is one of a kind.
pub(super) type IsOne = fn(&UserRecord) -> bool;

/// The accounts that are counted, by the counter in `meta`.
pub(super) const COUNTED: [(&str, IsOne); 2] =
    [(ADMINS_KEY, UserRecord::is_active_admin), (WAITING_KEY, UserRecord::is_waiting)];

/// An account to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewUser {
    /// The username.
    pub user_name: UserName,
    /// The e-mail address.
    pub email: Email,
    /// The phone number.
    pub phone: Phone,
    /// The hash of the password, a PHC string.
    pub password_hash: Secret<String>,
    /// When it was asked for.
    pub created_unix_ms: u64,
    /// What its owner may do.
    pub role: Role,
    /// Whether it may be used.
    pub state: AccountState,
}

/// An account. Later fields need `serde(default)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRecord {
    /// Who it is.
    pub id: UserId,
    /// The username.
    pub user_name: UserName,
    /// The e-mail address.
    pub email: Email,
    /// The phone number.
    pub phone: Phone,
    /// The hash of the password, a PHC string.
    pub password_hash: Secret<String>,
    /// When the account was made.
    pub created_unix_ms: u64,
    /// What its owner says of themselves; may be empty.
    #[serde(default)]
    pub about: String,
    /// Which of it other members see.
    #[serde(default)]
    pub visibility: Visibility,
    /// What its owner may do.
    #[serde(default)]
    pub role: Role,
    /// Whether it may be used.
    #[serde(default)]
    pub state: AccountState,
    /// Until when its codes for a forgotten password are long, since one was guessed at; 0 means never.
    #[serde(default)]
    pub long_codes_until_unix_ms: u64,
    /// How many short codes were tried wrongly since its codes were long last, each within 30 days of the one
    /// before.
    #[serde(default)]
    pub wrong_codes: u32,
    /// When the last of them was.
    #[serde(default)]
    pub wrong_code_unix_ms: u64,
    /// How much its files may take.
    #[serde(default)]
    pub quota: Quota,
}

impl UserRecord {
    /// Tells whether the account may be used.
    pub fn is_active(&self) -> bool {
        self.state == AccountState::Active
    }

    /// Tells whether the account is an admin's and may be used.
    pub fn is_active_admin(&self) -> bool {
        self.is_active() && self.role == Role::Admin
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.state == AccountState::Waiting
    }
}

/// What of a new account is another's already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The username, in another spelling perhaps, or one that looks like it.
    pub user_name: bool,
    /// The e-mail address.
    pub email: bool,
}

impl Taken {
    /// Tells whether anything is taken.
    pub fn any(self) -> bool {
        self.user_name || self.email
    }
}

/// The three unique keys of an account.
pub(super) struct Keys {
    pub(super) name: TextKey,
    pub(super) skeleton: TextKey,
    pub(super) email: TextKey,
}

impl Keys {
    pub(super) fn new(user_name: &UserName, email: &Email) -> Self {
        Self {
            name: TextKey::new(&user_name.key()),
            skeleton: TextKey::new(&user_name.skeleton()),
            email: TextKey::new(&email.key()),
        }
    }
}

/// Tells what of a username and an address is taken.
pub(super) fn taken(reader: &impl Read, keys: &Keys) -> Result<Taken, StoreError> {
    let user_name = reader.has(NAMES, &keys.name)? || reader.has(SKELETONS, &keys.skeleton)?;
    Ok(Taken { user_name, email: reader.has(EMAILS, &keys.email)? })
}

/// Returns an account that must be there.
pub(super) fn get(reader: &impl Read, id: UserId) -> Result<UserRecord, Stop> {
    Ok(reader.get(USERS, &id)?.ok_or(Refusal::NoSuchUser)?)
}

/// Returns an account, no matter which, if there is one.
pub(super) fn somebody(engine: &Engine) -> Result<Option<UserRecord>, StoreError> {
    Ok(engine.records(USERS, Unbounded).next().transpose()?.map(|(_, user)| user))
}

/// Returns a counter of accounts.
pub(super) fn count(reader: &impl Read, name: &str) -> Result<u64, StoreError> {
    Ok(reader.get(META, &TextKey::new(name))?.unwrap_or(0))
}

/// Makes an account under the next id.
fn add(draft: &mut Draft<'_>, new: &NewUser) -> Result<UserRecord, Stop> {
    let keys = Keys::new(&new.user_name, &new.email);
    let taken = taken(draft, &keys)?;
    if taken.any() {
        return Err(Refusal::Taken(taken).into());
    }
    let id = UserId(draft.count_up(LAST_USER_KEY)?);
    let NewUser { user_name, email, phone, password_hash, created_unix_ms, role, state } = new.clone();
    let user = UserRecord {
        id,
        user_name,
        email,
        phone,
        password_hash,
        created_unix_ms,
        about: String::new(),
        visibility: Visibility::default(),
        role,
        state,
        long_codes_until_unix_ms: 0,
        wrong_codes: 0,
        wrong_code_unix_ms: 0,
        quota: Quota::Standard,
    };
    draft.put(USERS, &id, &user)?;
    draft.put(NAMES, &keys.name, &id)?;
    draft.put(SKELETONS, &keys.skeleton, &id)?;
    draft.put(EMAILS, &keys.email, &id)?;
    recount(draft, None, Some(&user))?;
    Ok(user)
}

/// Writes an account in place of what it was. Its username stays.
pub(super) fn rewrite(draft: &mut Draft<'_>, former: &UserRecord, user: &UserRecord) -> Result<(), Stop> {
    let [before, after] = [former, user].map(|user| TextKey::new(&user.email.key()));
    if before != after {
        if draft.has(EMAILS, &after)? {
            return Err(Refusal::Taken(Taken { user_name: false, email: true }).into());
        }
        draft.remove(EMAILS, &before);
        draft.put(EMAILS, &after, &user.id)?;
    }
    recount(draft, Some(former), Some(user))?;
    draft.put(USERS, &user.id, user)
}

/// Removes an account, and every key by which it is found.
fn remove(draft: &mut Draft<'_>, user: &UserRecord) -> Result<(), Stop> {
    let keys = Keys::new(&user.user_name, &user.email);
    recount(draft, Some(user), None)?;
    draft.remove(USERS, &user.id);
    draft.remove(NAMES, &keys.name);
    draft.remove(SKELETONS, &keys.skeleton);
    draft.remove(EMAILS, &keys.email);
    Ok(())
}

/// Keeps the counts of accounts. Where there is an active admin there is always one.
fn recount(
    draft: &mut Draft<'_>,
    former: Option<&UserRecord>,
    user: Option<&UserRecord>,
) -> Result<(), Stop> {
    for (name, is_one) in COUNTED {
        match (former.is_some_and(is_one), user.is_some_and(is_one)) {
            (false, true) => {
                draft.count_up(name)?;
            }
            (true, false) => {
                let left = draft.count_down(name)?;
                if left == 0 && name == ADMINS_KEY {
                    return Err(Refusal::LastAdmin.into());
                }
            }
            _ => {}
        }
    }
    Ok(())
}

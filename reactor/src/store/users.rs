//! Accounts: their records, the keys by which they are found, and what changes them.
//!
//! This file does not know passwords, only their hashes as text, nor who may do what.

use parlour_common::Secret;
use parlour_common::names::{Email, Phone, UserName};
use serde::{Deserialize, Serialize};

use super::change::{Refusal, Stop};
use super::draft::Draft;
use super::engine::Read;
use super::error::StoreError;
use super::tables::{EMAILS, META, NAMES, SKELETONS, TextKey, USERS, UserId};

/// The counter in `meta` that holds the highest user id given so far.
pub(super) const LAST_USER_KEY: &str = "last_user";

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
}

/// An account. Later fields need `serde(default)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// Makes an account under the next id.
pub(super) fn add(draft: &mut Draft<'_>, new: &NewUser) -> Result<UserId, Stop> {
    let keys = Keys::new(&new.user_name, &new.email);
    let taken = taken(draft, &keys)?;
    if taken.any() {
        return Err(Refusal::Taken(taken).into());
    }
    let counter = TextKey::new(LAST_USER_KEY);
    let id = UserId(draft.get(META, &counter)?.unwrap_or(0) + 1);
    let NewUser { user_name, email, phone, password_hash, created_unix_ms } = new.clone();
    let user = UserRecord { id, user_name, email, phone, password_hash, created_unix_ms };
    draft.put(META, &counter, &id.0)?;
    draft.put(USERS, &id, &user)?;
    draft.put(NAMES, &keys.name, &id)?;
    draft.put(SKELETONS, &keys.skeleton, &id)?;
    draft.put(EMAILS, &keys.email, &id)?;
    Ok(id)
}

/// Replaces the password hash, if it is still the expected one.
pub(super) fn set_password_hash(
    draft: &mut Draft<'_>,
    id: UserId,
    from: &Secret<String>,
    to: &Secret<String>,
) -> Result<(), Stop> {
    let mut user = draft.get(USERS, &id)?.ok_or(Refusal::NoSuchUser)?;
    if user.password_hash != *from {
        return Err(Refusal::HashChanged.into());
    }
    user.password_hash = to.clone();
    draft.put(USERS, &id, &user)
}

//! What becomes of accounts: edits by their owners and by admins, passwords, and the end.
//!
//! This file does not know how a password is hashed, nor what an account has shared: it writes down what is
//! to become of that.

use parlour_common::Secret;
use parlour_common::message::{AccountState, AuditAction, Field, Quota, Role, SharedFate, Visibility};
use parlour_common::names::{Email, Phone, UserName};
use serde::{Deserialize, Serialize};

use super::super::audit::{self, Act, AuditRecord, Author};
use super::super::change::{Applied, Refusal, Stop};
use super::super::codes;
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::files::departed;
use super::super::mail::{self, MailKind};
use super::super::room;
use super::super::sessions::{self, TokenHash};
use super::super::tables::{DEPARTED, SEATS, USERS, UserId};
use super::{UserRecord, get, remove, rewrite};

/// What the owner of an account changes of it. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountEdit {
    /// Another e-mail address.
    pub email: Option<Email>,
    /// Another phone number.
    pub phone: Option<Phone>,
    /// Other words about oneself; the caller has checked them.
    pub about: Option<String>,
    /// Which of it other members see.
    pub visibility: Option<Visibility>,
}

/// What an admin changes of an account. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserEdit {
    /// Another e-mail address.
    pub email: Option<Email>,
    /// Another phone number.
    pub phone: Option<Phone>,
    /// Another role.
    pub role: Option<Role>,
    /// Another state. Only a new account waits, so none is made to wait again.
    pub state: Option<AccountState>,
    /// Another quota. What is there already stays.
    pub quota: Option<Quota>,
}

/// A deleted account: its id is never given again, and what it shared has this fate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartedRecord {
    /// The username it had.
    pub user_name: UserName,
    /// When it was deleted.
    pub at_unix_ms: u64,
    /// What becomes of what it shared.
    pub shared: Fate,
}

/// What becomes of what a deleted account shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Another member becomes its owner.
    HandOver {
        /// Who.
        to: UserId,
    },
    /// Those with whom it is shared keep it.
    Keep {},
    /// It is removed.
    Remove {},
}

/// Changes one's own account.
pub(in super::super) fn edit_own(
    draft: &mut Draft<'_>,
    id: UserId,
    edit: &AccountEdit,
    at_unix_ms: u64,
    notify: bool,
) -> Result<Applied, Stop> {
    let former = active(draft, id)?;
    let mut user = former.clone();
    let AccountEdit { email, phone, about, visibility } = edit.clone();
    user.email = email.unwrap_or(user.email);
    user.phone = phone.unwrap_or(user.phone);
    user.about = about.unwrap_or(user.about);
    user.visibility = visibility.unwrap_or(user.visibility);
    rewrite(draft, &former, &user)?;
    after_edit(draft, &former, &user, at_unix_ms, notify)?;
    Ok(Applied::Account(Box::new(user)))
}

/// Changes someone's account. What really changed is written down, an entry for each kind of change.
pub(in super::super) fn edit_user(
    draft: &mut Draft<'_>,
    act: &Act,
    id: UserId,
    edit: &UserEdit,
    notify: bool,
) -> Result<Applied, Stop> {
    let by = audit::name_of(draft, act)?;
    let former = get(draft, id)?;
    let mut user = former.clone();
    let UserEdit { email, phone, role, state, quota } = edit.clone();
    user.email = email.unwrap_or(user.email);
    user.phone = phone.unwrap_or(user.phone);
    user.role = role.unwrap_or(user.role);
    user.state = state.unwrap_or(user.state);
    user.quota = quota.unwrap_or(user.quota);
    if user.state == AccountState::Waiting && former.state != AccountState::Waiting {
        return Err(Refusal::PastWaiting.into());
    }
    rewrite(draft, &former, &user)?;
    after_edit(draft, &former, &user, act.at_unix_ms, notify)?;
    let ended = (user.role, user.state) != (former.role, former.state);
    if ended {
        sessions::end_all(draft, id, None)?;
        // A seat is left with the end of one's sessions.
        draft.remove(SEATS, &id);
    }
    for entry in deeds(&former, &user, act.at_unix_ms, &by) {
        audit::write(draft, &entry)?;
    }
    Ok(Applied::Edited { user: Box::new(user), ended })
}

/// Another address: the former one is told, and a code that is on its way there opens nothing any more.
fn after_edit(
    draft: &mut Draft<'_>,
    former: &UserRecord,
    user: &UserRecord,
    at_unix_ms: u64,
    notify: bool,
) -> Result<(), Stop> {
    if former.email.key() == user.email.key() {
        return Ok(());
    }
    codes::void_of(draft, user.id)?;
    if notify { mail::notice(draft, Some(former), MailKind::EmailChanged {}, at_unix_ms) } else { Ok(()) }
}

/// Returns an entry for each kind of change between an account and what it was.
fn deeds(former: &UserRecord, user: &UserRecord, at_unix_ms: u64, by: &str) -> Vec<AuditRecord> {
    let entry = |action| AuditRecord::new(at_unix_ms, by, action, user.user_name.as_str());
    let changed = [
        (Field::Email, former.email != user.email),
        (Field::Phone, former.phone != user.phone),
        (Field::Quota, former.quota != user.quota),
    ];
    let fields: Vec<Field> = changed.into_iter().filter_map(|(field, is)| is.then_some(field)).collect();
    let mut entries = Vec::new();
    if !fields.is_empty() {
        entries.push(AuditRecord { fields, ..entry(AuditAction::UserEdited) });
    }
    if former.role != user.role {
        entries.push(AuditRecord { role: Some(user.role), ..entry(AuditAction::RoleChanged) });
    }
    if former.state != user.state {
        let action = match (former.state, user.state) {
            (AccountState::Waiting, AccountState::Active) => AuditAction::UserApproved,
            (_, AccountState::Active) => AuditAction::UserEnabled,
            (_, AccountState::Disabled | AccountState::Waiting) => AuditAction::UserDisabled,
        };
        entries.push(entry(action));
    }
    entries
}

/// Deletes an account, with its sessions and codes. Its owner may, and any admin.
pub(in super::super) fn remove_user(
    draft: &mut Draft<'_>,
    act: &Act,
    id: UserId,
    shared: Fate,
) -> Result<(), Stop> {
    let by = match act.by {
        Author::Member(own) if own == id => active(draft, id)?.user_name.as_str().to_owned(),
        _ => audit::name_of(draft, act)?,
    };
    let user = get(draft, id)?;
    let told = match shared {
        Fate::HandOver { to } => {
            let heir: Option<UserRecord> = draft.get(USERS, &to)?;
            let heir = heir.filter(|heir| heir.is_active() && to != id).ok_or(Refusal::NoSuchHeir)?;
            SharedFate::HandOver { to: heir.user_name.as_str().to_owned() }
        }
        Fate::Keep {} => SharedFate::Keep {},
        Fate::Remove {} => SharedFate::Remove {},
    };
    remove(draft, &user)?;
    sessions::end_all(draft, id, None)?;
    codes::void_of(draft, id)?;
    departed::note(draft, id)?;
    room::leave_room(draft, id);
    let entry = AuditRecord::new(act.at_unix_ms, &by, AuditAction::UserDeleted, user.user_name.as_str());
    audit::write(draft, &AuditRecord { shared: Some(told), ..entry })?;
    let departed = DepartedRecord { user_name: user.user_name, at_unix_ms: act.at_unix_ms, shared };
    draft.put(DEPARTED, &id, &departed)
}

/// Replaces the hash of the same password, if it is still the expected one.
pub(in super::super) fn rehash(
    draft: &mut Draft<'_>,
    id: UserId,
    from: &Secret<String>,
    to: &Secret<String>,
) -> Result<(), Stop> {
    let former = get(draft, id)?;
    replace_hash(draft, &former, from, to)
}

/// A new password in place of the old one.
pub(in super::super) struct NewPassword<'a> {
    /// The hash that was checked.
    pub(in super::super) from: &'a Secret<String>,
    /// The hash of the new one.
    pub(in super::super) to: &'a Secret<String>,
    /// The session that goes on.
    pub(in super::super) keep: TokenHash,
    /// When it was asked for.
    pub(in super::super) at_unix_ms: u64,
    /// Whether the owner is told by mail.
    pub(in super::super) notify: bool,
}

/// Changes a password: what was opened, or could be, by whoever knew the old one is closed.
pub(in super::super) fn set_password(
    draft: &mut Draft<'_>,
    id: UserId,
    new: &NewPassword<'_>,
) -> Result<(), Stop> {
    let former = active(draft, id)?;
    replace_hash(draft, &former, new.from, new.to)?;
    sessions::end_all(draft, id, Some(new.keep))?;
    codes::void_of(draft, id)?;
    match new.notify {
        true => mail::notice(draft, Some(&former), MailKind::PasswordChanged {}, new.at_unix_ms),
        false => Ok(()),
    }
}

fn replace_hash(
    draft: &mut Draft<'_>,
    former: &UserRecord,
    from: &Secret<String>,
    to: &Secret<String>,
) -> Result<(), Stop> {
    if former.password_hash != *from {
        return Err(Refusal::HashChanged.into());
    }
    rewrite(draft, former, &UserRecord { password_hash: to.clone(), ..former.clone() })
}

/// Returns an account that its owner may use: it may have been disabled since they asked.
fn active(reader: &impl Read, id: UserId) -> Result<UserRecord, Stop> {
    let user = get(reader, id)?;
    if user.is_active() { Ok(user) } else { Err(Refusal::NotActive.into()) }
}

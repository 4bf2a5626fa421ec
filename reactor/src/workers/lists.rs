//! Lists of people, invites and what was done, and what an admin's request needs before it is a change.
//!
//! This file does not know who asked, nor whether they may. What a member does not let others see is left
//! out here, where the record is read: no other room ever has it in its hands.

use parlour_common::Secret;
use parlour_common::limits::INVITE_CODE_BYTES;
use parlour_common::message::{
    AuditPage, InviteEntry, InviteList, ListAudit, ListMembers, ListUsers, MemberPage, Profile, UserPage,
};
use parlour_common::names::{Email, InviteCode, UserName};

use super::{Passwords, random, storage_failed};
use crate::job::{Completion, PeopleFound, PeopleJob, user_entry};
use crate::store::{InviteRecord, Page, Store, StoreError, UserRecord, UserUse};

#[cfg(test)]
mod tests;

/// The random bytes behind a password that nobody knows.
const UNKNOWN_PASSWORD_BYTES: usize = 32;

/// Does the work.
pub(super) fn run(store: &Store, passwords: &Passwords, job: PeopleJob) -> Completion {
    let found = match job {
        PeopleJob::ListMembers(list) => members(store, &list).map(PeopleFound::Members),
        PeopleJob::ListUsers(list) => users(store, &list).map(PeopleFound::Users),
        PeopleJob::ListInvites { unix_ms } => invites(store, unix_ms).map(PeopleFound::Invites),
        PeopleJob::ListAudit(list) => audit(store, &list).map(PeopleFound::Audit),
        PeopleJob::CountWaiting => store.waiting_users().map(PeopleFound::Waiting),
        PeopleJob::FindUser { user_name, heir } => find_user(store, &user_name, heir.as_ref()),
        PeopleJob::PrepareUser { user_name, email, password } => {
            return prepare_user(store, passwords, (&user_name, &email), password);
        }
        PeopleJob::DrawInvite => {
            let Some(bytes) = random::<INVITE_CODE_BYTES>() else { return Completion::Failed };
            Ok(PeopleFound::InviteDrawn(Secret::new(InviteCode::from_bytes(bytes))))
        }
    };
    match found {
        Ok(found) => Completion::People(found),
        Err(error) => storage_failed(&error),
    }
}

fn members(store: &Store, list: &ListMembers) -> Result<MemberPage, StoreError> {
    let (total, members) = store.members(&list.query, Page { offset: list.offset, limit: list.limit })?;
    Ok(MemberPage { total, members: members.into_iter().map(profile).collect() })
}

fn users(store: &Store, list: &ListUsers) -> Result<UserPage, StoreError> {
    let page = Page { offset: list.offset, limit: list.limit };
    let (total, users) = store.users(&list.query, list.filter, page)?;
    let waiting = store.waiting_users()?;
    let users = users.into_iter().map(|(user, used)| user_entry(user, used)).collect();
    Ok(UserPage { total, waiting, users })
}

fn invites(store: &Store, unix_ms: u64) -> Result<InviteList, StoreError> {
    Ok(InviteList { invites: store.invites(unix_ms)?.into_iter().map(invite_entry).collect() })
}

fn audit(store: &Store, list: &ListAudit) -> Result<AuditPage, StoreError> {
    let (entries, more) = store.audit(list.before, list.limit)?;
    Ok(AuditPage { entries, more })
}

fn find_user(
    store: &Store,
    user_name: &UserName,
    heir: Option<&UserName>,
) -> Result<PeopleFound, StoreError> {
    let user = store.user_by_name(user_name)?;
    let used = match &user {
        Some(user) => store.user_use(user.id)?,
        None => UserUse::default(),
    };
    let heir = match heir {
        Some(heir) => store.user_by_name(heir)?,
        None => None,
    };
    Ok(PeopleFound::User { user: user.map(Box::new), used, heir: heir.map(Box::new) })
}

fn prepare_user(
    store: &Store,
    passwords: &Passwords,
    (user_name, email): (&UserName, &Email),
    password: Option<Secret<String>>,
) -> Completion {
    match store.taken(user_name, email) {
        Ok(taken) if taken.any() => return Completion::People(PeopleFound::Taken(taken)),
        Ok(_) => {}
        Err(error) => return storage_failed(&error),
    }
    // An account without a password has the hash of one that nobody knows: whatever is tried is refused
    // like any wrong one, in the same time.
    let password = password.or_else(unknown_password);
    match password.and_then(|password| passwords.hash(&password)) {
        Some(hash) => Completion::People(PeopleFound::Prepared(hash)),
        None => Completion::Failed,
    }
}

/// Draws a password that nobody knows.
fn unknown_password() -> Option<Secret<String>> {
    let bytes = random::<UNKNOWN_PASSWORD_BYTES>()?;
    Some(Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// Returns a member as the others see them.
fn profile(user: UserRecord) -> Profile {
    let shown = user.visibility;
    Profile {
        user_name: user.user_name,
        role: user.role,
        created_unix_ms: user.created_unix_ms,
        email: shown.email.then_some(user.email),
        phone: shown.phone.then_some(user.phone),
        about: shown.about.then_some(user.about),
    }
}

fn invite_entry(invite: InviteRecord) -> InviteEntry {
    let InviteRecord { id, note, by, created_unix_ms, expires_unix_ms, used_by, .. } = invite;
    InviteEntry { id, note, by, created_unix_ms, expires_unix_ms, used_by }
}

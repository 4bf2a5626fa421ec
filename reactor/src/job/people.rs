//! Slow work about people: lists of them, and what an admin's request needs before it is a change.
//!
//! This file does not know who asked, who may ask, nor how records are kept.

use parlour_common::Secret;
use parlour_common::message::{
    AuditPage, InviteList, ListAudit, ListMembers, ListUsers, MemberPage, UserEntry, UserPage,
};
use parlour_common::names::{Email, InviteCode, UserName};

use super::Lane;
use crate::store::{Taken, UserRecord, UserUse};

/// Slow work about people.
#[derive(Debug)]
pub enum PeopleJob {
    /// Read a page of the members, each as far as they let others see.
    ListMembers(ListMembers),
    /// Read a page of the accounts.
    ListUsers(ListUsers),
    /// Read the invites that can be used, or could lately.
    ListInvites {
        /// The time of asking, in milliseconds since 1970 UTC.
        unix_ms: u64,
    },
    /// Read a page of what was done.
    ListAudit(ListAudit),
    /// Count the accounts that wait for approval.
    CountWaiting,
    /// Find an account, and perhaps who is to have what it shared.
    FindUser {
        /// Whose it is.
        user_name: UserName,
        /// Who is to have what it shared.
        heir: Option<UserName>,
    },
    /// See whether a username and an e-mail address are free, then hash a password for them.
    PrepareUser {
        /// The username wanted.
        user_name: UserName,
        /// The e-mail address.
        email: Email,
        /// The password; `None` draws one that nobody knows.
        password: Option<Secret<String>>,
    },
    /// Draw the code of an invite.
    DrawInvite,
}

/// The end of a [`PeopleJob`].
#[derive(Debug)]
pub enum PeopleFound {
    /// Of [`PeopleJob::ListMembers`].
    Members(MemberPage),
    /// Of [`PeopleJob::ListUsers`].
    Users(UserPage),
    /// Of [`PeopleJob::ListInvites`].
    Invites(InviteList),
    /// Of [`PeopleJob::ListAudit`].
    Audit(AuditPage),
    /// Of [`PeopleJob::CountWaiting`].
    Waiting(u32),
    /// Of [`PeopleJob::FindUser`].
    User {
        /// The account, if there is one.
        user: Option<Box<UserRecord>>,
        /// How it is used.
        used: UserUse,
        /// The account of the heir, if one was asked for and there is one.
        heir: Option<Box<UserRecord>>,
    },
    /// Of [`PeopleJob::PrepareUser`]: the hash to store.
    Prepared(Secret<String>),
    /// Of [`PeopleJob::PrepareUser`], when something is taken.
    Taken(Taken),
    /// Of [`PeopleJob::DrawInvite`].
    InviteDrawn(Secret<InviteCode>),
}

impl PeopleJob {
    /// Returns where the job is done.
    pub(super) fn lane(&self) -> Lane {
        match self {
            Self::PrepareUser { .. } => Lane::Password,
            Self::ListMembers(_) => Lane::Members,
            Self::ListUsers(_)
            | Self::ListInvites { .. }
            | Self::ListAudit(_)
            | Self::CountWaiting
            | Self::FindUser { .. }
            | Self::DrawInvite => Lane::Lookup,
        }
    }
}

/// Returns an account as admins see it.
pub fn user_entry(user: UserRecord, used: UserUse) -> UserEntry {
    UserEntry {
        user_name: user.user_name,
        email: user.email,
        phone: user.phone,
        role: user.role,
        state: user.state,
        created_unix_ms: user.created_unix_ms,
        used_unix_ms: used.used_unix_ms,
        files_bytes: used.files_bytes,
        quota: user.quota,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_that_a_member_asks_for_is_in_the_way_of_an_admin() {
        let list = ListMembers { query: String::new(), offset: 0, limit: 1 };
        assert_eq!(PeopleJob::ListMembers(list).lane(), Lane::Members);
        let find = PeopleJob::FindUser { user_name: UserName::parse("mina").unwrap(), heir: None };
        for job in [find, PeopleJob::CountWaiting, PeopleJob::DrawInvite] {
            assert_eq!(job.lane(), Lane::Lookup, "{job:?}");
        }
    }
}

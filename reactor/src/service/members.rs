//! The other members: pages of them, each as far as they let others see.
//!
//! This file does not know what anyone hides: that never comes here.

use parlour_common::limits::{MEMBERS_PER_PAGE_MAX, QUERY_BYTES_MAX};
use parlour_common::message::{Denial, ListMembers, Reply};

use super::{Service, Waiting};
use crate::id::Asker;
use crate::job::{Job, PeopleFound, PeopleJob};

impl Service {
    pub(super) fn handle_list_members(&mut self, asker: Asker, list: ListMembers) {
        if self.session_of(asker).is_none() {
            return;
        }
        if let Err(denial) = check_page(&list.query, list.limit, MEMBERS_PER_PAGE_MAX) {
            return self.deny(asker, denial);
        }
        self.run(asker, Job::People(PeopleJob::ListMembers(list)), Waiting::Page);
    }

    /// Takes a page that was read.
    pub(super) fn handle_listed(&mut self, asker: Asker, found: PeopleFound) {
        let reply = match found {
            PeopleFound::Members(page) => Reply::Members(page),
            PeopleFound::Users(page) => Reply::Users(page),
            PeopleFound::Invites(list) => Reply::Invites(list),
            PeopleFound::Audit(page) => Reply::Audit(page),
            found => unreachable!("{found:?} is no page"),
        };
        self.reply(asker, reply);
    }
}

/// Refuses a page that may not be asked for.
pub(super) fn check_page(query: &str, limit: u16, limit_max: u16) -> Result<(), Denial> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(Denial::BadRequest { reason: format!("`query` is longer than {QUERY_BYTES_MAX} bytes") });
    }
    check_limit(limit, limit_max)
}

/// Refuses a number of entries that may not be asked for.
pub(super) fn check_limit(limit: u16, limit_max: u16) -> Result<(), Denial> {
    if limit == 0 || limit > limit_max {
        return Err(Denial::BadRequest { reason: format!("`limit` is not between 1 and {limit_max}") });
    }
    Ok(())
}

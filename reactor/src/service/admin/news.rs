//! The news that accounts or invites are other than they were, told to the admins on the line.
//!
//! This file does not know what changed. How many accounts wait is counted by a worker; while one counts,
//! what changes beside it makes one more count, not one each.

use parlour_common::message::{Event, Role};

use super::super::{Peer, Service};
use crate::effect::Effect;
use crate::id::Ticket;
use crate::job::{Completion, Job, PeopleFound, PeopleJob};

/// What is known of the news.
#[derive(Debug, Default)]
pub struct News {
    /// The count under way.
    counting: Option<Ticket>,
    /// Whether something changed since it began.
    changed_again: bool,
    /// How many accounts waited when they were last counted.
    waiting: u32,
}

impl Service {
    /// Tells the admins on the line that accounts or invites are other than they were, once it is known how
    /// many accounts wait. To be called after every such change.
    pub(in super::super) fn note_users_changed(&mut self) {
        if self.news.counting.is_some() {
            self.news.changed_again = true;
            return;
        }
        if !self.peers.values().any(is_admin) {
            return;
        }
        let ticket = self.new_ticket();
        self.news.counting = Some(ticket);
        let job = Job::People(PeopleJob::CountWaiting);
        self.effects.push_back(Effect::Run { ticket, asker: None, job });
    }

    /// Tells whether a job is the count.
    pub(in super::super) fn is_counting(&self, ticket: Ticket) -> bool {
        self.news.counting == Some(ticket)
    }

    /// Takes the end of the count.
    pub(in super::super) fn handle_counted(&mut self, completion: &Completion) {
        self.news.counting = None;
        // Without a new number the news is told with the former one: the lists are out of date all the same.
        if let Completion::People(PeopleFound::Waiting(waiting)) = completion {
            self.news.waiting = *waiting;
        }
        let event = Event::UsersChanged { waiting: self.news.waiting };
        self.tell(event, |_, session| session.role == Role::Admin);
        if std::mem::take(&mut self.news.changed_again) {
            self.note_users_changed();
        }
    }
}

fn is_admin(peer: &Peer) -> bool {
    peer.session.as_ref().is_some_and(|session| session.role == Role::Admin)
}

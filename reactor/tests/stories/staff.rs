//! Who has a role in the house, and what becomes of what they ask: shared by the stories of admins.
//!
//! It does not know what they may do.

use std::collections::BTreeSet;

use parlour_common::message::{Denial, Event, Reply, Request, Role, SignUpRule};
use parlour_reactor::effect::{Answer, Effect};
use parlour_reactor::id::{Asker, ConnId, Ticket};
use parlour_reactor::job::{Completion, Job, PeopleFound, PeopleJob};
use parlour_reactor::store::{
    Applied, ChangeError, Refusal, SessionRecord, Taken, UserId, UserRecord, UserUse,
};

use super::house::{House, resume, sign_up, sign_up_prepared, user};

/// The admin of the stories.
pub const ANNA: UserId = UserId(1);

/// The record of someone with a role.
pub fn person(id: u64, name: &str, role: Role) -> UserRecord {
    UserRecord { id: UserId(id), role, ..user(name) }
}

impl House {
    /// Someone connects and resumes a session of theirs.
    pub fn enter(&mut self, number: u8, user: &UserRecord) -> ConnId {
        let conn = self.open();
        let (asker, ticket, _) = self.ask_for_job(conn, resume(number));
        self.complete(ticket, self.found(user));
        let answer = self.expect_answer(asker);
        assert!(matches!(answer, Answer::Reply(Reply::SignedIn(_))), "{answer:?}");
        self.expect_nothing();
        conn
    }

    /// A session of someone, as a worker finds it.
    pub fn found(&self, user: &UserRecord) -> Completion {
        let session = SessionRecord { user: user.id, ..self.session() };
        Completion::SessionFound(Some((session, user.clone())))
    }

    /// An admin connects.
    pub fn admin(&mut self) -> ConnId {
        self.enter(101, &person(ANNA.0, "anna", Role::Admin))
    }

    /// The command line connects.
    pub fn operator(&mut self) -> ConnId {
        let conn = self.open();
        self.service.handle_closed(conn);
        self.service.handle_opened_local(conn);
        conn
    }

    /// A house in which an admin approves every account.
    pub fn approving() -> Self {
        Self::with(|settings| settings.policies.sign_up = SignUpRule::Approval)
    }

    /// Someone connects and signs up, and has to wait for approval.
    pub fn waiting(&mut self) -> ConnId {
        let conn = self.open();
        let (asker, ticket, _) = self.ask_for_job(conn, sign_up("zari"));
        self.complete(ticket, sign_up_prepared(200));
        let (ticket, _) = self.expect_commit();
        self.apply(ticket, Ok(Applied::User(UserId(6))));
        self.expect_reply(asker, &Reply::SignUpWaiting {});
        self.expect_nothing();
        conn
    }

    /// Expects the news that something changed, and counts so many who wait.
    pub fn expect_news(&mut self, to: &[ConnId], waiting: u32) {
        let ticket = self.expect_count();
        self.complete(ticket, Completion::People(PeopleFound::Waiting(waiting)));
        assert_eq!(self.expect_told(to), Event::UsersChanged { waiting });
        self.expect_nothing();
    }

    /// Expects the count of those who wait to begin.
    pub fn expect_count(&mut self) -> Ticket {
        match self.service.poll_effect() {
            Some(Effect::Run { ticket, job: Job::People(PeopleJob::CountWaiting), .. }) => ticket,
            effect => panic!("{effect:?} is no count"),
        }
    }

    /// Asks, and expects a bad request.
    pub fn expect_bad_request(&mut self, conn: ConnId, request: Request) {
        let asker = self.ask(conn, request);
        let answer = self.expect_answer(asker);
        assert!(matches!(answer, Answer::Denial(Denial::BadRequest { .. })), "{answer:?}");
        self.expect_nothing();
    }

    /// Expects the ends of sessions on these connections, in any order.
    pub fn expect_ends_of_sessions(&mut self, of: &[ConnId]) {
        let ended: BTreeSet<ConnId> = of
            .iter()
            .map(|_| match self.service.poll_effect() {
                Some(Effect::EndSession { of }) => of,
                effect => panic!("{effect:?} ends no session"),
            })
            .collect();
        assert_eq!(ended, of.iter().copied().collect());
    }
}

/// How an account is used: a session of it last at a time, and files of 5,000 bytes.
pub fn used(used_unix_ms: Option<u64>) -> UserUse {
    UserUse { used_unix_ms, files_bytes: 5_000 }
}

/// An account as a worker finds it, last used at a time, with or without an heir.
pub fn found_user(user: &UserRecord, used_unix_ms: Option<u64>, heir: Option<&UserRecord>) -> Completion {
    let boxed = |user: &UserRecord| Box::new(user.clone());
    Completion::People(PeopleFound::User {
        user: Some(boxed(user)),
        used: used(used_unix_ms),
        heir: heir.map(boxed),
    })
}

/// No account, as a worker finds it.
pub fn found_nobody() -> Completion {
    Completion::People(PeopleFound::User { user: None, used: UserUse::default(), heir: None })
}

/// Every way in which work can fail, and how that is told.
pub fn failures() -> [(Completion, Denial); 3] {
    [
        (Completion::Failed, Denial::Internal {}),
        (Completion::StorageFailed, Denial::StorageUnavailable {}),
        (Completion::Busy, Denial::Busy { retry_after_ms: 1000 }),
    ]
}

/// Every way in which a deed of an admin can be refused, and how that is told.
pub fn refusals() -> Vec<(ChangeError, Denial)> {
    use parlour_common::message::{Fault, Field, FieldFault};
    let invalid = |field, fault| Denial::InvalidFields { faults: vec![FieldFault { field, fault }] };
    let refused = ChangeError::Refused;
    vec![
        (ChangeError::StorageUnavailable, Denial::StorageUnavailable {}),
        (refused(Refusal::NotAdmin), Denial::NotAllowed {}),
        (refused(Refusal::NoSuchUser), Denial::NoSuchMember {}),
        (refused(Refusal::NoSuchInvite), Denial::NoSuchInvite {}),
        (refused(Refusal::LastAdmin), Denial::LastAdmin {}),
        (refused(Refusal::NoSuchHeir), invalid(Field::HandOverTo, Fault::NotAllowed {})),
        (refused(Refusal::TooManyInvites), Denial::TooManyInvites { limit: 100 }),
        (
            refused(Refusal::Taken(Taken { user_name: false, email: true })),
            invalid(Field::Email, Fault::Taken {}),
        ),
        (refused(Refusal::TooLarge), Denial::Internal {}),
    ]
}

/// Asks what begins a job, and ends it.
pub fn at_the_change(house: &mut House, conn: ConnId, request: Request, end: Completion) -> (Asker, Ticket) {
    let (asker, ticket, _) = house.ask_for_job(conn, request);
    house.complete(ticket, end);
    let (ticket, _) = house.expect_commit();
    (asker, ticket)
}

/// What comes of an edit.
pub fn edited(user: &UserRecord, ended: bool) -> Result<Applied, ChangeError> {
    Ok(Applied::Edited { user: Box::new(user.clone()), ended })
}

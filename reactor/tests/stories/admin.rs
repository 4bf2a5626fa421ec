//! Accounts in the hands of admins: listed, made, and what was done.

use parlour_common::limits::{AUDIT_PER_PAGE_MAX, QUERY_BYTES_MAX, USERS_PER_PAGE_MAX};
use parlour_common::message::{
    AccountState, AddUser, AuditAction, AuditEntry, AuditPage, Denial, Fault, Field, FieldFault, ListAudit,
    ListUsers, Reply, Request, Role, UserFilter, UserPage,
};
use parlour_reactor::job::{Completion, Job, PeopleFound, PeopleJob, user_entry};
use parlour_reactor::store::{Act, Applied, Author, Change, NewUser, Taken, UserUse};

use super::house::{House, PASSWORD, account, secret};
use super::staff::{ANNA, at_the_change, failures, person, refusals, used};

fn list(query: &str, limit: u16) -> ListUsers {
    ListUsers { query: query.to_owned(), filter: UserFilter::Waiting, offset: 3, limit }
}

fn add(password: Option<&str>) -> AddUser {
    AddUser {
        user_name: " mina ".to_owned(),
        email: "mina@example.org".to_owned(),
        phone: "0912 123 4567".to_owned(),
        password: password.map(secret),
        role: Role::Curator,
    }
}

fn prepared() -> Completion {
    Completion::People(PeopleFound::Prepared(secret("a hash")))
}

#[test]
fn a_page_of_accounts_is_what_was_asked_for_and_what_was_read() {
    let mut house = House::new();
    let anna = house.admin();
    let (asker, ticket, job) = house.ask_for_job(anna, Request::ListUsers(list("min", 48)));
    assert!(matches!(job, Job::People(PeopleJob::ListUsers(asked)) if asked == list("min", 48)));
    let users = vec![user_entry(person(7, "mina", Role::Member), used(Some(9)))];
    let page = UserPage { total: 4, waiting: 2, users };
    house.complete(ticket, Completion::People(PeopleFound::Users(page.clone())));
    house.expect_reply(asker, &Reply::Users(page));
    house.expect_nothing();
}

#[test]
fn what_was_done_is_read_from_an_entry_on() {
    let mut house = House::new();
    let anna = house.admin();
    let asked = ListAudit { before: Some(9), limit: AUDIT_PER_PAGE_MAX };
    let (asker, ticket, job) = house.ask_for_job(anna, Request::ListAudit(asked.clone()));
    assert!(matches!(job, Job::People(PeopleJob::ListAudit(list)) if list == asked));
    let entry = AuditEntry {
        id: 8,
        at_unix_ms: 1,
        by: "anna".to_owned(),
        action: AuditAction::RoleChanged,
        subject: "mina".to_owned(),
        role: Some(Role::Admin),
        fields: Vec::new(),
        shared: None,
    };
    let page = AuditPage { entries: vec![entry], more: true };
    house.complete(ticket, Completion::People(PeopleFound::Audit(page.clone())));
    house.expect_reply(asker, &Reply::Audit(page));
    house.expect_nothing();
}

#[test]
fn pages_out_of_bounds_are_bad_requests() {
    let mut house = House::new();
    let anna = house.admin();
    let bad = [
        list(&"x".repeat(QUERY_BYTES_MAX + 1), 1),
        list("", 0),
        list("", USERS_PER_PAGE_MAX + 1),
        list("", u16::MAX),
    ];
    for list in bad {
        house.expect_bad_request(anna, Request::ListUsers(list));
    }
    for list in [list(&"x".repeat(QUERY_BYTES_MAX), 1), list("", USERS_PER_PAGE_MAX)] {
        house.ask_for_job(anna, Request::ListUsers(list));
    }
    for limit in [0, AUDIT_PER_PAGE_MAX + 1, u16::MAX] {
        house.expect_bad_request(anna, Request::ListAudit(ListAudit { before: None, limit }));
    }
}

#[test]
fn a_page_that_cannot_be_read_is_told() {
    let requests =
        [Request::ListUsers(list("", 1)), Request::ListAudit(ListAudit { before: None, limit: 1 })];
    for request in requests {
        for (completion, denial) in failures() {
            let mut house = House::new();
            let anna = house.admin();
            let (asker, ticket, _) = house.ask_for_job(anna, request.clone());
            house.complete(ticket, completion);
            house.expect_denial(asker, &denial);
            house.expect_nothing();
        }
    }
}

#[test]
fn an_account_is_made_with_and_without_a_password() {
    for password in [Some(PASSWORD), None] {
        let mut house = House::new();
        let anna = house.admin();
        let mina = account("mina");
        let (asker, ticket, job) = house.ask_for_job(anna, Request::AddUser(add(password)));
        match job {
            Job::People(PeopleJob::PrepareUser { user_name, email, password: given }) => {
                assert_eq!((&user_name, &email), (&mina.user_name, &mina.email));
                assert_eq!(given.as_ref().map(|given| given.expose().as_str()), password);
            }
            job => panic!("{job:?}"),
        }
        house.now.unix_ms += 300;
        house.complete(ticket, prepared());
        let (ticket, change) = house.expect_commit();
        let act = Act { by: Author::Member(ANNA), at_unix_ms: house.now.unix_ms };
        let user = NewUser {
            user_name: mina.user_name,
            email: mina.email,
            phone: mina.phone,
            password_hash: secret("a hash"),
            created_unix_ms: house.now.unix_ms,
            role: Role::Curator,
            state: AccountState::Active,
        };
        assert_eq!(change, Change::AdmitUser { act, user });
        let made = person(9, "mina", Role::Curator);
        house.apply(ticket, Ok(Applied::Account(Box::new(made.clone()))));
        house.expect_reply(asker, &Reply::User(user_entry(made, UserUse::default())));
        house.expect_news(&[anna], 0);
    }
}

#[test]
fn every_fault_of_a_new_account_is_said_at_once() {
    let form = |user_name: &str, email: &str, phone: &str, password: Option<&str>| AddUser {
        user_name: user_name.to_owned(),
        email: email.to_owned(),
        phone: phone.to_owned(),
        password: password.map(secret),
        role: Role::Member,
    };
    let (missing, not_allowed) = (|| Fault::Missing {}, || Fault::NotAllowed {});
    let cases = [
        (
            form("", "", "", Some("")),
            vec![
                (Field::Phone, missing()),
                (Field::Email, missing()),
                (Field::UserName, missing()),
                (Field::Password, missing()),
            ],
        ),
        (
            form("a b", "nowhere", "12", Some("1234567")),
            vec![
                (Field::Phone, not_allowed()),
                (Field::Email, not_allowed()),
                (Field::UserName, not_allowed()),
                (Field::Password, Fault::TooShort { chars_min: 8 }),
            ],
        ),
        (form("Everyone", "m@example.org", "09121234567", None), vec![(Field::UserName, Fault::Reserved {})]),
        (
            form("mina", "m@example.org", "09121234567", Some("short")),
            vec![(Field::Password, Fault::TooShort { chars_min: 8 })],
        ),
        (
            form(&"x".repeat(33), "m@example.org", "", None),
            vec![(Field::Phone, missing()), (Field::UserName, Fault::TooLong { max: 32 })],
        ),
    ];
    let mut house = House::new();
    let anna = house.admin();
    for (form, faults) in cases {
        let asker = house.ask(anna, Request::AddUser(form));
        let faults = faults.into_iter().map(|(field, fault)| FieldFault { field, fault }).collect();
        house.expect_denial(asker, &Denial::InvalidFields { faults });
        house.expect_nothing();
    }
}

#[test]
fn what_is_taken_is_said_before_the_password_is_hashed() {
    let mut house = House::new();
    let anna = house.admin();
    let (asker, ticket, _) = house.ask_for_job(anna, Request::AddUser(add(None)));
    let taken = Taken { user_name: true, email: true };
    house.complete(ticket, Completion::People(PeopleFound::Taken(taken)));
    let fault = |field| FieldFault { field, fault: Fault::Taken {} };
    let faults = vec![fault(Field::Email), fault(Field::UserName)];
    house.expect_denial(asker, &Denial::InvalidFields { faults });
    house.expect_nothing();
}

#[test]
fn an_account_that_is_not_made_is_told() {
    for (completion, denial) in failures() {
        let mut house = House::new();
        let anna = house.admin();
        let (asker, ticket, _) = house.ask_for_job(anna, Request::AddUser(add(None)));
        house.complete(ticket, completion);
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
    for (error, denial) in refusals() {
        let mut house = House::new();
        let anna = house.admin();
        let (asker, ticket) = at_the_change(&mut house, anna, Request::AddUser(add(None)), prepared());
        house.apply(ticket, Err(error));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
}

#[test]
fn an_admin_who_leaves_has_still_asked() {
    // Whoever is added, edited or deleted is so, heard or not; the rest of the admins have the news.
    let mut house = House::new();
    let anna = house.admin();
    let beside = house.enter(102, &person(2, "omid", Role::Admin));
    let (_, ticket) = at_the_change(&mut house, anna, Request::AddUser(add(None)), prepared());
    house.service.handle_closed(anna);
    house.apply(ticket, Ok(Applied::Account(Box::new(person(9, "mina", Role::Curator)))));
    // The answer falls to the floor outside.
    assert!(house.service.poll_effect().is_some());
    house.expect_news(&[beside], 0);
}

#[test]
fn the_command_line_adds_too() {
    let mut house = House::new();
    let operator = house.operator();
    let (asker, ticket, _) = house.ask_for_job(operator, Request::AddUser(add(Some(PASSWORD))));
    house.complete(ticket, prepared());
    let (ticket, change) = house.expect_commit();
    let Change::AdmitUser { act, .. } = change else { panic!("{change:?}") };
    assert_eq!(act, Act { by: Author::Operator, at_unix_ms: house.now.unix_ms });
    let made = person(9, "mina", Role::Curator);
    house.apply(ticket, Ok(Applied::Account(Box::new(made.clone()))));
    house.expect_reply(asker, &Reply::User(user_entry(made, UserUse::default())));
    // It has no window to show news in.
    house.expect_nothing();
}

//! The members, as a member sees them.

use parlour_common::limits::{MEMBERS_PER_PAGE_MAX, QUERY_BYTES_MAX};
use parlour_common::message::{ListMembers, MemberPage, Profile, Reply, Request, Role};
use parlour_reactor::job::{Completion, Job, PeopleFound, PeopleJob};

use super::house::{House, account};
use super::staff::failures;

fn list(query: &str, offset: u32, limit: u16) -> ListMembers {
    ListMembers { query: query.to_owned(), offset, limit }
}

fn page() -> MemberPage {
    let sara = account("sara");
    let profile = Profile {
        user_name: sara.user_name,
        role: Role::Curator,
        created_unix_ms: 5,
        email: None,
        phone: Some(sara.phone),
        about: None,
    };
    MemberPage { total: 30, members: vec![profile] }
}

#[test]
fn a_page_of_members_is_what_was_asked_for_and_what_was_read() {
    let mut house = House::new();
    let sara = house.member(1);
    let asked = list("S\u{e1}r", 20, 7);
    let (asker, ticket, job) = house.ask_for_job(sara, Request::ListMembers(asked.clone()));
    assert!(matches!(job, Job::People(PeopleJob::ListMembers(list)) if list == asked));
    house.complete(ticket, Completion::People(PeopleFound::Members(page())));
    house.expect_reply(asker, &Reply::Members(page()));
    house.expect_nothing();
}

#[test]
fn an_admin_asks_for_members_as_everyone_does() {
    let mut house = House::new();
    let anna = house.admin();
    let (_, _, job) = house.ask_for_job(anna, Request::ListMembers(list("", 0, 1)));
    assert!(matches!(job, Job::People(PeopleJob::ListMembers(_))));
}

#[test]
fn a_page_out_of_bounds_is_a_bad_request() {
    let mut house = House::new();
    let sara = house.member(1);
    let bad = [
        list(&"x".repeat(QUERY_BYTES_MAX + 1), 0, 1),
        list(&"개".repeat(67), 0, 1),
        list("", 0, 0),
        list("", 0, MEMBERS_PER_PAGE_MAX + 1),
        list("", 0, u16::MAX),
    ];
    for list in bad {
        house.expect_bad_request(sara, Request::ListMembers(list));
    }
    for list in [list(&"x".repeat(QUERY_BYTES_MAX), u32::MAX, 1), list("", 0, MEMBERS_PER_PAGE_MAX)] {
        house.ask_for_job(sara, Request::ListMembers(list));
    }
}

#[test]
fn a_page_that_cannot_be_read_is_told() {
    for (completion, denial) in failures() {
        let mut house = House::new();
        let sara = house.member(1);
        let (asker, ticket, _) = house.ask_for_job(sara, Request::ListMembers(list("", 0, 1)));
        house.complete(ticket, completion);
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
}

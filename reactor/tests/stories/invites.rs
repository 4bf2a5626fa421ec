//! Invites: made, listed, revoked.

use parlour_common::Secret;
use parlour_common::limits::{INVITE_HOURS_MAX, NOTE_BYTES_MAX};
use parlour_common::message::{
    CreateInvite, Denial, Fault, Field, FieldFault, Invite, InviteEntry, InviteId, InviteList, Reply,
    Request, RevokeInvite,
};
use parlour_common::names::InviteCode;
use parlour_reactor::job::{Completion, Job, PeopleFound, PeopleJob};
use parlour_reactor::store::{Act, Applied, Author, Change, InviteHash, NewInvite};

use super::house::House;
use super::staff::{ANNA, at_the_change, failures, refusals};

const HOUR_MS: u64 = 3_600_000;

fn create(note: &str, hours: u32) -> Request {
    Request::CreateInvite(CreateInvite { note: note.to_owned(), hours })
}

fn revoke() -> Request {
    Request::RevokeInvite(RevokeInvite { invite: InviteId(3) })
}

fn code() -> InviteCode {
    InviteCode::from_bytes([9; 10])
}

fn drawn() -> Completion {
    Completion::People(PeopleFound::InviteDrawn(Secret::new(code())))
}

#[test]
fn the_code_of_an_invite_is_told_once_and_only_its_hash_is_kept() {
    let mut house = House::new();
    let anna = house.admin();
    let (asker, ticket, job) = house.ask_for_job(anna, create("  for mina ", 24));
    assert!(matches!(job, Job::People(PeopleJob::DrawInvite)));
    // Its life begins when it is written down.
    house.now.unix_ms += 5;
    house.complete(ticket, drawn());
    let (ticket, change) = house.expect_commit();
    let expires_unix_ms = house.now.unix_ms + 24 * HOUR_MS;
    let act = Act { by: Author::Member(ANNA), at_unix_ms: house.now.unix_ms };
    let invite = NewInvite { hash: InviteHash::of(&code()), note: "for mina".to_owned(), expires_unix_ms };
    assert_eq!(change, Change::AddInvite { act, invite });
    house.apply(ticket, Ok(Applied::Invite(InviteId(1))));
    house.expect_reply(asker, &Reply::Invite(Invite { code: Secret::new(code()), expires_unix_ms }));
    house.expect_news(&[anna], 0);
}

#[test]
fn a_life_out_of_bounds_is_a_bad_request() {
    let mut house = House::new();
    let anna = house.admin();
    for hours in [0, INVITE_HOURS_MAX + 1, u32::MAX] {
        house.expect_bad_request(anna, create("", hours));
    }
    for hours in [1, INVITE_HOURS_MAX] {
        house.ask_for_job(anna, create("", hours));
    }
}

#[test]
fn a_note_is_short_and_of_one_line() {
    let max = NOTE_BYTES_MAX as usize;
    let mut house = House::new();
    let anna = house.admin();
    let cases = [
        ("x".repeat(max + 1), Fault::TooLong { max: NOTE_BYTES_MAX }),
        ("개".repeat(34), Fault::TooLong { max: NOTE_BYTES_MAX }),
        ("for\nmina".to_owned(), Fault::NotAllowed {}),
        ("for\u{1b}[2Jmina".to_owned(), Fault::NotAllowed {}),
        ("a\u{202e}b".to_owned(), Fault::NotAllowed {}),
    ];
    for (note, fault) in cases {
        let asker = house.ask(anna, create(&note, 1));
        let faults = vec![FieldFault { field: Field::Note, fault }];
        house.expect_denial(asker, &Denial::InvalidFields { faults });
        house.expect_nothing();
    }
    for note in ["x".repeat(max), "개".repeat(33), String::new(), "برای مینا".to_owned()] {
        house.ask_for_job(anna, create(&note, 1));
    }
}

#[test]
fn an_invite_that_is_not_made_is_told() {
    for (completion, denial) in failures() {
        let mut house = House::new();
        let anna = house.admin();
        let (asker, ticket, _) = house.ask_for_job(anna, create("", 1));
        house.complete(ticket, completion);
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
    for (error, denial) in refusals() {
        let mut house = House::new();
        let anna = house.admin();
        let (asker, ticket) = at_the_change(&mut house, anna, create("", 1), drawn());
        house.apply(ticket, Err(error));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
}

#[test]
fn invites_are_listed_as_of_now() {
    let entry = InviteEntry {
        id: InviteId(3),
        note: String::new(),
        by: "anna".to_owned(),
        created_unix_ms: 1,
        expires_unix_ms: 2,
        used_by: None,
    };
    let list = InviteList { invites: vec![entry] };
    let mut house = House::new();
    let anna = house.admin();
    let (asker, ticket, job) = house.ask_for_job(anna, Request::ListInvites {});
    let now = house.now.unix_ms;
    assert!(matches!(job, Job::People(PeopleJob::ListInvites { unix_ms }) if unix_ms == now));
    house.complete(ticket, Completion::People(PeopleFound::Invites(list.clone())));
    house.expect_reply(asker, &Reply::Invites(list));
    for (completion, denial) in failures() {
        let (asker, ticket, _) = house.ask_for_job(anna, Request::ListInvites {});
        house.complete(ticket, completion);
        house.expect_denial(asker, &denial);
    }
    house.expect_nothing();
}

#[test]
fn an_invite_is_revoked() {
    let mut house = House::new();
    let anna = house.admin();
    let asker = house.ask(anna, revoke());
    let (ticket, change) = house.expect_commit();
    let act = Act { by: Author::Member(ANNA), at_unix_ms: house.now.unix_ms };
    assert_eq!(change, Change::RevokeInvite { act, invite: InviteId(3) });
    house.apply(ticket, Ok(Applied::Done));
    house.expect_reply(asker, &Reply::Done {});
    house.expect_news(&[anna], 2);
    for (error, denial) in refusals() {
        let asker = house.ask(anna, revoke());
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Err(error));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
    }
}

#[test]
fn the_command_line_invites_too() {
    let mut house = House::new();
    let operator = house.operator();
    let (_, ticket, _) = house.ask_for_job(operator, create("", 1));
    house.complete(ticket, drawn());
    let (_, change) = house.expect_commit();
    assert!(matches!(change, Change::AddInvite { act: Act { by: Author::Operator, .. }, .. }), "{change:?}");
    house.ask(operator, revoke());
    let (_, change) = house.expect_commit();
    assert!(
        matches!(change, Change::RevokeInvite { act: Act { by: Author::Operator, .. }, .. }),
        "{change:?}"
    );
}

//! One's own sessions: listed, ended one by one, pushed out by newer ones, refused with their account.

use parlour_common::message::{
    AccountState, Denial, EndSession, Reply, Request, SessionEntry, SessionId, SessionList,
};
use parlour_reactor::id::{Asker, ConnId, Ticket};
use parlour_reactor::job::{Completion, Job};
use parlour_reactor::store::{
    Applied, Change, ChangeError, Refusal, SESSIONS_PER_USER_MAX, SessionRecord, UserId, UserRecord,
};

use super::house::{House, account, resume, right_password, search, sign_in, signed_in, token_hash, user};

const SARA: UserId = UserId(7);

fn id(number: u8) -> SessionId {
    token_hash(number).session_id()
}

fn end(number: u8) -> Request {
    Request::EndSession(EndSession { session: id(number) })
}

/// Asks to end a session; the change is on its way.
fn ask_to_end(house: &mut House, conn: ConnId, number: u8) -> (Asker, Ticket) {
    let asker = house.ask(conn, end(number));
    let (ticket, change) = house.expect_commit();
    assert_eq!(change, Change::EndSession { user: SARA, session: id(number) });
    (asker, ticket)
}

#[test]
fn sessions_are_listed_the_one_used_last_first() {
    let mut house = House::new();
    let sara = house.member(1);
    let _beside = house.member(2);
    let (asker, ticket, job) = house.ask_for_job(sara, Request::ListSessions {});
    let unix_ms = house.now.unix_ms;
    assert!(matches!(job, Job::ListSessions { user: SARA, unix_ms: asked } if asked == unix_ms), "{job:?}");
    let record = |device: &str, used_unix_ms| SessionRecord {
        user: SARA,
        device: device.to_owned(),
        opened_unix_ms: 5,
        used_unix_ms,
    };
    let found = vec![
        (token_hash(3), record("lost phone", 100)),
        (token_hash(1), record("laptop", 300)),
        (token_hash(2), record("desk", 400)),
    ];
    house.complete(ticket, Completion::SessionsListed(found));
    let entry = |number, device: &str, used_unix_ms, current, connected| SessionEntry {
        id: id(number),
        device: device.to_owned(),
        opened_unix_ms: 5,
        used_unix_ms,
        current,
        connected,
    };
    let sessions = vec![
        entry(2, "desk", 400, false, true),
        entry(1, "laptop", 300, true, true),
        entry(3, "lost phone", 100, false, false),
    ];
    house.expect_reply(asker, &Reply::Sessions(SessionList { sessions }));
    house.expect_nothing();
}

#[test]
fn a_list_of_sessions_is_no_longer_than_there_may_be() {
    let mut house = House::new();
    let sara = house.member(1);
    let (asker, ticket, _) = house.ask_for_job(sara, Request::ListSessions {});
    let found =
        (0..100).map(|n| (token_hash(n), SessionRecord { used_unix_ms: u64::from(n), ..house.session() }));
    let found = found.collect();
    house.complete(ticket, Completion::SessionsListed(found));
    match house.expect_answer(asker) {
        parlour_reactor::effect::Answer::Reply(Reply::Sessions(SessionList { sessions })) => {
            assert_eq!(sessions.len(), SESSIONS_PER_USER_MAX);
            assert_eq!(sessions[0].id, id(99));
        }
        answer => panic!("{answer:?}"),
    }
}

#[test]
fn a_session_that_is_ended_elsewhere_ends_on_the_line_at_once() {
    let mut house = House::new();
    let (sara, lost, also_lost) = (house.member(1), house.member(2), house.member(2));
    let (overtaken, late, _) = house.ask_for_job(lost, search("", 1));
    let coming = house.open();
    let (resuming, finding, _) = house.ask_for_job(coming, resume(2));
    let (asker, ticket) = ask_to_end(&mut house, sara, 2);
    house.apply(ticket, Ok(Applied::Ended(token_hash(2))));
    house.expect_reply(asker, &Reply::Done {});
    house.expect_denial(overtaken, &Denial::SessionEnded {});
    house.expect_denial(resuming, &Denial::SessionEnded {});
    house.expect_end_of_session(lost);
    house.expect_end_of_session(also_lost);
    house.complete(late, Completion::Busy);
    let found = Some((house.session(), user("sara")));
    house.complete(finding, Completion::SessionFound(found));
    house.expect_nothing();
    let asker = house.ask(sara, search("", 1));
    house.expect_run(asker);
}

#[test]
fn whoever_ends_the_session_that_asks_is_answered_and_then_signed_out() {
    let mut house = House::new();
    let (sara, beside) = (house.member(1), house.member(1));
    let (asker, ticket) = ask_to_end(&mut house, sara, 1);
    house.apply(ticket, Ok(Applied::Ended(token_hash(1))));
    house.expect_reply(asker, &Reply::Done {});
    house.expect_end_of_session(sara);
    house.expect_end_of_session(beside);
    let asker = house.ask(sara, Request::ListSessions {});
    house.expect_denial(asker, &Denial::SignInFirst {});
    house.expect_nothing();
}

#[test]
fn a_session_that_cannot_be_ended_is_said_and_nothing_ends() {
    let cases = [
        (ChangeError::Refused(Refusal::NoSuchSession), Denial::NoSuchSession {}),
        (ChangeError::StorageUnavailable, Denial::StorageUnavailable {}),
    ];
    for (error, denial) in cases {
        let mut house = House::new();
        let (sara, beside) = (house.member(1), house.member(2));
        let (asker, ticket) = ask_to_end(&mut house, sara, 2);
        house.apply(ticket, Err(error));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
        let asker = house.ask(beside, search("", 1));
        house.expect_run(asker);
    }
}

#[test]
fn sessions_that_a_newer_one_pushes_out_end_on_the_line() {
    let mut house = House::new();
    let (oldest, other) = (house.member(1), house.member(2));
    let conn = house.open();
    let (asker, ticket, _) = house.ask_for_job(conn, sign_in("sara"));
    house.complete(ticket, right_password(3));
    let (ticket, _) = house.expect_commit();
    let ended = vec![token_hash(1), token_hash(77)];
    house.apply(ticket, Ok(Applied::Opened { user: SARA, ended }));
    house.expect_end_of_session(oldest);
    house.expect_reply(asker, &signed_in(account("sara"), 3));
    let asker = house.ask(other, search("", 1));
    house.expect_run(asker);
}

#[test]
fn a_session_of_an_account_that_may_not_be_used_is_not_resumed() {
    let states = [
        (AccountState::Waiting, Denial::ApprovalPending {}),
        (AccountState::Disabled, Denial::AccountDisabled {}),
    ];
    for (state, denial) in states {
        let mut house = House::new();
        let conn = house.open();
        let (asker, ticket, _) = house.ask_for_job(conn, resume(1));
        let found = Some((house.session(), UserRecord { state, ..user("sara") }));
        house.complete(ticket, Completion::SessionFound(found));
        house.expect_denial(asker, &denial);
        house.expect_nothing();
        let asker = house.ask(conn, search("", 1));
        house.expect_denial(asker, &Denial::SignInFirst {});
    }
}

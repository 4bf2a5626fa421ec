//! Sessions: resumed, kept, signed out of, on one connection and on many.

use parlour_common::message::{Denial, FetchCover, FetchTrack, Reply, Request, SignedIn};
use parlour_reactor::job::{Completion, Job};
use parlour_reactor::store::{Applied, Change, ChangeError, Refusal, SessionRecord};

use super::house::{COVER, House, account, resume, search, token, token_hash, track, user};

const HOUR_MS: u64 = 60 * 60 * 1000;

#[test]
fn a_session_is_found_by_its_token() {
    let mut house = House::new();
    let conn = house.open();
    let (asker, ticket, job) = house.ask_for_job(conn, resume(1));
    match job {
        Job::FindSession { session, unix_ms } => {
            assert_eq!((session, unix_ms), (token(1), house.now.unix_ms));
        }
        job => panic!("{job:?}"),
    }
    let found = Some((house.session(), user("sara")));
    house.complete(ticket, Completion::SessionFound(found));
    // No token: the one that was sent stays good.
    let signed_in = SignedIn { account: account("sara"), session: None, device_proof: None };
    house.expect_reply(asker, &Reply::SignedIn(signed_in));
    house.expect_nothing();
}

#[test]
fn a_token_of_no_session_opens_nothing() {
    let mut house = House::new();
    let conn = house.open();
    let (asker, ticket, _) = house.ask_for_job(conn, resume(1));
    house.complete(ticket, Completion::SessionFound(None));
    house.expect_denial(asker, &Denial::SessionEnded {});
    let asker = house.ask(conn, search("", 1));
    house.expect_denial(asker, &Denial::SignInFirst {});
}

#[test]
fn a_use_is_written_down_once_an_hour_whatever_becomes_of_that() {
    for (ago, is_written) in [(0, false), (HOUR_MS, false), (HOUR_MS + 1, true)] {
        let mut house = House::new();
        let conn = house.open();
        let (asker, ticket, _) = house.ask_for_job(conn, resume(1));
        let used_unix_ms = house.now.unix_ms - ago;
        let session = SessionRecord { used_unix_ms, ..house.session() };
        house.complete(ticket, Completion::SessionFound(Some((session, user("sara")))));
        let touching = is_written.then(|| house.expect_commit());
        house.expect_answer(asker);
        if let Some((ticket, change)) = touching {
            let used_unix_ms = house.now.unix_ms;
            assert_eq!(change, Change::TouchSession { token_hash: token_hash(1), used_unix_ms });
            house.apply(ticket, Err(ChangeError::StorageUnavailable));
        }
        house.expect_nothing();
    }
}

#[test]
fn whoever_signs_out_ends_the_session_on_every_connection_and_no_other() {
    let mut house = House::new();
    let (leaving, beside, other) = (house.member(1), house.member(1), house.member(2));
    let asker = house.ask(leaving, Request::SignOut {});
    let (ticket, change) = house.expect_commit();
    assert_eq!(change, Change::CloseSession { token_hash: token_hash(1) });
    house.apply(ticket, Ok(Applied::Done));
    house.expect_end_of_session(beside);
    house.expect_reply(asker, &Reply::Done {});
    for (conn, is_signed_in) in [(leaving, false), (beside, false), (other, true)] {
        let asker = house.ask(conn, search("", 1));
        if is_signed_in {
            house.expect_run(asker);
        } else {
            house.expect_denial(asker, &Denial::SignInFirst {});
        }
    }
}

#[test]
fn a_session_that_has_gone_already_is_as_closed_as_can_be() {
    let mut house = House::new();
    let (first, second) = (house.member(1), house.member(1));
    let of_first = house.ask(first, Request::SignOut {});
    let (first_ticket, _) = house.expect_commit();
    let of_second = house.ask(second, Request::SignOut {});
    let (second_ticket, _) = house.expect_commit();
    house.apply(first_ticket, Ok(Applied::Done));
    house.expect_end_of_session(second);
    house.expect_reply(of_first, &Reply::Done {});
    house.apply(second_ticket, Err(ChangeError::Refused(Refusal::NoSuchSession)));
    house.expect_reply(of_second, &Reply::Done {});
    house.expect_nothing();
}

#[test]
fn a_sign_out_that_is_not_durable_has_not_happened() {
    let mut house = House::new();
    let (leaving, beside) = (house.member(1), house.member(1));
    let asker = house.ask(leaving, Request::SignOut {});
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Err(ChangeError::StorageUnavailable));
    house.expect_denial(asker, &Denial::StorageUnavailable {});
    for conn in [leaving, beside] {
        let asker = house.ask(conn, search("", 1));
        house.expect_run(asker);
    }
}

#[test]
fn a_peer_that_leaves_while_it_signs_out_ends_the_session_all_the_same() {
    let mut house = House::new();
    let (leaving, beside) = (house.member(1), house.member(1));
    let asker = house.ask(leaving, Request::SignOut {});
    let (ticket, _) = house.expect_commit();
    house.service.handle_closed(leaving);
    house.apply(ticket, Ok(Applied::Done));
    house.expect_end_of_session(beside);
    // It falls to the floor: the connection has gone.
    house.expect_reply(asker, &Reply::Done {});
    house.expect_nothing();
}

#[test]
fn what_was_asked_under_a_session_that_ended_elsewhere_is_denied() {
    let fetch = FetchTrack { track: track("a/moon.mp3"), offset: 0, length: None, version: None };
    let requests =
        [search("", 1), Request::FetchTrack(fetch), Request::FetchCover(FetchCover { cover: COVER })];
    for request in requests {
        let mut house = House::new();
        let (leaving, beside, other) = (house.member(1), house.member(1), house.member(2));
        let (overtaken, late, _) = house.ask_for_job(beside, request.clone());
        let (_, unharmed, _) = house.ask_for_job(other, request);
        let asker = house.ask(leaving, Request::SignOut {});
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Ok(Applied::Done));
        house.expect_denial(overtaken, &Denial::SessionEnded {});
        house.expect_end_of_session(beside);
        house.expect_reply(asker, &Reply::Done {});
        // What the job finds comes too late, for this one only.
        house.complete(late, Completion::Opened(None));
        house.expect_nothing();
        house.complete(unharmed, Completion::Busy);
        assert!(house.service.poll_effect().is_some());
    }
}

#[test]
fn what_the_one_who_signs_out_asked_before_is_still_answered() {
    let mut house = House::new();
    let leaving = house.member(1);
    let (before, searching, _) = house.ask_for_job(leaving, search("", 1));
    let asker = house.ask(leaving, Request::SignOut {});
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Done));
    house.expect_reply(asker, &Reply::Done {});
    house.complete(searching, Completion::Busy);
    house.expect_denial(before, &Denial::Busy { retry_after_ms: 1000 });
    house.expect_nothing();
}

#[test]
fn a_session_that_ends_while_it_is_looked_up_is_not_resumed() {
    let mut house = House::new();
    let leaving = house.member(1);
    let coming = house.open();
    let (overtaken, finding, _) = house.ask_for_job(coming, resume(1));
    let asker = house.ask(leaving, Request::SignOut {});
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(Applied::Done));
    house.expect_denial(overtaken, &Denial::SessionEnded {});
    house.expect_reply(asker, &Reply::Done {});
    // A worker has seen the session just before it ended.
    let found = Some((house.session(), user("sara")));
    house.complete(finding, Completion::SessionFound(found));
    house.expect_nothing();
    let asker = house.ask(coming, search("", 1));
    house.expect_denial(asker, &Denial::SignInFirst {});
}

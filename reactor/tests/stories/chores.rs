//! What the service does unasked, now and then: sessions are kept, and those that have ended are swept.

use parlour_common::message::{Denial, FetchCover, Request};
use parlour_reactor::id::Ticket;
use parlour_reactor::job::Completion;
use parlour_reactor::store::{
    Applied, CODES_PER_SWEEP_MAX, Change, ChangeError, Refusal, SESSION_UNUSED_MS_MAX, TokenHash,
};

use super::house::{COVER, House, resume, search, token_hash};

/// Expects the change that sweeps codes.
fn expect_sweep_of_codes(house: &mut House) -> Ticket {
    let (ticket, change) = house.expect_commit();
    assert_eq!(change, Change::SweepCodes { now_unix_ms: house.now.unix_ms });
    ticket
}

/// Expects the change that sweeps from a place on.
fn expect_sweep(house: &mut House, from: Option<TokenHash>) -> Ticket {
    let (ticket, change) = house.expect_commit();
    let now_unix_ms = house.now.unix_ms - SESSION_UNUSED_MS_MAX;
    assert_eq!(change, Change::SweepSessions { now_unix_ms, after: from });
    ticket
}

#[test]
fn a_sweep_goes_on_until_nothing_is_left_to_look_at() {
    let mut house = House::new();
    house.service.handle_chores(house.now);
    let swept_at = house.now;
    let mut ticket = expect_sweep(&mut house, None);
    expect_sweep_of_codes(&mut house);
    house.expect_care_of_files();
    for number in 1..4 {
        // The time is that of the beginning, however long it takes.
        house.now.unix_ms += 1000;
        let next = Some(token_hash(number));
        house.apply(ticket, Ok(Applied::Swept { removed: 5, next }));
        let later = std::mem::replace(&mut house.now, swept_at);
        ticket = expect_sweep(&mut house, next);
        house.now = later;
    }
    house.apply(ticket, Ok(Applied::Swept { removed: 0, next: None }));
    house.expect_nothing();
}

#[test]
fn a_sweep_that_fails_stops_and_the_next_chores_begin_anew() {
    let mut house = House::new();
    house.service.handle_chores(house.now);
    let ticket = expect_sweep(&mut house, None);
    let codes = expect_sweep_of_codes(&mut house);
    house.expect_care_of_files();
    house.apply(ticket, Ok(Applied::Swept { removed: 1, next: Some(token_hash(1)) }));
    let ticket = expect_sweep(&mut house, Some(token_hash(1)));
    house.apply(ticket, Err(ChangeError::StorageUnavailable));
    house.apply(codes, Err(ChangeError::StorageUnavailable));
    house.expect_nothing();
    house.service.handle_chores(house.now);
    expect_sweep(&mut house, None);
    expect_sweep_of_codes(&mut house);
    house.expect_nothing();
}

#[test]
fn codes_are_swept_until_no_more_have_expired() {
    let mut house = House::new();
    house.service.handle_chores(house.now);
    expect_sweep(&mut house, None);
    let mut ticket = expect_sweep_of_codes(&mut house);
    house.expect_care_of_files();
    for removed in [CODES_PER_SWEEP_MAX, 2 * CODES_PER_SWEEP_MAX] {
        // The time is that of the beginning, however long it takes.
        let swept_at = house.now;
        house.now.unix_ms += 1000;
        house.apply(ticket, Ok(Applied::Swept { removed, next: None }));
        let later = std::mem::replace(&mut house.now, swept_at);
        ticket = expect_sweep_of_codes(&mut house);
        house.now.tick = later.tick;
    }
    house.apply(ticket, Ok(Applied::Swept { removed: CODES_PER_SWEEP_MAX - 1, next: None }));
    house.expect_nothing();
}

#[test]
fn two_sweeps_do_not_go_on_at_once() {
    let mut house = House::new();
    house.service.handle_chores(house.now);
    let ticket = expect_sweep(&mut house, None);
    let codes = expect_sweep_of_codes(&mut house);
    house.expect_care_of_files();
    house.service.handle_chores(house.now);
    house.expect_nothing();
    house.apply(ticket, Ok(Applied::Swept { removed: 0, next: None }));
    house.apply(codes, Ok(Applied::Swept { removed: 0, next: None }));
    house.service.handle_chores(house.now);
    expect_sweep(&mut house, None);
    expect_sweep_of_codes(&mut house);
}

#[test]
fn sessions_in_use_are_kept_each_once() {
    let mut house = House::new();
    let _strangers = [house.open(), house.open()];
    for token in [1, 2, 1] {
        house.member(token);
    }
    house.service.handle_chores(house.now);
    let used_unix_ms = house.now.unix_ms;
    let mut kept: Vec<TokenHash> = (0..2)
        .map(|_| match house.expect_commit() {
            (_, Change::TouchSession { token_hash, used_unix_ms: used }) if used == used_unix_ms => {
                token_hash
            }
            (_, change) => panic!("{change:?}"),
        })
        .collect();
    kept.sort_unstable();
    let mut expected = [token_hash(1), token_hash(2)];
    expected.sort_unstable();
    assert_eq!(kept, expected);
    expect_sweep(&mut house, None);
    expect_sweep_of_codes(&mut house);
    house.expect_care_of_files();
    house.expect_nothing();
}

#[test]
fn a_session_that_has_come_to_its_age_ends_on_the_line_and_one_that_could_not_be_kept_does_not() {
    let outcomes = [
        (Ok(Applied::Done), false),
        (Err(ChangeError::StorageUnavailable), false),
        (Err(ChangeError::Refused(Refusal::NoSuchSession)), true),
    ];
    for (outcome, has_ended) in outcomes {
        let mut house = House::new();
        let (sara, beside, coming) = (house.member(1), house.member(1), house.open());
        let cover = Request::FetchCover(FetchCover { cover: COVER });
        let (overtaken, opening, _) = house.ask_for_job(sara, cover);
        let (resuming, _, _) = house.ask_for_job(coming, resume(1));
        house.service.handle_chores(house.now);
        let (keeping, _) = house.expect_commit();
        expect_sweep(&mut house, None);
        expect_sweep_of_codes(&mut house);
        house.expect_care_of_files();
        house.apply(keeping, outcome);
        if has_ended {
            house.expect_denial(overtaken, &Denial::SessionEnded {});
            house.expect_denial(resuming, &Denial::SessionEnded {});
            house.expect_end_of_session(sara);
            house.expect_end_of_session(beside);
        }
        house.expect_nothing();
        house.complete(opening, Completion::Opened(None));
        if !has_ended {
            house.expect_denial(overtaken, &Denial::NoSuchCover {});
        }
        let asker = house.ask(beside, search("", 1));
        if has_ended {
            house.expect_denial(asker, &Denial::SignInFirst {});
        } else {
            house.expect_run(asker);
        }
    }
}

//! What the three ways in have in common: what goes wrong on the way, and who leaves in the midst of it.

use parlour_common::message::{Denial, OwnAccount, Request};
use parlour_reactor::id::{Asker, Ticket};
use parlour_reactor::job::Completion;
use parlour_reactor::store::{Change, ChangeError, Refusal};

use super::house::{
    House, account, opened, resume, right_password, sign_in, sign_up, sign_up_prepared, signed_in,
    token_hash, user,
};

/// The job of each way in goes well.
fn success(house: &House, request: &Request) -> Completion {
    match request {
        Request::SignUp(_) => sign_up_prepared(1),
        Request::SignIn(_) => right_password(1),
        Request::Resume(_) => Completion::SessionFound(Some((house.session(), user("sara")))),
        other => panic!("{other:?} is no way in"),
    }
}

fn ways_in() -> [Request; 3] {
    [sign_up("sara"), sign_in("sara"), resume(1)]
}

/// A way in that has come to its change.
fn at_the_change(house: &mut House, request: Request) -> (Asker, Ticket) {
    let conn = house.open();
    let completion = success(house, &request);
    let (asker, ticket, _) = house.ask_for_job(conn, request);
    house.complete(ticket, completion);
    let (ticket, _) = house.expect_commit();
    (asker, ticket)
}

#[test]
fn whoever_is_signed_in_does_not_sign_in_again() {
    for request in ways_in() {
        let mut house = House::new();
        let sara = house.member(1);
        let asker = house.ask(sara, request);
        house.expect_denial(asker, &Denial::SignedInAlready {});
        house.expect_nothing();
    }
}

#[test]
fn a_job_that_goes_wrong_is_told() {
    let cases = [
        ((|| Completion::Failed) as fn() -> Completion, Denial::Internal {}),
        (|| Completion::StorageFailed, Denial::StorageUnavailable {}),
        (|| Completion::Busy, Denial::Busy { retry_after_ms: 1000 }),
    ];
    for request in ways_in() {
        for (completion, denial) in &cases {
            let mut house = House::new();
            let conn = house.open();
            let (asker, ticket, _) = house.ask_for_job(conn, request.clone());
            house.complete(ticket, completion());
            house.expect_denial(asker, denial);
            // It ends once: what comes for it later is nobody's.
            house.complete(ticket, completion());
            house.expect_nothing();
        }
    }
}

#[test]
fn a_peer_that_leaves_during_the_job_makes_no_session() {
    for request in [sign_in("sara"), resume(1)] {
        let mut house = House::new();
        let conn = house.open();
        let completion = success(&house, &request);
        let (_, ticket, _) = house.ask_for_job(conn, request.clone());
        house.service.handle_closed(conn);
        house.complete(ticket, completion);
        if matches!(request, Request::SignIn(_)) {
            // The change is on its way; what it opens is closed again.
            let (ticket, change) = house.expect_commit();
            assert!(matches!(change, Change::OpenSession { .. }), "{change:?}");
            house.apply(ticket, Ok(opened()));
            let (_, change) = house.expect_commit();
            assert_eq!(change, Change::CloseSession { token_hash: token_hash(1) });
        }
        house.expect_nothing();
    }
}

#[test]
fn a_peer_that_leaves_before_its_job_is_begun_is_not_answered() {
    for request in ways_in() {
        let mut house = House::new();
        let conn = house.open();
        let (_, ticket, _) = house.ask_for_job(conn, request);
        house.service.handle_closed(conn);
        house.complete(ticket, Completion::Abandoned);
        house.expect_nothing();
    }
}

#[test]
fn a_session_that_nobody_holds_is_closed() {
    for request in [sign_up("sara"), sign_in("sara")] {
        let mut house = House::new();
        let (asker, ticket) = at_the_change(&mut house, request);
        house.service.handle_closed(asker.conn);
        house.apply(ticket, Ok(opened()));
        let (ticket, change) = house.expect_commit();
        assert_eq!(change, Change::CloseSession { token_hash: token_hash(1) });
        // Nobody waits for that either, whatever becomes of it.
        house.apply(ticket, Err(ChangeError::StorageUnavailable));
        house.expect_nothing();
    }
}

#[test]
fn a_change_that_is_not_made_signs_nobody_in() {
    for request in [sign_up("sara"), sign_in("sara")] {
        let cases = [
            (ChangeError::StorageUnavailable, Denial::StorageUnavailable {}),
            (ChangeError::Refused(Refusal::NoSuchUser), Denial::NotRegistered {}),
            (ChangeError::Refused(Refusal::SessionExists), Denial::Internal {}),
            (ChangeError::Refused(Refusal::TooLarge), Denial::Internal {}),
        ];
        for (error, denial) in cases {
            let mut house = House::new();
            let (asker, ticket) = at_the_change(&mut house, request.clone());
            house.apply(ticket, Err(error));
            house.expect_denial(asker, &denial);
            let again = house.ask(asker.conn, Request::SignOut {});
            house.expect_denial(again, &Denial::SignInFirst {});
            house.expect_nothing();
        }
    }
}

#[test]
fn a_member_has_so_many_connections_and_no_more() {
    let mut house = House::new();
    let first: Vec<_> = (0..32).map(|_| house.member(1)).collect();
    let conn = house.open();
    let (asker, ticket, _) = house.ask_for_job(conn, resume(1));
    let found = success(&house, &resume(1));
    house.complete(ticket, found);
    house.expect_denial(asker, &Denial::TooManyConnections { limit: 32 });
    // A password opens no way around it, and the session it made is closed.
    let (asker, ticket) = at_the_change(&mut house, sign_in("sara"));
    house.apply(ticket, Ok(opened()));
    house.expect_denial(asker, &Denial::TooManyConnections { limit: 32 });
    let (_, change) = house.expect_commit();
    assert_eq!(change, Change::CloseSession { token_hash: token_hash(1) });
    // Whoever leaves makes room; being told twice does not make more.
    house.service.handle_closed(first[0]);
    house.service.handle_closed(first[0]);
    house.resume(conn, 1);
    let late = house.open();
    let (asker, ticket, _) = house.ask_for_job(late, resume(1));
    let found = success(&house, &resume(1));
    house.complete(ticket, found);
    house.expect_denial(asker, &Denial::TooManyConnections { limit: 32 });
    house.expect_nothing();
}

#[test]
fn whoever_came_in_is_told_who_they_are() {
    let mut house = House::new();
    for request in [sign_up("sara"), sign_in("sara")] {
        let created_unix_ms = match request {
            Request::SignUp(_) => house.now.unix_ms,
            _ => account("sara").created_unix_ms,
        };
        let (asker, ticket) = at_the_change(&mut house, request);
        house.apply(ticket, Ok(opened()));
        house.expect_reply(asker, &signed_in(OwnAccount { created_unix_ms, ..account("sara") }, 1));
        house.expect_nothing();
    }
}

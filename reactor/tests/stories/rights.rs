//! The right to act, checked for every request there is: a new one must be added here.

use parlour_common::message::{CancelTransfer, Denial, FetchCover, FetchTrack, Hello, Request, TransferId};
use parlour_reactor::effect::{Answer, Effect};
use strum::VariantNames;

use super::house::{COVER, House, resume, search, sign_in, sign_up, track};

/// What a stranger may do with a request.
#[derive(Debug, PartialEq)]
enum Right {
    /// It is denied, and nothing else happens.
    Denied,
    /// It is a way in.
    Allowed,
    /// The connection answers it and never hands it on.
    NotHere,
}

/// Every request, well-formed, and what a stranger may do with it.
fn all() -> Vec<(&'static str, Request, Right)> {
    let fetch = FetchTrack { track: track("a/moon.mp3"), offset: 0, length: None, version: None };
    let hello = Hello { protocol: 1, client: String::new() };
    vec![
        ("hello", Request::Hello(hello), Right::NotHere),
        ("ping", Request::Ping {}, Right::NotHere),
        ("goodbye", Request::Goodbye {}, Right::NotHere),
        ("sign_up", sign_up("sara"), Right::Allowed),
        ("sign_in", sign_in("sara"), Right::Allowed),
        ("resume", resume(1), Right::Allowed),
        ("sign_out", Request::SignOut {}, Right::Denied),
        ("search_library", search("", 1), Right::Denied),
        ("fetch_track", Request::FetchTrack(fetch), Right::Denied),
        ("fetch_cover", Request::FetchCover(FetchCover { cover: COVER }), Right::Denied),
        ("cancel_transfer", cancel(), Right::NotHere),
    ]
}

fn cancel() -> Request {
    Request::CancelTransfer(CancelTransfer { transfer: TransferId(1) })
}

#[test]
fn every_request_is_listed_here() {
    let listed: Vec<&str> = all().iter().map(|(name, ..)| *name).collect();
    assert_eq!(listed, Request::VARIANTS);
}

#[test]
fn a_stranger_may_only_come_in() {
    for (name, request, right) in all() {
        let mut house = House::new();
        let stranger = house.open();
        let asker = house.ask(stranger, request);
        match right {
            Right::Denied => house.expect_denial(asker, &Denial::SignInFirst {}),
            Right::NotHere => house.expect_denial(asker, &Denial::Internal {}),
            Right::Allowed => {
                let effect = house.service.poll_effect();
                assert!(matches!(effect, Some(Effect::Run { .. })), "{name}: {effect:?}");
            }
        }
        house.expect_nothing();
    }
}

#[test]
fn whoever_signed_out_is_a_stranger_again() {
    for (name, request, right) in all() {
        if right != Right::Denied {
            continue;
        }
        let mut house = House::new();
        let (sara, beside) = (house.member(1), house.member(1));
        house.ask(sara, Request::SignOut {});
        let (ticket, _) = house.expect_commit();
        house.apply(ticket, Ok(parlour_reactor::store::Applied::Done));
        house.expect_end_of_session(beside);
        while house.service.poll_effect().is_some() {}
        for conn in [sara, beside] {
            let asker = house.ask(conn, request.clone());
            match house.expect_answer(asker) {
                Answer::Denial(denial) => assert_eq!(denial, Denial::SignInFirst {}, "{name}"),
                answer => panic!("{name}: {answer:?}"),
            }
            house.expect_nothing();
        }
    }
}

#[test]
fn what_an_unknown_connection_asks_is_nobodys() {
    for (_, request, _) in all() {
        let mut house = House::new();
        let gone = house.member(1);
        house.service.handle_closed(gone);
        house.ask(gone, request);
        house.expect_nothing();
    }
}

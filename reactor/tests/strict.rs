//! Under `strict_sign_in_errors` nobody learns who has an account: neither from an answer nor from its time.
//!
//! How it works: the real service, workers and store, on the real disk. The same is asked for an account
//! that is there and for one that is not, in turns, so that whatever else the machine does befalls both
//! alike; the middle times are compared with each other and never with a clock on the wall.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod rooms;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use parlour_common::Secret;
use parlour_common::message::{
    CheckCode, Denial, IssueResetCode, Policies, Reply, Request, RequestReset, ResetBegun, ResetFlow, SignIn,
    SignUp,
};
use parlour_reactor::effect::Answer;
use parlour_reactor::store::RealDisk;
use parlour_reactor::workers::PasswordCost;
use rooms::Rooms;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// How far two middle times may be apart, as a share of the other: noise, and far less than a hash, a sync
/// or a mail takes.
const ALIKE: std::ops::RangeInclusive<f64> = 0.8..=1.25;

/// How often is measured before a difference is one.
const MEASUREMENTS_MAX: usize = 3;

/// Whether there is an account of the name that is asked for.
const KNOWN: [bool; 2] = [true, false];

/// A strict daemon with one account, made by signing up.
fn rooms() -> Rooms {
    let policies = Policies { reset_by_mail: true, strict_sign_in_errors: true, ..Policies::default() };
    let mut rooms = Rooms::new(Arc::new(RealDisk), policies, PasswordCost::SmallMemory);
    let origin = rooms.new_origin();
    let answer = rooms.ask(
        origin,
        Request::SignUp(SignUp {
            user_name: "sara".to_owned(),
            email: "sara@example.org".to_owned(),
            phone: "09121234567".to_owned(),
            password: secret("correct horse"),
            device: String::new(),
            code: None,
        }),
    );
    assert!(matches!(answer, Answer::Reply(Reply::SignedIn(_))), "{answer:?}");
    rooms
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn name(is_known: bool) -> String {
    if is_known { "sara".to_owned() } else { "mina".to_owned() }
}

/// Asks from an address that nobody has used, and returns how long the answer took.
fn ask(rooms: &mut Rooms, request: Request) -> (Answer, Duration) {
    let origin = rooms.new_origin();
    let began = Instant::now();
    let answer = rooms.ask(origin, request);
    (answer, began.elapsed())
}

fn sign_in(rooms: &mut Rooms, is_known: bool) -> Duration {
    let request = SignIn {
        user_name: name(is_known),
        password: secret("wrong horse"),
        device: String::new(),
        device_proof: None,
    };
    let (answer, time) = ask(rooms, Request::SignIn(request));
    assert!(matches!(answer, Answer::Denial(Denial::SignInRefused {})), "{answer:?}");
    time
}

fn request_reset(rooms: &mut Rooms, is_known: bool, send: bool) -> (ResetFlow, Duration) {
    let (answer, time) = ask(rooms, Request::RequestReset(RequestReset { account: name(is_known), send }));
    let Answer::Reply(Reply::ResetBegun(ResetBegun { flow, code_seconds: 600, again_seconds: 60 })) = answer
    else {
        panic!("{answer:?}")
    };
    rooms.send_mails();
    (flow, time)
}

/// Tries a wrong code and expects an answer.
fn check_code(rooms: &mut Rooms, flow: ResetFlow, expected: &Denial) -> Duration {
    let (answer, time) = ask(rooms, Request::CheckCode(CheckCode { flow, code: secret("1234567") }));
    assert!(matches!(&answer, Answer::Denial(denial) if denial == expected), "{answer:?}");
    rooms.send_mails();
    time
}

/// One measures at a time: tests of one program run beside each other.
static ALONE: Mutex<()> = Mutex::new(());

/// Measures, and compares the middle times. A machine that is very busy can pull them apart once: what
/// differs for a reason differs each time.
fn compare(what: &str, rounds: usize, mut measure: impl FnMut(bool) -> Duration) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut seen = Vec::new();
    for _ in 0..MEASUREMENTS_MAX {
        let [known, unknown] = middle_times(rounds, &mut measure);
        eprintln!("{what}: {:.3} ms known, {:.3} ms unknown", known * 1e3, unknown * 1e3);
        if ALIKE.contains(&(known / unknown)) {
            return;
        }
        seen.push((known, unknown));
    }
    panic!("{what}: in seconds, for the known and for others, each time: {seen:?}");
}

/// Measures in turns, each time the other one first; returns the middle times in seconds.
fn middle_times(rounds: usize, mut measure: impl FnMut(bool) -> Duration) -> [f64; 2] {
    let mut times = [Vec::new(), Vec::new()];
    // The first ones find everything cold.
    for round in 0..rounds + 2 {
        for turn in 0..2 {
            let who = (round + turn) % 2;
            let time = measure(KNOWN[who]);
            if round >= 2 {
                times[who].push(time);
            }
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    })
}

#[test]
fn a_sign_in_takes_the_same_time_whether_or_not_there_is_an_account() {
    let mut rooms = rooms();
    compare("sign-in", 25, |is_known| sign_in(&mut rooms, is_known));
}

#[test]
fn a_reset_begins_and_a_code_is_tried_in_the_same_time() {
    let mut rooms = rooms();
    compare("asking for a code", 200, |is_known| {
        rooms.pass(HOUR);
        request_reset(&mut rooms, is_known, true).1
    });
    compare("naming a flow", 200, |is_known| {
        rooms.pass(HOUR);
        request_reset(&mut rooms, is_known, false).1
    });
    // The codes have eight digits after the first few; only the first try of each is measured.
    compare("trying a code", 200, |is_known| {
        rooms.pass(HOUR);
        let (flow, _) = request_reset(&mut rooms, is_known, true);
        check_code(&mut rooms, flow, &Denial::WrongCode { tries_left: 2 })
    });
}

#[test]
fn a_code_of_an_admin_is_tried_in_the_time_of_none() {
    let mut rooms = rooms();
    compare("trying the code of an admin", 200, |is_known| {
        rooms.pass(HOUR);
        let issue = Request::IssueResetCode(IssueResetCode { user_name: "sara".to_owned() });
        let answer = rooms.ask_as_operator(issue);
        assert!(matches!(answer, Answer::Reply(Reply::ResetCode(_))), "{answer:?}");
        let (flow, _) = request_reset(&mut rooms, is_known, false);
        check_code(&mut rooms, flow, &Denial::CodeVoid {})
    });
}

#[test]
fn a_stranger_sees_the_same_of_every_code_whatever_becomes_of_it() {
    let mut rooms = rooms();
    for is_known in KNOWN {
        let wrong = |tries_left| Denial::WrongCode { tries_left };
        let (first, _) = request_reset(&mut rooms, is_known, true);
        check_code(&mut rooms, first, &wrong(2));
        rooms.pass(Duration::from_secs(60));
        // Another code voids the first one, which goes on looking as it did.
        let (second, _) = request_reset(&mut rooms, is_known, true);
        check_code(&mut rooms, first, &wrong(1));
        check_code(&mut rooms, second, &wrong(2));
        check_code(&mut rooms, second, &wrong(1));
        check_code(&mut rooms, second, &wrong(0));
        check_code(&mut rooms, second, &Denial::CodeVoid {});
        check_code(&mut rooms, first, &wrong(0));
        check_code(&mut rooms, first, &Denial::CodeVoid {});
        rooms.pass(Duration::from_secs(60));
        // Codes are long from now on, for the one who is there; nobody can tell.
        let (third, _) = request_reset(&mut rooms, is_known, true);
        check_code(&mut rooms, third, &wrong(2));
        rooms.pass(Duration::from_secs(600));
        check_code(&mut rooms, third, &Denial::CodeVoid {});
        // And without a code that was sent.
        let (issued, _) = request_reset(&mut rooms, is_known, false);
        check_code(&mut rooms, issued, &Denial::CodeVoid {});
        rooms.pass(HOUR);
    }
}

#[test]
fn what_can_be_nobodys_name_is_answered_like_any_other() {
    let mut rooms = rooms();
    for account in ["not a name", "@", "everyone", "x@y", &"z".repeat(2000)] {
        for send in [true, false] {
            let request = RequestReset { account: account.to_owned(), send };
            let (answer, _) = ask(&mut rooms, Request::RequestReset(request));
            assert!(matches!(answer, Answer::Reply(Reply::ResetBegun(_))), "{account}: {answer:?}");
        }
    }
}

//! Somebody guesses reset codes, as fast as the limits allow, from as many addresses as they like.
//!
//! How it works: the real service, workers and store, and a clock that the test moves. It counts the guesses
//! that were really compared with a code in force and holds them against the bounds of `ARCHITECTURE.md`,
//! "Guessing a reset code".

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod rooms;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::message::{CheckCode, Denial, Policies, Reply, Request, RequestReset, ResetFlow};
use parlour_reactor::effect::Answer;
use parlour_reactor::store::UserId;
use parlour_reactor::workers::PasswordCost;
use rooms::{QuickDisk, Rooms};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Short guesses at one account within any day; in the long run within any 30 days as well.
const SHORT_PER_ACCOUNT: usize = 5;

/// Short guesses at the whole server: within each 7 days, and what the edge of a window adds.
const SHORT_PER_WINDOW: usize = 30;
const SHORT_AT_AN_EDGE: usize = 28;

/// Codes sent within a day for one of the two names of an account: three at once and then three an hour, the
/// last of which is the next day's.
const CODES_PER_NAME_AND_DAY: usize = 3 + 3 * 24 - 1;

/// The names of an account: the username and the address.
const NAMES: [fn(usize) -> String; 2] = [name, address];

fn name(number: usize) -> String {
    format!("user{number}")
}

fn address(number: usize) -> String {
    format!("user{number}@example.org")
}

/// A daemon with so many accounts, to which nobody can sign in.
fn rooms(accounts: usize, strict_sign_in_errors: bool) -> Rooms {
    let policies = Policies { reset_by_mail: true, strict_sign_in_errors, ..Policies::default() };
    let mut rooms = Rooms::new(Arc::new(QuickDisk), policies, PasswordCost::SmallMemory);
    for number in 0..accounts {
        rooms.add(&name(number), Secret::new("no hash".to_owned()));
    }
    rooms
}

/// Asks for a code, from an address that nobody has used. `None` if there is none to be had now.
fn ask_for_code(rooms: &mut Rooms, account: &str) -> Option<ResetFlow> {
    let origin = rooms.new_origin();
    let request = Request::RequestReset(RequestReset { account: account.to_owned(), send: true });
    let answer = rooms.ask(origin, request);
    rooms.send_mails();
    match answer {
        Answer::Reply(Reply::ResetBegun(begun)) => Some(begun.flow),
        Answer::Denial(Denial::Throttled { .. }) => None,
        answer => panic!("{answer:?}"),
    }
}

/// Tries a code of so many digits so often, each time another, from addresses that nobody has used.
fn guess(rooms: &mut Rooms, flow: ResetFlow, digits: usize, tries: usize) {
    for number in 0..tries {
        let origin = rooms.new_origin();
        let code = Secret::new(format!("{number:0digits$}"));
        let answer = rooms.ask(origin, Request::CheckCode(CheckCode { flow, code }));
        rooms.send_mails();
        let ends = matches!(answer, Answer::Reply(_) | Answer::Denial(Denial::CodeVoid {}));
        assert!(ends || matches!(answer, Answer::Denial(Denial::WrongCode { .. })), "{answer:?}");
        if ends {
            return;
        }
    }
}

/// Asks for a code, and guesses with as many digits as it has. The guesser is told how many.
fn attack(rooms: &mut Rooms, account: &str, tries: usize) {
    let Some(flow) = ask_for_code(rooms, account) else { return };
    let digits = if rooms.is_short(&flow) { 5 } else { 8 };
    guess(rooms, flow, digits, tries);
}

/// The chance that one of the guesses was right: one in 10^5 or in 10^8 for each, at most.
fn chance(short: usize, long: usize) -> f64 {
    short as f64 / 1e5 + long as f64 / 1e8
}

/// The most guesses within any stretch of time of this length.
fn most_within(guesses: &[(u64, UserId)], time: Duration) -> usize {
    let time = u64::try_from(time.as_millis()).unwrap();
    let within =
        |from: usize| guesses[from..].iter().take_while(|(at, _)| *at < guesses[from].0 + time).count();
    (0..guesses.len()).map(within).max().unwrap_or(0)
}

fn by_account(guesses: &[(u64, UserId)]) -> BTreeMap<UserId, Vec<(u64, UserId)>> {
    let mut accounts: BTreeMap<UserId, Vec<(u64, UserId)>> = BTreeMap::new();
    for guess in guesses {
        accounts.entry(guess.1).or_default().push(*guess);
    }
    accounts
}

fn check_accounts(rooms: &Rooms) {
    for (user, short) in by_account(&rooms.book.short) {
        let most = most_within(&short, DAY);
        assert!(most <= SHORT_PER_ACCOUNT, "{user:?}: {most} short guesses within a day");
        let most = most_within(&short, 30 * DAY - 10 * MINUTE);
        assert!(most <= SHORT_PER_ACCOUNT, "{user:?}: {most} short guesses within a month");
    }
}

#[test]
fn at_one_account_a_day_brings_five_short_guesses_and_some_hundred_long_ones() {
    // How many tries of each code: one who burns every code, who never does, who tries once, and who knows
    // how to get the most.
    let greedy: [&[usize]; 4] = [&[3], &[2], &[1], &[2, 3, 3]];
    for (tries, is_strict) in greedy.into_iter().zip([false, true, false, true]) {
        let mut rooms = rooms(1, is_strict);
        let mut codes = 0;
        for _ in 0..24 * 60 {
            for name in NAMES {
                let before = rooms.book.drawn;
                attack(&mut rooms, &name(0), tries[codes.min(tries.len() - 1)]);
                codes += usize::from(rooms.book.drawn > before);
            }
            rooms.pass(MINUTE);
        }
        let book = &rooms.book;
        let (short, long) = (book.short.len(), book.long.len());
        eprintln!("{tries:?} tries: {} codes, {short} short and {long} long guesses", book.drawn);
        assert_eq!(book.drawn, 2 * CODES_PER_NAME_AND_DAY, "no more, and no less: the guesser was at work");
        assert!(short <= SHORT_PER_ACCOUNT, "{short} short guesses");
        assert!(long <= 3 * book.drawn, "{long} long guesses");
        let bound = chance(SHORT_PER_ACCOUNT, 3 * 2 * CODES_PER_NAME_AND_DAY);
        assert!(chance(short, long) <= bound && bound < 5.5e-5, "{}", chance(short, long));
        check_accounts(&rooms);
        if tries == [2, 3, 3] {
            assert_eq!(short, SHORT_PER_ACCOUNT, "the bound is as close as it can be");
        }
    }
}

#[test]
fn at_many_accounts_a_day_brings_thirty_short_guesses() {
    const ACCOUNTS: usize = 12;
    for tries in [2, 3] {
        let mut rooms = rooms(ACCOUNTS, false);
        for _ in 0..24 * 3 {
            for number in 0..ACCOUNTS {
                for name in NAMES {
                    attack(&mut rooms, &name(number), tries);
                }
            }
            rooms.pass(20 * MINUTE);
        }
        let (short, long) = (rooms.book.short.len(), rooms.book.long.len());
        eprintln!("{tries} tries: {} codes, {short} short and {long} long guesses", rooms.book.drawn);
        assert_eq!(short, SHORT_PER_WINDOW, "no more, and no less: the guesser was at work");
        let codes = ACCOUNTS * 2 * CODES_PER_NAME_AND_DAY;
        assert!(long <= 3 * codes, "{long} long guesses");
        assert!(chance(short, long) <= chance(SHORT_PER_WINDOW + SHORT_AT_AN_EDGE, 3 * codes));
        check_accounts(&rooms);
    }
}

/// Guesses short codes of the accounts that have some, until so many were compared in all.
fn guess_until(rooms: &mut Rooms, accounts: std::ops::Range<usize>, most: usize) {
    for number in accounts {
        for (name, tries) in NAMES.iter().zip([2, 3]) {
            let left = most.saturating_sub(rooms.book.short.len());
            let Some(flow) = (left > 0).then(|| ask_for_code(rooms, &name(number))).flatten() else {
                continue;
            };
            if rooms.is_short(&flow) {
                guess(rooms, flow, 5, tries.min(left));
            }
        }
    }
}

#[test]
fn the_edge_of_a_window_brings_fifty_eight_short_guesses_in_a_day_and_then_none_for_a_week() {
    let mut rooms = rooms(20, false);
    guess_until(&mut rooms, 0..1, 1);
    // Just before the window ends, all that it has left but one.
    rooms.pass(7 * DAY - MINUTE);
    guess_until(&mut rooms, 1..20, SHORT_PER_WINDOW - 1);
    assert_eq!(rooms.book.short.len(), SHORT_PER_WINDOW - 1);
    rooms.pass(MINUTE);
    guess_until(&mut rooms, 0..20, 1000);
    assert_eq!(rooms.book.short.len(), 1 + SHORT_AT_AN_EDGE + SHORT_PER_WINDOW);
    assert_eq!(most_within(&rooms.book.short, DAY), SHORT_AT_AN_EDGE + SHORT_PER_WINDOW);
    assert!(chance(SHORT_AT_AN_EDGE + SHORT_PER_WINDOW, 0) < 6e-4);
    rooms.pass(7 * DAY - MINUTE);
    guess_until(&mut rooms, 0..20, 1000);
    assert_eq!(rooms.book.short.len(), 1 + SHORT_AT_AN_EDGE + SHORT_PER_WINDOW);
    check_accounts(&rooms);
}

#[test]
fn in_the_long_run_neither_patience_nor_haste_gets_further() {
    const WEEKS: usize = 12;
    // Whoever stays below everyone's limit, and whoever does not care.
    for per_window in [SHORT_PER_WINDOW - 1, usize::MAX] {
        let mut rooms = rooms(24, false);
        for week in 0..WEEKS {
            for _ in 0..7 {
                guess_until(&mut rooms, 0..24, per_window.saturating_mul(week + 1));
                rooms.pass(DAY);
            }
        }
        let short = rooms.book.short.len();
        eprintln!("{WEEKS} weeks: {short} short guesses");
        assert!(short <= SHORT_PER_WINDOW * WEEKS + SHORT_AT_AN_EDGE, "{short} short guesses");
        assert!(short >= SHORT_PER_WINDOW * WEEKS / 3, "the guesser was not at work: {short}");
        assert!(most_within(&rooms.book.short, 7 * DAY) <= SHORT_PER_WINDOW + SHORT_AT_AN_EDGE);
        check_accounts(&rooms);
    }
}

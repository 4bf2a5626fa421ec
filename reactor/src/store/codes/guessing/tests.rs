//! What wrong tries come to: for one account, and for everyone.

use std::sync::Arc;

use parlour_common::limits::RESET_FLOW_BYTES;
use parlour_common::message::ResetFlow;

use super::super::super::testing::{FakeDisk, add};
use super::super::super::{Applied, Change, CodeMac, CodeOutcome, NewFlow, Store, UserId, Writer};
use super::*;

const WEEK_MS: u64 = 7 * DAY_MS;
const MINUTE_MS: u64 = 60 * 1000;

fn user() -> UserRecord {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = Store::open_on(dir.path(), Arc::new(FakeDisk::default())).unwrap();
    writer.commit([&add("sara", "sara@example.org", 1)].into_iter()).remove(0).unwrap();
    store.user(UserId(1)).unwrap().unwrap()
}

/// A store with so many accounts, and the flow of a code.
struct House {
    store: Store,
    writer: Writer,
    next: u8,
    _folder: tempfile::TempDir,
}

impl House {
    fn new(accounts: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, writer) = Store::open_on(folder.path(), Arc::new(FakeDisk::default())).unwrap();
        let mut house = Self { store, writer, next: 0, _folder: folder };
        for n in 0..accounts {
            house.apply(&add(&format!("user{n}"), &format!("user{n}@example.org"), n));
        }
        house
    }

    fn apply(&mut self, change: &Change) -> Applied {
        self.writer.commit([change].into_iter()).remove(0).unwrap()
    }

    fn begin(&mut self, user: UserId, digits: u8, asked_unix_ms: u64) -> ResetFlow {
        self.next += 1;
        let flow = ResetFlow::new([self.next; RESET_FLOW_BYTES]);
        let expires_unix_ms = asked_unix_ms + 10 * MINUTE_MS;
        let new = NewFlow { flow, user, code_mac: CodeMac([1; 32]), digits, asked_unix_ms, expires_unix_ms };
        self.apply(&Change::BeginReset { flow: new, mail: None, act: None });
        flow
    }

    fn try_code(&mut self, flow: ResetFlow, mac: u8, at_unix_ms: u64) -> CodeOutcome {
        let change = Change::TryCode { flow, code_mac: CodeMac([mac; 32]), at_unix_ms, notify: false };
        match self.apply(&change) {
            Applied::Code(outcome) => outcome,
            applied => panic!("{applied:?}"),
        }
    }

    fn are_long(&self, user: u64, now_unix_ms: u64) -> bool {
        let user = self.store.user(UserId(user)).unwrap();
        self.store.long_codes(user.as_ref(), now_unix_ms).unwrap()
    }
}

fn wrong(tries_left: u32) -> CodeOutcome {
    CodeOutcome::Wrong { tries_left }
}

#[test]
fn the_third_of_a_chain_of_wrong_tries_makes_codes_long_for_30_days() {
    let mut user = user();
    for (at, grows) in [(30 * DAY_MS, false), (60 * DAY_MS, false), (90 * DAY_MS, true)] {
        let (after, grew) = after_wrong_try(&user, true, false, at);
        assert_eq!(grew, grows);
        user = after;
    }
    assert_eq!((user.long_codes_until_unix_ms, user.wrong_codes), (120 * DAY_MS, 0));
}

#[test]
fn tries_further_apart_than_30_days_have_nothing_to_do_with_each_other() {
    let mut user = user();
    for n in 1..20 {
        let (after, grew) = after_wrong_try(&user, true, false, n * (30 * DAY_MS + 1));
        assert!(!grew);
        user = after;
    }
    assert_eq!((user.long_codes_until_unix_ms, user.wrong_codes), (0, 1));
}

#[test]
fn a_burnt_code_makes_codes_long_whatever_its_length_and_wrong_long_ones_do_not_count() {
    let user = user();
    for is_short in [true, false] {
        let (after, _) = after_wrong_try(&user, is_short, true, DAY_MS);
        assert_eq!((after.long_codes_until_unix_ms, after.wrong_codes), (31 * DAY_MS, 0));
    }
    assert_eq!(after_wrong_try(&user, false, false, DAY_MS), (user, false));
}

#[test]
fn the_codes_of_one_account_grow_and_the_one_under_way_keeps_its_tries() {
    let mut house = House::new(2);
    let first = house.begin(UserId(1), 5, 0);
    assert_eq!(house.try_code(first, 9, 0), wrong(2));
    assert_eq!(house.try_code(first, 9, 0), wrong(1));
    let second = house.begin(UserId(1), 5, MINUTE_MS);
    assert!(!house.are_long(1, MINUTE_MS));
    // The third wrong one: from now on they are long, of this account only.
    assert_eq!(house.try_code(second, 9, MINUTE_MS), wrong(2));
    assert!(house.are_long(1, MINUTE_MS) && !house.are_long(2, MINUTE_MS));
    assert!(matches!(house.try_code(second, 1, MINUTE_MS), CodeOutcome::Right { .. }));
    assert!(house.are_long(1, 30 * DAY_MS) && !house.are_long(1, 30 * DAY_MS + MINUTE_MS));
}

#[test]
fn a_code_that_was_replaced_is_never_right_and_looks_as_before() {
    let mut house = House::new(1);
    for user in [UserId(1), UserId::nobodys(5)] {
        let former = house.begin(user, 5, 0);
        let proven = house.begin(user, 5, MINUTE_MS);
        assert_eq!(house.try_code(former, 1, MINUTE_MS), wrong(2));
        assert_eq!(house.try_code(former, 1, MINUTE_MS), wrong(1));
        let outcome = house.try_code(proven, 1, MINUTE_MS);
        assert_eq!(matches!(outcome, CodeOutcome::Right { .. }), user == UserId(1));
        assert_eq!(house.try_code(former, 1, MINUTE_MS), wrong(0));
        assert_eq!(house.try_code(former, 1, MINUTE_MS), CodeOutcome::Void);
    }
}

#[test]
fn thirty_wrong_tries_within_a_week_make_everyones_codes_long_for_a_week() {
    let mut house = House::new(20);
    let mut tries = 0;
    let mut guess = |house: &mut House, user: u64, at_unix_ms| {
        let flow = house.begin(UserId(user), 5, at_unix_ms);
        for _ in 0..2 {
            tries += u32::from(house.try_code(flow, 9, at_unix_ms) != CodeOutcome::Void);
        }
        tries
    };
    // 28 within the first week, which are forgotten with it, and 30 in the next.
    for user in 1..=14 {
        guess(&mut house, user, (user - 1) * 10 * MINUTE_MS);
    }
    let mut late = 0;
    for user in 15..=20 {
        late = guess(&mut house, user, WEEK_MS + user);
    }
    assert!(late == 40 && !house.are_long(20, WEEK_MS + 20));
    for number in 1..=9 {
        late = guess(&mut house, u64::MAX / 2 + 2 + number, WEEK_MS + 20 + number);
    }
    assert_eq!(late, 28 + 30);
    let at = WEEK_MS + 29;
    assert!(house.are_long(20, at) && house.are_long(20, at + WEEK_MS - 10));
    assert!(!house.are_long(20, at + WEEK_MS));
    // Short codes under way are void, the right one too; long ones are not.
    let short = house.begin(UserId(20), 5, at);
    assert_eq!(house.try_code(short, 1, at), CodeOutcome::Void);
    let long = house.begin(UserId(20), 8, at);
    assert!(matches!(house.try_code(long, 1, at), CodeOutcome::Right { .. }));
}

//! How often is too often.

use super::*;
use crate::keys::DEVICE_NONCE_BYTES;

fn try_it(throttle: &mut Throttle, tick: Duration, account: &str, origin: Origin) -> Result<(), RetryAfter> {
    throttle.take_sign_in(tick, account.to_owned(), origin, None).map(|_| ())
}

const HERE: Origin = Origin(1);
const THERE: Origin = Origin(2);

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn five_failures_then_one_every_ten_seconds_and_no_one_else_is_slowed() {
    let mut throttle = Throttle::default();
    for _ in 0..5 {
        assert_eq!(try_it(&mut throttle, at(100), "sara", HERE), Ok(()));
    }
    assert_eq!(try_it(&mut throttle, at(100), "sara", HERE), Err(RetryAfter(at(10))));
    assert_eq!(try_it(&mut throttle, at(104), "sara", HERE), Err(RetryAfter(at(6))));
    assert_eq!(try_it(&mut throttle, at(100), "sara", THERE), Ok(()));
    assert_eq!(try_it(&mut throttle, at(100), "mina", HERE), Ok(()));
    assert_eq!(try_it(&mut throttle, at(110), "sara", HERE), Ok(()));
    assert!(try_it(&mut throttle, at(110), "sara", HERE).is_err());
}

#[test]
fn success_costs_nothing() {
    let mut throttle = Throttle::default();
    for _ in 0..1000 {
        let attempt = throttle.take_sign_in(at(1), "sara".to_owned(), HERE, None).unwrap();
        throttle.forgive_sign_in(at(1), &attempt);
    }
}

#[test]
fn an_address_that_guesses_everywhere_is_slowed_as_a_whole() {
    let mut throttle = Throttle::default();
    let refused = (0..100).filter(|n| try_it(&mut throttle, at(1), &n.to_string(), HERE).is_err()).count();
    assert_eq!(refused, 70);
    assert!(try_it(&mut throttle, at(1), "sara", THERE).is_ok());
}

#[test]
fn memory_is_bounded_and_the_worst_are_remembered() {
    let mut buckets = Buckets::default();
    for _ in 0..5 {
        buckets.take(at(1), 0, ACCOUNT_FAILURES).unwrap();
    }
    for key in 1..30_000 {
        buckets.take(at(1), key, ACCOUNT_FAILURES).unwrap();
        assert!(buckets.0.len() <= BUCKETS_MAX + 1);
    }
    assert!(buckets.take(at(1), 0, ACCOUNT_FAILURES).is_err());
}

#[test]
fn an_ipv4_address_is_itself_and_an_ipv6_address_its_network() {
    let origin = |text: &str| Origin::from(text.parse::<IpAddr>().unwrap());
    assert_eq!(origin("::ffff:10.0.0.1"), origin("10.0.0.1"));
    assert_ne!(origin("10.0.0.1"), origin("10.0.0.2"));
    assert_eq!(origin("2001:db8::1"), origin("2001:db8::2"));
    assert_ne!(origin("2001:db8::1"), origin("2001:db8:0:1::1"));
}

#[test]
fn few_passwords_of_one_address_wait() {
    let mut throttle = Throttle::default();
    for _ in 0..6 {
        throttle.begin_hashing(&Hasher::Stranger(HERE)).unwrap();
    }
    assert!(throttle.begin_hashing(&Hasher::Stranger(HERE)).is_err());
    assert!(throttle.begin_hashing(&Hasher::Stranger(THERE)).is_ok());
    throttle.handle_hashed(&Hasher::Stranger(HERE));
    assert!(throttle.begin_hashing(&Hasher::Stranger(HERE)).is_ok());
}

#[test]
fn many_addresses_together_leave_a_place_for_one_more() {
    let mut throttle = Throttle::default();
    for round in 0..8 {
        for address in 10..30 {
            let taken = throttle.begin_hashing(&Hasher::Stranger(Origin(address)));
            assert!(round > 0 || taken.is_ok());
        }
    }
    assert!(throttle.begin_hashing(&Hasher::Stranger(HERE)).is_ok());
    assert!(throttle.begin_hashing(&Hasher::Stranger(HERE)).is_err());
}

#[test]
fn strangers_leave_eight_places_to_those_who_are_known() {
    let mut throttle = Throttle::default();
    let mut strangers = 0;
    for address in 10..1000 {
        strangers += u32::from(throttle.begin_hashing(&Hasher::Stranger(Origin(address))).is_ok());
    }
    assert_eq!(strangers, 24);
    let known = |n: u32| Hasher::Known(n.to_string());
    let taken = (0..100).filter(|n| throttle.begin_hashing(&known(*n)).is_ok()).count();
    assert_eq!(taken, 8);
    // The known take none of the strangers' places before their own are gone.
    throttle.handle_hashed(&known(0));
    assert!(throttle.begin_hashing(&Hasher::Stranger(HERE)).is_err());
    assert!(throttle.begin_hashing(&known(0)).is_ok());
}

#[test]
fn one_account_does_not_take_all_places_of_the_known() {
    let mut throttle = Throttle::default();
    for address in 10..1000 {
        let _ = throttle.begin_hashing(&Hasher::Stranger(Origin(address)));
    }
    let sara = Hasher::Known("sara".to_owned());
    let taken = (0..100).filter(|_| throttle.begin_hashing(&sara).is_ok()).count();
    assert_eq!(taken, 2);
    assert!(throttle.begin_hashing(&Hasher::Known("mina".to_owned())).is_ok());
}

#[test]
fn a_known_device_has_a_bucket_of_its_own_that_nobody_else_empties() {
    let mut throttle = Throttle::default();
    // A guesser at the same address, with and without the name.
    for account in ["sara", "mina"] {
        while try_it(&mut throttle, at(1), account, HERE).is_ok() {}
    }
    for n in 0.. {
        if try_it(&mut throttle, at(1), &n.to_string(), HERE).is_err() {
            break;
        }
    }
    let device = Some([1; DEVICE_NONCE_BYTES]);
    for _ in 0..5 {
        let attempt = throttle.take_sign_in(at(1), "sara".to_owned(), HERE, device).unwrap();
        assert_eq!((attempt.device, attempt.hasher()), (device, Hasher::Known("sara".to_owned())));
    }
    let refused = throttle.take_sign_in(at(1), "sara".to_owned(), HERE, device);
    assert_eq!(refused, Err(RetryAfter(at(10))));
    // Another device of hers, and hers for another account, are others.
    let other = Some([2; DEVICE_NONCE_BYTES]);
    assert!(throttle.take_sign_in(at(1), "sara".to_owned(), HERE, other).is_ok());
    assert!(throttle.take_sign_in(at(1), "mina".to_owned(), HERE, device).is_ok());
}

#[test]
fn after_thirty_failures_a_day_a_known_device_counts_as_a_strangers() {
    let mut throttle = Throttle::default();
    let device = Some([1; DEVICE_NONCE_BYTES]);
    let mut take = |tick| throttle.take_sign_in(at(tick), "sara".to_owned(), HERE, device).map(|a| a.device);
    // Every 10 s, so that only the day counts. A bucket of 30 a day fills by one while it is emptied.
    let known = (0..100).filter(|n| take(100 + n * 10) == Ok(device)).count();
    assert_eq!(known, 30);
    assert_eq!(take(2000), Ok(None));
    assert_eq!(take(100 + 48 * 60), Ok(device));
    // Successes give everything back.
    for _ in 0..1000 {
        let attempt = throttle.take_sign_in(at(400_000), "sara".to_owned(), HERE, device).unwrap();
        throttle.forgive_sign_in(at(400_000), &attempt);
        assert_eq!(attempt.device, device);
    }
}

#[test]
fn codes_are_three_an_hour_for_a_name_a_minute_apart_and_ten_a_day_for_an_address() {
    let mut throttle = Throttle::default();
    assert_eq!(throttle.take_code(at(0), "sara", HERE), Ok(()));
    assert_eq!(throttle.take_code(at(0), "sara", THERE), Err(RetryAfter(at(60))));
    assert_eq!(throttle.take_code(at(59), "sara", HERE), Err(RetryAfter(at(1))));
    assert_eq!(throttle.take_code(at(60), "sara", HERE), Ok(()));
    assert_eq!(throttle.take_code(at(120), "sara", HERE), Ok(()));
    // The first of the three is given back 20 minutes after it was taken.
    assert_eq!(throttle.take_code(at(180), "sara", HERE), Err(RetryAfter(at(1020))));
    assert_eq!(throttle.take_code(at(1200), "sara", HERE), Ok(()));
    // What was refused took nothing: six more of this address.
    for n in 0..6 {
        assert_eq!(throttle.take_code(at(1200), &n.to_string(), HERE), Ok(()));
    }
    assert!(throttle.take_code(at(1200), "mina", HERE).is_err());
    assert_eq!(throttle.take_code(at(1200), "mina", THERE), Ok(()));
    throttle.forgive_code(at(1200), "mina", THERE);
    assert_eq!(throttle.take_code(at(1200), "mina", THERE), Ok(()));
}

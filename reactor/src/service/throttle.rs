//! How often someone may try.
//!
//! This file does not know clocks or sockets: it is told the time and where a request came from. Nobody is
//! locked out: a bucket fills again by itself, and only failures empty it.

use core::net::IpAddr;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// Failed sign-ins to one account from one address: 5 at once, then one every 10 s.
const ACCOUNT_FAILURES: Rate = Rate { burst: 5, refill: Duration::from_secs(10) };

/// Failed sign-ins from one address: 30 at once, then one every 2 s. More than a person, and a class that
/// shares an address, ever needs.
const ORIGIN_FAILURES: Rate = Rate { burst: 30, refill: Duration::from_secs(2) };

/// Sign-ups from one address: a class at once, then two a minute.
const ORIGIN_SIGN_UPS: Rate = Rate { burst: 60, refill: Duration::from_secs(30) };

/// Tokens of no session from one address: as many as all its clients may hold after the store was
/// replaced, then one a second. A token cannot be guessed; this keeps the looking-up for those who have one.
const ORIGIN_RESUMES: Rate = Rate { burst: 1000, refill: Duration::from_secs(1) };

/// Passwords that may wait to be hashed, of everyone together: as many as the workers let wait.
const HASHES_WAITING_MAX: u32 = 32;

/// One address may have a third as many waiting as there is room for more ("dynamic thresholds" of Choudhury
/// and Hahne): alone 8, of ten addresses each 3, so that whoever comes new finds a place.
const ROOM_PER_HASH_WAITING: u32 = 3;

/// Buckets kept of one kind. Over that the fullest are forgotten, which only forgives.
const BUCKETS_MAX: usize = 10_000;

/// Where a request came from, as coarse as one household or one machine: an IPv4 address or an IPv6 /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(u64);

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u64::from(u32::from(v4))),
            // Globally routed prefixes are never as small as an IPv4 address, so the two do not meet.
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Self([a, b, c, d].iter().fold(0, |prefix, part| prefix << 16 | u64::from(*part)))
            }
        }
    }
}

/// A refusal: ask again after so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(pub Duration);

impl RetryAfter {
    /// Returns the time in milliseconds, for the wire.
    pub fn ms(self) -> u32 {
        u32::try_from(self.0.as_millis()).unwrap_or(u32::MAX)
    }
}

/// All buckets of the service.
#[derive(Debug, Default)]
pub struct Throttle {
    account_failures: Buckets<(String, Origin)>,
    origin_failures: Buckets<Origin>,
    origin_sign_ups: Buckets<Origin>,
    origin_resumes: Buckets<Origin>,
    hashes_waiting: HashMap<Origin, u32>,
}

impl Throttle {
    /// Counts an attempt to sign in to the account with this key, as if it would fail. Refuses when too
    /// many did.
    pub fn take_sign_in(&mut self, tick: Duration, account: &str, origin: Origin) -> Result<(), RetryAfter> {
        self.origin_failures.take(tick, origin, ORIGIN_FAILURES)?;
        let taken = self.account_failures.take(tick, (account.to_owned(), origin), ACCOUNT_FAILURES);
        if taken.is_err() {
            self.origin_failures.give_back(tick, &origin, ORIGIN_FAILURES);
        }
        taken
    }

    /// Gives back what an attempt took, since it did not fail.
    pub fn forgive_sign_in(&mut self, tick: Duration, account: &str, origin: Origin) {
        self.origin_failures.give_back(tick, &origin, ORIGIN_FAILURES);
        self.account_failures.give_back(tick, &(account.to_owned(), origin), ACCOUNT_FAILURES);
    }

    /// Counts a sign-up. Refuses when there were too many.
    pub fn take_sign_up(&mut self, tick: Duration, origin: Origin) -> Result<(), RetryAfter> {
        self.origin_sign_ups.take(tick, origin, ORIGIN_SIGN_UPS)
    }

    /// Gives back what a sign-up took, since it was not made.
    pub fn forgive_sign_up(&mut self, tick: Duration, origin: Origin) {
        self.origin_sign_ups.give_back(tick, &origin, ORIGIN_SIGN_UPS);
    }

    /// Counts a token that is tried, as if it would be no session's. Refuses when too many were not.
    pub fn take_resume(&mut self, tick: Duration, origin: Origin) -> Result<(), RetryAfter> {
        self.origin_resumes.take(tick, origin, ORIGIN_RESUMES)
    }

    /// Gives back what a token took, since it was a session's or was not tried.
    pub fn forgive_resume(&mut self, tick: Duration, origin: Origin) {
        self.origin_resumes.give_back(tick, &origin, ORIGIN_RESUMES);
    }

    /// Counts a password that goes to be hashed; [`Self::handle_hashed`] must follow. Refuses when too
    /// many of this address wait.
    pub fn begin_hashing(&mut self, origin: Origin) -> Result<(), RetryAfter> {
        let waiting = self.hashes_waiting.get(&origin).copied().unwrap_or(0);
        let room = HASHES_WAITING_MAX.saturating_sub(self.hashes_waiting.values().sum());
        if waiting * ROOM_PER_HASH_WAITING >= room {
            return Err(RetryAfter(Duration::from_secs(2)));
        }
        self.hashes_waiting.insert(origin, waiting + 1);
        Ok(())
    }

    /// Takes note that a password was hashed, or dropped from the queue.
    pub fn handle_hashed(&mut self, origin: Origin) {
        if let Some(waiting) = self.hashes_waiting.get_mut(&origin) {
            *waiting -= 1;
            if *waiting == 0 {
                self.hashes_waiting.remove(&origin);
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: u32,
    refill: Duration,
}

/// Token buckets, each kept as the tick at which it will be full again (the "virtual scheduling" form of
/// the generic cell rate algorithm, ITU-T I.371): a bucket that is full needs no memory.
#[derive(Debug)]
struct Buckets<K>(HashMap<K, Duration>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Buckets<K> {
    fn take(&mut self, tick: Duration, key: K, rate: Rate) -> Result<(), RetryAfter> {
        let full_at = self.0.get(&key).copied().unwrap_or_default().max(tick) + rate.refill;
        let may_be_full_at = tick + rate.refill * rate.burst;
        if full_at > may_be_full_at {
            return Err(RetryAfter(full_at - may_be_full_at));
        }
        self.0.insert(key, full_at);
        if self.0.len() > BUCKETS_MAX {
            self.forget_fullest(tick);
        }
        Ok(())
    }

    fn give_back(&mut self, tick: Duration, key: &K, rate: Rate) {
        if let Some(full_at) = self.0.get_mut(key) {
            *full_at = full_at.saturating_sub(rate.refill);
            if *full_at <= tick {
                self.0.remove(key);
            }
        }
    }

    /// Forgets the full buckets, and of the others the fuller half when that was not enough.
    fn forget_fullest(&mut self, tick: Duration) {
        self.0.retain(|_, full_at| *full_at > tick);
        let mut to_forget = self.0.len().saturating_sub(BUCKETS_MAX / 2);
        if to_forget > 0 {
            let mut ends: Vec<Duration> = self.0.values().copied().collect();
            let (_, threshold, _) = ends.select_nth_unstable(to_forget - 1);
            let threshold = *threshold;
            self.0.retain(|_, full_at| {
                let forgotten = *full_at <= threshold && to_forget > 0;
                to_forget -= usize::from(forgotten);
                !forgotten
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Origin = Origin(1);
    const THERE: Origin = Origin(2);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn five_failures_then_one_every_ten_seconds_and_no_one_else_is_slowed() {
        let mut throttle = Throttle::default();
        for _ in 0..5 {
            assert_eq!(throttle.take_sign_in(at(100), "sara", HERE), Ok(()));
        }
        assert_eq!(throttle.take_sign_in(at(100), "sara", HERE), Err(RetryAfter(at(10))));
        assert_eq!(throttle.take_sign_in(at(104), "sara", HERE), Err(RetryAfter(at(6))));
        assert_eq!(throttle.take_sign_in(at(100), "sara", THERE), Ok(()));
        assert_eq!(throttle.take_sign_in(at(100), "mina", HERE), Ok(()));
        assert_eq!(throttle.take_sign_in(at(110), "sara", HERE), Ok(()));
        assert!(throttle.take_sign_in(at(110), "sara", HERE).is_err());
    }

    #[test]
    fn success_costs_nothing() {
        let mut throttle = Throttle::default();
        for _ in 0..1000 {
            throttle.take_sign_in(at(1), "sara", HERE).unwrap();
            throttle.forgive_sign_in(at(1), "sara", HERE);
        }
    }

    #[test]
    fn an_address_that_guesses_everywhere_is_slowed_as_a_whole() {
        let mut throttle = Throttle::default();
        let refused =
            (0..100).filter(|n| throttle.take_sign_in(at(1), &n.to_string(), HERE).is_err()).count();
        assert_eq!(refused, 70);
        assert!(throttle.take_sign_in(at(1), "sara", THERE).is_ok());
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
        for _ in 0..8 {
            throttle.begin_hashing(HERE).unwrap();
        }
        assert!(throttle.begin_hashing(HERE).is_err());
        assert!(throttle.begin_hashing(THERE).is_ok());
        throttle.handle_hashed(HERE);
        assert!(throttle.begin_hashing(HERE).is_ok());
    }

    #[test]
    fn many_addresses_together_leave_a_place_for_one_more() {
        let mut throttle = Throttle::default();
        for round in 0..8 {
            for address in 10..30 {
                let taken = throttle.begin_hashing(Origin(address));
                assert!(round > 0 || taken.is_ok());
            }
        }
        assert!(throttle.begin_hashing(HERE).is_ok());
        assert!(throttle.begin_hashing(HERE).is_err());
        assert!(throttle.begin_hashing(THERE).is_ok());
    }
}

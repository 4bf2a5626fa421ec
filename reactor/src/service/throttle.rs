//! How often someone may try.
//!
//! This file does not know clocks or sockets: it is told the time and where a request came from. Nobody is
//! locked out: a bucket fills again by itself, and only failures empty it.

use core::net::IpAddr;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::keys::DeviceNonce;
use crate::store::UserId;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Failed sign-ins to one account from one address, from one device that the account knows, or with one's
/// own password while one is signed in: 5 at once, then one every 10 s.
const ACCOUNT_FAILURES: Rate = Rate { burst: 5, refill: Duration::from_secs(10) };

/// Failed sign-ins from one address: 30 at once, then one every 2 s. More than a person, and a class that
/// shares an address, ever needs.
const ORIGIN_FAILURES: Rate = Rate { burst: 30, refill: Duration::from_secs(2) };

/// Failed sign-ins from a device that the account knows: 30 a day. Then it counts as a stranger's, so that
/// a stolen device is not the better place to guess from.
const DEVICE_FAILURES: Rate = Rate { burst: 30, refill: Duration::from_secs(24 * 60 * 2) };

/// Sign-ups from one address: a class at once, then two a minute.
const ORIGIN_SIGN_UPS: Rate = Rate { burst: 60, refill: Duration::from_secs(30) };

/// Tokens of no session from one address: as many as all its clients may hold after the store was
/// replaced, then one a second. A token cannot be guessed; this keeps the looking-up for those who have one.
const ORIGIN_RESUMES: Rate = Rate { burst: 1000, refill: Duration::from_secs(1) };

/// After how long another code may be asked for: the mail may still be on its way.
pub const CODE_AGAIN: Duration = MINUTE;

/// Codes sent for what names one account: 3 an hour, [`CODE_AGAIN`] apart.
const ACCOUNT_CODES: Rate = Rate { burst: 3, refill: Duration::from_secs(20 * 60) };

/// Codes asked for from one address: 10 a day.
const ORIGIN_CODES: Rate = Rate { burst: 10, refill: Duration::from_secs(24 * 60 * 6) };

/// Codes tried, and names of accounts, from one address: 30 at once, then one every 10 s.
const ORIGIN_TRIES: Rate = Rate { burst: 30, refill: Duration::from_secs(10) };

/// Edits of one's own account: 20 at once, then one a minute. Each may send a mail, and write a record.
const ACCOUNT_EDITS: Rate = Rate { burst: 20, refill: MINUTE };

/// Posts said, edited and deleted by one member: 60 at once, as an outbox that was long without a connection, then 20 a
/// second, more than anybody types.
const MEMBER_POSTS: Rate = Rate { burst: 60, refill: Duration::from_millis(50) };

/// Passwords that may wait to be hashed, of everyone together: as many as the workers let wait.
const HASHES_WAITING_MAX: u32 = 32;

/// How many of them may be strangers': the other places are for those who are known.
const HASHES_OF_STRANGERS_MAX: u32 = 24;

/// One address may have a third as many waiting as there is room for more ("dynamic thresholds" of Choudhury
/// and Hahne): alone 6, of ten addresses each 2, so that whoever comes new finds a place. The same goes for
/// one account among those who are known.
const ROOM_PER_HASH_WAITING: u32 = 3;

/// Buckets kept of one kind. Over that the fullest are forgotten, which only forgives.
const BUCKETS_MAX: usize = 10_000;

const _: () = assert!(DEVICE_FAILURES.refill.as_secs() * DEVICE_FAILURES.burst as u64 == DAY.as_secs());
const _: () = assert!(ACCOUNT_CODES.refill.as_secs() * ACCOUNT_CODES.burst as u64 == HOUR.as_secs());
const _: () = assert!(ORIGIN_CODES.refill.as_secs() * ORIGIN_CODES.burst as u64 == DAY.as_secs());

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

/// An attempt to sign in, as it was counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The key of the account.
    pub account: String,
    /// Where it came from.
    pub origin: Origin,
    /// The device, if it is counted as that of one whom the account knows.
    pub device: Option<DeviceNonce>,
}

/// Whose password waits to be hashed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Hasher {
    /// Somebody's at this address.
    Stranger(Origin),
    /// That of a member who is signed in, or of a device that the account of this key knows.
    Known(String),
}

impl Attempt {
    /// Returns whose the password is.
    pub fn hasher(&self) -> Hasher {
        match self.device {
            Some(_) => Hasher::Known(self.account.clone()),
            None => Hasher::Stranger(self.origin),
        }
    }
}

/// All buckets of the service.
#[derive(Debug, Default)]
pub struct Throttle {
    account_failures: Buckets<(String, Origin)>,
    origin_failures: Buckets<Origin>,
    device_failures: Buckets<(String, DeviceNonce)>,
    device_failures_daily: Buckets<(String, DeviceNonce)>,
    own_failures: Buckets<UserId>,
    edits: Buckets<UserId>,
    posts: Buckets<UserId>,
    origin_sign_ups: Buckets<Origin>,
    origin_resumes: Buckets<Origin>,
    codes_again: Buckets<String>,
    account_codes: Buckets<String>,
    origin_codes: Buckets<Origin>,
    origin_tries: Buckets<Origin>,
    hashes_waiting: HashMap<Hasher, u32>,
}

impl Throttle {
    /// Counts an attempt to sign in to the account with this key, as if it would fail. Refuses when too
    /// many did. An attempt from a device that the account knows is not touched by anyone else's.
    pub fn take_sign_in(
        &mut self,
        tick: Duration,
        account: String,
        origin: Origin,
        device: Option<DeviceNonce>,
    ) -> Result<Attempt, RetryAfter> {
        let known = device.map(|nonce| (account.clone(), nonce));
        if let Some(known) = known
            && self.device_failures_daily.take(tick, known.clone(), DEVICE_FAILURES).is_ok()
        {
            if let Err(wait) = self.device_failures.take(tick, known.clone(), ACCOUNT_FAILURES) {
                self.device_failures_daily.give_back(tick, &known, DEVICE_FAILURES);
                return Err(wait);
            }
            return Ok(Attempt { account, origin, device });
        }
        self.origin_failures.take(tick, origin, ORIGIN_FAILURES)?;
        let attempt = Attempt { account, origin, device: None };
        match self.account_failures.take(tick, (attempt.account.clone(), origin), ACCOUNT_FAILURES) {
            Ok(()) => Ok(attempt),
            Err(wait) => {
                self.origin_failures.give_back(tick, &origin, ORIGIN_FAILURES);
                Err(wait)
            }
        }
    }

    /// Gives back what an attempt took, since it did not fail.
    pub fn forgive_sign_in(&mut self, tick: Duration, attempt: &Attempt) {
        let Attempt { account, origin, device } = attempt.clone();
        if let Some(device) = device {
            let known = (account, device);
            self.device_failures.give_back(tick, &known, ACCOUNT_FAILURES);
            self.device_failures_daily.give_back(tick, &known, DEVICE_FAILURES);
        } else {
            self.origin_failures.give_back(tick, &origin, ORIGIN_FAILURES);
            self.account_failures.give_back(tick, &(account, origin), ACCOUNT_FAILURES);
        }
    }

    /// Counts a password that someone who is signed in gives for their own, as if it were wrong.
    pub fn take_own_password(&mut self, tick: Duration, user: UserId) -> Result<(), RetryAfter> {
        self.own_failures.take(tick, user, ACCOUNT_FAILURES)
    }

    /// Gives back what it took, since it was right or was not compared.
    pub fn forgive_own_password(&mut self, tick: Duration, user: UserId) {
        self.own_failures.give_back(tick, &user, ACCOUNT_FAILURES);
    }

    /// Counts an edit of one's own account.
    pub fn take_edit(&mut self, tick: Duration, user: UserId) -> Result<(), RetryAfter> {
        self.edits.take(tick, user, ACCOUNT_EDITS)
    }

    /// Counts something that a member says, edits or deletes.
    pub fn take_post(&mut self, tick: Duration, user: UserId) -> Result<(), RetryAfter> {
        self.posts.take(tick, user, MEMBER_POSTS)
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

    /// Counts a code to be sent for what names an account. Refuses when there were too many, whether or not
    /// there is such an account.
    pub fn take_code(&mut self, tick: Duration, account: &str, origin: Origin) -> Result<(), RetryAfter> {
        self.origin_codes.take(tick, origin, ORIGIN_CODES)?;
        let again = Rate { burst: 1, refill: CODE_AGAIN };
        let taken = self.account_codes.take(tick, account.to_owned(), ACCOUNT_CODES).and_then(|()| {
            let taken = self.codes_again.take(tick, account.to_owned(), again);
            if taken.is_err() {
                self.account_codes.give_back(tick, &account.to_owned(), ACCOUNT_CODES);
            }
            taken
        });
        if taken.is_err() {
            self.origin_codes.give_back(tick, &origin, ORIGIN_CODES);
        }
        taken
    }

    /// Gives back what a code took, since it was not sent.
    pub fn forgive_code(&mut self, tick: Duration, account: &str, origin: Origin) {
        self.origin_codes.give_back(tick, &origin, ORIGIN_CODES);
        self.account_codes.give_back(tick, &account.to_owned(), ACCOUNT_CODES);
        self.codes_again.give_back(tick, &account.to_owned(), Rate { burst: 1, refill: CODE_AGAIN });
    }

    /// Counts a code that is tried, or another step of a reset, as if it would fail.
    pub fn take_try(&mut self, tick: Duration, origin: Origin) -> Result<(), RetryAfter> {
        self.origin_tries.take(tick, origin, ORIGIN_TRIES)
    }

    /// Gives back what a try took, since it did not fail.
    pub fn forgive_try(&mut self, tick: Duration, origin: Origin) {
        self.origin_tries.give_back(tick, &origin, ORIGIN_TRIES);
    }

    /// Counts a password that goes to be hashed; [`Self::handle_hashed`] must follow. Refuses when too
    /// many of its like wait.
    pub fn begin_hashing(&mut self, hasher: &Hasher) -> Result<(), RetryAfter> {
        let of = |is: fn(&Hasher) -> bool| -> u32 {
            self.hashes_waiting.iter().filter(|(hasher, _)| is(hasher)).map(|(_, waiting)| waiting).sum()
        };
        let room = match hasher {
            Hasher::Stranger(_) => {
                let strangers = of(|hasher| matches!(hasher, Hasher::Stranger(_)));
                HASHES_OF_STRANGERS_MAX
                    .saturating_sub(strangers)
                    .min(HASHES_WAITING_MAX.saturating_sub(of(|_| true)))
            }
            Hasher::Known(_) => HASHES_WAITING_MAX.saturating_sub(of(|_| true)),
        };
        let waiting = self.hashes_waiting.get(hasher).copied().unwrap_or(0);
        if waiting * ROOM_PER_HASH_WAITING >= room {
            return Err(RetryAfter(Duration::from_secs(2)));
        }
        self.hashes_waiting.insert(hasher.clone(), waiting + 1);
        Ok(())
    }

    /// Takes note that a password was hashed, or dropped from the queue.
    pub fn handle_hashed(&mut self, hasher: &Hasher) {
        if let Some(waiting) = self.hashes_waiting.get_mut(hasher) {
            *waiting -= 1;
            if *waiting == 0 {
                self.hashes_waiting.remove(hasher);
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
mod tests;

//! Who may send how many bytes of files now: a like share for every member, however many connections one has,
//! and no more in all than the operator allows.
//!
//! This file does not know sockets or files. Connections that have file bytes to send wait here in a queue of
//! their member. Whose turn it is may begin chunks; each is paid for when it begins, since it is never
//! interrupted. In a turn of the loop a member may begin as much as one turn of one link is; where the operator
//! set a limit, it is a bucket of tokens, and a chunk at a time goes to who got least of late. Messages are not
//! counted and never wait.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroU64;
use std::time::Duration;

use parlour_common::limits::CHUNK_DATA_BYTES_MAX;

use crate::id::ConnId;
use crate::store::UserId;

/// The most that one chunk costs, in bytes.
const CHUNK_BYTES: u64 = CHUNK_DATA_BYTES_MAX as u64;

/// Bytes that the connections of one member may begin in one turn, all together: two chunks, so that a socket is
/// kept busy while the others have their turn.
const MEMBER_TURN_BYTES: i64 = 2 * CHUNK_DATA_BYTES_MAX as i64;

/// Bytes of tokens that may be saved up: what a pause of the loop makes good.
const BURST_BYTES: u64 = 1024 * 1024;

/// The same as time, for limits at which those bytes last for less than clocks and schedulers are exact.
const BURST_TIME: Duration = Duration::from_millis(20);

/// How much less than the others somebody may have got to be served before them. What was missed before is
/// forgotten: it went to those who had something to take.
const LAG_BYTES_MAX: u64 = 1024 * 1024;

/// Members of whom it is remembered how much they got, beside those who wait.
const MEMBERS_KEPT: usize = 64;

/// Whose share it is. `None` is shared by those who are on their way out.
pub type Member = Option<UserId>;

/// A connection that may begin chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// On whose account.
    pub member: Member,
    /// Which.
    pub conn: ConnId,
    /// Of how many bytes.
    pub bytes: u64,
}

/// The shares of all members.
#[derive(Debug, Default)]
pub struct Shares {
    bucket: Option<Bucket>,
    accounts: BTreeMap<Member, Account>,
    /// Members with connections that wait, who may begin something in this turn, by how much they got.
    ready: BTreeSet<(u64, Member)>,
    /// Members with connections that wait, who have begun enough in this turn.
    spent: Vec<Member>,
    /// How much whoever had the last turn had got before it.
    level: u64,
    turn: u64,
}

#[derive(Debug, Default)]
struct Account {
    /// Bytes that were begun, counted from the level at which it was opened.
    got: u64,
    /// In which turn it was used last, and what it may still begin in that; less than nothing is owed to the
    /// next.
    turn: u64,
    left: i64,
    waiting: VecDeque<ConnId>,
}

/// Tokens, counted in nanoseconds of bytes, so that no turn is too short to bring some.
#[derive(Debug)]
struct Bucket {
    bytes_per_second: u64,
    tokens: u128,
    filled: Duration,
}

const NANOSECONDS: u128 = 1_000_000_000;

impl Bucket {
    fn most(&self) -> u128 {
        let in_time = u128::from(self.bytes_per_second) * BURST_TIME.as_nanos();
        in_time.max(u128::from(BURST_BYTES) * NANOSECONDS)
    }

    fn fill(&mut self, tick: Duration) {
        let passed = tick.saturating_sub(self.filled).as_nanos();
        self.tokens = (self.tokens + passed * u128::from(self.bytes_per_second)).min(self.most());
        self.filled = self.filled.max(tick);
    }

    fn has_chunk(&self) -> bool {
        self.tokens >= u128::from(CHUNK_BYTES) * NANOSECONDS
    }

    fn take(&mut self, bytes: u64) {
        self.tokens = self.tokens.saturating_sub(u128::from(bytes) * NANOSECONDS);
    }

    /// Returns when there are tokens for a chunk.
    fn full_at(&self) -> Duration {
        let missing = (u128::from(CHUNK_BYTES) * NANOSECONDS).saturating_sub(self.tokens);
        let wait = missing.div_ceil(u128::from(self.bytes_per_second));
        self.filled + Duration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX))
    }
}

impl Account {
    fn begin_turn(&mut self, turn: u64) {
        if self.turn != turn {
            self.turn = turn;
            self.left = self.left.min(0) + MEMBER_TURN_BYTES;
        }
    }
}

impl Shares {
    /// Begins with nobody waiting, and with a limit for all together if there is one.
    pub fn new(send_bytes_per_second: Option<NonZeroU64>) -> Self {
        let bucket = send_bytes_per_second.map(|bytes_per_second| Bucket {
            bytes_per_second: bytes_per_second.get(),
            tokens: u128::from(BURST_BYTES) * NANOSECONDS,
            filled: Duration::ZERO,
        });
        Self { bucket, ..Self::default() }
    }

    /// Begins a turn of the loop: everyone may send again.
    pub fn begin_turn(&mut self, tick: Duration) {
        self.turn += 1;
        if let Some(bucket) = &mut self.bucket {
            bucket.fill(tick);
        }
        for member in std::mem::take(&mut self.spent) {
            self.line_up(member);
        }
        let waiting = self.ready.len();
        if self.accounts.len() > 2 * waiting + MEMBERS_KEPT {
            self.accounts.retain(|_, account| !account.waiting.is_empty() || account.left < 0);
        }
    }

    /// Lets a connection wait for its turn. It must not wait already.
    pub fn wait(&mut self, member: Member, conn: ConnId) {
        let lowest = self.level.saturating_sub(LAG_BYTES_MAX);
        let account = self.accounts.entry(member).or_default();
        account.waiting.push_back(conn);
        if account.waiting.len() == 1 {
            account.got = account.got.max(lowest);
            self.line_up(member);
        }
    }

    /// Returns the connection whose turn it is. How much it has begun must be told before the next is asked for.
    pub fn poll_turn(&mut self) -> Option<Turn> {
        if self.bucket.as_ref().is_some_and(|bucket| !bucket.has_chunk()) {
            return None;
        }
        let (got, member) = self.ready.pop_first()?;
        self.level = self.level.max(got);
        let account = self.accounts.get_mut(&member)?;
        let conn = account.waiting.pop_front()?;
        let bytes =
            if self.bucket.is_some() { CHUNK_BYTES } else { account.left.unsigned_abs().max(CHUNK_BYTES) };
        Some(Turn { member, conn, bytes })
    }

    /// Takes note of how many bytes were begun in a turn.
    pub fn handle_begun(&mut self, member: Member, bytes: u64) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take(bytes);
        }
        if let Some(account) = self.accounts.get_mut(&member) {
            account.got += bytes;
            account.left -= bytes.cast_signed();
            if !account.waiting.is_empty() {
                self.line_up(member);
            }
        }
    }

    /// Returns when whoever waits can go on; a time that has passed means at once, `None` that nobody waits.
    pub fn deadline(&self) -> Option<Duration> {
        if self.ready.is_empty() && self.spent.is_empty() {
            return None;
        }
        match &self.bucket {
            Some(bucket) if !bucket.has_chunk() => Some(bucket.full_at()),
            _ => Some(Duration::ZERO),
        }
    }

    /// Puts a member with a connection that waits among those who may begin something in this turn, or who may
    /// not.
    fn line_up(&mut self, member: Member) {
        let turn = self.turn;
        let Some(account) = self.accounts.get_mut(&member) else { return };
        account.begin_turn(turn);
        if account.left > 0 {
            self.ready.insert((account.got, member));
        } else {
            self.spent.push(member);
        }
    }
}

#[cfg(test)]
mod tests;

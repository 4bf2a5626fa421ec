//! The model of the workers and of the committer: everything ends, in any order and after any delay.
//!
//! It does not know connections or protocol. A job looks at the records at one moment and reports at a
//! later one; changes are applied, and answered, in the order in which they were submitted, as the one
//! committer does it. Now and then something is busy, fails or is unavailable.

use std::collections::BTreeMap;

use parlour_common::Secret;
use parlour_common::message::{SessionToken, TransferOutcome};
use parlour_reactor::daemon::Arrival;
use parlour_reactor::id::{ConnId, Ticket};
use parlour_reactor::job::{
    Cold, Completion, FilesJob, Job, Lane, OwnPasswordVerdict, PasswordVerdict, Piece,
};
use parlour_reactor::keys::{DEVICE_NONCE_BYTES, DeviceNonce};
use parlour_reactor::store::{Applied, BlobId, Change, ChangeError, TokenHash, UserRecord};
use parlour_reactor::workers::Finished;

use super::posts::Posts;
use super::records::Records;
use super::rng::Rng;
use super::shelf::Shelf;
use super::spools::Spools;

/// Sessions that one sweep looks at: few, so that a sweep takes several changes.
const SESSIONS_PER_SWEEP_MAX: usize = 2;

/// What is under way.
#[derive(Debug)]
enum Work {
    Job { ticket: Ticket, conn: Option<ConnId>, job: Job },
    Change { ticket: Ticket, change: Change },
    Warm { conn: ConnId, cold: Cold },
    Store { conn: ConnId, piece: Piece },
}

/// How things go: the longest delay in turns, how often it is far longer, how often something fails.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub delay_max: u64,
    pub long_once_in: u64,
    pub long_max: u64,
    pub trouble_once_in: u64,
}

/// The workers, the committer and the records.
#[derive(Debug)]
pub struct Backstage {
    pub records: Records,
    pub spools: Spools,
    pub posts: Posts,
    pub pace: Pace,
    /// Work and the turn in which it is done.
    waiting: Vec<(u64, Work)>,
    /// Reports and the turn in which they arrive.
    reports: Vec<(u64, Arrival)>,
    /// The turns in which the last change is applied and answered: later ones come after it.
    last_change: (u64, u64),
    /// The turn in which the last work of an upload is done: later work comes after it.
    last_of_blob: BTreeMap<BlobId, u64>,
    /// Uploads that were told to be unwritable.
    pub unwritable: Vec<(ConnId, u32)>,
    /// Transfers that were told to be unreadable.
    pub unreadable: Vec<(ConnId, u32)>,
    /// Jobs that were made to fail, by how.
    pub troubles: BTreeMap<&'static str, u64>,
}

impl Backstage {
    pub fn new(pace: Pace) -> Self {
        Self {
            records: Records::new(SESSIONS_PER_SWEEP_MAX),
            spools: Spools::default(),
            posts: Posts::default(),
            last_of_blob: BTreeMap::new(),
            unwritable: Vec::new(),
            pace,
            waiting: Vec::new(),
            reports: Vec::new(),
            last_change: (0, 0),
            unreadable: Vec::new(),
            troubles: BTreeMap::new(),
        }
    }

    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.reports.is_empty()
    }

    /// Begins a job, or finds its queue full.
    pub fn run(&mut self, turn: u64, (ticket, conn, job): (Ticket, Option<ConnId>, Job), rng: &mut Rng) {
        if rng.once_in(self.pace.trouble_once_in * 2) {
            self.note("busy");
            return self.report(turn, Arrival::Finished(Finished::Job(ticket, Completion::Busy)), rng);
        }
        let at = turn + self.delay(rng);
        let blob = match &job {
            Job::Files(FilesJob::OpenSpool { blob, .. }) => Some(*blob),
            Job::Files(FilesJob::SealUpload { user, key, .. }) => self.spools.blob_of(*user, *key),
            _ => None,
        };
        let at = blob.map_or(at, |blob| self.in_line(blob, at));
        self.waiting.push((at, Work::Job { ticket, conn, job }));
    }

    /// Begins to store a piece, behind all other work of its upload.
    pub fn store(&mut self, turn: u64, conn: ConnId, piece: Piece, rng: &mut Rng) {
        let at = turn + self.delay(rng);
        let at = self.in_line(piece.spool.blob(), at);
        self.waiting.push((at, Work::Store { conn, piece }));
    }

    fn in_line(&mut self, blob: BlobId, at: u64) -> u64 {
        let last = self.last_of_blob.entry(blob).or_default();
        *last = at.max(*last);
        *last
    }

    /// Submits a change. Returns whether there was room.
    pub fn commit(&mut self, turn: u64, ticket: Ticket, change: Change, rng: &mut Rng) -> bool {
        if rng.once_in(self.pace.trouble_once_in * 4) {
            self.note("committer full");
            return false;
        }
        let applied_at = (turn + self.delay(rng)).max(self.last_change.0);
        self.last_change.0 = applied_at;
        self.waiting.push((applied_at, Work::Change { ticket, change }));
        true
    }

    /// Begins to warm. Returns whether there was room.
    pub fn warm(&mut self, turn: u64, conn: ConnId, cold: Cold, rng: &mut Rng) -> bool {
        self.note("cold");
        // A full queue becomes less full by and by.
        let is_disk = |work: &Work| match work {
            Work::Job { job, .. } => job.lane() == Lane::Disk,
            Work::Warm { .. } => true,
            Work::Change { .. } | Work::Store { .. } => false,
        };
        if rng.once_in(3) && self.waiting.iter().any(|(_, work)| is_disk(work)) {
            self.note("not warmed");
            return false;
        }
        let at = turn + self.delay(rng);
        self.waiting.push((at, Work::Warm { conn, cold }));
        true
    }

    /// Lets everything that waits be done now.
    pub fn hurry(&mut self, turn: u64) {
        let due = self.waiting.iter_mut().map(|(at, _)| at);
        due.chain(self.reports.iter_mut().map(|(at, _)| at)).for_each(|at| *at = turn.min(*at));
        self.last_change = (turn, turn);
        self.last_of_blob.clear();
    }

    /// Does what is due, and returns the reports that arrive in this turn.
    pub fn step(
        &mut self,
        turn: u64,
        shelf: &mut Shelf,
        is_alive: impl Fn(ConnId) -> bool,
        rng: &mut Rng,
    ) -> Vec<Arrival> {
        let waiting = std::mem::take(&mut self.waiting);
        let (due, later) = waiting.into_iter().partition(|(at, _)| *at <= turn);
        self.waiting = later;
        let due: Vec<(u64, Work)> = due;
        for (_, work) in due {
            match work {
                Work::Job { ticket, conn, job } => {
                    let is_wanted = conn.is_none_or(&is_alive);
                    let completion =
                        if is_wanted { self.work(job, shelf, rng) } else { Completion::Abandoned };
                    self.report(turn, Arrival::Finished(Finished::Job(ticket, completion)), rng);
                }
                Work::Change { ticket, change } => self.apply(turn, ticket, &change, rng),
                Work::Store { conn, piece } => self.store_now(turn, conn, &piece, rng),
                Work::Warm { conn, cold } => {
                    let readable = !rng.once_in(6);
                    self.note(if readable { "warmed" } else { "not readable" });
                    let Cold { transfer, file, offset, bytes } = cold;
                    self.unreadable.extend((!readable).then_some((conn, transfer.0)));
                    file.warm(offset, bytes).unwrap();
                    let until = offset + bytes;
                    let warmed = Finished::Warmed { conn, transfer, until, readable };
                    self.report(turn, Arrival::Finished(warmed), rng);
                }
            }
        }
        let reports = std::mem::take(&mut self.reports);
        let (arriving, later) = reports.into_iter().partition(|(at, _)| *at <= turn);
        self.reports = later;
        let arriving: Vec<(u64, Arrival)> = arriving;
        arriving.into_iter().map(|(_, arrival)| arrival).collect()
    }

    fn apply(&mut self, turn: u64, ticket: Ticket, change: &Change, rng: &mut Rng) {
        let outcome = if rng.once_in(self.pace.trouble_once_in) {
            self.note("storage unavailable");
            Err(ChangeError::StorageUnavailable)
        } else {
            let applied = match change {
                Change::Files(change) => self.spools.apply(change),
                Change::Room(change) => self.posts.apply(change, &self.records),
                change => self.records.apply(change),
            };
            applied.map_err(ChangeError::Refused)
        };
        if let Ok(Applied::Swept { next: Some(_), .. }) = outcome {
            self.note("swept in parts");
        }
        let at = (turn + self.delay(rng)).max(self.last_change.1);
        self.last_change.1 = at;
        self.reports.push((at, Arrival::Applied(ticket, outcome)));
    }

    fn work(&mut self, job: Job, shelf: &mut Shelf, rng: &mut Rng) -> Completion {
        if rng.once_in(self.pace.trouble_once_in) {
            return match rng.below(3) {
                0 => self.trouble("failed", Completion::Failed),
                1 => self.trouble("storage failed", Completion::StorageFailed),
                _ => self.trouble("busy", Completion::Busy),
            };
        }
        match job {
            Job::PrepareSignUp { user_name, email, password, .. } => {
                match self.records.taken(&user_name, &email) {
                    taken if taken.any() => Completion::SignUpRefused { taken, no_such_invite: false },
                    _ => Completion::SignUpPrepared {
                        password_hash: hash(&password, if rng.once_in(2) { "old:" } else { "new:" }),
                        token: token(rng),
                        device: device(rng),
                    },
                }
            }
            Job::CheckPassword { user_name, password } => {
                let user = self.records.user_by_name(&user_name).cloned();
                Completion::PasswordChecked(check(user, &password, rng))
            }
            Job::FindSession { session, unix_ms } => {
                let hash = TokenHash::of(session.expose());
                Completion::SessionFound(self.records.session(&hash, unix_ms))
            }
            Job::Files(job) => Completion::Files(self.spools.work(job, rng)),
            Job::Room(job) => Completion::Room(self.posts.work(job, &self.records)),
            Job::Search { index, scanning, search } => Completion::Searched(index.page(&search, scanning)),
            Job::OpenTrack { path } => Completion::Opened(shelf.open(&path)),
            Job::OpenCover { .. } => Completion::Opened(Some(shelf.open_cover())),
            Job::FindAccount { user } => {
                Completion::AccountFound(self.records.user(user).cloned().map(Box::new))
            }
            Job::ListSessions { user, unix_ms } => {
                Completion::SessionsListed(self.records.sessions_of(user, unix_ms))
            }
            Job::CheckOwnPassword { user, password, new, .. } => {
                Completion::OwnPasswordChecked(check_own(self.records.user(user), &password, new.as_ref()))
            }
            // Nobody there asks for what these are for.
            Job::HashPassword { .. }
            | Job::PrepareReset { .. }
            | Job::NameFlow { .. }
            | Job::PrepareAdminCode { .. }
            | Job::People(_)
            | Job::SendMail { .. } => unreachable!("{job:?} was not asked for"),
        }
    }

    fn store_now(&mut self, turn: u64, conn: ConnId, piece: &Piece, rng: &mut Rng) {
        let (transfer, bytes) = (piece.transfer, piece.bytes.len());
        let outcome = self.spools.store(piece, rng.once_in(self.pace.trouble_once_in * 2));
        match outcome {
            Ok(()) => {}
            Err(TransferOutcome::WriteFailed) => {
                self.note("not stored");
                self.unwritable.push((conn, transfer.0));
            }
            Err(_) => self.note("superseded"),
        }
        self.report(turn, Arrival::Finished(Finished::Stored { conn, transfer, bytes, outcome }), rng);
    }

    fn report(&mut self, turn: u64, arrival: Arrival, rng: &mut Rng) {
        let at = turn + self.delay(rng);
        self.reports.push((at, arrival));
    }

    fn delay(&mut self, rng: &mut Rng) -> u64 {
        let most = if rng.once_in(self.pace.long_once_in) { self.pace.long_max } else { self.pace.delay_max };
        rng.below(most + 1)
    }

    fn trouble(&mut self, name: &'static str, completion: Completion) -> Completion {
        self.note(name);
        completion
    }

    fn note(&mut self, name: &'static str) {
        *self.troubles.entry(name).or_default() += 1;
    }
}

/// Hashes as slowly as a simulation should.
fn hash(password: &Secret<String>, cost: &str) -> Secret<String> {
    Secret::new(format!("{cost}{}", password.expose()))
}

fn check(user: Option<UserRecord>, password: &Secret<String>, rng: &mut Rng) -> PasswordVerdict {
    let Some(user) = user else { return PasswordVerdict::NotRegistered };
    if user.password_hash.expose()[4..] != *password.expose() {
        return PasswordVerdict::Wrong;
    }
    let is_old = user.password_hash.expose().starts_with("old:");
    let rehash = is_old.then(|| hash(password, "new:"));
    PasswordVerdict::Right { user: Box::new(user), token: token(rng), device: device(rng), rehash }
}

fn check_own(
    user: Option<&UserRecord>,
    password: &Secret<String>,
    new: Option<&Secret<String>>,
) -> OwnPasswordVerdict {
    let Some(user) = user else { return OwnPasswordVerdict::Gone };
    let from = user.password_hash.clone();
    if from.expose()[4..] != *password.expose() {
        return OwnPasswordVerdict::Wrong;
    }
    OwnPasswordVerdict::Right { from, to: new.map(|new| hash(new, "new:")), heir: None }
}

fn device(rng: &mut Rng) -> DeviceNonce {
    rng.bytes(DEVICE_NONCE_BYTES).try_into().unwrap()
}

fn token(rng: &mut Rng) -> Secret<SessionToken> {
    let bytes = rng.bytes(32);
    Secret::new(SessionToken::new(bytes.try_into().unwrap()))
}

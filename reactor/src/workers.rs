//! Slow things, each on a thread that may wait.
//!
//! This room does not know who asked, or why. A job goes in, its completion comes out on the channel that
//! was given at the start.

mod cover;
mod password;
mod pool;
pub mod scan;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parlour_common::Secret;
use parlour_common::message::{SessionToken, TransferId};
use parlour_common::names::UserName;
use rustix::io::Errno;

pub use cover::Covers;
pub use password::{PasswordCost, Passwords};

use crate::id::{ConnId, Ticket};
use crate::job::{Cold, Completion, Job, Lane, PasswordVerdict};
use crate::music::{Bank, Index};
use crate::send_file::SendFile;
use crate::store::{Store, StoreError, TokenHash};
use pool::Pool;

/// Passwords that may wait to be hashed: ten seconds of work.
const PASSWORD_QUEUE_MAX: usize = 32;

/// Sessions that may wait to be looked up: everyone at once, after a restart.
const SESSION_QUEUE_MAX: usize = 4096;

/// Look-ups that may wait.
const LOOKUP_QUEUE_MAX: usize = 512;

/// Files that may wait to be opened or warmed.
const DISK_QUEUE_MAX: usize = 512;

/// What comes back from the workers.
#[derive(Debug)]
pub enum Finished {
    /// A job of the service.
    Job(Ticket, Completion),
    /// Bytes of a file were read into the cache, or could not be.
    Warmed {
        /// For whom.
        conn: ConnId,
        /// For which transfer.
        transfer: TransferId,
        /// Up to where, in bytes.
        until: u64,
        /// Whether they could be read.
        readable: bool,
    },
}

/// Where finished work is put. It is called on worker threads.
pub type Report = Arc<dyn Fn(Finished) + Send + Sync>;

/// All that jobs need.
pub struct Tools {
    /// Records, to be read.
    pub store: Store,
    /// The library's files.
    pub bank: Bank,
    /// Its pictures.
    pub covers: Covers,
    /// What hashes passwords.
    pub passwords: Passwords,
}

/// The worker threads.
pub struct Workers {
    tools: Arc<Tools>,
    report: Report,
    password: Pool,
    session: Pool,
    lookup: Pool,
    disk: Pool,
}

impl Workers {
    /// Starts the threads.
    pub fn start(tools: Tools, report: Report) -> std::io::Result<Self> {
        Ok(Self {
            tools: Arc::new(tools),
            report,
            password: Pool::start("password", 1, PASSWORD_QUEUE_MAX)?,
            session: Pool::start("session", 1, SESSION_QUEUE_MAX)?,
            lookup: Pool::start("lookup", 2, LOOKUP_QUEUE_MAX)?,
            disk: Pool::start("disk", 4, DISK_QUEUE_MAX)?,
        })
    }

    /// Begins a job, or reports at once that its queue is full. A job whose asker has gone when its turn
    /// comes is not begun.
    pub fn run(&self, ticket: Ticket, alive: Arc<AtomicBool>, job: Job) {
        let lane = match job.lane() {
            Lane::Password => &self.password,
            Lane::Session => &self.session,
            Lane::Lookup => &self.lookup,
            Lane::Disk => &self.disk,
        };
        let (tools, report) = (Arc::clone(&self.tools), Arc::clone(&self.report));
        let taken = lane.try_run(move || {
            if !alive.load(Ordering::Relaxed) {
                return report(Finished::Job(ticket, Completion::Abandoned));
            }
            let work = std::panic::AssertUnwindSafe(|| tools.run(job));
            // The panic hook has logged it; the asker is told, the thread goes on.
            report(Finished::Job(ticket, std::panic::catch_unwind(work).unwrap_or(Completion::Failed)));
        });
        if !taken {
            (self.report)(Finished::Job(ticket, Completion::Busy));
        }
    }

    /// Begins to warm bytes of a file, unless its asker has gone when its turn comes. Returns whether there
    /// was room in the queue.
    pub fn warm(&self, conn: ConnId, alive: Arc<AtomicBool>, cold: Cold) -> bool {
        let report = Arc::clone(&self.report);
        self.disk.try_run(move || {
            let Cold { transfer, file, offset, bytes } = cold;
            let until = offset + bytes;
            if alive.load(Ordering::Relaxed) {
                let readable = match file.warm(offset, bytes) {
                    Ok(()) => true,
                    Err(error) => {
                        tracing::warn!(%error, "a file that is being sent cannot be read");
                        false
                    }
                };
                report(Finished::Warmed { conn, transfer, until, readable });
            }
        })
    }

    /// Frees a library that is out of date, which takes time in proportion to it.
    pub fn forget(&self, index: Arc<Index>) {
        // With the queue full it is freed where it is.
        self.lookup.try_run(move || drop(index));
    }

    /// Ends the threads after the jobs that they have begun; what waits is dropped.
    pub fn stop(self) {
        self.password.stop();
        self.session.stop();
        self.lookup.stop();
        self.disk.stop();
    }
}

impl Tools {
    fn run(&self, job: Job) -> Completion {
        match job {
            Job::PrepareSignUp { user_name, email, password } => match self.store.taken(&user_name, &email) {
                Ok(taken) if taken.any() => Completion::SignUpTaken(taken),
                Ok(_) => match (self.passwords.hash(&password), new_token()) {
                    (Some(password_hash), Some(token)) => Completion::SignUpPrepared { password_hash, token },
                    _ => Completion::Failed,
                },
                Err(error) => storage_failed(&error),
            },
            Job::CheckPassword { user_name, password } => self.check_password(&user_name, &password),
            Job::FindSession { session, unix_ms } => self.find_session(&session, unix_ms),
            Job::Search { index, scanning, search } => Completion::Searched(index.page(&search, scanning)),
            Job::OpenTrack { path } => opened(&path, self.bank.open_file(&path).and_then(SendFile::new)),
            Job::OpenCover { cover, path } => opened(&path, self.covers.open(&self.bank, cover, &path)),
        }
    }

    fn check_password(&self, user_name: &UserName, password: &Secret<String>) -> Completion {
        let user = match self.store.user_by_name(user_name) {
            Ok(user) => user,
            Err(error) => return storage_failed(&error),
        };
        let Some(user) = user else {
            self.passwords.check_nobody(password);
            return Completion::PasswordChecked(PasswordVerdict::NotRegistered);
        };
        if !self.passwords.check(password, &user.password_hash) {
            return Completion::PasswordChecked(PasswordVerdict::Wrong);
        }
        let Some(token) = new_token() else { return Completion::Failed };
        let rehash =
            if self.passwords.is_current(&user.password_hash) { None } else { self.passwords.hash(password) };
        Completion::PasswordChecked(PasswordVerdict::Right { user, token, rehash })
    }

    fn find_session(&self, token: &Secret<SessionToken>, unix_ms: u64) -> Completion {
        let hash = TokenHash::of(token.expose());
        let found = self.store.session(&hash, unix_ms).and_then(|session| {
            let Some(session) = session else { return Ok(None) };
            Ok(self.store.user(session.user)?.map(|user| (session, user)))
        });
        match found {
            Ok(found) => Completion::SessionFound(found),
            Err(error) => storage_failed(&error),
        }
    }
}

/// Draws a session token from the system's generator.
fn new_token() -> Option<Secret<SessionToken>> {
    let mut bytes = [0; 32];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Some(Secret::new(SessionToken::new(bytes))),
        Err(error) => {
            tracing::error!(%error, "the system gives no random numbers");
            None
        }
    }
}

fn storage_failed(error: &StoreError) -> Completion {
    tracing::error!(%error, "the store could not be read");
    Completion::StorageFailed
}

fn opened(path: &Path, file: std::io::Result<SendFile>) -> Completion {
    let error = match file {
        Ok(file) => return Completion::Opened(Some(file)),
        Err(error) => error,
    };
    match (error.kind(), Errno::from_io_error(&error)) {
        // Gone, or not a file any more.
        (std::io::ErrorKind::NotFound | std::io::ErrorKind::InvalidInput, _)
        | (_, Some(Errno::LOOP | Errno::NOTDIR)) => Completion::Opened(None),
        (_, Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => {
            tracing::warn!(%error, "no file can be opened just now");
            Completion::Busy
        }
        _ => {
            tracing::warn!(?path, %error, "a file of the library cannot be opened");
            Completion::StorageFailed
        }
    }
}

//! Slow things, each on a thread that may wait.
//!
//! This room does not know who asked, or why. A job goes in, its completion comes out on the channel that
//! was given at the start.

mod accounts;
mod cover;
mod files;
mod lists;
mod mail;
mod password;
mod pool;
mod room;
pub mod scan;
mod strand;
mod uploads;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parlour_common::message::{TransferId, TransferOutcome};
use rustix::io::Errno;

pub use cover::Covers;
pub use files::TrackHashes;
pub use password::{PasswordCost, Passwords};

use crate::files::Files;
use crate::id::{ConnId, Ticket};
use crate::job::{Cold, Completion, FilesPolicy, Job, Lane};
use crate::keys::Keys;
use crate::mail::Mailer;
use crate::music::{Bank, Index};
use crate::send_file::SendFile;
use crate::store::{Store, StoreError};
use pool::Pool;
use strand::Strands;

/// Passwords that may wait to be hashed: ten seconds of work.
const PASSWORD_QUEUE_MAX: usize = 32;

/// Sessions that may wait to be looked up: everyone at once, after a restart.
const SESSION_QUEUE_MAX: usize = 4096;

/// Look-ups that may wait.
const LOOKUP_QUEUE_MAX: usize = 512;

/// Pages of members that may wait.
const MEMBERS_QUEUE_MAX: usize = 256;

/// Files that may wait to be opened or warmed.
const DISK_QUEUE_MAX: usize = 512;

/// Pages of files that may wait.
const FILES_QUEUE_MAX: usize = 256;

/// Pages of what was said that may wait: as many as come back at once after a restart.
const ROOM_QUEUE_MAX: usize = 512;

/// Files that may wait to be hashed.
const HASH_QUEUE_MAX: usize = 256;

/// Uploads that may wait to be written to.
const SPOOL_QUEUE_MAX: usize = 16 * 1024;

/// Removals from the disk that may wait: the service begins one at a time.
const SWEEP_QUEUE_MAX: usize = 4;

/// Checks of the disk that may wait.
const CHECK_QUEUE_MAX: usize = 4;

/// Looks into the mail queue that may wait: the service begins one at a time.
const MAIL_QUEUE_MAX: usize = 4;

/// What comes back from the workers.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "few are on their way at once, and none is kept")]
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
    /// Bytes of an upload were written, or could not be.
    Stored {
        /// For whom.
        conn: ConnId,
        /// For which transfer.
        transfer: TransferId,
        /// How many there were.
        bytes: usize,
        /// What came of it: an error ends the transfer.
        outcome: Result<(), TransferOutcome>,
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
    /// What seals codes and names flows.
    pub keys: Keys,
    /// What sends mail, if it is sent.
    pub mailer: Option<Mailer>,
    /// The contents of people's files.
    pub files: Files,
    /// The rules about them.
    pub policy: FilesPolicy,
    /// The hashes of tracks that were computed of late.
    pub track_hashes: TrackHashes,
}

/// The worker threads.
pub struct Workers {
    tools: Arc<Tools>,
    report: Report,
    password: Pool,
    session: Pool,
    lookup: Pool,
    members: Pool,
    disk: Pool,
    files: Pool,
    room: Pool,
    hash: Pool,
    spool: Pool,
    sweep: Pool,
    check: Pool,
    mail: Pool,
    strands: Arc<Strands>,
}

impl Workers {
    /// Starts the threads.
    pub fn start(tools: Tools, report: Report) -> std::io::Result<Self> {
        let hash = Pool::start("hash", 2, HASH_QUEUE_MAX)?;
        let spool = Pool::start("spool", 4, SPOOL_QUEUE_MAX)?;
        let strands = Strands::new(spool.queue(), hash.queue());
        Ok(Self {
            tools: Arc::new(tools),
            report,
            password: Pool::start("password", 1, PASSWORD_QUEUE_MAX)?,
            session: Pool::start("session", 1, SESSION_QUEUE_MAX)?,
            lookup: Pool::start("lookup", 2, LOOKUP_QUEUE_MAX)?,
            members: Pool::start("members", 1, MEMBERS_QUEUE_MAX)?,
            disk: Pool::start("disk", 4, DISK_QUEUE_MAX)?,
            files: Pool::start("files", 1, FILES_QUEUE_MAX)?,
            room: Pool::start("room", 2, ROOM_QUEUE_MAX)?,
            hash,
            spool,
            sweep: Pool::start("sweep", 1, SWEEP_QUEUE_MAX)?,
            check: Pool::start("check", 1, CHECK_QUEUE_MAX)?,
            mail: Pool::start("mail", 1, MAIL_QUEUE_MAX)?,
            strands,
        })
    }

    /// Begins a job, or reports at once that its queue is full. A job whose asker has gone when its turn
    /// comes is not begun.
    pub fn run(&self, ticket: Ticket, alive: Arc<AtomicBool>, job: Job) {
        let Some((alive, job)) = self.run_of_upload(ticket, alive, job) else { return };
        let lane = match job.lane() {
            Lane::Password => &self.password,
            Lane::Session => &self.session,
            Lane::Lookup => &self.lookup,
            Lane::Members => &self.members,
            Lane::Disk => &self.disk,
            Lane::Files => &self.files,
            Lane::Room => &self.room,
            Lane::Hash => &self.hash,
            Lane::Spool => &self.spool,
            Lane::Sweep => &self.sweep,
            Lane::Check => &self.check,
            Lane::Mail => &self.mail,
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

    /// Begins to look whether the mailbox can be used, before the first mail is sent. The log says what came
    /// of it.
    pub fn check_mailbox(&self) {
        let tools = Arc::clone(&self.tools);
        // Nothing else is in the queue yet.
        self.mail.try_run(move || tools.check_mailbox());
    }

    /// Frees a library that is out of date, which takes time in proportion to it.
    pub fn forget(&self, index: Arc<Index>) {
        // With the queue full it is freed where it is.
        self.lookup.try_run(move || drop(index));
    }

    /// Ends the threads after the jobs that they have begun; what waits is dropped. A mail server is not
    /// waited for, which may take minutes to say nothing: the mail stays in the queue.
    pub fn stop(self) {
        self.mail.leave();
        // Whoever reads a whole file stops at once.
        self.tools.files.halt();
        self.strands.stop();
        self.password.stop();
        self.session.stop();
        self.lookup.stop();
        self.members.stop();
        self.disk.stop();
        self.files.stop();
        self.room.stop();
        self.hash.stop();
        self.spool.stop();
        self.sweep.stop();
        self.check.stop();
    }
}

impl Tools {
    fn run(&self, job: Job) -> Completion {
        match job {
            Job::PrepareSignUp { user_name, email, password, invite, unix_ms } => {
                self.prepare_sign_up((&user_name, &email), &password, invite, unix_ms)
            }
            Job::CheckPassword { user_name, password } => self.check_password(&user_name, &password),
            Job::CheckOwnPassword { user, password, new, heir } => {
                self.check_own_password(user, &password, new.as_ref(), heir.as_ref())
            }
            Job::HashPassword { password, flow, unix_ms } => self.hash_password(&password, &flow, unix_ms),
            Job::PrepareReset { account, unix_ms } => self.prepare_reset(&account, unix_ms),
            Job::NameFlow { account } => self.name_flow(&account),
            Job::PrepareAdminCode { user_name, unix_ms } => self.prepare_admin_code(&user_name, unix_ms),
            Job::FindAccount { user } => self.find_account(user),
            Job::ListSessions { user, unix_ms } => self.list_sessions(user, unix_ms),
            Job::SendMail { unix_ms } => self.send_mail(unix_ms),
            Job::FindSession { session, unix_ms } => self.find_session(&session, unix_ms),
            Job::Files(job) => self.run_files(job),
            Job::Room(job) => self.run_room(job),
            Job::People(job) => lists::run(&self.store, &self.passwords, job),
            Job::Search { index, scanning, search } => Completion::Searched(index.page(&search, scanning)),
            Job::OpenTrack { path } => opened(&path, self.bank.open_file(&path).and_then(SendFile::new)),
            Job::OpenCover { cover, path } => opened(&path, self.covers.open(&self.bank, cover, &path)),
        }
    }
}

/// Draws bytes from the system's generator. `None`, and a line in the log, when it gives none.
fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Some(bytes),
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

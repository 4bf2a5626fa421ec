//! The records of the house: who has an account, which sessions are open, which codes and invites are in
//! force, which mails wait, what admins did.
//!
//! Workers read through [`Store`]; everything that changes it is a [`Change`], applied by the one
//! [`Committer`]. Plain Rust types go in and out; which engine keeps them is known below this file only.
//! The store does not know who may do what, what time it is, nor whom to tell.
//!
//! Where to add something: a record and its table in `store/tables.rs` (one line) and the file of its
//! area; a change in `store/change.rs` (one variant, one line in `apply`); a reading method here.

mod audit;
mod bytes;
mod change;
mod check;
mod codes;
mod committer;
mod disk;
mod draft;
mod dump;
mod durable;
mod engine;
mod error;
mod files;
mod invites;
mod keys;
mod lists;
mod mail;
mod room;
mod sessions;
mod tables;
mod users;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use parlour_common::message::{AuditEntry, ResetFlow, UserFilter};
use parlour_common::names::{Email, UserName};

pub use audit::{Act, AuditRecord, Author};
pub use change::{Applied, CODES_PER_SWEEP_MAX, Change, ChangeError, Refusal};
pub use codes::{CodeMac, CodeOutcome, FlowRecord, LONG_CODE_DIGITS, NewFlow};
pub use committer::{CHANGES_PER_BATCH_MAX, CHANGES_QUEUED_MAX, Committer, Full, Outcome, Writer};
pub use disk::{BALLAST_BYTES, Disk, FREE_BYTES_MIN, RealDisk};
pub use dump::{DumpError, DumpFormat};
pub use error::StoreError;
pub use files::{
    BlobId, BlobRecord, FILES_PER_STEP_MAX, FileRecord, FilesChange, FilesOutcome, NewUpload, ShareRecord,
    UploadRecord, UsageRecord,
};
pub use invites::{INVITE_LISTED_MS, INVITES_MAX, InviteHash, InviteRecord, NewInvite};
pub use lists::{Page, UserUse, UserWithUse};
pub use mail::{MAIL_QUEUE_MAX, MailId, MailKind, MailRecord, NewMail, SealedCode};
pub use room::{
    CardRecord, ConversationRecord, NewCard, NewPost, POSTS_PER_STEP_MAX, PostRecord, RoomChange,
    RoomOutcome, SeatRecord, Shown,
};
pub use sessions::{
    NewSession, SESSION_AGE_MS_MAX, SESSION_UNUSED_MS_MAX, SESSIONS_PER_SWEEP_MAX, SESSIONS_PER_USER_MAX,
    SessionRecord, TokenHash,
};
pub use tables::UserId;
pub use users::edit::{AccountEdit, DepartedRecord, Fate, UserEdit};
pub use users::join::Claim;
pub use users::{NewUser, Taken, UserRecord};

use disk::Reserve;
use engine::{Engine, Read};
use files::Listings;
use tables::{DEPARTED, EMAILS, FLOWS, NAMES, TextKey, USERS};
use users::{ADMINS_KEY, Keys, WAITING_KEY};

/// The store's directory in the data directory.
const STORE_DIR: &str = "store";

/// Reads the store. Clones are cheap and read the same store; any thread may have one.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
    listings: Arc<Listings>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("dir", &self.engine.dir()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in a data directory, and makes one where there is none.
    ///
    /// It stays locked against other programs until the last clone, and the writer, are dropped.
    pub fn open(data_dir: &Path) -> Result<(Self, Writer), StoreError> {
        Self::open_on(data_dir, Arc::new(RealDisk))
    }

    /// Opens the store on a disk of one's own, for tests.
    pub fn open_on(data_dir: &Path, disk: Arc<dyn Disk>) -> Result<(Self, Writer), StoreError> {
        Self::open_to_write(data_dir, disk, true)
    }

    /// Opens a store that must be there already.
    pub fn open_existing_to_write(data_dir: &Path) -> Result<(Self, Writer), StoreError> {
        Self::open_to_write(data_dir, Arc::new(RealDisk), false)
    }

    fn open_to_write(
        data_dir: &Path,
        disk: Arc<dyn Disk>,
        may_make: bool,
    ) -> Result<(Self, Writer), StoreError> {
        let (engine, reserve) = open_engine(data_dir, disk, may_make)?;
        let listings = Arc::<Listings>::default();
        let writer = Writer::new(Arc::clone(&engine), Arc::clone(&listings), reserve);
        Ok((Self { engine, listings }, writer))
    }

    /// Opens a store that must be there already, only to read it.
    pub fn open_existing(data_dir: &Path) -> Result<Self, StoreError> {
        let (engine, _) = open_engine(data_dir, Arc::new(RealDisk), false)?;
        Ok(Self { engine, listings: Arc::default() })
    }

    /// Finds an account by any spelling of its username.
    pub fn user_by_name(&self, user_name: &UserName) -> Result<Option<UserRecord>, StoreError> {
        match self.engine.get(NAMES, &TextKey::new(&user_name.key()))? {
            Some(id) => self.user(id),
            None => Ok(None),
        }
    }

    /// Finds an account by any spelling of its e-mail address.
    pub fn user_by_email(&self, email: &Email) -> Result<Option<UserRecord>, StoreError> {
        match self.engine.get(EMAILS, &TextKey::new(&email.key()))? {
            Some(id) => self.user(id),
            None => Ok(None),
        }
    }

    /// Returns an account.
    pub fn user(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        self.engine.get(USERS, &id)
    }

    /// Returns an account, no matter which, if there is one at all: to be read where one that is looked for
    /// is not there, so that it takes the same time.
    pub fn somebody(&self) -> Result<Option<UserRecord>, StoreError> {
        users::somebody(&self.engine)
    }

    /// Tells what of a new account would be another's already. Only [`Change::AddUser`] can be sure of
    /// it; this lets a form be answered before the password is hashed.
    pub fn taken(&self, user_name: &UserName, email: &Email) -> Result<Taken, StoreError> {
        users::taken(&*self.engine, &Keys::new(user_name, email))
    }

    /// Returns a session, unless it has ended.
    pub fn session(
        &self,
        token_hash: &TokenHash,
        now_unix_ms: u64,
    ) -> Result<Option<SessionRecord>, StoreError> {
        sessions::live(&*self.engine, token_hash, now_unix_ms)
    }

    /// Returns an account's sessions that have not ended.
    pub fn sessions_of(
        &self,
        user: UserId,
        now_unix_ms: u64,
    ) -> Result<Vec<(TokenHash, SessionRecord)>, StoreError> {
        sessions::live_of(&self.engine, user, now_unix_ms)
    }

    /// Tells whether there is an active admin.
    pub fn has_admin(&self) -> Result<bool, StoreError> {
        Ok(users::count(&*self.engine, ADMINS_KEY)? > 0)
    }

    /// Returns how many accounts wait for approval.
    pub fn waiting_users(&self) -> Result<u32, StoreError> {
        Ok(u32::try_from(users::count(&*self.engine, WAITING_KEY)?).unwrap_or(u32::MAX))
    }

    /// Returns what is left of a deleted account.
    pub fn departed(&self, id: UserId) -> Result<Option<DepartedRecord>, StoreError> {
        self.engine.get(DEPARTED, &id)
    }

    /// Returns how many active members there are whose name contains the query, in any spelling, and a page
    /// of them by name. It reads every account.
    pub fn members(&self, query: &str, page: Page) -> Result<(u32, Vec<UserRecord>), StoreError> {
        lists::members(&self.engine, query, page)
    }

    /// Returns how many accounts pass the filter and have the query in their name, e-mail address or phone
    /// number, and a page of them by name, each with how it is used. It reads every account.
    pub fn users(
        &self,
        query: &str,
        filter: UserFilter,
        page: Page,
    ) -> Result<(u32, Vec<UserWithUse>), StoreError> {
        lists::users(&self.engine, query, filter, page)
    }

    /// Returns how an account is used.
    pub fn user_use(&self, id: UserId) -> Result<UserUse, StoreError> {
        lists::use_of(&self.engine, id)
    }

    /// Returns a code for a forgotten password, or the right that it gave. It may have expired.
    pub fn flow(&self, flow: &ResetFlow) -> Result<Option<FlowRecord>, StoreError> {
        self.engine.get(FLOWS, flow)
    }

    /// Tells whether a new code must have [`LONG_CODE_DIGITS`] digits: a shorter one would be void.
    pub fn long_codes(&self, user: Option<&UserRecord>, now_unix_ms: u64) -> Result<bool, StoreError> {
        codes::long_codes(&*self.engine, user, now_unix_ms)
    }

    /// Returns the mail that has been due for longest. It may have expired: then it is to be dropped, and
    /// never sent.
    pub fn due_mail(&self, now_unix_ms: u64) -> Result<Option<(MailId, MailRecord)>, StoreError> {
        mail::due(&self.engine, now_unix_ms)
    }

    /// Returns when the next mail is due, in the past perhaps; `None` if none waits.
    pub fn next_mail_due(&self) -> Result<Option<u64>, StoreError> {
        mail::next_due(&self.engine)
    }

    /// Returns the invite of a code, if it is in force. Only [`Change::AddUser`] can be sure of it; this lets a
    /// form be answered before the password is hashed.
    pub fn invite(&self, hash: &InviteHash, now_unix_ms: u64) -> Result<Option<InviteRecord>, StoreError> {
        invites::get(&*self.engine, hash, now_unix_ms)
    }

    /// Returns the invites that are in force, or were within the last 30 days, the newest first; at most
    /// [`INVITES_MAX`].
    pub fn invites(&self, now_unix_ms: u64) -> Result<Vec<InviteRecord>, StoreError> {
        invites::list(&self.engine, now_unix_ms)
    }

    /// Returns what was done by admins, the newest first: only from before entry `before`, if it is given.
    /// Also tells whether there are older entries.
    pub fn audit(&self, before: Option<u64>, limit: u16) -> Result<(Vec<AuditEntry>, bool), StoreError> {
        audit::page(&self.engine, before, limit)
    }

    /// Tells whether the store has failed: the program should end, to be started again.
    pub fn has_failed(&self) -> bool {
        self.engine.has_failed()
    }

    /// Writes everything in the store for people, secrets masked.
    pub fn dump(&self, out: &mut impl Write, format: DumpFormat) -> Result<(), DumpError> {
        dump::dump(&self.engine, out, format)
    }

    /// Reads everything and returns a sentence for each record and index that disagree.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        check::check(&self.engine)
    }
}

fn open_engine(
    data_dir: &Path,
    disk: Arc<dyn Disk>,
    create: bool,
) -> Result<(Arc<Engine>, Reserve), StoreError> {
    let dir = data_dir.join(STORE_DIR);
    // A directory that may not be looked into is no missing one.
    let found = fs::exists(dir.join("db")).map_err(|error| StoreError::from_io(&dir, error))?;
    if !create && !found {
        return Err(StoreError::Missing { dir });
    }
    let lock = engine::lock(&dir, create)?;
    let reserve =
        Reserve::before_open(disk.clone(), &dir).map_err(|error| StoreError::from_io(&dir, error))?;
    Ok((Arc::new(Engine::open(&dir, lock, disk)?), reserve))
}

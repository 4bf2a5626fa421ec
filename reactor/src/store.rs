//! The records of the house: who has an account, which sessions are open.
//!
//! Workers read through [`Store`]; everything that changes it is a [`Change`], applied by the one
//! [`Committer`]. Plain Rust types go in and out; which engine keeps them is known below this file only.
//! The store does not know who may do what, what time it is, nor whom to tell.
//!
//! Where to add something: a record and its table in `store/tables.rs` (one line) and the file of its
//! area; a change in `store/change.rs` (one variant, one line in `apply`); a reading method here.

mod change;
mod check;
mod committer;
mod disk;
mod draft;
mod dump;
mod engine;
mod error;
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

use parlour_common::names::{Email, UserName};

pub use change::{Applied, Change, ChangeError, Refusal};
pub use committer::{CHANGES_PER_BATCH_MAX, CHANGES_QUEUED_MAX, Committer, Full, Outcome, Writer};
pub use disk::{BALLAST_BYTES, Disk, FREE_BYTES_MIN, RealDisk};
pub use dump::{DumpError, DumpFormat};
pub use error::StoreError;
pub use sessions::{
    NewSession, SESSION_AGE_MS_MAX, SESSION_UNUSED_MS_MAX, SESSIONS_PER_SWEEP_MAX, SessionRecord, TokenHash,
};
pub use tables::UserId;
pub use users::{NewUser, Taken, UserRecord};

use disk::Reserve;
use engine::{Engine, Read};
use tables::{NAMES, TextKey, USERS};
use users::Keys;

/// The store's directory in the data directory.
const STORE_DIR: &str = "store";

/// Reads the store. Clones are cheap and read the same store; any thread may have one.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
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
        let (engine, reserve) = open_engine(data_dir, disk, true)?;
        Ok((Self { engine: engine.clone() }, Writer::new(engine, reserve)))
    }

    /// Opens a store that must be there already.
    pub fn open_existing_to_write(data_dir: &Path) -> Result<(Self, Writer), StoreError> {
        let (engine, reserve) = open_engine(data_dir, Arc::new(RealDisk), false)?;
        Ok((Self { engine: engine.clone() }, Writer::new(engine, reserve)))
    }

    /// Opens a store that must be there already, only to read it.
    pub fn open_existing(data_dir: &Path) -> Result<Self, StoreError> {
        Ok(Self { engine: open_engine(data_dir, Arc::new(RealDisk), false)?.0 })
    }

    /// Finds an account by any spelling of its username.
    pub fn user_by_name(&self, user_name: &UserName) -> Result<Option<UserRecord>, StoreError> {
        match self.engine.get(NAMES, &TextKey::new(&user_name.key()))? {
            Some(id) => self.user(id),
            None => Ok(None),
        }
    }

    /// Returns an account.
    pub fn user(&self, id: UserId) -> Result<Option<UserRecord>, StoreError> {
        self.engine.get(USERS, &id)
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

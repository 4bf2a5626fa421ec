//! The engine under the store: sled 0.34.7, behind the four rules that make it safe.
//!
//! 1. `flush` of this engine does not reach the platters, so [`Engine::sync`] follows it with an
//!    `fdatasync` on a descriptor of our own.
//! 2. A snapshot that a crash cut short makes the engine refuse to open, so it is removed first, under a
//!    lock of our own; damaged files can make it panic, so opening is caught.
//! 3. Large records would become files that are never synced, so `draft.rs` refuses them.
//! 4. After any error nothing is trusted any more until the next start ([`Engine::has_failed`]).
//!
//! This file does not know what the records mean.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sled::transaction::{TransactionError, Transactional};
use sled::{Batch, Db, IVec, Tree};

use super::disk::Disk;
use super::durable::Durable;
use super::error::StoreError;
use super::tables::{Key, META, TABLES, Table, TextKey};

/// The memory the engine may use to cache records, in bytes.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// The format of the records that this version writes. Fields may be added within one format, as
/// readers ignore unknown fields; anything else needs the next number and a step that brings up the old.
pub(super) const FORMAT: u64 = 1;

const FORMAT_KEY: &str = "format";

/// The file that is there since the store was first made durable.
const MADE: &str = "made";

/// The open engine. Its lock is the last field, so that it is the last thing let go.
pub(super) struct Engine {
    trees: HashMap<&'static str, Tree>,
    db: Db,
    db_file: File,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    failed: AtomicBool,
    durable: Durable,
    /// How many rows were looked at, for tests of what something costs.
    #[cfg(test)]
    pub(super) rows_read: std::sync::atomic::AtomicU64,
    _lock: File,
}

/// What one change writes to one table: a record, or `None` to remove it.
pub(super) type TableWrites = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Locks the store's directory against other programs until the file is dropped. With `create` it is
/// made where there is none.
pub(super) fn lock(dir: &Path, create: bool) -> Result<File, StoreError> {
    if create {
        // Password hashes lie here: nobody else's business.
        let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.map_err(|error| StoreError::from_io(dir, error))?;
    }
    let path = dir.join("lock");
    let opened = OpenOptions::new().write(true).create(create).mode(0o600).open(&path);
    let file = opened.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StoreError::Missing { dir: dir.to_owned() },
        _ => StoreError::from_io(&path, error),
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::Held { dir: dir.to_owned() }),
        Err(fs::TryLockError::Error(error)) => Err(StoreError::from_io(&path, error)),
    }
}

impl Engine {
    /// Opens the engine in a directory that is locked by `lock`.
    pub(super) fn open(dir: &Path, lock: File, disk: Arc<dyn Disk>) -> Result<Self, StoreError> {
        clear_unfinished(dir).map_err(|error| StoreError::from_io(dir, error))?;
        let config = sled::Config::new().path(dir).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        let opened = catch_unwind(AssertUnwindSafe(|| config.open()));
        let db = match opened {
            Ok(Ok(db)) => db,
            Ok(Err(error)) => return Err(opening_error(dir, error)),
            Err(panic) => {
                return Err(StoreError::Corrupt { dir: dir.to_owned(), reason: panic_text(&*panic) });
            }
        };
        let path = dir.join("db");
        let db_file = File::open(&path).map_err(|error| StoreError::from_io(&path, error))?;
        let trees = HashMap::new();
        let dir = dir.to_owned();
        let mut engine = Self {
            trees,
            db,
            db_file,
            disk,
            dir,
            failed: AtomicBool::new(false),
            durable: Durable::default(),
            #[cfg(test)]
            rows_read: Default::default(),
            _lock: lock,
        };
        engine.open_tables()?;
        engine.sync()?;
        engine.keep_names()?;
        Ok(engine)
    }

    /// Opens every table, the format's own first: of a newer format nothing may be touched.
    fn open_tables(&mut self) -> Result<(), StoreError> {
        self.open_table(META.name)?;
        match self.get(META, &TextKey::new(FORMAT_KEY))? {
            Some(FORMAT) => {}
            Some(found) if found > FORMAT => {
                return Err(StoreError::NewerFormat { dir: self.dir.clone(), found, known: FORMAT });
            }
            Some(found) => {
                let reason = format!("there never was a format {found}");
                return Err(StoreError::Corrupt { dir: self.dir.clone(), reason });
            }
            // The engine takes a file of which it recognises nothing for an empty one.
            None if self.dir.join(MADE).exists() => {
                let reason = "its records are gone".to_owned();
                return Err(StoreError::Corrupt { dir: self.dir.clone(), reason });
            }
            None => {
                let format = (TextKey::new(FORMAT_KEY).to_bytes(), Some(encode(META, &FORMAT)?));
                self.commit(vec![(META.name, vec![format])])?;
            }
        }
        for shape in TABLES {
            self.open_table(shape.name)?;
        }
        Ok(())
    }

    fn open_table(&mut self, name: &'static str) -> Result<(), StoreError> {
        let tree = self.db.open_tree(name).map_err(|error| opening_error(&self.dir, error))?;
        self.trees.insert(name, tree);
        Ok(())
    }

    /// Notes that the store was made, and makes the names of its files durable, which syncing the files
    /// themselves does not do.
    fn keep_names(&self) -> Result<(), StoreError> {
        let made = self.dir.join(MADE);
        if !made.exists() {
            File::create(&made).map_err(|error| StoreError::from_io(&made, error))?;
        }
        let conf = self.dir.join("conf");
        let parent = self.dir.parent().unwrap_or(&self.dir);
        for path in [&conf, &self.dir, parent] {
            let synced = File::open(path).and_then(|file| self.disk.sync(&file));
            synced.map_err(|error| StoreError::from_io(path, error))?;
        }
        Ok(())
    }

    /// Applies everything that one change writes: after a crash all of it is there or nothing.
    pub(super) fn commit(&self, writes: Vec<(&'static str, TableWrites)>) -> Result<(), StoreError> {
        let trees: Vec<&Tree> = writes.iter().map(|(name, _)| self.tree(name)).collect();
        let mut batches = Vec::with_capacity(writes.len());
        for (_, table_writes) in writes {
            let mut batch = Batch::default();
            for (key, record) in table_writes {
                match record {
                    Some(record) => batch.insert(key, record),
                    None => batch.remove(key),
                }
            }
            batches.push(batch);
        }
        let done = trees.as_slice().transaction(|views| {
            for (view, batch) in views.iter().zip(&batches) {
                view.apply_batch(batch)?;
            }
            Ok::<(), sled::transaction::ConflictableTransactionError<()>>(())
        });
        match done {
            Ok(()) => Ok(()),
            Err(TransactionError::Storage(error)) => Err(self.fail(&error)),
            Err(TransactionError::Abort(())) => unreachable!("the closure above never aborts"),
        }
    }

    /// Makes everything committed so far survive a power cut (rule 1).
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.db.flush().map_err(|error| self.fail(&error))?;
        self.disk.sync(&self.db_file).map_err(|error| self.fail(&error))
    }

    /// Commits a batch by `write`, which tells whether anything was written, and makes it durable.
    pub(super) fn batch<T>(
        &self,
        write: impl FnOnce() -> Result<(bool, T), StoreError>,
    ) -> Result<T, StoreError> {
        self.durable.begin();
        let (written, outcome) = write()?;
        if written {
            self.sync()?;
        }
        self.durable.end();
        Ok(outcome)
    }

    /// Reads something, and returns it once all that can be seen of it is durable.
    pub(super) fn durably<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let found = read(self)?;
        if self.durable.wait() { Ok(found) } else { Err(self.fail(&"what was read is not durable")) }
    }

    /// Tells whether the engine has failed: the program must be started again (rule 4).
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Notes that the engine has failed, and makes an error of it.
    pub(super) fn fail(&self, reason: &dyn std::fmt::Display) -> StoreError {
        if !self.failed.swap(true, Ordering::AcqRel) {
            tracing::error!(%reason, "the store failed; nothing is acknowledged until the next start");
        }
        self.durable.shut();
        StoreError::Failed { reason: reason.to_string() }
    }

    /// Returns the store's directory.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Walks a table in the order of its keys, beginning at `from`.
    pub(super) fn rows(
        &self,
        table: &'static str,
        from: Bound<Vec<u8>>,
    ) -> impl Iterator<Item = Result<(IVec, IVec), StoreError>> + '_ {
        let range = (from, Bound::<Vec<u8>>::Unbounded);
        self.tree(table).range(range).map(|row| {
            self.count_row();
            row.map_err(|error| self.fail(&error))
        })
    }

    /// Walks a table by its types.
    pub(super) fn records<K: Key, V: serde::de::DeserializeOwned>(
        &self,
        table: Table<K, V>,
        from: Bound<Vec<u8>>,
    ) -> impl Iterator<Item = Result<(K, V), StoreError>> + '_ {
        let name = table.name;
        self.rows(name, from).map(move |row| {
            let (key, record) = row?;
            let key = K::from_bytes(&key).ok_or_else(|| unreadable(name, &"its key is not one"))?;
            Ok((key, decode(name, &record)?))
        })
    }

    /// Returns the names of all tables in the files, those unknown to this version too, in order.
    pub(super) fn table_names(&self) -> Vec<String> {
        // The engine's own default tree is not ours; we leave it empty.
        let own = self.db.name();
        let names = self.db.tree_names().into_iter().filter(|name| *name != own);
        let mut names: Vec<_> = names.map(|name| String::from_utf8_lossy(&name).into_owned()).collect();
        names.sort();
        names
    }

    /// Walks a table that this version may not know.
    pub(super) fn raw_rows(
        &self,
        table: &str,
    ) -> Result<impl Iterator<Item = Result<(IVec, IVec), StoreError>> + '_, StoreError> {
        let tree = self.db.open_tree(table).map_err(|error| self.fail(&error))?;
        Ok(tree.iter().map(|row| row.map_err(|error| self.fail(&error))))
    }

    /// Adds a record to a table that this version does not know, as a later one would.
    #[cfg(test)]
    pub(super) fn put_foreign(&self, table: &str, key: &[u8], record: &[u8]) {
        self.db.open_tree(table).unwrap().insert(key, record).unwrap();
    }

    /// Removes a table, as if no version before had known it.
    #[cfg(test)]
    pub(super) fn drop_table(&self, table: &str) {
        self.db.drop_tree(table).unwrap();
    }

    #[cfg(test)]
    fn count_row(&self) {
        self.rows_read.fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(not(test))]
    fn count_row(&self) {}

    fn tree(&self, name: &str) -> &Tree {
        // Tables are named by the constants of `tables.rs` alone, and all of those were opened.
        self.trees.get(name).unwrap_or_else(|| unreachable!("{name} is not in TABLES"))
    }
}

/// Something that records can be read from: the engine, or the engine as a draft would leave it.
pub(super) trait Read {
    /// Returns the bytes of a record.
    fn bytes(&self, table: &'static str, key: &[u8]) -> Result<Option<IVec>, StoreError>;

    /// Returns a record.
    fn get<K: Key, V: serde::de::DeserializeOwned>(
        &self,
        table: Table<K, V>,
        key: &K,
    ) -> Result<Option<V>, StoreError> {
        let bytes = self.bytes(table.name, &key.to_bytes())?;
        bytes.map(|bytes| decode(table.name, &bytes)).transpose()
    }

    /// Tells whether a table has a key.
    fn has<K: Key, V>(&self, table: Table<K, V>, key: &K) -> Result<bool, StoreError> {
        Ok(self.bytes(table.name, &key.to_bytes())?.is_some())
    }
}

impl Read for Engine {
    fn bytes(&self, table: &'static str, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        self.count_row();
        self.tree(table).get(key).map_err(|error| self.fail(&error))
    }
}

/// Writes a record: MessagePack with named fields, so that fields can be added.
pub(super) fn encode<K, V: serde::Serialize>(table: Table<K, V>, record: &V) -> Result<Vec<u8>, StoreError> {
    rmp_serde::to_vec_named(record).map_err(|error| unreadable(table.name, &error))
}

/// Returns how long something is in the form of records, which is the form of messages as well, in bytes.
pub(super) fn encoded_bytes(name: &str, value: &impl serde::Serialize) -> Result<usize, StoreError> {
    Ok(rmp_serde::to_vec_named(value).map_err(|error| unreadable(name, &error))?.len())
}

fn decode<V: serde::de::DeserializeOwned>(table: &str, bytes: &[u8]) -> Result<V, StoreError> {
    rmp_serde::from_slice(bytes).map_err(|error| unreadable(table, &error))
}

fn unreadable(table: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Record { table: table.to_owned(), reason: reason.to_string() }
}

/// Removes what a crash may have left half-made and the engine would stumble over (rule 2).
fn clear_unfinished(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with("snap.") && name.ends_with(".generating")) {
            fs::remove_file(entry.path())?;
        }
    }
    // The engine writes `conf` in two steps before it makes `db`: without the one, the other may be half.
    match fs::exists(dir.join("db"))? {
        true => Ok(()),
        false => match fs::remove_file(dir.join("conf")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
    }
}

fn opening_error(dir: &Path, error: sled::Error) -> StoreError {
    match error {
        // The engine locks its file as well, and says so only in words.
        sled::Error::Io(error) if error.to_string().contains("could not acquire lock") => {
            StoreError::Held { dir: dir.to_owned() }
        }
        sled::Error::Io(error) => StoreError::from_io(dir, error),
        other => StoreError::Corrupt { dir: dir.to_owned(), reason: other.to_string() },
    }
}

/// Returns what a panic said.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

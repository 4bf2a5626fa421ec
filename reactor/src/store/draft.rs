//! One change in the making: reads see its writes, and nothing is written until it is whole.
//!
//! This file does not know what is changed. It holds the one `put` of the store, and so the limits on
//! keys and records.

use std::collections::BTreeMap;

use serde::Serialize;
use sled::IVec;

use super::change::{Refusal, Stop};
use super::engine::{Engine, Read, TableWrites, encode};
use super::error::StoreError;
use super::tables::{KEY_BYTES_MAX, Key, META, RECORD_BYTES_MAX, Table, TextKey};

/// The writes of one change over what the engine holds.
pub(super) struct Draft<'a> {
    engine: &'a Engine,
    writes: BTreeMap<(&'static str, Vec<u8>), Option<Vec<u8>>>,
}

impl<'a> Draft<'a> {
    /// Begins with nothing written.
    pub(super) fn new(engine: &'a Engine) -> Self {
        Self { engine, writes: BTreeMap::new() }
    }

    /// Returns the engine as it is without this draft, to walk tables.
    pub(super) fn engine(&self) -> &'a Engine {
        self.engine
    }

    /// Writes a record. One larger than the engine keeps safely is refused.
    pub(super) fn put<K: Key, V: Serialize>(
        &mut self,
        table: Table<K, V>,
        key: &K,
        record: &V,
    ) -> Result<(), Stop> {
        let (name, key, record) = (table.name, key.to_bytes(), encode(table, record)?);
        if key.len() > KEY_BYTES_MAX || record.len() > RECORD_BYTES_MAX {
            return Err(Refusal::TooLarge.into());
        }
        self.writes.insert((name, key), Some(record));
        Ok(())
    }

    /// Removes a record, if there is one.
    pub(super) fn remove<K: Key, V>(&mut self, table: Table<K, V>, key: &K) {
        self.writes.insert((table.name, key.to_bytes()), None);
    }

    /// Adds one to a counter and returns it.
    pub(super) fn count_up(&mut self, counter: &str) -> Result<u64, Stop> {
        let counter = TextKey::new(counter);
        let count = self.get(META, &counter)?.unwrap_or(0) + 1;
        self.put(META, &counter, &count)?;
        Ok(count)
    }

    /// Takes one from a counter and returns it.
    pub(super) fn count_down(&mut self, counter: &str) -> Result<u64, Stop> {
        let counter = TextKey::new(counter);
        let count: u64 = self.get(META, &counter)?.unwrap_or(0);
        let count = count.saturating_sub(1);
        self.put(META, &counter, &count)?;
        Ok(count)
    }

    /// Commits all writes at once. Returns whether there were any.
    pub(super) fn commit(self) -> Result<bool, StoreError> {
        let mut tables: Vec<(&'static str, TableWrites)> = Vec::new();
        // The map is in order of tables, so one table's writes follow each other.
        for ((name, key), record) in self.writes {
            match tables.last_mut() {
                Some((last, writes)) if *last == name => writes.push((key, record)),
                _ => tables.push((name, vec![(key, record)])),
            }
        }
        if tables.is_empty() {
            return Ok(false);
        }
        self.engine.commit(tables)?;
        Ok(true)
    }
}

impl Read for Draft<'_> {
    fn bytes(&self, table: &'static str, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        match self.writes.get(&(table, key.to_vec())) {
            Some(written) => Ok(written.as_deref().map(IVec::from)),
            None => self.engine.bytes(table, key),
        }
    }
}

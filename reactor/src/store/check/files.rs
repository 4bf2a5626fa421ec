//! Files, uploads, shares and contents, those of cards too: each record against each of its indexes, counters and books.
//!
//! This file does not know what lies on the disk; the workers compare that.

use std::collections::BTreeMap;
use std::ops::Bound::Unbounded;

use parlour_common::message::FileId;

use super::super::engine::{Engine, Read};
use super::super::error::StoreError;
use super::super::files::{
    BlobId, BlobRecord, FileRecord, LAST_BLOB_KEY, LAST_FILE_KEY, UsageRecord, name_key,
};
use super::super::tables::{
    BLOBS, DEPARTED, DOOMED, FILE_NAMES, FILES, FILES_BY_OWNER, Key, META, SHARED_WITH, SHARES,
    TRASH_BY_OWNER, TRASH_BY_TIME, Table, TextKey, UNSETTLED, UPLOADED, UPLOADS, UPLOADS_BY_USE, USAGE,
    USERS, UserId,
};
use super::room;

/// What the records of files come to, to be compared with what is noted.
#[derive(Default)]
struct Sums {
    usage: BTreeMap<UserId, UsageRecord>,
    blobs: BTreeMap<BlobId, BlobRecord>,
}

/// Notes a sentence for each disagreement.
pub(super) fn check(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let mut sums = Sums::default();
    check_files(engine, &mut sums, faults)?;
    check_places(engine, faults)?;
    check_names(engine, faults)?;
    check_shares(engine, faults)?;
    check_uploads(engine, &mut sums, faults)?;
    room::check(engine, &mut sums.blobs, faults)?;
    check_sums(engine, &sums, faults)?;
    check_settling(engine, faults)
}

fn check_files(engine: &Engine, sums: &mut Sums, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let last = last(engine, LAST_FILE_KEY)?;
    for row in engine.records(FILES, Unbounded) {
        let (id, file) = row?;
        let number = id.0;
        if file.id != id {
            faults.push(format!("file {number} is recorded as {}", file.id.0));
        }
        if number > last {
            faults.push(format!("file {number} is beyond the last number, {last}"));
        }
        let (user, departed) = (engine.has(USERS, &file.owner)?, engine.has(DEPARTED, &file.owner)?);
        if !user && !departed {
            faults.push(format!("file {number} is of user {}, who is not there", file.owner.0));
        }
        if departed && file.recipients == 0 && !engine.has(UNSETTLED, &file.owner)? {
            faults.push(format!("file {number} is of a deleted account, and shared with nobody"));
        }
        if !engine.has(FILES_BY_OWNER, &(file.owner, id))? {
            faults.push(format!("file {number} is not in {}", FILES_BY_OWNER.name));
        }
        check_place(engine, &file, faults)?;
        if let Some(key) = file.upload
            && engine.get(UPLOADED, &(file.owner, key))? != Some(id)
        {
            faults.push(format!("file {number} is not in {}", UPLOADED.name));
        }
        count(sums, &file, faults);
    }
    Ok(())
}

/// Compares a file with the tables by which it is found, in the trash and out of it.
fn check_place(engine: &Engine, file: &FileRecord, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let number = file.id.0;
    match file.trashed_unix_ms {
        None if engine.get(FILE_NAMES, &name_key(file.owner, &file.file_name))? != Some(file.id) => {
            faults.push(format!("file {number} is not in {} by its name", FILE_NAMES.name));
        }
        None => {}
        Some(since) => {
            let by_owner = engine.has(TRASH_BY_OWNER, &(file.owner, file.id))?;
            if !by_owner || !engine.has(TRASH_BY_TIME, &(since, file.id))? {
                faults.push(format!("file {number} is in the trash, and not in its tables"));
            }
        }
    }
    Ok(())
}

/// Adds a file to what its owner uses and its contents are used for.
fn count(sums: &mut Sums, file: &FileRecord, faults: &mut Vec<String>) {
    let usage = sums.usage.entry(file.owner).or_default();
    usage.files += 1;
    let bytes = if file.is_trashed() { &mut usage.trash_bytes } else { &mut usage.files_bytes };
    *bytes += file.size_bytes;
    let FileRecord { size_bytes, sha256, .. } = *file;
    let blob = sums.blobs.entry(file.blob).or_insert(BlobRecord { size_bytes, sha256, links: 0 });
    blob.links += 1;
    if (blob.size_bytes, blob.sha256) != (size_bytes, sha256) {
        faults.push(format!("file {} has contents {} as others have not", file.id.0, file.blob.0));
    }
}

/// Looks in the indexes of files for what is there in vain.
fn check_places(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    check_index(
        engine,
        FILES_BY_OWNER,
        faults,
        |(owner, id)| (*id, *owner),
        |file, owner| file.owner == owner,
    )?;
    check_index(
        engine,
        TRASH_BY_OWNER,
        faults,
        |(owner, id)| (*id, *owner),
        |file, owner| file.owner == owner && file.is_trashed(),
    )?;
    check_index(
        engine,
        TRASH_BY_TIME,
        faults,
        |(since, id)| (*id, *since),
        |file, since| file.trashed_unix_ms == Some(since),
    )
}

fn check_index<K: Key, T>(
    engine: &Engine,
    table: Table<K, ()>,
    faults: &mut Vec<String>,
    split: fn(&K) -> (FileId, T),
    fits: fn(&FileRecord, T) -> bool,
) -> Result<(), StoreError> {
    for row in engine.records(table, Unbounded) {
        let (key, ()) = row?;
        let (id, rest) = split(&key);
        if engine.get(FILES, &id)?.is_none_or(|file| !fits(&file, rest)) {
            faults.push(format!("{} has {} in vain", table.name, key.shown()));
        }
    }
    Ok(())
}

fn check_names(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for row in engine.records(FILE_NAMES, Unbounded) {
        let (key, id) = row?;
        let file = engine.get(FILES, &id)?.filter(|file| !file.is_trashed());
        if file.is_none_or(|file| name_key(file.owner, &file.file_name) != key) {
            faults.push(format!(
                "{} has {} for file {}, which has it not",
                FILE_NAMES.name,
                key.shown(),
                id.0
            ));
        }
    }
    for row in engine.records(UPLOADED, Unbounded) {
        let ((user, key), id) = row?;
        let file = engine.get(FILES, &id)?;
        if file.is_none_or(|file| (file.owner, file.upload) != (user, Some(key))) {
            faults.push(format!("{} has file {} for user {} in vain", UPLOADED.name, id.0, user.0));
        }
    }
    Ok(())
}

fn check_shares(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let mut counted: BTreeMap<FileId, (u32, u32)> = BTreeMap::new();
    for row in engine.records(SHARES, Unbounded) {
        let ((id, with), share) = row?;
        let (recipients, fetched) = counted.entry(id).or_default();
        *recipients += 1;
        *fetched += u32::from(share.fetched_unix_ms.is_some());
        if !engine.has(SHARED_WITH, &(with, id))? {
            faults.push(format!("a share of file {} is not in {}", id.0, SHARED_WITH.name));
        }
        if !engine.has(USERS, &with)? && !engine.has(UNSETTLED, &with)? {
            faults.push(format!("file {} is shared with user {}, who is not there", id.0, with.0));
        }
        match engine.get(FILES, &id)? {
            None => faults.push(format!("file {} is shared, and not there", id.0)),
            Some(file) if file.owner == with => {
                faults.push(format!("file {} is shared with its owner", id.0));
            }
            Some(_) => {}
        }
    }
    for row in engine.records(SHARED_WITH, Unbounded) {
        let ((with, id), ()) = row?;
        if !engine.has(SHARES, &(id, with))? {
            faults.push(format!("{} has file {} for user {} in vain", SHARED_WITH.name, id.0, with.0));
        }
    }
    for row in engine.records(FILES, Unbounded) {
        let (id, file) = row?;
        let found = counted.get(&id).copied().unwrap_or_default();
        let noted = (file.recipients, file.fetched);
        if noted != found {
            faults.push(format!("file {} notes {noted:?} recipients and receipts, and has {found:?}", id.0));
        }
    }
    Ok(())
}

fn check_uploads(engine: &Engine, sums: &mut Sums, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let last = last(engine, LAST_BLOB_KEY)?;
    for row in engine.records(UPLOADS, Unbounded) {
        let ((user, key), upload) = row?;
        let blob = upload.blob.0;
        let usage = sums.usage.entry(user).or_default();
        usage.uploads += 1;
        usage.uploads_bytes += upload.size_bytes;
        if !engine.has(UPLOADS_BY_USE, &(upload.used_unix_ms, (user, key)))? {
            faults.push(format!("the upload of contents {blob} is not in {}", UPLOADS_BY_USE.name));
        }
        if engine.has(UPLOADED, &(user, key))? {
            faults.push(format!("the upload of contents {blob} is under way, and finished"));
        }
        if blob > last || engine.has(BLOBS, &upload.blob)? || engine.has(DOOMED, &upload.blob)? {
            faults.push(format!("an upload is of contents {blob}, which are not its own"));
        }
        if !engine.has(USERS, &user)? && !engine.has(UNSETTLED, &user)? {
            faults.push(format!("the upload of contents {blob} is of user {}, who is not there", user.0));
        }
    }
    for row in engine.records(UPLOADS_BY_USE, Unbounded) {
        let ((used_unix_ms, owned), ()) = row?;
        if engine.get(UPLOADS, &owned)?.is_none_or(|upload| upload.used_unix_ms != used_unix_ms) {
            faults.push(format!("{} has an upload of user {} in vain", UPLOADS_BY_USE.name, owned.0.0));
        }
    }
    Ok(())
}

fn check_sums(engine: &Engine, sums: &Sums, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let last = last(engine, LAST_BLOB_KEY)?;
    let mut blobs = BTreeMap::new();
    for row in engine.records(BLOBS, Unbounded) {
        let (id, blob) = row?;
        blobs.insert(id, blob);
        if id.0 > last {
            faults.push(format!("contents {} are beyond the last number, {last}", id.0));
        }
        if engine.has(DOOMED, &id)? {
            faults.push(format!("contents {} are recorded, and to be removed", id.0));
        }
    }
    compare(BLOBS.name, &blobs, &sums.blobs, faults);
    let usage = engine.records(USAGE, Unbounded).collect::<Result<BTreeMap<_, _>, _>>()?;
    compare(USAGE.name, &usage, &sums.usage, faults);
    Ok(())
}

/// Compares what is noted with what was found.
fn compare<K: Key + Ord, V: PartialEq + std::fmt::Debug>(
    name: &str,
    noted: &BTreeMap<K, V>,
    found: &BTreeMap<K, V>,
    faults: &mut Vec<String>,
) {
    for (key, value) in noted {
        if found.get(key) != Some(value) {
            let found = found.get(key);
            faults.push(format!("{name} notes {value:?} for {}, and there is {found:?}", key.shown()));
        }
    }
    for (key, value) in found.iter().filter(|(key, _)| !noted.contains_key(key)) {
        faults.push(format!("{name} notes nothing for {}, and there is {value:?}", key.shown()));
    }
}

fn check_settling(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for row in engine.records(UNSETTLED, Unbounded) {
        let (user, _) = row?;
        if !engine.has(DEPARTED, &user)? {
            faults.push(format!("user {} is to be settled, and was not deleted", user.0));
        }
    }
    Ok(())
}

fn last(engine: &Engine, counter: &str) -> Result<u64, StoreError> {
    Ok(engine.get(META, &TextKey::new(counter))?.unwrap_or(0))
}

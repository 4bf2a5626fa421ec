//! Lists of files, uploads and recipients, as their owners and recipients see them.
//!
//! This file does not know how long a list may take to read: the first page of one reads every file of the place,
//! so it is for workers, never for a change, which others wait for.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Bound::Included;
use std::sync::Arc;
use std::time::Duration;

use parlour_common::limits::{UPLOAD_HOURS_MAX, UPLOAD_KEY_BYTES, UPLOADS_PER_PAGE_MAX};
use parlour_common::message::{
    FileEntry, FileId, FilePage, FilePlace, FileSort, ListFiles, Recipient, RecipientList, UploadEntry,
    UploadKey, UploadList,
};
use parlour_common::names::UserName;

use super::super::engine::{Engine, Read};
use super::super::error::StoreError;
use super::super::lists::fold;
use super::super::tables::{
    FILES, FILES_BY_OWNER, Key, SHARED_WITH, SHARES, TRASH_BY_OWNER, Table, UPLOADS, USAGE, USERS, UserId,
};
use super::listings::{Listed, Listings};
use super::order::natural;
use super::records::{FileRecord, ShareRecord, UsageRecord, quota_bytes};
use super::shares;

/// A file in a list.
struct Row {
    file: FileRecord,
    /// The name as it is compared.
    folded: String,
    /// How it came to be seen, where it is somebody else's.
    share: Option<ShareRecord>,
}

impl Row {
    /// Returns the time that counts in its place.
    fn time(&self) -> u64 {
        let in_trash = self.file.trashed_unix_ms;
        let shared = self.share.map(|share| share.since_unix_ms);
        shared.or(in_trash).unwrap_or(self.file.changed_unix_ms)
    }

    fn compare(&self, other: &Self, sort: FileSort) -> Ordering {
        let first = match sort {
            FileSort::Name => Ordering::Equal,
            FileSort::Size => self.file.size_bytes.cmp(&other.file.size_bytes),
            FileSort::Time => self.time().cmp(&other.time()),
        };
        first
            .then_with(|| natural(&self.folded, &other.folded))
            .then_with(|| self.file.file_name.cmp(&other.file.file_name))
            .then_with(|| self.file.id.cmp(&other.file.id))
    }
}

/// Returns a page of the files that a member sees in a place.
pub(super) fn files(
    (engine, listings): (&Engine, &Listings),
    user: UserId,
    list: &ListFiles,
    trash_days: u32,
    standard_quota_bytes: Option<u64>,
) -> Result<FilePage, StoreError> {
    let order = order(engine, listings, user, list)?;
    let total = u32::try_from(order.len()).unwrap_or(u32::MAX);
    let offset = usize::try_from(list.offset).unwrap_or(usize::MAX);
    let mut names = HashMap::new();
    let mut files = Vec::new();
    for place in offset..offset.saturating_add(list.limit.into()).min(order.len()) {
        let place = if list.descending { order.len() - 1 - place } else { place };
        files.extend(entry(engine, user, (list.place, order[place]), trash_days, &mut names)?);
    }
    let usage: UsageRecord = engine.get(USAGE, &user)?.unwrap_or_default();
    let quota = engine.get(USERS, &user)?.map(|account| account.quota).unwrap_or_default();
    let usage = usage.shown(quota_bytes(quota, standard_quota_bytes));
    Ok(FilePage { total, offset: list.offset, files, usage })
}

/// Returns the files of a place that fit the query, in order, the first one first whatever is asked for.
fn order(
    engine: &Engine,
    listings: &Listings,
    user: UserId,
    list: &ListFiles,
) -> Result<Arc<[FileId]>, StoreError> {
    let listed = Listed { user, place: list.place, query: fold(&list.query), sort: list.sort };
    if let Some(order) = listings.find(&listed) {
        return Ok(order);
    }
    let begun = listings.begin(user);
    let mut rows = rows(engine, &listed)?;
    rows.sort_unstable_by(|one, other| one.compare(other, list.sort));
    let order = rows.iter().map(|row| row.file.id).collect();
    listings.keep(listed, begun, &order);
    Ok(order)
}

/// Reads the files of a place that fit the query.
fn rows(engine: &Engine, listed: &Listed) -> Result<Vec<Row>, StoreError> {
    let user = listed.user;
    let table: Table<(UserId, FileId), ()> = match listed.place {
        FilePlace::Own => FILES_BY_OWNER,
        FilePlace::Shared => SHARED_WITH,
        FilePlace::Trash => TRASH_BY_OWNER,
    };
    let mut rows = Vec::new();
    for row in engine.records(table, Included((user, FileId(0)).to_bytes())) {
        let ((whose, id), ()) = row?;
        if whose != user {
            break;
        }
        let Some((file, share)) = seen(engine, user, (listed.place, id))? else { continue };
        let folded = fold(file.file_name.as_str());
        if folded.contains(&listed.query) {
            rows.push(Row { file, folded, share });
        }
    }
    Ok(rows)
}

/// Returns a file that a member sees in a place, and how it is shared with them; `None` if it has gone elsewhere
/// since it was listed.
fn seen(
    engine: &Engine,
    user: UserId,
    (place, id): (FilePlace, FileId),
) -> Result<Option<(FileRecord, Option<ShareRecord>)>, StoreError> {
    let is_in_place = |file: &FileRecord| {
        let is_own = file.owner == user;
        file.is_trashed() == (place == FilePlace::Trash) && is_own == (place != FilePlace::Shared)
    };
    let Some(file) = engine.get(FILES, &id)?.filter(is_in_place) else { return Ok(None) };
    match place {
        FilePlace::Shared => Ok(engine.get(SHARES, &(id, user))?.map(|share| (file, Some(share)))),
        FilePlace::Own | FilePlace::Trash => Ok(Some((file, None))),
    }
}

/// Makes the entry of a file. One that has gone, or whose owner is not known any more, has none.
fn entry(
    engine: &Engine,
    user: UserId,
    file: (FilePlace, FileId),
    trash_days: u32,
    names: &mut HashMap<UserId, Option<UserName>>,
) -> Result<Option<FileEntry>, StoreError> {
    let Some((file, share)) = seen(engine, user, file)? else { return Ok(None) };
    let Some(share) = share else { return Ok(Some(file.own_entry(trash_days))) };
    let name = match names.entry(file.owner) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(super::name_of(engine, file.owner)?),
    };
    Ok(name.clone().map(|name| file.shared_entry(name, &share)))
}

/// Returns how many unfinished uploads a member has, and the oldest of them.
pub(super) fn uploads(engine: &Engine, user: UserId) -> Result<UploadList, StoreError> {
    let kept = Duration::from_hours(UPLOAD_HOURS_MAX.into());
    let kept_ms = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX);
    let mut uploads = Vec::new();
    let from = (user, UploadKey::new([0; UPLOAD_KEY_BYTES])).to_bytes();
    for row in engine.records(UPLOADS, Included(from)) {
        let ((whose, upload), record) = row?;
        if whose != user {
            break;
        }
        uploads.push(UploadEntry {
            upload,
            file_name: record.file_name,
            size_bytes: record.size_bytes,
            began_unix_ms: record.began_unix_ms,
            until_unix_ms: record.used_unix_ms.saturating_add(kept_ms),
        });
    }
    let total = u32::try_from(uploads.len()).unwrap_or(u32::MAX);
    uploads.sort_unstable_by_key(|entry| (entry.began_unix_ms, entry.upload));
    uploads.truncate(UPLOADS_PER_PAGE_MAX.into());
    Ok(UploadList { total, uploads })
}

/// Returns with whom a file of a member is shared, by name; `None` if they have no such file.
pub(super) fn recipients(
    engine: &Engine,
    user: UserId,
    id: FileId,
) -> Result<Option<RecipientList>, StoreError> {
    let file: Option<FileRecord> = engine.get(FILES, &id)?;
    if file.is_none_or(|file| file.owner != user) {
        return Ok(None);
    }
    let mut recipients = Vec::new();
    for (with, share) in shares::of(engine, id)? {
        // Who has just left is no recipient any more.
        let Some(account) = engine.get(USERS, &with)? else { continue };
        let ShareRecord { since_unix_ms, fetched_unix_ms } = share;
        recipients.push(Recipient { user_name: account.user_name, since_unix_ms, fetched_unix_ms });
    }
    recipients.sort_by_cached_key(|recipient| recipient.user_name.key());
    Ok(Some(RecipientList { file: id, recipients }))
}

//! The trash: how files get there and back, and how they are deleted for good.
//!
//! This file does not know how long the trash is kept, nor when contents are removed from the disk.

use parlour_common::message::FileId;

use super::super::change::{Applied, Refusal, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::error::StoreError;
use super::super::tables::{
    FILES, FILES_BY_OWNER, Key, SHARED_WITH, SHARES, TRASH_BY_OWNER, TRASH_BY_TIME, UPLOADED, UserId,
};
use super::books;
use super::change::{Budget, Tally};
use super::records::FileRecord;
use super::{names, own, shares};
use std::ops::Bound::{Included, Unbounded};

/// Puts files in the trash.
pub(super) fn put_in(
    draft: &mut Draft<'_>,
    user: UserId,
    files: &[FileId],
    at_unix_ms: u64,
) -> Result<Applied, Stop> {
    let mut tally = Tally::default();
    for id in files {
        let file = own(draft, user, *id)?;
        if !file.is_trashed() {
            put_away(draft, file, at_unix_ms, &mut tally)?;
        }
    }
    Ok(tally.applied())
}

/// Puts a file in the trash that is not there.
pub(super) fn put_away(
    draft: &mut Draft<'_>,
    file: FileRecord,
    at_unix_ms: u64,
    tally: &mut Tally,
) -> Result<(), Stop> {
    names::leave(draft, &file);
    books::count_out(draft, &file)?;
    shares::touch_all(draft, &file, tally)?;
    let file = FileRecord { trashed_unix_ms: Some(at_unix_ms), ..file };
    draft.put(FILES, &file.id, &file)?;
    enter(draft, &file, at_unix_ms)?;
    books::count_in(draft, &file)
}

/// Notes that a file is in the trash.
pub(super) fn enter(draft: &mut Draft<'_>, file: &FileRecord, at_unix_ms: u64) -> Result<(), Stop> {
    draft.put(TRASH_BY_OWNER, &(file.owner, file.id), &())?;
    draft.put(TRASH_BY_TIME, &(at_unix_ms, file.id), &())
}

/// Notes that a file is not in the trash any more. Returns whether it was.
fn leave(draft: &mut Draft<'_>, file: &FileRecord) -> bool {
    let Some(since_unix_ms) = file.trashed_unix_ms else { return false };
    draft.remove(TRASH_BY_OWNER, &(file.owner, file.id));
    draft.remove(TRASH_BY_TIME, &(since_unix_ms, file.id));
    true
}

/// Takes files out of the trash.
pub(super) fn restore(draft: &mut Draft<'_>, user: UserId, files: &[FileId]) -> Result<Applied, Stop> {
    let mut tally = Tally::default();
    for id in files {
        let file = own(draft, user, *id)?;
        if leave(draft, &file) {
            books::count_out(draft, &file)?;
            let file_name = names::free(draft, user, file.id, &file.file_name)?;
            let file = FileRecord { file_name, trashed_unix_ms: None, ..file };
            draft.put(FILES, &file.id, &file)?;
            names::take(draft, &file)?;
            books::count_in(draft, &file)?;
            shares::touch_all(draft, &file, &mut tally)?;
        }
    }
    Ok(tally.applied())
}

/// Deletes files in the trash for good.
pub(super) fn purge_all(draft: &mut Draft<'_>, user: UserId, files: &[FileId]) -> Result<Applied, Stop> {
    let mut tally = Tally::default();
    for id in files {
        let file = own(draft, user, *id)?;
        if !file.is_trashed() {
            return Err(Refusal::NoSuchFile.into());
        }
        purge(draft, &file, &mut tally)?;
    }
    Ok(tally.applied())
}

/// Deletes what a member has in the trash.
pub(super) fn empty(draft: &mut Draft<'_>, user: UserId) -> Result<Applied, Stop> {
    let from = Included((user, FileId(0)).to_bytes());
    let rows = draft.engine().records(TRASH_BY_OWNER, from).map(|row| Ok(row?.0));
    let of_user =
        |row: &Result<(UserId, FileId), StoreError>| row.as_ref().map_or(true, |(owner, _)| *owner == user);
    purge_step(draft, rows.take_while(of_user))
}

/// Deletes what was put in the trash before a time.
pub(super) fn sweep(draft: &mut Draft<'_>, before_unix_ms: u64) -> Result<Applied, Stop> {
    let rows = draft.engine().records(TRASH_BY_TIME, Unbounded).map(|row| Ok(row?.0));
    let is_due = |row: &Result<(u64, FileId), StoreError>| {
        row.as_ref().map_or(true, |(since, _)| *since < before_unix_ms)
    };
    purge_step(draft, rows.take_while(is_due))
}

/// Deletes files for good, as many as one change may.
fn purge_step<K>(
    draft: &mut Draft<'_>,
    rows: impl Iterator<Item = Result<(K, FileId), StoreError>>,
) -> Result<Applied, Stop> {
    let (mut tally, mut budget) = (Tally::default(), Budget::default());
    for row in rows {
        let (_, id) = row?;
        let Some(file) = draft.get(FILES, &id)? else { continue };
        if !budget.take(file.recipients) {
            tally.more = true;
            break;
        }
        purge(draft, &file, &mut tally)?;
    }
    Ok(tally.applied())
}

/// Deletes a file for good, whether or not it is in the trash.
pub(super) fn purge(draft: &mut Draft<'_>, file: &FileRecord, tally: &mut Tally) -> Result<(), Stop> {
    tally.touched.insert(file.owner);
    if !leave(draft, file) {
        names::leave(draft, file);
        shares::touch_all(draft, file, tally)?;
    }
    for (with, _) in shares::of(draft.engine(), file.id)? {
        draft.remove(SHARES, &(file.id, with));
        draft.remove(SHARED_WITH, &(with, file.id));
    }
    if let Some(key) = file.upload {
        draft.remove(UPLOADED, &(file.owner, key));
    }
    draft.remove(FILES, &file.id);
    draft.remove(FILES_BY_OWNER, &(file.owner, file.id));
    books::count_out(draft, file)?;
    books::unlink(draft, file.blob, tally)
}

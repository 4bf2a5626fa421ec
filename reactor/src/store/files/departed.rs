//! What becomes of the files of a deleted account, step by step: what was shared has the fate that was chosen,
//! everything else goes, and so do mentions of the account and what only it could read.
//!
//! This file does not know who chose it, nor who makes the next step.

use std::ops::Bound::Included;

use parlour_common::limits::UPLOAD_KEY_BYTES;
use parlour_common::message::{FileId, UploadKey};

use super::super::change::{Applied, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::room;
use super::super::tables::{
    DEPARTED, FILES, FILES_BY_OWNER, Key, SHARED_WITH, SHARES, UNSETTLED, UPLOADED, UPLOADS, USERS, UserId,
};
use super::super::users::edit::Fate;
use super::change::{Budget, Tally};
use super::records::FileRecord;
use super::{books, names, shares, trash, uploads};

/// Notes that the files of an account that is being deleted are to have their fate.
pub(in super::super) fn note(draft: &mut Draft<'_>, user: UserId) -> Result<(), Stop> {
    draft.put(UNSETTLED, &user, &FileId(0))
}

/// Makes the next step. An account with nothing left to settle is left as it is.
pub(super) fn settle(draft: &mut Draft<'_>, user: UserId) -> Result<Applied, Stop> {
    let mut tally = Tally::default();
    let Some(from) = draft.get(UNSETTLED, &user)? else { return Ok(tally.applied()) };
    let fate = draft.get(DEPARTED, &user)?.map_or(Fate::Keep {}, |departed| departed.shared);
    let mut budget = Budget::default();
    tally.more = !(drop_uploads(draft, user, &mut budget, &mut tally)?
        && leave_shares(draft, user, &mut budget, &mut tally)?
        && room::settle(draft, user, fate == Fate::Remove {}, &mut budget, &mut tally)?
        && give_files(draft, user, (from, fate), &mut budget, &mut tally)?);
    if !tally.more {
        draft.remove(UNSETTLED, &user);
    }
    Ok(tally.applied())
}

/// Gives its uploads up. Returns whether none is left.
fn drop_uploads(
    draft: &mut Draft<'_>,
    user: UserId,
    budget: &mut Budget,
    tally: &mut Tally,
) -> Result<bool, Stop> {
    let from = (user, UploadKey::new([0; UPLOAD_KEY_BYTES])).to_bytes();
    for row in draft.engine().records(UPLOADS, Included(from)) {
        let ((owner, key), upload) = row?;
        if owner != user {
            break;
        }
        if !budget.take(0) {
            return Ok(false);
        }
        uploads::discard(draft, user, key, &upload, tally)?;
    }
    Ok(true)
}

/// Ends the sharing of what others shared with it. Returns whether none is left.
fn leave_shares(
    draft: &mut Draft<'_>,
    user: UserId,
    budget: &mut Budget,
    tally: &mut Tally,
) -> Result<bool, Stop> {
    for row in draft.engine().records(SHARED_WITH, Included((user, FileId(0)).to_bytes())) {
        let ((with, id), ()) = row?;
        if with != user {
            break;
        }
        if !budget.take(0) {
            return Ok(false);
        }
        if let (Some(file), Some(share)) = (draft.get(FILES, &id)?, draft.get(SHARES, &(id, user))?) {
            shares::end(draft, file, user, &share, tally)?;
        }
    }
    Ok(true)
}

/// Gives its files their fate, from one on. Returns whether none is left.
fn give_files(
    draft: &mut Draft<'_>,
    user: UserId,
    (from, fate): (FileId, Fate),
    budget: &mut Budget,
    tally: &mut Tally,
) -> Result<bool, Stop> {
    for row in draft.engine().records(FILES_BY_OWNER, Included((user, from).to_bytes())) {
        let ((owner, id), ()) = row?;
        if owner != user {
            break;
        }
        let Some(file) = draft.get(FILES, &id)? else { continue };
        if !budget.take(file.recipients) {
            draft.put(UNSETTLED, &user, &id)?;
            return Ok(false);
        }
        give(draft, file, fate, tally)?;
    }
    Ok(true)
}

fn give(draft: &mut Draft<'_>, file: FileRecord, fate: Fate, tally: &mut Tally) -> Result<(), Stop> {
    // What lies in the trash nobody else sees.
    if file.is_trashed() || file.recipients == 0 {
        return trash::purge(draft, &file, tally);
    }
    match fate {
        Fate::Remove {} => trash::purge(draft, &file, tally),
        // An heir may be deleted before the will is done: then those keep it who have it.
        Fate::HandOver { to } if draft.has(USERS, &to)? => hand_over(draft, file, to, tally),
        Fate::HandOver { .. } | Fate::Keep {} => {
            let file = forget_upload(draft, file);
            draft.put(FILES, &file.id, &file)
        }
    }
}

/// Makes a file another member's, under a name that is free there.
fn hand_over(draft: &mut Draft<'_>, file: FileRecord, to: UserId, tally: &mut Tally) -> Result<(), Stop> {
    shares::touch_all(draft, &file, tally)?;
    names::leave(draft, &file);
    books::count_out(draft, &file)?;
    draft.remove(FILES_BY_OWNER, &(file.owner, file.id));
    let mut file = forget_upload(draft, file);
    if let Some(share) = draft.get(SHARES, &(file.id, to))? {
        file = shares::without(draft, file, to, &share);
    }
    let file_name = names::free(draft, to, file.id, &file.file_name)?;
    let file = FileRecord { owner: to, file_name, ..file };
    uploads::add(draft, &file)?;
    shares::touch_all(draft, &file, tally)?;
    Ok(())
}

/// Nobody asks any more after the upload of an account that was deleted.
fn forget_upload(draft: &mut Draft<'_>, file: FileRecord) -> FileRecord {
    if let Some(key) = file.upload {
        draft.remove(UPLOADED, &(file.owner, key));
    }
    FileRecord { upload: None, ..file }
}

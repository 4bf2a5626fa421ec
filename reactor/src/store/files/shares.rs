//! Sharing: who sees whose files, and the receipts.
//!
//! This file does not know names of members, nor who is told.

use std::ops::Bound::Included;

use parlour_common::limits::RECIPIENTS_PER_FILE_MAX;
use parlour_common::message::{FileHash, FileId};

use super::super::change::{Applied, Refusal, Stop};
use super::super::draft::Draft;
use super::super::engine::{Engine, Read};
use super::super::error::StoreError;
use super::super::tables::{FILES, Key, SHARED_WITH, SHARES, USERS, UserId};
use super::super::users::UserRecord;
use super::change::Tally;
use super::records::{FileRecord, ShareRecord};
use super::{own, trash};

/// Returns with whom a file was shared before this change. They are few: at most
/// [`RECIPIENTS_PER_FILE_MAX`].
pub(super) fn of(engine: &Engine, file: FileId) -> Result<Vec<(UserId, ShareRecord)>, StoreError> {
    let mut found = Vec::new();
    for row in engine.records(SHARES, Included((file, UserId(0)).to_bytes())) {
        let ((shared, with), share) = row?;
        if shared != file {
            break;
        }
        found.push((with, share));
    }
    Ok(found)
}

/// Notes that the lists of everyone who sees a file are other than they were.
pub(super) fn touch_all(draft: &Draft<'_>, file: &FileRecord, tally: &mut Tally) -> Result<(), StoreError> {
    tally.touched.insert(file.owner);
    if file.recipients > 0 {
        tally.touched.extend(of(draft.engine(), file.id)?.into_iter().map(|(with, _)| with));
    }
    Ok(())
}

/// Shares files.
pub(super) fn share(
    draft: &mut Draft<'_>,
    user: UserId,
    files: &[FileId],
    with: &[UserId],
    at_unix_ms: u64,
) -> Result<Applied, Stop> {
    for recipient in with {
        let account: Option<UserRecord> = draft.get(USERS, recipient)?;
        let account = account.filter(|account| account.is_active() && account.id != user);
        account.ok_or(Refusal::NoSuchUser)?;
    }
    let mut tally = Tally::default();
    for id in files {
        let mut file = own(draft, user, *id)?;
        if file.is_trashed() {
            return Err(Refusal::NoSuchFile.into());
        }
        let mut new = Vec::new();
        for recipient in with {
            if draft.has(SHARES, &(file.id, *recipient))? {
                continue;
            }
            let share = ShareRecord { since_unix_ms: at_unix_ms, fetched_unix_ms: None };
            draft.put(SHARES, &(file.id, *recipient), &share)?;
            draft.put(SHARED_WITH, &(*recipient, file.id), &())?;
            new.push(*recipient);
            file.recipients += 1;
        }
        if file.recipients > RECIPIENTS_PER_FILE_MAX {
            return Err(Refusal::TooManyRecipients.into());
        }
        if !new.is_empty() {
            draft.put(FILES, &file.id, &file)?;
            tally.touched.insert(user);
            tally.touched.extend(&new);
            tally.shared.extend(new.into_iter().map(|recipient| (file.clone(), recipient)));
        }
    }
    Ok(tally.applied())
}

/// Ends the sharing of a file with a member.
pub(super) fn unshare(
    draft: &mut Draft<'_>,
    asker: UserId,
    id: FileId,
    with: UserId,
) -> Result<Applied, Stop> {
    let file: FileRecord = draft.get(FILES, &id)?.ok_or(Refusal::NoSuchFile)?;
    let share = draft.get(SHARES, &(id, with))?;
    let may_leave = asker == with && share.is_some() && !file.is_trashed();
    if file.owner != asker && !may_leave {
        return Err(Refusal::NoSuchFile.into());
    }
    let mut tally = Tally::default();
    tally.file = Some(match share {
        Some(share) => end(draft, file, with, &share, &mut tally)?,
        None => file,
    });
    Ok(tally.applied())
}

/// Ends the sharing of a file with a member. A file that was left behind by a deleted account goes with the last
/// of those who had it. Returns the file as it is, or was.
pub(super) fn end(
    draft: &mut Draft<'_>,
    file: FileRecord,
    with: UserId,
    share: &ShareRecord,
    tally: &mut Tally,
) -> Result<FileRecord, Stop> {
    let file = without(draft, file, with, share);
    tally.touched.insert(file.owner);
    if !file.is_trashed() {
        tally.touched.insert(with);
    }
    if file.recipients == 0 && !draft.has(USERS, &file.owner)? {
        trash::purge(draft, &file, tally)?;
    } else {
        draft.put(FILES, &file.id, &file)?;
    }
    Ok(file)
}

/// Takes a share from what is recorded. Returns the file, to be written.
pub(super) fn without(
    draft: &mut Draft<'_>,
    mut file: FileRecord,
    with: UserId,
    share: &ShareRecord,
) -> FileRecord {
    draft.remove(SHARES, &(file.id, with));
    draft.remove(SHARED_WITH, &(with, file.id));
    file.recipients = file.recipients.saturating_sub(1);
    file.fetched = file.fetched.saturating_sub(u32::from(share.fetched_unix_ms.is_some()));
    file
}

/// Notes that a member has the contents of a file that is shared with them.
pub(super) fn confirm(
    draft: &mut Draft<'_>,
    user: UserId,
    id: FileId,
    sha256: FileHash,
    at_unix_ms: u64,
) -> Result<Applied, Stop> {
    let share: ShareRecord = draft.get(SHARES, &(id, user))?.ok_or(Refusal::NoSuchFile)?;
    let file: Option<FileRecord> = draft.get(FILES, &id)?;
    let mut file = file.filter(|file| !file.is_trashed()).ok_or(Refusal::NoSuchFile)?;
    if file.sha256 != sha256 {
        return Err(Refusal::VersionChanged.into());
    }
    let mut tally = Tally::default();
    if share.fetched_unix_ms.is_none() {
        draft.put(SHARES, &(id, user), &ShareRecord { fetched_unix_ms: Some(at_unix_ms), ..share })?;
        file.fetched += 1;
        draft.put(FILES, &id, &file)?;
        tally.touched.extend([file.owner, user]);
    }
    tally.file = Some(file);
    Ok(tally.applied())
}

/// Takes the receipts of a file back: it has other contents. Everyone who sees it is touched.
pub(super) fn reset_receipts(
    draft: &mut Draft<'_>,
    file: &FileRecord,
    tally: &mut Tally,
) -> Result<(), Stop> {
    for (with, share) in of(draft.engine(), file.id)? {
        tally.touched.insert(with);
        if share.fetched_unix_ms.is_some() {
            draft.put(SHARES, &(file.id, with), &ShareRecord { fetched_unix_ms: None, ..share })?;
        }
    }
    Ok(())
}

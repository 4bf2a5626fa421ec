//! Uploads: how they begin, go on, are given up, and become files.
//!
//! This file does not know where the bytes lie, nor whether they are all there: whoever asks for the file has seen
//! to that.

use std::ops::Bound::Unbounded;

use parlour_common::limits::{FILES_PER_MEMBER_MAX, UPLOADS_PER_MEMBER_MAX};
use parlour_common::message::{FileHash, FileId, SameName, UploadKey};
use parlour_common::names::FileName;

use super::super::change::{Applied, Refusal, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::tables::{FILES, FILES_BY_OWNER, UPLOADED, UPLOADS, UPLOADS_BY_USE, USAGE, USERS, UserId};
use super::super::users::UserRecord;
use super::books::{self, change_usage};
use super::change::{Budget, Tally};
use super::names::{self, Place};
use super::records::{BlobId, FileRecord, UploadRecord, UsageRecord};
use super::{shares, trash};

/// The counter in `meta` that holds the highest number of a file given so far.
pub(in super::super) const LAST_FILE_KEY: &str = "last_file";

/// An upload to be begun, or gone on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUpload {
    /// Which of its member's.
    pub key: UploadKey,
    /// The name that the file is to have.
    pub file_name: FileName,
    /// The size that it is to have, in bytes.
    pub size_bytes: u64,
    /// What to do if the name is taken.
    pub same_name: SameName,
    /// How much the files of an account may take that has no quota of its own, in bytes; `None` for as much as
    /// the disk gives.
    pub standard_quota_bytes: Option<u64>,
}

/// The end of an upload.
pub(super) struct Finish {
    pub(super) key: UploadKey,
    pub(super) blob: BlobId,
    pub(super) sha256: FileHash,
    pub(super) same_name: SameName,
    pub(super) at_unix_ms: u64,
}

/// Tells whether an upload may begin, or go on.
pub(super) fn may_begin(reader: &impl Read, user: UserId, new: &NewUpload) -> Result<(), Stop> {
    let account: UserRecord = reader.get(USERS, &user)?.ok_or(Refusal::NoSuchUser)?;
    if let Some(upload) = reader.get(UPLOADS, &(user, new.key))? {
        return may_go_on(&upload, new);
    }
    let usage: UsageRecord = reader.get(USAGE, &user)?.unwrap_or_default();
    if usage.uploads >= UPLOADS_PER_MEMBER_MAX {
        return Err(Refusal::TooManyUploads.into());
    }
    // Every upload becomes a file one day.
    if usage.files.saturating_add(usage.uploads) >= FILES_PER_MEMBER_MAX {
        return Err(Refusal::TooManyFiles.into());
    }
    books::expect_room(&account, &usage, new.size_bytes, new.standard_quota_bytes)?;
    match names::holder(reader, user, &new.file_name)? {
        Some(other) if new.same_name == SameName::Ask => Err(names::taken_by(&other).into()),
        _ => Ok(()),
    }
}

fn may_go_on(upload: &UploadRecord, new: &NewUpload) -> Result<(), Stop> {
    let same = upload.file_name == new.file_name && upload.size_bytes == new.size_bytes;
    if same { Ok(()) } else { Err(Refusal::UploadDiffers.into()) }
}

/// Begins an upload, or goes on with it.
pub(super) fn begin(
    draft: &mut Draft<'_>,
    user: UserId,
    new: &NewUpload,
    at_unix_ms: u64,
) -> Result<Applied, Stop> {
    if let Some(file) = finished(draft, user, new.key)? {
        let same = file.size_bytes == new.size_bytes;
        return if same { Ok(Tally::of(file).applied()) } else { Err(Refusal::UploadDiffers.into()) };
    }
    may_begin(draft, user, new)?;
    let former: Option<UploadRecord> = draft.get(UPLOADS, &(user, new.key))?;
    let NewUpload { key, size_bytes, same_name, .. } = *new;
    let (blob, began_unix_ms) = match &former {
        Some(former) => {
            draft.remove(UPLOADS_BY_USE, &(former.used_unix_ms, (user, key)));
            (former.blob, former.began_unix_ms)
        }
        None => {
            change_usage(draft, user, |usage| {
                usage.uploads += 1;
                usage.uploads_bytes += size_bytes;
            })?;
            (books::next_blob(draft)?, at_unix_ms)
        }
    };
    let (file_name, used_unix_ms) = (new.file_name.clone(), at_unix_ms);
    let upload = UploadRecord { blob, file_name, size_bytes, same_name, began_unix_ms, used_unix_ms };
    draft.put(UPLOADS, &(user, key), &upload)?;
    draft.put(UPLOADS_BY_USE, &(used_unix_ms, (user, key)), &())?;
    Ok(Applied::Upload { blob, size_bytes })
}

/// Returns the file whose contents an upload brought.
fn finished(reader: &impl Read, user: UserId, key: UploadKey) -> Result<Option<FileRecord>, Stop> {
    match reader.get(UPLOADED, &(user, key))? {
        Some(id) => Ok(reader.get(FILES, &id)?),
        None => Ok(None),
    }
}

/// Gives an upload up that its member names.
pub(super) fn give_up(draft: &mut Draft<'_>, user: UserId, key: UploadKey) -> Result<Applied, Stop> {
    let upload = draft.get(UPLOADS, &(user, key))?.ok_or(Refusal::NoSuchUpload)?;
    let mut tally = Tally::default();
    discard(draft, user, key, &upload, &mut tally)?;
    Ok(tally.applied())
}

/// Forgets an upload, and dooms what was stored of it.
pub(super) fn discard(
    draft: &mut Draft<'_>,
    user: UserId,
    key: UploadKey,
    upload: &UploadRecord,
    tally: &mut Tally,
) -> Result<(), Stop> {
    forget(draft, user, key, upload)?;
    tally.touched.insert(user);
    books::doom(draft, upload.blob, tally)
}

fn forget(draft: &mut Draft<'_>, user: UserId, key: UploadKey, upload: &UploadRecord) -> Result<(), Stop> {
    draft.remove(UPLOADS, &(user, key));
    draft.remove(UPLOADS_BY_USE, &(upload.used_unix_ms, (user, key)));
    change_usage(draft, user, |usage| {
        usage.uploads = usage.uploads.saturating_sub(1);
        usage.uploads_bytes = usage.uploads_bytes.saturating_sub(upload.size_bytes);
    })
}

/// Gives uploads up that last went on before a time, as many as one change may.
pub(super) fn sweep(draft: &mut Draft<'_>, before_unix_ms: u64) -> Result<Applied, Stop> {
    let (mut tally, mut budget) = (Tally::default(), Budget::default());
    for row in draft.engine().records(UPLOADS_BY_USE, Unbounded) {
        let ((used_unix_ms, (user, key)), ()) = row?;
        if used_unix_ms >= before_unix_ms {
            break;
        }
        if !budget.take(0) {
            tally.more = true;
            break;
        }
        if let Some(upload) = draft.get(UPLOADS, &(user, key))? {
            discard(draft, user, key, &upload, &mut tally)?;
        }
    }
    Ok(tally.applied())
}

/// Makes a file of an upload.
pub(super) fn finish(draft: &mut Draft<'_>, user: UserId, end: &Finish) -> Result<Applied, Stop> {
    let &Finish { key, blob, sha256, same_name, at_unix_ms } = end;
    if let Some(file) = finished(draft, user, key)? {
        let same = file.sha256 == sha256;
        return if same { Ok(Tally::of(file).applied()) } else { Err(Refusal::UploadDiffers.into()) };
    }
    let upload: Option<UploadRecord> = draft.get(UPLOADS, &(user, key))?;
    // An account that is being deleted gets no more files.
    let upload = if draft.has(USERS, &user)? { upload } else { None };
    // Nor does an upload that was given up and begun anew while the bytes of the first were being read.
    let upload = upload.filter(|upload| upload.blob == blob);
    let upload = upload.ok_or(Refusal::NoSuchUpload)?;
    let id = FileId(draft.count_up(LAST_FILE_KEY)?);
    let place = names::place(draft, user, id, &upload.file_name, same_name)?;
    forget(draft, user, key, &upload)?;
    books::add_blob(draft, upload.blob, upload.size_bytes, sha256)?;
    let file = FileRecord {
        id,
        owner: user,
        file_name: upload.file_name,
        blob: upload.blob,
        size_bytes: upload.size_bytes,
        sha256,
        changed_unix_ms: at_unix_ms,
        trashed_unix_ms: None,
        upload: Some(key),
        recipients: 0,
        fetched: 0,
    };
    let mut tally = Tally::default();
    let file = publish(draft, file, place, &mut tally)?;
    tally.file = Some(file);
    Ok(tally.applied())
}

/// Records a new file in its place. Returns it as it is then.
pub(super) fn publish(
    draft: &mut Draft<'_>,
    file: FileRecord,
    place: Place,
    tally: &mut Tally,
) -> Result<FileRecord, Stop> {
    let file = match place {
        Place::Free(file_name) => FileRecord { file_name, ..file },
        Place::InsteadOf(former) => replace(draft, former, file, tally)?,
    };
    add(draft, &file)?;
    tally.touched.insert(file.owner);
    Ok(file)
}

/// Makes room for new contents in the place of others, which go to the trash under the number that the new file
/// would have had. Returns the file with the new contents, to be recorded.
fn replace(
    draft: &mut Draft<'_>,
    former: FileRecord,
    new: FileRecord,
    tally: &mut Tally,
) -> Result<FileRecord, Stop> {
    names::leave(draft, &former);
    books::count_out(draft, &former)?;
    shares::reset_receipts(draft, &former, tally)?;
    let FileRecord { id, recipients, .. } = former;
    let at_unix_ms = new.changed_unix_ms;
    let trashed_unix_ms = Some(at_unix_ms);
    let old = FileRecord { id: new.id, trashed_unix_ms, recipients: 0, fetched: 0, ..former };
    record(draft, &old)?;
    trash::enter(draft, &old, at_unix_ms)?;
    Ok(FileRecord { id, recipients, ..new })
}

/// Records a file that is not in the trash.
pub(super) fn add(draft: &mut Draft<'_>, file: &FileRecord) -> Result<(), Stop> {
    names::take(draft, file)?;
    record(draft, file)
}

/// Records a file, but for its name and its place in the trash.
fn record(draft: &mut Draft<'_>, file: &FileRecord) -> Result<(), Stop> {
    draft.put(FILES, &file.id, file)?;
    draft.put(FILES_BY_OWNER, &(file.owner, file.id), &())?;
    if let Some(key) = file.upload {
        draft.put(UPLOADED, &(file.owner, key), &file.id)?;
    }
    books::count_in(draft, file)
}

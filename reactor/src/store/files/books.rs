//! The books of files: what everyone's files take, and which contents have how many records.
//!
//! This file does not know why a file comes or goes.

use parlour_common::message::FileHash;

use super::super::change::{Refusal, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::tables::{BLOBS, DOOMED, USAGE, UserId};
use super::super::users::UserRecord;
use super::change::Tally;
use super::records::{BlobId, BlobRecord, FileRecord, UsageRecord, quota_bytes};

/// The counter in `meta` that holds the highest number of contents given so far.
pub(in super::super) const LAST_BLOB_KEY: &str = "last_blob";

/// Changes what the files of an account take. Of an account that has none nothing is kept.
pub(super) fn change_usage(
    draft: &mut Draft<'_>,
    user: UserId,
    change: impl FnOnce(&mut UsageRecord),
) -> Result<(), Stop> {
    let mut usage = draft.get(USAGE, &user)?.unwrap_or_default();
    change(&mut usage);
    if usage == UsageRecord::default() {
        draft.remove(USAGE, &user);
        return Ok(());
    }
    draft.put(USAGE, &user, &usage)
}

/// Counts a file in.
pub(super) fn count_in(draft: &mut Draft<'_>, file: &FileRecord) -> Result<(), Stop> {
    change_usage(draft, file.owner, |usage| {
        usage.files += 1;
        *bytes_of(usage, file) += file.size_bytes;
    })
}

/// Counts a file out.
pub(super) fn count_out(draft: &mut Draft<'_>, file: &FileRecord) -> Result<(), Stop> {
    change_usage(draft, file.owner, |usage| {
        usage.files = usage.files.saturating_sub(1);
        let bytes = bytes_of(usage, file);
        *bytes = bytes.saturating_sub(file.size_bytes);
    })
}

fn bytes_of<'a>(usage: &'a mut UsageRecord, file: &FileRecord) -> &'a mut u64 {
    if file.is_trashed() { &mut usage.trash_bytes } else { &mut usage.files_bytes }
}

/// Asserts that so much more fits into what the files of an account may take.
pub(super) fn expect_room(
    account: &UserRecord,
    usage: &UsageRecord,
    size_bytes: u64,
    standard_quota_bytes: Option<u64>,
) -> Result<(), Refusal> {
    let Some(quota_bytes) = quota_bytes(account.quota, standard_quota_bytes) else { return Ok(()) };
    let left_bytes = quota_bytes.saturating_sub(usage.used_bytes());
    if size_bytes > left_bytes { Err(Refusal::QuotaExceeded { left_bytes }) } else { Ok(()) }
}

/// Gives contents a number.
pub(super) fn next_blob(draft: &mut Draft<'_>) -> Result<BlobId, Stop> {
    Ok(BlobId(draft.count_up(LAST_BLOB_KEY)?))
}

/// Records contents that one record has.
pub(super) fn add_blob(
    draft: &mut Draft<'_>,
    id: BlobId,
    size_bytes: u64,
    sha256: FileHash,
) -> Result<(), Stop> {
    draft.put(BLOBS, &id, &BlobRecord { size_bytes, sha256, links: 1 })
}

/// Notes that one more record has contents.
pub(in super::super) fn link(draft: &mut Draft<'_>, id: BlobId) -> Result<(), Stop> {
    let blob: BlobRecord = draft.get(BLOBS, &id)?.ok_or(Refusal::NoSuchFile)?;
    draft.put(BLOBS, &id, &BlobRecord { links: blob.links.saturating_add(1), ..blob })
}

/// Takes one record from contents. Those that none has any more are doomed.
pub(in super::super) fn unlink(draft: &mut Draft<'_>, id: BlobId, tally: &mut Tally) -> Result<(), Stop> {
    match draft.get(BLOBS, &id)? {
        Some(blob) if blob.links > 1 => draft.put(BLOBS, &id, &BlobRecord { links: blob.links - 1, ..blob }),
        _ => {
            draft.remove(BLOBS, &id);
            doom(draft, id, tally)
        }
    }
}

/// Notes that contents, whole or not, are to be removed from the disk.
pub(super) fn doom(draft: &mut Draft<'_>, id: BlobId, tally: &mut Tally) -> Result<(), Stop> {
    tally.doomed = true;
    draft.put(DOOMED, &id, &())
}

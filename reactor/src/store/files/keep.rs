//! Files that are made of contents which are there already, without a byte being copied.
//!
//! This file does not know who else has the contents, nor how their maker came by them.

use parlour_common::limits::FILES_PER_MEMBER_MAX;
use parlour_common::message::{FileHash, FileId, SameName};
use parlour_common::names::FileName;

use super::super::change::{Applied, Refusal, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::tables::USAGE;
use super::super::users::UserRecord;
use super::change::Tally;
use super::records::{BlobId, FileRecord, UsageRecord};
use super::uploads::{self, LAST_FILE_KEY};
use super::{books, names};

/// A file to be made.
pub(in super::super) struct Keep {
    /// Its contents.
    pub(in super::super) blob: BlobId,
    /// Its name.
    pub(in super::super) file_name: FileName,
    /// Its size, in bytes.
    pub(in super::super) size_bytes: u64,
    /// Its hash.
    pub(in super::super) sha256: FileHash,
    /// What to do if the name is taken.
    pub(in super::super) same_name: SameName,
    /// When it was asked for.
    pub(in super::super) at_unix_ms: u64,
    /// How much the files of an account may take that has no quota of its own, in bytes; `None` for as much as the
    /// disk gives.
    pub(in super::super) standard_quota_bytes: Option<u64>,
}

/// Makes a file.
pub(in super::super) fn keep(
    draft: &mut Draft<'_>,
    account: &UserRecord,
    keep: Keep,
) -> Result<Applied, Stop> {
    let usage: UsageRecord = draft.get(USAGE, &account.id)?.unwrap_or_default();
    if usage.files.saturating_add(usage.uploads) >= FILES_PER_MEMBER_MAX {
        return Err(Refusal::TooManyFiles.into());
    }
    books::expect_room(account, &usage, keep.size_bytes, keep.standard_quota_bytes)?;
    let id = FileId(draft.count_up(LAST_FILE_KEY)?);
    let place = names::place(draft, account.id, id, &keep.file_name, keep.same_name)?;
    books::link(draft, keep.blob)?;
    let Keep { blob, file_name, size_bytes, sha256, at_unix_ms, .. } = keep;
    let file = FileRecord {
        id,
        owner: account.id,
        file_name,
        blob,
        size_bytes,
        sha256,
        changed_unix_ms: at_unix_ms,
        trashed_unix_ms: None,
        upload: None,
        recipients: 0,
        fetched: 0,
    };
    let mut tally = Tally::default();
    let file = uploads::publish(draft, file, place, &mut tally)?;
    tally.file = Some(file);
    Ok(tally.applied())
}

//! The names of files: one file of a name for each member, and what is done where there is one already.
//!
//! This file does not know what a name is the same as: `FileName::key` does.

use parlour_common::message::{FileId, SameName};
use parlour_common::names::FileName;

use super::super::change::{Applied, Refusal, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::error::StoreError;
use super::super::tables::{FILE_NAMES, FILES, TextKey, UserId};
use super::change::Tally;
use super::records::FileRecord;
use super::{own, shares, trash};

/// The numbers that are tried one by one, so that small gaps are filled; then larger steps are taken.
const TRIED_ONE_BY_ONE: u32 = 8;

/// Spreads numbers of files over all numbers that a name can bear (2^32 divided by the golden ratio, Knuth,
/// *The Art of Computer Programming* 3, §6.4).
const SPREAD: u32 = 2_654_435_769;

/// Returns the key of a name of a member.
pub(in super::super) fn key(owner: UserId, name: &FileName) -> (UserId, TextKey) {
    (owner, TextKey::new(&name.key()))
}

/// Returns the member's file of a name, in any spelling.
pub(super) fn holder(
    reader: &impl Read,
    owner: UserId,
    name: &FileName,
) -> Result<Option<FileRecord>, StoreError> {
    match reader.get(FILE_NAMES, &key(owner, name))? {
        Some(id) => reader.get(FILES, &id),
        None => Ok(None),
    }
}

/// What a file is to be called.
pub(super) struct NewName<'a> {
    pub(super) file_name: &'a FileName,
    pub(super) same_name: SameName,
}

/// Renames a file.
pub(super) fn rename(
    draft: &mut Draft<'_>,
    user: UserId,
    id: FileId,
    new: &NewName<'_>,
    at_unix_ms: u64,
) -> Result<Applied, Stop> {
    let file = own(draft, user, id)?;
    if file.is_trashed() {
        return Err(Refusal::NoSuchFile.into());
    }
    let mut tally = Tally::default();
    let file_name = match place(draft, user, id, new.file_name, new.same_name)? {
        Place::Free(file_name) => file_name,
        Place::InsteadOf(other) => {
            trash::put_away(draft, other, at_unix_ms, &mut tally)?;
            new.file_name.clone()
        }
    };
    if file_name == file.file_name {
        return Ok(Tally::of(file).applied());
    }
    leave(draft, &file);
    let file = FileRecord { file_name, ..file };
    take(draft, &file)?;
    draft.put(FILES, &id, &file)?;
    shares::touch_all(draft, &file, &mut tally)?;
    tally.file = Some(file);
    Ok(tally.applied())
}

/// Where a name may be put.
pub(super) enum Place {
    /// Nobody has it.
    Free(FileName),
    /// In the place of another file.
    InsteadOf(FileRecord),
}

/// Returns where the name of a file may be put. What the file itself is called now counts as free.
pub(super) fn place(
    reader: &impl Read,
    owner: UserId,
    file: FileId,
    name: &FileName,
    same_name: SameName,
) -> Result<Place, Stop> {
    let Some(other) = holder(reader, owner, name)?.filter(|other| other.id != file) else {
        return Ok(Place::Free(name.clone()));
    };
    match same_name {
        SameName::Ask => Err(taken_by(&other).into()),
        SameName::Replace => Ok(Place::InsteadOf(other)),
        SameName::KeepBoth => Ok(Place::Free(numbered(reader, owner, file, name)?)),
    }
}

/// Says who has a name.
pub(super) fn taken_by(other: &FileRecord) -> Refusal {
    let FileRecord { id, size_bytes, changed_unix_ms, .. } = *other;
    Refusal::NameTaken { file: id, size_bytes, changed_unix_ms }
}

/// Returns the name if nobody has it, else with a number behind it that nobody has.
pub(super) fn free(
    reader: &impl Read,
    owner: UserId,
    file: FileId,
    name: &FileName,
) -> Result<FileName, StoreError> {
    if is_free(reader, owner, file, name)? { Ok(name.clone()) } else { numbered(reader, owner, file, name) }
}

/// Returns the name with a number behind it that nobody has. Where numbers are taken without gaps it is the next
/// one, found in few steps however many they are.
fn numbered(
    reader: &impl Read,
    owner: UserId,
    file: FileId,
    name: &FileName,
) -> Result<FileName, StoreError> {
    let is_free = |number| is_free(reader, owner, file, &name.numbered(number));
    for number in 2..=TRIED_ONE_BY_ONE {
        if is_free(number)? {
            return Ok(name.numbered(number));
        }
    }
    let mut taken = TRIED_ONE_BY_ONE;
    while let Some(next) = taken.checked_mul(2) {
        if is_free(next)? {
            return Ok(name.numbered(first_free(taken, next, is_free)?));
        }
        taken = next;
    }
    // Somebody has named files so that every step meets one. The number of a file is not theirs to choose.
    let file = u32::try_from(file.0 % (1 << u32::BITS)).unwrap_or_default();
    let mut number = file.wrapping_mul(SPREAD);
    while !is_free(number)? {
        number = number.wrapping_add(1);
    }
    Ok(name.numbered(number))
}

/// Halves the gap between a number that is taken and a free one until they are next to each other; returns the
/// free one.
fn first_free(
    mut taken: u32,
    mut free: u32,
    is_free: impl Fn(u32) -> Result<bool, StoreError>,
) -> Result<u32, StoreError> {
    while free - taken > 1 {
        let middle = taken + (free - taken) / 2;
        if is_free(middle)? {
            free = middle;
        } else {
            taken = middle;
        }
    }
    Ok(free)
}

fn is_free(reader: &impl Read, owner: UserId, file: FileId, name: &FileName) -> Result<bool, StoreError> {
    Ok(reader.get(FILE_NAMES, &key(owner, name))?.is_none_or(|other| other == file))
}

/// Notes whose name it is.
pub(super) fn take(draft: &mut Draft<'_>, file: &FileRecord) -> Result<(), Stop> {
    draft.put(FILE_NAMES, &key(file.owner, &file.file_name), &file.id)
}

/// Notes that the file has its name no more.
pub(super) fn leave(draft: &mut Draft<'_>, file: &FileRecord) {
    draft.remove(FILE_NAMES, &key(file.owner, &file.file_name));
}

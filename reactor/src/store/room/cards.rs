//! Cards: files and tracks that posts show, and files of one's own made of them.
//!
//! This file does not know where contents lie, nor the library.

use parlour_common::message::{ConversationId, PostId, SameName};

use super::super::change::{Applied, Refusal, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::files::{self, Keep};
use super::super::tables::UserId;
use super::change::{NewCard, NewPost};
use super::posts::{self, Open};
use super::records::{CardRecord, Shown};
use super::say::active;

/// Makes the card of a new post. A file's contents get one more record, and no byte is copied.
pub(super) fn show(
    draft: &mut Draft<'_>,
    open: &Open,
    post: PostId,
    new: &NewPost,
    card: &NewCard,
) -> Result<Shown, Stop> {
    let file = match card {
        NewCard::File(file) => files::readable(draft, new.author, *file)?.ok_or(Refusal::NoSuchFile)?,
        NewCard::Track(card) => return Ok(Shown::Other(card.clone())),
        NewCard::NoTrack => return Err(Refusal::NoSuchTrack.into()),
    };
    if let Some(bytes_max) = new.cards_bytes_max {
        let left_bytes = bytes_max.saturating_sub(posts::cards_bytes(draft)?);
        if file.size_bytes > left_bytes {
            return Err(Refusal::CardsFull { left_bytes }.into());
        }
    }
    files::link(draft, file.blob)?;
    let card = CardRecord {
        blob: file.blob,
        file_name: file.file_name,
        size_bytes: file.size_bytes,
        sha256: file.sha256,
    };
    open.add_card(draft, post, new.author, &card)?;
    Ok(Shown::File(card))
}

/// What is to become of a card that somebody keeps.
pub(super) struct KeepAs {
    pub(super) same_name: SameName,
    pub(super) at_unix_ms: u64,
    pub(super) standard_quota_bytes: Option<u64>,
}

/// Makes a file of one's own of the card of a post.
pub(super) fn keep(
    draft: &mut Draft<'_>,
    user: UserId,
    (conversation, post): (ConversationId, PostId),
    keep_as: &KeepAs,
) -> Result<Applied, Stop> {
    let account = active(draft, user)?;
    let card = find(draft, user, conversation, post)?;
    let KeepAs { same_name, at_unix_ms, standard_quota_bytes } = *keep_as;
    let CardRecord { blob, file_name, size_bytes, sha256 } = card;
    let keep = Keep { blob, file_name, size_bytes, sha256, same_name, at_unix_ms, standard_quota_bytes };
    files::keep(draft, &account, keep)
}

/// Returns the file that a post shows.
pub(super) fn find(
    reader: &impl Read,
    user: UserId,
    conversation: ConversationId,
    post: PostId,
) -> Result<CardRecord, Stop> {
    let record = Open::of(reader, user, conversation)?.post(reader, post)?;
    match record.card {
        Some(Shown::File(card)) => Ok(card),
        _ => Err(Refusal::NoSuchCard.into()),
    }
}

//! Seats that are taken, conversations that are opened, and how far they were read.
//!
//! This file does not know who is there just now.

use std::ops::Bound::Included;

use parlour_common::message::{ConversationId, PostId};

use super::super::change::{Applied, Refusal, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::tables::{
    CONVERSATIONS, CONVERSATIONS_OF, DIRECT, Key, MENTIONS, Newest, READ_UP_TO, SEATS, USERS, UserId,
};
use super::POSTS_PER_STEP_MAX;
use super::change::RoomOutcome;
use super::posts::Open;
use super::records::{ConversationRecord, SeatRecord};
use super::say::active;

/// The counter in `meta` that holds the highest number of a conversation given so far.
pub(in super::super) const LAST_CONVERSATION_KEY: &str = "last_conversation";

/// Takes a seat.
pub(super) fn take(draft: &mut Draft<'_>, user: UserId, at_unix_ms: u64) -> Result<Applied, Stop> {
    active(draft, user)?;
    let is_new = !draft.has(SEATS, &user)?;
    if is_new {
        draft.put(SEATS, &user, &SeatRecord { since_unix_ms: at_unix_ms })?;
    }
    Ok(RoomOutcome::news(is_new).into())
}

/// Gives a seat up.
pub(super) fn leave(draft: &mut Draft<'_>, user: UserId) -> Result<Applied, Stop> {
    let was_taken = draft.has(SEATS, &user)?;
    if was_taken {
        draft.remove(SEATS, &user);
    }
    Ok(RoomOutcome::news(was_taken).into())
}

/// Opens the conversation of two, or finds it.
pub(super) fn open_direct(draft: &mut Draft<'_>, user: UserId, with: UserId) -> Result<Applied, Stop> {
    active(draft, user)?;
    if user == with || !draft.has(USERS, &with)? {
        return Err(Refusal::NoSuchUser.into());
    }
    let (one, other) = (user.min(with), user.max(with));
    if let Some(found) = draft.get(DIRECT, &(one, other))? {
        return Ok(Applied::Conversation(found));
    }
    let id = ConversationId(draft.count_up(LAST_CONVERSATION_KEY)?);
    let record = ConversationRecord::new(Some([one, other]));
    draft.put(DIRECT, &(one, other), &id)?;
    for member in [one, other] {
        draft.put(CONVERSATIONS_OF, &(member, (Newest(record.last_unix_ms), id)), &())?;
    }
    draft.put(CONVERSATIONS, &id, &record)?;
    Ok(Applied::Conversation(id))
}

/// Notes up to which post somebody has read. Mentions up to it have served; those that are too many for one change
/// go with a later one, and are not counted any more.
pub(super) fn mark_read(
    draft: &mut Draft<'_>,
    user: UserId,
    (conversation, post): (ConversationId, PostId),
) -> Result<Applied, Stop> {
    active(draft, user)?;
    let open = Open::of(draft, user, conversation)?;
    if post > open.record.last {
        return Err(Refusal::NoSuchPost.into());
    }
    let former = draft.get(READ_UP_TO, &(user, conversation))?.unwrap_or(PostId(0));
    let news = post > former;
    if news {
        draft.put(READ_UP_TO, &(user, conversation), &post)?;
        let from = Included((user, (conversation, PostId(0))).to_bytes());
        for row in draft.engine().records(MENTIONS, from).take(POSTS_PER_STEP_MAX) {
            let (key, ()) = row?;
            if (key.0, key.1.0) != (user, conversation) || key.1.1 > post {
                break;
            }
            draft.remove(MENTIONS, &key);
        }
    }
    Ok(RoomOutcome { members: open.record.members, ..RoomOutcome::news(news) }.into())
}

//! How posts go: by their age, and with the account of who said them or of the last who could read them.
//!
//! This file does not know for how long posts are kept, nor who makes the next step.

use std::ops::Bound::{Included, Unbounded};

use parlour_common::message::{ConversationId, PostId};

use super::super::change::{Applied, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::files::{Budget, Tally};
use super::super::tables::{
    CARDS_OF, CONVERSATIONS, CONVERSATIONS_BY_AGE, CONVERSATIONS_OF, DIRECT, Key, MENTIONS, Newest,
    READ_UP_TO, SEATS, USERS, UserId,
};
use super::POSTS_PER_STEP_MAX;
use super::change::RoomOutcome;
use super::posts::{GONE, Open};
use super::records::PostRecord;

/// The rows of the index of words after which one change takes no further post: each is more to write.
const WORDS_PER_STEP_MAX: usize = 8192;

/// Forgets posts that were said before a time, as many as one change may.
pub(super) fn sweep(draft: &mut Draft<'_>, before_unix_ms: u64) -> Result<Applied, Stop> {
    let (mut posts, mut words, mut tally) = (0, 0, Tally::default());
    let mut more = false;
    for row in draft.engine().records(CONVERSATIONS_BY_AGE, Unbounded) {
        let ((since_unix_ms, id), ()) = row?;
        if since_unix_ms >= before_unix_ms {
            break;
        }
        if posts >= POSTS_PER_STEP_MAX || words >= WORDS_PER_STEP_MAX {
            more = true;
            break;
        }
        let mut open = Open::any(draft, id)?;
        while open.record.first <= open.record.last && open.record.first_unix_ms < before_unix_ms {
            if posts >= POSTS_PER_STEP_MAX || words >= WORDS_PER_STEP_MAX {
                more = true;
                break;
            }
            words += open.forget_oldest(draft, &mut tally)?;
            posts += 1;
        }
        open.keep(draft)?;
    }
    Ok(RoomOutcome { more, doomed: tally.doomed, ..RoomOutcome::news(posts > 0) }.into())
}

/// Takes an account that is being deleted out of the room.
pub(in super::super) fn leave_room(draft: &mut Draft<'_>, user: UserId) {
    draft.remove(SEATS, &user);
    draft.remove(READ_UP_TO, &(user, ConversationId::ROOM));
}

/// Gives what a deleted account left behind its fate, as far as the budget goes. Returns whether nothing is left.
pub(in super::super) fn settle(
    draft: &mut Draft<'_>,
    user: UserId,
    removes_cards: bool,
    budget: &mut Budget,
    tally: &mut Tally,
) -> Result<bool, Stop> {
    Ok((!removes_cards || drop_cards(draft, user, budget, tally)?)
        && drop_mentions(draft, user, budget)?
        && leave_conversations(draft, user, budget, tally)?)
}

/// Takes the files from the posts that show them. Returns whether none is left.
fn drop_cards(
    draft: &mut Draft<'_>,
    user: UserId,
    budget: &mut Budget,
    tally: &mut Tally,
) -> Result<bool, Stop> {
    let from = Included((user, (ConversationId(0), PostId(0))).to_bytes());
    for row in draft.engine().records(CARDS_OF, from) {
        let ((author, (id, post)), ()) = row?;
        if author != user {
            break;
        }
        if !budget.take(0) {
            return Ok(false);
        }
        let mut open = Open::any(draft, id)?;
        let former = open.post(draft, post)?;
        open.drop_card(draft, post, &former, tally)?;
        let mut record = PostRecord { card: Some(GONE), ..former.clone() };
        open.write(draft, post, Some(&former), &mut record)?;
        tally.posts.push((record.into_post(id, post), open.record.members));
        open.keep(draft)?;
    }
    Ok(true)
}

/// Forgets what mentions the account. Returns whether nothing is left.
fn drop_mentions(draft: &mut Draft<'_>, user: UserId, budget: &mut Budget) -> Result<bool, Stop> {
    let from = Included((user, (ConversationId(0), PostId(0))).to_bytes());
    for row in draft.engine().records(MENTIONS, from) {
        let (key, ()) = row?;
        if key.0 != user {
            break;
        }
        if !budget.take(0) {
            return Ok(false);
        }
        draft.remove(MENTIONS, &key);
    }
    Ok(true)
}

/// Leaves the conversations of two. One that nobody can read any more goes. Returns whether none is left.
fn leave_conversations(
    draft: &mut Draft<'_>,
    user: UserId,
    budget: &mut Budget,
    tally: &mut Tally,
) -> Result<bool, Stop> {
    let from = Included((user, (Newest(u64::MAX), ConversationId(0))).to_bytes());
    for row in draft.engine().records(CONVERSATIONS_OF, from) {
        let (key, ()) = row?;
        if key.0 != user {
            break;
        }
        if !budget.take(0) {
            return Ok(false);
        }
        let id = key.1.1;
        if let Some(record) = draft.get(CONVERSATIONS, &id)?
            && let Some(other) = record.other(user)
            && !draft.has(USERS, &other)?
            && !bury(draft, Open { id, record }, budget, tally)?
        {
            return Ok(false);
        }
        draft.remove(CONVERSATIONS_OF, &key);
        draft.remove(READ_UP_TO, &(user, id));
    }
    Ok(true)
}

/// Forgets a conversation of two whose members are no more. Returns whether it is gone.
fn bury(draft: &mut Draft<'_>, mut open: Open, budget: &mut Budget, tally: &mut Tally) -> Result<bool, Stop> {
    while open.record.first <= open.record.last {
        if !budget.take(0) {
            open.keep(draft)?;
            return Ok(false);
        }
        open.forget_oldest(draft, tally)?;
    }
    draft.remove(CONVERSATIONS, &open.id);
    if let Some([one, other]) = open.record.members {
        draft.remove(DIRECT, &(one, other));
        for member in [one, other] {
            draft.remove(CONVERSATIONS_OF, &(member, (Newest(open.record.last_unix_ms), open.id)));
            draft.remove(READ_UP_TO, &(member, open.id));
        }
    }
    Ok(true)
}

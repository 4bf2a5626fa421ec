//! Saying something, and changing or deleting what one said.
//!
//! This file does not know what a text may be, nor who has a seat; the rooms above see to that.

use parlour_common::limits::EXCERPT_BYTES_MAX;
use parlour_common::message::{Card, ConversationId, PostId, Quote, Revision};

use super::super::change::{Applied, Refusal, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::files::Tally;
use super::super::tables::{CONVERSATIONS_BY_AGE, CONVERSATIONS_OF, Newest, SAID, USERS, UserId};
use super::super::users::UserRecord;
use super::cards;
use super::change::{NewPost, RoomOutcome};
use super::posts::Open;
use super::records::{ConversationRecord, PostRecord, Shown};

/// Returns an account that its owner may use: it may have been deleted or disabled since they asked.
pub(super) fn active(reader: &impl Read, user: UserId) -> Result<UserRecord, Stop> {
    let account = reader.get(USERS, &user)?.filter(UserRecord::is_active);
    Ok(account.ok_or(Refusal::NotActive)?)
}

/// Says something.
pub(super) fn say(draft: &mut Draft<'_>, new: &NewPost) -> Result<Applied, Stop> {
    if let Some((conversation, post)) = draft.get(SAID, &(new.author, new.key))? {
        let open = Open::of(draft, new.author, conversation)?;
        let record = open.post(draft, post)?;
        return Ok(outcome(&open, post, record, false, Vec::new()).into());
    }
    let author = active(draft, new.author)?;
    let mut open = Open::of(draft, author.id, new.conversation)?;
    expect_other(draft, &open.record, author.id)?;
    if new.text.is_empty() && new.card.is_none() {
        return Err(Refusal::NothingSaid.into());
    }
    let reply_to = new.reply_to.map(|post| quote(draft, &open, post)).transpose()?;
    let post = PostId(open.record.last.0 + 1);
    let card = match &new.card {
        Some(card) => Some(cards::show(draft, &open, post, new, card)?),
        None => None,
    };
    let mut record = PostRecord {
        author: author.id,
        author_name: author.user_name,
        key: new.key,
        revision: Revision(0),
        said_unix_ms: new.at_unix_ms,
        text: new.text.clone(),
        mentions: Vec::new(),
        reply_to,
        card,
        edited_unix_ms: None,
        deleted_unix_ms: None,
    };
    let mentioned = open.write(draft, post, None, &mut record)?;
    draft.put(SAID, &(author.id, new.key), &(open.id, post))?;
    go_on(draft, &mut open, post, new.at_unix_ms)?;
    let outcome = outcome(&open, post, record, true, mentioned);
    open.keep(draft)?;
    Ok(outcome.into())
}

/// Notes the newest post of a conversation.
fn go_on(draft: &mut Draft<'_>, open: &mut Open, post: PostId, at_unix_ms: u64) -> Result<(), Stop> {
    let id = open.id;
    if open.record.first == post {
        open.record.first_unix_ms = at_unix_ms;
        draft.put(CONVERSATIONS_BY_AGE, &(at_unix_ms, id), &())?;
    }
    for member in open.record.members.iter().flatten() {
        draft.remove(CONVERSATIONS_OF, &(*member, (Newest(open.record.last_unix_ms), id)));
        draft.put(CONVERSATIONS_OF, &(*member, (Newest(at_unix_ms), id)), &())?;
    }
    open.record.last = post;
    open.record.last_unix_ms = at_unix_ms;
    Ok(())
}

/// Asserts that a conversation of two still is one: to a deleted account nothing can be said.
fn expect_other(reader: &impl Read, record: &ConversationRecord, user: UserId) -> Result<(), Stop> {
    match record.other(user) {
        Some(other) if !reader.has(USERS, &other)? => Err(Refusal::Departed.into()),
        _ => Ok(()),
    }
}

/// Returns how a post begins that is replied to.
fn quote(reader: &impl Read, open: &Open, post: PostId) -> Result<Quote, Stop> {
    let record = open.post(reader, post)?;
    if record.is_deleted() {
        return Err(Refusal::NoSuchPost.into());
    }
    let text = match &record.card {
        Some(Shown::File(card)) if record.text.is_empty() => card.file_name.as_str(),
        Some(Shown::Other(Card::Track { title, .. })) if record.text.is_empty() => title,
        _ => &record.text,
    };
    let excerpt = text[..text.floor_char_boundary(EXCERPT_BYTES_MAX)].trim_end().to_owned();
    Ok(Quote { post, author: record.author_name, excerpt })
}

/// Returns a post of one's own.
fn own(reader: &impl Read, author: UserId, open: &Open, post: PostId) -> Result<PostRecord, Stop> {
    let record = open.post(reader, post)?;
    if record.author == author { Ok(record) } else { Err(Refusal::NotAuthor.into()) }
}

/// Changes the text of a post.
pub(super) fn edit(
    draft: &mut Draft<'_>,
    author: UserId,
    (conversation, post): (ConversationId, PostId),
    text: &str,
    at_unix_ms: u64,
) -> Result<Applied, Stop> {
    active(draft, author)?;
    let mut open = Open::of(draft, author, conversation)?;
    let former = own(draft, author, &open, post)?;
    if former.is_deleted() {
        return Err(Refusal::NoSuchPost.into());
    }
    expect_other(draft, &open.record, author)?;
    if former.text == text {
        return Ok(outcome(&open, post, former, false, Vec::new()).into());
    }
    if text.is_empty() && former.card.is_none() {
        return Err(Refusal::NothingSaid.into());
    }
    let mut record = PostRecord { text: text.to_owned(), edited_unix_ms: Some(at_unix_ms), ..former.clone() };
    let mentioned = open.write(draft, post, Some(&former), &mut record)?;
    let outcome = outcome(&open, post, record, true, mentioned);
    open.keep(draft)?;
    Ok(outcome.into())
}

/// Deletes a post: its number, author and time stay.
pub(super) fn delete(
    draft: &mut Draft<'_>,
    author: UserId,
    (conversation, post): (ConversationId, PostId),
    at_unix_ms: u64,
) -> Result<Applied, Stop> {
    active(draft, author)?;
    let mut open = Open::of(draft, author, conversation)?;
    let former = own(draft, author, &open, post)?;
    if former.is_deleted() {
        return Ok(outcome(&open, post, former, false, Vec::new()).into());
    }
    let mut tally = Tally::default();
    open.drop_card(draft, post, &former, &mut tally)?;
    let mut record = PostRecord {
        text: String::new(),
        reply_to: None,
        card: None,
        edited_unix_ms: None,
        deleted_unix_ms: Some(at_unix_ms),
        ..former.clone()
    };
    open.write(draft, post, Some(&former), &mut record)?;
    let outcome = RoomOutcome { doomed: tally.doomed, ..outcome(&open, post, record, true, Vec::new()) };
    open.keep(draft)?;
    Ok(outcome.into())
}

fn outcome(open: &Open, post: PostId, record: PostRecord, news: bool, mentioned: Vec<UserId>) -> RoomOutcome {
    RoomOutcome {
        post: Some(record.into_post(open.id, post)),
        members: open.record.members,
        news,
        mentioned,
        ..RoomOutcome::default()
    }
}

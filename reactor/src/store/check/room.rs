//! Seats, conversations, posts, cards and marks: each record against each of its indexes and counters.
//!
//! This file does not know what was said, but for which words it has.

use std::collections::BTreeMap;
use std::ops::Bound::{Included, Unbounded};

use parlour_common::message::{ConversationId, PostId, Revision};

use super::super::engine::{Engine, Read};
use super::super::error::StoreError;
use super::super::files::{BlobId, BlobRecord};
use super::super::room::{
    CARDS_BYTES_KEY, CardRecord, ConversationRecord, LAST_CONVERSATION_KEY, PostRecord, Shown, WordKey, Words,
};
use super::super::tables::{
    CARDS_OF, CONVERSATIONS, CONVERSATIONS_BY_AGE, CONVERSATIONS_OF, DEPARTED, DIRECT, Key, MENTIONS, META,
    Newest, POST_CHANGES, POSTS, READ_UP_TO, SAID, SEATS, TextKey, UNSETTLED, USERS, UserId, WORDS,
};

/// What the posts come to, to be compared with what is noted.
#[derive(Default)]
struct Sums {
    posts: u64,
    words: u64,
    file_cards: u64,
    cards_bytes: u64,
}

/// Notes a sentence for each disagreement, and adds the cards to what contents are used for.
pub(super) fn check(
    engine: &Engine,
    blobs: &mut BTreeMap<BlobId, BlobRecord>,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut sums = Sums::default();
    check_conversations(engine, faults)?;
    for row in engine.records(POSTS, Unbounded) {
        let ((id, post), record) = row?;
        check_post(engine, (id, post), &record, faults)?;
        check_words(engine, (id, post), &record, &mut sums, faults)?;
        check_mentioned(engine, (id, post), &record, faults)?;
        if let Some(Shown::File(card)) = &record.card {
            count_card(card, &mut sums, blobs, faults);
            if !engine.has(CARDS_OF, &(record.author, (id, post)))? {
                faults.push(format!("{} is not in {}", named(id, post), CARDS_OF.name));
            }
        }
        sums.posts += 1;
    }
    check_sums(engine, &sums, faults)?;
    check_mentions(engine, faults)?;
    check_people(engine, faults)
}

fn named(id: ConversationId, post: PostId) -> String {
    format!("post {} of conversation {}", post.0, id.0)
}

/// Tells whether an account is there, or was deleted and is not yet settled.
fn is_known(engine: &Engine, user: UserId) -> Result<bool, StoreError> {
    Ok(engine.has(USERS, &user)? || engine.has(UNSETTLED, &user)?)
}

fn check_conversations(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let last = engine.get(META, &TextKey::new(LAST_CONVERSATION_KEY))?.unwrap_or(0);
    for row in engine.records(CONVERSATIONS, Unbounded) {
        let (id, record) = row?;
        if id.0 > last {
            faults.push(format!("conversation {} is beyond the last number, {last}", id.0));
        }
        check_members(engine, id, &record, faults)?;
        check_range(engine, id, &record, faults)?;
    }
    for row in engine.records(DIRECT, Unbounded) {
        let ((one, other), id) = row?;
        let members = engine.get(CONVERSATIONS, &id)?.and_then(|record| record.members);
        if members != Some([one, other]) || one >= other {
            faults.push(format!("{} has conversation {} in vain", DIRECT.name, id.0));
        }
    }
    for row in engine.records(CONVERSATIONS_OF, Unbounded) {
        let ((user, (Newest(last_unix_ms), id)), ()) = row?;
        let record = engine.get(CONVERSATIONS, &id)?;
        let fits = |record: ConversationRecord| {
            record.last_unix_ms == last_unix_ms
                && record.members.is_some_and(|members| members.contains(&user))
        };
        if !record.is_some_and(fits) || !is_known(engine, user)? {
            faults.push(format!("{} has conversation {} in vain", CONVERSATIONS_OF.name, id.0));
        }
    }
    for row in engine.records(CONVERSATIONS_BY_AGE, Unbounded) {
        let ((since_unix_ms, id), ()) = row?;
        let record = engine.get(CONVERSATIONS, &id)?.filter(|record| record.first <= record.last);
        if record.is_none_or(|record| record.first_unix_ms != since_unix_ms) {
            faults.push(format!("{} has conversation {} in vain", CONVERSATIONS_BY_AGE.name, id.0));
        }
    }
    Ok(())
}

fn check_members(
    engine: &Engine,
    id: ConversationId,
    record: &ConversationRecord,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    if record.members.is_none() != (id == ConversationId::ROOM) {
        faults.push(format!("conversation {} has members as it should not", id.0));
    }
    let Some([one, other]) = record.members else { return Ok(()) };
    if engine.get(DIRECT, &(one, other))? != Some(id) {
        faults.push(format!("conversation {} is not in {}", id.0, DIRECT.name));
    }
    for member in [one, other] {
        let is_user = engine.has(USERS, &member)?;
        if is_user && !engine.has(CONVERSATIONS_OF, &(member, (Newest(record.last_unix_ms), id)))? {
            faults.push(format!("conversation {} is not in {}", id.0, CONVERSATIONS_OF.name));
        }
        if !is_user && !engine.has(DEPARTED, &member)? {
            faults.push(format!("conversation {} is of user {}, who is not there", id.0, member.0));
        }
    }
    Ok(())
}

/// Compares a conversation with its posts: without gaps, each at its change.
fn check_range(
    engine: &Engine,
    id: ConversationId,
    record: &ConversationRecord,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    let mut next = record.first;
    for row in engine.records(POSTS, Included((id, PostId(0)).to_bytes())) {
        let ((of, post), found) = row?;
        if of != id {
            break;
        }
        if post != next {
            faults.push(format!("{} stands where {} should", named(id, post), next.0));
        }
        if post == record.first && found.said_unix_ms != record.first_unix_ms {
            faults.push(format!("{} is older or younger than noted", named(id, post)));
        }
        if post == record.last && found.said_unix_ms != record.last_unix_ms {
            faults.push(format!("{} is not as new as noted", named(id, post)));
        }
        next = PostId(post.0 + 1);
    }
    if next.0 != record.last.0 + 1 {
        faults.push(format!("conversation {} notes {} as its last post", id.0, record.last.0));
    }
    if record.first <= record.last && !engine.has(CONVERSATIONS_BY_AGE, &(record.first_unix_ms, id))? {
        faults.push(format!("conversation {} is not in {}", id.0, CONVERSATIONS_BY_AGE.name));
    }
    Ok(())
}

fn check_post(
    engine: &Engine,
    (id, post): (ConversationId, PostId),
    record: &PostRecord,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    let revision = engine.get(CONVERSATIONS, &id)?.map(|conversation| conversation.revision);
    if revision.is_none_or(|revision| record.revision > revision || record.revision == Revision(0)) {
        faults.push(format!("{} has a state that its conversation had not", named(id, post)));
    }
    if engine.get(POST_CHANGES, &(id, record.revision))? != Some(post) {
        faults.push(format!("{} is not in {}", named(id, post), POST_CHANGES.name));
    }
    if engine.get(SAID, &(record.author, record.key))? != Some((id, post)) {
        faults.push(format!("{} is not in {}", named(id, post), SAID.name));
    }
    let is_empty = record.text.is_empty() && record.card.is_none();
    if is_empty != record.is_deleted()
        || (record.is_deleted() && (record.reply_to.is_some() || !record.mentions.is_empty()))
    {
        faults.push(format!("{} is deleted as it should not be, or the other way round", named(id, post)));
    }
    Ok(())
}

/// Looks for the words of a post in the index. As many rows are there as there are words, so none is there in vain.
fn check_words(
    engine: &Engine,
    (conversation, post): (ConversationId, PostId),
    record: &PostRecord,
    sums: &mut Sums,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    for word in Words::of(record).index {
        sums.words += 1;
        if !engine.has(WORDS, &WordKey { conversation, word, post })? {
            faults.push(format!("a word of {} is not in {}", named(conversation, post), WORDS.name));
        }
    }
    Ok(())
}

fn count_card(
    card: &CardRecord,
    sums: &mut Sums,
    blobs: &mut BTreeMap<BlobId, BlobRecord>,
    faults: &mut Vec<String>,
) {
    sums.file_cards += 1;
    sums.cards_bytes += card.size_bytes;
    let CardRecord { blob, size_bytes, sha256, .. } = *card;
    let record = blobs.entry(blob).or_insert(BlobRecord { size_bytes, sha256, links: 0 });
    record.links += 1;
    if (record.size_bytes, record.sha256) != (size_bytes, sha256) {
        faults.push(format!("a card has contents {} as others have not", blob.0));
    }
}

fn check_sums(engine: &Engine, sums: &Sums, faults: &mut Vec<String>) -> Result<(), StoreError> {
    let rows = [
        (POST_CHANGES.name, sums.posts),
        (SAID.name, sums.posts),
        (WORDS.name, sums.words),
        (CARDS_OF.name, sums.file_cards),
    ];
    for (table, expected) in rows {
        let mut found = 0;
        for row in engine.rows(table, Unbounded) {
            row?;
            found += 1;
        }
        if found != expected {
            faults.push(format!("{table} has {found} rows, and posts need {expected}"));
        }
    }
    let noted = engine.get(META, &TextKey::new(CARDS_BYTES_KEY))?.unwrap_or(0);
    if noted != sums.cards_bytes {
        faults.push(format!("{noted} bytes of cards are noted, and there are {}", sums.cards_bytes));
    }
    Ok(())
}

fn check_mentions(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for row in engine.records(MENTIONS, Unbounded) {
        let ((user, (id, post)), ()) = row?;
        let record = engine.get(POSTS, &(id, post))?;
        let is_mentioned = record.is_some_and(|record| record.mentions.contains(&user));
        let is_due = if is_mentioned { is_known(engine, user)? } else { engine.has(UNSETTLED, &user)? };
        if !is_due {
            faults.push(format!("{} has {} for user {} in vain", MENTIONS.name, named(id, post), user.0));
        }
    }
    Ok(())
}

/// Looks for the mentions of a post: whoever has not read it is to be told.
fn check_mentioned(
    engine: &Engine,
    (id, post): (ConversationId, PostId),
    record: &PostRecord,
    faults: &mut Vec<String>,
) -> Result<(), StoreError> {
    for user in &record.mentions {
        let is_unread = engine.get(READ_UP_TO, &(*user, id))?.is_none_or(|read| read < post);
        if is_unread && engine.has(USERS, user)? && !engine.has(MENTIONS, &(*user, (id, post)))? {
            faults.push(format!("{} mentions user {}, and it is not noted", named(id, post), user.0));
        }
    }
    Ok(())
}

fn check_people(engine: &Engine, faults: &mut Vec<String>) -> Result<(), StoreError> {
    for row in engine.records(SEATS, Unbounded) {
        let (user, _) = row?;
        if engine.get(USERS, &user)?.is_none_or(|account| !account.is_active()) {
            faults.push(format!("user {} has a seat, and may not use the account", user.0));
        }
    }
    for row in engine.records(READ_UP_TO, Unbounded) {
        let ((user, id), post) = row?;
        let record = engine.get(CONVERSATIONS, &id)?;
        if record.is_none_or(|record| post > record.last || !record.may_read(user))
            || !is_known(engine, user)?
        {
            faults.push(format!("user {} has read what is not there, in conversation {}", user.0, id.0));
        }
    }
    Ok(())
}

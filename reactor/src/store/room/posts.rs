//! The books of posts: a conversation, its posts, and every index by which they are found, kept together.
//!
//! This file does not know why a post is written, nor who may.

use std::collections::BTreeSet;

use parlour_common::message::{Card, ConversationId, PostId, Revision};
use parlour_common::names::mentions;

use super::super::change::{Refusal, Stop};
use super::super::draft::Draft;
use super::super::engine::Read;
use super::super::error::StoreError;
use super::super::files::{self, Tally};
use super::super::tables::{
    CARDS_OF, CONVERSATIONS, CONVERSATIONS_BY_AGE, MENTIONS, META, NAMES, POST_CHANGES, POSTS, READ_UP_TO,
    SAID, TextKey, UserId, WORDS,
};
use super::records::{CardRecord, ConversationRecord, PostRecord, Shown};
use super::words::{WordKey, Words};

/// The counter in `meta` of the bytes that cards take.
pub(in super::super) const CARDS_BYTES_KEY: &str = "cards_bytes";

/// Returns a conversation. The room is always there.
pub(super) fn conversation(
    reader: &impl Read,
    id: ConversationId,
) -> Result<Option<ConversationRecord>, StoreError> {
    let found = reader.get(CONVERSATIONS, &id)?;
    Ok(found.or_else(|| (id == ConversationId::ROOM).then(|| ConversationRecord::new(None))))
}

/// A conversation that a change is about, to be written back by [`Open::keep`].
pub(super) struct Open {
    pub(super) id: ConversationId,
    pub(super) record: ConversationRecord,
}

impl Open {
    /// Opens a conversation, no matter whose.
    pub(super) fn any(reader: &impl Read, id: ConversationId) -> Result<Self, Stop> {
        let record = conversation(reader, id)?.ok_or(Refusal::NoSuchConversation)?;
        Ok(Self { id, record })
    }

    /// Opens a conversation that a member may read.
    pub(super) fn of(reader: &impl Read, user: UserId, id: ConversationId) -> Result<Self, Stop> {
        let open = Self::any(reader, id)?;
        if open.record.may_read(user) { Ok(open) } else { Err(Refusal::NoSuchConversation.into()) }
    }

    /// Returns a post, a deleted one too.
    pub(super) fn post(&self, reader: &impl Read, post: PostId) -> Result<PostRecord, Stop> {
        Ok(reader.get(POSTS, &(self.id, post))?.ok_or(Refusal::NoSuchPost)?)
    }

    /// Writes a post, new or in place of what it was: the state of the conversation goes on by one. Returns whom it
    /// mentions that it did not mention before.
    pub(super) fn write(
        &mut self,
        draft: &mut Draft<'_>,
        post: PostId,
        former: Option<&PostRecord>,
        record: &mut PostRecord,
    ) -> Result<Vec<UserId>, Stop> {
        if let Some(former) = former {
            draft.remove(POST_CHANGES, &(self.id, former.revision));
        }
        self.record.revision = Revision(self.record.revision.0 + 1);
        record.revision = self.record.revision;
        record.mentions = self.mentioned(draft, record)?;
        draft.put(POST_CHANGES, &(self.id, record.revision), &post)?;
        draft.put(POSTS, &(self.id, post), record)?;
        self.index(draft, post, former, Some(record))?;
        self.mention(draft, post, former, record)
    }

    /// Forgets the oldest post, and every trace of it. Returns how many rows of the index that was.
    pub(super) fn forget_oldest(&mut self, draft: &mut Draft<'_>, tally: &mut Tally) -> Result<usize, Stop> {
        let post = self.record.first;
        let mut rows = 0;
        if let Some(record) = draft.get(POSTS, &(self.id, post))? {
            draft.remove(POSTS, &(self.id, post));
            draft.remove(POST_CHANGES, &(self.id, record.revision));
            draft.remove(SAID, &(record.author, record.key));
            rows = self.index(draft, post, Some(&record), None)?;
            for user in &record.mentions {
                draft.remove(MENTIONS, &(*user, (self.id, post)));
            }
            self.drop_card(draft, post, &record, tally)?;
        }
        draft.remove(CONVERSATIONS_BY_AGE, &(self.record.first_unix_ms, self.id));
        self.record.first = PostId(post.0 + 1);
        let next: Option<PostRecord> = draft.get(POSTS, &(self.id, self.record.first))?;
        self.record.first_unix_ms = next.as_ref().map_or(0, |next| next.said_unix_ms);
        if self.record.first <= self.record.last {
            draft.put(CONVERSATIONS_BY_AGE, &(self.record.first_unix_ms, self.id), &())?;
        }
        Ok(rows)
    }

    /// Writes the conversation back.
    pub(super) fn keep(self, draft: &mut Draft<'_>) -> Result<(), Stop> {
        draft.put(CONVERSATIONS, &self.id, &self.record)
    }

    /// Brings the index of words from what a post was to what it is. Returns how many rows that was.
    fn index(
        &self,
        draft: &mut Draft<'_>,
        post: PostId,
        former: Option<&PostRecord>,
        record: Option<&PostRecord>,
    ) -> Result<usize, Stop> {
        let [before, after] =
            [former, record].map(|record| record.map_or_else(Words::default, Words::of).index);
        let key = |word: &String| WordKey { conversation: self.id, word: word.clone(), post };
        before.difference(&after).for_each(|word| draft.remove(WORDS, &key(word)));
        for word in after.difference(&before) {
            draft.put(WORDS, &key(word), &())?;
        }
        Ok(before.symmetric_difference(&after).count())
    }

    /// Brings the mentions from what a post was to what it is. Returns who is new among them.
    fn mention(
        &self,
        draft: &mut Draft<'_>,
        post: PostId,
        former: Option<&PostRecord>,
        record: &PostRecord,
    ) -> Result<Vec<UserId>, Stop> {
        let before = former.map_or(&[][..], |former| &former.mentions);
        for user in before.iter().filter(|user| !record.mentions.contains(user)) {
            draft.remove(MENTIONS, &(*user, (self.id, post)));
        }
        let after = record.mentions.iter().copied();
        let new: Vec<UserId> = after.filter(|user| !before.contains(user)).collect();
        for user in &new {
            if draft.get(READ_UP_TO, &(*user, self.id))?.is_none_or(|read| read < post) {
                draft.put(MENTIONS, &(*user, (self.id, post)), &())?;
            }
        }
        Ok(new)
    }

    /// Returns whom a post mentions who may read it, but for its author.
    fn mentioned(&self, reader: &impl Read, record: &PostRecord) -> Result<Vec<UserId>, StoreError> {
        let mut found = BTreeSet::new();
        for mention in mentions(&record.text) {
            let user = reader.get(NAMES, &TextKey::new(&mention.name.key()))?;
            found.extend(user.filter(|user| *user != record.author && self.record.may_read(*user)));
        }
        Ok(found.into_iter().collect())
    }

    /// Notes that a post shows a file, whose contents have one more record by now.
    pub(super) fn add_card(
        &self,
        draft: &mut Draft<'_>,
        post: PostId,
        author: UserId,
        card: &CardRecord,
    ) -> Result<(), Stop> {
        draft.put(CARDS_OF, &(author, (self.id, post)), &())?;
        let bytes = cards_bytes(draft)?.saturating_add(card.size_bytes);
        draft.put(META, &TextKey::new(CARDS_BYTES_KEY), &bytes)
    }

    /// Notes that a post does not show its file any more. Other cards are no matter.
    pub(super) fn drop_card(
        &self,
        draft: &mut Draft<'_>,
        post: PostId,
        record: &PostRecord,
        tally: &mut Tally,
    ) -> Result<(), Stop> {
        let Some(card) = record.file_card() else { return Ok(()) };
        draft.remove(CARDS_OF, &(record.author, (self.id, post)));
        let bytes = cards_bytes(draft)?.saturating_sub(card.size_bytes);
        draft.put(META, &TextKey::new(CARDS_BYTES_KEY), &bytes)?;
        files::unlink(draft, card.blob, tally)
    }
}

/// Returns how many bytes all cards take.
pub(super) fn cards_bytes(reader: &impl Read) -> Result<u64, StoreError> {
    Ok(reader.get(META, &TextKey::new(CARDS_BYTES_KEY))?.unwrap_or(0))
}

/// What stands in the place of a file that went with an account.
pub(super) const GONE: Shown = Shown::Other(Card::Gone {});

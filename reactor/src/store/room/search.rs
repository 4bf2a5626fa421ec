//! The words of posts, and how posts are found by them.
//!
//! This file does not know who may read a conversation.

use parlour_common::message::{ConversationId, PostId};

use super::super::keys::{FixedKey, Key, MASK};

/// That a post has a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct WordKey {
    /// Of which conversation.
    pub(super) conversation: ConversationId,
    /// Which word.
    pub(super) word: String,
    /// Which post: the newest come first.
    pub(super) post: PostId,
}

/// What ends a word in a key: no letter is less, so that a word comes before those that it begins.
const WORD_END: u8 = 0;

impl Key for WordKey {
    fn to_bytes(&self) -> Vec<u8> {
        let post = (!self.post.0).to_be_bytes();
        [&self.conversation.to_bytes(), self.word.as_bytes(), &[WORD_END], &post].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (conversation, rest) = bytes.split_at_checked(ConversationId::BYTES)?;
        let (word, post) = rest.split_at_checked(rest.len().checked_sub(PostId::BYTES)?)?;
        let word = std::str::from_utf8(word.strip_suffix(&[WORD_END])?).ok()?.to_owned();
        let post = PostId(!u64::from_bytes(post)?);
        Some(Self { conversation: ConversationId::from_bytes(conversation)?, word, post })
    }

    fn shown(&self) -> String {
        // What is said is nobody else's business.
        format!("{} {MASK} {}", self.conversation.shown(), self.post.shown())
    }
}

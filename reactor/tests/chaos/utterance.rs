//! Something that a client wants to say, and what may have become of it.
//!
//! This file does not know how it is said.

use parlour_common::message::{Card, CardSource, ConversationId, FileHash, Post, PostId, Say, SayKey};

/// A card that a client can show.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    pub source: CardSource,
    /// The hash of what is shown, of a file.
    pub sha256: Option<FileHash>,
}

/// Whether a post was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    Never,
    /// It was asked for, and that was not answered.
    Asked,
    Done,
}

#[derive(Clone, Debug)]
pub struct Utterance {
    pub key: SayKey,
    /// To whom; none for the room.
    pub to: Option<String>,
    /// A word that stands in its text, whatever it is edited to, and in no other.
    pub word: String,
    /// The text, as it was last acknowledged.
    pub text: String,
    /// What it was to be edited to, where that was not answered.
    pub perhaps: Vec<String>,
    pub reply_to: Option<PostId>,
    pub card: Option<Shown>,
    /// How often it was asked for.
    pub tries: u32,
    /// Where it is, once that was answered.
    pub place: Option<(ConversationId, PostId)>,
    pub deletion: Deletion,
}

impl Utterance {
    /// The request that says it.
    pub fn say(&self, conversation: ConversationId) -> Say {
        let card = self.card.map(|shown| shown.source);
        Say { key: self.key, conversation, text: self.text.clone(), reply_to: self.reply_to, card }
    }

    /// Fails if this is not what may have become of it.
    pub fn expect(&self, author: &str, post: &Post) {
        assert_eq!(post.author.as_str(), author, "{self:?} is somebody else's: {post:?}");
        if let Some(place) = self.place {
            assert_eq!(place, (post.conversation, post.post), "{self:?} was said twice: {post:?}");
        }
        if post.deleted_unix_ms.is_some() {
            assert!(self.deletion != Deletion::Never, "nobody deleted {self:?}: {post:?}");
            assert!(post.text.is_empty() && post.card.is_none() && post.reply_to.is_none(), "{post:?}");
            return;
        }
        assert!(self.deletion != Deletion::Done, "{self:?} is not deleted any more: {post:?}");
        assert!(post.text == self.text || self.perhaps.contains(&post.text), "{self:?} became {post:?}");
        assert_eq!(post.reply_to.as_ref().map(|quote| quote.post), self.reply_to, "{self:?}: {post:?}");
        let is_shown = match (&self.card, &post.card) {
            (None, None) => true,
            (Some(Shown { sha256, .. }), Some(Card::File { sha256: of, .. })) => *sha256 == Some(*of),
            (Some(Shown { source: CardSource::Track(of), .. }), Some(Card::Track { track, .. })) => {
                of == track
            }
            _ => false,
        };
        assert!(is_shown, "{self:?} shows another card: {post:?}");
    }
}

//! The words of posts, as they are indexed and looked for.
//!
//! A script that is written without spaces gives every two letters that follow each other, so that any part of it
//! can be found. This file does not know where the index lies, nor what is searched.

use std::collections::BTreeSet;

use parlour_common::message::{Card, ConversationId, PostId};

use super::super::keys::{FixedKey, Key, MASK};
use super::records::{PostRecord, Shown};
use crate::fold;

/// The longest word in the index, in bytes; a longer one is cut at a letter. It is found by its beginning.
const WORD_BYTES_MAX: usize = 96;

/// That a post has a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct WordKey {
    /// Of which conversation.
    pub(in super::super) conversation: ConversationId,
    /// Which word.
    pub(in super::super) word: String,
    /// Which post: the newest come first.
    pub(in super::super) post: PostId,
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

/// A piece of text.
enum Piece {
    /// A word between spaces.
    Word(String),
    /// Letters of a script that is written without spaces.
    Run(String),
}

/// What a text must have to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// This word of the index.
    Word(String),
    /// A word of the index that begins so.
    Beginning(String),
    /// These letters next to each other, of a script that is written without spaces. The words of the index that
    /// follow from it are needs of their own.
    Run(String),
}

/// What is looked for in a text.
#[derive(Default)]
pub(in super::super) struct Words {
    /// The words of the index.
    pub(in super::super) index: BTreeSet<String>,
    runs: Vec<String>,
}

impl Words {
    /// Returns the words of a post: those of its text, and those of the name of its card.
    pub(in super::super) fn of(post: &PostRecord) -> Self {
        let mut words = Self::default();
        words.add(&post.text);
        match &post.card {
            Some(Shown::File(card)) => words.add(card.file_name.as_str()),
            Some(Shown::Other(Card::Track { title, artist, .. })) => {
                words.add(title);
                words.add(artist);
            }
            Some(Shown::Other(_)) | None => {}
        }
        words
    }

    fn add(&mut self, text: &str) {
        for piece in pieces(text) {
            match piece {
                Piece::Word(word) => {
                    self.index.insert(word);
                }
                Piece::Run(run) => {
                    self.index.extend(pairs(&run));
                    self.runs.push(run);
                }
            }
        }
    }

    /// Tells whether the text has what is needed.
    pub(super) fn has(&self, need: &Need) -> bool {
        match need {
            Need::Word(word) => self.index.contains(word),
            Need::Beginning(beginning) => {
                let next = self.index.range(beginning.clone()..).next();
                next.is_some_and(|word| word.starts_with(beginning))
            }
            Need::Run(run) => self.runs.iter().any(|found| found.contains(run)),
        }
    }
}

/// Returns what a query needs: its words, of which the last may be the beginning of one.
pub(super) fn needs(query: &str) -> Vec<Need> {
    let pieces = pieces(query);
    let last = pieces.len().saturating_sub(1);
    let mut needs = Vec::new();
    for (place, piece) in pieces.into_iter().enumerate() {
        match piece {
            Piece::Word(word) if place == last => needs.push(Need::Beginning(word)),
            Piece::Word(word) => needs.push(Need::Word(word)),
            // Each letter of a run begins a word of the index, be it the last one.
            Piece::Run(run) if run.chars().nth(1).is_none() => needs.push(Need::Beginning(run)),
            Piece::Run(run) => {
                let mut pairs: Vec<String> = pairs(&run).collect();
                pairs.pop();
                needs.extend(pairs.into_iter().map(Need::Word));
                needs.push(Need::Run(run));
            }
        }
    }
    let mut seen = Vec::new();
    needs.retain(|need| {
        let is_new = !seen.contains(need);
        seen.extend(is_new.then(|| need.clone()));
        is_new
    });
    needs
}

/// Takes a text apart.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for word in fold::words(text) {
        match pieces.last_mut() {
            // What was cut in two for its length belongs together.
            Some(Piece::Run(run)) if word.unspaced && word.glued => run.push_str(&word.letters),
            _ if word.unspaced => pieces.push(Piece::Run(word.letters)),
            _ => {
                let end = word.letters.floor_char_boundary(WORD_BYTES_MAX);
                pieces.push(Piece::Word(word.letters[..end].to_owned()));
            }
        }
    }
    pieces
}

/// Returns every two letters of a run that follow each other, and the last one alone.
fn pairs(run: &str) -> impl Iterator<Item = String> {
    let nexts = run.chars().skip(1).map(Some).chain([None]);
    run.chars().zip(nexts).map(|(letter, next)| [Some(letter), next].into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        let mut words = Words::default();
        words.add(text);
        words
    }

    fn finds(query: &str, text: &str) -> bool {
        let (words, needs) = (words(text), needs(query));
        !needs.is_empty() && needs.iter().all(|need| words.has(need))
    }

    #[test]
    fn words_are_found_in_any_order_and_the_last_by_its_beginning() {
        let text = "The Café opens at eight, كتاب in hand";
        for query in ["cafe", "EIGHT caf", "کتاب the op", "in the"] {
            assert!(finds(query, text), "{query}");
        }
        for query in ["caf the", "eigh at", "closes", "", "!?"] {
            assert!(!finds(query, text), "{query}");
        }
    }

    #[test]
    fn a_script_without_spaces_is_found_by_any_part_of_it() {
        let text = "明日は東京都で会いましょう see you";
        for query in
            ["東京", "京都", "京", "う", "会いまし", "see 東京都", "東京 you", "東京都で会いましょう"]
        {
            assert!(finds(query, text), "{query}");
        }
        for query in ["東都", "東京で", "あ", "you東 x"] {
            assert!(!finds(query, text), "{query}");
        }
        // A word that is longer than words are kept is found whole, over the cut and behind it.
        let long = format!("{}終わり", "漢字".repeat(80));
        for query in ["漢字終わり", "終わり", &"漢字".repeat(30)] {
            assert!(finds(query, &long), "{query}");
        }
        assert!(!finds("字字", &long));
    }

    #[test]
    fn keys_of_words_come_back_in_order_and_show_nothing() {
        let key = |word: &str, post| WordKey {
            conversation: ConversationId(3),
            word: word.to_owned(),
            post: PostId(post),
        };
        let ordered = [key("a", 9), key("a", 8), key("ab", 7), key("b", 9)];
        let bytes: Vec<Vec<u8>> = ordered.iter().map(Key::to_bytes).collect();
        assert!(bytes.is_sorted());
        for (key, bytes) in ordered.iter().zip(&bytes) {
            assert_eq!(WordKey::from_bytes(bytes).as_ref(), Some(key));
        }
        assert_eq!(key("secret", 7).shown(), "3 *** 7");
        for bad in [&[][..], &[0; 16], &[1; 17]] {
            assert_eq!(WordKey::from_bytes(bad), None);
        }
        let longest = words(&"𝄞ᄒ\u{1F600}漢".repeat(200)).index;
        assert!(longest.iter().all(|word| word.len() <= WORD_BYTES_MAX));
    }
}

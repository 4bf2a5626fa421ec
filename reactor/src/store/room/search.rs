//! How posts are found by their words: the lists of all words that are needed are walked together, from the newest
//! post on, and what they agree on is compared with the text.
//!
//! This file does not know what a word is (`room/words.rs`), nor who may read what.

use std::ops::Bound::Included;

use parlour_common::message::{ConversationId, Post, PostId, PostsFound, SearchPosts};

use super::super::engine::{Engine, Read};
use super::super::error::StoreError;
use super::super::tables::{Key, POSTS, UserId, WORDS};
use super::reading::{Pile, readable};
use super::words::{Need, WordKey, Words, needs};

/// What one search looks at, in rows of the index: about a fifth of a second.
const STEPS_MAX: usize = 50_000;

/// What comparing a post costs, in rows of the index that could be looked at instead.
const STEPS_PER_POST: usize = 8;

/// The words with one beginning whose lists are walked. Where there are more of them many posts have one, and each
/// post is compared.
const WORDS_OF_BEGINNING_MAX: usize = 512;

/// Returns posts that have the words which are asked for, the newest first.
pub(super) fn posts(
    engine: &Engine,
    user: UserId,
    search: &SearchPosts,
) -> Result<Option<PostsFound>, StoreError> {
    let Some(record) = readable(engine, user, search.conversation)? else { return Ok(None) };
    let needs = needs(&search.query);
    if needs.is_empty() {
        return Ok(Some(PostsFound { posts: Vec::new(), more: false }));
    }
    let mut walk = Walk { engine, conversation: search.conversation, steps: 0 };
    let mut lists = Vec::new();
    for need in &needs {
        lists.extend(walk.list_of(need)?);
    }
    let before = search.before.map_or(record.last.0, |before| before.0.saturating_sub(1));
    let mut next = before.min(record.last.0);
    let mut pile = Pile::new(search.limit);
    let mut more = false;
    while let Some(candidate) = walk.agree(&mut lists, PostId(next), record.first)? {
        if let Some(post) = walk.compare(candidate, &needs)?
            && (pile.is_full() || !pile.add(post)?)
        {
            more = true;
            break;
        }
        next = candidate.0 - 1;
    }
    let posts = pile.into_posts();
    // Where the walk was too long, there may be more behind what was found.
    more |= walk.is_over() && !posts.is_empty();
    Ok(Some(PostsFound { posts, more }))
}

/// The lists of words, any of which is enough, each with the post at which it is.
struct List(Vec<(String, Option<PostId>)>);

/// One search on its way.
struct Walk<'a> {
    engine: &'a Engine,
    conversation: ConversationId,
    steps: usize,
}

impl Walk<'_> {
    fn is_over(&self) -> bool {
        self.steps >= STEPS_MAX
    }

    /// Returns the lists of the words that answer a need. None where the need says nothing that the index knows.
    fn list_of(&mut self, need: &Need) -> Result<Option<List>, StoreError> {
        let words = match need {
            Need::Word(word) => vec![word.clone()],
            Need::Beginning(beginning) => {
                let words = self.words_of(beginning)?;
                if words.len() > WORDS_OF_BEGINNING_MAX {
                    return Ok(None);
                }
                words
            }
            Need::Run(_) => return Ok(None),
        };
        Ok(Some(List(words.into_iter().map(|word| (word, Some(PostId(u64::MAX)))).collect())))
    }

    /// Returns the words with a beginning, at most one more than are walked.
    fn words_of(&mut self, beginning: &str) -> Result<Vec<String>, StoreError> {
        let mut words = Vec::new();
        let mut from = beginning.to_owned();
        while let Some(key) = self.row(&from, PostId(u64::MAX))? {
            if !key.word.starts_with(beginning) || words.len() > WORDS_OF_BEGINNING_MAX {
                break;
            }
            // The least text that comes after all rows of this word.
            from = format!("{}\u{1}", key.word);
            words.push(key.word);
        }
        Ok(words)
    }

    /// Returns the first row at or behind a word and a post of it.
    fn row(&mut self, word: &str, post: PostId) -> Result<Option<WordKey>, StoreError> {
        self.steps += 1;
        let from = WordKey { conversation: self.conversation, word: word.to_owned(), post };
        match self.engine.records(WORDS, Included(from.to_bytes())).next() {
            Some(row) => Ok(Some(row?.0).filter(|key| key.conversation == self.conversation)),
            None => Ok(None),
        }
    }

    /// Returns the newest post, `from` or one before it, that all lists have; where there is no list, `from`.
    fn agree(
        &mut self,
        lists: &mut [List],
        from: PostId,
        first: PostId,
    ) -> Result<Option<PostId>, StoreError> {
        let mut candidate = from;
        let mut agreed = 0;
        while candidate >= first && !self.is_over() {
            if agreed >= lists.len() {
                return Ok(Some(candidate));
            }
            let place = agreed;
            match self.seek(&mut lists[place], candidate)? {
                Some(found) if found == candidate => agreed += 1,
                // The lists before this one are asked again.
                Some(found) => (candidate, agreed) = (found, 0),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Moves a list on to the newest post, `to` or one before it, and returns it.
    fn seek(&mut self, list: &mut List, to: PostId) -> Result<Option<PostId>, StoreError> {
        let mut newest = None;
        for (word, at) in &mut list.0 {
            if at.is_some_and(|at| at > to) {
                *at = self.row(word, to)?.filter(|key| key.word == *word).map(|key| key.post);
            }
            newest = newest.max(*at);
        }
        Ok(newest)
    }

    /// Returns a post if it has all that is needed.
    fn compare(&mut self, post: PostId, needs: &[Need]) -> Result<Option<Post>, StoreError> {
        self.steps += STEPS_PER_POST;
        let Some(record) = self.engine.get(POSTS, &(self.conversation, post))? else { return Ok(None) };
        let words = Words::of(&record);
        let has_all = needs.iter().all(|need| words.has(need));
        Ok(has_all.then(|| record.into_post(self.conversation, post)))
    }
}

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

/// What one page of a search looks at, in rows of the index: about a fifth of a second. The next page goes on.
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
    posts_within(engine, user, search, STEPS_MAX)
}

/// Returns them, as far as so many steps lead.
pub(super) fn posts_within(
    engine: &Engine,
    user: UserId,
    search: &SearchPosts,
    steps: usize,
) -> Result<Option<PostsFound>, StoreError> {
    let Some(record) = readable(engine, user, search.conversation)? else { return Ok(None) };
    let needs = needs(&search.query);
    if needs.is_empty() {
        return Ok(Some(PostsFound { posts: Vec::new(), next: None }));
    }
    let before = search.before.map_or(record.last.0, |before| before.0.saturating_sub(1)).min(record.last.0);
    let mut walk = Walk { engine, conversation: search.conversation, at: PostId(before), steps };
    let mut lists = Vec::new();
    for need in &needs {
        lists.extend(walk.list_of(need)?);
    }
    // A page gets on by a post at least.
    walk.steps = walk.steps.max(1);
    let mut pile = Pile::new(search.limit);
    let mut is_whole = true;
    while walk.agree(&mut lists, record.first)? {
        if let Some(post) = walk.compare(&needs)?
            && (pile.is_full() || !pile.add(post)?)
        {
            is_whole = false;
            break;
        }
        walk.at.0 -= 1;
    }
    let is_end = walk.at < record.first || (is_whole && !walk.is_over());
    let next = (!is_end).then_some(PostId(walk.at.0.saturating_add(1)));
    Ok(Some(PostsFound { posts: pile.into_posts(), next }))
}

/// The lists of words, any of which is enough, each with the post at which it is.
struct List(Vec<(String, Option<PostId>)>);

/// One search on its way.
struct Walk<'a> {
    engine: &'a Engine,
    conversation: ConversationId,
    /// The newest post that may have what is needed.
    at: PostId,
    /// How many more steps there may be.
    steps: usize,
}

impl Walk<'_> {
    fn is_over(&self) -> bool {
        self.steps == 0
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
        self.steps = self.steps.saturating_sub(1);
        let from = WordKey { conversation: self.conversation, word: word.to_owned(), post };
        match self.engine.records(WORDS, Included(from.to_bytes())).next() {
            Some(row) => Ok(Some(row?.0).filter(|key| key.conversation == self.conversation)),
            None => Ok(None),
        }
    }

    /// Goes on to the newest post that all lists have; where there is no list, it is there. Returns whether there is
    /// one, as far as it has come.
    fn agree(&mut self, lists: &mut [List], first: PostId) -> Result<bool, StoreError> {
        let mut agreed = 0;
        while self.at >= first && !self.is_over() {
            if agreed >= lists.len() {
                return Ok(true);
            }
            match self.seek(&mut lists[agreed], self.at)? {
                Some(found) if found == self.at => agreed += 1,
                // The lists before this one are asked again.
                Some(found) => (self.at, agreed) = (found, 0),
                // No post before this one has it.
                None => self.at = PostId(0),
            }
        }
        Ok(false)
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

    /// Returns the post where it is, if that has all that is needed.
    fn compare(&mut self, needs: &[Need]) -> Result<Option<Post>, StoreError> {
        self.steps = self.steps.saturating_sub(STEPS_PER_POST);
        let post = self.at;
        let Some(record) = self.engine.get(POSTS, &(self.conversation, post))? else { return Ok(None) };
        let words = Words::of(&record);
        let has_all = needs.iter().all(|need| words.has(need));
        Ok(has_all.then(|| record.into_post(self.conversation, post)))
    }
}

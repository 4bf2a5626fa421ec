//! What a client holds of one conversation, built by the rules of `PROTOCOL.md` §8 alone.
//!
//! This file does not know how posts come.

use std::collections::{BTreeMap, BTreeSet};

use parlour_common::message::{Post, PostId, PostPage, ReadFrom, Revision};

/// The posts that are held, and what is known of the state of the conversation.
#[derive(Debug, Default)]
pub struct Log {
    posts: BTreeMap<PostId, Post>,
    /// Up to which revision everything was seen.
    known: Revision,
    /// Revisions that were seen beyond it.
    ahead: BTreeSet<Revision>,
    /// The oldest post from which on all are held; none as long as nothing was read.
    oldest: Option<PostId>,
    /// Whether everything was read on this connection, so that what is told follows without a gap.
    is_level: bool,
}

impl Log {
    /// A connection began: things may have been missed.
    pub fn come_back(&mut self) {
        self.is_level = false;
    }

    pub fn posts(&self) -> &BTreeMap<PostId, Post> {
        &self.posts
    }

    pub fn known(&self) -> Revision {
        self.known
    }

    /// What to ask for to catch up.
    pub fn wanted(&self) -> ReadFrom {
        if self.oldest.is_some() { ReadFrom::ChangedAfter(self.known) } else { ReadFrom::Latest {} }
    }

    /// What to ask for to see more of the past; `None` where there is no more.
    pub fn wanted_older(&self) -> Option<ReadFrom> {
        self.oldest.filter(|oldest| oldest.0 > 1).map(ReadFrom::Before)
    }

    /// Takes a post that was told or answered. Returns whether something is missing.
    pub fn take(&mut self, post: Post, is_event: bool) -> bool {
        let revision = post.revision;
        let is_missing = revision.0 > self.known.0 + 1;
        assert!(
            !(is_missing && is_event && self.is_level),
            "after revision {} came {revision:?}, and nothing was lost in between: {post:?}",
            self.known.0
        );
        self.ahead.insert(revision);
        self.count();
        if self.oldest.is_none_or(|oldest| post.post >= oldest) {
            self.merge(post);
        }
        revision > self.known
    }

    /// Takes a page that was asked for by [`Self::wanted`]. Returns whether to ask again.
    pub fn catch_up(&mut self, page: &PostPage, asked: ReadFrom) -> bool {
        let is_first = asked == ReadFrom::Latest {};
        if is_first {
            let oldest = page.posts.first().map_or(page.first, |post| post.post);
            self.oldest = Some(oldest);
            self.posts = self.posts.split_off(&oldest);
        }
        let oldest = self.oldest.expect("it was read before");
        page.posts.iter().filter(|post| post.post >= oldest).for_each(|post| self.merge(post.clone()));
        let is_whole = is_first || !page.more;
        let seen = match page.posts.last() {
            Some(last) if !is_whole => last.revision,
            _ => page.revision,
        };
        self.known = self.known.max(seen);
        self.count();
        self.is_level = is_whole;
        !is_whole
    }

    /// Takes a page that was asked for by [`Self::wanted_older`]. Returns whether to catch up again.
    pub fn take_older(&mut self, page: &PostPage) -> bool {
        if let Some(first) = page.posts.first() {
            self.oldest = self.oldest.min(Some(first.post));
        }
        page.posts.iter().for_each(|post| self.merge(post.clone()));
        let is_overtaken = page.revision < self.known;
        if is_overtaken {
            self.known = page.revision;
            self.is_level = false;
        }
        is_overtaken
    }

    /// Keeps the newer one of two copies.
    fn merge(&mut self, post: Post) {
        let held = self.posts.get(&post.post);
        if held.is_none_or(|held| held.revision < post.revision) {
            self.posts.insert(post.post, post);
        }
    }

    /// Moves on over what was seen ahead.
    fn count(&mut self) {
        while self.ahead.remove(&Revision(self.known.0 + 1)) {
            self.known.0 += 1;
        }
        self.ahead = self.ahead.split_off(&Revision(self.known.0 + 1));
    }
}

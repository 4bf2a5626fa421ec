//! What a client holds of a conversation, and how it is kept up: by what it is told, and by asking for what changed.
//!
//! It does not know connections. It works as `PROTOCOL.md` asks of a client: merged by number and state, with one
//! mark up to which every change is known.

use std::collections::{BTreeMap, BTreeSet};

use parlour_common::message::{Post, PostId, PostPage, Revision};

/// A conversation as one client holds it.
#[derive(Debug, Default)]
pub struct Held {
    pub posts: BTreeMap<PostId, Post>,
    /// Every change up to this one is known.
    known: u64,
    /// Changes after it that were told, while others before them are still to be asked for.
    ahead: BTreeSet<u64>,
    /// Nothing is missing: what is told goes on where it stands.
    pub is_live: bool,
}

impl Held {
    /// Returns the state up to which everything is known.
    pub fn known(&self) -> Revision {
        Revision(self.known)
    }

    /// Takes a post from wherever it comes.
    pub fn merge(&mut self, post: &Post) {
        match self.posts.get(&post.post) {
            Some(held) if held.revision == post.revision => assert_eq!(held, post, "one state, two contents"),
            Some(held) if held.revision > post.revision => {}
            _ => {
                self.posts.insert(post.post, post.clone());
            }
        }
    }

    /// Takes what was told.
    pub fn hear(&mut self, post: &Post) {
        self.merge(post);
        let revision = post.revision.0;
        if revision > self.known {
            assert!(
                !self.is_live || revision == self.known + 1,
                "between {} and {post:?} is a gap",
                self.known
            );
            self.ahead.insert(revision);
            self.go_on();
        }
    }

    /// Takes a page of what changed; `is_told`: what changes from now on will be told. Returns whether there is more
    /// to ask for.
    pub fn catch_up(&mut self, page: &PostPage, is_told: bool) -> bool {
        let in_order = page.posts.is_sorted_by_key(|post| post.revision);
        assert!(in_order && page.posts.iter().all(|post| post.revision <= page.revision));
        page.posts.iter().for_each(|post| self.merge(post));
        let last = page.posts.last().map_or(0, |post| post.revision.0);
        assert!(!page.more || last > 0, "a page says that there is more, and does not go on");
        self.known = self.known.max(if page.more { last } else { page.revision.0 });
        self.go_on();
        if !page.more && is_told {
            assert!(self.ahead.is_empty(), "after {} is a gap before {:?}", self.known, self.ahead);
            self.is_live = true;
        }
        page.more
    }

    /// Takes any other page: posts without gaps.
    pub fn look(&mut self, page: &PostPage) {
        let numbers: Vec<u64> = page.posts.iter().map(|post| post.post.0).collect();
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "a page has gaps: {numbers:?}");
        assert!(numbers.iter().all(|number| (page.first.0..=page.last.0).contains(number)));
        page.posts.iter().for_each(|post| self.merge(post));
    }

    /// Takes note that nothing is told any more: what comes next has to be asked for.
    pub fn lose(&mut self) {
        self.is_live = false;
        self.ahead.clear();
    }

    fn go_on(&mut self) {
        while let Some(next) = self.ahead.first().copied().filter(|next| *next <= self.known + 1) {
            self.ahead.remove(&next);
            self.known = self.known.max(next);
        }
    }
}

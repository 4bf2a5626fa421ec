//! What anybody has ever seen of any post: nobody may see anything else under the same revision, also not after
//! the daemon was killed.
//!
//! This file does not know who asks, nor what may be said.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use parlour_common::message::{ConversationId, Post, PostId, Revision};

#[derive(Default)]
pub struct Witness(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// Each state of each conversation that was seen.
    states: HashMap<(ConversationId, Revision), Post>,
    /// The newest state of each post that was seen.
    newest: HashMap<(ConversationId, PostId), Revision>,
}

impl Witness {
    /// Sees a post.
    pub fn see(&self, post: &Post) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.states.entry((post.conversation, post.revision)) {
            Entry::Occupied(known) => assert_eq!(known.get(), post, "one revision, and two posts"),
            Entry::Vacant(place) => {
                place.insert(post.clone());
            }
        }
        let newest = seen.newest.entry((post.conversation, post.post)).or_default();
        *newest = (*newest).max(post.revision);
    }

    /// Sees to it that the daemon has forgotten nothing that anybody saw of a conversation.
    pub fn compare(&self, conversation: ConversationId, posts: &[Post]) {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let have: HashMap<PostId, Revision> = posts.iter().map(|post| (post.post, post.revision)).collect();
        for (&(of, post), &newest) in &seen.newest {
            let is_there = have.get(&post).is_some_and(|&revision| revision >= newest);
            assert!(of != conversation || is_there, "{post:?} was seen at {newest:?}, and is not there so");
        }
    }
}

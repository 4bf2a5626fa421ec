//! The search of a conversation.
//!
//! This file does not know how what it found is drawn.

use std::sync::Arc;

use parlour_common::message::Post;

use crate::view_model::fetch::Fetch;

/// A search of the conversation that is shown.
#[derive(Debug, Default)]
pub struct Search {
    pub(super) query: String,
    pub(super) found: Vec<Arc<Post>>,
    pub(super) has_more: bool,
    pub(super) fetch: Fetch,
}

impl Search {
    /// Returns what is searched for.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Returns what was found, the newest first.
    pub fn found(&self) -> &[Arc<Post>] {
        &self.found
    }

    /// Tells whether there is more.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// Returns how far the search has come.
    pub fn fetch(&self) -> &Fetch {
        &self.fetch
    }
}

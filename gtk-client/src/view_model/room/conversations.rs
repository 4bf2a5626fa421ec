//! One's conversations, and how much of each one has not read.
//!
//! This file does not know posts by content, nor how a conversation is shown.

use parlour_common::message::{ConversationEntry, ConversationId};

/// A conversation in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Talk {
    /// The conversation as it is now.
    pub entry: ConversationEntry,
}

impl Talk {
    /// Returns how many posts one has not read.
    pub fn unread(&self) -> u64 {
        let read = self.entry.read_up_to.0.max(self.entry.first.0.saturating_sub(1));
        self.entry.last.0.saturating_sub(read)
    }

    /// Returns how many of them mention one.
    pub fn mentions(&self) -> u32 {
        self.entry.mentions
    }

    /// Returns which it is.
    pub fn id(&self) -> ConversationId {
        self.entry.conversation
    }
}

/// The list of one's conversations.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    pub(super) talks: Vec<Talk>,
    pub(super) total: u32,
}

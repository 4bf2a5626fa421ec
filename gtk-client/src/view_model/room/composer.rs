//! What is being written, for each conversation its own: text, what it replies to or edits, what it shows.
//!
//! This file does not say anything (`outbox.rs`) and does not know the entry it is typed into.

use parlour_common::message::{Fault, PostId, Quote};

use super::outbox::Attachment;

/// What is being written in a conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    pub(super) text: String,
    pub(super) reply_to: Option<Quote>,
    pub(super) editing: Option<Editing>,
    pub(super) attachments: Vec<Attachment>,
}

/// A post that is being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editing {
    /// Which.
    pub post: PostId,
    /// What it says.
    pub was: String,
    /// What was in the entry before; it comes back.
    pub(super) before: String,
}

impl Draft {
    /// Returns what is in the entry.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what it replies to.
    pub fn reply_to(&self) -> Option<&Quote> {
        self.reply_to.as_ref()
    }

    /// Returns the post that is being edited.
    pub fn editing(&self) -> Option<&Editing> {
        self.editing.as_ref()
    }

    /// Returns what is shown with it.
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// Returns what is wrong with the text: that it is too long.
    pub fn fault(&self) -> Option<Fault> {
        parlour_common::names::post_text(&self.text).err()
    }
}

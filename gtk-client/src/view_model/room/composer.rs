//! What is being written, for each conversation its own: text, what it replies to or edits, what it shows.
//!
//! This file does not say anything (`outbox.rs`) and does not know the entry it is typed into.

use std::sync::Arc;

use parlour_common::limits::EXCERPT_BYTES_MAX;
use parlour_common::message::{
    Card, ConversationId, EditPost, Fault, Post, PostId, Quote, Request, SayKey, UploadKey,
};
use parlour_common::names::post_text;

use super::outbox::Attachment;
use super::{Asked, Kept, Room};
use crate::network::Answer;
use crate::view_model::{Effect, Entry, Notice};

/// Files that are shown at once: each is a post of its own.
const ATTACHMENTS_MAX: usize = 20;

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
        post_text(&self.text).err()
    }
}

impl Room {
    /// Tells whether something can be said in the conversation that is shown; it may have to wait.
    pub fn can_write(&self) -> bool {
        let talk = self.talk();
        self.own.is_some() && !talk.is_some_and(|talk| talk.entry.departed)
    }

    /// Takes what is in the entry.
    pub(super) fn take_typed(&mut self, text: String) -> Vec<Effect> {
        self.draft_mut().text = text;
        Vec::new()
    }

    fn draft_mut(&mut self) -> &mut Draft {
        let conversation = self.conversation();
        self.drafts.entry(conversation).or_default()
    }

    /// Replies to a post.
    pub(super) fn reply(&mut self, post: PostId) -> Vec<Effect> {
        let quote =
            self.shown.borrow().post(post).filter(|post| post.deleted_unix_ms.is_none()).map(quote_of);
        let Some(quote) = quote else { return Vec::new() };
        let mut effects = self.end_editing();
        self.draft_mut().reply_to = Some(quote);
        effects.push(Effect::Focus(Entry::Text));
        effects
    }

    /// Edits a post of one's own.
    pub(super) fn edit(&mut self, post: PostId) -> Vec<Effect> {
        let text = {
            let shown = self.shown.borrow();
            let own = shown.post(post).filter(|post| shown.is_own(post) && post.deleted_unix_ms.is_none());
            own.map(|post| post.text.clone())
        };
        let Some(was) = text else { return Vec::new() };
        let _ = self.end_editing();
        let draft = self.draft_mut();
        let before = std::mem::replace(&mut draft.text, was.clone());
        draft.reply_to = None;
        draft.editing = Some(Editing { post, was: was.clone(), before });
        self.shown.borrow_mut().set_edited(Some(post));
        vec![Effect::Fill(Entry::Text, was), Effect::Focus(Entry::Text)]
    }

    /// Edits one's last post, if nothing is being written.
    pub(super) fn edit_last(&mut self) -> Vec<Effect> {
        let is_free = self.draft().is_none_or(|draft| draft.text.is_empty() && draft.editing.is_none());
        let last = {
            let shown = self.shown.borrow();
            let mut own = shown.posts().rev().filter(|post| shown.is_own(post));
            own.find(|post| post.deleted_unix_ms.is_none()).map(|post| post.post)
        };
        last.filter(|_| is_free).map(|post| self.edit(post)).unwrap_or_default()
    }

    /// Neither replies nor edits after all. Tells whether there was anything to leave.
    pub(super) fn cancel_bar(&mut self) -> Option<Vec<Effect>> {
        if self.draft_mut().editing.is_some() {
            return Some(self.end_editing());
        }
        self.draft_mut().reply_to.take().map(|_| Vec::new())
    }

    fn end_editing(&mut self) -> Vec<Effect> {
        let Some(Editing { before, .. }) = self.draft_mut().editing.take() else { return Vec::new() };
        self.draft_mut().text.clone_from(&before);
        self.shown.borrow_mut().set_edited(None);
        vec![Effect::Fill(Entry::Text, before)]
    }

    /// Shows these with what is said.
    pub(super) fn attach(&mut self, attachments: Vec<Attachment>) -> Vec<Effect> {
        let draft = self.draft_mut();
        for attachment in attachments {
            if !draft.attachments.contains(&attachment) && draft.attachments.len() < ATTACHMENTS_MAX {
                draft.attachments.push(attachment);
            }
        }
        vec![Effect::Focus(Entry::Text)]
    }

    /// Does not show one of them after all.
    pub(super) fn detach(&mut self, at: usize) {
        let attachments = &mut self.draft_mut().attachments;
        if at < attachments.len() {
            attachments.remove(at);
        }
    }

    /// Says what is in the entry, or stores what was edited.
    pub(super) fn send(&mut self) -> Vec<Effect> {
        let conversation = self.conversation();
        let Some(draft) = self.draft().filter(|_| self.can_write()).cloned() else { return Vec::new() };
        let Ok(text) = post_text(&draft.text) else { return Vec::new() };
        if let Some(Editing { post, was, .. }) = draft.editing {
            // Nothing left of it is no edit: whoever wants that deletes it.
            let has_card = self.shown.borrow().post(post).is_some_and(|post| post.card.is_some());
            if text.is_empty() && !has_card {
                return Vec::new();
            }
            let mut effects = self.end_editing();
            if text != was {
                let request = EditPost { conversation, post, text: text.clone() };
                effects.push(self.ask(Asked::Edit { conversation, post, text }, Request::EditPost(request)));
            }
            return effects;
        }
        if text.is_empty() && draft.attachments.is_empty() {
            return Vec::new();
        }
        let mut texts = Some((text, draft.reply_to));
        let mut attachments = draft.attachments.into_iter().map(Some).collect::<Vec<_>>();
        if attachments.is_empty() {
            attachments.push(None);
        }
        for attachment in attachments {
            // What is written stands with the first file, and the others follow without words.
            let (text, reply_to) = texts.take().unwrap_or_default();
            let upload =
                matches!(attachment, Some(Attachment::Path(_))).then(|| UploadKey::new((self.draw)()));
            let key = SayKey::new((self.draw)());
            self.outbox.push(Kept { key, conversation, text, reply_to, attachment, upload });
        }
        *self.draft_mut() = Draft::default();
        self.completion.clear();
        let mut effects = vec![Effect::Fill(Entry::Text, String::new())];
        effects.extend(self.keep_outbox());
        effects.extend(self.go_to_newest());
        effects
    }

    /// Takes what became of an edit. A text that was not stored comes back, if nothing else is being written.
    pub(super) fn take_edited(
        &mut self,
        conversation: ConversationId,
        post: PostId,
        text: String,
        answer: &Answer,
    ) -> Vec<Effect> {
        let notice = match answer {
            Answer::Reply(_) => return Vec::new(),
            Answer::Denied(denial) => Notice::Denied(denial.clone()),
            Answer::Lost => Notice::AnswerLost,
        };
        let mut effects = vec![Effect::Say(notice)];
        let is_free = self.draft().is_none_or(|draft| draft.text.is_empty() && draft.editing.is_none());
        if conversation == self.conversation() && is_free {
            effects.extend(self.edit(post));
            self.draft_mut().text.clone_from(&text);
            effects.push(Effect::Fill(Entry::Text, text));
        }
        effects
    }
}

/// Returns a post as another one quotes it.
fn quote_of(post: &Arc<Post>) -> Quote {
    let name = match &post.card {
        Some(Card::File { file_name, .. }) => file_name.as_str(),
        Some(Card::Track { title, .. }) => title,
        Some(Card::Gone {} | Card::Unknown {}) | None => "",
    };
    let text = if post.text.is_empty() { name } else { &post.text };
    let excerpt = text[..text.floor_char_boundary(EXCERPT_BYTES_MAX)].to_owned();
    Quote { post: post.post, author: post.author.clone(), excerpt }
}

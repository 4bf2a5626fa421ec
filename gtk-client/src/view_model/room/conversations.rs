//! One's conversations, and how much of each one has not read.
//!
//! This file does not know what was said, nor how a conversation is shown.

use parlour_common::limits::CONVERSATIONS_PER_PAGE_MAX;
use parlour_common::message::{
    ConversationEntry, ConversationId, ConversationPage, Denial, ListConversations, OpenConversation, Post,
    PostId, Reply, Request,
};
use parlour_common::names::UserName;

use super::{Alarm, Asked, Room, TimelineChange};
use crate::network::Answer;
use crate::view_model::{Effect, Entry, Notice};

/// How long further news is waited for before the list is fetched again, in milliseconds.
const REFRESH_PAUSE_MS: u32 = 300;

/// A conversation in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Talk {
    /// The conversation as it is now.
    pub entry: ConversationEntry,
}

impl Talk {
    /// Returns how many posts one has not read.
    pub fn unread(&self) -> u64 {
        (self.entry.last.0 + 1).saturating_sub(self.first_unread())
    }

    /// Returns how many of them mention one.
    pub fn mentions(&self) -> u32 {
        self.entry.mentions
    }

    /// Returns how many of them are to oneself: mentions, and all that only one other says.
    fn unread_to_one(&self) -> u64 {
        if self.entry.with.is_some() { self.unread() } else { self.mentions().into() }
    }

    /// Returns which it is.
    pub fn id(&self) -> ConversationId {
        self.entry.conversation
    }

    /// Returns the first post that one has not read; it may not be there yet.
    pub(super) fn first_unread(&self) -> u64 {
        (self.entry.read_up_to.0 + 1).max(self.entry.first.0)
    }
}

/// The list of one's conversations.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    pub(super) talks: Vec<Talk>,
    pub(super) total: u32,
    /// Whether it is to be fetched again once a pause is over.
    is_refresh_due: bool,
    is_asked: bool,
}

impl Conversations {
    /// Returns a conversation.
    pub(super) fn talk(&self, conversation: ConversationId) -> Option<&Talk> {
        self.talks.iter().find(|talk| talk.id() == conversation)
    }

    fn talk_mut(&mut self, conversation: ConversationId) -> Option<&mut Talk> {
        self.talks.iter_mut().find(|talk| talk.id() == conversation)
    }

    /// Takes a conversation as the daemon tells it.
    pub(super) fn put(&mut self, entry: ConversationEntry) {
        match self.talk_mut(entry.conversation) {
            Some(talk) => {
                // An answer may be older than what was told meanwhile.
                let is_older = entry.revision < talk.entry.revision;
                let (newer, older) =
                    if is_older { (talk.entry.clone(), entry) } else { (entry, talk.entry.clone()) };
                let read_up_to = newer.read_up_to.max(older.read_up_to);
                talk.entry = ConversationEntry { read_up_to, ..newer };
                if talk.unread() == 0 {
                    talk.entry.mentions = 0;
                }
            }
            None => self.talks.push(Talk { entry }),
        }
        self.order();
    }

    fn take_page(&mut self, offset: u32, page: ConversationPage) {
        if offset == 0 {
            let listed = |talk: &Talk| page.conversations.iter().any(|entry| entry.conversation == talk.id());
            // One that was only just begun is in no list.
            self.talks.retain(|talk| listed(talk) || talk.entry.last.0 == 0);
        }
        self.total = page.total;
        for entry in page.conversations {
            self.put(entry);
        }
    }

    /// Takes something that was said. Tells whether the conversation is known.
    fn take_said(&mut self, post: &Post, mentions_me: bool) -> bool {
        let Some(talk) = self.talk_mut(post.conversation) else { return false };
        if post.post > talk.entry.last {
            talk.entry.last = post.post;
            talk.entry.last_unix_ms = post.said_unix_ms;
            talk.entry.revision = talk.entry.revision.max(post.revision);
            talk.entry.mentions = talk.entry.mentions.saturating_add(u32::from(mentions_me));
        }
        self.order();
        true
    }

    /// Takes it that one has read up to a post. Tells whether that is news.
    pub(super) fn mark(&mut self, conversation: ConversationId, post: PostId) -> bool {
        let Some(talk) = self.talk_mut(conversation) else { return false };
        if post <= talk.entry.read_up_to {
            return false;
        }
        talk.entry.read_up_to = post;
        if talk.unread() == 0 {
            talk.entry.mentions = 0;
        }
        true
    }

    /// Puts the room first, then those with most recent posts.
    fn order(&mut self) {
        self.talks
            .sort_by_key(|talk| (talk.id() != ConversationId::ROOM, u64::MAX - talk.entry.last_unix_ms));
    }

    /// Returns how many posts are not read, and how many of them are to oneself.
    pub(super) fn unread(&self) -> (u32, u32) {
        let posts = self.talks.iter().map(Talk::unread).sum::<u64>();
        let to_one = self.talks.iter().map(Talk::unread_to_one).sum::<u64>();
        (u32::try_from(posts).unwrap_or(u32::MAX), u32::try_from(to_one).unwrap_or(u32::MAX))
    }
}

impl Room {
    /// Fetches the list of conversations.
    pub(super) fn list_talks(&mut self, offset: u32) -> Vec<Effect> {
        if std::mem::replace(&mut self.conversations.is_asked, true) {
            return Vec::new();
        }
        let request = ListConversations { offset, limit: CONVERSATIONS_PER_PAGE_MAX };
        vec![self.ask(Asked::Talks { offset }, Request::ListConversations(request))]
    }

    /// Fetches what follows in the list of conversations.
    pub(super) fn list_more_talks(&mut self) -> Vec<Effect> {
        let here = u32::try_from(self.talks().len()).unwrap_or(u32::MAX);
        if here < self.talk_count() { self.list_talks(here) } else { Vec::new() }
    }

    /// Fetches the list again, in a moment.
    pub(super) fn list_talks_soon(&mut self) -> Vec<Effect> {
        match std::mem::replace(&mut self.conversations.is_refresh_due, true) {
            true => Vec::new(),
            false => vec![Effect::WakeAfter(Alarm::Conversations, REFRESH_PAUSE_MS)],
        }
    }

    /// Goes on after a pause.
    pub(super) fn wake_talks(&mut self) -> Vec<Effect> {
        self.conversations.is_refresh_due = false;
        self.list_talks(0)
    }

    /// Takes the list of conversations.
    pub(super) fn take_talks(&mut self, offset: u32, answer: Answer) -> Vec<Effect> {
        self.conversations.is_asked = false;
        match answer {
            Answer::Reply(Reply::Conversations(page)) => self.conversations.take_page(offset, page),
            Answer::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                self.conversations.is_refresh_due = true;
                return vec![Effect::WakeAfter(Alarm::Conversations, retry_after_ms)];
            }
            // It is fetched again when the link is back.
            _ => {}
        }
        Vec::new()
    }

    /// Takes it into the list that something was said.
    pub(super) fn list_said(&mut self, post: &Post, mentions_me: bool) -> Vec<Effect> {
        if self.conversations.take_said(post, mentions_me) { Vec::new() } else { self.list_talks_soon() }
    }

    /// Begins the conversation with a member, or finds it.
    pub(super) fn open_with(&mut self, with: UserName) -> Vec<Effect> {
        let key = with.key();
        let known =
            self.talks().iter().find(|talk| talk.entry.with.as_ref().is_some_and(|with| with.key() == key));
        if let Some(id) = known.map(Talk::id) {
            return self.open_talk(id);
        }
        vec![self.ask(Asked::Opening, Request::OpenConversation(OpenConversation { with }))]
    }

    /// Takes the conversation that was begun.
    pub(super) fn take_opened(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Reply(Reply::Conversation(entry)) => {
                let id = entry.conversation;
                self.conversations.put(entry);
                self.open_talk(id)
            }
            Answer::Denied(denial) => vec![Effect::Say(Notice::Denied(denial))],
            Answer::Reply(_) | Answer::Lost => vec![Effect::Say(Notice::AnswerLost)],
        }
    }

    /// Shows a conversation.
    pub(super) fn open_talk(&mut self, conversation: ConversationId) -> Vec<Effect> {
        self.is_list_shown = false;
        let mut effects = Vec::new();
        if conversation != self.conversation() {
            self.turn_to(conversation);
            let text = self.draft().map(|draft| draft.text().to_owned()).unwrap_or_default();
            effects.push(Effect::Fill(Entry::Text, text));
            effects.push(Effect::Focus(Entry::Text));
        }
        let is_known = self.histories.contains_key(&conversation);
        effects.extend(self.begin_history(conversation));
        if is_known {
            self.begin_reading();
            let row = self.shown.borrow().row_of_new();
            let change = row.map_or(TimelineChange::ShowNewest, |row| TimelineChange::Begin { row });
            effects.push(Effect::Timeline(change));
        }
        if self.conversations.talk(conversation).is_none() {
            effects.extend(self.list_talks_soon());
        }
        effects
    }
}

//! What the window does for the room: what it is told unasked, who is told of it, and what it may show.
//!
//! This file does not know what is said, nor how a person is told of it.

use parlour_common::message::{CardSource, ConversationId, Event};

use super::{Act, Memory, Shell, tell};
use crate::network::Command;
use crate::view_model::choices::Choices;
use crate::view_model::{Attachment, Effect, News, Page, room, transfers};

impl Shell {
    /// Returns how many posts are not read, and how many of them are to oneself: mentions, and direct messages.
    pub fn unread(&self) -> (u32, u32) {
        self.unread
    }

    /// Returns what was chosen about the room.
    pub fn choices(&self) -> Choices {
        self.choices
    }

    /// Takes what was chosen about the room in an earlier run.
    pub fn set_choices(&mut self, choices: Choices) {
        self.choices = choices;
    }

    /// Takes it that the window is the one that has the keyboard, or not any more.
    pub fn set_active(&mut self, is_active: bool) -> Vec<Act> {
        if self.account.is_none() { Vec::new() } else { tell(Page::Room, News::Active(is_active)) }
    }

    /// Shows a conversation, from wherever one is.
    pub fn open_conversation(&mut self, conversation: ConversationId) -> Vec<Act> {
        self.go_to_room(room::Msg::Open(conversation))
    }

    /// Goes to the room with a message to it.
    fn go_to_room(&mut self, msg: room::Msg) -> Vec<Act> {
        if self.account.is_none() || self.is_asking() {
            return Vec::new();
        }
        let mut acts = self.go_to(Page::Room);
        acts.push(Act::Tell(msg.into()));
        acts
    }

    /// Does what has to do with conversations.
    pub(super) fn handle_room_effect(&mut self, effect: Effect) -> Vec<Act> {
        match effect {
            Effect::FetchCards(wanted) => vec![Act::Transfers(transfers::Msg::FetchCards(wanted))],
            Effect::CardFetched { card, path } => tell(Page::Room, News::CardFetched { card, path }),
            Effect::Stored { upload, how } => tell(Page::Room, News::Stored { upload, how }),
            Effect::DropUpload(upload) => vec![Act::Transfers(transfers::Msg::DropUpload(upload))],
            Effect::FetchCardPicture(card) => vec![Act::Send(Command::FetchCardPicture { card })],
            Effect::Export { conversation, path, form } => {
                vec![Act::Send(Command::Export { conversation, path, form })]
            }
            Effect::CancelExport => vec![Act::Send(Command::CancelExport)],
            Effect::Message(member) => self.go_to_room(room::Msg::OpenWith(member)),
            Effect::Show(source, name) => {
                let shown = match source {
                    CardSource::File(file) => Attachment::File { file, name },
                    CardSource::Track(track) => Attachment::Track { track, title: name },
                };
                self.go_to_room(room::Msg::Attach(vec![shown]))
            }
            Effect::Notify(notification) => vec![Act::Notify(notification)],
            Effect::Withdraw(conversation) => vec![Act::Withdraw(conversation)],
            Effect::ShowUnread { posts, mentions } => {
                self.unread = (posts, mentions);
                Vec::new()
            }
            Effect::RememberChoices(choices) => {
                self.choices = choices;
                let mut acts = vec![Act::Remember(Memory::Choices(choices))];
                acts.extend(self.tell_open(&News::ChoicesChanged(choices)));
                acts
            }
            // What a page does itself never comes here.
            _ => Vec::new(),
        }
    }

    /// Tells the room what has to do with conversations, also while another place is shown.
    pub(super) fn handle_room_event(&self, event: Event) -> Vec<Act> {
        let news = match event {
            Event::Said(post) => News::Said(Box::new(post)),
            Event::PostChanged(post) => News::PostChanged(Box::new(post)),
            Event::SeatsChanged(changed) => News::SeatsChanged(changed),
            Event::SeatLost(lost) => News::SeatLost(lost),
            Event::MarkedRead(post) => News::MarkedRead(post),
            _ => return Vec::new(),
        };
        tell(Page::Room, news)
    }
}

//! Where something can be said: the room, and conversations of two.
//!
//! This file does not know what is said there.

use parlour_common::limits::CONVERSATIONS_PER_PAGE_MAX;
use parlour_common::message::{Denial, ListConversations, OpenConversation};

use super::super::members::check_limit;
use super::super::{Service, Session};
use super::WaitingForRoom;
use crate::id::Asker;
use crate::job::RoomJob;

impl Service {
    pub(super) fn handle_list_conversations(&mut self, asker: Asker, list: ListConversations) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        if let Err(denial) = check_limit(list.limit, CONVERSATIONS_PER_PAGE_MAX) {
            return self.deny(asker, denial);
        }
        self.run_room(asker, RoomJob::List { user, list }, WaitingForRoom::Found);
    }

    pub(super) fn handle_open_conversation(&mut self, asker: Asker, form: OpenConversation) {
        let Some(Session { user, user_name, .. }) = self.session_of(asker) else { return };
        if form.with.key() == user_name.key() {
            return self.deny(asker, Denial::BadRequest { reason: "`with` names oneself".to_owned() });
        }
        self.run_room(asker, RoomJob::FindMember { user_name: form.with }, WaitingForRoom::With { user });
    }
}

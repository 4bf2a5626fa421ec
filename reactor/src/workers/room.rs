//! Slow work about what was said: what the records have to say, and the files that posts show.
//!
//! This file does not know who asked. Whether a member may read something is looked up in the store, where its record is
//! read; what is against the rules comes back as the denial to answer with.

use parlour_common::message::{ConversationId, Denial, PostId};
use parlour_common::names::UserName;

use super::{Tools, storage_failed};
use crate::job::{Completion, RoomFound, RoomJob};
use crate::send_file::SendFile;
use crate::store::{CardRecord, StoreError, UserId, UserRecord};

/// What a part of the work found, unless the store failed.
type Found = Result<RoomFound, StoreError>;

impl Tools {
    pub(super) fn run_room(&self, job: RoomJob) -> Completion {
        let no_conversation = || RoomFound::Refused(Denial::NoSuchConversation {});
        let found = match job {
            RoomJob::List { user, list } => {
                self.store.conversations(user, &list).map(RoomFound::Conversations)
            }
            RoomJob::Find { user, conversation } => {
                self.store.conversation(user, conversation).map(|entry| {
                    entry.map_or_else(no_conversation, |entry| RoomFound::Conversation(Box::new(entry)))
                })
            }
            RoomJob::FindMember { user_name } => self.find_member(&user_name),
            RoomJob::Read { user, read } => {
                let page = self.store.posts(user, &read);
                page.map(|page| page.map_or_else(no_conversation, RoomFound::Posts))
            }
            RoomJob::Search { user, search } => {
                let found = self.store.search_posts(user, &search);
                found.map(|found| found.map_or_else(no_conversation, RoomFound::Found))
            }
            RoomJob::OpenCard { user, conversation, post } => {
                return self.open_card(user, conversation, post);
            }
        };
        found.map_or_else(|error| storage_failed(&error), Completion::Room)
    }

    fn find_member(&self, user_name: &UserName) -> Found {
        // Whoever is not active is nobody to other members.
        let user = self.store.user_by_name(user_name)?.filter(UserRecord::is_active);
        Ok(user.map_or(RoomFound::Refused(Denial::NoSuchMember {}), |user| RoomFound::Member(user.id)))
    }

    fn open_card(&self, user: UserId, conversation: ConversationId, post: PostId) -> Completion {
        match self.card(user, conversation, post) {
            Ok(Ok(card)) => self.open_card_file(card),
            Ok(Err(denial)) => refused(denial),
            Err(error) => storage_failed(&error),
        }
    }

    /// Finds the file that a post shows; otherwise what the answer is.
    fn card(
        &self,
        user: UserId,
        conversation: ConversationId,
        post: PostId,
    ) -> Result<Result<CardRecord, Denial>, StoreError> {
        if let Some(card) = self.store.card(user, conversation, post)? {
            return Ok(Ok(card));
        }
        // Who may not read a conversation does not learn what is in it.
        let may_read = self.store.conversation(user, conversation)?.is_some();
        Ok(Err(if may_read { Denial::NoSuchCard {} } else { Denial::NoSuchConversation {} }))
    }

    fn open_card_file(&self, card: CardRecord) -> Completion {
        let CardRecord { blob, file_name, size_bytes, sha256 } = card;
        let lost = match self.files.open_blob(blob).and_then(SendFile::new) {
            Ok(file) if file.size_bytes() == size_bytes => {
                return Completion::Room(RoomFound::CardOpened { file, file_name, sha256 });
            }
            Ok(file) => format!("it has {} bytes instead of {size_bytes}", file.size_bytes()),
            Err(error) => match super::opened(std::path::Path::new(&format!("{blob:?}")), Err(error)) {
                Completion::Opened(_) => "it is not there".to_owned(),
                other => return other,
            },
        };
        // The post may have been deleted this moment.
        match self.store.blob(blob) {
            Ok(None) => refused(Denial::NoSuchCard {}),
            Err(error) => storage_failed(&error),
            Ok(Some(_)) => {
                tracing::error!(?blob, "contents of a card are lost: {lost}; see `parlourd check`");
                refused(Denial::FileLost {})
            }
        }
    }
}

fn refused(denial: Denial) -> Completion {
    Completion::Room(RoomFound::Refused(denial))
}

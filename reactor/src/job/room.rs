//! The room's rules, and slow work about what was said.
//!
//! This file does not know who has a seat, nor who is told. What a worker finds to be against the rules comes back as
//! the denial to answer with.

use parlour_common::message::{
    ConversationEntry, ConversationId, ConversationPage, Denial, Fault, Field, FieldFault, FileHash,
    ListConversations, PostId, PostPage, PostsFound, ReadPosts, SearchPosts,
};
use parlour_common::names::{FileName, UserName};

use super::{Lane, denial_of};
use crate::send_file::SendFile;
use crate::store::{Refusal, UserId};

/// The operator's rules about what is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomPolicy {
    /// How long posts are kept, in days; 0 for ever.
    pub history_days: u32,
    /// How much the cards of all conversations may take, in bytes; `None` for as much as the disk gives.
    pub cards_bytes_max: Option<u64>,
}

/// Slow work about what was said.
#[derive(Debug)]
pub enum RoomJob {
    /// Read a page of conversations.
    List {
        /// Whose.
        user: UserId,
        /// Which.
        list: ListConversations,
    },
    /// Read a conversation.
    Find {
        /// Whose eyes see it.
        user: UserId,
        /// Which.
        conversation: ConversationId,
    },
    /// Find the member with whom there is to be a conversation.
    FindMember {
        /// Who.
        user_name: UserName,
    },
    /// Read posts.
    Read {
        /// Whose eyes see them.
        user: UserId,
        /// Which.
        read: ReadPosts,
    },
    /// Search posts.
    Search {
        /// Whose eyes see them.
        user: UserId,
        /// For what.
        search: SearchPosts,
    },
    /// Open the file that a post shows, if this member may read the post.
    OpenCard {
        /// Who asks.
        user: UserId,
        /// Where.
        conversation: ConversationId,
        /// Which post.
        post: PostId,
    },
}

/// The end of a [`RoomJob`].
#[derive(Debug)]
pub enum RoomFound {
    /// It is against the rules; this is the answer.
    Refused(Denial),
    /// Of [`RoomJob::List`].
    Conversations(ConversationPage),
    /// Of [`RoomJob::Find`].
    Conversation(Box<ConversationEntry>),
    /// Of [`RoomJob::FindMember`].
    Member(UserId),
    /// Of [`RoomJob::Read`].
    Posts(PostPage),
    /// Of [`RoomJob::Search`].
    Found(PostsFound),
    /// Of [`RoomJob::OpenCard`].
    CardOpened {
        /// The file.
        file: SendFile,
        /// Its name.
        file_name: FileName,
        /// Its hash.
        sha256: FileHash,
    },
}

impl RoomJob {
    /// Returns where the job is done.
    pub(super) fn lane(&self) -> Lane {
        match self {
            Self::List { .. } | Self::Find { .. } | Self::Read { .. } | Self::Search { .. } => Lane::Room,
            Self::FindMember { .. } => Lane::Lookup,
            Self::OpenCard { .. } => Lane::Disk,
        }
    }
}

/// Returns how a refusal of the store about what is said is answered; `None` if it is not about that, nor about files.
pub fn room_denial_of(refusal: Refusal) -> Option<Denial> {
    Some(match refusal {
        Refusal::NoSuchConversation => Denial::NoSuchConversation {},
        Refusal::NoSuchPost => Denial::NoSuchPost {},
        Refusal::NoSuchTrack => Denial::NoSuchTrack {},
        Refusal::NoSuchCard => Denial::NoSuchCard {},
        Refusal::NotAuthor => Denial::NotAuthor {},
        Refusal::NothingSaid => {
            let faults = vec![FieldFault { field: Field::Text, fault: Fault::Missing {} }];
            Denial::InvalidFields { faults }
        }
        Refusal::Departed => Denial::NoSuchMember {},
        Refusal::CardsFull { left_bytes } => Denial::CardsFull { left_bytes },
        refusal => return denial_of(refusal),
    })
}

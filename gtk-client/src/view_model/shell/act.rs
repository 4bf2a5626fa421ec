//! What the window does at the shell's word.
//!
//! This file decides nothing.

use std::path::PathBuf;

use parlour_common::message::{ConversationId, CoverId, OnePost, Sort};
use parlour_common::names::UserName;

use crate::network::{Command, ServerAddress};
use crate::secrets::Wish;
use crate::view_model::choices::Choices;
use crate::view_model::{Greeting, Notice, Notification, Page, ToPage, files, transfers};

/// What is to be kept for the next start.
#[derive(Clone, Debug, PartialEq)]
pub enum Memory {
    /// Somebody signed in at a server.
    SignedIn {
        /// The server.
        server: ServerAddress,
        /// Who.
        user_name: String,
        /// Whether it is to be so at the next start, too.
        stay: bool,
    },
    /// The account used there is no more.
    AccountDeleted {
        /// The server.
        server: ServerAddress,
    },
    /// Nobody is signed in at a server any more.
    SignedOut {
        /// The server.
        server: ServerAddress,
    },
    /// The person knows that a session may be kept in a file.
    ToldOfFile,
    /// A destination folder was chosen.
    Folder(PathBuf),
    /// The list was ordered.
    Sort(Sort),
    /// The files were ordered.
    Order(files::Order),
    /// A folder to save files in was chosen.
    FilesFolder(PathBuf),
    /// Something was chosen about the room.
    Choices(Choices),
}

/// What the window does at the shell's word.
#[derive(Debug)]
pub enum Act {
    /// Hand a command to the network.
    Send(Command),
    /// Keep a secret, find it or forget it.
    Secret(Wish),
    /// Hand a message to a page.
    Tell(ToPage),
    /// Hand a message to the transfers.
    Transfers(transfers::Msg),
    /// Hand a picture to the list; `None` if it is not to be had now.
    Cover(CoverId, Option<Vec<u8>>),
    /// Hand the picture of a post to the room; `None` if it is not to be had now.
    CardPicture(OnePost, Option<Vec<u8>>),
    /// Tell the person of something while they look elsewhere.
    Notify(Notification),
    /// Take back what the person was told of a conversation.
    Withdraw(ConversationId),
    /// Open the first page with what is remembered.
    OpenSignIn(Option<Greeting>),
    /// Open the places with what is remembered.
    OpenPlaces {
        /// Who is signed in.
        own: UserName,
        /// The server, as a person would type it.
        server: String,
        /// How long files stay in the trash, in days; 0 for ever.
        trash_days: u32,
    },
    /// Show this.
    Show(Page),
    /// Keep this.
    Remember(Memory),
    /// Say this in passing.
    Say(Notice),
    /// Say this in passing, with a button that sends a message to a page.
    Offer(Notice, ToPage),
}

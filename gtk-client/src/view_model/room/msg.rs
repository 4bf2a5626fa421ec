//! What the page of the room is told, and what it shows.
//!
//! This file decides nothing.

use std::path::PathBuf;

use parlour_common::message::{
    ConversationId, FileEntry, OnePost, Post, PostId, SayKey, SeatLost, SeatsChanged, UploadKey,
};
use parlour_common::names::UserName;

use super::outbox::{Attachment, Kept};
use crate::network::{ExportFault, ExportForm, TransferFault};
use crate::view_model::choices::Choices;
use crate::view_model::{Answered, Hear, News, Problem};

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// Somebody signed in.
    Opened {
        /// Who.
        own: UserName,
        /// The server, as a person would type it.
        server: String,
        /// What they chose.
        choices: Choices,
        /// Where files of members are saved.
        folder: Option<PathBuf>,
    },
    /// Nobody is signed in any more: nothing of theirs stays in the window.
    SignedOut,
    /// This is what an earlier run of theirs did not get said.
    Found(Vec<Kept>),
    /// What was to be kept up to this turn is on the disk, or could not be put there.
    Kept {
        /// The turn.
        turn: u64,
        /// Whether it is on the disk.
        is_durable: bool,
    },
    /// The daemon answered.
    Answered(Answered),
    /// The person was asked, and chose.
    Confirmed(bool),
    /// The link was lost.
    LinkLost,
    /// The link was lost and is back.
    Resumed,
    /// Something was said.
    Said(Box<Post>),
    /// A post was edited or deleted.
    PostChanged(Box<Post>),
    /// Somebody came or went.
    SeatsChanged(SeatsChanged),
    /// One's seat was taken at another place.
    SeatLost(SeatLost),
    /// One has read up to a post, at another place.
    MarkedRead(OnePost),
    /// A file that is to be shown is at the daemon, or will not be.
    Stored {
        /// By what the upload is known.
        upload: UploadKey,
        /// What it became; `None` where the person gave it up.
        how: Stored,
    },
    /// A file of a card is on the disk; without a path it will not be.
    CardFetched {
        /// Which.
        card: OnePost,
        /// Where it is.
        path: Option<PathBuf>,
    },
    /// What they chose is other than it was.
    ChoicesChanged(Choices),
    /// The window is the one that has the keyboard, or not any more.
    Active(bool),
    /// The place is looked at.
    Shown,
    /// Another place is looked at.
    Hidden,
    /// A pause is over.
    Woken(Alarm),
    /// Fetch again what did not come.
    Retry,
    /// Go back: leave what is being done, the nearest first.
    Back,

    /// Take a seat in the room.
    EnterRoom,
    /// Take the seat from the place that has it.
    TakeOver,
    /// Give the seat up.
    LeaveRoom,
    /// The end of the list of seats is in sight.
    MoreSeats,

    /// Show this conversation.
    Open(ConversationId),
    /// Show the conversation with a member, and begin it if there is none.
    OpenWith(UserName),
    /// Leave the conversation for the list of them, where the window is narrow.
    ShowList,
    /// The end of the list of conversations is in sight.
    MoreConversations,

    /// These rows of the timeline are before the person's eyes.
    Looking {
        /// The first of them.
        first: u32,
        /// The last of them.
        last: u32,
    },
    /// Show a post, wherever it is.
    GoTo(PostId),
    /// Show the newest post.
    GoToNewest,

    /// The text in the entry changed.
    Typed(String),
    /// A member is being mentioned by a name that begins so; `None`: not any more.
    Mentioning(Option<String>),
    /// Say what is in the entry, or store what was edited.
    Send,
    /// Reply to a post.
    Reply(PostId),
    /// Edit a post.
    Edit(PostId),
    /// Edit one's last post, if there is nothing in the entry.
    EditLast,
    /// Neither reply nor edit after all.
    CancelBar,
    /// Show these with what is said.
    Attach(Vec<Attachment>),
    /// Do not show this one after all.
    Detach(usize),
    /// Try again to say what failed.
    TryAgain(SayKey),
    /// Do not say it after all.
    Discard(SayKey),
    /// Ask whether a post is to be deleted.
    Delete(PostId),

    /// Search the conversation.
    SearchOpened,
    /// The text of the search changed.
    SearchTyped(String),
    /// The end of what was found is in sight.
    SearchMore,
    /// Search no more.
    SearchClosed,

    /// Save the file or track of a post in the folder.
    Save(PostId),
    /// The folder to save in was chosen.
    FolderChosen(PathBuf),
    /// Make a file of one's own of the file of a post.
    Keep(PostId),
    /// Fetch the file of a post into this folder, to be opened from there.
    Fetch {
        /// Which.
        post: PostId,
        /// The folder.
        folder: PathBuf,
    },
    /// Write the conversation into a file.
    Export {
        /// Where.
        path: PathBuf,
        /// In which form.
        form: ExportForm,
    },
    /// Do not write it after all.
    CancelExport,
    /// So many posts are written.
    ExportMoved {
        /// How many.
        posts: u64,
    },
    /// It is written, or will not be.
    Exported(Result<PathBuf, ExportFault>),
}

/// What became of the upload of a file that is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// So much of it is there, in percent.
    Moved(u8),
    /// It is this file.
    Here(Box<FileEntry>),
    /// It did not come.
    Failed(TransferFault),
    /// The person gave it up.
    GivenUp,
}

/// What a pause was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Alarm {
    /// What is to be said is asked for again.
    Outbox,
    /// What is shown is fetched again.
    History,
    /// The lists of conversations are fetched again.
    Conversations,
    /// The list of seats is fetched again.
    Seats,
    /// The seat is asked for again.
    Entering,
    /// What was read may be told again.
    Reading,
    /// What is searched is asked for again.
    Search,
    /// The members that may be mentioned are asked for again.
    Mentions,
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Confirmed(yes) => Some(Self::Confirmed(yes)),
            News::SignedOut => Some(Self::SignedOut),
            News::LinkLost => Some(Self::LinkLost),
            News::Resumed => Some(Self::Resumed),
            News::Said(post) => Some(Self::Said(post)),
            News::PostChanged(post) => Some(Self::PostChanged(post)),
            News::SeatsChanged(changed) => Some(Self::SeatsChanged(changed)),
            News::SeatLost(lost) => Some(Self::SeatLost(lost)),
            News::MarkedRead(post) => Some(Self::MarkedRead(post)),
            News::Stored { upload, how } => Some(Self::Stored { upload, how }),
            News::CardFetched { card, path } => Some(Self::CardFetched { card, path }),
            News::ChoicesChanged(choices) => Some(Self::ChoicesChanged(choices)),
            News::Active(is_active) => Some(Self::Active(is_active)),
            News::ExportMoved { posts } => Some(Self::ExportMoved { posts }),
            News::Exported(how) => Some(Self::Exported(how)),
            News::Shown => Some(Self::Shown),
            News::Closed | News::Covered => Some(Self::Hidden),
            News::Back => Some(Self::Back),
            _ => None,
        }
    }
}

/// What the page shows of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// The first answer has not come.
    Loading,
    /// What was said is not to be had.
    Failed(Problem),
    /// Nothing was said yet.
    Empty,
    /// There are rows.
    Timeline,
}

/// Whether one has a seat in the room.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Seat {
    /// Not now: it is asked for, as soon as there is a link.
    #[default]
    Entering,
    /// One is in the room.
    Here,
    /// One is in the room, at another place.
    Elsewhere {
        /// The name of the device.
        device: String,
    },
    /// One left the room.
    Left,
    /// It cannot be had; the person can try again.
    Failed(Problem),
}

/// Something worth saying in passing.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The file of a post is one of one's own now.
    Kept {
        /// Its name.
        name: String,
    },
    /// Something was written, but not onto the disk: it is lost if the app ends before it is said.
    NotKept,
    /// A post cannot be edited or deleted, or not be shown.
    PostGone,
    /// The conversation is written into a file.
    Exported {
        /// Where.
        path: PathBuf,
    },
    /// It could not be written.
    NotExported(ExportFault),
    /// Folders and what is on other machines cannot be shown.
    NotAttached {
        /// How many.
        count: usize,
    },
}

//! Every decision of every page, in plain values: a message in, effects out.
//!
//! Nothing here knows gtk, sockets or clocks, nor the words people read (`text.rs`). So every rule is
//! tested without a display.

pub mod account;
pub mod audit;
pub mod choices;
pub mod delete_account;
pub mod devices;
mod draw;
pub mod fetch;
pub mod files;
pub mod form;
pub mod invites;
pub mod library;
pub mod members;
pub mod page;
pub mod password;
pub mod profile;
pub mod question;
pub mod reset;
pub mod returning;
pub mod room;
pub mod rows;
pub mod settings;
pub mod share;
pub mod shell;
pub mod sign_in;
pub mod sign_up;
pub mod transfers;
pub mod user;
pub mod users;
mod wanted;

use std::path::PathBuf;

use parlour_common::message::{
    CardSource, ConversationId, CoverId, Denial, FileId, OnePost, Request, SignedIn, Sort, UploadKey,
};
use parlour_common::names::UserName;

use crate::network::{Answer, ExportForm, JobId, LinkFault, Order, ServerAddress};
use crate::secrets::Owner;

pub use form::{Entry, Problem};
pub use page::{Hear, News, Page, ToPage};
pub use question::Question;
pub use room::Attachment;
pub use sign_in::Greeting;
pub use wanted::{Badge, NewUpload, Notification, Wanted, WantedCard, WantedFile};

/// What a page wants done. What a page cannot do itself goes up to the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the daemon. The answer comes back with the same key.
    Ask {
        /// The page's own number for the question.
        key: u32,
        /// The question.
        request: Request,
    },
    /// Have a link to this server; `Reached` or `Unreachable` follows.
    Reach(ServerAddress),
    /// Give up reaching a server.
    GiveUp,
    /// Fetch a picture.
    FetchCover(CoverId),
    /// Put these tracks in the queue of downloads.
    Queue(Vec<Wanted>),
    /// Store these files of the person's disk at the daemon, once those before them are done.
    Upload(Vec<NewUpload>),
    /// Fetch these files of members, once those before them are done.
    Fetch(Vec<WantedFile>),
    /// Fetch the files of posts, once those before them are done.
    FetchCards(Vec<WantedCard>),
    /// A file of a post that was wanted is on the disk, or does not come.
    CardFetched {
        /// Which.
        card: OnePost,
        /// Where it is; `None` if it does not come.
        path: Option<PathBuf>,
    },
    /// The upload of a file that is to be shown in a conversation came further, or to its end.
    Stored {
        /// By what it is known.
        upload: UploadKey,
        /// How.
        how: room::Stored,
    },
    /// Give up the upload of a file that was to be shown.
    DropUpload(UploadKey),
    /// Fetch the picture that a post shows, to be shown small.
    FetchCardPicture(OnePost),
    /// Write a conversation into a file.
    Export {
        /// Which.
        conversation: ConversationId,
        /// Where.
        path: PathBuf,
        /// In which form.
        form: ExportForm,
    },
    /// Do not write it after all.
    CancelExport,
    /// Show the conversation with a member.
    Message(UserName),
    /// Put a file or a track into what is being written.
    Show(CardSource, String),
    /// Tell the person of something while they look elsewhere.
    Notify(Notification),
    /// What the person was told of a conversation is read.
    Withdraw(ConversationId),
    /// Show how much of the conversations is not read.
    ShowUnread {
        /// How many posts.
        posts: u32,
        /// How many of them are to oneself: mentions, and direct messages.
        mentions: u32,
    },
    /// Keep what was chosen about the room.
    RememberChoices(choices::Choices),
    /// Begin one transfer, or go on with it.
    Begin {
        /// The number of the transfer.
        id: JobId,
        /// What to move.
        order: Box<Order>,
    },
    /// Let one transfer rest.
    Rest(JobId),
    /// Give one transfer up, and remove what is left of it.
    Stop {
        /// The number of the transfer.
        id: JobId,
        /// What it was to move.
        order: Box<Order>,
    },
    /// Ask the person what to do where a name is taken; `transfers::Msg::Chosen` follows. `None` takes the
    /// question back.
    AskName(Option<Box<transfers::Conflict>>),
    /// A file of a member that was wanted is on the disk, or does not come.
    Fetched {
        /// Which.
        file: FileId,
        /// Where it is; `None` if it does not come.
        path: Option<PathBuf>,
    },
    /// Open a page, by a message to it. Back leads to where one was.
    Open(Box<ToPage>),
    /// Leave the page for the one it was opened from.
    Back,
    /// Ask the person; `News::Confirmed` follows.
    Confirm(Question),
    /// Go to the first page. Nobody is signed in any more.
    OpenSignIn(Option<Greeting>),
    /// End the session and go to the first page.
    SignOut(Option<Greeting>),
    /// Look for the session of somebody who stayed signed in.
    FindSession(Owner),
    /// Forget a session that was kept.
    ForgetSession(Owner),
    /// Go into the library.
    Enter {
        /// Who is signed in.
        signed_in: Box<SignedIn>,
        /// Whether it is to be so at the next start, too.
        stay: bool,
    },
    /// Keep the destination folder for next time.
    RememberFolder(PathBuf),
    /// Keep the order of the list for next time.
    RememberSort(Sort),
    /// Keep the order of the files for next time.
    RememberOrder(files::Order),
    /// Keep the folder that files are saved in for next time.
    RememberFilesFolder(PathBuf),
    /// Show that something happened that needs no answer.
    Say(Notice),
    /// Show that something happened, with a button that sends a message to a page.
    Offer(Notice, Box<ToPage>),
    /// Go to a place that is always open.
    TurnTo(Page),
    /// Show how many files others shared since one has looked.
    ShowUnseen(u32),
    /// Show how much is being moved.
    ShowBadge(Badge),

    /// In the page: put this text into an entry.
    Fill(Entry, String),
    /// In the page: move the keyboard to an entry.
    Focus(Entry),
    /// In the page: let the person choose the destination folder.
    ChooseFolder,
    /// In the page: let the person choose files to upload.
    ChooseFiles,
    /// In the page: show a folder in the file browser.
    OpenFolder(PathBuf),
    /// In the page: the rows of the list are other than they were.
    Rows(RowsChange),
    /// In the page: the rows of the timeline are other than they were.
    Timeline(room::TimelineChange),
    /// In the page: send `Woken` after this many milliseconds.
    WakeAfter(room::Alarm, u32),
    /// In the page: open what is to be said of this member of this server; what is found comes back.
    OpenOutbox {
        /// The server, as a person would type it.
        server: String,
        /// Who.
        user_name: String,
    },
    /// In the page: keep this in the place of what was to be said; `Kept` follows.
    KeepOutbox {
        /// The turn, which comes back.
        turn: u64,
        /// All there is.
        kept: Vec<room::Kept>,
    },
    /// In the page: what is to be said of whoever was signed in is closed; it stays.
    CloseOutbox,
    /// In the page: open this file with what the desktop has for it.
    OpenFile(PathBuf),
    /// In the page: send `Settled` once nothing was typed for a moment.
    SettleSoon,
    /// In the page: send `Tick` in a second.
    TickSoon,
    /// In the page: send `Retry` after this many milliseconds.
    RetryAfter(u32),
}

impl Effect {
    /// Opens a page, by a message to it.
    pub fn open(msg: impl Into<ToPage>) -> Self {
        Self::Open(Box::new(msg.into()))
    }

    /// Says something, with a button that sends a message to a page.
    pub fn offer(notice: Notice, msg: impl Into<ToPage>) -> Self {
        Self::Offer(notice, Box::new(msg.into()))
    }
}

/// How the rows of a list changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsChange {
    /// All rows are others: show the first again.
    Replaced {
        /// How many rows the list showed.
        was: u32,
        /// How many it shows now.
        now: u32,
    },
    /// Rows came or went at the end; the others stay where they are.
    Resized {
        /// How many rows the list showed.
        was: u32,
        /// How many it shows now.
        now: u32,
    },
    /// Rows that were placeholders, or out of date, are known now.
    Loaded {
        /// The first of them.
        first: u32,
        /// How many.
        count: u32,
    },
    /// Other rows are selected than were.
    Picked,
}

/// Something worth saying in passing.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Downloads began.
    Downloading {
        /// How many.
        tracks: usize,
    },
    /// Files of members are fetched.
    FetchingFiles {
        /// How many.
        files: usize,
    },
    /// Uploads began.
    Uploading {
        /// How many.
        files: usize,
    },
    /// The last transfer of the queue has ended well.
    AllMoved {
        /// How many tracks were saved since the queue was empty.
        tracks: usize,
        /// How many files of members.
        files: usize,
        /// How many files were uploaded.
        uploads: usize,
    },
    /// The queue is empty, and not everything of it was moved.
    SomeFailed {
        /// How many were.
        saved: usize,
        /// How many were not.
        failed: usize,
    },
    /// A track can only be downloaded once a folder is chosen.
    ChooseFolderFirst,
    /// What was changed in the account is stored.
    AccountStored,
    /// The account was changed at another place.
    AccountChangedElsewhere,
    /// Another device of one's own was signed out.
    SessionOfDeviceEnded,
    /// For admins: an account was made.
    UserAdded(String),
    /// For admins: what was changed in an account is stored.
    UserSaved(String),
    /// For admins: an account was deleted.
    UserDeleted(String),
    /// Something about files.
    Files(files::Told),
    /// Something about what is said.
    Room(room::Told),
    /// The link was lost before the answer came.
    AnswerLost,
    /// The session is kept in a file, because no keyring took it.
    KeptInFile,
    /// The session could not be kept.
    NotKept,
    /// The daemon refused something that has no field to say it at.
    Denied(Denial),
}

/// What the window tells the forms that need a server.
#[derive(Clone, Debug, PartialEq)]
pub enum Reached {
    /// There is a link.
    Yes(Box<parlour_common::message::Welcome>),
    /// There is none, or not any more.
    No {
        /// The server that was tried.
        server: ServerAddress,
        /// Why not.
        why: LinkFault,
    },
}

/// An answer of the daemon on its way to the page that asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The number under which the page asked.
    pub key: u32,
    /// The answer.
    pub answer: Answer,
}

//! The pages by name: what each is called, what can be told to it, and what it wants to hear.
//!
//! This file knows every page by name and none by content. How a page is added is told in
//! `CONTRIBUTING.md`.

use std::path::PathBuf;

use parlour_common::message::{
    FileEntry, FileId, LibraryState, OnePost, OwnAccount, Post, SeatLost, SeatsChanged, UploadKey,
};

use super::choices::Choices;
use super::files::Offered;
use super::{Answered, Reached};
use super::{
    account, audit, delete_account, devices, files, invites, library, members, password, profile, reset,
    returning, room, settings, share, sign_in, sign_up, user, users,
};
use crate::network::ExportFault;

/// What the window tells pages, whichever they are.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum News {
    /// The daemon answered what the page had asked.
    Answered(Answered),
    /// The server that the page wanted was reached, or not.
    Reached(Reached),
    /// The person chose, as the page had asked by `Effect::Confirm`.
    Confirmed(bool),
    /// The person wants to go back. A page that hears this decides, and sends `Effect::Back`; a page that
    /// does not is left at once.
    Back,
    /// The page is not open any more: nothing secret stays in it.
    Closed,
    /// Another page lies above.
    Covered,
    /// The page that lay above is closed.
    Shown,
    /// The link was lost and is back.
    Resumed,
    /// The library is other than it was.
    LibraryChanged(LibraryState),
    /// One's own account is other than it was.
    AccountChanged(Box<OwnAccount>),
    /// Accounts or invites are other than they were.
    UsersChanged {
        /// How many accounts wait for approval.
        waiting: u32,
    },
    /// One's own files, or those that others share with one, are other than they were.
    FilesChanged,
    /// Somebody shares a file with one.
    FileShared(Box<FileEntry>),
    /// A file that was wanted is on the disk; without a path it will not be.
    Fetched {
        /// Which file.
        file: FileId,
        /// Where it is.
        path: Option<PathBuf>,
    },
    /// Files were dropped on the window.
    Offered(Offered),
    /// Nobody is signed in any more.
    SignedOut,
    /// The link was lost.
    LinkLost,
    /// Something was said.
    Said(Box<Post>),
    /// A post was edited or deleted.
    PostChanged(Box<Post>),
    /// Somebody came to the room or went.
    SeatsChanged(SeatsChanged),
    /// One's seat was taken at another place.
    SeatLost(SeatLost),
    /// One has read up to a post, at another place.
    MarkedRead(OnePost),
    /// The upload of a file that is to be shown came further, or to its end.
    Stored {
        /// By what it is known.
        upload: UploadKey,
        /// How.
        how: room::Stored,
    },
    /// A file of a post that was wanted is on the disk; without a path it will not be.
    CardFetched {
        /// Which.
        card: OnePost,
        /// Where it is.
        path: Option<PathBuf>,
    },
    /// What was chosen about the room is other than it was.
    ChoicesChanged(Choices),
    /// The window is the one that has the keyboard, or not any more.
    Active(bool),
    /// So much of a conversation is written into a file.
    ExportMoved {
        /// How many posts.
        posts: u64,
    },
    /// A conversation is written into a file, or will not be.
    Exported(Result<PathBuf, ExportFault>),
}

/// A page's messages, as far as the window makes them.
pub trait Hear: Sized {
    /// Returns how the page is told, if it wants to hear this.
    fn hear(news: News) -> Option<Self>;
}

/// Declares the pages: the name, and the file of its view model.
macro_rules! pages {
    ($($(#[$doc:meta])+ $page:ident => $module:ident,)+) => {
        /// What fills the window: a page, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Page {
            $($(#[$doc])+ $page,)+
        }

        /// A message on its way to its page.
        #[derive(Clone, Debug, PartialEq)]
        pub enum ToPage {
            $($(#[$doc])+ $page($module::Msg),)+
        }

        impl Page {
            /// Every page.
            pub const ALL: &[Self] = &[$(Self::$page,)+];

            /// Returns the name of the page in the window's stack.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$page => stringify!($module),)+
                }
            }
        }

        impl ToPage {
            /// Returns whom the message is for.
            pub fn page(&self) -> Page {
                match self {
                    $(Self::$page(_) => Page::$page,)+
                }
            }

            /// Returns how a page is told, if it wants to hear this.
            pub fn hear(page: Page, news: News) -> Option<Self> {
                match page {
                    $(Page::$page => $module::Msg::hear(news).map(Self::$page),)+
                }
            }
        }

        $(impl From<$module::Msg> for ToPage {
            fn from(msg: $module::Msg) -> Self {
                Self::$page(msg)
            }
        })+
    };
}

pages! {
    /// The first page.
    SignIn => sign_in,
    /// The page that makes an account.
    SignUp => sign_up,
    /// The pages for a forgotten password.
    Reset => reset,
    /// The page of who comes back without a password.
    Returning => returning,
    /// The library.
    Library => library,
    /// One's own files, what others share, and the trash.
    Files => files,
    /// The room, and what two members say to each other.
    Room => room,
    /// With whom files are shared.
    Share => share,
    /// The settings.
    Settings => settings,
    /// One's own account.
    Account => account,
    /// One's own password.
    Password => password,
    /// Where one is signed in.
    Devices => devices,
    /// Who else there is.
    Members => members,
    /// One of them.
    Profile => profile,
    /// The end of one's own account.
    DeleteAccount => delete_account,
    /// For admins: the accounts.
    Users => users,
    /// For admins: one of them.
    User => user,
    /// For admins: the invites.
    Invites => invites,
    /// For admins: what was done.
    Audit => audit,
}

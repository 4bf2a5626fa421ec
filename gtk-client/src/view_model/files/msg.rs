//! What the page of files is told, and what it shows.
//!
//! This file decides nothing.

use std::path::PathBuf;

use parlour_common::message::{FileEntry, FileId, FilePlace, FileSort};
use parlour_common::names::UserName;
use serde::{Deserialize, Serialize};

use crate::view_model::{Answered, Hear, News, Problem};

/// In what order files are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Order {
    /// By what.
    pub by: FileSort,
    /// Whether it is turned round.
    pub descending: bool,
}

/// What somebody wants to have uploaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Files of this machine.
    pub paths: Vec<PathBuf>,
    /// How many folders were among it: they cannot be uploaded.
    pub folders: usize,
    /// How many were no files of this machine.
    pub foreign: usize,
}

/// What can be done with selected files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Save them on this machine.
    Download,
    /// Share them with members.
    Share,
    /// Show them in the conversation that one was in last.
    Show,
    /// Give one another name.
    Rename,
    /// Put them in the trash.
    Trash,
    /// Take them out of the trash.
    Restore,
    /// Delete them for good.
    Purge,
    /// Take those of others off one's list.
    Remove,
}

impl Deed {
    /// Every deed.
    pub const ALL: [Self; 8] = [
        Self::Download,
        Self::Share,
        Self::Show,
        Self::Rename,
        Self::Restore,
        Self::Trash,
        Self::Remove,
        Self::Purge,
    ];

    /// Tells whether it is done with files of a place.
    pub fn is_of(self, place: FilePlace) -> bool {
        match place {
            FilePlace::Own => {
                matches!(self, Self::Download | Self::Share | Self::Show | Self::Rename | Self::Trash)
            }
            FilePlace::Shared => matches!(self, Self::Download | Self::Show | Self::Remove),
            FilePlace::Trash => matches!(self, Self::Restore | Self::Purge),
        }
    }
}

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// Somebody signed in.
    Opened {
        /// Who.
        own: UserName,
        /// How long files stay in the trash, in days; 0 for ever.
        trash_days: u32,
        /// The order of last time.
        order: Order,
        /// Where files were saved last time.
        folder: Option<PathBuf>,
    },
    /// The page is looked at.
    Shown,
    /// Another place was chosen.
    PlacePicked(FilePlace),
    /// Show what others share.
    ShowShared,
    /// The text of the search changed.
    QueryTyped(String),
    /// Another order was chosen.
    OrderPicked(Order),
    /// Cards of these pages are looked at, the most urgent first.
    Wanted(Vec<u32>),
    /// Nothing was typed for a moment.
    Settled,
    /// The pause is over, or the person wants to try again.
    Retry,
    /// The daemon answered.
    Answered(Answered),
    /// Files are other than they were.
    FilesChanged,
    /// Somebody shares a file.
    FileShared(Box<FileEntry>),
    /// The link was lost and is back.
    Resumed,
    /// The selection changed in the list itself.
    Picked,
    /// Select nothing.
    ClearPicks,
    /// Go back: leave what is being done.
    Back,
    /// Choose files to upload.
    ChooseFiles,
    /// Files were chosen, dropped or pasted.
    Offered(Offered),
    /// Do this with what is selected.
    Do(Deed),
    /// A card was pressed twice, or with Enter.
    Activate(u32),
    /// The folder to save in was chosen.
    FolderChosen(PathBuf),
    /// Another name was typed.
    NameTyped(String),
    /// Give the file the name that was typed.
    Rename,
    /// Do not rename after all.
    EndRename,
    /// The person was asked, and chose.
    Confirmed(bool),
    /// Ask whether to empty the trash.
    EmptyTrash,
    /// Take these out of the trash again.
    Undo(Vec<FileId>),
    /// A file is dragged to another program, which wants to have it in this folder.
    DraggedOut {
        /// Which.
        entry: Box<FileEntry>,
        /// The folder.
        folder: PathBuf,
    },
    /// A file that was wanted is on the disk, or will not be.
    Fetched {
        /// Which.
        file: FileId,
        /// Where it is.
        path: Option<PathBuf>,
    },
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::Shown => Some(Self::Shown),
            News::FilesChanged => Some(Self::FilesChanged),
            News::FileShared(entry) => Some(Self::FileShared(entry)),
            News::Fetched { file, path } => Some(Self::Fetched { file, path }),
            News::Offered(offered) => Some(Self::Offered(offered)),
            News::Resumed => Some(Self::Resumed),
            News::Confirmed(yes) => Some(Self::Confirmed(yes)),
            News::Back => Some(Self::Back),
            _ => None,
        }
    }
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// The first answer has not come.
    Loading,
    /// The list is not to be had.
    Failed(Problem),
    /// There is nothing in the place.
    Empty,
    /// No name fits the search.
    NoMatch,
    /// There are cards.
    Cards,
}

/// Something worth saying in passing.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Something was done with so many files; with their name where it is one.
    Done {
        /// What.
        deed: Deed,
        /// With how many.
        files: usize,
        /// The name of the only one.
        name: Option<String>,
    },
    /// The trash is empty.
    Emptied,
    /// Somebody shares a file with one.
    Shared {
        /// Who.
        by: String,
        /// Its name.
        name: String,
    },
    /// Files are shared with so many members.
    SharedWith {
        /// With how many.
        members: usize,
    },
    /// A file is not shared with a member any more.
    Unshared {
        /// With whom.
        with: String,
    },
    /// Some of what was offered cannot be uploaded.
    NotUploaded {
        /// How many folders.
        folders: usize,
        /// How many things of other machines.
        foreign: usize,
    },
    /// A file is being fetched for the program it was dragged to.
    FetchingForDrag {
        /// Its name.
        name: String,
    },
}

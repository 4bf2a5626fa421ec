//! What the library is told, and what it shows.
//!
//! This file decides nothing.

use std::path::PathBuf;

use parlour_common::message::{Denial, LibraryState, Sort, SortBy};

use crate::view_model::{Answered, Hear, News};

/// What happens to the page.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Msg {
    /// Somebody signed in.
    Opened {
        /// The folder chosen last time.
        folder: Option<PathBuf>,
        /// The order of last time.
        sort: Sort,
    },
    /// The text of the search changed.
    QueryTyped(String),
    /// The heading of a column was pressed.
    SortBy(SortBy),
    /// An order was chosen from the menu.
    SortChosen(Sort),
    /// Rows of these pages are looked at, the most urgent first.
    Wanted(Vec<u32>),
    /// Nothing was typed for a moment.
    Settled,
    /// The pause is over, or the person wants to try again.
    Retry,
    /// The daemon answered.
    Answered(Answered),
    /// The daemon told of a change.
    LibraryChanged(LibraryState),
    /// The link was lost and is back.
    Resumed,
    /// The selection changed in the list itself.
    Picked,
    /// Select nothing.
    ClearPicks,
    /// Choose the destination folder.
    ChooseFolder,
    /// A destination folder was chosen.
    FolderChosen(PathBuf),
    /// Download what is selected.
    Download,
    /// Show what is selected in the conversation that one was in last.
    Show,
    /// Download one row.
    Activate(u32),
}

impl Hear for Msg {
    fn hear(news: News) -> Option<Self> {
        match news {
            News::Answered(answered) => Some(Self::Answered(answered)),
            News::LibraryChanged(state) => Some(Self::LibraryChanged(state)),
            News::Resumed => Some(Self::Resumed),
            _ => None,
        }
    }
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// The first answer has not come.
    Loading,
    /// The first answer was a refusal.
    Failed(Denial),
    /// The bank has no tracks.
    EmptyBank,
    /// The bank has no tracks yet; it is being read.
    Reading,
    /// No track matches.
    NoMatch,
    /// There are rows.
    List,
}

/// What is missing for a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A destination folder.
    Folder,
    /// A selection.
    Tracks,
}

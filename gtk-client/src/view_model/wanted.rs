//! What is to be moved, or to be told, as the pages ask for it.
//!
//! This file does not know how either is done.

use std::path::PathBuf;

use parlour_common::message::{ConversationId, FileEntry, OnePost, Track, UploadKey};
use parlour_common::names::{FileName, UserName};

use super::choices;

/// A track that is to be saved in a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The track.
    pub track: std::sync::Arc<Track>,
    /// The folder.
    pub folder: PathBuf,
}

/// A file of the person's disk that is to be stored at the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUpload {
    /// Where it is. A folder is refused, in words.
    pub path: PathBuf,
    /// By what it is known where it is to be shown in a conversation: then both files of a name are kept, and
    /// `Effect::Stored` says what becomes of it. The same key again is the same upload.
    pub to_show: Option<UploadKey>,
}

/// A file of a post that is to be saved in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedCard {
    /// Which post.
    pub card: OnePost,
    /// Its name.
    pub file_name: FileName,
    /// Its size, in bytes.
    pub size_bytes: u64,
    /// Who showed it.
    pub author: UserName,
    /// The folder.
    pub folder: PathBuf,
}

/// What a person is told while they look elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The conversation that it is about.
    pub conversation: ConversationId,
    /// Why.
    pub occasion: choices::Occasion,
    /// Who said it.
    pub author: UserName,
    /// What, or the name of what it shows.
    pub body: String,
    /// Whether it is heard, too.
    pub has_sound: bool,
}

/// A file of a member that is to be saved in a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedFile {
    /// The file, as it was listed.
    pub entry: FileEntry,
    /// The folder.
    pub folder: PathBuf,
}

/// How much is being moved.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Badge {
    /// How many transfers run or wait.
    pub active: usize,
    /// How much of it is moved, from 0 to 1, in steps that can be seen.
    pub fraction: f64,
}

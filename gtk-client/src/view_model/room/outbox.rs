//! What is to be said and was not yet: kept until the daemon has it, in the order of saying.
//!
//! This file decides what is asked when. It does not know the disk (`crate::outbox`), nor how a file gets to the
//! daemon (`transfers.rs`). Nothing is asked for before it is on the disk; whatever ends in between, it is asked for
//! again with the same key, and so is said once.

mod digits;

use std::path::PathBuf;

use parlour_common::message::{ConversationId, FileId, Quote, SayKey, TrackId, UploadKey};
use serde::{Deserialize, Serialize};

use self::digits::{as_say_key, as_upload_key};

/// What is shown with something that is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attachment {
    /// A file of this machine: it is uploaded first.
    Path(PathBuf),
    /// A file of one's own, or one that somebody shares with one.
    File {
        /// Which.
        file: FileId,
        /// Its name.
        name: String,
    },
    /// A track of the library.
    Track {
        /// Which.
        track: TrackId,
        /// Its title.
        title: String,
    },
}

/// Something that is to be said, as it is kept for the next start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// By what the daemon tells it from others.
    #[serde(with = "as_say_key")]
    pub key: SayKey,
    /// Where.
    pub conversation: ConversationId,
    /// What.
    pub text: String,
    /// What it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// By what the upload of a file of this machine is known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "as_upload_key")]
    pub upload: Option<UploadKey>,
}

//! A conversation into a file: asked for page by page from its beginning, over a line of its own.
//!
//! This file does not know how the file is written.

use parlour_common::message::Denial;

/// In which form a conversation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExportForm {
    /// As people read it.
    Text,
    /// As programs read it: one list of posts.
    Json,
}

/// Why a conversation is not in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportFault {
    /// The file cannot be written; the reason is the system's.
    NotWritable(String),
    /// The person's disk is full.
    NoSpace,
    /// The daemon does not give it.
    Denied(Denial),
    /// It was given up.
    Cancelled,
    /// The app disconnected, or was not signed in.
    Disconnected,
}

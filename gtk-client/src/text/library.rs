//! Tracks: their order, and why a download failed.
//!
//! This file does not know the list.

use parlour_common::message::SortBy;

use super::denial;
use crate::network::DownloadFault;

/// Says why a download ended without the file.
pub fn download_fault(why: &DownloadFault) -> String {
    match why {
        DownloadFault::FolderGone => "The folder is not there any more. Choose another.".to_owned(),
        DownloadFault::NoSpace => "The disk is full. Make room, then try again.".to_owned(),
        DownloadFault::NotWritable(reason) => {
            format!("The folder cannot be written to ({reason}). Choose another.")
        }
        DownloadFault::InUse => "This track is already being saved in that folder.".to_owned(),
        DownloadFault::Denied(denial) => self::denial(denial),
        DownloadFault::Changed => "The track keeps changing on the server. Try again later.".to_owned(),
        DownloadFault::ReadFailed => {
            "The server could not read the track. Try again later, or tell the operator.".to_owned()
        }
        DownloadFault::Garbled => "The server sent something else than the track. Try again.".to_owned(),
        DownloadFault::Disconnected => "The connection was closed. Sign in, then try again.".to_owned(),
        DownloadFault::TooMany => {
            "Too many downloads are waiting. Try again when some have ended.".to_owned()
        }
    }
}

/// Returns the name of an order.
pub fn sort_title(by: SortBy) -> &'static str {
    match by {
        SortBy::Relevance => "Best Match",
        SortBy::Title => "Title",
        SortBy::Artist => "Artist",
        SortBy::Album => "Album",
        SortBy::Duration => "Length",
        SortBy::Size => "Size",
    }
}

/// Says what a heading orders by, and which way it does now if it does.
pub fn sort_heading(by: SortBy, descending: Option<bool>) -> String {
    let title = sort_title(by);
    match descending {
        None => format!("Sort by {title}"),
        Some(false) => format!("Sort by {title}, ascending now"),
        Some(true) => format!("Sort by {title}, descending now"),
    }
}

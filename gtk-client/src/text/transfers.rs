//! Transfers: how far one is, why one failed, and what is asked where a name is taken.
//!
//! This file does not know the panel.

use parlour_common::message::Denial;

use super::{Asking, date, denial, isolated};
use crate::format::{size, speed, time_left};
use crate::network::{Order, Source, TransferFault};
use crate::view_model::transfers::{Conflict, Item, Moved, Stage};

/// Says what a transfer is, for those who do not see its icon.
pub fn transfer_kind(item: &Item) -> &'static str {
    match &item.order {
        Order::Fetch(fetch) if matches!(fetch.source, Source::Track(_)) => "Download of a track",
        Order::Fetch(_) | Order::Confirm(_) => "Download of a file",
        Order::Upload(_) => "Upload",
    }
}

/// Says how far a transfer is.
pub fn transfer_state(item: &Item, stage: &Stage) -> String {
    match stage {
        Stage::Waiting if item.size_bytes() > 0 => format!("Waiting · {}", size(item.size_bytes())),
        Stage::Waiting => "Waiting".to_owned(),
        Stage::Running(moved) => running(*moved),
        Stage::Held(Denial::DiskFull {}) => {
            "The server's disk is full. It goes on when there is room again; the admins have been told."
                .to_owned()
        }
        Stage::Held(_) => "The server cannot store anything at the moment. It goes on by itself.".to_owned(),
        Stage::Pausing => "Pausing…".to_owned(),
        Stage::Paused(Moved { moved_bytes, total_bytes, .. }) if *total_bytes > 0 => {
            format!("Paused · {} of {}", size(*moved_bytes), size(*total_bytes))
        }
        Stage::Paused(_) => "Paused".to_owned(),
        Stage::Asking => "You have a file of this name already.".to_owned(),
        Stage::Leaving => "Stopping…".to_owned(),
        Stage::Saved(_) => format!("Downloaded · {}", size(item.size_bytes())),
        Stage::Uploaded => format!("Uploaded · {}", size(item.size_bytes())),
        Stage::Failed(why) => transfer_fault(why),
    }
}

fn running(moved: Moved) -> String {
    let Moved { moved_bytes, total_bytes, bytes_per_second } = moved;
    let far = format!("{} of {}", size(moved_bytes), size(total_bytes));
    match time_left(total_bytes.saturating_sub(moved_bytes), bytes_per_second) {
        _ if total_bytes == 0 => "Starting…".to_owned(),
        _ if moved_bytes >= total_bytes => format!("Checking {}…", size(total_bytes)),
        // Two lines at any width, so that nothing jumps while the numbers change.
        Some(left) => format!("{far}\n{} · {left}", speed(bytes_per_second)),
        None => far,
    }
}

/// Says why a transfer ended without the file.
pub fn transfer_fault(why: &TransferFault) -> String {
    match why {
        TransferFault::FolderGone => "The folder is not there any more. Choose another.".to_owned(),
        TransferFault::NoSpace => "The disk is full. Make room, then try again.".to_owned(),
        TransferFault::NotWritable(reason) => {
            format!("The folder cannot be written to ({reason}). Choose another.")
        }
        TransferFault::InUse => "This file is already being saved in that folder.".to_owned(),
        TransferFault::Denied(denial) => self::denial(denial),
        TransferFault::Changed => "The file keeps changing on the server. Try again later.".to_owned(),
        TransferFault::ReadFailed => {
            "The server could not read the file. Try again later, or tell the operator.".to_owned()
        }
        TransferFault::Damaged => {
            "The file was damaged on its way, twice. Try again; if it happens again, tell the operator."
                .to_owned()
        }
        TransferFault::Garbled => "The server sent something else than the file. Try again.".to_owned(),
        TransferFault::Disconnected => "The connection was closed. Sign in, then try again.".to_owned(),
        TransferFault::TooMany => {
            "Too many transfers are waiting. Try again when some have ended.".to_owned()
        }
        TransferFault::SourceGone => "The file is not there any more.".to_owned(),
        TransferFault::SourceUnreadable(reason) => format!("The file cannot be read ({reason})."),
        TransferFault::SourceIsFolder => {
            "This is a folder. Choose the files in it, or pack it into an archive first.".to_owned()
        }
        TransferFault::SourceIsNoFile => "This is no file that can be uploaded.".to_owned(),
        TransferFault::SourceChanged => {
            "The file keeps changing. Try again when nothing writes to it any more.".to_owned()
        }
    }
}

/// Returns the question about a name that is taken.
pub fn same_name(conflict: &Conflict) -> Asking {
    let Conflict { file_name, new_bytes, old_bytes, old_unix_ms } = conflict;
    Asking {
        heading: format!("Replace {}?", isolated(file_name)),
        body: format!(
            "You have a file of this name already ({}{}). The new one has {}. What is replaced goes to the trash.",
            size(*old_bytes),
            date(*old_unix_ms).map(|date| format!(", {date}")).unwrap_or_default(),
            size(*new_bytes)
        ),
        yes: "Replace",
        no: "Skip",
        third: Some("Keep Both"),
        for_all: Some("Do this for all"),
        is_grave: false,
    }
}

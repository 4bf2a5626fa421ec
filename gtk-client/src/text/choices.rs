//! What can be chosen about the room, in words.
//!
//! This file does not know where it is chosen.

use crate::view_model::choices::{Notify, SaveCards};

/// Says what somebody is told of.
pub fn notify(notify: Notify) -> &'static str {
    match notify {
        Notify::All => "All messages",
        Notify::Mentions => "Messages to me",
        Notify::Nothing => "None",
    }
}

/// Says which files are saved by themselves.
pub fn save_cards(save: SaveCards) -> String {
    match save {
        SaveCards::Never => "Never".to_owned(),
        SaveCards::UpToMib(mib) => format!("Up to {mib} MiB"),
        SaveCards::Always => "Always".to_owned(),
    }
}

//! One transfer, and how far it is.
//!
//! This file does not know how it comes further.

use std::path::PathBuf;

use parlour_common::message::Denial;

use super::{Conflict, Item};
use crate::network::{JobId, TransferFault};

/// How far a transfer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// The bytes that are on the other side.
    pub moved_bytes: u64,
    /// The bytes of the whole file.
    pub total_bytes: u64,
    /// How fast it goes; 0 while it waits for the link.
    pub bytes_per_second: u64,
}

/// How far a transfer is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Others run before it.
    Waiting,
    /// Under way.
    Running(Moved),
    /// Under way, and waiting for the daemon's disk.
    Held(Denial),
    /// It was told to rest and does not yet.
    Pausing,
    /// It rests.
    Paused(Moved),
    /// It waits for the person to choose, for its name is taken.
    Asking,
    /// It was given up and is not yet gone.
    Leaving,
    /// The file is whole, at this place.
    Saved(PathBuf),
    /// The daemon has the file.
    Uploaded,
    /// It ended without the file.
    Failed(TransferFault),
}

impl Stage {
    /// Tells whether nothing more will happen by itself.
    pub fn has_ended(&self) -> bool {
        matches!(self, Self::Saved(_) | Self::Uploaded | Self::Failed(_))
    }
}

/// One transfer.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    /// Its number.
    pub id: JobId,
    /// What is moved.
    pub item: Item,
    /// How far it is.
    pub stage: Stage,
    /// Whether it was ever begun, so that something may be left of it.
    pub(super) has_begun: bool,
    /// How far it was when that was told last.
    pub(super) moved: Moved,
    /// What the person is asked about its name.
    pub(super) conflict: Option<Conflict>,
}

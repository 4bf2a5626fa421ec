//! What the window can ask of the person before something is done.
//!
//! This file does not know the words (`text.rs`) nor what is done at a yes.

use super::delete_account::Fate;

/// A question of a page, with a yes and a no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether what was changed in one's own account is to be stored.
    StoreAccount,
    /// Whether what was changed in one's own account is to be left behind.
    LeaveAccount,
    /// Whether another session of one's own is to end.
    EndSession {
        /// What the device is called.
        device: String,
    },
    /// Whether files in the trash are to be deleted for good.
    PurgeFiles {
        /// How many.
        files: usize,
        /// The name of the only one.
        name: Option<String>,
    },
    /// Whether everything in the trash is to be deleted for good.
    EmptyTrash {
        /// How much that is, in bytes, where it is known.
        bytes: Option<u64>,
    },
    /// Whether files of others are to be taken off one's own list.
    RemoveShared {
        /// How many.
        files: usize,
        /// The name of the only one.
        name: Option<String>,
    },
    /// Whether something that one said is to be deleted.
    DeletePost,
    /// Whether one's own account is to be deleted.
    DeleteAccount {
        /// What becomes of what it shared.
        fate: Fate,
    },
}

/// What the person pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The first answer.
    Yes,
    /// The answer that changes nothing.
    No,
    /// The third one, where there is one.
    Third,
}

/// The person's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// What was pressed.
    pub choice: Choice,
    /// Whether it goes for all further questions of the kind.
    pub for_all: bool,
}

impl Chosen {
    /// The answer that changes nothing.
    pub const NO: Self = Self { choice: Choice::No, for_all: false };
}

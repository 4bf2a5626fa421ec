//! What became of a mail, in plain words.
//!
//! This file does not know what the mail said, nor when it is tried again.

use crate::store::MailId;

/// What came of looking for a mail that is due.
#[derive(Debug)]
pub enum Mailed {
    /// One was due.
    Tried {
        /// Which.
        mail: MailId,
        /// What became of it.
        fate: MailFate,
    },
    /// None was due.
    NoneDue {
        /// When the next one is, in milliseconds since 1970 UTC; `None` if none waits.
        next_due_unix_ms: Option<u64>,
    },
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFate {
    /// It was sent.
    Sent,
    /// It will never be sent: it was refused for good, has expired, or cannot be read any more.
    Dropped,
    /// It may be sent another time.
    TryLater {
        /// How often it had been tried before.
        tries: u32,
    },
}

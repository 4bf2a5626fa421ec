//! The mails that wait to be sent.
//!
//! This file does not know what they say.

use super::Service;
use crate::id::Now;

/// Whether mails wait.
#[derive(Debug, Default)]
pub struct MailDesk {}

impl Service {
    /// Takes note that a mail may have been queued.
    pub(super) fn wake_mail(&mut self, _now: Now) {}
}

//! Sending the mail that is due.
//!
//! This file does not know when it is called, nor when a mail is tried again; what became of a mail is written
//! down by whoever called. A mail is sent twice only where the daemon was killed between the two, or where its
//! mail server took it without saying so.

use parlour_common::Secret;
use parlour_common::names::UserName;

use super::{Tools, storage_failed};
use crate::job::{Completion, MailFate, Mailed};
use crate::keys::Keys;
use crate::mail::{Delivery, Letter, Mailer, Matter};
use crate::store::{MailId, MailKind, MailRecord};

impl Tools {
    /// Looks whether the mailbox can be used, and only says so: without mail the daemon serves all the same.
    pub(super) fn check_mailbox(&self) {
        match self.mailer.as_ref().map(Mailer::check) {
            None => {}
            Some(Ok(sentence)) => tracing::info!("{sentence}"),
            Some(Err(sentence)) => {
                tracing::error!("Mail cannot be sent; whatever is to be sent waits. {sentence}");
            }
        }
    }

    /// Sends the mail that has been due for longest, if one is.
    pub(super) fn send_mail(&self, unix_ms: u64) -> Completion {
        // Where mail is off, what an earlier configuration left in the queue expires there.
        let Some(mailer) = &self.mailer else {
            return Completion::Mailed(Mailed::NoneDue { next_due_unix_ms: None });
        };
        let mailed = match self.store.due_mail(unix_ms) {
            Ok(Some((mail, record))) => {
                Ok(Mailed::Tried { mail, fate: send(&self.keys, mailer, mail, &record, unix_ms) })
            }
            Ok(None) => {
                self.store.next_mail_due().map(|next_due_unix_ms| Mailed::NoneDue { next_due_unix_ms })
            }
            Err(error) => Err(error),
        };
        mailed.map_or_else(|error| storage_failed(&error), Completion::Mailed)
    }
}

/// Sends one mail, and says in the log what became of it.
fn send(keys: &Keys, mailer: &Mailer, mail: MailId, record: &MailRecord, unix_ms: u64) -> MailFate {
    let what = what(record.kind);
    let name = record.user_name.as_ref().map_or("", UserName::as_str);
    // Nobody is there to write to; it was queued to cost the same as if somebody were.
    let Some(to) = &record.to else { return MailFate::Sent };
    if record.expires_unix_ms <= unix_ms {
        tracing::warn!("{what} for {name:?} could not be sent before it was of no use any more");
        return MailFate::Dropped;
    }
    let code = record.sealed.as_ref().and_then(|sealed| keys.open_sealed(&sealed.0));
    let code = code.and_then(|code| String::from_utf8(code).ok()).map(Secret::new);
    let Some(matter) = matter(record, code.as_ref(), unix_ms) else {
        tracing::error!("{what} for {name:?} cannot be read and is dropped: was keys/server.key replaced?");
        return MailFate::Dropped;
    };
    let identity = mail.0.to_string();
    let user_name = record.user_name.as_ref();
    let letter = Letter { identity: &identity, to, user_name, matter, unix_ms: record.created_unix_ms };
    match mailer.send(&letter) {
        Delivery::Sent => {
            tracing::info!("{what} for {name:?} is on its way");
            MailFate::Sent
        }
        Delivery::Refused(why) => {
            tracing::warn!("{what} for {name:?} was refused and is dropped: {why}");
            MailFate::Dropped
        }
        Delivery::TryLater(why) => {
            tracing::warn!("{what} for {name:?} is tried again later: {why}");
            MailFate::TryLater { tries: record.tries }
        }
    }
}

/// Says what a mail is about; `None` where it should bring a code and there is none to be read.
fn matter<'a>(record: &MailRecord, code: Option<&'a Secret<String>>, unix_ms: u64) -> Option<Matter<'a>> {
    Some(match record.kind {
        MailKind::ResetCode { lifetime_seconds, long } => {
            // It may have waited: what is promised is what is left.
            let left_seconds = record.expires_unix_ms.saturating_sub(unix_ms) / 1000;
            let left_seconds = u32::try_from(left_seconds).unwrap_or(u32::MAX);
            Matter::ResetCode { code: code?, lifetime_seconds: lifetime_seconds.min(left_seconds), long }
        }
        MailKind::CodeBurnt {} => Matter::CodeBurnt,
        MailKind::PasswordChanged {} => Matter::PasswordChanged,
        MailKind::EmailChanged {} => Matter::EmailChanged,
    })
}

/// Names a mail in the log.
fn what(kind: MailKind) -> &'static str {
    match kind {
        MailKind::ResetCode { .. } => "a code",
        MailKind::CodeBurnt {} => "the notice about wrong codes",
        MailKind::PasswordChanged {} => "the notice about a changed password",
        MailKind::EmailChanged {} => "the notice about a changed e-mail address",
    }
}

#[cfg(test)]
mod tests;

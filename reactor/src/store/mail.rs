//! The mails that wait to be sent: a queue that is as durable as what it tells of, and bounded.
//!
//! This file does not know how a mail reads nor how it is sent; `reactor/src/mail` does. A code in it is
//! sealed by a key that the store does not know.

use std::fmt;
use std::ops::Bound::Unbounded;

use parlour_common::names::{Email, UserName};
use serde::{Deserialize, Serialize};

use super::bytes;
use super::change::{Refusal, Stop};
use super::draft::Draft;
use super::engine::{Engine, Read};
use super::error::StoreError;
use super::tables::{MAILS, MAILS_BY_DUE, META, TextKey};
use super::users::UserRecord;

/// The mails that may wait to be sent.
pub const MAIL_QUEUE_MAX: u64 = 1000;

/// Those places of the queue that are kept for notices: whoever asks for codes must not be able to silence
/// the mail that tells of a changed password.
const MAIL_NOTICES_KEPT: u64 = 100;

/// A notice that could not be sent for this long is not sent any more, in milliseconds.
const NOTICE_LIFE_MS: u64 = 24 * 60 * 60 * 1000;

/// The counter in `meta` that holds the highest mail id given so far.
pub(super) const LAST_MAIL_KEY: &str = "last_mail";

/// The counter in `meta` of the mails that wait.
pub(super) const MAILS_KEY: &str = "mails";

/// Names a mail that waits to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MailId(pub u64);

/// What a mail tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// A code for a forgotten password.
    ResetCode {
        /// How long the code lives, in seconds.
        lifetime_seconds: u32,
        /// Whether it is longer than usual, since codes were guessed at.
        long: bool,
    },
    /// A code was tried wrongly too often, and is void.
    CodeBurnt {},
    /// The password was changed.
    PasswordChanged {},
    /// The account got another e-mail address; this goes to the former one.
    EmailChanged {},
}

/// A code, sealed so that a stolen store does not tell it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedCode(#[serde(with = "bytes")] pub Vec<u8>);

impl fmt::Debug for SealedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A mail with a code, to be queued with the code itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMail {
    /// What it tells.
    pub kind: MailKind,
    /// The code.
    pub sealed: SealedCode,
}

/// A mail that waits to be sent. Later fields need `serde(default)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailRecord {
    /// To which address. Nobody: the account that was named is not there, and this mail is here to cost the
    /// same as one that is sent.
    pub to: Option<Email>,
    /// Whose account it is about.
    pub user_name: Option<UserName>,
    /// What it tells.
    pub kind: MailKind,
    /// The code, where it brings one.
    #[serde(default)]
    pub sealed: Option<SealedCode>,
    /// When it was queued.
    pub created_unix_ms: u64,
    /// After this it is of no use and must not be sent any more.
    pub expires_unix_ms: u64,
    /// When it is to be sent, or tried again.
    pub due_unix_ms: u64,
    /// How often sending it failed.
    pub tries: u32,
}

/// Queues the mail that brings a code, to the address that the account has now.
pub(super) fn queue_code(
    draft: &mut Draft<'_>,
    mail: &NewMail,
    user: Option<&UserRecord>,
    (asked_unix_ms, expires_unix_ms): (u64, u64),
) -> Result<MailId, Stop> {
    if queued(draft)? >= MAIL_QUEUE_MAX - MAIL_NOTICES_KEPT {
        return Err(Refusal::MailQueueFull.into());
    }
    let mail = MailRecord {
        to: user.map(|user| user.email.clone()),
        user_name: user.map(|user| user.user_name.clone()),
        kind: mail.kind,
        sealed: Some(mail.sealed.clone()),
        created_unix_ms: asked_unix_ms,
        expires_unix_ms,
        due_unix_ms: asked_unix_ms,
        tries: 0,
    };
    queue(draft, &mail)
}

/// Queues a notice to the address that an account has, or had. Where the queue is full it is not sent: what
/// it tells of must not fail for that.
pub(super) fn notice(
    draft: &mut Draft<'_>,
    user: Option<&UserRecord>,
    kind: MailKind,
    at_unix_ms: u64,
) -> Result<(), Stop> {
    if queued(draft)? >= MAIL_QUEUE_MAX {
        return Ok(());
    }
    let mail = MailRecord {
        to: user.map(|user| user.email.clone()),
        user_name: user.map(|user| user.user_name.clone()),
        kind,
        sealed: None,
        created_unix_ms: at_unix_ms,
        expires_unix_ms: at_unix_ms.saturating_add(NOTICE_LIFE_MS),
        due_unix_ms: at_unix_ms,
        tries: 0,
    };
    queue(draft, &mail).map(|_| ())
}

fn queue(draft: &mut Draft<'_>, mail: &MailRecord) -> Result<MailId, Stop> {
    let id = MailId(draft.count_up(LAST_MAIL_KEY)?);
    draft.count_up(MAILS_KEY)?;
    draft.put(MAILS, &id, mail)?;
    draft.put(MAILS_BY_DUE, &(mail.due_unix_ms, id), &())?;
    Ok(id)
}

fn queued(reader: &impl Read) -> Result<u64, StoreError> {
    Ok(reader.get(META, &TextKey::new(MAILS_KEY))?.unwrap_or(0))
}

/// Takes a mail from the queue. One that is gone already is as dropped as can be.
pub(super) fn drop_mail(draft: &mut Draft<'_>, id: MailId) -> Result<(), Stop> {
    if let Some(mail) = draft.get(MAILS, &id)? {
        draft.count_down(MAILS_KEY)?;
        draft.remove(MAILS, &id);
        draft.remove(MAILS_BY_DUE, &(mail.due_unix_ms, id));
    }
    Ok(())
}

/// Notes that sending a mail failed, and when it is tried again.
pub(super) fn delay(draft: &mut Draft<'_>, id: MailId, due_unix_ms: u64) -> Result<(), Stop> {
    if let Some(mut mail) = draft.get(MAILS, &id)? {
        draft.remove(MAILS_BY_DUE, &(mail.due_unix_ms, id));
        mail.tries = mail.tries.saturating_add(1);
        mail.due_unix_ms = due_unix_ms;
        draft.put(MAILS_BY_DUE, &(due_unix_ms, id), &())?;
        draft.put(MAILS, &id, &mail)?;
    }
    Ok(())
}

/// Removes mails that have expired, at most `most`. Returns how many.
pub(super) fn sweep(draft: &mut Draft<'_>, now_unix_ms: u64, most: usize) -> Result<usize, Stop> {
    let mut expired = Vec::new();
    // The whole queue is looked through: it is bounded, and not in the order of expiry.
    for row in draft.engine().records(MAILS, Unbounded) {
        let (id, mail) = row?;
        if mail.expires_unix_ms <= now_unix_ms && expired.len() < most {
            expired.push(id);
        }
    }
    expired.iter().try_for_each(|id| drop_mail(draft, *id))?;
    Ok(expired.len())
}

/// Returns when the next mail is due.
pub(super) fn next_due(engine: &Engine) -> Result<Option<u64>, StoreError> {
    let first = engine.records(MAILS_BY_DUE, Unbounded).next().transpose()?;
    Ok(first.map(|((due_unix_ms, _), ())| due_unix_ms))
}

/// Returns the mail that is due and has been for longest.
pub(super) fn due(engine: &Engine, now_unix_ms: u64) -> Result<Option<(MailId, MailRecord)>, StoreError> {
    for row in engine.records(MAILS_BY_DUE, Unbounded) {
        let ((due_unix_ms, id), ()) = row?;
        if due_unix_ms > now_unix_ms {
            break;
        }
        // It may have been dropped since the row was read.
        if let Some(mail) = engine.get(MAILS, &id)? {
            return Ok(Some((id, mail)));
        }
    }
    Ok(None)
}

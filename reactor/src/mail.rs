//! Mail: what it says, and how it leaves.
//!
//! This room does not know the store, nor when a mail is tried again. One mail goes in, and what became of it
//! comes out; whoever calls may have to wait for as long as [`Patience`] allows.

mod html;
mod letter;
mod sender;
mod smtp;
mod words;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use parlour_common::names::UserName;

pub use letter::{Letter, Matter};
pub use sender::Sender;
pub use smtp::{Authorities, Login, Security, Smtp};

/// How mail leaves.
#[derive(Clone, Debug)]
pub enum Post {
    /// It does not: what it would have said is written into the daemon's log, codes included.
    Log,
    /// By a mail server.
    Smtp(Smtp),
}

/// How long a mail server is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Until it has been reached and has greeted; each of its addresses is waited for that long.
    pub connect: Duration,
    /// For the answer to one command.
    pub command: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), command: Duration::from_secs(30) }
    }
}

/// What became of a mail. The texts are sentences for the operator; they hold no code and no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It was accepted, or logged.
    Sent,
    /// It was refused for good: another try would be in vain.
    Refused(String),
    /// It may be accepted another time.
    TryLater(String),
}

/// Writes and sends mail in the name of a server.
#[derive(Clone, Debug)]
pub struct Mailer {
    post: Post,
    server_name: String,
    patience: Patience,
}

impl Mailer {
    /// Writes in the name of a server, with the patience of a daemon.
    pub fn new(post: Post, server_name: &str) -> Self {
        Self::with_patience(post, server_name, Patience::default())
    }

    /// Writes in the name of a server, with a patience of one's own.
    pub fn with_patience(post: Post, server_name: &str, patience: Patience) -> Self {
        Self { post, server_name: words::one_line(server_name), patience }
    }

    /// Looks whether the mailbox can be used: enters it and leaves it again. Returns what was found, or what
    /// is wrong with what to do about it.
    pub fn check(&self) -> Result<String, String> {
        let Post::Smtp(smtp) = &self.post else { return Ok("Mail is written into this log.".to_owned()) };
        guarded(|| smtp.check(self.patience)).unwrap_or_else(Err)
    }

    /// Writes one mail and sends it.
    pub fn send(&self, letter: &Letter<'_>) -> Delivery {
        let smtp = match &self.post {
            Post::Smtp(smtp) => smtp,
            Post::Log => {
                log(letter);
                return Delivery::Sent;
            }
        };
        let sent = guarded(|| match letter.compose(&smtp.sender, &self.server_name) {
            Ok(message) => smtp.send(&message, self.patience),
            Err(why) => Delivery::Refused(why),
        });
        sent.unwrap_or_else(Delivery::TryLater)
    }
}

/// Calls what might panic, for the library that speaks SMTP does so where it is given what it does not expect.
fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(call))
        .map_err(|_| "Mail ended in a panic, which is logged above.".to_owned())
}

/// The one place where a code is ever logged, because the operator chose it.
fn log(letter: &Letter<'_>) {
    let (to, name) = (letter.to.as_str(), letter.user_name.map_or("", UserName::as_str));
    match &letter.matter {
        Matter::ResetCode { code, lifetime_seconds, .. } => tracing::info!(
            "not sent but logged: the code for {name:?} ({to}) is {}; it lives {lifetime_seconds} seconds",
            code.expose()
        ),
        Matter::CodeBurnt => {
            tracing::info!("not sent but logged: {name:?} ({to}) is told that a code was tried too often");
        }
        Matter::PasswordChanged => {
            tracing::info!("not sent but logged: {name:?} ({to}) is told that the password was changed");
        }
        Matter::EmailChanged => {
            tracing::info!("not sent but logged: {name:?} ({to}) is told that mail goes elsewhere now");
        }
    }
}

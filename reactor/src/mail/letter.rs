//! One mail: to whom, about what, and its bytes.
//!
//! This file does not know how it travels. No name that a person made stands in a header but the server's,
//! which is encoded; a username is only ever in the text.

use std::fmt;
use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use parlour_common::Secret;
use parlour_common::names::{Email, UserName};
use sha2::{Digest, Sha256};

use super::html;
use super::sender::Sender;
use super::words::Words;

/// What a mail is about.
#[derive(Clone, Debug)]
pub enum Matter<'a> {
    /// A code for a forgotten password.
    ResetCode {
        /// The code.
        code: &'a Secret<String>,
        /// How long it still lives, in seconds.
        lifetime_seconds: u32,
        /// Whether it is longer than usual, which the mail explains.
        long: bool,
    },
    /// A code was typed wrongly too often and does not work any more.
    CodeBurnt,
    /// The password was changed.
    PasswordChanged,
    /// The e-mail address was changed; this goes to the former one.
    EmailChanged,
}

/// A mail to be written.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    /// What makes it another mail than all others, such as its number and its time. It is only hashed: a mail
    /// that is sent a second time bears the same `Message-ID`, by which mailboxes recognise it.
    pub identity: &'a str,
    /// To whom.
    pub to: &'a Email,
    /// What they are called.
    pub user_name: Option<&'a UserName>,
    /// About what.
    pub matter: Matter<'a>,
    /// When, in milliseconds since 1970 UTC.
    pub unix_ms: u64,
}

impl Letter<'_> {
    /// Writes the mail. Fails with a sentence where the address is none that mail can be sent to.
    pub(super) fn compose(&self, sender: &Sender, server: &str) -> Result<Message, String> {
        let to: Address = self
            .to
            .as_str()
            .parse()
            .map_err(|_| "the address is none that mail can be sent to".to_owned())?;
        let words = Words::of(&self.matter);
        let user = self.user_name.map(UserName::as_str);
        let id = self.id();
        let domain = sender.address().domain();
        let parts = MultiPart::alternative()
            .boundary(format!("part-{id}"))
            .singlepart(part(ContentType::TEXT_PLAIN, html::text(&words, user, server)))
            .singlepart(part(ContentType::TEXT_HTML, html::html(&words, user, server)));
        Message::builder()
            .from(sender.mailbox(server))
            .to(Mailbox::new(None, to))
            .subject(html::subject(&words, server))
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(self.unix_ms))
            .message_id(Some(format!("<{id}@{domain}>")))
            // No holiday notice is to answer it (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(parts)
            .map_err(|error| format!("it cannot be written: {error}"))
    }

    /// Returns a name for the mail that tells nothing of it.
    fn id(&self) -> String {
        let hash = Sha256::digest(format!("{}\n{}\n{}", self.identity, self.unix_ms, self.to.as_str()));
        hash[..12].iter().fold(String::new(), |mut id, byte| {
            // Writing to a string does not fail.
            let _ = fmt::Write::write_fmt(&mut id, format_args!("{byte:02x}"));
            id
        })
    }
}

fn part(kind: ContentType, text: String) -> SinglePart {
    SinglePart::builder().header(kind).body(text)
}

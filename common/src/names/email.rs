//! E-mail addresses.
//!
//! This file does not know whether an address receives mail; only whether one could be written so.

use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};

use super::{is_deceptive, valid_string};
use crate::limits::EMAIL_BYTES_MAX;
use crate::message::Fault;

/// A well-formed e-mail address of a person: `local@domain.tld`, with no display name, no comment and no
/// bare network address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

valid_string!(Email);

impl Email {
    /// Parses what a person typed, surrounding blanks ignored. Returns what is wrong with it otherwise.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Fault::Missing {});
        }
        if text.len() > EMAIL_BYTES_MAX as usize {
            return Err(Fault::TooLong { max: EMAIL_BYTES_MAX });
        }
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        let address = EmailAddress::parse_with_options(text, options).map_err(|_| Fault::NotAllowed {})?;
        // A quoted local part is legal and used by nobody but those who probe for injections.
        if address.local_part().starts_with('"') || text.chars().any(|c| is_deceptive(c) || c.is_whitespace())
        {
            return Err(Fault::NotAllowed {});
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the key by which two spellings of one address are the same. No real mailbox tells the case
    /// of its local part, so neither do we.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_people_are_accepted() {
        for text in ["sara@example.org", "s.a+music@mail.example.co", " x@xn--e1afmkfd.org "] {
            assert!(Email::parse(text).is_ok(), "{text}");
        }
        let bad = [
            "sara",
            "@example.org",
            "sara@",
            "sara@localhost",
            "sara@[127.0.0.1]",
            "a b@example.org",
            "Sara <sara@example.org>",
            "sara@example.org\r\nBcc: x@y.z",
            "\"a b\"@example.org",
            "a@b@c.org",
        ];
        for text in bad {
            assert_eq!(Email::parse(text), Err(Fault::NotAllowed {}), "{text:?}");
        }
        assert_eq!(Email::parse(""), Err(Fault::Missing {}));
        assert_eq!(
            Email::parse(&format!("{}@example.org", "x".repeat(250))),
            Err(Fault::TooLong { max: 254 })
        );
        assert_eq!(Email::parse("Sara@Example.org").unwrap().key(), "sara@example.org");
    }
}

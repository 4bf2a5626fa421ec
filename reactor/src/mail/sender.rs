//! Whom mail comes from.
//!
//! This file does not know whether the mail server lets us write under that address.

use lettre::Address;
use lettre::message::Mailbox;

use super::html::in_header;
use super::words::is_fit_for_a_line;

/// The longest display name, in characters.
const NAME_CHARS_MAX: usize = 64;

/// The longest address, in bytes (RFC 5321 §4.5.3.1.3, less the angle brackets).
const ADDRESS_BYTES_MAX: usize = 254;

/// Whom mail comes from: an address, and a name to be shown with it unless that of the server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    name: Option<String>,
    address: Address,
}

impl Sender {
    /// Reads `parlour@example.org` or `Parlour <parlour@example.org>`. Returns what to do about it otherwise.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
            Some((name, address)) => (Some(name.trim()), address.trim()),
            None => (None, text),
        };
        let unquoted = |name: &str| {
            let inside = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
            inside.unwrap_or(name).trim().to_owned()
        };
        let name = name.map(unquoted).filter(|name| !name.is_empty());
        let fits = |name: &String| name.chars().count() <= NAME_CHARS_MAX && is_fit_for_a_line(name);
        if !name.as_ref().is_none_or(fits) {
            return Err(format!(
                "its name must be 1 to {NAME_CHARS_MAX} characters on one line; it is {name:?}."
            ));
        }
        // An address in other letters needs a mail server that can do SMTPUTF8, and not every one can.
        let address = Some(address)
            .filter(|address| address.is_ascii() && address.len() <= ADDRESS_BYTES_MAX)
            .and_then(|address| address.parse().ok())
            .ok_or_else(|| {
                format!(
                    "it must be an address such as \"parlour@example.org\", or a name with one such as \
                     \"Parlour <parlour@example.org>\"; it is {text:?}."
                )
            })?;
        Ok(Self { name, address })
    }

    /// Returns the name and the address to write under; without a name of its own, that of the server.
    pub(super) fn mailbox(&self, server_name: &str) -> Mailbox {
        let name = in_header(self.name.as_deref().unwrap_or(server_name));
        Mailbox::new(Some(name).filter(|name| !name.is_empty()), self.address.clone())
    }

    /// Returns the address alone.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_name() {
        for (text, name, address) in [
            ("p@example.org", None, "p@example.org"),
            (" p@localhost ", None, "p@localhost"),
            ("<p@example.org>", None, "p@example.org"),
            ("The Band <p@example.org>", Some("The Band"), "p@example.org"),
            ("\"Band, The\" <p@example.org>", Some("Band, The"), "p@example.org"),
            ("گروه <p@example.org>", Some("گروه"), "p@example.org"),
        ] {
            let sender = Sender::parse(text).unwrap();
            assert_eq!((sender.name.as_deref(), sender.address.as_ref()), (name, address), "{text}");
            assert_eq!(sender.mailbox("Parlour").name.as_deref(), name.or(Some("Parlour")));
        }
    }

    #[test]
    fn what_could_become_a_header_of_its_own_is_refused() {
        for text in [
            "",
            "parlour",
            "p@",
            "p@example.org\r\nBcc: x@example.org",
            "Pa\r\nrlour <p@example.org>",
            "Pa\nBcc: x <p@example.org>",
            "Pa\u{2028}rlour <p@example.org>",
            "a <b@example.org> <c@example.org>",
            "p@example.org, q@example.org",
            "پ@example.org",
        ] {
            assert!(Sender::parse(text).is_err(), "{text:?}");
        }
        assert!(Sender::parse(&format!("{} <p@example.org>", "x".repeat(65))).is_err());
        assert!(Sender::parse(&format!("{}@example.org", "x".repeat(300))).is_err());
    }
}

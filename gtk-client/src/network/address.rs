//! Where a daemon listens, as a person types it.
//!
//! This file does not know how a name becomes an address (`dial.rs`) or whether anything listens there.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use parlour_common::limits::DEFAULT_PORT;

/// The longest name of a host, in bytes (RFC 1035 §2.3.4).
const HOST_BYTES_MAX: usize = 253;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerAddress {
    /// A name or an IP address; an IPv6 address without its brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

/// What is wrong with a text that should be a server's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no host in it.
    #[error("the address names no host")]
    Empty,
    /// It is written as the address of a web page.
    #[error("the address is a host, or host:port, without anything before or behind it")]
    NotAHost,
    /// A character that no host name has.
    #[error("the character {0:?} cannot be in the name of a host")]
    BadCharacter(char),
    /// A host name that is too long.
    #[error("the name of a host is at most 253 bytes long")]
    TooLong,
    /// The port is no number from 1 to 65535.
    #[error("{0:?} is not a port: it must be a number from 1 to 65535")]
    BadPort(String),
    /// The brackets do not hold an IPv6 address.
    #[error("[ ] must hold an IPv6 address, such as [::1]:9000")]
    BadBrackets,
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix('[') {
            let (host, behind) = rest.split_once(']').ok_or(AddressError::BadBrackets)?;
            if !is_ipv6(host) {
                return Err(AddressError::BadBrackets);
            }
            let port = match behind.strip_prefix(':') {
                Some(port) => parse_port(port)?,
                None if behind.is_empty() => DEFAULT_PORT,
                None => return Err(AddressError::BadBrackets),
            };
            return Ok(Self { host: host.to_owned(), port });
        }
        if is_ipv6(text) {
            return Ok(Self { host: text.to_owned(), port: DEFAULT_PORT });
        }
        if text.contains(['/', '@', '?', '#']) {
            return Err(AddressError::NotAHost);
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, parse_port(port)?),
            None => (text, DEFAULT_PORT),
        };
        check_host(host)?;
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracketed = self.host.contains(':');
        match (bracketed, self.port) {
            (false, DEFAULT_PORT) => f.write_str(&self.host),
            (true, DEFAULT_PORT) => write!(f, "[{}]", self.host),
            (false, port) => write!(f, "{}:{port}", self.host),
            (true, port) => write!(f, "[{}]:{port}", self.host),
        }
    }
}

impl ServerAddress {
    /// Returns the host where it is an address already, so that nobody need be asked.
    pub(super) fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

fn parse_port(text: &str) -> Result<u16, AddressError> {
    match text.parse() {
        // `+9000` parses as a number, but nobody writes a port so.
        Ok(port) if port != 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
        _ => Err(AddressError::BadPort(text.to_owned())),
    }
}

/// Tells whether a text is an IPv6 address, a zone behind `%` allowed.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && check_host(zone).is_ok()
}

fn check_host(host: &str) -> Result<(), AddressError> {
    if host.is_empty() {
        return Err(AddressError::Empty);
    }
    if host.len() > HOST_BYTES_MAX {
        return Err(AddressError::TooLong);
    }
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    match host.chars().find(|c| !allowed(*c)) {
        Some(c) => Err(AddressError::BadCharacter(c)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_or_without_a_port() {
        for (text, host, port, shown) in [
            ("music.example.org", "music.example.org", 9000, "music.example.org"),
            (" 10.0.0.7:80 ", "10.0.0.7", 80, "10.0.0.7:80"),
            ("localhost:9000", "localhost", 9000, "localhost"),
            ("[::1]:9001", "::1", 9001, "[::1]:9001"),
            ("[::1]", "::1", 9000, "[::1]"),
            ("fe80::1%eth0", "fe80::1%eth0", 9000, "[fe80::1%eth0]"),
        ] {
            let address: ServerAddress = text.parse().unwrap();
            assert_eq!((address.host.as_str(), address.port), (host, port), "{text}");
            assert_eq!(address.to_string(), shown);
            assert_eq!(shown.parse::<ServerAddress>().unwrap(), address);
        }
    }

    #[test]
    fn what_is_no_address_is_told_apart() {
        for (text, error) in [
            ("", AddressError::Empty),
            (":9000", AddressError::Empty),
            ("http://host", AddressError::NotAHost),
            ("me@host", AddressError::NotAHost),
            ("a host", AddressError::BadCharacter(' ')),
            ("host:", AddressError::BadPort(String::new())),
            ("host:0", AddressError::BadPort("0".to_owned())),
            ("host:65536", AddressError::BadPort("65536".to_owned())),
            ("host:+1", AddressError::BadPort("+1".to_owned())),
            ("[::1", AddressError::BadBrackets),
            ("[host]", AddressError::BadBrackets),
            ("[::1]x", AddressError::BadBrackets),
            (&"x".repeat(254), AddressError::TooLong),
        ] {
            assert_eq!(text.parse::<ServerAddress>(), Err(error), "{text}");
        }
    }
}

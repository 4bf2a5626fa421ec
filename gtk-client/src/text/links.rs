//! Servers and the way to them: why nothing is connected, and what to do.
//!
//! This file does not know how a server is reached.

use parlour_common::message::ClosingReason;

use super::denial;
use crate::network::{LinkFault, ServerAddress};
use crate::view_model::shell::Banner;

/// Says why nothing is connected, in the words `Cannot connect to host:9000: reason. What to do.`
pub fn cannot_connect(server: &ServerAddress, why: &LinkFault) -> String {
    let (reason, advice) = link_fault(why);
    format!("Cannot connect to {}: {reason}. {advice}", full_address(server))
}

/// Returns an address with its port, the usual one too.
pub fn full_address(server: &ServerAddress) -> String {
    let ServerAddress { host, port } = server;
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Says what stands above the library while the daemon cannot be reached.
pub fn banner(banner: &Banner) -> String {
    match banner {
        Banner::Trying => "Connection lost. Trying again…".to_owned(),
        Banner::Lost { seconds: Some(0), .. } => "Connection lost. Trying again…".to_owned(),
        Banner::Lost { seconds: Some(seconds), .. } => {
            format!("Connection lost. Trying again in {seconds}\u{a0}s.")
        }
        Banner::Lost { why, seconds: None } => {
            let (reason, advice) = link_fault(why);
            format!("Connection lost: {reason}. {advice}")
        }
    }
}

/// Returns why there is no link, to follow a colon, and a sentence of what to do.
pub fn link_fault(why: &LinkFault) -> (String, &'static str) {
    match why {
        LinkFault::CannotResolve(_) => {
            ("no server of this name was found".to_owned(), "Check the spelling and your network.")
        }
        LinkFault::Refused => (
            "nothing is listening there".to_owned(),
            "Check the port, or ask the operator whether the server is running.",
        ),
        LinkFault::Unreachable(reason) => (format!("it cannot be reached ({reason})"), "Check your network."),
        LinkFault::TimedOut => {
            ("it did not answer in time".to_owned(), "Check the address and your network, then try again.")
        }
        LinkFault::NotParlour => {
            ("what answers there is not a Parlour server".to_owned(), "Check the address and the port.")
        }
        LinkFault::VersionUnsupported => (
            "the server speaks another version of Parlour".to_owned(),
            "Update this app, or ask the operator to update the server.",
        ),
        LinkFault::Closed(reason) => closed(reason.as_ref()),
        LinkFault::Silent => ("the server went silent".to_owned(), "Check your network, then try again."),
        LinkFault::Garbled => (
            "the server sent something this app does not understand".to_owned(),
            "Try again; if it happens again, update this app.",
        ),
        LinkFault::Denied(denial) => (sentence_to_clause(&self::denial(denial)), "Try again later."),
    }
}

fn closed(reason: Option<&ClosingReason>) -> (String, &'static str) {
    match reason {
        Some(ClosingReason::Shutdown {}) => {
            ("the server was stopped".to_owned(), "Try again when it is running.")
        }
        Some(ClosingReason::Full {}) => {
            ("the server has no room for more connections".to_owned(), "Try again in a minute.")
        }
        Some(ClosingReason::BadFrame { .. }) => (
            "the server did not understand this app".to_owned(),
            "Try again; if it happens again, update this app.",
        ),
        Some(ClosingReason::Silent {} | ClosingReason::TooSlow {}) => {
            ("the connection is too slow".to_owned(), "Check your network, then try again.")
        }
        Some(ClosingReason::Goodbye {}) | None => {
            ("the server closed the connection".to_owned(), "Try again.")
        }
    }
}

/// Makes a sentence fit to follow a colon.
fn sentence_to_clause(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_lowercase().to_string()).unwrap_or_default();
    format!("{first}{}", chars.as_str())
}

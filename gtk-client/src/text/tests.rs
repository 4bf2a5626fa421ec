//! The sentences: that they are some, and that they say what to do.

use parlour_common::message::{Denial, Fault};

use super::*;
use crate::network::{LinkFault, ServerAddress};
use crate::view_model::shell::Banner;
use crate::view_model::{Entry, Problem};

fn server() -> ServerAddress {
    "music.example.org".parse().unwrap()
}

#[test]
fn a_failed_link_says_where_why_and_what_to_do() {
    assert_eq!(
        cannot_connect(&server(), &LinkFault::Refused),
        "Cannot connect to music.example.org:9000: nothing is listening there. Check the port, or ask the \
         operator whether the server is running."
    );
    let v6 = "[::1]:81".parse().unwrap();
    assert!(cannot_connect(&v6, &LinkFault::TimedOut).starts_with("Cannot connect to [::1]:81: it did not"));
    let denied = LinkFault::Denied(Denial::Busy { retry_after_ms: 1500 });
    assert!(cannot_connect(&server(), &denied).contains(": the server has too much to do."));
}

#[test]
fn every_fault_of_a_field_is_a_sentence() {
    let faults = [
        Fault::Missing {},
        Fault::TooShort { chars_min: 8 },
        Fault::TooLong { max: 32 },
        Fault::NotAllowed {},
        Fault::Reserved {},
        Fault::Taken {},
    ];
    let entries =
        [Entry::Server, Entry::Phone, Entry::Email, Entry::UserName, Entry::Password, Entry::PasswordAgain];
    for fault in &faults {
        for entry in entries {
            let text = problem(Some(entry), &Problem::Fault(fault.clone()));
            assert!(text.ends_with('.') && text.len() > 10, "{text}");
            assert!(text.chars().next().is_some_and(char::is_uppercase), "{text}");
        }
    }
    let phone = problem(Some(Entry::Phone), &Problem::Fault(Fault::Missing {}));
    assert_eq!(phone, "Type your phone number.");
}

#[test]
fn waits_are_said_in_whole_seconds_minutes_or_hours() {
    for (milliseconds, wait) in [
        (0, "1 second"),
        (1000, "1 second"),
        (1001, "2 seconds"),
        (90_000, "90 seconds"),
        (100_000, "2 minutes"),
        (1_200_001, "21 minutes"),
        (6_000_000, "2 hours"),
        (86_400_000, "24 hours"),
    ] {
        let text = denial(&Denial::Throttled { retry_after_ms: milliseconds });
        assert_eq!(text, format!("Too many tries. Wait {wait}, then try again."));
    }
}

#[test]
fn the_banner_counts_down() {
    let why = LinkFault::Closed(None);
    let lost = |seconds| banner(&Banner::Lost { why: why.clone(), seconds });
    assert_eq!(lost(Some(5)), "Connection lost. Trying again in 5\u{a0}s.");
    assert_eq!(lost(Some(0)), banner(&Banner::Trying));
    assert!(lost(None).starts_with("Connection lost: the server closed the connection."));
}

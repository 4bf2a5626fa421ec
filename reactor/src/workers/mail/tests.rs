//! Which mails are sent and which are not, as far as that is no affair of a mail server.

use parlour_common::names::Email;

use super::*;
use crate::keys::{KEY_BYTES, SEAL_NONCE_BYTES};
use crate::mail::{Authorities, Post, Security, Sender, Smtp};
use crate::store::SealedCode;

const NOW_UNIX_MS: u64 = 1_767_225_600_000;
const CODE: MailKind = MailKind::ResetCode { lifetime_seconds: 600, long: false };

fn keys() -> Keys {
    Keys::of([1; KEY_BYTES])
}

/// A mail with a code that lives ten minutes.
fn mail() -> MailRecord {
    MailRecord {
        to: Some(Email::parse("sara@example.org").unwrap()),
        user_name: Some(UserName::parse("sara").unwrap()),
        kind: CODE,
        sealed: Some(SealedCode(keys().seal([2; SEAL_NONCE_BYTES], b"12345"))),
        created_unix_ms: NOW_UNIX_MS,
        expires_unix_ms: NOW_UNIX_MS + 600_000,
        due_unix_ms: NOW_UNIX_MS,
        tries: 3,
    }
}

/// A mailer whose mail server is not there: what it is asked to send is put off.
fn nowhere() -> Mailer {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let smtp = Smtp {
        host: "127.0.0.1".to_owned(),
        port: free,
        security: Security::Plain,
        login: None,
        sender: Sender::parse("p@example.org").unwrap(),
        authorities: Authorities::System,
    };
    Mailer::new(Post::Smtp(smtp), "The Band")
}

fn fate(mail: &MailRecord, unix_ms: u64) -> MailFate {
    send(&keys(), &nowhere(), MailId(1), mail, unix_ms)
}

#[test]
fn a_mail_is_tried_until_it_has_expired() {
    let tried = MailFate::TryLater { tries: 3 };
    assert_eq!(fate(&mail(), NOW_UNIX_MS), tried);
    assert_eq!(fate(&mail(), NOW_UNIX_MS + 599_999), tried);
    assert_eq!(fate(&mail(), NOW_UNIX_MS + 600_000), MailFate::Dropped);
    let notice = MailRecord { kind: MailKind::PasswordChanged {}, sealed: None, ..mail() };
    assert_eq!(fate(&notice, NOW_UNIX_MS), tried);
}

#[test]
fn a_mail_to_nobody_is_done_with_at_once() {
    assert_eq!(fate(&MailRecord { to: None, user_name: None, ..mail() }, NOW_UNIX_MS), MailFate::Sent);
}

#[test]
fn a_code_that_cannot_be_read_any_more_is_dropped() {
    for sealed in [
        None,
        Some(Vec::new()),
        Some(vec![7; 40]),
        Some(Keys::of([9; KEY_BYTES]).seal([0; SEAL_NONCE_BYTES], b"12345")),
    ] {
        let unreadable = MailRecord { sealed: sealed.map(SealedCode), ..mail() };
        assert_eq!(fate(&unreadable, NOW_UNIX_MS), MailFate::Dropped);
    }
}

#[test]
fn no_more_life_is_promised_than_is_left() {
    let code = Secret::new("12345".to_owned());
    for (waited_seconds, left) in [(0, 600), (1, 599), (300, 300), (599, 1), (10_000, 0)] {
        let matter = matter(&mail(), Some(&code), NOW_UNIX_MS + waited_seconds * 1000);
        assert!(
            matches!(matter, Some(Matter::ResetCode { lifetime_seconds, long: false, .. }) if lifetime_seconds == left),
            "{waited_seconds}: {matter:?}"
        );
    }
}

//! What becomes of a mail, whatever the mail server does.

use std::time::{Duration, Instant};

use super::*;

/// Expects a sentence that says these words, and neither the code nor the address nor a password.
fn expect_words(sentence: &str, words: &[&str]) {
    for word in words {
        assert!(sentence.contains(word), "{word:?}: {sentence}");
    }
    for secret in [CODE, "sara@", "right horse", "wrong horse"] {
        assert!(!sentence.contains(secret), "{secret:?}: {sentence}");
    }
    assert!(!sentence.contains(char::is_control), "{sentence:?}");
}

fn expect_later(delivery: &Delivery, words: &[&str]) {
    match delivery {
        Delivery::TryLater(sentence) => expect_words(sentence, words),
        other => panic!("{other:?} where another try was expected"),
    }
}

#[test]
fn a_mail_is_taken() {
    let server = MailServer::start(&[]);
    let mailer = patient(plain(server.port));
    assert_eq!(send(&mailer), Delivery::Sent);
    assert_eq!(send(&mailer), Delivery::Sent);
    let mails = server.await_mails(2);
    assert_eq!(
        (&mails[0]["from"], &mails[0]["to"][0]),
        (&"parlour@example.org".into(), &"sara@example.org".into())
    );
    assert!(mailer.check().unwrap().contains("ready"));
    assert_eq!(server.mails().len(), 2, "a check sends nothing");
}

#[test]
fn the_right_password_lets_in_by_tls() {
    let certificates = Certificates::new("DNS:localhost");
    let account = ["--user", "parlour", "--password", "right horse"];
    for (security, named) in [(Security::Tls, "tls"), (Security::StartTls, "starttls")] {
        let server = certificates.start(named, &account);
        let smtp =
            Smtp { login: login("parlour", "right horse"), ..private(&server, security, &certificates) };
        let mailer = patient(smtp);
        assert!(mailer.check().is_ok(), "{named}");
        assert_eq!(send(&mailer), Delivery::Sent, "{named}");
        let mail = server.await_mails(1).remove(0);
        assert_eq!((&mail["tls"], &mail["user"]), (&true.into(), &"parlour".into()), "{named}");
    }
}

#[test]
fn a_wrong_password_is_said_and_the_mail_waits_for_the_right_one() {
    let certificates = Certificates::new("DNS:localhost");
    let account = ["--user", "parlour", "--password", "right horse"];
    let server = certificates.start("tls", &account);
    let smtp = private(&server, Security::Tls, &certificates);
    let wrong = patient(Smtp { login: login("parlour", "wrong horse"), ..smtp.clone() });
    expect_words(&wrong.check().unwrap_err(), &["`mail.user`", "535"]);
    expect_later(&send(&wrong), &["`mail.user`", "535"]);
    // No password at all where one is needed says nothing against the mail either.
    expect_later(&send(&patient(smtp)), &["530"]);
    assert!(server.mails().is_empty());
}

#[test]
fn starttls_is_never_gone_without() {
    let server = MailServer::start(&["--user", "parlour", "--password", "right horse"]);
    let smtp =
        Smtp { security: Security::StartTls, login: login("parlour", "right horse"), ..plain(server.port) };
    let mailer = patient(smtp);
    expect_later(&send(&mailer), &["STARTTLS", "`mail.security`"]);
    expect_words(&mailer.check().unwrap_err(), &["STARTTLS", "`mail.security`"]);
    assert!(server.said("signed_in").is_empty() && server.mails().is_empty());
}

#[test]
fn no_password_goes_in_the_clear_even_if_one_is_given() {
    let server = MailServer::start(&["--user", "parlour", "--password", "right horse"]);
    let mailer = patient(Smtp { login: login("parlour", "right horse"), ..plain(server.port) });
    expect_later(&send(&mailer), &["in the clear"]);
    assert!(server.said("signed_in").is_empty());
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let certificates = Certificates::new("DNS:localhost");
    let others = Certificates::new("DNS:localhost");
    for (security, named) in [(Security::Tls, "tls"), (Security::StartTls, "starttls")] {
        let server = certificates.start(named, &[]);
        let right = private(&server, security, &certificates);
        let faults = [
            Smtp { authorities: Authorities::System, ..right.clone() },
            private(&server, security, &others),
            // The certificate is for another name.
            Smtp { host: "127.0.0.1".to_owned(), ..right.clone() },
        ];
        for smtp in faults {
            let mailer = patient(smtp);
            expect_later(&send(&mailer), &["certificate", "`mail.ca_file`"]);
            assert!(mailer.check().is_err(), "{named}");
        }
        assert!(server.mails().is_empty(), "{named}");
        assert_eq!(send(&patient(right)), Delivery::Sent, "{named}");
    }
    let by_address = Certificates::new("IP:127.0.0.1");
    let server = by_address.start("tls", &[]);
    let smtp = private(&server, Security::Tls, &by_address);
    assert_eq!(send(&patient(Smtp { host: "127.0.0.1".to_owned(), ..smtp })), Delivery::Sent);
}

#[test]
fn a_refusal_is_final_and_a_delay_is_not() {
    let server = MailServer::start(&["--refuse"]);
    match send(&patient(plain(server.port))) {
        Delivery::Refused(sentence) => {
            expect_words(&sentence, &["550", "There is nobody", "did not take it"]);
        }
        other => panic!("{other:?} where a refusal was expected"),
    }
    let server = MailServer::start(&["--temporary", "2"]);
    let mailer = patient(plain(server.port));
    for _ in 0..2 {
        expect_later(&send(&mailer), &["451", "try again later"]);
    }
    assert_eq!(send(&mailer), Delivery::Sent);
    assert_eq!((server.said("put_off").len(), server.await_mails(1).len()), (2, 1));
}

#[test]
fn a_server_that_hangs_is_given_up() {
    for fault in ["--hang", "--mute"] {
        let server = MailServer::start(&[fault]);
        let began = Instant::now();
        expect_later(&send(&hurried(plain(server.port))), &["did not answer in time"]);
        assert!(began.elapsed() < Duration::from_secs(20), "{fault}: {:?}", began.elapsed());
        expect_words(&hurried(plain(server.port)).check().unwrap_err(), &["did not answer in time"]);
    }
    // The same where TLS is expected and nothing comes.
    let server = MailServer::start(&["--mute"]);
    let smtp = Smtp { security: Security::Tls, ..plain(server.port) };
    expect_later(&send(&hurried(smtp)), &["did not answer in time"]);
}

#[test]
fn a_server_that_drops_the_mail_in_the_midst_gets_it_again() {
    let server = MailServer::start(&["--drop"]);
    expect_later(&send(&patient(plain(server.port))), &["did not take it"]);
    assert!(server.await_said("begun")["begun"].as_str().unwrap().starts_with("From: "));
}

#[test]
fn what_is_no_mail_server_does_no_harm() {
    let server = MailServer::start(&["--babble"]);
    for security in [Security::Plain, Security::StartTls, Security::Tls] {
        let mailer = hurried(Smtp { security, ..plain(server.port) });
        assert!(matches!(send(&mailer), Delivery::TryLater(_)), "{security:?}");
    }
    // A mail server in the clear where TLS is expected.
    let server = MailServer::start(&[]);
    let mailer = hurried(Smtp { security: Security::Tls, ..plain(server.port) });
    expect_later(&send(&mailer), &["`mail.security`"]);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    expect_later(&send(&patient(plain(free))), &["localhost", "cannot be reached", "`mail.host`"]);
    let nowhere = Smtp { host: "mail.invalid".to_owned(), ..plain(25) };
    expect_later(&send(&patient(nowhere)), &["mail.invalid:25", "cannot be reached"]);
}

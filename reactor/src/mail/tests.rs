//! What mails say, to the letter, and that no name in them becomes more than a name.
//!
//! `BLESS=1` writes the golden files anew. Whether a mailbox reads the same is seen in `tests/mail.rs`.

use std::path::Path;

use super::*;
use parlour_common::Secret;
use parlour_common::names::{Email, UserName};

/// Server names of people who wish us ill, or have a sense of humour.
const NASTY: [&str; 18] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "x\r\nBcc: victim@example.org",
    "x\nBcc: victim@example.org\n\nanother body",
    "x\u{2028}Bcc: victim@example.org",
    "\u{202e}evil\u{2066}",
    "x\" <victim@example.org>, \"y",
    "a, b; c: d@e (f)",
    "=?utf-8?q?=0ABcc:_x?=",
    "back\\slash\\",
    "{server} {server} {}",
    "</bdi></title></p>",
    "&lt;&amp;'\"",
    "\0\u{7}\u{1b}[31m",
    "   ",
    "",
    ".",
    "🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀",
];

const CODE: &str = "40351";
const UNIX_MS: u64 = 1_767_225_600_000;

fn matters(code: &Secret<String>) -> [(&'static str, Matter<'_>); 5] {
    [
        ("reset_code", Matter::ResetCode { code, lifetime_seconds: 600, long: false }),
        ("reset_code_long", Matter::ResetCode { code, lifetime_seconds: 125, long: true }),
        ("code_burnt", Matter::CodeBurnt),
        ("password_changed", Matter::PasswordChanged),
        ("email_changed", Matter::EmailChanged),
    ]
}

/// Writes a mail and returns it as it travels.
fn written(server: &str, sender: &str, user: Option<&UserName>, matter: Matter<'_>) -> String {
    let to = Email::parse("sara@example.org").unwrap();
    let letter = Letter { identity: "1", to: &to, user_name: user, matter, unix_ms: UNIX_MS };
    let message = letter.compose(&Sender::parse(sender).unwrap(), &words::one_line(server)).unwrap();
    String::from_utf8(message.formatted()).unwrap()
}

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mail").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{} is other than it was; BLESS=1 writes it anew", path.display());
}

#[test]
fn every_mail_says_what_it_said() {
    let code = Secret::new(CODE.to_owned());
    for (name, matter) in matters(&code) {
        let words = words::Words::of(&matter);
        let subject = html::subject(&words, "The Band & Co");
        let text = html::text(&words, Some("سارا"), "The Band & Co");
        golden(&format!("{name}.txt"), &format!("Subject: {subject}\n\n{text}"));
        golden(&format!("{name}.html"), &html::html(&words, Some("سارا"), "The Band & Co"));
        assert!(text.lines().all(|line| line.chars().count() <= 72), "{text}");
    }
    let sara = UserName::parse("sara").unwrap();
    let matter = Matter::ResetCode { code: &code, lifetime_seconds: 600, long: false };
    let mail = written("The Band & Co", "parlour@example.org", Some(&sara), matter);
    golden("whole.eml", &mail.replace("\r\n", "\n"));
}

#[test]
fn a_code_tells_its_server_its_lifetime_and_what_to_do_if_one_did_not_ask() {
    let code = Secret::new("40351226".to_owned());
    for long in [false, true] {
        let words = words::Words::of(&Matter::ResetCode { code: &code, lifetime_seconds: 600, long });
        for shown in [html::text(&words, None, "The Band"), html::html(&words, None, "The Band")] {
            let shown = shown.replace('\n', " ");
            for said in ["4035 1226", "The Band", "10 minutes", "If you did not ask", "Hello,"] {
                assert!(shown.contains(said), "{said}: {shown}");
            }
            assert_eq!(shown.contains("longer than usual"), long, "{shown}");
        }
    }
}

/// Returns the header fields of a mail, unfolded.
fn header(mail: &str) -> Vec<String> {
    let (header, _) = mail.split_once("\r\n\r\n").unwrap();
    let mut fields: Vec<String> = Vec::new();
    for line in header.split("\r\n") {
        assert!(!line.contains(['\r', '\n']) && line.is_ascii(), "{line:?}");
        match fields.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => fields.push(line.to_owned()),
        }
    }
    fields
}

#[test]
fn no_server_name_adds_to_a_header() {
    let code = Secret::new(CODE.to_owned());
    let expected =
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
    for server in NASTY {
        for (_, matter) in matters(&code) {
            let mail = written(server, "parlour@example.org", None, matter);
            let fields = header(&mail);
            let names: Vec<&str> = fields.iter().map(|field| field.split(':').next().unwrap()).collect();
            assert_eq!(names, expected, "{server:?}: {fields:#?}");
            assert_eq!(fields[1], "To: sara@example.org");
            let from = &fields[0];
            assert!(from.ends_with("parlour@example.org>") || from == "From: parlour@example.org", "{from}");
            // Every other address that it could be read to have stands within quotes or is encoded.
            let outside: String = from.split('"').step_by(2).collect();
            assert!(!outside.contains("victim") && outside.matches('<').count() <= 1, "{from}");
            let is_encoded = |field: &str| field.contains("=?");
            assert!(!is_encoded(&fields[2]) || !server.is_ascii(), "{server:?}: {}", fields[2]);
            assert_eq!(fields[5], "Auto-Submitted: auto-generated");
        }
    }
}

#[test]
fn no_name_becomes_html() {
    let code = Secret::new(CODE.to_owned());
    for (_, matter) in matters(&code) {
        let words = words::Words::of(&matter);
        let plain = html::html(&words, Some("name"), "name");
        let tags = |html: &str| html.matches('<').count();
        for nasty in NASTY {
            let html = html::html(&words, Some(nasty), nasty);
            assert_eq!(tags(&html), tags(&plain), "{nasty:?}: {html}");
            assert_eq!(html.matches('"').count(), plain.matches('"').count(), "{nasty:?}: {html}");
        }
        for loads in ["http:", "https:", "src=", "url(", "<link", "<script", "@import"] {
            assert!(!plain.contains(loads), "{loads}: {plain}");
        }
    }
}

#[test]
fn the_name_of_the_sender_is_encoded_whatever_it_is() {
    for sender in ["\"Band, The\" <p@example.org>", "گروه <p@example.org>", "a\\b\"c <p@example.org>"] {
        let from = header(&written("The Band", sender, None, Matter::CodeBurnt)).swap_remove(0);
        assert!(from.ends_with("<p@example.org>") && from.is_ascii(), "{from}");
    }
    let from = header(&written("The Band", "p@example.org", None, Matter::CodeBurnt)).swap_remove(0);
    assert_eq!(from, "From: \"The Band\" <p@example.org>");
}

#[test]
fn a_mail_sent_again_is_the_same_and_another_is_another() {
    let to = Email::parse("sara@example.org").unwrap();
    let sender = Sender::parse("p@example.org").unwrap();
    let id = |identity: &str, unix_ms: u64, matter: Matter<'_>| {
        let letter = Letter { identity, to: &to, user_name: None, matter, unix_ms };
        let mail = String::from_utf8(letter.compose(&sender, "The Band").unwrap().formatted()).unwrap();
        header(&mail).swap_remove(4)
    };
    let code = Secret::new(CODE.to_owned());
    let reset = |lifetime_seconds| Matter::ResetCode { code: &code, lifetime_seconds, long: false };
    assert_eq!(id("1", UNIX_MS, reset(600)), id("1", UNIX_MS, reset(300)));
    assert_ne!(id("1", UNIX_MS, reset(600)), id("2", UNIX_MS, reset(600)));
    assert_ne!(id("1", UNIX_MS, reset(600)), id("1", UNIX_MS + 1, reset(600)));
    assert!(!id("1", UNIX_MS, reset(600)).contains(CODE));
}

#[test]
fn a_panic_is_not_passed_on() {
    let panics = |is_so: bool| guarded(|| assert!(!is_so, "of a library"));
    assert!(panics(false).is_ok() && panics(true).unwrap_err().contains("logged above"));
}

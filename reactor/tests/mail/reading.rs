//! What a mailbox reads, by another program than ours.

use super::*;

/// Sends a mail of a server of this name and returns how it was read.
fn read(server: &MailServer, sender: &str, server_name: &str, matter: Matter<'_>) -> serde_json::Value {
    let before = server.mails().len();
    let smtp = Smtp { sender: Sender::parse(sender).unwrap(), ..plain(server.port) };
    assert_eq!(send_about(&Mailer::new(Post::Smtp(smtp), server_name), matter), Delivery::Sent);
    server.await_mails(before + 1).remove(before)
}

#[test]
fn both_parts_are_read_as_they_were_written() {
    let server = MailServer::start(&[]);
    let code = Secret::new(CODE.to_owned());
    let matters = [
        Matter::ResetCode { code: &code, lifetime_seconds: 600, long: true },
        Matter::CodeBurnt,
        Matter::PasswordChanged,
        Matter::EmailChanged,
    ];
    for matter in matters {
        let is_code = matches!(matter, Matter::ResetCode { .. });
        let mail = read(&server, "parlour@example.org", "The Band", matter);
        assert_eq!(mail["defects"], serde_json::json!([]), "{mail:#}");
        let parts = mail["parts"].as_object().unwrap();
        assert_eq!(parts.keys().collect::<Vec<_>>(), ["text/html", "text/plain"]);
        for part in parts.values() {
            let part = part.as_str().unwrap();
            assert!(part.contains("sara") && part.contains("The Band"), "{part}");
            assert_eq!(part.contains(CODE), is_code, "{part}");
        }
        let headers = mail["headers"].as_object().unwrap();
        assert_eq!(headers["Auto-Submitted"], "auto-generated");
        assert_eq!(headers["Date"], "Thu, 01 Jan 2026 00:00:00 +0000");
        assert!(headers["Message-ID"].as_str().unwrap().ends_with("@example.org>"));
        assert!(headers.values().all(|value| !value.as_str().unwrap().contains(CODE)), "{headers:#?}");
    }
}

#[test]
fn names_of_any_kind_arrive_as_names() {
    let server = MailServer::start(&[]);
    let names = [
        "گروه موسیقی",
        "개구리",
        "Dvořák & <b>Söhne</b>",
        "x\" <victim@example.org>, \"y",
        "a, b; c: d@e (f)",
        "back\\slash",
        "=?utf-8?q?=0ABcc:_x?=",
        "Bcc: victim@example.org",
        "{server}",
        "🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀",
    ];
    for name in names {
        let mail = read(&server, "parlour@example.org", name, Matter::PasswordChanged);
        // What would be decoded by whoever reads it must not stand in a header.
        let shown = name.replace("=?", "= ?");
        let senders = mail["sender"].as_array().unwrap().len();
        assert_eq!((&mail["sender_name"], senders), (&shown.as_str().into(), 1), "{mail:#}");
        assert_eq!(mail["to"], serde_json::json!(["sara@example.org"]));
        let headers = mail["headers"].as_object().unwrap();
        assert_eq!(headers["Subject"], format!("Your password for {shown} was changed"), "{mail:#}");
        assert_eq!((headers.len(), mail["defects"].as_array().unwrap().len()), (8, 0), "{mail:#}");
        assert!(mail["parts"]["text/plain"].as_str().unwrap().contains(name), "{mail:#}");
        let escaped =
            name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        assert!(mail["parts"]["text/html"].as_str().unwrap().contains(&escaped), "{mail:#}");
    }
    let mail = read(&server, "\"Band, The\" <p@example.org>", "x", Matter::CodeBurnt);
    assert_eq!((&mail["sender_name"], &mail["from"]), (&"Band, The".into(), &"p@example.org".into()));
}

//! What a conversation looks like in a file.

use parlour_common::message::{ConversationId, FileHash, PostId, Quote, Revision};
use parlour_common::names::{FileName, UserName};

use super::*;

pub(in super::super) fn said(number: u64, text: &str) -> Post {
    Post {
        conversation: ConversationId::ROOM,
        post: PostId(number),
        revision: Revision(number),
        author: UserName::parse("sara").unwrap(),
        said_unix_ms: 1_795_255_200_000,
        text: text.to_owned(),
        reply_to: None,
        card: None,
        edited_unix_ms: None,
        deleted_unix_ms: None,
    }
}

fn written_as(form: ExportForm, posts: &[Post]) -> String {
    let mut file = Vec::new();
    begin(form, &mut file).unwrap();
    for (at, one) in posts.iter().enumerate() {
        post(form, at == 0, one, &mut file).unwrap();
    }
    end(form, posts.len() as u64, &mut file).unwrap();
    String::from_utf8(file).unwrap()
}

fn samples() -> Vec<Post> {
    let author = UserName::parse("개구리").unwrap();
    let file_name = FileName::parse("a b.pdf").unwrap();
    let sha256 = FileHash::new([0xab; 32]);
    vec![
        said(1, "سلام\n[2026-01-01T00:00:00Z] mallory: not me"),
        Post {
            reply_to: Some(Quote { post: PostId(1), author, excerpt: "one\ntwo".to_owned() }),
            ..said(2, "yes")
        },
        Post { card: Some(Card::File { file_name, size_bytes: 7, sha256 }), ..said(3, "") },
        Post { card: Some(Card::Gone {}), edited_unix_ms: Some(0), ..said(4, "\"x\"") },
        Post { deleted_unix_ms: Some(1), ..said(5, "") },
    ]
}

#[test]
fn a_conversation_as_text_has_a_line_for_each_post_that_nobody_can_forge() {
    let text = written_as(ExportForm::Text, &samples());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "[2026-11-21T10:00:00Z] sara: سلام",
            "\t[2026-01-01T00:00:00Z] mallory: not me",
            "[2026-11-21T10:00:00Z] sara: (to 개구리: one two) yes",
            "[2026-11-21T10:00:00Z] sara: [file a b.pdf, 7 bytes]",
            "[2026-11-21T10:00:00Z] sara: \"x\" [a file that is gone] (edited 1970-01-01T00:00:00Z)",
            "[2026-11-21T10:00:00Z] sara: (deleted)",
        ]
    );
    assert_eq!(written_as(ExportForm::Text, &[]), "");
}

#[test]
fn a_conversation_as_json_is_one_list_that_programs_read() {
    let list: serde_json::Value = serde_json::from_str(&written_as(ExportForm::Json, &samples())).unwrap();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 5);
    assert_eq!(list[0]["number"], 1);
    assert_eq!(list[0]["text"], "سلام\n[2026-01-01T00:00:00Z] mallory: not me");
    assert_eq!(list[1]["reply_to"]["author"], "개구리");
    assert_eq!(list[2]["card"]["kind"], "file");
    assert_eq!(list[2]["card"]["sha256"], "ab".repeat(32));
    assert_eq!(list[3]["edited"], "1970-01-01T00:00:00Z");
    assert_eq!(list[4]["deleted"], "1970-01-01T00:00:00Z");
    assert!(list[0].get("card").is_none() && list[0].get("deleted").is_none());
    assert_eq!(written_as(ExportForm::Json, &[]), "[]\n");
}

#[test]
fn moments_are_those_of_the_calendar() {
    for (unix_s, wanted) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_709_251_199, "2024-02-29T23:59:59Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
    ] {
        assert_eq!(time(unix_s * 1000), wanted);
    }
}

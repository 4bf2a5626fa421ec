//! The bytes of every message, written down once and kept: in `golden/wire.txt` for this test, and in
//! `PROTOCOL.md` for people. If the code, the golden file or the document drifts, this says so.
//!
//! After a wanted change, `BLESS=1 cargo test -p parlour-common --test wire every_message` writes the golden
//! file and the example blocks of the document anew. A changed line of the golden file breaks old clients;
//! an added one does not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "wire/notation.rs"]
mod notation;
#[path = "wire/samples.rs"]
mod samples;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use parlour_common::limits;
use parlour_common::message::{
    AccountState, AudioFormat, AuditAction, Card, CardSource, ClosingReason, Denial, DiskState, Event, Fault,
    Field, FilePlace, FileSort, Quota, ReadFrom, Reply, Request, Role, SameName, SeatState, SeatTurn,
    SharedFate, SignUpRule, SortBy, StorageFault, TransferOutcome, UserFilter,
};
use strum::VariantNames;

use notation::Value;

/// What begins an example in the document and, without the fence, in the golden file.
const FENCE: &str = "```text ";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns what should stand under each heading.
fn examples() -> BTreeMap<String, String> {
    let mut examples = BTreeMap::<String, String>::new();
    for sample in samples::all() {
        examples.entry(sample.heading.clone()).or_default().push_str(&sample.text());
    }
    examples
}

/// Returns what stands under each heading of the golden file.
fn golden() -> BTreeMap<String, String> {
    let text = read("tests/golden/wire.txt");
    let blocks =
        text.split("\n\n").map(|block| block.trim_matches('\n')).filter(|block| !block.starts_with('#'));
    let split = |block: &str| {
        let (heading, body) =
            block.split_once('\n').unwrap_or_else(|| panic!("a block of one line: {block}"));
        (heading.to_owned(), format!("{body}\n"))
    };
    blocks.map(split).collect()
}

/// Returns the example blocks of the document by their heading.
fn document_blocks(document: &str) -> BTreeMap<String, String> {
    let mut blocks = BTreeMap::new();
    for block in document.split(FENCE).skip(1) {
        let (heading, rest) = block.split_once('\n').expect("a fence ends its line");
        let (body, _) = rest.split_once("```").expect("a block is closed");
        let earlier = blocks.insert(heading.to_owned(), body.to_owned());
        assert!(earlier.is_none(), "PROTOCOL.md has two examples of {heading}");
    }
    blocks
}

fn bless(examples: &BTreeMap<String, String>) {
    let mut text = "# The bytes of every message. Written by a blessed run of wire.rs.\n".to_owned();
    for (heading, body) in examples {
        text += &format!("\n{heading}\n{body}");
    }
    std::fs::create_dir_all(path("tests/golden")).unwrap();
    std::fs::write(path("tests/golden/wire.txt"), text).unwrap();
    let mut document = read("PROTOCOL.md");
    for (heading, old) in document_blocks(&document) {
        if let Some(new) = examples.get(&heading) {
            let open = format!("{FENCE}{heading}\n");
            document = document.replace(&format!("{open}{old}```"), &format!("{open}{new}```"));
        }
    }
    std::fs::write(path("PROTOCOL.md"), document).unwrap();
}

#[test]
fn every_message_has_the_bytes_it_always_had() {
    let examples = examples();
    if std::env::var_os("BLESS").is_some() {
        bless(&examples);
    }
    let golden = golden();
    for (heading, text) in &golden {
        assert_eq!(examples.get(heading), Some(text), "{heading} is not what the golden file says");
    }
    for heading in examples.keys() {
        assert!(golden.contains_key(heading), "{heading} is not in the golden file");
    }
}

#[test]
fn the_document_shows_the_golden_bytes_of_every_message_and_nothing_else() {
    let golden = golden();
    let blocks = document_blocks(&read("PROTOCOL.md"));
    for (heading, text) in &golden {
        assert_eq!(blocks.get(heading), Some(text), "PROTOCOL.md does not show {heading} as it is");
    }
    for heading in blocks.keys() {
        assert!(golden.contains_key(heading), "PROTOCOL.md shows {heading}, which is no message");
    }
}

#[test]
fn no_variant_is_missing() {
    let samples = samples::all();
    let of_value = |heading: &'static str| {
        let these = samples.iter().filter(move |sample| sample.heading == heading);
        these.map(|sample| Value::read(&sample.bytes).variant().to_owned()).collect::<Vec<_>>()
    };
    let of_message = |kind: &str| {
        let names = samples.iter().filter_map(|sample| sample.heading.split_once('.'));
        names.filter(|(this, _)| *this == kind).map(|(_, name)| name.to_owned()).collect::<Vec<_>>()
    };
    let cases = [
        ("request", Request::VARIANTS, of_message("request")),
        ("reply", Reply::VARIANTS, of_message("reply")),
        ("denial", Denial::VARIANTS, of_message("denial")),
        ("event", Event::VARIANTS, of_message("event")),
        ("closing_reason", ClosingReason::VARIANTS, of_value("closing_reason")),
        ("fault", Fault::VARIANTS, of_value("fault")),
        ("field", Field::VARIANTS, of_value("field")),
        ("transfer_outcome", TransferOutcome::VARIANTS, of_value("transfer_outcome")),
        ("audio_format", AudioFormat::VARIANTS, of_value("audio_format")),
        ("sort_by", SortBy::VARIANTS, of_value("sort_by")),
        ("role", Role::VARIANTS, of_value("role")),
        ("sign_up_rule", SignUpRule::VARIANTS, of_value("sign_up_rule")),
        ("account_state", AccountState::VARIANTS, of_value("account_state")),
        ("user_filter", UserFilter::VARIANTS, of_value("user_filter")),
        ("shared_fate", SharedFate::VARIANTS, of_value("shared_fate")),
        ("audit_action", AuditAction::VARIANTS, of_value("audit_action")),
        ("quota", Quota::VARIANTS, of_value("quota")),
        ("file_place", FilePlace::VARIANTS, of_value("file_place")),
        ("file_sort", FileSort::VARIANTS, of_value("file_sort")),
        ("same_name", SameName::VARIANTS, of_value("same_name")),
        ("storage_fault", StorageFault::VARIANTS, of_value("storage_fault")),
        ("disk_state", DiskState::VARIANTS, of_value("disk_state")),
        ("seat_state", SeatState::VARIANTS, of_value("seat_state")),
        ("seat_turn", SeatTurn::VARIANTS, of_value("seat_turn")),
        ("card_source", CardSource::VARIANTS, of_value("card_source")),
        ("read_from", ReadFrom::VARIANTS, of_value("read_from")),
        ("card", Card::VARIANTS, of_value("card")),
    ];
    let document = read("PROTOCOL.md");
    for (kind, variants, sampled) in cases {
        for variant in variants {
            assert!(sampled.iter().any(|name| name == variant), "no sample of {kind} {variant}");
            assert!(
                document.contains(&format!("`{variant}`")),
                "PROTOCOL.md does not explain {kind} {variant}"
            );
        }
    }
}

#[test]
fn the_document_names_every_field() {
    fn names(value: &Value, all: &mut Vec<String>) {
        match value {
            Value::Map(entries) => {
                for (name, value) in entries {
                    all.push(name.clone());
                    names(value, all);
                }
            }
            Value::List(values) => values.iter().for_each(|value| names(value, all)),
            _ => {}
        }
    }
    let document = read("PROTOCOL.md");
    let mut all = Vec::new();
    for sample in samples::all() {
        names(&Value::read(sample.payload()), &mut all);
    }
    for name in all {
        assert!(document.contains(&format!("`{name}`")), "PROTOCOL.md does not explain `{name}`");
    }
}

/// Every limit that is a number, by its name.
fn limit_rows() -> [(&'static str, usize); 61] {
    [
        ("PROTOCOL_VERSION", limits::PROTOCOL_VERSION as usize),
        ("DEFAULT_PORT", limits::DEFAULT_PORT.into()),
        ("MESSAGE_BYTES_MAX", limits::MESSAGE_BYTES_MAX),
        ("MESSAGE_BEFORE_SIGN_IN_BYTES_MAX", limits::MESSAGE_BEFORE_SIGN_IN_BYTES_MAX),
        ("MESSAGE_DEPTH_MAX", limits::MESSAGE_DEPTH_MAX),
        ("CHUNK_DATA_BYTES_MAX", limits::CHUNK_DATA_BYTES_MAX),
        ("CHUNK_HEAD_BYTES", limits::CHUNK_HEAD_BYTES),
        ("HELLO_SECONDS_MAX", limits::HELLO_SECONDS_MAX as usize),
        ("SIGN_IN_SECONDS_MAX", limits::SIGN_IN_SECONDS_MAX as usize),
        ("FRAME_SECONDS_MAX", limits::FRAME_SECONDS_MAX as usize),
        ("HEARTBEAT_SECONDS", limits::HEARTBEAT_SECONDS as usize),
        ("SILENCE_SECONDS_MAX", limits::SILENCE_SECONDS_MAX as usize),
        ("TRANSFERS_PER_CONNECTION_MAX", limits::TRANSFERS_PER_CONNECTION_MAX),
        ("REQUESTS_UNDER_WAY_MAX", limits::REQUESTS_UNDER_WAY_MAX),
        ("TRACKS_PER_PAGE_MAX", limits::TRACKS_PER_PAGE_MAX.into()),
        ("QUERY_BYTES_MAX", limits::QUERY_BYTES_MAX),
        ("TAG_BYTES_MAX", limits::TAG_BYTES_MAX),
        ("USER_NAME_CHARS_MAX", limits::USER_NAME_CHARS_MAX as usize),
        ("EMAIL_BYTES_MAX", limits::EMAIL_BYTES_MAX as usize),
        ("PHONE_CHARS_MAX", limits::PHONE_CHARS_MAX as usize),
        ("PHONE_PATTERN_BYTES_MAX", limits::PHONE_PATTERN_BYTES_MAX),
        ("PASSWORD_CHARS_MIN", limits::PASSWORD_CHARS_MIN as usize),
        ("PASSWORD_BYTES_MAX", limits::PASSWORD_BYTES_MAX as usize),
        ("FILE_NAME_BYTES_MAX", limits::FILE_NAME_BYTES_MAX as usize),
        ("DEVICE_NAME_BYTES_MAX", limits::DEVICE_NAME_BYTES_MAX),
        ("SESSION_TOKEN_BYTES", limits::SESSION_TOKEN_BYTES),
        ("SESSION_ID_BYTES", limits::SESSION_ID_BYTES),
        ("DEVICE_PROOF_BYTES", limits::DEVICE_PROOF_BYTES),
        ("RESET_FLOW_BYTES", limits::RESET_FLOW_BYTES),
        ("INVITE_CODE_BYTES", limits::INVITE_CODE_BYTES),
        ("RESET_CODE_SECONDS", limits::RESET_CODE_SECONDS as usize),
        ("RESET_CODE_TRIES_MAX", limits::RESET_CODE_TRIES_MAX as usize),
        ("INVITE_HOURS_MAX", limits::INVITE_HOURS_MAX as usize),
        ("ABOUT_CHARS_MAX", limits::ABOUT_CHARS_MAX as usize),
        ("NOTE_BYTES_MAX", limits::NOTE_BYTES_MAX as usize),
        ("MEMBERS_PER_PAGE_MAX", limits::MEMBERS_PER_PAGE_MAX.into()),
        ("USERS_PER_PAGE_MAX", limits::USERS_PER_PAGE_MAX.into()),
        ("AUDIT_PER_PAGE_MAX", limits::AUDIT_PER_PAGE_MAX.into()),
        ("FILE_HASH_BYTES", limits::FILE_HASH_BYTES),
        ("UPLOAD_KEY_BYTES", limits::UPLOAD_KEY_BYTES),
        ("FILES_PER_PAGE_MAX", limits::FILES_PER_PAGE_MAX.into()),
        ("FILES_PER_REQUEST_MAX", limits::FILES_PER_REQUEST_MAX.into()),
        ("RECIPIENTS_PER_REQUEST_MAX", limits::RECIPIENTS_PER_REQUEST_MAX.into()),
        ("RECIPIENTS_PER_FILE_MAX", limits::RECIPIENTS_PER_FILE_MAX as usize),
        ("FILES_PER_MEMBER_MAX", limits::FILES_PER_MEMBER_MAX as usize),
        ("UPLOADS_PER_MEMBER_MAX", limits::UPLOADS_PER_MEMBER_MAX as usize),
        ("UPLOADS_PER_PAGE_MAX", limits::UPLOADS_PER_PAGE_MAX.into()),
        ("FILE_BYTES_MAX", usize::try_from(limits::FILE_BYTES_MAX).unwrap()),
        ("UPLOAD_HOURS_MAX", limits::UPLOAD_HOURS_MAX as usize),
        ("FAULTS_PER_REPORT_MAX", limits::FAULTS_PER_REPORT_MAX),
        ("SAY_KEY_BYTES", limits::SAY_KEY_BYTES),
        ("POST_TEXT_BYTES_MAX", limits::POST_TEXT_BYTES_MAX as usize),
        ("EXCERPT_BYTES_MAX", limits::EXCERPT_BYTES_MAX),
        ("POSTS_PER_PAGE_MAX", limits::POSTS_PER_PAGE_MAX.into()),
        ("CONVERSATIONS_PER_PAGE_MAX", limits::CONVERSATIONS_PER_PAGE_MAX.into()),
        ("SEATS_PER_PAGE_MAX", limits::SEATS_PER_PAGE_MAX.into()),
        ("SEAT_CHANGES_MAX", limits::SEAT_CHANGES_MAX),
        ("SEAT_HOURS_MAX", limits::SEAT_HOURS_MAX as usize),
        ("MENTIONS_PER_POST_MAX", limits::MENTIONS_PER_POST_MAX),
        ("MENTIONS_COUNTED_MAX", limits::MENTIONS_COUNTED_MAX as usize),
        ("REASON_BYTES_MAX", limits::REASON_BYTES_MAX),
    ]
}

#[test]
fn the_document_gives_every_limit_its_number() {
    let rows = limit_rows();
    let document = read("PROTOCOL.md");
    for (name, number) in rows {
        let row = format!("| `{name}` | {number} |");
        assert!(document.contains(&row), "PROTOCOL.md has no row that begins with {row}");
    }
    let declared = include_str!("../src/limits.rs").matches("\npub const ").count();
    assert_eq!(declared, rows.len() + 1, "a limit has no row here"); // The default pattern is a string.
    assert!(document.contains(&format!("`{}`", limits::PHONE_PATTERN_DEFAULT)));
}

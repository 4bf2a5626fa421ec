//! What is read and what is refused.

use std::collections::BTreeMap;

use serde::de::value::StrDeserializer;

use super::*;
use crate::message::{
    Card, Hello, Role, SayKey, SeatState, SeatTurn, TransferEnd, TransferId, TransferOutcome, UploadKey,
};

/// Writes any value as a payload, with named fields.
fn payload<T: Serialize>(value: &T) -> Vec<u8> {
    encode(value).expect("the value is small").split_off(PREFIX_BYTES)
}

#[derive(Serialize)]
struct Loose<T> {
    id: u32,
    request: T,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Strange {
    Frobnicate { hard: bool },
    Ping { new_field: u8 },
    Hello { protocol: String },
}

#[test]
fn a_request_comes_back_as_it_was_sent() {
    let sent =
        RequestEnvelope { id: 7, request: Request::Hello(Hello { protocol: 1, client: "test".to_owned() }) };
    assert_eq!(decode_request(&payload(&sent)).unwrap(), sent);
}

#[test]
fn a_field_from_the_future_is_ignored_and_a_request_from_the_future_is_denied() {
    let newer = payload(&Loose { id: 1, request: Strange::Ping { new_field: 3 } });
    assert_eq!(decode_request(&newer).unwrap().request, Request::Ping {});
    let unknown = payload(&Loose { id: 2, request: Strange::Frobnicate { hard: true } });
    match decode_request(&unknown) {
        Err(RequestError::Denied { id: 2, denial: Denial::UnknownRequest {} }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_known_request_with_wrong_fields_is_denied_by_its_number() {
    let wrong = payload(&Loose { id: 3, request: Strange::Hello { protocol: "one".to_owned() } });
    match decode_request(&wrong) {
        Err(RequestError::Denied { id: 3, denial: Denial::BadRequest { reason } }) => {
            assert!(!reason.is_empty());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_reason_of_a_denial_does_not_grow_with_what_was_sent() {
    #[derive(Serialize)]
    enum Long {
        #[serde(rename = "search_library")]
        Search { query: &'static str, sort: String },
    }
    let wrong = payload(&Loose { id: 4, request: Long::Search { query: "", sort: "é".repeat(30_000) } });
    match decode_request(&wrong) {
        Err(RequestError::Denied { denial: Denial::BadRequest { reason }, .. }) => {
            assert!(reason.len() <= REASON_BYTES_MAX, "{}", reason.len());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_has_no_number_is_unreadable() {
    let mut trailing = payload(&RequestEnvelope { id: 1, request: Request::Ping {} });
    trailing.push(0xc0);
    let deep: Vec<u8> = std::iter::repeat_n(0x91, 10_000).chain([0xc0]).collect();
    let mut deep_inside = vec![0x82, 0xa2, b'i', b'd', 1, 0xa7];
    deep_inside.extend_from_slice(b"request");
    deep_inside.extend_from_slice(&deep);
    // A map that claims 2^32-1 entries and a string that claims 2^32-1 bytes.
    let bombs: [&[u8]; 6] =
        [&trailing, &deep, &deep_inside, &[0xdf, 255, 255, 255, 255], &[0xdb, 255, 255, 255, 255], &[]];
    for bytes in bombs {
        match decode_request(bytes) {
            Err(RequestError::Unreadable(_)) => {}
            other => panic!("{bytes:?}: {other:?}"),
        }
    }
}

#[test]
fn a_server_message_is_one_of_three_and_unknown_events_are_skipped() {
    let end = TransferEnd { transfer: TransferId(4), outcome: TransferOutcome::Whole };
    let sent = ServerMessage::Event(Event::TransferEnd(end));
    assert_eq!(decode_server_message(&payload(&sent)).unwrap(), Some(sent));

    #[derive(Serialize)]
    struct Newer {
        event: Strange,
    }
    let newer = payload(&Newer { event: Strange::Frobnicate { hard: false } });
    assert_eq!(decode_server_message(&newer).unwrap(), None);

    #[derive(Serialize)]
    struct Both {
        id: u32,
        reply: Reply,
        denial: Denial,
    }
    let both = payload(&Both { id: 1, reply: Reply::Done {}, denial: Denial::Internal {} });
    assert!(decode_server_message(&both).is_err());
}

#[test]
fn reasons_from_the_future_are_reasons_all_the_same() {
    #[derive(Serialize)]
    struct NewerDenial {
        id: u32,
        denial: Strange,
    }
    let denial = payload(&NewerDenial { id: 5, denial: Strange::Frobnicate { hard: true } });
    let expected = ServerMessage::Denial { id: 5, denial: Denial::Internal {} };
    assert_eq!(decode_server_message(&denial).unwrap(), Some(expected));

    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum NewerEvent {
        Closing { reason: Strange },
        TransferEnd { transfer: u32, outcome: &'static str },
    }
    #[derive(Serialize)]
    struct Newer {
        event: NewerEvent,
    }
    let closing =
        payload(&Newer { event: NewerEvent::Closing { reason: Strange::Frobnicate { hard: true } } });
    assert!(matches!(
        decode_server_message(&closing).unwrap(),
        Some(ServerMessage::Event(Event::Closing(Closing { reason: ClosingReason::Shutdown {}, .. })))
    ));
    let end = payload(&Newer { event: NewerEvent::TransferEnd { transfer: 3, outcome: "eaten" } });
    let expected = TransferEnd { transfer: TransferId(3), outcome: TransferOutcome::Changed };
    let expected = ServerMessage::Event(Event::TransferEnd(expected));
    assert_eq!(decode_server_message(&end).unwrap(), Some(expected));
}

#[test]
fn what_is_written_as_no_request_at_all_is_denied_by_its_number() {
    // nil, true, -1, 200, 1.0, [1, 2], bin, {}, {1: nil}, a str that is not UTF-8.
    let values: [&[u8]; 10] = [
        &[0xc0],
        &[0xc3],
        &[0xff],
        &[0xcc, 200],
        &[0xca, 0x3f, 0x80, 0, 0],
        &[0x92, 1, 2],
        &[0xc4, 1, 0],
        &[0x80],
        &[0x81, 1, 0xc0],
        &[0xa1, 0xff],
    ];
    for value in values {
        let message = [b"\x82\xa2id\x07\xa7request", value].concat();
        match decode_request(&message) {
            Err(RequestError::Denied { id: 7, denial: Denial::BadRequest { .. } }) => {}
            other => panic!("{value:02x?}: {other:?}"),
        }
    }
}

#[test]
fn a_request_must_use_the_words_that_are_known_and_a_reply_need_not() {
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Asked {
        AddUser { user_name: &'static str, email: &'static str, phone: &'static str, role: &'static str },
        EditUser(BTreeMap<&'static str, &'static str>),
        BeginUpload(Upload),
        ListFiles(Page),
    }
    #[derive(Serialize)]
    struct Upload {
        upload: UploadKey,
        file_name: &'static str,
        size_bytes: u64,
        same_name: &'static str,
    }
    #[derive(Serialize)]
    struct Page {
        place: &'static str,
        query: &'static str,
        sort: &'static str,
        descending: bool,
        offset: u32,
        limit: u16,
    }
    let add = |role| Asked::AddUser { user_name: "mina", email: "m@example.org", phone: "1", role };
    let edit = |field, word| Asked::EditUser(BTreeMap::from([("user_name", "mina"), (field, word)]));
    let begin = |same_name| {
        Asked::BeginUpload(Upload {
            upload: UploadKey::new([7; 16]),
            file_name: "a",
            size_bytes: 1,
            same_name,
        })
    };
    let list = |place, sort| {
        Asked::ListFiles(Page { place, query: "", sort, descending: false, offset: 0, limit: 1 })
    };
    let known = [
        add("curator"),
        edit("role", "member"),
        edit("state", "active"),
        edit("quota", "unlimited"),
        begin("keep_both"),
        list("trash", "time"),
    ];
    for (id, request) in (1..).zip(known) {
        decode_request(&payload(&Loose { id, request })).expect("these words are known");
    }
    let unknown = [
        add("owner"),
        edit("role", "owner"),
        edit("state", "asleep"),
        edit("quota", "double"),
        begin("rename"),
        list("attic", "time"),
        list("own", "colour"),
    ];
    for (id, request) in (1..).zip(unknown) {
        match decode_request(&payload(&Loose { id, request })) {
            Err(RequestError::Denied { id: of, denial: Denial::BadRequest { reason } }) => {
                assert!(of == id && reason.contains("unknown variant"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
    let told: Role = Deserialize::deserialize(StrDeserializer::<serde::de::value::Error>::new("owner"))
        .expect("a reply is read kindly");
    assert_eq!(told, Role::Member);
}

#[test]
fn what_is_asked_of_the_room_must_use_the_words_that_are_known() {
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Asked {
        Say(Said),
        ReadPosts { conversation: u64, from: BTreeMap<&'static str, u64>, limit: u16 },
        KeepCard { conversation: u64, post: u64, same_name: &'static str },
    }
    #[derive(Serialize)]
    struct Said {
        key: SayKey,
        conversation: u64,
        text: &'static str,
        card: BTreeMap<&'static str, u64>,
    }
    let say = |card| {
        let key = SayKey::new([7; 16]);
        Asked::Say(Said { key, conversation: 0, text: "", card: BTreeMap::from([(card, 7)]) })
    };
    let read = |from| Asked::ReadPosts { conversation: 0, from: BTreeMap::from([(from, 7)]), limit: 1 };
    let keep = |same_name| Asked::KeepCard { conversation: 0, post: 7, same_name };
    let known = [say("file"), say("track"), read("before"), read("changed_after"), keep("replace")];
    for (id, request) in (1..).zip(known) {
        decode_request(&payload(&Loose { id, request })).expect("these words are known");
    }
    for (id, request) in (1..).zip([say("link"), read("yesterday"), keep("rename")]) {
        match decode_request(&payload(&Loose { id, request })) {
            Err(RequestError::Denied { id: of, denial: Denial::BadRequest { reason } }) => {
                assert!(of == id && reason.contains("unknown variant"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
    }
    for (word, state) in [("inactive", SeatState::Inactive), ("dozing", SeatState::Present)] {
        let told: SeatState = Deserialize::deserialize(StrDeserializer::<serde::de::value::Error>::new(word))
            .expect("what is told is read kindly");
        assert_eq!(told, state);
    }
    let turn: SeatTurn = Deserialize::deserialize(StrDeserializer::<serde::de::value::Error>::new("waved"))
        .expect("what is told is read kindly");
    assert_eq!(turn, SeatTurn::CameBack);
}

#[test]
fn a_card_from_after_the_readers_time_hides_nothing_of_what_was_said() {
    #[derive(Serialize)]
    struct Newer {
        event: Told,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Told {
        Said(Said),
    }
    #[derive(Serialize)]
    struct Said {
        conversation: u64,
        post: u64,
        revision: u64,
        author: &'static str,
        said_unix_ms: u64,
        text: &'static str,
        card: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    }
    let told = |card| {
        let said = Said {
            conversation: 0,
            post: 7,
            revision: 7,
            author: "sara",
            said_unix_ms: 1,
            text: "vote!",
            card: BTreeMap::from([(card, BTreeMap::from([("options", 3)]))]),
        };
        match decode_server_message(&payload(&Newer { event: Told::Said(said) })) {
            Ok(Some(ServerMessage::Event(Event::Said(post)))) => post,
            other => panic!("{other:?}"),
        }
    };
    let post = told("poll");
    assert_eq!((post.text.as_str(), post.card), ("vote!", Some(Card::Unknown {})));
    assert_eq!(told("gone").card, Some(Card::Gone {}));
}

//! Bytes that are no frame, frames that are no message, messages that ask for nothing there is.

use std::net::Shutdown;

use parlour_common::message::{
    ClosingReason, Denial, FetchTrack, Request, Resume, SearchLibrary, ServerMessage, SessionToken, Sort,
    SortBy, TrackId,
};
use parlour_common::{Secret, limits};
use rmpv::Value;

use super::super::real::{Client, Daemon, Options};
use super::{farewell, frame, house, is_served, map, payload, request, write};

/// A client before hello, one after it, and one that is signed in.
fn everyone(daemon: &Daemon, member: &Client) -> [Client; 3] {
    let mut signed_in = daemon.client();
    signed_in.resume(member.token.clone().unwrap()).unwrap();
    [Client::connect(daemon.address), daemon.client(), signed_in]
}

/// A ping whose frame is as long as wanted: what is unknown in it is skipped.
fn padded_ping(length: usize) -> Vec<u8> {
    let ping = |padding: usize| {
        let mut message = request(7, "ping", map(&[]));
        let Value::Map(entries) = &mut message else { unreachable!() };
        entries.push(("padding".into(), Value::Binary(vec![0; padding])));
        payload(&message)
    };
    // The heads of long binaries are of one length.
    ping(length - (ping(4000).len() - 4000))
}

#[test]
fn what_is_no_frame_and_no_message_ends_its_own_connection_alone() {
    let (daemon, witness) = house(&Options::default());
    let member = daemon.member("sara");
    let deep = |levels: usize| {
        let deep = (0..levels).fold(Value::from(1), |inner, _| Value::Array(vec![inner]));
        payload(&Value::Map(vec![
            ("id".into(), 1.into()),
            ("request".into(), "x".into()),
            ("y".into(), deep),
        ]))
    };
    let mut trailing = payload(&request(1, "ping", map(&[])));
    trailing.push(0xc0);
    let mut doubled = payload(&request(1, "ping", map(&[])));
    doubled.extend(doubled.clone());
    let mut chunk = vec![0x93, 1, 0, 0xc4, 5];
    chunk.extend(b"bytes");
    let bad: Vec<(&str, Vec<u8>)> = vec![
        ("a frame of nothing", vec![0, 0, 0, 0]),
        ("a length of 4 GiB", vec![0xff; 64]),
        ("a length over every limit", (limits::CHUNK_DATA_BYTES_MAX as u32 + 25).to_be_bytes().to_vec()),
        ("a number", frame(&[1])),
        ("the byte that MessagePack never uses", frame(&[0xc1])),
        ("an array of two", frame(&[0x92, 1, 2])),
        ("an HTTP request", b"GET / HTTP/1.1\r\nHost: parlour\r\n\r\n".to_vec()),
        ("a TLS hello", [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 500]].concat()),
        ("a chunk", frame(&chunk)),
        ("a chunk with no head", frame(&[0x93, 0xc0, 0xc0, 0xc0])),
        ("a chunk that claims more than its frame", frame(&[0x93, 1, 0, 0xc6, 0xff, 0xff, 0xff, 0xff])),
        ("an empty map", frame(&[0x80])),
        ("a map with no id", frame(&payload(&map(&[("request", map(&[("ping", map(&[]))]))])))),
        ("an id below zero", frame(&payload(&map(&[("id", (-1).into()), ("request", map(&[]))])))),
        ("an id of 2^32", frame(&payload(&request(1 << 32, "ping", map(&[]))))),
        ("an id twice", frame(&[0x82, 0xa2, b'i', b'd', 1, 0xa2, b'i', b'd', 1])),
        ("nesting of 17", frame(&deep(17))),
        ("nesting of 1,000", frame(&deep(1000))),
        ("a byte behind the message", frame(&trailing)),
        ("two messages in one frame", frame(&doubled)),
    ];
    for (what, bytes) in &bad {
        for mut client in everyone(&daemon, &member) {
            write(&mut client, bytes);
            let reason = farewell(&mut client);
            assert!(matches!(reason, ClosingReason::BadFrame { .. }), "{what}: {reason:?}");
        }
    }
    assert!(witness.end("no frames") > 10);
    daemon.end_well();
}

#[test]
fn a_message_may_be_as_long_as_its_limit_and_not_a_byte_longer() {
    let (daemon, witness) = house(&Options::default());
    let member = daemon.member("sara");
    let before = limits::MESSAGE_BEFORE_SIGN_IN_BYTES_MAX;
    for (mut client, limit) in
        everyone(&daemon, &member).into_iter().zip([before, before, limits::MESSAGE_BYTES_MAX])
    {
        assert_eq!(padded_ping(limit).len(), limit);
        write(&mut client, &frame(&padded_ping(limit)));
        assert!(matches!(client.message(), Some(ServerMessage::Reply { id: 7, .. })));
        write(&mut client, &frame(&padded_ping(limit + 1)));
        assert!(matches!(farewell(&mut client), ClosingReason::BadFrame { .. }));
    }
    witness.end("long messages");
    daemon.end_well();
}

#[test]
fn wrong_types_and_unknown_requests_are_denied_and_the_connection_goes_on() {
    let (daemon, witness) = house(&Options::default());
    let mut client = daemon.member("sara");
    let search = |query: Value, limit: Value| {
        let sort = map(&[("by", "title".into()), ("descending", false.into())]);
        let fields = [("query", query), ("sort", sort), ("offset", 0.into()), ("limit", limit)];
        request(7, "search_library", map(&fields))
    };
    let unknown =
        [request(7, "open_the_safe", map(&[])), request(7, "", Value::Nil), request(7, "\0", 1.into())];
    let bad = [
        search(5.into(), 1.into()),
        search("x".into(), (-1).into()),
        search("x".into(), 70_000.into()),
        search("x".into(), Value::F64(1.0)),
        search(Value::Binary(vec![0xff; 30]), 1.into()),
        search(Value::String(rmpv::Utf8String::from("x".repeat(201))), 1.into()),
        search("x".into(), 0.into()),
        search("x".into(), 49.into()),
        request(7, "search_library", map(&[])),
        request(7, "fetch_track", map(&[("track", "seven".into())])),
        request(7, "resume", map(&[("session", Value::Binary(vec![1; 31]))])),
        request(7, "sign_in", map(&[("user_name", "x".into()), ("password", Value::Nil)])),
        request(7, "cancel_transfer", map(&[("transfer", (1_u64 << 32).into())])),
        map(&[("id", 7.into()), ("request", map(&[]))]),
        map(&[("id", 7.into()), ("request", Value::Nil)]),
        map(&[("id", 7.into()), ("request", Value::Array(vec![1.into(), 2.into()]))]),
    ];
    let mut answer = |message: &Value| {
        write(&mut client, &frame(&payload(message)));
        match client.message() {
            Some(ServerMessage::Denial { id: 7, denial }) => denial,
            other => panic!("{message}: {other:?}"),
        }
    };
    for message in &unknown {
        assert_eq!(answer(message), Denial::UnknownRequest {}, "{message}");
    }
    for message in &bad {
        match answer(message) {
            Denial::BadRequest { reason } => assert!(reason.len() <= limits::REASON_BYTES_MAX, "{reason}"),
            denial => panic!("{message}: {denial:?}"),
        }
    }
    is_served(&mut client);
    witness.end("wrong types");
    daemon.end_well();
}

#[test]
fn maps_arrays_and_texts_that_claim_four_billion_items_cost_nothing() {
    let (daemon, witness) = house(&Options::default());
    let member = daemon.member("sara");
    let claim = 0xffff_ffff_u32.to_be_bytes();
    // Each stands where a whole message, a request, a variant's fields or an unknown value would.
    let places: [&[u8]; 4] = [
        b"",
        b"\x82\xa2id\x01\xa7request",
        b"\x82\xa2id\x01\xa7request\x81\xaesearch_library",
        b"\x83\xa2id\x01\xa7request\x81\xa4ping\x80\xa1x",
    ];
    let before = daemon.memory_kib();
    daemon.reset_peak();
    let mut sent = 0;
    for round in 0..10 {
        for place in places {
            // map 32, array 32, str 32, bin 32, ext 32.
            for marker in [0xdf, 0xdd, 0xdb, 0xc6, 0xc9] {
                let mut bomb = [place, &[marker], &claim].concat();
                bomb.resize(bomb.len() + round * 100, 0x80);
                for mut client in everyone(&daemon, &member) {
                    write(&mut client, &frame(&bomb));
                    let _ = client.stream.shutdown(Shutdown::Write);
                    while client.receive().is_some() {}
                    sent += 1;
                }
            }
        }
    }
    let growth = daemon.memory_kib_peak().saturating_sub(before);
    println!("{sent} bombs: {growth} KiB more at most");
    // Each claims gigabytes; a buffer of a mebibyte for one at a time is within reason.
    assert!(growth < 8 * 1024, "{growth} KiB more after {sent} bombs");
    witness.end("bombs");
    daemon.end_well();
}

#[test]
fn a_frame_cut_short_harms_no_one() {
    let (daemon, witness) = house(&Options::default());
    let member = daemon.member("sara");
    let before = daemon.descriptors();
    let whole = frame(&payload(&request(1, "search_library", map(&[("query", "zither".into())]))));
    for cut in 0..whole.len() {
        for (way, mut client) in everyone(&daemon, &member).into_iter().enumerate() {
            write(&mut client, &whole[..cut]);
            if (cut + way) % 2 == 0 {
                let _ = client.stream.shutdown(Shutdown::Write);
                while client.receive().is_some() {}
            }
        }
    }
    daemon.await_descriptors(before);
    witness.end("frames cut short");
    daemon.end_well();
}

#[test]
fn nothing_is_done_before_hello_and_before_sign_in() {
    let (daemon, witness) = house(&Options::default());
    let track = FetchTrack { track: TrackId(1), offset: 0, length: None, version: None };
    let sort = Sort { by: SortBy::Title, descending: false };
    let requests = [
        Request::SearchLibrary(SearchLibrary { query: String::new(), sort, offset: 0, limit: 1 }),
        Request::FetchTrack(track),
        Request::FetchCover(parlour_common::message::FetchCover {
            cover: parlour_common::message::CoverId(1),
        }),
        Request::CancelTransfer(parlour_common::message::CancelTransfer {
            transfer: parlour_common::message::TransferId(1),
        }),
        Request::SignOut {},
    ];
    let mut client = Client::connect(daemon.address);
    let resume = Request::Resume(Resume { session: Secret::new(SessionToken::new([1; 32])) });
    for request in requests.iter().chain([&resume]) {
        assert_eq!(client.ask(request.clone()), Err(Denial::HelloFirst {}), "{request:?}");
    }
    client.hello();
    for request in &requests {
        assert_eq!(client.ask(request.clone()), Err(Denial::SignInFirst {}), "{request:?}");
    }
    assert_eq!(client.ask(resume), Err(Denial::SessionEnded {}));
    is_served(&mut client);
    witness.end("too early");
    daemon.end_well();
}

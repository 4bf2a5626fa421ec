//! One peer's protocol, with a clock that the test turns.

use parlour_common::frame::Frame;
use parlour_common::limits::{HEARTBEAT_SECONDS, MESSAGE_BYTES_MAX, SILENCE_SECONDS_MAX};
use parlour_common::message::{
    Limits, Policies, RequestEnvelope, Resume, SearchLibrary, SessionToken, SignedIn, Sort, SortBy,
    decode_server_message, encode,
};
use parlour_common::{Secret, names};

use super::*;

mod room;
mod uploads;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn welcome() -> Arc<Welcome> {
    Arc::new(Welcome {
        protocol: PROTOCOL_VERSION,
        server: "test".to_owned(),
        software: "test".to_owned(),
        limits: Limits {
            message_bytes_max: 0,
            message_before_sign_in_bytes_max: 0,
            chunk_data_bytes_max: 0,
            heartbeat_seconds: HEARTBEAT_SECONDS,
            silence_seconds_max: SILENCE_SECONDS_MAX,
            transfers_per_connection_max: 0,
            requests_under_way_max: 0,
            tracks_per_page_max: 0,
            password_chars_min: 0,
        },
        policies: Policies::default(),
    })
}

fn hello() -> Request {
    Request::Hello(Hello { protocol: PROTOCOL_VERSION, client: "test".to_owned() })
}

fn resume() -> Request {
    Request::Resume(Resume { session: Secret::new(SessionToken::new([7; 32])) })
}

fn search() -> Request {
    let sort = Sort { by: SortBy::Relevance, descending: false };
    Request::SearchLibrary(SearchLibrary { query: String::new(), sort, offset: 0, limit: 1 })
}

fn signed_in() -> Answer {
    let account = parlour_common::message::OwnAccount {
        user_name: names::UserName::parse("sara").unwrap(),
        email: names::Email::parse("sara@example.org").unwrap(),
        phone: names::PhonePattern::default().check("09121234567").unwrap(),
        about: String::new(),
        created_unix_ms: 0,
        role: Default::default(),
        visibility: Default::default(),
    };
    Answer::Reply(Reply::SignedIn(SignedIn { account, session: None, device_proof: None }))
}

/// Sends requests numbered from `first` on.
fn send(connection: &mut Connection, tick: Duration, first: u32, requests: &[Request]) {
    for (id, request) in (first..).zip(requests) {
        let frame = encode(&RequestEnvelope { id, request: request.clone() }).unwrap();
        connection.handle_bytes(tick, &frame);
    }
}

/// Takes everything that is to be written, as messages.
fn received(connection: &mut Connection, tick: Duration) -> Vec<ServerMessage> {
    let mut stream = Vec::new();
    loop {
        let bytes = match connection.poll_output() {
            Some(Output::Messages(messages)) => messages.frames().flatten().copied().collect::<Vec<u8>>(),
            Some(output) => panic!("no file is sent here: {output:?}"),
            None => break,
        };
        connection.handle_written(tick, bytes.len());
        stream.extend(bytes);
    }
    let (mut decoder, mut rest, mut messages) =
        (FrameDecoder::new(MESSAGE_BYTES_MAX), &stream[..], Vec::new());
    while let Some(Frame::Message(payload)) = decoder.decode(&mut rest).unwrap() {
        messages.extend(decode_server_message(&payload).unwrap());
    }
    messages
}

fn closing_reason(messages: &[ServerMessage]) -> Option<&ClosingReason> {
    match messages.last() {
        Some(ServerMessage::Event(Event::Closing(closing))) => Some(&closing.reason),
        _ => None,
    }
}

fn denial(id: u32, denial: Denial) -> ServerMessage {
    ServerMessage::Denial { id, denial }
}

/// A connection that has said hello and signed in, with nothing left to read.
fn signed_in_connection() -> Connection {
    let mut connection = Connection::new(at(0), welcome());
    send(&mut connection, at(0), 1, &[hello(), resume()]);
    let (sequence, _) = connection.poll_request(at(0)).unwrap();
    connection.answer(at(0), sequence, signed_in());
    assert_eq!(received(&mut connection, at(0)).len(), 2);
    assert!(connection.is_signed_in());
    connection
}

#[test]
fn hello_comes_first_and_once() {
    let mut connection = Connection::new(at(0), welcome());
    send(&mut connection, at(0), 1, &[search(), Request::Ping {}, hello(), hello()]);
    assert_eq!(connection.poll_request(at(0)), None);
    let messages = received(&mut connection, at(0));
    assert_eq!(messages[0], denial(1, Denial::HelloFirst {}));
    assert_eq!(messages[1], ServerMessage::Reply { id: 2, reply: Reply::Done {} });
    assert!(matches!(&messages[2], ServerMessage::Reply { id: 3, reply: Reply::Welcome(_) }));
    assert_eq!(messages[3], denial(4, Denial::HelloAgain {}));
}

#[test]
fn a_version_from_before_is_told_which_one_to_speak() {
    let mut connection = Connection::new(at(0), welcome());
    let old = Request::Hello(Hello { protocol: 0, client: "x".repeat(DEVICE_NAME_BYTES_MAX) });
    send(&mut connection, at(0), 1, &[old]);
    assert_eq!(connection.poll_request(at(0)), None);
    let expected = denial(1, Denial::VersionUnsupported { oldest: 1, newest: 1 });
    assert_eq!(received(&mut connection, at(0)), [expected]);
}

#[test]
fn answers_leave_in_the_order_of_asking() {
    let mut connection = signed_in_connection();
    send(&mut connection, at(1), 10, &[search(), search(), Request::Ping {}, search()]);
    let sequences: Vec<u64> =
        std::iter::from_fn(|| connection.poll_request(at(1)).map(|(sequence, _)| sequence)).collect();
    assert_eq!(sequences.len(), 3);
    for sequence in sequences.iter().rev() {
        connection.answer(at(1), *sequence, Answer::Denial(Denial::NoSuchTrack {}));
        connection.answer(at(1), 999, Answer::Denial(Denial::Internal {}));
    }
    let ids: Vec<u32> = received(&mut connection, at(1))
        .iter()
        .map(|message| match message {
            ServerMessage::Reply { id, .. } | ServerMessage::Denial { id, .. } => *id,
            ServerMessage::Event(_) => panic!("nothing was told"),
        })
        .collect();
    assert_eq!(ids, [10, 11, 12, 13]);
}

#[test]
fn what_follows_a_sign_in_waits_for_it() {
    let mut connection = Connection::new(at(0), welcome());
    send(&mut connection, at(0), 1, &[hello(), resume(), search()]);
    let (sequence, request) = connection.poll_request(at(0)).unwrap();
    assert!(matches!(request, Request::Resume(_)));
    assert_eq!(connection.poll_request(at(0)), None);
    assert!(!connection.wants_bytes());
    connection.answer(at(0), sequence, signed_in());
    assert!(matches!(connection.poll_request(at(0)), Some((_, Request::SearchLibrary(_)))));
}

#[test]
fn whoever_is_told_something_has_heard_first_that_they_are_signed_in() {
    let mut connection = Connection::new(at(0), welcome());
    send(&mut connection, at(0), 1, &[hello(), search(), resume()]);
    let (slow, _) = connection.poll_request(at(0)).unwrap();
    let (sequence, _) = connection.poll_request(at(0)).unwrap();
    connection.answer(at(0), sequence, signed_in());
    connection.tell(at(0), encode(&ServerMessage::Event(Event::FilesChanged {})).unwrap().into());
    assert_eq!(received(&mut connection, at(0)).len(), 1);
    connection.answer(at(0), slow, Answer::Denial(Denial::SignInFirst {}));
    let messages = received(&mut connection, at(0));
    assert!(matches!(messages[1], ServerMessage::Reply { reply: Reply::SignedIn(_), .. }), "{messages:?}");
    assert_eq!(messages[2..], [ServerMessage::Event(Event::FilesChanged {})]);
}

#[test]
fn no_more_than_the_limit_is_under_way() {
    let mut connection = signed_in_connection();
    send(&mut connection, at(1), 10, &vec![search(); REQUESTS_UNDER_WAY_MAX + 5]);
    let first: Vec<_> = std::iter::from_fn(|| connection.poll_request(at(1))).collect();
    assert_eq!(first.len(), REQUESTS_UNDER_WAY_MAX);
    assert!(!connection.wants_bytes());
    connection.answer(at(1), first[0].0, Answer::Denial(Denial::NoSuchTrack {}));
    assert!(connection.poll_request(at(1)).is_some() && connection.poll_request(at(1)).is_none());
}

#[test]
fn goodbye_is_answered_and_then_all_is_over() {
    let mut connection = signed_in_connection();
    send(&mut connection, at(1), 10, &[search(), Request::Goodbye {}, Request::Ping {}]);
    let (sequence, _) = connection.poll_request(at(1)).unwrap();
    assert_eq!(connection.poll_request(at(1)), None);
    connection.answer(at(1), sequence, Answer::Denial(Denial::NoSuchTrack {}));
    let messages = received(&mut connection, at(1));
    assert_eq!(messages[1], ServerMessage::Reply { id: 11, reply: Reply::Done {} });
    assert_eq!(closing_reason(&messages), Some(&ClosingReason::Goodbye {}));
    assert_eq!(messages.len(), 3);
    assert!(connection.is_done());
}

#[test]
fn what_is_no_frame_or_no_message_ends_the_connection_with_the_reason() {
    for bytes in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0, 0, 0, 1, 0x80], &[0, 0, 0, 7, 0x93, 1, 0, 0xc4, 2, 0, 0]]
    {
        let mut connection = Connection::new(at(0), welcome());
        connection.handle_bytes(at(0), bytes);
        assert_eq!(connection.poll_request(at(0)), None);
        let messages = received(&mut connection, at(0));
        assert!(matches!(closing_reason(&messages), Some(ClosingReason::BadFrame { .. })), "{bytes:?}");
        assert!(connection.is_done());
    }
}

#[test]
fn before_sign_in_messages_are_small() {
    let mut connection = Connection::new(at(0), welcome());
    connection.handle_bytes(at(0), &[0, 0, 0x10, 1, 0x80]);
    assert!(connection.is_closing());
    let mut connection = signed_in_connection();
    connection.handle_bytes(at(0), &[0, 0, 0x10, 1, 0x80]);
    assert!(!connection.is_closing());
}

#[test]
fn deadlines_pass_one_after_another() {
    let expect_closing = |connection: &mut Connection, last: u64, reason: &ClosingReason| {
        connection.handle_deadline(at(last));
        assert!(!connection.is_closing(), "too early at {last} s");
        assert_eq!(connection.deadline(), at(last + 1));
        connection.handle_deadline(at(last + 1));
        assert_eq!(closing_reason(&received(connection, at(last + 1))), Some(reason));
    };
    // No hello; one byte a second is no hello.
    let mut connection = Connection::new(at(0), welcome());
    for second in 0..9 {
        connection.handle_bytes(at(second), &[0]);
    }
    assert!(connection.is_closing(), "four zeros are an empty frame");
    let mut connection = Connection::new(at(0), welcome());
    for (second, byte) in (0..9).zip([0, 0, 0, 100, 0x82, 0xa2, b'i', b'd', 1]) {
        connection.handle_bytes(at(second), &[byte]);
    }
    expect_closing(&mut connection, 9, &ClosingReason::TooSlow {});
    // A frame that is never finished.
    let mut connection = signed_in_connection();
    connection.handle_bytes(at(20), &[0, 0]);
    connection.handle_bytes(at(40), &[0]);
    expect_closing(&mut connection, 49, &ClosingReason::TooSlow {});
    // Silence.
    let mut connection = signed_in_connection();
    send(&mut connection, at(30), 10, &[Request::Ping {}]);
    assert_eq!(connection.poll_request(at(30)), None);
    assert_eq!(received(&mut connection, at(30)).len(), 1);
    expect_closing(&mut connection, 104, &ClosingReason::Silent {});
}

#[test]
fn who_takes_nothing_is_ended_without_a_farewell() {
    let mut connection = signed_in_connection();
    connection.tell(at(10), encode(&ServerMessage::Event(Event::SessionEnded {})).unwrap().into());
    connection.handle_deadline(at(39));
    assert!(!connection.is_done());
    connection.handle_deadline(at(40));
    assert!(connection.is_done() && connection.is_stuck() && connection.poll_output().is_none());
}

#[test]
fn an_outbox_over_its_limit_ends_its_own_connection() {
    let mut connection = signed_in_connection();
    let frame: Arc<[u8]> = vec![0; 60_000].into();
    let told = (0..1000).take_while(|_| {
        connection.tell(at(1), Arc::clone(&frame));
        !connection.is_done()
    });
    let bytes = told.count() * frame.len();
    assert!((OUTBOX_BYTES_MAX - 60_000..=OUTBOX_BYTES_MAX).contains(&bytes), "{bytes}");
}

#[test]
fn a_session_that_ends_elsewhere_is_told_and_signed_out() {
    let mut connection = signed_in_connection();
    connection.handle_session_ended(at(1));
    assert_eq!(received(&mut connection, at(1)), [ServerMessage::Event(Event::SessionEnded {})]);
    assert!(!connection.is_signed_in());
    assert_eq!(connection.deadline(), at(75));
}

#[test]
fn a_session_that_ends_before_it_is_told_of_lets_nobody_in() {
    let mut connection = Connection::new(at(0), welcome());
    send(&mut connection, at(0), 1, &[hello(), search(), resume()]);
    let (older, _) = connection.poll_request(at(0)).unwrap();
    let (sequence, _) = connection.poll_request(at(0)).unwrap();
    connection.answer(at(1), sequence, signed_in());
    connection.handle_session_ended(at(2));
    connection.answer(at(3), older, Answer::Denial(Denial::SignInFirst {}));
    let messages = received(&mut connection, at(3));
    assert_eq!(messages[1..], [denial(2, Denial::SignInFirst {}), denial(3, Denial::SessionEnded {})]);
    assert!(!connection.is_signed_in());
}

#[test]
fn each_frame_has_its_own_time() {
    let mut connection = signed_in_connection();
    let ping = encode(&RequestEnvelope { id: 1, request: Request::Ping {} }).unwrap();
    connection.handle_bytes(at(1), &ping[..3]);
    // There is never a moment without a frame that has begun, and each is whole within 20 seconds.
    for second in [21, 41, 61, 81] {
        let piece = [&ping[3..], &ping[..3]].concat();
        connection.handle_bytes(at(second), &piece);
        assert_eq!(connection.poll_request(at(second)), None);
        assert_eq!(received(&mut connection, at(second)).len(), 1);
        assert_eq!(connection.deadline(), at(second + 30));
    }
}

#[test]
fn whoever_asks_for_much_and_reads_late_is_answered_as_it_reads() {
    let mut connection = signed_in_connection();
    let pings = vec![Request::Ping {}; 20_000];
    send(&mut connection, at(1), 1, &pings);
    let mut answered = 0;
    while answered < pings.len() {
        while connection.has_request() {
            assert_eq!(connection.poll_request(at(1)), None);
        }
        assert!(!connection.is_closing());
        assert!(connection.outbox.messages_bytes() < OUTBOX_PAUSE_BYTES + MESSAGE_BYTES_MAX);
        answered += received(&mut connection, at(1)).len();
    }
    assert_eq!(answered, pings.len());
    assert!(connection.wants_bytes());
}

#[test]
fn pings_by_the_thousand_are_handled_in_small_helpings() {
    let mut connection = Connection::new(at(0), welcome());
    send(&mut connection, at(0), 1, &vec![Request::Ping {}; 1000]);
    assert_eq!(connection.poll_request(at(0)), None);
    assert!(connection.has_request());
    assert_eq!(received(&mut connection, at(0)).len(), OWN_REQUESTS_AT_ONCE_MAX);
}

#[test]
fn whoever_has_ended_its_sending_side_gets_its_answers_and_then_all_is_over() {
    let mut connection = signed_in_connection();
    send(&mut connection, at(1), 10, &[search(), Request::Ping {}]);
    connection.handle_end();
    assert!(!connection.wants_bytes() && !connection.is_done());
    let (sequence, _) = connection.poll_request(at(1)).unwrap();
    assert_eq!(connection.poll_request(at(1)), None);
    assert!(!connection.is_done());
    connection.answer(at(1), sequence, Answer::Denial(Denial::NoSuchTrack {}));
    assert!(!connection.is_done());
    assert_eq!(received(&mut connection, at(1)).len(), 2);
    assert!(connection.is_done() && !connection.is_stuck());
}

#[test]
fn silence_is_not_counted_while_nobody_listens() {
    let mut connection = signed_in_connection();
    send(&mut connection, at(1), 10, &vec![search(); REQUESTS_UNDER_WAY_MAX]);
    let sequences: Vec<u64> =
        std::iter::from_fn(|| connection.poll_request(at(1)).map(|(sequence, _)| sequence)).collect();
    assert!(!connection.wants_bytes());
    // Further requests may lie in the socket by now.
    connection.answer(at(100), sequences[0], Answer::Denial(Denial::NoSuchTrack {}));
    assert!(connection.wants_bytes());
    connection.handle_deadline(at(100));
    assert!(!connection.is_closing());
    assert_eq!(received(&mut connection, at(100)).len(), 1);
    assert_eq!(connection.deadline(), at(175));
}

//! The network room against a daemon's double on the loopback: what the window is told, and what is on
//! disk afterwards.
//!
//! This file is about connections and questions; `network/downloads.rs` and
//! `network/{uploads,fetches,room}.rs` are about files. Neither knows a
//! display. They wait for what must come, for a bounded time, and never for a time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "network/client.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod client;
mod double;
#[path = "network/downloads.rs"]
mod downloads;
#[path = "network/fetches.rs"]
mod fetches;
#[path = "network/room.rs"]
mod room;
#[path = "network/uploads.rs"]
mod uploads;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use client::{Client, Numbers, PATIENCE, names, resumed, search, sign_in, up};
use double::Double;
use parlour_common::message::{
    ClosingReason, CoverId, Denial, Event, LibraryState, Reply, Request, SearchLibrary, Sort, SortBy,
    TransferEnd, TransferId, TransferOutcome,
};
use parlour_gtk::network::{Answer, Command, LinkFault, LinkState, Report, Ticket, TransferFault};

/// Serves each connection with a function, for peers that are no daemon. Returns the address.
fn serve(answer: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || listener.incoming().for_each(|stream| answer(stream.unwrap())));
    address
}

#[test]
fn it_connects_signs_in_asks_and_leaves() {
    let double = Double::start();
    let client = Client::start();
    client.ask(1, search(0));
    assert_eq!(client.answer(1), Answer::Lost, "nobody is there to answer");
    client.connect(format!("localhost:{}", double.address.port()));
    client.wait(|report| (*report == Report::Link(LinkState::Connecting)).then_some(()));
    client.wait(up);
    client.ask(2, search(0));
    assert_eq!(client.answer(2), Answer::Denied(Denial::SignInFirst {}));
    client.ask(3, sign_in());
    assert!(
        matches!(client.answer(3), Answer::Reply(Reply::SignedIn(signed_in)) if signed_in.session.is_some())
    );
    client.ask(4, Request::Goodbye {});
    assert!(matches!(client.answer(4), Answer::Denied(Denial::BadRequest { .. })));
    let state = LibraryState { generation: 2, tracks: 3, scanning: true };
    double.tell_all(Event::LibraryChanged(state));
    client.wait(|report| (*report == Report::Told(Event::LibraryChanged(state))).then_some(()));
    client.network.send(Command::Disconnect);
    client.wait(|report| (*report == Report::Link(LinkState::Idle)).then_some(()));
    drop(client);
    while !double.rules().requests.contains(&Request::Goodbye {}) {
        thread::yield_now();
    }
}

#[test]
fn nothing_secret_is_shown_by_debug() {
    let double = Double::start();
    let client = Client::signed_in(&double);
    let command = Command::Ask { ticket: Ticket(1), request: sign_in() };
    assert!(!format!("{command:?}").contains("hunter2"));
    client.network.send(command);
    let answer = client.answer(1);
    let report = format!("{:?}", Report::Answered { ticket: Ticket(1), answer });
    assert!(report.contains("***") && !report.contains("7, 7"), "{report}");
    let cover = Report::Cover { cover: CoverId(1), picture: Some(vec![9; 1000]) };
    assert!(format!("{cover:?}").len() < 100);
}

#[test]
fn a_thousand_questions_have_a_thousand_answers_in_order() {
    let double = Double::start();
    double.rules().requests_under_way_max = 3;
    let client = Client::signed_in(&double);
    for number in 1..=1000 {
        client.ask(number, search(u32::try_from(number).unwrap()));
    }
    for number in 1..=1000 {
        let Report::Answered { ticket, answer: Answer::Reply(Reply::Tracks(page)) } =
            client.wait(|report| matches!(report, Report::Answered { .. }).then(|| report.clone()))
        else {
            panic!("{number}")
        };
        assert_eq!((ticket.0, u64::from(page.offset)), (number, number));
    }
}

#[test]
fn what_is_too_long_is_denied_here_and_costs_nothing() {
    let double = Double::start();
    let client = Client::signed_in(&double);
    let long = SearchLibrary {
        query: "x".repeat(70_000),
        sort: Sort { by: SortBy::Title, descending: true },
        offset: 0,
        limit: 1,
    };
    client.ask(1, Request::SearchLibrary(long));
    client.ask(2, search(0));
    assert!(matches!(client.answer(1), Answer::Denied(Denial::BadRequest { .. })));
    assert!(matches!(client.answer(2), Answer::Reply(_)));
}

#[test]
fn what_never_worked_is_told_with_its_reason_and_not_tried_again() {
    let refusing = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let answering = |text: &'static [u8]| {
        serve(move |mut stream| {
            // What is left unread would reset the connection and take the answer with it.
            let _ = stream.read(&mut [0; 1000]).and_then(|_| stream.write_all(text));
        })
    };
    let http = answering(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let ssh = answering(b"SSH-2.0-OpenSSH_9.2\r\n");
    let closing = answering(b"");
    let silent = serve(|_stream| thread::sleep(PATIENCE));
    let double = Double::start();
    double.rules().hello = Some(Denial::VersionUnsupported { oldest: 2, newest: 3 });
    let busy = Double::start();
    busy.rules().hello = Some(Denial::Busy { retry_after_ms: 1 });
    let client = Client::start();
    for (address, expected) in [
        (refusing, LinkFault::Refused),
        (http, LinkFault::NotParlour),
        (ssh, LinkFault::NotParlour),
        (closing, LinkFault::Closed(None)),
        (silent, LinkFault::TimedOut),
        (double.address.to_string(), LinkFault::VersionUnsupported),
        (busy.address.to_string(), LinkFault::Denied(Denial::Busy { retry_after_ms: 1 })),
    ] {
        client.connect(&address);
        let (why, retry_in) = client.lost();
        assert_eq!((why, retry_in), (expected, None), "{address}");
    }
    client.connect("no-such-host.invalid");
    assert!(matches!(client.lost(), (LinkFault::CannotResolve(_) | LinkFault::TimedOut, None)));
    double.rules().hello = None;
    client.connect(double.address.to_string());
    client.wait(up);
}

#[test]
fn a_lost_connection_comes_back_with_its_session_before_anything_is_asked() {
    let double = Double::start();
    let client = Client::signed_in(&double);
    for round in 1..=5 {
        double.rules().mute = true;
        client.ask(round, search(0));
        client.ask(round + 100, search(0));
        while double
            .rules()
            .requests
            .iter()
            .filter(|request| matches!(request, Request::SearchLibrary(_)))
            .count()
            < 2
        {
            thread::yield_now();
        }
        let mut rules = double.rules();
        rules.mute = false;
        rules.requests.clear();
        drop(rules);
        double.cut_all();
        assert_eq!(client.answer(round), Answer::Lost);
        assert_eq!(client.answer(round + 100), Answer::Lost);
        assert!(matches!(client.lost(), (LinkFault::Closed(None), Some(_))));
        client.wait(up);
        client.ask(round + 200, search(7));
        client.wait(resumed);
        assert!(matches!(client.answer(round + 200), Answer::Reply(Reply::Tracks(_))));
        let rules = double.rules();
        assert!(
            matches!(rules.requests[..], [Request::Hello(_), Request::Resume(_), Request::SearchLibrary(_)]),
            "{:?}",
            rules.requests
        );
        drop(rules);
        double.rules().requests.clear();
    }
}

#[test]
fn a_daemon_that_restarts_is_left_alone_as_long_as_it_asks() {
    let double = Double::start();
    let client = Client::signed_in(&double);
    double.shut_down(60_000);
    let (why, retry_in) = client.lost();
    assert_eq!(why, LinkFault::Closed(Some(ClosingReason::Shutdown {})));
    assert!(retry_in.unwrap() >= Duration::from_secs(60), "{retry_in:?}");
    client.network.send(Command::RetryNow);
    client.wait(resumed);
}

#[test]
fn a_session_that_ended_meanwhile_is_told_and_forgotten() {
    let double = Double::start();
    let client = Client::signed_in(&double);
    double.rules().session = false;
    double.cut_all();
    client.wait(up);
    client.wait(|report| (*report == Report::Told(Event::SessionEnded {})).then_some(()));
    client.ask(1, search(0));
    assert_eq!(client.answer(1), Answer::Denied(Denial::SignInFirst {}));
    let folder = tempfile::tempdir().unwrap();
    client.download(1, 1, "a", folder.path());
    assert_eq!(client.failed(1), TransferFault::Denied(Denial::SessionEnded {}));
    double.cut_all();
    client.wait(up);
    client.ask(2, sign_in());
    assert!(matches!(client.answer(2), Answer::Reply(_)));
}

#[test]
fn a_quiet_client_pings_and_a_silent_daemon_is_given_up() {
    let double = Double::start();
    {
        let mut rules = double.rules();
        (rules.heartbeat_seconds, rules.silence_seconds_max) = (1, 3);
    }
    let client = Client::signed_in(&double);
    while double.rules().pings < 2 {
        thread::yield_now();
    }
    double.rules().mute = true;
    client.ask(1, search(0));
    assert_eq!(client.answer(1), Answer::Lost);
    assert!(matches!(client.lost(), (LinkFault::Silent, Some(_))));
}

#[test]
fn garbage_after_the_welcome_ends_that_connection_only() {
    let double = Double::start();
    let client = Client::signed_in(&double);
    double.tell_all(Event::TransferEnd(TransferEnd {
        transfer: TransferId(1),
        outcome: TransferOutcome::Whole,
    }));
    assert!(matches!(client.lost(), (LinkFault::Garbled, Some(_))));
    client.wait(resumed);
}

#[test]
fn another_server_is_another_session() {
    let (one, other) = (Double::start(), Double::start());
    let client = Client::signed_in(&one);
    client.connect(other.address.to_string());
    client.wait(up);
    client.ask(1, search(0));
    assert_eq!(client.answer(1), Answer::Denied(Denial::SignInFirst {}));
    assert!(!other.rules().requests.iter().any(|request| matches!(request, Request::Resume(_))));
}

#[test]
fn every_wish_for_a_picture_is_answered_and_large_ones_never_come() {
    let double = Double::start();
    let picture = Numbers(1).bytes(500_000);
    double.rules().covers.insert(1, picture.to_vec());
    double.rules().covers.insert(2, vec![0; 9 * 1024 * 1024]);
    double.rules().covers.insert(4, Vec::new());
    let client = Client::start();
    client.network.send(Command::FetchCover { cover: CoverId(1) });
    assert_eq!(client.cover(1), None, "not connected");
    let client = Client::signed_in(&double);
    for cover in 100..200 {
        client.network.send(Command::FetchCover { cover: CoverId(cover) });
    }
    for cover in 100..200 {
        assert_eq!(client.cover(cover), None, "dropped for newer ones, or not there");
    }
    for (cover, expected) in [
        (1, Some(picture.to_vec())),
        (2, None),
        (3, None),
        (4, Some(Vec::new())),
        (1, Some(picture.to_vec())),
    ] {
        client.network.send(Command::FetchCover { cover: CoverId(cover) });
        assert!(client.cover(cover) == expected, "cover {cover}");
    }
}

#[test]
fn the_thread_ends_while_it_is_busy() {
    let double = Double::start();
    double.rules().pace = Duration::from_millis(50);
    double.rules().tracks.insert(1, (1, Numbers(1).bytes(10_000_000)));
    let folder = tempfile::tempdir().unwrap();
    let client = Client::signed_in(&double);
    client.download(1, 1, "a.mp3", folder.path());
    client.received(1, 200_000);
    drop(client.network);
    let hole = serve(|mut stream| drop(stream.read(&mut [0; 1000])));
    let client = Client::start();
    client.connect(&hole);
    drop(client);
    assert_eq!(names(folder.path()).len(), 2, "the partial file and its note are kept");
}

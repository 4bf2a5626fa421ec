//! Clients that take their time: the waits are the protocol's own, and pass side by side.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parlour_common::message::{ClosingReason, Hello, Reply, Request, RequestEnvelope, ServerMessage, encode};

use super::super::real::{Client, Options};
use super::{farewell, house};

/// Writes a byte a second until nobody takes it.
fn trickle(mut stream: &TcpStream, bytes: &[u8], over: &AtomicBool) {
    for byte in bytes {
        if over.load(Ordering::Relaxed) || stream.write_all(&[*byte]).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn a_byte_a_second_is_too_slow_and_so_is_saying_nothing() {
    let (daemon, witness) = house(&Options::default());
    let hello = Request::Hello(Hello { protocol: 1, client: "x".repeat(80) });
    let hello = encode(&RequestEnvelope { id: 1, request: hello }).unwrap();
    let mut member = daemon.member("sara");
    let mut silent = Client::connect(daemon.address);
    let mut pinging = Client::connect(daemon.address);
    let mut trickling = Client::connect(daemon.address);
    let mut greeted = daemon.client();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // 10 seconds for hello, whatever comes in its place.
        let streams = [&trickling, &greeted, &member].map(|client| client.stream.try_clone().unwrap());
        for stream in streams {
            scope.spawn(|| {
                let stream = stream;
                trickle(&stream, &hello, &over);
            });
        }
        let pings = pinging.stream.try_clone().unwrap();
        scope.spawn(|| {
            let ping = encode(&RequestEnvelope { id: 1, request: Request::Ping {} }).unwrap();
            let mut stream = pings;
            while !over.load(Ordering::Relaxed) && stream.write_all(&ping).is_ok() {
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        for client in [&mut silent, &mut pinging, &mut trickling] {
            assert_eq!(farewell(client), ClosingReason::TooSlow {});
        }
        // 30 seconds for a frame, before sign-in and after it.
        for client in [&mut greeted, &mut member] {
            assert_eq!(farewell(client), ClosingReason::TooSlow {});
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(witness.end("a byte a second") > 200);
    daemon.end_well();
}

#[test]
fn whoever_sends_much_may_end_each_piece_within_a_frame() {
    let (daemon, witness) = house(&Options::default());
    let mut client = daemon.client();
    let pings: Vec<u8> =
        (1..=70).flat_map(|id| encode(&RequestEnvelope { id, request: Request::Ping {} }).unwrap()).collect();
    let length = pings.len() / 70;
    let mut writer = client.stream.try_clone().unwrap();
    // For longer than one frame may take, there is never a moment at which no frame has begun.
    let writing = std::thread::spawn(move || {
        let pieces = std::iter::once(&pings[..length + 1]).chain(pings[length + 1..].chunks(length));
        for piece in pieces {
            writer.write_all(piece).unwrap();
            std::thread::sleep(Duration::from_millis(500));
        }
    });
    for expected in 1..=70 {
        match client.message() {
            Some(ServerMessage::Reply { id, reply: Reply::Done {} }) => assert_eq!(id, expected),
            other => panic!("{other:?} in place of answer {expected}"),
        }
    }
    writing.join().unwrap();
    witness.end("pieces within frames");
    daemon.end_well();
}

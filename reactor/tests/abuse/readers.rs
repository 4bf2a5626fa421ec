//! Clients that ask for much and read little, or nothing.

use std::io::Write;
use std::time::{Duration, Instant};

use parlour_common::message::{
    FetchTrack, Reply, Request, RequestEnvelope, SearchLibrary, ServerMessage, Sort, SortBy, encode,
};

use super::super::real::{Client, Daemon, Member, PATIENCE, wav};
use super::is_served;

/// A bank whose pages are long: 100 tracks with names of 150 bytes, and one long track.
fn big_house() -> (Daemon, Member) {
    let (song, long, tiny) = (Member::song(), wav(1, 20_000_000), wav(2, 10));
    let names: Vec<String> = (0..100).map(|n| format!("{n:03} {}.wav", "x".repeat(150))).collect();
    let mut files: Vec<(&str, &[u8])> = vec![("zither.wav", &song), ("long.wav", &long)];
    files.extend(names.iter().map(|name| (name.as_str(), &tiny[..])));
    let daemon = Daemon::start_with(&files);
    let mut first = daemon.member("first");
    daemon.await_tracks(&mut first, 102);
    let witness = Member::begin(&daemon, "witness");
    (daemon, witness)
}

fn search(query: &str) -> Request {
    let sort = Sort { by: SortBy::Title, descending: false };
    Request::SearchLibrary(SearchLibrary { query: query.to_owned(), sort, offset: 0, limit: 48 })
}

/// So many of a request, numbered from 1 on.
fn many(count: u32, request: &Request) -> Vec<u8> {
    (1..=count).flat_map(|id| encode(&RequestEnvelope { id, request: request.clone() }).unwrap()).collect()
}

/// Writes without reading until nothing more is taken for a while. Returns how much was.
fn stuff(client: &mut Client, requests: &[u8]) -> usize {
    client.stream.set_write_timeout(Some(Duration::from_millis(1500))).unwrap();
    let mut taken = 0;
    while taken < requests.len() {
        match client.stream.write(&requests[taken..]) {
            Ok(written) => taken += written,
            Err(_) => break,
        }
    }
    taken
}

/// Waits until the daemon has ended a connection, without reading from it.
fn await_end(client: &mut Client) {
    let deadline = Instant::now() + PATIENCE * 2;
    client.stream.set_nonblocking(true).unwrap();
    loop {
        match client.stream.write(&[0]) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
            Ok(_) => {}
        }
        assert!(Instant::now() < deadline, "a client that never reads is not ended");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn clients_that_never_read_are_ended_alone_and_cost_little_meanwhile() {
    const EACH: usize = 8;
    let (daemon, witness) = big_house();
    let mut member = daemon.member("sara");
    let long = member.search("long").tracks.remove(0);
    let fetch = Request::FetchTrack(FetchTrack { track: long.id, offset: 0, length: None, version: None });
    let member_again = || {
        let mut client = daemon.client();
        client.resume(member.token.clone().unwrap()).unwrap();
        client
    };
    let mut searchers: Vec<Client> = (0..EACH).map(|_| member_again()).collect();
    let mut downloaders: Vec<Client> = (0..EACH).map(|_| member_again()).collect();
    let mut strangers: Vec<Client> = (0..EACH).map(|_| Client::connect(daemon.address)).collect();
    let before = daemon.memory_kib();
    daemon.reset_peak();
    let (searches, pings) = (many(5000, &search("")), many(200_000, &Request::Ping {}));
    let downloads = [many(8, &fetch), many(10_000, &search(""))].concat();
    std::thread::scope(|scope| {
        for (clients, requests) in
            [(&mut searchers, &searches), (&mut downloaders, &downloads), (&mut strangers, &pings)]
        {
            for client in clients {
                scope.spawn(move || {
                    stuff(client, requests);
                    await_end(client);
                });
            }
        }
    });
    let growth = daemon.memory_kib_peak().saturating_sub(before);
    println!("{} clients that never read: {growth} KiB more at most", 3 * EACH);
    // Each may hold its limit of 1.5 MiB of messages, what was read once, and what the allocator adds.
    assert!(growth < 3 * EACH as u64 * 2560, "{growth} KiB more");
    is_served(&mut member);
    assert!(witness.end("never reading") > 100);
    daemon.end_well();
}

#[test]
fn strangers_that_never_read_cost_less_than_members() {
    const STRANGERS: usize = 200;
    let (daemon, witness) = big_house();
    let pings = many(40_000, &Request::Ping {});
    let before = daemon.memory_kib();
    let mut strangers: Vec<Client> = (0..STRANGERS).map(|_| Client::connect(daemon.address)).collect();
    daemon.reset_peak();
    for stranger in &mut strangers {
        // A small window: what the kernel swallows is not the daemon's.
        socket2::SockRef::from(&stranger.stream).set_recv_buffer_size(4096).unwrap();
        stranger.stream.set_nonblocking(true).unwrap();
    }
    let mut taken = vec![0; STRANGERS];
    for _ in 0..20 {
        for (stranger, taken) in strangers.iter_mut().zip(&mut taken) {
            while *taken < pings.len()
                && let Ok(written) = stranger.stream.write(&pings[*taken..])
            {
                *taken += written;
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let growth = daemon.memory_kib_peak().saturating_sub(before) / STRANGERS as u64;
    println!("{STRANGERS} strangers that never read: {growth} KiB each");
    assert!(growth < 256, "{growth} KiB for each stranger");
    witness.end("strangers that never read");
    daemon.end_well();
}

#[test]
fn five_thousand_pings_at_once_are_answered_in_order() {
    let (daemon, witness) = big_house();
    let mut client = daemon.client();
    let mut writer = client.stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || writer.write_all(&many(5000, &Request::Ping {})).unwrap());
    for expected in 1..=5000 {
        match client.message() {
            Some(ServerMessage::Reply { id, reply: Reply::Done {} }) => assert_eq!(id, expected),
            other => panic!("{other:?} in place of answer {expected}"),
        }
    }
    writing.join().unwrap();
    witness.end("pings");
    daemon.end_well();
}

#[test]
fn whoever_asks_ahead_and_reads_late_gets_every_answer() {
    const SEARCHES: u32 = 1500;
    let (daemon, witness) = big_house();
    let mut client = daemon.member("sara");
    socket2::SockRef::from(&client.stream).set_recv_buffer_size(256 * 1024).unwrap();
    let mut writer = client.stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || writer.write_all(&many(SEARCHES, &search(""))).unwrap());
    // Long enough for the daemon to answer more than the kernel and the outbox hold.
    std::thread::sleep(Duration::from_secs(2));
    let mut bytes = 0;
    for expected in 1..=SEARCHES {
        match client.message() {
            Some(ServerMessage::Reply { id, reply: reply @ Reply::Tracks(_) }) => {
                assert_eq!(id, expected);
                bytes += encode(&ServerMessage::Reply { id, reply }).unwrap().len();
            }
            other => panic!("{other:?} in place of answer {expected}"),
        }
    }
    println!("{SEARCHES} answers of {} bytes", bytes / SEARCHES as usize);
    writing.join().unwrap();
    witness.end("searches ahead");
    daemon.end_well();
}

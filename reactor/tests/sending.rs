//! What is sent of files is shared fairly, a limit holds for all together, and messages wait for neither.
//!
//! Members read as fast as they can, each on a thread of its own however many connections there are, and count.
//! What is compared are bytes of two members within the same time, so that a busy machine is no matter; what
//! depends on a clock has generous bounds, and is measured again where they are missed.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may look at the clock and panic")]

mod real;

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};
use parlour_common::message::{FetchTrack, Reply, Request, Track};
use real::{Client, Daemon, Options, wav};
use rustix::io::Errno;
use rustix::net::RecvFlags;

const MIB: u64 = 1024 * 1024;

/// The size of the track, and how often a connection asks for it: all that it may have under way.
const TRACK_BYTES: u32 = 64 << 20;
const FETCHES: usize = 8;

/// How often something is measured before it is taken for wrong.
const TRIES: u32 = 4;

/// The limit of the tests that have one, in MiB a second.
const LIMIT_MIB: u64 = 24;
const LIMITED: &str = "[files]\nsend_mib_per_second = 24";

/// Turns that the daemon may make while some 400 chunks leave, each in a few pieces, and some people sign up. A loop
/// that does not sleep makes a million.
const TURNS_MAX: u64 = 20_000;

/// How unlike two shares may be.
fn is_like(ratio: f64) -> bool {
    (0.7..=1.4).contains(&ratio)
}

fn house(config: &'static str) -> (Daemon, Client, Track) {
    let options = Options { config, ..Options::default() };
    let daemon = Daemon::start_with_options(&[("long.wav", &wav(1, TRACK_BYTES))], &options);
    let mut first = daemon.member("first");
    let track = daemon.await_tracks(&mut first, 1).tracks.remove(0);
    (daemon, first, track)
}

/// Connections of one member, each of which has asked for more than will be read.
fn downloaders(daemon: &Daemon, name: &str, connections: usize, track: &Track) -> Vec<Client> {
    let first = daemon.member(name);
    let token = first.token.clone().unwrap();
    let mut clients = vec![first];
    while clients.len() < connections {
        let mut client = daemon.client();
        client.resume(token.clone()).unwrap();
        clients.push(client);
    }
    for client in &mut clients {
        for _ in 0..FETCHES {
            let fetch = FetchTrack { track: track.id, offset: 0, length: None, version: None };
            client.send(Request::FetchTrack(fetch));
        }
    }
    clients
}

/// Throws away what comes on all connections, as fast as it comes, and counts it, until told to end.
fn read_all(clients: &[Client], count: &AtomicU64, over: &AtomicBool) {
    let mut poll = Poll::new().unwrap();
    let mut nothing = vec![0; 1 << 20];
    let sockets: Vec<mio::net::TcpStream> = clients
        .iter()
        .enumerate()
        .map(|(number, client)| {
            client.stream.set_nonblocking(true).unwrap();
            let mut socket = mio::net::TcpStream::from_std(client.stream.try_clone().unwrap());
            poll.registry().register(&mut socket, Token(number), Interest::READABLE).unwrap();
            socket
        })
        .collect();
    let mut events = Events::with_capacity(64);
    while !over.load(Ordering::Relaxed) {
        if poll.poll(&mut events, Some(Duration::from_millis(50))).is_err() {
            continue;
        }
        for event in &events {
            loop {
                let socket = sockets[event.token().0].as_fd();
                match rustix::net::recv(socket, &mut nothing[..], RecvFlags::TRUNC) {
                    Ok((_, read)) if read > 0 => count.fetch_add(read as u64, Ordering::Relaxed),
                    Err(Errno::AGAIN) => break,
                    other => panic!("{other:?} in the midst of a download"),
                };
            }
        }
    }
}

/// What two members got between two moments: when the second had `from` bytes, and when it had `to`.
struct Measured {
    bytes: [u64; 2],
    time: Duration,
    /// Of one processor, what the daemon took.
    processor_share: f64,
}

fn measure(daemon: &Daemon, members: [&[Client]; 2], from: u64, to: u64) -> Measured {
    let counts = [AtomicU64::new(0), AtomicU64::new(0)];
    let over = AtomicBool::new(false);
    let read = || [0, 1].map(|number: usize| counts[number].load(Ordering::Relaxed));
    std::thread::scope(|scope| {
        for (clients, count) in members.into_iter().zip(&counts) {
            let over = &over;
            scope.spawn(move || read_all(clients, count, over));
        }
        let wait_for = |bytes| {
            let deadline = Instant::now() + real::PATIENCE;
            while read()[1] < bytes {
                assert!(Instant::now() < deadline, "{:?} bytes of {bytes}", read());
                std::thread::sleep(Duration::from_micros(200));
            }
            (read(), Instant::now(), daemon.processor_seconds())
        };
        let (before, began, used) = wait_for(from);
        let (after, ended, used_then) = wait_for(to);
        over.store(true, Ordering::Relaxed);
        let time = ended - began;
        let processor_share = (used_then - used) / time.as_secs_f64();
        Measured { bytes: [after[0] - before[0], after[1] - before[1]], time, processor_share }
    })
}

/// Tries until something holds.
fn holds_in_the_end(what: &str, mut attempt: impl FnMut() -> Result<String, String>) {
    for number in 1..=TRIES {
        match attempt() {
            Ok(words) => return println!("{what}: {words}"),
            Err(words) => println!("{what}, try {number}: {words}"),
        }
    }
    panic!("{what}: not once in {TRIES} tries");
}

#[test]
fn eight_connections_of_one_member_get_no_more_than_one_of_another() {
    holds_in_the_end("shares without a limit", || {
        let (daemon, _first, track) = house("");
        let many = downloaders(&daemon, "many", 8, &track);
        let one = downloaders(&daemon, "one", 1, &track);
        let Measured { bytes, time, .. } = measure(&daemon, [&many, &one], 64 * MIB, 384 * MIB);
        daemon.end_well();
        let ratio = bytes[0] as f64 / bytes[1] as f64;
        let words = format!("{} and {} MiB in {time:?}, {ratio:.2}", bytes[0] / MIB, bytes[1] / MIB);
        if is_like(ratio) { Ok(words) } else { Err(words) }
    });
}

#[test]
fn a_limit_holds_for_all_together_is_shared_alike_and_costs_no_busy_turns() {
    holds_in_the_end("shares with a limit", || {
        let (daemon, _first, track) = house(LIMITED);
        let many = downloaders(&daemon, "many", 8, &track);
        let one = downloaders(&daemon, "one", 1, &track);
        // Whoever reads nothing costs the others nothing.
        let deaf = downloaders(&daemon, "deaf", 8, &track);
        let measured = measure(&daemon, [&many, &one], 12 * MIB, 48 * MIB);
        let Measured { bytes, time, processor_share } = measured;
        drop(deaf);
        let log = std::sync::Arc::clone(&daemon.log);
        daemon.end_well();
        let log = log.lock().unwrap().join("\n");
        let turns: u64 =
            log.split("turns=").nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap();
        let ratio = bytes[0] as f64 / bytes[1] as f64;
        let rate = (bytes[0] + bytes[1]) as f64 / time.as_secs_f64() / (LIMIT_MIB * MIB) as f64;
        let words = format!("ratio {ratio:.2}, {rate:.2} of the limit, {turns} turns, {processor_share:.2}");
        let is_good = is_like(ratio) && (0.7..=1.15).contains(&rate) && processor_share < 0.6;
        if is_good && turns < TURNS_MAX { Ok(words) } else { Err(words) }
    });
}

/// The middle of so many round trips.
fn median_ping(client: &mut Client) -> Duration {
    let mut times: Vec<Duration> = (0..41)
        .map(|_| {
            let began = Instant::now();
            assert_eq!(client.ask(Request::Ping {}), Ok(Reply::Done {}));
            let took = began.elapsed();
            std::thread::sleep(Duration::from_millis(5));
            took
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn words_are_quick_while_downloads_saturate_the_line_and_while_tokens_are_out() {
    for (config, bound) in [("", Duration::from_millis(60)), (LIMITED, Duration::from_millis(60))] {
        holds_in_the_end("a round trip beside eight downloads", || {
            let (daemon, mut first, track) = house(config);
            let idle = median_ping(&mut first);
            let many = downloaders(&daemon, "many", 8, &track);
            let (count, over) = (AtomicU64::new(0), AtomicBool::new(false));
            let busy = std::thread::scope(|scope| {
                scope.spawn(|| read_all(&many, &count, &over));
                while count.load(Ordering::Relaxed) < 8 * MIB {
                    std::thread::sleep(Duration::from_millis(1));
                }
                let busy = median_ping(&mut first);
                over.store(true, Ordering::Relaxed);
                busy
            });
            drop(many);
            daemon.end_well();
            let words = format!("{busy:?}, idle {idle:?}");
            if busy < idle + bound { Ok(words) } else { Err(words) }
        });
    }
}

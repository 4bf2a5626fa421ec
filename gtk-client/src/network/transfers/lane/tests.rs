//! A lane on a bench: its disk is the test, as slow as it likes, and so is its clock.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mio::{Events, Poll, Waker};
use parlour_common::Secret;
use parlour_common::message::{SessionToken, TrackId};
use parlour_common::names::FileName;

use super::super::super::order::{Fetch, Order, Source};
use super::super::super::room::WAKE;
use super::super::super::turn::{Letter, Post, Tokens};
use super::super::super::writer::{PIECE_BYTES, Work};
use super::super::super::{Patience, clock};
use super::*;

#[path = "../../../../tests/double/mod.rs"]
#[allow(dead_code, unused_imports, reason = "other tests use the rest of it")]
mod double;
use double::{Double, TOKEN};

/// A lane whose disk is the test.
struct Bench {
    lane: Lane,
    work: Receiver<Work>,
    poll: Poll,
    post: Post,
    _letters: Receiver<Letter>,
    tokens: Tokens,
    now: Instant,
    double: Double,
}

impl Bench {
    fn new(double: Double) -> Self {
        let poll = Poll::new().unwrap();
        let (letters, _letters) = channel();
        let post = Post::new(letters, Arc::new(Waker::new(poll.registry(), WAKE).unwrap()));
        let (writer, work) = Writer::held(0);
        let lane = Lane { writer, ..Lane::new(0) };
        Self { lane, work, poll, post, _letters, tokens: Tokens::after(WAKE), now: clock(), double }
    }

    /// Lets the lane have a turn, `pause` later than the one before, after `before` was done to it.
    fn turn(&mut self, pause: Duration, before: impl FnOnce(&mut Lane, &Turn)) {
        let mut events = Events::with_capacity(8);
        self.poll.poll(&mut events, Some(Duration::from_millis(5))).unwrap();
        for event in &events {
            self.lane.handle_ready(event.token(), event.is_readable(), event.is_writable());
        }
        self.now += pause;
        let patience = Patience::default();
        let mut turn = Turn {
            now: self.now,
            patience: &patience,
            registry: self.poll.registry(),
            tokens: &mut self.tokens,
            post: &self.post,
            sink: &|_| {},
        };
        before(&mut self.lane, &turn);
        let session = Secret::new(SessionToken::new(TOKEN));
        self.lane.turn(&Standing::In { peer: self.double.address, session: &session }, &mut turn);
    }
}

#[test]
fn while_the_disk_is_stuck_the_socket_is_not_read_and_nothing_is_lost() {
    const ID: JobId = JobId(5);
    const SOON: Duration = Duration::from_millis(1);
    let double = Double::start();
    let bytes: Vec<u8> = (0_u32..4_000_000).flat_map(u32::to_le_bytes).collect();
    double.rules().tracks.insert(1, (1, Arc::new(bytes.clone())));
    let mut bench = Bench::new(double);
    let order = Order::Fetch(Fetch {
        source: Source::Track(TrackId(1)),
        file_name: FileName::parse("a.mp3").unwrap(),
        size_bytes: 1,
        folder: "/nowhere".into(),
    });
    let task = Task::new(order, String::new());
    bench.turn(SOON, |lane, turn| lane.start(Wish { id: ID, task }, turn));
    bench.turn(SOON, |lane, turn| {
        let what = WrittenWhat::Opened(None);
        lane.handle_written(Written { writer: 0, id: Some(ID), what }, turn);
    });
    for _ in 0..5_000 {
        bench.turn(SOON, |_, _| {});
        if bench.lane.is_clogged() {
            break;
        }
    }
    assert!(bench.lane.is_clogged());
    // Far longer than a daemon may be silent.
    for _ in 0..20 {
        bench.turn(Duration::from_secs(20), |_, _| {});
    }
    let queued_bytes = bench.lane.writer.queued_bytes();
    assert!(queued_bytes < QUEUE_BYTES_MAX + 128 * 1024, "{queued_bytes}");
    assert_eq!(bench.double.rules().offsets, [0]);

    let mut written = Vec::new();
    let mut finished = false;
    while !finished {
        bench.turn(SOON, |_, _| {});
        for work in bench.work.try_iter().collect::<Vec<_>>() {
            match work {
                Work::Write(piece) => {
                    written.extend_from_slice(&piece);
                    bench.lane.writer.handle_piece(piece.len() + PIECE_BYTES);
                }
                Work::Finish { .. } => finished = true,
                _ => {}
            }
        }
    }
    assert!(written == bytes);
    assert_eq!(bench.double.rules().offsets, [0], "in one go");
}

//! A well-behaved member who goes on using the house while others misbehave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parlour_common::message::{Reply, Request, TransferOutcome};

use super::{Client, Daemon, PATIENCE};

/// Someone who pings, searches and downloads, over and over, until told to end. Whatever is not answered
/// as it should be fails the test.
pub struct Member {
    rounds: Arc<AtomicU32>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    slowest: Arc<AtomicU32>,
}

impl Member {
    /// The title and the bytes of the track that a member downloads.
    pub const TITLE: &str = "zither";

    /// Returns the track; the test puts it into the bank as `zither.wav`.
    pub fn song() -> Vec<u8> {
        super::wav(99, 30_000)
    }

    /// Signs up under a name and begins, once the library has the track.
    pub fn begin(daemon: &Daemon, name: &str) -> Self {
        let mut client = daemon.member(name);
        let deadline = Instant::now() + PATIENCE;
        while client.search(Self::TITLE).total == 0 {
            assert!(Instant::now() < deadline, "the library has not what it should");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self::begin_with(client)
    }

    /// Begins with a client that is signed in.
    pub fn begin_with(mut client: Client) -> Self {
        let (rounds, ended) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let slowest = Arc::new(AtomicU32::new(0));
        let (counted, asked_to_end, longest) =
            (Arc::clone(&rounds), Arc::clone(&ended), Arc::clone(&slowest));
        let song = Self::song();
        let thread = std::thread::spawn(move || {
            while !asked_to_end.load(Ordering::Relaxed) {
                let began = Instant::now();
                assert_eq!(client.ask(Request::Ping {}), Ok(Reply::Done {}));
                let track = client.search(Self::TITLE).tracks.remove(0);
                let fetched = client.fetch(&track, 0).expect("a member may download");
                assert!(fetched.bytes == song && fetched.outcome == TransferOutcome::Whole);
                longest.fetch_max(began.elapsed().as_millis() as u32, Ordering::Relaxed);
                counted.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(3));
            }
        });
        Self { rounds, ended, thread: Some(thread), slowest }
    }

    /// Returns how often all three were done.
    pub fn rounds(&self) -> u32 {
        self.rounds.load(Ordering::Relaxed)
    }

    /// Waits until so many more rounds were done, from now on.
    pub fn await_rounds(&self, more: u32) {
        let (wanted, deadline) = (self.rounds() + more, Instant::now() + PATIENCE);
        while self.rounds() < wanted {
            let over = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
            assert!(!over && Instant::now() < deadline, "the others are not served");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends, after some more rounds: whoever was served during the abuse is served after it. Returns how
    /// many rounds there were in all, and says how long the slowest took.
    pub fn end(mut self, what: &str) -> u32 {
        self.await_rounds(3);
        self.ended.store(true, Ordering::Relaxed);
        self.thread.take().expect("it ends once").join().expect("a member is served well");
        println!("{what}: {} rounds, the slowest {} ms", self.rounds(), self.slowest.load(Ordering::Relaxed));
        self.rounds()
    }
}

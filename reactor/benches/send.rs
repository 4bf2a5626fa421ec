//! What a download costs: processor time of the daemon per GiB, against the least that `sendfile(2)` costs
//! on this machine, in one run.
//!
//! `cargo bench -p parlour-reactor --bench send`
//!
//! The peer is this program itself, started again: it accepts, and sends the same file with nothing but
//! `sendfile`, in slices as large as our chunks. The receivers throw the bytes away in the kernel, so that
//! the time of both senders is their own. Times are read from the scheduler, not from the clock: they hold
//! on a busy machine. What varies is what the machine does; the ratio is what to look at.

#[path = "../tests/real/mod.rs"]
mod real;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use parlour_common::limits::{CHUNK_DATA_BYTES_MAX, CHUNK_HEAD_BYTES};
use parlour_common::message::{FetchTrack, Request, Track};
use real::{Client, Daemon, wav};
use rustix::net::RecvFlags;

/// The size of the file, in bytes.
const FILE_BYTES: u32 = 256 << 20;

/// How often it is sent in one measurement.
const TIMES: u32 = 8;

/// Measurements of each sender; they take turns.
const ROUNDS: usize = 5;

fn main() {
    if let Some(path) = std::env::var_os("PARLOUR_BENCH_RAW_FILE") {
        return send_raw(Path::new(&path));
    }
    let daemon = Daemon::start_with(&[("long.wav", &wav(1, FILE_BYTES))]);
    let mut member = daemon.member("bench");
    let track = daemon.await_tracks(&mut member, 1).tracks.remove(0);
    let raw = Raw::start(&daemon.bank().join("long.wav"));
    let mut ratios = Vec::new();
    println!("parlourd s/GiB   sendfile s/GiB   ratio");
    for _ in 0..ROUNDS {
        let ours = seconds_per_gib(daemon.pid(), || fetch(&mut member, &track));
        let theirs = seconds_per_gib(raw.child.id(), || raw.fetch());
        ratios.push(ours / theirs);
        println!("{ours:14.4}   {theirs:14.4}   {:5.2}", ours / theirs);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio {:.2}", ratios[ROUNDS / 2]);
}

/// Takes the file some times and returns what that cost the process, in seconds per GiB.
fn seconds_per_gib(pid: u32, mut take: impl FnMut()) -> f64 {
    let before = processor_ns(pid);
    (0..TIMES).for_each(|_| take());
    let gib = f64::from(TIMES) * f64::from(FILE_BYTES) / f64::from(1_u32 << 30);
    Duration::from_nanos(processor_ns(pid) - before).as_secs_f64() / gib
}

fn fetch(member: &mut Client, track: &Track) {
    member.send(Request::FetchTrack(FetchTrack { track: track.id, offset: 0, length: None, version: None }));
    let chunks = track.size_bytes.div_ceil(CHUNK_DATA_BYTES_MAX as u64);
    // A few hundred bytes remain, the end of the transfer among them: they count for the next time.
    discard(&member.stream, track.size_bytes + CHUNK_HEAD_BYTES as u64 * chunks);
}

/// Throws bytes away in the kernel until there were so many.
fn discard(stream: &TcpStream, bytes: u64) {
    let mut seen = 0;
    let mut nothing = vec![0; 1 << 20];
    while seen < bytes {
        let (_, received) = rustix::net::recv(stream, &mut nothing[..], RecvFlags::TRUNC).expect("it sends");
        assert!(received > 0, "the sender has gone");
        seen += received as u64;
    }
}

/// Returns the processor time that all threads of a process have used, in nanoseconds.
fn processor_ns(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process lives");
    let used = |task: std::io::Result<std::fs::DirEntry>| -> Option<u64> {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok()
    };
    tasks.filter_map(used).sum()
}

/// The peer.
struct Raw {
    child: Child,
    address: SocketAddr,
}

impl Raw {
    fn start(file: &Path) -> Self {
        // Found by a port that was free a moment ago: the peer listens on it next.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
        let child = Command::new(std::env::current_exe().expect("this program"))
            .env("PARLOUR_BENCH_RAW_FILE", file)
            .env("PARLOUR_BENCH_RAW_PORT", address.port().to_string())
            .stdin(Stdio::null())
            .spawn()
            .expect("this program starts");
        Self { child, address }
    }

    fn fetch(&self) {
        let stream = (0..500)
            .find_map(|_| {
                std::thread::sleep(Duration::from_millis(2));
                TcpStream::connect(self.address).ok()
            })
            .expect("the peer listens");
        discard(&stream, u64::from(FILE_BYTES));
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // It serves until it is ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Accepts, sends the file, and begins anew.
fn send_raw(path: &Path) {
    let port: u16 = std::env::var("PARLOUR_BENCH_RAW_PORT").expect("set").parse().expect("a port");
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    let file = std::fs::File::open(path).expect("the file is there");
    for stream in listener.incoming() {
        let stream = stream.expect("a connection");
        let mut offset = 0;
        while rustix::fs::sendfile(&stream, &file, Some(&mut offset), CHUNK_DATA_BYTES_MAX).unwrap_or(0) > 0 {
        }
    }
}

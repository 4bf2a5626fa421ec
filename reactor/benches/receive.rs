//! What an upload costs: processor time of the daemon per GiB, against the least that receiving, hashing and
//! writing the same bytes costs on this machine, in one run.
//!
//! `cargo bench -p parlour-reactor --bench receive`
//!
//! The peer is this program itself, started again: it accepts, and does with each buffer what it must, and
//! nothing else, once without a hash and once with it. Times are read from the scheduler, not from the clock:
//! they hold on a busy machine. What varies is what the machine does; the ratios are what to look at.

#[path = "../tests/real/mod.rs"]
mod real;

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use parlour_common::frame::chunk_head;
use parlour_common::message::{FileHash, FileList, Request, SameName, UploadKey};
use real::{Begun, CHUNK_BYTES, Client, Daemon};
use sha2::{Digest, Sha256};

/// The size of the file, in bytes.
const FILE_BYTES: u64 = 256 << 20;

/// How often it is sent in one measurement.
const TIMES: u32 = 2;

/// Measurements of each receiver; they take turns.
const ROUNDS: usize = 5;

fn main() {
    if let Some(path) = std::env::var_os("PARLOUR_BENCH_RAW_FILE") {
        return receive_raw(Path::new(&path));
    }
    let daemon = Daemon::start();
    let mut member = daemon.member("bench");
    let piece: Vec<u8> = (0_u32..)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .take(CHUNK_BYTES)
        .collect();
    let sha256 = hash_of_all(&piece);
    let raw = Raw::start(&daemon.folder.path().join("raw"));
    let (mut to_plain, mut to_hashing) = (Vec::new(), Vec::new());
    println!("parlourd s/GiB   receive+write s/GiB   ratio   receive+hash+write s/GiB   ratio");
    for round in 0..ROUNDS {
        let mut turn = 0_u8;
        let ours = seconds_per_gib(daemon.pid(), || {
            turn += 1;
            let mut key = [turn; 16];
            key[0] = u8::try_from(round).expect("few");
            upload(&mut member, UploadKey::new(key), &piece, sha256);
        });
        let plain = seconds_per_gib(raw.child.id(), || raw.send(&piece, false));
        let hashing = seconds_per_gib(raw.child.id(), || raw.send(&piece, true));
        to_plain.push(ours / plain);
        to_hashing.push(ours / hashing);
        println!(
            "{ours:14.4}   {plain:19.4}   {:5.2}   {hashing:24.4}   {:5.2}",
            ours / plain,
            ours / hashing
        );
    }
    let median = |ratios: &mut Vec<f64>| {
        ratios.sort_by(f64::total_cmp);
        ratios[ROUNDS / 2]
    };
    println!("median ratios {:.2} and {:.2}", median(&mut to_plain), median(&mut to_hashing));
    daemon.end_well();
}

/// Takes a measurement: what it costs the process to receive the file some times, in seconds per GiB.
fn seconds_per_gib(pid: u32, mut send: impl FnMut()) -> f64 {
    let before = processor_ns(pid);
    (0..TIMES).for_each(|_| send());
    let bytes = u64::from(TIMES) * FILE_BYTES;
    let gib = f64::from(u32::try_from(bytes >> 20).expect("few")) / 1024.0;
    Duration::from_nanos(processor_ns(pid) - before).as_secs_f64() / gib
}

fn hash_of_all(piece: &[u8]) -> FileHash {
    let mut hasher = Sha256::new();
    (0..FILE_BYTES / CHUNK_BYTES as u64).for_each(|_| hasher.update(piece));
    FileHash::new(hasher.finalize().into())
}

/// Uploads the file and deletes it for good, so that the disk does not fill.
fn upload(member: &mut Client, key: UploadKey, piece: &[u8], sha256: FileHash) {
    let begun = member.try_begin_upload(key, "bench.bin", FILE_BYTES, SameName::Ask);
    let Some(Ok(Begun::Start(start))) = begun else { panic!("{begun:?}") };
    for offset in (0..FILE_BYTES).step_by(CHUNK_BYTES) {
        member.stream.write_all(&chunk_head(start.transfer, offset, piece.len())).expect("it reads");
        member.stream.write_all(piece).expect("it reads");
    }
    let finished = member.try_finish_upload(key, sha256, SameName::Ask);
    let Some(Ok(entry)) = finished else { panic!("{finished:?}") };
    let files = || FileList { files: vec![entry.file] };
    member.ask(Request::TrashFiles(files())).expect("it is ours");
    member.ask(Request::PurgeFiles(files())).expect("it is in the trash");
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

    fn send(&self, piece: &[u8], hashing: bool) {
        let mut stream = (0..500)
            .find_map(|_| {
                std::thread::sleep(Duration::from_millis(2));
                TcpStream::connect(self.address).ok()
            })
            .expect("the peer listens");
        stream.write_all(&[u8::from(hashing)]).expect("it reads");
        for _ in 0..FILE_BYTES / CHUNK_BYTES as u64 {
            stream.write_all(piece).expect("it reads");
        }
        stream.shutdown(std::net::Shutdown::Write).expect("it reads");
        stream.read_exact(&mut [0]).expect("it says when it is done");
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // It serves until it is ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Accepts, receives a file and writes it, and begins anew.
fn receive_raw(path: &Path) {
    let port: u16 = std::env::var("PARLOUR_BENCH_RAW_PORT").expect("set").parse().expect("a port");
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    let mut buffer = vec![0; CHUNK_BYTES];
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let mut hashing = [0];
        stream.read_exact(&mut hashing).expect("it says how");
        let file = File::create(path).expect("a file");
        let (mut hasher, mut at) = (Sha256::new(), 0);
        loop {
            let read = stream.read(&mut buffer).expect("it sends");
            if read == 0 {
                break;
            }
            if hashing == [1] {
                hasher.update(&buffer[..read]);
            }
            file.write_all_at(&buffer[..read], at).expect("the disk has room");
            at += read as u64;
        }
        file.sync_data().expect("the disk works");
        std::hint::black_box(hasher.finalize());
        stream.write_all(&[1]).expect("it waits");
    }
}

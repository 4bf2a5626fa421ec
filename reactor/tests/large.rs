//! Large files and many: a file of 4 GiB up and down again while the daemon's own memory stays flat, and 5,000 small
//! ones both ways. Only hashes are compared, so that nothing large is held; what lies on the disk goes with the test.

// A test may look at the clock, fail by a panic, and cut numbers that it knows to be small.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::cast_possible_truncation)]

mod real;

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parlour_common::frame::chunk_head;
use parlour_common::limits::{CHUNK_DATA_BYTES_MAX, CHUNK_HEAD_BYTES};
use parlour_common::message::{
    Event, FileEntry, FileHash, FilePlace, FileStart, SameName, TransferEnd, TransferOutcome, UploadKey,
    UploadStart,
};
use sha2::{Digest, Sha256};

use real::{Begun, Client, Daemon, Load, Random};

const MIB: u64 = 1 << 20;

/// The size of the large file, in bytes: more than 32 bits count, which is where sizes go wrong.
const LARGE_BYTES: u64 = 4 << 30;

/// How much more memory of its own the daemon may have in use meanwhile, in KiB.
const GROWTH_KIB_MAX: u64 = 32 * 1024;

/// How many small files there are, and how large they are at most, in bytes.
const SMALL_FILES: u32 = 5000;
const SMALL_BYTES_MAX: u64 = 16 * 1024;

/// Over how many connections they go.
const CONNECTIONS: u32 = 3;

/// How long each of the two may take, about ten times what it takes on two busy cores.
const TIME_MAX: Duration = Duration::from_secs(600);

/// What must be free beside the file itself, in bytes: the daemon's reserve, and room for whatever else runs.
const SPARE_BYTES: u64 = 2048 * MIB;

/// Fails in words where the disk has no room for the test.
fn demand_room(daemon: &Daemon, bytes: u64) {
    let stat = rustix::fs::statvfs(daemon.folder.path()).unwrap();
    let free = stat.f_bavail * stat.f_frsize;
    let needed = bytes + SPARE_BYTES;
    let (free, needed) = (free / MIB, needed / MIB);
    assert!(free >= needed, "this test needs {needed} MiB free for temporary files; there are {free} MiB");
}

/// Returns how much memory of its own a daemon has in use, in KiB: what it mapped of files is the kernel's to take.
fn own_memory_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("Linux tells it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Runs `work` and returns the most memory that the daemon had in use meanwhile, in KiB.
fn peak_memory_kib(pid: u32, work: impl FnOnce()) -> u64 {
    let (is_over, peak) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                peak.fetch_max(own_memory_kib(pid), Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        work();
        is_over.store(true, Ordering::SeqCst);
    });
    peak.into_inner()
}

/// The large file: one pattern over and over, with its place written into each repetition, so that none is
/// taken for another.
struct Large {
    frame: Vec<u8>,
}

impl Large {
    fn new(seed: u64) -> Self {
        let mut frame = vec![0; CHUNK_HEAD_BYTES + CHUNK_DATA_BYTES_MAX];
        Load::new(seed, CHUNK_DATA_BYTES_MAX as u64).fill(0, &mut frame[CHUNK_HEAD_BYTES..]);
        Self { frame }
    }

    /// Returns the chunk that begins at `offset`, head and all.
    fn chunk(&mut self, start: UploadStart, offset: u64) -> &[u8] {
        let (head, data) = self.frame.split_at_mut(CHUNK_HEAD_BYTES);
        head.copy_from_slice(&chunk_head(start.transfer, offset, data.len()));
        data[..8].copy_from_slice(&offset.to_be_bytes());
        &self.frame
    }
}

/// Uploads the large file as fast as the daemon takes it.
fn upload_large(client: &mut Client, key: UploadKey) -> FileEntry {
    let begun = client.try_begin_upload(key, "Large.bin", LARGE_BYTES, SameName::Ask);
    let Some(Ok(Begun::Start(start))) = begun else { panic!("{begun:?}") };
    let (mut large, mut hasher, mut offset) = (Large::new(4), Sha256::new(), 0);
    while offset < LARGE_BYTES {
        let chunk = large.chunk(start, offset);
        hasher.update(&chunk[CHUNK_HEAD_BYTES..]);
        client.stream.write_all(chunk).expect("the daemon reads");
        offset += CHUNK_DATA_BYTES_MAX as u64;
    }
    let sha256 = FileHash::new(hasher.finalize().into());
    let entry = client.try_finish_upload(key, sha256, SameName::Ask).expect("an answer").expect("a file");
    assert_eq!((entry.size_bytes, entry.sha256), (LARGE_BYTES, sha256));
    let ended = TransferEnd { transfer: start.transfer, outcome: TransferOutcome::Whole };
    client.await_event(|event| (*event == Event::TransferEnd(ended.clone())).then_some(()));
    entry
}

#[test]
fn a_file_of_four_gib_goes_up_and_down_and_the_daemon_stays_as_small_as_it_was() {
    let daemon = Daemon::start();
    demand_room(&daemon, LARGE_BYTES);
    let mut client = daemon.member("sara");
    let before = (0..20).map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        own_memory_kib(daemon.pid())
    });
    let before = before.min().unwrap();
    let (mut entry, mut times) = (None, Vec::new());
    let up = peak_memory_kib(daemon.pid(), || {
        let began = Instant::now();
        entry = Some(upload_large(&mut client, UploadKey::new([4; 16])));
        times.push(began.elapsed());
    });
    let entry = entry.unwrap();
    let down = peak_memory_kib(daemon.pid(), || {
        let began = Instant::now();
        assert_eq!(client.hash_of_file(entry.file), Ok(entry.sha256));
        times.push(began.elapsed());
    });
    println!(
        "4 GiB up in {:?}, down in {:?}; own memory {before} KiB, {up} up, {down} down",
        times[0], times[1]
    );
    for peak in [up, down] {
        assert!(peak < before + GROWTH_KIB_MAX, "{before} KiB became {peak}");
    }
    assert!(times.iter().sum::<Duration>() < TIME_MAX, "{times:?}");
    daemon.end_well();
}

/// What one connection does with its files.
type Work<'a> = &'a (dyn Fn(&mut Client, &[(u32, Load)]) + Sync);

fn key_of(number: u32) -> UploadKey {
    let mut key = [5; 16];
    key[..4].copy_from_slice(&number.to_be_bytes());
    UploadKey::new(key)
}

/// Uploads every file of one connection.
fn upload_small(client: &mut Client, loads: &[(u32, Load)]) {
    for (number, load) in loads {
        let entry = client.upload(key_of(*number), &format!("Small {number}.bin"), load);
        assert_eq!(entry.map(|entry| entry.size_bytes), Ok(load.size_bytes));
    }
}

/// Fetches every file of one connection, and compares every byte.
fn fetch_small(client: &mut Client, loads: &[(u32, Load)], entries: &[FileEntry]) {
    for (number, load) in loads {
        let name = format!("Small {number}.bin");
        let entry = entries.iter().find(|entry| entry.file_name.as_str() == name).expect("it is listed");
        let start: FileStart = client.try_fetch_file(entry.file, 0, Some(entry.sha256)).unwrap().unwrap();
        let (mut came, mut hasher) = (0, Sha256::new());
        let outcome = client.try_receive_chunks(&start, |offset, piece| {
            assert!(load.is_at(offset, piece), "{name}: other bytes at {offset}");
            hasher.update(piece);
            came += piece.len() as u64;
            true
        });
        assert_eq!((outcome, came), (Some(TransferOutcome::Whole), load.size_bytes), "{name}");
        assert_eq!(FileHash::new(hasher.finalize().into()), entry.sha256, "{name}");
    }
}

#[test]
fn five_thousand_small_files_go_up_and_down_over_three_connections() {
    let mut random = Random::new();
    let daemon = Daemon::start();
    demand_room(&daemon, u64::from(SMALL_FILES) * SMALL_BYTES_MAX);
    let mut first = daemon.member("sara");
    let token = first.token.clone().expect("a session");
    let mut shares: Vec<Vec<(u32, Load)>> = vec![Vec::new(); CONNECTIONS as usize];
    for number in 0..SMALL_FILES {
        let load = Load::new(random.number(), random.below(SMALL_BYTES_MAX));
        shares[(number % CONNECTIONS) as usize].push((number, load));
    }
    let each = |work: Work<'_>| {
        let began = Instant::now();
        std::thread::scope(|scope| {
            for share in &shares {
                scope.spawn(|| {
                    let mut client = daemon.client();
                    client.resume(token.clone()).expect("a session");
                    work(&mut client, share);
                });
            }
        });
        began.elapsed()
    };
    let up = each(&|client, share| upload_small(client, share));
    let began = Instant::now();
    let entries = first.list_all_files(FilePlace::Own);
    let listed = began.elapsed();
    assert_eq!(entries.len() as u32, SMALL_FILES);
    let down = each(&|client, share| fetch_small(client, share, &entries));
    println!("{SMALL_FILES} small files up in {up:?}, listed page by page in {listed:?}, down in {down:?}");
    assert!(up + listed + down < TIME_MAX);
    daemon.end_well();
}

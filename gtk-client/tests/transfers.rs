//! The network room against a real daemon: files go and come through connections that are cut at random,
//! through a daemon that is killed, and through further runs of the app.
//!
//! No display is needed. `SEED=17` replays the cuts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "network/client.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod client;
#[allow(dead_code, unused_imports, reason = "other tests use the rest")]
mod desk;
#[allow(dead_code, unused_imports, reason = "the client is made for it, too")]
mod double;

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use client::{Client, Numbers, order, up, upload};
use desk::{Daemon, wait};
use double::sha256;
use parlour_common::Secret;
use parlour_common::message::{
    FileEntry, FilePage, FilePlace, FileSort, ListFiles, Reply, Request, SameName, SignIn, SignUp, UploadKey,
};
use parlour_gtk::network::{Answer, Command, Ending, Order, Source, Upload};

const PASSWORD: &str = "correct horse";

/// How long 4 GiB may take in one direction, on a machine with much else to do.
const LARGE_PATIENCE: Duration = Duration::from_secs(300);

/// A way to the daemon on which each connection is cut after some bytes, as long as cuts are left.
struct Rough {
    address: SocketAddr,
    cuts: Arc<AtomicU64>,
}

impl Rough {
    /// Makes the way; a connection lives for at most `bytes_max` bytes in each direction.
    fn new(to: String, cuts: u64, bytes_max: u64) -> Self {
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(17);
        println!("SEED={seed}");
        let mut numbers = Numbers(seed);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let left = Arc::new(AtomicU64::new(cuts));
        let cuts = Arc::clone(&left);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // A daemon that is being killed takes no calls.
                let Ok(far) = TcpStream::connect(&to) else { continue };
                for (from, to) in [(near.try_clone(), far.try_clone()), (Ok(far), Ok(near))] {
                    let (Ok(from), Ok(to)) = (from, to) else { continue };
                    let (life, left) = (numbers.next() % bytes_max, Arc::clone(&left));
                    thread::spawn(move || carry(from, to, life, &left));
                }
            }
        });
        Self { address, cuts }
    }
}

/// Carries bytes until so many have passed, and cuts then if a cut is left.
fn carry(mut from: TcpStream, mut to: TcpStream, life: u64, cuts: &AtomicU64) {
    let mut bytes = [0; 16 * 1024];
    let mut passed = 0;
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        passed += read as u64;
        let is_over = passed > life && passed > bytes.len() as u64;
        if is_over
            && cuts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        {
            // Somewhere within a chunk.
            let _ = to.write_all(&bytes[..read / 2]);
            break;
        }
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// Connects and signs in, and makes the account before that if there is none.
fn signed_in(address: &str) -> Client {
    let client = Client::start();
    client.connect(address);
    client.wait(up);
    let sign_up = SignUp {
        user_name: "sara".to_owned(),
        email: "sara@example.org".to_owned(),
        phone: "09121234567".to_owned(),
        password: Secret::new(PASSWORD.to_owned()),
        device: "a test".to_owned(),
        code: None,
    };
    client.ask(1, Request::SignUp(sign_up));
    if !matches!(client.answer(1), Answer::Reply(Reply::SignedIn(_))) {
        let sign_in = SignIn {
            user_name: "sara".to_owned(),
            password: Secret::new(PASSWORD.to_owned()),
            device: "a test".to_owned(),
            device_proof: None,
        };
        client.ask(2, Request::SignIn(sign_in));
        let answer = client.answer(2);
        assert!(matches!(answer, Answer::Reply(Reply::SignedIn(_))), "{answer:?}");
    }
    client
}

fn files(client: &Client) -> FilePage {
    let list = ListFiles {
        place: FilePlace::Own,
        query: String::new(),
        sort: FileSort::Name,
        descending: false,
        offset: 0,
        limit: 64,
    };
    client.ask(3, Request::ListFiles(list));
    match client.answer(3) {
        Answer::Reply(Reply::Files(page)) => page,
        other => panic!("{other:?}"),
    }
}

fn uploaded(client: &Client, id: u64) -> FileEntry {
    match client.ended(id) {
        Ending::Uploaded(entry) => *entry,
        other => panic!("{other:?}"),
    }
}

/// Writes a file that looks random. Returns its bytes.
fn random_file(path: &Path, seed: u64, length: usize) -> Vec<u8> {
    let bytes = Numbers(seed).bytes(length).to_vec();
    fs::write(path, &bytes).unwrap();
    bytes
}

#[test]
fn cut_at_random_in_both_directions_what_goes_up_comes_down_the_same() {
    let daemon = Daemon::start();
    let rough = Rough::new(daemon.address(), 80, 2_000_000);
    let folder = tempfile::tempdir().unwrap();
    let client = signed_in(&rough.address.to_string());
    let lengths = [0, 1, 65_536, 3_000_000, 7_000_001, 12_000_000];
    let all: Vec<Vec<u8>> = (0..lengths.len())
        .map(|number| {
            random_file(&folder.path().join(format!("{number}.bin")), number as u64, lengths[number])
        })
        .collect();
    for number in 0..lengths.len() {
        let path = folder.path().join(format!("{number}.bin"));
        client.begin(number as u64, Order::Upload(upload(u8::try_from(number + 1).unwrap(), &path)));
    }
    let entries: Vec<FileEntry> = (0..lengths.len()).map(|number| uploaded(&client, number as u64)).collect();
    let cuts_up = 80 - rough.cuts.load(Ordering::Relaxed);
    assert!(cuts_up > 5, "{cuts_up} cuts on the way up");
    rough.cuts.store(80, Ordering::Relaxed);
    for (entry, bytes) in entries.iter().zip(&all) {
        assert_eq!((entry.size_bytes, entry.sha256), (bytes.len() as u64, sha256(bytes)));
        let id = 100 + entry.file.0;
        client.begin(id, order(Source::File(entry.file), &format!("{id}.back"), folder.path()));
    }
    for (entry, bytes) in entries.iter().zip(&all) {
        let Ending::Saved { path, sha256: here } = client.ended(100 + entry.file.0) else {
            panic!("it comes")
        };
        assert!(fs::read(path).unwrap() == *bytes && here == entry.sha256);
    }
    let cuts_down = 80 - rough.cuts.load(Ordering::Relaxed);
    assert!(cuts_down > 5, "{cuts_down} cuts on the way down");
    rough.cuts.store(0, Ordering::Relaxed);
    let page = files(&signed_in(&daemon.address()));
    assert_eq!((page.total as usize, page.usage.uploads_bytes), (lengths.len(), 0), "nothing is left over");
}

#[test]
fn a_daemon_that_is_killed_and_apps_that_end_cost_nothing_but_time() {
    let mut daemon = Daemon::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let bytes = random_file(&path, 5, 90_000_000);
    let wanted = upload(7, &path);
    let client = signed_in(&daemon.address());
    client.begin(1, Order::Upload(wanted.clone()));
    client.received(1, 10_000_000);
    daemon.kill();
    client.lost();
    daemon.run();
    client.received(1, 40_000_000);
    // The app is killed: another run goes on with the same words.
    drop(client);
    let client = signed_in(&daemon.address());
    client.begin(2, Order::Upload(wanted.clone()));
    let entry = uploaded(&client, 2);
    assert_eq!((entry.size_bytes, entry.sha256), (bytes.len() as u64, sha256(&bytes)));
    // Once more, as after an answer that was lost: the file is there once.
    client.begin(3, Order::Upload(wanted));
    assert_eq!(uploaded(&client, 3).file, entry.file);
    assert_eq!((files(&client).total, files(&client).usage.uploads_bytes), (1, 0));

    let fetch = order(Source::File(entry.file), "back.bin", folder.path());
    client.begin(4, fetch.clone());
    client.received(4, 10_000_000);
    daemon.kill();
    client.lost();
    daemon.run();
    client.received(4, 30_000_000);
    drop(client);
    let client = signed_in(&daemon.address());
    client.begin(5, fetch);
    let Ending::Saved { path, .. } = client.ended(5) else { panic!("it comes") };
    assert!(fs::read(path).unwrap() == bytes);
}

#[test]
fn what_is_cancelled_or_changed_leaves_nothing_at_the_daemon() {
    let daemon = Daemon::start();
    let folder = tempfile::tempdir().unwrap();
    let client = signed_in(&daemon.address());
    let path = folder.path().join("a.bin");
    random_file(&path, 6, 60_000_000);
    let spool = daemon.state().join("files/spool");
    let spools = || fs::read_dir(&spool).map_or(0, Iterator::count);
    // While it runs, and while it rests.
    for (id, rests) in [(1, false), (2, true)] {
        let wanted = Order::Upload(upload(id, &path));
        let id = u64::from(id);
        client.begin(id, wanted.clone());
        client.received(id, 5_000_000);
        if rests {
            client.pause(id);
            assert_eq!(client.ended(id), Ending::Paused);
            assert_eq!(spools(), 1, "what rests is kept");
        }
        client.cancel(id, wanted);
        assert_eq!(client.ended(id), Ending::Cancelled);
        wait("nothing to be left", || (spools() == 0).then_some(()));
        assert_eq!(files(&client).usage.used_bytes, 0);
    }
    // Another file by the time it goes on.
    let wanted = upload(3, &path);
    client.begin(3, Order::Upload(wanted.clone()));
    client.received(3, 5_000_000);
    client.pause(3);
    assert_eq!(client.ended(3), Ending::Paused);
    let other = random_file(&path, 9, 1_000_000);
    client.begin(3, Order::Upload(wanted));
    let entry = uploaded(&client, 3);
    assert_eq!(entry.sha256, sha256(&other));
    assert_eq!(files(&client).usage.used_bytes, 1_000_000);
    wait("nothing to be left", || (spools() == 0).then_some(()));
}

#[test]
fn hundreds_of_small_files_go_and_a_name_that_is_taken_is_told() {
    let daemon = Daemon::start();
    let folder = tempfile::tempdir().unwrap();
    let client = signed_in(&daemon.address());
    for number in 0..500_u64 {
        let path = folder.path().join(format!("{number}.txt"));
        fs::write(&path, number.to_string()).unwrap();
        let mut key = [1; 16];
        key[..8].copy_from_slice(&number.to_le_bytes());
        client.begin(number, Order::Upload(Upload { key: UploadKey::new(key), ..upload(0, &path) }));
    }
    for number in 0..500 {
        assert_eq!(uploaded(&client, number).sha256, sha256(number.to_string().as_bytes()));
    }
    assert_eq!(files(&client).total, 500);
    let path = folder.path().join("7.txt");
    fs::write(&path, "another seven").unwrap();
    let again = upload(9, &path);
    client.begin(1000, Order::Upload(again.clone()));
    let taken = client.failed(1000);
    assert!(format!("{taken:?}").contains("NameTaken"), "{taken:?}");
    client.begin(1000, Order::Upload(Upload { same_name: SameName::Replace, ..again }));
    assert_eq!(uploaded(&client, 1000).file_name.as_str(), "7.txt");
    assert_eq!(files(&client).total, 500);
    client.network.send(Command::Disconnect);
}

/// Returns how much memory this program holds, in KiB.
fn memory_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// It takes minutes, and 8 GiB of disk: run with `LARGE=1`.
#[test]
fn four_gib_go_up_and_come_down_in_little_memory() {
    if std::env::var_os("LARGE").is_none() {
        return;
    }
    const SIZE_BYTES: u64 = 4 << 30;
    const MEMORY_KIB_MAX: u64 = 16 * 1024;
    let daemon = Daemon::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.bin");
    fs::File::create(&path).unwrap().set_len(SIZE_BYTES).unwrap();
    let client = signed_in(&daemon.address()).with_patience(LARGE_PATIENCE);
    let before_kib = memory_kib();
    client.begin(1, Order::Upload(upload(1, &path)));
    client.received(1, SIZE_BYTES / 2);
    let up_kib = memory_kib();
    let entry = uploaded(&client, 1);
    client.begin(2, order(Source::File(entry.file), "back.bin", folder.path()));
    client.received(2, SIZE_BYTES / 2);
    let down_kib = memory_kib();
    let Ending::Saved { sha256, .. } = client.ended(2) else { panic!("it comes") };
    println!("{before_kib} KiB before, {up_kib} on the way up, {down_kib} on the way down");
    assert_eq!(sha256, entry.sha256);
    assert!(up_kib.max(down_kib) < before_kib + MEMORY_KIB_MAX, "{before_kib} {up_kib} {down_kib}");
}

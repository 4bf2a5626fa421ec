//! Uploads through everything that can happen to them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use parlour_common::message::{Denial, FileEntry, Request, SameName, UploadKey};
use parlour_common::names::FileName;
use parlour_gtk::network::{Command, Ending, Order, Report, TransferFault, Upload};
use tempfile::TempDir;

use crate::client::{Client, Numbers, upload};
use crate::double::{Double, sha256};

/// A double, a client that is signed in, a folder with a file in it, and its bytes.
pub fn one_file(length: usize) -> (Double, Client, TempDir, PathBuf, Vec<u8>) {
    let double = Double::start();
    let client = Client::signed_in(&double);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let bytes = Numbers(length as u64).bytes(length).to_vec();
    fs::write(&path, &bytes).unwrap();
    (double, client, folder, path, bytes)
}

fn begin(client: &Client, id: u64, path: &Path) -> Upload {
    let upload = upload(u8::try_from(id).unwrap(), path);
    client.begin(id, Order::Upload(upload.clone()));
    upload
}

/// Waits for an upload to succeed.
fn uploaded(client: &Client, id: u64) -> FileEntry {
    match client.ended(id) {
        Ending::Uploaded(entry) => *entry,
        other => panic!("{other:?}"),
    }
}

/// Tells whether the double has these bytes, and nothing unfinished.
fn has(double: &Double, entry: &FileEntry, bytes: &[u8]) -> bool {
    let rules = double.rules();
    let stored = &rules.files[&entry.file.0].2;
    rules.spools.is_empty() && **stored == bytes && entry.sha256 == sha256(bytes)
}

#[test]
fn a_file_goes_whole_and_under_its_name() {
    for length in [0, 1, 65_536, 65_537, 3_000_001] {
        let (double, client, _folder, path, bytes) = one_file(length);
        let named = path.with_file_name("Café 개구리.txt");
        fs::rename(&path, &named).unwrap();
        begin(&client, 1, &named);
        let entry = uploaded(&client, 1);
        assert_eq!(entry.file_name.as_str(), "Café 개구리.txt");
        assert!(has(&double, &entry, &bytes), "{length}");
        assert_eq!(double.rules().upload_offsets, [0]);
    }
}

#[test]
fn a_long_file_goes_on_without_a_heartbeat_to_wake_it() {
    let double = Double::start();
    {
        let mut rules = double.rules();
        rules.heartbeat_seconds = 3600;
        rules.silence_seconds_max = 7200;
    }
    let client = Client::signed_in(&double);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.bin");
    fs::File::create(&path).unwrap().set_len(200_000_000).unwrap();
    begin(&client, 1, &path);
    assert_eq!(uploaded(&client, 1).size_bytes, 200_000_000);
}

#[test]
fn cut_anywhere_and_any_number_of_times_it_goes_whole() {
    let (double, client, _folder, path, bytes) = one_file(4_000_000);
    let mut numbers = Numbers(17);
    double.rules().upload_cuts =
        (0..60).map(|_| usize::try_from(numbers.next() % 100_000).unwrap() + 1).collect();
    begin(&client, 1, &path);
    assert!(has(&double, &uploaded(&client, 1), &bytes));
    let rules = double.rules();
    assert!(rules.upload_offsets.len() > 20, "{:?}", rules.upload_offsets);
    assert!(rules.upload_offsets.is_sorted(), "it never goes back: {:?}", rules.upload_offsets);
}

#[test]
fn a_later_run_goes_on_where_an_earlier_one_stopped() {
    let (double, client, _folder, path, bytes) = one_file(4_000_000);
    double.rules().pace = Duration::from_millis(2);
    let mut order = begin(&client, 1, &path);
    order.seen = Some(client.wait(|report| match report {
        Report::Seen { seen, .. } => Some(*seen),
        _ => None,
    }));
    // What the kernel took in advance may be lost with the connection.
    while double.rules().spools.values().all(|spool| spool.bytes.len() < 300_000) {
        std::thread::sleep(Duration::from_millis(5));
    }
    client.network.send(Command::Disconnect);
    assert_eq!(client.failed(1), TransferFault::Disconnected);
    drop(client);
    double.rules().pace = Duration::ZERO;
    let client = Client::signed_in(&double);
    client.begin(2, Order::Upload(order));
    assert!(has(&double, &uploaded(&client, 2), &bytes));
    let offsets = double.rules().upload_offsets.clone();
    // What the first connection still holds may come in between: then it is begun once more, further on.
    assert!(offsets[1] >= 300_000 && offsets.is_sorted(), "{offsets:?}");
}

#[test]
fn a_file_that_is_another_by_now_begins_anew_and_is_what_it_is_now() {
    let (double, client, _folder, path, _) = one_file(4_000_000);
    double.rules().pace = Duration::from_millis(2);
    let mut order = begin(&client, 1, &path);
    order.seen = Some(client.wait(|report| match report {
        Report::Seen { seen, .. } => Some(*seen),
        _ => None,
    }));
    client.received(1, 1_000_000);
    client.pause(1);
    assert_eq!(client.ended(1), Ending::Paused);
    double.rules().pace = Duration::ZERO;
    // Of the same size and of another one; with and without what was seen of it before.
    for (id, length, seen) in [(2, 4_000_000, order.seen), (3, 3_000_000, order.seen), (4, 3_500_000, None)] {
        let other = Numbers(id + 70).bytes(length);
        fs::write(&path, &*other).unwrap();
        double.rules().files.clear();
        if id > 2 {
            let spool = crate::double::Spool {
                file_name: FileName::parse("a.bin").unwrap(),
                size_bytes: 4_000_000,
                bytes: vec![0; 100_000],
            };
            double.rules().spools.insert(UploadKey::new([1; 16]), spool);
        }
        let order = Order::Upload(Upload { seen, ..order.clone() });
        client.begin(id, order);
        assert!(has(&double, &uploaded(&client, id), &other), "{id}");
    }
}

#[test]
fn a_file_that_is_written_while_it_goes_begins_anew() {
    // Longer than what the kernel takes of it in advance.
    let (double, client, _folder, path, _) = one_file(24_000_000);
    double.rules().pace = Duration::from_millis(2);
    begin(&client, 1, &path);
    client.received(1, 500_000);
    let other = Numbers(5).bytes(4_500_000);
    fs::write(&path, &*other).unwrap();
    double.rules().pace = Duration::ZERO;
    assert!(has(&double, &uploaded(&client, 1), &other));
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again_and_the_file_is_there_once() {
    let (double, client, _folder, path, bytes) = one_file(200_000);
    double.rules().unanswered = 1;
    begin(&client, 1, &path);
    assert!(has(&double, &uploaded(&client, 1), &bytes));
    assert_eq!(double.rules().files.len(), 1);
}

#[test]
fn what_is_damaged_on_its_way_is_sent_once_more_and_then_told() {
    let (double, client, _folder, path, bytes) = one_file(200_000);
    double.rules().damaged_uploads = 1;
    begin(&client, 1, &path);
    assert!(has(&double, &uploaded(&client, 1), &bytes));
    assert_eq!(double.rules().upload_offsets, [0, 0]);
    double.rules().damaged_uploads = 2;
    begin(&client, 2, &path.with_file_name("a.bin"));
    // The name is taken by the first.
    assert!(matches!(client.failed(2), TransferFault::Denied(Denial::NameTaken { .. })));
    let other = path.with_file_name("b.bin");
    fs::write(&other, &bytes).unwrap();
    begin(&client, 3, &other);
    assert_eq!(client.failed(3), TransferFault::Denied(Denial::HashMismatch {}));
}

#[test]
fn a_daemon_that_cannot_just_now_is_asked_again_and_its_disk_is_told() {
    let (double, client, folder, _, bytes) = one_file(200_000);
    for (id, denial, is_told) in [
        (1, Denial::Busy { retry_after_ms: 5 }, false),
        (2, Denial::Throttled { retry_after_ms: 5 }, false),
        (3, Denial::DiskFull {}, true),
        (4, Denial::StorageUnavailable {}, true),
        (5, Denial::Internal {}, false),
    ] {
        {
            let mut rules = double.rules();
            rules.begin_upload = vec![denial.clone(); 2];
            rules.finish_upload = vec![denial.clone()];
        }
        let path = folder.path().join(format!("{id}.bin"));
        fs::write(&path, &bytes).unwrap();
        begin(&client, id, &path);
        assert!(has(&double, &uploaded(&client, id), &bytes), "{denial:?}");
        if is_told {
            let why = client.wait(|report| match report {
                Report::Held { id: held, why } if held.0 == id => Some(why.clone()),
                _ => None,
            });
            assert_eq!(why, denial);
        }
    }
    double.rules().full_after = Some(100_000);
    let path = folder.path().join("full.bin");
    fs::write(&path, &bytes).unwrap();
    begin(&client, 9, &path);
    assert!(has(&double, &uploaded(&client, 9), &bytes));
    assert!(double.rules().upload_offsets.ends_with(&[0, 100_000]), "what was stored is kept");
}

#[test]
fn what_the_daemon_will_not_take_is_told_at_once() {
    let (double, client, folder, path, bytes) = one_file(200_000);
    for (id, denial) in [
        (1, Denial::QuotaExceeded { left_bytes: 7 }),
        (2, Denial::TooManyFiles { limit: 1 }),
        (3, Denial::TooManyUploads { limit: 1 }),
    ] {
        double.rules().begin_upload = vec![denial.clone()];
        begin(&client, id, &path);
        assert_eq!(client.failed(id), TransferFault::Denied(denial));
    }
    for (id, name, why) in [(4, "none", TransferFault::SourceGone), (5, "", TransferFault::SourceIsFolder)] {
        let missing = Upload { path: folder.path().join(name), ..upload(9, &path) };
        client.begin(id, Order::Upload(missing));
        assert_eq!(client.failed(id), why);
    }
    assert!(double.rules().spools.is_empty() && double.rules().files.is_empty());
    begin(&client, 6, &path);
    assert!(has(&double, &uploaded(&client, 6), &bytes), "the line is as good as before");
}

#[test]
fn a_name_that_is_taken_is_told_and_the_answer_done() {
    let (double, client, _folder, path, bytes) = one_file(200_000);
    begin(&client, 1, &path);
    let first = uploaded(&client, 1);
    let order = begin(&client, 2, &path);
    let Ending::Failed(TransferFault::Denied(Denial::NameTaken { file, .. })) = client.ended(2) else {
        panic!("the name is taken")
    };
    assert_eq!(file, first.file);
    client.begin(2, Order::Upload(Upload { same_name: SameName::KeepBoth, ..order.clone() }));
    assert_eq!(uploaded(&client, 2).file_name.as_str(), "a (2).bin");
    // Taken between the beginning and the end: what was sent is kept, and asked about.
    let denial = Denial::NameTaken { file, size_bytes: 1, changed_unix_ms: 1 };
    double.rules().finish_upload = vec![denial.clone()];
    let late = Upload { same_name: SameName::Replace, ..upload(3, &path) };
    client.begin(3, Order::Upload(late.clone()));
    assert_eq!(client.failed(3), TransferFault::Denied(denial));
    client.begin(3, Order::Upload(late));
    let replaced = uploaded(&client, 3);
    assert_eq!(replaced.file, first.file);
    assert!(has(&double, &replaced, &bytes));
    assert_eq!(double.rules().upload_offsets.last(), Some(&200_000), "nothing is sent twice");
}

#[test]
fn a_cancelled_upload_leaves_nothing_on_the_daemon() {
    // Longer than what the kernel takes of it in advance.
    let (double, client, folder, _, bytes) = one_file(24_000_000);
    double.rules().pace = Duration::from_millis(3);
    let orders: Vec<Upload> = (1..=6)
        .map(|id| {
            let path = folder.path().join(format!("{id}.bin"));
            fs::write(&path, &bytes).unwrap();
            begin(&client, id, &path)
        })
        .collect();
    client.received(1, 200_000);
    client.pause(2);
    assert_eq!(client.ended(2), Ending::Paused);
    assert!(double.rules().spools.contains_key(&orders[1].key), "what rests is kept");
    // One that runs, one that rests, and one that waits.
    for id in [1, 2, 6] {
        client.cancel(id, Order::Upload(orders[usize::try_from(id).unwrap() - 1].clone()));
        assert_eq!(client.ended(id), Ending::Cancelled);
    }
    double.rules().pace = Duration::ZERO;
    for id in 3..=5 {
        uploaded(&client, id);
    }
    let rules = double.rules();
    assert!(rules.spools.is_empty() && rules.files.len() == 3, "{:?}", rules.spools.keys());
}

#[test]
fn a_cancel_without_a_daemon_is_done_when_it_is_back() {
    let (double, client, _folder, path, _) = one_file(3_000_000);
    double.rules().pace = Duration::from_millis(3);
    let order = begin(&client, 1, &path);
    client.received(1, 200_000);
    double.rules().hello = Some(Denial::Busy { retry_after_ms: 1 });
    double.cut_all();
    client.lost();
    client.cancel(1, Order::Upload(order));
    double.rules().hello = None;
    assert_eq!(client.ended(1), Ending::Cancelled);
    assert!(double.rules().spools.is_empty());
}

#[test]
fn three_go_at_once_and_a_thousand_small_ones_one_after_the_other() {
    let double = Double::start();
    let client = Client::signed_in(&double);
    let folder = tempfile::tempdir().unwrap();
    for number in 0..1000_u64 {
        let path = folder.path().join(number.to_string());
        fs::write(&path, number.to_le_bytes()).unwrap();
        let mut key = [0; 16];
        key[..8].copy_from_slice(&number.to_le_bytes());
        client.begin(number, Order::Upload(Upload { key: UploadKey::new(key), ..upload(0, &path) }));
    }
    let ended: BTreeSet<u64> = (0..1000).map(|number| uploaded(&client, number).file.0).collect();
    assert_eq!(ended.len(), 1000);
    let rules = double.rules();
    let resumes = rules.requests.iter().filter(|request| matches!(request, Request::Resume(_))).count();
    assert_eq!(resumes, 3, "a connection serves one upload after the other");
}

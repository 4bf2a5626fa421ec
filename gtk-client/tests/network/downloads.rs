//! Downloads, from the wish to the file, through everything that can happen to them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parlour_common::message::{Denial, Reply, Request, TrackId};
use parlour_gtk::network::{Answer, Command, Ending, Report, Source, TransferFault};
use tempfile::TempDir;

use crate::client::{Client, Numbers, names, order, search};
use crate::double::Double;

/// A double with one track, a client that is signed in, and a folder.
fn one_track(length: usize) -> (Double, Client, TempDir, Arc<Vec<u8>>) {
    let double = Double::start();
    let bytes = Numbers(length as u64).bytes(length);
    double.rules().tracks.insert(1, (1, Arc::clone(&bytes)));
    let client = Client::signed_in(&double);
    (double, client, tempfile::tempdir().unwrap(), bytes)
}

/// Waits for a download to succeed and returns where it is.
fn downloaded(client: &Client, id: u64) -> PathBuf {
    match client.ended(id) {
        Ending::Saved { path, .. } => path,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_track_comes_whole_and_under_its_name() {
    for length in [0, 1, 65_536, 3_000_001] {
        let (_double, client, folder, bytes) = one_track(length);
        client.download(1, 1, "Café 개구리.mp3", folder.path());
        let path = downloaded(&client, 1);
        assert_eq!(path, folder.path().join("Café 개구리.mp3"));
        assert!(fs::read(path).unwrap() == *bytes);
        assert_eq!(names(folder.path()).len(), 1, "nothing else is left");
    }
}

#[test]
fn cut_anywhere_and_any_number_of_times_it_comes_whole() {
    let (double, client, folder, bytes) = one_track(2_000_000);
    let mut numbers = Numbers(17);
    {
        let mut rules = double.rules();
        rules.chunk_bytes = 10_000;
        rules.cuts = (0..40).map(|_| usize::try_from(numbers.next() % 100_000).unwrap()).collect();
    }
    client.download(1, 1, "a.mp3", folder.path());
    assert!(fs::read(downloaded(&client, 1)).unwrap() == *bytes);
    let rules = double.rules();
    assert!(rules.offsets.len() > 10, "{:?}", rules.offsets);
    assert!(rules.offsets.is_sorted(), "it never goes back: {:?}", rules.offsets);
}

#[test]
fn a_restart_of_the_daemon_is_survived_in_the_midst() {
    let (double, client, folder, bytes) = one_track(3_000_000);
    double.rules().pace = Duration::from_millis(5);
    client.download(1, 1, "a.mp3", folder.path());
    client.received(1, 500_000);
    double.shut_down(1);
    client.received(1, 1_000_000);
    double.rules().pace = Duration::ZERO;
    assert!(fs::read(downloaded(&client, 1)).unwrap() == *bytes);
    let offsets = double.rules().offsets.clone();
    assert!(offsets.len() == 2 && offsets[1] >= 400_000, "{offsets:?}");
}

#[test]
fn a_later_run_goes_on_where_an_earlier_one_stopped_unless_the_track_changed() {
    let (double, client, folder, bytes) = one_track(3_000_000);
    double.rules().pace = Duration::from_millis(5);
    client.download(1, 1, "a.mp3", folder.path());
    client.received(1, 1_000_000);
    client.network.send(Command::Disconnect);
    assert_eq!(client.failed(1), TransferFault::Disconnected);
    drop(client);
    double.rules().pace = Duration::ZERO;

    let client = Client::signed_in(&double);
    double.rules().cuts = vec![500_000];
    client.download(2, 1, "a.mp3", folder.path());
    assert!(fs::read(downloaded(&client, 2)).unwrap() == *bytes);
    let offsets = double.rules().offsets.clone();
    assert!(offsets[1] >= 900_000 && offsets[1] < 3_000_000, "{offsets:?}");

    double.rules().pace = Duration::from_millis(5);
    client.download(3, 1, "b.mp3", folder.path());
    client.received(3, 1_000_000);
    client.network.send(Command::Disconnect);
    assert_eq!(client.failed(3), TransferFault::Disconnected);
    let other = Numbers(99).bytes(2_500_000);
    {
        let mut rules = double.rules();
        rules.pace = Duration::ZERO;
        rules.tracks.insert(1, (2, Arc::clone(&other)));
    }
    let client = Client::signed_in(&double);
    client.download(4, 1, "b.mp3", folder.path());
    assert!(fs::read(downloaded(&client, 4)).unwrap() == *other);
    assert_eq!(names(folder.path()), ["a.mp3", "b.mp3"]);
}

#[test]
fn a_track_that_changes_once_begins_again_and_twice_fails() {
    let (double, client, folder, bytes) = one_track(1_000_000);
    double.rules().change_after = Some(500_000);
    client.download(1, 1, "a.mp3", folder.path());
    assert!(fs::read(downloaded(&client, 1)).unwrap() == *bytes);
    assert_eq!(double.rules().offsets, [0, 0]);

    {
        let mut rules = double.rules();
        rules.change_after = Some(500_000);
        rules.pace = Duration::from_millis(10);
    }
    client.download(2, 1, "b.mp3", folder.path());
    while double.rules().change_after.is_some() {
        std::thread::yield_now();
    }
    client.received(2, 600_000);
    double.rules().tracks.insert(1, (77, Arc::clone(&bytes)));
    double.cut_all();
    assert_eq!(client.failed(2), TransferFault::Changed);
    client.download(3, 9, "c.mp3", folder.path());
    assert_eq!(client.failed(3), TransferFault::Denied(Denial::NoSuchTrack {}));
    assert_eq!(names(folder.path()), ["a.mp3"], "of two versions nothing is kept");
}

#[test]
fn cut_within_every_single_chunk_it_comes_whole() {
    let (double, client, folder, bytes) = one_track(1_000_000);
    double.rules().cuts = vec![40_000; 100];
    client.download(1, 1, "a.mp3", folder.path());
    assert!(fs::read(downloaded(&client, 1)).unwrap() == *bytes);
    let expected: Vec<u64> = (0..25).map(|cut| cut * 40_000).collect();
    assert_eq!(double.rules().offsets, expected, "each goes on where the one before was cut");
}

#[test]
fn what_came_before_a_disk_failed_is_kept() {
    let (double, client, folder, bytes) = one_track(1_000_000);
    double.rules().failing = 2;
    client.download(1, 1, "a.mp3", folder.path());
    assert!(fs::read(downloaded(&client, 1)).unwrap() == *bytes);
    assert_eq!(double.rules().offsets, [0, 65_536, 131_072]);
    double.rules().failing = u32::MAX;
    client.download(2, 1, "b.mp3", folder.path());
    assert_eq!(client.failed(2), TransferFault::ReadFailed);
    double.rules().failing = 0;
    client.download(3, 1, "b.mp3", folder.path());
    assert!(fs::read(downloaded(&client, 3)).unwrap() == *bytes);
    assert_eq!(double.rules().offsets[3..], [0, 65_536, 131_072, 196_608, 262_144]);
}

#[test]
fn a_daemon_that_is_awake_but_forgets_the_file_is_asked_again() {
    let (double, _, folder, bytes) = one_track(200_000);
    {
        let mut rules = double.rules();
        rules.heartbeat_seconds = 1;
        rules.forgotten = 3;
    }
    let client = Client::start_with(Duration::from_millis(1500)).sign_in(&double);
    client.download(1, 1, "a.mp3", folder.path());
    assert!(fs::read(downloaded(&client, 1)).unwrap() == *bytes);
    let rules = double.rules();
    assert_eq!(rules.offsets[..4], [0, 65_536, 131_072, 196_608]);
    assert!(rules.pings >= 3, "it answered all the while: {}", rules.pings);
}

#[test]
fn what_was_not_announced_is_not_taken() {
    let (double, client, folder, bytes) = one_track(200_000);
    double.rules().too_much = 1;
    client.download(1, 1, "a.mp3", folder.path());
    assert!(fs::read(downloaded(&client, 1)).unwrap() == *bytes, "it was a slip");
    double.rules().too_much = u32::MAX;
    client.download(2, 1, "b.mp3", folder.path());
    assert_eq!(client.failed(2), TransferFault::Garbled);
    client.ask(1, search(0));
    assert!(matches!(client.answer(1), Answer::Reply(Reply::Tracks(_))), "others are not harmed");
    assert!(!folder.path().join("b.mp3").exists());
}

#[test]
fn a_daemon_that_is_busy_is_asked_again() {
    let (double, client, folder, bytes) = one_track(200_000);
    for denial in [
        Denial::Busy { retry_after_ms: 10 },
        Denial::Throttled { retry_after_ms: 10 },
        Denial::TooManyTransfers { limit: 1 },
        Denial::Internal {},
    ] {
        double.rules().fetch = Some(denial);
        client.download(1, 1, "a.mp3", folder.path());
        let path = downloaded(&client, 1);
        assert!(fs::read(&path).unwrap() == *bytes);
    }
    assert_eq!(names(folder.path()), ["a (2).mp3", "a (3).mp3", "a (4).mp3", "a.mp3"]);
}

#[test]
fn a_cancelled_download_leaves_nothing() {
    let (double, client, folder, bytes) = one_track(3_000_000);
    double.rules().pace = Duration::from_millis(10);
    for id in 1..=5 {
        client.download(id, 1, &format!("{id}.mp3"), folder.path());
    }
    client.received(1, 100_000);
    for id in [1, 2, 5] {
        client.cancel(id, order(Source::Track(TrackId(1)), &format!("{id}.mp3"), folder.path()));
        assert_eq!(client.ended(id), Ending::Cancelled);
    }
    client.cancel(9, order(Source::Track(TrackId(1)), "9.mp3", folder.path()));
    assert_eq!(client.ended(9), Ending::Cancelled, "what nobody knows is gone already");
    double.rules().pace = Duration::ZERO;
    for id in [3, 4] {
        assert!(fs::read(downloaded(&client, id)).unwrap() == *bytes);
    }
    assert_eq!(names(folder.path()), ["3.mp3", "4.mp3"]);
}

#[test]
fn a_download_that_is_cancelled_while_it_waits_leaves_nothing_of_an_earlier_run() {
    let (double, client, folder, _) = one_track(3_000_000);
    double.rules().pace = Duration::from_millis(10);
    client.download(1, 1, "a.mp3", folder.path());
    client.received(1, 500_000);
    client.network.send(Command::Disconnect);
    assert_eq!(client.failed(1), TransferFault::Disconnected);
    drop(client);
    assert_eq!(names(folder.path()).len(), 2, "the partial file and its note");

    let client = Client::signed_in(&double);
    let elsewhere = tempfile::tempdir().unwrap();
    for id in 2..=4 {
        client.download(id, 1, &format!("{id}.mp3"), elsewhere.path());
    }
    for id in 5..=6 {
        client.download(id, 1, "a.mp3", folder.path());
    }
    for (id, left) in [(5, 2), (6, 0)] {
        client.cancel(id, order(Source::Track(TrackId(1)), "a.mp3", folder.path()));
        assert_eq!(client.ended(id), Ending::Cancelled);
        assert_eq!(names(folder.path()).len(), left, "what another one waits for is kept");
    }
}

#[test]
fn a_name_that_is_taken_is_not_written_over() {
    let (_double, client, folder, bytes) = one_track(100_000);
    fs::write(folder.path().join("a.mp3"), "precious").unwrap();
    for id in 1..=3 {
        client.download(id, 1, "a.mp3", folder.path());
        downloaded(&client, id);
    }
    assert_eq!(fs::read(folder.path().join("a.mp3")).unwrap(), b"precious");
    for name in ["a (2).mp3", "a (3).mp3", "a (4).mp3"] {
        assert!(fs::read(folder.path().join(name)).unwrap() == *bytes, "{name}");
    }
}

#[test]
fn a_fault_of_one_folder_is_no_fault_of_another() {
    let (double, client, folder, bytes) = one_track(2_000_000);
    let going = tempfile::tempdir().unwrap();
    client.download(1, 1, "a.mp3", &folder.path().join("never there"));
    assert_eq!(client.failed(1), TransferFault::FolderGone);

    double.rules().pace = Duration::from_millis(10);
    client.download(2, 1, "a.mp3", going.path());
    client.download(3, 1, "a.mp3", folder.path());
    client.received(2, 100_000);
    client.received(3, 100_000);
    client.download(4, 1, "a.mp3", folder.path());
    assert_eq!(client.failed(4), TransferFault::InUse);
    fs::remove_dir_all(going.path()).unwrap();
    double.rules().pace = Duration::ZERO;
    assert_eq!(client.failed(2), TransferFault::FolderGone);
    assert!(fs::read(downloaded(&client, 3)).unwrap() == *bytes);
}

#[test]
fn three_come_at_once_and_the_others_in_order() {
    let double = Double::start();
    for track in 0..12 {
        double.rules().tracks.insert(track, (1, Numbers(track).bytes(150_000)));
    }
    double.rules().pace = Duration::from_millis(5);
    let client = Client::signed_in(&double);
    let folder = tempfile::tempdir().unwrap();
    for track in 0..12 {
        client.download(track, track, &format!("{track}.mp3"), folder.path());
    }
    let mut ended = BTreeSet::new();
    for _ in 0..12 {
        let id = client.wait(|report| match report {
            Report::Ended { id, how: Ending::Saved { .. } } => Some(id.0),
            _ => None,
        });
        assert!(id <= ended.len() as u64 + 3, "{id} came before its turn: {ended:?}");
        ended.insert(id);
        assert!(fs::read(folder.path().join(format!("{id}.mp3"))).unwrap() == *Numbers(id).bytes(150_000));
    }
    let rules = double.rules();
    assert_eq!(rules.under_way_most, 3);
    let resumes = rules.requests.iter().filter(|request| matches!(request, Request::Resume(_))).count();
    assert_eq!(resumes, 3, "a connection serves one download after the other");
}

#[test]
fn questions_are_answered_while_files_come() {
    let (_double, client, folder, bytes) = one_track(64 * 1024 * 1024);
    for id in 1..=3 {
        client.download(id, 1, &format!("{id}.mp3"), folder.path());
    }
    client.received(1, 1);
    for ticket in 1..=20 {
        client.ask(ticket, search(0));
        assert!(matches!(client.answer(ticket), Answer::Reply(_)));
    }
    for id in 1..=3 {
        let path = downloaded(&client, id);
        assert!(fs::metadata(&path).unwrap().len() == bytes.len() as u64);
        assert!(fs::read(path).unwrap() == *bytes);
    }
}

#[test]
fn signing_out_ends_downloads_and_keeps_what_came() {
    let (double, client, folder, _) = one_track(3_000_000);
    double.rules().pace = Duration::from_millis(10);
    for id in 1..=4 {
        client.download(id, 1, &format!("{id}.mp3"), folder.path());
    }
    for id in 1..=3 {
        client.received(id, 200_000);
    }
    client.ask(1, Request::SignOut {});
    assert_eq!(client.answer(1), Answer::Reply(Reply::Done {}));
    for id in 1..=4 {
        assert_eq!(client.failed(id), TransferFault::Disconnected);
    }
    drop(client);
    let kept = names(folder.path());
    assert_eq!(kept.iter().filter(|name| name.ends_with(".part")).count(), 3, "{kept:?}");
}

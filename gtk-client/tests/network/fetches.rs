//! Files of members, and the hashes of what comes, through everything that can happen to them.

use std::fs;
use std::time::Duration;

use parlour_common::message::{ConfirmFile, FileId, Request, UploadKey};
use parlour_common::names::FileName;
use parlour_gtk::network::{Confirm, Ending, Order, Source, TransferFault};

use crate::client::{Numbers, names, order};
use crate::double::sha256;
use crate::uploads::one_file;

#[test]
fn a_file_of_a_member_comes_verified_through_cuts_and_damage() {
    let (double, client, folder, _, _) = one_file(1);
    let bytes = Numbers(3).bytes(2_000_000).to_vec();
    let key = UploadKey::new([9; 16]);
    double.rules().add_file(5, FileName::parse("b.bin").unwrap(), key, bytes.clone());
    double.rules().cuts = vec![300_000; 3];
    let fetch = |name: &str| order(Source::File(FileId(5)), name, folder.path());
    client.begin(1, fetch("b.bin"));
    let Ending::Saved { path, sha256: here } = client.ended(1) else { panic!("it comes") };
    assert!(fs::read(path).unwrap() == bytes && here == sha256(&bytes));
    assert_eq!(double.rules().offsets, [0, 300_000, 600_000, 900_000]);

    // One damaged byte: thrown away and fetched once more; twice is told.
    double.rules().damaged = 1;
    client.begin(2, fetch("c.bin"));
    let Ending::Saved { path, .. } = client.ended(2) else { panic!("it comes") };
    assert!(fs::read(path).unwrap() == bytes);
    double.rules().damaged = u32::MAX;
    client.begin(3, fetch("d.bin"));
    assert_eq!(client.failed(3), TransferFault::Damaged);
    double.rules().damaged = 0;
    assert_eq!(names(folder.path()), ["a.bin", "b.bin", "c.bin"], "nothing damaged is left");

    // Other contents in the midst: they are not joined.
    double.rules().pace = Duration::from_millis(5);
    client.begin(4, fetch("e.bin"));
    client.received(4, 500_000);
    let other = Numbers(4).bytes(1_000_000).to_vec();
    double.rules().add_file(5, FileName::parse("b.bin").unwrap(), key, other.clone());
    double.cut_all();
    double.rules().pace = Duration::ZERO;
    let Ending::Saved { path, .. } = client.ended(4) else { panic!("it comes") };
    assert!(fs::read(path).unwrap() == other);

    client.begin(5, Order::Confirm(Confirm { file: FileId(5), sha256: sha256(&other) }));
    assert_eq!(client.ended(5), Ending::Confirmed);
    client.begin(6, Order::Confirm(Confirm { file: FileId(5), sha256: sha256(&bytes) }));
    assert_eq!(client.ended(6), Ending::Confirmed, "of other contents it is no receipt");
    let rules = double.rules();
    assert_eq!(rules.confirmed, [FileId(5)]);
    let receipt = Request::ConfirmFile(ConfirmFile { file: FileId(5), sha256: sha256(&other) });
    assert!(rules.requests.contains(&receipt));
}

#[test]
fn what_an_earlier_run_fetched_of_a_member_s_file_is_joined_only_with_the_same_contents() {
    let (double, client, folder, _, _) = one_file(1);
    let key = UploadKey::new([9; 16]);
    for (number, same) in [(5, true), (6, false)] {
        let bytes = Numbers(number).bytes(2_000_000).to_vec();
        double.rules().add_file(number, FileName::parse("b").unwrap(), key, bytes.clone());
        double.rules().pace = Duration::from_millis(5);
        let fetch = order(Source::File(FileId(number)), &number.to_string(), folder.path());
        client.begin(number, fetch.clone());
        client.received(number, 500_000);
        client.pause(number);
        assert_eq!(client.ended(number), Ending::Paused);
        double.rules().pace = Duration::ZERO;
        let now = if same { bytes } else { Numbers(99).bytes(1_500_000).to_vec() };
        double.rules().add_file(number, FileName::parse("b").unwrap(), key, now.clone());
        client.begin(number, fetch);
        let Ending::Saved { path, .. } = client.ended(number) else { panic!("it comes") };
        assert!(fs::read(path).unwrap() == now, "{number}");
        assert_eq!(double.rules().offsets.last().is_some_and(|offset| *offset > 0), same);
    }
}

#[test]
fn a_damaged_track_is_fetched_once_more_and_an_old_daemon_is_believed() {
    let (double, client, folder, _, _) = one_file(1);
    let bytes = Numbers(8).bytes(1_000_000);
    double.rules().tracks.insert(1, (1, bytes.clone()));
    double.rules().damaged = 1;
    client.download(1, 1, "a.mp3", folder.path());
    let Ending::Saved { path, .. } = client.ended(1) else { panic!("it comes") };
    assert!(fs::read(path).unwrap() == *bytes);
    assert_eq!(double.rules().offsets, [0, 0]);
    {
        let mut rules = double.rules();
        rules.damaged = 1;
        rules.is_old = true;
    }
    client.download(2, 1, "b.mp3", folder.path());
    assert!(matches!(client.ended(2), Ending::Saved { .. }));
}

//! A file of transfers through everything that can happen to it.

use super::*;
use crate::view_model::transfers::tests::kept_upload;
use crate::view_model::transfers::{Kept, KeptState};

fn owner(user_name: &str) -> Owner {
    Owner { server: "pond:9000".to_owned(), user_name: user_name.to_owned() }
}

fn open(folder: &Path, user_name: &str) -> (KeptFile<Kept>, Vec<Kept>) {
    KeptFile::open(folder, owner(user_name)).expect("nobody else has it")
}

#[test]
fn what_is_kept_is_found_by_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let kept = vec![
        kept_upload("/a/개구리.txt", KeptState::Active),
        kept_upload("/b", KeptState::Paused { moved_bytes: 1, total_bytes: u64::MAX }),
        kept_upload("/c", KeptState::Leaving),
    ];
    let (file, found) = open(folder.path(), "frog");
    assert_eq!(found, []);
    file.write(&kept).unwrap();
    assert!(KeptFile::<Kept>::open(folder.path(), owner("frog")).is_none(), "one app has it at a time");
    drop(file);
    assert_eq!(open(folder.path(), "newt").1, []);
    let (file, found) = open(folder.path(), "frog");
    assert_eq!(found, kept);
    file.write(&[]).unwrap();
    file.write(&[]).unwrap();
    drop(file);
    assert_eq!(open(folder.path(), "frog").1, []);
}

#[test]
fn what_cannot_be_read_is_kept_aside_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let kept = vec![kept_upload("/a", KeptState::Active), kept_upload("/b", KeptState::Active)];
    let (file, _) = open(folder.path(), "frog");
    file.write(&kept).unwrap();
    let (path, aside) = (file.path.clone(), with_suffix(&file.path, ".bad"));
    drop(file);
    let good = fs::read_to_string(&path).unwrap();

    let torn = good[..good.len() - 20].to_owned();
    let newer = good.replacen("\"parlour_transfers\":1", "\"parlour_transfers\":2", 1);
    let strange = good.replacen("frog", "toad", 1);
    for (bad, left) in [
        (torn, &kept[..1]),
        (newer, &[]),
        (strange, &[]),
        ("{}\n{}".to_owned(), &[]),
        (String::new(), &[]),
        ("\u{0}\u{0}".repeat(5000), &[]),
    ] {
        fs::write(&path, &bad).unwrap();
        let (file, found) = open(folder.path(), "frog");
        assert_eq!(found, left, "{bad:?}");
        assert_eq!(fs::read_to_string(&aside).unwrap(), bad);
        file.write(&kept).unwrap();
        drop(file);
        assert_eq!(open(folder.path(), "frog").1, kept, "and it is as good as new");
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert_eq!(open(folder.path(), "frog").1, []);
}

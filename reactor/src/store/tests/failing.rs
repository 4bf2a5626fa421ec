//! The store on bad days: full and failing disks, damage, crashes, other programs.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::super::disk::FREE_BYTES_MIN;
use super::super::engine::FORMAT;
use super::super::tables::META;
use super::super::testing::{FakeDisk, add, opened, token, user_name};
use super::super::*;
use super::{UNAVAILABLE, open, start};

#[test]
fn a_failed_sync_is_final_until_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FakeDisk::default());
    let (store, writer) = Store::open_on(dir.path(), disk.clone()).unwrap();
    let (committer, answers) = start(writer);
    committer.submit(0, add("sara", "sara@example.org", 1)).unwrap();
    assert_eq!(answers.recv().unwrap(), (0, opened(1)));
    assert!(!committer.has_failed() && !store.has_failed());

    disk.set_sync_fails(true);
    committer.submit(1, add("mina", "mina@example.org", 2)).unwrap();
    assert_eq!(answers.recv().unwrap(), (1, UNAVAILABLE));
    assert!(committer.has_failed() && store.has_failed());
    disk.set_sync_fails(false);
    committer.submit(2, add("lee", "lee@example.org", 3)).unwrap();
    assert_eq!(answers.recv().unwrap(), (2, UNAVAILABLE));
    drop((committer, store));

    let (store, mut writer) = open(dir.path());
    assert!(store.user_by_name(&user_name("sara")).unwrap().is_some());
    assert!(writer.commit([add("lee", "lee@example.org", 3)].iter())[0].is_ok());
    assert_eq!(store.check().unwrap(), [""; 0]);
}

#[test]
fn a_nearly_full_disk_refuses_writes_and_serves_reads_until_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FakeDisk::default());
    let (store, mut writer) = Store::open_on(dir.path(), disk.clone()).unwrap();
    let (sara, mina) = (add("sara", "sara@example.org", 1), add("mina", "mina@example.org", 2));
    writer.commit([&sara].into_iter());
    disk.set_free(FREE_BYTES_MIN - 1);
    assert_eq!(writer.commit([&mina, &mina].into_iter()), [UNAVAILABLE, UNAVAILABLE]);
    assert!(store.user(UserId(1)).unwrap().is_some());
    assert!(!store.has_failed(), "no reason to start again");
    disk.set_free(FREE_BYTES_MIN);
    assert_eq!(writer.commit([&mina].into_iter()), [opened(2)]);
}

#[test]
fn one_unreadable_record_fails_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(dir.path());
    store.engine.commit(vec![("sessions", vec![(vec![1; 32], Some(vec![0xc1]))])]).unwrap();
    let close = Change::CloseSession { token_hash: token(1) };
    let outcomes = writer.commit([close, add("sara", "sara@example.org", 2)].iter());
    assert_eq!(outcomes, [UNAVAILABLE, opened(1)]);
    assert!(matches!(store.session(&token(1), 5), Err(StoreError::Record { .. })));
    assert!(!store.has_failed());
}

#[test]
fn why_a_store_does_not_open_is_said_in_a_sentence() {
    let said = |dir: &Path| Store::open(dir).map(|_| ()).unwrap_err().to_string();
    let fresh = || {
        let dir = tempfile::tempdir().unwrap();
        let opened = open(dir.path());
        (dir, opened)
    };

    let (dir, opened) = fresh();
    assert!(said(dir.path()).contains("in use by another program; stop it"));
    drop(opened);
    assert!(Store::open(dir.path()).is_ok());

    let (dir, (store, writer)) = fresh();
    let format = rmp_serde::to_vec_named(&(FORMAT + 1)).unwrap();
    store.engine.commit(vec![(META.name, vec![(b"format".to_vec(), Some(format))])]).unwrap();
    store.engine.sync().unwrap();
    drop((store, writer));
    assert!(said(dir.path()).contains("has format 2, and this version knows formats up to 1"));

    let (dir, opened) = fresh();
    drop(opened);
    let db = dir.path().join("store/db");
    let length = fs::metadata(&db).unwrap().len();
    // The engine takes such a file for an empty one.
    fs::write(&db, vec![0x5a; usize::try_from(length).unwrap()]).unwrap();
    assert!(said(dir.path()).contains("is damaged ("), "{}", said(dir.path()));

    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("store"), "a file in the way").unwrap();
    assert!(said(dir.path()).contains("cannot be used ("));
    let missing = Store::open_existing(&dir.path().join("nowhere")).unwrap_err();
    assert!(missing.to_string().contains("there is no store in"));
    let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    assert!(StoreError::from_io(Path::new("x"), denied).to_string().starts_with("no permission to use x"));
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    assert!(StoreError::from_io(Path::new("x"), full).to_string().contains("is full; free"));
}

#[test]
fn what_a_crash_left_half_made_is_cleared_away() {
    let dir = tempfile::tempdir().unwrap();
    let (store, mut writer) = open(dir.path());
    writer.commit([add("sara", "sara@example.org", 1)].iter());
    drop((store, writer));
    let snapshot = dir.path().join("store/snap.0000000000000001.generating");
    fs::write(&snapshot, "half").unwrap();
    let (store, _writer) = open(dir.path());
    assert!(store.user(UserId(1)).unwrap().is_some() && !snapshot.exists());

    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("store")).unwrap();
    fs::write(dir.path().join("store/conf"), "half a configuration").unwrap();
    open(dir.path());
}

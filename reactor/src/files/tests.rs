//! The contents of files on a real disk, and on one that is full or fails.

mod crashes;
mod failing;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use parlour_common::message::FileHash;
use sha2::{Digest, Sha256};

use super::*;
use crate::spool::Spool;

/// A piece as large as the wire brings them at most.
const PIECE_BYTES: usize = 256 * 1024;

fn files() -> (tempfile::TempDir, Files) {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::open(folder.path()).unwrap();
    (folder, files)
}

/// Bytes that repeat nowhere near, from a number.
fn load(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..bytes).map(|_| next()).collect()
}

fn hash(bytes: &[u8]) -> FileHash {
    FileHash::new(Sha256::digest(bytes).into())
}

/// Stores all of a load from an offset on, piece by piece.
fn send(files: &Files, spool: &Spool, bytes: &[u8], offset: u64) -> Result<(), NotStored> {
    let mut at = offset;
    for piece in bytes[usize::try_from(offset).unwrap()..].chunks(PIECE_BYTES) {
        files.store(spool, at, piece)?;
        at += piece.len() as u64;
    }
    Ok(())
}

fn open(files: &Files, blob: u64, bytes: &[u8]) -> (Spool, u64) {
    files.open_spool(BlobId(blob), bytes.len() as u64).unwrap()
}

fn seal(files: &Files, blob: u64, bytes: &[u8]) -> Result<(), NotSealed> {
    files.seal(BlobId(blob), bytes.len() as u64, hash(bytes))
}

/// All files beneath the folder, by their path in it.
fn lying(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.join("files")];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_was_sent_becomes_contents_with_its_hash_and_leaves_no_spool() {
    let (folder, files) = files();
    for (blob, size) in [(0x1_02ff, 0), (1, 1), (2, PIECE_BYTES), (3, 3 * PIECE_BYTES + 17)] {
        let bytes = load(blob, size);
        let (spool, offset) = open(&files, blob, &bytes);
        assert_eq!(offset, 0);
        send(&files, &spool, &bytes, 0).unwrap();
        seal(&files, blob, &bytes).unwrap();
        let mut file = files.open_blob(BlobId(blob)).unwrap();
        let mut read = Vec::new();
        io::Read::read_to_end(&mut file, &mut read).unwrap();
        assert_eq!(read, bytes);
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(
        lying(folder.path()),
        [
            "files/blobs/01/0000000000000001",
            "files/blobs/02/0000000000000002",
            "files/blobs/03/0000000000000003",
            "files/blobs/ff/00000000000102ff",
        ]
    );
    for path in ["files", "files/spool", "files/blobs", "files/blobs/ff"] {
        let mode = fs::metadata(folder.path().join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{path}");
    }
}

#[test]
fn an_upload_goes_on_from_what_is_here_in_memory_and_after_a_restart() {
    let (folder, files) = files();
    let bytes = load(1, 3 * PIECE_BYTES + 5);
    let (spool, _) = open(&files, 7, &bytes);
    files.store(&spool, 0, &bytes[..PIECE_BYTES]).unwrap();
    // Another connection: nothing is read again.
    assert!(files.is_quick(BlobId(7)) && files.spools.is_ready(BlobId(7)));
    let (spool, offset) = open(&files, 7, &bytes);
    assert_eq!(offset, PIECE_BYTES as u64);
    files.store(&spool, offset, &bytes[PIECE_BYTES..=PIECE_BYTES]).unwrap();
    drop(files);

    let files = Files::open(folder.path()).unwrap();
    assert!(!files.spools.is_ready(BlobId(7)));
    let (spool, offset) = open(&files, 7, &bytes);
    assert_eq!(offset, PIECE_BYTES as u64 + 1);
    send(&files, &spool, &bytes, offset).unwrap();
    seal(&files, 7, &bytes).unwrap();
    // A spool that nobody opened since the restart is sealed as well.
    let other = load(2, PIECE_BYTES);
    let (spool, _) = open(&files, 8, &other);
    send(&files, &spool, &other, 0).unwrap();
    drop(files);
    seal(&Files::open(folder.path()).unwrap(), 8, &other).unwrap();
}

#[test]
fn room_is_taken_for_the_whole_file_before_the_first_byte() {
    let (folder, files) = files();
    let bytes = load(1, 4 * PIECE_BYTES);
    open(&files, 1, &bytes);
    let spool = fs::metadata(folder.path().join("files/spool/0000000000000001")).unwrap();
    assert_eq!(spool.len(), 0);
    assert!(spool.blocks() * BLOCK_BYTES >= bytes.len() as u64, "{} blocks", spool.blocks());
    assert_eq!(files.taken_bytes(BlobId(1)), spool.blocks() * BLOCK_BYTES);
    assert_eq!(files.taken_bytes(BlobId(2)), 0);
}

#[test]
fn only_the_newest_right_to_write_is_in_force() {
    let (_folder, files) = files();
    let bytes = load(1, 100);
    let (old, _) = open(&files, 1, &bytes);
    let (new, _) = open(&files, 1, &bytes);
    assert!(matches!(files.store(&old, 0, &bytes[..50]), Err(NotStored::Superseded)));
    files.store(&new, 0, &bytes[..50]).unwrap();
    assert!(matches!(files.store(&old, 50, &bytes[50..]), Err(NotStored::Superseded)));
    files.store(&new, 50, &bytes[50..]).unwrap();
    seal(&files, 1, &bytes).unwrap();
    assert!(matches!(files.store(&new, 100, &[]), Err(NotStored::Superseded)));
}

#[test]
fn only_the_bytes_that_come_next_are_taken_and_never_too_many() {
    let (_folder, files) = files();
    let bytes = load(1, 100);
    let (spool, _) = open(&files, 1, &bytes);
    files.store(&spool, 0, &bytes[..40]).unwrap();
    for (offset, count) in [(0, 40), (39, 10), (41, 10), (40, 61), (u64::MAX, 10)] {
        assert!(matches!(files.store(&spool, offset, &vec![0; count]), Err(NotStored::Failed(None))));
    }
    files.store(&spool, 40, &bytes[40..]).unwrap();
    seal(&files, 1, &bytes).unwrap();
}

#[test]
fn an_upload_that_is_not_all_here_is_not_sealed_and_goes_on() {
    let (_folder, files) = files();
    let bytes = load(1, 100);
    let (spool, _) = open(&files, 1, &bytes);
    files.store(&spool, 0, &bytes[..40]).unwrap();
    assert!(matches!(seal(&files, 1, &bytes), Err(NotSealed::Incomplete { received_bytes: 40 })));
    files.store(&spool, 40, &bytes[40..]).unwrap();
    seal(&files, 1, &bytes).unwrap();
    // Of one that nothing came for at all there is nothing.
    assert!(matches!(seal(&files, 2, &bytes), Err(NotSealed::Incomplete { received_bytes: 0 })));
}

#[test]
fn bytes_with_another_hash_are_thrown_away_and_begun_again() {
    let (folder, files) = files();
    let bytes = load(1, 2 * PIECE_BYTES);
    let (spool, _) = open(&files, 1, &bytes);
    send(&files, &spool, &load(2, bytes.len()), 0).unwrap();
    assert!(matches!(seal(&files, 1, &bytes), Err(NotSealed::Mismatch)));
    assert_eq!(fs::metadata(folder.path().join("files/spool/0000000000000001")).unwrap().len(), 0);
    assert!(matches!(files.store(&spool, 0, &bytes[..1]), Err(NotStored::Superseded)));
    let (spool, offset) = open(&files, 1, &bytes);
    assert_eq!(offset, 0);
    send(&files, &spool, &bytes, 0).unwrap();
    seal(&files, 1, &bytes).unwrap();
}

#[test]
fn sealing_twice_is_sealing_once_and_whole_contents_are_never_thrown_away() {
    let (folder, files) = files();
    let bytes = load(1, 100);
    let (spool, _) = open(&files, 1, &bytes);
    send(&files, &spool, &bytes, 0).unwrap();
    seal(&files, 1, &bytes).unwrap();
    seal(&files, 1, &bytes).unwrap();
    let (_, offset) = open(&files, 1, &bytes);
    assert_eq!(offset, 100);
    seal(&files, 1, &bytes).unwrap();
    assert!(matches!(files.seal(BlobId(1), 100, hash(b"other")), Err(NotSealed::Differs)));
    assert_eq!(lying(folder.path()), ["files/blobs/01/0000000000000001"]);
}

#[test]
fn what_is_given_up_is_gone_and_is_not_made_again() {
    let (folder, files) = files();
    let bytes = load(1, 100);
    let (spool, _) = open(&files, 1, &bytes);
    files.store(&spool, 0, &bytes[..40]).unwrap();
    let (whole, _) = open(&files, 2, &bytes);
    send(&files, &whole, &bytes, 0).unwrap();
    seal(&files, 2, &bytes).unwrap();
    assert_eq!(files.remove(&[BlobId(1), BlobId(2), BlobId(3)]), [BlobId(1), BlobId(2), BlobId(3)]);
    assert!(lying(folder.path()).is_empty());
    assert!(matches!(files.store(&spool, 40, &bytes[40..]), Err(NotStored::Superseded)));
    assert!(matches!(files.open_spool(BlobId(1), 100), Err(DiskFault::Unwanted)));
    assert!(matches!(seal(&files, 1, &bytes), Err(NotSealed::Gone)));
    assert!(lying(folder.path()).is_empty());
}

#[test]
fn more_uploads_than_may_have_an_open_file_are_all_stored() {
    let (folder, files) = files();
    let bytes = load(1, 30);
    let count = 300;
    let spools: Vec<_> = (1..=count).map(|blob| open(&files, blob, &bytes).0).collect();
    for round in 0..3 {
        for spool in &spools {
            files.store(spool, round * 10, &bytes[usize::try_from(round).unwrap() * 10..][..10]).unwrap();
        }
    }
    let open_files = fs::read_dir("/proc/self/fd").unwrap().filter(|entry| {
        let target = entry.as_ref().ok().and_then(|entry| fs::read_link(entry.path()).ok());
        target.is_some_and(|target| target.starts_with(folder.path()))
    });
    assert!(open_files.count() <= 256);
    for blob in 1..=count {
        seal(&files, blob, &bytes).unwrap();
    }
    assert_eq!(lying(folder.path()).len(), 300);
}

#[test]
fn what_is_no_file_of_ours_is_never_followed() {
    let (folder, files) = files();
    let outside = folder.path().join("outside");
    fs::write(&outside, "somebody's").unwrap();
    std::os::unix::fs::symlink(&outside, folder.path().join("files/spool/0000000000000001")).unwrap();
    assert!(files.open_spool(BlobId(1), 100).is_err());
    fs::create_dir_all(folder.path().join("files/blobs/02")).unwrap();
    std::os::unix::fs::symlink(&outside, folder.path().join("files/blobs/02/0000000000000002")).unwrap();
    assert!(files.open_blob(BlobId(2)).is_err());
    assert_eq!(fs::read(&outside).unwrap(), b"somebody's");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("files"), "no folder").unwrap();
    let Err((path, _)) = Files::open(folder.path()) else { panic!("it was opened") };
    assert_eq!(path, folder.path().join("files"));
}

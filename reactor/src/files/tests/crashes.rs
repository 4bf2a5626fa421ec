//! What is found after the daemon was killed between two steps: each step is left undone here.

use super::*;
use crate::files::{OnRecord, Repaired};

fn record(uploads: &[u64], blobs: &[(u64, u64)], doomed: &[u64]) -> OnRecord {
    OnRecord {
        uploads: uploads.iter().copied().map(BlobId).collect(),
        blobs: blobs.iter().map(|(blob, size_bytes)| (BlobId(*blob), *size_bytes)).collect(),
        doomed: doomed.iter().copied().map(BlobId).collect(),
    }
}

/// Sends a load and leaves it in the spool, or seals it.
fn leave(folder: &Path, blob: u64, bytes: &[u8], sealed: bool) {
    let files = Files::open(folder).unwrap();
    let (spool, _) = open(&files, blob, bytes);
    send(&files, &spool, bytes, 0).unwrap();
    if sealed {
        seal(&files, blob, bytes).unwrap();
    }
}

/// Repairs what lies in a folder, and sees that a second time there is nothing to do.
fn repair(folder: &Path, on_record: &OnRecord) -> Repaired {
    let repaired = Files::open(folder).unwrap().repair(on_record).unwrap();
    let again = Files::open(folder).unwrap().repair(&OnRecord {
        uploads: on_record.uploads.clone(),
        blobs: on_record.blobs.clone(),
        doomed: Vec::new(),
    });
    let (unknown, missing) = (repaired.unknown.clone(), repaired.missing.clone());
    assert_eq!(again.unwrap(), Repaired { unknown, missing, ..Repaired::default() });
    repaired
}

#[test]
fn a_start_after_a_good_end_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    leave(folder.path(), 1, b"whole", true);
    leave(folder.path(), 2, b"on its way", false);
    let before = lying(folder.path());
    assert_eq!(repair(folder.path(), &record(&[2], &[(1, 5)], &[])), Repaired::default());
    assert_eq!(lying(folder.path()), before);
}

#[test]
fn killed_before_the_seal_an_upload_goes_on_from_its_spool() {
    let folder = tempfile::tempdir().unwrap();
    leave(folder.path(), 1, b"on its way", false);
    repair(folder.path(), &record(&[1], &[], &[]));
    let files = Files::open(folder.path()).unwrap();
    assert_eq!(open(&files, 1, b"on its way").1, 10);
    seal(&files, 1, b"on its way").unwrap();
}

#[test]
fn killed_between_the_rename_and_the_record_an_upload_goes_back_to_its_spool() {
    let folder = tempfile::tempdir().unwrap();
    leave(folder.path(), 1, b"whole", true);
    let repaired = repair(folder.path(), &record(&[1], &[], &[]));
    assert_eq!(repaired, Repaired { moved_back: 1, ..Repaired::default() });
    assert_eq!(lying(folder.path()), ["files/spool/0000000000000001"]);
    let files = Files::open(folder.path()).unwrap();
    assert_eq!(open(&files, 1, b"whole").1, 5);
    seal(&files, 1, b"whole").unwrap();
}

#[test]
fn killed_before_doomed_contents_were_removed_they_are_removed_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    leave(folder.path(), 1, b"purged", true);
    leave(folder.path(), 2, b"given up", false);
    leave(folder.path(), 3, b"kept", true);
    // The fourth was removed, and not yet forgotten.
    let repaired = repair(folder.path(), &record(&[], &[(3, 4)], &[1, 2, 4]));
    assert_eq!(repaired, Repaired { doomed: 3, ..Repaired::default() });
    assert_eq!(lying(folder.path()), ["files/blobs/03/0000000000000003"]);
}

#[test]
fn a_spool_that_no_upload_has_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    leave(folder.path(), 1, b"begun and never recorded", false);
    let repaired = repair(folder.path(), &record(&[], &[], &[]));
    assert_eq!(repaired, Repaired { spools: 1, ..Repaired::default() });
    assert!(lying(folder.path()).is_empty());
}

#[test]
fn what_no_record_knows_is_left_and_named_and_what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    leave(folder.path(), 1, b"whose is it?", true);
    let write = |path: &str| fs::write(folder.path().join("files").join(path), "by hand").unwrap();
    write("note.txt");
    write("spool/no-number");
    // In the folder of another number.
    write("blobs/01/0000000000000002");
    fs::create_dir(folder.path().join("files/blobs/zz")).unwrap();
    let before = lying(folder.path());
    let mut repaired = repair(folder.path(), &record(&[], &[(9, 5)], &[]));
    repaired.unknown.sort();
    assert_eq!(
        repaired.unknown,
        ["blobs/01/0000000000000001", "blobs/01/0000000000000002", "blobs/zz", "note.txt", "spool/no-number"]
    );
    assert_eq!(repaired.missing, [BlobId(9)]);
    assert_eq!(lying(folder.path()), before);
}

#[test]
fn contents_of_a_file_that_still_lie_in_the_spool_are_put_where_they_belong() {
    // A disk that lost the rename, and kept the record.
    let folder = tempfile::tempdir().unwrap();
    leave(folder.path(), 1, b"recorded", false);
    leave(folder.path(), 2, b"cut short", false);
    let repaired = repair(folder.path(), &record(&[], &[(1, 8), (2, 100)], &[]));
    assert_eq!(repaired.put_away, 1);
    assert_eq!(
        (repaired.unknown.as_slice(), repaired.missing.as_slice()),
        (&["spool/0000000000000002".to_owned()][..], &[BlobId(2)][..])
    );
    assert_eq!(lying(folder.path()), ["files/blobs/01/0000000000000001", "files/spool/0000000000000002"]);
}

//! What a check finds, and what it must not take for a fault.

use parlour_common::message::{CheckReport, StorageFault};

use super::*;

impl Stage {
    fn check(&self, read_all: bool) -> CheckReport {
        match self.run(FilesJob::Check { read_all }) {
            FilesFound::Checked(report) => report,
            found => panic!("{found:?}"),
        }
    }

    fn lay(&self, path: &str, bytes: &[u8]) {
        let path = self.folder.path().join("files").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_house_in_order_has_no_faults_whatever_is_under_way() {
    let mut stage = Stage::new();
    let sara = stage.add("sara");
    stage.upload(sara, "a", b"abc");
    let trashed = stage.upload(sara, "b", b"defgh");
    stage.trash(sara, &trashed);
    let purged = stage.upload(sara, "c", b"ij");
    stage.trash(sara, &purged);
    // Doomed and not yet removed; on its way; whole and not yet on record.
    stage.commit(FilesChange::PurgeFiles { user: sara, files: vec![purged.id] });
    stage.open(sara, new("d", 100));
    let (spool, _) = stage.open(sara, new("e", 3));
    stage.send(&spool, b"klm");
    let key = new("e", 3).key;
    assert!(matches!(
        stage.run(FilesJob::SealUpload { user: sara, key, sha256: hash(b"klm") }),
        FilesFound::Sealed { .. }
    ));
    for read_all in [false, true] {
        let report = stage.check(read_all);
        let good = CheckReport { files: 2, blobs: 2, bytes: 8, uploads: 2, faults_total: 0, faults: vec![] };
        assert_eq!(report, good);
    }
}

#[test]
fn contents_that_are_missing_or_damaged_are_named_with_their_file_and_owner() {
    let mut stage = Stage::new();
    let sara = stage.add("sara");
    let [missing, short, changed] =
        ["missing", "short", "changed"].map(|name| stage.upload(sara, name, b"abc"));
    fs::remove_file(stage.blob_path(&missing)).unwrap();
    fs::write(stage.blob_path(&short), "ab").unwrap();
    fs::write(stage.blob_path(&changed), "abd").unwrap();
    let blob = |file: &FileRecord| file.blob.0;
    let owner = UserName::parse("sara").ok();
    let name = |file: &FileRecord| file.file_name.clone();
    let lost =
        StorageFault::Missing { blob: blob(&missing), file_name: name(&missing), owner: owner.clone() };
    let damaged = |file: &FileRecord| StorageFault::Damaged {
        blob: blob(file),
        file_name: name(file),
        owner: owner.clone(),
    };
    // What has its size is found only by reading it.
    let report = stage.check(false);
    assert_eq!((report.faults_total, report.faults), (2, vec![lost.clone(), damaged(&short)]));
    let report = stage.check(true);
    assert_eq!((report.faults_total, report.faults), (3, vec![lost, damaged(&short), damaged(&changed)]));
}

#[test]
fn what_no_record_knows_is_an_orphan_wherever_it_lies() {
    let stage = Stage::new();
    let laid = ["blobs/07/0000000000000007", "blobs/zz", "note.txt", "spool/0000000000000008", "spool/x"];
    for path in laid {
        stage.lay(path, b"abcd");
    }
    let mut report = stage.check(false);
    report.faults.sort_by_key(|fault| format!("{fault:?}"));
    let orphan = |path: &&str| StorageFault::Orphan { path: (*path).to_owned(), size_bytes: 4 };
    assert_eq!(report.faults, laid.iter().map(orphan).collect::<Vec<_>>());
    assert_eq!(report.faults_total, 5);
}

#[test]
fn more_faults_than_a_report_names_are_counted() {
    let stage = Stage::new();
    for number in 0..60 {
        stage.lay(&format!("blobs/stray-{number}"), b"");
    }
    let report = stage.check(false);
    assert_eq!((report.faults_total, report.faults.len()), (60, 50));
}

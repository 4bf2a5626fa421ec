//! The trash: in, out, and for good.

use super::*;

fn purge(user: UserId, files: &[FileId]) -> FilesChange {
    FilesChange::PurgeFiles { user, files: files.to_vec() }
}

#[test]
fn a_file_in_the_trash_is_its_owners_alone_and_comes_back_with_its_recipients() {
    let mut bench = Bench::new();
    let id = bench.file(SARA, 1, "a.txt");
    bench.share(SARA, &[id], &[MINA]);
    bench.outcome(confirm(MINA, id, 1, 60));
    let at_unix_ms = bench.clock;
    let outcome = bench.trash(SARA, &[id]);
    assert_eq!((outcome.touched, outcome.doomed), (vec![SARA, MINA], false));
    assert_eq!(bench.record(id).trashed_unix_ms, Some(at_unix_ms));
    for user in [SARA, MINA, OMID] {
        assert_eq!(bench.store.may_read(user, id).unwrap(), None);
    }
    let usage = UsageRecord { trash_bytes: 100, files: 1, ..UsageRecord::default() };
    assert_eq!(bench.store.usage(SARA).unwrap(), usage);
    bench.expect_refused(confirm(MINA, id, 1, 61), Refusal::NoSuchFile);
    bench.expect_refused(share(SARA, &[id], &[OMID]), Refusal::NoSuchFile);
    let unshare = FilesChange::UnshareFile { asker: MINA, file: id, with: MINA };
    bench.expect_refused(unshare, Refusal::NoSuchFile);
    // Where it is already it stays, since when it is.
    assert_eq!(bench.trash(SARA, &[id]), FilesOutcome::default());
    bench.check();
    assert_eq!(bench.restore(SARA, &[id]).touched, [SARA, MINA]);
    assert_eq!(bench.restore(SARA, &[id]), FilesOutcome::default());
    let file = bench.record(id);
    assert_eq!((file.trashed_unix_ms, file.recipients, file.fetched), (None, 1, 1));
    assert_eq!(bench.store.may_read(MINA, id).unwrap(), Some(file));
    bench.check();
}

#[test]
fn what_is_restored_gets_a_number_where_its_name_is_taken() {
    let mut bench = Bench::new();
    let mut trashed = Vec::new();
    for n in 1..=3 {
        let id = bench.file(SARA, n, "a.txt");
        bench.trash(SARA, &[id]);
        trashed.push(id);
    }
    let id = bench.file(SARA, 4, "A.TXT");
    bench.restore(SARA, &trashed);
    let names: Vec<_> = trashed.iter().map(|id| bench.name(*id)).collect();
    assert_eq!(names, ["a (2).txt", "a (3).txt", "a (4).txt"]);
    assert_eq!(bench.name(id), "A.TXT");
    bench.check();
}

#[test]
fn what_is_asked_is_done_to_all_or_to_none() {
    let mut bench = Bench::new();
    let one = bench.file(SARA, 1, "a.txt");
    let gone = bench.file(SARA, 2, "b.txt");
    let minas = bench.file(MINA, 3, "c.txt");
    bench.share(MINA, &[minas], &[SARA]);
    bench.trash(SARA, &[gone]);
    for strange in [minas, FileId(99)] {
        let files = vec![one, strange];
        let trash = FilesChange::TrashFiles { user: SARA, files: files.clone(), at_unix_ms: 5 };
        let restore = FilesChange::RestoreFiles { user: SARA, files: vec![gone, strange] };
        for change in [trash, restore, purge(SARA, &[gone, strange]), share(SARA, &files, &[OMID])] {
            bench.expect_refused(change, Refusal::NoSuchFile);
        }
    }
    // What is not in the trash is not deleted for good, and nothing is deleted twice.
    bench.expect_refused(purge(SARA, &[gone, one]), Refusal::NoSuchFile);
    bench.expect_refused(purge(SARA, &[gone, gone]), Refusal::NoSuchFile);
    bench.check();
}

#[test]
fn what_is_deleted_for_good_leaves_nothing_but_contents_to_be_removed() {
    let mut bench = Bench::new();
    let untouched = dump(&bench.store);
    let id = bench.file(SARA, 1, "a.txt");
    bench.share(SARA, &[id], &[MINA, OMID]);
    bench.trash(SARA, &[id]);
    let outcome = bench.outcome(purge(SARA, &[id]));
    // Those with whom it was shared did not see it any more.
    assert!(outcome.doomed && outcome.touched == [SARA], "{outcome:?}");
    assert_eq!(bench.store.file(id).unwrap(), None);
    assert_eq!(bench.store.uploaded(SARA, key(1)).unwrap(), None);
    assert_eq!(bench.store.usage(SARA).unwrap(), UsageRecord::default());
    assert_eq!(bench.store.doomed(9).unwrap(), [BlobId(1)]);
    bench.apply(FilesChange::ForgetBlobs { blobs: vec![BlobId(1)] }).unwrap();
    let meta = |text: &str| text.replace("\"key\":\"last_blob\"", "").replace("\"key\":\"last_file\"", "");
    let left: Vec<_> = dump(&bench.store).lines().map(meta).collect();
    let new: Vec<_> = left.iter().filter(|line| !untouched.contains(line.trim_end_matches(','))).collect();
    assert_eq!(new.len(), 2, "{new:?}");
    bench.check();
}

#[test]
fn the_trash_is_emptied_and_swept_a_few_files_at_a_time() {
    let mut bench = Bench::new();
    let mut files = Vec::new();
    for n in 0..FILES_PER_STEP_MAX + 4 {
        let mut begin = bench.begin(SARA, 0, &format!("{n}"), 1);
        let key = UploadKey::new((n as u128).to_be_bytes());
        if let FilesChange::AddUpload { upload, .. } = &mut begin {
            upload.key = key;
        }
        bench.apply(begin).unwrap();
        let (sha256, at_unix_ms) = (hash(1), bench.clock);
        let end = FilesChange::AddFile {
            user: SARA,
            key,
            blob: bench.blob_of(SARA, key),
            sha256,
            same_name: SameName::Ask,
            at_unix_ms,
        };
        files.push(bench.outcome(end).file.unwrap().id);
    }
    let minas = bench.file(MINA, 1, "hers");
    bench.trash(MINA, &[minas]);
    // All but the last two, of which one is put there later.
    let (kept, later) = (files.pop().unwrap(), files.pop().unwrap());
    bench.clock = 10_000;
    bench.trash(SARA, &files);
    bench.clock = 20_000;
    bench.trash(SARA, &[later]);
    let sweep = |before_unix_ms| FilesChange::SweepTrash { before_unix_ms };
    assert_eq!(bench.outcome(sweep(1)), FilesOutcome::default());
    let outcome = bench.outcome(sweep(20_000));
    assert!(outcome.more && outcome.doomed && outcome.touched == [SARA, MINA], "{outcome:?}");
    assert_eq!(bench.store.usage(SARA).unwrap().files, 5);
    bench.check();
    let outcome = bench.outcome(sweep(20_000));
    assert!(!outcome.more && bench.store.usage(SARA).unwrap().files == 2, "{outcome:?}");
    assert_eq!(bench.outcome(FilesChange::EmptyTrash { user: MINA }), FilesOutcome::default());
    let outcome = bench.outcome(FilesChange::EmptyTrash { user: SARA });
    assert!(!outcome.more && outcome.doomed);
    assert!(bench.store.file(kept).unwrap().is_some() && bench.store.file(later).unwrap().is_none());
    bench.check();
}

#[test]
fn one_member_empties_ones_own_trash_alone_step_by_step() {
    let mut bench = Bench::new();
    let mut minas = Vec::new();
    for (user, n) in [(SARA, 1), (MINA, 2), (OMID, 3), (MINA, 4)] {
        let id = bench.file(user, n, &format!("{n}"));
        bench.trash(user, &[id]);
        minas.extend((user == MINA).then_some(id));
    }
    let outcome = bench.outcome(FilesChange::EmptyTrash { user: MINA });
    assert_eq!((outcome.touched, outcome.more), (vec![MINA], false));
    assert!(minas.iter().all(|id| bench.store.file(*id).unwrap().is_none()));
    assert_eq!(bench.store.files().count(), 2);
    bench.check();
}

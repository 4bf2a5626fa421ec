//! Uploads: how they begin, go on, end, and what they may not.

use parlour_common::limits::UPLOADS_PER_MEMBER_MAX;

use super::*;

#[test]
fn an_upload_becomes_a_file_once_and_its_end_may_be_asked_for_again() {
    let mut bench = Bench::new();
    let begin = bench.begin(SARA, 7, "a.txt", 100);
    assert_eq!(bench.apply(begin), Ok(Applied::Upload { blob: BlobId(1), size_bytes: 100 }));
    let usage = UsageRecord { uploads_bytes: 100, uploads: 1, ..UsageRecord::default() };
    assert_eq!(bench.store.usage(SARA).unwrap(), usage);
    assert_eq!(bench.store.upload(SARA, key(7)).unwrap().unwrap().blob, BlobId(1));
    assert_eq!(bench.store.upload(MINA, key(7)).unwrap(), None);
    bench.check();
    let finish = bench.finish(SARA, 7, SameName::Ask);
    let outcome = bench.outcome(finish);
    let file = outcome.file.clone().unwrap();
    assert_eq!((outcome.touched, outcome.doomed, outcome.more), (vec![SARA], false, false));
    assert_eq!((file.id, file.owner, file.blob), (FileId(1), SARA, BlobId(1)));
    assert_eq!((file.size_bytes, file.sha256, file.upload), (100, hash(7), Some(key(7))));
    let usage = UsageRecord { files_bytes: 100, files: 1, ..UsageRecord::default() };
    assert_eq!(bench.store.usage(SARA).unwrap(), usage);
    let blob = BlobRecord { size_bytes: 100, sha256: hash(7), links: 1 };
    assert_eq!(bench.store.blob(BlobId(1)).unwrap(), Some(blob));
    assert_eq!(bench.store.upload(SARA, key(7)).unwrap(), None);
    assert_eq!(bench.store.uploaded(SARA, key(7)).unwrap(), Some(file.clone()));
    // Whether it is begun or ended once more: here is the file, and nothing is other than it was.
    let before = dump(&bench.store);
    for again in [bench.finish(SARA, 7, SameName::Ask), bench.begin(SARA, 7, "a.txt", 100)] {
        let outcome = FilesOutcome { file: Some(file.clone()), ..FilesOutcome::default() };
        assert_eq!(bench.outcome(again), outcome);
    }
    assert_eq!(dump(&bench.store), before);
    bench.expect_refused(bench.begin(SARA, 7, "a.txt", 101), Refusal::UploadDiffers);
    let other = FilesChange::AddFile {
        user: SARA,
        key: key(7),
        blob: BlobId(1),
        sha256: hash(8),
        same_name: SameName::Ask,
        at_unix_ms: 9,
    };
    bench.expect_refused(other, Refusal::UploadDiffers);
    bench.check();
}

#[test]
fn contents_that_were_sealed_are_not_the_file_of_an_upload_that_was_begun_anew() {
    let mut bench = Bench::new();
    let begin = bench.begin(SARA, 1, "a.txt", 100);
    bench.apply(begin.clone()).unwrap();
    bench.outcome(FilesChange::RemoveUpload { user: SARA, key: key(1) });
    assert_eq!(bench.apply(begin), Ok(Applied::Upload { blob: BlobId(2), size_bytes: 100 }));
    let finish = |blob| FilesChange::AddFile {
        user: SARA,
        key: key(1),
        blob: BlobId(blob),
        sha256: hash(1),
        same_name: SameName::Ask,
        at_unix_ms: 9,
    };
    bench.expect_refused(finish(1), Refusal::NoSuchUpload);
    assert_eq!(bench.outcome(finish(2)).file.unwrap().blob, BlobId(2));
    bench.check();
}

#[test]
fn an_upload_goes_on_under_the_same_words_and_keeps_its_contents() {
    let mut bench = Bench::new();
    bench.quota = Some(100);
    let begin = bench.begin(SARA, 1, "a.txt", 100);
    let began_unix_ms = bench.clock;
    bench.apply(begin).unwrap();
    bench.clock = 5000;
    // The quota is used up, by this very upload; the name is one's own.
    let again = bench.begin(SARA, 1, "a.txt", 100);
    assert_eq!(bench.apply(again), Ok(Applied::Upload { blob: BlobId(1), size_bytes: 100 }));
    let upload = bench.store.upload(SARA, key(1)).unwrap().unwrap();
    assert_eq!((upload.began_unix_ms, upload.used_unix_ms), (began_unix_ms, 5000));
    assert_eq!(bench.store.usage(SARA).unwrap().uploads_bytes, 100);
    bench.expect_refused(bench.begin(SARA, 1, "b.txt", 100), Refusal::UploadDiffers);
    bench.expect_refused(bench.begin(SARA, 1, "a.txt", 99), Refusal::UploadDiffers);
    // The same key of another member is another upload.
    let other = bench.begin(MINA, 1, "b.txt", 30);
    assert_eq!(bench.apply(other), Ok(Applied::Upload { blob: BlobId(2), size_bytes: 30 }));
    bench.check();
}

#[test]
fn what_does_not_fit_into_the_quota_is_refused_to_the_byte() {
    // A quota of one's own, the standard one, and by how much the second upload is too large.
    let cases = [
        (Quota::Standard, Some(1000), Some(900), None),
        (Quota::Standard, Some(1000), Some(901), Some(900)),
        (Quota::Standard, Some(99), None, Some(99)),
        (Quota::Standard, None, Some(u64::MAX / 2), None),
        (Quota::Bytes(150), None, Some(50), None),
        (Quota::Bytes(150), Some(9999), Some(51), Some(50)),
        (Quota::Bytes(0), None, None, Some(0)),
        (Quota::Unlimited, Some(1), Some(u64::MAX / 2), None),
    ];
    for (quota, standard, second, left) in cases {
        let mut bench = Bench::new();
        bench.quota = standard;
        bench.set_quota(SARA, quota);
        let first = bench.begin(SARA, 1, "a.txt", 100);
        let (change, fits) = match second {
            None => (first, false),
            Some(size_bytes) => {
                bench.apply(first).unwrap();
                (bench.begin(SARA, 2, "b.txt", size_bytes), left.is_none())
            }
        };
        let FilesChange::AddUpload { upload, .. } = &change else { unreachable!() };
        let refusal = left.map(|left_bytes| Refusal::QuotaExceeded { left_bytes });
        assert_eq!(bench.store.may_upload(SARA, upload).unwrap(), refusal, "{quota:?} {standard:?}");
        match refusal {
            Some(refusal) => bench.expect_refused(change, refusal),
            None => assert!(bench.apply(change).is_ok() && fits, "{quota:?} {standard:?}"),
        }
        bench.check();
    }
}

#[test]
fn the_trash_and_unfinished_uploads_count_until_they_are_gone() {
    let mut bench = Bench::new();
    bench.quota = Some(200);
    let first = bench.file(SARA, 1, "a.txt");
    bench.trash(SARA, &[first]);
    let second = bench.begin(SARA, 2, "b.txt", 100);
    bench.apply(second).unwrap();
    let full = Refusal::QuotaExceeded { left_bytes: 0 };
    bench.expect_refused(bench.begin(SARA, 3, "c.txt", 1), full);
    // Nothing is nothing, and always fits.
    let empty = bench.begin(SARA, 4, "empty", 0);
    bench.apply(empty).unwrap();
    bench.outcome(FilesChange::RemoveUpload { user: SARA, key: key(2) });
    let third = bench.begin(SARA, 3, "c.txt", 100);
    bench.apply(third).unwrap();
    bench.expect_refused(bench.begin(SARA, 5, "d.txt", 1), full);
    bench.outcome(FilesChange::PurgeFiles { user: SARA, files: vec![first] });
    let last = bench.begin(SARA, 5, "d.txt", 100);
    bench.apply(last).unwrap();
    bench.check();
}

#[test]
fn an_upload_that_is_given_up_leaves_its_contents_to_be_removed() {
    let mut bench = Bench::new();
    let begin = bench.begin(SARA, 1, "a.txt", 100);
    bench.apply(begin).unwrap();
    let outcome = bench.outcome(FilesChange::RemoveUpload { user: SARA, key: key(1) });
    assert!(outcome.doomed && outcome.touched == [SARA] && outcome.file.is_none());
    assert_eq!(bench.store.doomed(10).unwrap(), [BlobId(1)]);
    assert_eq!(bench.store.usage(SARA).unwrap(), UsageRecord::default());
    bench.check();
    bench.expect_refused(FilesChange::RemoveUpload { user: SARA, key: key(1) }, Refusal::NoSuchUpload);
    bench.expect_refused(bench.finish(SARA, 1, SameName::Ask), Refusal::NoSuchUpload);
    assert_eq!(bench.apply(FilesChange::ForgetBlobs { blobs: vec![BlobId(1)] }), Ok(Applied::Done));
    assert_eq!(bench.store.doomed(10).unwrap(), []);
    // The number is never given again.
    let again = bench.begin(SARA, 1, "a.txt", 100);
    assert_eq!(bench.apply(again), Ok(Applied::Upload { blob: BlobId(2), size_bytes: 100 }));
    bench.check();
}

#[test]
fn uploads_that_have_not_gone_on_are_swept_a_few_at_a_time() {
    let mut bench = Bench::new();
    for n in 0..FILES_PER_STEP_MAX + 2 {
        let name = format!("{n}.txt");
        let mut begin = bench.begin(SARA, 0, &name, 10);
        if let FilesChange::AddUpload { upload, .. } = &mut begin {
            upload.key = UploadKey::new((n as u128).to_be_bytes());
        }
        bench.apply(begin).unwrap();
    }
    // The first one goes on, the last one is as old as the edge.
    let last = bench.clock;
    let mut touch = bench.begin(SARA, 0, "0.txt", 10);
    if let FilesChange::AddUpload { at_unix_ms, .. } = &mut touch {
        *at_unix_ms = last + 100;
    }
    bench.apply(touch).unwrap();
    let sweep = FilesChange::SweepUploads { before_unix_ms: last };
    let outcome = bench.outcome(sweep.clone());
    assert!(outcome.more && outcome.doomed && outcome.touched == [SARA]);
    assert_eq!(bench.store.usage(SARA).unwrap().uploads, 2);
    let outcome = bench.outcome(FilesChange::SweepUploads { before_unix_ms: last - 1 });
    assert_eq!(outcome, FilesOutcome::default());
    bench.check();
}

#[test]
fn there_are_only_so_many_uploads_and_files_of_a_member() {
    let mut bench = Bench::new();
    let full = UsageRecord { uploads: UPLOADS_PER_MEMBER_MAX, ..UsageRecord::default() };
    bench.store.engine.put_foreign(
        USAGE.name,
        &1_u64.to_be_bytes(),
        &rmp_serde::to_vec_named(&full).unwrap(),
    );
    bench.expect_refused(bench.begin(SARA, 1, "a.txt", 1), Refusal::TooManyUploads);
    let most = parlour_common::limits::FILES_PER_MEMBER_MAX;
    for (files, uploads, refused) in [(most, 0, true), (most - 1, 1, true), (most - 1, 0, false)] {
        let full = UsageRecord { files, uploads, ..UsageRecord::default() };
        let record = rmp_serde::to_vec_named(&full).unwrap();
        bench.store.engine.put_foreign(USAGE.name, &1_u64.to_be_bytes(), &record);
        let begin = bench.begin(SARA, 1, "a.txt", 1);
        match refused {
            true => bench.expect_refused(begin, Refusal::TooManyFiles),
            false => assert!(bench.apply(begin).is_ok()),
        }
    }
}

#[test]
fn nobody_uploads_who_has_no_account() {
    let mut bench = Bench::new();
    bench.expect_refused(bench.begin(UserId(99), 1, "a.txt", 1), Refusal::NoSuchUser);
    let begin = bench.begin(SARA, 1, "a.txt", 100);
    bench.apply(begin).unwrap();
    bench.remove_user(SARA, Fate::Keep {});
    bench.expect_refused(bench.begin(SARA, 1, "a.txt", 100), Refusal::NoSuchUser);
    bench.expect_refused(bench.finish(SARA, 1, SameName::Ask), Refusal::NoSuchUpload);
    bench.check();
}

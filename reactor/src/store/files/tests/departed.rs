//! What becomes of the files of those who leave.

use super::*;

/// Sara shares one file with Mina and Omid, one with Mina alone, one with nobody, and has a shared one in the
/// trash and an upload under way. Omid shares one with her.
fn full_house() -> (Bench, [FileId; 5]) {
    let mut bench = Bench::new();
    let mut files = [FileId(0); 5];
    for (n, name) in (1..).zip(["both", "minas", "private", "trashed"]) {
        files[usize::from(n) - 1] = bench.file(SARA, n, name);
    }
    let [both, minas, _, trashed, _] = files;
    bench.share(SARA, &[both, minas, trashed], &[MINA]);
    bench.share(SARA, &[both], &[OMID]);
    bench.outcome(confirm(MINA, both, 1, 60));
    bench.trash(SARA, &[trashed]);
    let begin = bench.begin(SARA, 9, "under way", 40);
    bench.apply(begin).unwrap();
    files[4] = bench.file(OMID, 5, "omids");
    bench.share(OMID, &[files[4]], &[SARA]);
    (bench, files)
}

fn exist(bench: &Bench, files: &[FileId]) -> Vec<bool> {
    files.iter().map(|id| bench.store.file(*id).unwrap().is_some()).collect()
}

#[test]
fn what_a_deleted_account_had_is_removed_if_so_chosen() {
    let (mut bench, files) = full_house();
    bench.remove_user(SARA, Fate::Remove {});
    assert_eq!(bench.store.unsettled(9).unwrap(), [SARA]);
    bench.check();
    assert_eq!(bench.settle(SARA), [SARA, MINA, OMID]);
    assert_eq!(exist(&bench, &files), [false, false, false, false, true]);
    assert_eq!(bench.record(files[4]).recipients, 0);
    assert_eq!(bench.store.doomed(99).unwrap().len(), 5);
    assert_eq!(bench.store.usage(SARA).unwrap(), UsageRecord::default());
    assert_eq!(bench.store.unsettled(9).unwrap(), []);
    bench.check();
    // Once more is nothing more.
    assert_eq!(bench.settle(SARA), []);
}

#[test]
fn what_was_shared_is_kept_until_the_last_of_those_who_had_it_leaves() {
    let (mut bench, files) = full_house();
    let [both, minas, ..] = files;
    bench.remove_user(SARA, Fate::Keep {});
    assert_eq!(bench.settle(SARA), [SARA, OMID]);
    assert_eq!(exist(&bench, &files), [true, true, false, false, true]);
    let file = bench.record(both);
    assert_eq!((file.owner, file.recipients, file.fetched, file.upload), (SARA, 2, 1, None));
    assert_eq!(bench.store.may_read(MINA, both).unwrap(), Some(file));
    assert_eq!(bench.store.name_of(SARA).unwrap().unwrap().as_str(), "sara");
    bench.check();
    // One leaves the file, one leaves the house.
    let outcome = bench.outcome(FilesChange::UnshareFile { asker: MINA, file: minas, with: MINA });
    assert!(outcome.doomed && outcome.touched == [SARA, MINA]);
    bench.outcome(FilesChange::UnshareFile { asker: MINA, file: both, with: MINA });
    assert_eq!(exist(&bench, &files), [true, false, false, false, true]);
    bench.remove_user(OMID, Fate::Remove {});
    bench.settle(OMID);
    assert_eq!(exist(&bench, &files), [false; 5]);
    assert_eq!(bench.store.usage(SARA).unwrap(), UsageRecord::default());
    bench.check();
}

#[test]
fn an_heir_gets_what_was_shared_under_names_that_are_free() {
    let (mut bench, files) = full_house();
    let [both, minas, ..] = files;
    bench.file(MINA, 20, "BOTH");
    bench.quota = Some(1);
    bench.remove_user(SARA, Fate::HandOver { to: MINA });
    assert_eq!(bench.settle(SARA), [SARA, MINA, OMID]);
    assert_eq!(exist(&bench, &files), [true, true, false, false, true]);
    let file = bench.record(both);
    assert_eq!((file.owner, file.file_name.as_str()), (MINA, "both (2)"));
    // Her own share, and the receipt of it, are no more: it is hers.
    assert_eq!((file.recipients, file.fetched), (1, 0));
    assert_eq!(bench.store.share(both, MINA).unwrap(), None);
    assert_eq!(bench.record(minas).recipients, 0);
    let usage = bench.store.usage(MINA).unwrap();
    assert_eq!((usage.files, usage.files_bytes), (3, 300));
    bench.check();
}

#[test]
fn where_the_heir_has_left_too_those_keep_it_who_have_it() {
    let (mut bench, files) = full_house();
    bench.remove_user(SARA, Fate::HandOver { to: ROYA });
    bench.remove_user(ROYA, Fate::Remove {});
    assert_eq!(bench.store.unsettled(9).unwrap(), [SARA, ROYA]);
    bench.settle(ROYA);
    bench.settle(SARA);
    assert_eq!(exist(&bench, &files), [true, true, false, false, true]);
    assert_eq!(bench.record(files[0]).owner, SARA);
    bench.check();
}

#[test]
fn nobody_changes_the_files_of_a_deleted_account_while_they_wait_for_their_fate() {
    let (mut bench, files) = full_house();
    let [both, ..] = files;
    bench.remove_user(SARA, Fate::Keep {});
    let trash = FilesChange::TrashFiles { user: SARA, files: vec![both], at_unix_ms: 5 };
    for change in [trash, share(SARA, &[both], &[ROYA])] {
        bench.expect_refused(change, Refusal::NoSuchFile);
    }
    // Those who have it may leave it.
    bench.outcome(FilesChange::UnshareFile { asker: MINA, file: both, with: MINA });
    bench.settle(SARA);
    bench.check();
}

#[test]
fn many_files_have_their_fate_step_by_step_and_in_the_end_all_of_them() {
    for fate in [Fate::Keep {}, Fate::Remove {}, Fate::HandOver { to: ROYA }] {
        let mut bench = Bench::new();
        let many = FILES_PER_STEP_MAX as u64 * 2 + 10;
        let mut shared = Vec::new();
        for n in 0..many {
            let mut begin = bench.begin(SARA, 0, &format!("{n}"), 10);
            let key = UploadKey::new(u128::from(n).to_be_bytes());
            if let FilesChange::AddUpload { upload, .. } = &mut begin {
                upload.key = key;
            }
            bench.apply(begin).unwrap();
            // Some stay uploads.
            if n % 8 == 0 {
                continue;
            }
            let (sha256, at_unix_ms) = (hash(1), 5);
            let end = FilesChange::AddFile {
                user: SARA,
                key,
                blob: bench.blob_of(SARA, key),
                sha256,
                same_name: SameName::Ask,
                at_unix_ms,
            };
            let id = bench.outcome(end).file.unwrap().id;
            if n % 2 == 0 {
                bench.share(SARA, &[id], &[MINA]);
                shared.push(id);
            }
        }
        bench.remove_user(SARA, fate);
        let mut steps = 1;
        while bench.outcome(FilesChange::SettleDeparted { user: SARA }).more {
            bench.check();
            steps += 1;
        }
        assert_eq!(steps, 3, "{fate:?}");
        bench.check();
        let left: Vec<FileId> = bench.store.files().map(|file| file.unwrap().id).collect();
        assert_eq!(left, if fate == (Fate::Remove {}) { vec![] } else { shared }, "{fate:?}");
    }
}

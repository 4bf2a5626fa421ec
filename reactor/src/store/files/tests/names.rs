//! Names: what is the same, and the three things to do about it.

use super::*;

/// Returns the refusal that names a file.
fn taken_by(bench: &Bench, id: FileId) -> Refusal {
    let FileRecord { size_bytes, changed_unix_ms, .. } = bench.record(id);
    Refusal::NameTaken { file: id, size_bytes, changed_unix_ms }
}

fn rename(user: UserId, file: FileId, name: &str, same_name: SameName) -> FilesChange {
    FilesChange::RenameFile { user, file, file_name: file_name(name), same_name, at_unix_ms: 77 }
}

#[test]
fn a_name_is_taken_in_any_case_and_composition_by_ones_own_files_alone() {
    let mut bench = Bench::new();
    let cafe = bench.file(SARA, 1, "Caf\u{e9}.TXT");
    let trashed = bench.file(SARA, 2, "gone.txt");
    bench.trash(SARA, &[trashed]);
    let taken = taken_by(&bench, cafe);
    for name in ["Caf\u{e9}.TXT", "cafe\u{301}.txt", "CAF\u{c9}.txt"] {
        bench.expect_refused(bench.begin(SARA, 3, name, 100), taken);
    }
    for (n, user, name) in [(3, MINA, "caf\u{e9}.txt"), (4, SARA, "cafe.txt"), (5, SARA, "GONE.txt")] {
        bench.file(user, n, name);
    }
    bench.check();
}

#[test]
fn a_name_that_was_taken_meanwhile_leaves_the_upload_to_be_asked_about() {
    let mut bench = Bench::new();
    for n in [1, 2] {
        let begin = bench.begin(SARA, n, "a.txt", 100);
        bench.apply(begin).unwrap();
    }
    let first = bench.finish(SARA, 1, SameName::Ask);
    let first = bench.outcome(first).file.unwrap().id;
    let taken = taken_by(&bench, first);
    bench.expect_refused(bench.finish(SARA, 2, SameName::Ask), taken);
    assert!(bench.store.upload(SARA, key(2)).unwrap().is_some());
    let both = bench.finish(SARA, 2, SameName::KeepBoth);
    let second = bench.outcome(both).file.unwrap();
    assert_eq!(second.file_name.as_str(), "a (2).txt");
    bench.check();
}

#[test]
fn new_contents_keep_the_number_and_the_recipients_and_the_old_go_to_the_trash() {
    let mut bench = Bench::new();
    let id = bench.file(SARA, 1, "a.txt");
    let first_unix_ms = bench.record(id).changed_unix_ms;
    bench.share(SARA, &[id], &[MINA, OMID]);
    bench.outcome(confirm(MINA, id, 1, 60));
    let begin = bench.begin(SARA, 2, "A.txt", 30);
    let FilesChange::AddUpload { upload, .. } = begin else { unreachable!() };
    let upload = NewUpload { same_name: SameName::Replace, ..upload };
    bench.apply(FilesChange::AddUpload { user: SARA, upload, at_unix_ms: 5 }).unwrap();
    let finish = bench.finish(SARA, 2, SameName::Replace);
    let at_unix_ms = bench.clock;
    let outcome = bench.outcome(finish.clone());
    assert_eq!((outcome.touched, outcome.doomed), (vec![SARA, MINA, OMID], false));
    let new = outcome.file.unwrap();
    assert_eq!((new.id, new.file_name.as_str(), new.size_bytes), (id, "A.txt", 30));
    assert_eq!((new.sha256, new.recipients, new.fetched), (hash(2), 2, 0));
    assert_eq!(bench.store.share(id, MINA).unwrap().unwrap().fetched_unix_ms, None);
    let old = bench.store.uploaded(SARA, key(1)).unwrap().unwrap();
    assert_eq!((old.file_name.as_str(), old.sha256, old.recipients), ("a.txt", hash(1), 0));
    assert_eq!((old.trashed_unix_ms, old.changed_unix_ms), (Some(at_unix_ms), first_unix_ms));
    assert_ne!(old.id, id);
    let usage = UsageRecord { files_bytes: 30, trash_bytes: 100, files: 2, ..UsageRecord::default() };
    assert_eq!(bench.store.usage(SARA).unwrap(), usage);
    assert_eq!(bench.outcome(finish).file.unwrap(), new);
    bench.check();
    // Restored, the old one stands beside the new one.
    bench.restore(SARA, &[old.id]);
    assert_eq!(bench.name(old.id), "a (2).txt");
    bench.check();
}

#[test]
fn of_300_files_of_one_name_each_gets_the_next_number() {
    let mut bench = Bench::new();
    let both = SameName::KeepBoth;
    for number in 1..=300_u32 {
        let mut begin = bench.begin(SARA, 0, "a.txt", 1);
        let n = UploadKey::new(u128::from(number).to_be_bytes());
        if let FilesChange::AddUpload { upload, .. } = &mut begin {
            (upload.key, upload.same_name) = (n, both);
        }
        bench.apply(begin).unwrap();
        let at_unix_ms = bench.clock;
        let end = FilesChange::AddFile {
            user: SARA,
            key: n,
            blob: bench.blob_of(SARA, n),
            sha256: hash(1),
            same_name: both,
            at_unix_ms,
        };
        let file = bench.outcome(end).file.unwrap();
        let wanted = if number == 1 { "a.txt".to_owned() } else { format!("a ({number}).txt") };
        assert_eq!(file.file_name.as_str(), wanted);
    }
    bench.check();
    // A small gap is filled.
    bench.trash(SARA, &[FileId(3)]);
    assert_eq!(bench.upload(SARA, 200, "A.TXT", both).file_name.as_str(), "A (3).TXT");
    bench.check();
}

#[test]
fn a_number_is_found_though_somebody_has_taken_every_one_that_would_be_tried() {
    let mut bench = Bench::new();
    let mut id = bench.file(SARA, 0, "a.txt");
    let mut numbers: Vec<u32> = (2..=8).collect();
    numbers.extend((4..32).map(|power| 1_u32 << power));
    for (n, number) in (1..).zip(&numbers) {
        id = bench.file(SARA, n, &format!("a ({number}).txt"));
    }
    let next = u32::try_from(id.0 + 1).unwrap().wrapping_mul(2_654_435_769);
    bench.file(SARA, 100, &format!("a ({next}).txt"));
    let file = bench.upload(SARA, 101, "a.txt", SameName::KeepBoth);
    let number = u32::try_from(file.id.0).unwrap().wrapping_mul(2_654_435_769);
    assert_eq!(file.file_name.as_str(), format!("a ({number}).txt"));
    bench.check();
}

#[test]
fn a_rename_has_the_three_ways_too() {
    let mut bench = Bench::new();
    let [one, other] = [(1, "a.txt"), (2, "b.txt")].map(|(n, name)| bench.file(SARA, n, name));
    bench.share(SARA, &[one], &[MINA]);
    bench.share(SARA, &[other], &[OMID]);
    let changed_unix_ms = bench.record(one).changed_unix_ms;
    let taken = taken_by(&bench, other);
    bench.expect_refused(rename(SARA, one, "B.TXT", SameName::Ask), taken);
    // One's own name in other letters is no other file's.
    let outcome = bench.outcome(rename(SARA, one, "A.txt", SameName::Ask));
    assert_eq!((outcome.touched, bench.name(one).as_str()), (vec![SARA, MINA], "A.txt"));
    let outcome = bench.outcome(rename(SARA, one, "A.txt", SameName::Ask));
    assert_eq!((outcome.touched, outcome.file), (vec![], Some(bench.record(one))));
    bench.outcome(rename(SARA, one, "b.txt", SameName::KeepBoth));
    assert_eq!(bench.name(one), "b (2).txt");
    // Numbered once more it may stay what it is.
    assert_eq!(bench.outcome(rename(SARA, one, "b.txt", SameName::KeepBoth)).touched, []);
    let outcome = bench.outcome(rename(SARA, one, "b.txt", SameName::Replace));
    assert_eq!(outcome.touched, [SARA, MINA, OMID]);
    assert_eq!((outcome.file.unwrap().id, bench.name(one).as_str()), (one, "b.txt"));
    assert_eq!(bench.record(other).trashed_unix_ms, Some(77));
    assert_eq!(bench.record(one).changed_unix_ms, changed_unix_ms);
    bench.check();
}

#[test]
fn only_the_owner_renames_and_not_what_is_in_the_trash() {
    let mut bench = Bench::new();
    let id = bench.file(SARA, 1, "a.txt");
    bench.share(SARA, &[id], &[MINA]);
    for user in [MINA, OMID, UserId(99)] {
        bench.expect_refused(rename(user, id, "b.txt", SameName::Ask), Refusal::NoSuchFile);
    }
    bench.expect_refused(rename(SARA, FileId(9), "b.txt", SameName::Ask), Refusal::NoSuchFile);
    bench.trash(SARA, &[id]);
    bench.expect_refused(rename(SARA, id, "b.txt", SameName::Ask), Refusal::NoSuchFile);
}

#[test]
fn the_longest_name_has_a_key_and_numbers_too() {
    let mut bench = Bench::new();
    // Capital letters that are longer once they are folded: the key is cut, and told apart by its hash.
    let name = format!("{}.flac", "\u{130}".repeat(125));
    for (n, other) in [(1, name.as_str()), (2, &format!("{}x.flac", "\u{130}".repeat(124)))] {
        bench.file(SARA, n, other);
    }
    let both = bench.upload(SARA, 3, &name, SameName::KeepBoth);
    assert!(both.file_name.as_str().ends_with(" (2).flac") && both.file_name.as_str().len() <= 255);
    bench.check();
}

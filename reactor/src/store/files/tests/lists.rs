//! What the lists show to whom, in what order, page by page.

use parlour_common::limits::{UPLOAD_HOURS_MAX, UPLOADS_PER_PAGE_MAX};
use parlour_common::message::{FilePage, FilePlace, FileSort, ListFiles};

use super::*;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn list(place: FilePlace) -> ListFiles {
    ListFiles { place, query: String::new(), sort: FileSort::Name, descending: false, offset: 0, limit: 64 }
}

impl Bench {
    fn list(&self, user: UserId, list: &ListFiles) -> FilePage {
        self.store.list_files(user, list, 30, Some(10_000)).unwrap()
    }

    fn names(&self, user: UserId, list: &ListFiles) -> Vec<String> {
        self.list(user, list).files.iter().map(|entry| entry.file_name.as_str().to_owned()).collect()
    }
}

#[test]
fn names_are_in_the_order_that_people_expect() {
    let mut bench = Bench::new();
    let names = ["Track 10.mp3", "track 2.mp3", "Ärger", "apfel", "Track ۳.mp3", "آهنگ ۲.mp3", "آهنگ ۱۰.mp3"];
    for (n, name) in (1..).zip(names) {
        bench.file(SARA, n, name);
    }
    let wanted =
        ["apfel", "track 2.mp3", "Track ۳.mp3", "Track 10.mp3", "Ärger", "آهنگ ۲.mp3", "آهنگ ۱۰.mp3"];
    let own = list(FilePlace::Own);
    assert_eq!(bench.names(SARA, &own), wanted);
    let mut turned = bench.names(SARA, &ListFiles { descending: true, ..own.clone() });
    turned.reverse();
    assert_eq!(turned, wanted);
    // Page by page it is the same.
    for descending in [false, true] {
        let whole = bench.names(SARA, &ListFiles { descending, ..own.clone() });
        let pages = (0..4).map(|page| ListFiles { offset: page * 2, limit: 2, descending, ..own.clone() });
        let pages: Vec<String> = pages.flat_map(|page| bench.names(SARA, &page)).collect();
        assert_eq!(pages, whole);
    }
    let beyond = bench.list(SARA, &ListFiles { offset: 100, ..own.clone() });
    assert_eq!((beyond.total, beyond.offset, beyond.files.len()), (7, 100, 0));
    let some = ListFiles { query: "TRACK".to_owned(), limit: 1, ..own };
    let page = bench.list(SARA, &some);
    assert_eq!((page.total, page.files.len()), (3, 1));
}

#[test]
fn sizes_and_times_come_first_where_they_are_asked_for() {
    let mut bench = Bench::new();
    let mut ids = Vec::new();
    for (n, name, size_bytes) in [(1, "b", 7), (2, "a", 7), (3, "c", 1)] {
        let begin = bench.begin(SARA, n, name, size_bytes);
        bench.apply(begin).unwrap();
        let finish = bench.finish(SARA, n, SameName::Ask);
        ids.push(bench.outcome(finish).file.unwrap().id);
    }
    let by = |place, sort| ListFiles { sort, ..list(place) };
    assert_eq!(bench.names(SARA, &by(FilePlace::Own, FileSort::Size)), ["c", "a", "b"]);
    assert_eq!(bench.names(SARA, &by(FilePlace::Own, FileSort::Time)), ["b", "a", "c"]);
    for (at_unix_ms, id) in [(30, ids[1]), (20, ids[0]), (10, ids[2])] {
        let change = FilesChange::ShareFiles { user: SARA, files: vec![id], with: vec![MINA], at_unix_ms };
        bench.outcome(change);
    }
    assert_eq!(bench.names(MINA, &by(FilePlace::Shared, FileSort::Time)), ["c", "b", "a"]);
    for (at_unix_ms, id) in [(10, ids[1]), (20, ids[0]), (30, ids[2])] {
        bench.outcome(FilesChange::TrashFiles { user: SARA, files: vec![id], at_unix_ms });
    }
    assert_eq!(bench.names(SARA, &by(FilePlace::Trash, FileSort::Time)), ["a", "b", "c"]);
    assert_eq!(bench.names(MINA, &by(FilePlace::Shared, FileSort::Time)), [""; 0]);
}

#[test]
fn each_sees_a_file_in_the_place_and_as_far_as_it_is_theirs() {
    let mut bench = Bench::new();
    let [one, gone] = [(1, "a"), (2, "gone")].map(|(n, name)| bench.file(SARA, n, name));
    bench.share(SARA, &[one, gone], &[MINA, OMID]);
    bench.outcome(confirm(MINA, one, 1, 60));
    let trashed_unix_ms = bench.clock;
    bench.trash(SARA, &[gone]);
    let begin = bench.begin(SARA, 3, "under way", 40);
    bench.apply(begin).unwrap();
    let page = bench.list(SARA, &list(FilePlace::Own));
    let [entry] = &page.files[..] else { panic!("{page:?}") };
    assert_eq!((entry.file, entry.recipients, entry.fetched), (one, 2, 1));
    assert!(entry.shared_by.is_none() && entry.trashed.is_none());
    let usage = page.usage;
    assert_eq!((usage.used_bytes, usage.trash_bytes, usage.uploads_bytes), (240, 100, 40));
    assert_eq!(usage.quota_bytes, Some(10_000));
    let page = bench.list(MINA, &list(FilePlace::Shared));
    let [entry] = &page.files[..] else { panic!("{page:?}") };
    let shared_by = entry.shared_by.clone().unwrap();
    assert_eq!((entry.file, entry.recipients, entry.fetched), (one, 0, 0));
    assert_eq!((shared_by.user_name.as_str(), shared_by.since_unix_ms), ("sara", 50));
    assert_eq!((shared_by.fetched_unix_ms, page.usage.used_bytes), (Some(60), 0));
    let page = bench.list(SARA, &list(FilePlace::Trash));
    let [entry] = &page.files[..] else { panic!("{page:?}") };
    let trashed = entry.trashed.unwrap();
    assert_eq!((entry.file, trashed.since_unix_ms), (gone, trashed_unix_ms));
    assert_eq!(trashed.until_unix_ms, Some(trashed_unix_ms + 30 * DAY_MS));
    let forever = bench.store.list_files(SARA, &list(FilePlace::Trash), 0, None).unwrap();
    assert_eq!(forever.files[0].trashed.unwrap().until_unix_ms, None);
    assert_eq!(forever.usage.quota_bytes, None);
    for place in [FilePlace::Own, FilePlace::Trash] {
        assert_eq!(bench.list(MINA, &list(place)).total, 0);
    }
    assert_eq!(bench.list(SARA, &list(FilePlace::Shared)).total, 0);
    // What was left behind bears the name of who left.
    bench.set_quota(MINA, Quota::Unlimited);
    bench.remove_user(SARA, Fate::Keep {});
    bench.settle(SARA);
    let page = bench.list(MINA, &list(FilePlace::Shared));
    assert_eq!(page.files[0].shared_by.clone().unwrap().user_name.as_str(), "sara");
    assert_eq!(page.usage.quota_bytes, None);
}

#[test]
fn recipients_are_listed_by_name_for_the_owner_alone() {
    let mut bench = Bench::new();
    let id = bench.file(SARA, 1, "a");
    bench.share(SARA, &[id], &[ROYA, MINA, OMID]);
    bench.outcome(confirm(OMID, id, 1, 60));
    let shown = |bench: &Bench| -> Vec<(String, Option<u64>)> {
        let list = bench.store.list_recipients(SARA, id).unwrap().unwrap();
        assert_eq!(list.file, id);
        list.recipients.iter().map(|one| (one.user_name.to_string(), one.fetched_unix_ms)).collect()
    };
    let named = |name: &str, at| (name.to_owned(), at);
    assert_eq!(shown(&bench), [named("mina", None), named("omid", Some(60)), named("roya", None)]);
    bench.remove_user(ROYA, Fate::Keep {});
    assert_eq!(shown(&bench), [named("mina", None), named("omid", Some(60))]);
    for (user, id) in [(MINA, id), (SARA, FileId(9)), (UserId(99), id)] {
        assert_eq!(bench.store.list_recipients(user, id).unwrap(), None);
    }
}

#[test]
fn uploads_are_listed_the_oldest_first_with_their_end() {
    let mut bench = Bench::new();
    assert_eq!(bench.store.list_uploads(SARA).unwrap().total, 0);
    for n in (0..=u8::try_from(UPLOADS_PER_PAGE_MAX).unwrap()).rev() {
        let begin = bench.begin(SARA, n, &format!("{n}"), 10);
        bench.apply(begin).unwrap();
    }
    let other = bench.begin(MINA, 1, "hers", 10);
    bench.apply(other).unwrap();
    let list = bench.store.list_uploads(SARA).unwrap();
    assert_eq!((list.total, list.uploads.len()), (101, 100));
    let first = &list.uploads[0];
    assert_eq!((first.upload, first.file_name.as_str(), first.size_bytes), (key(100), "100", 10));
    assert_eq!(first.until_unix_ms, first.began_unix_ms + u64::from(UPLOAD_HOURS_MAX) * DAY_MS / 24);
    assert!(list.uploads.is_sorted_by_key(|upload| upload.began_unix_ms));
    assert_eq!(bench.store.list_uploads(MINA).unwrap().total, 1);
}

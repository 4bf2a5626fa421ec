//! What things cost, in rows that are looked at: the same with a long history as with a short one.

use std::sync::atomic::Ordering;

use parlour_common::message::ListConversations;

use super::*;

/// Posts of a long history; a short one has ten.
const LONG: u64 = 20_000;

/// The rows that a long history may cost more, as a share of what a short one does.
const RATIO_MAX: f64 = 1.5;

fn talk(posts: u64) -> Bench {
    let mut bench = Bench::new();
    let id = bench.direct(SARA, MINA);
    let words = ["plain", "talk of", "the day"];
    let mut new: Vec<Change> = Vec::new();
    for (_, text) in (0..posts).zip(words.into_iter().cycle()) {
        new.push(say(bench.new_post(SARA, ROOM, text)).into());
    }
    new.push(say(bench.new_post(SARA, ROOM, "@mina needle")).into());
    new.push(say(bench.new_post(SARA, id, "psst")).into());
    for batch in new.chunks(1000) {
        assert!(bench.writer.commit(batch.iter()).iter().all(Result::is_ok));
    }
    bench
}

/// Counts the rows that something looks at.
fn rows(bench: &mut Bench, what: impl FnOnce(&mut Bench)) -> u64 {
    let count = |bench: &Bench| bench.store.engine.rows_read.load(Ordering::Relaxed);
    let before = count(bench);
    what(bench);
    count(bench) - before
}

#[test]
fn entering_paging_and_listing_cost_the_same_however_long_the_history_is() {
    let (mut short, mut long) = (talk(10), talk(LONG));
    let read = |from| {
        move |bench: &mut Bench| {
            assert!(!bench.read(MINA, ROOM, from, 10).posts.is_empty());
        }
    };
    type Doing = Box<dyn Fn(&mut Bench)>;
    let doings: [(&str, Doing); 9] = [
        ("entering", Box::new(|bench| drop(bench.store.conversation(MINA, ROOM).unwrap().unwrap()))),
        (
            "listing",
            Box::new(|bench| {
                let list = ListConversations { offset: 0, limit: 48 };
                assert_eq!(bench.store.conversations(MINA, &list).unwrap().total, 2);
            }),
        ),
        ("latest", Box::new(read(ReadFrom::Latest {}))),
        ("before", Box::new(read(ReadFrom::Before(PostId(11))))),
        ("after", Box::new(read(ReadFrom::After(PostId(1))))),
        ("around", Box::new(read(ReadFrom::Around(PostId(6))))),
        ("changed", Box::new(read(ReadFrom::ChangedAfter(Revision(1))))),
        ("finding", Box::new(|bench| assert_eq!(bench.find(MINA, "needle").len(), 1))),
        ("saying", Box::new(|bench| drop(bench.say(SARA, ROOM, "one more")))),
    ];
    for (name, doing) in &doings {
        let [few, many] = [&mut short, &mut long].map(|bench| rows(bench, doing));
        println!("{name}: {few} rows with 10 posts, {many} with {LONG}");
        assert!(few > 0 && many as f64 <= few as f64 * RATIO_MAX, "{name}: {few} {many}");
    }
}

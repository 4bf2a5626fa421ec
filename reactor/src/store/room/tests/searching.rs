//! What a search finds, in which order, and what it does not see any more.

use super::super::search::posts_within;
use super::*;

#[test]
fn a_search_finds_the_newest_first_by_words_in_any_order_case_and_accents_ignored() {
    let mut bench = Bench::new();
    for text in ["The café at noon", "noon is late", "A CAFE, late", "cafeteria", "سلام كتاب", "東京都で会う"]
    {
        bench.say(SARA, ROOM, text);
    }
    for (query, found) in [
        ("cafe", vec![4, 3, 1]),
        ("noon", vec![2, 1]),
        ("late cafe", vec![3]),
        ("cafe lat", vec![3]),
        ("noon cafe the", vec![1]),
        ("caf noon", vec![]),
        ("کتاب", vec![5]),
        ("京", vec![6]),
        ("京都", vec![6]),
        ("会", vec![6]),
        ("東都", vec![]),
        ("nothing", vec![]),
        ("", vec![]),
        ("...", vec![]),
    ] {
        assert_eq!(bench.find(MINA, query), found, "{query}");
    }
    bench.expect_whole();
}

#[test]
fn a_search_follows_edits_and_deletions_and_knows_the_names_of_cards() {
    let mut bench = Bench::new();
    let post = bench.say(SARA, ROOM, "apples");
    let file = bench.file(SARA, 1, "Minutes of May.pdf");
    let shown = bench.show(SARA, ROOM, file.id);
    assert_eq!((bench.find(MINA, "apples"), bench.find(MINA, "may minutes")), (vec![1], vec![2]));
    bench.edit(SARA, &post, "pears");
    assert_eq!((bench.find(MINA, "apples"), bench.find(MINA, "pears")), (vec![], vec![1]));
    bench.delete(SARA, &post);
    bench.delete(SARA, &shown);
    assert_eq!((bench.find(MINA, "pears"), bench.find(MINA, "minutes")), (vec![], vec![]));
    bench.expect_whole();
}

#[test]
fn pages_of_a_search_follow_each_other_without_gaps_and_doubles() {
    let mut bench = Bench::new();
    // Every third has both words; there are far more beginnings of "w" than are walked by lists.
    let words = |n: u64| if n.is_multiple_of(3) { format!("both sides w{n}") } else { format!("both w{n}") };
    let new: Vec<Change> = (1..=1500).map(|n| say(bench.new_post(SARA, ROOM, &words(n))).into()).collect();
    assert!(bench.writer.commit(new.iter()).iter().all(Result::is_ok));
    let expected: Vec<u64> = (1..=1500_u64).rev().filter(|n| n.is_multiple_of(3)).collect();
    for query in ["both sides", "sides w", "w both sides", "si"] {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let search = SearchPosts { conversation: ROOM, query: query.to_owned(), before, limit: 50 };
            let page = bench.store.search_posts(MINA, &search).unwrap().unwrap();
            found.extend(numbers(&page.posts));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let expected = if query == "w both sides" { &[][..] } else { &expected };
        assert_eq!(found, expected, "{query}");
    }
}

#[test]
fn a_search_for_what_no_post_has_together_ends() {
    let mut bench = Bench::new();
    let text = |n: u64| if n.is_multiple_of(2) { "even" } else { "odd" };
    let new: Vec<Change> = (1..=2000).map(|n| say(bench.new_post(SARA, ROOM, text(n))).into()).collect();
    assert!(bench.writer.commit(new.iter()).iter().all(Result::is_ok));
    let rows = |bench: &Bench| bench.store.engine.rows_read.load(std::sync::atomic::Ordering::Relaxed);
    let before = rows(&bench);
    assert_eq!(bench.find(MINA, "even odd"), [0; 0]);
    assert!(rows(&bench) - before < 10_000, "each list is walked once");
}

#[test]
fn a_search_that_takes_long_goes_on_where_it_ended() {
    let mut bench = Bench::new();
    let text = |n: u64| match n {
        7 => "even and odd",
        n if n.is_multiple_of(2) => "even",
        _ => "odd",
    };
    let new: Vec<Change> = (1..=300).map(|n| say(bench.new_post(SARA, ROOM, text(n))).into()).collect();
    assert!(bench.writer.commit(new.iter()).iter().all(Result::is_ok));
    for query in ["even odd", "odd e", "odd"] {
        let (mut found, mut before, mut pages) = (Vec::new(), None, 0);
        loop {
            let search = SearchPosts { conversation: ROOM, query: query.to_owned(), before, limit: 50 };
            let page = posts_within(&bench.store.engine, MINA, &search, 40).unwrap().unwrap();
            found.extend(numbers(&page.posts));
            pages += 1;
            assert!(page.next.is_none_or(|next| before.is_none_or(|before| next < before)), "it gets on");
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert!(pages > 5, "{query}: {pages}");
        assert_eq!(found.len(), if query == "odd" { 150 } else { 1 }, "{query}");
        assert!(found.contains(&7) && found.is_sorted_by(|a, b| a > b));
    }
}

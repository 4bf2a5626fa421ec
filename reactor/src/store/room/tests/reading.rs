//! Pages of posts in every direction, and how much one holds.

use parlour_common::limits::{MESSAGE_BYTES_MAX, POST_TEXT_BYTES_MAX};

use super::*;

/// A room with so many posts.
fn talk(posts: u64) -> Bench {
    let mut bench = Bench::new();
    for n in 1..=posts {
        bench.say(SARA, ROOM, &format!("post {n}"));
    }
    bench
}

/// The numbers of a page, and whether there are more.
fn page(bench: &Bench, from: ReadFrom, limit: u16) -> (Vec<u64>, bool) {
    let page = bench.read(MINA, ROOM, from, limit);
    (numbers(&page.posts), page.more)
}

#[test]
fn pages_go_back_and_forth_without_gaps() {
    let bench = talk(10);
    let around = |post| ReadFrom::Around(PostId(post));
    let (before, after) = (|post| ReadFrom::Before(PostId(post)), |post| ReadFrom::After(PostId(post)));
    for (from, limit, posts, more) in [
        (ReadFrom::Latest {}, 3, vec![8, 9, 10], true),
        (ReadFrom::Latest {}, 10, (1..=10).collect(), false),
        (before(8), 3, vec![5, 6, 7], true),
        (before(3), 3, vec![1, 2], false),
        (before(1), 3, vec![], false),
        (before(0), 3, vec![], false),
        (before(900), 2, vec![9, 10], true),
        (after(0), 3, vec![1, 2, 3], true),
        (after(8), 3, vec![9, 10], false),
        (after(10), 3, vec![], false),
        (after(u64::MAX), 3, vec![], false),
        (around(5), 1, vec![5], true),
        (around(5), 4, vec![4, 5, 6, 7], true),
        (around(5), 5, vec![3, 4, 5, 6, 7], true),
        (around(1), 3, vec![1, 2, 3], true),
        (around(10), 3, vec![8, 9, 10], true),
        (around(0), 2, vec![1, 2], true),
        (around(900), 2, vec![9, 10], true),
        (around(4), 64, (1..=10).collect(), false),
    ] {
        assert_eq!(page(&bench, from, limit), (posts, more), "{from:?} {limit}");
    }
}

#[test]
fn an_empty_conversation_has_empty_pages() {
    let mut bench = Bench::new();
    let id = bench.direct(SARA, MINA);
    for conversation in [ROOM, id] {
        for from in [
            ReadFrom::Latest {},
            ReadFrom::Before(PostId(5)),
            ReadFrom::After(PostId(0)),
            ReadFrom::Around(PostId(3)),
            ReadFrom::ChangedAfter(Revision(0)),
        ] {
            let page = bench.read(SARA, conversation, from, 10);
            assert_eq!((page.posts, page.first, page.last, page.more), (vec![], PostId(1), PostId(0), false));
        }
    }
}

#[test]
fn what_changed_since_comes_once_each_in_the_order_of_what_became_of_it() {
    let mut bench = talk(6);
    let posts = bench.all(SARA, ROOM);
    bench.edit(SARA, &posts[1], "second");
    bench.delete(SARA, &posts[4]);
    bench.edit(SARA, &posts[1], "second again");
    let since = |bench: &Bench, revision, limit| {
        let page = bench.read(MINA, ROOM, ReadFrom::ChangedAfter(Revision(revision)), limit);
        let changes: Vec<_> = page.posts.iter().map(|post| (post.revision.0, post.post.0)).collect();
        (changes, page.more, page.revision.0)
    };
    assert_eq!(since(&bench, 6, 10), (vec![(8, 5), (9, 2)], false, 9));
    assert_eq!(since(&bench, 0, 3), (vec![(1, 1), (3, 3), (4, 4)], true, 9));
    assert_eq!(since(&bench, 4, 3), (vec![(6, 6), (8, 5), (9, 2)], false, 9));
    assert_eq!(since(&bench, 9, 3), (vec![], false, 9));
    assert_eq!(since(&bench, u64::MAX, 3), (vec![], false, 9));
}

#[test]
fn a_page_of_the_longest_posts_fits_into_a_message_and_nothing_is_left_out() {
    let mut bench = Bench::new();
    let text = "x".repeat(POST_TEXT_BYTES_MAX as usize);
    let new: Vec<Change> = (0..64).map(|_| say(bench.new_post(SARA, ROOM, &text)).into()).collect();
    assert!(bench.writer.commit(new.iter()).iter().all(Result::is_ok));
    let froms: [fn(&PostPage) -> ReadFrom; 3] = [
        |page| ReadFrom::After(page.posts.last().unwrap().post),
        |page| ReadFrom::Before(page.posts[0].post),
        |page| ReadFrom::ChangedAfter(page.posts.last().unwrap().revision),
    ];
    let begins = [ReadFrom::After(PostId(0)), ReadFrom::Latest {}, ReadFrom::ChangedAfter(Revision(0))];
    for (begin, next) in begins.into_iter().zip(froms) {
        let mut seen = Vec::new();
        let mut page = bench.read(MINA, ROOM, begin, 64);
        loop {
            let bytes = rmp_serde::to_vec_named(&page).unwrap().len();
            assert!(bytes < MESSAGE_BYTES_MAX - 1024 && (page.posts.len() > 10 || !page.more), "{bytes}");
            seen.extend(numbers(&page.posts));
            if !page.more {
                break;
            }
            page = bench.read(MINA, ROOM, next(&page), 64);
        }
        seen.sort_unstable();
        assert_eq!(seen, (1..=64).collect::<Vec<_>>());
    }
    let around = bench.read(MINA, ROOM, ReadFrom::Around(PostId(30)), 64);
    let found = numbers(&around.posts);
    assert!(found.windows(2).all(|two| two[1] == two[0] + 1) && around.more, "{found:?}");
    assert!((found.first().unwrap() + found.last().unwrap()).abs_diff(60) <= 1, "{found:?}");
}

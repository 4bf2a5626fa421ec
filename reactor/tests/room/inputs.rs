//! Bad inputs of each request of the room: each gets a denial that says why, and changes nothing.

use parlour_common::limits::{EXCERPT_BYTES_MAX, POST_TEXT_BYTES_MAX, QUERY_BYTES_MAX};
use parlour_common::message::{
    CardSource, ConversationId, Denial, Fault, Field, FieldFault, FileId, ListConversations, ListSeats,
    OnePost, PostId, ReadFrom, ReadPosts, Request, Revision, Say, SearchPosts,
};

use super::super::real::{Client, Options};
use super::house::{
    ROOM, daemon, edit, end_well, enter, form, history, open, read, say, say_form, search, texts,
};

fn text_fault(fault: Fault) -> Denial {
    Denial::InvalidFields { faults: vec![FieldFault { field: Field::Text, fault }] }
}

fn expect_bad(client: &mut Client, request: Request) {
    let shown = format!("{request:?}");
    match client.ask(request) {
        Err(Denial::BadRequest { reason }) => assert!(reason.starts_with('`'), "{reason}"),
        other => panic!("{shown}: {other:?}"),
    }
}

#[test]
fn what_is_too_long_or_empty_is_refused_and_what_nobody_sees_is_dropped() {
    let (daemon, mut anna) = daemon();
    enter(&mut anna);
    let long = "x".repeat(POST_TEXT_BYTES_MAX as usize + 1);
    let too_long = text_fault(Fault::TooLong { max: POST_TEXT_BYTES_MAX });
    let missing = text_fault(Fault::Missing {});
    assert_eq!(say_form(&mut anna, form(1, ROOM, &long)), Err(too_long.clone()));
    for empty in ["", " ", "\n\t \r\n", "\u{0}\u{1b}\u{7f}"] {
        assert_eq!(say_form(&mut anna, form(1, ROOM, empty)), Err(missing.clone()), "{empty:?}");
    }
    // The key was not used up by what was refused.
    let longest = "é".repeat(POST_TEXT_BYTES_MAX as usize / 2);
    let post = say(&mut anna, 1, &longest);
    assert_eq!((post.post, &post.text), (PostId(1), &longest));
    assert_eq!(edit(&mut anna, &post, &long), Err(too_long));
    assert_eq!(edit(&mut anna, &post, " "), Err(missing));
    let said = say(&mut anna, 2, "\r\n a\u{0}\u{1b}[31mb\tc\r\nd\u{202e} \n");
    assert_eq!(said.text, " a[31mb\tc\nd\u{202e}");
    // A reply repeats the beginning of the longest, whole letters only.
    let reply = Say { reply_to: Some(post.post), ..form(3, ROOM, "indeed") };
    let quote = say_form(&mut anna, reply).unwrap().reply_to.unwrap();
    assert!(quote.excerpt.len() <= EXCERPT_BYTES_MAX && longest.starts_with(&quote.excerpt));
    assert!(!quote.excerpt.is_empty());
    assert_eq!(history(&mut anna, ROOM).len(), 3);
    end_well(daemon, &mut anna);
}

#[test]
fn pages_that_nobody_may_ask_for_are_refused() {
    let (daemon, mut anna) = daemon();
    enter(&mut anna);
    say(&mut anna, 1, "one");
    let read_of =
        |limit| Request::ReadPosts(ReadPosts { conversation: ROOM, from: ReadFrom::Latest {}, limit });
    let search_of = |query: &str, limit| {
        let query = query.to_owned();
        Request::SearchPosts(SearchPosts { conversation: ROOM, query, before: None, limit })
    };
    for limit in [0, 65, u16::MAX] {
        expect_bad(&mut anna, read_of(limit));
        expect_bad(&mut anna, search_of("one", limit));
    }
    expect_bad(&mut anna, search_of(&"x".repeat(QUERY_BYTES_MAX + 1), 1));
    for limit in [0, 201] {
        expect_bad(&mut anna, Request::ListSeats(ListSeats { offset: 0, limit }));
    }
    for limit in [0, 49] {
        expect_bad(&mut anna, Request::ListConversations(ListConversations { offset: 0, limit }));
    }
    let with = parlour_common::names::UserName::parse("ANNA").unwrap();
    expect_bad(&mut anna, Request::OpenConversation(parlour_common::message::OpenConversation { with }));
    assert_eq!(open(&mut anna, "nobody").map(|_| ()), Err(Denial::NoSuchMember {}));
    // A query without words finds nothing, and no page is beyond the end.
    for query in ["", " ", "!?", "\u{0}"] {
        assert_eq!(search(&mut anna, ROOM, query).unwrap().posts, [], "{query:?}");
    }
    end_well(daemon, &mut anna);
}

#[test]
fn a_post_that_is_not_there_is_named_as_such() {
    let (daemon, mut anna) = daemon();
    enter(&mut anna);
    let post = say(&mut anna, 1, "one");
    let nowhere = ConversationId(u64::MAX);
    for number in [0, 2, u64::MAX] {
        let mut other = post.clone();
        other.post = PostId(number);
        assert_eq!(edit(&mut anna, &other, "x"), Err(Denial::NoSuchPost {}), "{number}");
        let one = OnePost { conversation: ROOM, post: PostId(number) };
        assert_eq!(anna.ask(Request::DeletePost(one)), Err(Denial::NoSuchPost {}), "{number}");
        let reply = Say { reply_to: Some(PostId(number)), ..form(2, ROOM, "x") };
        assert_eq!(say_form(&mut anna, reply), Err(Denial::NoSuchPost {}), "{number}");
        assert_eq!(super::house::fetch(&mut anna, &other, 1, 0), Err(Denial::NoSuchCard {}), "{number}");
        // Pages around what is not there are those of what is.
        let froms = [PostId(number)].into_iter().flat_map(|at| [ReadFrom::Before(at), ReadFrom::After(at)]);
        for from in froms.chain([ReadFrom::Around(PostId(number))]) {
            let page = read(&mut anna, from, 10);
            assert!(page.posts.len() <= 1 && page.last == PostId(1) && !page.more, "{from:?}: {page:?}");
        }
    }
    let page = read(&mut anna, ReadFrom::ChangedAfter(Revision(u64::MAX)), 10);
    assert_eq!((page.posts, page.more), (vec![], false));
    let mut other = post.clone();
    other.conversation = nowhere;
    assert_eq!(edit(&mut anna, &other, "x"), Err(Denial::NoSuchConversation {}));
    assert_eq!(say_form(&mut anna, form(2, nowhere, "x")), Err(Denial::NoSuchConversation {}));
    let one = OnePost { conversation: nowhere, post: PostId(1) };
    assert_eq!(anna.ask(Request::MarkRead(one)), Err(Denial::NoSuchConversation {}));
    let card = Say { card: Some(CardSource::File(FileId(u64::MAX))), ..form(2, ROOM, "x") };
    assert_eq!(say_form(&mut anna, card), Err(Denial::NoSuchFile {}));
    assert_eq!(texts(&history(&mut anna, ROOM)), ["one"], "nothing of it was said");
    end_well(daemon, &mut anna);
}

#[test]
fn whoever_says_too_much_waits_as_long_as_they_are_told() {
    let (daemon, mut anna) = daemon();
    enter(&mut anna);
    let asked: Vec<u32> =
        (0..200).map(|number| anna.send(Request::Say(form(number, ROOM, "again and again")))).collect();
    let answers: Vec<_> = asked.into_iter().map(|asked| anna.answer(asked)).collect();
    let said = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(said >= 60, "{said}");
    let denied: Vec<&Denial> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert!(!denied.is_empty());
    for denial in denied {
        assert!(matches!(denial, Denial::Throttled { retry_after_ms: 1..=50 }), "{denial:?}");
    }
    assert_eq!(history(&mut anna, ROOM).len(), said);
    end_well(daemon, &mut anna);
}

#[test]
fn a_configuration_that_cannot_be_meant_is_said_at_the_start() {
    let options = Options { config: "[room]\nhistory_days = -1\ncards_mib = -5", ..Options::default() };
    let folder = super::super::real::folders(&options);
    let mut daemon = super::super::real::Daemon::spawn_in(folder, &options);
    daemon.await_log("`room.history_days` must be from 0");
    daemon.await_log("`room.cards_mib` must be from 0");
    assert_eq!(daemon.wait().code(), Some(78));
}

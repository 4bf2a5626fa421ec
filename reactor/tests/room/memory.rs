//! What is kept of what was said: order, pages, changes, search, marks; also across a kill of the daemon.

use parlour_common::message::{
    Denial, Event, OnePost, Post, PostId, ReadFrom, Reply, Request, Revision, Say, SearchPosts, ServerMessage,
};

use super::house::{
    ROOM, await_changed, await_said, beside, conversations, daemon, delete, done, edit, elsewhere, end_well,
    enter, expect_sound, form, history, news, one, read, say, say_form, search, start_again, texts,
};

#[test]
fn what_is_said_is_told_once_to_everyone_in_one_order_without_gaps() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    for client in [&mut anna, &mut sara, &mut mina] {
        enter(client);
    }
    let asked: Vec<u32> =
        (0..20).map(|number| sara.send(Request::Say(form(number, ROOM, &format!("s{number}"))))).collect();
    for number in 100..120 {
        say(&mut mina, number, &format!("m{number}"));
    }
    let answers: Vec<PostId> = asked
        .into_iter()
        .map(|asked| match sara.answer(asked) {
            Ok(Reply::Post(post)) => post.post,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(answers.is_sorted(), "in the order of asking");
    let expected = history(&mut anna, ROOM);
    assert_eq!(expected.iter().map(|post| post.post.0).collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
    for client in [&mut anna, &mut sara, &mut mina] {
        let told: Vec<Post> = (0..40).map(|_| await_said(client)).collect();
        assert_eq!(told, expected);
        assert!(!news(client).iter().any(|event| matches!(event, Event::Said(_))));
    }
    end_well(daemon, &mut anna);
}

#[test]
fn the_answer_comes_before_the_event_on_the_connection_of_who_said_it() {
    let (daemon, mut anna) = daemon();
    enter(&mut anna);
    news(&mut anna);
    let asked = anna.send(Request::Say(form(1, ROOM, "hello")));
    assert!(matches!(anna.message(), Some(ServerMessage::Reply { id, .. }) if id == asked));
    assert!(matches!(anna.message(), Some(ServerMessage::Event(Event::Said(_)))));
    end_well(daemon, &mut anna);
}

#[test]
fn the_same_key_says_nothing_twice_not_even_after_a_kill() {
    let (daemon, mut anna) = daemon();
    enter(&mut anna);
    let first = say(&mut anna, 1, "once");
    news(&mut anna);
    assert_eq!(say(&mut anna, 1, "once"), first);
    assert!(news(&mut anna).is_empty());
    // Another member's key of the same number is another.
    let mut sara = daemon.member("sara");
    enter(&mut sara);
    let hers = say(&mut sara, 1, "mine");
    assert_eq!(hers.post, PostId(2));
    let daemon = start_again(daemon.kill());
    anna = elsewhere(&daemon, "anna");
    enter(&mut anna);
    assert_eq!(say(&mut anna, 1, "once"), first);
    assert_eq!(texts(&history(&mut anna, ROOM)), ["once", "mine"]);
    let edited = edit(&mut anna, &first, "twice").unwrap();
    assert_eq!(say(&mut anna, 1, "once"), edited, "it is answered as it is by now");
    end_well(daemon, &mut anna);
}

#[test]
fn history_is_paged_in_both_directions_and_outlives_a_restart() {
    let (daemon, mut anna) = daemon();
    enter(&mut anna);
    for number in 1..=25 {
        say(&mut anna, number, &format!("number {number}"));
    }
    let daemon = start_again(daemon.end_well());
    anna = elsewhere(&daemon, "anna");
    let ids = |from, limit, anna: &mut _| {
        let page = read(anna, from, limit);
        assert_eq!((page.first, page.last, page.revision), (PostId(1), PostId(25), Revision(25)));
        (page.posts.iter().map(|post| post.post.0).collect::<Vec<_>>(), page.more)
    };
    assert_eq!(ids(ReadFrom::Latest {}, 3, &mut anna), (vec![23, 24, 25], true));
    assert_eq!(ids(ReadFrom::Before(PostId(23)), 2, &mut anna), (vec![21, 22], true));
    assert_eq!(ids(ReadFrom::Before(PostId(3)), 5, &mut anna), (vec![1, 2], false));
    assert_eq!(ids(ReadFrom::After(PostId(23)), 5, &mut anna), (vec![24, 25], false));
    assert_eq!(ids(ReadFrom::After(PostId(0)), 2, &mut anna), (vec![1, 2], true));
    assert_eq!(ids(ReadFrom::After(PostId(25)), 2, &mut anna), (vec![], false));
    let (around, more) = ids(ReadFrom::Around(PostId(10)), 5, &mut anna);
    assert!(around.contains(&10) && around.len() == 5 && more, "{around:?}");
    assert_eq!(ids(ReadFrom::ChangedAfter(Revision(24)), 5, &mut anna), (vec![25], false));
    assert_eq!(ids(ReadFrom::ChangedAfter(Revision(25)), 5, &mut anna), (vec![], false));
    end_well(daemon, &mut anna);
}

#[test]
fn an_edit_and_a_deletion_leave_a_trace_that_those_who_were_away_find() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    enter(&mut anna);
    enter(&mut sara);
    let posts =
        ["one", "two", "three"].into_iter().zip(1..).map(|(text, number)| say(&mut sara, number, text));
    let posts: Vec<Post> = posts.collect();
    let held = read(&mut anna, ReadFrom::Latest {}, 10).revision;
    let edited = edit(&mut sara, &posts[0], "one!").unwrap();
    assert!(edited.edited_unix_ms.is_some() && edited.post == posts[0].post);
    assert_eq!(await_changed(&mut anna), edited);
    let deleted = delete(&mut sara, &posts[1]).unwrap();
    assert!(deleted.deleted_unix_ms.is_some() && deleted.text.is_empty());
    assert_eq!(await_changed(&mut anna), deleted);
    let changed = read(&mut anna, ReadFrom::ChangedAfter(held), 10);
    assert_eq!((changed.posts, changed.more), (vec![edited.clone(), deleted.clone()], false));
    assert_eq!(history(&mut anna, ROOM), [edited.clone(), deleted, posts[2].clone()]);
    // The same words again change nothing.
    news(&mut anna);
    assert_eq!(edit(&mut sara, &posts[0], "one!"), Ok(edited));
    assert!(!news(&mut anna).iter().any(|event| matches!(event, Event::PostChanged(_))));
    assert_eq!(edit(&mut sara, &posts[1], "back"), Err(Denial::NoSuchPost {}));
    assert_eq!(edit(&mut anna, &posts[2], "not mine"), Err(Denial::NotAuthor {}));
    assert_eq!(delete(&mut anna, &posts[2]).map(|_| ()), Err(Denial::NotAuthor {}));
    // A reply keeps what it replied to.
    let reply = Say { reply_to: Some(posts[2].post), ..form(9, ROOM, "four") };
    let reply = say_form(&mut anna, reply).unwrap();
    let quote = reply.reply_to.unwrap();
    assert_eq!((quote.post, quote.author.as_str(), quote.excerpt.as_str()), (posts[2].post, "sara", "three"));
    end_well(daemon, &mut anna);
}

#[test]
fn what_was_said_is_found_by_its_words_in_any_script() {
    let (daemon, mut anna) = daemon();
    enter(&mut anna);
    let said = ["The Café opens at 8", "سلام به همه", "the cafe is closed", "개구리가 울어요", "nothing"];
    for (number, text) in (1..).zip(said) {
        say(&mut anna, number, text);
    }
    let found = |query: &str, anna: &mut _| {
        texts(&search(anna, ROOM, query).unwrap().posts).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found("CAFE", &mut anna), ["the cafe is closed", "The Café opens at 8"]);
    assert_eq!(found("open cafe the", &mut anna), [""; 0], "only the last may be a beginning");
    assert_eq!(found("cafe the ope", &mut anna), ["The Café opens at 8"]);
    assert_eq!(found("سلام", &mut anna), ["سلام به همه"]);
    assert_eq!(found("개구", &mut anna), ["개구리가 울어요"]);
    let page = SearchPosts { conversation: ROOM, query: "the".to_owned(), before: None, limit: 1 };
    let Ok(Reply::PostsFound(first)) = anna.ask(Request::SearchPosts(page.clone())) else { panic!() };
    assert_eq!(texts(&first.posts).len(), 1);
    let before = Some(first.next.expect("more"));
    let Ok(Reply::PostsFound(rest)) = anna.ask(Request::SearchPosts(SearchPosts { before, ..page })) else {
        panic!()
    };
    assert_eq!((texts(&rest.posts), rest.next), (vec!["The Café opens at 8"], None));
    // What is edited or deleted is found as it is.
    let posts = history(&mut anna, ROOM);
    edit(&mut anna, &posts[2], "the bar is closed").unwrap();
    delete(&mut anna, &posts[0]).unwrap();
    assert_eq!(found("cafe", &mut anna), [""; 0]);
    assert_eq!(found("bar", &mut anna), ["the bar is closed"]);
    end_well(daemon, &mut anna);
}

#[test]
fn what_one_has_read_is_known_on_every_device_and_mentions_are_counted() {
    let (daemon, mut anna) = daemon();
    let mut sara = daemon.member("sara");
    enter(&mut anna);
    let posts: Vec<Post> = (1..=3).map(|number| say(&mut anna, number, "hi @Sara, @nobody")).collect();
    let entry = |client: &mut _| {
        let entry = conversations(client).remove(0);
        (entry.read_up_to.0, entry.mentions, entry.last.0)
    };
    assert_eq!(entry(&mut sara), (0, 3, 3));
    let mut phone = beside(&daemon, &sara);
    done(&mut sara, Request::MarkRead(one(&posts[1]))).unwrap();
    phone.await_event(|event| (*event == Event::MarkedRead(one(&posts[1]))).then_some(()));
    assert_eq!(entry(&mut phone), (2, 1, 3));
    // Never back.
    done(&mut phone, Request::MarkRead(one(&posts[0]))).unwrap();
    assert_eq!(entry(&mut sara), (2, 1, 3));
    assert!(!news(&mut sara).iter().any(|event| matches!(event, Event::MarkedRead(_))));
    assert_eq!(entry(&mut anna).0, 0, "to say something is not to read");
    let daemon = start_again(daemon.kill());
    let mut sara = elsewhere(&daemon, "sara");
    assert_eq!(entry(&mut sara), (2, 1, 3));
    let beyond = OnePost { conversation: ROOM, post: PostId(99) };
    assert!(matches!(done(&mut sara, Request::MarkRead(beyond)), Err(Denial::NoSuchPost {}) | Ok(())));
    assert!(entry(&mut sara).0 <= 3, "nobody has read what was not said");
    drop(sara);
    expect_sound(&daemon.end_well());
}

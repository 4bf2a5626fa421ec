//! What is said, edited, deleted and read, and who is told.

use parlour_common::limits::POST_TEXT_BYTES_MAX;
use parlour_common::message::{
    Denial, EditPost, Event, Fault, Field, FieldFault, Post, PostId, PostPage, PostsFound, Reply, Request,
    Revision, Say,
};
use parlour_reactor::id::ConnId;
use parlour_reactor::job::{Job, RoomFound, RoomJob, RoomPolicy};
use parlour_reactor::store::{Change, ChangeError, NewPost, Refusal, RoomChange, RoomOutcome, UserId};

use super::super::house::House;
use super::asks::{
    ROOM, TWO, applied, delete, edit, form, found, key, mark, news_of, one, post, read, say, say_to_one,
    search,
};

/// A room with sara and mina in it.
fn room_of_two() -> (House, ConnId, ConnId) {
    let mut house =
        House::with(|settings| settings.room = RoomPolicy { history_days: 0, cards_bytes_max: Some(1000) });
    let (sara, mina) = (house.guest(1, 7, "sara"), house.guest(2, 8, "mina"));
    house.takes_seat(sara, 7, 1);
    house.settle();
    house.takes_seat(mina, 8, 2);
    house.settle();
    (house, sara, mina)
}

fn text_fault(fault: Fault) -> Denial {
    Denial::InvalidFields { faults: vec![FieldFault { field: Field::Text, fault }] }
}

#[test]
fn what_is_said_is_answered_once_it_is_durable_then_told_to_everyone_in_the_room() {
    let (mut house, sara, mina) = room_of_two();
    let watching = house.guest(3, 9, "zoe");
    let reply_to = Some(PostId(3));
    let asker = house.ask(mina, Request::Say(Say { reply_to, ..form("\n hello\u{7}, all\r\n") }));
    let (ticket, change) = house.expect_commit();
    let expected = NewPost {
        author: UserId(8),
        key: key(1),
        conversation: ROOM,
        text: " hello, all".to_owned(),
        reply_to,
        card: None,
        at_unix_ms: house.now.unix_ms,
        cards_bytes_max: Some(1000),
    };
    assert_eq!(change, Change::Room(RoomChange::Say(Box::new(expected))));
    house.expect_nothing();
    house.apply(ticket, Ok(applied(news_of(post(4, "mina", " hello, all")))));
    house.expect_post(asker, &post(4, "mina", " hello, all"));
    assert_eq!(house.expect_told(&[sara, mina]), Event::Said(post(4, "mina", " hello, all")));
    house.expect_nothing();
    // Who reads along has no seat, and is not told.
    assert!(house.service.member_of(watching).is_some());
}

#[test]
fn the_same_key_again_is_answered_and_told_to_nobody() {
    let (mut house, _, mina) = room_of_two();
    let outcome = RoomOutcome { news: false, ..news_of(post(4, "mina", "hello")) };
    let asker = house.said(mina, "hello", outcome);
    house.expect_post(asker, &post(4, "mina", "hello"));
    house.expect_nothing();
}

#[test]
fn in_the_room_one_speaks_from_ones_seat_only() {
    let (mut house, sara, mina) = room_of_two();
    let (watching, phone) = (house.guest(3, 9, "zoe"), house.guest(4, 8, "mina"));
    for conn in [watching, phone] {
        let asker = house.ask(conn, say("hello"));
        house.expect_denial(asker, &Denial::NotSeated {});
        house.expect_nothing();
    }
    // Between two it needs none; nor does changing what one said.
    for request in [say_to_one("hello"), edit(1, "hello"), delete(1), mark(1)] {
        house.ask(phone, request);
        house.expect_commit();
    }
    // The seat that is lost is none on the line.
    house.service.handle_closed(mina);
    house.settle();
    let mina = house.guest(5, 8, "mina");
    let asker = house.ask(mina, say("hello"));
    house.expect_denial(asker, &Denial::NotSeated {});
    house.ask(sara, say("hello"));
    house.expect_commit();
}

#[test]
fn what_is_said_between_two_is_told_to_all_devices_of_both_and_to_nobody_else() {
    let (mut house, sara, mina) = room_of_two();
    let (phone, zoe) = (house.guest(3, 8, "mina"), house.guest(4, 9, "zoe"));
    let asker = house.ask(sara, say_to_one("psst"));
    let (ticket, _) = house.expect_commit();
    let said = Post { conversation: TWO, ..post(1, "sara", "psst") };
    let outcome = RoomOutcome { members: Some([UserId(7), UserId(8)]), ..news_of(said.clone()) };
    house.apply(ticket, Ok(applied(outcome)));
    house.expect_post(asker, &said);
    assert_eq!(house.expect_told(&[sara, mina, phone]), Event::Said(said));
    // To someone who is offline: it is told to oneself, and kept.
    let asker = house.ask(zoe, say_to_one("are you there?"));
    let (ticket, _) = house.expect_commit();
    let said = Post { conversation: TWO, ..post(1, "zoe", "are you there?") };
    let outcome = RoomOutcome { members: Some([UserId(9), UserId(12)]), ..news_of(said.clone()) };
    house.apply(ticket, Ok(applied(outcome)));
    house.expect_post(asker, &said);
    assert_eq!(house.expect_told(&[zoe]), Event::Said(said));
    house.expect_nothing();
}

#[test]
fn a_text_that_cannot_be_said_is_refused_before_anything() {
    let (mut house, _, mina) = room_of_two();
    let long = "x".repeat(POST_TEXT_BYTES_MAX as usize + 1);
    for (text, fault) in [
        ("", Fault::Missing {}),
        (" \n\t\u{0}\u{7}", Fault::Missing {}),
        (long.as_str(), Fault::TooLong { max: POST_TEXT_BYTES_MAX }),
    ] {
        for request in [say(text), say_to_one(text)] {
            let asker = house.ask(mina, request);
            house.expect_denial(asker, &text_fault(fault.clone()));
        }
    }
    let asker = house.ask(mina, edit(1, &long));
    house.expect_denial(asker, &text_fault(Fault::TooLong { max: POST_TEXT_BYTES_MAX }));
    // What has a card may be said without words; the store knows whether it has.
    let asker = house.ask(mina, edit(1, " "));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Err(ChangeError::Refused(Refusal::NothingSaid)));
    house.expect_denial(asker, &text_fault(Fault::Missing {}));
    house.expect_nothing();
}

#[test]
fn an_edit_and_a_deletion_are_answered_and_told_as_the_post_is_then() {
    let (mut house, sara, mina) = room_of_two();
    let at_unix_ms = house.now.unix_ms;
    let edited = EditPost { conversation: ROOM, post: PostId(4), text: "hello!\u{0}".to_owned() };
    let asker = house.ask(mina, Request::EditPost(edited));
    let (ticket, change) = house.expect_commit();
    let (author, conversation, text) = (UserId(8), ROOM, "hello!".to_owned());
    let expected = RoomChange::EditPost { author, conversation, post: PostId(4), text, at_unix_ms };
    assert_eq!(change, Change::Room(expected));
    let now = Post { revision: Revision(9), edited_unix_ms: Some(at_unix_ms), ..post(4, "mina", "hello!") };
    house.apply(ticket, Ok(applied(news_of(now.clone()))));
    house.expect_post(asker, &now);
    assert_eq!(house.expect_told(&[sara, mina]), Event::PostChanged(now.clone()));
    // The same words again change nothing.
    let asker = house.ask(mina, edit(4, "hello!"));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(applied(RoomOutcome { news: false, ..news_of(now.clone()) })));
    house.expect_post(asker, &now);
    house.expect_nothing();
    let asker = house.ask(mina, delete(4));
    let (ticket, change) = house.expect_commit();
    let expected = RoomChange::DeletePost { author, conversation, post: PostId(4), at_unix_ms };
    assert_eq!(change, Change::Room(expected));
    let gone = Post { revision: Revision(10), deleted_unix_ms: Some(at_unix_ms), ..post(4, "mina", "") };
    house.apply(ticket, Ok(applied(RoomOutcome { doomed: true, ..news_of(gone.clone()) })));
    house.expect_post(asker, &gone);
    assert_eq!(house.expect_told(&[sara, mina]), Event::PostChanged(gone));
    // The contents of its card go.
    let (_, job) = house.expect_own_run();
    assert!(matches!(job, Job::Files(parlour_reactor::job::FilesJob::RemoveDoomed)), "{job:?}");
}

#[test]
fn every_refusal_of_the_store_is_a_denial_that_says_why() {
    let (mut house, _, mina) = room_of_two();
    let cases = [
        (Refusal::NoSuchConversation, Denial::NoSuchConversation {}),
        (Refusal::NoSuchPost, Denial::NoSuchPost {}),
        (Refusal::NoSuchCard, Denial::NoSuchCard {}),
        (Refusal::NotAuthor, Denial::NotAuthor {}),
        (Refusal::NothingSaid, text_fault(Fault::Missing {})),
        (Refusal::Departed, Denial::NoSuchMember {}),
        (Refusal::CardsFull { left_bytes: 12 }, Denial::CardsFull { left_bytes: 12 }),
        (Refusal::NoSuchFile, Denial::NoSuchFile {}),
        (Refusal::NoSuchUser, Denial::SessionEnded {}),
        (Refusal::NotActive, Denial::SessionEnded {}),
        // That should not have been.
        (Refusal::LastAdmin, Denial::Internal {}),
    ];
    for (refusal, denial) in cases {
        for request in [say("hello"), edit(1, "hello"), delete(1), mark(1)] {
            let asker = house.ask(mina, request);
            let (ticket, _) = house.expect_commit();
            house.apply(ticket, Err(ChangeError::Refused(refusal)));
            house.expect_denial(asker, &denial);
            house.expect_nothing();
        }
    }
    let asker = house.ask(mina, say("hello"));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Err(ChangeError::StorageUnavailable));
    house.expect_denial(asker, &Denial::StorageUnavailable {});
}

#[test]
fn what_is_read_on_one_device_is_told_to_the_others() {
    let (mut house, _, mina) = room_of_two();
    let (phone, tablet) = (house.guest(3, 8, "mina"), house.guest(4, 8, "mina"));
    let asker = house.ask(phone, mark(3));
    let (ticket, change) = house.expect_commit();
    let expected = RoomChange::MarkRead { user: UserId(8), conversation: ROOM, post: PostId(3) };
    assert_eq!(change, Change::Room(expected));
    house.apply(ticket, Ok(applied(RoomOutcome { news: true, ..RoomOutcome::default() })));
    house.expect_reply(asker, &Reply::Done {});
    assert_eq!(house.expect_told(&[mina, tablet]), Event::MarkedRead(one(3)));
    // What was read before is no news.
    let asker = house.ask(phone, mark(2));
    let (ticket, _) = house.expect_commit();
    house.apply(ticket, Ok(applied(RoomOutcome::default())));
    house.expect_reply(asker, &Reply::Done {});
    house.expect_nothing();
}

#[test]
fn a_member_says_sixty_things_at_once_and_then_twenty_a_second() {
    let (mut house, sara, mina) = room_of_two();
    let ask = |house: &mut House, conn, request: Request| {
        let asker = house.ask(conn, request);
        match house.service.poll_effect().unwrap() {
            parlour_reactor::effect::Effect::Commit { .. } => None,
            parlour_reactor::effect::Effect::Answer { to, answer } => {
                assert_eq!(to, asker);
                match answer {
                    parlour_reactor::effect::Answer::Denial(Denial::Throttled { retry_after_ms }) => {
                        Some(retry_after_ms)
                    }
                    answer => panic!("{answer:?}"),
                }
            }
            effect => panic!("{effect:?}"),
        }
    };
    // Edits and deletions count like words: each is told to everyone.
    let requests = [say("a"), edit(1, "b"), delete(1)];
    for number in 0..60 {
        assert_eq!(ask(&mut house, mina, requests[number % 3].clone()), None, "{number}");
    }
    for request in &requests {
        assert_eq!(ask(&mut house, mina, request.clone()), Some(50));
    }
    // Nobody else is held up, and to read is free.
    assert_eq!(ask(&mut house, sara, say("a")), None);
    house.ask_for_job(mina, read(1));
    house.ask(mina, mark(1));
    house.expect_commit();
    house.pass_ms(1000);
    for _ in 0..20 {
        assert_eq!(ask(&mut house, mina, say("a")), None);
    }
    assert_eq!(ask(&mut house, mina, say("a")), Some(50));
    // What is refused before it is said takes none of it.
    house.pass_ms(50);
    for _ in 0..10 {
        let asker = house.ask(mina, say(""));
        house.expect_denial(asker, &text_fault(Fault::Missing {}));
    }
    assert_eq!(ask(&mut house, mina, say("a")), None);
}

#[test]
fn pages_of_posts_come_from_the_store_and_are_answered_as_they_are() {
    let (mut house, _, mina) = room_of_two();
    let page = PostPage {
        conversation: ROOM,
        posts: vec![post(1, "sara", "one")],
        first: PostId(1),
        last: PostId(1),
        revision: Revision(1),
        more: false,
    };
    let (asker, ticket, job) = house.ask_for_job(mina, read(64));
    assert!(matches!(job, Job::Room(RoomJob::Read { user: UserId(8), .. })), "{job:?}");
    house.complete(ticket, found(RoomFound::Posts(page.clone())));
    house.expect_reply(asker, &Reply::Posts(page));
    let posts = PostsFound { posts: vec![post(1, "sara", "one")], next: Some(PostId(1)) };
    let (asker, ticket, job) = house.ask_for_job(mina, search("one", 1));
    assert!(matches!(job, Job::Room(RoomJob::Search { user: UserId(8), .. })), "{job:?}");
    house.complete(ticket, found(RoomFound::Found(posts.clone())));
    house.expect_reply(asker, &Reply::PostsFound(posts));
    for request in [read(1), search("x", 1)] {
        let (asker, ticket, _) = house.ask_for_job(mina, request);
        house.complete(ticket, found(RoomFound::Refused(Denial::NoSuchConversation {})));
        house.expect_denial(asker, &Denial::NoSuchConversation {});
    }
}

#[test]
fn pages_that_may_not_be_asked_for_are_bad_requests() {
    let (mut house, _, mina) = room_of_two();
    let long = "x".repeat(parlour_common::limits::QUERY_BYTES_MAX + 1);
    let bad = [
        read(0),
        read(65),
        search("x", 0),
        search("x", 65),
        search(&long, 1),
        super::asks::seats(0, 0),
        super::asks::seats(0, 201),
        super::asks::list(0),
        super::asks::list(49),
        super::asks::open("Mina"),
    ];
    for request in bad {
        let asker = house.ask(mina, request);
        match house.expect_answer(asker) {
            parlour_reactor::effect::Answer::Denial(Denial::BadRequest { reason }) => {
                assert!(reason.starts_with('`'), "{reason}");
            }
            answer => panic!("{answer:?}"),
        }
        house.expect_nothing();
    }
}

//! What becomes of the cards of somebody who leaves for good, by the choice that is made there.

use parlour_common::Secret;
use parlour_common::message::{Card, DeleteAccount, Denial, Post, ReadFrom, Reply, Request, SharedFate};

use super::super::real::{Client, Daemon, PASSWORD};
use super::house::{
    ROOM, await_changed, await_contents, daemon, end_well, enter, fetch, history, open, put, read, say, show,
    try_read,
};

/// A departing member with a card in the room and one between two; mina, with whom it is, looks on from her seat.
fn with_sara() -> (Daemon, Client, Client, Client, [Post; 2]) {
    let (daemon, anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    enter(&mut sara);
    enter(&mut mina);
    let (one, other) = (put(&mut sara, 1, "room.ogg").file, put(&mut sara, 2, "two.ogg").file);
    let room = show(&mut sara, 1, ROOM, one).unwrap();
    let two = open(&mut sara, "mina").unwrap().conversation;
    let two = show(&mut sara, 2, two, other).unwrap();
    say(&mut sara, 3, "farewell");
    (daemon, anna, sara, mina, [room, two])
}

fn go(client: &mut Client, shared: SharedFate) {
    let form = DeleteAccount { password: Secret::new(PASSWORD.to_owned()), shared };
    assert_eq!(client.ask(Request::DeleteAccount(form)), Ok(Reply::Done {}));
}

#[test]
fn cards_that_are_to_stay_stay_without_their_owner() {
    for shared in [SharedFate::Keep {}, SharedFate::HandOver { to: "mina".to_owned() }] {
        let (daemon, mut anna, mut sara, mut mina, [room, two]) = with_sara();
        go(&mut sara, shared.clone());
        // Handed over, the files are the heir's; kept, nobody has them but the cards.
        await_contents(&daemon, 2);
        assert!(fetch(&mut mina, &room, 1, 0).is_ok() && fetch(&mut mina, &two, 2, 0).is_ok());
        assert!(fetch(&mut anna, &room, 1, 0).is_ok());
        assert_eq!(history(&mut anna, ROOM)[0], room, "{shared:?}");
        end_well(daemon, &mut anna);
    }
}

#[test]
fn cards_that_are_to_go_go_and_those_who_saw_them_are_told() {
    let (daemon, mut anna, mut sara, mut mina, [room, two]) = with_sara();
    let held = read(&mut mina, ReadFrom::Latest {}, 1).revision;
    go(&mut sara, SharedFate::Remove {});
    let changed = [await_changed(&mut mina), await_changed(&mut mina)];
    for before in [&room, &two] {
        let now = changed.iter().find(|post| post.conversation == before.conversation).unwrap();
        assert!(now.revision > before.revision);
        let expected = Post { card: Some(Card::Gone {}), revision: now.revision, ..before.clone() };
        assert_eq!(*now, expected, "the post stays");
        assert_eq!(fetch(&mut mina, before, 1, 0), Err(Denial::NoSuchCard {}));
    }
    // Who was away finds it.
    let page = try_read(&mut anna, ROOM, ReadFrom::ChangedAfter(held), 10).unwrap();
    assert_eq!(page.posts.iter().map(|post| post.card.clone()).collect::<Vec<_>>(), [Some(Card::Gone {})]);
    await_contents(&daemon, 0);
    assert_eq!(history(&mut anna, ROOM)[1].text, "farewell", "words stay");
    end_well(daemon, &mut anna);
}

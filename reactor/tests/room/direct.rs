//! What two say to each other: to all devices of both, also to one who is offline, and to nobody else.

use parlour_common::message::{
    ConversationId, DeleteUser, Denial, Event, PostId, ReadFrom, Request, SharedFate,
};

use super::super::real::Client;
use super::house::{
    ROOM, await_said, beside, conversations, daemon, delete, done, edit, elsewhere, end_well, enter, form,
    history, news, open, put, say_form, say_in, search, show, start_again, texts, try_read,
};

fn names(client: &mut Client) -> Vec<(Option<String>, u64, u64)> {
    let entry = |entry: parlour_common::message::ConversationEntry| {
        (entry.with.map(|with| with.to_string()), entry.last.0, entry.read_up_to.0)
    };
    conversations(client).into_iter().map(entry).collect()
}

#[test]
fn what_is_said_to_one_who_is_offline_is_there_when_they_come() {
    let (daemon, anna) = daemon();
    drop(anna);
    let (mut sara, mina) = (daemon.member("sara"), daemon.member("mina"));
    let token = mina.token.clone().unwrap();
    drop(mina);
    let two = open(&mut sara, "Mina").unwrap();
    assert_eq!((two.with.unwrap().as_str(), two.last, two.first), ("mina", PostId(0), PostId(1)));
    assert_eq!(open(&mut sara, "mina").unwrap().conversation, two.conversation, "it is found again");
    assert_eq!(names(&mut sara), [(None, 0, 0)], "nothing was said");
    // Without a seat, and with a file.
    let two = two.conversation;
    say_in(&mut sara, 1, two, "are you there?");
    let file = put(&mut sara, 1, "song.ogg").file;
    show(&mut sara, 2, two, file).unwrap();
    let daemon = start_again(daemon.end_well());
    let mut mina = daemon.client();
    mina.resume(token).unwrap();
    assert_eq!(names(&mut mina), [(None, 0, 0), (Some("sara".to_owned()), 2, 0)]);
    let posts = history(&mut mina, two);
    assert_eq!(texts(&posts), ["are you there?", ""]);
    super::house::fetch(&mut mina, &posts[1], 1, 0).unwrap();
    let mut anna = elsewhere(&daemon, "anna");
    end_well(daemon, &mut anna);
}

#[test]
fn both_are_told_on_all_their_devices_and_nobody_else_learns_of_it() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    for client in [&mut anna, &mut sara] {
        enter(client);
    }
    let two = open(&mut sara, "mina").unwrap().conversation;
    assert_eq!(open(&mut mina, "sara").unwrap().conversation, two, "it is one");
    let mut phone = beside(&daemon, &mina);
    let post = say_in(&mut sara, 1, two, "psst, secret");
    for client in [&mut sara, &mut mina, &mut phone] {
        assert_eq!(await_said(client), post);
    }
    let answer = say_in(&mut phone, 1, two, "what is it?");
    assert_eq!((await_said(&mut sara), await_said(&mut mina)), (answer.clone(), answer.clone()));
    let is_of_two = |event: &Event| matches!(event, Event::Said(_) | Event::PostChanged(_));
    assert!(!news(&mut anna).iter().any(is_of_two));
    // Whether or not there is such a conversation, it is none of hers; an admin is no exception.
    for conversation in [two, ConversationId(77)] {
        let none = Err(Denial::NoSuchConversation {});
        assert_eq!(try_read(&mut anna, conversation, ReadFrom::Latest {}, 5).map(|_| ()), none);
        assert_eq!(search(&mut anna, conversation, "secret").map(|_| ()), none);
        assert_eq!(say_form(&mut anna, form(5, conversation, "hello?")).map(|_| ()), none);
    }
    assert_eq!(search(&mut anna, ROOM, "secret").unwrap().posts, []);
    assert_eq!(texts(&search(&mut mina, two, "secret").unwrap().posts), ["psst, secret"]);
    assert_eq!(names(&mut anna), [(None, 0, 0)]);
    edit(&mut sara, &post, "never mind").unwrap();
    delete(&mut sara, &post).unwrap();
    assert_eq!(edit(&mut mina, &post, "mine").map(|_| ()), Err(Denial::NotAuthor {}));
    assert!(!news(&mut anna).iter().any(is_of_two));
    assert_eq!(news(&mut mina).iter().filter(|event| is_of_two(event)).count(), 2);
    end_well(daemon, &mut anna);
}

#[test]
fn a_conversation_with_an_account_that_is_gone_can_be_read_and_nothing_be_said_in_it() {
    let (daemon, mut anna) = daemon();
    let (mut sara, mut mina) = (daemon.member("sara"), daemon.member("mina"));
    let two = open(&mut sara, "mina").unwrap().conversation;
    say_in(&mut sara, 1, two, "farewell");
    say_in(&mut mina, 1, two, "take care");
    let form_of = DeleteUser { user_name: "mina".to_owned(), shared: SharedFate::Remove {} };
    done(&mut anna, Request::DeleteUser(form_of)).unwrap();
    let entry = conversations(&mut sara).remove(1);
    assert_eq!((entry.with.unwrap().as_str(), entry.departed, entry.conversation), ("mina", true, two));
    let posts = history(&mut sara, two);
    assert_eq!(texts(&posts), ["farewell", "take care"]);
    assert_eq!(posts[1].author.as_str(), "mina", "a name stays");
    assert_eq!(say_form(&mut sara, form(2, two, "hello?")).map(|_| ()), Err(Denial::NoSuchMember {}));
    assert_eq!(open(&mut sara, "mina").map(|_| ()), Err(Denial::NoSuchMember {}));
    // Whoever takes the name later has nothing of it.
    let mut another = daemon.member("mina");
    assert_eq!(names(&mut another), [(None, 0, 0)]);
    assert_eq!(
        try_read(&mut another, two, ReadFrom::Latest {}, 5).map(|_| ()),
        Err(Denial::NoSuchConversation {})
    );
    assert_ne!(open(&mut another, "sara").unwrap().conversation, two);
    end_well(daemon, &mut anna);
}

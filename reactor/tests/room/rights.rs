//! The right to act in the room and between two, checked for every request about them and everyone who may ask it: a
//! new request must be added to the table here. What is not allowed changes nothing, and shows nothing.

use std::collections::BTreeMap;

use parlour_common::message::{
    Denial, EnterRoom, FetchCard, KeepCard, ListConversations, ListSeats, OpenConversation, Post, ReadFrom,
    ReadPosts, Reply, Request, SameName, Say, SearchPosts,
};
use parlour_common::names::UserName;
use strum::VariantNames;

use super::super::real::Client;
use super::house::{
    ROOM, conversations, daemon, done, end_well, enter, form, history, leave, load, one, open, put, seats,
};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Right {
    /// It is done.
    Yes,
    /// It needs a seat.
    NoSeat,
    /// There is no such conversation.
    None,
    /// Somebody else said it.
    Theirs,
    /// Sign in first.
    First,
    /// It needs an account.
    No,
}

use Right::{First, No, NoSeat, None, Theirs, Yes};

/// Who asks: sara, who said it, and has a seat; mina, with whom she speaks, and zoe, with whom she does not, who have
/// none.
const ASKERS: [&str; 5] = ["sara", "mina", "zoe", "signed out", "operator"];

/// Where it is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Where {
    Room,
    Two,
}

use Where::{Room, Two};

/// What everyone may do.
#[rustfmt::skip]
const TABLE: [(&str, Where, [Right; 5]); 21] = [
    //                                sara  mina    zoe     signed out operator
    ("enter_room",         Room,     [Yes,  Yes,    Yes,    First,     No]),
    ("leave_room",         Room,     [Yes,  Yes,    Yes,    First,     No]),
    ("list_seats",         Room,     [Yes,  Yes,    Yes,    First,     No]),
    ("list_conversations", Room,     [Yes,  Yes,    Yes,    First,     No]),
    ("open_conversation",  Two,      [Yes,  Yes,    Yes,    First,     No]),
    ("say",                Room,     [Yes,  NoSeat, NoSeat, First,     No]),
    ("say",                Two,      [Yes,  Yes,    None,   First,     No]),
    ("edit_post",          Room,     [Yes,  Theirs, Theirs, First,     No]),
    ("edit_post",          Two,      [Yes,  Theirs, None,   First,     No]),
    ("delete_post",        Room,     [Yes,  Theirs, Theirs, First,     No]),
    ("delete_post",        Two,      [Yes,  Theirs, None,   First,     No]),
    ("read_posts",         Room,     [Yes,  Yes,    Yes,    First,     No]),
    ("read_posts",         Two,      [Yes,  Yes,    None,   First,     No]),
    ("search_posts",       Room,     [Yes,  Yes,    Yes,    First,     No]),
    ("search_posts",       Two,      [Yes,  Yes,    None,   First,     No]),
    ("mark_read",          Room,     [Yes,  Yes,    Yes,    First,     No]),
    ("mark_read",          Two,      [Yes,  Yes,    None,   First,     No]),
    ("fetch_card",         Room,     [Yes,  Yes,    Yes,    First,     No]),
    ("fetch_card",         Two,      [Yes,  Yes,    None,   First,     No]),
    ("keep_card",          Room,     [Yes,  Yes,    Yes,    First,     No]),
    ("keep_card",          Two,      [Yes,  Yes,    None,   First,     No]),
];

fn request(name: &str, post: &Post, key: u64) -> Request {
    let Post { conversation, post: number, .. } = *post;
    match name {
        "enter_room" => Request::EnterRoom(EnterRoom { take_over: false }),
        "leave_room" => Request::LeaveRoom {},
        "list_seats" => Request::ListSeats(ListSeats { offset: 0, limit: 10 }),
        "list_conversations" => Request::ListConversations(ListConversations { offset: 0, limit: 10 }),
        "open_conversation" => {
            Request::OpenConversation(OpenConversation { with: UserName::parse("anna").unwrap() })
        }
        "say" => Request::Say(form(key, conversation, "a word")),
        "edit_post" => {
            let text = format!("edited {key}");
            Request::EditPost(parlour_common::message::EditPost { conversation, post: number, text })
        }
        "delete_post" => Request::DeletePost(one(post)),
        "read_posts" => Request::ReadPosts(ReadPosts { conversation, from: ReadFrom::Latest {}, limit: 10 }),
        "search_posts" => {
            let query = "shown".to_owned();
            Request::SearchPosts(SearchPosts { conversation, query, before: Option::None, limit: 10 })
        }
        "mark_read" => Request::MarkRead(one(post)),
        "fetch_card" => {
            Request::FetchCard(FetchCard { conversation, post: number, offset: 0, length: Option::None })
        }
        "keep_card" => {
            Request::KeepCard(KeepCard { conversation, post: number, same_name: SameName::KeepBoth })
        }
        name => panic!("{name} is not in the table"),
    }
}

/// Tells what became of a request.
fn outcome(client: &mut Client, answer: Result<Reply, Denial>) -> Right {
    match answer {
        Err(Denial::NoSuchConversation {}) => None,
        Err(Denial::NotAuthor {}) => Theirs,
        Err(Denial::NotSeated {}) => NoSeat,
        Err(Denial::SignInFirst {}) => First,
        Err(Denial::NotAllowed {}) => No,
        Ok(Reply::FileStart(start)) => {
            let load = load(1);
            client.try_receive_chunks(&start, |place, piece| load.is_at(place, piece)).unwrap();
            Yes
        }
        Ok(Reply::Posts(page)) => {
            assert!(!page.posts.is_empty());
            Yes
        }
        Ok(Reply::PostsFound(found)) => {
            assert!(!found.posts.is_empty());
            Yes
        }
        Ok(_) => Yes,
        Err(denial) => panic!("{denial:?} is in no table"),
    }
}

#[test]
fn every_request_about_the_room_is_in_the_table() {
    let first = Request::VARIANTS.iter().position(|name| *name == TABLE[0].0).unwrap();
    let mut listed: Vec<&str> = TABLE.iter().map(|(name, ..)| *name).collect();
    listed.dedup();
    assert_eq!(listed, Request::VARIANTS[first..]);
}

/// All of it that could be changed, as sara and the others see it.
fn seen(askers: &mut BTreeMap<&str, Client>, two: parlour_common::message::ConversationId) -> String {
    let sara = askers.get_mut("sara").unwrap();
    let (room, ours, there) = (history(sara, ROOM), history(sara, two), seats(sara));
    let lists: Vec<_> =
        ["sara", "mina", "zoe"].map(|name| conversations(askers.get_mut(name).unwrap())).into();
    let files: Vec<_> = ["sara", "mina", "zoe"]
        .map(|name| askers.get_mut(name).unwrap().list_all_files(parlour_common::message::FilePlace::Own))
        .into();
    format!("{room:?} {ours:?} {there:?} {lists:?} {files:?}")
}

#[test]
fn everyone_may_do_what_the_table_says_and_what_is_not_theirs_is_neither_touched_nor_shown() {
    let (daemon, mut anna) = daemon();
    let mut signed_out = daemon.member("bob");
    done(&mut signed_out, Request::SignOut {}).unwrap();
    let mut operator = Client::connect_locally(&daemon.folder.path().join("state/parlourd.sock"));
    operator.hello();
    let members = ["sara", "mina", "zoe"].map(|name| daemon.member(name));
    let askers = ASKERS.into_iter().zip(members.into_iter().chain([signed_out, operator]));
    let mut askers: BTreeMap<&str, Client> = askers.collect();
    let sara = askers.get_mut("sara").unwrap();
    enter(sara);
    let file = put(sara, 1, "song.ogg").file;
    let two = open(sara, "mina").unwrap().conversation;
    let mut key = 1000;
    for (name, place, rights) in TABLE {
        for (asker, right) in ASKERS.into_iter().zip(rights) {
            key += 10;
            let sara = askers.get_mut("sara").unwrap();
            if seats(sara).iter().all(|(name, _)| name != "sara") {
                enter(sara);
            }
            let conversation = if place == Room { ROOM } else { two };
            let card = Some(parlour_common::message::CardSource::File(file));
            let shown = Say { card, ..form(key, conversation, "shown") };
            let post = super::house::say_form(sara, shown).unwrap();
            let before = seen(&mut askers, two);
            let client = askers.get_mut(asker).unwrap();
            let answer = client.ask(request(name, &post, key + 1));
            assert_eq!(outcome(client, answer), right, "{name}, {place:?}, {asker}");
            if right != Yes {
                assert_eq!(seen(&mut askers, two), before, "{name}, {place:?}, {asker}: nothing is touched");
            }
            if asker != "sara" && name == "enter_room" && right == Yes {
                leave(askers.get_mut(asker).unwrap()).unwrap();
            }
        }
        // As fast as one may: what is said here is counted.
        std::thread::sleep(std::time::Duration::from_millis(250));
    }
    drop(askers);
    end_well(daemon, &mut anna);
}

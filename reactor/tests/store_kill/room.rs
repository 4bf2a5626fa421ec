//! What a person does in the room: the steps of their lives, and what must be seen of it after each.
//!
//! This file does not know when the writer is killed.

use std::collections::BTreeMap;

use parlour_common::limits::POSTS_PER_PAGE_MAX;
use parlour_common::message::{Card, ConversationId, Post, PostId, ReadFrom, ReadPosts, SayKey};
use parlour_reactor::store::{Applied, Change, NewCard, NewPost, RoomChange, Store, UserId, Writer};

use super::files::{KEEPER, Own, leaves_files};

/// What can be seen of what a person does in the room: whether they have a seat, and have read what they said; the
/// text of both posts, empty where it was deleted, and whether the second one shows the file.
#[derive(Debug, Default, PartialEq)]
pub struct RoomSight {
    pub seated: bool,
    pub read: bool,
    pub first: Option<&'static str>,
    pub second: Option<&'static str>,
}

const TEXTS: [&str; 4] = ["", "one, @keeper", "two", "three"];

/// Returns what must be seen of a person in the room after so many steps.
pub fn room_after(steps: u8) -> RoomSight {
    let first = match steps {
        0..=19 => None,
        20 => Some(TEXTS[1]),
        21..=23 => Some(TEXTS[2]),
        _ => Some(TEXTS[0]),
    };
    RoomSight { seated: steps > 18, read: steps > 22, first, second: (steps > 21).then_some(TEXTS[3]) }
}

/// Returns all posts of the room by who said them, as their time tells; nothing may be there twice.
pub fn posts_by_person(store: &Store, reader: UserId) -> BTreeMap<u64, Vec<Post>> {
    let mut posts: BTreeMap<u64, Vec<Post>> = BTreeMap::new();
    let (conversation, limit) = (ConversationId::ROOM, POSTS_PER_PAGE_MAX);
    let mut after = PostId(0);
    loop {
        let read = ReadPosts { conversation, from: ReadFrom::After(after), limit };
        let page = store.posts(reader, &read).unwrap().unwrap();
        after = page.posts.last().map_or(after, |post| post.post);
        for post in page.posts {
            posts.entry(post.said_unix_ms).or_default().push(post);
        }
        if !page.more {
            return posts;
        }
    }
}

/// Returns what can be seen of somebody who is there.
pub fn see_room(store: &Store, user: UserId, posts: &[Post]) -> RoomSight {
    assert!(posts.len() <= 2, "somebody said {} things", posts.len());
    for (nth, post) in posts.iter().enumerate() {
        let shows = matches!(post.card, Some(Card::File { .. }));
        assert_eq!(shows, nth == 1 || !post.text.is_empty(), "{post:?}");
        assert_eq!(post.reply_to.is_some(), nth == 1, "{post:?}");
    }
    let text = |nth: usize| {
        let post: &Post = posts.get(nth)?;
        Some(TEXTS.into_iter().find(|text| *text == post.text).unwrap())
    };
    let read = store.conversation(user, ConversationId::ROOM).unwrap().unwrap().read_up_to;
    let seated = store.seats().unwrap().iter().any(|(seated, ..)| *seated == user);
    RoomSight { seated, read: read > PostId(0), first: text(0), second: text(1) }
}

/// Asserts that what somebody said who is not there is as they left it. A card stays until the account is settled,
/// and then as its owner chose.
pub fn expect_left(person: u64, posts: &[Post], is_settled: bool) {
    let [first, second] = posts else {
        return assert!(posts.is_empty(), "{person}: half of what was said was lost");
    };
    assert_eq!((&*first.text, &*second.text), (TEXTS[0], TEXTS[3]), "{person}");
    let is_gone = matches!(second.card, Some(Card::Gone {}));
    assert_eq!(is_gone, is_settled && !leaves_files(person), "{person}: {second:?}");
}

/// A step of a person in the room.
pub fn change_of_room(person: u64, step: u8, own: Own) -> Change {
    let (author, at_unix_ms, conversation) = (own.user, person, ConversationId::ROOM);
    let [first, second] = own.posts;
    let change = match step {
        18 => RoomChange::TakeSeat { user: author, at_unix_ms },
        19 => say(person, own, 1, None),
        20 => {
            let text = TEXTS[2].to_owned();
            RoomChange::EditPost { author, conversation, post: first, text, at_unix_ms }
        }
        21 => say(person, own, 3, Some(first)),
        22 => RoomChange::MarkRead { user: author, conversation, post: second },
        _ => RoomChange::DeletePost { author, conversation, post: first, at_unix_ms },
    };
    change.into()
}

fn say(person: u64, own: Own, text: usize, reply_to: Option<PostId>) -> RoomChange {
    let card = Some(NewCard::File(own.file));
    let key = say_key(person, text);
    let new = new_post(own.user, key, ConversationId::ROOM, TEXTS[text], person);
    RoomChange::Say(Box::new(NewPost { reply_to, card, ..new }))
}

fn new_post(author: UserId, key: SayKey, conversation: ConversationId, text: &str, person: u64) -> NewPost {
    NewPost {
        author,
        key,
        conversation,
        text: text.to_owned(),
        reply_to: None,
        card: None,
        at_unix_ms: person,
        cards_bytes_max: Some(u64::MAX),
    }
}

fn say_key(person: u64, nth: usize) -> SayKey {
    let mut key = [u8::try_from(nth).unwrap(); 16];
    key[..8].copy_from_slice(&person.to_be_bytes());
    SayKey::new(key)
}

/// What is done beside a life that begins: posts of the rounds before go, so that no round has more to check than
/// another, and who never leaves says something to another one.
pub fn beside(person: u64, from: u64, own: Own) -> Change {
    if person.is_multiple_of(2) {
        return RoomChange::SweepPosts { before_unix_ms: from }.into();
    }
    let new = new_post(own.keeper, say_key(person, 9), own.talk, &format!("to {KEEPER} {person}"), person);
    RoomChange::Say(Box::new(new)).into()
}

/// Opens the conversation of the two who never leave.
pub fn open_talk(writer: &mut Writer, [user, with]: [UserId; 2]) -> ConversationId {
    let change = RoomChange::OpenDirect { user, with }.into();
    match writer.commit([&change].into_iter()).remove(0) {
        Ok(Applied::Conversation(id)) => id,
        outcome => panic!("{outcome:?}"),
    }
}

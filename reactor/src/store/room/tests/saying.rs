//! Saying, changing and deleting; seats, conversations of two, and how far they were read.

use parlour_common::limits::{
    EXCERPT_BYTES_MAX, FILE_NAME_BYTES_MAX, MENTIONS_COUNTED_MAX, MENTIONS_PER_POST_MAX, POST_TEXT_BYTES_MAX,
    TAG_BYTES_MAX,
};
use parlour_common::message::{AccountState, ConversationEntry, CoverId, ListConversations, Quote, TrackId};

use super::super::super::engine::Read;
use super::super::super::tables::{
    CARDS_OF, CONVERSATIONS, CONVERSATIONS_BY_AGE, CONVERSATIONS_OF, DIRECT, Key, MENTIONS, POST_CHANGES,
    POSTS, READ_UP_TO, RECORD_BYTES_MAX, SAID, SEATS, WORDS,
};
use super::super::super::testing::user_name;
use super::super::super::{Claim, NewUser, UserEdit};
use super::*;

fn list(bench: &Bench, user: UserId) -> Vec<(u64, Option<String>, bool, u64, u64, u32)> {
    let page = bench.store.conversations(user, &ListConversations { offset: 0, limit: 48 }).unwrap();
    assert_eq!(page.total as usize, page.conversations.len());
    let row = |entry: ConversationEntry| {
        let with = entry.with.map(|with| with.to_string());
        let (read, last) = (entry.read_up_to.0, entry.last.0);
        (entry.conversation.0, with, entry.departed, last, read, entry.mentions)
    };
    page.conversations.into_iter().map(row).collect()
}

#[test]
fn posts_are_numbered_without_gaps_and_each_change_is_a_state() {
    let mut bench = Bench::new();
    let first = bench.say(SARA, ROOM, "hello");
    let second = bench.say(MINA, ROOM, "hi");
    assert_eq!((first.post, first.revision, first.author.as_str()), (PostId(1), Revision(1), "sara"));
    assert_eq!((second.post, second.revision), (PostId(2), Revision(2)));
    let edited = bench.edit(SARA, &first, "hello all").post.unwrap();
    assert_eq!((edited.revision, edited.edited_unix_ms, &*edited.text), (Revision(3), Some(7), "hello all"));
    let deleted = bench.delete(MINA, &second).post.unwrap();
    assert_eq!((deleted.revision, deleted.deleted_unix_ms, &*deleted.text), (Revision(4), Some(8), ""));
    let page = bench.read(ROYA, ROOM, ReadFrom::Latest {}, 10);
    assert_eq!((page.first, page.last, page.revision, page.more), (PostId(1), PostId(2), Revision(4), false));
    assert_eq!(page.posts, [edited, deleted]);
    bench.expect_whole();
    let bench = bench.reopened();
    assert_eq!(bench.all(OMID, ROOM), page.posts);
    bench.expect_whole();
}

#[test]
fn a_key_says_once_whatever_became_of_it() {
    let mut bench = Bench::new();
    let new = bench.new_post(SARA, ROOM, "once, @mina");
    let first = bench.room(say(new.clone()));
    assert_eq!((first.news, first.mentioned), (true, vec![MINA]));
    let mut bench = bench.reopened();
    let again = bench.room(say(NewPost { text: "other words".to_owned(), at_unix_ms: 1, ..new.clone() }));
    assert_eq!((again.news, again.mentioned, &again.post), (false, vec![], &first.post));
    // It is one member's: somebody else's same key is another.
    let other = bench.room(say(NewPost { author: MINA, ..new.clone() }));
    assert_eq!(other.post.unwrap().post, PostId(2));
    let deleted = bench.delete(SARA, &first.post.unwrap()).post;
    let again = bench.room(say(new));
    assert_eq!((again.news, again.post), (false, deleted));
    assert_eq!(numbers(&bench.all(SARA, ROOM)), [1, 2]);
    bench.expect_whole();
}

#[test]
fn only_its_author_changes_a_post_and_a_deleted_one_stays() {
    let mut bench = Bench::new();
    let post = bench.say(SARA, ROOM, "mine");
    bench.expect_refused(edit(MINA, &post, "yours"), Refusal::NotAuthor);
    bench.expect_refused(delete(MINA, &post), Refusal::NotAuthor);
    bench.expect_refused(edit(SARA, &post, ""), Refusal::NothingSaid);
    let nowhere = Post { post: PostId(9), ..post.clone() };
    bench.expect_refused(edit(SARA, &nowhere, "x"), Refusal::NoSuchPost);
    assert!(!bench.edit(SARA, &post, "mine").news, "the same text is no change");
    assert!(bench.delete(SARA, &post).news && !bench.delete(SARA, &post).news);
    bench.expect_refused(edit(SARA, &post, "back"), Refusal::NoSuchPost);
    let new = bench.new_post(MINA, ROOM, "to that");
    bench.expect_refused(say(NewPost { reply_to: Some(post.post), ..new }), Refusal::NoSuchPost);
    let empty = bench.new_post(MINA, ROOM, "");
    bench.expect_refused(say(empty), Refusal::NothingSaid);
    let other = Post { conversation: ConversationId(4), ..post };
    bench.expect_refused(edit(SARA, &other, "x"), Refusal::NoSuchConversation);
    bench.expect_whole();
}

#[test]
fn a_reply_repeats_how_the_post_began() {
    let mut bench = Bench::new();
    let said = bench.say(SARA, ROOM, &"é".repeat(EXCERPT_BYTES_MAX));
    let reply = NewPost { reply_to: Some(said.post), ..bench.new_post(MINA, ROOM, "yes") };
    let reply = bench.room(say(reply)).post.unwrap();
    let excerpt = "é".repeat(EXCERPT_BYTES_MAX / 2);
    let quote = Quote { post: said.post, author: user_name("sara"), excerpt };
    assert_eq!(reply.reply_to, Some(quote.clone()));
    // It stays as it was, whatever becomes of the post.
    bench.delete(SARA, &said);
    assert_eq!(bench.all(OMID, ROOM)[1].reply_to, Some(quote));
    let file = bench.file(SARA, 1, "minutes.pdf");
    let shown = bench.show(SARA, ROOM, file.id);
    let reply = NewPost { reply_to: Some(shown.post), ..bench.new_post(MINA, ROOM, "thanks") };
    assert_eq!(bench.room(say(reply)).post.unwrap().reply_to.unwrap().excerpt, "minutes.pdf");
    bench.expect_whole();
}

#[test]
fn mentions_follow_the_text_until_they_are_read() {
    let mut bench = Bench::new();
    let mentions = |bench: &Bench, user| list(bench, user)[0].5;
    let post = bench.say(SARA, ROOM, "@MINA and @omid, @sara @nobody @mina");
    assert_eq!([SARA, MINA, OMID, ROYA].map(|user| mentions(&bench, user)), [0, 1, 1, 0]);
    assert_eq!(bench.edit(SARA, &post, "@omid @roya").mentioned, [ROYA]);
    assert_eq!([SARA, MINA, OMID, ROYA].map(|user| mentions(&bench, user)), [0, 0, 1, 1]);
    assert!(bench.mark(ROYA, ROOM, 1).news);
    assert_eq!(mentions(&bench, ROYA), 0);
    // What was read before is not unread by an edit.
    bench.edit(SARA, &post, "@roya");
    assert_eq!([OMID, ROYA].map(|user| mentions(&bench, user)), [0, 0]);
    for _ in 0..300 {
        bench.say(SARA, ROOM, "@roya");
    }
    assert_eq!(mentions(&bench, ROYA), MENTIONS_COUNTED_MAX);
    bench.mark(ROYA, ROOM, 301);
    assert_eq!(mentions(&bench, ROYA), 0);
    bench.delete(SARA, &post);
    bench.expect_whole();
}

#[test]
fn a_mark_only_goes_forward_and_not_beyond_the_last_post() {
    let mut bench = Bench::new();
    (0..5).for_each(|_| drop(bench.say(SARA, ROOM, "x")));
    assert!(bench.mark(MINA, ROOM, 3).news);
    assert!(!bench.mark(MINA, ROOM, 2).news && !bench.mark(MINA, ROOM, 0).news);
    assert_eq!(list(&bench, MINA)[0], (0, None, false, 5, 3, 0));
    let beyond = RoomChange::MarkRead { user: MINA, conversation: ROOM, post: PostId(6) };
    bench.expect_refused(beyond, Refusal::NoSuchPost);
    bench.expect_whole();
}

#[test]
fn a_conversation_of_two_is_theirs_alone_and_shown_once_something_was_said() {
    let mut bench = Bench::new();
    let id = bench.direct(MINA, SARA);
    assert_eq!((bench.direct(SARA, MINA), bench.direct(MINA, SARA)), (id, id));
    assert_eq!(list(&bench, SARA).len(), 1, "the room alone");
    assert!(bench.store.conversation(SARA, id).unwrap().is_some(), "but it can be asked for");
    let other = bench.direct(MINA, OMID);
    bench.say(MINA, id, "to sara, not @omid");
    bench.say(MINA, other, "to omid");
    let with = |name: &str| Some(name.to_owned());
    assert_eq!(
        list(&bench, MINA)[1..],
        [(2, with("omid"), false, 1, 0, 0), (1, with("sara"), false, 1, 0, 0)]
    );
    bench.say(SARA, id, "@mina");
    assert_eq!(list(&bench, MINA)[1], (1, with("sara"), false, 2, 0, 1));
    assert_eq!((list(&bench, OMID).len(), list(&bench, ROYA).len()), (2, 1));
    // Nobody else can tell whether it is there.
    let read = ReadPosts { conversation: id, from: ReadFrom::Latest {}, limit: 9 };
    assert_eq!(bench.store.posts(OMID, &read).unwrap(), None);
    assert_eq!(bench.store.conversation(OMID, id).unwrap(), None);
    let search = SearchPosts { conversation: id, query: "sara".to_owned(), before: None, limit: 9 };
    assert_eq!(bench.store.search_posts(OMID, &search).unwrap(), None);
    let intruding = bench.new_post(OMID, id, "me too");
    bench.expect_refused(say(intruding), Refusal::NoSuchConversation);
    let mark = RoomChange::MarkRead { user: OMID, conversation: id, post: PostId(1) };
    bench.expect_refused(mark, Refusal::NoSuchConversation);
    bench.expect_refused(RoomChange::OpenDirect { user: SARA, with: SARA }, Refusal::NoSuchUser);
    bench.expect_refused(RoomChange::OpenDirect { user: SARA, with: UserId(77) }, Refusal::NoSuchUser);
    bench.expect_whole();
}

#[test]
fn seats_are_kept_until_they_are_left_or_the_account_may_not_be_used() {
    let mut bench = Bench::new();
    let take = |user, at_unix_ms| RoomChange::TakeSeat { user, at_unix_ms };
    let seated = |bench: &Bench| {
        let seats = bench.store.seats().unwrap();
        seats.into_iter().map(|(user, _, seat)| (user.0, seat.since_unix_ms)).collect::<Vec<_>>()
    };
    for user in [SARA, MINA, OMID] {
        assert!(bench.room(take(user, 5)).news);
    }
    assert!(!bench.room(take(SARA, 9)).news, "who has one keeps it");
    let mut bench = bench.reopened();
    assert_eq!(seated(&bench), [(1, 5), (2, 5), (3, 5)]);
    assert!(bench.room(RoomChange::LeaveSeat { user: SARA }).news);
    assert!(!bench.room(RoomChange::LeaveSeat { user: SARA }).news);
    let act = Act { by: Author::Operator, at_unix_ms: 9 };
    let edit = UserEdit { state: Some(AccountState::Disabled), ..UserEdit::default() };
    bench.change(&Change::EditUser { act, user: MINA, edit, notify: false }).unwrap();
    bench.expect_refused(take(MINA, 9), Refusal::NotActive);
    bench.expect_refused(take(UserId(9), 9), Refusal::NotActive);
    let silenced = bench.new_post(MINA, ROOM, "x");
    bench.expect_refused(say(silenced), Refusal::NotActive);
    assert_eq!(seated(&bench), [(3, 5)]);
    bench.remove(OMID, Fate::Keep {});
    assert_eq!(seated(&bench), []);
    bench.expect_whole();
}

#[test]
fn a_store_of_before_the_room_opens_and_its_room_is_empty() {
    let bench = Bench::new();
    for table in [
        SEATS.name,
        CONVERSATIONS.name,
        DIRECT.name,
        CONVERSATIONS_OF.name,
        CONVERSATIONS_BY_AGE.name,
        POSTS.name,
        POST_CHANGES.name,
        SAID.name,
        READ_UP_TO.name,
        MENTIONS.name,
        CARDS_OF.name,
        WORDS.name,
    ] {
        bench.store.engine.drop_table(table);
    }
    let mut bench = bench.reopened();
    bench.expect_whole();
    assert_eq!(bench.store.seats().unwrap(), []);
    assert_eq!(list(&bench, SARA), [(0, None, false, 0, 0, 0)]);
    assert_eq!(bench.find(SARA, "hello"), [0; 0]);
    assert_eq!(bench.say(SARA, ROOM, "hello").post, PostId(1));
    assert_eq!(bench.find(MINA, "hello"), [1]);
    bench.expect_whole();
}

#[test]
fn the_longest_post_is_one_record() {
    let mut bench = Bench::new();
    let longest = user_name(&"漢".repeat(32));
    let Change::AddUser { user, .. } = add("someone", "long@example.org", 9) else { unreachable!() };
    let account = NewUser { user_name: longest, ..user };
    let change = Change::AddUser { user: account, session: None, claim: Claim::None };
    let Ok(Applied::User(author)) = bench.change(&change) else { panic!("no account") };
    let text = "x".repeat(POST_TEXT_BYTES_MAX as usize);
    let quoted = bench.say(author, ROOM, &text);
    let file_name = FileName::parse(&"f".repeat(FILE_NAME_BYTES_MAX as usize)).unwrap();
    let tag = "t".repeat(TAG_BYTES_MAX);
    let track = Card::Track {
        track: TrackId(u64::MAX),
        file_name,
        title: tag.clone(),
        artist: tag,
        duration_ms: Some(u64::MAX),
        size_bytes: u64::MAX,
        cover: Some(CoverId(u64::MAX)),
    };
    let new = bench.new_post(author, ROOM, &text);
    let at_unix_ms = u64::MAX;
    let card = Some(NewCard::Track(track));
    let new = NewPost { reply_to: Some(quoted.post), card, at_unix_ms, ..new };
    let post = bench.room(say(new)).post.unwrap();
    assert_eq!(post.text.len(), POST_TEXT_BYTES_MAX as usize);
    let other = format!("y{}", &text[1..]);
    let changed = RoomChange::EditPost {
        author,
        conversation: ROOM,
        post: post.post,
        text: other,
        at_unix_ms: u64::MAX,
    };
    assert!(bench.room(changed).news);
    // Some letters of names take four bytes, and the numbers of whom it mentions nine each.
    let more = 2 * 32 + 9 * MENTIONS_PER_POST_MAX;
    let key = (ROOM, post.post).to_bytes();
    let bytes = bench.store.engine.bytes(POSTS.name, &key).unwrap().unwrap().len();
    println!("the longest record takes {} of {RECORD_BYTES_MAX} bytes", bytes + more);
    assert!(bytes + more <= RECORD_BYTES_MAX, "{bytes}");
    // A file's card is shorter, and fits as well.
    let file = bench.file(author, 3, &"g".repeat(FILE_NAME_BYTES_MAX as usize));
    let new = bench.new_post(author, ROOM, &text);
    let new = NewPost { reply_to: Some(quoted.post), card: Some(NewCard::File(file.id)), ..new };
    assert!(bench.room(say(new)).news);
    bench.expect_whole();
}

#[test]
fn a_dump_shows_nothing_of_what_was_said() {
    let mut bench = Bench::new();
    let post = bench.say(SARA, ROOM, "xylophone");
    let new = bench.new_post(MINA, ROOM, "zeppelin");
    bench.room(say(NewPost { reply_to: Some(post.post), ..new }));
    let dump = bench.dump();
    assert!(!dump.contains("xylophone") && !dump.contains("zeppelin"), "{dump}");
    assert!(dump.contains("[posts]") && dump.contains("author_name=\"sara\""));
}

//! What people ask in the room, and what the rooms around the service say of it.
//!
//! It does not know what should come of it.

use std::io;
use std::sync::{Arc, Mutex};

use parlour_common::limits::SAY_KEY_BYTES;
use parlour_common::message::{
    CardSource, ConversationEntry, ConversationId, EditPost, EnterRoom, Entered, Event, FetchCard, KeepCard,
    ListConversations, ListSeats, OnePost, OpenConversation, Post, PostId, ReadFrom, ReadPosts, Reply,
    Request, Revision, Role, SameName, Say, SayKey, SearchPosts, SeatTurn, SeatsChanged,
};
use parlour_common::names::UserName;
use parlour_reactor::effect::{Answer, Effect};
use parlour_reactor::id::{Asker, ConnId, Ticket};
use parlour_reactor::job::{Completion, Job, RoomFound, RoomJob};
use parlour_reactor::store::{Applied, Change, RoomChange, RoomOutcome, SessionRecord, UserId, UserRecord};

use super::super::house::{House, resume};
use super::super::staff::person;

/// The room.
pub const ROOM: ConversationId = ConversationId::ROOM;

/// The conversation of two.
pub const TWO: ConversationId = ConversationId(4);

pub fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

pub fn key(number: u8) -> SayKey {
    SayKey::new([number; SAY_KEY_BYTES])
}

pub fn enter(take_over: bool) -> Request {
    Request::EnterRoom(EnterRoom { take_over })
}

pub fn seats(offset: u32, limit: u16) -> Request {
    Request::ListSeats(ListSeats { offset, limit })
}

pub fn list(limit: u16) -> Request {
    Request::ListConversations(ListConversations { offset: 0, limit })
}

pub fn open(with: &str) -> Request {
    Request::OpenConversation(OpenConversation { with: name(with) })
}

/// Something to be said.
pub fn form(text: &str) -> Say {
    Say { key: key(1), conversation: ROOM, text: text.to_owned(), reply_to: None, card: None }
}

pub fn say(text: &str) -> Request {
    Request::Say(form(text))
}

pub fn say_to_one(text: &str) -> Request {
    Request::Say(Say { conversation: TWO, ..form(text) })
}

pub fn show(card: CardSource, text: &str) -> Request {
    Request::Say(Say { card: Some(card), ..form(text) })
}

pub fn edit(post: u64, text: &str) -> Request {
    Request::EditPost(EditPost { conversation: ROOM, post: PostId(post), text: text.to_owned() })
}

pub fn one(post: u64) -> OnePost {
    OnePost { conversation: ROOM, post: PostId(post) }
}

pub fn delete(post: u64) -> Request {
    Request::DeletePost(one(post))
}

pub fn read(limit: u16) -> Request {
    Request::ReadPosts(ReadPosts { conversation: ROOM, from: ReadFrom::Latest {}, limit })
}

pub fn search(query: &str, limit: u16) -> Request {
    let query = query.to_owned();
    Request::SearchPosts(SearchPosts { conversation: ROOM, query, before: None, limit })
}

pub fn mark(post: u64) -> Request {
    Request::MarkRead(one(post))
}

pub fn fetch(post: u64) -> Request {
    Request::FetchCard(FetchCard { conversation: ROOM, post: PostId(post), offset: 0, length: None })
}

pub fn keep(post: u64) -> Request {
    Request::KeepCard(KeepCard { conversation: ROOM, post: PostId(post), same_name: SameName::Ask })
}

/// The room, as somebody sees it in which this was said last.
pub fn room(last: u64) -> ConversationEntry {
    ConversationEntry {
        conversation: ROOM,
        with: None,
        departed: false,
        first: PostId(1),
        last: PostId(last),
        revision: Revision(last),
        read_up_to: PostId(0),
        mentions: 0,
        last_unix_ms: 0,
    }
}

/// A post of the room.
pub fn post(number: u64, author: &str, text: &str) -> Post {
    Post {
        conversation: ROOM,
        post: PostId(number),
        revision: Revision(number),
        author: name(author),
        said_unix_ms: 5,
        text: text.to_owned(),
        reply_to: None,
        card: None,
        edited_unix_ms: None,
        deleted_unix_ms: None,
    }
}

/// A post was said or changed, and nobody knew of it.
pub fn news_of(post: Post) -> RoomOutcome {
    RoomOutcome { post: Some(post), news: true, ..RoomOutcome::default() }
}

pub fn applied(outcome: RoomOutcome) -> Applied {
    Applied::Room(Box::new(outcome))
}

pub fn found(found: RoomFound) -> Completion {
    Completion::Room(found)
}

/// Who came and went, as it is told: names, how, and how many were there then.
pub fn turns(news: &SeatsChanged) -> Vec<(&str, SeatTurn, u32)> {
    let turn = |change: &parlour_common::message::SeatChange| (change.how, change.participants);
    news.changes.iter().map(|change| (change.user_name.as_str(), turn(change).0, turn(change).1)).collect()
}

impl House {
    /// Somebody of this number and name connects with the session of the number.
    pub fn guest(&mut self, number: u8, id: u64, name: &str) -> ConnId {
        self.enter(number, &person(id, name, Role::Member))
    }

    /// Somebody connects with the session of the number, on this device.
    pub fn guest_on(&mut self, device: &str, number: u8, user: &UserRecord) -> ConnId {
        let conn = self.open();
        let (_, ticket, _) = self.ask_for_job(conn, resume(number));
        let session = SessionRecord { user: user.id, device: device.to_owned(), ..self.session() };
        self.complete(ticket, Completion::SessionFound(Some((session, user.clone()))));
        assert!(self.service.poll_effect().is_some());
        self.expect_nothing();
        conn
    }

    /// Asks to enter, up to the moment where the room was looked up.
    pub fn look_in(&mut self, conn: ConnId, take_over: bool) -> Asker {
        let (asker, ticket, job) = self.ask_for_job(conn, enter(take_over));
        match job {
            Job::Room(RoomJob::Find { conversation, .. }) => assert_eq!(conversation, ROOM),
            job => panic!("{job:?}"),
        }
        self.complete(ticket, found(RoomFound::Conversation(Box::new(room(3)))));
        asker
    }

    /// Expects that a seat is written down, and returns how to end it.
    pub fn expect_seat_for(&mut self, user: u64) -> Ticket {
        let (ticket, change) = self.expect_commit();
        let at_unix_ms = self.now.unix_ms;
        assert_eq!(change, Change::Room(RoomChange::TakeSeat { user: UserId(user), at_unix_ms }));
        ticket
    }

    /// Expects that a seat is given up in the records.
    pub fn expect_seat_given_up(&mut self, user: u64) -> Ticket {
        let (ticket, change) = self.expect_commit();
        assert_eq!(change, Change::Room(RoomChange::LeaveSeat { user: UserId(user) }));
        ticket
    }

    /// Expects that somebody is in.
    pub fn expect_entered(&mut self, asker: Asker, participants: u32, came_back: bool) {
        let entered = Entered { participants, came_back, room: room(3) };
        self.expect_reply(asker, &Reply::Entered(entered));
    }

    /// Somebody who had no seat takes one, and is in.
    pub fn takes_seat(&mut self, conn: ConnId, user: u64, participants: u32) {
        let asker = self.look_in(conn, false);
        let ticket = self.expect_seat_for(user);
        self.apply(ticket, Ok(applied(RoomOutcome { news: true, ..RoomOutcome::default() })));
        self.expect_entered(asker, participants, false);
    }

    /// Expects news of who came and went.
    pub fn expect_seats_told(&mut self, to: &[ConnId]) -> SeatsChanged {
        match self.expect_told(to) {
            Event::SeatsChanged(news) => news,
            event => panic!("{event:?}"),
        }
    }

    /// Lets the news be told that are gathered, and forgets them.
    pub fn settle(&mut self) {
        self.pass_ms(1000);
        self.service.handle_deadline(self.now);
        while let Some(effect) = self.service.poll_effect() {
            let is_news = matches!(&effect, Effect::Tell { event: Event::SeatsChanged(_), .. });
            assert!(is_news || matches!(effect, Effect::Run { asker: None, .. }), "{effect:?}");
        }
    }

    /// Lets time pass.
    pub fn pass_ms(&mut self, ms: u64) {
        self.now.tick += std::time::Duration::from_millis(ms);
        self.now.unix_ms += ms;
    }

    /// Says something, up to its end.
    pub fn said(&mut self, conn: ConnId, text: &str, outcome: RoomOutcome) -> Asker {
        let asker = self.ask(conn, say(text));
        let (ticket, change) = self.expect_commit();
        assert!(matches!(change, Change::Room(RoomChange::Say(_))), "{change:?}");
        self.apply(ticket, Ok(applied(outcome)));
        asker
    }

    /// Expects a post as the answer.
    pub fn expect_post(&mut self, asker: Asker, expected: &Post) {
        match self.expect_answer(asker) {
            Answer::Reply(Reply::Post(post)) => assert_eq!(post, *expected),
            answer => panic!("{answer:?}"),
        }
    }
}

/// The log of what happens meanwhile, line by line.
pub fn log_of(story: impl FnOnce()) -> Vec<String> {
    #[derive(Clone, Default)]
    struct Pen(Arc<Mutex<Vec<u8>>>);
    impl io::Write for Pen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let pen = Pen::default();
    let writer = pen.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .without_time()
        .with_level(false)
        .with_target(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, story);
    let text = String::from_utf8(pen.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

//! A daemon as far as the page of the room asks one: it holds what was said, and answers.
//!
//! This file does not know what a test is about.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use parlour_common::message::{
    ConversationEntry, ConversationId, ConversationPage, Denial, Entered, MemberPage, Post, PostId, PostPage,
    PostsFound, Profile, ReadFrom, ReadPosts, Reply, Request, Revision, Role, Say, SeatEntry, SeatPage,
    SeatState,
};
use parlour_common::names::UserName;
use parlour_gtk::network::Answer;
use parlour_gtk::pages::room::{Input, RoomPage};
use parlour_gtk::view_model::choices::Choices;
use parlour_gtk::view_model::room::Msg;
use parlour_gtk::view_model::{Answered, Effect};
use relm4::{ComponentController, Controller, gtk};

use crate::{Sent, launch, work_until};

/// The moment of the first post: noon, so that a minute more or less is the same day anywhere.
pub(super) const BEGIN: u64 = 1_763_726_400_000;

/// A member.
pub(super) fn name(name: &str) -> UserName {
    UserName::parse(name).expect("a username")
}

/// Something that somebody said in the room.
pub(super) fn post(number: u64, author: &str, text: &str) -> Post {
    Post {
        conversation: ConversationId::ROOM,
        post: PostId(number),
        revision: Revision(number),
        author: name(author),
        said_unix_ms: BEGIN + number * 10_000,
        text: text.to_owned(),
        reply_to: None,
        card: None,
        edited_unix_ms: None,
        deleted_unix_ms: None,
    }
}

/// The page, with a daemon that holds what was said.
pub(super) struct House {
    pub(super) page: Controller<RoomPage>,
    pub(super) window: gtk::Window,
    pub(super) sent: Sent,
    pub(super) posts: Rc<RefCell<Vec<Post>>>,
    /// What everything asked for was, in its order.
    pub(super) asked: Rc<RefCell<Vec<Request>>>,
    /// Why nobody may sit down.
    pub(super) elsewhere: RefCell<Option<String>>,
    /// Up to which post sara has read; all where it is not said.
    pub(super) read_up_to: Cell<Option<u64>>,
}

impl House {
    /// Opens the page in a house where this was said.
    pub(super) fn of(posts: Vec<Post>) -> Self {
        let (page, window, sent) = launch::<RoomPage>();
        let (posts, asked) = (Rc::new(RefCell::new(posts)), Rc::default());
        Self { page, window, sent, posts, asked, elsewhere: RefCell::default(), read_up_to: Cell::new(None) }
    }

    /// Signs sara in.
    pub(super) fn open(&self) {
        let server = "host:9000".to_owned();
        let opened = Msg::Opened { own: name("sara"), server, choices: Choices::default(), folder: None };
        self.tell(opened);
        self.tell(Msg::Shown);
        self.tell(Msg::Active(true));
    }

    /// Tells the page something.
    pub(super) fn tell(&self, msg: Msg) {
        self.page.emit(Input::Model(msg));
    }

    /// Answers whatever is asked until something is so.
    pub(super) fn serve_until(&self, what: &str, so: impl Fn() -> bool) {
        work_until(what, || {
            self.serve();
            so()
        });
    }

    /// Tells whether something was asked for.
    pub(super) fn was_asked(&self, is_it: impl Fn(&Request) -> bool) -> bool {
        self.asked.borrow().iter().any(is_it)
    }

    fn serve(&self) {
        let sent: Vec<Effect> = self.sent.borrow_mut().drain(..).collect();
        let mut kept = Vec::new();
        for effect in sent {
            match effect {
                Effect::Ask { key, request } => {
                    let answer = self.answer(&request);
                    self.asked.borrow_mut().push(request);
                    self.tell(Msg::Answered(Answered { key, answer }));
                }
                other => kept.push(other),
            }
        }
        self.sent.borrow_mut().extend(kept);
    }

    fn answer(&self, request: &Request) -> Answer {
        Answer::Reply(match request {
            Request::EnterRoom(enter) => match self.elsewhere.borrow().clone().filter(|_| !enter.take_over) {
                Some(device) => return Answer::Denied(Denial::SeatTaken { device }),
                None => Reply::Entered(Entered { participants: 3, came_back: false, room: self.entry() }),
            },
            Request::ListSeats(_) => {
                let seat =
                    |user_name, state| SeatEntry { user_name: name(user_name), state, since_unix_ms: BEGIN };
                let seats = vec![
                    seat("ali", SeatState::Present),
                    seat("sara", SeatState::Present),
                    seat("개구리", SeatState::Inactive),
                ];
                Reply::Seats(SeatPage { participants: 3, seats })
            }
            Request::ListConversations(_) => {
                let with_ali = ConversationEntry {
                    conversation: ConversationId(7),
                    with: Some(name("ali")),
                    last: PostId(4),
                    read_up_to: PostId(1),
                    last_unix_ms: BEGIN,
                    ..self.entry()
                };
                Reply::Conversations(ConversationPage {
                    total: 2,
                    conversations: vec![self.entry(), with_ali],
                })
            }
            Request::ReadPosts(read) => Reply::Posts(self.page_of(read)),
            Request::SearchPosts(search) => {
                let posts = self.posts.borrow();
                let posts: Vec<Post> =
                    posts.iter().rev().filter(|post| post.text.contains(&search.query)).cloned().collect();
                Reply::PostsFound(PostsFound { posts, next: None })
            }
            Request::ListMembers(_) => {
                let member = |user_name| Profile {
                    user_name: name(user_name),
                    role: Role::Member,
                    created_unix_ms: 0,
                    email: None,
                    phone: None,
                    about: None,
                };
                Reply::Members(MemberPage { total: 2, members: vec![member("ali"), member("alina")] })
            }
            Request::Say(say) => Reply::Post(self.take(say)),
            _ => Reply::Done {},
        })
    }

    fn entry(&self) -> ConversationEntry {
        let last = self.posts.borrow().last().map_or(0, |post| post.post.0);
        ConversationEntry {
            conversation: ConversationId::ROOM,
            with: None,
            departed: false,
            first: PostId(1),
            last: PostId(last),
            revision: Revision(last),
            read_up_to: PostId(self.read_up_to.get().unwrap_or(last)),
            mentions: 0,
            last_unix_ms: BEGIN,
        }
    }

    fn take(&self, say: &Say) -> Post {
        let number = self.posts.borrow().last().map_or(1, |post| post.post.0 + 1);
        let said = post(number, "sara", &say.text);
        self.posts.borrow_mut().push(said.clone());
        said
    }

    fn page_of(&self, read: &ReadPosts) -> PostPage {
        let posts = self.posts.borrow();
        let limit = usize::from(read.limit);
        let last = posts.last().map_or(0, |post| post.post.0);
        let of_room = read.conversation == ConversationId::ROOM;
        let of = |from: u64, to: u64| -> Vec<Post> {
            posts.iter().filter(|post| of_room && (from..=to).contains(&post.post.0)).cloned().collect()
        };
        let limit_u64 = limit as u64;
        let found = match read.from {
            ReadFrom::Latest {} => of((last + 1).saturating_sub(limit_u64), last),
            ReadFrom::Before(post) => of(post.0.saturating_sub(limit_u64), post.0 - 1),
            ReadFrom::After(post) => of(post.0 + 1, post.0 + limit_u64),
            ReadFrom::Around(post) => of(post.0.saturating_sub(limit_u64 / 2), post.0 + limit_u64 / 2),
            ReadFrom::ChangedAfter(revision) => of(revision.0 + 1, last),
        };
        let more = found.first().is_some_and(|post| post.post.0 > 1);
        let conversation = read.conversation;
        PostPage {
            conversation,
            posts: found,
            first: PostId(1),
            last: PostId(last),
            revision: Revision(last),
            more,
        }
    }
}

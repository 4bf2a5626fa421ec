//! What a talker hears: answers to what it asked, and what it is told of the room and of conversations of two.
//!
//! It does not know what the talker will do next. Rules of `PROTOCOL.md` that need no other knowledge than what was
//! heard before are held to here.

use std::time::Duration;

use parlour_common::frame::Frame;
use parlour_common::message::{
    ConversationId, ConversationPage, Denial, Entered, Event, OnePost, Post, PostPage, ReadFrom, Reply,
    Request, Say, SeatState, ServerMessage, decode_server_message,
};

use super::cable::Cable;
use super::talker::{Line, Seat, Talker, trace};
use super::truth::Truth;

impl Talker {
    /// Reads what has arrived, at most so many bytes. Returns whether the line has ended.
    pub fn listen(
        &mut self,
        tick: Duration,
        cables: &mut [Cable],
        bytes_max: usize,
        truth: &mut Truth,
    ) -> bool {
        let Some(cable) = self.line.as_ref().map(|line| &mut cables[line.cable]) else { return false };
        let bytes = cable.down.take(bytes_max);
        let has_ended = cable.down.is_at_end(tick);
        if has_ended {
            (cable.peer_closed, cable.up.ended) = (true, true);
        }
        self.hear(tick, &bytes, truth);
        has_ended
    }

    fn hear(&mut self, tick: Duration, mut bytes: &[u8], truth: &mut Truth) {
        loop {
            let line = self.line.as_mut().unwrap();
            let Some(frame) = line.decoder.decode(&mut bytes).expect("the daemon writes frames") else {
                return;
            };
            let Frame::Message(payload) = frame else { panic!("nobody asked for files") };
            let message = decode_server_message(&payload).expect("the daemon writes messages").unwrap();
            trace(|| format!("{} hears on {}: {message:?}", self.name, line.cable));
            match message {
                ServerMessage::Reply { id, reply } => {
                    let request = line.next_asked(id);
                    self.hear_reply(tick, request, reply, truth);
                }
                ServerMessage::Denial { id, denial } => {
                    let request = line.next_asked(id);
                    self.hear_denial(&request, &denial, truth);
                }
                ServerMessage::Event(event) => self.hear_event(event, truth),
            }
        }
    }

    fn hear_reply(&mut self, tick: Duration, request: Request, reply: Reply, truth: &mut Truth) {
        let line = self.line.as_mut().unwrap();
        match (request, reply) {
            (Request::Hello(_), Reply::Welcome(_))
            | (Request::Ping {} | Request::Goodbye {}, Reply::Done {}) => {}
            (Request::Resume(_), Reply::SignedIn(_)) => {
                line.is_signed_in = true;
                self.list(tick);
            }
            (Request::EnterRoom(_), Reply::Entered(entered)) => self.hear_entered(&entered, truth),
            (Request::LeaveRoom {}, Reply::Done {}) => {
                line.seat = Seat::None;
                self.held.get_mut(&ConversationId::ROOM).unwrap().lose();
                truth.note("room: left");
            }
            (Request::ListSeats(_), Reply::Seats(page)) => {
                assert!(page.seats.is_sorted_by_key(|seat| seat.user_name.key()), "seats are not by name");
                assert_eq!(page.participants as usize, page.seats.len());
                let seats = page.seats.into_iter();
                let seats = seats.map(|seat| (seat.user_name, seat.state == SeatState::Present));
                line.seats = Some(seats.collect());
            }
            (Request::ListConversations(_), Reply::Conversations(page)) => self.hear_conversations(page),
            (Request::OpenConversation(open), Reply::Conversation(entry)) => {
                assert_eq!(entry.with.as_ref(), Some(&open.with));
                self.direct.insert(open.with, entry.conversation);
                self.held.entry(entry.conversation).or_default();
            }
            (Request::Say(say), Reply::Post(post)) => self.hear_said(&say, &post, truth),
            (Request::EditPost(edit), Reply::Post(post)) => {
                assert_eq!((post.text == edit.text, &post.author), (true, &self.name));
                self.merge(&post);
                truth.note("room: edited");
            }
            (Request::DeletePost(_), Reply::Post(post)) => {
                assert!(post.deleted_unix_ms.is_some() && post.text.is_empty() && post.author == self.name);
                self.merge(&post);
                truth.note("room: deleted");
            }
            (Request::MarkRead(OnePost { conversation, post }), Reply::Done {}) => {
                let read = self.read.entry(conversation).or_insert(post);
                *read = post.max(*read);
                truth.note("room: read");
            }
            (Request::ReadPosts(read), Reply::Posts(page)) => {
                assert!(page.posts.len() <= usize::from(read.limit));
                let is_changes = matches!(read.from, ReadFrom::ChangedAfter(_));
                self.hear_posts(tick, is_changes, &page, truth);
            }
            (request, reply) => panic!("{reply:?} does not answer {request:?}"),
        }
    }

    fn hear_entered(&mut self, entered: &Entered, truth: &mut Truth) {
        let line = self.line.as_mut().unwrap();
        assert!(entered.participants > 0 && entered.room.conversation == ConversationId::ROOM);
        (line.seat, line.participants) = (Seat::Here, entered.participants);
        self.take_over = false;
        truth.note(if entered.came_back { "room: came back" } else { "room: entered" });
        // What is told goes on from here; what was before has to be asked for.
        self.held.get_mut(&ConversationId::ROOM).unwrap().is_live = false;
    }

    fn hear_conversations(&mut self, page: ConversationPage) {
        assert_eq!(page.total as usize, page.conversations.len());
        assert_eq!(page.conversations[0].conversation, ConversationId::ROOM);
        for entry in page.conversations {
            self.held.entry(entry.conversation).or_default();
            self.direct.extend(entry.with.map(|with| (with, entry.conversation)));
        }
    }

    fn hear_said(&mut self, say: &Say, post: &Post, truth: &mut Truth) {
        let is_as_written = post.edited_unix_ms.is_some() || post.deleted_unix_ms.is_some();
        assert_eq!((post.conversation, &post.author), (say.conversation, &self.name));
        let named = (post.conversation, post.post);
        match self.said.get(&say.key) {
            Some(before) => {
                assert_eq!(*before, named, "one key says two things");
                truth.note("room: said before");
            }
            None => {
                assert!(is_as_written || post.text == say.text);
                truth.note("room: said");
            }
        }
        self.said.insert(say.key, named);
        self.pending.retain(|pending| pending.key != say.key);
        self.merge(post);
    }

    fn hear_posts(&mut self, tick: Duration, is_changes: bool, page: &PostPage, truth: &mut Truth) {
        let id = page.conversation;
        let held = self.held.get_mut(&id).unwrap();
        if !is_changes {
            return held.look(page);
        }
        truth.note("room: caught up");
        let line = self.line.as_ref().unwrap();
        // Without a seat nothing is told of the room: what is known now may be less than there is in a moment.
        let is_told = id != ConversationId::ROOM || line.seat == Seat::Here;
        if held.catch_up(page, is_told) {
            self.ask_for_changes(tick, id, 64);
        }
    }

    fn merge(&mut self, post: &Post) {
        self.held.entry(post.conversation).or_default().merge(post);
    }

    fn hear_denial(&mut self, request: &Request, denial: &Denial, truth: &mut Truth) {
        let name = format!("{denial:?}");
        truth.note(&format!("room: {}", name.split(' ').next().unwrap_or_default()));
        let is_room = |id: ConversationId| id == ConversationId::ROOM;
        let fits = match (request, denial) {
            (Request::Hello(_) | Request::Ping {} | Request::Goodbye {}, _) => false,
            (_, Denial::Busy { .. } | Denial::StorageUnavailable {} | Denial::Internal {}) => true,
            (Request::Resume(_), Denial::TooManyConnections { .. }) => true,
            (Request::Say(say), Denial::NotSeated {}) => is_room(say.conversation),
            (Request::Say(say), Denial::NoSuchPost {}) => say.reply_to.is_some(),
            (Request::EditPost(_), Denial::NotAuthor {} | Denial::NoSuchPost {}) => true,
            (Request::DeletePost(_), Denial::NotAuthor {}) => true,
            (Request::Say(_) | Request::EditPost(_) | Request::DeletePost(_), denial) => {
                matches!(denial, Denial::Throttled { .. })
            }
            (Request::EnterRoom(form), Denial::SeatTaken { .. }) => self.is_one_of_two && !form.take_over,
            (Request::LeaveRoom {}, Denial::NotSeated {}) => self.is_one_of_two,
            _ => false,
        };
        assert!(fits, "{denial:?} does not answer {request:?}");
        let line = self.line.as_mut().unwrap();
        match request {
            Request::Say(_) if matches!(denial, Denial::NotSeated {}) => {
                assert!(line.seat != Seat::Here, "a seat is gone that was not told to be");
            }
            // The seat is given up, whether that was written down or not.
            Request::LeaveRoom {} => {
                line.seat = Seat::None;
                self.held.get_mut(&ConversationId::ROOM).unwrap().lose();
            }
            Request::Say(say) if matches!(denial, Denial::NoSuchPost {}) => {
                // What it replies to was deleted meanwhile: it is said without.
                let pending = self.pending.iter_mut().find(|pending| pending.key == say.key);
                pending.into_iter().for_each(|pending| pending.reply_to = None);
            }
            Request::EnterRoom(_) => {
                if line.seat == Seat::Asked {
                    line.seat = Seat::None;
                    self.held.get_mut(&ConversationId::ROOM).unwrap().lose();
                }
                // Another device has it: nobody goes on asking by themselves.
                self.wants_in &= !matches!(denial, Denial::SeatTaken { .. });
            }
            _ => {}
        }
    }

    fn hear_event(&mut self, event: Event, truth: &mut Truth) {
        let line = self.line.as_mut().unwrap();
        match event {
            Event::Said(post) | Event::PostChanged(post) => {
                self.hear_of(&post);
                truth.note("room: told");
            }
            Event::SeatsChanged(news) => {
                assert_eq!(line.seat, Seat::Here, "seats are told of to who has none");
                assert!(news.omitted > 0 || !news.changes.is_empty());
                line.participants = news.participants;
                truth.note("room: seats");
            }
            Event::SeatLost(_) => {
                assert_eq!(line.seat, Seat::Here, "a seat is lost that nobody had");
                line.seat = Seat::None;
                self.held.get_mut(&ConversationId::ROOM).unwrap().lose();
                self.wants_in = false;
                truth.note("room: seat lost");
            }
            Event::MarkedRead(OnePost { conversation, post }) => {
                // By another device, or by itself over a line that it has lost.
                let read = self.read.entry(conversation).or_insert(post);
                *read = post.max(*read);
                truth.note("room: read elsewhere");
            }
            Event::Closing(_) | Event::LibraryChanged(_) => {}
            other => panic!("{other:?} was told to a talker"),
        }
    }

    fn hear_of(&mut self, post: &Post) {
        let line = self.line.as_ref().unwrap();
        let is_room = post.conversation == ConversationId::ROOM;
        assert!(
            line.is_signed_in && (!is_room || line.seat != Seat::None),
            "{post:?} was told to a stranger"
        );
        self.held.entry(post.conversation).or_default().hear(post);
    }
}

impl Line {
    /// Answers come in the order of asking, each once.
    fn next_asked(&mut self, id: u32) -> Request {
        let (asked, request) = self.asked.pop_front().expect("an answer to nothing");
        assert_eq!(asked, id, "answers come in the order of asking");
        request
    }
}

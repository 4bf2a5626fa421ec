//! A model of the app in the room: it says things, changes them, comes and goes, and loses its line.
//!
//! It does not know how it is served; what it hears is in `overheard.rs`. What it wrote is kept over every loss, and
//! asked for with the same key until it is answered.

use std::collections::{BTreeMap, VecDeque};
use std::sync::LazyLock;
use std::time::Duration;

use parlour_common::Secret;
use parlour_common::frame::FrameDecoder;
use parlour_common::limits::{MESSAGE_BYTES_MAX, PROTOCOL_VERSION, SAY_KEY_BYTES};
use parlour_common::message::{
    ConversationId, EditPost, EnterRoom, Hello, ListConversations, ListSeats, OnePost, OpenConversation,
    PostId, ReadFrom, ReadPosts, Request, RequestEnvelope, Resume, Say, SayKey, SessionToken, encode,
};
use parlour_common::names::UserName;
use parlour_reactor::store::UserId;

use super::cable::Cable;
use super::logbook::Held;
use super::rng::Rng;

/// A client pings before it has been silent for `HEARTBEAT_SECONDS`.
const PING_AFTER: Duration = Duration::from_secs(25);

/// Answers it waits for at once.
const ASKED_MAX: usize = 12;

/// Whether everything that is asked and heard is printed: `TRACE=1`, best with a `SEED`.
static IS_TRACED: LazyLock<bool> = LazyLock::new(|| std::env::var_os("TRACE").is_some());

/// Prints what happens, for whoever looks for the cause of a failure.
pub fn trace(what: impl FnOnce() -> String) {
    if *IS_TRACED {
        println!("{}", what());
    }
}

/// Something that was written and is not known to be said.
#[derive(Debug)]
pub struct Pending {
    pub key: SayKey,
    /// To whom; `None` for everyone.
    to: Option<UserName>,
    text: String,
    pub reply_to: Option<PostId>,
}

/// Where it stands with its seat, on this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    None,
    Asked,
    Here,
}

/// A connection.
#[derive(Debug)]
pub struct Line {
    pub cable: usize,
    pub decoder: FrameDecoder,
    unsent: Vec<u8>,
    pub asked: VecDeque<(u32, Request)>,
    next_id: u32,
    pub is_signed_in: bool,
    pub seat: Seat,
    pub participants: u32,
    pub seats: Option<Vec<(UserName, bool)>>,
    sent_at: Duration,
    pub is_leaving: bool,
}

/// A client.
#[derive(Debug)]
pub struct Talker {
    pub user: UserId,
    pub name: UserName,
    pub token: Secret<SessionToken>,
    pub held: BTreeMap<ConversationId, Held>,
    pub pending: VecDeque<Pending>,
    /// What it was told of what it said.
    pub said: BTreeMap<SayKey, (ConversationId, PostId)>,
    /// Up to where it was told to have read.
    pub read: BTreeMap<ConversationId, PostId>,
    pub direct: BTreeMap<UserName, ConversationId>,
    pub line: Option<Line>,
    /// Whether it wants to be in the room.
    pub wants_in: bool,
    /// Whether it has another device that may take the seat.
    pub is_one_of_two: bool,
    pub take_over: bool,
    written: u64,
    /// Only what is left is done.
    pub is_quiet: bool,
}

impl Talker {
    pub fn new(user: UserId, name: &UserName, token: SessionToken) -> Self {
        Self {
            user,
            name: name.clone(),
            token: Secret::new(token),
            held: BTreeMap::from([(ConversationId::ROOM, Held::default())]),
            pending: VecDeque::new(),
            said: BTreeMap::new(),
            read: BTreeMap::new(),
            direct: BTreeMap::new(),
            line: None,
            wants_in: true,
            is_one_of_two: false,
            take_over: false,
            written: 0,
            is_quiet: false,
        }
    }

    /// Begins to speak over a cable.
    pub fn connect(&mut self, tick: Duration, cable: usize) {
        self.lose();
        self.line = Some(Line {
            cable,
            decoder: FrameDecoder::new(MESSAGE_BYTES_MAX),
            unsent: Vec::new(),
            asked: VecDeque::new(),
            next_id: 1,
            is_signed_in: false,
            seat: Seat::None,
            participants: 0,
            seats: None,
            sent_at: tick,
            is_leaving: false,
        });
        self.ask(tick, Request::Hello(Hello { protocol: PROTOCOL_VERSION, client: "model".to_owned() }));
        let session = self.token.clone();
        self.ask(tick, Request::Resume(Resume { session }));
    }

    /// Loses its line.
    pub fn lose(&mut self) {
        self.line = None;
        self.held.values_mut().for_each(Held::lose);
    }

    /// Hands bytes to the cable, cut anywhere.
    pub fn flush(&mut self, cables: &mut [Cable], rng: &mut Rng) {
        let Some(line) = &mut self.line else { return };
        let cut = if rng.once_in(3) { rng.size(line.unsent.len().max(1)) } else { line.unsent.len() };
        let written = cables[line.cable].up.write(&line.unsent[..cut.min(line.unsent.len())]);
        line.unsent.drain(..written);
    }

    /// Tells whether nothing is left to be sent or answered.
    pub fn is_content(&self) -> bool {
        let line = self.line.as_ref();
        let is_answered = line.is_some_and(|line| line.asked.is_empty() && line.unsent.is_empty());
        is_answered && self.pending.is_empty()
    }

    pub fn ask(&mut self, tick: Duration, request: Request) {
        let Some(line) = &mut self.line else { return };
        let id = line.next_id;
        line.next_id += 1;
        line.sent_at = tick;
        trace(|| format!("{} asks on {}: {request:?}", self.name, line.cable));
        line.unsent.extend(encode(&RequestEnvelope { id, request: request.clone() }).unwrap());
        line.asked.push_back((id, request));
    }

    /// Asks for what became of a conversation since it was known.
    pub fn ask_for_changes(&mut self, tick: Duration, conversation: ConversationId, limit: u16) {
        let known = self.held.entry(conversation).or_default().known();
        let from = ReadFrom::ChangedAfter(known);
        self.ask(tick, Request::ReadPosts(ReadPosts { conversation, from, limit }));
    }

    /// Tells whether what became of a conversation is being asked for.
    pub fn is_catching_up(&self, conversation: ConversationId) -> bool {
        let asks = |(_, request): &(u32, Request)| match request {
            Request::ReadPosts(read) => {
                read.conversation == conversation && matches!(read.from, ReadFrom::ChangedAfter(_))
            }
            _ => false,
        };
        self.line.as_ref().is_some_and(|line| line.asked.iter().any(asks))
    }

    /// Does something, or nothing.
    pub fn act(&mut self, tick: Duration, others: &[UserName], rng: &mut Rng) {
        let Some(line) = &self.line else { return };
        if !line.is_signed_in && line.asked.is_empty() {
            let session = self.token.clone();
            return self.ask(tick, Request::Resume(Resume { session }));
        }
        if !line.is_signed_in || line.is_leaving || line.asked.len() > ASKED_MAX {
            return;
        }
        let (seat, sent_at) = (line.seat, line.sent_at);
        let wants_seat = self.wants_in || self.pending.iter().any(|pending| pending.to.is_none());
        if seat == Seat::None && wants_seat && rng.once_in(3) {
            let take_over = self.take_over && rng.once_in(3);
            self.ask(tick, Request::EnterRoom(EnterRoom { take_over }));
            self.line.as_mut().unwrap().seat = Seat::Asked;
        }
        let behind: Vec<ConversationId> =
            self.held.iter().filter(|(_, held)| !held.is_live).map(|(id, _)| *id).collect();
        for id in behind {
            // What is said in the room is told to who has a seat; others look now and then.
            let is_due = id != ConversationId::ROOM || seat == Seat::Here;
            if is_due && !self.is_catching_up(id) && rng.once_in(2) {
                let limit = *rng.pick(&[1, 3, 10, 64]);
                self.ask_for_changes(tick, id, limit);
            }
        }
        self.send_pending(tick, seat, rng);
        if self.is_quiet {
            return;
        }
        if rng.once_in(6) {
            self.write(others, rng);
        }
        if rng.once_in(4) {
            self.do_something(tick, seat, rng);
        }
        if tick >= sent_at + PING_AFTER {
            self.ask(tick, Request::Ping {});
        }
    }

    /// Writes something to be said, to everyone or to one.
    fn write(&mut self, others: &[UserName], rng: &mut Rng) {
        self.written += 1;
        let key = SayKey::new(rng.bytes(SAY_KEY_BYTES).try_into().unwrap());
        let to = rng.once_in(3).then(|| rng.pick(others).clone());
        let to = to.filter(|to| *to != self.name);
        let conversation = match &to {
            None => Some(ConversationId::ROOM),
            Some(to) => self.direct.get(to).copied(),
        };
        let known = conversation.and_then(|id| self.held.get(&id)).map_or(0, |held| held.posts.len() as u64);
        let reply_to = (known > 0 && rng.once_in(4)).then(|| PostId(rng.between(1, known)));
        let text = format!("{:?} no. {} of {}", key, self.written, self.name);
        self.pending.push_back(Pending { key, to, text, reply_to });
    }

    /// Asks for what was written first; now and then again while it is under way, or when it was said long ago.
    fn send_pending(&mut self, tick: Duration, seat: Seat, rng: &mut Rng) {
        let Some(first) = self.pending.front() else { return };
        let key = first.key;
        let asks = |(_, request): &&(u32, Request)| matches!(request, Request::Say(say) if say.key == key);
        let under_way = self.line.iter().flat_map(|line| line.asked.iter()).filter(asks).count();
        if under_way > 1 || (under_way == 1 && !rng.once_in(20)) {
            return;
        }
        let conversation = match &first.to {
            None if seat != Seat::Here => return,
            None => ConversationId::ROOM,
            Some(to) => match self.direct.get(to) {
                Some(known) => *known,
                None => {
                    let with = to.clone();
                    let is_asked = |(_, request): &(u32, Request)| matches!(request, Request::OpenConversation(open) if open.with == with);
                    if !self.line.as_ref().unwrap().asked.iter().any(is_asked) {
                        self.ask(tick, Request::OpenConversation(OpenConversation { with }));
                    }
                    return;
                }
            },
        };
        let Pending { key, text, reply_to, .. } = first;
        let say = Say { key: *key, conversation, text: text.clone(), reply_to: *reply_to, card: None };
        self.ask(tick, Request::Say(say));
    }

    fn do_something(&mut self, tick: Duration, seat: Seat, rng: &mut Rng) {
        let known: Vec<ConversationId> = self.held.keys().copied().collect();
        let conversation = *rng.pick(&known);
        let last = self.held[&conversation].posts.len() as u64;
        let post = PostId(rng.between(1, last.max(1)));
        match rng.below(40) {
            0..10 if last > 0 => {
                self.written += 1;
                let text = format!("{post:?} edited, no. {} of {}", self.written, self.name);
                self.ask(tick, Request::EditPost(EditPost { conversation, post, text }));
            }
            10..14 if last > 0 => self.ask(tick, Request::DeletePost(OnePost { conversation, post })),
            14..20 if last > 0 => self.ask(tick, Request::MarkRead(OnePost { conversation, post })),
            20..28 => {
                let from = *rng.pick(&[ReadFrom::Latest {}, ReadFrom::Before(post), ReadFrom::After(post)]);
                let limit = rng.between(1, 64) as u16;
                self.ask(tick, Request::ReadPosts(ReadPosts { conversation, from, limit }));
            }
            28..30 => self.list(tick),
            30 if seat == Seat::Here && self.wants_in => {
                self.wants_in = false;
                self.ask(tick, Request::LeaveRoom {});
            }
            31 => self.take_over = true,
            32..35 => self.wants_in |= seat != Seat::Here,
            35 if rng.once_in(4) => {
                self.ask(tick, Request::Goodbye {});
                self.line.as_mut().unwrap().is_leaving = true;
            }
            36 if !self.said.is_empty() => self.say_again(tick, seat, rng),
            _ => {}
        }
    }

    /// Asks once more for what was answered long ago.
    fn say_again(&mut self, tick: Duration, seat: Seat, rng: &mut Rng) {
        let (key, (conversation, _)) =
            self.said.iter().nth(rng.below(self.said.len() as u64) as usize).unwrap();
        if *conversation == ConversationId::ROOM && seat != Seat::Here {
            return;
        }
        let text = "said again".to_owned();
        let say = Say { key: *key, conversation: *conversation, text, reply_to: None, card: None };
        self.ask(tick, Request::Say(say));
    }

    /// Asks for what there is.
    pub fn list(&mut self, tick: Duration) {
        self.ask(tick, Request::ListConversations(ListConversations { offset: 0, limit: 48 }));
        self.ask(tick, Request::ListSeats(ListSeats { offset: 0, limit: 64 }));
    }
}

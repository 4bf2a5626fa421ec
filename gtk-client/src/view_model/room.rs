//! The room and the conversations of two: what was said, what is to be said, who is there.
//!
//! This file holds the parts and tells each what concerns it. It does not know how rows are drawn, where what is to
//! be said is kept (`crate::outbox`), nor how bytes travel.

mod cards;
mod composer;
mod conversations;
mod export;
mod history;
mod msg;
pub mod outbox;
mod reading;
mod saying;
mod search;
mod seats;
mod stay;
pub mod timeline;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use parlour_common::limits::SAY_KEY_BYTES;
use parlour_common::message::{
    ConversationId, OnePost, Post, PostId, ReadFrom, Reply, Request, SayKey, SeatEntry,
};
use parlour_common::names::UserName;

use self::conversations::Conversations;
use self::history::History;
use self::outbox::Outbox;
use self::reading::Reading;
use self::search::Mentioning;
use self::seats::Seats;
use super::choices::Choices;
use super::{Answered, Effect, draw};
use crate::network::Answer;

pub use self::composer::{Draft, Editing};
pub use self::conversations::Talk;
pub use self::msg::{Alarm, Msg, Seat, Stored, Told, View};
pub use self::outbox::{Attachment, Kept};
pub use self::search::Search;
pub use self::timeline::{
    LocalTime, PendingRow, PostRow, Row, RowId, SeatLine, Sending, Timeline, TimelineChange,
};

/// Conversations of which posts are held while another one is shown; those longest not shown are forgotten.
const ASIDE_MAX: usize = 8;

/// What was asked of the daemon.
#[derive(Clone, Debug, PartialEq)]
enum Asked {
    Enter { take_over: bool },
    Leave,
    Seats { offset: u32 },
    Talks { offset: u32 },
    Opening,
    Posts { conversation: ConversationId, from: ReadFrom },
    Say(SayKey),
    Edit { conversation: ConversationId, post: PostId, text: String },
    Delete,
    Mark(OnePost),
    Search,
    Members,
    Keep,
}

/// The state of the page.
#[derive(Debug)]
pub struct Room {
    own: Option<UserName>,
    choices: Choices,
    folder: Option<PathBuf>,
    local_time: LocalTime,
    /// The conversation that is shown; the list draws the same.
    shown: Rc<RefCell<Timeline>>,
    /// Those that were shown, the latest last.
    aside: Vec<Timeline>,
    histories: BTreeMap<ConversationId, History>,
    looked_at: Option<(u32, u32)>,
    reading: Reading,
    is_list_shown: bool,
    is_linked: bool,
    seat: Seat,
    is_entering: bool,
    /// Whether the seat is taken from another place once a pause is over.
    takes_over: bool,
    seats: Seats,
    conversations: Conversations,
    drafts: BTreeMap<ConversationId, Draft>,
    outbox: Outbox,
    /// Whether it was said that the disk does not keep what is to be said.
    knows_of_disk: bool,
    completion: Vec<UserName>,
    mentioning: Mentioning,
    search: Option<Search>,
    exported: Option<u64>,
    to_delete: Option<OnePost>,
    to_save: Option<Post>,
    to_open: Vec<OnePost>,
    /// Up to which post of each conversation files were saved by themselves.
    saved: BTreeMap<ConversationId, PostId>,
    /// The conversations of which somebody was told something that is not read.
    notified: BTreeSet<ConversationId>,
    unread: (u32, u32),
    last_key: u32,
    asked: BTreeMap<u32, Asked>,
    draw: fn() -> [u8; SAY_KEY_BYTES],
}

impl Room {
    /// Makes the page of somebody who is not signed in yet. The list draws the same timeline.
    pub fn new(shown: Rc<RefCell<Timeline>>, local_time: LocalTime) -> Self {
        Self {
            own: None,
            choices: Choices::default(),
            folder: None,
            local_time,
            shown,
            aside: Vec::new(),
            histories: BTreeMap::new(),
            looked_at: None,
            reading: Reading::default(),
            is_list_shown: false,
            is_linked: false,
            seat: Seat::default(),
            is_entering: false,
            takes_over: false,
            seats: Seats::default(),
            conversations: Conversations::default(),
            drafts: BTreeMap::new(),
            outbox: Outbox::default(),
            knows_of_disk: false,
            completion: Vec::new(),
            mentioning: Mentioning::default(),
            search: None,
            exported: None,
            to_delete: None,
            to_save: None,
            to_open: Vec::new(),
            saved: BTreeMap::new(),
            notified: BTreeSet::new(),
            unread: (0, 0),
            last_key: 0,
            asked: BTreeMap::new(),
            draw: draw::random,
        }
    }

    /// Returns who is signed in.
    pub fn own(&self) -> Option<&UserName> {
        self.own.as_ref()
    }

    /// Returns the conversation that is shown.
    pub fn conversation(&self) -> ConversationId {
        self.shown.borrow().conversation()
    }

    /// Returns the conversation that is shown, as it is in the list.
    pub fn talk(&self) -> Option<&Talk> {
        self.conversations.talk(self.conversation())
    }

    /// Tells whether the list of conversations is shown where there is room for one of the two only.
    pub fn is_list_shown(&self) -> bool {
        self.is_list_shown
    }

    /// Tells whether the daemon can be reached.
    pub fn is_linked(&self) -> bool {
        self.is_linked
    }

    /// Returns whether one has a seat in the room.
    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Returns how many seats are taken.
    pub fn participants(&self) -> u32 {
        self.seats.participants
    }

    /// Returns who is in the room, by name, as far as they are known.
    pub fn seats(&self) -> &[SeatEntry] {
        &self.seats.seats
    }

    /// Returns the conversations: the room, then those with most recent posts first.
    pub fn talks(&self) -> &[Talk] {
        &self.conversations.talks
    }

    /// Returns how many conversations there are.
    pub fn talk_count(&self) -> u32 {
        self.conversations.total
    }

    /// Returns what is being written in the conversation that is shown.
    pub fn draft(&self) -> Option<&Draft> {
        self.drafts.get(&self.conversation())
    }

    /// Returns the members who may be mentioned by what is being typed.
    pub fn completion(&self) -> &[UserName] {
        &self.completion
    }

    /// Returns the search of the conversation, where there is one.
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Returns what was chosen about the room.
    pub fn choices(&self) -> &Choices {
        &self.choices
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = self.handle(msg);
        effects.extend(self.say_next());
        // Where the rows changed is told before where to look.
        let mut all = self.draw_rows();
        all.append(&mut effects);
        let unread = self.conversations.unread();
        if unread != self.unread {
            self.unread = unread;
            all.push(Effect::ShowUnread { posts: unread.0, mentions: unread.1 });
        }
        all
    }

    /// Lists what is to be said, and returns how the rows changed.
    fn draw_rows(&mut self) -> Vec<Effect> {
        for timeline in &mut self.aside {
            timeline.shorten();
            timeline.take_changes();
        }
        let pending = self.outbox.rows(self.conversation());
        let mut shown = self.shown.borrow_mut();
        shown.set_pending(pending);
        let mut changes = shown.take_changes();
        if shown.shorten() {
            changes.extend(shown.take_changes());
        }
        for change in &changes {
            self.looked_at = self.looked_at.map(|rows| change.moved(rows));
        }
        changes.into_iter().map(Effect::Timeline).collect()
    }

    fn handle(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Answered(answered) => self.handle_answer(answered),
            Msg::Woken(alarm) => self.wake(alarm),
            Msg::Looking { first, last } => self.look(first, last),
            Msg::Typed(text) => self.take_typed(text),
            Msg::Mentioning(typed) => self.mention(typed),
            Msg::Send => self.send(),
            Msg::Reply(post) => self.reply(post),
            Msg::Edit(post) => self.edit(post),
            Msg::EditLast => self.edit_last(),
            Msg::CancelBar => self.cancel_bar().unwrap_or_default(),
            Msg::Attach(attachments) => self.attach(attachments),
            Msg::Detach(at) => {
                self.detach(at);
                Vec::new()
            }
            Msg::TryAgain(key) => {
                self.outbox.try_again(key);
                Vec::new()
            }
            Msg::Discard(key) => self.discard(key),
            Msg::Delete(post) => self.ask_to_delete(post),
            Msg::Confirmed(yes) => self.take_choice(yes),
            Msg::GoTo(post) => self.go_to(post),
            Msg::GoToNewest => self.go_to_newest(),
            Msg::Open(conversation) => self.open_talk(conversation),
            Msg::OpenWith(member) => self.open_with(member),
            Msg::ShowList => {
                self.is_list_shown = true;
                Vec::new()
            }
            Msg::MoreConversations => self.list_more_talks(),
            Msg::MoreSeats => self.list_more_seats(),
            Msg::EnterRoom => self.enter_by_wish(false),
            Msg::TakeOver => self.enter_by_wish(true),
            Msg::LeaveRoom => self.leave_room(),
            Msg::SearchOpened => {
                self.search.get_or_insert_default();
                Vec::new()
            }
            Msg::SearchTyped(query) => self.search_for(&query),
            Msg::SearchMore => self.search_more(),
            Msg::SearchClosed => {
                self.search = None;
                Vec::new()
            }
            Msg::Save(post) => self.save(post),
            Msg::FolderChosen(folder) => self.take_folder(folder),
            Msg::Keep(post) => self.keep(post),
            Msg::Fetch { post, folder } => self.fetch_to_open(post, folder),
            Msg::Export { path, form } => self.export(path, form),
            Msg::CancelExport => self.cancel_export(),
            Msg::ExportMoved { posts } => {
                self.note_exported(posts);
                Vec::new()
            }
            Msg::Exported(how) => self.take_exported(how),
            Msg::Retry => self.retry(),
            Msg::Back => self.back(),
            told => self.hear(told),
        }
    }

    /// Takes what is told unasked.
    fn hear(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Opened { own, server, choices, folder } => self.open(own, server, choices, folder),
            Msg::SignedOut => self.close(),
            Msg::Found(found) => self.take_found(found),
            Msg::Kept { turn, is_durable } => self.take_kept(turn, is_durable),
            Msg::Said(post) if self.own.is_some() => self.take_said(&post, true),
            Msg::PostChanged(post) => self.take_post(&post, false),
            Msg::SeatsChanged(changed) => self.take_turns(&changed),
            Msg::SeatLost(lost) => {
                self.lose_seat(lost);
                Vec::new()
            }
            Msg::MarkedRead(read) => self.take_mark(read),
            Msg::Stored { upload, how } => self.take_stored(upload, how),
            Msg::CardFetched { card, path } => self.take_fetched(card, path),
            Msg::ChoicesChanged(choices) => self.take_choices(choices),
            Msg::LinkLost => {
                self.is_linked = false;
                self.interrupt_all();
                Vec::new()
            }
            Msg::Resumed if self.own.is_some() => self.resume(),
            Msg::Active(is_active) => {
                self.reading.is_active = is_active;
                self.see()
            }
            Msg::Shown => {
                self.reading.is_shown = true;
                self.see()
            }
            Msg::Hidden => {
                self.reading.is_shown = false;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn handle_answer(&mut self, Answered { key, answer }: Answered) -> Vec<Effect> {
        let Some(asked) = self.asked.remove(&key) else { return Vec::new() };
        // What was changed is told like what others change.
        if let (Asked::Edit { .. } | Asked::Delete, Answer::Reply(Reply::Post(post))) = (&asked, &answer) {
            return self.take_post(post, false);
        }
        match asked {
            Asked::Enter { take_over } => self.take_entered(take_over, answer),
            Asked::Leave => Vec::new(),
            Asked::Seats { offset } => self.take_seat_page(offset, answer),
            Asked::Talks { offset } => self.take_talks(offset, answer),
            Asked::Opening => self.take_opened(answer),
            Asked::Posts { conversation, from } => self.take_posts(key, conversation, from, answer),
            Asked::Say(key) => self.take_said_answer(key, answer),
            Asked::Edit { conversation, post, text } => self.take_edited(conversation, post, text, &answer),
            Asked::Delete => Self::take_deleted(&answer),
            Asked::Mark(read) => {
                if !matches!(answer, Answer::Reply(_)) {
                    self.keep_mark(read);
                }
                Vec::new()
            }
            Asked::Search => self.take_hits(key, answer),
            Asked::Members => self.take_members(key, answer),
            Asked::Keep => self.take_keeping(answer),
        }
    }

    fn ask(&mut self, asked: Asked, request: Request) -> Effect {
        self.last_key = self.last_key.wrapping_add(1);
        self.asked.insert(self.last_key, asked);
        Effect::Ask { key: self.last_key, request }
    }
}

#[cfg(test)]
mod tests;

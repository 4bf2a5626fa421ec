//! The page of the room: coming and going, what is missed and found again, drafts, and what one is told of.

mod following;
mod writing;

use parlour_common::message::{
    ConversationEntry, ConversationPage, Denial, EnterRoom, Entered, PostPage, Revision, SeatLost, SeatPage,
    SeatState,
};

use super::timeline::tests::{name, page, read, said};
use super::*;
use crate::view_model::choices::{Notify, SaveCards};

/// A page, what it asked for and has no answer to, and what it wanted otherwise.
pub(super) struct Desk {
    pub(super) room: Room,
    pub(super) asked: Vec<(u32, Request)>,
    pub(super) wanted: Vec<Effect>,
}

pub(super) fn entry(conversation: u64, last: u64, read_up_to: u64) -> ConversationEntry {
    ConversationEntry {
        conversation: ConversationId(conversation),
        with: (conversation > 0).then(|| name("ali")),
        departed: false,
        first: PostId(1),
        last: PostId(last),
        revision: Revision(last),
        read_up_to: PostId(read_up_to),
        mentions: 0,
        last_unix_ms: last,
    }
}

impl Desk {
    fn new() -> Self {
        let shown = Rc::new(RefCell::new(Timeline::new(ConversationId::ROOM, None, |_| 0)));
        let mut room = Room::new(shown, |_| 0);
        room.draw = || {
            thread_local!(static DRAWN: std::cell::Cell<u8> = const { std::cell::Cell::new(0) });
            DRAWN.with(|drawn| drawn.set(drawn.get() + 1));
            [DRAWN.with(std::cell::Cell::get); SAY_KEY_BYTES]
        };
        Self { room, asked: Vec::new(), wanted: Vec::new() }
    }

    /// Sara signs in; nothing is answered yet.
    pub(super) fn opened_with(choices: Choices) -> Self {
        let mut desk = Self::new();
        let folder = Some(PathBuf::from("/files"));
        desk.tell(Msg::Opened { own: name("sara"), server: "pond".to_owned(), choices, folder });
        desk.tell(Msg::Found(Vec::new()));
        desk.tell(Msg::Shown);
        desk
    }

    /// Sara is in the room, in which so many posts were said, of which she read so many.
    pub(super) fn seated(last: u64, read_up_to: u64) -> Self {
        let mut desk = Self::opened_with(Choices::default());
        desk.enter(last, read_up_to);
        desk.serve(last);
        if read_up_to == last {
            desk.look_at_end();
            desk.serve(last);
            desk.look_at_end();
        }
        desk.asked.clear();
        desk.wanted.clear();
        desk
    }

    pub(super) fn look_at_end(&mut self) {
        let rows = self.room.shown.borrow().len();
        self.tell(Msg::Looking { first: rows.saturating_sub(10), last: rows.saturating_sub(1) });
    }

    /// The seat is given, and the list of conversations.
    pub(super) fn enter(&mut self, last: u64, read_up_to: u64) {
        self.sit(last, read_up_to);
        let room = entry(0, last, read_up_to);
        let conversations = vec![room, entry(7, 3, 3)];
        let listed = ConversationPage { total: 2, conversations };
        let is_list = |request: &Request| matches!(request, Request::ListConversations(_));
        self.answer(is_list, Answer::Reply(Reply::Conversations(listed)));
    }

    /// The seat is given.
    pub(super) fn sit(&mut self, last: u64, read_up_to: u64) {
        let room = entry(0, last, read_up_to);
        let entered = Entered { participants: 2, came_back: false, room };
        self.answer(is_enter, Answer::Reply(Reply::Entered(entered)));
    }

    /// Answers every question for posts as a daemon does that has so many.
    pub(super) fn serve(&mut self, last: u64) {
        while let Some(at) =
            self.asked.iter().position(|(_, request)| matches!(request, Request::ReadPosts(_)))
        {
            let (key, request) = self.asked.remove(at);
            let Request::ReadPosts(read) = request else { unreachable!() };
            let numbers = match read.from {
                ReadFrom::Latest {} => last.saturating_sub(63).max(1)..last + 1,
                ReadFrom::Before(post) => post.0.saturating_sub(64).max(1)..post.0,
                ReadFrom::After(post) => post.0 + 1..(post.0 + 65).min(last + 1),
                ReadFrom::Around(post) => post.0.saturating_sub(32).max(1)..(post.0 + 32).min(last + 1),
                ReadFrom::ChangedAfter(revision) => revision.0 + 1..(revision.0 + 65).min(last + 1),
            };
            let more = matches!(read.from, ReadFrom::ChangedAfter(_)) && numbers.end <= last;
            let of = |number| Post { conversation: read.conversation, ..said(number) };
            let posts = PostPage { conversation: read.conversation, more, ..page(numbers.map(of), last) };
            self.tell(Msg::Answered(Answered { key, answer: Answer::Reply(Reply::Posts(posts)) }));
        }
    }

    pub(super) fn tell(&mut self, msg: Msg) {
        for effect in self.room.update(msg) {
            match effect {
                Effect::Ask { key, request } => self.asked.push((key, request)),
                effect => self.wanted.push(effect),
            }
        }
    }

    /// Answers the first question of a kind.
    pub(super) fn answer(&mut self, is_it: impl Fn(&Request) -> bool, answer: Answer) {
        let at = self.asked.iter().position(|(_, request)| is_it(request)).expect("it is asked");
        let (key, _) = self.asked.remove(at);
        self.tell(Msg::Answered(Answered { key, answer }));
    }

    pub(super) fn rows(&self) -> Vec<String> {
        read(&self.room.shown.borrow())
    }

    pub(super) fn took(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.wanted)
    }

    pub(super) fn has_asked(&self, is_it: impl Fn(&Request) -> bool) -> bool {
        self.asked.iter().any(|(_, request)| is_it(request))
    }
}

pub(super) fn is_enter(request: &Request) -> bool {
    matches!(request, Request::EnterRoom(_))
}

#[test]
fn one_takes_ones_seat_at_sign_in_and_reads_the_end() {
    let mut desk = Desk::opened_with(Choices::default());
    assert_eq!(desk.room.view(), View::Loading);
    assert_eq!(desk.room.seat(), &Seat::Entering);
    let open = Effect::OpenOutbox { server: "pond".to_owned(), user_name: "sara".to_owned() };
    assert!(desk.wanted.contains(&open));
    desk.enter(3, 3);
    assert_eq!((desk.room.seat(), desk.room.participants()), (&Seat::Here, 2));
    desk.serve(3);
    assert_eq!(desk.rows(), ["day", "post 1", "  post 2", "  post 3"]);
    assert_eq!(desk.room.view(), View::Timeline);
    let seats = SeatPage {
        participants: 1,
        seats: vec![SeatEntry { user_name: name("sara"), state: SeatState::Present, since_unix_ms: 0 }],
    };
    desk.answer(|request| matches!(request, Request::ListSeats(_)), Answer::Reply(Reply::Seats(seats)));
    assert_eq!(desk.room.seats().len(), 1);

    let mut desk = Desk::opened_with(Choices::default());
    desk.enter(0, 0);
    desk.serve(0);
    assert_eq!(desk.room.view(), View::Empty);
    desk.tell(Msg::Said(Box::new(said(1))));
    assert_eq!(desk.rows(), ["day", "post 1"]);
}

#[test]
fn a_seat_at_another_place_is_taken_over_by_wish_and_read_without() {
    let mut desk = Desk::opened_with(Choices::default());
    let taken = || Answer::Denied(Denial::SeatTaken { device: "Parlour on frog".to_owned() });
    desk.answer(is_enter, taken());
    assert_eq!(desk.room.seat(), &Seat::Elsewhere { device: "Parlour on frog".to_owned() });
    desk.serve(5);
    assert_eq!(desk.rows().len(), 6, "what was said can be read");
    desk.tell(Msg::Resumed);
    assert!(!desk.has_asked(is_enter), "the other place keeps it");
    desk.tell(Msg::TakeOver);
    assert!(desk.has_asked(|request| *request == Request::EnterRoom(EnterRoom { take_over: true })));
    desk.sit(6, 5);
    assert!(desk.has_asked(|request| matches!(request, Request::ReadPosts(read) if read.from == ReadFrom::ChangedAfter(Revision(5)))));
    desk.serve(6);
    assert_eq!(desk.rows().last().unwrap(), "  post 6");
    desk.tell(Msg::SeatLost(SeatLost { device: "phone".to_owned() }));
    assert_eq!(desk.room.seat(), &Seat::Elsewhere { device: "phone".to_owned() });
}

#[test]
fn who_leaves_the_room_stays_out_until_they_come_back() {
    let mut desk = Desk::seated(3, 3);
    desk.tell(Msg::LeaveRoom);
    assert_eq!(desk.room.seat(), &Seat::Left);
    assert!(desk.has_asked(|request| *request == Request::LeaveRoom {}));
    let stays = Choices { is_in_room: false, ..Choices::default() };
    assert!(desk.took().contains(&Effect::RememberChoices(stays)));
    desk.tell(Msg::ChoicesChanged(stays));
    desk.asked.clear();
    desk.tell(Msg::LinkLost);
    desk.tell(Msg::Resumed);
    assert!(!desk.has_asked(is_enter));
    desk.tell(Msg::EnterRoom);
    assert!(desk.has_asked(is_enter));
    assert!(desk.took().contains(&Effect::RememberChoices(Choices::default())));
    desk.tell(Msg::LeaveRoom);
    desk.sit(3, 3);
    assert_eq!(desk.room.seat(), &Seat::Left, "one left while it was on its way");
    assert!(desk.has_asked(|request| *request == Request::LeaveRoom {}));

    let mut desk = Desk::opened_with(stays);
    assert!(!desk.has_asked(is_enter));
    desk.serve(2);
    assert_eq!(desk.rows().len(), 3);
}

#[test]
fn a_busy_daemon_is_asked_for_the_seat_again() {
    let mut desk = Desk::opened_with(Choices::default());
    desk.answer(is_enter, Answer::Denied(Denial::Busy { retry_after_ms: 900 }));
    assert!(desk.took().contains(&Effect::WakeAfter(Alarm::Entering, 900)));
    desk.tell(Msg::Woken(Alarm::Entering));
    desk.answer(is_enter, Answer::Denied(Denial::NotAllowed {}));
    assert!(matches!(desk.room.seat(), Seat::Failed(_)));
    desk.tell(Msg::EnterRoom);
    desk.answer(is_enter, Answer::Lost);
    assert_eq!(desk.room.seat(), &Seat::Entering);
    desk.tell(Msg::LinkLost);
    desk.tell(Msg::Resumed);
    assert!(desk.has_asked(is_enter));
}

#[test]
fn signing_out_leaves_nothing_in_the_window_and_the_outbox_on_the_disk() {
    let mut desk = Desk::seated(5, 2);
    desk.tell(Msg::Typed("secret".to_owned()));
    desk.tell(Msg::SignedOut);
    let took = desk.took();
    assert!(
        took.contains(&Effect::CloseOutbox) && took.contains(&Effect::ShowUnread { posts: 0, mentions: 0 })
    );
    assert!(desk.rows().is_empty() && desk.room.draft().is_none() && desk.room.talks().is_empty());
    assert!(!took.iter().any(|effect| matches!(effect, Effect::KeepOutbox { .. })));
    desk.tell(Msg::Said(Box::new(said(6))));
    desk.tell(Msg::Resumed);
    assert!(desk.rows().is_empty() && desk.asked.is_empty());
}

#[test]
fn one_is_told_of_what_one_does_not_see_and_only_of_what_one_chose() {
    let mention = |number| Post { text: "@Sara, look".to_owned(), ..said(number) };
    let direct = |number| Post { conversation: ConversationId(7), ..said(number) };
    let told = |desk: &mut Desk, post: Post| {
        desk.tell(Msg::Said(Box::new(post)));
        let mut took = desk.took().into_iter();
        took.find_map(|effect| if let Effect::Notify(told) = effect { Some(told) } else { None })
    };
    let mut desk = Desk::seated(3, 3);
    assert_eq!(told(&mut desk, mention(4)), None, "it is before one's eyes");
    let notification = told(&mut desk, direct(4)).expect("another conversation is shown");
    assert_eq!((notification.body.as_str(), notification.has_sound), ("post 4", true));
    desk.tell(Msg::Active(false));
    assert_eq!(told(&mut desk, said(5)), None, "of the room only what mentions one");
    assert_eq!(told(&mut desk, mention(6)).unwrap().occasion, crate::view_model::choices::Occasion::Mention);
    assert_eq!(told(&mut desk, Post { author: name("sara"), ..mention(7) }), None, "nor of one's own words");
    let all = Choices { notify: Notify::All, has_sound: false, ..Choices::default() };
    desk.tell(Msg::ChoicesChanged(all));
    assert!(!told(&mut desk, said(8)).unwrap().has_sound);
    desk.tell(Msg::ChoicesChanged(Choices { do_not_disturb: true, ..all }));
    assert_eq!(told(&mut desk, mention(9)), None);
    desk.tell(Msg::ChoicesChanged(all));
    assert!(told(&mut desk, said(9)).is_none(), "the same again is no news");
    let rows = desk.room.shown.borrow().len();
    desk.tell(Msg::Active(true));
    desk.tell(Msg::Looking { first: 0, last: rows - 1 });
    assert!(desk.took().contains(&Effect::Withdraw(ConversationId::ROOM)), "one has seen it");
}

#[test]
fn files_are_saved_by_themselves_once_and_only_those_that_were_chosen() {
    use parlour_common::message::{Card, FileHash};
    use parlour_common::names::FileName;

    let with_file = |number, size_bytes| {
        let file_name = FileName::parse("a.pdf").unwrap();
        let card = Card::File { file_name, size_bytes, sha256: FileHash::new([1; 32]) };
        Post { card: Some(card), ..said(number) }
    };
    let saved = |desk: &mut Desk| {
        let took = desk.took().into_iter();
        took.filter(|effect| matches!(effect, Effect::FetchCards(_))).count()
    };
    let mut desk = Desk::seated(3, 3);
    desk.tell(Msg::Said(Box::new(with_file(4, 1))));
    assert_eq!(saved(&mut desk), 0, "nobody chose it");
    desk.tell(Msg::ChoicesChanged(Choices { save_cards: SaveCards::UpToMib(1), ..Choices::default() }));
    desk.tell(Msg::Said(Box::new(with_file(5, 1024 * 1024))));
    desk.tell(Msg::Said(Box::new(with_file(5, 1024 * 1024))));
    assert_eq!(saved(&mut desk), 1, "once");
    desk.tell(Msg::Said(Box::new(with_file(6, 1024 * 1024 + 1))));
    desk.tell(Msg::Said(Box::new(Post { author: name("sara"), ..with_file(7, 1) })));
    assert_eq!(saved(&mut desk), 0, "too large, and one's own");
    // What came while the link was lost is saved when it is caught up with.
    desk.tell(Msg::LinkLost);
    desk.tell(Msg::Resumed);
    desk.enter(8, 3);
    let changed = PostPage { more: false, ..page([with_file(8, 1)], 8) };
    desk.answer(|request| matches!(request, Request::ReadPosts(_)), Answer::Reply(Reply::Posts(changed)));
    assert_eq!(saved(&mut desk), 1);
}

//! One value of every variant that is about the room, and about what two members say to each other.

use parlour_common::message::*;
use parlour_common::names::{FileName, UserName};

use super::{Sample, of_value};

/// When the first post of the examples was said, in milliseconds since 1970 UTC.
const SAID_UNIX_MS: u64 = 1_790_000_000_000;

/// A minute, in milliseconds.
const MINUTE_MS: u64 = 60_000;

/// A conversation of two.
const DIRECT: ConversationId = ConversationId(3);

fn user_name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn key() -> SayKey {
    SayKey::new(*b"what sara says 1")
}

/// The hash of "abc", the first example of FIPS 180-4.
fn hash() -> FileHash {
    FileHash::new([
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0,
        0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    ])
}

/// The values that only stand inside of messages.
pub fn values() -> Vec<Sample> {
    let states = [SeatState::Inactive, SeatState::Present];
    let turns = [SeatTurn::Joined, SeatTurn::Left, SeatTurn::Lost, SeatTurn::CameBack];
    let sources = [CardSource::File(FileId(7)), CardSource::Track(TrackId(42))];
    let froms = [
        ReadFrom::Latest {},
        ReadFrom::Before(PostId(120)),
        ReadFrom::After(PostId(120)),
        ReadFrom::Around(PostId(120)),
        ReadFrom::ChangedAfter(Revision(130)),
    ];
    let cards = [file_card(), track_card(), Card::Gone {}, Card::Unknown {}];
    let mut values: Vec<Sample> = states.iter().map(|value| of_value("seat_state", value)).collect();
    values.extend(turns.map(|value| of_value("seat_turn", &value)));
    values.extend(sources.map(|value| of_value("card_source", &value)));
    values.extend(froms.map(|value| of_value("read_from", &value)));
    values.extend(cards.map(|value| of_value("card", &value)));
    values
}

fn file_card() -> Card {
    Card::File { file_name: FileName::parse("Sketch 2.ogg").unwrap(), size_bytes: 5_000_000, sha256: hash() }
}

fn track_card() -> Card {
    Card::Track {
        track: TrackId(42),
        file_name: FileName::parse("Blue Train.flac").unwrap(),
        title: "Blue Train".to_owned(),
        artist: "John Coltrane".to_owned(),
        duration_ms: Some(643_000),
        size_bytes: 31_000_000,
        cover: Some(CoverId(7)),
    }
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::EnterRoom(EnterRoom { take_over: false }),
        Request::LeaveRoom {},
        Request::ListSeats(ListSeats { offset: 0, limit: 200 }),
        Request::ListConversations(ListConversations { offset: 0, limit: 48 }),
        Request::OpenConversation(OpenConversation { with: user_name("mina") }),
        Request::Say(Say {
            key: key(),
            conversation: ConversationId::ROOM,
            text: "@mina, see you at 8?".to_owned(),
            reply_to: None,
            card: None,
        }),
        Request::Say(Say {
            key: SayKey::new(*b"what sara says 2"),
            conversation: DIRECT,
            text: String::new(),
            reply_to: Some(PostId(4)),
            card: Some(CardSource::File(FileId(7))),
        }),
        Request::EditPost(EditPost {
            conversation: ConversationId::ROOM,
            post: PostId(121),
            text: "@mina, see you at 9?".to_owned(),
        }),
        Request::DeletePost(OnePost { conversation: ConversationId::ROOM, post: PostId(121) }),
        Request::ReadPosts(ReadPosts {
            conversation: ConversationId::ROOM,
            from: ReadFrom::ChangedAfter(Revision(130)),
            limit: 64,
        }),
        Request::SearchPosts(SearchPosts {
            conversation: ConversationId::ROOM,
            query: "see 8".to_owned(),
            before: Some(PostId(121)),
            limit: 20,
        }),
        Request::MarkRead(OnePost { conversation: ConversationId::ROOM, post: PostId(121) }),
        Request::FetchCard(FetchCard { conversation: DIRECT, post: PostId(5), offset: 0, length: None }),
        Request::FetchCard(FetchCard {
            conversation: DIRECT,
            post: PostId(5),
            offset: 1_000_000,
            length: Some(2_000_000),
        }),
        Request::KeepCard(KeepCard { conversation: DIRECT, post: PostId(5), same_name: SameName::KeepBoth }),
    ]
}

/// The room, in which one was mentioned since one last read.
fn room() -> ConversationEntry {
    ConversationEntry {
        conversation: ConversationId::ROOM,
        with: None,
        departed: false,
        first: PostId(1),
        last: PostId(121),
        revision: Revision(131),
        read_up_to: PostId(118),
        mentions: 1,
        last_unix_ms: SAID_UNIX_MS,
    }
}

/// A conversation in which nothing was said yet.
fn direct() -> ConversationEntry {
    ConversationEntry {
        conversation: DIRECT,
        with: Some(user_name("mina")),
        first: PostId(1),
        last: PostId(0),
        revision: Revision(0),
        read_up_to: PostId(0),
        mentions: 0,
        last_unix_ms: 0,
        ..room()
    }
}

fn departed() -> ConversationEntry {
    ConversationEntry {
        conversation: ConversationId(2),
        with: Some(user_name("개구리")),
        departed: true,
        first: PostId(3),
        last: PostId(9),
        revision: Revision(12),
        read_up_to: PostId(9),
        mentions: 0,
        last_unix_ms: SAID_UNIX_MS - MINUTE_MS,
    }
}

fn said() -> Post {
    Post {
        conversation: ConversationId::ROOM,
        post: PostId(121),
        revision: Revision(131),
        author: user_name("sara"),
        said_unix_ms: SAID_UNIX_MS,
        text: "@mina, see you at 8?".to_owned(),
        reply_to: None,
        card: None,
        edited_unix_ms: None,
        deleted_unix_ms: None,
    }
}

fn edited() -> Post {
    Post {
        revision: Revision(132),
        text: "@mina, see you at 9?".to_owned(),
        edited_unix_ms: Some(SAID_UNIX_MS + MINUTE_MS),
        ..said()
    }
}

fn deleted() -> Post {
    Post {
        revision: Revision(133),
        text: String::new(),
        deleted_unix_ms: Some(SAID_UNIX_MS + 2 * MINUTE_MS),
        ..said()
    }
}

fn reply_with_card() -> Post {
    Post {
        conversation: DIRECT,
        post: PostId(5),
        revision: Revision(6),
        text: String::new(),
        reply_to: Some(Quote {
            post: PostId(4),
            author: user_name("mina"),
            excerpt: "Have you drawn it?".to_owned(),
        }),
        card: Some(file_card()),
        ..said()
    }
}

pub fn replies() -> Vec<Reply> {
    vec![
        Reply::Entered(Entered { participants: 3, came_back: true, room: room() }),
        Reply::Seats(SeatPage {
            participants: 2,
            seats: vec![
                SeatEntry {
                    user_name: user_name("mina"),
                    state: SeatState::Inactive,
                    since_unix_ms: SAID_UNIX_MS,
                },
                SeatEntry {
                    user_name: user_name("sara"),
                    state: SeatState::Present,
                    since_unix_ms: SAID_UNIX_MS + MINUTE_MS,
                },
            ],
        }),
        Reply::Conversations(ConversationPage { total: 2, conversations: vec![room(), departed()] }),
        Reply::Conversation(direct()),
        Reply::Post(said()),
        Reply::Post(edited()),
        Reply::Post(deleted()),
        Reply::Posts(PostPage {
            conversation: DIRECT,
            posts: vec![reply_with_card()],
            first: PostId(1),
            last: PostId(5),
            revision: Revision(6),
            more: true,
        }),
        Reply::PostsFound(PostsFound { posts: vec![said()], next: Some(PostId(90)) }),
    ]
}

pub fn denials() -> Vec<Denial> {
    vec![
        Denial::SeatTaken { device: "laptop".to_owned() },
        Denial::NotSeated {},
        Denial::NoSuchConversation {},
        Denial::NoSuchPost {},
        Denial::NoSuchCard {},
        Denial::NotAuthor {},
        Denial::CardsFull { left_bytes: 1_000_000 },
    ]
}

pub fn events() -> Vec<Event> {
    let turn = |name, how, participants| SeatChange {
        user_name: user_name(name),
        how,
        at_unix_ms: SAID_UNIX_MS,
        participants,
    };
    vec![
        Event::Said(said()),
        Event::PostChanged(edited()),
        Event::SeatsChanged(SeatsChanged {
            participants: 2,
            changes: vec![turn("mina", SeatTurn::Joined, 3), turn("개구리", SeatTurn::Left, 2)],
            omitted: 0,
        }),
        Event::SeatLost(SeatLost { device: "phone".to_owned() }),
        Event::MarkedRead(OnePost { conversation: ConversationId::ROOM, post: PostId(121) }),
    ]
}

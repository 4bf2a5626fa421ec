//! What the tests of the room share: a daemon with members, what they ask there, and a store that was filled before.
//!
//! It does not know what should come of it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlour_common::message::{
    CardSource, CheckFiles, ConversationEntry, ConversationId, ConversationPage, Denial, EditPost, EnterRoom,
    Entered, Event, FetchCard, FileEntry, FileHash, FileId, FileList, FileStart, ListConversations,
    ListSeats, OnePost, OpenConversation, Post, PostId, PostPage, PostsFound, ReadFrom, ReadPosts, Reply,
    Request, Role, Say, SayKey, SearchPosts, SeatState, SeatTurn, TransferOutcome, UploadKey,
};
use parlour_common::names::UserName;
use parlour_reactor::store::{Change, Disk, NewCard, NewPost, RoomChange, Store, UserId, Writer};
use tempfile::TempDir;

use super::super::real::{Client, Daemon, Load, Options, PASSWORD, PATIENCE};

/// The room.
pub const ROOM: ConversationId = ConversationId::ROOM;

/// A configuration that keeps nothing of the disk free.
pub const ALL_OF_THE_DISK: &str = "[files]\nreserve_mib = 0";

/// A daemon whose first admin is anna.
pub fn daemon() -> (Daemon, Client) {
    daemon_with(&[], ALL_OF_THE_DISK)
}

/// The same, with files in the bank, and lines of configuration of one's own.
pub fn daemon_with(files: &[(&str, &[u8])], config: &'static str) -> (Daemon, Client) {
    let daemon = Daemon::start_with_options(files, &Options { config, ..Options::default() });
    let mut anna = daemon.client();
    let code = daemon.setup_code();
    let signed_in = anna.sign_up_with("anna", "anna@example.org", PASSWORD, Some(code)).unwrap();
    assert_eq!(signed_in.account.role, Role::Admin);
    (daemon, anna)
}

/// Starts again in the same folders.
pub fn start_again(folder: TempDir) -> Daemon {
    Daemon::start_in(folder, &Options::default())
}

/// Ends a daemon, after a look whether records and disk agree.
pub fn end_well(daemon: Daemon, admin: &mut Client) {
    match admin.ask(Request::CheckFiles(CheckFiles { read_all: true })) {
        Ok(Reply::Checked(report)) => assert_eq!((report.faults_total, report.faults), (0, vec![])),
        other => panic!("{other:?} is no report"),
    }
    expect_sound(&daemon.end_well());
}

/// Sees to it that the records in a folder agree.
pub fn expect_sound(folder: &TempDir) {
    let store = Store::open_existing(&folder.path().join("state")).unwrap();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

/// Another connection of a session.
pub fn beside(daemon: &Daemon, client: &Client) -> Client {
    let mut another = daemon.client();
    another.resume(client.token.clone().unwrap()).unwrap();
    another
}

/// Another session of a member.
pub fn elsewhere(daemon: &Daemon, name: &str) -> Client {
    let mut another = daemon.client();
    another.sign_in(name, PASSWORD).unwrap();
    another
}

/// A number of something to be said.
pub fn key(number: u64) -> SayKey {
    SayKey::new([number.to_be_bytes(), [7; 8]].concat().try_into().unwrap())
}

pub fn try_enter(client: &mut Client, take_over: bool) -> Result<Entered, Denial> {
    match client.ask(Request::EnterRoom(EnterRoom { take_over }))? {
        Reply::Entered(entered) => Ok(entered),
        other => panic!("{other:?} answers nobody who enters"),
    }
}

pub fn enter(client: &mut Client) -> Entered {
    try_enter(client, false).unwrap()
}

pub fn leave(client: &mut Client) -> Result<(), Denial> {
    done(client, Request::LeaveRoom {})
}

pub fn done(client: &mut Client, request: Request) -> Result<(), Denial> {
    match client.ask(request)? {
        Reply::Done {} => Ok(()),
        other => panic!("{other:?} is no yes"),
    }
}

/// Who is in the room, by name.
pub fn seats(client: &mut Client) -> Vec<(String, SeatState)> {
    match client.ask(Request::ListSeats(ListSeats { offset: 0, limit: 200 })) {
        Ok(Reply::Seats(page)) => {
            assert_eq!(page.participants as usize, page.seats.len());
            page.seats.into_iter().map(|seat| (seat.user_name.to_string(), seat.state)).collect()
        }
        other => panic!("{other:?} lists no seats"),
    }
}

/// Something to be said.
pub fn form(number: u64, conversation: ConversationId, text: &str) -> Say {
    Say { key: key(number), conversation, text: text.to_owned(), reply_to: None, card: None }
}

pub fn post_of(answer: Result<Reply, Denial>) -> Result<Post, Denial> {
    match answer? {
        Reply::Post(post) => Ok(post),
        other => panic!("{other:?} is no post"),
    }
}

pub fn say_form(client: &mut Client, form: Say) -> Result<Post, Denial> {
    post_of(client.ask(Request::Say(form)))
}

pub fn say(client: &mut Client, number: u64, text: &str) -> Post {
    say_form(client, form(number, ROOM, text)).unwrap()
}

pub fn say_in(client: &mut Client, number: u64, conversation: ConversationId, text: &str) -> Post {
    say_form(client, form(number, conversation, text)).unwrap()
}

/// Shows a file.
pub fn show(
    client: &mut Client,
    number: u64,
    conversation: ConversationId,
    file: FileId,
) -> Result<Post, Denial> {
    say_form(client, Say { card: Some(CardSource::File(file)), ..form(number, conversation, "") })
}

pub fn edit(client: &mut Client, post: &Post, text: &str) -> Result<Post, Denial> {
    let Post { conversation, post, .. } = *post;
    post_of(client.ask(Request::EditPost(EditPost { conversation, post, text: text.to_owned() })))
}

pub fn one(post: &Post) -> OnePost {
    OnePost { conversation: post.conversation, post: post.post }
}

pub fn delete(client: &mut Client, post: &Post) -> Result<Post, Denial> {
    post_of(client.ask(Request::DeletePost(one(post))))
}

pub fn try_read(
    client: &mut Client,
    conversation: ConversationId,
    from: ReadFrom,
    limit: u16,
) -> Result<PostPage, Denial> {
    match client.ask(Request::ReadPosts(ReadPosts { conversation, from, limit }))? {
        Reply::Posts(page) => Ok(page),
        other => panic!("{other:?} has no posts"),
    }
}

pub fn read(client: &mut Client, from: ReadFrom, limit: u16) -> PostPage {
    try_read(client, ROOM, from, limit).unwrap()
}

/// All of a conversation, page by page from its beginning.
pub fn history(client: &mut Client, conversation: ConversationId) -> Vec<Post> {
    let mut posts: Vec<Post> = Vec::new();
    loop {
        let after = posts.last().map_or(PostId(0), |post| post.post);
        let page = try_read(client, conversation, ReadFrom::After(after), 64).unwrap();
        let more = page.more;
        posts.extend(page.posts);
        if !more {
            return posts;
        }
    }
}

pub fn texts(posts: &[Post]) -> Vec<&str> {
    posts.iter().map(|post| post.text.as_str()).collect()
}

pub fn search(client: &mut Client, conversation: ConversationId, query: &str) -> Result<PostsFound, Denial> {
    let search = SearchPosts { conversation, query: query.to_owned(), before: None, limit: 64 };
    match client.ask(Request::SearchPosts(search))? {
        Reply::PostsFound(found) => Ok(found),
        other => panic!("{other:?} found nothing"),
    }
}

pub fn conversations(client: &mut Client) -> Vec<ConversationEntry> {
    match client.ask(Request::ListConversations(ListConversations { offset: 0, limit: 48 })) {
        Ok(Reply::Conversations(ConversationPage { total, conversations })) => {
            assert_eq!(total as usize, conversations.len());
            conversations
        }
        other => panic!("{other:?} lists no conversations"),
    }
}

pub fn open(client: &mut Client, with: &str) -> Result<ConversationEntry, Denial> {
    let with = UserName::parse(with).unwrap();
    match client.ask(Request::OpenConversation(OpenConversation { with }))? {
        Reply::Conversation(entry) => Ok(entry),
        other => panic!("{other:?} is no conversation"),
    }
}

/// Uploads a file; every number is another one, with other bytes.
pub fn put(client: &mut Client, number: u8, name: &str) -> FileEntry {
    client.upload(UploadKey::new([number; 16]), name, &load(number)).unwrap()
}

/// The bytes of the file of this number.
pub fn load(number: u8) -> Load {
    Load::new(u64::from(number), 100_000 + u64::from(number))
}

/// Deletes a file for good.
pub fn purge(client: &mut Client, file: FileId) {
    let list = || FileList { files: vec![file] };
    done(client, Request::TrashFiles(list())).unwrap();
    done(client, Request::PurgeFiles(list())).unwrap();
}

/// Fetches the file that a post shows, from an offset on, and sees to it that it is that of the number.
pub fn fetch(client: &mut Client, post: &Post, number: u8, offset: u64) -> Result<FileHash, Denial> {
    let Post { conversation, post, .. } = *post;
    let fetch = FetchCard { conversation, post, offset, length: None };
    match client.ask(Request::FetchCard(fetch))? {
        Reply::FileStart(start @ FileStart { .. }) => {
            let load = load(number);
            let outcome = client.try_receive_chunks(&start, |place, piece| load.is_at(place, piece));
            assert_eq!(outcome, Some(TransferOutcome::Whole), "{start:?}");
            assert_eq!((start.size_bytes, start.offset), (load.size_bytes, offset));
            Ok(start.sha256.expect("it is on record"))
        }
        other => panic!("{other:?} brings no file"),
    }
}

/// Waits for a post that is told.
pub fn await_said(client: &mut Client) -> Post {
    let found = client.await_event(|event| match event {
        Event::Said(post) => Some(post.clone()),
        _ => None,
    });
    client.events.retain(|event| *event != Event::Said(found.clone()));
    found
}

/// Waits for a post that changed.
pub fn await_changed(client: &mut Client) -> Post {
    let found = client.await_event(|event| match event {
        Event::PostChanged(post) => Some(post.clone()),
        _ => None,
    });
    client.events.retain(|event| *event != Event::PostChanged(found.clone()));
    found
}

/// Waits until somebody's turn is told, and returns how many were there then.
pub fn await_turn(client: &mut Client, name: &str, how: SeatTurn) -> u32 {
    let participants = client.await_event(|event| match event {
        Event::SeatsChanged(news) => {
            let is_it = |turn: &&parlour_common::message::SeatChange| {
                turn.user_name.as_str() == name && turn.how == how
            };
            news.changes.iter().find(is_it).map(|turn| turn.participants)
        }
        _ => None,
    });
    client.events.retain(|event| !matches!(event, Event::SeatsChanged(_)));
    participants
}

/// What was told up to now.
pub fn news(client: &mut Client) -> Vec<Event> {
    done(client, Request::Ping {}).unwrap();
    client.events.drain(..).collect()
}

/// Waits until so many contents are on the disk: they are removed after the answer.
pub fn await_contents(daemon: &Daemon, blobs: usize) {
    let list = |folder: PathBuf| -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found: Vec<PathBuf> =
            list(daemon.folder.path().join("state/files/blobs")).into_iter().flat_map(list).collect();
        if found.len() == blobs {
            return;
        }
        assert!(Instant::now() < deadline, "{found:?} instead of {blobs}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A disk that is quick, since nothing is lost while a store is filled.
#[derive(Debug)]
struct QuickDisk;

impl Disk for QuickDisk {
    fn free_bytes(&self, _dir: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn sync(&self, _file: &File) -> io::Result<()> {
        Ok(())
    }

    fn allocate(&self, file: &File, bytes: u64) -> io::Result<()> {
        file.set_len(bytes)
    }
}

/// A store of a daemon that does not run, to be filled.
pub struct Filled {
    pub store: Store,
    writer: Writer,
    next: u64,
}

impl Filled {
    pub fn open(folder: &TempDir) -> Self {
        let (store, writer) = Store::open_on(&folder.path().join("state"), Arc::new(QuickDisk)).unwrap();
        Self { store, writer, next: 1 << 40 }
    }

    /// Who has this name.
    pub fn user(&self, name: &str) -> UserId {
        self.store.user_by_name(&UserName::parse(name).unwrap()).unwrap().unwrap().id
    }

    /// Lets somebody say so many things in the room, one a second from a moment on.
    pub fn say(&mut self, author: UserId, count: u64, from_unix_ms: u64, text: impl Fn(u64) -> String) {
        let post = |number: u64| NewPost {
            author,
            key: key(self.next + number),
            conversation: ROOM,
            text: text(number),
            reply_to: None,
            card: None,
            at_unix_ms: from_unix_ms + number * 1000,
            cards_bytes_max: None,
        };
        let changes: Vec<Change> =
            (0..count).map(|number| RoomChange::Say(Box::new(post(number))).into()).collect();
        for batch in changes.chunks(500) {
            let outcomes = self.writer.commit(batch.iter());
            assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        }
        self.next += count;
    }

    /// Lets somebody show a file in the room at a moment.
    pub fn show(&mut self, author: UserId, file: FileId, at_unix_ms: u64) {
        let post = NewPost {
            author,
            key: key(self.next),
            conversation: ROOM,
            text: String::new(),
            reply_to: None,
            card: Some(NewCard::File(file)),
            at_unix_ms,
            cards_bytes_max: None,
        };
        self.next += 1;
        let change = RoomChange::Say(Box::new(post)).into();
        self.writer.commit([&change].into_iter()).remove(0).unwrap();
    }
}

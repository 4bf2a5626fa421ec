//! The changes and reads of the room as other rooms see them.
//!
//! Here is the bench that they are tried on; what is tried stands in the files of the areas.

mod cards;
mod cost;
mod durable;
mod going;
mod reading;
mod saying;
mod searching;

use std::sync::Arc;

use parlour_common::limits::POSTS_PER_PAGE_MAX;
use parlour_common::message::{
    Card, ConversationId, FileHash, FileId, Post, PostId, PostPage, ReadFrom, ReadPosts, Revision, SameName,
    SayKey, SearchPosts, UploadKey,
};
use parlour_common::names::FileName;

use super::super::testing::{FakeDisk, add};
use super::super::{
    Act, Applied, Author, BlobId, Change, ChangeError, DumpFormat, Fate, FileRecord, FilesChange,
    FilesOutcome, NewCard, NewPost, NewUpload, Outcome, Refusal, RoomChange, RoomOutcome, Store, UserId,
    Writer,
};

/// The members of every bench.
const SARA: UserId = UserId(1);
const MINA: UserId = UserId(2);
const OMID: UserId = UserId(3);
const ROYA: UserId = UserId(4);

const ROOM: ConversationId = ConversationId::ROOM;

/// A store with four members, and a clock that goes on by one with each change.
struct Bench {
    dir: tempfile::TempDir,
    store: Store,
    writer: Writer,
    clock: u64,
    keys: u64,
    cards_bytes_max: Option<u64>,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (store, writer) = Store::open_on(dir.path(), Arc::new(FakeDisk::default())).unwrap();
        let mut bench = Self { dir, store, writer, clock: 1000, keys: 0, cards_bytes_max: None };
        for (n, name) in (1..).zip(["sara", "mina", "omid", "roya"]) {
            bench.change(&add(name, &format!("{name}@example.org"), n)).unwrap();
        }
        bench
    }

    /// Closes the store and opens it again.
    fn reopened(self) -> Self {
        let Self { dir, store, writer, clock, keys, cards_bytes_max } = self;
        drop((store, writer));
        let (store, writer) = Store::open_on(dir.path(), Arc::new(FakeDisk::default())).unwrap();
        Self { dir, store, writer, clock, keys, cards_bytes_max }
    }

    fn change(&mut self, change: &Change) -> Outcome {
        self.clock += 1;
        self.writer.commit([change].into_iter()).remove(0)
    }

    /// Applies a change of the room that must be done.
    fn room(&mut self, change: RoomChange) -> RoomOutcome {
        let said = format!("{change:?}");
        match self.change(&change.into()) {
            Ok(Applied::Room(outcome)) => *outcome,
            outcome => panic!("{said}: {outcome:?}"),
        }
    }

    fn files(&mut self, change: FilesChange) -> FilesOutcome {
        let said = format!("{change:?}");
        match self.change(&change.into()) {
            Ok(Applied::Files(outcome)) => *outcome,
            outcome => panic!("{said}: {outcome:?}"),
        }
    }

    /// Asserts that a change is refused, and that nothing was changed.
    fn expect_refused(&mut self, change: RoomChange, refusal: Refusal) {
        let (before, said) = (self.dump(), format!("{change:?}"));
        assert_eq!(self.change(&change.into()), Err(ChangeError::Refused(refusal)), "{said}");
        assert_eq!(self.dump(), before, "{said}");
    }

    fn dump(&self) -> String {
        let mut out = Vec::new();
        self.store.dump(&mut out, DumpFormat::Text).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn expect_whole(&self) {
        assert_eq!(self.store.check().unwrap(), [""; 0]);
    }

    fn new_post(&mut self, author: UserId, conversation: ConversationId, text: &str) -> NewPost {
        self.keys += 1;
        NewPost {
            author,
            key: say_key(self.keys),
            conversation,
            text: text.to_owned(),
            reply_to: None,
            card: None,
            at_unix_ms: self.clock,
            cards_bytes_max: self.cards_bytes_max,
        }
    }

    fn say(&mut self, author: UserId, conversation: ConversationId, text: &str) -> Post {
        let new = self.new_post(author, conversation, text);
        self.room(say(new)).post.unwrap()
    }

    fn show(&mut self, author: UserId, conversation: ConversationId, file: FileId) -> Post {
        let new = self.new_post(author, conversation, "");
        self.room(say(NewPost { card: Some(NewCard::File(file)), ..new })).post.unwrap()
    }

    fn edit(&mut self, author: UserId, post: &Post, text: &str) -> RoomOutcome {
        self.room(edit(author, post, text))
    }

    fn delete(&mut self, author: UserId, post: &Post) -> RoomOutcome {
        self.room(delete(author, post))
    }

    fn mark(&mut self, user: UserId, conversation: ConversationId, post: u64) -> RoomOutcome {
        self.room(RoomChange::MarkRead { user, conversation, post: PostId(post) })
    }

    fn direct(&mut self, user: UserId, with: UserId) -> ConversationId {
        match self.change(&RoomChange::OpenDirect { user, with }.into()) {
            Ok(Applied::Conversation(id)) => id,
            outcome => panic!("{outcome:?}"),
        }
    }

    /// Uploads a file of 100 bytes.
    fn file(&mut self, user: UserId, n: u8, name: &str) -> FileRecord {
        let upload = NewUpload {
            key: UploadKey::new([n; 16]),
            file_name: FileName::parse(name).unwrap(),
            size_bytes: 100,
            same_name: SameName::Ask,
            standard_quota_bytes: None,
        };
        let begin = FilesChange::AddUpload { user, upload, at_unix_ms: self.clock };
        let Ok(Applied::Upload { blob, .. }) = self.change(&begin.into()) else { panic!("no upload") };
        let finish = FilesChange::AddFile {
            user,
            key: UploadKey::new([n; 16]),
            blob,
            sha256: FileHash::new([n; 32]),
            same_name: SameName::Ask,
            at_unix_ms: self.clock,
        };
        self.files(finish).file.unwrap()
    }

    /// Deletes a file for good. Returns whether its contents are doomed.
    fn purge(&mut self, user: UserId, file: FileId) -> bool {
        self.files(FilesChange::TrashFiles { user, files: vec![file], at_unix_ms: 1 });
        self.files(FilesChange::PurgeFiles { user, files: vec![file] }).doomed
    }

    fn links(&self, blob: BlobId) -> u32 {
        self.store.blob(blob).unwrap().map_or(0, |blob| blob.links)
    }

    /// Deletes an account, and settles what it leaves. Returns the posts that changed.
    fn remove(&mut self, user: UserId, shared: Fate) -> Vec<(Post, Option<[UserId; 2]>)> {
        let act = Act { by: Author::Operator, at_unix_ms: self.clock };
        assert_eq!(self.change(&Change::RemoveUser { act, user, shared }), Ok(Applied::Done));
        let mut posts = Vec::new();
        loop {
            let outcome = self.files(FilesChange::SettleDeparted { user });
            posts.extend(outcome.posts);
            if !outcome.more {
                return posts;
            }
            self.expect_whole();
        }
    }

    fn read(&self, user: UserId, conversation: ConversationId, from: ReadFrom, limit: u16) -> PostPage {
        self.store.posts(user, &ReadPosts { conversation, from, limit }).unwrap().unwrap()
    }

    fn all(&self, user: UserId, conversation: ConversationId) -> Vec<Post> {
        let page = self.read(user, conversation, ReadFrom::After(PostId(0)), POSTS_PER_PAGE_MAX);
        assert!(!page.more);
        page.posts
    }

    fn find(&self, user: UserId, query: &str) -> Vec<u64> {
        let (conversation, query) = (ROOM, query.to_owned());
        let search = SearchPosts { conversation, query, before: None, limit: POSTS_PER_PAGE_MAX };
        let found = self.store.search_posts(user, &search).unwrap().unwrap();
        found.posts.iter().map(|post| post.post.0).collect()
    }
}

fn say_key(n: u64) -> SayKey {
    SayKey::new([[0; 8], n.to_be_bytes()].concat().try_into().unwrap())
}

fn say(new: NewPost) -> RoomChange {
    RoomChange::Say(Box::new(new))
}

fn edit(author: UserId, post: &Post, text: &str) -> RoomChange {
    let (conversation, post) = (post.conversation, post.post);
    RoomChange::EditPost { author, conversation, post, text: text.to_owned(), at_unix_ms: 7 }
}

fn delete(author: UserId, post: &Post) -> RoomChange {
    let (conversation, post) = (post.conversation, post.post);
    RoomChange::DeletePost { author, conversation, post, at_unix_ms: 8 }
}

fn numbers(posts: &[Post]) -> Vec<u64> {
    posts.iter().map(|post| post.post.0).collect()
}

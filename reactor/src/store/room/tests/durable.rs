//! What is read is durable: nobody is told of a post that a crash takes back.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::super::super::Disk;
use super::*;

/// A reader that does not wait has answered by then.
const WAITED: Duration = Duration::from_millis(300);
/// A reader that may go on has answered by then.
const PATIENCE: Duration = Duration::from_secs(30);

/// A disk that is slow to make anything durable, once it is told to be.
struct SlowDisk {
    is_slow: AtomicBool,
    /// Says that it was asked, and waits to be told whether it succeeds.
    asked: Sender<()>,
    answer: Mutex<Receiver<bool>>,
}

impl Disk for SlowDisk {
    fn free_bytes(&self, dir: &Path) -> io::Result<u64> {
        FakeDisk::default().free_bytes(dir)
    }

    fn sync(&self, _file: &File) -> io::Result<()> {
        if !self.is_slow.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.asked.send(()).unwrap();
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        if answer.recv().unwrap() { Ok(()) } else { Err(io::Error::other("no")) }
    }

    fn allocate(&self, file: &File, bytes: u64) -> io::Result<()> {
        FakeDisk::default().allocate(file, bytes)
    }
}

/// Says something while the disk is slow, and reads meanwhile. Returns what was read once the disk has answered.
fn read_while_said(succeeds: bool) -> Option<PostPage> {
    let dir = tempfile::tempdir().unwrap();
    let ((asked, was_asked), (answer, answers)) = (channel(), channel());
    let is_slow = AtomicBool::new(false);
    let disk = Arc::new(SlowDisk { is_slow, asked, answer: Mutex::new(answers) });
    let (store, mut writer) = Store::open_on(dir.path(), disk.clone()).unwrap();
    let sara = add("sara", "sara@example.org", 1);
    assert!(writer.commit([&sara].into_iter())[0].is_ok());
    disk.is_slow.store(true, Ordering::SeqCst);
    let new = NewPost {
        author: SARA,
        key: say_key(1),
        conversation: ROOM,
        text: "hello".to_owned(),
        reply_to: None,
        card: None,
        at_unix_ms: 7,
        cards_bytes_max: None,
    };
    let writing = thread::spawn(move || writer.commit([&say(new).into()].into_iter()).remove(0));
    was_asked.recv_timeout(PATIENCE).unwrap();
    let (found, finds) = channel();
    let reading = thread::spawn(move || {
        let read = ReadPosts { conversation: ROOM, from: ReadFrom::Latest {}, limit: 9 };
        found.send(store.posts(SARA, &read)).unwrap();
    });
    assert_eq!(finds.recv_timeout(WAITED).unwrap_err(), RecvTimeoutError::Timeout, "it was not durable yet");
    answer.send(succeeds).unwrap();
    let page = finds.recv_timeout(PATIENCE).unwrap();
    assert_eq!(writing.join().unwrap().is_ok(), succeeds);
    reading.join().unwrap();
    page.ok().flatten()
}

#[test]
fn a_post_is_read_once_it_is_durable_and_not_before() {
    let page = read_while_said(true).unwrap();
    assert_eq!((numbers(&page.posts), page.revision), (vec![1], Revision(1)));
}

#[test]
fn a_post_that_never_becomes_durable_is_never_read() {
    assert_eq!(read_while_said(false), None);
}

//! Reads files to be uploaded on threads of their own: a slow disk must not keep the sockets waiting.
//!
//! This file knows the words between the room and such a thread, and in which order they are obeyed. It
//! does not know what a file looks like on disk (`file.rs`) nor where its bytes go. It is pulled: whoever
//! does not ask for the next piece keeps it from being read.

mod file;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use parlour_common::message::FileHash;

use super::TransferFault;
use super::order::Seen;
use super::turn::{Letter, Post};
use file::SourceFile;

/// The bytes of one piece: one chunk.
pub(super) const PIECE_BYTES: usize = 64 * 1024;

/// What a reader is told to do.
enum Work {
    Open(PathBuf),
    Seek(u64),
    Next,
    Close,
}

/// What a reader did.
#[derive(Debug)]
pub(super) struct Read {
    /// Which reader it was.
    pub(super) reader: usize,
    /// After which order; a later one may have been given by now.
    pub(super) epoch: u64,
    pub(super) what: ReadWhat,
}

#[derive(Debug)]
pub(super) enum ReadWhat {
    /// The file is open, and looks like this.
    Opened(Seen),
    /// The next piece.
    Piece(Vec<u8>),
    /// There is no more; this is the hash of all bytes.
    End(FileHash),
    /// The file is another than it was when it was opened.
    Changed,
    /// It went wrong.
    Failed(TransferFault),
}

/// The near end of one reader. Its thread starts with the first order.
pub(super) struct Reader {
    number: usize,
    orders: Option<Sender<(u64, Work)>>,
    /// What is read for an earlier order than this is of no use any more.
    epoch: Arc<AtomicU64>,
}

impl Reader {
    pub(super) fn new(number: usize) -> Self {
        Self { number, orders: None, epoch: Arc::default() }
    }

    /// Tells whether a letter belongs to what was ordered last.
    pub(super) fn is_current(&self, read: &Read) -> bool {
        read.epoch == self.epoch.load(Ordering::Relaxed)
    }

    /// Opens a file.
    pub(super) fn open(&mut self, path: PathBuf, post: &Post) -> Result<(), TransferFault> {
        if self.orders.is_none() {
            let (orders, work) = channel();
            let (number, post, epoch) = (self.number, post.clone(), Arc::clone(&self.epoch));
            let far_end = FarEnd { number, post, epoch, file: None };
            std::thread::Builder::new()
                .name(format!("reader {number}"))
                .spawn(move || far_end.run(&work))
                .map_err(|error| TransferFault::SourceUnreadable(error.to_string()))?;
            self.orders = Some(orders);
        }
        self.anew(Work::Open(path));
        Ok(())
    }

    /// Goes to an offset; what lies before it is hashed.
    pub(super) fn seek(&mut self, offset: u64) {
        self.anew(Work::Seek(offset));
    }

    /// Asks for one more piece, or for the end.
    pub(super) fn next(&mut self) {
        self.order(Work::Next);
    }

    /// Closes the file. What was asked for before does not come any more.
    pub(super) fn close(&mut self) {
        self.anew(Work::Close);
    }

    fn anew(&mut self, work: Work) {
        self.epoch.fetch_add(1, Ordering::Relaxed);
        self.order(work);
    }

    fn order(&self, work: Work) {
        if let Some(orders) = &self.orders {
            // The far end lives as long as there are orders.
            let _ = orders.send((self.epoch.load(Ordering::Relaxed), work));
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // A long file that is being hashed is left at once.
        self.epoch.fetch_add(1, Ordering::Relaxed);
    }
}

/// The thread.
struct FarEnd {
    number: usize,
    post: Post,
    epoch: Arc<AtomicU64>,
    file: Option<SourceFile>,
}

impl FarEnd {
    fn run(mut self, work: &Receiver<(u64, Work)>) {
        for (epoch, work) in work {
            if epoch == self.epoch.load(Ordering::Relaxed) || matches!(work, Work::Close) {
                for what in self.obey(epoch, work) {
                    self.post.send(Letter::Read(Read { reader: self.number, epoch, what }));
                }
            }
        }
    }

    fn obey(&mut self, epoch: u64, work: Work) -> Vec<ReadWhat> {
        let current = Arc::clone(&self.epoch);
        let is_wanted = || current.load(Ordering::Relaxed) == epoch;
        let done = match (work, &mut self.file) {
            (Work::Open(path), file) => SourceFile::open(&path).map(|opened| {
                let seen = opened.seen();
                *file = Some(opened);
                vec![ReadWhat::Opened(seen)]
            }),
            (Work::Seek(offset), Some(file)) => file.seek(offset, is_wanted),
            (Work::Next, Some(file)) => file.next_piece(),
            (Work::Close, file) => {
                *file = None;
                Ok(Vec::new())
            }
            (Work::Seek(_) | Work::Next, None) => Ok(Vec::new()),
        };
        done.unwrap_or_else(|fault| vec![ReadWhat::Failed(fault)])
    }
}

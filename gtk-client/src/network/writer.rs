//! Writes downloads to disk on threads of their own: a slow disk must not keep the sockets waiting.
//!
//! This file knows the words between the room and such a thread, and in which order they are obeyed. It
//! does not know what a file looks like on disk (`part.rs`) nor where its bytes come from.

mod part;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use parlour_common::message::{FileHash, FileVersion};
use parlour_common::names::FileName;

use super::order::Source;
use super::turn::{Letter, Post};
use super::{JobId, TransferFault};
use part::{Opening, Part};

/// What a piece of a file costs beside its bytes while it waits: a daemon may send many tiny ones.
pub(super) const PIECE_BYTES: usize = 256;

/// How long the end waits for a disk that does not answer.
const END_PATIENCE: Duration = Duration::from_secs(1);

/// What is to be written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) folder: PathBuf,
    pub(super) file_name: FileName,
    pub(super) source: Source,
    /// The daemon it comes from: another daemon may give the same number to another file.
    pub(super) server: String,
}

/// What is on disk of a version already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) version: FileVersion,
    pub(super) bytes: u64,
}

/// What a writer is told to do.
pub(super) enum Work {
    Open(JobId, Target),
    Begin { version: FileVersion, size_bytes: u64 },
    Write(Vec<u8>),
    Finish { sha256: Option<FileHash> },
    Discard,
    Release,
}

/// What a writer did.
#[derive(Debug)]
pub(super) struct Written {
    /// Which writer it was.
    pub(super) writer: usize,
    /// For which download; another one may be under way by now.
    pub(super) id: Option<JobId>,
    pub(super) what: WrittenWhat,
}

#[derive(Debug)]
pub(super) enum WrittenWhat {
    /// The partial file is open, with what was in it.
    Opened(Option<Found>),
    /// A piece is out of the queue, which is shorter by its cost.
    Piece { cost: usize },
    /// The file is whole, has the hash it should have, and is under its name.
    Finished(PathBuf, FileHash),
    /// The bytes are not those that were to come; they are thrown away, and the partial file is empty.
    Damaged,
    /// The partial file is closed: removed, or left for later.
    Closed,
    /// It went wrong; the partial file waits to be closed.
    Failed(TransferFault),
}

/// The near end of one writer. Its thread starts with the first order.
pub(super) struct Writer {
    number: usize,
    orders: Option<(Sender<Work>, Receiver<()>)>,
    queued_bytes: usize,
}

impl Writer {
    pub(super) fn new(number: usize) -> Self {
        Self { number, orders: None, queued_bytes: 0 }
    }

    /// Makes a near end whose far end is the test, to be as slow as it likes.
    #[cfg(test)]
    pub(super) fn held(number: usize) -> (Self, Receiver<Work>) {
        let (orders, work) = channel();
        let (_, ended) = channel();
        (Self { number, orders: Some((orders, ended)), queued_bytes: 0 }, work)
    }

    /// Returns what waits to be written, in bytes of memory.
    pub(super) fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Opens the partial file of a download, or makes one.
    pub(super) fn open(&mut self, id: JobId, target: Target, post: &Post) -> Result<(), TransferFault> {
        if self.orders.is_none() {
            let (orders, work) = channel();
            // Nothing is ever sent: the near end hears when the far end is gone.
            let (alive, ended) = channel();
            let far_end = FarEnd {
                number: self.number,
                post: post.clone(),
                part: None,
                broken: false,
                id: None,
                _alive: alive,
            };
            std::thread::Builder::new()
                .name(format!("writer {}", self.number))
                .spawn(move || far_end.run(&work))
                .map_err(|error| TransferFault::NotWritable(error.to_string()))?;
            self.orders = Some((orders, ended));
        }
        self.order(Work::Open(id, target));
        Ok(())
    }

    /// Begins a version at its first byte; what was written of another is thrown away.
    pub(super) fn begin(&mut self, version: FileVersion, size_bytes: u64) {
        self.order(Work::Begin { version, size_bytes });
    }

    pub(super) fn write(&mut self, piece: Vec<u8>) {
        self.queued_bytes += piece.len() + PIECE_BYTES;
        self.order(Work::Write(piece));
    }

    /// Makes the file durable and gives it its name, if it has this hash.
    pub(super) fn finish(&mut self, sha256: Option<FileHash>) {
        self.order(Work::Finish { sha256 });
    }

    /// Removes what was written.
    pub(super) fn discard(&mut self) {
        self.order(Work::Discard);
    }

    /// Closes the partial file and leaves it for later.
    pub(super) fn release(&mut self) {
        self.order(Work::Release);
    }

    pub(super) fn handle_piece(&mut self, cost: usize) {
        self.queued_bytes = self.queued_bytes.saturating_sub(cost);
    }

    /// Ends the thread once it has written what it has; a disk that hangs is not waited for long.
    pub(super) fn end(&mut self) {
        if let Some((orders, ended)) = self.orders.take() {
            drop(orders);
            let _ = ended.recv_timeout(END_PATIENCE);
        }
    }

    fn order(&self, work: Work) {
        if let Some((orders, _)) = &self.orders {
            // The far end lives as long as there are orders.
            let _ = orders.send(work);
        }
    }
}

/// The thread.
struct FarEnd {
    number: usize,
    post: Post,
    part: Option<Part>,
    /// Whether something went wrong with the part: it only waits to be closed.
    broken: bool,
    id: Option<JobId>,
    _alive: Sender<()>,
}

impl FarEnd {
    fn run(mut self, work: &Receiver<Work>) {
        for work in work {
            match self.obey(work) {
                Ok(None) => {}
                Ok(Some(what)) => self.tell(what),
                Err(fault) => {
                    self.broken = true;
                    self.tell(WrittenWhat::Failed(fault));
                }
            }
        }
        if let Some(part) = self.part.take() {
            part.release();
        }
    }

    fn obey(&mut self, work: Work) -> Result<Option<WrittenWhat>, TransferFault> {
        match work {
            Work::Open(id, target) => {
                self.id = Some(id);
                self.broken = false;
                let Opening { part, found } = Part::open(target)?;
                self.part = Some(part);
                Ok(Some(WrittenWhat::Opened(found)))
            }
            Work::Begin { version, size_bytes } => self.with_part(|part| part.begin(version, size_bytes)),
            Work::Write(piece) => {
                // Told before the outcome, for the piece is out of the queue either way.
                self.tell(WrittenWhat::Piece { cost: piece.len() + PIECE_BYTES });
                self.with_part(|part| part.write(&piece))
            }
            Work::Finish { .. } if self.broken => Ok(None),
            Work::Finish { sha256 } => self.finish(sha256),
            Work::Discard => {
                if let Some(part) = self.part.take() {
                    part.discard();
                }
                Ok(Some(WrittenWhat::Closed))
            }
            Work::Release => {
                if let Some(part) = self.part.take() {
                    part.release();
                }
                Ok(Some(WrittenWhat::Closed))
            }
        }
    }

    fn finish(&mut self, wanted: Option<FileHash>) -> Result<Option<WrittenWhat>, TransferFault> {
        let Some(part) = &mut self.part else { return Ok(None) };
        let sha256 = part.hash()?;
        if wanted.is_some_and(|wanted| wanted != sha256) {
            part.empty()?;
            return Ok(Some(WrittenWhat::Damaged));
        }
        let finished = self.part.take().map(Part::finish).transpose()?;
        Ok(finished.map(|path| WrittenWhat::Finished(path, sha256)))
    }

    /// Does something with the part, unless it is broken: then the rest of the queue falls to the floor.
    fn with_part(
        &mut self,
        work: impl FnOnce(&mut Part) -> Result<(), TransferFault>,
    ) -> Result<Option<WrittenWhat>, TransferFault> {
        match &mut self.part {
            Some(part) if !self.broken => work(part).map(|()| None),
            _ => Ok(None),
        }
    }

    fn tell(&self, what: WrittenWhat) {
        self.post.send(Letter::Written(Written { writer: self.number, id: self.id, what }));
    }
}

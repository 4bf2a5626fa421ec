//! The one thread that writes: it takes what has queued up, applies it, makes it durable once, answers.
//!
//! This file does not know what the changes do, nor who asked for them: what a change is
//! submitted with, so that its answer finds who asked, comes back as it came.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::{fmt, io};

use super::change::{Applied, Change, ChangeError, Stop, apply};
use super::disk::Reserve;
use super::draft::Draft;
use super::engine::{Engine, panic_text};
use super::error::StoreError;
use super::files::Listings;

/// The changes that may wait to be applied; a further one comes back as [`Full`].
pub const CHANGES_QUEUED_MAX: usize = 4096;

/// The most changes made durable by one sync: the first of them waits for the last.
pub const CHANGES_PER_BATCH_MAX: usize = 1024;

/// What came of one change.
pub type Outcome = Result<Applied, ChangeError>;

/// The queue takes no more; here is the change back.
#[derive(Debug)]
pub struct Full(pub Box<Change>);

/// The right to write to the store. There is one for each open store.
pub struct Writer {
    engine: Arc<Engine>,
    /// The orders of files that readers keep, to be told of what changes.
    listings: Arc<Listings>,
    reserve: Reserve,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("dir", &self.engine.dir()).finish_non_exhaustive()
    }
}

impl Writer {
    /// Takes the right to write; from now on the ballast is kept.
    pub(super) fn new(engine: Arc<Engine>, listings: Arc<Listings>, mut reserve: Reserve) -> Self {
        reserve.may_write();
        Self { engine, listings, reserve }
    }

    /// Applies changes in order, each wholly or not at all, makes them durable at once and returns what
    /// came of each. Once the store has failed, nothing is applied any more.
    pub fn commit<'a>(&mut self, changes: impl ExactSizeIterator<Item = &'a Change>) -> Vec<Outcome> {
        let count = changes.len();
        if self.engine.has_failed() || !self.reserve.may_write() {
            return vec![Err(ChangeError::StorageUnavailable); count];
        }
        let engine = &*self.engine;
        // The engine panics where it finds its own files damaged.
        let done = catch_unwind(AssertUnwindSafe(|| commit_to(engine, changes)))
            .unwrap_or_else(|panic| Err(engine.fail(&panic_text(&*panic))));
        match done {
            // A reader may have met an error while we wrote: then what we wrote is in doubt as well.
            Ok(outcomes) if !engine.has_failed() => {
                self.tell_listings(&outcomes);
                outcomes
            }
            _ => vec![Err(ChangeError::StorageUnavailable); count],
        }
    }
}

impl Writer {
    /// Tells the readers whose lists of files have changed, before anyone else is.
    fn tell_listings(&self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            if let Ok(Applied::Files(outcome)) = outcome {
                self.listings.handle_changed(&outcome.touched);
            }
        }
    }
}

fn commit_to<'a>(
    engine: &Engine,
    changes: impl Iterator<Item = &'a Change>,
) -> Result<Vec<Outcome>, StoreError> {
    engine.batch(|| apply_all(engine, changes))
}

/// Applies changes. Returns whether anything was written, and what came of each.
fn apply_all<'a>(
    engine: &Engine,
    changes: impl Iterator<Item = &'a Change>,
) -> Result<(bool, Vec<Outcome>), StoreError> {
    let mut written = false;
    let mut outcomes = Vec::new();
    for change in changes {
        let mut draft = Draft::new(engine);
        outcomes.push(match apply(&mut draft, change) {
            Ok(applied) => {
                written |= draft.commit()?;
                Ok(applied)
            }
            Err(Stop::Refused(refusal)) => Err(ChangeError::Refused(refusal)),
            Err(Stop::Store(error @ StoreError::Record { .. })) => {
                // One bad record must not stop the daemon: only what needs it fails.
                tracing::error!(%error, "a change could not be applied");
                Err(ChangeError::StorageUnavailable)
            }
            Err(Stop::Store(error)) => return Err(error),
        });
    }
    Ok((written, outcomes))
}

/// The door to the writing thread. Dropping it waits until all that was submitted has been answered.
pub struct Committer<Op> {
    queue: Option<SyncSender<(Op, Box<Change>)>>,
    thread: Option<JoinHandle<()>>,
    engine: Arc<Engine>,
}

impl<Op: Send + 'static> Committer<Op> {
    /// Starts the thread. It calls `answer` once for each change, in the order they were submitted, after
    /// the change is durable. `answer` must not wait for long: every other change waits with it.
    pub fn start(writer: Writer, answer: impl FnMut(Op, Outcome) + Send + 'static) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(CHANGES_QUEUED_MAX);
        let engine = writer.engine.clone();
        let thread = thread::Builder::new().name("committer".to_owned()).spawn(move || {
            let engine = writer.engine.clone();
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(writer, &waiting, answer))) {
                engine.fail(&panic_text(&*panic));
            }
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread), engine })
    }

    /// Submits a change. If too many wait already, it comes back at once.
    pub fn submit(&self, op: Op, change: Change) -> Result<(), Full> {
        let Some(queue) = &self.queue else {
            unreachable!("the queue is taken in `drop` alone");
        };
        queue.try_send((op, Box::new(change))).map_err(|error| match error {
            // The thread ends early only if `answer` panicked, and then the store counts as failed.
            TrySendError::Full((_, change)) | TrySendError::Disconnected((_, change)) => Full(change),
        })
    }

    /// Tells whether the store has failed: the daemon should end, to be started again. This is true before
    /// the first change that met the failure is answered.
    pub fn has_failed(&self) -> bool {
        self.engine.has_failed()
    }

    /// Answers all that was submitted, makes it durable and ends the thread.
    pub fn stop(self) {
        drop(self);
    }
}

impl<Op> Drop for Committer<Op> {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // Panics are caught within the thread.
            let _ = thread.join();
        }
    }
}

fn run<Op>(mut writer: Writer, waiting: &Receiver<(Op, Box<Change>)>, mut answer: impl FnMut(Op, Outcome)) {
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(CHANGES_PER_BATCH_MAX - 1));
        let outcomes = writer.commit(batch.iter().map(|(_, change)| &**change));
        for ((op, _), outcome) in batch.into_iter().zip(outcomes) {
            answer(op, outcome);
        }
    }
}

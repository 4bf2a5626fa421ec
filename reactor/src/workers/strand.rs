//! Work that must be done in order for each upload, and at the same time for all: a strand for each, shared out
//! among the threads of two pools.
//!
//! This file does not know what the work is. What reads a whole file is done by threads of its own, so that
//! nobody's bytes wait for it.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::pool::Queue;
use crate::store::BlobId;

/// Work of a strand.
type Work = Box<dyn FnOnce() -> Step + Send>;

/// What work of a strand ends in.
pub(super) enum Step {
    /// It is done.
    Done,
    /// It goes on where slow work is done; what waits behind it waits on.
    Slowly(Work),
}

/// The strands.
pub(super) struct Strands {
    tangle: Mutex<Tangle>,
}

struct Tangle {
    /// The ways to the threads, until the end.
    ways: Option<Ways>,
    /// What waits of each upload of which work is under way.
    waiting: HashMap<BlobId, VecDeque<Work>>,
}

struct Ways {
    quick: Queue,
    slow: Queue,
}

impl Strands {
    /// Begins with nothing to do.
    pub fn new(quick: Queue, slow: Queue) -> Arc<Self> {
        let tangle = Tangle { ways: Some(Ways { quick, slow }), waiting: HashMap::new() };
        Arc::new(Self { tangle: Mutex::new(tangle) })
    }

    /// Queues work behind all that waits of the same upload. Returns whether there was room.
    pub fn try_run(self: &Arc<Self>, blob: BlobId, work: impl FnOnce() -> Step + Send + 'static) -> bool {
        let mut tangle = self.tangle();
        let Tangle { ways: Some(ways), waiting } = &mut *tangle else { return false };
        if let Some(strand) = waiting.get_mut(&blob) {
            strand.push_back(Box::new(work));
            return true;
        }
        let strands = Arc::clone(self);
        let taken = ways.quick.try_run(move || strands.follow(blob, Box::new(work)));
        if taken {
            waiting.insert(blob, VecDeque::new());
        }
        taken
    }

    /// Drops what waits; the threads can end after what they have begun.
    pub fn stop(&self) {
        let mut tangle = self.tangle();
        tangle.ways = None;
        tangle.waiting.clear();
    }

    /// Does work, and then lets the next of the same upload have its turn behind that of the others.
    fn follow(self: Arc<Self>, blob: BlobId, work: Work) {
        let mut work = work;
        loop {
            // The panic hook has logged it; what waits behind it is done all the same.
            let step = catch_unwind(AssertUnwindSafe(work)).unwrap_or(Step::Done);
            let mut tangle = self.tangle();
            let Tangle { ways: Some(ways), waiting } = &mut *tangle else { return };
            let (queue, next) = match step {
                Step::Slowly(next) => (&ways.slow, next),
                Step::Done => match waiting.get_mut(&blob).and_then(VecDeque::pop_front) {
                    Some(next) => (&ways.quick, next),
                    None => {
                        waiting.remove(&blob);
                        return;
                    }
                },
            };
            // Where the queue is full we go on ourselves: it is in hand already.
            let slot = Arc::new(Mutex::new(Some(next)));
            let (strands, its) = (Arc::clone(&self), Arc::clone(&slot));
            let taken = queue.try_run(move || {
                if let Some(next) = take(&its) {
                    strands.follow(blob, next);
                }
            });
            if taken {
                return;
            }
            let Some(next) = take(&slot) else { return };
            work = next;
        }
    }

    fn tangle(&self) -> MutexGuard<'_, Tangle> {
        self.tangle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take(slot: &Mutex<Option<Work>>) -> Option<Work> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::super::pool::Pool;
    use super::*;

    #[test]
    fn work_of_one_upload_is_done_in_order_by_any_number_of_threads() {
        let (quick, slow) = (Pool::start("quick", 4, 64).unwrap(), Pool::start("slow", 2, 64).unwrap());
        let strands = Strands::new(quick.queue(), slow.queue());
        let (done, finished) = channel();
        for number in 0..50_u64 {
            for blob in 0..3 {
                let done = done.clone();
                assert!(strands.try_run(BlobId(blob), move || {
                    let note = move || done.send((blob, number)).unwrap();
                    match number % 7 {
                        3 => Step::Slowly(Box::new(move || {
                            thread::yield_now();
                            note();
                            Step::Done
                        })),
                        5 => {
                            note();
                            panic!("what fails does not stop the next (this panic is part of a test)");
                        }
                        _ => {
                            note();
                            Step::Done
                        }
                    }
                }));
            }
        }
        drop(done);
        let mut seen: HashMap<u64, Vec<u64>> = HashMap::new();
        for (blob, number) in finished {
            seen.entry(blob).or_default().push(number);
        }
        for blob in 0..3 {
            assert_eq!(seen[&blob], (0..50).collect::<Vec<_>>(), "of upload {blob}");
        }
        strands.stop();
        quick.stop();
        slow.stop();
    }

    #[test]
    fn slow_work_of_one_upload_holds_up_nobody_else() {
        let (quick, slow) = (Pool::start("quick", 1, 8).unwrap(), Pool::start("slow", 1, 8).unwrap());
        let strands = Strands::new(quick.queue(), slow.queue());
        let (go, gate) = channel::<()>();
        let (done, finished) = channel();
        let late = done.clone();
        assert!(strands.try_run(BlobId(1), move || {
            Step::Slowly(Box::new(move || {
                gate.recv().unwrap();
                late.send("slow").unwrap();
                Step::Done
            }))
        }));
        let behind = done.clone();
        assert!(strands.try_run(BlobId(1), move || {
            behind.send("behind it").unwrap();
            Step::Done
        }));
        assert!(strands.try_run(BlobId(2), move || {
            done.send("another").unwrap();
            Step::Done
        }));
        assert_eq!(finished.recv(), Ok("another"));
        go.send(()).unwrap();
        assert_eq!([finished.recv(), finished.recv()], [Ok("slow"), Ok("behind it")]);
        strands.stop();
        quick.stop();
        slow.stop();
        assert!(!strands.try_run(BlobId(1), || Step::Done));
    }
}

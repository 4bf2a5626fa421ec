//! Some threads that take work from one bounded queue.
//!
//! This file does not know what the work is.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

type Work = Box<dyn FnOnce() + Send>;

/// The way into a pool, for work that makes work.
#[derive(Clone)]
pub struct Queue(SyncSender<Work>);

impl Queue {
    /// Queues work. Returns whether there was room.
    pub fn try_run(&self, work: impl FnOnce() + Send + 'static) -> bool {
        !matches!(self.0.try_send(Box::new(work)), Err(TrySendError::Full(_)))
    }
}

/// Threads with one queue.
pub struct Pool {
    queue: Queue,
    waiting: Arc<Mutex<Receiver<Work>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts `threads` threads, named after what they do, that let `queue_max` pieces of work wait.
    pub fn start(name: &str, threads: usize, queue_max: usize) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel::<Work>(queue_max);
        let waiting = Arc::new(Mutex::new(waiting));
        let spawn = |number: usize| {
            let waiting = Arc::clone(&waiting);
            std::thread::Builder::new().name(format!("{name}-{number}")).spawn(move || take_turns(&waiting))
        };
        let threads = (0..threads).map(spawn).collect::<Result<_, _>>()?;
        Ok(Self { queue: Queue(queue), waiting, threads })
    }

    /// Queues work. Returns whether there was room.
    pub fn try_run(&self, work: impl FnOnce() + Send + 'static) -> bool {
        self.queue.try_run(work)
    }

    /// Returns the way in. The threads end only once it is dropped.
    pub fn queue(&self) -> Queue {
        self.queue.clone()
    }

    /// Drops what waits and ends the threads after what they have begun.
    pub fn stop(self) {
        for thread in self.leave() {
            // A thread that panicked has ended, which is all that is wanted.
            let _ = thread.join();
        }
    }

    /// Drops what waits and returns the threads, which end after what they have begun.
    pub fn leave(self) -> Vec<JoinHandle<()>> {
        let Self { queue, waiting, threads } = self;
        drop(queue);
        let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while waiting.try_recv().is_ok() {}
        threads
    }
}

fn take_turns(waiting: &Mutex<Receiver<Work>>) {
    loop {
        // Held only while taking: the work itself is done without it.
        let work = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match work {
            // The panic hook has logged it; the thread goes on.
            Ok(work) => drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn work_is_done_and_a_full_queue_says_so() {
        let pool = Pool::start("test", 1, 2).unwrap();
        let (done, finished) = channel();
        let (go, gate) = channel::<()>();
        let (begun, has_begun) = channel();
        assert!(pool.try_run(move || {
            begun.send(()).unwrap();
            gate.recv().unwrap();
        }));
        has_begun.recv().unwrap();
        for number in 0..2 {
            let done = done.clone();
            assert!(pool.try_run(move || done.send(number).unwrap()));
        }
        assert!(!pool.try_run(|| {}));
        go.send(()).unwrap();
        assert_eq!([finished.recv(), finished.recv()], [Ok(0), Ok(1)]);
        pool.stop();
    }

    #[test]
    fn stopping_drops_what_waits() {
        let pool = Pool::start("test", 1, 8).unwrap();
        let (go, gate) = channel::<()>();
        let (begun, has_begun) = channel();
        assert!(pool.try_run(move || {
            begun.send(()).unwrap();
            let _ = gate.recv();
        }));
        has_begun.recv().unwrap();
        let (late, never) = channel::<()>();
        assert!(pool.try_run(move || late.send(()).unwrap()));
        let stopper = std::thread::spawn(move || pool.stop());
        // The work that waits is dropped before the work that runs has ended, or never begun after it.
        drop(go);
        stopper.join().unwrap();
        let _ = never.try_recv();
    }
}

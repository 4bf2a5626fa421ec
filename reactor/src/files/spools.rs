//! Which unfinished contents are held in memory: how far they are, the hash so far, the open file.
//!
//! This file does not know how they are written. What it forgets is only a wait for whoever goes on with it: the
//! bytes are read again.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use sha2::Sha256;

use crate::store::BlobId;

/// Unfinished contents that are held, each less than half a KiB: more than twenty people leave behind who all
/// send as many files at once as they may and lose the line.
const HELD_MAX: usize = 16 * 1024;

/// Files that are open at once: a quarter of the descriptors of a system that gives 1,024.
const OPEN_MAX: usize = 256;

/// Contents that were given up of late and must not be made again by a job that waited. Their numbers are never
/// given twice.
const REMOVED_MAX: usize = 4096;

/// Unfinished contents that are held.
#[derive(Default)]
pub(super) struct Spools {
    shelf: Mutex<Shelf>,
    /// Counts the rights to write that were given.
    epochs: AtomicU64,
}

#[derive(Default)]
struct Shelf {
    held: HashMap<BlobId, Arc<Held>>,
    /// Counts how often something was used, for a time that is no clock's.
    uses: u64,
    /// Whose file is open, the one opened longest ago first.
    open: VecDeque<(BlobId, Arc<Held>)>,
    removed: VecDeque<BlobId>,
    is_removed: BTreeSet<BlobId>,
}

/// Some unfinished contents.
#[derive(Default)]
pub(super) struct Held {
    /// Whoever reads or writes them holds this.
    state: Mutex<State>,
    /// Whether they need not be read before anything can be written.
    is_ready: AtomicBool,
    is_removed: AtomicBool,
    used: AtomicU64,
}

/// How far they are.
#[derive(Default)]
pub(super) struct State {
    /// The newest right to write; 0 if none was given.
    pub epoch: u64,
    /// What is here, unless it must be read first.
    pub progress: Option<Progress>,
    /// The file, unless it was closed to make room.
    pub file: Option<File>,
}

/// What is here.
pub(super) struct Progress {
    /// What it hashes to so far.
    pub hasher: Sha256,
    /// How much it is, in bytes.
    pub at: u64,
    /// How much of it is known to survive a power cut, in bytes.
    pub synced: u64,
}

impl Held {
    /// Waits for whoever reads or writes the contents. The guard tells on leaving whether they are ready.
    pub fn lock(&self) -> Guard<'_> {
        // Whoever panicked has left nothing half done that is not seen: the bytes are counted after they are
        // written.
        Guard { held: self, state: self.state.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Returns the right to change the state, unless somebody reads or writes the contents.
    pub fn try_lock(&self) -> Option<Guard<'_>> {
        match self.state.try_lock() {
            Ok(state) => Some(Guard { held: self, state }),
            Err(TryLockError::Poisoned(poisoned)) => Some(Guard { held: self, state: poisoned.into_inner() }),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Tells whether the contents were given up.
    pub fn is_removed(&self) -> bool {
        self.is_removed.load(Ordering::Relaxed)
    }
}

/// The right to change the state of some contents.
pub(super) struct Guard<'a> {
    held: &'a Held,
    pub state: MutexGuard<'a, State>,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.held.is_ready.store(self.state.progress.is_some(), Ordering::Relaxed);
    }
}

impl Spools {
    /// Returns some contents, held from now on. `None` if they were given up.
    pub fn hold(&self, blob: BlobId) -> Option<Arc<Held>> {
        let mut shelf = self.shelf();
        if shelf.is_removed.contains(&blob) {
            return None;
        }
        if !shelf.held.contains_key(&blob) && shelf.held.len() >= HELD_MAX {
            shelf.forget_old();
        }
        let held = Arc::clone(shelf.held.entry(blob).or_default());
        shelf.touch(&held);
        Some(held)
    }

    /// Returns some contents, if they are held.
    pub fn get(&self, blob: BlobId) -> Option<Arc<Held>> {
        let mut shelf = self.shelf();
        let held = Arc::clone(shelf.held.get(&blob)?);
        shelf.touch(&held);
        Some(held)
    }

    /// Tells whether something can be written to some contents without reading them first.
    pub fn is_ready(&self, blob: BlobId) -> bool {
        self.shelf().held.get(&blob).is_some_and(|held| held.is_ready.load(Ordering::Relaxed))
    }

    /// Forgets some contents that are whole.
    pub fn release(&self, blob: BlobId) {
        self.shelf().held.remove(&blob);
    }

    /// Forgets some contents that are given up, so that whoever reads them stops. Returns them, if they are held.
    pub fn remove(&self, blob: BlobId) -> Option<Arc<Held>> {
        let mut shelf = self.shelf();
        if shelf.is_removed.insert(blob) {
            shelf.removed.push_back(blob);
        }
        if shelf.removed.len() > REMOVED_MAX
            && let Some(oldest) = shelf.removed.pop_front()
        {
            shelf.is_removed.remove(&oldest);
        }
        let held = shelf.held.remove(&blob)?;
        held.is_removed.store(true, Ordering::Relaxed);
        Some(held)
    }

    /// Returns the number of the next right to write.
    pub fn next_epoch(&self) -> u64 {
        self.epochs.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Takes note that the file of some contents is open. Returns whether there are too many.
    pub fn note_open(&self, blob: BlobId, held: &Arc<Held>) -> bool {
        let mut shelf = self.shelf();
        shelf.open.push_back((blob, Arc::clone(held)));
        shelf.open.len() > OPEN_MAX
    }

    /// Takes out those contents whose file was opened longest ago, to have it closed.
    pub fn take_open(&self) -> Option<(BlobId, Arc<Held>)> {
        self.shelf().open.pop_front()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    fn touch(&mut self, held: &Held) {
        self.uses += 1;
        held.used.store(self.uses, Ordering::Relaxed);
    }

    /// Forgets an eighth of what nobody uses just now, that which was used longest ago.
    fn forget_old(&mut self) {
        let mut times: Vec<u64> = self.held.values().map(|held| held.used.load(Ordering::Relaxed)).collect();
        let (_, limit, _) = times.select_nth_unstable(HELD_MAX / 8);
        let limit = *limit;
        let is_kept = |held: &Arc<Held>| {
            // Somebody who found it just now has used it last.
            held.used.load(Ordering::Relaxed) >= limit || held.state.try_lock().is_err()
        };
        self.held.retain(|_, held| is_kept(held));
        self.open.retain(|(_, held)| is_kept(held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_those_used_longest_ago_are_forgotten_and_none_that_is_in_use() {
        let spools = Spools::default();
        let hold = |blob: usize| spools.hold(BlobId(blob as u64)).unwrap();
        let held: Vec<_> = (0..HELD_MAX).map(hold).collect();
        // The first is written to; the second was used again.
        let guard = held[0].lock();
        hold(1);
        hold(HELD_MAX);
        let is_held = |blob: usize| spools.get(BlobId(blob as u64)).is_some();
        assert!(is_held(0) && is_held(1) && is_held(HELD_MAX - 1) && is_held(HELD_MAX));
        assert!(!is_held(2) && !is_held(HELD_MAX / 8));
        assert!(spools.shelf().held.len() <= HELD_MAX);
        drop(guard);
    }

    #[test]
    fn contents_that_were_given_up_are_known_to_be_for_a_while() {
        let spools = Spools::default();
        let held = spools.hold(BlobId(1)).unwrap();
        spools.remove(BlobId(1));
        assert!(held.is_removed() && spools.hold(BlobId(1)).is_none());
        for blob in 2..REMOVED_MAX as u64 + 2 {
            spools.remove(BlobId(blob));
        }
        assert!(spools.hold(BlobId(1)).is_some() && spools.hold(BlobId(2)).is_none());
    }
}

//! The librarian: keeps the library true to the bank while the daemon runs.
//!
//! This file knows when the bank is read: at the start, after changes have settled, and now and then to be
//! sure. It does *not* know tags or search, nor who is told of the library.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::music::{Bank, Catalogue, Index, Published, Summary};

/// During a scan the library is published when so many tracks have been read, then at twice as many, and so
/// on: all of it together costs no more than the last time alone.
const FIRST_PUBLISHED_TRACKS: usize = 500;

/// The library's generation skips this many over a restart: a scan that was cut short may have published a
/// few dozen that were not kept.
const GENERATIONS_SKIPPED: u64 = 64;

/// How long things take. Tests are in a greater hurry than operators.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// After a change, how often it is looked whether more have come.
    step: Duration,
    /// How many steps without a change mean that it is over.
    quiet_steps: u32,
    /// After how many steps the bank is read although changes go on.
    steps_max: u32,
    /// How long until the bank is read again where changes are told. Some are not: those made by another
    /// machine on a network file system.
    rescan_watched: Duration,
    /// How long until the bank is read again where changes are not told.
    rescan_unwatched: Duration,
    /// How long until a bank that cannot be read is tried again.
    retry: Duration,
}

/// 2 s quiet, 30 s at most.
const PACE: Pace = Pace {
    step: Duration::from_millis(500),
    quiet_steps: 4,
    steps_max: 60,
    rescan_watched: Duration::from_secs(60 * 60),
    rescan_unwatched: Duration::from_secs(5 * 60),
    retry: Duration::from_secs(30),
};

/// The thread that reads the bank. Ends when dropped.
#[derive(Debug)]
pub struct Librarian {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

impl Librarian {
    /// Begins to read a bank, and tells `publish` of every library it has become. What was read is kept in
    /// the file `cache` over restarts. The first thing published has a higher generation than
    /// [`Published::nothing`].
    pub fn start(
        bank: Bank,
        cache: PathBuf,
        publish: impl Fn(Published) + Send + 'static,
    ) -> io::Result<Self> {
        Self::start_at(PACE, bank, cache, publish)
    }

    fn start_at(
        pace: Pace,
        bank: Bank,
        cache: PathBuf,
        publish: impl Fn(Published) + Send + 'static,
    ) -> io::Result<Self> {
        let bell = Arc::new(Bell::default());
        let heard = Arc::clone(&bell);
        let work = move || {
            let (catalogue, generation) = take_up(&cache);
            let latest = Published::nothing();
            Work { pace, bank, cache, publish, bell: heard, catalogue, latest, generation, missing: false }
                .run();
        };
        let thread = Builder::new().name("librarian".to_owned()).spawn(work)?;
        Ok(Self { bell, thread: Some(thread) })
    }

    /// Ends the thread, in the midst of a scan if need be, and waits for its end.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Librarian {
    fn drop(&mut self) {
        self.bell.lock().stop = true;
        self.bell.rung.notify_all();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("The thread that reads the bank ended in a panic.");
        }
    }
}

/// What wakes the librarian.
#[derive(Debug, Default)]
struct Bell {
    state: Mutex<Ringing>,
    rung: Condvar,
}

#[derive(Debug, Default)]
struct Ringing {
    stop: bool,
    /// Something in the bank is not as it was.
    changed: bool,
    /// Changes are not told any more.
    deaf: bool,
}

impl Bell {
    fn lock(&self) -> MutexGuard<'_, Ringing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while `idle`, or for a time.
    fn wait(&self, time: Duration, idle: impl Fn(&Ringing) -> bool) -> MutexGuard<'_, Ringing> {
        let waited = self.rung.wait_timeout_while(self.lock(), time, |ringing| idle(ringing));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Hears of a change in the bank at `root`, or that no more are told.
    fn hear(&self, root: &Path, event: notify::Result<Event>) {
        let mut ringing = self.lock();
        match event {
            // Hidden files are no part of the bank, and in a home some of them change all the time.
            Ok(event) if is_hidden(root, &event) => return,
            // The librarian's own reading is no change.
            Ok(event) => match event.kind {
                EventKind::Access(AccessKind::Close(AccessMode::Write)) => ringing.changed = true,
                EventKind::Access(_) => ringing.changed |= event.need_rescan(),
                _ => ringing.changed = true,
            },
            Err(_) => (ringing.changed, ringing.deaf) = (true, true),
        }
        if ringing.changed {
            self.rung.notify_all();
        }
    }
}

/// Tells whether an event is of hidden files alone: those below the bank, on whose own path names may begin
/// with a dot. One that names no file tells that others were missed.
fn is_hidden(root: &Path, event: &Event) -> bool {
    let hidden = |path: &PathBuf| {
        let below = path.strip_prefix(root).ok();
        below.is_some_and(|below| below.iter().any(|name| name.as_encoded_bytes().starts_with(b".")))
    };
    !event.need_rescan() && !event.paths.is_empty() && event.paths.iter().all(hidden)
}

struct Work<P> {
    pace: Pace,
    bank: Bank,
    cache: PathBuf,
    publish: P,
    bell: Arc<Bell>,
    catalogue: Catalogue,
    latest: Published,
    generation: u64,
    /// Whether the bank could not be read the last time.
    missing: bool,
}

impl<P: Fn(Published)> Work<P> {
    fn run(mut self) {
        if !self.catalogue.is_empty() {
            let entries = self.catalogue.entries();
            self.publish_index(entries, true);
        }
        let mut ears: Option<RecommendedWatcher> = None;
        let mut complained = false;
        loop {
            let another = self.bank.reopen().unwrap_or(true);
            if another || self.missing || self.bell.lock().deaf {
                ears = None;
            }
            // Before the scan, so that no change falls between.
            if ears.is_none() {
                self.bell.lock().deaf = false;
                match listen(self.bank.root(), &self.bell) {
                    Ok(watcher) => (ears, complained) = (Some(watcher), false),
                    Err(error) if !complained && !self.missing => {
                        complained = true;
                        let minutes = self.pace.rescan_unwatched.as_secs() / 60;
                        tracing::warn!(
                            "Changes in the bank are not told by the system ({error}); it is read every {minutes} \
                             minutes instead. If watches are too few, raise fs.inotify.max_user_watches."
                        );
                    }
                    Err(_) => {}
                }
            }
            self.bell.lock().changed = false;
            self.scan();
            if !self.rest(ears.is_some()) {
                return;
            }
        }
    }

    /// Waits until the bank is to be read again. Returns false when it never is.
    fn rest(&self, listening: bool) -> bool {
        let time = match (self.missing, listening) {
            (true, _) => self.pace.retry,
            (false, true) => self.pace.rescan_watched,
            (false, false) => self.pace.rescan_unwatched,
        };
        if !self.bell.wait(time, |ringing| !ringing.changed && !ringing.stop).changed {
            return !self.bell.lock().stop;
        }
        let mut quiet = 0;
        for _ in 0..self.pace.steps_max {
            let mut ringing = self.bell.wait(self.pace.step, |ringing| !ringing.stop);
            if ringing.stop {
                return false;
            }
            quiet = if std::mem::take(&mut ringing.changed) { 0 } else { quiet + 1 };
            if quiet >= self.pace.quiet_steps {
                break;
            }
        }
        true
    }

    fn scan(&mut self) {
        let mut catalogue = std::mem::take(&mut self.catalogue);
        if catalogue.is_empty() {
            // A bank that was unmounted and came back is not to be read anew.
            catalogue = take_up(&self.cache).0;
        }
        let bank = self.bank.clone();
        let mut next = FIRST_PUBLISHED_TRACKS;
        let mut stopped = false;
        let outcome = catalogue.scan(&bank, |so_far, summary| {
            if self.bell.lock().stop {
                stopped = true;
                return ControlFlow::Break(());
            }
            if summary.read >= next {
                next = summary.read * 2;
                self.publish_index(so_far.entries(), true);
            }
            ControlFlow::Continue(())
        });
        self.catalogue = catalogue;
        match outcome {
            _ if stopped => {}
            Ok(summary) => self.finish(&summary, next > FIRST_PUBLISHED_TRACKS),
            Err(error) => {
                if !self.missing {
                    tracing::warn!("The bank cannot be read ({error}); it is tried again until it can.");
                }
                self.missing = true;
                self.say_idle();
            }
        }
    }

    fn finish(&mut self, summary: &Summary, published: bool) {
        if self.missing {
            tracing::info!("The bank can be read again.");
            self.missing = false;
        }
        let first = self.latest.index.generation() == 0;
        if !summary.is_change() && !published && !first {
            return self.say_idle();
        }
        self.publish_index(self.catalogue.entries(), false);
        let Summary { read, broken, removed, .. } = summary;
        let tracks = self.latest.index.len();
        tracing::info!(
            "The library has {tracks} tracks: {read} were read now, {broken} of them could not be understood, \
             {removed} are gone."
        );
        if summary.is_full {
            tracing::warn!("The bank has more tracks than can be served; the rest is left out.");
        }
        if summary.folders_too_deep > 0 {
            tracing::warn!("{} folders of the bank lie too deep and are left out.", summary.folders_too_deep);
        }
        // An empty bank is most often one that is not mounted: what was known of it stays kept.
        if !self.catalogue.is_empty()
            && let Err(error) = self.catalogue.save(&self.cache, self.generation)
        {
            tracing::warn!("What was read of the bank cannot be kept for the next start: {error}.");
        }
    }

    fn publish_index(&mut self, entries: Vec<Arc<crate::music::Entry>>, scanning: bool) {
        self.generation += 1;
        self.latest = Published { index: Arc::new(Index::of(entries, self.generation)), scanning };
        (self.publish)(self.latest.clone());
    }

    /// Says that the bank is not being read, if the contrary was said.
    fn say_idle(&mut self) {
        if self.latest.scanning {
            self.latest.scanning = false;
            (self.publish)(self.latest.clone());
        }
    }
}

/// Takes up what was known at the end of the last run, and the generation to go on from.
fn take_up(cache: &Path) -> (Catalogue, u64) {
    match Catalogue::load(cache) {
        Ok((catalogue, generation)) => (catalogue, generation.saturating_add(GENERATIONS_SKIPPED)),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(
                    "What was read of the bank before cannot be used, so it is read anew: {error}."
                );
            }
            (Catalogue::default(), 0)
        }
    }
}

fn listen(root: &Path, bell: &Arc<Bell>) -> notify::Result<RecommendedWatcher> {
    // Changes are told by whole paths.
    let root = std::path::absolute(root).map_err(notify::Error::io)?;
    let (bell, heard) = (Arc::clone(bell), root.clone());
    let config = Config::default().with_follow_symlinks(false);
    let mut watcher = RecommendedWatcher::new(move |event| bell.hear(&heard, event), config)?;
    watcher.watch(&root, RecursiveMode::Recursive)?;
    Ok(watcher)
}

#[cfg(test)]
mod tests;

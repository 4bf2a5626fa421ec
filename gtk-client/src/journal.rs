//! The journal of transfers: what is not done when the app ends, and goes on at its next start.
//!
//! This file knows the thread that keeps it: the window never waits for the disk. It does not know what the
//! file looks like (`kept_file.rs`) nor what is done with what was found.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use directories::ProjectDirs;

pub use crate::kept_file::Owner;
use crate::kept_file::{Keep, KeptFile};
use crate::view_model::transfers::Kept;

/// How long the end of the app waits for the last words to be written.
const END_PATIENCE: Duration = Duration::from_secs(1);

enum Wish {
    Open(Owner),
    Keep(Vec<Kept>),
    Close,
}

impl Keep for Kept {
    const HEAD: &'static str = "parlour_transfers";
    const NAME: &'static str = "transfers";
}

/// The near end of the journal.
#[derive(Debug)]
pub struct Journal {
    wishes: Option<Sender<Wish>>,
    /// Nothing is ever sent: the near end hears when the far end is gone.
    ended: Receiver<()>,
}

impl Journal {
    /// Returns the folder where the desktop keeps such files. `None`: the person has no home.
    pub fn folder_of_person() -> Option<PathBuf> {
        let directories = ProjectDirs::from("org", "parlour", "parlour")?;
        Some(directories.data_dir().join("transfers"))
    }

    /// Begins to work beside this thread, and calls `found` with what an earlier run left. With no folder
    /// nothing is kept.
    pub fn start(folder: Option<PathBuf>, found: impl Fn(Vec<Kept>) + Send + 'static) -> Self {
        let (wishes, wished) = channel();
        let (alive, ended) = channel::<()>();
        let run = move || {
            let _alive = alive;
            run(folder.as_deref(), &wished, &found);
        };
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(run);
        if let Err(error) = &thread {
            tracing::warn!(%error, "transfers are not kept for the next start");
        }
        Self { wishes: thread.is_ok().then_some(wishes), ended }
    }

    /// Opens the journal of somebody; what is in it is found.
    pub fn open(&self, owner: Owner) {
        self.wish(Wish::Open(owner));
    }

    /// Keeps this in the place of what was there.
    pub fn keep(&self, kept: Vec<Kept>) {
        self.wish(Wish::Keep(kept));
    }

    /// Closes the journal; what is in it stays.
    pub fn close(&self) {
        self.wish(Wish::Close);
    }

    fn wish(&self, wish: Wish) {
        if let Some(wishes) = &self.wishes {
            // A thread that has ended keeps nothing; it has said so.
            let _ = wishes.send(wish);
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.wishes = None;
        let _ = self.ended.recv_timeout(END_PATIENCE);
    }
}

fn run(folder: Option<&Path>, wished: &Receiver<Wish>, found: &dyn Fn(Vec<Kept>)) {
    let mut open: Option<KeptFile<Kept>> = None;
    while let Ok(wish) = wished.recv() {
        let mut next = Some(wish);
        // Only the newest of what is to be kept is written: the disk may be slower than the transfers.
        while let Some(wish) = next.take() {
            let newer = if matches!(wish, Wish::Keep(_)) { wished.try_recv().ok() } else { None };
            match wish {
                Wish::Keep(_) if matches!(newer, Some(Wish::Keep(_))) => {}
                Wish::Keep(kept) => {
                    if let Some(Err(error)) = open.as_ref().map(|file| file.write(&kept)) {
                        tracing::warn!(%error, "the transfers could not be kept for the next start");
                    }
                }
                Wish::Open(owner) => {
                    drop(open.take());
                    let opened = folder.and_then(|folder| KeptFile::open(folder, owner));
                    if let Some((file, kept)) = opened {
                        open = Some(file);
                        found(kept);
                    }
                }
                Wish::Close => open = None,
            }
            next = newer;
        }
    }
}

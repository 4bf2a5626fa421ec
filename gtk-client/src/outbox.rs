//! What is to be said and was not yet, on the disk: it outlives the app, however that ends.
//!
//! This file knows the thread that keeps it: the window never waits for the disk. It does not know what the file looks
//! like (`kept_file.rs`) nor what is done with what was found (`view_model/room/outbox.rs`).

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use directories::ProjectDirs;

use crate::kept_file::{Keep, KeptFile, Owner};
use crate::view_model::room::Kept;

/// How long the end of the app waits for the last words to be written.
const END_PATIENCE: Duration = Duration::from_secs(2);

/// What the thread tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The outbox is open, and this is what an earlier run left; nothing where it cannot be opened. Told once for
    /// each opening, before anything is to be kept in it.
    Found(Vec<Kept>),
    /// What was given up to this turn is on the disk, or cannot be.
    Kept {
        /// The turn.
        turn: u64,
        /// Whether it is on the disk.
        is_durable: bool,
    },
}

enum Wish {
    Open(Owner),
    Keep(u64, Vec<Kept>),
    Close,
}

impl Keep for Kept {
    const HEAD: &'static str = "parlour_outbox";
    const NAME: &'static str = "messages to be sent";
}

/// The near end of the outbox.
#[derive(Debug)]
pub struct Outbox {
    wishes: Option<Sender<Wish>>,
    /// Nothing is ever sent: the near end hears when the far end is gone.
    ended: Receiver<()>,
}

impl Outbox {
    /// Returns the folder where the desktop keeps such files. `None`: the person has no home.
    pub fn folder_of_person() -> Option<PathBuf> {
        let directories = ProjectDirs::from("org", "parlour", "parlour")?;
        Some(directories.data_dir().join("outbox"))
    }

    /// Begins to work beside this thread, and calls `tell` with what becomes of what it is given. With no folder
    /// nothing is kept, and that is told.
    pub fn start(folder: Option<PathBuf>, tell: impl Fn(Told) + Send + 'static) -> Self {
        let (wishes, wished) = channel();
        let (alive, ended) = channel::<()>();
        let run = move || {
            let _alive = alive;
            run(folder.as_deref(), &wished, &tell);
        };
        let thread = std::thread::Builder::new().name("outbox".to_owned()).spawn(run);
        if let Err(error) = &thread {
            tracing::warn!(%error, "what is to be said is not kept for the next start");
        }
        Self { wishes: thread.is_ok().then_some(wishes), ended }
    }

    /// Opens the outbox of somebody; what is in it is told.
    pub fn open(&self, server: String, user_name: String) {
        self.wish(Wish::Open(Owner { server, user_name }));
    }

    /// Keeps this in the place of what was there, and tells when that is done.
    pub fn keep(&self, turn: u64, kept: Vec<Kept>) {
        self.wish(Wish::Keep(turn, kept));
    }

    /// Closes the outbox; what is in it stays.
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

impl Drop for Outbox {
    fn drop(&mut self) {
        self.wishes = None;
        let _ = self.ended.recv_timeout(END_PATIENCE);
    }
}

fn run(folder: Option<&Path>, wished: &Receiver<Wish>, tell: &dyn Fn(Told)) {
    let mut open: Option<KeptFile<Kept>> = None;
    while let Ok(wish) = wished.recv() {
        let mut next = Some(wish);
        // Only the newest of what is to be kept is written: it holds all that the others hold and is still wanted.
        while let Some(wish) = next.take() {
            let newer = if matches!(wish, Wish::Keep(..)) { wished.try_recv().ok() } else { None };
            match wish {
                Wish::Keep(..) if matches!(newer, Some(Wish::Keep(..))) => {}
                Wish::Keep(turn, kept) => {
                    let written = open.as_ref().map(|file| file.write(&kept));
                    if let Some(Err(error)) = &written {
                        tracing::warn!(%error, "what is to be said could not be kept for the next start");
                    }
                    tell(Told::Kept { turn, is_durable: matches!(written, Some(Ok(()))) });
                }
                Wish::Open(owner) => {
                    drop(open.take());
                    let opened = folder.and_then(|folder| KeptFile::open(folder, owner));
                    let (file, found) = opened.unzip();
                    open = file;
                    tell(Told::Found(found.unwrap_or_default()));
                }
                Wish::Close => open = None,
            }
            next = newer;
        }
    }
}

#[cfg(test)]
mod tests;

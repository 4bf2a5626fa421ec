//! Files that are dragged out of the window: fetched into a folder of the app's own, and handed over from there.
//!
//! This file does not know who fetches. The folders are the person's alone and go when the app ends; what an app
//! that was killed has left goes with the next.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use parlour_common::message::{FileEntry, FileId};
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, gio, glib};
use relm4::tokio::sync::oneshot;
use tempfile::TempDir;

use crate::view_model::files::Msg;
use crate::widgets::file_drag::{Arrival, FileDrag};

/// How the folders begin that files wait in for being handed over.
const PREFIX: &str = "dragged-";

/// The files that are dragged out.
#[derive(Debug, Default)]
pub(super) struct Drags {
    /// Who waits for a file.
    waiting: RefCell<HashMap<FileId, Vec<oneshot::Sender<Option<PathBuf>>>>>,
    /// Where files lie that were handed over: the other program may still be reading.
    folders: RefCell<Vec<TempDir>>,
}

impl Drags {
    /// Removes what an earlier run left.
    pub(super) fn sweep() {
        let Some(folder) = folder_of_person() else { return };
        gio::spawn_blocking(move || {
            for left in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if left.file_name().to_string_lossy().starts_with(PREFIX)
                    && let Err(error) = std::fs::remove_dir_all(left.path())
                {
                    tracing::warn!(%error, "a file that was dragged out could not be removed");
                }
            }
        });
    }

    /// Makes what another program is offered when this file is dragged to it.
    pub(super) fn offer(
        self: &Rc<Self>,
        entry: &Arc<FileEntry>,
        on_wanted: Rc<dyn Fn(Msg)>,
    ) -> gdk::ContentProvider {
        let (drags, entry) = (Rc::downgrade(self), Arc::clone(entry));
        // Some programs ask more than once; the file is fetched once.
        let arrived: Rc<RefCell<Option<PathBuf>>> = Rc::default();
        FileDrag::new(move || -> Arrival {
            if let Some(path) = arrived.borrow().clone().filter(|path| path.is_file()) {
                return Box::pin(async move { Some(path) });
            }
            let arrival = drags.upgrade().and_then(|drags| drags.want(&entry, &on_wanted));
            let arrived = Rc::clone(&arrived);
            Box::pin(async move {
                let path = arrival?.await.ok().flatten();
                arrived.borrow_mut().clone_from(&path);
                path
            })
        })
        .upcast()
    }

    fn want(
        &self,
        entry: &Arc<FileEntry>,
        on_wanted: &Rc<dyn Fn(Msg)>,
    ) -> Option<oneshot::Receiver<Option<PathBuf>>> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.borrow_mut();
        let others = waiting.entry(entry.file).or_default();
        let is_first = others.is_empty();
        others.push(sender);
        if is_first {
            let folder = new_folder()?;
            on_wanted(Msg::DraggedOut {
                entry: Box::new((**entry).clone()),
                folder: folder.path().to_owned(),
            });
            self.folders.borrow_mut().push(folder);
        }
        Some(receiver)
    }

    /// Hands on where a file is, or that it will not come.
    pub(super) fn arrive(&self, file: FileId, path: Option<&Path>) {
        let is_of_drag = path
            .is_none_or(|path| self.folders.borrow().iter().any(|folder| path.starts_with(folder.path())));
        if is_of_drag && let Some(waiting) = self.waiting.borrow_mut().remove(&file) {
            for sender in waiting {
                let _ = sender.send(path.map(Path::to_owned));
            }
        }
    }
}

fn folder_of_person() -> Option<PathBuf> {
    Some(glib::user_cache_dir().join("parlour")).filter(|folder| folder.is_absolute())
}

/// Makes a folder that only the person can read.
fn new_folder() -> Option<TempDir> {
    let folder = folder_of_person()?;
    let made = std::fs::create_dir_all(&folder);
    match made.and_then(|()| tempfile::Builder::new().prefix(PREFIX).tempdir_in(&folder)) {
        Ok(folder) => Some(folder),
        Err(error) => {
            tracing::warn!(%error, "there is no folder for what is dragged out");
            None
        }
    }
}

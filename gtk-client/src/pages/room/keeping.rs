//! Files that the page makes: pictures from the clipboard, and files of posts that other programs open.
//!
//! This file does not know what becomes of them. They lie in a folder of the app's own; what is old goes with the
//! next start.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, gio, glib};
use tempfile::TempDir;

/// How the folder is called that pictures from the clipboard are put in.
const PASTED: &str = "pasted";

/// How the folders begin that files are opened from.
const OPENED: &str = "opened-";

/// What was pasted is kept this long: it may wait to be sent while there is no connection.
const PASTED_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

fn folder_of_person() -> Option<PathBuf> {
    Some(glib::user_cache_dir().join("parlour")).filter(|folder| folder.is_absolute())
}

/// Removes what is old.
pub(super) fn sweep() {
    let Some(folder) = folder_of_person() else { return };
    gio::spawn_blocking(move || {
        for left in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if left.file_name().to_string_lossy().starts_with(OPENED) {
                warn(fs::remove_dir_all(left.path()));
            }
        }
        for left in fs::read_dir(folder.join(PASTED)).into_iter().flatten().flatten() {
            let age = left.metadata().and_then(|file| file.modified()).ok().and_then(|at| at.elapsed().ok());
            if age.is_some_and(|age| age > PASTED_KEPT) {
                warn(fs::remove_file(left.path()));
            }
        }
    });
}

fn warn(result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "a file that is not needed any more could not be removed");
    }
}

/// Makes a folder that only the person can read, for a file to be opened from. It goes when it is dropped.
pub(super) fn new_folder() -> Option<TempDir> {
    let folder = folder_of_person()?;
    let made = fs::create_dir_all(&folder);
    match made.and_then(|()| tempfile::Builder::new().prefix(OPENED).tempdir_in(&folder)) {
        Ok(folder) => Some(folder),
        Err(error) => {
            tracing::warn!(%error, "there is no folder to open a file from");
            None
        }
    }
}

/// Writes a picture into a file, away from the window's thread, and tells where it is.
pub(super) fn keep_picture(texture: gdk::Texture, on_kept: impl FnOnce(PathBuf) + 'static) {
    let Some(folder) = folder_of_person().map(|folder| folder.join(PASTED)) else { return };
    let now = glib::DateTime::now_local().and_then(|now| now.format("%Y-%m-%d %H.%M.%S"));
    let name = now.map_or_else(|_| "Image".to_owned(), |now| format!("Image {now}"));
    glib::spawn_future_local(async move {
        let written = gio::spawn_blocking(move || write_picture(&texture, &folder, &name)).await;
        match written {
            Ok(Ok(path)) => on_kept(path),
            Ok(Err(error)) => tracing::warn!(%error, "the picture could not be put on the disk"),
            Err(_) => tracing::warn!("the picture could not be written"),
        }
    });
}

fn write_picture(texture: &gdk::Texture, folder: &Path, name: &str) -> std::io::Result<PathBuf> {
    let bytes = texture.save_to_png_bytes();
    fs::create_dir_all(folder)?;
    // Two pictures of one second have names of their own.
    for number in 1_u32.. {
        let name = if number == 1 { format!("{name}.png") } else { format!("{name} ({number}).png") };
        let path = folder.join(name);
        match fs::File::create_new(&path) {
            Ok(mut file) => {
                std::io::Write::write_all(&mut file, &bytes)?;
                return Ok(path);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

/// Opens a file with what the desktop has for it.
pub(super) fn open(path: &Path) {
    let uri = gio::File::for_path(path).uri();
    gio::AppInfo::launch_default_for_uri_async(
        &uri,
        gio::AppLaunchContext::NONE,
        gio::Cancellable::NONE,
        |result: Result<(), glib::Error>| {
            if let Err(error) = result {
                tracing::warn!(%error, "the file could not be opened");
            }
        },
    );
}

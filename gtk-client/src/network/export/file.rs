//! The file that a conversation is written into, on a thread of its own: a partial file, and at last the file.
//!
//! This file does not know where posts come from, nor what they look like in it (`form.rs`).

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};

use parlour_common::message::Post;

use super::super::turn::{Letter, Post as Mail};
use super::{ExportFault, ExportForm, Exported, ExportedWhat, form};

enum Piece {
    Posts(Vec<Post>),
    End,
}

/// Who writes. Dropped before the end, it leaves nothing.
pub(super) struct Scribe {
    pieces: Sender<Piece>,
}

impl Scribe {
    /// Begins to write beside this thread, and tells by mail how far that is.
    pub(super) fn start(
        number: u64,
        path: PathBuf,
        form: ExportForm,
        mail: Mail,
    ) -> Result<Self, ExportFault> {
        let (pieces, received) = channel();
        let run = move || {
            let tell = |what| mail.send(Letter::Exported(Exported { number, what }));
            let how = write_all(&path, form, &received, &|posts| tell(ExportedWhat::Page(posts)));
            match how {
                Ok(true) => tell(ExportedWhat::Ended(Ok(path))),
                // It was given up, and that is known.
                Ok(false) => {}
                Err(error) => tell(ExportedWhat::Ended(Err(fault(&error)))),
            }
        };
        let thread = std::thread::Builder::new().name("export".to_owned()).spawn(run);
        thread.map(|_| Self { pieces }).map_err(|error| fault(&error))
    }

    /// Has posts written.
    pub(super) fn write(&self, posts: Vec<Post>) {
        // A thread that has ended has said why.
        let _ = self.pieces.send(Piece::Posts(posts));
    }

    /// Has the file finished: these were all.
    pub(super) fn finish(&self) {
        let _ = self.pieces.send(Piece::End);
    }
}

fn fault(error: &io::Error) -> ExportFault {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ExportFault::NoSpace,
        _ => ExportFault::NotWritable(error.to_string()),
    }
}

/// Writes everything. Tells whether it was wanted to the end; otherwise nothing is left.
fn write_all(
    path: &Path,
    form: ExportForm,
    pieces: &Receiver<Piece>,
    written: &dyn Fn(usize),
) -> io::Result<bool> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let how = write_part(&part, form, pieces, written);
    match how {
        Ok(true) => {
            let finished = fs::rename(&part, path).and_then(|()| match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
                _ => Ok(()),
            });
            finished.map(|()| true)
        }
        how => {
            // If it cannot be removed, it says by its name what it is.
            let _ = fs::remove_file(&part);
            how
        }
    }
}

fn write_part(
    part: &Path,
    form: ExportForm,
    pieces: &Receiver<Piece>,
    written: &dyn Fn(usize),
) -> io::Result<bool> {
    // What was said is nobody else's business.
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part)?;
    let mut file = BufWriter::new(file);
    let mut posts_written = 0_u64;
    form::begin(form, &mut file)?;
    while let Ok(piece) = pieces.recv() {
        let Piece::Posts(posts) = piece else {
            form::end(form, posts_written, &mut file)?;
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            return Ok(true);
        };
        for post in &posts {
            form::post(form, posts_written == 0, post, &mut file)?;
            posts_written += 1;
        }
        file.flush()?;
        written(posts.len());
    }
    Ok(false)
}

#[cfg(test)]
mod tests;

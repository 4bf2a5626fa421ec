//! What can go wrong with the store, each as a sentence that says what happened and what to do.
//!
//! This file does not know the engine; `engine.rs` sorts its errors into these.

use std::io;
use std::path::{Path, PathBuf};

/// Why the store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another program has the store open.
    #[error("the store in {} is in use by another program; stop it (most likely parlourd) and try again", dir.display())]
    Held {
        /// The store's directory.
        dir: PathBuf,
    },
    /// There is no store, and none was to be made.
    #[error("there is no store in {}; name the right data directory, or start parlourd once to make one", dir.display())]
    Missing {
        /// The store's directory.
        dir: PathBuf,
    },
    /// A later version of the program wrote the store.
    #[error(
        "the store in {} has format {found}, and this version knows formats up to {known}; use the newer version of Parlour that wrote it",
        dir.display()
    )]
    NewerFormat {
        /// The store's directory.
        dir: PathBuf,
        /// The format found.
        found: u64,
        /// The newest format that this version knows.
        known: u64,
    },
    /// The files of the store contradict themselves.
    #[error(
        "the store in {} is damaged ({reason}); move that directory aside, do not delete it, and put the newest backup in its place",
        dir.display()
    )]
    Corrupt {
        /// The store's directory.
        dir: PathBuf,
        /// What the engine said.
        reason: String,
    },
    /// The system denies access.
    #[error("no permission to use {} ({source}); let the user who runs this program read and write it", path.display())]
    NoPermission {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The disk has no room left.
    #[error("the disk that holds {} is full; free at least 128 MiB and start again", path.display())]
    DiskFull {
        /// The file or directory.
        path: PathBuf,
    },
    /// The system failed in any other way.
    #[error("{} cannot be used ({source}); see to the disk or the path and start again", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// One record is not what its table should hold. Everything else can still be read.
    #[error("a record in {table} cannot be read ({reason}); parlour-dump shows it")]
    Record {
        /// The table.
        table: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The engine failed while it was open. Nothing can be trusted until it was opened again.
    #[error("the store failed ({reason}); the program must be started again")]
    Failed {
        /// What the engine said.
        reason: String,
    },
}

impl StoreError {
    /// Sorts an error of the system, that came from using `path`.
    pub(super) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NoPermission { path, source }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { path, source },
        }
    }
}

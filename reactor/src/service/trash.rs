//! How files go: into the trash, out of it, and for good.
//!
//! This file does not know where contents lie: those that nobody has any more are removed by `upkeep.rs`.

use std::collections::BTreeSet;

use parlour_common::limits::FILES_PER_REQUEST_MAX;
use parlour_common::message::{Denial, FileId, FileList, Reply};

use super::files::WaitingForFiles;
use super::{Service, Session};
use crate::id::{Asker, Now};
use crate::store::{FilesChange, FilesOutcome, UserId};

impl Service {
    pub(super) fn handle_trash_files(&mut self, now: Now, asker: Asker, list: FileList) {
        let at_unix_ms = now.unix_ms;
        let change = |user, files| FilesChange::TrashFiles { user, files, at_unix_ms };
        self.change_files(asker, list, change);
    }

    pub(super) fn handle_restore_files(&mut self, asker: Asker, list: FileList) {
        self.change_files(asker, list, |user, files| FilesChange::RestoreFiles { user, files });
    }

    pub(super) fn handle_purge_files(&mut self, asker: Asker, list: FileList) {
        self.change_files(asker, list, |user, files| FilesChange::PurgeFiles { user, files });
    }

    /// Begins to change some files of one's own.
    fn change_files(
        &mut self,
        asker: Asker,
        list: FileList,
        change: impl FnOnce(UserId, Vec<FileId>) -> FilesChange,
    ) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        if let Err(denial) = check_files(&list.files) {
            return self.deny(asker, denial);
        }
        self.commit_files(asker, change(user, list.files), WaitingForFiles::Done);
    }

    pub(super) fn handle_empty_trash(&mut self, asker: Asker) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let waiting = WaitingForFiles::EmptyTrash { user, purged: false };
        self.commit_files(asker, FilesChange::EmptyTrash { user }, waiting);
    }

    /// Goes on emptying the trash, and tells of it once at its end.
    pub(super) fn handle_trash_purged(
        &mut self,
        asker: Asker,
        (user, purged): (UserId, bool),
        outcome: &FilesOutcome,
    ) {
        let purged = purged || !outcome.touched.is_empty();
        if outcome.doomed {
            self.remove_doomed();
        }
        if outcome.more {
            let waiting = WaitingForFiles::EmptyTrash { user, purged };
            return self.commit_files(asker, FilesChange::EmptyTrash { user }, waiting);
        }
        self.reply(asker, Reply::Done {});
        if purged {
            self.tell_files_changed(&[user]);
        }
    }
}

/// Refuses files that may not be named by one request.
pub(super) fn check_files(files: &[FileId]) -> Result<(), Denial> {
    let bad = |reason: String| Err(Denial::BadRequest { reason });
    if files.is_empty() || files.len() > usize::from(FILES_PER_REQUEST_MAX) {
        return bad(format!("`files` does not have 1 to {FILES_PER_REQUEST_MAX} numbers"));
    }
    if files.iter().collect::<BTreeSet<_>>().len() < files.len() {
        return bad("`files` names a file twice".to_owned());
    }
    Ok(())
}

//! Uploads: begun or gone on with, finished, given up.
//!
//! This file does not know the bytes: they go from the connection to the workers. It keeps uploads that run for
//! days from being taken for abandoned.

use std::collections::BTreeMap;
use std::time::Duration;

use parlour_common::limits::{FILE_BYTES_MAX, UPLOAD_HOURS_MAX, UPLOAD_KEY_BYTES};
use parlour_common::message::{BeginUpload, CancelUpload, Denial, FinishUpload, UploadKey};
use parlour_common::names::FileName;

use super::files::WaitingForFiles;
use super::{NOBODY, Service, Session, Waiting};
use crate::effect::{Answer, Effect};
use crate::id::{Asker, ConnId, Now};
use crate::job::{FilesFound, FilesJob};
use crate::spool::Spool;
use crate::store::{Change, FileRecord, FilesChange, NewUpload, UserId};

/// How often it is written down that an upload on the line goes on: many times before it would be given up.
const KEEP_UPLOAD_AFTER: Duration = Duration::from_hours(24);

const _: () = assert!(KEEP_UPLOAD_AFTER.as_secs() * 2 < UPLOAD_HOURS_MAX as u64 * 3600);

/// The uploads that go on over the connections there are; of each member no more than one may have unfinished.
pub type UploadsOnLine = BTreeMap<(UserId, UploadKey), OnLine>;

/// An upload that goes on.
#[derive(Debug)]
pub struct OnLine {
    conn: ConnId,
    upload: NewUpload,
    /// When it was last written down that it does, in time since the start.
    kept: Duration,
}

impl Service {
    pub(super) fn handle_begin_upload(&mut self, asker: Asker, form: &BeginUpload) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let file_name = match FileName::parse(&form.file_name) {
            Ok(file_name) => file_name,
            Err(fault) => return self.deny_file_name(asker, fault),
        };
        let BeginUpload { upload: key, size_bytes, same_name, .. } = *form;
        if size_bytes > FILE_BYTES_MAX {
            let reason = format!("`size_bytes` is more than {FILE_BYTES_MAX}");
            return self.deny(asker, Denial::BadRequest { reason });
        }
        let job = FilesJob::PrepareUpload { user, key, file_name: file_name.clone(), size_bytes, same_name };
        let standard_quota_bytes = self.files.standard_quota_bytes;
        let upload = NewUpload { key, file_name, size_bytes, same_name, standard_quota_bytes };
        self.run_files(asker, job, WaitingForFiles::Prepare { user, upload });
    }

    pub(super) fn handle_finish_upload(&mut self, asker: Asker, form: &FinishUpload) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let FinishUpload { upload: key, sha256, .. } = *form;
        let job = FilesJob::SealUpload { user, key, sha256 };
        self.run_files(asker, job, WaitingForFiles::Seal { user, finish: *form });
    }

    pub(super) fn handle_cancel_upload(&mut self, asker: Asker, form: &CancelUpload) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let upload = form.upload;
        let change = FilesChange::RemoveUpload { user, key: upload };
        self.commit_files(asker, change, WaitingForFiles::Cancel { user, upload });
    }

    pub(super) fn handle_list_uploads(&mut self, asker: Asker) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        self.run_files(asker, FilesJob::ListUploads { user }, WaitingForFiles::Found);
    }

    /// Takes what was found for an upload.
    pub(super) fn handle_upload_found(
        &mut self,
        now: Now,
        asker: Asker,
        waiting: WaitingForFiles,
        found: FilesFound,
    ) {
        match (waiting, found) {
            (WaitingForFiles::Prepare { user, upload }, FilesFound::MayUpload) => {
                let at_unix_ms = now.unix_ms;
                let change = FilesChange::AddUpload { user, upload: upload.clone(), at_unix_ms };
                self.commit_files(asker, change, WaitingForFiles::Begin { user, upload });
            }
            (WaitingForFiles::Prepare { upload, .. }, FilesFound::UploadedBefore(file)) => {
                self.reply_uploaded(asker, &file, file.size_bytes == upload.size_bytes);
            }
            (WaitingForFiles::Spool { user, upload }, FilesFound::SpoolOpened { spool, offset }) => {
                self.handle_spool_opened(now, asker, user, upload, (spool, offset));
            }
            (WaitingForFiles::Seal { user, finish }, FilesFound::Sealed { blob }) => {
                let FinishUpload { upload: key, sha256, same_name } = finish;
                let at_unix_ms = now.unix_ms;
                let change = FilesChange::AddFile { user, key, blob, sha256, same_name, at_unix_ms };
                self.forget_upload(user, key);
                self.measure_room_soon(now);
                self.commit_files(asker, change, WaitingForFiles::File);
            }
            (WaitingForFiles::Seal { finish, .. }, FilesFound::UploadedBefore(file)) => {
                self.reply_uploaded(asker, &file, file.sha256 == finish.sha256);
            }
            (waiting, found) => unreachable!("{found:?} does not end {waiting:?}"),
        }
    }

    /// Answers with a file whose first answer was lost, if it is the same.
    fn reply_uploaded(&mut self, asker: Asker, file: &FileRecord, is_same: bool) {
        if is_same {
            self.reply_file(asker, Some(file));
        } else {
            self.deny(asker, Denial::UploadDiffers {});
        }
    }

    fn handle_spool_opened(
        &mut self,
        now: Now,
        asker: Asker,
        user: UserId,
        upload: NewUpload,
        (spool, offset): (Spool, u64),
    ) {
        // The session may have ended while the upload was written down, which is not taken back.
        if self.member_of(asker.conn) != Some(user) {
            return self.deny(asker, Denial::SessionEnded {});
        }
        let on_line = OnLine { conn: asker.conn, upload, kept: now.tick };
        self.uploads_on_line.insert((user, on_line.upload.key), on_line);
        self.effects.push_back(Effect::Answer { to: asker, answer: Answer::Upload { spool, offset } });
    }

    /// Forgets that an upload goes on: it is over.
    pub(super) fn forget_upload(&mut self, user: UserId, key: UploadKey) {
        self.uploads_on_line.remove(&(user, key));
    }

    /// Forgets the uploads that went on over a connection: it is not its member's any more.
    pub(super) fn forget_uploads_of(&mut self, user: UserId, conn: ConnId) {
        let (first, last) =
            (UploadKey::new([0; UPLOAD_KEY_BYTES]), UploadKey::new([u8::MAX; UPLOAD_KEY_BYTES]));
        let of_user = self.uploads_on_line.range((user, first)..=(user, last));
        let here = of_user.filter(|(_, on_line)| on_line.conn == conn);
        let here: Vec<(UserId, UploadKey)> = here.map(|(key, _)| *key).collect();
        for key in here {
            self.uploads_on_line.remove(&key);
        }
    }

    /// Writes down that the uploads on the line go on, so that one that takes weeks is not given up under way.
    pub(super) fn keep_uploads(&mut self, now: Now) {
        let mut kept = Vec::new();
        for ((user, _), on_line) in &mut self.uploads_on_line {
            if now.tick.saturating_sub(on_line.kept) >= KEEP_UPLOAD_AFTER {
                on_line.kept = now.tick;
                let (user, upload) = (*user, on_line.upload.clone());
                kept.push(FilesChange::AddUpload { user, upload, at_unix_ms: now.unix_ms });
            }
        }
        for change in kept {
            self.commit(NOBODY, Change::from(change), Waiting::Nothing);
        }
    }
}

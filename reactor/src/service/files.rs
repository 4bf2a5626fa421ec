//! People's files: lists of them, their bytes, receipts, names, and what comes of changes to them.
//!
//! This file does not know where a file lies nor how it is kept. How files come is in `uploads.rs`, who else sees
//! them in `sharing.rs`, how they go in `trash.rs`.

use parlour_common::limits::FILES_PER_PAGE_MAX;
use parlour_common::message::{
    CheckFiles, ConfirmFile, Denial, Event, Fault, FetchFile, Field, FieldFault, FileHash, FileId,
    FinishUpload, HashTrack, ListFiles, OneFile, RenameFile, Reply, TrackHash, UploadKey,
};
use parlour_common::names::{FileName, UserName};

use super::members::check_page;
use super::{Service, Session, Waiting};
use crate::effect::{Answer, Effect};
use crate::id::{Asker, Now, Ticket};
use crate::job::{Completion, FilesFound, FilesJob, Job, PeopleFound, denial_of};
use crate::send_file::SendFile;
use crate::store::{Applied, ChangeError, FileRecord, FilesChange, FilesOutcome, NewUpload, Refusal, UserId};

/// What a request about files waits for.
#[derive(Debug)]
pub enum WaitingForFiles {
    /// What is found is the answer.
    Found,
    /// Records and disk are being compared: one at a time.
    Check,
    /// It is being looked whether an upload may begin.
    Prepare { user: UserId, upload: NewUpload },
    /// An upload is being written down.
    Begin { user: UserId, upload: NewUpload },
    /// What is here of an upload is being found.
    Spool { user: UserId, upload: NewUpload },
    /// The bytes of an upload are being made durable.
    Seal { user: UserId, finish: FinishUpload },
    /// A file is being opened.
    Open { user: UserId, fetch: FetchFile },
    /// Those are being found with whom files are to be shared.
    Recipients { owner: UserId, owner_name: UserName, files: Vec<FileId> },
    /// The one is being found from whom a file is to be taken.
    FormerRecipient { user: UserId, file: FileId },
    /// A change is being written down; it is answered with the file.
    File,
    /// A change is being written down; it is answered with a yes.
    Done,
    /// An upload is being given up.
    Cancel { user: UserId, upload: UploadKey },
    /// Files are being shared.
    Share { owner_name: UserName, at_unix_ms: u64 },
    /// The trash is being emptied, some files at a time.
    EmptyTrash { user: UserId, purged: bool },
}

impl Service {
    pub(super) fn handle_list_files(&mut self, asker: Asker, list: ListFiles) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        if let Err(denial) = check_page(&list.query, list.limit, FILES_PER_PAGE_MAX) {
            return self.deny(asker, denial);
        }
        self.run_files(asker, FilesJob::List { user, list }, WaitingForFiles::Found);
    }

    pub(super) fn handle_fetch_file(&mut self, asker: Asker, fetch: FetchFile) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        self.open_file(asker, user, fetch);
    }

    pub(super) fn handle_confirm_file(&mut self, now: Now, asker: Asker, form: &ConfirmFile) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let ConfirmFile { file, sha256 } = *form;
        let change = FilesChange::ConfirmFile { user, file, sha256, at_unix_ms: now.unix_ms };
        self.commit_files(asker, change, WaitingForFiles::Done);
    }

    pub(super) fn handle_rename_file(&mut self, now: Now, asker: Asker, form: &RenameFile) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let file_name = match FileName::parse(&form.file_name) {
            Ok(file_name) => file_name,
            Err(fault) => return self.deny_file_name(asker, fault),
        };
        let RenameFile { file, same_name, .. } = *form;
        let change = FilesChange::RenameFile { user, file, file_name, same_name, at_unix_ms: now.unix_ms };
        self.commit_files(asker, change, WaitingForFiles::File);
    }

    pub(super) fn handle_list_recipients(&mut self, asker: Asker, form: &OneFile) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let job = FilesJob::ListRecipients { user, file: form.file };
        self.run_files(asker, job, WaitingForFiles::Found);
    }

    pub(super) fn handle_hash_track(&mut self, asker: Asker, form: &HashTrack) {
        if self.session_of(asker).is_none() {
            return;
        }
        let Some((path, _)) = self.library.index.locate(form.track) else {
            return self.deny(asker, Denial::NoSuchTrack {});
        };
        let job = FilesJob::HashTrack { path, version: form.version };
        self.run_files(asker, job, WaitingForFiles::Found);
    }

    /// Compares records and disk, for one admin at a time: it may take as long as the disk does.
    pub(super) fn handle_check_files(&mut self, asker: Asker, form: &CheckFiles) {
        if self.admin_of(asker).is_none() {
            return;
        }
        let is_check = |waiting: &Waiting| matches!(waiting, Waiting::Files(WaitingForFiles::Check));
        if self.waiting.values().any(|under_way| is_check(&under_way.waiting)) {
            return self.deny_busy(asker);
        }
        let job = FilesJob::Check { read_all: form.read_all };
        self.run_files(asker, job, WaitingForFiles::Check);
    }

    /// Takes the end of a job about files.
    pub(super) fn handle_files_completion(
        &mut self,
        now: Now,
        (asker, ticket): (Asker, Ticket),
        waiting: WaitingForFiles,
        completion: Completion,
    ) {
        match (waiting, completion) {
            (_, Completion::Files(FilesFound::Refused(denial))) => {
                if denial == (Denial::DiskFull {}) {
                    self.measure_room_soon(now);
                }
                self.deny(asker, denial);
            }
            (_, Completion::Files(FilesFound::Files(page))) => self.reply(asker, Reply::Files(page)),
            (_, Completion::Files(FilesFound::Uploads(list))) => self.reply(asker, Reply::Uploads(list)),
            (_, Completion::Files(FilesFound::Recipients(list))) => {
                self.reply(asker, Reply::Recipients(list));
            }
            (_, Completion::Files(FilesFound::Hashed(sha256))) => {
                self.reply(asker, Reply::TrackHash(TrackHash { sha256 }));
            }
            (_, Completion::Files(FilesFound::Checked(report))) => self.reply(asker, Reply::Checked(report)),
            (
                WaitingForFiles::Open { user, fetch },
                Completion::Files(FilesFound::FileOpened { file, file_name, sha256 }),
            ) => {
                // It may have been taken from them since it was looked up.
                if self.files_changed.get(&user).is_some_and(|changed| ticket < *changed) {
                    return self.open_file(asker, user, fetch);
                }
                self.handle_own_file_opened(asker, fetch, (file_name, file, sha256));
            }
            (
                WaitingForFiles::Recipients { owner, owner_name, files },
                Completion::Files(FilesFound::Members(with)),
            ) => self.handle_recipients_found(now, asker, (owner, owner_name), files, with),
            (
                WaitingForFiles::FormerRecipient { user, file },
                Completion::People(PeopleFound::User { user: with, .. }),
            ) => self.handle_former_recipient(asker, user, file, with.as_deref()),
            (waiting, Completion::Files(found)) => self.handle_upload_found(now, asker, waiting, found),
            (waiting, completion) => unreachable!("{completion:?} does not end {waiting:?}"),
        }
    }

    /// Takes the end of a change of files. The answer goes first, then the news of it.
    pub(super) fn handle_files_applied(
        &mut self,
        asker: Asker,
        waiting: WaitingForFiles,
        applied: Result<Applied, ChangeError>,
    ) {
        let outcome = match applied {
            Ok(Applied::Files(outcome)) => *outcome,
            Ok(Applied::Upload { blob, size_bytes }) => {
                let WaitingForFiles::Begin { user, upload } = waiting else {
                    unreachable!("an upload does not end {waiting:?}")
                };
                let job = FilesJob::OpenSpool { blob, size_bytes };
                return self.run_files(asker, job, WaitingForFiles::Spool { user, upload });
            }
            applied => return self.handle_files_refused(asker, &waiting, &applied),
        };
        match waiting {
            WaitingForFiles::Begin { .. } | WaitingForFiles::File => {
                self.reply_file(asker, outcome.file.as_ref());
            }
            WaitingForFiles::Cancel { user, upload } => {
                self.forget_upload(user, upload);
                self.reply(asker, Reply::Done {});
            }
            WaitingForFiles::EmptyTrash { user, purged } => {
                return self.handle_trash_purged(asker, (user, purged), &outcome);
            }
            WaitingForFiles::Done => self.reply(asker, Reply::Done {}),
            WaitingForFiles::Share { owner_name, at_unix_ms } => {
                self.reply(asker, Reply::Done {});
                self.tell_shared(&owner_name, at_unix_ms, &outcome.shared);
            }
            waiting => unreachable!("{outcome:?} does not end {waiting:?}"),
        }
        self.handle_files_changed(&outcome);
    }

    fn handle_files_refused(
        &mut self,
        asker: Asker,
        waiting: &WaitingForFiles,
        applied: &Result<Applied, ChangeError>,
    ) {
        // What was purged before it is purged.
        if let WaitingForFiles::EmptyTrash { user, purged: true } = waiting {
            self.tell_files_changed(&[*user]);
        }
        let Err(ChangeError::Refused(refusal)) = applied else {
            return self.deny_unforeseen(asker, applied);
        };
        let denial = match (*refusal, waiting) {
            (Refusal::NoSuchUser | Refusal::NotActive, WaitingForFiles::Share { .. }) => {
                Denial::NoSuchMember {}
            }
            // Deleted a moment ago: the end of its sessions is on its way here.
            (Refusal::NoSuchUser | Refusal::NotActive, _) => Denial::SessionEnded {},
            (refusal, _) => match denial_of(refusal) {
                Some(denial) => denial,
                None => return self.deny_unforeseen(asker, applied),
            },
        };
        self.deny(asker, denial);
    }

    /// Does what follows from every change of files: whose lists are other than they were is told, and contents
    /// that nobody has any more are removed.
    pub(super) fn handle_files_changed(&mut self, outcome: &FilesOutcome) {
        self.tell_files_changed(&outcome.touched);
        for (post, members) in &outcome.posts {
            self.tell_post(*members, Event::PostChanged(post.clone()));
        }
        if outcome.doomed {
            self.remove_doomed();
        }
    }

    /// Tells members, who are given in order, that their files are other than they were. What was looked up for
    /// them before is out of date.
    pub(super) fn tell_files_changed(&mut self, touched: &[UserId]) {
        let before = Ticket(self.next_ticket);
        self.files_changed.extend(touched.iter().map(|user| (*user, before)));
        if !touched.is_empty() {
            self.tell(Event::FilesChanged {}, |_, session| touched.binary_search(&session.user).is_ok());
        }
    }

    pub(super) fn reply_file(&mut self, asker: Asker, file: Option<&FileRecord>) {
        match file {
            Some(file) => self.reply(asker, Reply::File(file.own_entry(self.files.trash_days))),
            None => {
                tracing::error!("a change of a file did not say which");
                self.deny(asker, Denial::Internal {});
            }
        }
    }

    pub(super) fn deny_file_name(&mut self, asker: Asker, fault: Fault) {
        let faults = vec![FieldFault { field: Field::FileName, fault }];
        self.deny(asker, Denial::InvalidFields { faults });
    }

    pub(super) fn run_files(&mut self, asker: Asker, job: FilesJob, waiting: WaitingForFiles) {
        self.run(asker, Job::Files(job), Waiting::Files(waiting));
    }

    pub(super) fn commit_files(&mut self, asker: Asker, change: FilesChange, waiting: WaitingForFiles) {
        self.commit(asker, change.into(), Waiting::Files(waiting));
    }

    fn open_file(&mut self, asker: Asker, user: UserId, fetch: FetchFile) {
        let job = FilesJob::OpenFile { user, file: fetch.file };
        self.run_files(asker, job, WaitingForFiles::Open { user, fetch });
    }

    fn handle_own_file_opened(
        &mut self,
        asker: Asker,
        fetch: FetchFile,
        (file_name, file, sha256): (FileName, SendFile, FileHash),
    ) {
        if fetch.sha256.is_some_and(|begun| begun != sha256) {
            return self.deny(asker, Denial::VersionChanged {});
        }
        self.send_file(asker, (file_name, file, Some(sha256)), fetch.offset, fetch.length);
    }

    /// Answers with the bytes of a file from an offset on, at most `length` of them.
    pub(super) fn send_file(
        &mut self,
        to: Asker,
        (file_name, file, sha256): (FileName, SendFile, Option<FileHash>),
        offset: u64,
        length: Option<u64>,
    ) {
        let Some(left) = file.size_bytes().checked_sub(offset) else {
            return self.deny(to, Denial::OffsetOutside { size_bytes: file.size_bytes() });
        };
        let length = length.unwrap_or(left).min(left);
        let answer = Answer::File { file_name, file, offset, length, sha256 };
        self.effects.push_back(Effect::Answer { to, answer });
    }
}

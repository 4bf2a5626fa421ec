//! The daemon's own work about files: contents that nobody has any more are removed, files of deleted accounts
//! have their fate, and what has lasted its time goes.
//!
//! This file does not know where contents lie, nor what a fate is. Each kind of work is done once at a time; what
//! fails is tried again a while later, and after a crash the chores of the start go on with it.

use std::time::Duration;

use parlour_common::limits::UPLOAD_HOURS_MAX;

use super::{NOBODY, Service, Waiting};
use crate::id::Now;
use crate::job::{Completion, FilesFound, FilesJob, Job};
use crate::store::{Applied, BlobId, ChangeError, FilesChange, FilesOutcome, UserId};

/// How long work waits that could not be done.
const TROUBLE: Duration = Duration::from_secs(60);

const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// What is under way.
#[derive(Debug, Default)]
pub struct Upkeep {
    removing: Turn,
    settling: Turn,
    uploads: Turn,
    trash: Turn,
    /// When work that could not be done is tried again, in time since the start.
    again: Option<Duration>,
}

/// Work that is done once at a time.
#[derive(Debug, Default)]
struct Turn {
    under_way: bool,
    /// Whether there may be more to do since it began.
    asked_again: bool,
}

impl Turn {
    /// Returns whether the work is to begin now.
    fn begin(&mut self) -> bool {
        self.asked_again = self.under_way;
        !std::mem::replace(&mut self.under_way, true)
    }

    /// Ends it. Returns whether it is to begin anew.
    fn end(&mut self) -> bool {
        self.under_way = false;
        std::mem::take(&mut self.asked_again)
    }
}

/// What the daemon's own work waits for.
#[derive(Debug)]
pub enum WaitingForUpkeep {
    /// Contents are being removed from the disk.
    Removed,
    /// Contents that are gone are being forgotten. There may be more of them.
    Forgotten { more: bool },
    /// Deleted accounts are being looked for whose files wait for their fate.
    Unsettled,
    /// The files of one have it; these follow.
    Settled { user: UserId, rest: Vec<UserId> },
    /// Uploads that were left are being given up.
    SweptUploads { before_unix_ms: u64 },
    /// What was in the trash for its time is being deleted.
    SweptTrash { before_unix_ms: u64 },
    /// The room on the disk is being measured.
    Room,
}

impl Service {
    /// Looks after files: called now and then.
    pub(super) fn tend_files(&mut self, now: Now) {
        self.remove_doomed();
        self.settle_departed();
        self.keep_uploads(now);
        if self.upkeep.uploads.begin() {
            let hours_ms = u64::from(UPLOAD_HOURS_MAX) * HOUR_MS;
            self.sweep_uploads(now.unix_ms.saturating_sub(hours_ms));
        }
        let days_ms = u64::from(self.files.trash_days) * DAY_MS;
        if days_ms > 0 && self.upkeep.trash.begin() {
            self.sweep_trash(now.unix_ms.saturating_sub(days_ms));
        }
    }

    /// Returns when work is to be tried again.
    pub(super) fn upkeep_deadline(&self) -> Option<Duration> {
        self.upkeep.again
    }

    /// Tries work again that could not be done.
    pub(super) fn handle_upkeep_deadline(&mut self, now: Now) {
        if self.upkeep.again.take_if(|again| *again <= now.tick).is_some() {
            self.remove_doomed();
            self.settle_departed();
        }
    }

    /// Removes contents from the disk that nobody has any more.
    pub(super) fn remove_doomed(&mut self) {
        if self.upkeep.removing.begin() {
            self.run_own(Job::Files(FilesJob::RemoveDoomed), Waiting::Upkeep(WaitingForUpkeep::Removed));
        }
    }

    /// Gives the files of deleted accounts their fate. To be called after an account was deleted.
    pub(super) fn settle_departed(&mut self) {
        if self.upkeep.settling.begin() {
            self.run_own(Job::Files(FilesJob::FindUnsettled), Waiting::Upkeep(WaitingForUpkeep::Unsettled));
        }
    }

    /// Takes the end of a job.
    pub(super) fn handle_upkeep_completion(
        &mut self,
        now: Now,
        waiting: WaitingForUpkeep,
        completion: Completion,
    ) {
        match (waiting, completion) {
            (WaitingForUpkeep::Removed, Completion::Files(FilesFound::Removed { blobs, more })) => {
                self.handle_removed(now, blobs, more);
            }
            (WaitingForUpkeep::Unsettled, Completion::Files(FilesFound::Unsettled(users))) => {
                self.settle_next(users);
            }
            (WaitingForUpkeep::Room, Completion::Files(FilesFound::Room { free_bytes })) => {
                self.handle_room_measured(now, Some(free_bytes));
            }
            // The queue was full, or something failed; the log says so.
            (WaitingForUpkeep::Room, _) => self.handle_room_measured(now, None),
            (waiting, _) => self.handle_upkeep_failed(now, &waiting),
        }
    }

    /// Takes the end of a change.
    pub(super) fn handle_upkeep_applied(
        &mut self,
        now: Now,
        waiting: WaitingForUpkeep,
        applied: Result<Applied, ChangeError>,
    ) {
        let outcome = match applied {
            Ok(Applied::Files(outcome)) => *outcome,
            Ok(_) => FilesOutcome::default(),
            Err(error) => {
                tracing::warn!(%error, "{waiting:?} could not be written down");
                return self.handle_upkeep_failed(now, &waiting);
            }
        };
        self.handle_files_changed(&outcome);
        match (waiting, outcome.more) {
            (WaitingForUpkeep::Forgotten { more }, _) => {
                self.measure_room_soon(now);
                if self.upkeep.removing.end() || more {
                    self.remove_doomed();
                }
            }
            (WaitingForUpkeep::Settled { user, rest }, true) => self.settle(user, rest),
            (WaitingForUpkeep::Settled { rest, .. }, false) if rest.is_empty() => {
                // There may be more than were found.
                self.upkeep.settling.end();
                self.settle_departed();
            }
            (WaitingForUpkeep::Settled { rest, .. }, false) => self.settle_next(rest),
            (WaitingForUpkeep::SweptUploads { before_unix_ms }, true) => self.sweep_uploads(before_unix_ms),
            (WaitingForUpkeep::SweptUploads { .. }, false) => self.upkeep.uploads = Turn::default(),
            (WaitingForUpkeep::SweptTrash { before_unix_ms }, true) => self.sweep_trash(before_unix_ms),
            (WaitingForUpkeep::SweptTrash { .. }, false) => self.upkeep.trash = Turn::default(),
            (waiting, _) => unreachable!("a change does not end {waiting:?}"),
        }
    }

    fn handle_upkeep_failed(&mut self, now: Now, waiting: &WaitingForUpkeep) {
        match waiting {
            WaitingForUpkeep::Removed | WaitingForUpkeep::Forgotten { .. } => {
                self.upkeep.removing = Turn::default();
            }
            WaitingForUpkeep::Unsettled | WaitingForUpkeep::Settled { .. } => {
                self.upkeep.settling = Turn::default();
            }
            // The next chores come.
            WaitingForUpkeep::SweptUploads { .. } => return self.upkeep.uploads = Turn::default(),
            WaitingForUpkeep::SweptTrash { .. } => return self.upkeep.trash = Turn::default(),
            WaitingForUpkeep::Room => return,
        }
        self.upkeep.again.get_or_insert(now.tick + TROUBLE);
    }

    fn handle_removed(&mut self, now: Now, blobs: Vec<BlobId>, more: bool) {
        if !blobs.is_empty() {
            let change = FilesChange::ForgetBlobs { blobs };
            return self.commit_upkeep(change, WaitingForUpkeep::Forgotten { more });
        }
        // What is left cannot be removed just now; the log says why.
        if more {
            return self.handle_upkeep_failed(now, &WaitingForUpkeep::Removed);
        }
        if self.upkeep.removing.end() {
            self.remove_doomed();
        }
    }

    fn settle_next(&mut self, mut users: Vec<UserId>) {
        match users.pop() {
            Some(user) => self.settle(user, users),
            None => {
                if self.upkeep.settling.end() {
                    self.settle_departed();
                }
            }
        }
    }

    fn settle(&mut self, user: UserId, rest: Vec<UserId>) {
        let change = FilesChange::SettleDeparted { user };
        self.commit_upkeep(change, WaitingForUpkeep::Settled { user, rest });
    }

    fn sweep_uploads(&mut self, before_unix_ms: u64) {
        let change = FilesChange::SweepUploads { before_unix_ms };
        self.commit_upkeep(change, WaitingForUpkeep::SweptUploads { before_unix_ms });
    }

    fn sweep_trash(&mut self, before_unix_ms: u64) {
        let change = FilesChange::SweepTrash { before_unix_ms };
        self.commit_upkeep(change, WaitingForUpkeep::SweptTrash { before_unix_ms });
    }

    fn commit_upkeep(&mut self, change: FilesChange, waiting: WaitingForUpkeep) {
        self.commit(NOBODY, change.into(), Waiting::Upkeep(waiting));
    }
}

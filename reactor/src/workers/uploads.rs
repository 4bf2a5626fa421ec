//! The way of uploads to the disk: pieces, openings and endings of one upload behind one another, those of
//! different ones side by side.
//!
//! This file does not know how they are written.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parlour_common::message::TransferOutcome;

use super::strand::Step;
use super::{Finished, Report, Workers};
use crate::id::{ConnId, Ticket};
use crate::job::{Completion, FilesJob, Job, Piece};
use crate::store::BlobId;

/// A job of an upload on its way.
struct Errand {
    ticket: Ticket,
    alive: Arc<AtomicBool>,
    report: Report,
}

impl Errand {
    /// Does a part of the job and reports how it ended, unless whoever asked has gone.
    fn carry_out(self, work: impl FnOnce() -> Completion) -> Step {
        let completion = if self.alive.load(Ordering::Relaxed) {
            // The panic hook has logged it; the asker is told.
            catch_unwind(AssertUnwindSafe(work)).unwrap_or(Completion::Failed)
        } else {
            Completion::Abandoned
        };
        self.report_end(completion);
        Step::Done
    }

    fn report_end(self, completion: Completion) {
        (self.report)(Finished::Job(self.ticket, completion));
    }
}

impl Workers {
    /// Begins to write bytes of an upload, behind those of it that came before. What came is written whether
    /// whoever sent it is still there or not: they can go on behind it.
    pub fn store(&self, conn: ConnId, piece: Piece) {
        let (transfer, bytes, blob) = (piece.transfer, piece.bytes.len(), piece.spool.blob());
        let (tools, report) = (Arc::clone(&self.tools), Arc::clone(&self.report));
        let taken = self.strands.try_run(blob, move || {
            let work = AssertUnwindSafe(|| tools.store_piece(&piece));
            let outcome = catch_unwind(work).unwrap_or(Err(TransferOutcome::WriteFailed));
            // Freed before it is told that there is room again.
            drop(piece);
            report(Finished::Stored { conn, transfer, bytes, outcome });
            Step::Done
        });
        if !taken {
            let outcome = Err(TransferOutcome::WriteFailed);
            (self.report)(Finished::Stored { conn, transfer, bytes, outcome });
        }
    }

    /// Begins a job of an upload in its turn. Gives back every other job, with what it came with.
    pub(super) fn run_of_upload(
        &self,
        ticket: Ticket,
        alive: Arc<AtomicBool>,
        job: Job,
    ) -> Option<(Arc<AtomicBool>, Job)> {
        let errand = |alive| Errand { ticket, alive, report: Arc::clone(&self.report) };
        let taken = match job {
            Job::Files(FilesJob::OpenSpool { blob, size_bytes }) => {
                self.open_spool(errand(alive), blob, size_bytes)
            }
            Job::Files(FilesJob::SealUpload { user, key, sha256 }) => {
                let (tools, strands) = (Arc::clone(&self.tools), Arc::clone(&self.strands));
                let errand = errand(alive);
                // Which contents it is about, a record tells.
                self.spool.try_run(move || {
                    let found = catch_unwind(AssertUnwindSafe(|| tools.upload_to_seal(user, key)));
                    let upload @ (blob, _) = match found {
                        Ok(Ok(upload)) => upload,
                        Ok(Err(completion)) => return errand.report_end(*completion),
                        Err(_) => return errand.report_end(Completion::Failed),
                    };
                    let (ticket, report) = (errand.ticket, Arc::clone(&errand.report));
                    let taken = strands.try_run(blob, move || {
                        let is_quick = tools.files.is_quick(blob);
                        let seal = move || errand.carry_out(|| tools.seal(upload, sha256));
                        if is_quick { seal() } else { Step::Slowly(Box::new(seal)) }
                    });
                    if !taken {
                        report(Finished::Job(ticket, Completion::Busy));
                    }
                })
            }
            job => return Some((alive, job)),
        };
        if !taken {
            (self.report)(Finished::Job(ticket, Completion::Busy));
        }
        None
    }

    fn open_spool(&self, errand: Errand, blob: BlobId, size_bytes: u64) -> bool {
        let tools = Arc::clone(&self.tools);
        self.strands.try_run(blob, move || {
            let is_quick = tools.files.is_quick(blob);
            let open = move || errand.carry_out(|| tools.open_spool(blob, size_bytes));
            if is_quick { open() } else { Step::Slowly(Box::new(open)) }
        })
    }
}

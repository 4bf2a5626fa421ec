//! A lane: one download at a time, its connection and its writer.
//!
//! This file knows what goes to which of the two, and what becomes of them when either stumbles. It does
//! not know sockets or paths, nor when to try again (`job.rs`).

use std::time::Instant;

use mio::Token;
use parlour_common::message::{Denial, Reply, TransferOutcome};

use super::super::control::Standing;
use super::super::line::{Line, LineHeard};
use super::super::turn::{TURN_BYTES_MAX, Turn, earlier};
use super::super::writer::{Writer, Written, WrittenWhat};
use super::super::{DownloadFault, DownloadId, Report};
use super::Wish;
use super::job::{Job, Stage, Trouble};

/// What may wait for the disk, in bytes of memory; over it the socket is not read.
const QUEUE_BYTES_MAX: usize = 1024 * 1024;

pub(super) struct Lane {
    line: Line,
    writer: Writer,
    job: Option<Job>,
}

impl Lane {
    pub(super) fn new(number: usize) -> Self {
        Self { line: Line::closed(), writer: Writer::new(number), job: None }
    }

    pub(super) fn is_free(&self) -> bool {
        self.job.is_none()
    }

    pub(super) fn start(&mut self, wish: Wish, turn: &Turn) {
        match self.writer.open(wish.id, wish.target.clone(), turn.post) {
            Ok(()) => self.job = Some(Job::new(wish, turn)),
            Err(why) => turn.report(Report::DownloadFailed { id: wish.id, why }),
        }
    }

    pub(super) fn cancel(&mut self, id: DownloadId) {
        let Some(job) = self.job.as_mut().filter(|job| job.wish.id == id) else { return };
        if job.stage.is_ending() {
            // Too late: the next report says how it ended.
            return;
        }
        if job.stage.needs_line() {
            // Chunks that are on their way must not meet the next download of this lane.
            self.line.close();
        }
        job.stage = Stage::Closing;
        self.writer.discard();
    }

    pub(super) fn handle_ready(&mut self, token: Token, readable: bool, writable: bool) {
        self.line.handle_ready(token, readable, writable);
    }

    pub(super) fn handle_written(&mut self, written: Written, turn: &Turn) {
        if let WrittenWhat::Piece { cost } = written.what {
            return self.writer.handle_piece(cost);
        }
        let Some(job) = self.job.as_mut().filter(|job| Some(job.wish.id) == written.id) else { return };
        let id = job.wish.id;
        match written.what {
            WrittenWhat::Piece { .. } => {}
            WrittenWhat::Opened(found) if job.stage == Stage::Opening => job.handle_opened(found, turn),
            // It was cancelled meanwhile, and is being removed.
            WrittenWhat::Opened(_) => {}
            WrittenWhat::Finished(path) => {
                self.job = None;
                turn.report(Report::Downloaded { id, path });
            }
            WrittenWhat::Closed => {
                let ending = job.ending.take();
                self.job = None;
                turn.report(match ending {
                    Some(why) => Report::DownloadFailed { id, why },
                    None => Report::DownloadCancelled { id },
                });
            }
            // It is at its end already.
            WrittenWhat::Failed(_) if job.stage == Stage::Closing => {}
            WrittenWhat::Failed(why) => self.fail(why),
        }
    }

    /// Does what there is to do this turn.
    pub(super) fn turn(&mut self, standing: &Standing, turn: &mut Turn) {
        match standing {
            Standing::Out(why) => {
                self.line.leave(turn.now);
                if self.job.as_ref().is_some_and(|job| !job.stage.is_ending()) {
                    self.fail(why.clone());
                }
            }
            Standing::Away => {}
            Standing::In { peer, session } => {
                if let Some(job) = self.job.as_mut().filter(|job| job.is_due(turn.now)) {
                    if self.line.is_ready() {
                        job.fetch(&mut self.line, turn.now);
                    } else {
                        self.line.open(*peer, session, turn);
                        job.stage = Stage::Lining;
                    }
                }
            }
        }
        if let Err(trouble) = self.drive(turn) {
            self.stumble(trouble, turn);
        }
        if let Some(job) = &mut self.job {
            job.tell(turn);
        }
    }

    /// Returns when there is something to do; `is_in`: whether there is a session to do it with.
    pub(super) fn deadline(&self, is_in: bool, now: Instant) -> Option<Instant> {
        let line_at = self.line.deadline(!self.is_clogged(), now);
        let Some(job) = &self.job else { return line_at };
        let due_at = match job.stage {
            Stage::Waiting { until } if is_in => Some(until),
            _ => None,
        };
        earlier(earlier(line_at, due_at), job.meter.due_at())
    }

    /// Stops and keeps what was written.
    pub(super) fn end(&mut self, now: Instant) {
        self.line.leave(now);
        self.writer.end();
    }

    fn is_clogged(&self) -> bool {
        self.writer.queued_bytes() >= QUEUE_BYTES_MAX
    }

    fn drive(&mut self, turn: &mut Turn) -> Result<(), Trouble> {
        let mut budget = TURN_BYTES_MAX;
        while !self.is_clogged() {
            let Some(heard) = self.line.poll(turn, &mut budget)? else { break };
            self.handle_heard(heard, turn)?;
        }
        if self.is_clogged() {
            self.line.excuse_silence(turn.now);
        }
        self.line.tick(self.job.is_some(), turn.now)?;
        Ok(())
    }

    fn handle_heard(&mut self, heard: LineHeard, turn: &Turn) -> Result<(), Trouble> {
        if matches!(heard, LineHeard::SessionEnded) {
            return Err(Trouble::Denied(Denial::SessionEnded {}));
        }
        // Nobody asked for anything: whatever it is, it is not the protocol.
        let Some(job) = &mut self.job else { return Err(Trouble::Garbled) };
        match (heard, job.stage) {
            (LineHeard::Ready, Stage::Lining) => job.fetch(&mut self.line, turn.now),
            (LineHeard::Answer { id, answer }, Stage::Asked { id: asked, offset }) if id == asked => {
                let start = match answer {
                    Ok(Reply::FileStart(start)) => start,
                    Ok(_) => return Err(Trouble::Garbled),
                    Err(denial) => return Err(Trouble::Denied(denial)),
                };
                job.handle_start(&start, offset, &mut self.writer, turn.now)?;
            }
            (
                LineHeard::ChunkStart { transfer, offset, data_bytes },
                Stage::Receiving { transfer: own, .. },
            ) => {
                let end = offset.checked_add(data_bytes as u64).filter(|end| *end <= job.total_bytes);
                if transfer != own || offset != job.received_bytes || end.is_none() {
                    return Err(Trouble::Garbled);
                }
            }
            (LineHeard::Data(piece), Stage::Receiving { .. }) => {
                job.received_bytes += piece.len() as u64;
                job.fresh = true;
                job.meter.add(piece.len(), turn.now);
                self.writer.write(piece);
            }
            (LineHeard::TransferEnd(end), Stage::Receiving { transfer, .. }) if end.transfer == transfer => {
                match end.outcome {
                    TransferOutcome::Whole if job.received_bytes == job.total_bytes => {
                        job.stage = Stage::Finishing;
                        self.writer.finish();
                    }
                    TransferOutcome::Whole => return Err(Trouble::Garbled),
                    TransferOutcome::Changed => return Err(Trouble::Changed),
                    TransferOutcome::Cancelled
                    | TransferOutcome::ReadFailed
                    | TransferOutcome::WriteFailed
                    | TransferOutcome::Superseded => {
                        return Err(Trouble::ReadFailed);
                    }
                }
            }
            _ => return Err(Trouble::Garbled),
        }
        Ok(())
    }

    fn stumble(&mut self, trouble: Trouble, turn: &Turn) {
        // After a denial or the end of a transfer the line is as good as before.
        match &trouble {
            Trouble::Denied(Denial::SessionEnded {} | Denial::TooManyTransfers { .. })
            | Trouble::Lost
            | Trouble::Garbled => self.line.close(),
            Trouble::Denied(_) | Trouble::ReadFailed | Trouble::Changed => {}
        }
        let Some(job) = &mut self.job else { return };
        if !job.stage.needs_line() {
            return;
        }
        match job.handle_trouble(trouble, turn) {
            Ok(()) => {}
            Err(why) => self.fail(why),
        }
    }

    /// Gives the download up. It is told when the partial file is closed, so that another download of the
    /// same track may begin at once.
    fn fail(&mut self, why: DownloadFault) {
        let Some(job) = &mut self.job else { return };
        if job.stage.needs_line() {
            self.line.close();
        }
        job.stage = Stage::Closing;
        if why == DownloadFault::Changed {
            // Bytes of a version that is gone are no file.
            self.writer.discard();
        } else {
            // What was written is kept for the next download of the same track.
            self.writer.release();
        }
        job.ending = Some(why);
    }
}

#[cfg(test)]
mod tests;

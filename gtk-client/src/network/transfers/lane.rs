//! A lane: one transfer at a time, its connection, its writer and its reader.
//!
//! This file knows what goes to which of them, and what becomes of them when one stumbles. It does not know
//! sockets or paths, nor when to try again (`job.rs`).

use std::time::Instant;

use mio::Token;
use parlour_common::message::{Denial, Reply};

use super::super::Report;
use super::super::control::Standing;
use super::super::line::{Line, LineHeard};
use super::super::order::{Ending, JobId, TransferFault};
use super::super::reader::{Read, ReadWhat, Reader};
use super::super::turn::{TURN_BYTES_MAX, Turn, earlier};
use super::super::writer::{Writer, Written, WrittenWhat};
use super::Wish;
use super::job::{Asked, Job, Stage, Task, Trouble};

/// What may wait for the disk, in bytes of memory; over it the socket is not read.
const QUEUE_BYTES_MAX: usize = 1024 * 1024;

/// How often in one turn a lane fills what the socket has taken; then it is another's turn.
const FEEDS_MAX: usize = 4;

pub(super) struct Lane {
    line: Line,
    writer: Writer,
    reader: Reader,
    job: Option<Job>,
    /// Whether the socket would take more than this turn gave it.
    is_hungry: bool,
}

impl Lane {
    pub(super) fn new(number: usize) -> Self {
        Self {
            line: Line::closed(),
            writer: Writer::new(number),
            reader: Reader::new(number),
            job: None,
            is_hungry: false,
        }
    }

    pub(super) fn is_free(&self) -> bool {
        self.job.is_none()
    }

    pub(super) fn start(&mut self, wish: Wish, turn: &Turn) {
        let opened = match &wish.task {
            Task::Fetch(fetch) => self.writer.open(wish.id, fetch.target.clone(), turn.post),
            Task::Upload(task) => self.reader.open(task.upload.path.clone(), turn.post),
            Task::Errand { .. } => Ok(()),
        };
        match opened {
            Ok(()) => self.job = Some(Job::new(wish, turn)),
            Err(why) => turn.ended(wish.id, Ending::Failed(why)),
        }
    }

    /// Lets a transfer rest, if it is this lane's.
    pub(super) fn pause(&mut self, id: JobId, turn: &Turn) {
        // Too late where it is ending: the next report says how it ended. What is told the daemon is short.
        let Some(job) = self.job.as_mut().filter(|job| job.id == id && !job.stage.is_ending()) else {
            return;
        };
        match job.task {
            Task::Errand { .. } => return,
            Task::Upload(_) => return self.conclude(Ending::Paused, turn),
            Task::Fetch(_) => {}
        }
        if job.stage.needs_line() {
            self.line.close();
        }
        job.stage = Stage::Closing;
        job.ending = Ending::Paused;
        self.writer.release();
    }

    /// Gives a transfer up. Tells whether it is this lane's.
    pub(super) fn cancel(&mut self, id: JobId, turn: &Turn) -> bool {
        let Some(job) = self.job.as_mut().filter(|job| job.id == id) else { return false };
        if job.stage.is_ending() || matches!(job.task, Task::Errand { .. }) {
            // Too late: the next report says how it ended.
            return true;
        }
        if job.stage.needs_line() {
            // Chunks that are on their way must not meet the next transfer of this lane.
            self.line.close();
        }
        if matches!(job.task, Task::Fetch(_)) {
            job.stage = Stage::Closing;
            job.ending = Ending::Cancelled;
            self.writer.discard();
        } else if let Some(job) = self.job.take()
            && let Ok(task) = job.task.into_farewell()
        {
            self.reader.close();
            self.job = Some(Job::new(Wish { id, task }, turn));
        }
        true
    }

    pub(super) fn handle_ready(&mut self, token: Token, readable: bool, writable: bool) {
        self.line.handle_ready(token, readable, writable);
    }

    pub(super) fn handle_written(&mut self, written: Written, turn: &Turn) {
        if let WrittenWhat::Piece { cost } = written.what {
            return self.writer.handle_piece(cost);
        }
        let Some(job) = self.job.as_mut().filter(|job| Some(job.id) == written.id) else { return };
        match written.what {
            WrittenWhat::Piece { .. } => {}
            WrittenWhat::Opened(found) if job.stage == Stage::Opening => job.handle_opened(found, turn),
            // It was cancelled meanwhile, and is being removed.
            WrittenWhat::Opened(_) => {}
            WrittenWhat::Finished(path, sha256) => self.conclude(Ending::Saved { path, sha256 }, turn),
            WrittenWhat::Damaged => {
                if let Err(why) = job.handle_damage(turn) {
                    self.fail(why, turn);
                }
            }
            WrittenWhat::Closed => {
                let ending = job.ending.clone();
                self.conclude(ending, turn);
            }
            // It is at its end already.
            WrittenWhat::Failed(_) if job.stage == Stage::Closing => {}
            WrittenWhat::Failed(why) => self.fail(why, turn),
        }
    }

    pub(super) fn handle_read(&mut self, read: Read, turn: &Turn) {
        if !self.reader.is_current(&read) {
            return;
        }
        let Some(Job { task: Task::Upload(task), .. }) = &mut self.job else { return };
        match read.what {
            ReadWhat::Piece(piece) => task.handle_piece(piece),
            ReadWhat::End(sha256) => task.handle_end(sha256),
            ReadWhat::Failed(why) => self.fail(why, turn),
            ReadWhat::Opened(seen) => {
                if let Some(job) = &mut self.job
                    && job.handle_source(seen, turn)
                {
                    turn.report(Report::Seen { id: job.id, seen });
                }
            }
            ReadWhat::Changed => {
                let goes_on = task.handle_change();
                self.line.close();
                self.reader.close();
                match &mut self.job {
                    Some(job) if goes_on => job.rest_after_change(turn),
                    _ => self.fail(TransferFault::SourceChanged, turn),
                }
            }
        }
    }

    /// Does what there is to do this turn.
    pub(super) fn turn(&mut self, standing: &Standing, turn: &mut Turn) {
        match standing {
            Standing::Out(why) => {
                self.line.leave(turn.now);
                if self.job.as_ref().is_some_and(|job| !job.stage.is_ending()) {
                    self.fail(why.clone(), turn);
                }
            }
            Standing::Away => {}
            Standing::In { peer, session } => {
                if let Some(job) = self.job.as_mut().filter(|job| job.is_due(turn.now)) {
                    if let Task::Upload(task) = &job.task
                        && task.is_shut
                    {
                        job.stage = Stage::Opening;
                        if let Err(why) = self.reader.open(task.upload.path.clone(), turn.post) {
                            self.fail(why, turn);
                        }
                    } else if self.line.is_ready() {
                        job.go_on(&mut self.line, turn);
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
        let line_at = if self.is_hungry { Some(now) } else { self.line.deadline(!self.is_clogged(), now) };
        let Some(job) = &self.job else { return line_at };
        let due_at = match job.stage {
            Stage::Waiting { until } if is_in => Some(until),
            _ => None,
        };
        earlier(earlier(line_at, due_at), job.meter.due_at())
    }

    /// Stops and keeps what was moved.
    pub(super) fn end(&mut self, now: Instant) {
        self.line.leave(now);
        self.writer.end();
    }

    fn is_clogged(&self) -> bool {
        self.writer.queued_bytes() >= QUEUE_BYTES_MAX
    }

    fn drive(&mut self, turn: &mut Turn) -> Result<(), Trouble> {
        let mut budget = TURN_BYTES_MAX;
        self.is_hungry = false;
        while !self.is_clogged() {
            let Some(heard) = self.line.poll(turn, &mut budget)? else { break };
            self.handle_heard(heard, turn)?;
        }
        if self.is_clogged() {
            self.line.excuse_silence(turn.now);
        }
        for _ in 0..FEEDS_MAX {
            if let Some(job) = &mut self.job {
                job.feed(&mut self.line, &mut self.reader, turn);
            }
            self.line.tick(self.job.is_some(), turn.now)?;
            // The socket says nothing more while it takes everything: what it would take is looked for here.
            self.is_hungry = self.job.as_ref().is_some_and(|job| job.could_feed(&self.line));
            if !self.is_hungry {
                break;
            }
        }
        if let Some(job) = &mut self.job {
            job.settle(&self.line, turn);
        }
        Ok(())
    }

    fn handle_heard(&mut self, heard: LineHeard, turn: &Turn) -> Result<(), Trouble> {
        if matches!(heard, LineHeard::SessionEnded) {
            return Err(Trouble::Denied(Denial::SessionEnded {}));
        }
        let Some(job) = &mut self.job else {
            // The end of an upload may come after its file.
            let is_late = matches!(heard, LineHeard::TransferEnd(_));
            return if is_late { Ok(()) } else { Err(Trouble::Garbled) };
        };
        match (heard, job.stage) {
            (LineHeard::Ready, Stage::Lining) => job.go_on(&mut self.line, turn),
            (LineHeard::Answer { id, answer }, Stage::Asked { id: asked, what }) if id == asked => {
                return self.handle_answer(what, answer, turn);
            }
            (
                LineHeard::ChunkStart { transfer, offset, data_bytes },
                Stage::Receiving { transfer: own, .. },
            ) => {
                let end = offset.checked_add(data_bytes as u64).filter(|end| *end <= job.total_bytes);
                if transfer != own || offset != job.moved_bytes || end.is_none() {
                    return Err(Trouble::Garbled);
                }
            }
            (LineHeard::Data(piece), Stage::Receiving { .. }) => {
                job.handle_piece(piece, &mut self.writer, turn);
            }
            (LineHeard::TransferEnd(end), Stage::Receiving { transfer, .. }) if end.transfer == transfer => {
                if job.handle_bytes_end(&end, &mut self.writer, turn)? {
                    job.go_on(&mut self.line, turn);
                }
            }
            (LineHeard::TransferEnd(end), stage) if !matches!(stage, Stage::Receiving { .. }) => {
                job.handle_upload_end(&end)?;
            }
            _ => return Err(Trouble::Garbled),
        }
        Ok(())
    }

    fn handle_answer(
        &mut self,
        what: Asked,
        answer: Result<Reply, Denial>,
        turn: &Turn,
    ) -> Result<(), Trouble> {
        let Some(job) = &mut self.job else { return Err(Trouble::Garbled) };
        match (what, answer) {
            (Asked::File { offset }, Ok(Reply::FileStart(start))) => {
                let started = job.handle_start(&start, offset, &mut self.writer, turn);
                if matches!(started, Err(Trouble::Changed)) {
                    // Its chunks are on their way already.
                    self.line.close();
                }
                started?;
            }
            (Asked::Hash, Ok(Reply::TrackHash(hash))) => job.handle_hash(Some(hash.sha256), &mut self.writer),
            (Asked::Hash, Err(Denial::UnknownRequest {})) => job.handle_hash(None, &mut self.writer),
            (Asked::Begin, Ok(Reply::UploadStart(start))) => {
                job.handle_upload_start(start, &mut self.reader, turn)?;
            }
            (Asked::Begin | Asked::Finish, Ok(Reply::File(entry))) => {
                self.conclude(Ending::Uploaded(Box::new(entry)), turn);
            }
            (Asked::Void, Ok(Reply::Done {}) | Err(Denial::NoSuchUpload {})) => {
                job.handle_void();
                job.go_on(&mut self.line, turn);
            }
            (
                Asked::Errand,
                Ok(Reply::Done {})
                | Err(Denial::NoSuchUpload {} | Denial::NoSuchFile {} | Denial::VersionChanged {}),
            ) => {
                if let Task::Errand { then, .. } = &job.task {
                    let then = then.clone();
                    self.conclude(then, turn);
                }
            }
            (_, Err(denial)) => return Err(Trouble::Denied(denial)),
            (_, Ok(_)) => return Err(Trouble::Garbled),
        }
        Ok(())
    }

    fn stumble(&mut self, trouble: Trouble, turn: &Turn) {
        // After a denial or the end of a transfer the line is as good as before.
        match &trouble {
            Trouble::Denied(Denial::SessionEnded {} | Denial::TooManyTransfers { .. })
            | Trouble::Lost
            | Trouble::Garbled
            // Chunks of it wait to be sent still.
            | Trouble::WriteFailed => self.line.close(),
            Trouble::Denied(_) | Trouble::ReadFailed | Trouble::Changed => {}
        }
        let Some(job) = &mut self.job else { return };
        if !job.stage.needs_line() {
            return;
        }
        if let Err(why) = job.handle_trouble(trouble, turn) {
            self.fail(why, turn);
        }
    }

    /// Ends a transfer.
    fn conclude(&mut self, how: Ending, turn: &Turn) {
        let Some(job) = self.job.take() else { return };
        if let Task::Upload(_) = job.task {
            self.reader.close();
            if matches!(how, Ending::Paused | Ending::Failed(_)) && job.stage.needs_line() {
                self.line.close();
            }
        }
        turn.ended(job.id, how);
    }

    /// Gives the transfer up. Of a download it is told when the partial file is closed, so that another
    /// one of the same file may begin at once.
    fn fail(&mut self, why: TransferFault, turn: &Turn) {
        let Some(job) = &mut self.job else { return };
        if job.stage.needs_line() {
            self.line.close();
        }
        if !matches!(job.task, Task::Fetch(_)) {
            return self.conclude(Ending::Failed(why), turn);
        }
        job.stage = Stage::Closing;
        if matches!(why, TransferFault::Changed | TransferFault::Damaged) {
            // Bytes of a version that is gone are no file.
            self.writer.discard();
        } else {
            // What was written is kept for the next download of the same file.
            self.writer.release();
        }
        job.ending = Ending::Failed(why);
    }
}

#[cfg(test)]
mod tests;

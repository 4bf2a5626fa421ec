//! An upload: in which order a file is announced, read, sent and finished.
//!
//! This file does not know connections or the disk, nor when to try again (`job.rs`).

use std::collections::VecDeque;
use std::time::Duration;

use parlour_common::message::{
    BeginUpload, CancelUpload, Denial, FileHash, FinishUpload, Request, TransferEnd, TransferId,
    TransferOutcome, UploadStart,
};

use super::super::line::Line;
use super::super::order::{TransferFault, Upload};
use super::super::reader::{PIECE_BYTES, Reader};
use super::super::turn::Turn;
use super::job::{Asked, Cure, Job, Stage, Task, Trouble};

/// The pieces that are read before the line takes them.
const READ_AHEAD: usize = 4;

/// What may wait for the socket, in bytes.
const QUEUE_BYTES_MAX: usize = 4 * PIECE_BYTES;

/// How often a file may change while it is read: then it begins again.
const CHANGES_MAX: u32 = 3;

/// How long a file that changed is left alone: who writes it may not be done.
const CHANGE_PAUSE: Duration = Duration::from_secs(2);

/// How often what was sent may arrive damaged: then it begins again.
const DAMAGES_MAX: u32 = 1;

pub(super) struct UploadTask {
    pub(super) upload: Upload,
    /// Whether what the daemon has of it is of a file that is another by now.
    is_void: bool,
    /// Whether the file is to be opened anew.
    pub(super) is_shut: bool,
    /// Where this transfer began, and where its next chunk begins.
    begun_at: u64,
    position: u64,
    pieces: VecDeque<Vec<u8>>,
    /// How many pieces the reader was asked for and has not brought.
    awaited: usize,
    sha256: Option<FileHash>,
    changes: u32,
    damages: u32,
}

impl UploadTask {
    pub(super) fn new(upload: Upload) -> Self {
        Self {
            upload,
            is_void: false,
            is_shut: false,
            begun_at: 0,
            position: 0,
            pieces: VecDeque::new(),
            awaited: 0,
            sha256: None,
            changes: 0,
            damages: 0,
        }
    }

    pub(super) fn has_moved(&self) -> bool {
        self.position > self.begun_at
    }

    /// Returns what to ask next.
    pub(super) fn next_request(&self) -> (Request, Asked) {
        let Upload { key, file_name, same_name, seen, .. } = &self.upload;
        if self.is_void {
            return (Request::CancelUpload(CancelUpload { upload: *key }), Asked::Void);
        }
        let begin = BeginUpload {
            upload: *key,
            file_name: file_name.to_string(),
            size_bytes: seen.map_or(0, |seen| seen.size_bytes),
            same_name: *same_name,
        };
        (Request::BeginUpload(begin), Asked::Begin)
    }

    /// Takes a trouble that has to do with the file. Returns how to go on.
    pub(super) fn cure(&mut self, trouble: Trouble) -> Result<Cure, TransferFault> {
        match trouble {
            Trouble::Denied(Denial::DiskFull {} | Denial::StorageUnavailable {}) | Trouble::WriteFailed => {
                Ok(Cure::Later { asked: None })
            }
            Trouble::Denied(denial @ (Denial::NoSuchUpload {} | Denial::UploadIncomplete { .. })) => {
                // It goes on, or begins again, by the same words.
                Ok(Cure::Seldom(TransferFault::Denied(denial)))
            }
            Trouble::Denied(denial @ Denial::UploadDiffers {}) => {
                self.is_void = true;
                Ok(Cure::Seldom(TransferFault::Denied(denial)))
            }
            Trouble::Denied(denial @ Denial::HashMismatch {}) => {
                self.damages += 1;
                if self.damages > DAMAGES_MAX { Err(TransferFault::Denied(denial)) } else { Ok(Cure::Now) }
            }
            Trouble::Denied(denial) => Err(TransferFault::Denied(denial)),
            Trouble::Lost | Trouble::Garbled | Trouble::ReadFailed | Trouble::Changed => {
                Ok(Cure::Later { asked: None })
            }
        }
    }

    /// Takes a piece that was read.
    pub(super) fn handle_piece(&mut self, piece: Vec<u8>) {
        self.awaited = self.awaited.saturating_sub(1);
        self.pieces.push_back(piece);
    }

    /// Takes the end of the file.
    pub(super) fn handle_end(&mut self, sha256: FileHash) {
        self.sha256 = Some(sha256);
    }

    /// Takes it that the file on disk is another than it was. Tells whether it begins again.
    pub(super) fn handle_change(&mut self) -> bool {
        self.changes += 1;
        self.is_void = true;
        self.is_shut = true;
        self.changes <= CHANGES_MAX
    }
}

impl Job {
    fn upload(&mut self) -> Option<&mut UploadTask> {
        if let Task::Upload(task) = &mut self.task { Some(task) } else { None }
    }

    /// Takes what the file on disk looks like. Returns whether that is news.
    pub(super) fn handle_source(&mut self, seen: super::super::order::Seen, turn: &Turn) -> bool {
        let Some(task) = self.upload() else { return false };
        task.is_shut = false;
        let is_news = task.upload.seen != Some(seen);
        // What was sent of it in an earlier run was of other contents.
        task.is_void |= is_news && task.upload.seen.is_some();
        task.upload.seen = Some(seen);
        self.total_bytes = seen.size_bytes;
        self.stage = Stage::Waiting { until: turn.now };
        self.meter.touch(turn.now);
        is_news
    }

    /// Waits until whoever changes the file may be done.
    pub(super) fn rest_after_change(&mut self, turn: &Turn) {
        self.moved_bytes = 0;
        self.meter.stop(turn.now);
        self.stage = Stage::Waiting { until: turn.now + CHANGE_PAUSE };
    }

    /// Takes the word of the daemon that the chunks may come.
    pub(super) fn handle_upload_start(
        &mut self,
        start: UploadStart,
        reader: &mut Reader,
        turn: &Turn,
    ) -> Result<(), Trouble> {
        let total_bytes = self.total_bytes;
        let Some(task) = self.upload().filter(|_| start.offset <= total_bytes) else {
            return Err(Trouble::Garbled);
        };
        (task.begun_at, task.position) = (start.offset, start.offset);
        task.pieces.clear();
        task.awaited = 0;
        task.sha256 = None;
        reader.seek(start.offset);
        self.moved_bytes = start.offset;
        self.stage = Stage::Sending { transfer: start.transfer };
        self.meter.start(turn.now);
        self.meter.touch(turn.now);
        Ok(())
    }

    /// Takes it that the daemon has forgotten what it had of an earlier file.
    pub(super) fn handle_void(&mut self) {
        if let Some(task) = self.upload() {
            task.is_void = false;
        }
    }

    /// Takes the end of a transfer of chunks.
    pub(super) fn handle_upload_end(&mut self, end: &TransferEnd) -> Result<(), Trouble> {
        match (self.stage, end.outcome) {
            (Stage::Sending { transfer }, outcome) if transfer == end.transfer => match outcome {
                TransferOutcome::Whole => Ok(()),
                TransferOutcome::WriteFailed => Err(Trouble::WriteFailed),
                TransferOutcome::Cancelled
                | TransferOutcome::ReadFailed
                | TransferOutcome::Superseded
                | TransferOutcome::Changed => Err(Trouble::Lost),
            },
            // The answer to what was asked after it says more.
            _ => Ok(()),
        }
    }

    /// Sends what was read as far as the line takes it, has more read, and finishes where all is sent.
    pub(super) fn feed(&mut self, line: &mut Line, reader: &mut Reader, turn: &Turn) {
        let (Stage::Sending { transfer }, Task::Upload(task)) = (self.stage, &mut self.task) else {
            return;
        };
        task.send(transfer, line);
        while task.sha256.is_none() && task.pieces.len() + task.awaited < READ_AHEAD {
            task.awaited += 1;
            reader.next();
        }
        let on_its_way = line.queued_bytes() as u64;
        let moved_bytes = task.position.saturating_sub(on_its_way).max(self.moved_bytes);
        if moved_bytes > self.moved_bytes {
            self.meter.add(usize::try_from(moved_bytes - self.moved_bytes).unwrap_or(0), turn.now);
            self.moved_bytes = moved_bytes;
        }
        if let Some(sha256) = task.sha256.filter(|_| task.pieces.is_empty()) {
            let Upload { key, same_name, .. } = task.upload;
            let finish = Request::FinishUpload(FinishUpload { upload: key, sha256, same_name });
            if let Some(id) = line.ask_within(turn.patience.answer, &finish, turn.now) {
                self.stage = Stage::Asked { id, what: Asked::Finish };
            }
        }
    }

    /// Tells whether something was read that the line has room for.
    pub(super) fn could_feed(&self, line: &Line) -> bool {
        match (self.stage, &self.task) {
            (Stage::Sending { .. }, Task::Upload(task)) => {
                !task.pieces.is_empty() && line.queued_bytes() < QUEUE_BYTES_MAX
            }
            _ => false,
        }
    }

    /// Keeps telling how much went while the end is awaited.
    pub(super) fn settle(&mut self, line: &Line, turn: &Turn) {
        if matches!(self.stage, Stage::Asked { what: Asked::Finish, .. })
            && line.queued_bytes() == 0
            && self.moved_bytes < self.total_bytes
        {
            self.moved_bytes = self.total_bytes;
            self.meter.stop(turn.now);
        }
    }
}

impl UploadTask {
    fn send(&mut self, transfer: TransferId, line: &mut Line) {
        while line.queued_bytes() < QUEUE_BYTES_MAX {
            let Some(piece) = self.pieces.pop_front() else { return };
            line.put_chunk(transfer, self.position, &piece);
            self.position += piece.len() as u64;
        }
    }
}

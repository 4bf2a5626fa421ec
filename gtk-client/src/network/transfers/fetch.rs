//! A download: in which order a file is asked for, taken, verified and named.
//!
//! This file does not know connections or the disk, nor when to try again (`job.rs`).

use parlour_common::message::{
    Denial, FetchCard, FetchFile, FetchTrack, FileHash, FileStart, FileVersion, HashTrack, Request,
    TransferEnd, TransferOutcome,
};

use super::super::order::{Fetch, Source, TransferFault};
use super::super::turn::Turn;
use super::super::writer::{Found, Target, Writer};
use super::job::{Asked, Cure, Job, Stage, Task, Trouble};

/// How often a file may change while it is fetched: then it begins again.
const CHANGES_MAX: u32 = 1;

/// How often a file may come damaged: then it begins again.
const DAMAGES_MAX: u32 = 1;

pub(super) struct FetchTask {
    pub(super) target: Target,
    pub(super) size_bytes: u64,
    /// The version that is fetched.
    version: Option<FileVersion>,
    /// The hash of its contents, where it is known.
    sha256: Option<FileHash>,
    /// Whether every byte is with the writer.
    is_whole: bool,
    /// Whether any of it came in this run, not only in an earlier one.
    is_fresh: bool,
    changes: u32,
    damages: u32,
}

impl FetchTask {
    pub(super) fn new(fetch: Fetch, server: String) -> Self {
        let Fetch { source, file_name, size_bytes, folder } = fetch;
        Self {
            target: Target { folder, file_name, source, server },
            size_bytes,
            version: None,
            sha256: None,
            is_whole: false,
            is_fresh: false,
            changes: 0,
            damages: 0,
        }
    }

    /// Returns what to ask next; `moved_bytes`: what is here of the version that was begun.
    pub(super) fn next_request(&self, moved_bytes: u64) -> (Request, Asked) {
        let begun = self.version.filter(|_| moved_bytes > 0);
        let offset = if begun.is_some() { moved_bytes } else { 0 };
        match (self.target.source, begun) {
            (Source::Track(track), Some(version)) if self.is_whole => {
                (Request::HashTrack(HashTrack { track, version }), Asked::Hash)
            }
            (Source::Track(track), version) => {
                let fetch = FetchTrack { track, offset, length: None, version };
                (Request::FetchTrack(fetch), Asked::File { offset })
            }
            // What an earlier run began is known by its version, which the answer repeats.
            (Source::File(file), _) => {
                let sha256 = self.sha256.filter(|_| offset > 0);
                let fetch = FetchFile { file, offset, length: None, sha256 };
                (Request::FetchFile(fetch), Asked::File { offset })
            }
            // What a post shows never becomes something else.
            (Source::Card { conversation, post }, _) => {
                let fetch = FetchCard { conversation, post, offset, length: None };
                (Request::FetchCard(fetch), Asked::File { offset })
            }
        }
    }

    /// Takes a trouble that has to do with the file. Returns how to go on.
    pub(super) fn cure(&mut self, trouble: Trouble, moved_bytes: &mut u64) -> Result<Cure, TransferFault> {
        match trouble {
            Trouble::Changed | Trouble::Denied(Denial::VersionChanged {} | Denial::OffsetOutside { .. }) => {
                // A version begun in an earlier run may well be gone by now; that is no restlessness.
                self.changes += u32::from(self.is_fresh || *moved_bytes == 0);
                if self.changes > CHANGES_MAX {
                    return Err(TransferFault::Changed);
                }
                self.forget(moved_bytes);
                Ok(Cure::Now)
            }
            Trouble::Denied(denial @ Denial::StorageUnavailable {}) => {
                Ok(Cure::Seldom(TransferFault::Denied(denial)))
            }
            Trouble::Denied(denial) => Err(TransferFault::Denied(denial)),
            Trouble::ReadFailed | Trouble::WriteFailed => Ok(Cure::Seldom(TransferFault::ReadFailed)),
            Trouble::Lost | Trouble::Garbled => Ok(Cure::Later { asked: None }),
        }
    }

    /// Begins again at 0.
    fn forget(&mut self, moved_bytes: &mut u64) {
        self.version = None;
        self.sha256 = None;
        self.is_whole = false;
        self.is_fresh = false;
        *moved_bytes = 0;
    }
}

impl Job {
    fn fetch(&mut self) -> Option<&mut FetchTask> {
        if let Task::Fetch(fetch) = &mut self.task { Some(fetch) } else { None }
    }

    /// Takes what was found of an earlier run.
    pub(super) fn handle_opened(&mut self, found: Option<Found>, turn: &Turn) {
        if let (Some(Found { version, bytes }), Some(fetch)) = (found, self.fetch()) {
            fetch.version = Some(version);
            self.moved_bytes = bytes;
        }
        self.stage = Stage::Waiting { until: turn.now };
        self.meter.touch(turn.now);
    }

    /// Takes the announcement of the file.
    pub(super) fn handle_start(
        &mut self,
        start: &FileStart,
        offset: u64,
        writer: &mut Writer,
        turn: &Turn,
    ) -> Result<(), Trouble> {
        let Some(fetch) = self.fetch() else { return Err(Trouble::Garbled) };
        let is_whole = start.offset.checked_add(start.length) == Some(start.size_bytes);
        // Of a member's file the hash is told always, and contents are never joined with others.
        let is_track = matches!(fetch.target.source, Source::Track(_));
        if start.offset != offset || !is_whole || (start.sha256.is_none() && !is_track) {
            return Err(Trouble::Garbled);
        }
        if offset > 0 && fetch.version != Some(start.version) {
            return Err(if is_track { Trouble::Garbled } else { Trouble::Changed });
        }
        fetch.sha256 = start.sha256;
        fetch.version = Some(start.version);
        if offset == 0 {
            writer.begin(start.version, start.size_bytes);
        }
        self.moved_bytes = offset;
        self.total_bytes = start.size_bytes;
        self.stage = Stage::Receiving { transfer: start.transfer, offset };
        self.meter.start(turn.now);
        self.meter.touch(turn.now);
        Ok(())
    }

    /// Takes a piece of the file.
    pub(super) fn handle_piece(&mut self, piece: Vec<u8>, writer: &mut Writer, turn: &Turn) {
        self.moved_bytes += piece.len() as u64;
        self.meter.add(piece.len(), turn.now);
        if let Some(fetch) = self.fetch() {
            fetch.is_fresh = true;
        }
        writer.write(piece);
    }

    /// Takes the end of the bytes. Returns whether the hash is still to be asked for.
    pub(super) fn handle_bytes_end(
        &mut self,
        end: &TransferEnd,
        writer: &mut Writer,
        turn: &Turn,
    ) -> Result<bool, Trouble> {
        match end.outcome {
            TransferOutcome::Whole if self.moved_bytes == self.total_bytes => {}
            TransferOutcome::Whole => return Err(Trouble::Garbled),
            TransferOutcome::Changed => return Err(Trouble::Changed),
            TransferOutcome::Cancelled
            | TransferOutcome::ReadFailed
            | TransferOutcome::WriteFailed
            | TransferOutcome::Superseded => return Err(Trouble::ReadFailed),
        }
        self.meter.stop(turn.now);
        let Some(fetch) = self.fetch() else { return Err(Trouble::Garbled) };
        fetch.is_whole = true;
        let wants_hash = fetch.sha256.is_none() && self.total_bytes > 0;
        if !wants_hash {
            self.finish(writer);
        }
        Ok(wants_hash)
    }

    /// Takes the hash of the track that came. An old daemon knows none: then its word is taken that every
    /// byte was sent.
    pub(super) fn handle_hash(&mut self, sha256: Option<FileHash>, writer: &mut Writer) {
        if let Some(fetch) = self.fetch() {
            fetch.sha256 = sha256;
        }
        self.finish(writer);
    }

    fn finish(&mut self, writer: &mut Writer) {
        self.stage = Stage::Finishing;
        let sha256 = self.fetch().and_then(|fetch| fetch.sha256);
        writer.finish(sha256);
    }

    /// Begins again, for what came was not what the daemon has.
    pub(super) fn handle_damage(&mut self, turn: &Turn) -> Result<(), TransferFault> {
        let Task::Fetch(fetch) = &mut self.task else { return Err(TransferFault::Damaged) };
        fetch.damages += 1;
        if fetch.damages > DAMAGES_MAX {
            return Err(TransferFault::Damaged);
        }
        fetch.forget(&mut self.moved_bytes);
        self.meter.touch(turn.now);
        self.stage = Stage::Waiting { until: turn.now };
        Ok(())
    }
}

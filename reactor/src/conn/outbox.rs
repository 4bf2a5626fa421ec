//! Everything that leaves a connection: in which order, and how fairly.
//!
//! This file does not know where the bytes go. Messages go before chunks; a chunk that began is never
//! interrupted; chunks of several transfers take turns. A chunk begins only if it was allowed: whoever knows
//! all connections shares out what is sent of files. Messages need no leave, and all that wait are put out at
//! once.
//!
//! Invariant: at most one of all frames is partly written, the first message or the chunk in `writing`.

use std::collections::VecDeque;
use std::sync::Arc;

use parlour_common::frame::chunk_head;
use parlour_common::limits::{CHUNK_DATA_BYTES_MAX, CHUNK_HEAD_BYTES};
use parlour_common::message::{Event, ServerMessage, TransferEnd, TransferId, TransferOutcome, encode};

use crate::job::Cold;
use crate::send_file::SendFile;

/// How much of a cold file is warmed at once, in bytes: some chunks, so that a disk reads in long strides.
const WARM_BYTES: u64 = 2 * 1024 * 1024;

/// What stands in for bytes that a file turned out not to have: the length of a chunk was promised.
static ZEROS: [u8; 4096] = [0; 4096];

/// Places for messages that are kept once they are written: what a burst needed is given back.
const MESSAGE_PLACES_KEPT: usize = 64;

/// What must be written next.
#[derive(Debug)]
pub enum Output<'a> {
    /// These messages.
    Messages(Messages<'a>),
    /// These bytes of a chunk; `more` tells that others follow at once.
    Bytes {
        /// What to write.
        bytes: &'a [u8],
        /// Whether the rest of the frame follows.
        more: bool,
    },
    /// Bytes of a file.
    File {
        /// The file.
        file: &'a SendFile,
        /// From where, in bytes.
        offset: u64,
        /// How many.
        bytes: usize,
    },
}

/// All messages that wait, of which as many may be written at once as are taken.
#[derive(Debug)]
pub struct Messages<'a> {
    frames: &'a VecDeque<Arc<[u8]>>,
    written: usize,
}

impl<'a> Messages<'a> {
    /// Returns the bytes that wait, frame by frame; of the first what is left of it.
    pub fn frames(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut written = self.written;
        self.frames.iter().map(move |frame| &frame[std::mem::take(&mut written)..])
    }
}

/// The order of everything leaving.
#[derive(Debug, Default)]
pub struct Outbox {
    messages: VecDeque<Arc<[u8]>>,
    messages_bytes: usize,
    /// Bytes of the first message that were written; 0 within a chunk.
    written: usize,
    /// Transfers between two chunks; the front one has the next turn.
    transfers: VecDeque<Transfer>,
    writing: Writing,
    /// Bytes of files that may be begun now.
    allowance: u64,
}

#[derive(Debug, Default)]
enum Writing {
    #[default]
    Nothing,
    Chunk(Box<Chunk>),
}

#[derive(Debug)]
struct Chunk {
    transfer: Transfer,
    head: [u8; CHUNK_HEAD_BYTES],
    head_written: usize,
    data_left: usize,
}

#[derive(Debug)]
struct Transfer {
    id: TransferId,
    file: SendFile,
    /// The first byte not yet sent.
    offset: u64,
    /// The byte after the last one to send.
    end: u64,
    /// How it must end, once that is decided before its last byte.
    outcome: Option<TransferOutcome>,
    warmth: Warmth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Warmth {
    /// Bytes before this offset were read into the cache.
    Until(u64),
    /// A worker reads.
    Warming,
}

impl Outbox {
    /// Puts a whole frame behind the others. The same bytes may stand in many outboxes.
    pub fn push_message(&mut self, frame: Arc<[u8]>) {
        self.messages_bytes += frame.len();
        self.messages.push_back(frame);
    }

    /// Puts a transfer of the bytes from `offset` to `end` behind the others.
    pub fn push_transfer(&mut self, id: TransferId, file: SendFile, offset: u64, end: u64) {
        let transfer = Transfer { id, file, offset, end, outcome: None, warmth: Warmth::Until(0) };
        self.go_on(transfer);
    }

    /// Ends a transfer after the chunk that began. Returns whether there was one.
    pub fn cancel(&mut self, id: TransferId) -> bool {
        if let Writing::Chunk(chunk) = &mut self.writing
            && chunk.transfer.id == id
        {
            chunk.transfer.outcome = Some(TransferOutcome::Cancelled);
            return true;
        }
        let Some(place) = self.transfers.iter().position(|transfer| transfer.id == id) else { return false };
        self.transfers.remove(place);
        self.push_end(id, TransferOutcome::Cancelled);
        true
    }

    /// Ends all transfers, the chunk that began only after its last byte.
    pub fn cancel_all(&mut self) {
        while let Some(transfer) = self.transfers.pop_front() {
            self.push_end(transfer.id, TransferOutcome::Cancelled);
        }
        if let Writing::Chunk(chunk) = &mut self.writing {
            chunk.transfer.outcome = Some(TransferOutcome::Cancelled);
        }
    }

    /// Returns how many bytes of messages wait, the one being written included.
    pub fn messages_bytes(&self) -> usize {
        self.messages_bytes
    }

    /// Returns how many transfers are under way.
    pub fn transfers(&self) -> usize {
        self.transfers.len() + usize::from(matches!(self.writing, Writing::Chunk(_)))
    }

    /// Tells whether nothing is left to write.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.transfers() == 0 && matches!(self.writing, Writing::Nothing)
    }

    /// Tells whether something could be written without leave: a message, or what was begun. Asking changes
    /// nothing.
    pub fn has_output(&self) -> bool {
        !matches!(self.writing, Writing::Nothing) || !self.messages.is_empty()
    }

    /// Tells whether nothing but leave is missing to begin a chunk, or to look whether its bytes are at hand:
    /// there are transfers that do not wait for a disk, and nothing goes before them. Asking changes nothing.
    pub fn wants_allowance(&self) -> bool {
        !self.has_output() && self.transfers.iter().any(|transfer| transfer.warmth != Warmth::Warming)
    }

    /// Allows so many bytes of files to be begun, in place of what was allowed before. Returns what was left of
    /// that.
    pub fn allow(&mut self, bytes: u64) -> u64 {
        std::mem::replace(&mut self.allowance, bytes)
    }

    /// Returns what must be written next; `None` when there is nothing, or only transfers that wait for a
    /// disk or for leave. What could not be written is returned again.
    pub fn poll_output(&mut self, cold: &mut Vec<Cold>) -> Option<Output<'_>> {
        if !self.has_output() {
            self.begin_chunk(cold);
        }
        match &self.writing {
            Writing::Nothing if self.messages.is_empty() => None,
            Writing::Nothing => {
                Some(Output::Messages(Messages { frames: &self.messages, written: self.written }))
            }
            Writing::Chunk(chunk) if chunk.head_written < CHUNK_HEAD_BYTES => {
                Some(Output::Bytes { bytes: &chunk.head[chunk.head_written..], more: chunk.data_left > 0 })
            }
            Writing::Chunk(chunk) if chunk.transfer.is_short() => {
                Some(Output::Bytes { bytes: &ZEROS[..chunk.data_left.min(ZEROS.len())], more: false })
            }
            Writing::Chunk(chunk) => Some(Output::File {
                file: &chunk.transfer.file,
                offset: chunk.transfer.offset,
                bytes: chunk.data_left,
            }),
        }
    }

    /// Takes note that so many bytes of the last output were written.
    ///
    /// # Panics
    /// If that is more than was put out: the caller counts, no peer has a say in it.
    pub fn handle_written(&mut self, bytes: usize) {
        match &mut self.writing {
            Writing::Nothing => {
                assert!(bytes <= self.messages_bytes, "more written than put out");
                self.messages_bytes -= bytes;
                self.written += bytes;
                self.drop_written();
            }
            Writing::Chunk(chunk) => {
                chunk.handle_written(bytes);
                if chunk.is_written()
                    && let Writing::Chunk(chunk) = std::mem::take(&mut self.writing)
                {
                    self.go_on(chunk.transfer);
                }
            }
        }
    }

    /// Takes note that the file of the last output has ended before its time. The chunk is filled with
    /// zeros, then the transfer ends.
    pub fn handle_file_ended(&mut self) {
        if let Writing::Chunk(chunk) = &mut self.writing {
            chunk.transfer.outcome = Some(TransferOutcome::Changed);
        }
    }

    /// Takes note that the bytes of a transfer up to `until` were read into the cache, or could not be.
    pub fn handle_warmed(&mut self, id: TransferId, until: u64, readable: bool) {
        let Some(place) = self.transfers.iter().position(|transfer| transfer.id == id) else { return };
        self.transfers[place].warmth = Warmth::Until(until);
        if !readable {
            self.transfers.remove(place);
            self.push_end(id, TransferOutcome::ReadFailed);
        }
    }

    /// Forgets the messages that are written.
    fn drop_written(&mut self) {
        while let Some(first) = self.messages.front()
            && self.written >= first.len()
        {
            self.written -= first.len();
            self.messages.pop_front();
        }
        if self.messages.is_empty() {
            self.messages.shrink_to(MESSAGE_PLACES_KEPT);
        }
    }

    /// Begins a chunk of the first transfer whose bytes are at hand. One that must end has its end told instead.
    fn begin_chunk(&mut self, cold: &mut Vec<Cold>) {
        for _ in 0..self.transfers.len() {
            let Some(mut transfer) = self.transfers.pop_front() else { return };
            let bytes = transfer.next_bytes() as u64;
            if bytes > self.allowance && transfer.warmth != Warmth::Warming {
                return self.transfers.push_front(transfer);
            }
            if transfer.is_at_hand(cold) {
                if !transfer.file.is_unchanged() {
                    return self.push_end(transfer.id, TransferOutcome::Changed);
                }
                self.allowance -= bytes;
                self.writing = Writing::Chunk(Box::new(Chunk::of(transfer)));
                return;
            }
            self.transfers.push_back(transfer);
        }
    }

    /// Puts a transfer back into the rotation, or ends it.
    fn go_on(&mut self, transfer: Transfer) {
        match transfer.outcome {
            Some(outcome) => self.push_end(transfer.id, outcome),
            None if transfer.offset < transfer.end => self.transfers.push_back(transfer),
            None if transfer.file.is_unchanged() => self.push_end(transfer.id, TransferOutcome::Whole),
            None => self.push_end(transfer.id, TransferOutcome::Changed),
        }
    }

    fn push_end(&mut self, transfer: TransferId, outcome: TransferOutcome) {
        let event = Event::TransferEnd(TransferEnd { transfer, outcome });
        match encode(&ServerMessage::Event(event)) {
            Ok(frame) => self.push_message(frame.into()),
            Err(error) => unreachable!("the end of a transfer is a few bytes: {error}"),
        }
    }
}

impl Transfer {
    /// Tells whether the next chunk can be read without waiting for a disk; asks for it to be warmed where
    /// not.
    fn is_at_hand(&mut self, cold: &mut Vec<Cold>) -> bool {
        let chunk_end = self.offset + self.next_bytes() as u64;
        match self.warmth {
            Warmth::Warming => return false,
            Warmth::Until(until) if chunk_end <= until => return true,
            Warmth::Until(_) => {}
        }
        if self.file.is_cached(self.offset, chunk_end - self.offset) {
            return true;
        }
        self.warmth = Warmth::Warming;
        let bytes = WARM_BYTES.min(self.end - self.offset);
        cold.push(Cold { transfer: self.id, file: self.file.clone(), offset: self.offset, bytes });
        false
    }

    /// The size of the next chunk, in bytes.
    fn next_bytes(&self) -> usize {
        usize::try_from(self.end - self.offset)
            .map_or(CHUNK_DATA_BYTES_MAX, |left| left.min(CHUNK_DATA_BYTES_MAX))
    }

    /// Tells whether the file has no more bytes to give to a chunk that began.
    fn is_short(&self) -> bool {
        self.outcome == Some(TransferOutcome::Changed)
    }
}

impl Chunk {
    fn of(transfer: Transfer) -> Self {
        let data_left = transfer.next_bytes();
        let head = chunk_head(transfer.id, transfer.offset, data_left);
        Self { transfer, head, head_written: 0, data_left }
    }

    fn handle_written(&mut self, bytes: usize) {
        if self.head_written < CHUNK_HEAD_BYTES {
            self.head_written += bytes;
            assert!(self.head_written <= CHUNK_HEAD_BYTES, "more written than put out");
        } else {
            assert!(bytes <= self.data_left, "more written than put out");
            self.data_left -= bytes;
            self.transfer.offset += bytes as u64;
        }
    }

    fn is_written(&self) -> bool {
        self.head_written == CHUNK_HEAD_BYTES && self.data_left == 0
    }
}

#[cfg(test)]
mod tests;

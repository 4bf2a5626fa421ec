//! Uploads of one connection: which are under way, what came of them, and how much of it is on its way to the
//! disk.
//!
//! This file does not know where the bytes come from or where they are stored. Chunks go in cut anywhere; pieces
//! come out, in order, and what became of each is told later. A transfer ends once: when its last byte is stored,
//! when a piece of it is not, or when somebody wants it to.

use std::collections::VecDeque;

use parlour_common::message::{TransferId, TransferOutcome};

use crate::job::Piece;
use crate::spool::Spool;

/// The most bytes that one reading brings.
pub const READ_BYTES_MAX: usize = 64 * 1024;

/// Bytes of one connection that may be on their way to the disk: what a disk takes in a millisecond or two,
/// and little enough that a thousand who upload at once fit into memory.
const STORING_BYTES_MAX: usize = 512 * 1024;

/// Pieces of one connection that may be on their way, however small: each costs some hundred bytes beside its
/// own.
const STORING_PIECES_MAX: usize = 64;

/// The first number of uploads; those of downloads stay below. So a number tells for ever what it was given to,
/// and nothing has to be remembered of those that have ended.
pub const FIRST_NUMBER: u32 = 1 << 31;

/// Why a chunk cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// Its number is none of an upload.
    #[error("a chunk of transfer {0}, which is no upload of this connection")]
    NoUpload(u32),
    /// It does not begin where the one before ended.
    #[error("a chunk that begins at {offset} where byte {wanted} is next")]
    OutOfOrder {
        /// Where it begins, in bytes.
        offset: u64,
        /// Where it should, in bytes.
        wanted: u64,
    },
    /// It goes on behind the end of the file.
    #[error("a chunk that ends at {end} where the file has {size_bytes} bytes")]
    TooLong {
        /// Where it ends, in bytes.
        end: u64,
        /// The size that was announced, in bytes.
        size_bytes: u64,
    },
}

/// The uploads of one connection.
#[derive(Debug)]
pub struct Uploads {
    /// Those under way.
    open: Vec<Upload>,
    next_number: u32,
    /// The chunk that comes in.
    chunk: Option<Chunk>,
    /// What came and was not handed out: at most one piece of each upload.
    pieces: VecDeque<Piece>,
    /// Bytes, and pieces, that were taken and of which nobody has said what became of them.
    storing_bytes: usize,
    storing_pieces: usize,
    /// Nothing more is to come until a piece is stored.
    is_held: bool,
}

#[derive(Debug)]
struct Upload {
    id: TransferId,
    spool: Spool,
    /// The first byte that has not come.
    taken: u64,
    /// Bytes that came and are not stored.
    storing: u64,
}

#[derive(Debug)]
struct Chunk {
    id: TransferId,
    bytes_left: usize,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            next_number: FIRST_NUMBER,
            chunk: None,
            pieces: VecDeque::new(),
            storing_bytes: 0,
            storing_pieces: 0,
            is_held: false,
        }
    }
}

impl Uploads {
    /// Begins to take bytes for a spool, from `offset` on. Returns the number that their chunks must bear.
    pub fn begin(&mut self, spool: Spool, offset: u64) -> TransferId {
        let id = TransferId(self.next_number);
        self.next_number = self.next_number.checked_add(1).unwrap_or(FIRST_NUMBER);
        self.open.push(Upload { id, spool, taken: offset, storing: 0 });
        id
    }

    /// Ends the upload that writes to the same place as `spool`, if there is one. Returns its number.
    pub fn supersede(&mut self, spool: &Spool) -> Option<TransferId> {
        let id = self.open.iter().find(|upload| upload.spool.blob() == spool.blob())?.id;
        self.end(id).then_some(id)
    }

    /// Ends an upload that is there to its last byte. Returns whether it is.
    pub fn end_whole(&mut self, id: TransferId) -> bool {
        let is_whole = |upload: &Upload| upload.taken == upload.spool.size_bytes() && upload.storing == 0;
        self.open.iter().any(|upload| upload.id == id && is_whole(upload)) && self.end(id)
    }

    /// Ends an upload, wherever it is. Returns whether there was one.
    pub fn end(&mut self, id: TransferId) -> bool {
        let Some(place) = self.open.iter().position(|upload| upload.id == id) else { return false };
        self.open.remove(place);
        true
    }

    /// Ends all. Returns their numbers.
    pub fn end_all(&mut self) -> Vec<TransferId> {
        self.open.drain(..).map(|upload| upload.id).collect()
    }

    /// Returns how many are under way.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Tells whether nothing is on its way to the disk.
    pub fn is_stored(&self) -> bool {
        self.storing_pieces == 0
    }

    /// Tells whether another reading may bring what it likes.
    pub fn has_room(&self) -> bool {
        !self.is_held
            && self.storing_bytes + READ_BYTES_MAX <= STORING_BYTES_MAX
            && self.storing_pieces < STORING_PIECES_MAX
    }

    /// Takes nothing more until a piece is stored, if one is on its way.
    pub fn hold(&mut self) {
        self.is_held = !self.is_stored();
    }

    /// Takes note of a chunk whose data follows.
    pub fn handle_chunk(&mut self, id: TransferId, offset: u64, data_bytes: usize) -> Result<(), ChunkError> {
        match self.open.iter().find(|upload| upload.id == id) {
            Some(upload) => upload.check(offset, data_bytes)?,
            // It was on its way when its upload ended.
            None if (FIRST_NUMBER..self.next_number).contains(&id.0) => {}
            None => return Err(ChunkError::NoUpload(id.0)),
        }
        self.chunk = Some(Chunk { id, bytes_left: data_bytes });
        Ok(())
    }

    /// Takes data of the chunk that began.
    pub fn handle_chunk_bytes(&mut self, data: &[u8]) {
        let Some(chunk) = &mut self.chunk else { return };
        chunk.bytes_left = chunk.bytes_left.saturating_sub(data.len());
        let id = chunk.id;
        let Some(upload) = self.open.iter_mut().find(|upload| upload.id == id) else { return };
        let offset = upload.taken;
        upload.taken += data.len() as u64;
        upload.storing += data.len() as u64;
        self.storing_bytes += data.len();
        if let Some(piece) = self.pieces.iter_mut().find(|piece| piece.transfer == id) {
            piece.bytes.extend_from_slice(data);
            return;
        }
        self.storing_pieces += 1;
        let (spool, bytes) = (upload.spool.clone(), data.to_vec());
        self.pieces.push_back(Piece { transfer: id, spool, offset, bytes });
    }

    /// Tells whether a chunk has begun and is not whole.
    pub fn is_inside_chunk(&self) -> bool {
        self.chunk.as_ref().is_some_and(|chunk| chunk.bytes_left > 0)
    }

    /// Returns bytes to be stored.
    pub fn poll_piece(&mut self) -> Option<Piece> {
        self.pieces.pop_front()
    }

    /// Takes note of what became of a piece. Returns how its transfer ends, if it ends by that.
    pub fn handle_stored(
        &mut self,
        id: TransferId,
        bytes: usize,
        outcome: Result<(), TransferOutcome>,
    ) -> Option<TransferOutcome> {
        self.is_held = false;
        self.storing_bytes = self.storing_bytes.saturating_sub(bytes);
        self.storing_pieces = self.storing_pieces.saturating_sub(1);
        let upload = self.open.iter_mut().find(|upload| upload.id == id)?;
        upload.storing = upload.storing.saturating_sub(bytes as u64);
        match outcome {
            Err(outcome) => self.end(id).then_some(outcome),
            Ok(()) => self.end_whole(id).then_some(TransferOutcome::Whole),
        }
    }
}

impl Upload {
    fn check(&self, offset: u64, data_bytes: usize) -> Result<(), ChunkError> {
        let size_bytes = self.spool.size_bytes();
        if offset != self.taken {
            return Err(ChunkError::OutOfOrder { offset, wanted: self.taken });
        }
        match offset.checked_add(data_bytes as u64) {
            Some(end) if end <= size_bytes => Ok(()),
            end => Err(ChunkError::TooLong { end: end.unwrap_or(u64::MAX), size_bytes }),
        }
    }
}

#[cfg(test)]
mod tests;

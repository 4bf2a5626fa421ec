//! What comes from a peer: frames are taken apart, messages wait to be looked at, chunks become pieces for the
//! disk.
//!
//! This file does not know what a message says or where a piece goes. A chunk that nobody may send ends the
//! connection, one of an upload that has ended is dropped.

use std::time::Duration;

use parlour_common::frame::Frame;
use parlour_common::message::{
    Event, Reply, ServerMessage, TransferEnd, TransferId, TransferOutcome, UploadStart,
};
use zeroize::Zeroizing;

use super::Connection;
use crate::job::Piece;
use crate::spool::Spool;

impl Connection {
    /// Takes bytes from the peer: at most [`READ_BYTES_MAX`](crate::conn::READ_BYTES_MAX).
    pub fn handle_bytes(&mut self, tick: Duration, mut bytes: &[u8]) {
        if self.is_closing() {
            return;
        }
        self.heard = tick;
        loop {
            match self.decoder.decode(&mut bytes) {
                Ok(Some(Frame::Message(payload))) => {
                    self.arrived.push_back(Zeroizing::new(payload));
                    self.frame_began = None;
                }
                Ok(Some(Frame::ChunkStart { transfer, offset, data_bytes })) => {
                    if let Err(error) = self.uploads.handle_chunk(transfer, offset, data_bytes) {
                        return self.close_for_bad_frame(tick, error.to_string());
                    }
                    self.end_frame_unless_inside_chunk();
                }
                Ok(Some(Frame::ChunkData(data))) => {
                    self.uploads.handle_chunk_bytes(data);
                    self.end_frame_unless_inside_chunk();
                }
                Ok(None) => break,
                Err(error) => return self.close_for_bad_frame(tick, error.to_string()),
            }
        }
        self.frame_began =
            if self.decoder.is_inside_frame() { Some(self.frame_began.unwrap_or(tick)) } else { None };
    }

    /// Takes note that the peer has ended its sending side: once what it asked for is answered and written,
    /// and what it sent is stored, the connection is over.
    pub fn handle_end(&mut self) {
        self.ended = true;
    }

    /// Returns bytes of an upload to be stored. They must be handed on before the next request, which may be the
    /// one that ends the upload.
    pub fn poll_piece(&mut self) -> Option<Piece> {
        self.uploads.poll_piece()
    }

    /// Takes nothing more from the peer until one of its pieces is stored, if one is on its way: too much is on
    /// its way from all peers together.
    pub fn hold_uploads(&mut self) {
        self.uploads.hold();
    }

    /// Takes note of what became of so many bytes of [`Self::poll_piece`]; an error ends their transfer.
    pub fn handle_stored(
        &mut self,
        tick: Duration,
        transfer: TransferId,
        bytes: usize,
        outcome: Result<(), TransferOutcome>,
    ) {
        // A disk that is slow is no fault of the peer.
        self.excuse_silence(tick);
        if let Some(outcome) = self.uploads.handle_stored(transfer, bytes, outcome) {
            self.end_upload(tick, transfer, outcome);
        }
    }

    /// Returns how many transfers are under way, both directions together.
    pub(super) fn transfers(&self) -> usize {
        self.outbox.transfers() + self.uploads.len()
    }

    /// Announces that the chunks of an upload may come.
    pub(super) fn begin_upload(&mut self, tick: Duration, id: u32, spool: Spool, offset: u64) {
        if let Some(before) = self.uploads.supersede(&spool) {
            self.end_upload(tick, before, TransferOutcome::Superseded);
        }
        let transfer = self.uploads.begin(spool, offset);
        let reply = Reply::UploadStart(UploadStart { transfer, offset });
        self.push_message(tick, &ServerMessage::Reply { id, reply });
        if self.uploads.end_whole(transfer) {
            self.end_upload(tick, transfer, TransferOutcome::Whole);
        }
    }

    /// Ends an upload, of which what came is kept. Returns whether there was one.
    pub(super) fn cancel_upload(&mut self, tick: Duration, transfer: TransferId) -> bool {
        let was_there = self.uploads.end(transfer);
        if was_there {
            self.end_upload(tick, transfer, TransferOutcome::Cancelled);
        }
        was_there
    }

    /// Ends all uploads.
    pub(super) fn cancel_uploads(&mut self, tick: Duration) {
        for transfer in self.uploads.end_all() {
            self.end_upload(tick, transfer, TransferOutcome::Cancelled);
        }
    }

    /// Ends all transfers, the chunk that is being written only after its last byte.
    pub(super) fn cancel_all(&mut self, tick: Duration) {
        self.outbox.cancel_all();
        self.cancel_uploads(tick);
    }

    /// Says that an upload has ended.
    fn end_upload(&mut self, tick: Duration, transfer: TransferId, outcome: TransferOutcome) {
        let end = TransferEnd { transfer, outcome };
        self.push_message(tick, &ServerMessage::Event(Event::TransferEnd(end)));
    }

    fn end_frame_unless_inside_chunk(&mut self) {
        if !self.uploads.is_inside_chunk() {
            self.frame_began = None;
        }
    }
}

//! What a connection puts into its outbox: answers, and what they change in the connection itself.
//!
//! This file does not know what was asked.

use std::sync::Arc;
use std::time::Duration;

use parlour_common::limits::{
    MESSAGE_BEFORE_SIGN_IN_BYTES_MAX, MESSAGE_BYTES_MAX, TRANSFERS_PER_CONNECTION_MAX,
};
use parlour_common::message::{
    Closing, ClosingReason, Denial, FileStart, Reply, ServerMessage, TransferId, encode,
};

use super::{Connection, Kind, OUTBOX_BYTES_MAX, Phase};
use crate::conn::uploads::FIRST_NUMBER as FIRST_UPLOAD;
use crate::effect::Answer;

impl Connection {
    /// Writes an answer, and does what its success means for the connection.
    pub(super) fn write_answer(&mut self, tick: Duration, id: u32, kind: Kind, answer: Answer) {
        match answer {
            Answer::Reply(reply) => {
                match kind {
                    Kind::Plain | Kind::End => {}
                    // A sign-up that waits for approval lets nobody in.
                    Kind::Enter if matches!(reply, Reply::SignedIn(_)) => self.sign_in(),
                    Kind::Enter => {}
                    Kind::Leave => {
                        self.sign_out();
                        self.cancel_all(tick);
                    }
                }
                self.push_message(tick, &ServerMessage::Reply { id, reply });
                self.tell_early(tick);
                if kind == Kind::End {
                    self.close(
                        tick,
                        Closing { reason: ClosingReason::Goodbye {}, retry_after_ms: None },
                        None,
                    );
                }
            }
            Answer::Denial(denial) => self.push_message(tick, &ServerMessage::Denial { id, denial }),
            // It was asked under a session that has ended; another may wait for its turn behind this.
            Answer::File { .. } | Answer::Upload { .. } if !self.is_signed_in() => {
                let denial = Denial::SessionEnded {};
                self.push_message(tick, &ServerMessage::Denial { id, denial });
            }
            Answer::File { .. } | Answer::Upload { .. }
                if self.transfers() >= TRANSFERS_PER_CONNECTION_MAX =>
            {
                let limit = TRANSFERS_PER_CONNECTION_MAX as u64;
                let denial = Denial::TooManyTransfers { limit: u32::try_from(limit).unwrap_or(u32::MAX) };
                self.push_message(tick, &ServerMessage::Denial { id, denial });
            }
            Answer::File { file_name, file, offset, length, sha256 } => {
                let transfer = TransferId(self.next_transfer);
                self.next_transfer = (self.next_transfer + 1) % FIRST_UPLOAD;
                let (version, size_bytes) = (file.version(), file.size_bytes());
                let start = FileStart { transfer, file_name, version, size_bytes, offset, length, sha256 };
                self.push_message(tick, &ServerMessage::Reply { id, reply: Reply::FileStart(start) });
                self.outbox.push_transfer(transfer, file, offset, offset + length);
            }
            Answer::Upload { spool, offset } => self.begin_upload(tick, id, spool, offset),
        }
    }

    /// Tells what came before the answer that signs in, or lets into the room, which is written.
    fn tell_early(&mut self, tick: Duration) {
        if self.is_signed_in() && !self.asked.holds_entered() {
            self.early_bytes = 0;
            for frame in std::mem::take(&mut self.early) {
                self.push(tick, frame);
            }
        }
    }

    /// Forgets what was to be told to a session that has ended.
    pub(super) fn forget_early(&mut self) {
        self.early.clear();
        self.early_bytes = 0;
    }

    fn sign_in(&mut self) {
        self.phase = Phase::SignedIn;
        self.decoder.set_message_bytes_max(MESSAGE_BYTES_MAX);
    }

    /// Goes back to before sign-in; the time for signing in begins anew at the last sign of life.
    pub(super) fn sign_out(&mut self) {
        self.phase = Phase::Greeted;
        self.forget_early();
        self.opened = self.heard;
        self.decoder.set_message_bytes_max(MESSAGE_BEFORE_SIGN_IN_BYTES_MAX);
    }

    pub(super) fn push_message(&mut self, tick: Duration, message: &ServerMessage) {
        match encode(message) {
            Ok(frame) => {
                debug_assert!(frame.len() <= MESSAGE_BYTES_MAX + 4, "a message of {} bytes", frame.len());
                self.push(tick, frame.into());
            }
            Err(error) => unreachable!("messages are bounded: {error}"),
        }
    }

    pub(super) fn push(&mut self, tick: Duration, frame: Arc<[u8]>) {
        if !self.outbox.has_output() {
            self.progressed = tick;
        }
        self.outbox.push_message(frame);
        if self.outbox.messages_bytes() > OUTBOX_BYTES_MAX {
            self.phase = Phase::Dead;
        }
    }
}

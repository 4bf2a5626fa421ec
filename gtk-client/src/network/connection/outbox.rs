//! What waits to be sent over one connection, in its order.
//!
//! This file does not know what a frame says. It holds little: whoever sends files asks how much waits.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};

use parlour_common::Secret;

/// How the socket took what was to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sent {
    /// The bytes it took.
    pub(super) bytes: usize,
    /// Whether it takes no more just now.
    pub(super) is_full: bool,
    /// Whether it is broken. That is found out by reading: there may still be the daemon's reason to read.
    pub(super) is_broken: bool,
}

#[derive(Default)]
pub(super) struct Outbox {
    /// Secret, for some hold passwords.
    frames: VecDeque<Secret<Vec<u8>>>,
    /// How much of the first was sent.
    sent_bytes: usize,
    queued_bytes: usize,
}

impl Outbox {
    pub(super) fn push(&mut self, frame: Secret<Vec<u8>>) {
        self.queued_bytes += frame.expose().len();
        self.frames.push_back(frame);
    }

    /// Returns the bytes that wait.
    pub(super) fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Sends what the socket takes.
    pub(super) fn write(&mut self, stream: &mut impl Write) -> Sent {
        let mut sent = Sent::default();
        while let Some(frame) = self.frames.front() {
            match stream.write(&frame.expose()[self.sent_bytes..]) {
                Ok(0) => sent.is_full = true,
                Ok(bytes) => {
                    sent.bytes += bytes;
                    self.queued_bytes -= bytes;
                    self.sent_bytes += bytes;
                    if self.sent_bytes == frame.expose().len() {
                        self.frames.pop_front();
                        self.sent_bytes = 0;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    sent.is_full = true;
                    sent.is_broken = error.kind() != ErrorKind::WouldBlock;
                }
            }
            if sent.is_full {
                break;
            }
        }
        sent
    }
}

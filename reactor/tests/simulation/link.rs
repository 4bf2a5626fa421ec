//! A connection and its end of a cable: the mirror of `daemon/link.rs`, step for step, with a cable where
//! that has a socket.
//!
//! It does not know what is asked or answered. Where the two differ in order, this one is wrong.

use std::time::Duration;

use parlour_reactor::conn::{Connection, Messages, Output};
use parlour_reactor::id::ConnId;
use parlour_reactor::net::Moved;
use parlour_reactor::send_file::SendFile;

use super::cable::Cable;
use super::hall::Ready;
use super::rng::Rng;

pub const READ_BYTES_MAX: usize = 64 * 1024;
const WRITE_BYTES_MAX: usize = 512 * 1024;
const FRAMES_AT_ONCE_MAX: u64 = 64;
const LINGER_TIME: Duration = Duration::from_secs(2);
const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// The mirror of `net::Transport`: readiness is told once and remembered.
#[derive(Debug)]
pub struct Transport {
    pub readable: bool,
    pub writable: bool,
    pub ended: bool,
    pub gone: bool,
}

impl Transport {
    pub fn handle_ready(&mut self, ready: Ready) {
        let Ready { readable, writable, ended, gone, .. } = ready;
        self.readable |= readable || ended || gone;
        self.writable |= writable || ended || gone;
        self.ended |= ended || gone;
        self.gone |= gone;
    }

    fn read(&mut self, cable: &mut Cable, tick: Duration) -> (Moved, Vec<u8>) {
        let bytes = cable.up.take(READ_BYTES_MAX);
        if !bytes.is_empty() {
            self.readable = bytes.len() == READ_BYTES_MAX || self.ended;
            return (Moved::Bytes(bytes.len()), bytes);
        }
        if cable.up.is_at_end(tick) {
            return (Moved::Closed, bytes);
        }
        self.readable = false;
        (Moved::Blocked, bytes)
    }

    /// Finds how much the cable takes of so many bytes; now and then less than it could.
    fn room(&mut self, cable: &mut Cable, bytes: usize, rng: &mut Rng) -> Result<usize, Moved> {
        if cable.peer_closed {
            return Err(Moved::Closed);
        }
        if cable.down.room() == 0 || (!cable.is_prompt && rng.once_in(12)) {
            self.writable = false;
            cable.edge_due = true;
            return Err(Moved::Blocked);
        }
        let cut = if rng.once_in(3) { rng.size(bytes) } else { bytes };
        Ok(bytes.min(cut).min(cable.down.room()))
    }

    fn write(&mut self, cable: &mut Cable, bytes: &[u8], rng: &mut Rng) -> Moved {
        match self.room(cable, bytes.len(), rng) {
            Ok(room) => Moved::Bytes(cable.down.write(&bytes[..room])),
            Err(moved) => moved,
        }
    }

    /// Takes some of the frames in one call, and perhaps less than they hold.
    fn write_frames(&mut self, cable: &mut Cable, messages: &Messages<'_>, rng: &mut Rng) -> Moved {
        let frames = rng.between(1, FRAMES_AT_ONCE_MAX) as usize;
        let bytes: Vec<u8> = messages.frames().take(frames).flatten().copied().collect();
        self.write(cable, &bytes, rng)
    }

    fn send_file(
        &mut self,
        cable: &mut Cable,
        file: &SendFile,
        (offset, bytes): (u64, usize),
        rng: &mut Rng,
    ) -> Moved {
        let room = match self.room(cable, bytes, rng) {
            Ok(room) => room,
            Err(moved) => return moved,
        };
        let mut read = vec![0; room];
        match rustix::io::pread(file, &mut read[..], offset).unwrap() {
            0 => Moved::FileEnded,
            count => Moved::Bytes(cable.down.write(&read[..count])),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum End {
    Open,
    Lingering { until: Duration, bytes_left: usize },
    Over,
}

/// A connection and its end of a cable.
pub struct Link {
    pub id: ConnId,
    pub connection: Connection,
    pub transport: Transport,
    /// Its number among all cables.
    pub cable: usize,
    /// Its number in the queue of those who have something to do.
    pub queued: Option<u64>,
    pub is_told: bool,
    pub is_waiting: bool,
    pub armed: Duration,
    /// Bytes of events that it was told.
    pub told_bytes: u64,
    end: End,
}

impl Link {
    pub fn new(id: ConnId, connection: Connection, cable: usize) -> Self {
        let transport = Transport { readable: false, writable: true, ended: false, gone: false };
        Self {
            id,
            connection,
            transport,
            cable,
            queued: None,
            is_told: false,
            is_waiting: false,
            armed: Duration::MAX,
            told_bytes: 0,
            end: End::Open,
        }
    }

    pub fn read(&mut self, tick: Duration, cable: &mut Cable) {
        match self.end {
            End::Open if self.transport.gone && !self.connection.wants_bytes() => self.end = End::Over,
            End::Open if self.transport.readable && self.connection.wants_bytes() => {
                match self.transport.read(cable, tick) {
                    (Moved::Bytes(_), bytes) => self.connection.handle_bytes(tick, &bytes),
                    (Moved::Blocked, _) if self.transport.gone => self.end = End::Over,
                    (Moved::Blocked, _) => {}
                    (Moved::Closed, _) if !self.transport.gone => self.connection.handle_end(),
                    _ => self.end = End::Over,
                }
            }
            End::Lingering { until, bytes_left } if self.transport.readable => {
                match self.transport.read(cable, tick).0 {
                    Moved::Bytes(read) if read <= bytes_left => {
                        self.end = End::Lingering { until, bytes_left: bytes_left - read };
                    }
                    Moved::Blocked => {}
                    _ => self.end = End::Over,
                }
            }
            End::Open | End::Lingering { .. } | End::Over => {}
        }
    }

    /// Writes within the budget of a turn. Once in so many times the disk `fails` instead of giving bytes;
    /// returns whether it did.
    pub fn write(&mut self, tick: Duration, cable: &mut Cable, fails: u64, rng: &mut Rng) -> bool {
        let mut budget = WRITE_BYTES_MAX;
        let mut failed = false;
        while budget > 0 && matches!(self.end, End::Open) && self.transport.writable {
            let moved = match self.connection.poll_output() {
                None => break,
                Some(Output::Messages(messages)) => self.transport.write_frames(cable, &messages, rng),
                Some(Output::Bytes { bytes, .. }) => self.transport.write(cable, bytes, rng),
                Some(Output::File { .. }) if fails > 0 && rng.once_in(fails) => Moved::FileFailed,
                Some(Output::File { file, offset, bytes }) => {
                    self.transport.send_file(cable, file, (offset, bytes), rng)
                }
            };
            match moved {
                Moved::Bytes(written) => {
                    self.connection.handle_written(tick, written);
                    budget = budget.saturating_sub(written);
                }
                Moved::Blocked => break,
                Moved::Closed => self.end = End::Over,
                Moved::FileEnded => self.connection.handle_file_ended(),
                Moved::FileFailed => {
                    failed = true;
                    self.connection.handle_file_failed();
                }
            }
        }
        if matches!(self.end, End::Open) && self.connection.is_done() {
            self.begin_end(tick, cable);
        }
        failed
    }

    pub fn has_more_to_do(&self) -> bool {
        match self.end {
            End::Open => {
                self.transport.gone
                    || self.connection.has_request()
                    || (self.transport.readable && self.connection.wants_bytes())
                    || (self.transport.writable && self.connection.has_output())
            }
            End::Lingering { .. } => self.transport.readable,
            End::Over => false,
        }
    }

    pub fn wants_share(&self) -> bool {
        matches!(self.end, End::Open) && self.transport.writable && self.connection.wants_allowance()
    }

    /// Tells whether requests or bytes lie there that the connection would take, or words that the cable
    /// would: asked to find lost wake-ups.
    pub fn has_something_waiting(&self, cable: &Cable) -> bool {
        let has_bytes = cable.up.has_arrived() && self.connection.wants_bytes();
        let has_room = self.transport.writable && self.connection.has_output();
        matches!(self.end, End::Open) && (has_bytes || has_room || self.connection.has_request())
    }

    pub fn is_over(&self) -> bool {
        matches!(self.end, End::Over)
    }

    pub fn deadline(&self) -> Duration {
        match self.end {
            End::Open => self.connection.deadline(),
            End::Lingering { until, .. } => until,
            End::Over => Duration::ZERO,
        }
    }

    pub fn handle_deadline(&mut self, tick: Duration) {
        match self.end {
            End::Open => self.connection.handle_deadline(tick),
            End::Lingering { until, .. } if tick >= until => self.end = End::Over,
            End::Lingering { .. } | End::Over => {}
        }
    }

    fn begin_end(&mut self, tick: Duration, cable: &mut Cable) {
        self.end = if self.connection.is_stuck() {
            End::Over
        } else {
            cable.down.ended = true;
            End::Lingering { until: tick + LINGER_TIME, bytes_left: LINGER_BYTES_MAX }
        };
    }
}

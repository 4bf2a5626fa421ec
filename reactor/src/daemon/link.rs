//! A connection and its socket: one turn of reading and writing, each within its budget.
//!
//! This file does not know what is asked or answered, nor other links.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use parlour_common::message::Welcome;

use super::shares::Member;
use crate::conn::{Connection, Output, READ_BYTES_MAX};
use crate::id::ConnId;
use crate::net::{Moved, Transport};
use crate::service::Origin;

/// Bytes written to one link in one turn: a chunk and its messages.
const WRITE_BYTES_MAX: usize = 512 * 1024;

/// How long a peer has to end its side after everything was written, and how much it may still send
/// meanwhile. Closing at once would make its kernel throw away what it has not read yet.
const LINGER_TIME: Duration = Duration::from_secs(2);
const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// Bytes that left the program, by the way they took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    /// Copied out of the program's memory.
    pub from_memory: u64,
    /// Moved by the kernel from files.
    pub from_files: u64,
}

/// A connection and its socket.
pub struct Link {
    /// Its name.
    pub id: ConnId,
    /// Where on the network it comes from; `None` if it is the operator's.
    pub origin: Option<Origin>,
    /// Its protocol.
    pub connection: Connection,
    /// Its socket.
    pub transport: Transport,
    /// Cleared when it is buried, for work that waits.
    pub alive: Arc<AtomicBool>,
    /// Its number in the queue of those who have something to do, if it stands there.
    pub queued: Option<u64>,
    /// Whether it stands in the queue of those who were told something.
    pub is_told: bool,
    /// Whether it stands in the queue of strangers.
    pub is_listed: bool,
    /// Whether it waits for its share of what is sent of files.
    pub is_waiting: bool,
    /// On whose account it sends: the last who was signed in.
    pub member: Member,
    /// The deadline that stands for it in the daemon's heap.
    pub armed: Duration,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum End {
    /// It is served.
    Open,
    /// Everything was written; the peer may end its side.
    Lingering { until: Duration, bytes_left: usize },
    /// It is to be buried.
    Over,
}

impl Link {
    /// Joins a socket to a new connection.
    pub fn new(
        id: ConnId,
        tick: Duration,
        transport: Transport,
        origin: Option<Origin>,
        welcome: Arc<Welcome>,
    ) -> Self {
        Self {
            id,
            origin,
            connection: Connection::new(tick, welcome),
            transport,
            alive: Arc::new(AtomicBool::new(true)),
            queued: None,
            is_told: false,
            is_listed: false,
            is_waiting: false,
            member: None,
            armed: Duration::MAX,
            end: End::Open,
        }
    }

    /// Reads once, if the connection wants more and there may be more.
    pub fn read(&mut self, tick: Duration, buffer: &mut [u8; READ_BYTES_MAX]) {
        match self.end {
            // What it said before is read to its end; beyond that nobody is there to be answered.
            End::Open if self.transport.is_gone() && !self.connection.wants_bytes() => self.end = End::Over,
            End::Open if self.transport.is_readable() && self.connection.wants_bytes() => {
                match self.transport.read(buffer) {
                    Moved::Bytes(read) => self.connection.handle_bytes(tick, &buffer[..read]),
                    Moved::Blocked if self.transport.is_gone() => self.end = End::Over,
                    Moved::Blocked => {}
                    Moved::Closed if !self.transport.is_gone() => self.connection.handle_end(),
                    Moved::Closed | Moved::FileEnded | Moved::FileFailed => self.end = End::Over,
                }
            }
            End::Lingering { until, bytes_left } if self.transport.is_readable() => {
                match self.transport.read(buffer) {
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

    /// Writes what is to be written, within the budget of a turn; of files only what was begun before, or is
    /// allowed. Tells what left.
    pub fn write(&mut self, tick: Duration) -> Sent {
        let mut sent = Sent::default();
        let mut budget = WRITE_BYTES_MAX;
        while budget > 0 && matches!(self.end, End::Open) && self.transport.is_writable() {
            let (moved, is_file) = match self.connection.poll_output() {
                None => break,
                Some(Output::Messages(messages)) => {
                    (self.transport.write_frames(messages.frames(), budget), false)
                }
                Some(Output::Bytes { bytes, more }) => (self.transport.write(bytes, more), false),
                Some(Output::File { file, offset, bytes }) => {
                    (self.transport.send_file(file, offset, bytes), true)
                }
            };
            match moved {
                Moved::Bytes(written) => {
                    self.connection.handle_written(tick, written);
                    budget = budget.saturating_sub(written);
                    *(if is_file { &mut sent.from_files } else { &mut sent.from_memory }) += written as u64;
                }
                Moved::Blocked => break,
                Moved::Closed => self.end = End::Over,
                Moved::FileEnded => self.connection.handle_file_ended(),
                Moved::FileFailed => self.connection.handle_file_failed(),
            }
        }
        if matches!(self.end, End::Open) && self.connection.is_done() {
            self.begin_end(tick);
        }
        sent
    }

    /// Tells whether another turn would move something.
    pub fn has_more_to_do(&self) -> bool {
        match self.end {
            End::Open => {
                self.transport.is_gone()
                    || self.connection.has_request()
                    || (self.transport.is_readable() && self.connection.wants_bytes())
                    || (self.transport.is_writable() && self.connection.has_output())
            }
            End::Lingering { .. } => self.transport.is_readable(),
            End::Over => false,
        }
    }

    /// Tells whether it has to wait for its share of what is sent of files: nothing else keeps it from sending.
    pub fn wants_share(&self) -> bool {
        matches!(self.end, End::Open) && self.transport.is_writable() && self.connection.wants_allowance()
    }

    /// Tells whether it is to be buried.
    pub fn is_over(&self) -> bool {
        matches!(self.end, End::Over)
    }

    /// Returns when [`Self::handle_deadline`] wants to be called.
    pub fn deadline(&self) -> Duration {
        match self.end {
            End::Open => self.connection.deadline(),
            End::Lingering { until, .. } => until,
            End::Over => Duration::ZERO,
        }
    }

    /// Does what is due.
    pub fn handle_deadline(&mut self, tick: Duration) {
        match self.end {
            End::Open => self.connection.handle_deadline(tick),
            End::Lingering { until, .. } if tick >= until => self.end = End::Over,
            End::Lingering { .. } | End::Over => {}
        }
    }

    fn begin_end(&mut self, tick: Duration) {
        self.end = if self.connection.is_stuck() {
            End::Over
        } else {
            self.transport.end_writing();
            End::Lingering { until: tick + LINGER_TIME, bytes_left: LINGER_BYTES_MAX }
        };
    }
}

//! One more connection of the session, beside the one for questions: files travel on it.
//!
//! This file knows how such a connection is opened and told apart from a lost one. It does not know what
//! is fetched over it.

use std::mem;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::Token;
use parlour_common::Secret;
use parlour_common::limits::MESSAGE_BEFORE_SIGN_IN_BYTES_MAX;
use parlour_common::message::{Denial, Event, Reply, Request, SessionToken, TransferEnd, TransferId};

use super::LinkFault;
use super::connection::{Connection, Heard};
use super::dial::Dial;
use super::turn::{Turn, earlier};

/// A line that nobody uses is closed after this long.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// What came over a line.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub(super) enum LineHeard {
    /// The line may be used from now on.
    Ready,
    /// The session has ended.
    SessionEnded,
    /// The answer to a request.
    Answer { id: u32, answer: Result<Reply, Denial> },
    /// A chunk begins.
    ChunkStart { transfer: TransferId, offset: u64, data_bytes: usize },
    /// Data of the chunk that began last.
    Data(Vec<u8>),
    /// A transfer ended.
    TransferEnd(TransferEnd),
}

pub(super) struct Line {
    stage: Stage,
    used_at: Option<Instant>,
    data_patience: Duration,
    /// When something of the file must have come; `None` while none is expected.
    data_by: Option<Instant>,
    /// How many questions are not answered.
    asked: u32,
}

enum Stage {
    Closed,
    Dialing(Dial, Secret<SessionToken>),
    Connected(Box<Connection>),
}

impl Line {
    pub(super) fn closed() -> Self {
        Self { stage: Stage::Closed, used_at: None, data_patience: Duration::ZERO, data_by: None, asked: 0 }
    }

    pub(super) fn open(&mut self, peer: SocketAddr, session: &Secret<SessionToken>, turn: &mut Turn) {
        self.stage = Stage::Dialing(Dial::peer(peer, turn), session.clone());
        self.data_patience = turn.patience.data;
        self.data_by = None;
        self.asked = 0;
    }

    pub(super) fn close(&mut self) {
        self.stage = Stage::Closed;
        self.data_by = None;
    }

    /// Says goodbye and closes.
    pub(super) fn leave(&mut self, now: Instant) {
        if let Stage::Connected(connection) = mem::replace(&mut self.stage, Stage::Closed) {
            connection.leave(now);
        }
        self.data_by = None;
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.stage, Stage::Closed)
    }

    /// Tells whether the line may be used.
    pub(super) fn is_ready(&self) -> bool {
        matches!(&self.stage, Stage::Connected(connection) if connection.is_open())
    }

    pub(super) fn handle_ready(&mut self, token: Token, readable: bool, writable: bool) {
        match &mut self.stage {
            Stage::Closed => {}
            Stage::Dialing(dial, _) => dial.handle_ready(token),
            Stage::Connected(connection) => connection.handle_ready(token, readable, writable),
        }
    }

    /// Asks for a file over a line that is ready. Returns the number that the answer repeats.
    pub(super) fn ask(&mut self, request: &Request, now: Instant) -> Option<u32> {
        self.ask_within(self.data_patience, request, now)
    }

    /// Asks over a line that is ready what may take the daemon so long to answer.
    pub(super) fn ask_within(&mut self, patience: Duration, request: &Request, now: Instant) -> Option<u32> {
        match &mut self.stage {
            Stage::Connected(connection) => {
                self.data_by = Some(now + patience);
                self.asked += 1;
                // What is asked of files is a name and a few numbers.
                connection.ask(request, MESSAGE_BEFORE_SIGN_IN_BYTES_MAX, now).ok()
            }
            Stage::Closed | Stage::Dialing(..) => None,
        }
    }

    /// Sends a piece of a file.
    pub(super) fn put_chunk(&mut self, transfer: TransferId, offset: u64, bytes: &[u8]) {
        if let Stage::Connected(connection) = &mut self.stage {
            connection.put_chunk(transfer, offset, bytes);
        }
    }

    /// Returns the bytes that wait for the socket.
    pub(super) fn queued_bytes(&self) -> usize {
        match &self.stage {
            Stage::Connected(connection) => connection.queued_bytes(),
            Stage::Closed | Stage::Dialing(..) => 0,
        }
    }

    /// Takes the next thing that came. After a fault the line is closed.
    pub(super) fn poll(
        &mut self,
        turn: &mut Turn,
        budget: &mut usize,
    ) -> Result<Option<LineHeard>, LinkFault> {
        let polled = self.try_poll(turn, budget);
        if matches!(polled, Ok(Some(LineHeard::Answer { .. }))) {
            self.asked = self.asked.saturating_sub(1);
        }
        match &polled {
            Ok(Some(LineHeard::Answer { answer: Ok(Reply::FileStart(_)), .. } | LineHeard::Data(_))) => {
                self.data_by = Some(turn.now + self.data_patience);
            }
            // The end of an upload may come while the answer to the next question is still awaited.
            Ok(Some(LineHeard::Answer { .. } | LineHeard::TransferEnd(_))) if self.asked == 0 => {
                self.data_by = None;
            }
            Ok(_) => {}
            Err(_) => self.close(),
        }
        polled
    }

    /// Does what is due. After a fault the line is closed.
    pub(super) fn tick(&mut self, is_used: bool, now: Instant) -> Result<(), LinkFault> {
        if is_used || self.is_closed() {
            self.used_at = None;
        } else if *self.used_at.get_or_insert(now) + IDLE_MAX <= now {
            self.leave(now);
        }
        let Stage::Connected(connection) = &mut self.stage else { return Ok(()) };
        let is_stuck = self.data_by.is_some_and(|data_by| data_by <= now);
        // A daemon may answer every ping and yet have forgotten the file.
        let ticked = if is_stuck { Err(LinkFault::Silent) } else { connection.tick(now) };
        if ticked.is_err() {
            self.close();
        }
        ticked
    }

    /// Says that the owner does not poll just now.
    pub(super) fn excuse_silence(&mut self, now: Instant) {
        if let Stage::Connected(connection) = &mut self.stage {
            connection.excuse_silence(now);
            self.data_by = self.data_by.map(|_| now + self.data_patience);
        }
    }

    /// Returns when the line wants a turn; `is_polled`: whether it would be polled in it.
    pub(super) fn deadline(&self, is_polled: bool, now: Instant) -> Option<Instant> {
        let idle_at = self.used_at.map(|used_at| used_at + IDLE_MAX);
        let stage_at = match &self.stage {
            Stage::Closed => return None,
            Stage::Dialing(dial, _) => dial.deadline(),
            Stage::Connected(connection) if is_polled && connection.has_more() => now,
            Stage::Connected(connection) => connection.deadline(),
        };
        earlier(earlier(idle_at, self.data_by), Some(stage_at))
    }

    fn try_poll(&mut self, turn: &mut Turn, budget: &mut usize) -> Result<Option<LineHeard>, LinkFault> {
        if let Stage::Dialing(dial, session) = &mut self.stage {
            let Some(dialed) = dial.poll(turn) else { return Ok(None) };
            let connection = Connection::open(dialed?, Some(session.clone()), turn);
            self.stage = Stage::Connected(Box::new(connection));
        }
        while let Stage::Connected(connection) = &mut self.stage {
            let heard = match connection.poll(turn.now, budget)? {
                None => return Ok(None),
                // Nothing to do: the first connection hears the same, or the end of this one follows.
                Some(
                    Heard::Welcome(_)
                    | Heard::Event(
                        Event::LibraryChanged(_)
                        | Event::Closing(_)
                        | Event::AccountChanged(_)
                        | Event::UsersChanged { .. }
                        | Event::FilesChanged {}
                        | Event::FileShared(_)
                        | Event::DiskLow(_)
                        | Event::Said(_)
                        | Event::PostChanged(_)
                        | Event::SeatsChanged(_)
                        | Event::SeatLost(_)
                        | Event::MarkedRead(_),
                    ),
                ) => continue,
                Some(Heard::Resumed(_)) => LineHeard::Ready,
                Some(Heard::NotResumed | Heard::Event(Event::SessionEnded {})) => LineHeard::SessionEnded,
                Some(Heard::Event(Event::TransferEnd(end))) => LineHeard::TransferEnd(end),
                Some(Heard::Answer { id, answer }) => LineHeard::Answer { id, answer },
                Some(Heard::ChunkStart { transfer, offset, data_bytes }) => {
                    LineHeard::ChunkStart { transfer, offset, data_bytes }
                }
                Some(Heard::Data(data)) => LineHeard::Data(data),
            };
            return Ok(Some(heard));
        }
        Ok(None)
    }
}

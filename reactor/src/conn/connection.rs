//! The protocol as one peer speaks it.
//!
//! This file does not know who a peer is: it knows greeting, heartbeat, order of answers, deadlines and
//! the end. `handle_*`: something came in. `poll_*`: take what must go out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parlour_common::frame::FrameDecoder;
use parlour_common::limits::{
    DEVICE_NAME_BYTES_MAX, MESSAGE_BEFORE_SIGN_IN_BYTES_MAX, PROTOCOL_VERSION, REQUESTS_UNDER_WAY_MAX,
};
use parlour_common::message::{
    CancelTransfer, Closing, ClosingReason, Denial, Event, Hello, Reply, Request, RequestError,
    ServerMessage, TransferId, Welcome, decode_request,
};

use zeroize::Zeroizing;

mod answers;
mod deadlines;
mod receiving;

use super::asked::{Asked, Kind};
use super::outbox::{Outbox, Output};
use super::uploads::Uploads;
use crate::effect::Answer;
use crate::job::Cold;

/// Bytes of waiting messages over which no further request is read, nor one looked at that was: what is
/// under way then cannot bring a peer that reads over the limit below. What waits in the kernel keeps the
/// network busy meanwhile.
const OUTBOX_PAUSE_BYTES: usize = 64 * 1024;

/// The same as long as nobody is signed in: the answers are small, and there may be many strangers.
const OUTBOX_PAUSE_BEFORE_SIGN_IN_BYTES: usize = 8 * 1024;

/// Requests that are the connection's own affair and are handled at one go, so that a peer which asks for
/// nothing by the thousand waits for the others.
const OWN_REQUESTS_AT_ONCE_MAX: usize = 32;

/// Places for messages that are kept for the next reading.
const ARRIVED_PLACES_KEPT: usize = 64;

/// Bytes of waiting messages over which the connection is ended: the peer does not read.
const OUTBOX_BYTES_MAX: usize = 1024 * 1024;

/// A connection that is being closed has this long to take what is left.
const CLOSING_TIME_MAX: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was heard but, perhaps, parts of a hello.
    Fresh,
    /// Hello was said.
    Greeted,
    /// Someone is signed in.
    SignedIn,
    /// No request is read any more; what is left is written until the tick.
    Closing(Duration),
    /// Nothing more is written.
    Dead,
}

/// The protocol state of one peer. It has no `Debug`: what arrived may hold a password.
pub struct Connection {
    welcome: Arc<Welcome>,
    phase: Phase,
    decoder: FrameDecoder,
    /// Messages that came and were not yet looked at: at most what one reading brings.
    arrived: VecDeque<Zeroizing<Vec<u8>>>,
    /// Requests handed out, in the order of asking.
    asked: Asked,
    next_transfer: u32,
    outbox: Outbox,
    uploads: Uploads,
    /// What was told before the answer that signs in, or lets into the room.
    early: Vec<Arc<[u8]>>,
    early_bytes: usize,
    cold: Vec<Cold>,
    opened: Duration,
    heard: Duration,
    frame_began: Option<Duration>,
    progressed: Duration,
    /// The peer has ended its sending side. It may still read.
    ended: bool,
    /// The peer has said that it goes.
    said_goodbye: bool,
}

impl Connection {
    /// Begins to speak with a peer that was accepted at `tick`.
    pub fn new(tick: Duration, welcome: Arc<Welcome>) -> Self {
        Self {
            welcome,
            phase: Phase::Fresh,
            decoder: FrameDecoder::new(MESSAGE_BEFORE_SIGN_IN_BYTES_MAX),
            arrived: VecDeque::new(),
            asked: Asked::default(),
            next_transfer: 1,
            outbox: Outbox::default(),
            uploads: Uploads::default(),
            early: Vec::new(),
            early_bytes: 0,
            cold: Vec::new(),
            opened: tick,
            heard: tick,
            frame_began: None,
            progressed: tick,
            ended: false,
            said_goodbye: false,
        }
    }

    /// Tells whether someone is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.phase == Phase::SignedIn
    }

    /// Tells whether more bytes may be read: all that came was handled, the peer takes its answers, and the disk
    /// what it uploads.
    pub fn wants_bytes(&self) -> bool {
        !self.ended && self.arrived.is_empty() && self.takes_requests() && self.uploads.has_room()
    }

    /// Tells whether [`Self::poll_request`] has something to look at and may.
    pub fn has_request(&self) -> bool {
        !self.arrived.is_empty() && self.takes_requests()
    }

    /// Tells whether the connection is over: everything that could be written was.
    pub fn is_done(&self) -> bool {
        match self.phase {
            Phase::Dead => true,
            Phase::Closing(_) => self.outbox.is_empty(),
            Phase::Fresh | Phase::Greeted | Phase::SignedIn => {
                self.ended
                    && self.arrived.is_empty()
                    && self.asked.len() == 0
                    && self.uploads.is_stored()
                    && self.outbox.is_empty()
            }
        }
    }

    /// Tells whether the peer has said that it goes, be that answered or not.
    pub fn has_said_goodbye(&self) -> bool {
        self.said_goodbye
    }

    /// Tells whether the connection is being closed.
    pub fn is_closing(&self) -> bool {
        matches!(self.phase, Phase::Closing(_) | Phase::Dead)
    }

    /// Tells whether the peer takes nothing more, so that nothing is to be waited for.
    pub fn is_stuck(&self) -> bool {
        self.phase == Phase::Dead
    }

    /// Returns the next request that is not the connection's own affair, with its sequence. `None` may also
    /// mean that others should have their turn first; [`Self::has_request`] tells.
    pub fn poll_request(&mut self, tick: Duration) -> Option<(u64, Request)> {
        self.excuse_silence(tick);
        for _ in 0..OWN_REQUESTS_AT_ONCE_MAX {
            if !self.takes_requests() {
                return None;
            }
            let payload = self.arrived.pop_front()?;
            if self.arrived.is_empty() {
                self.arrived.shrink_to(ARRIVED_PLACES_KEPT);
            }
            match decode_request(&payload) {
                Ok(envelope) => {
                    let sequence = self.asked.push(envelope.id, Kind::of(&envelope.request));
                    if let Some(request) = self.handle_request(tick, sequence, envelope.request) {
                        return Some((sequence, request));
                    }
                }
                Err(RequestError::Denied { id, denial }) => {
                    let sequence = self.asked.push(id, Kind::Plain);
                    self.answer(tick, sequence, Answer::Denial(denial));
                }
                Err(RequestError::Unreadable(reason)) => self.close_for_bad_frame(tick, reason),
            }
        }
        None
    }

    /// Answers a request. Answers leave in the order of asking, whatever the order of this call.
    pub fn answer(&mut self, tick: Duration, sequence: u64, answer: Answer) {
        self.excuse_silence(tick);
        self.asked.handle_answer(sequence, answer);
        while let Some((id, kind, answer)) = self.asked.poll_answer() {
            self.write_answer(tick, id, kind, answer);
        }
    }

    /// Tells the peer something, in a frame that may stand in many outboxes.
    pub fn tell(&mut self, tick: Duration, frame: Arc<[u8]>) {
        if self.is_closing() {
            return;
        }
        if (self.is_entering() && !self.is_signed_in()) || self.asked.holds_entered() {
            // Whoever hears it must have heard first that they are signed in, or in the room: who hears that they have
            // lost a seat before they hear that they have it would believe the latter. Those answers may wait for others.
            self.early_bytes += frame.len();
            self.early.push(frame);
            if self.early_bytes > OUTBOX_BYTES_MAX {
                self.phase = Phase::Dead;
            }
            return;
        }
        self.push(tick, frame);
    }

    /// Takes note that the session was ended elsewhere, and says so.
    pub fn handle_session_ended(&mut self, tick: Duration) {
        self.forget_early();
        // It may have ended before the peer heard of it, behind the answer to an older request.
        if !self.asked.deny_entered() && self.phase == Phase::SignedIn {
            self.sign_out();
            self.cancel_all(tick);
            self.asked.deny_found();
            self.push_message(tick, &ServerMessage::Event(Event::SessionEnded {}));
        }
    }

    /// Begins to close: says why, writes what is left, then is done. At a shutdown running downloads may
    /// end until `drain`; else they are dropped. Uploads end at once, for nothing is read any more.
    pub fn close(&mut self, tick: Duration, closing: Closing, drain: Option<Duration>) {
        if self.is_closing() {
            return;
        }
        if drain.is_none() {
            self.outbox.cancel_all();
        }
        self.cancel_uploads(tick);
        self.push_message(tick, &ServerMessage::Event(Event::Closing(closing)));
        if self.phase != Phase::Dead {
            self.phase = Phase::Closing(drain.unwrap_or(tick + CLOSING_TIME_MAX));
        }
        self.arrived.clear();
        self.asked.clear();
    }

    /// Tells whether something could be written without leave: all but chunks that have not begun.
    pub fn has_output(&self) -> bool {
        self.phase != Phase::Dead && self.outbox.has_output()
    }

    /// Tells whether nothing but leave is missing to go on with the bytes of files.
    pub fn wants_allowance(&self) -> bool {
        self.phase != Phase::Dead && self.outbox.wants_allowance()
    }

    /// Allows so many bytes of files to be begun.
    pub fn allow(&mut self, tick: Duration, bytes: u64) {
        if !self.outbox.has_output() {
            // Until now nothing could be taken: that was no fault of the peer.
            self.progressed = tick;
        }
        self.outbox.allow(bytes);
    }

    /// Takes leave back. Returns how many bytes of it were not used.
    pub fn disallow(&mut self) -> u64 {
        self.outbox.allow(0)
    }

    /// Tells whether a way in is being decided.
    pub fn is_entering(&self) -> bool {
        self.asked.is_barred()
    }

    /// Returns what must be written next. What could not be written is returned again.
    pub fn poll_output(&mut self) -> Option<Output<'_>> {
        if self.phase == Phase::Dead { None } else { self.outbox.poll_output(&mut self.cold) }
    }

    /// Takes note that so many bytes of the last output were written.
    pub fn handle_written(&mut self, tick: Duration, bytes: usize) {
        self.excuse_silence(tick);
        self.progressed = tick;
        self.outbox.handle_written(bytes);
    }

    /// Takes note that the file of the last output has ended before its time.
    pub fn handle_file_ended(&mut self) {
        self.outbox.handle_file_ended();
    }

    /// Takes note that the file of the last output cannot be read. The promised bytes of the chunk cannot
    /// be had, and zeros in their place could be taken for them: the connection ends within the chunk.
    pub fn handle_file_failed(&mut self) {
        self.phase = Phase::Dead;
    }

    /// Returns bytes that a worker must read before a transfer can go on.
    pub fn poll_cold(&mut self) -> Option<Cold> {
        self.cold.pop()
    }

    /// Takes note of what became of [`Self::poll_cold`]: the bytes up to `until` were read, or cannot be.
    pub fn handle_warmed(&mut self, tick: Duration, transfer: TransferId, until: u64, readable: bool) {
        // A disk that is slow is no fault of the peer.
        self.progressed = tick;
        self.outbox.handle_warmed(transfer, until, readable);
    }

    fn takes_requests(&self) -> bool {
        let pause_bytes = match self.phase {
            Phase::Fresh | Phase::Greeted => OUTBOX_PAUSE_BEFORE_SIGN_IN_BYTES,
            Phase::SignedIn => OUTBOX_PAUSE_BYTES,
            Phase::Closing(_) | Phase::Dead => return false,
        };
        self.asked.len() < REQUESTS_UNDER_WAY_MAX
            && !self.asked.is_barred()
            && self.outbox.messages_bytes() < pause_bytes
    }

    /// Handles what is the connection's own affair; returns what is not.
    fn handle_request(&mut self, tick: Duration, sequence: u64, request: Request) -> Option<Request> {
        let answer = match request {
            Request::Hello(hello) => self.handle_hello(&hello),
            Request::Ping {} => Answer::Reply(Reply::Done {}),
            Request::Goodbye {} => {
                self.said_goodbye = true;
                Answer::Reply(Reply::Done {})
            }
            _ if self.phase == Phase::Fresh => Answer::Denial(Denial::HelloFirst {}),
            Request::CancelTransfer(_) if !self.is_signed_in() => Answer::Denial(Denial::SignInFirst {}),
            Request::CancelTransfer(CancelTransfer { transfer }) => {
                if self.outbox.cancel(transfer) || self.cancel_upload(tick, transfer) {
                    Answer::Reply(Reply::Done {})
                } else {
                    Answer::Denial(Denial::NoSuchTransfer {})
                }
            }
            request => return Some(request),
        };
        self.answer(tick, sequence, answer);
        None
    }

    fn handle_hello(&mut self, hello: &Hello) -> Answer {
        if self.phase != Phase::Fresh {
            return Answer::Denial(Denial::HelloAgain {});
        }
        if hello.protocol < PROTOCOL_VERSION {
            return Answer::Denial(Denial::VersionUnsupported {
                oldest: PROTOCOL_VERSION,
                newest: PROTOCOL_VERSION,
            });
        }
        let client = &hello.client[..hello.client.floor_char_boundary(DEVICE_NAME_BYTES_MAX)];
        tracing::debug!(?client, "a client says hello");
        self.phase = Phase::Greeted;
        Answer::Reply(Reply::Welcome(Welcome::clone(&self.welcome)))
    }

    fn close_for_bad_frame(&mut self, tick: Duration, reason: String) {
        let reason = ClosingReason::BadFrame { reason };
        self.close(tick, Closing { reason, retry_after_ms: None }, None);
    }
}

#[cfg(test)]
mod tests;

//! One connection from its first byte to its last: hello, resume, heartbeat, frames.
//!
//! This file knows how a client speaks to a daemon. It does not know why it connects, what is asked or
//! what becomes of the bytes of files. It is pulled: whoever does not poll it leaves the bytes in the
//! socket, and the daemon waits.

mod outbox;

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};
use std::net::{Shutdown, SocketAddr};
use std::ops::Range;
use std::time::{Duration, Instant};

use mio::Token;
use mio::net::TcpStream;
use parlour_common::Secret;
use parlour_common::frame::{Frame, FrameDecoder, chunk_head};
use parlour_common::limits::{MESSAGE_BYTES_MAX, PROTOCOL_VERSION};
use parlour_common::message::{
    Closing, Denial, Event, Hello, Reply, Request, RequestEnvelope, Resume, ServerMessage, SessionToken,
    SignedIn, TransferId, Welcome, decode_server_message, encode,
};

use self::outbox::Outbox;
use super::LinkFault;
use super::dial::Connected;
use super::turn::Turn;

/// The bytes taken from the socket at once.
const READ_BYTES: usize = 64 * 1024;

/// How long a daemon may take from `closing` to the end.
const CLOSING_PATIENCE: Duration = Duration::from_secs(3);

/// What came from the daemon.
#[derive(Debug)]
pub(super) enum Heard {
    /// The daemon said welcome.
    Welcome(Welcome),
    /// The session goes on.
    Resumed(SignedIn),
    /// The session has ended: the connection is as before sign-in.
    NotResumed,
    /// The answer to a request of [`Connection::ask`].
    Answer { id: u32, answer: Result<Reply, Denial> },
    /// An event.
    Event(Event),
    /// A chunk begins.
    ChunkStart { transfer: TransferId, offset: u64, data_bytes: usize },
    /// Data of the chunk that began last.
    Data(Vec<u8>),
}

/// A request that was not sent: it is longer than the daemon takes.
pub(super) struct TooLong;

/// Who asked what is not yet answered.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    Hello,
    Resume,
    /// The answer interests nobody.
    Quietly,
    ByOwner,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Greeting,
    Resuming,
    Open,
}

pub(super) struct Connection {
    stream: TcpStream,
    token: Token,
    peer: SocketAddr,
    readable: bool,
    writable: bool,
    decoder: FrameDecoder,
    inbox: Box<[u8]>,
    unread: Range<usize>,
    outbox: Outbox,
    /// Whether what waits to be sent are pieces of a file.
    carries_file: bool,
    asked: VecDeque<(u32, Asked)>,
    last_id: u32,
    session: Option<Secret<SessionToken>>,
    stage: Stage,
    stage_ends_at: Option<Instant>,
    hello_patience: Duration,
    heartbeat: Duration,
    silence_max: Duration,
    under_way_max: usize,
    last_sent: Instant,
    last_received: Instant,
    closing: Option<Closing>,
}

impl Connection {
    /// Says hello on a fresh socket, and resumes the session where there is one.
    pub(super) fn open(
        connected: Connected,
        session: Option<Secret<SessionToken>>,
        turn: &Turn,
    ) -> Connection {
        let Connected { token, stream, peer } = connected;
        // A socket that cannot do without Nagle's delay works all the same, only slower.
        let _ = stream.set_nodelay(true);
        let mut connection = Self {
            stream,
            token,
            peer,
            readable: true,
            writable: true,
            decoder: FrameDecoder::new(MESSAGE_BYTES_MAX),
            inbox: vec![0; READ_BYTES].into_boxed_slice(),
            unread: 0..0,
            outbox: Outbox::default(),
            carries_file: false,
            asked: VecDeque::new(),
            last_id: 0,
            session,
            stage: Stage::Greeting,
            stage_ends_at: Some(turn.now + turn.patience.hello),
            hello_patience: turn.patience.hello,
            heartbeat: turn.patience.hello,
            silence_max: turn.patience.hello,
            under_way_max: 1,
            last_sent: turn.now,
            last_received: turn.now,
            closing: None,
        };
        let client = concat!("parlour ", env!("CARGO_PKG_VERSION")).to_owned();
        let hello = Request::Hello(Hello { protocol: PROTOCOL_VERSION, client });
        let _ = connection.put(&hello, Asked::Hello, MESSAGE_BYTES_MAX, turn.now);
        connection
    }

    pub(super) fn handle_ready(&mut self, token: Token, readable: bool, writable: bool) {
        if token == self.token {
            self.readable |= readable;
            self.writable |= writable;
        }
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Tells whether questions may be asked: the daemon said welcome, and the session goes on if there is
    /// one.
    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open && self.closing.is_none()
    }

    /// Tells whether the daemon said welcome.
    pub(super) fn is_welcome(&self) -> bool {
        self.stage != Stage::Greeting
    }

    /// Tells whether one more question may go out before others are answered.
    pub(super) fn has_room(&self) -> bool {
        self.is_open() && self.asked.len() < self.under_way_max
    }

    /// Tells whether a poll would find something without waiting for the socket.
    pub(super) fn has_more(&self) -> bool {
        self.readable || !self.unread.is_empty()
    }

    /// Returns how long the daemon asked to be left alone when it closed.
    pub(super) fn asked_pause(&self) -> Option<Duration> {
        self.closing.as_ref()?.retry_after_ms.map(|ms| Duration::from_millis(ms.into()))
    }

    /// Asks. Returns the number that the answer repeats.
    pub(super) fn ask(&mut self, request: &Request, bytes_max: usize, now: Instant) -> Result<u32, TooLong> {
        self.put(request, Asked::ByOwner, bytes_max, now)
    }

    /// Sends a piece of a file.
    pub(super) fn put_chunk(&mut self, transfer: TransferId, offset: u64, bytes: &[u8]) {
        let mut frame = chunk_head(transfer, offset, bytes.len()).to_vec();
        frame.extend_from_slice(bytes);
        self.outbox.push(Secret::new(frame));
        self.carries_file = true;
    }

    /// Returns the bytes that wait for the socket.
    pub(super) fn queued_bytes(&self) -> usize {
        self.outbox.queued_bytes()
    }

    /// Says goodbye, if the socket takes it at once, and closes.
    pub(super) fn leave(mut self, now: Instant) {
        if self.stage != Stage::Greeting
            && self.put(&Request::Goodbye {}, Asked::Quietly, MESSAGE_BYTES_MAX, now).is_ok()
        {
            self.write(now);
        }
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Takes the next thing that came. `None`: nothing more for now, or the turn's `budget` is used up.
    pub(super) fn poll(&mut self, now: Instant, budget: &mut usize) -> Result<Option<Heard>, LinkFault> {
        loop {
            let mut input = &self.inbox[self.unread.clone()];
            let before = input.len();
            let frame = self.decoder.decode(&mut input);
            self.unread.start += before - input.len();
            let heard = match frame {
                Ok(Some(Frame::Message(payload))) => self.handle_message(&payload, now)?,
                Ok(Some(Frame::ChunkStart { transfer, offset, data_bytes })) => {
                    self.check_greeted()?;
                    Some(Heard::ChunkStart { transfer, offset, data_bytes })
                }
                Ok(Some(Frame::ChunkData(data))) => Some(Heard::Data(data.to_vec())),
                Ok(None) => {
                    if !self.fill(now, budget)? {
                        return Ok(None);
                    }
                    None
                }
                Err(_) => return Err(self.garbled()),
            };
            if heard.is_some() {
                return Ok(heard);
            }
        }
    }

    /// Does what is due: sends, pings, and finds out that the daemon is gone.
    pub(super) fn tick(&mut self, now: Instant) -> Result<(), LinkFault> {
        if self.stage_ends_at.is_some_and(|ends_at| ends_at <= now) {
            return Err(match &self.closing {
                Some(closing) => LinkFault::Closed(Some(closing.reason.clone())),
                None => LinkFault::TimedOut,
            });
        }
        if now.saturating_duration_since(self.last_received) >= self.silence_max {
            return Err(LinkFault::Silent);
        }
        if self.is_open() && now.saturating_duration_since(self.last_sent) >= self.heartbeat {
            // A ping is never too long.
            let _ = self.put(&Request::Ping {}, Asked::Quietly, MESSAGE_BYTES_MAX, now);
        }
        self.write(now);
        Ok(())
    }

    /// Says that the owner does not poll just now, so that the silence is its own.
    pub(super) fn excuse_silence(&mut self, now: Instant) {
        self.last_received = now;
    }

    pub(super) fn deadline(&self) -> Instant {
        let silent_at = self.last_received + self.silence_max;
        let ping_at = if self.is_open() { self.last_sent + self.heartbeat } else { silent_at };
        self.stage_ends_at.unwrap_or(silent_at).min(silent_at).min(ping_at)
    }

    fn put(&mut self, request: &Request, by: Asked, bytes_max: usize, now: Instant) -> Result<u32, TooLong> {
        self.last_id = self.last_id.wrapping_add(1);
        let envelope = RequestEnvelope { id: self.last_id, request: request.clone() };
        let frame = Secret::new(encode(&envelope).map_err(|_| TooLong)?);
        if frame.expose().len() > bytes_max + 4 {
            return Err(TooLong);
        }
        self.outbox.push(frame);
        self.asked.push_back((self.last_id, by));
        self.last_sent = now;
        Ok(self.last_id)
    }

    fn write(&mut self, now: Instant) {
        if !self.writable {
            return;
        }
        let sent = self.outbox.write(&mut self.stream);
        self.writable = !sent.is_full;
        self.readable |= sent.is_broken;
        if sent.bytes > 0 {
            self.last_sent = now;
            if self.carries_file {
                // A peer that is gone takes no more than the kernel holds; one that takes more is there.
                self.last_received = now;
            }
        }
        self.carries_file &= self.outbox.queued_bytes() > 0;
    }

    /// Takes bytes from the socket. Tells whether there were any.
    fn fill(&mut self, now: Instant, budget: &mut usize) -> Result<bool, LinkFault> {
        while self.readable && *budget > 0 {
            match self.stream.read(&mut self.inbox) {
                Ok(0) => return Err(self.closed()),
                Ok(bytes) => {
                    self.unread = 0..bytes;
                    self.last_received = now;
                    *budget = budget.saturating_sub(bytes);
                    return Ok(true);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(self.closed()),
            }
        }
        Ok(false)
    }

    fn handle_message(&mut self, payload: &[u8], now: Instant) -> Result<Option<Heard>, LinkFault> {
        match decode_server_message(payload) {
            Ok(None) => Ok(None),
            Ok(Some(ServerMessage::Event(event))) => {
                if let Event::Closing(closing) = &event {
                    self.closing = Some(closing.clone());
                    self.stage_ends_at = Some(now + CLOSING_PATIENCE);
                }
                Ok(Some(Heard::Event(event)))
            }
            Ok(Some(ServerMessage::Reply { id, reply })) => self.handle_answer(id, Ok(reply), now),
            Ok(Some(ServerMessage::Denial { id, denial })) => self.handle_answer(id, Err(denial), now),
            Err(_) => Err(self.garbled()),
        }
    }

    fn handle_answer(
        &mut self,
        id: u32,
        answer: Result<Reply, Denial>,
        now: Instant,
    ) -> Result<Option<Heard>, LinkFault> {
        let asked = self.asked.pop_front().filter(|(asked_id, _)| *asked_id == id);
        let Some((_, by)) = asked else { return Err(self.garbled()) };
        match (by, answer) {
            (Asked::ByOwner, answer) => Ok(Some(Heard::Answer { id, answer })),
            (Asked::Quietly, _) => Ok(None),
            (Asked::Hello, Ok(Reply::Welcome(welcome))) => self.handle_welcome(welcome, now).map(Some),
            (Asked::Resume, Ok(Reply::SignedIn(signed_in))) => {
                self.become_open();
                Ok(Some(Heard::Resumed(signed_in)))
            }
            (Asked::Resume, Err(Denial::SessionEnded {})) => {
                self.become_open();
                Ok(Some(Heard::NotResumed))
            }
            (_, Err(Denial::VersionUnsupported { .. })) => Err(LinkFault::VersionUnsupported),
            (_, Err(denial)) => Err(LinkFault::Denied(denial)),
            (_, Ok(_)) => Err(self.garbled()),
        }
    }

    fn handle_welcome(&mut self, welcome: Welcome, now: Instant) -> Result<Heard, LinkFault> {
        if welcome.protocol != PROTOCOL_VERSION {
            return Err(LinkFault::VersionUnsupported);
        }
        // The numbers are the daemon's wish; what would make this client run hot is not granted.
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds.clamp(1, 24 * 3600)));
        self.heartbeat = seconds(welcome.limits.heartbeat_seconds);
        self.silence_max = seconds(welcome.limits.silence_seconds_max).max(self.heartbeat);
        self.under_way_max =
            usize::try_from(welcome.limits.requests_under_way_max.clamp(1, 1024)).unwrap_or(1);
        match self.session.take() {
            Some(session) => {
                self.stage = Stage::Resuming;
                self.stage_ends_at = Some(now + self.hello_patience);
                let resume = Request::Resume(Resume { session });
                // A resume is never too long.
                let _ = self.put(&resume, Asked::Resume, MESSAGE_BYTES_MAX, now);
            }
            None => self.become_open(),
        }
        Ok(Heard::Welcome(welcome))
    }

    fn become_open(&mut self) {
        self.stage = Stage::Open;
        if self.closing.is_none() {
            self.stage_ends_at = None;
        }
    }

    /// Refuses what may only come once the greeting is over.
    fn check_greeted(&self) -> Result<(), LinkFault> {
        if self.stage == Stage::Open { Ok(()) } else { Err(self.garbled()) }
    }

    fn garbled(&self) -> LinkFault {
        if self.stage == Stage::Greeting { LinkFault::NotParlour } else { LinkFault::Garbled }
    }

    fn closed(&self) -> LinkFault {
        LinkFault::Closed(self.closing.as_ref().map(|closing| closing.reason.clone()))
    }
}

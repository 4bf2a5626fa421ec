//! The connection that questions go over, and what becomes of it when it is lost.
//!
//! This file knows who is signed in and when to connect anew. It does not know how a connection speaks,
//! nor files.

use std::collections::VecDeque;
use std::mem;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::Token;
use parlour_common::Secret;
use parlour_common::limits::MESSAGE_BEFORE_SIGN_IN_BYTES_MAX;
use parlour_common::message::{Denial, Event, Reply, Request, SessionToken};

use super::connection::{Connection, Heard};
use super::dial::{Addresses, Dial};
use super::reconnect::Backoff;
use super::turn::{TURN_BYTES_MAX, Turn};
use super::{Answer, LinkFault, LinkState, Report, ServerAddress, Ticket, TransferFault};

/// The questions that may wait for those before them; further ones are `busy` at once.
const ASKS_WAITING_MAX: usize = 4096;

/// A connection that lasted so long was a good one: the next loss is no repetition of the last.
const GOOD_AFTER: Duration = Duration::from_secs(10);

/// How the other connections stand towards the session.
pub(super) enum Standing<'a> {
    /// There is no session, for this reason.
    Out(TransferFault),
    /// There is one; the daemon is not there just now.
    Away,
    /// There is one, at this address.
    In { peer: SocketAddr, session: &'a Secret<SessionToken> },
}

pub(super) struct Control {
    server: Option<ServerAddress>,
    stage: Stage,
    /// Whether a daemon was ever met at this address.
    worked: bool,
    up_since: Option<Instant>,
    backoff: Backoff,
    session: Option<Secret<SessionToken>>,
    /// Whether this very connection is signed in.
    signed_in: bool,
    /// Why there is no session, for transfers that want one.
    out: TransferFault,
    message_bytes_max: usize,
    message_before_sign_in_bytes_max: usize,
    waiting: VecDeque<(Ticket, Request)>,
    under_way: VecDeque<(u32, Ticket, Kind)>,
}

enum Stage {
    Idle,
    Dialing(Dial),
    Connected(Box<Connection>),
    Waiting { until: Instant },
    GivenUp,
}

/// What an answer means for the session.
enum Kind {
    SignIn,
    Resume(Secret<SessionToken>),
    SignOut,
    Other,
}

impl Control {
    pub(super) fn new(backoff: Backoff) -> Self {
        Self {
            server: None,
            stage: Stage::Idle,
            worked: false,
            up_since: None,
            backoff,
            session: None,
            signed_in: false,
            out: TransferFault::Disconnected,
            message_bytes_max: MESSAGE_BEFORE_SIGN_IN_BYTES_MAX,
            message_before_sign_in_bytes_max: MESSAGE_BEFORE_SIGN_IN_BYTES_MAX,
            waiting: VecDeque::new(),
            under_way: VecDeque::new(),
        }
    }

    pub(super) fn connect(&mut self, server: ServerAddress, turn: &mut Turn) {
        if self.server.as_ref() == Some(&server) {
            match &self.stage {
                Stage::Dialing(_) | Stage::Connected(_) => {}
                Stage::Idle | Stage::Waiting { .. } | Stage::GivenUp => self.dial(turn),
            }
            return;
        }
        self.leave(turn);
        self.server = Some(server);
        self.dial(turn);
    }

    pub(super) fn disconnect(&mut self, turn: &mut Turn) {
        self.leave(turn);
        turn.report(Report::Link(LinkState::Idle));
    }

    pub(super) fn retry_now(&mut self, turn: &mut Turn) {
        if matches!(self.stage, Stage::Waiting { .. } | Stage::GivenUp) {
            self.dial(turn);
        }
    }

    pub(super) fn ask(&mut self, ticket: Ticket, request: Request, turn: &Turn) {
        let welcome = matches!(&self.stage, Stage::Connected(connection) if connection.is_welcome());
        let answer = match request {
            _ if !welcome => Answer::Lost,
            Request::Hello(_)
            | Request::Goodbye {}
            | Request::FetchTrack(_)
            | Request::FetchCover(_)
            | Request::FetchFile(_)
            | Request::BeginUpload(_)
            | Request::FinishUpload(_)
            | Request::CancelTransfer(_) => {
                let reason = "it has a command of its own".to_owned();
                Answer::Denied(Denial::BadRequest { reason })
            }
            _ if self.waiting.len() >= ASKS_WAITING_MAX => {
                Answer::Denied(Denial::Busy { retry_after_ms: 1000 })
            }
            request => return self.waiting.push_back((ticket, request)),
        };
        turn.report(Report::Answered { ticket, answer });
    }

    /// Returns the name of the server, to tell its files from those of another.
    pub(super) fn server_name(&self) -> String {
        self.server.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    pub(super) fn standing(&self) -> Standing<'_> {
        match (&self.session, &self.stage) {
            (None, _) => Standing::Out(self.out.clone()),
            (Some(session), Stage::Connected(connection)) if self.signed_in => {
                Standing::In { peer: connection.peer(), session }
            }
            (Some(_), _) => Standing::Away,
        }
    }

    pub(super) fn handle_addresses(&mut self, addresses: Addresses) {
        if let Stage::Dialing(dial) = &mut self.stage {
            dial.handle_addresses(addresses);
        }
    }

    pub(super) fn handle_ready(&mut self, token: Token, readable: bool, writable: bool) {
        match &mut self.stage {
            Stage::Dialing(dial) => dial.handle_ready(token),
            Stage::Connected(connection) => connection.handle_ready(token, readable, writable),
            Stage::Idle | Stage::Waiting { .. } | Stage::GivenUp => {}
        }
    }

    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        match &self.stage {
            Stage::Idle | Stage::GivenUp => None,
            Stage::Dialing(dial) => Some(dial.deadline()),
            Stage::Connected(connection) if connection.has_more() => Some(now),
            Stage::Connected(connection) => Some(connection.deadline()),
            Stage::Waiting { until } => Some(*until),
        }
    }

    /// Does what there is to do this turn.
    pub(super) fn turn(&mut self, turn: &mut Turn) {
        if matches!(self.stage, Stage::Waiting { until } if until <= turn.now) {
            self.dial(turn);
        }
        if let Stage::Dialing(dial) = &mut self.stage {
            match dial.poll(turn) {
                None => return,
                Some(Err(fault)) => return self.lose(fault, turn),
                Some(Ok(connected)) => {
                    let connection = Connection::open(connected, self.session.clone(), turn);
                    self.stage = Stage::Connected(Box::new(connection));
                }
            }
        }
        if let Err(fault) = self.converse(turn) {
            self.lose(fault, turn);
        }
    }

    fn converse(&mut self, turn: &mut Turn) -> Result<(), LinkFault> {
        let mut budget = TURN_BYTES_MAX;
        while let Stage::Connected(connection) = &mut self.stage {
            let Some(heard) = connection.poll(turn.now, &mut budget)? else { break };
            self.handle_heard(heard, turn)?;
        }
        self.pump(turn);
        match &mut self.stage {
            Stage::Connected(connection) => connection.tick(turn.now),
            _ => Ok(()),
        }
    }

    fn handle_heard(&mut self, heard: Heard, turn: &mut Turn) -> Result<(), LinkFault> {
        match heard {
            Heard::Welcome(welcome) => {
                self.worked = true;
                self.up_since = Some(turn.now);
                let bytes = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
                self.message_bytes_max = bytes(welcome.limits.message_bytes_max);
                self.message_before_sign_in_bytes_max =
                    bytes(welcome.limits.message_before_sign_in_bytes_max);
                turn.report(Report::Link(LinkState::Up { welcome }));
            }
            Heard::Resumed(signed_in) => {
                self.signed_in = true;
                turn.report(Report::Link(LinkState::Resumed { signed_in }));
            }
            Heard::NotResumed => {
                self.end_session(TransferFault::Denied(Denial::SessionEnded {}));
                turn.report(Report::Told(Event::SessionEnded {}));
            }
            Heard::Answer { id, answer } => self.handle_answer(id, answer, turn)?,
            Heard::Event(Event::TransferEnd(_)) | Heard::ChunkStart { .. } | Heard::Data(_) => {
                return Err(LinkFault::Garbled);
            }
            Heard::Event(event) => {
                if event == (Event::SessionEnded {}) {
                    self.end_session(TransferFault::Denied(Denial::SessionEnded {}));
                }
                turn.report(Report::Told(event));
            }
        }
        Ok(())
    }

    fn handle_answer(
        &mut self,
        id: u32,
        answer: Result<Reply, Denial>,
        turn: &Turn,
    ) -> Result<(), LinkFault> {
        let asked = self.under_way.pop_front().filter(|(asked_id, ..)| *asked_id == id);
        let (_, ticket, kind) = asked.ok_or(LinkFault::Garbled)?;
        match (&answer, kind) {
            (Ok(Reply::SignedIn(signed_in)), Kind::SignIn) => {
                self.session.clone_from(&signed_in.session);
                self.signed_in = true;
            }
            (Ok(Reply::SignedIn(_)), Kind::Resume(session)) => {
                self.session = Some(session);
                self.signed_in = true;
            }
            (Ok(_), Kind::SignOut) => self.end_session(TransferFault::Disconnected),
            _ => {}
        }
        let answer = match answer {
            Ok(reply) => Answer::Reply(reply),
            Err(denial) => Answer::Denied(denial),
        };
        turn.report(Report::Answered { ticket, answer });
        Ok(())
    }

    /// Sends the questions that wait, as many as the daemon takes at once.
    fn pump(&mut self, turn: &Turn) {
        let Stage::Connected(connection) = &mut self.stage else { return };
        while connection.has_room() {
            let Some((ticket, request)) = self.waiting.pop_front() else { return };
            let bytes_max =
                if self.signed_in { self.message_bytes_max } else { self.message_before_sign_in_bytes_max };
            match connection.ask(&request, bytes_max, turn.now) {
                Ok(id) => self.under_way.push_back((id, ticket, Kind::of(request))),
                Err(_) => {
                    let reason = "it is longer than the daemon takes".to_owned();
                    let answer = Answer::Denied(Denial::BadRequest { reason });
                    turn.report(Report::Answered { ticket, answer });
                }
            }
        }
    }

    fn dial(&mut self, turn: &mut Turn) {
        let Some(server) = &self.server else { return };
        self.stage = Stage::Dialing(Dial::server(server, turn));
        turn.report(Report::Link(LinkState::Connecting));
    }

    fn lose(&mut self, why: LinkFault, turn: &Turn) {
        let stage = mem::replace(&mut self.stage, Stage::GivenUp);
        let asked_pause = match (&stage, &why) {
            (
                _,
                LinkFault::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }),
            ) => Some(Duration::from_millis(u64::from(*retry_after_ms))),
            (Stage::Connected(connection), _) => connection.asked_pause(),
            _ => None,
        };
        drop(stage);
        self.signed_in = false;
        self.lose_asks(turn);
        if self.up_since.take().is_some_and(|since| turn.now.saturating_duration_since(since) >= GOOD_AFTER) {
            self.backoff.reset();
        }
        let retry_in =
            (self.worked && why != LinkFault::VersionUnsupported).then(|| self.backoff.pause(asked_pause));
        if let Some(pause) = retry_in {
            self.stage = Stage::Waiting { until: turn.now + pause };
        }
        turn.report(Report::Link(LinkState::Lost { why, retry_in }));
    }

    /// Ends everything with this server.
    fn leave(&mut self, turn: &Turn) {
        if let Stage::Connected(connection) = mem::replace(&mut self.stage, Stage::Idle) {
            connection.leave(turn.now);
        }
        self.lose_asks(turn);
        self.end_session(TransferFault::Disconnected);
        self.server = None;
        self.worked = false;
        self.up_since = None;
        self.backoff.reset();
    }

    fn lose_asks(&mut self, turn: &Turn) {
        let under_way = self.under_way.drain(..).map(|(_, ticket, _)| ticket);
        for ticket in under_way.chain(self.waiting.drain(..).map(|(ticket, _)| ticket)) {
            turn.report(Report::Answered { ticket, answer: Answer::Lost });
        }
    }

    fn end_session(&mut self, out: TransferFault) {
        self.session = None;
        self.signed_in = false;
        self.out = out;
    }
}

impl Kind {
    fn of(request: Request) -> Self {
        match request {
            Request::SignUp(_) | Request::SignIn(_) => Self::SignIn,
            Request::Resume(resume) => Self::Resume(resume.session),
            Request::SignOut {} => Self::SignOut,
            _ => Self::Other,
        }
    }
}

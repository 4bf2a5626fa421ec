//! The people's side of the daemon: who may do what, and what comes of it.
//!
//! This room does not know descriptors, threads, clocks or how records are kept. A request goes in by a
//! door and effects come out; what is slow or durable is an effect, whose end comes in by another door.
//! What is held here (sessions, the library's index) is in memory and quick to touch.

mod library;
mod session;
mod sign_in;
mod throttle;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use parlour_common::message::{Denial, Event, LibraryState, Policies, Reply, Request};
use parlour_common::names::PhonePattern;

pub use throttle::Origin;

use crate::effect::{Answer, Effect};
use crate::id::{Asker, ConnId, Now, Ticket};
use crate::job::{Completion, Job};
use crate::music::Published;
use crate::store::{Applied, Change, ChangeError, TokenHash, UserId};
use library::WaitingForFile;
use sign_in::{Opening, WaitingForSession};
use throttle::Throttle;

/// How long a client waits before it asks again, when a queue was full.
const BUSY_RETRY: Duration = Duration::from_secs(1);

/// A connection, as far as people are concerned.
#[derive(Debug)]
struct Peer {
    origin: Origin,
    session: Option<Session>,
}

/// Who is signed in on a connection.
#[derive(Clone, Debug, PartialEq)]
struct Session {
    user: UserId,
    token_hash: TokenHash,
}

/// What happens when slow work ends.
#[derive(Debug)]
enum Waiting {
    Session(WaitingForSession),
    Opening(Box<Opening>),
    Closing(Session),
    /// A session on the line is being written down as in use.
    Keeping(Session),
    Page,
    File(WaitingForFile),
    /// Nobody waits; the change was a courtesy.
    Nothing,
}

/// All that people can do.
#[derive(Debug)]
pub struct Service {
    phone_pattern: PhonePattern,
    strict_sign_in_errors: bool,
    peers: BTreeMap<ConnId, Peer>,
    /// How many connections a member acts on.
    connections_of: BTreeMap<UserId, u32>,
    waiting: BTreeMap<Ticket, (Asker, Waiting)>,
    /// The change under way that removes expired sessions, and as of when, in milliseconds since 1970.
    sweeping: Option<(Ticket, u64)>,
    next_ticket: u64,
    throttle: Throttle,
    library: Published,
    effects: VecDeque<Effect>,
}

impl Service {
    /// Begins with nobody signed in and the library as it is.
    pub fn new(policies: &Policies, phone_pattern: PhonePattern, library: Published) -> Self {
        Self {
            phone_pattern,
            strict_sign_in_errors: policies.strict_sign_in_errors,
            peers: BTreeMap::new(),
            connections_of: BTreeMap::new(),
            waiting: BTreeMap::new(),
            sweeping: None,
            next_ticket: 0,
            throttle: Throttle::default(),
            library,
            effects: VecDeque::new(),
        }
    }

    /// Takes note of a new connection, and of where it comes from.
    pub fn handle_opened(&mut self, conn: ConnId, origin: Origin) {
        self.peers.insert(conn, Peer { origin, session: None });
    }

    /// Takes a request of a connection that is open.
    pub fn handle_request(&mut self, now: Now, asker: Asker, request: Request) {
        let Some(Peer { origin, .. }) = self.peers.get(&asker.conn) else { return };
        match request {
            Request::SignUp(form) => self.handle_sign_up(now, asker, *origin, form),
            Request::SignIn(form) => self.handle_sign_in(now, asker, *origin, form),
            Request::Resume(form) => self.handle_resume(now, asker, *origin, form),
            Request::SignOut {} => self.handle_sign_out(asker),
            Request::SearchLibrary(search) => self.handle_search(asker, search),
            Request::FetchTrack(fetch) => self.handle_fetch_track(asker, &fetch),
            Request::FetchCover(fetch) => self.handle_fetch_cover(asker, &fetch),
            Request::RequestReset(_)
            | Request::CheckCode(_)
            | Request::ResetPassword(_)
            | Request::GetAccount {}
            | Request::EditAccount(_)
            | Request::ChangePassword(_)
            | Request::DeleteAccount(_)
            | Request::ListSessions {}
            | Request::EndSession(_)
            | Request::ListMembers(_)
            | Request::ListUsers(_)
            | Request::AddUser(_)
            | Request::EditUser(_)
            | Request::DeleteUser(_)
            | Request::IssueResetCode(_)
            | Request::CreateInvite(_)
            | Request::ListInvites {}
            | Request::RevokeInvite(_)
            | Request::ListAudit(_) => self.deny(asker, Denial::UnknownRequest {}),
            // The connection answers these itself.
            Request::Hello(_) | Request::Ping {} | Request::Goodbye {} | Request::CancelTransfer(_) => {
                self.deny(asker, Denial::Internal {});
            }
        }
    }

    /// Takes the end of a job.
    pub fn handle_completion(&mut self, now: Now, ticket: Ticket, completion: Completion) {
        let Some((asker, waiting)) = self.waiting.remove(&ticket) else { return };
        if let Waiting::Session(waiting) = &waiting {
            self.handle_tried(now, waiting, &completion);
        }
        match (waiting, completion) {
            (_, Completion::Failed) => self.deny(asker, Denial::Internal {}),
            (_, Completion::StorageFailed) => self.deny(asker, Denial::StorageUnavailable {}),
            (_, Completion::Busy) => self.deny_busy(asker),
            (_, Completion::Abandoned) => {}
            (Waiting::Session(waiting), completion) => {
                self.handle_session_completion(now, asker, waiting, completion);
            }
            (Waiting::Page, Completion::Searched(page)) => self.reply(asker, Reply::Tracks(page)),
            (Waiting::File(waiting), Completion::Opened(file)) => {
                self.handle_file_opened(asker, waiting, file);
            }
            (waiting, completion) => unreachable!("{completion:?} does not end {waiting:?}"),
        }
    }

    /// Takes the end of a change.
    pub fn handle_applied(&mut self, ticket: Ticket, applied: Result<Applied, ChangeError>) {
        if self.sweeping.is_some_and(|(sweeping, _)| sweeping == ticket) {
            return self.handle_swept(&applied);
        }
        let Some((asker, waiting)) = self.waiting.remove(&ticket) else { return };
        match waiting {
            Waiting::Opening(opening) => self.handle_session_opened(asker, *opening, applied),
            Waiting::Closing(session) => self.handle_session_closed(asker, &session, &applied),
            Waiting::Keeping(session) => self.handle_session_kept(&session, &applied),
            Waiting::Nothing => {}
            waiting @ (Waiting::Session(_) | Waiting::Page | Waiting::File(_)) => {
                unreachable!("{applied:?} does not end {waiting:?}")
            }
        }
    }

    /// Takes the library as it has become, and tells everyone who is signed in. Returns the one before:
    /// freeing it takes time in proportion to it.
    pub fn handle_library(&mut self, library: Published) -> Published {
        let before = std::mem::replace(&mut self.library, library);
        let event = Event::LibraryChanged(self.library_state());
        let signed_in = self.peers.iter().filter(|(_, peer)| peer.session.is_some());
        let to: Vec<ConnId> = signed_in.map(|(conn, _)| *conn).collect();
        if !to.is_empty() {
            self.effects.push_back(Effect::Tell { to, event });
        }
        before
    }

    /// Tidies up: called now and then.
    pub fn handle_chores(&mut self, now: Now) {
        self.keep_sessions(now);
        if self.sweeping.is_none() {
            self.sweep_sessions(now.unix_ms, None);
        }
    }

    /// Takes note that a connection is no more, or will not be answered any more. It may be told twice.
    pub fn handle_closed(&mut self, conn: ConnId) {
        self.unseat(conn);
        self.peers.remove(&conn);
    }

    /// Returns the next thing to be done.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Returns the library in a few numbers.
    pub fn library_state(&self) -> LibraryState {
        self.library.index.state(self.library.scanning)
    }

    /// The right to act: refuses whoever is not signed in.
    fn session_of(&mut self, asker: Asker) -> Option<Session> {
        let session = self.peers.get(&asker.conn).and_then(|peer| peer.session.clone());
        if session.is_none() {
            self.deny(asker, Denial::SignInFirst {});
        }
        session
    }

    fn reply(&mut self, to: Asker, reply: Reply) {
        self.effects.push_back(Effect::Answer { to, answer: Answer::Reply(reply) });
    }

    fn deny(&mut self, to: Asker, denial: Denial) {
        self.effects.push_back(Effect::Answer { to, answer: Answer::Denial(denial) });
    }

    fn deny_busy(&mut self, to: Asker) {
        let retry_after_ms = u32::try_from(BUSY_RETRY.as_millis()).unwrap_or(u32::MAX);
        self.deny(to, Denial::Busy { retry_after_ms });
    }

    fn run(&mut self, asker: Asker, job: Job, waiting: Waiting) {
        let ticket = self.wait(asker, waiting);
        self.effects.push_back(Effect::Run { ticket, asker, job });
    }

    fn commit(&mut self, asker: Asker, change: Change, waiting: Waiting) {
        let ticket = self.wait(asker, waiting);
        self.effects.push_back(Effect::Commit { ticket, change });
    }

    fn wait(&mut self, asker: Asker, waiting: Waiting) -> Ticket {
        let ticket = self.new_ticket();
        self.waiting.insert(ticket, (asker, waiting));
        ticket
    }

    fn new_ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }
}

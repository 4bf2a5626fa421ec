//! The people's side of the daemon: who may do what, and what comes of it.
//!
//! This room does not know descriptors, threads, clocks or how records are kept. A request goes in by a
//! door (`doors.rs`) and effects come out; what is slow or durable is an effect, whose end comes in by
//! another door. What is held here (sessions, the library's index) is in memory and quick to touch.

mod account;
mod admin;
mod chores;
mod doors;
mod ending;
mod files;
mod invites;
mod library;
mod mail_desk;
mod members;
mod password_reset;
mod room;
mod room_left;
mod session;
mod sharing;
mod sign_in;
mod sign_up;
mod throttle;
mod trash;
mod upkeep;
mod uploads;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parlour_common::message::{Denial, Event, LibraryState, Policies, Reply, Role};
use parlour_common::names::{PhonePattern, UserName};

pub use throttle::Origin;

use crate::effect::{Answer, Effect};
use crate::id::{Asker, ConnId, Now, Ticket};
use crate::job::{FilesPolicy, Job, RoomPolicy};
use crate::keys::Keys;
use crate::music::Published;
use crate::store::{Author, Change, InviteHash, TokenHash, UserId};
use account::WaitingForAccount;
use admin::{Deed, Errand, News};
use chores::Sweeps;
use ending::Voided;
use files::WaitingForFiles;
use library::WaitingForFile;
use mail_desk::MailDesk;
use password_reset::WaitingForReset;
use room::{Room, WaitingForRoom};
use room_left::RoomLeft;
use session::Opening;
use sign_in::WaitingForSession;
use sign_up::SigningUp;
use throttle::{Hasher, RetryAfter, Throttle};
use upkeep::{Upkeep, WaitingForUpkeep};
use uploads::UploadsOnLine;

/// How long a client waits before it asks again, when a queue was full.
const BUSY_RETRY: Duration = Duration::from_secs(1);

/// Who asks for the daemon's own work.
const NOBODY: Asker = Asker { conn: ConnId { slot: u32::MAX, generation: u64::MAX }, sequence: u64::MAX };

/// All that the service is made with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The rules that the operator chose.
    pub policies: Policies,
    /// What a phone number has to look like.
    pub phone_pattern: PhonePattern,
    /// What seals and proves.
    pub keys: Keys,
    /// The hash of the code that makes the first admin, as long as there is none.
    pub setup_code: Option<InviteHash>,
    /// The library as it is.
    pub library: Published,
    /// The rules about files.
    pub files: FilesPolicy,
    /// The rules about what is said.
    pub room: RoomPolicy,
    /// Whose seats in the room are taken: all of them wait.
    pub seats: Vec<(UserId, UserName)>,
}

/// A connection, as far as people are concerned.
#[derive(Debug)]
struct Peer {
    /// Where it comes from. `None` is the operator, who needs no session and has no account.
    origin: Option<Origin>,
    session: Option<Session>,
}

/// Who is signed in on a connection.
#[derive(Clone, Debug)]
struct Session {
    user: UserId,
    token_hash: TokenHash,
    /// What the member may do. It is never out of date: another role ends every session.
    role: Role,
    /// The username, which is never changed.
    user_name: UserName,
    /// The name of the device, as it was told at sign-in.
    device: Arc<str>,
}

/// What happens when slow work ends.
#[derive(Debug)]
enum Waiting {
    SignUp(Box<SigningUp>),
    Session(WaitingForSession),
    Opening(Box<Opening>),
    Closing(Session),
    /// A session on the line is being written down as in use.
    Keeping(TokenHash),
    Page,
    File(WaitingForFile),
    Account(WaitingForAccount),
    Files(WaitingForFiles),
    Reset(WaitingForReset),
    /// Something is looked up for an admin.
    Errand(Author, Box<Errand>),
    /// What an admin does is being written down.
    Deed(Box<Deed>),
    Mail,
    /// Something about the room.
    Room(WaitingForRoom),
    /// The daemon's own work about files.
    Upkeep(WaitingForUpkeep),
    /// Nobody waits; the change was a courtesy.
    Nothing,
}

/// Slow work under way.
#[derive(Debug)]
struct UnderWay {
    asker: Asker,
    waiting: Waiting,
    /// Whether it is a change, which will be made whoever asked for it is still there or not.
    is_change: bool,
}

/// All that people can do.
#[derive(Debug)]
pub struct Service {
    policies: Policies,
    phone_pattern: PhonePattern,
    keys: Keys,
    setup_code: Option<InviteHash>,
    peers: BTreeMap<ConnId, Peer>,
    /// On which connections a member acts.
    connections_of: BTreeMap<UserId, BTreeSet<ConnId>>,
    waiting: BTreeMap<Ticket, UnderWay>,
    /// Whose passwords wait to be hashed.
    hashing: BTreeMap<Ticket, Hasher>,
    /// The ways in that began before all sessions of their account ended.
    voided: BTreeMap<UserId, Voided>,
    sweeps: Sweeps,
    mail_desk: MailDesk,
    news: News,
    next_ticket: u64,
    throttle: Throttle,
    library: Published,
    files: FilesPolicy,
    /// Whose files were changed when: what was looked up about them under a lesser ticket is out of date.
    files_changed: BTreeMap<UserId, Ticket>,
    uploads_on_line: UploadsOnLine,
    upkeep: Upkeep,
    room_left: RoomLeft,
    room: Room,
    /// The moment, as it was told last: that of the turn of the loop, for what comes by a door that is told none.
    moment: Now,
    effects: VecDeque<Effect>,
}

impl Service {
    /// Begins with nobody signed in and the library as it is.
    pub fn new(settings: Settings) -> Self {
        let Settings { policies, phone_pattern, keys, setup_code, library, files, room, seats } = settings;
        let mail_desk = MailDesk::new(policies.reset_by_mail);
        Self {
            policies,
            phone_pattern,
            keys,
            setup_code,
            peers: BTreeMap::new(),
            connections_of: BTreeMap::new(),
            waiting: BTreeMap::new(),
            hashing: BTreeMap::new(),
            voided: BTreeMap::new(),
            sweeps: Sweeps::default(),
            mail_desk,
            news: News::default(),
            next_ticket: 0,
            throttle: Throttle::default(),
            library,
            files,
            files_changed: BTreeMap::new(),
            uploads_on_line: UploadsOnLine::new(),
            upkeep: Upkeep::default(),
            room_left: RoomLeft::new(&files),
            room: Room::new(room, seats),
            moment: Now { tick: Duration::ZERO, unix_ms: 0 },
            effects: VecDeque::new(),
        }
    }

    /// Takes the library as it has become, and tells everyone who is signed in. Returns the one before:
    /// freeing it takes time in proportion to it.
    pub fn handle_library(&mut self, library: Published) -> Published {
        let before = std::mem::replace(&mut self.library, library);
        let event = Event::LibraryChanged(self.library_state());
        self.tell(event, |_, _| true);
        before
    }

    /// Returns the next thing to be done.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Returns the library in a few numbers.
    pub fn library_state(&self) -> LibraryState {
        self.library.index.state(self.library.scanning)
    }

    /// Returns who is signed in on a connection.
    pub fn member_of(&self, conn: ConnId) -> Option<UserId> {
        Some(self.peers.get(&conn)?.session.as_ref()?.user)
    }

    /// The right to act for oneself: refuses whoever is not signed in.
    fn session_of(&mut self, asker: Asker) -> Option<Session> {
        let session = self.peers.get(&asker.conn).and_then(|peer| peer.session.clone());
        if session.is_none() {
            self.deny(asker, Denial::SignInFirst {});
        }
        session
    }

    /// The right to act as an admin: refuses whoever is none.
    fn admin_of(&mut self, asker: Asker) -> Option<Author> {
        let denial = match self.peers.get(&asker.conn) {
            Some(Peer { origin: None, .. }) => return Some(Author::Operator),
            Some(Peer { session: Some(session), .. }) if session.role == Role::Admin => {
                return Some(Author::Member(session.user));
            }
            Some(Peer { session: Some(_), .. }) => Denial::NotAllowed {},
            _ => Denial::SignInFirst {},
        };
        self.deny(asker, denial);
        None
    }

    /// Returns on which connections a member acts.
    fn connections_of(&self, user: UserId) -> impl Iterator<Item = ConnId> {
        self.connections_of.get(&user).into_iter().flatten().copied()
    }

    fn is_signed_in(&self, asker: Asker) -> bool {
        self.peers.get(&asker.conn).is_some_and(|peer| peer.session.is_some())
    }

    /// Tells whether mails are sent: then owners are told what is done to their accounts.
    fn sends_mail(&self) -> bool {
        self.policies.reset_by_mail
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

    fn deny_throttled(&mut self, to: Asker, wait: RetryAfter) {
        self.deny(to, Denial::Throttled { retry_after_ms: wait.ms() });
    }

    /// Tells something to those who are signed in and whom it concerns.
    fn tell(&mut self, event: Event, concerns: impl Fn(ConnId, &Session) -> bool) {
        let to: Arc<[ConnId]> = self
            .peers
            .iter()
            .filter(|(conn, peer)| peer.session.as_ref().is_some_and(|session| concerns(**conn, session)))
            .map(|(conn, _)| *conn)
            .collect();
        if !to.is_empty() {
            self.effects.push_back(Effect::Tell { to, event });
        }
    }

    fn run(&mut self, asker: Asker, job: Job, waiting: Waiting) -> Ticket {
        let ticket = self.wait(UnderWay { asker, waiting, is_change: false });
        self.effects.push_back(Effect::Run { ticket, asker: Some(asker), job });
        ticket
    }

    /// Runs a job that hashes passwords, if there is room in the queue; denies it otherwise. Returns whether
    /// it runs.
    fn run_hash(&mut self, asker: Asker, hasher: Hasher, job: Job, waiting: Waiting) -> bool {
        if let Err(wait) = self.throttle.begin_hashing(&hasher) {
            self.deny(asker, Denial::Busy { retry_after_ms: wait.ms() });
            return false;
        }
        let ticket = self.run(asker, job, waiting);
        self.hashing.insert(ticket, hasher);
        true
    }

    fn commit(&mut self, asker: Asker, change: Change, waiting: Waiting) {
        let ticket = self.wait(UnderWay { asker, waiting, is_change: true });
        self.effects.push_back(Effect::Commit { ticket, change });
    }

    fn wait(&mut self, under_way: UnderWay) -> Ticket {
        let ticket = self.new_ticket();
        self.waiting.insert(ticket, under_way);
        ticket
    }

    fn new_ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }
}

//! Many members who sit in the room and listen, all read by one thread.
//!
//! It does not know what is said. Accounts are written into the store before the daemon starts, since thousands of
//! passwords take hours to hash; everyone comes in with the token of a session. What arrives is handed on frame by
//! frame, and costs no more than that: on a small machine the listeners share the processor with the daemon.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use mio::{Events, Interest, Poll, Token};
use parlour_common::Secret;
use parlour_common::limits::PROTOCOL_VERSION;
use parlour_common::message::{
    AccountState, Denial, EnterRoom, Hello, Reply, Request, RequestEnvelope, Resume, Role, ServerMessage,
    SessionToken, decode_server_message, encode,
};
use parlour_common::names::{Email, PhonePattern, UserName};
use parlour_reactor::store::{CHANGES_PER_BATCH_MAX, Change, Claim, NewSession, NewUser, Store, TokenHash};

use super::PATIENCE;

/// Connections from one address: the daemon resumes a thousand sessions of one at once.
const OF_ONE_ADDRESS: usize = 800;

/// Seats that are being taken at once.
const ENTERING_AT_ONCE: usize = 64;

/// Bytes before the payload of a frame: its length.
const PREFIX_BYTES: usize = 4;

/// Makes accounts with a session each, in the data folder of a daemon that does not run.
pub fn found(data_dir: &Path, members: usize) -> Vec<SessionToken> {
    std::fs::create_dir_all(data_dir).expect("the data folder");
    let (_store, mut writer) = Store::open(data_dir).expect("a new store");
    let unix_ms =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock").as_millis() as u64;
    let tokens: Vec<SessionToken> = (0..members).map(|number| token(number as u64)).collect();
    let changes: Vec<Change> =
        tokens.iter().enumerate().map(|(number, token)| account(number, token, unix_ms)).collect();
    for changes in changes.chunks(CHANGES_PER_BATCH_MAX) {
        let outcomes = writer.commit(changes.iter());
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    }
    tokens
}

/// The name of a member.
pub fn name(number: usize) -> String {
    format!("member.{number}")
}

fn token(number: u64) -> SessionToken {
    SessionToken::new(number.to_be_bytes().repeat(4).try_into().expect("32 bytes"))
}

fn account(number: usize, token: &SessionToken, unix_ms: u64) -> Change {
    let user = NewUser {
        user_name: UserName::parse(&name(number)).expect("a name"),
        email: Email::parse(&format!("{number}@example.org")).expect("an address"),
        phone: PhonePattern::default().check("09121234567").expect("a number"),
        password_hash: Secret::new("no password has this hash".to_owned()),
        created_unix_ms: unix_ms,
        role: Role::Member,
        state: AccountState::Active,
    };
    let session =
        NewSession { token_hash: TokenHash::of(token), device: "seat".to_owned(), opened_unix_ms: unix_ms };
    Change::AddUser { user, session: Some(session), claim: Claim::None }
}

/// Lets this process have so many open files. Says how many it may have, if that is fewer.
pub fn allow_open_files(wanted: u64) -> Result<(), u64> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(u64::MAX).min(wanted);
    let new = rustix::process::Rlimit { current: Some(allowed.max(limit.current.unwrap_or(0))), ..limit };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, new).expect("within the hard limit");
    if allowed < wanted { Err(allowed) } else { Ok(()) }
}

/// Tells whether a message says that something was said, by how it begins.
pub fn is_said(payload: &[u8]) -> bool {
    payload.starts_with(b"\x81\xa5event\x81\xa4said")
}

/// Someone in the crowd.
pub struct Listener {
    pub stream: mio::net::TcpStream,
    /// The beginning of a frame that has not come to its end.
    rest: Vec<u8>,
    next_id: u32,
    /// Whether what it is sent is left where it is.
    pub is_deaf: bool,
    pub has_ended: bool,
}

/// The crowd.
pub struct Crowd {
    pub listeners: Vec<Listener>,
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
}

impl Crowd {
    /// Begins with nobody.
    pub fn new() -> Self {
        let (poll, events) = (Poll::new().expect("a poll"), Events::with_capacity(1024));
        Self { listeners: Vec::new(), poll, events, buffer: vec![0; 256 * 1024] }
    }

    /// Connects one more.
    pub fn connect(&mut self, address: SocketAddr) -> usize {
        let number = self.listeners.len();
        let source = SocketAddr::from(([127, 0, 1, 1 + (number / OF_ONE_ADDRESS) as u8], 0));
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        let socket = socket.expect("a socket");
        socket.bind(&source.into()).expect("an address of this machine");
        socket.connect_timeout(&address.into(), PATIENCE).expect("it listens");
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true).expect("a socket");
        stream.set_nonblocking(true).expect("a socket");
        let mut stream = mio::net::TcpStream::from_std(stream);
        self.poll.registry().register(&mut stream, Token(number), Interest::READABLE).expect("a poll");
        self.listeners.push(Listener {
            stream,
            rest: Vec::new(),
            next_id: 1,
            is_deaf: false,
            has_ended: false,
        });
        number
    }

    /// Lets everyone with one of these tokens come in and take a seat. Returns when all have.
    pub fn enter(&mut self, address: SocketAddr, tokens: &[SessionToken]) {
        let first = self.listeners.len();
        let (mut entered, deadline) = (0, Instant::now() + 4 * PATIENCE);
        for (number, token) in tokens.iter().enumerate() {
            let listener = self.connect(address);
            let hello = Hello { protocol: PROTOCOL_VERSION, client: "crowd".to_owned() };
            self.ask(listener, Request::Hello(hello));
            self.ask(listener, Request::Resume(Resume { session: Secret::new(*token) }));
            self.ask(listener, Request::EnterRoom(EnterRoom { take_over: true }));
            let is_last = number + 1 == tokens.len();
            while number + 1 - entered >= if is_last { 1 } else { ENTERING_AT_ONCE } {
                assert!(Instant::now() < deadline, "{entered} of {} have a seat", tokens.len());
                self.listen(Duration::from_millis(100), |listener, payload| {
                    match decode_server_message(payload).expect("a message") {
                        Some(ServerMessage::Reply { reply: Reply::Entered(_), .. }) if listener >= first => {
                            entered += 1;
                        }
                        Some(ServerMessage::Denial { denial, .. }) => panic!("{listener}: {denial:?}"),
                        _ => {}
                    }
                });
            }
        }
    }

    /// Sends a request. Its socket must take it: a listener asks for little.
    pub fn ask(&mut self, listener: usize, request: Request) -> u32 {
        let listener = &mut self.listeners[listener];
        let id = listener.next_id;
        listener.next_id += 1;
        let frame = encode(&RequestEnvelope { id, request }).expect("a request");
        listener.stream.write_all(&frame).expect("it reads");
        id
    }

    /// Waits for the answer to what a listener asked, and drops what else arrives.
    pub fn answer(&mut self, listener: usize, asked: u32) -> Result<Reply, Denial> {
        let (mut answer, deadline) = (None, Instant::now() + PATIENCE);
        while answer.is_none() {
            assert!(Instant::now() < deadline, "no answer");
            self.listen(Duration::from_millis(100), |number, payload| {
                if number == listener && !is_said(payload) {
                    match decode_server_message(payload).expect("a message") {
                        Some(ServerMessage::Reply { id, reply }) if id == asked => answer = Some(Ok(reply)),
                        Some(ServerMessage::Denial { id, denial }) if id == asked => {
                            answer = Some(Err(denial));
                        }
                        _ => {}
                    }
                }
            });
        }
        answer.expect("it was waited for")
    }

    /// Lets everyone give a sign of life: who is silent for long is sent away.
    pub fn be_heard(&mut self) {
        (0..self.listeners.len()).for_each(|listener| {
            self.ask(listener, Request::Ping {});
        });
        let (mut answers, deadline) = (0, Instant::now() + PATIENCE);
        while answers < self.listeners.len() {
            assert!(Instant::now() < deadline, "{answers} are answered");
            self.listen(Duration::from_millis(100), |_, payload| {
                let is_done =
                    |message| matches!(message, Some(ServerMessage::Reply { reply: Reply::Done {}, .. }));
                answers += usize::from(decode_server_message(payload).is_ok_and(is_done));
            });
        }
    }

    /// Lets a listener leave what it is sent where it is, and have little room for it.
    pub fn make_deaf(&mut self, listener: usize) {
        let listener = &mut self.listeners[listener];
        listener.is_deaf = true;
        socket2::SockRef::from(&listener.stream).set_recv_buffer_size(4096).expect("a socket");
    }

    /// Reads what a listener was sent, to its end, and returns the messages.
    pub fn read_to_the_end(&mut self, listener: usize) -> Vec<Vec<u8>> {
        let listener = &mut self.listeners[listener];
        let (mut messages, deadline) = (Vec::new(), Instant::now() + PATIENCE);
        listener.is_deaf = false;
        while !listener.has_ended {
            assert!(Instant::now() < deadline, "it does not end");
            match listener.stream.read(&mut self.buffer) {
                Ok(0) => listener.has_ended = true,
                Ok(read) => listener.take(&self.buffer[..read], |payload| messages.push(payload.to_vec())),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(_) => listener.has_ended = true,
            }
        }
        messages
    }

    /// Waits so long for something to arrive, and hands on every message with who heard it.
    pub fn listen(&mut self, timeout: Duration, mut handle: impl FnMut(usize, &[u8])) {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return,
            result => result.expect("a poll"),
        }
        for event in &self.events {
            let number = event.token().0;
            let listener = &mut self.listeners[number];
            while !listener.is_deaf && !listener.has_ended {
                match listener.stream.read(&mut self.buffer) {
                    Ok(0) => listener.has_ended = true,
                    Ok(read) => {
                        listener.take(&self.buffer[..read], |payload| handle(number, payload));
                        // A short read has drained the socket: what comes later is told anew.
                        if read < self.buffer.len() {
                            break;
                        }
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                    Err(_) => listener.has_ended = true,
                }
            }
        }
    }
}

impl Listener {
    /// Takes frames apart.
    fn take(&mut self, bytes: &[u8], mut handle: impl FnMut(&[u8])) {
        let joined;
        let mut rest = if self.rest.is_empty() {
            bytes
        } else {
            self.rest.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.rest);
            &joined[..]
        };
        while let Some((prefix, behind)) = rest.split_first_chunk::<PREFIX_BYTES>() {
            let length = u32::from_be_bytes(*prefix) as usize;
            let Some((payload, behind)) = behind.split_at_checked(length) else { break };
            handle(payload);
            rest = behind;
        }
        self.rest = rest.to_vec();
    }
}

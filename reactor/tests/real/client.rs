//! A plain blocking client: it asks and waits.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;

use parlour_common::Secret;
use parlour_common::frame::{Frame, FrameDecoder};
use parlour_common::limits::{MESSAGE_BYTES_MAX, PROTOCOL_VERSION};
use parlour_common::message::{
    Denial, DeviceProof, Event, FetchTrack, FileStart, Hello, Reply, Request, RequestEnvelope, Resume,
    SearchLibrary, ServerMessage, SessionToken, SignIn, SignUp, SignedIn, Sort, SortBy, Track, TrackPage,
    TransferOutcome, decode_server_message, encode,
};

use super::{PASSWORD, PATIENCE};

/// A file that was fetched.
#[derive(Debug)]
pub struct Fetched {
    pub start: FileStart,
    pub bytes: Vec<u8>,
    pub outcome: TransferOutcome,
}

/// A client that asks and waits.
pub struct Client {
    pub stream: TcpStream,
    decoder: FrameDecoder,
    unread: Vec<u8>,
    pub events: VecDeque<Event>,
    next_id: u32,
    pub token: Option<Secret<SessionToken>>,
    pub device_proof: Option<Secret<DeviceProof>>,
}

/// What came: a message, or a piece of a chunk.
#[expect(clippy::large_enum_variant, reason = "few are there at once, and none is kept")]
pub enum Came {
    Message(ServerMessage),
    ChunkStart(u32, u64),
    Piece(Vec<u8>),
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        Self::of(TcpStream::connect_timeout(&address, PATIENCE).expect("the daemon listens"))
    }

    /// Connects to a daemon that may be gone at any moment, and says hello.
    pub fn try_hello(address: SocketAddr) -> Option<Self> {
        let mut client = Self::of(TcpStream::connect_timeout(&address, PATIENCE).ok()?);
        let hello = Request::Hello(Hello { protocol: PROTOCOL_VERSION, client: "test".to_owned() });
        client.try_ask(hello)?.expect("hello is never denied");
        Some(client)
    }

    /// Connects from an address of this machine, such as any of 127.0.0.0/8.
    pub fn connect_from(source: [u8; 4], address: SocketAddr) -> Self {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        let socket = socket.expect("a socket");
        socket.bind(&SocketAddr::from((source, 0)).into()).expect("an address of this machine");
        socket.connect_timeout(&address.into(), PATIENCE).expect("the daemon listens");
        Self::of(socket.into())
    }

    /// Speaks over a stream that is connected.
    pub fn of(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("a socket");
        Self::over(stream)
    }

    /// Connects to a socket of this machine, by the operator's door.
    pub fn connect_locally(path: &Path) -> Self {
        let stream = UnixStream::connect(path).expect("the daemon listens");
        // It is read and written in the same way.
        Self::over(TcpStream::from(OwnedFd::from(stream)))
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
        let events = VecDeque::new();
        Self { stream, decoder, unread: Vec::new(), events, next_id: 1, token: None, device_proof: None }
    }

    pub fn send(&mut self, request: Request) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        let frame = encode(&RequestEnvelope { id, request }).expect("a request");
        self.stream.write_all(&frame).expect("the daemon reads");
        id
    }

    /// Returns what comes next; `None` at the end of the stream.
    pub fn receive(&mut self) -> Option<Came> {
        loop {
            let mut rest = &self.unread[..];
            let frame = self.decoder.decode(&mut rest).expect("the daemon sends frames");
            let came = match frame {
                Some(Frame::Message(payload)) => {
                    decode_server_message(&payload).expect("the daemon sends messages").map(Came::Message)
                }
                Some(Frame::ChunkStart { transfer, offset, .. }) => {
                    Some(Came::ChunkStart(transfer.0, offset))
                }
                Some(Frame::ChunkData(data)) => Some(Came::Piece(data.to_vec())),
                None => None,
            };
            let taken = self.unread.len() - rest.len();
            self.unread.drain(..taken);
            if came.is_some() {
                return came;
            }
            let mut buffer = vec![0; 64 * 1024];
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(read) => self.unread.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => panic!("nothing comes: {error}"),
            }
        }
    }

    /// Returns the next message; `None` at the end of the stream.
    pub fn message(&mut self) -> Option<ServerMessage> {
        loop {
            match self.receive()? {
                Came::Message(message) => return Some(message),
                Came::ChunkStart(..) | Came::Piece(_) => {}
            }
        }
    }

    /// Asks a daemon that may be gone at any moment: `None` when no answer comes any more.
    pub fn try_ask(&mut self, request: Request) -> Option<Result<Reply, Denial>> {
        let id = self.next_id;
        self.next_id += 1;
        let frame = encode(&RequestEnvelope { id, request }).expect("a request");
        self.stream.write_all(&frame).ok()?;
        loop {
            match self.message()? {
                ServerMessage::Reply { id: answered, reply } if answered == id => return Some(Ok(reply)),
                ServerMessage::Denial { id: answered, denial } if answered == id => return Some(Err(denial)),
                ServerMessage::Event(event) => self.events.push_back(event),
                other => panic!("{other:?} where {id} was to be answered"),
            }
        }
    }

    /// Asks and waits for the answer; events that come before it are kept.
    pub fn ask(&mut self, request: Request) -> Result<Reply, Denial> {
        let asked = self.send(request);
        self.answer(asked)
    }

    pub fn answer(&mut self, asked: u32) -> Result<Reply, Denial> {
        loop {
            match self.message().expect("an answer before the end") {
                ServerMessage::Reply { id, reply } => {
                    assert_eq!(id, asked, "answers come in the order of asking");
                    return Ok(reply);
                }
                ServerMessage::Denial { id, denial } => {
                    assert_eq!(id, asked, "answers come in the order of asking");
                    return Err(denial);
                }
                ServerMessage::Event(event) => self.events.push_back(event),
            }
        }
    }

    pub fn hello(&mut self) {
        let hello = Request::Hello(Hello { protocol: PROTOCOL_VERSION, client: "test".to_owned() });
        assert!(matches!(self.ask(hello), Ok(Reply::Welcome(_))));
    }

    pub fn sign_up(&mut self, name: &str) -> Result<SignedIn, Denial> {
        self.sign_up_as(name, &format!("{name}@example.org"), PASSWORD)
    }

    pub fn sign_up_as(&mut self, name: &str, email: &str, password: &str) -> Result<SignedIn, Denial> {
        self.sign_up_with(name, email, password, None)
    }

    /// Signs up, with an invite or the setup code.
    pub fn sign_up_with(
        &mut self,
        name: &str,
        email: &str,
        password: &str,
        code: Option<Secret<String>>,
    ) -> Result<SignedIn, Denial> {
        let form = SignUp {
            user_name: name.to_owned(),
            email: email.to_owned(),
            phone: "09121234567".to_owned(),
            password: Secret::new(password.to_owned()),
            device: "test".to_owned(),
            code,
        };
        let signed_in = self.ask(Request::SignUp(form));
        self.signed_in(signed_in)
    }

    pub fn sign_in(&mut self, name: &str, password: &str) -> Result<SignedIn, Denial> {
        self.sign_in_with(name, password, None)
    }

    /// Signs in as from a device that was used before.
    pub fn sign_in_with(
        &mut self,
        name: &str,
        password: &str,
        device_proof: Option<Secret<DeviceProof>>,
    ) -> Result<SignedIn, Denial> {
        let form = SignIn {
            user_name: name.to_owned(),
            password: Secret::new(password.to_owned()),
            device: "test".to_owned(),
            device_proof,
        };
        let signed_in = self.ask(Request::SignIn(form));
        self.signed_in(signed_in)
    }

    /// Signs in with a token.
    pub fn resume(&mut self, session: Secret<SessionToken>) -> Result<(), Denial> {
        match self.ask(Request::Resume(Resume { session: session.clone() }))? {
            Reply::SignedIn(_) => self.token = Some(session),
            other => panic!("{other:?} does not answer a resume"),
        }
        Ok(())
    }

    fn signed_in(&mut self, answer: Result<Reply, Denial>) -> Result<SignedIn, Denial> {
        match answer? {
            Reply::SignedIn(signed_in) => {
                self.token.clone_from(&signed_in.session);
                self.device_proof.clone_from(&signed_in.device_proof);
                Ok(signed_in)
            }
            other => panic!("{other:?} does not answer a sign-in"),
        }
    }

    pub fn search(&mut self, query: &str) -> TrackPage {
        let sort = Sort { by: SortBy::Relevance, descending: false };
        let search = SearchLibrary { query: query.to_owned(), sort, offset: 0, limit: 48 };
        match self.ask(Request::SearchLibrary(search)) {
            Ok(Reply::Tracks(page)) => page,
            other => panic!("{other:?} does not answer a search"),
        }
    }

    /// Fetches a track from `offset` on, to its end.
    pub fn fetch(&mut self, track: &Track, offset: u64) -> Result<Fetched, Denial> {
        let fetch = FetchTrack { track: track.id, offset, length: None, version: None };
        match self.ask(Request::FetchTrack(fetch))? {
            Reply::FileStart(start) => Ok(self.receive_file(start)),
            other => panic!("{other:?} does not answer a fetch"),
        }
    }

    /// Receives the chunks of the only transfer under way.
    pub fn receive_file(&mut self, start: FileStart) -> Fetched {
        let mut bytes = Vec::new();
        loop {
            match self.receive().expect("the end of the transfer before the end of the stream") {
                Came::ChunkStart(transfer, offset) => {
                    assert_eq!((transfer, offset), (start.transfer.0, start.offset + bytes.len() as u64));
                }
                Came::Piece(piece) => bytes.extend(piece),
                Came::Message(ServerMessage::Event(Event::TransferEnd(end))) => {
                    assert_eq!(end.transfer, start.transfer);
                    return Fetched { start, bytes, outcome: end.outcome };
                }
                Came::Message(ServerMessage::Event(event)) => self.events.push_back(event),
                Came::Message(message) => panic!("{message:?} in the midst of a transfer"),
            }
        }
    }

    /// Waits for an event that `wanted` accepts.
    pub fn await_event<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        if let Some(found) = self.events.iter().find_map(&mut wanted) {
            return found;
        }
        loop {
            match self.message().expect("an event before the end") {
                ServerMessage::Event(event) => {
                    if let Some(found) = wanted(&event) {
                        return found;
                    }
                    self.events.push_back(event);
                }
                message => panic!("{message:?} where an event was awaited"),
            }
        }
    }
}

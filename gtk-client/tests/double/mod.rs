//! A test double of the daemon: it speaks the contract over real sockets, and misbehaves when told.
//!
//! This file does not know the client: it could as well be another program.

mod room;
mod rules;
mod uploads;

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use parlour_common::Secret;
use parlour_common::frame::{Frame, FrameDecoder, chunk_head};
use parlour_common::limits::{CHUNK_HEAD_BYTES, MESSAGE_BYTES_MAX};
use parlour_common::message::{
    Closing, ClosingReason, Denial, Event, FetchTrack, FileHash, FileStart, FileVersion, LibraryState, Reply,
    Request, ServerMessage, SessionToken, TrackPage, TransferEnd, TransferId, TransferOutcome,
    decode_request, encode,
};
use parlour_common::names::FileName;

pub use rules::Rules;
use rules::signed_in;
use uploads::Taking;
pub use uploads::{Spool, sha256};

/// The token of the one session.
pub const TOKEN: [u8; 32] = [7; 32];

/// A running double. It stops listening when it is dropped.
pub struct Double {
    pub address: SocketAddr,
    rules: Arc<Mutex<Rules>>,
}

impl Double {
    /// Starts at any free port.
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap())
    }

    /// Starts at this address.
    pub fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let rules = Arc::new(Mutex::new(Rules::default()));
        let shared = Arc::clone(&rules);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), rules) = (stream, Arc::clone(&shared)) else { return };
                rules.lock().unwrap().connections.push(stream.try_clone().unwrap());
                thread::spawn(move || {
                    let copy = stream.try_clone().unwrap();
                    // Most ends of a test are a lost connection.
                    let _ = Peer { stream, rules, signed_in: false, transfers: 0, taking: None }.converse();
                    let _ = copy.shutdown(Shutdown::Both);
                });
            }
        });
        Self { address, rules }
    }

    pub fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap()
    }

    /// Cuts every connection, without a word.
    pub fn cut_all(&self) {
        for connection in self.rules().connections.drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Tells every connection something.
    pub fn tell_all(&self, event: Event) {
        let frame = encode(&ServerMessage::Event(event)).unwrap();
        for mut connection in &self.rules().connections {
            let _ = connection.write_all(&frame);
        }
    }

    /// Says that it shuts down, and closes.
    pub fn shut_down(&self, retry_after_ms: u32) {
        let reason = ClosingReason::Shutdown {};
        self.tell_all(Event::Closing(Closing { reason, retry_after_ms: Some(retry_after_ms) }));
        self.cut_all();
    }
}

struct Peer {
    stream: TcpStream,
    rules: Arc<Mutex<Rules>>,
    signed_in: bool,
    transfers: u32,
    /// The upload whose chunks come.
    taking: Option<Taking>,
}

impl Peer {
    fn converse(mut self) -> io::Result<()> {
        let mut decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
        let mut buffer = [0; 4096];
        loop {
            let bytes = self.stream.read(&mut buffer)?;
            if bytes == 0 {
                return Ok(());
            }
            let mut input = &buffer[..bytes];
            while let Some(frame) = decoder.decode(&mut input).map_err(io::Error::other)? {
                match frame {
                    Frame::Message(payload) => {
                        let envelope = decode_request(&payload).map_err(io::Error::other)?;
                        self.answer(envelope.id, envelope.request)?;
                    }
                    Frame::ChunkStart { transfer, offset, .. } => self.begin_chunk(transfer, offset)?,
                    Frame::ChunkData(data) => self.take_bytes(data)?,
                }
            }
        }
    }

    fn answer(&mut self, id: u32, request: Request) -> io::Result<()> {
        let mute = {
            let mut rules = self.rules.lock().unwrap();
            match &request {
                Request::Ping {} => rules.pings += 1,
                Request::FetchTrack(_) | Request::FetchCover(_) | Request::HashTrack(_) => {}
                other => rules.requests.push(other.clone()),
            }
            rules.mute && !matches!(request, Request::Hello(_))
        };
        if mute {
            return Ok(());
        }
        match request {
            Request::Hello(_) => {
                let (denial, welcome) = {
                    let rules = self.rules.lock().unwrap();
                    (rules.hello.clone(), rules.welcome())
                };
                match denial {
                    Some(denial) => self.deny(id, denial),
                    None => self.reply(id, Reply::Welcome(welcome)),
                }
            }
            Request::SignUp(_) | Request::SignIn(_) => {
                self.rules.lock().unwrap().session = true;
                self.signed_in = true;
                self.reply(id, signed_in(Some(Secret::new(SessionToken::new(TOKEN)))))
            }
            Request::Resume(resume) => {
                let good = resume.session.expose().as_bytes() == &TOKEN && self.rules.lock().unwrap().session;
                self.signed_in = good;
                if good { self.reply(id, signed_in(None)) } else { self.deny(id, Denial::SessionEnded {}) }
            }
            Request::Ping {} | Request::CancelTransfer(_) => self.reply(id, Reply::Done {}),
            Request::Goodbye {} => {
                self.reply(id, Reply::Done {})?;
                Err(io::Error::other("goodbye"))
            }
            Request::SignOut {} => {
                self.rules.lock().unwrap().session = false;
                self.signed_in = false;
                self.reply(id, Reply::Done {})
            }
            _ if !self.signed_in => self.deny(id, Denial::SignInFirst {}),
            Request::SearchLibrary(search) => {
                let library = LibraryState { generation: 1, tracks: 0, scanning: false };
                self.reply(
                    id,
                    Reply::Tracks(TrackPage { library, total: 0, offset: search.offset, tracks: Vec::new() }),
                )
            }
            Request::FetchTrack(fetch) => {
                self.rules.lock().unwrap().begin_transfer();
                let sent = self.send_track(id, &fetch);
                self.rules.lock().unwrap().under_way -= 1;
                sent
            }
            Request::FetchCover(fetch) => {
                let picture = self.rules.lock().unwrap().covers.get(&fetch.cover.0).cloned();
                match picture {
                    None => self.deny(id, Denial::NoSuchCover {}),
                    Some(picture) => self.send_cover(id, &picture),
                }
            }
            request @ (Request::ReadPosts(_) | Request::FetchCard(_)) => self.answer_room(id, &request),
            request => self.answer_files(id, request),
        }
    }

    fn send_track(&mut self, id: u32, fetch: &FetchTrack) -> io::Result<()> {
        let (version, bytes, denial) = {
            let mut rules = self.rules.lock().unwrap();
            let Some((version, bytes)) = rules.tracks.get(&fetch.track.0).cloned() else {
                drop(rules);
                return self.deny(id, Denial::NoSuchTrack {});
            };
            let denial = match fetch.version {
                _ if rules.fetch.is_some() => rules.fetch.take(),
                Some(begun) if begun.0 != version => Some(Denial::VersionChanged {}),
                _ if fetch.offset > bytes.len() as u64 => {
                    Some(Denial::OffsetOutside { size_bytes: bytes.len() as u64 })
                }
                _ => None,
            };
            rules.offsets.push(fetch.offset);
            (version, bytes, denial)
        };
        if let Some(denial) = denial {
            return self.deny(id, denial);
        }
        let begin = usize::try_from(fetch.offset).unwrap();
        let transfer = self.start(id, version, None, bytes.len(), begin)?;
        let (cut, change_after) = {
            let mut rules = self.rules.lock().unwrap();
            (rules.cuts.pop(), rules.change_after.take())
        };
        let mut at = begin;
        while at < bytes.len() {
            let (chunk_bytes, pace) = {
                let rules = self.rules.lock().unwrap();
                (rules.chunk_bytes.min(bytes.len() - at), rules.pace)
            };
            thread::sleep(pace);
            let mut chunk = chunk_head(transfer, at as u64, chunk_bytes).to_vec();
            chunk.extend_from_slice(&bytes[at..at + chunk_bytes]);
            if self.take(|rules| &mut rules.damaged) {
                *chunk.last_mut().unwrap() ^= 1;
            }
            if let Some(cut) = cut.filter(|cut| at - begin + chunk_bytes > *cut) {
                self.stream.write_all(&chunk[..CHUNK_HEAD_BYTES + cut - (at - begin)])?;
                return Err(io::Error::other("cut"));
            }
            if change_after.is_some_and(|after| at - begin + chunk_bytes > after) {
                self.rules.lock().unwrap().tracks.get_mut(&fetch.track.0).unwrap().0 += 1;
                return self.end(transfer, TransferOutcome::Changed);
            }
            self.stream.write_all(&chunk)?;
            at += chunk_bytes;
            if self.take(|rules| &mut rules.failing) {
                return self.end(transfer, TransferOutcome::ReadFailed);
            }
            if self.take(|rules| &mut rules.forgotten) {
                return Ok(());
            }
        }
        if self.take(|rules| &mut rules.too_much) {
            self.stream.write_all(&chunk_head(transfer, at as u64, 3))?;
            self.stream.write_all(b"bad")?;
        }
        self.end(transfer, TransferOutcome::Whole)
    }

    fn send_cover(&mut self, id: u32, picture: &[u8]) -> io::Result<()> {
        let transfer = self.start(id, 1, None, picture.len(), 0)?;
        for (at, piece) in picture.chunks(100_000).enumerate() {
            self.stream.write_all(&chunk_head(transfer, at as u64 * 100_000, piece.len()))?;
            self.stream.write_all(piece)?;
        }
        self.end(transfer, TransferOutcome::Whole)
    }

    /// Takes one from a number of times, if any is left.
    fn take(&self, number: impl Fn(&mut Rules) -> &mut u32) -> bool {
        let mut rules = self.rules.lock().unwrap();
        let number = number(&mut rules);
        let any = *number > 0;
        *number = number.saturating_sub(1);
        any
    }

    fn start(
        &mut self,
        id: u32,
        version: u64,
        sha256: Option<FileHash>,
        size: usize,
        offset: usize,
    ) -> io::Result<TransferId> {
        self.transfers += 1;
        let transfer = TransferId(self.transfers);
        let start = FileStart {
            sha256,
            transfer,
            file_name: FileName::tamed("whatever"),
            version: FileVersion(version),
            size_bytes: size as u64,
            offset: offset as u64,
            length: (size - offset) as u64,
        };
        self.reply(id, Reply::FileStart(start))?;
        Ok(transfer)
    }

    fn end(&mut self, transfer: TransferId, outcome: TransferOutcome) -> io::Result<()> {
        self.write(&ServerMessage::Event(Event::TransferEnd(TransferEnd { transfer, outcome })))
    }

    fn reply(&mut self, id: u32, reply: Reply) -> io::Result<()> {
        self.write(&ServerMessage::Reply { id, reply })
    }

    fn deny(&mut self, id: u32, denial: Denial) -> io::Result<()> {
        self.write(&ServerMessage::Denial { id, denial })
    }

    fn write(&mut self, message: &ServerMessage) -> io::Result<()> {
        self.stream.write_all(&encode(message).map_err(io::Error::other)?)
    }
}

//! The line to a daemon that runs: a blocking client of the local socket.
//!
//! This file does not know what is asked, nor how a trouble is told.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use parlour_common::frame::{Frame, FrameDecoder};
use parlour_common::limits::{
    MESSAGE_BYTES_MAX, PROTOCOL_VERSION, REQUESTS_UNDER_WAY_MAX, SILENCE_SECONDS_MAX,
};
use parlour_common::message::{
    Event, Hello, Reply, Request, RequestEnvelope, ServerMessage, decode_server_message, encode,
};

use zeroize::Zeroizing;

use super::trouble::Trouble;
use crate::net::connect_local;

/// How long the daemon may take for an answer.
pub const ANSWER_TIME_MAX: Duration = Duration::from_secs(60);

/// The signs of life while one answer is waited for: fewer than the requests that may be unanswered at once, one
/// for each [`ANSWER_TIME_MAX`], which is shorter than the silence that ends a connection.
const SIGNS_OF_LIFE_MAX: usize = REQUESTS_UNDER_WAY_MAX - 1;

const _: () = assert!(ANSWER_TIME_MAX.as_secs() < SILENCE_SECONDS_MAX as u64);

/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;

/// A connection over which hello was said.
pub struct Line {
    stream: UnixStream,
    decoder: FrameDecoder,
    received: VecDeque<ServerMessage>,
    next_id: u32,
}

impl Line {
    /// Connects to the daemon that serves a data folder. An error of the system comes as it is, since what
    /// it means depends on who holds the store.
    pub fn connect(data_dir: &Path) -> Result<Self, Trouble> {
        let stream = connect_local(data_dir, ANSWER_TIME_MAX).map_err(Trouble::Unreachable)?;
        let decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
        let mut line = Self { stream, decoder, received: VecDeque::new(), next_id: 1 };
        let client = concat!("parlourd ", env!("CARGO_PKG_VERSION"), " command line").to_owned();
        match line.ask(Request::Hello(Hello { protocol: PROTOCOL_VERSION, client }))? {
            Reply::Welcome(_) => Ok(line),
            _ => Err(Trouble::Foreign("no welcome".to_owned())),
        }
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, request: Request) -> Result<Reply, Trouble> {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let frame = encode(&RequestEnvelope { id, request });
        // A password may be in it.
        let frame = Zeroizing::new(frame.map_err(|error| Trouble::Foreign(error.to_string()))?);
        // What it said before it closed, if anything, tells more than that the writing failed.
        let written = self.stream.write_all(&frame);
        self.await_answer(id, written, 0)
    }

    /// Asks what may take hours to answer: meanwhile a sign of life now and then keeps the line open.
    pub fn ask_at_length(&mut self, request: Request) -> Result<Reply, Trouble> {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let written = encode(&RequestEnvelope { id, request })
            .map_err(|error| Trouble::Foreign(error.to_string()))
            .map(|frame| self.stream.write_all(&frame))?;
        self.await_answer(id, written, SIGNS_OF_LIFE_MAX)
    }

    /// Waits for the answer to a request that was written. So many times the silence may be broken by a sign of
    /// life; after the last the daemon reads no further and counts no silence either.
    fn await_answer(&mut self, id: u32, written: io::Result<()>, signs_max: usize) -> Result<Reply, Trouble> {
        let mut signs = 0;
        loop {
            match self.receive() {
                Err(Trouble::Silent) if signs < signs_max => {
                    signs += 1;
                    self.ping()?;
                }
                Err(Trouble::Silent) if signs_max > 0 => {}
                Ok(ServerMessage::Reply { id: answered, reply }) if answered == id => return Ok(reply),
                Ok(ServerMessage::Denial { id: answered, denial }) if answered == id => {
                    return Err(Trouble::Denied(denial));
                }
                Ok(ServerMessage::Event(Event::Closing(closing))) => {
                    return Err(Trouble::HungUp(Some(closing.reason)));
                }
                Ok(ServerMessage::Event(_)) => {}
                Ok(ServerMessage::Reply { .. } | ServerMessage::Denial { .. }) => {
                    return Err(Trouble::Foreign("an answer to another question".to_owned()));
                }
                Err(trouble) => return Err(written.err().map_or(trouble, Trouble::of_line)),
            }
        }
    }

    fn ping(&mut self) -> Result<(), Trouble> {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let frame = encode(&RequestEnvelope { id, request: Request::Ping {} });
        let frame = frame.map_err(|error| Trouble::Foreign(error.to_string()))?;
        self.stream.write_all(&frame).map_err(Trouble::of_line)
    }

    /// Returns the next message, once it has come.
    fn receive(&mut self) -> Result<ServerMessage, Trouble> {
        loop {
            if let Some(message) = self.received.pop_front() {
                return Ok(message);
            }
            let mut buffer = Zeroizing::new([0; READ_BYTES]);
            let read = match self.stream.read(&mut *buffer) {
                Ok(0) => return Err(Trouble::HungUp(None)),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Trouble::of_line(error)),
            };
            self.take_messages(&buffer[..read]).map_err(Trouble::Foreign)?;
        }
    }

    /// Takes whole messages out of what came.
    fn take_messages(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while let Some(frame) = self.decoder.decode(&mut bytes).map_err(|error| error.to_string())? {
            let Frame::Message(payload) = frame else {
                return Err("a file that nobody asked for".to_owned());
            };
            let payload = Zeroizing::new(payload);
            // What it tells unasked, and this version does not know, is none of a command's business.
            self.received.extend(decode_server_message(&payload).map_err(|error| error.to_string())?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use parlour_common::message::{CheckFiles, CheckReport, Denial, decode_request};

    use super::*;

    /// How long the line of a test listens before it gives a sign of life.
    const PATIENCE: Duration = Duration::from_millis(20);

    fn line() -> (Line, UnixStream) {
        let (stream, daemon) = UnixStream::pair().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
        (Line { stream, decoder, received: VecDeque::new(), next_id: 1 }, daemon)
    }

    /// Takes requests until there were so many, and answers them in order with this to the first.
    fn serve(mut daemon: UnixStream, requests: usize, first: Reply) -> Vec<Request> {
        let mut decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
        let (mut asked, mut buffer) = (Vec::new(), [0; 1024]);
        while asked.len() < requests {
            let read = daemon.read(&mut buffer).unwrap();
            let mut bytes = &buffer[..read];
            while let Some(Frame::Message(payload)) = decoder.decode(&mut bytes).unwrap() {
                asked.push(decode_request(&payload).unwrap());
            }
        }
        let replies = std::iter::once(first).chain(std::iter::repeat(Reply::Done {}));
        for (RequestEnvelope { id, .. }, reply) in asked.iter().zip(replies) {
            daemon.write_all(&encode(&ServerMessage::Reply { id: *id, reply }).unwrap()).unwrap();
        }
        asked.into_iter().map(|envelope| envelope.request).collect()
    }

    #[test]
    fn what_takes_long_is_waited_for_with_signs_of_life_and_all_else_is_not() {
        let (mut line, daemon) = line();
        let report =
            CheckReport { files: 1, blobs: 1, bytes: 1, uploads: 0, faults_total: 0, faults: Vec::new() };
        let first = Reply::Checked(report.clone());
        let server = std::thread::spawn(move || serve(daemon, 4, first));
        let check = Request::CheckFiles(CheckFiles { read_all: true });
        assert!(matches!(line.ask_at_length(check.clone()), Ok(Reply::Checked(got)) if got == report));
        assert_eq!(
            server.join().unwrap(),
            [check.clone(), Request::Ping {}, Request::Ping {}, Request::Ping {}]
        );
        let (mut line, _daemon) = self::line();
        assert!(matches!(line.ask(check), Err(Trouble::Silent)));
    }

    #[test]
    fn no_more_signs_of_life_are_given_than_requests_may_wait() {
        let (mut line, mut daemon) = line();
        let waiting = std::thread::spawn(move || {
            line.ask_at_length(Request::CheckFiles(CheckFiles { read_all: false }))
        });
        let mut decoder = FrameDecoder::new(MESSAGE_BYTES_MAX);
        let (mut count, mut buffer) = (0, [0; 1024]);
        daemon.set_read_timeout(Some(PATIENCE * 10)).unwrap();
        while let Ok(read @ 1..) = daemon.read(&mut buffer) {
            let mut bytes = &buffer[..read];
            while decoder.decode(&mut bytes).unwrap().is_some() {
                count += 1;
            }
        }
        assert_eq!(count, REQUESTS_UNDER_WAY_MAX);
        let denial = ServerMessage::Denial { id: 1, denial: Denial::NotAllowed {} };
        daemon.write_all(&encode(&denial).unwrap()).unwrap();
        assert!(matches!(waiting.join().unwrap(), Err(Trouble::Denied(Denial::NotAllowed {}))));
    }
}

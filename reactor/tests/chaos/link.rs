//! A connection that is cut: by the client's own hand within a request, or by the proxy it goes through.
//!
//! This file does not know what is asked.

use std::collections::VecDeque;
use std::io::Write;
use std::net::SocketAddr;

use parlour_common::Secret;
use parlour_common::message::{
    Denial, Event, Reply, Request, RequestEnvelope, Resume, ServerMessage, SessionToken, encode,
};

use super::super::real::Client;
use super::super::real::knife::{Cut, connect, end};

/// The number of the first request: the client that said hello has used those before.
const FIRST_ID: u32 = 1000;

/// What is answered; nothing where the connection ended before.
pub type Answer = Option<Result<Reply, Denial>>;

pub struct Link {
    client: Client,
    /// How many more bytes are sent before the client cuts by itself.
    bytes_left: Option<u64>,
    is_rude: bool,
    next_id: u32,
}

impl Link {
    /// Connects and comes back to a session; `None` when that was cut already.
    pub fn open(address: SocketAddr, cut: Cut, token: &Secret<SessionToken>) -> Option<Self> {
        let (bytes_left, is_rude) = match cut {
            Cut::Own { after_bytes, is_rude } => (Some(after_bytes), is_rude),
            Cut::Never | Cut::Between { .. } => (None, false),
        };
        let client = connect(address, cut)?;
        let mut link = Self { client, bytes_left, is_rude, next_id: FIRST_ID };
        match link.ask(Request::Resume(Resume { session: token.clone() }))? {
            Ok(Reply::SignedIn(_)) => Some(link),
            other => panic!("{other:?} where a session was to be resumed"),
        }
    }

    /// Sends a request, or the part of it that is still sent; returns its number.
    pub fn send(&mut self, request: Request) -> Option<u32> {
        let id = self.next_id;
        self.next_id += 1;
        let frame = encode(&RequestEnvelope { id, request }).expect("a request");
        let count = self.bytes_left.map_or(frame.len(), |left| (left as usize).min(frame.len()));
        let sent = self.client.stream.write_all(&frame[..count]);
        if let Some(left) = &mut self.bytes_left {
            *left -= count as u64;
            if *left == 0 {
                end(&self.client.stream, self.is_rude);
                return None;
            }
        }
        sent.ok().map(|()| id)
    }

    /// Waits for the answer to a request.
    pub fn answer(&mut self, id: u32) -> Answer {
        loop {
            match self.client.message()? {
                ServerMessage::Reply { id: of, reply } => {
                    assert_eq!(of, id, "answers come in the order of asking");
                    return Some(Ok(reply));
                }
                ServerMessage::Denial { id: of, denial } => {
                    assert_eq!(of, id, "answers come in the order of asking");
                    return Some(Err(denial));
                }
                ServerMessage::Event(event) => self.client.events.push_back(event),
            }
        }
    }

    /// Asks and waits.
    pub fn ask(&mut self, request: Request) -> Answer {
        let id = self.send(request)?;
        self.answer(id)
    }

    /// Takes the events that came before the last answer.
    pub fn events(&mut self) -> VecDeque<Event> {
        std::mem::take(&mut self.client.events)
    }

    /// The client beneath, for a transfer.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Ends without a goodbye.
    pub fn break_off(self) {
        end(&self.client.stream, self.is_rude);
    }
}

//! A model client: it asks, reads as fast or as slowly as its manners are, and leaves.
//!
//! It does not know how it is served; what it hears is held against the protocol by its `Ear`, what it may
//! ask is drawn in `questions.rs`.

use std::time::Duration;

use parlour_common::message::{ClosingReason, Request, RequestEnvelope, encode};

use super::cable::Cable;
use super::ear::{Asked, Ear};
use super::rng::Rng;
use super::shelf::Shelf;
use super::truth::Truth;
use super::uploads::Outgoing;

/// A client pings before it has been silent for `HEARTBEAT_SECONDS`.
const PING_AFTER: Duration = Duration::from_secs(25);

/// How a peer behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// By the book: it must never be closed and must always be served.
    Good,
    /// By the book, but slow to read, at times for long.
    Slow,
    /// Stops reading some day, and goes on to ask.
    Mute,
    /// Sends what is no frame some day, or what is no message.
    Garbler,
    /// Closes its socket some day without goodbye.
    Vanisher,
    /// Is not heard of again some day, in the midst of a frame perhaps.
    Lost,
}

/// A client.
#[derive(Debug)]
pub struct Peer {
    pub manner: Manner,
    pub ear: Ear,
    /// Bytes that the cable did not take yet.
    pub unsent: Vec<u8>,
    next_id: u32,
    pub hello_sent: bool,
    /// The turn in which its manner shows.
    pub turns_bad: u64,
    sent_at: Duration,
    pub goodbye_sent: bool,
    /// The turn in which it ends its sending side, and reads on.
    ends_at: u64,
    /// It has closed its socket.
    pub is_closed: bool,
    /// It asks many things at once.
    pub is_eager: bool,
    /// It is by the book, and on a slow line: it reads little at a time, but never stops.
    pub is_slow_reader: bool,
    /// It asks for long lists above all.
    pub loves_lists: bool,
    /// It uploads what it has above all.
    pub loves_uploads: bool,
    /// It plays what it downloads from a disk.
    pub wants_cold: bool,
}

impl Peer {
    pub fn new(manner: Manner, cable: usize, (turn, tick): (u64, Duration), rng: &mut Rng) -> Self {
        Self {
            manner,
            ear: Ear::new(cable),
            unsent: Vec::new(),
            next_id: 1,
            hello_sent: false,
            turns_bad: turn + rng.between(5, 250),
            sent_at: tick,
            goodbye_sent: false,
            ends_at: if rng.once_in(6) { turn + rng.between(20, 200) } else { u64::MAX },
            is_closed: false,
            is_eager: rng.once_in(4),
            is_slow_reader: rng.once_in(4),
            loves_lists: rng.once_in(4),
            loves_uploads: rng.once_in(3),
            wants_cold: rng.once_in(4),
        }
    }

    /// Tells whether its manner shows by now.
    fn is_bad(&self, turn: u64) -> bool {
        turn >= self.turns_bad && !matches!(self.manner, Manner::Good | Manner::Slow)
    }

    /// Tells whether it still listens and may speak.
    pub fn is_present(&self, turn: u64) -> bool {
        !(self.is_closed || self.ear.is_over || (self.is_bad(turn) && self.manner != Manner::Garbler))
    }

    /// How many answers it may wait for at once.
    fn asked_max(&self) -> usize {
        if self.loves_lists { 150 } else { 60 }
    }

    /// Reads what has arrived.
    pub fn listen(
        &mut self,
        now: Duration,
        cable: &mut Cable,
        truth: &mut Truth,
        shelf: &Shelf,
        rng: &mut Rng,
    ) {
        let is_deaf = self.is_bad(truth.turn) && matches!(self.manner, Manner::Mute | Manner::Lost);
        if self.is_closed || self.ear.is_over || is_deaf {
            return;
        }
        let bytes_max = match self.manner {
            _ if truth.is_quiet => usize::MAX,
            Manner::Slow => rng.size(3000),
            _ if self.is_slow_reader => rng.size(30_000),
            _ if rng.once_in(2) => usize::MAX,
            _ => rng.size(200_000),
        };
        let bytes = cable.down.take(bytes_max);
        self.ear.hear(&bytes, truth, shelf);
        if cable.down.is_at_end(now) {
            self.ear.hear_end(cable.cut_short);
            self.is_closed = true;
            (cable.peer_closed, cable.up.ended) = (true, true);
        }
        self.check_closing(truth);
    }

    /// Who goes by the book is never sent away.
    fn check_closing(&self, truth: &Truth) {
        if self.manner != Manner::Good || truth.is_ending {
            return;
        }
        match &self.ear.closing {
            Some(ClosingReason::Goodbye {}) => assert!(self.goodbye_sent),
            Some(ClosingReason::Shutdown {}) => assert!(truth.is_stopping),
            Some(reason) => panic!("a well-behaved peer was sent away: {reason:?}"),
            None => {}
        }
    }

    /// Asks, or misbehaves.
    pub fn act(&mut self, now: Duration, cable: &mut Cable, truth: &mut Truth, rng: &mut Rng) {
        if self.is_closed || self.ear.is_over {
            return;
        }
        if self.is_bad(truth.turn) {
            match self.manner {
                Manner::Garbler => {
                    let garbage = self.garbage(rng);
                    self.unsent.extend(garbage);
                    (self.turns_bad, self.manner) = (u64::MAX, Manner::Mute);
                    truth.note("garbage");
                    return;
                }
                Manner::Vanisher => {
                    self.is_closed = true;
                    (cable.peer_closed, cable.up.ended) = (true, true);
                    truth.note("vanished");
                    return;
                }
                Manner::Lost => {
                    cable.cut_off = true;
                    return;
                }
                Manner::Good | Manner::Slow | Manner::Mute => {}
            }
        }
        if truth.turn >= self.ends_at && self.hello_sent && self.manner == Manner::Good {
            if self.unsent.is_empty() && !self.ear.has_ended {
                (self.ear.has_ended, cable.up.ended) = (true, true);
                truth.note("ended its side");
            }
            return;
        }
        if self.goodbye_sent || self.ear.closing.is_some() || self.ear.asked.len() > self.asked_max() {
            return;
        }
        if rng.once_in(2) {
            self.send_chunk(rng);
        }
        let is_talkative = rng.once_in(if self.is_eager { 12 } else { 3 });
        if !self.hello_sent || is_talkative {
            let most = if self.is_eager { 40 } else { 3 };
            for _ in 0..rng.size(most) {
                self.ask(now, truth, rng);
            }
        } else if now >= self.sent_at + PING_AFTER {
            self.send(now, self.plain(Request::Ping {}), truth);
        }
    }

    /// Hands bytes to the cable, cut anywhere.
    pub fn flush(&mut self, cable: &mut Cable, rng: &mut Rng) {
        if self.is_closed || cable.daemon_closed {
            self.unsent.clear();
            return;
        }
        let cut = if rng.once_in(3) { rng.size(self.unsent.len().max(1)) } else { self.unsent.len() };
        let written = cable.up.write(&self.unsent[..cut.min(self.unsent.len())]);
        self.unsent.drain(..written);
    }

    /// Tells whether everything it asked for was answered, sent and received.
    pub fn is_content(&self) -> bool {
        let is_stored = !self.ear.uploads.iter().any(Outgoing::is_sent);
        let nothing_left = self.ear.asked.is_empty() && self.ear.transfers.is_empty() && is_stored;
        self.ear.is_over || (self.unsent.is_empty() && nothing_left)
    }

    /// A request with nothing to remember.
    pub fn plain(&self, request: Request) -> Asked {
        let (id, turn) = (0, 0);
        Asked { id, request: Some(request), person: 0, is_right: false, pass: None, by: None, turn }
    }

    /// Sends a request and remembers it.
    pub fn send(&mut self, now: Duration, mut asked: Asked, truth: &mut Truth) {
        let Some(request) = &asked.request else { return };
        match request {
            Request::Hello(_) => self.hello_sent = true,
            Request::Goodbye {} => (self.goodbye_sent, self.ear.is_leaving) = (true, true),
            Request::SignOut {} => {
                self.ear.is_leaving = true;
                // The session it has, or will have by then.
                let resumed = self.ear.asked.iter().filter_map(|asked| asked.pass);
                for pass in resumed.chain(self.ear.signed_in.map(|who| who.pass)) {
                    truth.passes[pass].is_leaving = true;
                }
            }
            Request::CancelTransfer(cancel) => {
                if let Some(incoming) = self.ear.transfers.get_mut(&cancel.transfer.0) {
                    incoming.cancel_sent = true;
                }
                for upload in &mut self.ear.uploads {
                    upload.cancel_sent |= upload.transfer == cancel.transfer;
                }
            }
            _ => {}
        }
        self.note_endings(&asked, truth);
        (asked.id, asked.turn) = (self.new_id(), truth.turn);
        let envelope = RequestEnvelope { id: asked.id, request: request.clone() };
        self.push(now, encode(&envelope).unwrap(), asked);
    }

    /// Sends a frame that is a message, of whatever it asks.
    pub fn send_unreadable(&mut self, now: Duration, body: &[u8], turn: u64) {
        let id = self.new_id();
        let mut payload = vec![0x82, 0xa2, b'i', b'd', 0xce];
        payload.extend(id.to_be_bytes());
        payload.extend([0xa7, b'r', b'e', b'q', b'u', b'e', b's', b't']);
        payload.extend(body);
        let mut frame = (payload.len() as u32).to_be_bytes().to_vec();
        frame.extend(payload);
        let asked = Asked { id, request: None, person: 0, is_right: false, pass: None, by: None, turn };
        self.push(now, frame, asked);
    }

    fn push(&mut self, now: Duration, frame: Vec<u8>, asked: Asked) {
        self.sent_at = now;
        self.unsent.extend(frame);
        self.ear.asked.push_back(asked);
    }

    fn new_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    fn garbage(&self, rng: &mut Rng) -> Vec<u8> {
        let size = rng.size(2000);
        match rng.below(8) {
            0 => b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            1 => vec![0, 0, 0, 0],
            2 => vec![0xff; 9],
            3 if rng.once_in(2) => self.chunk_out_of_place(),
            3 => vec![0, 0, 0, 7, 0x93, 1, 0, 0xc4, 2, 7, 7],
            4 => vec![0, 0, 0, 1, 0x80],
            5 => [&[0, 2, 0, 0, 0x82][..], &rng.bytes(size)].concat(),
            6 => [&[0, 0, 0x08, 1, 0x81][..], &[0x91; 2048]].concat(),
            _ => rng.bytes(size),
        }
    }
}

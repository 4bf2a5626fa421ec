//! What lies between a peer and the daemon: two pipes that hold, cut and jam bytes as they like.
//!
//! This file does not know what the bytes mean. A pipe has the capacity of two sockets' buffers: what is
//! written may be cut anywhere, lies there for a while, and becomes visible to the other side in pieces.

use std::collections::VecDeque;
use std::time::Duration;

use super::hall::Ready;
use super::rng::Rng;

/// One direction of a cable.
#[derive(Debug)]
pub struct Pipe {
    bytes: VecDeque<u8>,
    /// How many of them have arrived and can be taken.
    arrived: usize,
    capacity: usize,
    /// Nothing arrives before.
    pub jammed_until: Duration,
    /// The writer has ended its side.
    pub ended: bool,
    /// All bytes ever written, and ever taken.
    pub written: u64,
    pub taken: u64,
}

impl Pipe {
    pub fn new(capacity: usize) -> Self {
        let (bytes, jammed_until) = (VecDeque::new(), Duration::ZERO);
        Self { bytes, arrived: 0, capacity, jammed_until, ended: false, written: 0, taken: 0 }
    }

    pub fn room(&self) -> usize {
        self.capacity.saturating_sub(self.bytes.len())
    }

    /// Takes what there is room for. Returns how much that was.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        let written = bytes.len().min(self.room());
        self.bytes.extend(&bytes[..written]);
        self.written += written as u64;
        written
    }

    /// Lets at most so many bytes arrive. Returns whether any did.
    pub fn deliver(&mut self, tick: Duration, bytes_max: usize) -> bool {
        let fresh = (self.bytes.len() - self.arrived).min(bytes_max);
        if tick < self.jammed_until {
            return false;
        }
        self.arrived += fresh;
        fresh > 0
    }

    /// Takes at most so many of the bytes that have arrived.
    pub fn take(&mut self, bytes_max: usize) -> Vec<u8> {
        let taken = self.arrived.min(bytes_max);
        self.arrived -= taken;
        self.taken += taken as u64;
        let (front, back) = self.bytes.as_slices();
        let from_front = taken.min(front.len());
        let bytes = [&front[..from_front], &back[..taken - from_front]].concat();
        self.bytes.drain(..taken);
        bytes
    }

    /// Tells whether there is something to take.
    pub fn has_arrived(&self) -> bool {
        self.arrived > 0
    }

    /// Tells whether nothing is on its way any more.
    pub fn is_still(&self, tick: Duration) -> bool {
        self.arrived == self.bytes.len() && tick >= self.jammed_until
    }

    /// Tells whether everything was taken and nothing will follow.
    pub fn is_at_end(&self, tick: Duration) -> bool {
        self.ended && self.bytes.is_empty() && tick >= self.jammed_until
    }

    /// The law of the pipe: no byte is lost and none is made.
    pub fn check(&self) {
        assert_eq!(self.written, self.taken + self.bytes.len() as u64, "bytes do not add up");
        assert!(self.bytes.len() <= self.capacity);
    }
}

/// Both directions, and what the kernel would know.
#[derive(Debug)]
pub struct Cable {
    /// From the peer to the daemon.
    pub up: Pipe,
    /// From the daemon to the peer.
    pub down: Pipe,
    /// The peer has closed its socket: what is written to it comes back as an error.
    pub peer_closed: bool,
    /// The daemon has closed its socket.
    pub daemon_closed: bool,
    /// It did so before everything was written.
    pub cut_short: bool,
    /// The daemon found no room: an edge is due when there is some.
    pub edge_due: bool,
    /// The peer's end was told to the daemon.
    pub end_told: bool,
    /// The longest that a pipe jams, in milliseconds; 0 for never.
    pub jam_ms_max: u64,
    /// Nothing arrives any more, on either side.
    pub cut_off: bool,
    /// Before, it is prompt: a hello must not come too late by no fault of its sender.
    pub prompt_until: Duration,
    /// It takes what it has room for.
    pub is_prompt: bool,
}

impl Cable {
    pub fn new(up: usize, down: usize, jam_ms_max: u64, prompt_until: Duration) -> Self {
        Self {
            up: Pipe::new(up),
            down: Pipe::new(down),
            peer_closed: false,
            daemon_closed: false,
            cut_short: false,
            edge_due: false,
            end_told: false,
            jam_ms_max,
            cut_off: false,
            prompt_until,
            is_prompt: false,
        }
    }
}

/// Moves bytes through the cables. Returns the edges.
pub fn carry(cables: &mut [Cable], tick: Duration, all_prompt: bool, rng: &mut Rng) -> Vec<Ready> {
    let mut ready = Vec::new();
    for (number, cable) in cables.iter_mut().enumerate() {
        let is_prompt = all_prompt || tick < cable.prompt_until;
        cable.is_prompt = is_prompt;
        if cable.cut_off {
            continue;
        }
        for pipe in [&mut cable.up, &mut cable.down] {
            if !is_prompt && cable.jam_ms_max > 0 && rng.once_in(150) {
                pipe.jammed_until = tick + Duration::from_millis(rng.below(cable.jam_ms_max));
            }
        }
        let most = |rng: &mut Rng| if is_prompt { usize::MAX } else { rng.size(400_000) };
        let readable = cable.up.deliver(tick, most(rng));
        cable.down.deliver(tick, most(rng));
        let ended = cable.up.ended && !cable.end_told && cable.up.is_still(tick);
        cable.end_told |= ended;
        let writable = cable.edge_due && (cable.down.room() > 0 || ended);
        cable.edge_due &= !writable;
        let falsely = !is_prompt && rng.once_in(60);
        if readable || writable || ended || falsely {
            let (readable, writable) = (readable || falsely, writable || falsely);
            // Whoever closed with bytes unread is gone at once, others when they are written to.
            let gone = ended && cable.peer_closed && rng.once_in(2);
            ready.push(Ready { cable: number, readable, writable, ended, gone });
        }
    }
    ready
}

//! From the address of a server to a connected socket.
//!
//! This file knows names, addresses and sockets that are not yet connected. It does not know what is said
//! once they are, nor whether to try again.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Token};

use super::turn::{Letter, Turn, earlier};
use super::{LinkFault, ServerAddress};

/// How long an address is tried alone before the next one is tried beside it (RFC 8305 §5 says 250 ms).
const HEAD_START: Duration = Duration::from_millis(300);

/// The addresses of one host that are tried.
const ADDRESSES_MAX: usize = 16;

/// The threads that may look up hosts at once: a lookup cannot be stopped, and may hang for minutes.
const LOOKUPS_MAX: usize = 4;

/// The addresses of a host, for the dial of that number.
#[derive(Debug)]
pub(super) struct Addresses {
    pub(super) dial: Token,
    found: Result<Vec<SocketAddr>, String>,
}

/// One try to reach a server: all its addresses, in turn and a little beside each other.
pub(super) struct Dial {
    /// Tells this dial from former ones, for addresses that come late.
    number: Token,
    looking_up: bool,
    untried: VecDeque<SocketAddr>,
    attempts: Vec<Attempt>,
    next_at: Option<Instant>,
    gives_up_at: Instant,
    fault: Option<LinkFault>,
}

struct Attempt {
    token: Token,
    stream: TcpStream,
    peer: SocketAddr,
    ready: bool,
}

/// A socket that is connected.
pub(super) struct Connected {
    pub(super) token: Token,
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
}

impl Dial {
    /// Begins to reach a server, by its name where it has one.
    pub(super) fn server(server: &ServerAddress, turn: &mut Turn) -> Self {
        if let Some(ip) = server.ip() {
            return Self::peer(SocketAddr::new(ip, server.port), turn);
        }
        let mut dial = Self::new(VecDeque::new(), turn);
        match look_up(dial.number, server.clone(), turn) {
            Ok(()) => dial.looking_up = true,
            Err(reason) => dial.fault = Some(LinkFault::CannotResolve(reason)),
        }
        dial
    }

    /// Begins to reach an address.
    pub(super) fn peer(peer: SocketAddr, turn: &mut Turn) -> Self {
        Self::new(VecDeque::from([peer]), turn)
    }

    fn new(untried: VecDeque<SocketAddr>, turn: &mut Turn) -> Self {
        Self {
            number: turn.tokens.next(),
            looking_up: false,
            untried,
            attempts: Vec::new(),
            next_at: None,
            gives_up_at: turn.now + turn.patience.connect,
            fault: None,
        }
    }

    pub(super) fn handle_addresses(&mut self, addresses: Addresses) {
        if addresses.dial != self.number {
            return;
        }
        self.looking_up = false;
        match addresses.found {
            Ok(found) => self.untried = by_turns(found),
            Err(reason) => self.fault = Some(LinkFault::CannotResolve(reason)),
        }
    }

    pub(super) fn handle_ready(&mut self, token: Token) {
        if let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.token == token) {
            attempt.ready = true;
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        earlier(self.next_at, Some(self.gives_up_at)).unwrap_or(self.gives_up_at)
    }

    /// Goes on as far as it can. Returns the socket or the fault when it is at its end.
    pub(super) fn poll(&mut self, turn: &mut Turn) -> Option<Result<Connected, LinkFault>> {
        if let Some(connected) = self.poll_attempts() {
            return Some(Ok(connected));
        }
        while self.attempts.is_empty() || self.next_at.is_some_and(|next_at| next_at <= turn.now) {
            self.next_at = None;
            let Some(peer) = self.untried.pop_front() else { break };
            self.attempt(peer, turn);
        }
        if turn.now >= self.gives_up_at {
            self.blame(LinkFault::TimedOut);
        } else if self.looking_up || !self.attempts.is_empty() {
            return None;
        }
        Some(Err(self.fault.take().unwrap_or(LinkFault::CannotResolve("it has no address".to_owned()))))
    }

    fn attempt(&mut self, peer: SocketAddr, turn: &mut Turn) {
        let token = turn.tokens.next();
        let attempt = TcpStream::connect(peer).and_then(|mut stream| {
            turn.registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
            Ok(Attempt { token, stream, peer, ready: false })
        });
        match attempt {
            Ok(attempt) => self.attempts.push(attempt),
            Err(error) => self.blame(fault_of(&error)),
        }
        self.next_at = (!self.untried.is_empty()).then(|| turn.now + HEAD_START);
    }

    /// Looks at the attempts whose sockets did something.
    fn poll_attempts(&mut self) -> Option<Connected> {
        let mut at = 0;
        while let Some(attempt) = self.attempts.get_mut(at) {
            match std::mem::take(&mut attempt.ready).then(|| outcome(&attempt.stream)) {
                None | Some(Ok(false)) => at += 1,
                Some(Ok(true)) => {
                    let Attempt { token, stream, peer, .. } = self.attempts.swap_remove(at);
                    return Some(Connected { token, stream, peer });
                }
                Some(Err(error)) => {
                    self.attempts.swap_remove(at);
                    self.blame(fault_of(&error));
                }
            }
        }
        None
    }

    /// Keeps the fault that says most: a host that refuses is known to be there.
    fn blame(&mut self, fault: LinkFault) {
        let weight = |fault: &LinkFault| match fault {
            LinkFault::Refused => 3,
            LinkFault::TimedOut => 2,
            _ => 1,
        };
        if self.fault.as_ref().is_none_or(|known| weight(known) < weight(&fault)) {
            self.fault = Some(fault);
        }
    }
}

/// Tells whether a socket is connected; `false`: not yet.
fn outcome(stream: &TcpStream) -> io::Result<bool> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}

fn fault_of(error: &io::Error) -> LinkFault {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => LinkFault::Refused,
        io::ErrorKind::TimedOut => LinkFault::TimedOut,
        _ => LinkFault::Unreachable(error.to_string()),
    }
}

/// Lets the two families take turns, the system's favourite first: if one of them leads nowhere, not all
/// of its addresses are waited for.
fn by_turns(found: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
    let favourite_is_ipv6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|address| address.is_ipv6() == favourite_is_ipv6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = VecDeque::new();
    while turns.len() < ADDRESSES_MAX {
        let before = turns.len();
        turns.extend(first.next());
        turns.extend(second.next());
        if turns.len() == before {
            break;
        }
    }
    turns
}

/// Looks up a host on a thread of its own, for the system's way of it waits.
fn look_up(dial: Token, server: ServerAddress, turn: &Turn) -> Result<(), String> {
    let lookups = &turn.post.lookups;
    if lookups.fetch_add(1, Ordering::Relaxed) >= LOOKUPS_MAX {
        lookups.fetch_sub(1, Ordering::Relaxed);
        return Err("the system has not answered earlier questions".to_owned());
    }
    let post = turn.post.clone();
    let thread = std::thread::Builder::new().name("lookup".to_owned()).spawn(move || {
        let found = (server.host.as_str(), server.port).to_socket_addrs();
        let found = found.map(Iterator::collect).map_err(|error| error.to_string());
        post.lookups.fetch_sub(1, Ordering::Relaxed);
        post.send(Letter::Addresses(Addresses { dial, found }));
    });
    thread.map(drop).map_err(|error| {
        lookups.fetch_sub(1, Ordering::Relaxed);
        error.to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_families_take_turns() {
        let parse =
            |texts: &[&str]| -> Vec<SocketAddr> { texts.iter().map(|text| text.parse().unwrap()).collect() };
        let found = parse(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"]);
        assert_eq!(by_turns(found), parse(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]));
        assert_eq!(by_turns(parse(&["[::1]:1"; 99])).len(), ADDRESSES_MAX);
    }
}

//! Letting connections in.
//!
//! This file does not know who comes in. It knows that descriptors run out, and that an edge-triggered
//! listener which failed to accept is never told again: whoever shut the gate opens it by the clock.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use rustix::io::Errno;

/// Connections accepted in one turn, so that those who are in are served meanwhile.
const ACCEPTS_PER_TURN_MAX: usize = 64;

/// How long the gate stays shut when the system has no descriptors left.
const SHUT_TIME: Duration = Duration::from_millis(100);

/// What the gate let through.
#[derive(Debug)]
pub enum Accepted {
    /// A connection, and where it comes from.
    Stream(TcpStream, IpAddr),
    /// Nobody waits, or no more this turn.
    Nobody,
}

/// The listener with its remembered readiness.
#[derive(Debug)]
pub struct Gate {
    listener: TcpListener,
    /// Someone may be waiting.
    knocking: bool,
    /// No descriptor is to be had until then.
    shut_until: Option<Duration>,
    /// The log says that none is to be had; it says so once, until one was.
    complained: bool,
    accepted: usize,
}

impl Gate {
    /// Listens.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        Ok(Self { listener, knocking: true, shut_until: None, complained: false, accepted: 0 })
    }

    /// Returns the listener, to be registered.
    pub fn listener_mut(&mut self) -> &mut TcpListener {
        &mut self.listener
    }

    /// Returns where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Takes note that someone knocks.
    pub fn handle_ready(&mut self) {
        self.knocking = true;
    }

    /// Begins a turn.
    pub fn begin_turn(&mut self, tick: Duration) {
        self.accepted = 0;
        if self.shut_until.is_some_and(|until| tick >= until) {
            self.shut_until = None;
        }
    }

    /// Tells whether someone may be let in now.
    pub fn may_accept(&self) -> bool {
        self.knocking && self.shut_until.is_none()
    }

    /// Returns when the gate opens again by itself.
    pub fn deadline(&self) -> Option<Duration> {
        self.shut_until.filter(|_| self.knocking)
    }

    /// Takes note that a descriptor has become free.
    pub fn handle_freed(&mut self) {
        self.shut_until = None;
    }

    /// Lets the next connection in.
    pub fn accept(&mut self, tick: Duration) -> Accepted {
        while self.may_accept() && self.accepted < ACCEPTS_PER_TURN_MAX {
            match self.listener.accept() {
                Ok((stream, address)) => {
                    self.accepted += 1;
                    self.complained = false;
                    return Accepted::Stream(stream, address.ip());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.knocking = false,
                Err(error) if is_exhausted(&error) => {
                    if !std::mem::replace(&mut self.complained, true) {
                        tracing::warn!(%error, "no connection can be accepted; trying again until one can");
                    }
                    self.shut_until = Some(tick + SHUT_TIME);
                }
                // Of this one connection only: it was reset before it was accepted, or the like.
                Err(error) => {
                    self.accepted += 1;
                    tracing::debug!(%error, "a connection was gone before it was accepted");
                }
            }
        }
        Accepted::Nobody
    }
}

fn is_exhausted(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

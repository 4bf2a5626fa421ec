//! Letting connections in.
//!
//! This file does not know who comes in. It knows that descriptors run out, and that an edge-triggered
//! listener which failed to accept is never told again: whoever shut the gate opens it by the clock.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use mio::event::Source;
use mio::net::{TcpListener, UnixListener};
use rustix::io::Errno;

use super::local;
use super::transport::Transport;

/// Connections accepted in one turn, so that those who are in are served meanwhile.
const ACCEPTS_PER_TURN_MAX: usize = 64;

/// How long the gate stays shut when the system has no descriptors left.
const SHUT_TIME: Duration = Duration::from_millis(100);

/// Which of the two ways into the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The network's.
    Remote,
    /// The one in the data folder, which is the operator's.
    Local,
}

/// What the gate let through.
#[derive(Debug)]
pub enum Accepted {
    /// A connection of the network, and the address that it comes from.
    Remote(Transport, IpAddr),
    /// A connection of the operator.
    Local(Transport),
    /// Nobody waits, or no more this turn.
    Nobody,
}

#[derive(Debug)]
enum Listener {
    Remote(TcpListener),
    /// With the name to be removed at the end.
    Local(UnixListener, PathBuf),
}

/// The listener with its remembered readiness.
#[derive(Debug)]
pub struct Gate {
    listener: Listener,
    /// Someone may be waiting.
    knocking: bool,
    /// No descriptor is to be had until then.
    shut_until: Option<Duration>,
    /// The log says that none is to be had; it says so once, until one was.
    complained: bool,
    accepted: usize,
}

impl Gate {
    /// Listens on an address of the network.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Self::new(Listener::Remote(TcpListener::bind(address)?)))
    }

    /// Listens in the data folder, in place of a daemon that was killed. The caller must hold the lock of
    /// the folder's store, so that no other daemon lives there.
    pub fn open_local(data_dir: &Path) -> io::Result<Self> {
        let listener = local::listen(data_dir)?;
        listener.set_nonblocking(true)?;
        let listener = UnixListener::from_std(listener);
        Ok(Self::new(Listener::Local(listener, local::socket_path(data_dir))))
    }

    fn new(listener: Listener) -> Self {
        Self { listener, knocking: true, shut_until: None, complained: false, accepted: 0 }
    }

    /// Returns which door this is.
    pub fn door(&self) -> Door {
        match self.listener {
            Listener::Remote(_) => Door::Remote,
            Listener::Local(..) => Door::Local,
        }
    }

    /// Returns the listener, to be registered.
    pub fn source_mut(&mut self) -> &mut dyn Source {
        match &mut self.listener {
            Listener::Remote(listener) => listener,
            Listener::Local(listener, _) => listener,
        }
    }

    /// Returns where it listens on the network. The local door has no such address.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match &self.listener {
            Listener::Remote(listener) => listener.local_addr(),
            Listener::Local(..) => Err(Errno::AFNOSUPPORT.into()),
        }
    }

    /// Stops listening, and leaves nothing behind.
    pub fn close(self) {
        if let Listener::Local(_, path) = &self.listener
            && let Err(error) = std::fs::remove_file(path)
        {
            tracing::debug!(%error, "the local socket cannot be removed; the next start replaces it");
        }
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
            let accepted = match &self.listener {
                Listener::Remote(listener) => listener
                    .accept()
                    .map(|(stream, from)| Accepted::Remote(Transport::remote(stream), from.ip())),
                Listener::Local(listener, _) => {
                    listener.accept().map(|(stream, _)| Accepted::Local(Transport::local(stream)))
                }
            };
            match accepted {
                Ok(accepted) => {
                    self.accepted += 1;
                    self.complained = false;
                    return accepted;
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

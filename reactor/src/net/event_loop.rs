//! Waiting for whatever happens next.
//!
//! This file does not know what happens then: it hands out plain words about what is ready.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mio::{Events, Interest, Poll, Token};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_shutdown;
use signal_hook_mio::v1_0::Signals;

use super::gate::{Door, Gate};
use super::transport::Transport;

const GATE: Token = Token(0);
const LOCAL_GATE: Token = Token(1);
const WAKE: Token = Token(2);
const SIGNAL: Token = Token(3);

/// Where the tokens of sockets begin.
const SOCKETS: usize = 4;

/// The exit code of a program that is told twice to end.
const EXIT_ENDED: i32 = 1;

/// Events taken from the kernel at once.
const EVENTS_PER_TURN_MAX: usize = 1024;

/// Something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// Someone wants to be let in.
    Gate(Door),
    /// Another thread has something.
    Wake,
    /// The operator wants the program to end.
    Stop,
    /// A socket can be read or written, or has an error that a read or write will find.
    Socket {
        /// Which, by the slot it was registered with.
        slot: usize,
        /// Whether to read.
        readable: bool,
        /// Whether to write.
        writable: bool,
        /// Whether the peer has ended its side.
        ended: bool,
        /// Whether both sides have ended, or the socket has an error.
        gone: bool,
    },
}

/// Wakes the loop from any thread; many calls between two turns cost one wake-up.
#[derive(Clone, Debug)]
pub struct Waker {
    waker: Arc<mio::Waker>,
    pending: Arc<AtomicBool>,
}

impl Waker {
    /// Wakes the loop.
    pub fn wake(&self) {
        if !self.pending.swap(true, Ordering::AcqRel)
            && let Err(error) = self.waker.wake()
        {
            self.pending.store(false, Ordering::Release);
            tracing::error!(%error, "the event loop cannot be woken");
        }
    }
}

/// The one poll.
pub struct EventLoop {
    poll: Poll,
    events: Events,
    waker: Waker,
    signals: Signals,
    /// Set once nobody looks at signals any more: another one then ends the program at once.
    is_over: Arc<AtomicBool>,
}

impl EventLoop {
    /// Begins to listen on the network, and to take SIGTERM and SIGINT as the wish to end.
    pub fn open(address: SocketAddr) -> io::Result<(Self, Gate)> {
        let poll = Poll::new()?;
        let mut gate = Gate::open(address)?;
        poll.registry().register(gate.source_mut(), GATE, Interest::READABLE)?;
        let is_over = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT] {
            register_conditional_shutdown(signal, EXIT_ENDED, Arc::clone(&is_over))?;
        }
        let mut signals = Signals::new([SIGTERM, SIGINT])?;
        poll.registry().register(&mut signals, SIGNAL, Interest::READABLE)?;
        let waker = Arc::new(mio::Waker::new(poll.registry(), WAKE)?);
        let waker = Waker { waker, pending: Arc::default() };
        Ok((Self { poll, events: Events::with_capacity(EVENTS_PER_TURN_MAX), waker, signals, is_over }, gate))
    }

    /// Begins to listen in the data folder, whose store the caller has locked.
    pub fn open_local(&self, data_dir: &Path) -> io::Result<Gate> {
        let mut gate = Gate::open_local(data_dir)?;
        self.poll.registry().register(gate.source_mut(), LOCAL_GATE, Interest::READABLE)?;
        Ok(gate)
    }

    /// Returns what wakes the loop.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Stops looking at signals: from now on one ends the program at once.
    pub fn stop_waiting(self) {
        self.is_over.store(true, Ordering::Release);
    }

    /// Begins to watch a socket under a slot.
    pub fn register(&self, transport: &mut Transport, slot: usize) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(transport.source_mut(), Token(SOCKETS + slot), interest)
    }

    /// Stops watching a socket.
    pub fn deregister(&self, transport: &mut Transport) {
        // It is closed next, which ends the watching too.
        let _ = self.poll.registry().deregister(transport.source_mut());
    }

    /// Stops listening: the port, or the name, is free for a successor.
    pub fn close_gate(&self, mut gate: Gate) {
        let _ = self.poll.registry().deregister(gate.source_mut());
        gate.close();
    }

    /// Waits until something happens or the time is over, and hands it out.
    pub fn wait(&mut self, timeout: Option<Duration>, mut handle: impl FnMut(Ready)) -> io::Result<()> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        for event in &self.events {
            match event.token() {
                GATE => handle(Ready::Gate(Door::Remote)),
                LOCAL_GATE => handle(Ready::Gate(Door::Local)),
                WAKE => {
                    // Before anything is taken, so that what comes from now on wakes again.
                    self.waker.pending.swap(false, Ordering::AcqRel);
                    handle(Ready::Wake);
                }
                SIGNAL => self.signals.pending().for_each(|_| handle(Ready::Stop)),
                Token(token) => handle(Ready::Socket {
                    slot: token - SOCKETS,
                    readable: event.is_readable(),
                    writable: event.is_writable(),
                    ended: event.is_read_closed(),
                    gone: event.is_write_closed() || event.is_error(),
                }),
            }
        }
        Ok(())
    }
}

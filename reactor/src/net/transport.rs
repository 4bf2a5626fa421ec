//! One socket: bytes in, bytes out, files out.
//!
//! This file does not know what is sent. The poll is edge-triggered: readiness is told once, so it is
//! remembered here until a call finds that it is used up.

use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendFlags};

use crate::send_file::SendFile;

/// Bytes that the kernel may hold unsent before it calls the socket full: what it holds cannot be
/// overtaken by a message any more. (A chat line behind downloads: 315 ms without this, 36 ms with it.)
const NOT_SENT_BYTES_MAX: u32 = 128 * 1024;

/// Unacknowledged bytes for this long mean that the peer's machine or network is gone.
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// Frames that leave in one call. A socket that was blocked for a while takes what waited for it in few calls, and
/// the list of them is a kilobyte on the stack.
const FRAMES_AT_ONCE_MAX: usize = 64;

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// So many bytes were moved; never 0.
    Bytes(usize),
    /// None could be, for now: readiness will be told.
    Blocked,
    /// The peer is gone, or has ended its side when reading.
    Closed,
    /// The file has no bytes there.
    FileEnded,
    /// The file cannot be read.
    FileFailed,
}

/// A socket of either kind. What they have in common is done by their descriptors.
#[derive(Debug)]
enum Stream {
    Remote(TcpStream),
    Local(UnixStream),
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Remote(stream) => stream.as_fd(),
            Self::Local(stream) => stream.as_fd(),
        }
    }
}

/// A socket with its remembered readiness.
#[derive(Debug)]
pub struct Transport {
    stream: Stream,
    readable: bool,
    writable: bool,
    /// The peer has ended its side, or the socket has an error: no edge will come after this one.
    ended: bool,
    /// The peer takes nothing any more: both sides have ended, or the connection was reset.
    gone: bool,
}

impl Transport {
    /// Takes a stream of the network that was just accepted. Options that the kernel refuses only cost speed.
    pub fn remote(stream: TcpStream) -> Self {
        let socket = socket2::SockRef::from(&stream);
        let _ = socket.set_tcp_nodelay(true);
        let _ = socket.set_tcp_notsent_lowat(NOT_SENT_BYTES_MAX);
        let _ = socket.set_tcp_user_timeout(Some(USER_TIMEOUT));
        Self::new(Stream::Remote(stream))
    }

    /// Takes a stream of this machine that was just accepted.
    pub fn local(stream: UnixStream) -> Self {
        Self::new(Stream::Local(stream))
    }

    fn new(stream: Stream) -> Self {
        Self { stream, readable: false, writable: true, ended: false, gone: false }
    }

    /// Returns the socket, to be registered.
    pub fn source_mut(&mut self) -> &mut dyn Source {
        match &mut self.stream {
            Stream::Remote(stream) => stream,
            Stream::Local(stream) => stream,
        }
    }

    /// Takes note of readiness.
    pub fn handle_ready(&mut self, readable: bool, writable: bool, ended: bool, gone: bool) {
        self.readable |= readable || ended || gone;
        self.writable |= writable || ended || gone;
        self.ended |= ended || gone;
        self.gone |= gone;
    }

    /// Tells whether nobody is there any more. Whoever has only ended its side still reads.
    pub fn is_gone(&self) -> bool {
        self.gone
    }

    /// Tells whether a read may bring something.
    pub fn is_readable(&self) -> bool {
        self.readable
    }

    /// Tells whether a write may take something.
    pub fn is_writable(&self) -> bool {
        self.writable
    }

    /// Reads what is there, as much as fits.
    pub fn read(&mut self, bytes: &mut [u8]) -> Moved {
        let result = rustix::io::retry_on_intr(|| rustix::io::read(&self.stream, &mut *bytes));
        match result {
            Ok(0) => Moved::Closed,
            Ok(read) => {
                // A short read has drained a socket of the network: what comes later is a new edge. One of
                // this machine also stops short where a descriptor was passed with the bytes.
                let drains = matches!(self.stream, Stream::Remote(_));
                self.readable = read == bytes.len() || self.ended || !drains;
                Moved::Bytes(read)
            }
            Err(Errno::AGAIN) => {
                self.readable = false;
                Moved::Blocked
            }
            Err(_) => {
                self.gone = true;
                Moved::Closed
            }
        }
    }

    /// Writes as much as the kernel takes. `more`: others follow at once, so a packet may wait for them.
    pub fn write(&mut self, bytes: &[u8], more: bool) -> Moved {
        let flags = if more { SendFlags::NOSIGNAL | SendFlags::MORE } else { SendFlags::NOSIGNAL };
        let result = rustix::io::retry_on_intr(|| rustix::net::send(&self.stream, bytes, flags));
        self.moved(result)
    }

    /// Writes as much of these frames as the kernel takes, in one call; it need not be offered more of them than
    /// hold so many bytes.
    pub fn write_frames<'a>(&mut self, frames: impl Iterator<Item = &'a [u8]>, bytes_max: usize) -> Moved {
        let mut frames = frames.peekable();
        let mut slices = [IoSlice::new(&[]); FRAMES_AT_ONCE_MAX];
        let (mut count, mut bytes) = (0, 0);
        while count < FRAMES_AT_ONCE_MAX
            && bytes < bytes_max
            && let Some(frame) = frames.next()
        {
            slices[count] = IoSlice::new(frame);
            (count, bytes) = (count + 1, bytes + frame.len());
        }
        let more = frames.peek().is_some();
        if let [only] = &slices[..count] {
            return self.write(only, more);
        }
        let flags = if more { SendFlags::NOSIGNAL | SendFlags::MORE } else { SendFlags::NOSIGNAL };
        let result = rustix::io::retry_on_intr(|| {
            rustix::net::sendmsg(&self.stream, &slices[..count], &mut SendAncillaryBuffer::default(), flags)
        });
        self.moved(result)
    }

    /// Sends bytes of a file without taking them into this program: `sendfile(2)`.
    pub fn send_file(&mut self, file: &SendFile, offset: u64, bytes: usize) -> Moved {
        let mut offset = offset;
        let result =
            rustix::io::retry_on_intr(|| rustix::fs::sendfile(&self.stream, file, Some(&mut offset), bytes));
        match result {
            Ok(0) => Moved::FileEnded,
            Err(Errno::IO | Errno::INVAL | Errno::OVERFLOW | Errno::NOMEM | Errno::STALE) => {
                Moved::FileFailed
            }
            result => self.moved(result),
        }
    }

    /// Says that nothing more will be written. The peer may still be read.
    pub fn end_writing(&mut self) {
        // A peer that is gone already will be found by the next read.
        let _ = rustix::net::shutdown(&self.stream, rustix::net::Shutdown::Write);
    }

    fn moved(&mut self, result: rustix::io::Result<usize>) -> Moved {
        match result {
            Ok(0) => Moved::Closed,
            Ok(moved) => Moved::Bytes(moved),
            Err(Errno::AGAIN) => {
                self.writable = false;
                Moved::Blocked
            }
            Err(_) => Moved::Closed,
        }
    }
}

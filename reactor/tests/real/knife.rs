//! What cuts: the client's own socket, a proxy in between, or the end of the daemon. All of them count bytes.
//!
//! This file does not know what the bytes are.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Client, PATIENCE};

/// At most how many bytes are written between two looks at a fuse: a cut is that exact, or exact.
const SLICE_BYTES: usize = 4 * 1024;

/// Where a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Never,
    /// The client's own socket, after so many bytes; whether it takes leave by a FIN or by a RST.
    Own {
        after_bytes: u64,
        is_rude: bool,
    },
    /// In between, after so many bytes from the client (up) or the daemon (down).
    Between {
        after_bytes: u64,
        is_up: bool,
        is_rude: bool,
    },
}

/// The end of the daemon: it is killed once everyone together has sent or received so many bytes, or asked for
/// so many records, of a file or of a post.
pub struct Killer {
    pid: Pid,
    bytes_left: AtomicI64,
    records_left: AtomicI64,
    has_killed: AtomicBool,
}

impl Killer {
    pub fn new(pid: u32, after_bytes: u64, after_records: u64) -> Self {
        let pid = Pid::from_raw(pid.cast_signed()).expect("a process id");
        let [bytes_left, records_left] =
            [after_bytes, after_records].map(|n| AtomicI64::new(n.cast_signed()));
        Self { pid, bytes_left, records_left, has_killed: AtomicBool::new(false) }
    }

    fn kill(&self) {
        // Once, for the number may be another's after the daemon was waited for.
        if !self.has_killed.swap(true, Ordering::SeqCst) {
            kill_process(self.pid, Signal::KILL).expect("the daemon is our child");
        }
    }

    /// Counts bytes, and kills when they were the last.
    pub fn count(&self, bytes: usize) {
        let bytes = bytes as i64;
        let before = self.bytes_left.fetch_sub(bytes, Ordering::SeqCst);
        if before > 0 && before <= bytes {
            self.kill();
        }
    }

    /// Counts a record that is asked for just now, and kills at a moment within `patience` if it was the last.
    pub fn count_record(self: &Arc<Self>, patience: Duration) {
        if self.records_left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let this = Arc::clone(self);
            thread::spawn(move || {
                thread::sleep(patience);
                this.kill();
            });
        }
    }

    /// Returns how many bytes may be sent before the daemon is killed; none if it was.
    pub fn bytes_left(&self) -> u64 {
        u64::try_from(self.bytes_left.load(Ordering::SeqCst)).unwrap_or(0)
    }

    pub fn has_killed(&self) -> bool {
        self.has_killed.load(Ordering::SeqCst)
    }
}

/// Writes bytes as long as neither the client's own fuse nor the daemon's is blown. Returns an error when one is.
pub fn write_counted(
    stream: &mut TcpStream,
    bytes: &[u8],
    own_bytes_left: &mut Option<u64>,
    killer: &Killer,
) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let own = own_bytes_left.unwrap_or(u64::MAX);
        let until_kill = killer.bytes_left().max(1);
        let count = (rest.len().min(SLICE_BYTES) as u64).min(own).min(until_kill) as usize;
        if count == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        stream.write_all(&rest[..count])?;
        if let Some(left) = own_bytes_left {
            *left -= count as u64;
        }
        killer.count(count);
        rest = &rest[count..];
    }
    Ok(())
}

/// Ends a connection by a FIN or by a RST.
pub fn end(stream: &TcpStream, is_rude: bool) {
    if is_rude {
        // What was not sent yet is thrown away, and the peer reads no further.
        let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
    }
    let _ = stream.shutdown(Shutdown::Both);
}

/// Connects, through a proxy where that is to cut; `None` when the daemon is gone.
pub fn connect(address: SocketAddr, cut: Cut) -> Option<Client> {
    match cut {
        Cut::Between { after_bytes, is_up, is_rude } => {
            Client::try_hello(proxy(address, after_bytes, is_up, is_rude))
        }
        Cut::Never | Cut::Own { .. } => Client::try_hello(address),
    }
}

/// Starts a proxy for one connection and returns its address.
fn proxy(address: SocketAddr, after_bytes: u64, is_up: bool, is_rude: bool) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let proxy = listener.local_addr().expect("a socket");
    thread::spawn(move || {
        let Ok((client, _)) = listener.accept() else { return };
        let Ok(daemon) = TcpStream::connect_timeout(&address, PATIENCE) else { return };
        let pair = || (client.try_clone().expect("a socket"), daemon.try_clone().expect("a socket"));
        let ((up_from, up_to), (down_to, down_from)) = (pair(), pair());
        let fuse = |is_mine: bool| is_mine.then_some(after_bytes);
        let up_fuse = fuse(is_up);
        let up = thread::spawn(move || pass_on(up_from, up_to, up_fuse, is_rude));
        pass_on(down_from, down_to, fuse(!is_up), is_rude);
        up.join().expect("a proxy does not fail");
    });
    proxy
}

/// Passes bytes on until either side ends or the fuse blows, and ends both.
fn pass_on(mut from: TcpStream, mut to: TcpStream, fuse: Option<u64>, is_rude: bool) {
    let (mut left, mut buffer) = (fuse.unwrap_or(u64::MAX), [0; SLICE_BYTES]);
    let is_blown = loop {
        let Ok(read @ 1..) = from.read(&mut buffer) else { break false };
        let count = (read as u64).min(left) as usize;
        if to.write_all(&buffer[..count]).is_err() {
            break false;
        }
        left -= count as u64;
        if left == 0 {
            break true;
        }
    };
    end(&from, is_blown && is_rude);
    end(&to, is_blown && is_rude);
}

//! The network room: what the window may ask of it and what it tells the window.
//!
//! This file knows the words that pass between the window and the one thread that owns every socket, and
//! it is the only place that reads the clock. It does not know pages, widgets or sentences; how bytes
//! travel is in the files of the folder beside it.

mod address;
mod connection;
mod control;
mod covers;
mod dial;
mod line;
mod reconnect;
mod room;
mod transfers;
mod turn;
mod writer;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mio::{Poll, Waker};
use parlour_common::message::{
    ClosingReason, CoverId, Denial, Event, Reply, Request, SignedIn, TrackId, Welcome,
};
use parlour_common::names::FileName;

pub use address::{AddressError, ServerAddress};

/// Names one [`Command::Ask`], so that its answer can be told from others. Chosen by the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Names one download. Chosen by the app, and not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DownloadId(pub u64);

/// What the app wants of the network. None of them waits.
#[derive(Clone, Debug)]
pub enum Command {
    /// Connects, says hello and keeps the connection alive, again and again after a loss, until
    /// [`Command::Disconnect`]. Another server than before ends what was under way with the former one.
    Connect {
        /// Where the daemon listens.
        server: ServerAddress,
    },
    /// Says goodbye and forgets the session. Downloads end with [`DownloadFault::Disconnected`]; what they
    /// wrote is kept, and found again by the next download of the same track into the same folder.
    Disconnect,
    /// Connects now instead of after the pause that [`LinkState::Lost`] named.
    RetryNow,
    /// Asks the daemon something, answered by exactly one [`Report::Answered`].
    ///
    /// `hello`, `goodbye` and what moves files have commands of their own; they are denied here.
    Ask {
        /// Comes back with the answer.
        ticket: Ticket,
        /// What is asked.
        request: Request,
    },
    /// Fetches a picture, the newest wish first; answered by one [`Report::Cover`], also where the same was
    /// wished for several times before it came.
    FetchCover {
        /// Which picture.
        cover: CoverId,
    },
    /// Downloads a track into a folder; ends with one of [`Report::Downloaded`],
    /// [`Report::DownloadFailed`] and [`Report::DownloadCancelled`].
    Download {
        /// Comes back with each report.
        id: DownloadId,
        /// Which track.
        track: TrackId,
        /// The name to save it under; ` (2)` and so on is added where that is taken.
        file_name: FileName,
        /// Its size as the library listed it, shown until the daemon says the size it has now.
        size_bytes: u64,
        /// The folder to save it in. It must be there.
        folder: PathBuf,
    },
    /// Stops a download and removes what it wrote.
    CancelDownload {
        /// Which download.
        id: DownloadId,
    },
    /// Ends the thread. Dropping the [`Network`] does the same.
    Stop,
}

/// What the network tells the app.
#[derive(Clone, PartialEq)]
pub enum Report {
    /// The connection is in another state than before.
    Link(LinkState),
    /// The answer to [`Command::Ask`].
    Answered {
        /// The ticket of the question.
        ticket: Ticket,
        /// The answer.
        answer: Answer,
    },
    /// The daemon told something unasked: `library_changed`, `session_ended` or `closing`.
    Told(Event),
    /// The answer to [`Command::FetchCover`].
    Cover {
        /// Which picture.
        cover: CoverId,
        /// The picture as it is stored. `None`: it is not to be had now, because there is none, newer
        /// wishes took its place or the connection went; it may be asked for again.
        picture: Option<Vec<u8>>,
    },
    /// How far a download is: for each at most every 50 ms.
    Progress {
        /// Which download.
        id: DownloadId,
        /// The bytes that are here, those of an earlier run included.
        received_bytes: u64,
        /// The bytes of the whole file.
        total_bytes: u64,
        /// How fast it goes, smoothed; 0 while it waits for the connection.
        bytes_per_second: u64,
    },
    /// The file is whole, durable and under its name.
    Downloaded {
        /// Which download.
        id: DownloadId,
        /// Where the file is now.
        path: PathBuf,
    },
    /// A download ended without the file.
    DownloadFailed {
        /// Which download.
        id: DownloadId,
        /// Why.
        why: DownloadFault,
    },
    /// A download was stopped by [`Command::CancelDownload`].
    DownloadCancelled {
        /// Which download.
        id: DownloadId,
    },
}

/// The state of the connection.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkState {
    /// Nobody wants a connection.
    Idle,
    /// A connection is being made.
    Connecting,
    /// The daemon said welcome.
    Up {
        /// Who it is and what it expects.
        welcome: Welcome,
    },
    /// After [`LinkState::Up`]: the session of before the loss goes on.
    Resumed {
        /// Who is signed in.
        signed_in: SignedIn,
    },
    /// The connection went, or was never there.
    Lost {
        /// Why.
        why: LinkFault,
        /// When the next try comes. `None`: no try comes by itself, because it never worked at this
        /// address or cannot work again.
        retry_in: Option<Duration>,
    },
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// The name of the host stands for no address; the reason is the system's.
    CannotResolve(String),
    /// The host is there and nothing listens at the port.
    Refused,
    /// The host cannot be reached; the reason is the system's.
    Unreachable(String),
    /// Nobody answered in time.
    TimedOut,
    /// Something answered that is not a Parlour daemon.
    NotParlour,
    /// The daemon does not speak this client's version of the protocol.
    VersionUnsupported,
    /// The daemon closed the connection, with its reason if it gave one.
    Closed(Option<ClosingReason>),
    /// Nothing came from the daemon for too long.
    Silent,
    /// What a daemon sent after its welcome is not the protocol.
    Garbled,
    /// The daemon did not let the connection in, for now.
    Denied(Denial),
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It was done.
    Reply(Reply),
    /// It was not done.
    Denied(Denial),
    /// The connection went, or was not there, before the answer came. Whether it was done is not known.
    Lost,
}

/// Why a download ended without the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadFault {
    /// The folder is not there, or not any more.
    FolderGone,
    /// The disk is full.
    NoSpace,
    /// The folder cannot be written to; the reason is the system's.
    NotWritable(String),
    /// Another download is writing the same track into the same folder.
    InUse,
    /// The daemon does not give the track, or the session has ended.
    Denied(Denial),
    /// The track was changed on the daemon again and again while it was fetched.
    Changed,
    /// The daemon could not read the track, several times.
    ReadFailed,
    /// The daemon sent what it had not announced, several times.
    Garbled,
    /// The app disconnected, or was not signed in.
    Disconnected,
    /// Too many downloads are waiting.
    TooMany,
}

// Written by hand: a picture is megabytes, and relm4 logs what it delivers.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(state) => f.debug_tuple("Link").field(state).finish(),
            Self::Answered { ticket, answer } => {
                f.debug_struct("Answered").field("ticket", ticket).field("answer", answer).finish()
            }
            Self::Told(event) => f.debug_tuple("Told").field(event).finish(),
            Self::Cover { cover, picture } => f
                .debug_struct("Cover")
                .field("cover", cover)
                .field("picture_bytes", &picture.as_ref().map(Vec::len))
                .finish(),
            Self::Progress { id, received_bytes, total_bytes, bytes_per_second } => f
                .debug_struct("Progress")
                .field("id", id)
                .field("received_bytes", received_bytes)
                .field("total_bytes", total_bytes)
                .field("bytes_per_second", bytes_per_second)
                .finish(),
            Self::Downloaded { id, path } => {
                f.debug_struct("Downloaded").field("id", id).field("path", path).finish()
            }
            Self::DownloadFailed { id, why } => {
                f.debug_struct("DownloadFailed").field("id", id).field("why", why).finish()
            }
            Self::DownloadCancelled { id } => f.debug_struct("DownloadCancelled").field("id", id).finish(),
        }
    }
}

/// How long a daemon that is otherwise awake may bring nothing of a file it has begun: longer than a disk
/// takes to wake up, shorter than a person waits before losing faith.
const DATA_PATIENCE: Duration = Duration::from_secs(60);

/// How patient the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long finding and reaching a host may take.
    pub connect: Duration,
    /// How long the answer to `hello`, and to `resume`, may take.
    pub hello: Duration,
    /// How long a file that was asked for may bring nothing, before its connection counts as lost.
    pub data: Duration,
    /// The longest first pause before a new try.
    pub pause_first: Duration,
    /// The longest pause before a new try.
    pub pause_max: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            hello: Duration::from_secs(10),
            data: DATA_PATIENCE,
            pause_first: Duration::from_millis(500),
            pause_max: Duration::from_secs(30),
        }
    }
}

/// The thread that owns the sockets. Dropping it closes them and waits for the thread.
pub struct Network {
    commands: Sender<Command>,
    waker: Option<Arc<Waker>>,
    thread: Option<JoinHandle<()>>,
}

impl Network {
    /// Starts the thread. It calls `sink` with each report; a sink that waits makes the network wait.
    pub fn start(sink: impl Fn(Report) + Send + 'static) -> Self {
        Self::start_with(Patience::default(), sink)
    }

    /// Starts the thread with another patience than usual, as tests do.
    pub fn start_with(patience: Patience, sink: impl Fn(Report) + Send + 'static) -> Self {
        let (commands, receiver) = channel();
        let sink: Sink = Box::new(sink);
        let polling = Poll::new().and_then(|poll| {
            let waker = Waker::new(poll.registry(), room::WAKE)?;
            Ok((poll, Arc::new(waker)))
        });
        let (poll, waker) = match polling {
            Ok(polling) => polling,
            Err(error) => {
                // The system gives no more descriptors: the app shows it as it shows a host out of reach.
                let why = LinkFault::Unreachable(error.to_string());
                sink(Report::Link(LinkState::Lost { why, retry_in: None }));
                return Self { commands, waker: None, thread: None };
            }
        };
        let room = room::Room::new(poll, Arc::clone(&waker), receiver, sink, patience);
        let thread = std::thread::Builder::new().name("network".to_owned()).spawn(move || room.run(clock));
        Self { commands, waker: Some(waker), thread: thread.ok() }
    }

    /// Hands over a command. Never waits.
    pub fn send(&self, command: Command) {
        // A thread that has stopped takes no commands: nobody is left to report to either.
        let _ = self.commands.send(command);
        if let Some(waker) = &self.waker {
            let _ = waker.wake();
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Where reports go.
type Sink = Box<dyn Fn(Report) + Send>;

#[expect(clippy::disallowed_methods, reason = "the one place of the client that reads the clock")]
fn clock() -> Instant {
    Instant::now()
}

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
mod export;
mod line;
mod order;
mod reader;
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
    ClosingReason, ConversationId, CoverId, Denial, Event, OnePost, Reply, Request, SignedIn, Welcome,
};

pub use address::{AddressError, ServerAddress};
pub use export::{ExportFault, ExportForm};
pub use order::{Confirm, Ending, Fetch, JobId, Order, Seen, Source, TransferFault, Upload};

/// Names one [`Command::Ask`], so that its answer can be told from others. Chosen by the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What the app wants of the network. None of them waits.
#[derive(Clone, Debug)]
pub enum Command {
    /// Connects, says hello and keeps the connection alive, again and again after a loss, until
    /// [`Command::Disconnect`]. Another server than before ends what was under way with the former one.
    Connect {
        /// Where the daemon listens.
        server: ServerAddress,
    },
    /// Says goodbye and forgets the session. Transfers end with [`TransferFault::Disconnected`]; what they
    /// moved is kept, and found again by the next one with the same words.
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
    /// Fetches the picture that a post shows, as [`Command::FetchCover`]; answered by one
    /// [`Report::CardPicture`].
    FetchCardPicture {
        /// Which post.
        card: OnePost,
    },
    /// Writes a conversation into a file, in place of one that was being written. Ends with one
    /// [`Report::Exported`].
    Export {
        /// Which.
        conversation: ConversationId,
        /// Where. A file that is there is replaced once all is written.
        path: PathBuf,
        /// In which form.
        form: ExportForm,
    },
    /// Writes no conversation after all, and leaves nothing of it.
    CancelExport,
    /// Begins a transfer, or goes on with one that rests or was begun by an earlier run: then with the same
    /// order. Ends with one [`Report::Ended`].
    Begin {
        /// Comes back with each report.
        id: JobId,
        /// What is to be moved.
        order: Box<Order>,
    },
    /// Lets a transfer rest; what was moved is kept.
    Pause {
        /// Which transfer.
        id: JobId,
    },
    /// Gives a transfer up, whether it is under way or rests, and removes what it left on both sides.
    Cancel {
        /// Which transfer.
        id: JobId,
        /// What it was to move.
        order: Box<Order>,
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
    /// The answer to [`Command::FetchCardPicture`].
    CardPicture {
        /// Which post.
        card: OnePost,
        /// The picture as it was sent. `None`: it is not to be had now.
        picture: Option<Vec<u8>>,
    },
    /// So much of a conversation is written.
    ExportMoved {
        /// How many posts.
        posts: u64,
    },
    /// The conversation is written, or will not be.
    Exported {
        /// Where it is, or why not.
        how: Result<PathBuf, ExportFault>,
    },
    /// How far a transfer is: for each at most every 50 ms.
    Progress {
        /// Which transfer.
        id: JobId,
        /// The bytes that are on the other side, those of an earlier run included.
        moved_bytes: u64,
        /// The bytes of the whole file.
        total_bytes: u64,
        /// How fast it goes, smoothed; 0 while it waits for the connection.
        bytes_per_second: u64,
    },
    /// What the file of an upload looks like; to be kept with its order, so that a later run notices another.
    Seen {
        /// Which transfer.
        id: JobId,
        /// What it looks like.
        seen: Seen,
    },
    /// A transfer waits for the daemon's disk, and goes on by itself.
    Held {
        /// Which transfer.
        id: JobId,
        /// What the daemon said.
        why: Denial,
    },
    /// A transfer has ended, or rests.
    Ended {
        /// Which transfer.
        id: JobId,
        /// How.
        how: Ending,
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
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Answer {
    /// It was done.
    Reply(Reply),
    /// It was not done.
    Denied(Denial),
    /// The connection went, or was not there, before the answer came. Whether it was done is not known.
    Lost,
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
            Self::CardPicture { card, picture } => f
                .debug_struct("CardPicture")
                .field("card", card)
                .field("picture_bytes", &picture.as_ref().map(Vec::len))
                .finish(),
            Self::ExportMoved { posts } => f.debug_struct("ExportMoved").field("posts", posts).finish(),
            Self::Exported { how } => f.debug_struct("Exported").field("how", how).finish(),
            Self::Progress { id, moved_bytes, total_bytes, bytes_per_second } => f
                .debug_struct("Progress")
                .field("id", id)
                .field("moved_bytes", moved_bytes)
                .field("total_bytes", total_bytes)
                .field("bytes_per_second", bytes_per_second)
                .finish(),
            Self::Seen { id, seen } => f.debug_struct("Seen").field("id", id).field("seen", seen).finish(),
            Self::Held { id, why } => f.debug_struct("Held").field("id", id).field("why", why).finish(),
            Self::Ended { id, how } => f.debug_struct("Ended").field("id", id).field("how", how).finish(),
        }
    }
}

/// How long a daemon that is otherwise awake may bring nothing of a file it has begun: longer than a disk
/// takes to wake up, shorter than a person waits before losing faith.
const DATA_PATIENCE: Duration = Duration::from_secs(60);

/// How long a daemon that is otherwise awake may take to an answer for which it reads a whole file: a
/// terabyte at the speed of a slow disk would take longer, and is asked for again.
const ANSWER_PATIENCE: Duration = Duration::from_secs(20 * 60);

/// How patient the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long finding and reaching a host may take.
    pub connect: Duration,
    /// How long the answer to `hello`, and to `resume`, may take.
    pub hello: Duration,
    /// How long a file that was asked for may bring nothing, before its connection counts as lost.
    pub data: Duration,
    /// How long an answer may take for which the daemon reads a whole file.
    pub answer: Duration,
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
            answer: ANSWER_PATIENCE,
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

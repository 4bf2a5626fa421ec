//! Building the daemon: each room is made, joined and started here.
//!
//! This file does not know what happens once it runs. Everything that can fail at a start fails here, with
//! a sentence for the operator.

mod files;

use std::fs::DirBuilder;
use std::io::IsTerminal;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use parlour_common::limits::{
    CHUNK_DATA_BYTES_MAX, HEARTBEAT_SECONDS, INVITE_CODE_BYTES, MESSAGE_BEFORE_SIGN_IN_BYTES_MAX,
    MESSAGE_BYTES_MAX, PASSWORD_CHARS_MIN, PROTOCOL_VERSION, REQUESTS_UNDER_WAY_MAX, SILENCE_SECONDS_MAX,
    TRACKS_PER_PAGE_MAX, TRANSFERS_PER_CONNECTION_MAX,
};
use parlour_common::message::{Limits, Policies, Welcome};
use parlour_common::names::{InviteCode, UserName};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing_subscriber::EnvFilter;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::daemon::{Arrival, Daemon, Ending, Rooms};
use crate::files::Files;
use crate::keys::Keys;
use crate::mail::Mailer;
use crate::music::{Bank, Published};
use crate::net::{EventLoop, Gate, Waker, socket_path};
use crate::service::{Service, Settings};
use crate::store::{Committer, InviteHash, Store, StoreError, UserId, Writer};
use crate::workers::scan::Librarian;
use crate::workers::{Covers, Passwords, Tools, TrackHashes, Workers};
use files::repair_files;

pub use files::open_files;

/// The exit code for a start that failed.
const EXIT_START: u8 = 1;

/// The exit code for a faulty configuration (`EX_CONFIG` of sysexits.h).
pub const EXIT_CONFIG: u8 = 78;

/// The exit code for a store that has failed while running: a restart may mend it (`EX_TEMPFAIL`).
const EXIT_STORAGE: u8 = 75;

/// Descriptors that are not for connections: the store, the log, the poll, files being sent.
const DESCRIPTORS_RESERVED: usize = 64;

/// How often a start tries to get hold of the store, and how long it waits in between.
const STORE_LOOKS_MAX: u32 = 30;
const STORE_LOOK_PAUSE: Duration = Duration::from_millis(100);

/// Why the daemon did not start, or ended.
#[derive(Debug)]
pub struct Failure {
    /// What happened and what to do.
    pub sentence: String,
    /// The exit code.
    pub exit_code: u8,
}

impl Failure {
    fn at_start(sentence: String) -> Self {
        Self { sentence, exit_code: EXIT_START }
    }
}

/// Begins to log to stderr. `RUST_LOG` chooses what, or else the caller does.
pub fn start_log(what: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(what));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        // Whoever reads the log may go; that must not end the daemon.
        .log_internal_errors(false)
        .init();
}

/// Serves until the operator asks for the end.
pub fn run(config: &Config) -> Result<(), Failure> {
    let bank_is_default = config.bank == config.data_dir.join("bank");
    make_folder(&config.data_dir)?;
    if bank_is_default {
        make_folder(&config.bank)?;
    }
    let (event_loop, gate) = listen(config)?;
    // It has no limit of its own: it holds no more than the queues of the workers and the committer let in.
    let (sender, arrivals) = channel();
    let post = Post { sender, waker: event_loop.waker() };
    let (store, writer) = open_store(config)?;
    let bank = open_bank(&config.bank)?;
    let address = gate.address().map_err(|error| Failure::at_start(error.to_string()))?;

    let answers = post.clone();
    let committer =
        Committer::start(writer, move |ticket, applied| answers.send(Arrival::Applied(ticket, applied)))
            .map_err(no_thread)?;
    let published = post.clone();
    let cache = config.data_dir.join("library-cache");
    let librarian =
        Librarian::start(bank.clone(), cache, move |library| published.send(Arrival::Library(library)))
            .map_err(no_thread)?;
    let keys = open_keys(config)?;
    let setup_code = draw_setup_code(&store)?;
    let files = open_files(config)?;
    repair_files(&files, &store)?;
    let seats = seats(&store)?;
    let tools = tools(config, store, bank, keys.clone(), files);
    let workers = Workers::start(tools, Arc::new(move |finished| post.send(Arrival::Finished(finished))))
        .map_err(no_thread)?;
    workers.check_mailbox();

    let service = Service::new(settings(config, keys, setup_code, seats));
    let connections_max = allowed_connections(config.connections_max);
    // The store's lock is ours: nobody else serves this folder.
    let local_gate = listen_locally(config, &event_loop)?;
    let daemon = Daemon::new(Rooms {
        event_loop,
        gates: vec![local_gate, gate],
        service,
        workers,
        committer,
        arrivals,
        welcome: Arc::new(welcome(config)),
        connections_max,
        send_bytes_per_second: config.files.send_bytes_per_second,
    });
    tracing::info!(
        bank = %config.bank.display(), data_dir = %config.data_dir.display(), connections_max,
        "listening on {address}"
    );
    let ending = daemon.run().map_err(|error| Failure {
        sentence: format!("the event loop failed: {error}."),
        exit_code: EXIT_START,
    })?;
    librarian.stop();
    match ending {
        Ending::Asked => {
            tracing::info!("stopped");
            Ok(())
        }
        Ending::StorageFailed => Err(Failure {
            sentence: "the store has failed, so nothing more can be kept; free some disk space or check the \
                       disk, then start again."
                .to_owned(),
            exit_code: EXIT_STORAGE,
        }),
    }
}

fn listen(config: &Config) -> Result<(EventLoop, Gate), Failure> {
    EventLoop::open(config.listen).map_err(|error| {
        Failure::at_start(format!(
            "cannot listen on {}: {error}. Is another parlourd running? Choose another `listen`, or end it.",
            config.listen
        ))
    })
}

fn listen_locally(config: &Config, event_loop: &EventLoop) -> Result<Gate, Failure> {
    event_loop.open_local(&config.data_dir).map_err(|error| {
        Failure::at_start(format!(
            "the local socket {} cannot be made: {error}. See to it that this folder can be written and is \
             on a disk of this machine, or choose another `data_dir`.",
            socket_path(&config.data_dir).display()
        ))
    })
}

/// Opens the store, and waits for a moment where another program holds it: a command of the operator, say,
/// which is done soon.
fn open_store(config: &Config) -> Result<(Store, Writer), Failure> {
    let mut looks = 0;
    loop {
        looks += 1;
        match Store::open(&config.data_dir) {
            Err(StoreError::Held { .. }) if looks < STORE_LOOKS_MAX => std::thread::sleep(STORE_LOOK_PAUSE),
            opened => return opened.map_err(|error| Failure::at_start(error.to_string())),
        }
    }
}

/// Draws the code that makes the first admin, as long as there is none, and tells it to whoever may read the
/// log: the operator. Nothing else keeps it, and the next start draws another.
fn draw_setup_code(store: &Store) -> Result<Option<InviteHash>, Failure> {
    if store.has_admin().map_err(|error| Failure::at_start(error.to_string()))? {
        return Ok(None);
    }
    let mut bytes = Zeroizing::new([0; INVITE_CODE_BYTES]);
    getrandom::fill(&mut *bytes).map_err(|error| {
        Failure::at_start(format!("the system gives no random numbers ({error}); see to it and start again."))
    })?;
    let code = InviteCode::from_bytes(*bytes);
    tracing::info!(
        "There is no admin yet. This setup code makes one: {} . In the app, choose \"Create an Account\", then \
         \"I have a code\". Or sign up without it, and make yourself admin here: parlourd user role NAME admin",
        code.as_str()
    );
    Ok(Some(InviteHash::of(&code)))
}

/// Reads whose seats in the room are taken.
fn seats(store: &Store) -> Result<Vec<(UserId, UserName)>, Failure> {
    let seats = store.seats().map_err(|error| Failure::at_start(error.to_string()))?;
    Ok(seats.into_iter().map(|(user, user_name, _)| (user, user_name)).collect())
}

/// Opens a folder of music.
pub fn open_bank(folder: &Path) -> Result<Bank, Failure> {
    Bank::open(folder).map_err(|error| {
        Failure::at_start(format!("the music folder cannot be opened: {error}. Check `bank`."))
    })
}

/// Opens the server's key, or makes it. The caller has locked the store, so that no other program makes
/// another.
pub fn open_keys(config: &Config) -> Result<Keys, Failure> {
    Keys::open(&config.data_dir).map_err(|error| Failure::at_start(error.to_string()))
}

/// Lays out what the workers need.
pub fn tools(config: &Config, store: Store, bank: Bank, keys: Keys, files: Files) -> Tools {
    let covers = Covers::new(config.data_dir.join("covers"));
    let passwords = Passwords::new(config.password_cost);
    let mailer = config.mail.clone().map(|post| Mailer::new(post, &config.name));
    let (policy, track_hashes) = (config.files.policy, TrackHashes::default());
    Tools { store, bank, covers, passwords, keys, mailer, files, policy, track_hashes }
}

/// Lays out what the service needs; `setup_code` is the hash of the code that makes the first admin, `seats` are those
/// of the room that are taken.
pub fn settings(
    config: &Config,
    keys: Keys,
    setup_code: Option<InviteHash>,
    seats: Vec<(UserId, UserName)>,
) -> Settings {
    Settings {
        policies: welcome(config).policies,
        phone_pattern: config.phone_pattern.1.clone(),
        keys,
        setup_code,
        library: Published::nothing(),
        files: config.files.policy,
        room: config.room,
        seats,
    }
}

/// A way to the loop, for other threads.
#[derive(Clone)]
struct Post {
    sender: Sender<Arrival>,
    waker: Waker,
}

impl Post {
    fn send(&self, arrival: Arrival) {
        // A loop that has ended takes nothing, and nobody waits for an answer any more.
        if self.sender.send(arrival).is_ok() {
            self.waker.wake();
        }
    }
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    // What is in it is nobody else's on this machine.
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| {
        Failure::at_start(format!(
            "the folder {} cannot be made: {error}. Choose another `data_dir`.",
            path.display()
        ))
    })
}

/// Says that a thread cannot be had.
#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
pub fn no_thread(error: std::io::Error) -> Failure {
    Failure::at_start(format!("a thread cannot be started: {error}. The system may be out of memory."))
}

/// Raises the limit of descriptors as far as the system lets us, and keeps the connections below it.
fn allowed_connections(wanted: usize) -> usize {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let descriptors = getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok());
    let Some(descriptors) = descriptors else { return wanted };
    // A quarter for the files that are being sent.
    let allowed = (descriptors.saturating_sub(DESCRIPTORS_RESERVED) * 3 / 4).max(1);
    if allowed < wanted {
        tracing::warn!(
            "at most {allowed} connections: the system allows {descriptors} open files (see `ulimit -n`)"
        );
    }
    wanted.min(allowed)
}

fn welcome(config: &Config) -> Welcome {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Welcome {
        protocol: PROTOCOL_VERSION,
        server: config.name.clone(),
        software: concat!("parlourd ", env!("CARGO_PKG_VERSION")).to_owned(),
        limits: Limits {
            message_bytes_max: count(MESSAGE_BYTES_MAX),
            message_before_sign_in_bytes_max: count(MESSAGE_BEFORE_SIGN_IN_BYTES_MAX),
            chunk_data_bytes_max: count(CHUNK_DATA_BYTES_MAX),
            heartbeat_seconds: HEARTBEAT_SECONDS,
            silence_seconds_max: SILENCE_SECONDS_MAX,
            transfers_per_connection_max: count(TRANSFERS_PER_CONNECTION_MAX),
            requests_under_way_max: count(REQUESTS_UNDER_WAY_MAX),
            tracks_per_page_max: TRACKS_PER_PAGE_MAX,
            password_chars_min: PASSWORD_CHARS_MIN,
        },
        policies: Policies {
            phone_pattern: config.phone_pattern.0.clone(),
            strict_sign_in_errors: config.strict_sign_in_errors,
            reset_by_mail: config.mail.is_some(),
            sign_up: config.sign_up,
            trash_days: config.files.policy.trash_days,
            history_days: config.room.history_days,
        },
    }
}

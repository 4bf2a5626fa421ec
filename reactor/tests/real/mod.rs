//! A real daemon in a folder of its own, and a plain blocking client of it.
//!
//! Each test starts its own daemon on a port of the kernel's choice and ends it by its process id. Waits
//! are bounded and generous: a slow machine makes a test slow, not red.

// Each test binary uses its part of this, and a test may look at the clock and fail by a panic.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation
)]

mod client;
pub mod crowd;
mod gauge;
pub mod knife;
mod member;
mod random;
mod upload;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use parlour_common::Secret;
use parlour_common::message::TrackPage;
use parlour_common::names::InviteCode;
use tempfile::TempDir;

pub use client::{Came, Client};
pub use member::Member;
pub use random::Random;
pub use upload::{Begun, CHUNK_BYTES, Load};

/// Longer than anything should take, even on a machine that does three other things.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The password of everyone in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// A daemon process and its folders.
pub struct Daemon {
    pub folder: TempDir,
    pub address: SocketAddr,
    pub log: Arc<Mutex<Vec<String>>>,
    child: Child,
}

/// What differs from a usual start.
#[derive(Default)]
pub struct Options {
    /// Lines of configuration beside the usual ones.
    pub config: &'static str,
    /// The most open files, as `ulimit -n`.
    pub open_files_max: Option<u32>,
}

/// Makes folders for a daemon: a bank, a store, a configuration.
pub fn folders(options: &Options) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (bank, store) = (folder.path().join("bank"), folder.path().join("state"));
    std::fs::create_dir_all(&bank).expect("the bank");
    let config = format!(
        "name = \"Test\"\nlisten = \"127.0.0.1:0\"\nbank = {bank:?}\ndata_dir = {store:?}\n\
         password_memory_mib = 32\n{}\n",
        options.config
    );
    std::fs::write(folder.path().join("parlourd.toml"), config).expect("the configuration");
    folder
}

impl Daemon {
    /// Starts with an empty bank.
    pub fn start() -> Self {
        Self::start_in(folders(&Options::default()), &Options::default())
    }

    /// Starts with these files in the bank, by relative path.
    pub fn start_with(files: &[(&str, &[u8])]) -> Self {
        Self::start_with_options(files, &Options::default())
    }

    /// Starts with these files in the bank, other than usual.
    pub fn start_with_options(files: &[(&str, &[u8])], options: &Options) -> Self {
        let folder = folders(options);
        for (path, bytes) in files {
            let path = folder.path().join("bank").join(path);
            std::fs::create_dir_all(path.parent().expect("in the bank")).expect("a folder");
            std::fs::write(path, bytes).expect("a file");
        }
        Self::start_in(folder, options)
    }

    /// Starts in folders that are there already.
    pub fn start_in(folder: TempDir, options: &Options) -> Self {
        let mut daemon = Self::spawn_in(folder, options);
        daemon.address = daemon
            .await_log("listening on")
            .rsplit(' ')
            .find_map(|word| word.parse().ok())
            .expect("an address");
        daemon
    }

    /// Begins to start in folders that are there already, and does not wait until it listens.
    pub fn spawn_in(folder: TempDir, options: &Options) -> Self {
        let program = env!("CARGO_BIN_EXE_parlourd");
        let mut command = match options.open_files_max {
            None => Command::new(program),
            Some(limit) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("ulimit -n {limit}; exec \"$0\" \"$@\""), program]);
                shell
            }
        };
        command.args(["serve", "--config"]).arg(folder.path().join("parlourd.toml"));
        Self::spawn(folder, command)
    }

    /// Begins to start by a command of one's own.
    pub fn spawn(folder: TempDir, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child =
            command.env("RUST_LOG", "info").env("NO_COLOR", "1").spawn().expect("parlourd starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, seen) = (BufReader::new(child.stderr.take().expect("piped")).lines(), Arc::clone(&log));
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| seen.lock().unwrap().push(line));
        });
        Self { folder, address: ([127, 0, 0, 1], 0).into(), log, child }
    }

    /// Waits for a line of the log that contains `words`.
    pub fn await_log(&self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.log.lock().unwrap().iter().find(|line| line.contains(words)) {
                return line.clone();
            }
            assert!(Instant::now() < deadline, "no {words:?} in the log: {:#?}", self.log.lock().unwrap());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns the code that makes the first admin, which a daemon without one writes to its log.
    pub fn setup_code(&self) -> Secret<String> {
        let line = self.await_log("setup code");
        let is_code = |word: &&str| word.len() == 19 && InviteCode::parse(word).is_ok();
        let code = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').find(is_code);
        Secret::new(code.unwrap_or_else(|| panic!("no code in {line:?}")).to_owned())
    }

    pub fn bank(&self) -> PathBuf {
        self.folder.path().join("bank")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM.
    pub fn ask_to_stop(&self) {
        let pid = rustix::process::Pid::from_raw(self.child.id().cast_signed()).expect("a process id");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("the process is ours");
    }

    /// Waits for the end.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("our child") {
                return status;
            }
            assert!(Instant::now() < deadline, "the daemon does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks it to stop and sees to it that it ends well, with no panic in its life.
    pub fn end_well(mut self) -> TempDir {
        self.ask_to_stop();
        let status = self.wait();
        let log = self.log.lock().unwrap().clone();
        assert!(!log.iter().any(|line| line.contains("panicked")), "{log:#?}");
        assert!(status.success(), "{status}: {log:#?}");
        std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a temporary folder"))
    }

    /// Kills it at once and returns its folders.
    pub fn kill(mut self) -> TempDir {
        self.child.kill().expect("our child");
        self.child.wait().expect("our child");
        std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a temporary folder"))
    }

    /// A client that has said hello.
    pub fn client(&self) -> Client {
        let mut client = Client::connect(self.address);
        client.hello();
        client
    }

    /// A client that is signed up under a name.
    pub fn member(&self, name: &str) -> Client {
        let mut client = self.client();
        client.sign_up(name).unwrap_or_else(|denial| panic!("{name}: {denial:?}"));
        client
    }

    /// Waits until the library has this many tracks and is not being read.
    pub fn await_tracks(&self, client: &mut Client, tracks: u32) -> TrackPage {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let page = client.search("");
            if page.library.tracks == tracks && !page.library.scanning {
                return page;
            }
            assert!(Instant::now() < deadline, "{:?}: {:#?}", page.library, self.log.lock().unwrap());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the daemon's log: {:#?}", self.log.lock().unwrap());
        }
    }
}

/// A WAV file of so many bytes of sound, different for each `seed`.
pub fn wav(seed: u8, sound_bytes: u32) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + sound_bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    for part in [16_u32, 1 | 1 << 16, 8000, 8000, 1 | 8 << 16] {
        file.extend_from_slice(&part.to_le_bytes());
    }
    file.extend_from_slice(b"data");
    file.extend_from_slice(&sound_bytes.to_le_bytes());
    file.extend((0..sound_bytes).map(|n| (n.wrapping_mul(31) >> 3) as u8 ^ seed));
    file
}

/// Tells whether two files have the same bytes.
pub fn same_bytes(path: &Path, bytes: &[u8]) -> bool {
    std::fs::read(path).is_ok_and(|read| read == bytes)
}

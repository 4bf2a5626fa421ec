//! A real daemon on a free port, that can be killed and started again.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, Once, PoisonError};

use super::Kept;
use super::road::{Pace, slow_road};

/// A real daemon with a bank and accounts of its own.
pub struct Daemon {
    folder: tempfile::TempDir,
    kept: Option<Kept>,
    port: u16,
    /// Where the road to it begins, if it is a slow one, and how slow.
    road: Option<(String, Pace)>,
    more: String,
    log: Arc<Mutex<String>>,
}

impl Daemon {
    /// Starts a daemon with the music of the tree.
    pub fn start() -> Self {
        Self::with(&bank_of_tree(), "")
    }

    /// Starts a daemon with this music and these further lines of configuration.
    pub fn with(bank: &Path, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the daemon");
        let more = format!("bank = {bank:?}\n{more}");
        let mut daemon = Self { folder, kept: None, port: 0, road: None, more, log: Arc::default() };
        daemon.run();
        daemon
    }

    /// Returns the address that a person types.
    pub fn address(&self) -> String {
        match &self.road {
            Some((address, _)) => address.clone(),
            None => format!("127.0.0.1:{}", self.port),
        }
    }

    /// Lays a slow road to the daemon: from now on its address is where that begins.
    pub fn move_away(&mut self, bytes_per_second: u32) {
        let pace = Pace::new(bytes_per_second.into());
        self.road = Some((slow_road(format!("127.0.0.1:{}", self.port), pace.clone()), pace));
    }

    /// Makes the slow road as fast as if it were not there.
    pub fn come_near(&self) {
        let (_, pace) = self.road.as_ref().expect("a road");
        pace.store(u32::MAX, Ordering::Relaxed);
    }

    /// Kills the daemon as a power cut would.
    pub fn kill(&mut self) {
        self.kept = None;
    }

    /// Returns what the daemon has logged since it was started last.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the folder in which the daemon keeps everything.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Removes everything that a daemon that was killed knew.
    pub fn lose_everything(&self) {
        fs::remove_dir_all(self.folder.path().join("state")).expect("its records");
    }

    /// Does what an operator does on the command line. Returns what is said.
    pub fn command(&self, arguments: &[&str]) -> String {
        let mut parlourd = Command::new(path());
        parlourd.args(arguments).arg("--config").arg(self.folder.path().join("parlourd.toml"));
        let output = parlourd.output().expect("the daemon's program");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Stops the daemon where it is: it is there and does nothing more, until it is killed.
    pub fn pause(&mut self) {
        let Some(kept) = &mut self.kept else { return };
        let id = kept.child().id().to_string();
        let stopped = Command::new("kill").args(["-STOP", &id]).status();
        assert!(stopped.expect("kill is there").success());
    }

    /// Starts the daemon again, at the same port and with the same accounts.
    pub fn run(&mut self) {
        let config = self.folder.path().join("parlourd.toml");
        let text = format!(
            "name = \"The Front Room\"\nlisten = \"127.0.0.1:{}\"\ndata_dir = {:?}\n\
             password_memory_mib = 32\n{}\n",
            self.port,
            self.folder.path().join("state"),
            self.more
        );
        fs::write(&config, text).expect("the configuration");
        let mut parlourd = Command::new(path());
        parlourd.args(["serve", "--config"]).arg(&config).env("RUST_LOG", "info").env("NO_COLOR", "1");
        let mut kept = Kept::start(&mut parlourd);
        let log = BufReader::new(kept.child().stderr.take().expect("it is piped"));
        let mut lines = log.lines();
        let mut said = String::new();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let port = line
                .split_once("listening on 127.0.0.1:")
                .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
            said.push_str(&line);
            said.push('\n');
            port?.parse().ok()
        });
        self.port = port.unwrap_or_else(|| panic!("the daemon did not start:\n{said}"));
        self.log = Arc::new(Mutex::new(said));
        // Somebody has to go on reading, or the daemon would wait at a full pipe.
        let log = Arc::clone(&self.log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                log.push_str(&line);
                log.push('\n');
            }
        });
        self.kept = Some(kept);
    }
}

/// Returns the music of the tree.
pub fn bank_of_tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/bank")
}

/// Writes a WAVE file of silence that takes no room on the disk.
pub fn silence(path: &Path, data_bytes: u32) {
    let mut file = File::create(path).expect("a file of the bank");
    let mut header = b"RIFF".to_vec();
    header.extend((36 + data_bytes).to_le_bytes());
    header.extend(b"WAVEfmt ");
    for word in [16_u32, 0x0001_0001, 8000, 16_000, 0x0010_0002] {
        header.extend(word.to_le_bytes());
    }
    header.extend(b"data");
    header.extend(data_bytes.to_le_bytes());
    file.write_all(&header).expect("its header");
    file.set_len(44 + u64::from(data_bytes)).expect("its silence");
}

/// Returns the daemon: the one named by `PARLOURD`, or the one beside the app, as new as the tree.
fn path() -> PathBuf {
    static BUILT: Once = Once::new();
    if let Some(path) = std::env::var_os("PARLOURD") {
        return path.into();
    }
    BUILT.call_once(build);
    let beside = Path::new(env!("CARGO_BIN_EXE_parlour")).with_file_name("parlourd");
    assert!(beside.is_file(), "there is no daemon at {}", beside.display());
    beside
}

/// Builds the daemon, as `cargo test -p parlour-gtk` alone does not: an old one would speak as it used to.
fn build() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--package", "parlour-reactor", "--bin", "parlourd"]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    if let Some(target) = Path::new(env!("CARGO_BIN_EXE_parlour")).parent().and_then(Path::parent) {
        cargo.arg("--target-dir").arg(target);
    }
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo runs this test").success(), "the daemon does not build");
}

//! A house to which commands are sent: with its daemon running, or with nobody at home.
//!
//! It does not know what a command does. What is said is kept with the exit code.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::super::real::{self, Client, Daemon, Options, PASSWORD, PATIENCE};

/// What a program said, and with which code it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// Returns what a command that must succeed printed.
    pub fn done(self) -> String {
        assert!(self.code == 0 && self.err.is_empty(), "{self:?}");
        self.out
    }

    /// Sees to it that a command was refused, and that each of the words was said of it.
    pub fn refused(self, words: &[&str]) {
        self.ended(1, words);
    }

    /// Sees to it that a command ended with this code, printed nothing, and said each of the words.
    pub fn ended(self, code: i32, words: &[&str]) {
        assert!(self.code == code && self.out.is_empty(), "{self:?}");
        assert!(!self.err.contains("panicked") && !self.err.contains("{"), "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in: {self:?}");
        }
    }

    /// Returns what a command that must succeed printed, as JSON.
    pub fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.done()).expect("JSON")
    }
}

/// Runs a program that must end by itself, with this on its standard input.
pub fn run_with(command: &mut Command, input: &str) -> Said {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env_remove("RUST_LOG").env("NO_COLOR", "1").spawn().expect("it starts");
    // It may have no use for it.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("it does not end: {:?}", child.wait_with_output());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said {
        code: output.status.code().expect("it is not killed"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// A house.
pub struct Site {
    options: Options,
    daemon: Option<Daemon>,
    folder: Option<TempDir>,
}

impl Site {
    /// A house whose daemon runs.
    pub fn running(options: Options) -> Self {
        let daemon = Daemon::start_in(real::folders(&options), &options);
        Self { options, daemon: Some(daemon), folder: None }
    }

    /// A house whose daemon has run once, and does not now.
    pub fn resting(options: Options) -> Self {
        let mut site = Self::running(options);
        site.stop();
        site
    }

    /// Returns its folder.
    pub fn folder(&self) -> &Path {
        match (&self.daemon, &self.folder) {
            (Some(daemon), _) => daemon.folder.path(),
            (None, Some(folder)) => folder.path(),
            (None, None) => unreachable!("it is one or the other"),
        }
    }

    /// Returns the folder of its records.
    pub fn state(&self) -> PathBuf {
        self.folder().join("state")
    }

    /// Returns where its local socket is, or would be.
    pub fn socket(&self) -> PathBuf {
        self.state().join("parlourd.sock")
    }

    /// Returns its daemon.
    pub fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().expect("it runs")
    }

    /// Ends its daemon, if it runs.
    pub fn stop(&mut self) {
        if let Some(daemon) = self.daemon.take() {
            self.folder = Some(daemon.end_well());
        }
    }

    /// Hands over the folder of a house where nobody is at home.
    pub fn take_folder(&mut self) -> TempDir {
        self.folder.take().expect("nobody is at home")
    }

    /// Kills its daemon.
    pub fn kill(&mut self) {
        self.folder = Some(self.daemon.take().expect("it runs").kill());
    }

    /// Starts its daemon, if it does not run.
    pub fn start(&mut self) {
        if let Some(folder) = self.folder.take() {
            self.daemon = Some(Daemon::start_in(folder, &self.options));
        }
    }

    /// Returns a command for this house, not yet run. The arguments are words with blanks between.
    pub fn command(&self, program: &Path, line: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(line).arg("--config").arg(self.folder().join("parlourd.toml"));
        command
    }

    /// Carries out a command with nothing to read.
    pub fn run(&self, line: &[&str]) -> Said {
        self.run_with(line, "")
    }

    /// Carries out a command with this to read.
    pub fn run_with(&self, line: &[&str], input: &str) -> Said {
        run_with(&mut self.command(Path::new(env!("CARGO_BIN_EXE_parlourd")), line), input)
    }

    /// Carries out a command at a terminal, where this is typed once that was asked. Returns the exit code,
    /// and what stands on the screen then.
    pub fn run_at_terminal(&self, line: &str, asked: &str, typed: &str) -> (i32, String) {
        let program = env!("CARGO_BIN_EXE_parlourd");
        let config = self.folder().join("parlourd.toml");
        let mut command = Command::new("script");
        command.arg("-qec").arg(format!("{program} {line} --config {}", config.display())).arg("/dev/null");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.env_remove("RUST_LOG").spawn().expect("util-linux is there");
        let (mut out, mut screen) = (child.stdout.take().expect("piped"), Vec::new());
        let (mut keyboard, mut typing) = (child.stdin.take(), None::<ChildStdin>);
        let mut buffer = [0; 1024];
        while let Ok(read @ 1..) = out.read(&mut buffer) {
            screen.extend_from_slice(&buffer[..read]);
            if String::from_utf8_lossy(&screen).contains(asked)
                && let Some(keys) = keyboard.take()
            {
                // Kept open: its end would be one for the command too.
                typing.insert(keys).write_all(format!("{typed}\n").as_bytes()).expect("it reads");
            }
        }
        let status = child.wait().expect("our child");
        (status.code().expect("it is not killed"), String::from_utf8(screen).expect("text"))
    }

    /// Carries out a command as a user who has no part in the house.
    pub fn run_as_nobody(&self, line: &[&str]) -> Said {
        // The program lies where nobody may look, perhaps: what runs is a copy.
        let program = self.folder().join("parlourd");
        if !program.exists() {
            std::fs::copy(env!("CARGO_BIN_EXE_parlourd"), &program).unwrap();
        }
        let mut command = self.command(&program, line);
        become_nobody(&mut command);
        run_with(&mut command, "")
    }

    /// Adds an account with the usual password.
    pub fn add(&self, name: &str, role: &str) {
        let email = format!("{name}@example.org");
        let line = ["user", "add", name, "--email", &email, "--phone", "09121234567", "--role", role];
        let with_password: Vec<&str> = line.into_iter().chain(["--password-stdin"]).collect();
        self.run_with(&with_password, &format!("{PASSWORD}\n")).done();
    }

    /// Starts the house if need be, and signs in.
    pub fn sign_in(&mut self, name: &str) -> Client {
        self.start();
        let mut client = self.daemon().client();
        client.sign_in(name, PASSWORD).unwrap_or_else(|denial| panic!("{name}: {denial:?}"));
        client
    }
}

/// Lets a command run as a user who owns nothing. Only the superuser can; anyone else stays who they are.
pub fn become_nobody(command: &mut Command) {
    if is_superuser() {
        command.uid(65534).gid(65534);
    }
}

/// Tells whether the test may act as someone else.
pub fn is_superuser() -> bool {
    rustix::process::geteuid().is_root()
}

/// Does the same to a house whose daemon runs and to one where nobody is at home.
pub fn each(config: &'static str, test: impl Fn(Site)) {
    let options = || Options { config, ..Options::default() };
    test(Site::resting(options()));
    test(Site::running(options()));
}

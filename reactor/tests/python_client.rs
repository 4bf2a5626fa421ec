//! A client in another language, written from `PROTOCOL.md` alone, speaks with the real daemon.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

/// A daemon that is ended with the test.
struct Daemon {
    child: Child,
    port: String,
}

impl Daemon {
    /// Starts a daemon on a free port, and waits until it listens.
    fn start(folder: &Path, bank: &Path) -> Self {
        let config = folder.join("parlourd.toml");
        let written = format!(
            "name = \"Test\"\nlisten = \"127.0.0.1:0\"\nbank = {bank:?}\ndata_dir = {:?}\n",
            folder.join("store")
        );
        fs::write(&config, written).expect("the folder is ours");
        let mut child = Command::new(env!("CARGO_BIN_EXE_parlourd"))
            .args(["serve", "--config"])
            .arg(&config)
            .env_remove("RUST_LOG")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the daemon was built with this test");
        let mut log = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut said = String::new();
        let port = loop {
            let before = said.len();
            let bytes = log.read_line(&mut said).expect("the log is text");
            assert!(bytes > 0, "the daemon ended before it listened:\n{said}");
            if let Some((_, rest)) = said[before..].split_once("listening on 127.0.0.1:") {
                break rest.chars().take_while(char::is_ascii_digit).collect();
            }
        };
        // A full pipe would stop the daemon.
        thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Self { child, port }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().expect("the daemon runs until the test ends it");
        self.child.wait().expect("it was just ended");
    }
}

/// Returns a minute of a quiet sawtooth as a WAVE file: several chunks long.
fn some_music() -> Vec<u8> {
    let samples: Vec<u8> = (0..480_000_u32).flat_map(|at| (at % 200).to_le_bytes()[..2].to_vec()).collect();
    let bytes = u32::try_from(samples.len()).expect("a minute fits");
    let mut file = Vec::new();
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&8000_u32.to_le_bytes());
    file.extend_from_slice(&16_000_u32.to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&bytes.to_le_bytes());
    file.extend_from_slice(&samples);
    file
}

#[test]
fn a_stranger_s_client_signs_up_searches_downloads_resumes_and_comes_back() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let bank = folder.path().join("bank");
    let track = bank.join("Sawtooth.wav");
    fs::create_dir(&bank).expect("the folder is ours");
    fs::write(&track, some_music()).expect("the folder is ours");
    let daemon = Daemon::start(folder.path(), &bank);
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("../common/tests/python_client/client.py");
    for greeting in ["Signed up as stranger.", "Signed in as stranger."] {
        let output = Command::new("/usr/bin/python3")
            .arg(&client)
            .args(["127.0.0.1", &daemon.port, "--query", "sawtooth", "--file"])
            .arg(&track)
            .output()
            .expect("python3 and python3-msgpack are installed");
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{complained}");
        assert!(said.contains(greeting) && said.contains("Said goodbye."), "{said}");
    }
}

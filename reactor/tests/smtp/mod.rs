//! A real mail server, `server.py`, that takes mail or misbehaves, and certificates for it.
//!
//! It does not know what is sent to it. Waits are bounded and generous.

// Each test binary uses its part of this, and a test may look at the clock and fail by a panic.
#![allow(dead_code, clippy::unwrap_used, clippy::disallowed_methods)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Longer than anything should take, even on a machine that does three other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail server process.
pub struct MailServer {
    pub port: u16,
    said: Arc<Mutex<Vec<Value>>>,
    child: Child,
}

impl MailServer {
    /// Starts with these arguments on a port of the kernel's choice.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_on(0, arguments)
    }

    /// Starts on a port.
    pub fn start_on(port: u16, arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/smtp/server.py");
        // Debian's own Python, for which aiosmtpd is installed.
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-u", "-W", "ignore"]).arg(script).args(["--port", &port.to_string()]).args(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 is there");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                heard.lock().unwrap().push(serde_json::from_str(&line).expect("a line of JSON"));
            }
        });
        let mut server = Self { port, said, child };
        let port = server.await_said("port");
        server.port = u16::try_from(port["port"].as_u64().unwrap()).unwrap();
        server
    }

    /// Waits until it says something with this key.
    pub fn await_said(&self, key: &str) -> Value {
        self.await_times(key, 1).remove(0)
    }

    /// Waits for so many mails.
    pub fn await_mails(&self, count: usize) -> Vec<Value> {
        self.await_times("parts", count)
    }

    /// Waits until it has said something with this key so many times.
    pub fn await_times(&self, key: &str, count: usize) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.said(key);
            if found.len() >= count {
                return found;
            }
            assert!(
                Instant::now() < deadline,
                "{count} of {key:?} are not in {:#?}",
                self.said.lock().unwrap()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Returns what it has said with this key.
    pub fn said(&self, key: &str) -> Vec<Value> {
        let said = self.said.lock().unwrap();
        said.iter().filter(|line| line.get(key).is_some()).cloned().collect()
    }

    /// Ends it, so that its port is free.
    pub fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The mails that it has taken.
    pub fn mails(&self) -> Vec<Value> {
        self.said("parts")
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An authority of our own and a certificate that it has signed.
pub struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// Makes them for a server's names, such as `DNS:localhost`.
    pub fn new(names: &str) -> Self {
        let certificates = Self { folder: tempfile::tempdir().unwrap() };
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
        certificates
            .openssl(&["req", "-x509", "-subj", "/CN=Our own authority", "-keyout", "ca.key"], |it| {
                it.args(key).args(["-out", "ca.pem"])
            });
        certificates.openssl(
            &["req", "-x509", "-subj", "/CN=mail", "-CA", "ca.pem", "-CAkey", "ca.key"],
            |it| {
                let usage = ["-addext", "basicConstraints=critical,CA:FALSE"];
                it.args(key).args(usage).args(["-addext", &format!("subjectAltName={names}")]).args([
                    "-keyout",
                    "server.key",
                    "-out",
                    "server.pem",
                ])
            },
        );
        certificates
    }

    fn openssl(&self, arguments: &[&str], more: impl FnOnce(&mut Command) -> &mut Command) {
        let mut command = Command::new("openssl");
        let output = more(command.args(arguments)).current_dir(self.folder.path()).output();
        let output = output.expect("openssl is there");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The file with the authority.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Starts a mail server that shows the certificate.
    pub fn start(&self, security: &str, arguments: &[&str]) -> MailServer {
        let path = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let (certificate, key) = (path("server.pem"), path("server.key"));
        let shown = ["--security", security, "--certificate", &certificate, "--key", &key];
        MailServer::start(&[&shown, arguments].concat())
    }
}

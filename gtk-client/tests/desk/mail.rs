//! A real mail server, as the tests of the daemon start it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use super::PATIENCE;

/// A mail server that takes every mail.
pub struct MailServer {
    child: Child,
    port: u64,
    mails: Receiver<Value>,
}

impl MailServer {
    /// Starts a mail server on a free port.
    pub fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reactor/tests/smtp/server.py");
        // Debian's own Python has what the script needs. The script ends when nothing can come any more.
        let mut python = Command::new("/usr/bin/python3");
        python.args(["-u", "-W", "ignore"]).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = python.spawn().expect("python3 is installed");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let read = |line: String| serde_json::from_str::<Value>(&line).expect("a line of JSON");
        let first = lines.next().expect("it says its port").map(read).expect("it can be read");
        let port = first["port"].as_u64().expect("a port");
        let (sender, mails) = channel();
        std::thread::spawn(move || {
            let said = lines.map_while(Result::ok).map(read);
            said.filter(|line| line.get("parts").is_some()).for_each(|mail| drop(sender.send(mail)));
        });
        Self { child, port, mails }
    }

    /// Returns what the configuration of a daemon says of it.
    pub fn configuration(&self) -> String {
        format!(
            "[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"plain\"\n\
             from = \"parlour@example.org\"\n",
            self.port
        )
    }

    /// Waits for the next mail. Returns to whom it went, and its text.
    pub fn next(&self) -> (String, String) {
        let mail = self.mails.recv_timeout(PATIENCE).expect("a mail");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&mail["to"][0]), text(&mail["parts"]["text/plain"]))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! A client in another language, written from `PROTOCOL.md` alone, speaks with the real daemon.

mod real;

use std::path::Path;
use std::process::Command;

use real::{Daemon, wav};

#[test]
fn a_stranger_s_client_signs_up_searches_downloads_resumes_and_comes_back() {
    // Several chunks long.
    let daemon = Daemon::start_with(&[("Sawtooth.wav", &wav(1, 960_000))]);
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("../common/tests/python_client/client.py");
    for greeting in ["Signed up as stranger.", "Signed in as stranger."] {
        let output = Command::new("/usr/bin/python3")
            .arg(&client)
            .args(["127.0.0.1", &daemon.address.port().to_string(), "--query", "sawtooth", "--file"])
            .arg(daemon.bank().join("Sawtooth.wav"))
            .output()
            .expect("python3 and python3-msgpack are installed");
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{complained}");
        assert!(said.contains(greeting) && said.contains("Said goodbye."), "{said}");
    }
    daemon.end_well();
}

//! A client in another language, written from `PROTOCOL.md` alone, speaks with the real daemon.

mod real;

use std::path::Path;
use std::process::Command;

use real::{Daemon, wav};

#[test]
fn a_stranger_s_client_signs_up_searches_transfers_shares_talks_and_comes_back() {
    // Several chunks long.
    let daemon = Daemon::start_with(&[("Sawtooth.wav", &wav(1, 960_000))]);
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("../common/tests/python_client/client.py");
    let code = daemon.setup_code();
    // The first becomes the admin and goes everywhere; the second is a member like any other.
    let tours = [
        (
            ["--user", "stranger", "--email", "stranger@example.org", "--code", code.expose()],
            "Signed up",
            true,
        ),
        (
            ["--user", "stranger", "--email", "stranger@example.org", "--phone", "0912 123 4567"],
            "Signed in",
            true,
        ),
        (
            ["--user", "another", "--email", "another@example.org", "--phone", "0912 123 4568"],
            "Signed up",
            false,
        ),
    ];
    for (arguments, greeting, is_admin) in tours {
        let output = Command::new("/usr/bin/python3")
            .arg("-B")
            .arg(&client)
            .args(["127.0.0.1", &daemon.address.port().to_string(), "--query", "sawtooth", "--file"])
            .arg(daemon.bank().join("Sawtooth.wav"))
            .args(arguments)
            .output()
            .expect("python3 and python3-msgpack are installed");
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{complained}");
        let sentences =
            [greeting, "Went through uploads, same names, sharing", "Went through the room", "Said goodbye."];
        for sentence in sentences {
            assert!(said.contains(sentence), "{sentence:?} is not in {said}");
        }
        assert_eq!(said.contains("Went through accounts"), is_admin, "{said}");
    }
    daemon.end_well();
}

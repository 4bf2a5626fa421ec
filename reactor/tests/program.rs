//! `parlourd` and `parlour-dump` as programs: what they say when something is wrong, and with which code they
//! end.

// A test may look at the clock and fail by a panic; not every part of `real` is needed here.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod real;

mod program {
    mod check;
    mod commands;
    mod local_socket;
    mod setup_code;
    mod site;
}

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use real::{Daemon, Options, PATIENCE};
use tempfile::TempDir;

/// The exit code, standard output and standard error of a program that must end by itself.
fn run(command: &mut Command) -> (i32, String, String) {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env_remove("RUST_LOG").env("NO_COLOR", "1").spawn().expect("it starts");
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
    (output.status.code().expect("it is not killed"), text(output.stdout), text(output.stderr))
}

fn parlourd(arguments: &[&str]) -> (i32, String) {
    let (code, _, said) = run(Command::new(env!("CARGO_BIN_EXE_parlourd")).args(arguments));
    assert!(!said.contains("panicked"), "{said}");
    (code, said)
}

fn parlour_dump(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlour-dump"));
    run(command.arg("--data-dir").arg(folder.path().join("state")).args(arguments))
}

fn config_of(folder: &TempDir) -> String {
    folder.path().join("parlourd.toml").to_str().unwrap().to_owned()
}

/// Starts with these lines in the file beside the usual ones.
fn parlourd_with(lines: &'static str) -> (i32, String) {
    let folder = real::folders(&Options { config: lines, ..Options::default() });
    parlourd(&["serve", "--config", &config_of(&folder)])
}

#[test]
fn arguments_that_are_none_end_with_code_2_and_the_usage() {
    let cases: [&[&str]; 5] =
        [&[], &["server"], &["serve", "--prot", "1"], &["serve", "--config"], &["serve", "x"]];
    for arguments in cases {
        let (code, said) = parlourd(arguments);
        assert!(code == 2 && said.contains("--help"), "{arguments:?}: {code} {said}");
    }
    let (code, shown, _) = run(Command::new(env!("CARGO_BIN_EXE_parlourd")).arg("--version"));
    assert_eq!((code, shown), (0, format!("parlourd {}\n", env!("CARGO_PKG_VERSION"))));
    let (code, shown, _) = run(Command::new(env!("CARGO_BIN_EXE_parlourd")).args(["serve", "--help"]));
    assert!(code == 0 && shown.contains("--config <FILE>") && shown.contains("--data-dir <DIR>"), "{shown}");
}

#[test]
fn a_bad_value_ends_with_code_78_and_a_sentence_with_the_key_and_the_fix() {
    // A line beside the usual ones; words that must be in what is said.
    let cases: [(&str, &[&str]); 10] = [
        ("connections_max = 0", &["`connections_max` must be from 1 to 100000", "0"]),
        ("connections_max = 100001", &["`connections_max` must be from 1 to 100000", "100001"]),
        ("connections_max = -1", &["connections_max = -1", "line"]),
        ("connections_max = \"many\"", &["connections_max = \"many\"", "line", "invalid type"]),
        ("phone_pattern = \"(\"", &["`phone_pattern`", "Mend it or leave it out"]),
        ("phone_pattern = 9", &["phone_pattern = 9", "line", "string"]),
        ("strict_sign_in_errors = \"yes\"", &["strict_sign_in_errors = \"yes\"", "line", "boolean"]),
        ("nmae = \"x\"", &["nmae", "line", "expected one of", "`name`"]),
        ("name = \"twice\"", &["name", "line", "duplicate"]),
        ("this is no TOML", &["line"]),
    ];
    for (line, words) in cases {
        let (code, said) = parlourd_with(line);
        assert_eq!(code, 78, "{line}: {said}");
        assert!(said.starts_with("parlourd did not start:\n"), "{said}");
        for word in words {
            assert!(said.contains(word), "{line}: {word:?} is not in: {said}");
        }
    }
}

#[test]
fn every_fault_of_a_file_is_said_at_once() {
    let folder = real::folders(&Options::default());
    let bad = "name = \"two\\nlines\"\nlisten = \"nowhere\"\nbank = \"/no/such/folder\"\nphone_pattern = \"[\"\n\
               password_memory_mib = 64\nconnections_max = 0\n";
    std::fs::write(folder.path().join("parlourd.toml"), bad).unwrap();
    let (code, said) = parlourd(&["serve", "--config", &config_of(&folder)]);
    assert_eq!((code, said.lines().filter(|line| line.starts_with("  `")).count()), (78, 6), "{said}");
    let fixes = [
        "`name` must be 1 to 64 characters on one line",
        "`listen` must be an address of this machine and a port, such as 0.0.0.0:9000; it is \"nowhere\"",
        "`bank` must be a folder with music; there is no folder /no/such/folder",
        "`phone_pattern` cannot be used",
        "`password_memory_mib` must be 128 or 32; it is 64",
        "`connections_max` must be from 1 to 100000; it is 0",
    ];
    for fix in fixes {
        assert!(said.contains(fix), "{fix:?} is not in: {said}");
    }
    let (code, said) = parlourd(&["serve", "--config", "/no/such/file.toml"]);
    assert!(code == 78 && said.contains("/no/such/file.toml") && said.contains("--config"), "{code} {said}");
    let folder_as_file = folder.path().to_str().unwrap();
    let (code, said) = parlourd(&["serve", "--config", folder_as_file]);
    assert!(code == 78 && said.contains("--config"), "{code} {said}");
    let (code, said) = parlourd(&["serve", "--bank", "/no/such/folder", "--data-dir", folder_as_file]);
    assert!(code == 78 && said.contains("`bank`"), "{code} {said}");
}

#[test]
fn a_port_that_is_taken_ends_with_code_1_and_says_what_to_do() {
    let daemon = Daemon::start();
    let folder = real::folders(&Options::default());
    let address = daemon.address.to_string();
    let (code, said) = parlourd(&["serve", "--config", &config_of(&folder), "--listen", &address]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains(&format!("cannot listen on {address}")) && said.contains("`listen`"), "{said}");
    // 192.0.2.0/24 is for documentation: no machine has it.
    let (code, said) = parlourd(&["serve", "--config", &config_of(&folder), "--listen", "192.0.2.1:9000"]);
    assert!(code == 1 && said.contains("cannot listen on 192.0.2.1:9000"), "{code} {said}");
    daemon.end_well();
}

#[test]
fn a_store_that_another_daemon_holds_ends_with_code_1_and_says_what_to_do() {
    let daemon = Daemon::start();
    let (code, said) = parlourd(&["serve", "--config", &config_of(&daemon.folder)]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("is in use by another program; stop it"), "{said}");
    assert_eq!(said.lines().filter(|line| line.contains("ERROR")).count(), 1, "{said}");
    daemon.end_well();
}

#[test]
fn folders_that_cannot_be_used_end_with_code_1_and_say_what_to_do() {
    let folder = real::folders(&Options::default());
    let config = config_of(&folder);
    let (code, said) = parlourd(&["serve", "--config", &config, "--data-dir", "/dev/null/state"]);
    assert!(code == 1 && said.contains("/dev/null/state") && said.contains("`data_dir`"), "{code} {said}");
    // As someone who may not write there; the superuser may, and becomes nobody for it.
    let nobody = |command: &mut Command| {
        if rustix::process::geteuid().is_root() {
            command.uid(65534).gid(65534);
        }
        command.args(["serve", "--config", &config]);
    };
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    let modes =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    modes(folder.path(), 0o755);
    modes(&state, 0o555);
    // The program lies where nobody may look, perhaps: what runs is a copy.
    let program = folder.path().join("parlourd");
    std::fs::copy(env!("CARGO_BIN_EXE_parlourd"), &program).unwrap();
    let mut command = Command::new(&program);
    nobody(&mut command);
    let (code, _, said) = run(&mut command);
    assert!(code == 1 && said.contains("no permission") && said.contains("state"), "{code} {said}");
    // A bank that may not be looked into.
    modes(&state, 0o777);
    modes(&folder.path().join("bank"), 0o000);
    let mut command = Command::new(&program);
    nobody(&mut command);
    let (code, _, said) = run(&mut command);
    modes(&folder.path().join("bank"), 0o755);
    assert!(code == 1 && said.contains("music folder") && said.contains("`bank`"), "{code} {said}");
}

#[test]
fn parlour_dump_waits_for_the_daemon_to_stop_and_then_shows_all_but_secrets() {
    let daemon = Daemon::start();
    let sara = daemon.member("sara");
    let token = sara.token.clone().unwrap();
    let (code, shown, said) = parlour_dump(&daemon.folder, &[]);
    assert_eq!((code, shown.as_str(), said.lines().count()), (4, "", 1), "{said}");
    assert!(said.contains("in use") && said.contains("stop it (most likely parlourd)"), "{said}");
    drop(sara);
    let folder = daemon.end_well();

    let (code, text, _) = parlour_dump(&folder, &[]);
    assert_eq!(code, 0);
    for tree in ["users", "names", "skeletons", "emails", "sessions", "sessions_by_user", "meta"] {
        assert!(text.contains(&format!("[{tree}]")), "{tree}: {text}");
    }
    assert!(text.contains("sara@example.org") && text.contains("password_hash=***"), "{text}");
    let (code, json, _) = parlour_dump(&folder, &["--json"]);
    assert_eq!(code, 0);
    let tables: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(tables["users"][0]["record"]["password_hash"], "***");
    assert_eq!(tables["sessions"][0]["key"], "***");
    let hex: String = token.expose().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{:?}", token.expose().as_bytes());
    for shown in [&text, &json] {
        for secret in ["scrypt", hex.as_str(), list.trim_matches(['[', ']']), real::PASSWORD] {
            assert!(!shown.to_lowercase().contains(secret), "{secret:?} is in: {shown}");
        }
    }
    assert_eq!(parlour_dump(&folder, &["--check"]), (0, String::new(), String::new()));
    assert_eq!(parlour_dump(&folder, &["--check", "--json"]).0, 2);
    let empty = tempfile::tempdir().unwrap();
    let (code, _, said) = parlour_dump(&empty, &[]);
    assert!(code == 3 && said.contains("there is no store"), "{code} {said}");
}

#[test]
fn nothing_secret_is_ever_in_the_log() {
    let daemon = Daemon::start();
    let mut sara = daemon.member("sara");
    let token = sara.token.clone().unwrap();
    let mut other = daemon.client();
    assert!(other.sign_in("sara", "a wrong secret").is_err());
    other.sign_in("sara", real::PASSWORD).unwrap();
    sara.send(parlour_common::message::Request::SignOut {});
    let log = std::sync::Arc::clone(&daemon.log);
    drop((sara, other));
    daemon.end_well();
    let log = log.lock().unwrap().join("\n");
    let list = format!("{:?}", token.expose().as_bytes());
    for secret in [real::PASSWORD, "a wrong secret", "$scrypt", list.trim_matches(['[', ']'])] {
        assert!(!log.contains(secret), "{secret:?} is in the log: {log}");
    }
}

#[test]
fn the_example_configuration_is_accepted_as_it_is_and_with_every_line_in_force() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/parlourd.toml");
    let shipped = std::fs::read_to_string(shipped).unwrap();
    // A setting stands behind `#`, a remark behind `# `.
    let in_force: Vec<&str> = shipped
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .collect();
    for text in [&shipped, &in_force.join("\n")] {
        let folder = real::folders(&Options::default());
        std::fs::write(folder.path().join("example.toml"), text).unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlourd"));
        command.args(["serve", "--config", &path("example.toml"), "--listen", "127.0.0.1:0"]);
        command.args(["--data-dir", &path("state"), "--bank", &path("bank")]);
        let daemon = Daemon::spawn(folder, command);
        daemon.await_log("listening on");
        daemon.end_well();
    }
}

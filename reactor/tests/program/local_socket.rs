//! The local socket: who may use it, how it comes and goes, and that nobody on the network can bar it.

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use parlour_common::message::{Denial, Request, ServerMessage, encode};

use super::super::real::{self, Client, Daemon, Options};
use super::site::{Site, become_nobody, each, is_superuser, run_with};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn it_is_the_operators_alone_and_goes_with_the_daemon() {
    let mut site = Site::running(Options::default());
    assert!(fs::metadata(site.socket()).unwrap().file_type().is_socket());
    assert_eq!((mode(&site.socket()), mode(&site.state())), (0o600, 0o700));
    site.stop();
    assert!(!site.socket().exists(), "a clean stop leaves nothing behind");
}

#[test]
fn what_a_killed_daemon_left_is_replaced_and_what_is_a_living_ones_is_not() {
    let mut site = Site::running(Options::default());
    site.kill();
    assert!(site.socket().exists());
    // Nobody listens, and nobody holds the store: the command is its own house.
    site.add("sara", "admin");
    site.start();
    assert_eq!(site.run(&["user", "list", "--json"]).json().as_array().unwrap().len(), 1);
    // A second daemon for the same folder goes away again, and harms nothing.
    let inode = fs::metadata(site.socket()).unwrap().ino();
    let config = site.folder().join("parlourd.toml");
    let mut second = Command::new(env!("CARGO_BIN_EXE_parlourd"));
    second.args(["serve", "--config"]).arg(config);
    run_with(&mut second, "").ended(1, &["is in use by another program"]);
    assert_eq!(fs::metadata(site.socket()).unwrap().ino(), inode);
    site.run(&["user", "list"]).done();
    site.stop();
}

#[test]
fn another_file_of_its_name_is_not_touched_and_ends_the_start_with_a_sentence() {
    let site = Site::resting(Options::default());
    fs::write(site.socket(), "precious").unwrap();
    let mut serve = Command::new(env!("CARGO_BIN_EXE_parlourd"));
    serve.args(["serve", "--config"]).arg(site.folder().join("parlourd.toml"));
    run_with(&mut serve, "").ended(1, &["parlourd.sock cannot be made", "`data_dir`"]);
    assert_eq!(fs::read_to_string(site.socket()).unwrap(), "precious");
}

#[test]
fn a_folder_of_any_length_will_do() {
    let folder = real::folders(&Options::default());
    let deep = folder.path().join("d".repeat(120)).join("e".repeat(120));
    let config = folder.path().join("parlourd.toml");
    let serve = |folder| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlourd"));
        command.args(["serve", "--config"]).arg(&config).arg("--data-dir").arg(&deep);
        let daemon = Daemon::spawn(folder, command);
        daemon.await_log("listening on");
        daemon
    };
    let list = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_parlourd"));
        command.args(["user", "list", "--json", "--data-dir"]).arg(&deep);
        run_with(&mut command, "").done()
    };
    let daemon = serve(folder);
    assert_eq!(mode(&deep.join("parlourd.sock")), 0o600);
    assert_eq!(list(), "[]\n");
    let _folder = daemon.end_well();
    assert!(!deep.join("parlourd.sock").exists());
    assert_eq!(list(), "[]\n");
}

#[test]
fn whoever_has_no_part_in_the_house_is_told_so() {
    each("", |site| {
        if !is_superuser() {
            // Nobody else can be tried out: the folder is closed to us as it is to them.
            fs::set_permissions(site.state(), Permissions::from_mode(0o000)).unwrap();
        }
        fs::set_permissions(site.folder(), Permissions::from_mode(0o755)).unwrap();
        site.run_as_nobody(&["user", "list"]).refused(&["no permission", "sudo"]);
        // Not even where they may look into the folder.
        if is_superuser() {
            fs::set_permissions(site.state(), Permissions::from_mode(0o755)).unwrap();
            fs::set_permissions(site.state().join("store"), Permissions::from_mode(0o755)).unwrap();
            site.run_as_nobody(&["user", "role", "sara", "admin"]).refused(&["no permission", "sudo"]);
        }
        fs::set_permissions(site.state(), Permissions::from_mode(0o700)).unwrap();
        if site.socket().exists() && is_superuser() {
            let connected = UnixStream::connect(site.socket());
            assert!(connected.is_ok(), "the operator may: {connected:?}");
        }
        site.run(&["user", "list"]).done();
    });
}

#[test]
fn the_superuser_leaves_nothing_in_the_folder_that_its_owner_could_not_use() {
    if !is_superuser() {
        println!("only the superuser can try this: what it does for another is not tested here");
        return;
    }
    let mut site = Site::resting(Options::default());
    let owned_by = |uid: u32| {
        let mut folders = vec![site.state()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                assert_eq!(fs::metadata(&path).unwrap().uid(), uid, "{path:?}");
                if path.is_dir() {
                    folders.push(path);
                }
            }
        }
    };
    // The folder is theirs; the way to it they cannot go.
    let mut chown = Command::new("chown");
    chown.args(["-R", "65534:65534"]).arg(site.state());
    run_with(&mut chown, "").done();
    fs::set_permissions(site.folder(), Permissions::from_mode(0o700)).unwrap();
    // Enough to make the engine write files of its own.
    for n in 0..5 {
        site.add(&format!("user{n}"), "admin");
    }
    owned_by(65534);
    fs::set_permissions(site.folder(), Permissions::from_mode(0o755)).unwrap();
    let nobodys = site.run_as_nobody(&["user", "list", "--json"]).json();
    assert_eq!(nobodys.as_array().unwrap().len(), 5);
    // While its daemon runs, the superuser reaches that.
    let program = site.folder().join("parlourd");
    let config = site.folder().join("parlourd.toml");
    let mut serve = Command::new(&program);
    serve.args(["serve", "--config"]).arg(&config);
    become_nobody(&mut serve);
    let daemon = Daemon::spawn(site.take_folder(), serve);
    daemon.await_log("listening on");
    let mut list = Command::new(env!("CARGO_BIN_EXE_parlourd"));
    list.args(["user", "list", "--json", "--config"]).arg(&config);
    assert_eq!(run_with(&mut list, "").json().as_array().unwrap().len(), 5);
    daemon.end_well();
}

#[test]
fn a_place_that_is_none_is_named() {
    let folder = real::folders(&Options::default());
    let run = |line: &[&str]| run_with(Command::new(env!("CARGO_BIN_EXE_parlourd")).args(line), "");
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    run(&["user", "list", "--data-dir", state]).refused(&["there is no store in", "--data-dir"]);
    assert!(!Path::new(state).exists(), "asking makes nothing");
    run(&["audit", "--config", "/no/such/file"]).refused(&["/no/such/file", "--config"]);
    run(&["user", "list", "--data-dir", "/dev/null/x"]).refused(&["/dev/null/x"]);
}

#[test]
fn a_store_that_someone_else_reads_is_waited_for_and_then_said() {
    let mut site = Site::resting(Options::default());
    let hold = || {
        let lock = File::open(site.state().join("store/lock")).unwrap();
        lock.lock().unwrap();
        lock
    };
    let lock = hold();
    site.run(&["user", "list"]).refused(&["is in use, but nobody answers", "Try again"]);
    // One who leaves in time is not noticed, by a command nor by a start.
    let leave = |lock: File| {
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(1));
            drop(lock);
        })
    };
    let left = leave(lock);
    site.run(&["user", "list"]).done();
    left.join().unwrap();
    let left = leave(hold());
    site.start();
    left.join().unwrap();
    site.run(&["user", "list"]).done();
    site.stop();
}

/// Answers whoever comes to the socket of a house as `answer` does, while the store is held.
fn with_daemon_of(answer: impl Fn(&mut UnixStream) + Send + 'static, words: &[&str]) {
    let site = Site::resting(Options::default());
    let lock = File::open(site.state().join("store/lock")).unwrap();
    lock.lock().unwrap();
    let listener = UnixListener::bind(site.socket()).unwrap();
    let daemon = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let _ = stream.read(&mut [0; 1024]);
        answer(&mut stream);
        // Until the other side has had enough.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    site.run(&["user", "list"]).refused(words);
    daemon.join().unwrap();
}

#[test]
fn a_daemon_of_another_version_is_told_from_one_that_ends() {
    let denies = |denial: Denial| {
        let frame = encode(&ServerMessage::Denial { id: 1, denial }).unwrap();
        move |stream: &mut UnixStream| stream.write_all(&frame).unwrap()
    };
    let other = ["of another version", "restart it"];
    with_daemon_of(denies(Denial::UnknownRequest {}), &other);
    with_daemon_of(denies(Denial::VersionUnsupported { oldest: 2, newest: 3 }), &other);
    with_daemon_of(|stream| stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap(), &other);
    with_daemon_of(
        |stream| stream.shutdown(std::net::Shutdown::Both).unwrap(),
        &["has ended the connection"],
    );
}

#[test]
fn no_crowd_on_the_network_keeps_the_operator_out() {
    let site = Site::running(Options { config: "connections_max = 20", ..Options::default() });
    site.add("sara", "admin");
    // Every place is a member's, whom nobody may send away, and more strangers wait than there are places.
    let address = site.daemon().address;
    let mut first = site.daemon().client();
    first.sign_in("sara", real::PASSWORD).unwrap();
    let token = first.token.clone().unwrap();
    let members: Vec<Client> = (0..19)
        .map(|_| {
            let mut client = site.daemon().client();
            client.resume(token.clone()).unwrap();
            client
        })
        .collect();
    let crowd: Vec<Client> = (0..60).map(|_| Client::connect(address)).collect();
    for _ in 0..20 {
        assert_eq!(site.run(&["user", "list", "--json"]).json().as_array().unwrap().len(), 1);
    }
    drop(crowd);
    drop(members);
    assert_eq!(first.ask(Request::Ping {}), Ok(parlour_common::message::Reply::Done {}));
}

#[test]
fn silent_callers_of_the_operators_own_door_give_way_in_time() {
    let mut site = Site::running(Options { config: "connections_max = 3", ..Options::default() });
    let silent: Vec<UnixStream> = (0..30).map(|_| UnixStream::connect(site.socket()).unwrap()).collect();
    // They take no place of the network's.
    site.daemon().member("sara");
    // And each of them has ten seconds to say hello.
    site.run(&["user", "list"]).done();
    drop(silent);
    site.stop();
}

//! What lets a person back in, against a real keyring, a locked one and none at all.
//!
//! Each test runs itself once more on a desk of its own. Pages and daemons are not needed.

#[path = "desk/mod.rs"]
#[allow(dead_code, unused_imports, reason = "only the bus and the keyring are needed here")]
mod desk;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

use desk::{Desk, Keyring, PATIENCE, wait};
use parlour_common::Secret;
use parlour_common::message::{DeviceProof, SessionToken};
use parlour_gtk::secrets::{Keeping, KeyringFault, Owner, Secrets, Told, Wish};

/// Runs a test in a process of its own, on a desk that was prepared.
fn on_desk<T>(prepare: impl Fn(&Desk) -> T, test: fn()) {
    if std::env::var_os("PARLOUR_ON_DESK").is_some() {
        return test();
    }
    let desk = Desk::new();
    let _prepared = prepare(&desk);
    let name = std::thread::current().name().expect("a test's thread has its name").to_owned();
    let mut again = desk.program(std::env::current_exe().expect("this program"));
    again.args([&name, "--exact", "--nocapture", "--test-threads=1"]).env("PARLOUR_ON_DESK", "1");
    let output = again.output().expect("this program runs once more");
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(output.status.success(), "{}\n{}", said[0], said[1]);
}

/// The secrets of the person at this desk.
struct Client {
    secrets: Secrets,
    told: Receiver<Told>,
}

impl Client {
    fn start() -> Self {
        let (sender, told) = channel();
        let secrets =
            Secrets::start(Secrets::folder_of_person().as_deref(), move |told| drop(sender.send(told)));
        Self { secrets, told }
    }

    fn told(&self) -> Told {
        self.told.recv_timeout(PATIENCE).expect("an answer")
    }

    fn keep(&self, owner: &Owner, byte: u8) -> Keeping {
        self.secrets.send(Wish::Keep(owner.clone(), token(byte)));
        match self.told() {
            Told::Kept(of, keeping) if of == *owner => keeping,
            other => panic!("{other:?}"),
        }
    }

    fn find(&self, owner: &Owner) -> Result<Option<Secret<SessionToken>>, KeyringFault> {
        self.secrets.send(Wish::Find(owner.clone()));
        match self.told() {
            Told::Found(of, found) if of == *owner => found,
            other => panic!("{other:?}"),
        }
    }

    fn forget(&self, owner: &Owner) {
        self.secrets.send(Wish::Forget(owner.clone()));
        wait("it to be forgotten", || self.secrets.is_idle().then_some(()));
    }
}

fn token(byte: u8) -> Secret<SessionToken> {
    Secret::new(SessionToken::new([byte; 32]))
}

fn owner(server: &str, user_name: &str) -> Owner {
    Owner::new(&server.parse().expect("an address"), user_name)
}

fn folder() -> PathBuf {
    Secrets::folder_of_person().expect("the desk has a home")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode()
        & 0o777
}

#[test]
fn a_session_is_kept_in_the_keyring_and_in_no_file() {
    on_desk(Keyring::unlocked, || {
        let client = Client::start();
        let (sara, ali) = (owner("host", "Sara"), owner("host", "ali"));
        assert_eq!(client.find(&sara), Ok(None));
        assert_eq!(client.keep(&sara, 1), Keeping::Keyring);
        assert_eq!(client.keep(&ali, 2), Keeping::Keyring);
        assert_eq!(client.keep(&owner("other", "sara"), 3), Keeping::Keyring);
        assert_eq!(client.keep(&sara, 4), Keeping::Keyring);
        // Another run of the program.
        let client = Client::start();
        assert_eq!(client.find(&owner("host:9000", "sara")), Ok(Some(token(4))));
        client.forget(&sara);
        assert_eq!(client.find(&sara), Ok(None));
        assert_eq!(client.find(&ali), Ok(Some(token(2))));
        assert!(!folder().exists(), "nothing stands in a file");
    });
}

/// What holds where no keyring takes the session.
fn it_is_kept_in_a_file() {
    let client = Client::start();
    let sara = owner("host", "sara");
    assert_eq!(client.keep(&sara, 1), Keeping::File);
    assert_eq!((mode(&folder()), mode(&folder().join("sessions.toml"))), (0o700, 0o600));
    let client = Client::start();
    assert_eq!(client.find(&sara), Ok(Some(token(1))));
    client.forget(&sara);
    let text = fs::read_to_string(folder().join("sessions.toml")).expect("the file");
    assert!(!text.contains("sara"), "{text}");
}

#[test]
fn with_no_keyring_a_session_is_kept_in_a_file_for_the_person_alone() {
    on_desk(
        |_| (),
        || {
            it_is_kept_in_a_file();
            let found = Client::start().find(&owner("host", "sara"));
            assert!(matches!(found, Err(KeyringFault::Absent(_))), "{found:?}");
        },
    );
}

#[test]
fn with_a_keyring_that_stays_locked_a_session_is_kept_in_a_file_for_the_person_alone() {
    on_desk(|desk| Keyring::unlocked(desk).lock(desk), it_is_kept_in_a_file);
}

/// Keeps a session in a keyring, and locks it.
fn lock_it_in(desk: &Desk) -> Keyring {
    let keyring = Keyring::unlocked(desk);
    let mut again = desk.program(std::env::current_exe().expect("this program"));
    again.args(["sara_is_kept", "--exact", "--ignored", "--test-threads=1"]).env("PARLOUR_ON_DESK", "1");
    assert!(again.output().expect("this program runs once more").status.success());
    keyring.lock(desk)
}

#[test]
#[ignore = "it is a step of another test"]
fn sara_is_kept() {
    if std::env::var_os("PARLOUR_ON_DESK").is_some() {
        assert_eq!(Client::start().keep(&owner("host", "sara"), 1), Keeping::Keyring);
    }
}

#[test]
fn what_is_in_a_locked_keyring_stays_there_and_is_said_to_be_locked() {
    on_desk(lock_it_in, || {
        let client = Client::start();
        assert_eq!(client.find(&owner("host", "sara")), Err(KeyringFault::Locked));
        assert_eq!(client.find(&owner("host", "ali")), Err(KeyringFault::Locked), "who knows");
    });
}

#[test]
fn what_a_file_took_goes_to_the_keyring_once_there_is_one() {
    fn prepare(desk: &Desk) -> Keyring {
        let folder = desk.home().join("share").join("parlour").join("secrets");
        fs::create_dir_all(&folder).expect("the folder");
        let text = "[[entry]]\nserver = \"host\"\nuser = \"sara\"\nsecret = \"00\"\n";
        fs::write(folder.join("sessions.toml"), text).expect("the file");
        Keyring::unlocked(desk)
    }
    on_desk(prepare, || {
        let client = Client::start();
        let sara = owner("host", "sara");
        assert_eq!(client.find(&sara), Ok(None), "it is no token");
        assert_eq!(client.keep(&sara, 5), Keeping::Keyring);
        assert!(!fs::read_to_string(folder().join("sessions.toml")).expect("the file").contains("sara"));
        assert_eq!(client.find(&sara), Ok(Some(token(5))));
    });
}

#[test]
fn a_device_stays_known() {
    on_desk(
        |_| (),
        || {
            let client = Client::start();
            let proof = |byte| Secret::new(DeviceProof::new([byte; 48]));
            let (sara, ali) = (owner("host", "sara"), owner("host", "ali"));
            for (owner, byte) in [(&sara, 1), (&ali, 2), (&sara, 3)] {
                client.secrets.send(Wish::KeepProof(owner.clone(), proof(byte)));
            }
            wait("it to be kept", || client.secrets.is_idle().then_some(()));
            client.forget(&sara);
            let client = Client::start();
            client.secrets.send(Wish::ReadProofs);
            assert_eq!(client.told(), Told::Proofs(vec![(sara, proof(3)), (ali, proof(2))]));
            assert_eq!((mode(&folder()), mode(&folder().join("devices.toml"))), (0o700, 0o600));
        },
    );
}

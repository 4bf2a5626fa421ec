//! The outbox through everything that can happen to its file, and to whoever writes it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc::Receiver;

use parlour_common::message::{ConversationId, SayKey};

use super::*;

/// How long a test waits for the disk.
const PATIENCE: Duration = Duration::from_secs(20);

fn kept(key: u8) -> Kept {
    Kept {
        key: SayKey::new([key; 16]),
        conversation: ConversationId::ROOM,
        text: format!("개구리 {key}\n"),
        reply_to: None,
        attachment: None,
        upload: None,
    }
}

fn owner(user_name: &str) -> Owner {
    Owner { server: "pond:9000".to_owned(), user_name: user_name.to_owned() }
}

fn started(folder: Option<&Path>) -> (Outbox, Receiver<Told>) {
    let (sender, told) = channel();
    (Outbox::start(folder.map(Path::to_owned), move |what| drop(sender.send(what))), told)
}

fn open(folder: &Path, user_name: &str) -> (KeptFile<Kept>, Vec<Kept>) {
    KeptFile::open(folder, owner(user_name)).expect("nobody else has it")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).collect()
}

#[test]
fn what_is_told_to_be_kept_is_on_the_disk_and_only_its_owner_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    let (outbox, told) = started(Some(folder.path()));
    outbox.open("pond:9000".to_owned(), "frog".to_owned());
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Found(Vec::new()));
    outbox.keep(1, vec![kept(1)]);
    outbox.keep(2, vec![kept(1), kept(2)]);
    let last = loop {
        match told.recv_timeout(PATIENCE).unwrap() {
            Told::Kept { turn: 1, is_durable: true } => {}
            other => break other,
        }
    };
    assert_eq!(last, Told::Kept { turn: 2, is_durable: true });
    // As it is now a kill would leave it: nothing more is written.
    let [path] = files(folder.path()).try_into().unwrap();
    let written = fs::read_to_string(&path).unwrap();
    assert_eq!(written.lines().count(), 3);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    outbox.close();
    outbox.open("pond:9000".to_owned(), "newt".to_owned());
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Found(Vec::new()));
    outbox.open("pond:9000".to_owned(), "frog".to_owned());
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Found(vec![kept(1), kept(2)]));
    outbox.keep(3, Vec::new());
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Kept { turn: 3, is_durable: true });
    assert!(files(folder.path()).is_empty());
}

#[test]
fn who_cannot_keep_anything_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (_first, _found) = open(folder.path(), "frog");
    let (outbox, told) = started(Some(folder.path()));
    outbox.open("pond:9000".to_owned(), "frog".to_owned());
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Found(Vec::new()), "another app has it");
    outbox.keep(1, vec![kept(1)]);
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Kept { turn: 1, is_durable: false });

    let (outbox, told) = started(None);
    outbox.open("pond:9000".to_owned(), "frog".to_owned());
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Found(Vec::new()));
    outbox.keep(7, vec![kept(1)]);
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), Told::Kept { turn: 7, is_durable: false });
}

#[test]
fn the_last_words_are_written_before_the_app_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (outbox, _told) = started(Some(folder.path()));
    outbox.open("pond:9000".to_owned(), "frog".to_owned());
    outbox.keep(1, vec![kept(1)]);
    drop(outbox);
    assert_eq!(open(folder.path(), "frog").1, [kept(1)]);
}

#[test]
fn what_cannot_be_read_is_kept_aside_and_the_rest_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let all = [kept(1), kept(2)];
    let (file, _) = open(folder.path(), "frog");
    file.write(&all).unwrap();
    drop(file);
    let [path] = files(folder.path()).try_into().unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let torn = good[..good.len() - 20].to_owned();
    let newer = good.replacen("\"parlour_outbox\":1", "\"parlour_outbox\":2", 1);
    let strange = good.replacen("frog", "toad", 1);
    for (bad, left) in [(torn, &all[..1]), (newer, &[]), (strange, &[]), (String::new(), &[])] {
        fs::write(&path, &bad).unwrap();
        let (file, found) = open(folder.path(), "frog");
        assert_eq!(found, left, "{bad:?}");
        let mut aside = path.clone().into_os_string();
        aside.push(".bad");
        assert_eq!(fs::read_to_string(aside).unwrap(), bad);
        file.write(&all).unwrap();
        drop(file);
        assert_eq!(open(folder.path(), "frog").1, all, "and it is as good as new");
    }
    // A run that was killed while it wrote leaves the former file, and its own part beside it.
    let mut part = path.clone().into_os_string();
    part.push(".new");
    fs::write(&part, &good[..30]).unwrap();
    assert_eq!(open(folder.path(), "frog").1, all);
}

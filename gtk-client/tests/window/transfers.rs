//! The panel of transfers in the real window against the real daemon: files go and come through pauses,
//! restarts of either side, and names that are taken.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use parlour_common::message::{SameName, UploadKey};
use parlour_common::names::FileName;
use parlour_gtk::network::{Order, Upload};
use parlour_gtk::view_model::transfers::{Item, Kept, KeptState};
use sha2::{Digest, Sha256};

use crate::desk::steps::{sha256, sign_up};
use crate::desk::{Daemon, Desk, Window, silence, wait, wait_or};

/// Long enough that a test can step in between.
const LONG_BYTES: u64 = 400_000_000;

/// How much of it goes along a second and a connection until the test has stepped in: with two minutes for all of it,
/// no machine is too slow to press a button.
const SLOW_BYTES_PER_SECOND: u32 = 3_000_000;

/// Writes a file that takes little room on the disk and has a content of its own.
pub(crate) fn long_file(path: &Path, bytes: u64) {
    let file = File::create(path).expect("a file");
    file.set_len(bytes).expect("its length");
    let name = path.display().to_string();
    for at in [0, bytes / 3, bytes - 200] {
        file.write_all_at(name.as_bytes(), at).expect("its content");
    }
}

/// Writes down for the app what an earlier run left undone: uploads.
fn leave_undone(desk: &Desk, daemon: &Daemon, paths: &[PathBuf]) {
    let uploads = paths.iter().enumerate().map(|(number, path)| kept(number, path, KeptState::Active));
    write_journal(desk, daemon, &uploads.collect::<Vec<_>>());
}

/// Returns an upload as the app writes it down.
pub(crate) fn kept(number: usize, path: &Path, state: KeptState) -> Kept {
    let file_name = FileName::tamed(&path.file_name().expect("a name").to_string_lossy());
    let mut key = [0; 16];
    key[..8].copy_from_slice(&(number as u64 + 1).to_le_bytes());
    let (key, path) = (UploadKey::new(key), path.to_owned());
    let title = file_name.to_string();
    let order = Order::Upload(Upload { key, path, file_name, same_name: SameName::Ask, seen: None });
    let item = Item { order, title, about: String::new(), wants_receipt: false, is_to_show: false };
    Kept { item, state, has_begun: false }
}

/// Writes down for the app what an earlier run left undone.
pub(crate) fn write_journal(desk: &Desk, daemon: &Daemon, kept: &[Kept]) {
    let folder = desk.home().join("share/parlour/transfers");
    fs::create_dir_all(&folder).expect("the folder of the journal");
    let owner = format!("{}\nsara", daemon.address());
    let name: String = Sha256::digest(&owner).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let mut journal = File::create(folder.join(name + ".jsonl")).expect("a journal");
    let address = daemon.address();
    writeln!(journal, r#"{{"parlour_transfers":1,"server":"{address}","user_name":"sara"}}"#)
        .expect("a line");
    for kept in kept {
        writeln!(journal, "{}", serde_json::to_string(kept).expect("a line")).expect("a line");
    }
}

/// Makes an account and ends the app, so that the next start finds what is written for it.
pub(crate) fn account(desk: &Desk, daemon: &Daemon) {
    let mut window = Window::open(desk);
    sign_up(&window, daemon, "sara");
    window.press(&["ctrl+q"]);
    window.wait_closed();
}

/// Returns every file beneath a folder of the daemon's.
fn contents(daemon: &Daemon, folder: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => walk(&path, found),
                path => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    walk(&daemon.state().join("files").join(folder), &mut found);
    found
}

/// Waits until the daemon has just these files, and nothing unfinished.
fn find_stored(daemon: &Daemon, paths: &[&PathBuf]) {
    let mut wanted: Vec<Vec<u8>> = paths.iter().map(|path| sha256(path)).collect();
    wanted.sort();
    let stored = || {
        let mut hashes: Vec<Vec<u8>> = contents(daemon, "blobs").iter().map(|path| sha256(path)).collect();
        hashes.sort();
        hashes
    };
    wait_or(
        "the files at the daemon",
        || (contents(daemon, "blobs").len() == wanted.len() && stored() == wanted).then_some(()),
        || format!("{:?}", contents(daemon, "")),
    );
    assert_eq!(contents(daemon, "spool"), Vec::<PathBuf>::new(), "nothing unfinished is left");
}

#[test]
fn an_upload_rests_and_goes_on_also_when_the_app_is_killed_in_between() {
    let desk = Desk::new();
    let mut daemon = Daemon::start();
    daemon.move_away(SLOW_BYTES_PER_SECOND);
    account(&desk, &daemon);
    let path = desk.home().join("Long story.bin");
    long_file(&path, LONG_BYTES);
    leave_undone(&desk, &daemon, std::slice::from_ref(&path));
    let window = Window::open(&desk);
    window.find_text("15 tracks");
    window.click("button", "Transfers");
    window.click("button", "Pause Long story.bin");
    window.find_text("Paused · ");
    window.shot("transfers-paused");
    // Killed, as by a power cut: what rests still rests.
    drop(window);
    let window = Window::open(&desk);
    window.find_text("15 tracks");
    window.click("button", "Transfers");
    window.find_text("Paused · ");
    window.click("button", "Resume Long story.bin");
    window.find("button", "Pause Long story.bin");
    window.find_text(" left");
    // Killed while it runs: it goes on by itself.
    drop(window);
    daemon.come_near();
    let window = Window::open(&desk);
    window.find_text("15 tracks");
    window.click("button", "Transfers");
    window.find_text("Uploaded · 400");
    find_stored(&daemon, &[&path]);
    window.click("button", "Remove from List Long story.bin");
    window.find_text("No Transfers");
}

#[test]
fn a_download_goes_on_when_the_app_is_killed_and_when_the_daemon_is() {
    let desk = Desk::new();
    let bank = tempfile::tempdir().expect("a bank");
    silence(&bank.path().join("Whole concert.wav"), 1_500_000_000);
    let mut daemon = Daemon::with(bank.path(), "");
    let folder = desk.home().join("Music");
    desk.settle(&format!("download_folder = {folder:?}\n"));
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("1 track");
    window.click("button", "Transfers");
    window.point_and_click("checkbox", "Select Whole concert", 1);
    window.click("button", "Download");
    window.find_text(" left");
    drop(window);
    let window = Window::open(&desk);
    window.find_text("1 track");
    window.click("button", "Transfers");
    window.find("button", "Pause Whole concert");
    daemon.kill();
    window.find_text("Connection lost.");
    daemon.run();
    window.find_gone("button", "Try Now");
    window.find("button", "Open Folder Whole concert");
    let saved: Vec<_> = fs::read_dir(&folder).expect("the folder").flatten().collect();
    assert_eq!(saved.len(), 1, "{saved:?}");
    assert_eq!(sha256(&folder.join("Whole concert.wav")), sha256(&bank.path().join("Whole concert.wav")));
}

#[test]
fn an_upload_survives_the_daemon_and_one_that_is_cancelled_leaves_nothing_there() {
    let desk = Desk::new();
    let mut daemon = Daemon::start();
    daemon.move_away(SLOW_BYTES_PER_SECOND);
    account(&desk, &daemon);
    let paths = ["One.bin", "Two.bin"].map(|name| desk.home().join(name));
    for path in &paths {
        long_file(path, LONG_BYTES);
    }
    leave_undone(&desk, &daemon, &paths);
    let window = Window::open(&desk);
    window.find_text("15 tracks");
    window.click("button", "Transfers");
    window.find_text(" left");
    wait("both to be under way", || (contents(&daemon, "spool").len() == 2).then_some(()));
    daemon.kill();
    window.find_text("Connection lost.");
    window.shot("transfers-offline");
    daemon.run();
    window.find_gone("button", "Try Now");
    window.click("button", "Cancel Two.bin");
    window.find_gone("button", "Cancel Two.bin");
    daemon.come_near();
    window.find_text("Uploaded · 400");
    find_stored(&daemon, &[&paths[0]]);
}

#[test]
fn a_name_that_is_taken_is_asked_about_and_each_answer_is_done() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    account(&desk, &daemon);
    let paths: Vec<PathBuf> = (0..4)
        .map(|number| {
            let folder = desk.home().join(number.to_string());
            fs::create_dir(&folder).expect("a folder");
            let path = folder.join("notes.txt");
            fs::write(&path, format!("The notes of folder {number}.")).expect("a file");
            path
        })
        .collect();
    leave_undone(&desk, &daemon, &paths[..1]);
    let mut window = Window::open(&desk);
    window.find_text("1 file uploaded");
    window.press(&["ctrl+q"]);
    window.wait_closed();
    drop(window);
    find_stored(&daemon, &[&paths[0]]);

    leave_undone(&desk, &daemon, &paths);
    let window = Window::open(&desk);
    for answer in ["Keep Both", "Replace", "Skip"] {
        window.find_text("You have a file of this name already");
        assert_eq!(window.nameless(), Vec::<String>::new());
        window.shot(&format!("transfers-{answer}"));
        window.click("button", answer);
    }
    window.find_gone("button", "Skip");
    window.click("button", "Transfers");
    // The first of the four has the key of what is there already, and so is done.
    wait("what was replaced to be kept in the trash", || {
        (contents(&daemon, "blobs").len() == 3 && contents(&daemon, "spool").is_empty()).then_some(())
    });
}

#[test]
fn what_cannot_be_uploaded_is_said_and_tried_again() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    account(&desk, &daemon);
    let folder = desk.home().join("A folder");
    fs::create_dir(&folder).expect("a folder");
    let path = desk.home().join("Late.txt");
    leave_undone(&desk, &daemon, &[folder, path.clone()]);
    let window = Window::open(&desk);
    window.find_text("15 tracks");
    window.click("button", "Transfers");
    window.find_text("This is a folder. Choose the files in it");
    window.find_text("The file is not there any more.");
    assert_eq!(window.nameless(), Vec::<String>::new());
    window.shot("transfers-failed");
    fs::write(&path, "Better late.").expect("a file");
    window.click("button", "Try Again Late.txt");
    window.find_text("Uploaded · 12 bytes");
    find_stored(&daemon, &[&path]);
    window.click("button", "Clear Ended Transfers");
    window.find_text("No Transfers");
}

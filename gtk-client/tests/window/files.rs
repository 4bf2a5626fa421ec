//! People's files in the real window with the real daemon: uploading, renaming, sharing with a second running
//! app, the trash, and the room they take.

use std::fs;
use std::path::{Path, PathBuf};

use super::desk::steps::{saved, sha256, sign_up};
use super::desk::{Daemon, Desk, Window, bank_of_tree, wait_or};

/// Writes a file that can be uploaded.
fn write(desk: &Desk, name: &str, bytes: &[u8]) -> PathBuf {
    let path = desk.home().join(name);
    fs::write(&path, bytes).expect("a file to upload");
    path
}

/// Goes to one's own files.
pub fn open_files(window: &Window<'_>) {
    window.press(&["alt+2"]);
    window.find("button", "My Files");
}

/// Chooses a file in the desktop's chooser, which one of the buttons opens.
pub fn upload(window: &Window<'_>, desk: &Desk, button: &str, path: &Path) {
    window.click("button", button);
    window.find_dialog("Choose Files to Upload");
    desk.type_text(&path.display().to_string());
    window.press(&["Return"]);
    window.find_dialog_gone("Choose Files to Upload");
}

fn select(window: &Window<'_>, name: &str) {
    window.point_and_click("checkbox", &format!("Select {name}"), 1);
    window.find_text("1 selected");
}

/// Goes to one of the three places.
fn turn_to(window: &Window<'_>, place: &str) {
    window.click("button", place);
}

#[test]
fn a_file_is_uploaded_renamed_put_in_the_trash_taken_back_and_deleted_for_good() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    open_files(&window);
    window.find_text("No Files Yet");
    assert_eq!(window.nameless(), Vec::<String>::new(), "on the empty page");
    window.shot("files-empty");
    let path = write(&desk, "notes.txt", b"what we agreed on");
    upload(&window, &desk, "Upload Files…", &path);
    window.find("checkbox", "Select notes.txt");
    window.find_text("1 file");
    window.find_text(" used");
    window.shot("files-one");

    select(&window, "notes.txt");
    assert_eq!(window.nameless(), Vec::<String>::new(), "with a selection");
    window.shot("files-selected");
    window.click("button", "Rename…");
    window.find_typed("Name", "notes.txt");
    window.fill("Name", "a/b");
    window.click("button", "Rename");
    window.find_text("A name cannot have");
    window.shot("files-rename");
    window.fill("Name", "آیین‌نامه.txt");
    window.click("button", "Rename");
    window.find("checkbox", "Select آیین‌نامه.txt");

    window.click("button", "Move to Trash");
    window.find_text("moved to the trash");
    window.find_text("No Files Yet");
    window.shot("files-trashed");
    window.click_starting("button", "Undo");
    window.find("checkbox", "Select آیین‌نامه.txt");

    select(&window, "آیین‌نامه.txt");
    window.press(&["Delete"]);
    window.find_text("No Files Yet");
    turn_to(&window, "Trash");
    window.find_text("Files are deleted for good after 30 days");
    select(&window, "آیین‌نامه.txt");
    window.shot("files-trash");
    window.click("button", "Restore");
    window.find_text("The Trash Is Empty");
    turn_to(&window, "My Files");
    select(&window, "آیین‌نامه.txt");
    window.press(&["Delete"]);
    turn_to(&window, "Trash");
    select(&window, "آیین‌نامه.txt");
    window.click("button", "Delete for Good…");
    window.find_text("Delete for Good?");
    window.shot("files-purge");
    window.click("button", "Delete");
    window.find_text("The Trash Is Empty");
    window.find_text("0 bytes of ");
}

#[test]
fn a_file_is_shared_with_a_second_app_fetched_there_and_the_receipt_comes_back() {
    let desk = Desk::new();
    let other_desk = desk.beside();
    let daemon = Daemon::start();
    let other = Window::open(&other_desk);
    sign_up(&other, &daemon, "ali");
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    open_files(&window);
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let path = write(&desk, "Report 12.pdf", &bytes);
    upload(&window, &desk, "Upload Files…", &path);
    select(&window, "Report 12.pdf");
    window.click("button", "Share…");
    window.find_title("Share");
    window.find_text("Report 12.pdf");
    window.point_and_click("checkbox", "ali", 1);
    window.click("button", "Share");
    window.find_text("Has not fetched it yet");
    assert_eq!(window.nameless(), Vec::<String>::new(), "on the page of sharing");
    window.shot("share-not-yet");

    other.find_text("shares “");
    other.shot("shared-with-you");
    other.click_starting("button", "Show");
    other.find_text("From ");
    other.shot("shared-with-me");
    select(&other, "Report 12.pdf");
    let folder = other_desk.home().join("Fetched");
    other.click("button", "Download…");
    other.find_dialog("Choose a Folder");
    other_desk.type_text(&folder.display().to_string());
    other.press(&["Return"]);
    other.find_dialog_gone("Choose a Folder");
    let whole = || (saved(&folder) == ["Report 12.pdf"]).then_some(());
    wait_or("the file at the other desk", whole, || other.describe());
    assert_eq!(sha256(&folder.join("Report 12.pdf")), sha256(&path), "byte for byte");

    window.find_text("Fetched it today at");
    window.shot("share-receipt");
    window.click("button", "Stop Sharing with ali");
    window.find_gone("button", "Stop Sharing with ali");
    other.find_text("Nothing Is Shared with You");
    window.click("button", "Back");
    window.find("checkbox", "Select Report 12.pdf");
}

#[test]
fn several_files_are_selected_at_once_by_the_keyboard_and_found_by_name() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    open_files(&window);
    for (number, button) in [(1, "Upload Files…"), (2, "Upload…"), (10, "Upload…")] {
        let path = write(&desk, &format!("Page {number}.txt"), b"one page");
        upload(&window, &desk, button, &path);
        window.find("checkbox", &format!("Select Page {number}.txt"));
    }
    window.find_text("3 files");
    window.fill("Search", "page 1");
    window.find_text("2 found");
    window.find_gone("checkbox", "Select Page 2.txt");
    window.fill("Search", "");
    window.find_text("3 files");
    select(&window, "Page 1.txt");
    window.press(&["ctrl+a"]);
    window.find_text("3 selected");
    assert!(!window.is_sensitive(&window.find("button", "Rename…")), "one at a time");
    window.shot("files-all-selected");
    window.click("button", "Clear Selection");
    window.find_text("3 files");
    select(&window, "Page 2.txt");
    window.press(&["ctrl+a", "Delete"]);
    window.find_text("3 files moved to the trash");
    turn_to(&window, "Trash");
    window.find("checkbox", "Select Page 10.txt");
    window.click("button", "Empty Trash…");
    window.find_text("Empty the Trash?");
    window.click("button", "Empty Trash");
    window.find_text("The Trash Is Empty");
}

#[test]
fn what_does_not_fit_is_refused_and_the_bar_warns_before() {
    let desk = Desk::new();
    let daemon = Daemon::with(&bank_of_tree(), "[files]\nquota_mib = 1\n");
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    open_files(&window);
    let nearly = write(&desk, "nearly.bin", &vec![7; 1_000_000]);
    upload(&window, &desk, "Upload Files…", &nearly);
    window.find("checkbox", "Select nearly.bin");
    window.find_text("1.0\u{a0}MB of 1.0\u{a0}MB used");
    window.find_text("Your room is nearly full.");
    window.shot("files-nearly-full");
    let more = write(&desk, "more.bin", &vec![8; 100_000]);
    upload(&window, &desk, "Upload…", &more);
    window.press(&["ctrl+j"]);
    window.find_text("Your files would take more room than you have");
    window.shot("files-refused");
    assert!(window.look("checkbox", "Select more.bin").is_none());
}

//! The library in the real window: found, saved, stopped, ordered.
//!
//! This file does not know how transfers survive (`transfers.rs`).

use std::fs;

use crate::desk::steps::{in_bank, saved, sha256, sign_up};
use crate::desk::{Daemon, Desk, Window, bank_of_tree, silence, wait, wait_or};

#[test]
fn a_track_is_found_and_saved_in_the_folder_that_was_chosen() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    window.shot("library");
    let download = window.find("button", "Download");
    assert!(!window.is_sensitive(&download), "no folder is chosen");
    window.find_text("No folder chosen");

    window.fill("Search", "dvorak larog");
    window.find_text("1 of 15 tracks");
    window.shot("library-search");
    window.point_and_click("checkbox", "Select Largo", 1);
    window.find_text("1 selected");
    assert!(!window.is_sensitive(&window.find("button", "Download")), "still no folder");

    let folder = desk.home().join("Music");
    window.click("button", "Choose Folder…");
    window.find_dialog("Choose a Folder");
    desk.type_text(&folder.display().to_string());
    window.shot("choose-folder");
    window.press(&["Return"]);
    window.find_dialog_gone("Choose a Folder");
    window.find_text("To \u{2068}~/Music\u{2069}");
    window.shot("library-selected");
    window.click("button", "Download");
    let name = wait("the file", || saved(&folder).pop());
    let original = in_bank(&bank_of_tree(), &name).expect("it has the name it has in the bank");
    assert_eq!(sha256(&folder.join(&name)), sha256(&original), "byte for byte");
    window.find_text("1 track downloaded");
    window.click("button", "Transfers");
    window.find("button", "Open Folder Largo");
    window.find_text("Downloaded");
    window.shot("downloads-done");
    window.click("button", "Clear Ended Transfers");
    window.find_text("No Transfers");
}

#[test]
fn the_folder_is_remembered_and_everything_can_be_downloaded_at_once() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let folder = desk.home().join("Music");
    desk.settle(&format!("download_folder = {folder:?}\n"));
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("To \u{2068}~/Music\u{2069}");
    window.find_text("15 tracks");
    window.point_and_click("checkbox", "Select All", 1);
    window.find_text("15 selected");
    window.shot("library-all-selected");
    window.click("button", "Download");
    let all = || (saved(&folder).len() == 15).then_some(());
    wait_or("fifteen files", all, || format!("{:?}\n{}", saved(&folder), window.describe()));
    for name in saved(&folder) {
        let original = in_bank(&bank_of_tree(), &name).expect("a file of the bank");
        assert_eq!(sha256(&folder.join(&name)), sha256(&original), "{name}");
    }
    window.find_text("15 tracks downloaded");
    let lamplight = in_bank(&bank_of_tree(), "02 Lamplight.m4a").expect("it is in the bank");
    let saved_as = folder.join(lamplight.file_name().expect("a name"));
    fs::remove_file(&saved_as).expect("it was saved");
    window.point_and_click("label", "Lamplight", 2);
    wait("the row that was pressed twice", || saved_as.is_file().then_some(()));
    assert_eq!(sha256(&saved_as), sha256(&lamplight));
}

#[test]
fn a_download_can_be_stopped_and_one_that_failed_tried_again() {
    let desk = Desk::new();
    let bank = tempfile::tempdir().expect("a bank");
    silence(&bank.path().join("Whole concert.wav"), 2_000_000_000);
    silence(&bank.path().join("Interval.wav"), 1_000_000);
    let daemon = Daemon::with(bank.path(), "");
    let folder = desk.home().join("Music");
    desk.settle(&format!("download_folder = {folder:?}\n"));
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("2 tracks");
    window.click("button", "Transfers");
    window.point_and_click("checkbox", "Select Whole concert", 1);
    window.click("button", "Download");
    window.click("button", "Cancel Whole concert");
    window.find_text("No Transfers");
    let left = || fs::read_dir(&folder).into_iter().flatten().flatten().count();
    wait("nothing to be left", || (left() == 0).then_some(()));

    fs::remove_dir(&folder).expect("the folder goes");
    window.point_and_click("checkbox", "Select Interval", 1);
    window.click("button", "Download");
    window.find_text("The folder is not there any more.");
    fs::create_dir(&folder).expect("the folder comes back");
    window.click("button", "Try Again Interval");
    window.find("button", "Open Folder Interval");
    assert_eq!(sha256(&folder.join("Interval.wav")), sha256(&bank.path().join("Interval.wav")));
    window.click("button", "Remove from List Interval");
    window.find_text("No Transfers");
}

#[test]
fn a_heading_orders_the_list() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    window.click("button", "Sort by Title");
    window.find("button", "Sort by Title, ascending now");
    wait("the first title", || (window.first_row() == "Armchair Waltz").then_some(()));
    window.click("button", "Sort by Title, ascending now");
    window.find("button", "Sort by Title, descending now");
    wait("the last title", || (window.first_row() != "Armchair Waltz").then_some(()));
    window.click("button", "Sort by Title, descending now");
    wait("no order", || (window.first_row() == "Largo").then_some(()));
}

//! Files and tracks that are shown in the room of real windows.

use std::fs;

use super::desk::steps::{in_bank, saved, sha256, sign_up};
use super::desk::{Daemon, Desk, Window, bank_of_tree, wait_or};
use super::files::open_files;
use super::room::{find_post, open_room, say};

#[test]
fn a_file_and_a_track_are_shown_to_all_saved_kept_and_outlast_their_owner() {
    let (desk, daemon) = (Desk::new(), Daemon::start());
    let other_desk = desk.beside();
    let folder = other_desk.home().join("Saved");
    fs::create_dir(&folder).expect("a folder to save in");
    other_desk.settle(&format!("files_folder = {folder:?}\n"));
    let ali = Window::open(&other_desk);
    sign_up(&ali, &daemon, "ali");
    open_room(&ali);
    let sara = Window::open(&desk);
    sign_up(&sara, &daemon, "sara");
    sara.find_text("15 tracks");
    sara.point_and_click("checkbox", "Select Largo", 1);
    sara.click("button", "Show in Room…");
    sara.find("button", "Remove Largo");
    say(&sara, "The one I meant.");
    find_post(&ali, "sara", "The one I meant.");
    ali.find_text("Largo");

    let path = desk.home().join("Notes 1.txt");
    fs::write(&path, "what we agreed on: سلام".repeat(5_000)).expect("a file to show");
    attach(&sara, &desk, &path.display().to_string());
    sara.find("button", "Remove Notes 1.txt");
    sara.shot("room-attached");
    sara.click("button", "Send");
    let save = "Save Notes 1.txt";
    ali.find("button", save);
    sara.find("button", save);
    ali.shot("room-cards");
    ali.click("button", save);
    let is_saved = || (saved(&folder) == ["Notes 1.txt"]).then_some(());
    wait_or("the file at the other desk", is_saved, || ali.describe());
    assert_eq!(sha256(&folder.join("Notes 1.txt")), sha256(&path), "byte for byte");
    ali.click("button", "Keep Notes 1.txt in My Files");
    ali.click("button", "Save Largo");
    let all = || (saved(&folder).len() == 2).then_some(());
    wait_or("the track at the other desk", all, || ali.describe());
    let track = saved(&folder).into_iter().find(|name| name != "Notes 1.txt").expect("the track");
    let original = in_bank(&bank_of_tree(), &track).expect("it has the name it has in the bank");
    assert_eq!(sha256(&folder.join(&track)), sha256(&original), "byte for byte");

    // The file goes, and the card stays.
    open_files(&sara);
    sara.point_and_click("checkbox", "Select Notes 1.txt", 1);
    sara.find_text("1 selected");
    sara.press(&["Delete"]);
    sara.find_text("No Files Yet");
    fs::remove_file(folder.join("Notes 1.txt")).expect("it was saved");
    ali.click("button", save);
    wait_or("the file once more", || folder.join("Notes 1.txt").is_file().then_some(()), || ali.describe());
    assert_eq!(sha256(&folder.join("Notes 1.txt")), sha256(&path));
    open_files(&ali);
    ali.find("checkbox", "Select Notes 1.txt");
}

/// Attaches a file through the desktop's chooser.
fn attach(window: &Window<'_>, desk: &Desk, path: &str) {
    window.click("button", "Attach Files…");
    window.find_dialog("Choose Files to Attach");
    desk.type_text(path);
    window.press(&["Return"]);
    window.find_dialog_gone("Choose Files to Attach");
}

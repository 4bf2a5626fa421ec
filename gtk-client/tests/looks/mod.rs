//! Pictures of every page in light and dark, narrow and wide, for people who judge how it looks.
//!
//! Nothing is compared: fonts and themes differ from machine to machine. It runs only where `SHOTS` names
//! the folder for the pictures.

mod account;
mod files;
mod transfers;
mod ways_in;
mod ways_to_room;

use std::fs;

use crate::desk::{Daemon, Desk, Window, bank_of_tree, silence};

/// Makes a bank of the music of the tree, and of names that are hard to show.
fn hard_bank() -> tempfile::TempDir {
    let bank = tempfile::tempdir().expect("a folder for the bank");
    let copied = std::process::Command::new("cp").arg("-r").arg(bank_of_tree()).arg(bank.path()).status();
    assert!(copied.expect("cp").success());
    let long = "A title that goes on and on as titles of live recordings do, with place and date and encore";
    for (name, seconds) in [
        (long, 754),
        ("<b>Not bold & <i>not italic", 61),
        ("سمفونی شمارهٔ پنج در دو مینور، بخش دوم، آرام و باوقار، با ارکستر بزرگ شهر", 3725),
        ("사랑방에서 부르는 아주 길고 긴 노래의 제목", 200),
        ("Whole concert", 100_000),
    ] {
        silence(&bank.path().join(format!("{name}.wav")), seconds * 16_000);
    }
    bank
}

fn pictures(scheme: &str, width: u32, height: u32) {
    let name = |state: &str| format!("{state}-{width}-{scheme}");
    let desk = Desk::with_screen(width, height);
    desk.settle(&format!("[window]\nwidth = {width}\nheight = {height}\n"));
    let bank = hard_bank();
    let mut daemon = Daemon::with(bank.path(), "");
    // Our own words stay English; GTK mirrors everything for people who read from right to left.
    let language = if scheme == "mirrored" { "fa" } else { "en" };
    let scheme = if scheme == "dark" { "prefer-dark" } else { "prefer-light" };
    let variables = [("ADW_DEBUG_COLOR_SCHEME", scheme), ("LANGUAGE", language)];
    let window = Window::open_with(&desk, &variables);
    window.find("button", "Sign In");
    window.click("button", "Sign In");
    window.find_text("Type a password.");
    window.shot(&name("1-sign-in-missing"));
    window.fill("Server", &daemon.address());
    window.click("button", "Create an Account");
    window.find_text("on The Front Room");
    window.shot(&name("2-sign-up"));
    window.click("button", "Create Account");
    window.find_text("Type your phone number.");
    window.fill("Username", "two words");
    window.shot(&name("3-sign-up-faults"));
    for (entry, text) in [
        ("Phone", "09121234567"),
        ("E-mail", "sara@example.org"),
        ("Username", "sara"),
        ("Password", "correct horse"),
        ("Repeat Password", "correct horse"),
    ] {
        window.fill(entry, text);
    }
    window.click("button", "Create Account");
    window.find_text("20 tracks");
    window.shot(&name("4-library"));
    window.fill("Search", "title");
    window.find_text("of 20 tracks");
    window.shot(&name("5-library-search"));
    window.fill("Search", "");
    window.find_text("20 tracks");
    window.point_and_click("checkbox", "Select Largo", 1);
    window.find_text("1 selected");
    window.shot(&name("6-library-selected"));
    window.press(&["F10"]);
    window.find_text("Keyboard Shortcuts");
    window.shot(&name("7-menu"));
    window.press(&["Escape"]);
    daemon.kill();
    window.find_text("Connection lost.");
    window.shot(&name("8-library-offline"));
    daemon.run();
    window.find_gone("button", "Try Now");
    download_something(&desk, &mut daemon, &window, &name("9-downloads"));
}

/// Downloads what is there, into a folder that lets some of it fail.
fn download_something(desk: &Desk, daemon: &mut Daemon, window: &Window<'_>, shot: &str) {
    let folder = desk.home().join("Music");
    window.click("button", "Choose Folder…");
    window.find_dialog("Choose a Folder");
    desk.type_text(&folder.display().to_string());
    window.press(&["Return"]);
    window.find_dialog_gone("Choose a Folder");
    window.find_text("~/Music");
    fs::remove_dir_all(&folder).expect("the folder goes");
    window.click("button", "Download");
    window.click("button", "Transfers");
    window.find_text("The folder is not there any more.");
    fs::create_dir(&folder).expect("the folder comes back");
    window.fill("Search", "concert");
    window.find_text("1 of 20 tracks");
    // Where it is narrow the panel lies over the list.
    window.click("button", "Transfers");
    window.find_gone("button", "Try Again Largo");
    window.point_and_click("checkbox", "Select Whole concert", 1);
    window.click("button", "Download");
    window.click("button", "Transfers");
    window.find("button", "Cancel Whole concert");
    daemon.pause();
    window.find_text(" of 1.6");
    window.shot(shot);
}

#[test]
fn every_state_is_pictured() {
    if std::env::var_os("SHOTS").is_none() {
        return;
    }
    for (width, height) in [(360, 720), (1400, 900)] {
        for scheme in ["light", "dark", "mirrored"] {
            pictures(scheme, width, height);
        }
    }
}

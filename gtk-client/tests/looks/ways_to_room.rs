//! Pictures of the ways into the room from elsewhere, and of what can be chosen about it.

use std::fs;

use crate::desk::steps::{open_row, sign_up};
use crate::desk::{Daemon, Desk, Window};
use crate::files::{open_files, upload};

fn pictures(scheme: &str, width: u32, height: u32) {
    let name = |state: &str| format!("to-room-{state}-{width}-{scheme}");
    let desk = Desk::with_screen(width, height);
    desk.settle(&format!("[window]\nwidth = {width}\nheight = {height}\n"));
    let daemon = Daemon::start();
    let language = if scheme == "mirrored" { "fa" } else { "en" };
    let colours = if scheme == "dark" { "prefer-dark" } else { "prefer-light" };
    let window = Window::open_with(&desk, &[("ADW_DEBUG_COLOR_SCHEME", colours), ("LANGUAGE", language)]);
    sign_up(&window, &daemon, "سارا");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    sign_up(&window, &daemon, "wolfeschlegelsteinhausen.bergerd");
    window.find_text("15 tracks");
    window.point_and_click("checkbox", "Select Largo", 1);
    window.find_text("1 selected");
    window.shot(&name("1-library"));
    open_files(&window);
    let path = desk.home().join("What we agreed on.txt");
    fs::write(&path, b"at eight").expect("a file");
    upload(&window, &desk, "Upload Files…", &path);
    window.point_and_click("checkbox", "Select What we agreed on.txt", 1);
    window.find_text("1 selected");
    window.shot(&name("2-files"));
    open_row(&window, "Members", "Members");
    window.find("button", "Message سارا");
    window.shot(&name("3-members"));
    window.point_and_click("label", "سارا", 1);
    window.find_title("Member");
    window.find("button", "Message");
    window.shot(&name("4-member"));
    window.click("button", "Back");
    window.find_title("Members");
    window.click("button", "Back");
    window.find_title("Settings");
    // The end of the page, where what is chosen stands.
    window.press(&["End"]);
    window.press(&["ctrl+End"]);
    window.find("switch", "Do Not Disturb");
    window.click("switch", "Do Not Disturb");
    window.shot(&name("5-settings"));
}

#[test]
fn the_ways_into_the_room_are_pictured() {
    if std::env::var_os("SHOTS").is_none() {
        return;
    }
    for (width, height) in [(360, 720), (1400, 900)] {
        for scheme in ["light", "dark", "mirrored"] {
            pictures(scheme, width, height);
        }
    }
}

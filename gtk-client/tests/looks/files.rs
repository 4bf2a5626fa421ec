//! Pictures of people's files: empty, few, many, selected, shared, in the trash, refused.

use std::fs;

use crate::desk::steps::sign_up;
use crate::desk::{Daemon, Desk, Window, bank_of_tree};
use crate::files::{open_files, upload};

/// Names that are hard to show, and of many kinds.
const NAMES: [&str; 9] = [
    "Annual report of the whole society, with appendix, final, corrected (3).pdf",
    "photo.jpeg",
    "mix.flac",
    "table.ods",
    "letter.odt",
    "backup.tar.gz",
    "program.py",
    "film.mkv",
    "notes",
];

fn pictures(scheme: &str, width: u32, height: u32) {
    let name = |state: &str| format!("files-{state}-{width}-{scheme}");
    let desk = Desk::with_screen(width, height);
    desk.settle(&format!("told_of_file = true\n[window]\nwidth = {width}\nheight = {height}\n"));
    let mut daemon = Daemon::with(&bank_of_tree(), "[files]\nquota_mib = 1\n");
    // Our own words stay English; GTK mirrors everything for people who read from right to left.
    let language = if scheme == "mirrored" { "fa" } else { "en" };
    let scheme = if scheme == "dark" { "prefer-dark" } else { "prefer-light" };
    let window = Window::open_with(&desk, &[("ADW_DEBUG_COLOR_SCHEME", scheme), ("LANGUAGE", language)]);
    for user_name in ["ali", "개구리", "sara"] {
        sign_up(&window, &daemon, user_name);
        if user_name != "sara" {
            window.fire("main.sign-out");
            window.find("button", "Sign In");
        }
    }
    window.shot(&name("0-library"));
    open_files(&window);
    window.find_text("No Files Yet");
    window.shot(&name("1-empty"));
    let mut button = "Upload Files…";
    for file in NAMES {
        let path = desk.home().join(file);
        fs::write(&path, vec![7; 106_000]).expect("a file");
        upload(&window, &desk, button, &path);
        window.find("checkbox", &format!("Select {file}"));
        button = "Upload…";
    }
    window.find_text("Your room is nearly full.");
    window.shot(&name("2-many"));
    window.point_and_click("checkbox", "Select backup.tar.gz", 1);
    window.find_text("1 selected");
    window.shot(&name("3-selected"));
    window.click("button", "Actions for backup.tar.gz");
    window.find_text("Move to Trash");
    window.shot(&name("3-menu"));
    window.press(&["Escape"]);
    window.click("button", "Rename…");
    window.find_typed("Name", "backup.tar.gz");
    window.fill("Name", "notes");
    window.click("button", "Rename");
    window.find_text("You have a file of this name already.");
    window.shot(&name("4-rename"));
    window.click("button", "Cancel");
    share(&window, &name);
    endings(&window, &mut daemon, &name);
}

fn share(window: &Window<'_>, name: &dyn Fn(&str) -> String) {
    window.click("button", "Share…");
    window.find_title("Share");
    window.find("checkbox", "ali");
    window.shot(&name("5-share"));
    window.point_and_click("checkbox", "ali", 1);
    window.point_and_click("checkbox", "개구리", 1);
    window.click("button", "Share");
    window.find_text("Has not fetched it yet");
    window.shot(&name("5-shared"));
    window.click("button", "Back");
    window.find_text("Shared with 2");
    window.shot(&name("6-shared-card"));
}

fn endings(window: &Window<'_>, daemon: &mut Daemon, name: &dyn Fn(&str) -> String) {
    window.click("button", "Shared with Me");
    window.find_text("Nothing Is Shared with You");
    window.shot(&name("7-shared-with-me"));
    window.click("button", "My Files");
    window.find("checkbox", "Select backup.tar.gz");
    window.point_and_click("checkbox", "Select backup.tar.gz", 1);
    window.find_text("1 selected");
    window.press(&["Delete"]);
    window.find_text("moved to the trash");
    window.shot(&name("8-undo"));
    window.click("button", "Trash");
    window.find("checkbox", "Select backup.tar.gz");
    window.shot(&name("8-trash"));
    window.click("button", "Empty Trash…");
    window.find_text("Empty the Trash?");
    window.shot(&name("8-empty-trash"));
    window.click("button", "Cancel");
    daemon.kill();
    window.find_text("Connection lost.");
    window.click("button", "My Files");
    window.find_text("Your Files Cannot Be Shown");
    window.shot(&name("9-offline"));
}

#[test]
fn the_files_are_pictured() {
    if std::env::var_os("SHOTS").is_none() {
        return;
    }
    for (width, height) in [(360, 720), (1400, 900)] {
        for scheme in ["light", "dark", "mirrored"] {
            pictures(scheme, width, height);
        }
    }
}

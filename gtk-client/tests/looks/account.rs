//! Pictures of the settings and what lies behind them.

use crate::desk::steps::{PASSWORD, open_row, sign_in, sign_up};
use crate::desk::{Daemon, Desk, Window};

/// Names that are hard to show.
const LONG: &str = "wolfeschlegelsteinhausen.bergerd";
const NAMES: [&str; 3] = [LONG, "سارا", "개구리"];

/// Opens a page from the settings, takes its picture and stays there.
fn open(window: &Window<'_>, row: &str, title: &str, shot: &str) {
    open_row(window, row, title);
    window.shot(shot);
}

fn back(window: &Window<'_>) {
    window.click("button", "Back");
    window.find_title("Settings");
}

fn pictures(scheme: &str, width: u32, height: u32) {
    let name = |state: &str| format!("account-{state}-{width}-{scheme}");
    let desk = Desk::with_screen(width, height);
    desk.settle(&format!("[window]\nwidth = {width}\nheight = {height}\n"));
    let mut daemon = Daemon::start();
    let language = if scheme == "mirrored" { "fa" } else { "en" };
    let scheme = if scheme == "dark" { "prefer-dark" } else { "prefer-light" };
    let window = Window::open_with(&desk, &[("ADW_DEBUG_COLOR_SCHEME", scheme), ("LANGUAGE", language)]);
    for user_name in NAMES {
        sign_up(&window, &daemon, user_name);
        window.fire("main.sign-out");
        window.find("button", "Sign In");
    }
    sign_in(&window, &daemon.address(), LONG, PASSWORD);
    window.find_text("15 tracks");
    window.shot(&name("0-library"));
    window.click("button", "Settings");
    window.find_title("Settings");
    window.find("label", "Delete Account");
    window.shot(&name("1-settings"));
    own_account(&window, &name);
    others(&window, &name);
    endings(&window, &daemon, &name);
    daemon.kill();
    window.find_text("Connection lost.");
    open_row(&window, "Devices", "Devices");
    window.find_text("This Cannot Be Shown");
    window.shot(&name("9-offline"));
}

fn own_account(window: &Window<'_>, name: &dyn Fn(&str) -> String) {
    open(window, "Account", "Account", &name("2-account"));
    window
        .fill("About You", "I play the cello. 나는 첼로를 켠다.\nمن ویولنسل می‌نوازم و در گروه آواز می‌خوانم.");
    window.fill("E-mail", "frog@");
    window.click("button", "Apply");
    window.find_text("This is not an e-mail address.");
    window.shot(&name("2-account-fault"));
    window.fill("E-mail", "a.rather.long.address.of.somebody@mail.of.a.long.domain.example.org");
    window.click("switch", "Show E-mail to Others");
    window.click("switch", "Show Phone to Others");
    window.click("button", "Apply");
    window.find_text("Store These Changes?");
    window.shot(&name("2-account-question"));
    window.click("button", "Yes");
    window.find_text("Your changes are stored");
    window.shot(&name("2-account-stored"));
    back(window);
    open(window, "Password", "Password", &name("3-password"));
    window.click("button", "Change Password");
    window.find_text("Type the password you have now.");
    window.shot(&name("3-password-faults"));
    back(window);
}

fn others(window: &Window<'_>, name: &dyn Fn(&str) -> String) {
    open_row(window, "Devices", "Devices");
    window.find_text("This device");
    window.shot(&name("4-devices"));
    if window.count("button", "Sign Out ") > 0 {
        window.click_starting("button", "Sign Out ");
        window.find_text("Sign This Device Out?");
        window.shot(&name("4-devices-question"));
        window.click("button", "Cancel");
    }
    back(window);
    open_row(window, "Members", "Members");
    window.find_text("3 members");
    window.shot(&name("5-members"));
    window.fill("Search", "zzz");
    window.find_text("Nobody Found");
    window.shot(&name("5-members-nobody"));
    window.fill("Search", "wolf");
    window.find_text("1 member");
    window.point_and_click("label", LONG, 1);
    window.find_title("Member");
    window.shot(&name("6-profile"));
    window.press(&["Escape"]);
    window.find_title("Members");
    window.fill("Search", "개구리");
    window.find_text("개구리");
    window.point_and_click("label", "개구리", 1);
    window.find_text("Nothing more is shown");
    window.shot(&name("6-profile-bare"));
    window.press(&["Escape"]);
    window.find_title("Members");
    back(window);
}

fn endings(window: &Window<'_>, daemon: &Daemon, name: &dyn Fn(&str) -> String) {
    open_row(window, "Delete Account", "Delete Account");
    window.shot(&name("7-delete"));
    window.fill("Your Password", PASSWORD);
    window.click("button", "Delete Account");
    window.find_text("Delete Your Account?");
    window.shot(&name("7-delete-question"));
    window.click("button", "Delete");
    window.find_text("Your account was deleted.");
    window.shot(&name("8-deleted"));
    sign_in(window, &daemon.address(), "سارا", PASSWORD);
    window.find_text("15 tracks");
    window.click("button", "Settings");
    window.find_text("Front Room");
}

#[test]
fn the_settings_are_pictured() {
    if std::env::var_os("SHOTS").is_none() {
        return;
    }
    for (width, height) in [(360, 720), (1400, 900)] {
        for scheme in ["light", "dark", "mirrored"] {
            pictures(scheme, width, height);
        }
    }
}

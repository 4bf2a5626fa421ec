//! The real window against the real daemon, worked by the names that are read aloud.
//!
//! Each test has a screen, a bus, a home and a daemon of its own, and needs no display of the machine.
//! `SHOTS=folder` keeps a picture of every state on the way.

#[path = "window/account.rs"]
mod account;
#[path = "window/admin.rs"]
mod admin;
#[allow(dead_code, unused_imports, reason = "other tests use the rest")]
mod desk;
#[path = "window/files.rs"]
mod files;
#[path = "window/library.rs"]
mod library;
mod looks;
#[path = "window/reset.rs"]
mod reset;
#[path = "window/room.rs"]
mod room;
#[path = "window/room_cards.rs"]
mod room_cards;
#[path = "window/room_said.rs"]
mod room_said;
#[path = "window/room_told.rs"]
mod room_told;
#[path = "window/sign_up.rs"]
mod sign_up_rules;
#[path = "window/stay.rs"]
mod stay;
#[path = "window/told.rs"]
mod told;
#[path = "window/transfers.rs"]
mod transfers;

use std::fs;

use desk::steps::{PASSWORD, sign_in, sign_up};
use desk::{Daemon, Desk, Window, bank_of_tree, wait};

#[test]
fn sign_up_names_each_wrong_field_and_keeps_what_was_typed() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    window.shot("sign-in");
    window.fill("Server", &daemon.address());
    window.fill("Username", "개구리");
    window.click("button", "Create an Account");
    window.find_text("on The Front Room");
    window.shot("sign-up");
    window.find_typed("Username", "개구리");
    window.click("button", "Create Account");
    for sentence in [
        "Type your phone number.",
        "Type your e-mail address.",
        "Type a password.",
        "Type the password once more.",
    ] {
        window.find_text(sentence);
    }
    window.shot("sign-up-missing");
    let good = [
        ("Phone", "۰۹۱۲۱۲۳۴۵۶۷"),
        ("E-mail", "frog@example.org"),
        ("Username", "개구리"),
        ("Password", PASSWORD),
        ("Repeat Password", PASSWORD),
    ];
    for (entry, text) in good {
        window.fill(entry, text);
    }
    for (entry, wrong, sentence) in [
        ("Phone", "+1 555 0100", "This is not a phone number this server accepts."),
        ("E-mail", "frog@", "This is not an e-mail address."),
        ("Username", "two words", "A username has letters and digits of one script"),
        ("Repeat Password", "another horse", "The two passwords differ."),
    ] {
        window.fill(entry, wrong);
        window.click("button", "Create Account");
        window.find_text(sentence);
        for (other, text) in good.iter().filter(|(other, _)| *other != entry) {
            if !other.contains("Password") {
                assert_eq!(window.text(other), *text, "{entry} is wrong, and {other} survives");
            }
        }
        let text = good.iter().find(|(other, _)| *other == entry).map(|(_, text)| *text).unwrap();
        window.fill(entry, text);
        wait("the sentence to go", || (!window.shows(sentence)).then_some(()));
    }
    window.fill("Password", "short");
    window.fill("Repeat Password", "short");
    window.click("button", "Create Account");
    window.find_text("Use at least 8 characters.");
    window.fill("Password", PASSWORD);
    window.fill("Repeat Password", PASSWORD);
    window.click("button", "Create Account");
    window.find("button", "Download");
}

#[test]
fn an_attempt_can_be_given_up() {
    let desk = Desk::new();
    // It takes the call and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("its address").to_string();
    let window = Window::open(&desk);
    sign_in(&window, &address, "sara", PASSWORD);
    let busy = window.find("button", "Signing In…");
    assert!(!window.is_sensitive(&busy));
    window.shot("sign-in-busy");
    window.click("button", "Cancel");
    window.find("button", "Sign In");
    window.find_typed("Username", "sara");
    window.click("button", "Sign In");
    window.find_text(&format!("Cannot connect to {address}: it did not answer in time."));
}

#[test]
fn a_wrong_password_is_said_and_somebody_unknown_is_offered_an_account() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    window.find_typed("Username", "sara");
    window.find_typed("Server", &daemon.address());

    sign_in(&window, &daemon.address(), "sara", "wrong horse");
    window.find_text("The password is wrong.");
    window.shot("sign-in-wrong-password");
    assert_eq!(window.text("Username"), "sara");

    sign_in(&window, &daemon.address(), "ali", PASSWORD);
    window.find_text("Nobody is registered under this name.");
    window.shot("sign-in-unknown");
    window.click("button", "Create an Account");
    window.find_text("on The Front Room");
    window.find_typed("Username", "ali");
    window.press(&["Escape"]);

    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find("button", "Download");
}

#[test]
fn with_strict_errors_nobody_learns_who_is_registered() {
    let desk = Desk::new();
    let daemon = Daemon::with(&bank_of_tree(), "strict_sign_in_errors = true");
    let window = Window::open(&desk);
    sign_in(&window, &daemon.address(), "nobody", PASSWORD);
    window.find_text("The username or the password is wrong.");
}

#[test]
fn a_server_that_is_not_there_is_said_at_its_entry() {
    let desk = Desk::new();
    let mut daemon = Daemon::start();
    let address = daemon.address();
    daemon.kill();
    let window = Window::open(&desk);
    sign_in(&window, &address, "sara", PASSWORD);
    window.find_text(&format!("Cannot connect to {address}: nothing is listening there."));
    window.shot("sign-in-cannot-connect");
    window.fill("Server", "no such host");
    window.click("button", "Sign In");
    window.find_text("The name of a server has no blanks.");
    daemon.run();
    window.fill("Server", &address);
    window.click("button", "Sign In");
    window.find_text("Nobody is registered under this name.");
}

#[test]
fn a_lost_daemon_is_said_above_the_list_and_the_list_comes_back() {
    let desk = Desk::new();
    let mut daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    daemon.kill();
    window.find_text("Connection lost.");
    window.shot("library-offline");
    assert!(window.shows("Largo"), "the list stays");
    window.find("button", "Try Now");
    daemon.run();
    window.find_gone("button", "Try Now");
    window.fill("Search", "largo");
    window.find_text("1 of 15 tracks");
}

#[test]
fn signing_out_leaves_nothing_and_lets_another_in() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.fill("Search", "largo");
    window.find_text("1 of 15 tracks");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    sign_up(&window, &daemon, "ali");
    window.find_text("15 tracks");
    window.find_typed("Search", "");
}

#[test]
fn an_empty_bank_says_what_the_operator_does() {
    let desk = Desk::new();
    let bank = tempfile::tempdir().expect("an empty bank");
    let daemon = Daemon::with(bank.path(), "");
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("No Music Yet");
    window.shot("library-empty");
}

#[test]
fn the_keyboard_is_enough() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let mut window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    // The keyboard is at the password already: the server and the name are known.
    desk.type_text(PASSWORD);
    window.press(&["Return"]);
    window.find_text("15 tracks");
    desk.type_text("lamp");
    window.find_text("1 of 15 tracks");
    window.press(&["Escape"]);
    window.find_text("15 tracks");
    window.press(&["ctrl+j"]);
    window.find_text("No Transfers");
    window.press(&["ctrl+j"]);
    wait("the panel to go", || (!window.shows("No Transfers")).then_some(()));
    window.press(&["ctrl+f"]);
    desk.type_text("zzzz");
    window.find_text("Nothing Found");
    window.shot("library-no-match");
    window.press(&["ctrl+q"]);
    window.wait_closed();
    let settings = fs::read_to_string(desk.home().join("config/parlour/settings.toml")).expect("settings");
    assert!(settings.contains(&daemon.address()), "{settings}");
    assert!(!settings.contains(PASSWORD), "{settings}");
    drop(window);
    let window = Window::open(&desk);
    window.find_text("15 tracks");
    window.fire("main.sign-out");
    window.find_typed("Server", &daemon.address());
    window.find_typed("Username", "sara");
}

#[test]
fn every_control_has_a_name() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    // The button that closes a toast has no name, and cannot be given one.
    desk.settle("told_of_file = true\n");
    let window = Window::open(&desk);
    window.find("button", "Sign In");
    assert_eq!(window.nameless(), Vec::<String>::new(), "on the first page");
    window.fill("Server", &daemon.address());
    window.click("button", "Create an Account");
    window.find_text("on The Front Room");
    assert_eq!(window.nameless(), Vec::<String>::new(), "on the page that makes an account");
    window.click("button", "Back");
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    window.point_and_click("checkbox", "Select All", 1);
    window.find_text("15 selected");
    window.click("button", "Transfers");
    window.find_text("No Transfers");
    assert_eq!(window.nameless(), Vec::<String>::new(), "in the library");
}

#[test]
fn nothing_secret_is_logged() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open_with(&desk, &[("RUST_LOG", "trace")]);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    let log = window.log();
    assert!(log.contains("Typed") && log.contains("sara@example.org"), "the log says every message");
    for secret in [PASSWORD, "correct"] {
        assert!(!log.contains(secret), "{secret:?} is in the log");
    }
}

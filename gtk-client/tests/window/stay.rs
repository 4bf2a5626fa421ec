//! Staying signed in, in the real window: over a restart of the app, with a keyring and without.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::desk::steps::{PASSWORD, sign_in, sign_up};
use crate::desk::{Daemon, Desk, Keyring, Window, wait};

/// What is said where the session is kept in a file.
const IN_FILE: &str = "With no keyring at hand";

/// Closes the app as a person does.
fn quit(mut window: Window<'_>) {
    window.press(&["ctrl+q"]);
    window.wait_closed();
}

fn sessions_file(desk: &Desk) -> PathBuf {
    desk.home().join("share/parlour/secrets/sessions.toml")
}

#[test]
fn who_stayed_signed_in_comes_straight_in_until_they_sign_out() {
    let desk = Desk::new();
    let _keyring = Keyring::unlocked(&desk);
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    quit(window);
    assert!(!sessions_file(&desk).exists(), "the keyring has it");

    let window = Window::open(&desk);
    window.find_text("15 tracks");
    assert!(!window.shows(IN_FILE));
    quit(window);
    let window = Window::open(&desk);
    window.find_text("15 tracks");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    quit(window);

    let window = Window::open(&desk);
    window.find("button", "Sign In");
    window.find_typed("Username", "sara");
    assert!(!window.shows("Your session has ended"));
}

#[test]
fn a_keyring_that_stays_locked_is_said_and_keeps_what_it_has() {
    let desk = Desk::new();
    let keyring = Keyring::unlocked(&desk);
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    quit(window);
    let _keyring = keyring.lock(&desk);
    for _ in 0..2 {
        let window = Window::open(&desk);
        window.find_text("The keyring with your session stayed locked. Sign in with your password.");
        window.find_typed("Username", "sara");
        window.shot("sign-in-keyring-locked");
        quit(window);
    }
}

#[test]
fn with_no_keyring_a_file_does_and_is_spoken_of_once() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text(IN_FILE);
    window.shot("library-kept-in-file");
    quit(window);
    let file = sessions_file(&desk);
    let mode = |path: &std::path::Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().expect("its folder"))), (0o600, 0o700));
    assert!(!fs::read_to_string(&file).expect("it can be read").contains(PASSWORD));

    let window = Window::open(&desk);
    window.find_text("15 tracks");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    wait("it to be forgotten", || {
        (!fs::read_to_string(&file).expect("it can be read").contains("sara")).then_some(())
    });
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find_text("15 tracks");
    wait("it to be kept", || {
        fs::read_to_string(&file).expect("it can be read").contains("sara").then_some(())
    });
    assert!(!window.shows(IN_FILE), "once is enough");
}

#[test]
fn who_does_not_want_to_stay_is_asked_again() {
    let desk = Desk::new();
    let _keyring = Keyring::unlocked(&desk);
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    window.point_and_click("checkbox", "Stay signed in", 1);
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find_text("15 tracks");
    quit(window);
    let window = Window::open(&desk);
    window.find("button", "Sign In");
    window.find_typed("Username", "sara");
    // The device is known all the same.
    let devices = fs::read_to_string(desk.home().join("share/parlour/secrets/devices.toml"));
    assert!(devices.is_ok_and(|devices| devices.contains("sara")));
}

#[test]
fn a_server_that_is_away_is_said_and_waited_for() {
    let desk = Desk::new();
    let mut daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    quit(window);
    daemon.kill();
    let window = Window::open(&desk);
    window.find_text(&format!("Cannot connect to {}: nothing is listening there.", daemon.address()));
    window.shot("returning-cannot-connect");
    assert_eq!(window.nameless(), Vec::<String>::new());
    daemon.run();
    window.find_text("15 tracks");
    quit(window);

    daemon.kill();
    let window = Window::open(&desk);
    window.find_text("Cannot connect to");
    window.press(&["Escape"]);
    window.find("button", "Sign In");
    window.find_typed("Username", "sara");
    daemon.run();
    quit(window);
    let window = Window::open(&desk);
    window.find_text("15 tracks");
}

#[test]
fn a_session_that_ended_meanwhile_is_said_on_the_first_page() {
    let desk = Desk::new();
    let mut daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    quit(window);
    daemon.kill();
    daemon.lose_everything();
    daemon.run();
    let window = Window::open(&desk);
    window.find_text("Your session has ended. Sign in again.");
    window.find_typed("Username", "sara");
    window.shot("sign-in-session-ended");
    quit(window);
    let window = Window::open(&desk);
    window.find("button", "Sign In");
    assert!(!window.shows("Your session has ended"), "it is forgotten");
}

#[test]
fn another_server_named_on_the_command_line_comes_first() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    quit(window);
    let window = Window::open_at(&desk, "music.local:9001");
    window.find_typed("Server", "music.local:9001");
    quit(window);
    let window = Window::open_at(&desk, &daemon.address());
    window.find_text("15 tracks");
}

#[test]
fn a_server_named_on_the_command_line_is_offered_first() {
    let desk = Desk::new();
    let window = Window::open_at(&desk, "music.local:9001");
    window.find_typed("Server", "music.local:9001");
}

//! Pictures of the pages on the way in, with names that are hard to show.

use crate::desk::steps::{PASSWORD, fill_sign_up, sign_up};
use crate::desk::{Daemon, Desk, Window, bank_of_tree};

/// The longest username there is.
const LONG: &str = "wolfeschlegelsteinhausen.bergerd";

fn pictures(scheme: &str, width: u32, height: u32) {
    let name = |state: &str| format!("ways-{state}-{width}-{scheme}");
    let desk = Desk::with_screen(width, height);
    desk.settle(&format!("told_of_file = true\n[window]\nwidth = {width}\nheight = {height}\n"));
    let mut daemon = Daemon::with(&bank_of_tree(), "[mail]\ntransport = \"log\"\n");
    // Our own words stay English; GTK mirrors everything for people who read from right to left.
    let language = if scheme == "mirrored" { "fa" } else { "en" };
    let scheme = if scheme == "dark" { "prefer-dark" } else { "prefer-light" };
    let variables = [("ADW_DEBUG_COLOR_SCHEME", scheme), ("LANGUAGE", language)];
    let mut window = Window::open_with(&desk, &variables);
    sign_up(&window, &daemon, LONG);
    window.press(&["ctrl+q"]);
    window.wait_closed();
    daemon.kill();
    drop(window);
    let window = Window::open_with(&desk, &variables);
    window.find_text("Cannot connect to");
    window.shot(&name("1-returning"));
    window.click("button", "Sign In with a Password");
    window.find("button", "Sign In");
    window.shot(&name("2-sign-in"));
    daemon.run();
    window.click("button", "Forgot password?");
    window.find_text("A code is sent to the e-mail address");
    window.shot(&name("3-reset"));
    window.fill("E-mail or Username", "a.rather.long.address.of.somebody@mail.of.a.long.domain.example.org");
    window.click("button", "Send Code");
    window.find_text("Nobody is registered");
    window.shot(&name("3-reset-unknown"));
    window.fill("E-mail or Username", &format!("{LONG}@example.org"));
    window.click("button", "Send Code");
    window.find_text("A code is on its way");
    window.fill("Code", "00000 1");
    window.click("button", "Continue");
    window.find_text("A code has 5 or 8 digits");
    window.shot(&name("4-code"));
    window.click("button", "Back to Sign In");
    reset(&window, &daemon, &name);
    window.find_text("Sign in with the new one.");
    window.shot(&name("6-sign-in-note"));
}

/// Sets a new password by an admin's code.
fn reset(window: &Window<'_>, daemon: &Daemon, name: &dyn Fn(&str) -> String) {
    let said = daemon.command(&["user", "reset-code", LONG]);
    window.click("button", "Forgot password?");
    window.find_text("Forgot Your Password?");
    window.fill("E-mail or Username", LONG);
    window.click("button", "I Have a Code");
    window.find_text("Type the code that you were given");
    window.shot(&name("4-code-by-admin"));
    window.fill("Code", said.lines().next().unwrap_or_default());
    window.click("button", "Continue");
    window.find_text("Set a New Password");
    window.fill("New Password", PASSWORD);
    window.fill("Repeat New Password", "another horse");
    window.click("button", "Set Password");
    window.find_text("The two passwords differ.");
    window.shot(&name("5-password"));
    window.fill("Repeat New Password", PASSWORD);
    window.click("button", "Set Password");
}

fn sign_ups(scheme: &str, width: u32, height: u32) {
    let name = |state: &str| format!("ways-{state}-{width}-{scheme}");
    let scheme = if scheme == "dark" { "prefer-dark" } else { "prefer-light" };
    for rule in ["approval", "invite"] {
        let desk = Desk::with_screen(width, height);
        desk.settle(&format!("[window]\nwidth = {width}\nheight = {height}\n"));
        let daemon = Daemon::with(&bank_of_tree(), &format!("sign_up = {rule:?}"));
        let window = Window::open_with(&desk, &[("ADW_DEBUG_COLOR_SCHEME", scheme)]);
        fill_sign_up(&window, &daemon, LONG);
        window.click("button", "Create Account");
        match rule {
            "approval" => window.find_text("Waiting for Approval"),
            _ => window.find_text("Type the code."),
        };
        window.shot(&name(&format!("7-sign-up-{rule}")));
    }
}

#[test]
fn every_way_in_is_pictured() {
    if std::env::var_os("SHOTS").is_none() {
        return;
    }
    for (width, height) in [(360, 720), (1400, 900)] {
        for scheme in ["light", "dark", "mirrored"] {
            pictures(scheme, width, height);
        }
        for scheme in ["light", "dark"] {
            sign_ups(scheme, width, height);
        }
    }
}

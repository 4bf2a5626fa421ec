//! Who may sign up, in the real window: whoever is invited, whoever is approved, and the first admin.

use crate::desk::steps::{PASSWORD, fill_sign_up, sign_in};
use crate::desk::{Daemon, Desk, Window, bank_of_tree};

#[test]
fn only_who_is_invited_comes_in() {
    let desk = Desk::new();
    let daemon = Daemon::with(&bank_of_tree(), "sign_up = \"invite\"");
    let window = Window::open(&desk);
    fill_sign_up(&window, &daemon, "sara");
    window.find_text("An account here is by invitation.");
    window.click("button", "Create Account");
    window.find_text("Type the code.");
    window.shot("sign-up-invite-missing");
    assert_eq!(window.nameless(), Vec::<String>::new());
    window.fill("Invite or Setup Code", "K7QF-9M2X-0AB3-ZZ10");
    window.click("button", "Create Account");
    window.find_text("This code is not known here, has been used, or is too old.");
    let said = daemon.command(&["invite", "create", "--note", "Sara"]);
    let invite = said.lines().next().unwrap_or_default().to_owned();
    window.fill("Invite or Setup Code", &format!(" {} ", invite.to_lowercase().replace('-', " ")));
    window.click("button", "Create Account");
    window.find_text("15 tracks");
    window.fire("main.sign-out");
    fill_sign_up(&window, &daemon, "ali");
    window.fill("Invite or Setup Code", &invite);
    window.click("button", "Create Account");
    window.find_text("This code is not known here, has been used, or is too old.");
}

#[test]
fn who_is_to_be_approved_waits_and_is_told_so() {
    let desk = Desk::new();
    let daemon = Daemon::with(&bank_of_tree(), "sign_up = \"approval\"");
    let window = Window::open(&desk);
    fill_sign_up(&window, &daemon, "sara");
    window.find_text("An admin approves each new account");
    window.find("button", "I have a code");
    window.shot("sign-up-approval");
    window.click("button", "Create Account");
    window.find_text("Waiting for Approval");
    window.shot("sign-up-waiting");
    assert_eq!(window.nameless(), Vec::<String>::new());
    window.click("button", "Back to Sign In");
    window.find_text("Sign in once an admin has approved your account.");
    window.find_typed("Username", "sara");
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find_text("Your account is waiting for an admin to approve it.");
    window.shot("sign-in-approval-pending");
    daemon.command(&["user", "approve", "sara"]);
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find_text("15 tracks");
    daemon.command(&["user", "disable", "sara"]);
    window.find_text("Your session has ended. Sign in again.");
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find_text("An admin has disabled this account.");
}

#[test]
fn the_setup_code_of_the_log_makes_the_first_admin() {
    let desk = Desk::new();
    let daemon = Daemon::with(&bank_of_tree(), "sign_up = \"invite\"");
    let log = daemon.log();
    let code = log.split("This setup code makes one: ").nth(1).and_then(|rest| rest.split(' ').next());
    let window = Window::open(&desk);
    fill_sign_up(&window, &daemon, "sara");
    window.fill("Invite or Setup Code", code.unwrap_or_else(|| panic!("no code in {log}")));
    window.click("button", "Create Account");
    window.find_text("15 tracks");
    let staff = daemon.command(&["user", "list", "--staff"]);
    assert!(staff.contains("sara") && staff.contains("admin"), "{staff}");
}

#[test]
fn where_everybody_may_sign_up_a_code_can_be_typed_all_the_same() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    fill_sign_up(&window, &daemon, "sara");
    assert!(window.look("text box", "Invite or Setup Code").is_none());
    window.click("button", "I have a code");
    window.fill("Invite or Setup Code", "K7QF");
    window.click("button", "Create Account");
    window.find_text("This code is not known here, has been used, or is too old.");
    window.fill("Invite or Setup Code", "");
    window.click("button", "Create Account");
    window.find_text("15 tracks");
}

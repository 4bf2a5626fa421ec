//! Administration, in the real window with the real daemon: accounts, invites, and the log.

use std::thread::sleep;
use std::time::Duration;

use crate::desk::steps::{PASSWORD, open_row, sign_in, sign_up};
use crate::desk::{Daemon, Desk, Window, wait};

/// Makes an account, makes it an admin's on the command line, and opens the administration.
fn administer<'a>(desk: &'a Desk, daemon: &Daemon) -> Window<'a> {
    // The button that closes a toast has no name, and cannot be given one.
    desk.settle("told_of_file = true\n");
    let window = Window::open(desk);
    sign_up(&window, daemon, "sara");
    window.find_text("15 tracks");
    daemon.command(&["user", "role", "sara", "admin"]);
    // Another role ends the session.
    window.find_text("Your session has ended. Sign in again.");
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find_text("15 tracks");
    open_row(&window, "Administration", "Administration");
    window.find_text("1 account");
    window
}

#[test]
fn an_admin_adds_disables_and_deletes_somebody_and_the_log_tells_it() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = administer(&desk, &daemon);
    window.shot("admin-accounts-one");
    assert_eq!(window.nameless(), Vec::<String>::new(), "among the accounts");

    window.click("button", "Add Account");
    window.find_title("Manage Account");
    window.fill("Username", "two words");
    window.click("button", "Add Account");
    window.find_text("A username has letters and digits of one script");
    window.find_text("Type your e-mail address.");
    window.fill("Username", "mina");
    window.fill("E-mail", "SARA@example.org");
    window.fill("Phone", "09121234568");
    window.click("button", "Add Account");
    window.find_text("Another account has this already.");
    window.shot("admin-add-taken");
    window.fill("E-mail", "mina@example.org");
    window.click("button", "Add Account");
    window.find_text("signed in nowhere");
    window.click("button", "Make Reset Code");
    window.find_text("It is shown only now.");
    window.shot("admin-code");
    assert_eq!(window.nameless(), Vec::<String>::new(), "with a code");
    assert!(daemon.command(&["user", "list"]).contains("mina"));

    window.fill("Phone", "09121234569");
    window.click("button", "Apply");
    window.click("button", "Disable");
    window.find("button", "Enable");
    assert!(daemon.command(&["user", "list", "--disabled"]).contains("mina"));
    window.shot("admin-disabled");
    window.click("button", "Enable");
    window.find("button", "Disable");

    window.click("button", "Delete…");
    window.find_text("will be gone for good");
    window.shot("admin-delete");
    window.click("button", "Do Not Delete");
    window.find("button", "Delete…");
    window.click("button", "Delete…");
    window.point_and_click("label", "Remove it", 1);
    window.click("button", "Delete Account");
    window.find_title("Administration");
    window.find_text("1 account");
    assert!(!daemon.command(&["user", "list"]).contains("mina"));

    window.click("button", "Log");
    window.find_text("Added \u{2068}mina\u{2069} as a member");
    window.find_text("Disabled \u{2068}mina\u{2069}");
    window.find_text("Deleted \u{2068}mina\u{2069}; what was shared was removed");
    window.find_text("On the command line");
    window.shot("admin-log");
}

#[test]
fn an_invite_is_shown_once_listed_and_voided() {
    let desk = Desk::new();
    let daemon = Daemon::with(&crate::desk::bank_of_tree(), "sign_up = \"open\"\n");
    let window = administer(&desk, &daemon);
    window.click("button", "Invites");
    window.find_text("No Invites");
    window.shot("admin-invites-none");
    window.fill("Note", "the new drummer");
    window.click("button", "Create Invite");
    window.find_text("Give this code to one person before");
    window.find_text("Can be used until");
    window.shot("admin-invite");
    assert_eq!(window.nameless(), Vec::<String>::new(), "among the invites");
    assert!(daemon.command(&["invite", "list"]).contains("the new drummer"));
    window.click("button", "Void \u{2068}the new drummer\u{2069}");
    window.find_text("Ended");
    window.press(&["Escape"]);
    window.find_title("Administration");
}

#[test]
fn the_only_admin_stays_one_and_the_search_finds_by_address() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = administer(&desk, &daemon);
    for name in ["mina", "개구리", "toni"] {
        let email = format!("{}@example.org", if name.is_ascii() { name } else { "frog" });
        daemon.command(&["user", "add", name, "--email", &email, "--phone", "09121234567"]);
    }
    window.find_text("4 accounts");
    window.shot("admin-accounts");
    window.fill("Search Accounts", "frog@");
    window.find_text("1 account");
    window.find_text("개구리");
    window.fill("Search Accounts", "nobody at all");
    window.find_text("Nobody Here");
    window.shot("admin-nobody");
    window.fill("Search Accounts", "sara");
    window.find_text("1 account");
    window.find_text("sara@example.org");
    // The list may still be moving when it is pointed at.
    wait("the account", || {
        if window.is_titled("Administration") {
            window.point_and_click("label", "sara@example.org", 1);
            sleep(Duration::from_millis(400));
        }
        window.is_titled("Manage Account").then_some(())
    });
    window.click("button", "Disable");
    window.find_text("Nobody would be admin any more. Make someone else an admin first.");
    window.shot("admin-last");
}

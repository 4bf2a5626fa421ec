//! The settings and what lies behind them, in the real window with the real daemon.

use super::desk::steps::{PASSWORD, open_row, sign_in, sign_up};
use super::desk::{Daemon, Desk, Window, wait, wait_or};

fn switched(window: &Window<'_>, name: &str) -> bool {
    window.is_checked(&window.find("switch", name))
}

#[test]
fn the_settings_are_behind_the_avatar_and_back_leads_where_one_was() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    window.find_text("15 tracks");
    for (row, title) in [
        ("Account", "Account"),
        ("Password", "Password"),
        ("Devices", "Devices"),
        ("Members", "Members"),
        ("Delete Account", "Delete Account"),
    ] {
        open_row(&window, row, title);
        assert_eq!(window.nameless(), Vec::<String>::new(), "on {title}");
        window.press(&["Escape"]);
        window.find_title("Settings");
    }
    assert_eq!(window.nameless(), Vec::<String>::new(), "in the settings");
    window.click("button", "Back");
    window.find_text("15 tracks");
    window.press(&["ctrl+comma"]);
    window.find_title("Settings");
    window.press(&["alt+Left"]);
    window.find_text("15 tracks");
    open_row(&window, "Sign Out", "");
    window.find("button", "Sign In");
    window.find_typed("Username", "sara");
}

#[test]
fn the_account_is_changed_after_a_yes_and_as_before_after_a_no() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    open_row(&window, "Account", "Account");
    window.find_typed("E-mail", "sara@example.org");
    window.find_typed("Phone", "09121234567");
    window.shot("account");
    let can_apply = |wanted: bool| {
        let so = || (window.is_sensitive(&window.find("button", "Apply")) == wanted).then_some(());
        wait_or(&format!("Apply to be sensitive: {wanted}"), so, || window.describe());
    };
    can_apply(false);
    window.fill("About You", "I play the cello. 나는 첼로를 켠다.");
    can_apply(true);
    window.fill("About You", "");
    can_apply(false);

    window.fill("E-mail", "sara@");
    window.click("button", "Apply");
    window.find_text("This is not an e-mail address.");
    window.shot("account-fault");
    window.fill("E-mail", "sara@other.org");
    window.click("switch", "Show E-mail to Others");
    window.click("button", "Apply");
    window.find_text("Store These Changes?");
    window.shot("account-question");
    window.click("button", "No");
    window.find_typed("E-mail", "sara@example.org");
    assert!(!switched(&window, "Show E-mail to Others"));
    can_apply(false);

    window.fill("E-mail", "sara@other.org");
    window.fill("About You", "I play the cello.");
    window.click("switch", "Show E-mail to Others");
    window.click("button", "Apply");
    window.click("button", "Yes");
    window.find_text("Your changes are stored");
    window.find_typed("E-mail", "sara@other.org");
    can_apply(false);

    window.fill("Phone", "0912 765 4321");
    window.press(&["Escape"]);
    window.find_text("Discard Your Changes?");
    window.press(&["Escape"]);
    window.find_typed("Phone", "0912 765 4321");
    window.click("button", "Back");
    window.click("button", "Discard");
    window.find_title("Settings");
    open_row(&window, "Account", "Account");
    window.find_typed("Phone", "09121234567");
    window.find_typed("E-mail", "sara@other.org");
    window.find_typed("About You", "I play the cello.");
    assert!(switched(&window, "Show E-mail to Others"));
}

#[test]
fn a_new_password_leads_to_the_first_page_and_is_the_only_one_that_opens() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    open_row(&window, "Password", "Password");
    window.click("button", "Change Password");
    window.find_text("Type the password you have now.");
    window.shot("password-missing");
    let change = |old: &str, new: &str, again: &str| {
        window.fill("Current Password", old);
        window.fill("New Password", new);
        window.fill("Repeat New Password", again);
        window.click("button", "Change Password");
    };
    change(PASSWORD, "battery staple", "battery stable");
    window.find_text("The two passwords differ.");
    change("wrong horse", "battery staple", "battery staple");
    window.find_text("The password is wrong.");
    change(PASSWORD, "battery staple", "battery staple");
    window.find_text("Your password was changed. Sign in with the new one.");
    window.shot("password-changed");
    window.find_typed("Username", "sara");
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find_text("The password is wrong.");
    assert!(!window.shows("Your password was changed"));
    sign_in(&window, &daemon.address(), "sara", "battery staple");
    window.find("button", "Download");
}

#[test]
fn a_device_is_signed_out_from_another() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    // The first session goes on, with nobody there: the app is killed, and has forgotten everything.
    drop(window);
    std::fs::remove_dir_all(desk.home().join("share/parlour")).expect("the session was kept");
    desk.settle("");
    let window = Window::open(&desk);
    window.find("button", "Sign In");
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find_text("15 tracks");
    open_row(&window, "Devices", "Devices");
    window.find_text("This device");
    window.find_text("Last used today");
    window.shot("devices");
    let others = || window.count("button", "Sign Out ");
    assert_eq!(others(), 1, "{}", window.describe());
    window.click_starting("button", "Sign Out ");
    window.find_text("Sign This Device Out?");
    window.click("button", "Cancel");
    window.find_gone("button", "Cancel");
    window.click_starting("button", "Sign Out ");
    window.click("button", "Sign Out");
    window.find_text("The device is signed out");
    wait("it to leave the list", || (others() == 0).then_some(()));
    window.find_text("This device");
}

#[test]
fn the_members_are_found_with_what_they_show_and_nothing_else() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "개구리");
    open_row(&window, "Account", "Account");
    window.fill("About You", "I croak.");
    window.click("switch", "Show E-mail to Others");
    window.click("button", "Apply");
    window.click("button", "Yes");
    window.find_text("Your changes are stored");
    window.fire("main.sign-out");
    window.find("button", "Sign In");
    sign_up(&window, &daemon, "sara");
    open_row(&window, "Members", "Members");
    window.find_text("2 members");
    window.shot("members");
    window.fill("Search", "nobody");
    window.find_text("Nobody Found");
    window.fill("Search", "개구");
    window.find_text("1 member");
    window.point_and_click("label", "개구리", 1);
    window.find_title("Member");
    window.find_text("I croak.");
    window.find_text("개구리@example.org");
    window.shot("profile");
    assert!(!window.shows("09121234567"), "it is not shown");
    assert_eq!(window.nameless(), Vec::<String>::new(), "on the profile");
    window.press(&["Escape"]);
    window.find_title("Members");
    window.find_typed("Search", "개구");
}

#[test]
fn an_account_is_deleted_and_its_name_is_forgotten_here() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = Window::open(&desk);
    sign_up(&window, &daemon, "sara");
    open_row(&window, "Delete Account", "Delete Account");
    window.find_text("This cannot be undone.");
    window.shot("delete");
    window.click("button", "Delete Account");
    window.find_text("Type a password.");
    window.fill("Your Password", "wrong horse");
    window.click("button", "Delete Account");
    window.find_text("Delete Your Account?");
    window.shot("delete-question");
    window.click("button", "Cancel");
    window.click("button", "Delete Account");
    window.click("button", "Delete");
    window.find_text("The password is wrong.");
    window.fill("Your Password", PASSWORD);
    window.click("button", "Delete Account");
    window.click("button", "Delete");
    window.find_text("Your account was deleted.");
    window.shot("deleted");
    window.find_typed("Username", "");
    window.find_typed("Server", &daemon.address());
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find_text("Nobody is registered under this name.");
}

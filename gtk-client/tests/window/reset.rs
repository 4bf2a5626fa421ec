//! Forgotten passwords, in the real window: with the code from the daemon's log, from a mail, and from an
//! admin.

use crate::desk::steps::{PASSWORD, sign_in, sign_up};
use crate::desk::{Daemon, Desk, MailServer, Window, bank_of_tree, wait_or};

/// Mail that goes into the daemon's log.
const LOGGED: &str = "[mail]\ntransport = \"log\"\n";

const NEW_PASSWORD: &str = "battery staple";

/// Takes the code for somebody from the daemon's log; the newest one.
fn logged_code(daemon: &Daemon, user_name: &str) -> String {
    let code = || {
        let log = daemon.log();
        let line = log.lines().rfind(|line| line.contains("the code for") && line.contains(user_name))?;
        Some(line.split(" is ").last()?.chars().take_while(char::is_ascii_digit).collect())
    };
    wait_or("the code in the log", code, || daemon.log())
}

/// Makes an account, signs out and goes to the page of the forgotten password.
fn forget<'a>(desk: &'a Desk, daemon: &Daemon) -> Window<'a> {
    // The button that closes a toast has no name, and cannot be given one.
    desk.settle("told_of_file = true\n");
    let window = Window::open(desk);
    sign_up(&window, daemon, "sara");
    window.fire("main.sign-out");
    sign_in(&window, &daemon.address(), "sara", "wrong horse");
    window.find_text("The password is wrong.");
    window.click("button", "Forgot password?");
    window.find_text("Forgot Your Password?");
    window
}

/// Types another code of as many digits.
fn another(code: &str) -> String {
    code.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect()
}

/// Sets the new password and signs in with it.
fn set_password(window: &Window<'_>) {
    window.find_text("Set a New Password");
    window.find_text("sara");
    window.shot("reset-password");
    window.fill("New Password", NEW_PASSWORD);
    window.fill("Repeat New Password", "battery maple");
    window.click("button", "Set Password");
    window.find_text("The two passwords differ.");
    window.fill("Repeat New Password", NEW_PASSWORD);
    window.click("button", "Set Password");
    window.find_text("Your password was changed. Sign in with the new one.");
    window.shot("sign-in-password-changed");
    window.find_typed("Username", "sara");
    window.fill("Password", NEW_PASSWORD);
    window.click("button", "Sign In");
    window.find_text("15 tracks");
}

#[test]
fn a_code_from_the_log_leads_to_a_new_password() {
    let desk = Desk::new();
    let daemon = Daemon::with(&bank_of_tree(), LOGGED);
    let window = forget(&desk, &daemon);
    window.find_typed("E-mail or Username", "sara");
    window.shot("reset-account");
    assert_eq!(window.nameless(), Vec::<String>::new(), "on the first of the pages");
    window.fill("E-mail or Username", "nobody@example.org");
    window.click("button", "Send Code");
    window.find_text("Nobody is registered under this username or e-mail address.");
    window.fill("E-mail or Username", "SARA@example.org");
    window.click("button", "Send Code");
    window.find_text("A code is on its way to the e-mail address of");
    let code = logged_code(&daemon, "sara");
    assert_eq!(code.len(), 5, "{code}");
    window.shot("reset-code");
    assert_eq!(window.nameless(), Vec::<String>::new(), "on the page of the code");
    window.fill("Code", &another(&code));
    window.click("button", "Continue");
    window.find_text("The code is wrong. You have 2 more tries.");
    window.shot("reset-code-wrong");
    // As somebody writes it whose digits are others.
    let digits = code.chars().map(|digit| char::from_u32(0x6f0 + digit.to_digit(10).unwrap()).unwrap());
    window.fill("Code", &format!(" {} ", digits.collect::<String>()));
    window.click("button", "Continue");
    set_password(&window);
    assert_eq!(window.nameless(), Vec::<String>::new());
    window.fire("main.sign-out");
    sign_in(&window, &daemon.address(), "sara", PASSWORD);
    window.find_text("The password is wrong.");
}

#[test]
fn a_code_from_a_mail_leads_to_a_new_password() {
    let desk = Desk::new();
    let mail = MailServer::start();
    let daemon = Daemon::with(&bank_of_tree(), &mail.configuration());
    let window = forget(&desk, &daemon);
    window.click("button", "Send Code");
    window.find_text("A code is on its way");
    let (to, text) = mail.next();
    assert_eq!(to, "sara@example.org");
    let is_code = |line: &&str| line.len() == 5 && line.chars().all(|c| c.is_ascii_digit());
    let code = text.lines().map(str::trim).find(is_code).unwrap_or_else(|| panic!("no code in {text}"));
    window.fill("Code", code);
    window.click("button", "Continue");
    set_password(&window);
    let (_, notice) = mail.next();
    assert!(notice.contains("password"), "{notice}");
}

#[test]
fn a_code_that_was_tried_too_often_is_void_and_an_admins_is_taken_in_its_place() {
    let desk = Desk::new();
    let daemon = Daemon::with(&bank_of_tree(), LOGGED);
    let window = forget(&desk, &daemon);
    window.click("button", "Send Code");
    let code = logged_code(&daemon, "sara");
    window.find_text("A code is on its way");
    for _ in 0..2 {
        window.fill("Code", &another(&code));
        window.click("button", "Continue");
        window.find_text("The code is wrong.");
        window.fill("Code", "");
    }
    window.fill("Code", &another(&code));
    window.click("button", "Continue");
    window.find_text("Ask for a new one.");
    window.fill("Code", &code);
    window.click("button", "Continue");
    window.find_text("This code cannot be used any more. Ask for a new one.");
    window.find_text("Have another code sent.");
    window.shot("reset-code-void");
    let said = daemon.command(&["user", "reset-code", "sara"]);
    let issued: String = said.lines().next().unwrap_or_default().to_owned();
    window.fill("Code", &issued);
    window.click("button", "Continue");
    set_password(&window);
}

#[test]
fn where_no_mail_is_sent_a_code_of_an_admin_leads_on() {
    let desk = Desk::new();
    let daemon = Daemon::start();
    let window = forget(&desk, &daemon);
    window.find_text("This server sends no mail. Ask an admin for a code");
    window.shot("reset-account-no-mail");
    assert!(window.look("button", "Send Code").is_none());
    let said = daemon.command(&["user", "reset-code", "sara"]);
    let code = said.lines().next().unwrap_or_default().to_owned();
    window.click("button", "I Have a Code");
    window.find_text("Type the code that you were given for");
    window.shot("reset-code-by-admin");
    assert!(window.look("button", "Send Again").is_none());
    window.fill("Code", &format!("{}\u{a0}{}", &code[..4], &code[4..]));
    window.click("button", "Continue");
    set_password(&window);
}

#[test]
fn with_strict_errors_nobody_learns_who_can_be_sent_a_code() {
    let desk = Desk::new();
    let daemon = Daemon::with(&bank_of_tree(), &format!("strict_sign_in_errors = true\n{LOGGED}"));
    let window = Window::open(&desk);
    window.fill("Server", &daemon.address());
    window.fill("Username", "nobody");
    window.click("button", "Forgot password?");
    window.find_typed("E-mail or Username", "nobody");
    window.click("button", "Send Code");
    window.find_text("has an account here, a code is on its way to its e-mail address.");
    window.fill("Code", "12345");
    window.click("button", "Continue");
    window.find_text("The code is wrong. You have 2 more tries.");
}

#[test]
fn the_logo_escape_and_back_lead_to_the_first_page() {
    let desk = Desk::new();
    let daemon = Daemon::with(&bank_of_tree(), LOGGED);
    let window = forget(&desk, &daemon);
    for way in ["logo", "escape", "back"] {
        match way {
            "logo" => window.click("button", "Back to Sign In"),
            "escape" => window.press(&["Escape"]),
            _ => window.click("button", "Back"),
        }
        window.find("button", "Sign In");
        window.find_typed("Username", "sara");
        window.click("button", "Forgot password?");
        window.find_text("Forgot Your Password?");
    }
    window.click("button", "Send Code");
    window.find_text("A code is on its way");
    window.click("button", "Back to Sign In");
    window.find("button", "Sign In");
    // What was sent still counts.
    window.click("button", "Forgot password?");
    window.click("button", "I Have a Code");
    window.find_text("A code is on its way");
    window.fill("Code", &logged_code(&daemon, "sara"));
    window.click("button", "Continue");
    window.find_text("Set a New Password");
    window.click("button", "Back to Sign In");
    window.find("button", "Sign In");
}

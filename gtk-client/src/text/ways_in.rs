//! What the pages on the way in say of themselves.
//!
//! This file does not know how the pages look.

use parlour_common::message::SignUpRule;

use super::full_address;
use crate::format::counted;
use crate::network::ServerAddress;
use crate::view_model::reset::{Reset, Sent, Step};
use crate::view_model::returning::Returning;

/// Says on which server an account is or will be.
pub fn on_server(address: Option<&ServerAddress>, name: Option<&str>) -> String {
    let address = address.map(full_address).unwrap_or_default();
    match name.filter(|name| !name.is_empty()) {
        Some(name) => format!("on {name} ({address})"),
        None => format!("on {address}"),
    }
}

/// Returns what a page for a forgotten password is called.
pub fn reset_title(step: Step) -> &'static str {
    match step {
        Step::Account => "Forgot Your Password?",
        Step::Code => "Enter the Code",
        Step::Password => "Set a New Password",
    }
}

/// Says what a page for a forgotten password is good for, as things stand.
pub fn reset_words(reset: &Reset, step: Step) -> String {
    match step {
        Step::Account if reset.has_mail() => {
            "A code is sent to the e-mail address of your account. With it you set a new password.".to_owned()
        }
        Step::Account => {
            "This server sends no mail. Ask an admin for a code; with it you set a new password.".to_owned()
        }
        Step::Code => code_words(reset),
        Step::Password => {
            "The code is right. A new password signs you out on every device. Your username is".to_owned()
        }
    }
}

fn code_words(reset: &Reset) -> String {
    if reset.is_void() {
        return void_words(reset).to_owned();
    }
    // Set apart, for it may be written in the other direction.
    let account = format!("\u{2068}{}\u{2069}", reset.account());
    let minutes = counted(u64::from(reset.code_seconds().div_ceil(60)), "minute", "minutes");
    let code = if reset.sent() == Some(Sent::Again) { "Another code" } else { "A code" };
    let sent = match (reset.sent(), reset.is_strict()) {
        (None, _) => return format!("Type the code that you were given for {account}."),
        (_, false) => format!("{code} is on its way to the e-mail address of {account}."),
        (_, true) => {
            format!("If {account} has an account here, {} is on its way to its e-mail address.", lower(code))
        }
    };
    match reset.sent() {
        Some(Sent::Again) => format!("{sent} The one before cannot be used any more."),
        _ => format!("{sent} It can be used for {minutes}."),
    }
}

fn lower(words: &str) -> String {
    words.to_lowercase()
}

fn void_words(reset: &Reset) -> &'static str {
    match (reset.sent().is_some(), reset.has_mail()) {
        (true, _) => "Have another code sent. If an admin gives you one, type it here.",
        (false, true) => "Have a code sent by mail, or ask an admin for another one and type it here.",
        (false, false) => "Ask an admin for another code and type it here.",
    }
}

/// Says when another code can be sent.
pub fn send_again(reset: &Reset) -> String {
    match (reset.sent(), reset.again_seconds()) {
        (None, _) => "Send a Code by Mail".to_owned(),
        (Some(_), 0) => "Send Again".to_owned(),
        (Some(_), seconds) => format!("Send Again in {seconds}\u{a0}s"),
    }
}

/// Says who may sign up, where not everybody may at once.
pub fn sign_up_words(rule: SignUpRule) -> Option<&'static str> {
    match rule {
        SignUpRule::Open => None,
        SignUpRule::Approval => Some(
            "An admin approves each new account before it can be used. With an invite you can begin at once.",
        ),
        SignUpRule::Invite => Some("An account here is by invitation. Ask an admin for an invite."),
    }
}

/// Says what somebody waits for whose account is not approved yet.
pub fn waiting_words(user_name: &str) -> String {
    format!(
        "Your account \u{2068}{user_name}\u{2069} is made. Once an admin has approved it, sign in with the \
         password you chose."
    )
}

/// Greets who comes back without a password.
pub fn returning_title(returning: &Returning) -> String {
    format!("Welcome Back, \u{2068}{}\u{2069}", returning.user_name())
}

/// Says when the next try comes, on the button that does not wait for it.
pub fn try_again(seconds: Option<u32>) -> String {
    match seconds {
        None => "Try Again".to_owned(),
        Some(seconds) => format!("Try Now ({seconds}\u{a0}s)"),
    }
}

//! Sessions and the settings: what each row says.
//!
//! This file does not know where the rows lead.

use parlour_common::message::SessionEntry;

use super::times::{date, day};
use crate::view_model::settings::Row;

/// Says how a session of one's own stands.
pub fn session(entry: &SessionEntry) -> String {
    let since = date(entry.opened_unix_ms).map(|date| format!("signed in since {date}"));
    let used = match (entry.current, entry.connected) {
        (true, _) => Some("This device".to_owned()),
        (false, true) => Some("In use now".to_owned()),
        (false, false) => day(entry.used_unix_ms).map(|day| format!("Last used {day}")),
    };
    used.into_iter().chain(since).collect::<Vec<_>>().join(" · ")
}

/// Returns what a device is called.
pub fn device(entry: &SessionEntry) -> &str {
    if entry.device.trim().is_empty() { "Unnamed device" } else { &entry.device }
}

/// What a row of the settings says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowWords {
    /// What it is called.
    pub title: &'static str,
    /// What is there.
    pub subtitle: &'static str,
    /// Its icon.
    pub icon: &'static str,
}

/// Returns what a row of the settings says.
pub fn settings_row(row: Row) -> RowWords {
    let words = |title, subtitle, icon| RowWords { title, subtitle, icon };
    match row {
        Row::Account => words("Account", "What the server knows of you", "avatar-default-symbolic"),
        Row::Password => words("Password", "Change it", "dialog-password-symbolic"),
        Row::Devices => words("Devices", "Where you are signed in", "computer-symbolic"),
        Row::Members => words("Members", "Who else is here", "system-users-symbolic"),
        Row::Administration => words("Administration", "Accounts, invites, log", "system-users-symbolic"),
        Row::SignOut => words("Sign Out", "Of this device", "system-log-out-symbolic"),
        Row::DeleteAccount => words("Delete Account", "For good", "user-trash-symbolic"),
    }
}

//! What the command line says to people: the one place that speaks.
//!
//! This file does not know how a thing is done, only what to say of it.

mod files;
mod troubles;

use parlour_common::message::{
    AccountState, AuditAction, AuditEntry, Field, Invite, InviteEntry, ResetCode, Role, SharedFate, UserEntry,
};

use super::sizes::{quota, size};
use super::table::{plain, table, utc};
pub use files::{checked, quota_given};
pub use troubles::trouble;

/// Who did what the command line did.
const COMMAND_LINE: &str = "(command line)";

fn field_name(field: Field) -> &'static str {
    match field {
        Field::UserName => "the username",
        Field::Email => "the e-mail address",
        Field::Phone => "the phone number",
        Field::Password => "the password",
        Field::Code => "the code",
        Field::About => "the text about oneself",
        Field::Note => "the note",
        Field::HandOverTo => "the member to hand over to",
        Field::Visibility => "what others see",
        Field::FileName => "the name of a file",
        Field::Quota => "the room for files",
        Field::Text => "the text",
    }
}

/// Shows accounts, and how many wait in all.
pub fn users(users: &[UserEntry], waiting: u32) -> String {
    let rows: Vec<_> = users
        .iter()
        .map(|user| {
            [
                user.user_name.to_string(),
                role(user.role).to_owned(),
                state(user.state).to_owned(),
                user.email.to_string(),
                user.phone.as_str().to_owned(),
                size(user.files_bytes),
                quota(user.quota),
                utc(user.created_unix_ms),
                user.used_unix_ms.map_or_else(|| "-".to_owned(), utc),
            ]
        })
        .collect();
    let heading = ["USERNAME", "ROLE", "STATE", "E-MAIL", "PHONE", "FILES", "QUOTA", "MADE", "LAST USED"];
    let shown = if rows.is_empty() { "No account fits.\n".to_owned() } else { table(heading, &rows) };
    match waiting {
        0 => shown,
        1 => format!("{shown}\n1 account waits for approval: parlourd user list --waiting\n"),
        _ => format!("{shown}\n{waiting} accounts wait for approval: parlourd user list --waiting\n"),
    }
}

/// Shows invites.
pub fn invites(invites: &[InviteEntry]) -> String {
    let rows: Vec<_> = invites
        .iter()
        .map(|invite| {
            [
                invite.id.0.to_string(),
                invite.note.clone(),
                author(&invite.by),
                utc(invite.created_unix_ms),
                utc(invite.expires_unix_ms),
                invite.used_by.clone().unwrap_or_else(|| "-".to_owned()),
            ]
        })
        .collect();
    let heading = ["ID", "NOTE", "BY", "MADE", "ENDS", "USED BY"];
    if rows.is_empty() { "No invites.\n".to_owned() } else { table(heading, &rows) }
}

/// Shows what was done, in the order given.
pub fn audit(entries: &[AuditEntry]) -> String {
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| [entry.id.to_string(), utc(entry.at_unix_ms), author(&entry.by), deed(entry)])
        .collect();
    let heading = ["NO.", "TIME", "BY", "WHAT"];
    if rows.is_empty() { "Nothing was done yet.\n".to_owned() } else { table(heading, &rows) }
}

fn author(by: &str) -> String {
    if by.is_empty() { COMMAND_LINE.to_owned() } else { by.to_owned() }
}

fn deed(entry: &AuditEntry) -> String {
    let whom = &entry.subject;
    let as_role = entry.role.map(|given| format!(" as {}", role(given))).unwrap_or_default();
    match entry.action {
        AuditAction::FirstAdmin => "became the first admin by the setup code".to_owned(),
        AuditAction::UserAdded => format!("added {whom}{as_role}"),
        AuditAction::UserEdited => {
            let fields: Vec<_> = entry.fields.iter().map(|field| field_name(*field)).collect();
            format!("changed {} of {whom}", fields.join(" and "))
        }
        AuditAction::RoleChanged => format!("made {whom} {}", entry.role.map_or("something else", role)),
        AuditAction::UserApproved => format!("approved {whom}{as_role}"),
        AuditAction::UserDisabled => format!("disabled {whom}"),
        AuditAction::UserEnabled => format!("enabled {whom}"),
        AuditAction::UserDeleted => match &entry.shared {
            Some(fate) => format!("deleted {whom}; {}", shared(fate)),
            None => format!("deleted {whom}"),
        },
        AuditAction::ResetCodeIssued => format!("made a code for a new password of {whom}"),
        AuditAction::InviteCreated => format!("made an invite{}", for_whom(whom)),
        AuditAction::InviteRevoked => format!("revoked an invite{}", for_whom(whom)),
        AuditAction::InviteUsed => format!("signed up with an invite{}", for_whom(whom)),
        AuditAction::Other => "did what only a newer version can name".to_owned(),
    }
}

fn for_whom(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(" ({note})") }
}

/// Says what becomes of what an account shared.
fn shared(fate: &SharedFate) -> String {
    match fate {
        SharedFate::HandOver { to } => format!("what it shared is {to}'s"),
        SharedFate::Keep {} => "what it shared was kept".to_owned(),
        SharedFate::Remove {} => "what it shared was removed".to_owned(),
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Curator => "curator",
        Role::Member => "member",
    }
}

fn state(state: AccountState) -> &'static str {
    match state {
        AccountState::Waiting => "waiting",
        AccountState::Disabled => "disabled",
        AccountState::Active => "active",
    }
}

/// Says that an account was made.
pub fn added(user: &UserEntry, has_password: bool) -> String {
    let name = &user.user_name;
    let made = format!("{name} was added as {}.\n", role(user.role));
    if has_password {
        return made;
    }
    format!(
        "{made}There is no password yet. A code to set one, to be told to them:\n  parlourd user reset-code \
         {name}\n"
    )
}

/// Says what an account is like after it was changed.
pub fn edited(user: &UserEntry) -> String {
    format!("{}: {}, {}.\n", user.user_name, user.email, user.phone.as_str())
}

/// Says what role someone has now.
pub fn role_given(user: &UserEntry) -> String {
    format!("{} is {} now.\n", user.user_name, role(user.role))
}

/// Says what state an account is in now.
pub fn state_given(user: &UserEntry) -> String {
    match user.state {
        AccountState::Waiting => format!("{} waits for approval.\n", user.user_name),
        AccountState::Disabled => format!("{} is disabled, and signed out everywhere.\n", user.user_name),
        AccountState::Active => format!("{} can sign in.\n", user.user_name),
    }
}

/// Says that an account need not be approved.
pub fn not_waiting(user: &UserEntry) -> String {
    let name = &user.user_name;
    match user.state {
        AccountState::Disabled => format!("{name} is disabled, not waiting: parlourd user enable {name}"),
        _ => format!("{name} does not wait for approval."),
    }
}

/// Says that an account was never disabled.
pub fn not_disabled(user: &UserEntry) -> String {
    let name = &user.user_name;
    format!("{name} waits for approval: parlourd user approve {name}")
}

/// Asks whether an account is to be deleted.
pub fn ask_to_delete(user: &UserEntry, fate: &SharedFate) -> String {
    let then = match fate {
        SharedFate::HandOver { to } => format!("What it shared becomes {to}'s."),
        SharedFate::Keep {} => "Those with whom something was shared keep it.".to_owned(),
        SharedFate::Remove {} => "What it shared is deleted too.".to_owned(),
    };
    format!(
        "Delete the account {} ({}, {}) for good? {} What it never shared is deleted. [y/N] ",
        user.user_name,
        user.email,
        role(user.role),
        plain(&then)
    )
}

/// Says that someone has to be sure.
pub fn be_sure() -> String {
    "nobody is there to be asked whether it is meant; say --yes.".to_owned()
}

/// Says that an account was deleted.
pub fn deleted(name: &str) -> String {
    format!("{} was deleted.\n", plain(name))
}

/// Shows a code for a new password.
pub fn reset_code(name: &str, code: &ResetCode) -> String {
    format!(
        "{}\n\nFor {}, within {} minutes: in the app \"Forgot password?\", then \"I Have a Code\". It is \
         shown this once.\n",
        code.code.expose(),
        plain(name),
        code.code_seconds / 60
    )
}

/// Shows an invite.
pub fn invite(invite: &Invite) -> String {
    format!(
        "{}\n\nOne person can sign up with it until {}: in the app \"Create an Account\", then \"I have a \
         code\". It is shown this once.\n",
        invite.code.expose().as_str(),
        utc(invite.expires_unix_ms)
    )
}

/// Says that an invite is void.
pub fn revoked(id: u64) -> String {
    format!("Invite {id} is void.\n")
}

/// Asks for a password.
pub const ASK_FOR_PASSWORD: &str = "Password: ";

/// Says that no password came.
pub fn no_password() -> String {
    "standard input brought no password; write it there as one line.".to_owned()
}

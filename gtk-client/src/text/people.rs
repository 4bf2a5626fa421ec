//! People: what they may do, and since when.
//!
//! This file does not know who they are.

use parlour_common::message::Role;

use super::times::date;

/// Returns the name of a role.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Admin => "Admin",
        Role::Curator => "Curator",
        Role::Member => "Member",
    }
}

/// Says who somebody is here, and since when: as in `Curator since 12 March 2026`.
pub fn role_since(role: Role, created_unix_ms: u64) -> String {
    match date(created_unix_ms) {
        Some(day) => format!("{} since {day}", self::role(role)),
        None => self::role(role).to_owned(),
    }
}

/// Puts a name between marks that keep its direction from its surroundings.
pub fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

/// Says what happens when an account is deleted.
pub fn deletion(user_name: &str, is_admin: bool) -> String {
    let name = isolated(user_name);
    let mut text = format!(
        "The account {name} will be deleted, with everything in it that you shared with nobody. You are \
         signed out everywhere. This cannot be undone."
    );
    if is_admin {
        text.push_str(" If you are the only admin, make someone else an admin first.");
    }
    text
}

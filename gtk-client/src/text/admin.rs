//! What admins read: roles, states, filters, fates, and what was done.
//!
//! This file does not know where it is shown. Names are wrapped in isolates, so that one written from right to
//! left does not turn the sentence around.

use parlour_common::message::{
    AccountState, AuditAction, AuditEntry, Field, InviteEntry, Role, SharedFate, UserEntry, UserFilter,
};

use super::{date, day, isolated, moment};
use crate::format::counted;
use crate::view_model::user::Fate;

/// Says what a role may do.
pub fn role_rights(role: Role) -> &'static str {
    match role {
        Role::Member => "Uses everything, manages nothing but their own.",
        Role::Curator => "Also looks after the library.",
        Role::Admin => "Also looks after the accounts.",
    }
}

/// Returns the name of a filter, and how many wait where that is worth a look.
pub fn filter(filter: UserFilter, waiting: u32) -> String {
    match filter {
        UserFilter::All => "Everyone".to_owned(),
        UserFilter::Waiting if waiting > 0 => format!("Waiting ({waiting})"),
        UserFilter::Waiting => "Waiting".to_owned(),
        UserFilter::Disabled => "Disabled".to_owned(),
        UserFilter::Staff => "Admins and Curators".to_owned(),
    }
}

/// Says what is remarkable about an account; `None` for a member like any other.
pub fn standing(role: Role, state: AccountState) -> Option<&'static str> {
    match (state, role) {
        (AccountState::Waiting, _) => Some("Waiting for approval"),
        (AccountState::Disabled, _) => Some("Disabled"),
        (AccountState::Active, Role::Admin) => Some("Admin"),
        (AccountState::Active, Role::Curator) => Some("Curator"),
        (AccountState::Active, Role::Member) => None,
    }
}

/// Returns the name of a fate and what it means.
pub fn fate(fate: Fate) -> (&'static str, &'static str) {
    match fate {
        Fate::Keep => ("Leave it with those who have it", "Whoever it was shared with keeps it."),
        Fate::HandOver => ("Hand it over", "Another member becomes the owner of it."),
        Fate::Remove => ("Remove it", "It is gone for everyone."),
    }
}

/// Says what was done.
pub fn audit(entry: &AuditEntry) -> String {
    let subject = isolated(&entry.subject);
    let role = entry.role.map_or("a member", |role| match role {
        Role::Member => "a member",
        Role::Curator => "a curator",
        Role::Admin => "an admin",
    });
    match entry.action {
        AuditAction::FirstAdmin => format!("{subject} became the first admin with the setup code"),
        AuditAction::UserAdded => format!("Added {subject} as {role}"),
        AuditAction::UserEdited => format!("Changed {} of {subject}", fields(&entry.fields)),
        AuditAction::RoleChanged => format!("Made {subject} {role}"),
        AuditAction::UserApproved => format!("Approved {subject}"),
        AuditAction::UserDisabled => format!("Disabled {subject}"),
        AuditAction::UserEnabled => format!("Enabled {subject}"),
        AuditAction::UserDeleted => format!("Deleted {subject}{}", deleted(entry.shared.as_ref())),
        AuditAction::ResetCodeIssued => format!("Made a code for {subject} to reset the password"),
        AuditAction::InviteCreated if entry.subject.is_empty() => "Made an invite".to_owned(),
        AuditAction::InviteCreated => format!("Made an invite for {subject}"),
        AuditAction::InviteRevoked if entry.subject.is_empty() => "Voided an invite".to_owned(),
        AuditAction::InviteRevoked => format!("Voided the invite for {subject}"),
        AuditAction::InviteUsed if entry.subject.is_empty() => "Signed up with an invite".to_owned(),
        AuditAction::InviteUsed => format!("Signed up with the invite for {subject}"),
        AuditAction::Other => "Did something that this app is too old to know. Update it.".to_owned(),
    }
}

/// Says who did something.
pub fn audit_by(entry: &AuditEntry) -> String {
    if entry.by.is_empty() { "On the command line".to_owned() } else { isolated(&entry.by) }
}

fn deleted(shared: Option<&SharedFate>) -> String {
    match shared {
        Some(SharedFate::Keep {}) => "; what was shared stays with those who have it".to_owned(),
        Some(SharedFate::Remove {}) => "; what was shared was removed".to_owned(),
        Some(SharedFate::HandOver { to }) => format!("; what was shared belongs to {} now", isolated(to)),
        None => String::new(),
    }
}

fn fields(fields: &[Field]) -> String {
    let name = |field: &Field| match field {
        Field::UserName => "the username",
        Field::Email => "the e-mail address",
        Field::Phone => "the phone number",
        Field::Password => "the password",
        Field::About => "the words about themselves",
        Field::Visibility => "what others see",
        Field::Quota => "the room for files",
        Field::Code | Field::Note | Field::HandOverTo | Field::FileName | Field::Text => "something",
    };
    let names: Vec<&str> = fields.iter().map(name).collect();
    match names.as_slice() {
        [] => "the account".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Returns what an invite is called: for whom it is.
pub fn invite_title(invite: &InviteEntry) -> String {
    if invite.note.is_empty() { "Invite".to_owned() } else { isolated(&invite.note) }
}

/// Says how an invite stands; `has_ended` where its time is over.
pub fn invite_state(invite: &InviteEntry, has_ended: bool) -> String {
    let ends = moment(invite.expires_unix_ms).unwrap_or_default();
    match &invite.used_by {
        Some(name) => format!("Used by {}", isolated(name)),
        None if has_ended => format!("Ended {ends}"),
        None => format!("Can be used until {ends}"),
    }
}

/// Says what to do with the code of an invite.
pub fn invite_advice(expires_unix_ms: u64) -> String {
    let ends = moment(expires_unix_ms).unwrap_or_default();
    format!(
        "Give this code to one person before {ends}. They enter it where they create their account. It is \
         shown only now."
    )
}

/// Says what to do with a code for a forgotten password.
pub fn code_advice(code_seconds: u32) -> String {
    let minutes = counted(u64::from(code_seconds / 60), "minute", "minutes");
    format!(
        "Tell this code to the person within {minutes}. On the first page they choose “Forgot Password?”, \
         then “I Have a Code”. It is shown only now."
    )
}

/// Says how an account stands, since when it is there, and when it was last used.
pub fn user_standing(user: &UserEntry) -> String {
    let standing = standing(user.role, user.state).unwrap_or_else(|| super::role(user.role));
    let since = date(user.created_unix_ms).map(|day| format!(", here since {day}")).unwrap_or_default();
    let used = match user.used_unix_ms.and_then(day) {
        Some(day) => format!(", last used {day}"),
        None => ", signed in nowhere".to_owned(),
    };
    format!("{standing}{since}{used}")
}

/// Returns the name of a life of an invite, in hours.
pub fn life(hours: u32) -> String {
    match hours {
        24 => "One Day".to_owned(),
        168 => "One Week".to_owned(),
        hours => format!("{} Days", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(action: AuditAction) -> AuditEntry {
        AuditEntry {
            id: 1,
            at_unix_ms: 0,
            by: "sara".to_owned(),
            action,
            subject: "mina".to_owned(),
            role: None,
            fields: Vec::new(),
            shared: None,
        }
    }

    #[test]
    fn what_was_done_is_a_sentence_with_names_of_their_own_direction() {
        let added = AuditEntry { role: Some(Role::Admin), ..entry(AuditAction::UserAdded) };
        assert_eq!(audit(&added), "Added \u{2068}mina\u{2069} as an admin");
        let fields = vec![Field::Email, Field::Phone];
        let edited = AuditEntry { fields, ..entry(AuditAction::UserEdited) };
        assert_eq!(audit(&edited), "Changed the e-mail address and the phone number of \u{2068}mina\u{2069}");
        let shared = Some(SharedFate::HandOver { to: "toni".to_owned() });
        let gone = AuditEntry { shared, ..entry(AuditAction::UserDeleted) };
        assert!(audit(&gone).ends_with("belongs to \u{2068}toni\u{2069} now"));
        let nameless = AuditEntry { subject: String::new(), ..entry(AuditAction::InviteCreated) };
        assert_eq!(audit(&nameless), "Made an invite");
        assert_eq!(audit_by(&AuditEntry { by: String::new(), ..nameless }), "On the command line");
    }

    #[test]
    fn an_invite_says_how_it_stands() {
        let mut invite = InviteEntry {
            id: parlour_common::message::InviteId(1),
            note: String::new(),
            by: String::new(),
            created_unix_ms: 0,
            expires_unix_ms: 0,
            used_by: None,
        };
        assert_eq!(invite_title(&invite), "Invite");
        invite.expires_unix_ms = 1_790_000_000_000;
        assert!(invite_state(&invite, false).starts_with("Can be used until 21 September 2026, "));
        assert!(invite_state(&invite, true).starts_with("Ended 21 September 2026, "));
        invite.used_by = Some("mina".to_owned());
        assert_eq!(invite_state(&invite, true), "Used by \u{2068}mina\u{2069}");
        assert_eq!([life(24), life(168), life(720)], ["One Day", "One Week", "30 Days"]);
    }
}

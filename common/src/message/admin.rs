//! Messages of admins: accounts of others, invites, codes, and what was done.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::account::SharedFate;
use super::denial::Field;
use super::member::Role;
use super::strict::{known, known_if_any};
use crate::Secret;
use crate::names::{Email, Phone, UserName};

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AccountState {
    /// It waits until an admin approves it.
    Waiting,
    /// An admin has disabled it.
    Disabled,
    /// It may.
    #[default]
    #[serde(other)]
    Active,
}

/// How much the files of an account may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Quota {
    /// As much as the daemon's configuration gives everyone.
    #[default]
    Standard,
    /// So much, in bytes.
    Bytes(u64),
    /// As much as the disk gives.
    Unlimited,
}

/// Which accounts a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum UserFilter {
    /// All.
    #[default]
    All,
    /// Those that wait for approval.
    Waiting,
    /// Those that are disabled.
    Disabled,
    /// Admins and curators.
    Staff,
}

/// Asks for one page of the accounts, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListUsers {
    /// Only those whose username, e-mail address or phone number contains this; empty means all. At most
    /// `QUERY_BYTES_MAX` bytes.
    pub query: String,
    /// Which.
    pub filter: UserFilter,
    /// How many to skip.
    pub offset: u32,
    /// How many to answer with, at most `USERS_PER_PAGE_MAX`.
    pub limit: u16,
}

/// One page of the accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserPage {
    /// How many accounts fit the query and the filter.
    pub total: u32,
    /// How many accounts wait for approval, whatever was asked for.
    pub waiting: u32,
    /// Those of this page, by name.
    pub users: Vec<UserEntry>,
}

/// An account, as admins see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserEntry {
    /// The username.
    pub user_name: UserName,
    /// The e-mail address.
    pub email: Email,
    /// The phone number.
    pub phone: Phone,
    /// What the owner may do.
    pub role: Role,
    /// Whether it may be used.
    pub state: AccountState,
    /// When it was made, in milliseconds since 1970 UTC.
    pub created_unix_ms: u64,
    /// When a session of it was last used, to the hour; absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_unix_ms: Option<u64>,
    /// How much of the daemon's disk its files take, in bytes.
    #[serde(default)]
    pub files_bytes: u64,
    /// How much they may.
    #[serde(default)]
    pub quota: Quota,
}

/// Makes an account for someone. The fields are as typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddUser {
    /// The username.
    pub user_name: String,
    /// The e-mail address.
    pub email: String,
    /// The phone number.
    pub phone: String,
    /// The first password. Absent: nobody can sign in until the password was reset, by mail or with a code
    /// of [`ResetCode`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret<String>>,
    /// What they may do.
    #[serde(deserialize_with = "known")]
    pub role: Role,
}

/// Changes someone's account. What is absent stays as it is. Another role, or another state than before,
/// ends every session of the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditUser {
    /// Whose, in any spelling of the username.
    pub user_name: String,
    /// Another e-mail address, as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Another phone number, as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Another role.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "known_if_any")]
    pub role: Option<Role>,
    /// Another state: `active` approves or enables, `disabled` disables.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "known_if_any")]
    pub state: Option<AccountState>,
    /// Another quota. It ends no session, and takes nothing that is there already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
}

/// Deletes someone's account, and ends all its sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeleteUser {
    /// Whose, in any spelling of the username.
    pub user_name: String,
    /// What becomes of what the account shared.
    pub shared: SharedFate,
}

/// Makes a code with which someone can set a new password, to be told to them by the admin. It voids
/// every code before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssueResetCode {
    /// Whose, in any spelling of the username.
    pub user_name: String,
}

/// A code with which a password can be reset: `request_reset` without `send`, then `check_code`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResetCode {
    /// The code, digits only. It is shown this once.
    pub code: Secret<String>,
    /// How long it lives, in seconds.
    pub code_seconds: u32,
}

/// Makes an invite: a code with which one person may sign up, whatever the rule for sign-ups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateInvite {
    /// For whom it is meant, for the list; at most `NOTE_BYTES_MAX` bytes; may be empty.
    pub note: String,
    /// How long it lives, in hours, from 1 to `INVITE_HOURS_MAX`.
    pub hours: u32,
}

/// The invites that can be used, or were within the last 30 days, the newest first; at most 100.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InviteList {
    /// The invites.
    pub invites: Vec<InviteEntry>,
}

/// Names an invite. It opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InviteId(pub u64);

/// An invite, without its code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InviteEntry {
    /// Names it.
    pub id: InviteId,
    /// For whom it is meant.
    pub note: String,
    /// Who made it; empty for the command line of the daemon.
    pub by: String,
    /// When it was made, in milliseconds since 1970 UTC.
    pub created_unix_ms: u64,
    /// When it ends.
    pub expires_unix_ms: u64,
    /// Who signed up with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
}

/// Voids an invite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RevokeInvite {
    /// Which one.
    pub invite: InviteId,
}

/// Asks what was done by admins, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListAudit {
    /// Only what came before the entry of this number; absent means from the newest on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// How many entries, at most `AUDIT_PER_PAGE_MAX`.
    pub limit: u16,
}

/// One page of what was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The entries, the newest first.
    pub entries: Vec<AuditEntry>,
    /// Whether there are older ones.
    pub more: bool,
}

/// One thing that was done. Entries are never changed nor removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number, counted from 1 without gaps.
    pub id: u64,
    /// When, in milliseconds since 1970 UTC.
    pub at_unix_ms: u64,
    /// Who did it, by the username of then; empty for the command line of the daemon.
    pub by: String,
    /// What was done.
    pub action: AuditAction,
    /// To whom, by the username of then, or the note of an invite.
    pub subject: String,
    /// The role that was given, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The fields that were changed, where some were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// What became of what was shared, where an account was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<SharedFate>,
}

/// What an admin can do, and what makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AuditAction {
    /// Someone became the first admin by the setup code.
    FirstAdmin,
    /// An account was made.
    UserAdded,
    /// Fields of an account were changed.
    UserEdited,
    /// An account got another role.
    RoleChanged,
    /// An account was approved.
    UserApproved,
    /// An account was disabled.
    UserDisabled,
    /// An account was enabled again.
    UserEnabled,
    /// An account was deleted, by an admin or by its owner.
    UserDeleted,
    /// A code for a forgotten password was issued.
    ResetCodeIssued,
    /// An invite was made.
    InviteCreated,
    /// An invite was voided.
    InviteRevoked,
    /// Someone signed up with an invite.
    InviteUsed,
    /// Something that a client does not know.
    #[serde(other)]
    Other,
}

/// How much room there is on the disk of the daemon's data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskLow {
    /// What is free, in bytes.
    pub free_bytes: u64,
    /// What is kept free: uploads that would take of it are refused, in bytes.
    pub reserve_bytes: u64,
    /// How bad it is.
    pub state: DiskState,
}

/// How much room is left on the daemon's disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DiskState {
    /// Enough.
    #[default]
    Enough,
    /// Less than twice the reserve: soon uploads will be refused.
    Low,
    /// No more than the reserve: uploads are refused. A state that a client does not know is this one to it.
    #[serde(other)]
    Full,
}

//! Messages about the other members: who they are, as far as each lets others see.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use crate::names::{Email, Phone, UserName};

/// What someone may do. Each may do what those below may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Looks after the members.
    Admin,
    /// Looks after the library.
    Curator,
    /// Everyone else. A role that a client does not know is this one to it.
    #[default]
    #[serde(other)]
    Member,
}

/// Which fields of an account other members see. The username and the role are always seen, and admins see
/// everything but the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visibility {
    /// The e-mail address.
    pub email: bool,
    /// The phone number.
    pub phone: bool,
    /// What the owner says of themselves.
    pub about: bool,
}

impl Default for Visibility {
    /// Shows what was written to be read, and no address.
    fn default() -> Self {
        Self { email: false, phone: false, about: true }
    }
}

/// Asks for one page of the members, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListMembers {
    /// Only those whose username contains this, in any spelling; empty means all. At most
    /// `QUERY_BYTES_MAX` bytes.
    pub query: String,
    /// How many to skip.
    pub offset: u32,
    /// How many to answer with, at most `MEMBERS_PER_PAGE_MAX`.
    pub limit: u16,
}

/// One page of the members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberPage {
    /// How many there are in all.
    pub total: u32,
    /// Those of this page, by name.
    pub members: Vec<Profile>,
}

/// A member, as the others see them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The username.
    pub user_name: UserName,
    /// What they may do.
    pub role: Role,
    /// When the account was made, in milliseconds since 1970 UTC.
    pub created_unix_ms: u64,
    /// The e-mail address, if its owner shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The phone number, if its owner shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// What they say of themselves, if they show it; may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

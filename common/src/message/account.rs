//! Messages about one's own account and its sessions: the ways in, what its owner sees and changes of it,
//! and the end.

use serde::{Deserialize, Serialize};

use super::member::{Role, Visibility};
use super::opaque::opaque_bytes;
use crate::Secret;
use crate::limits::{DEVICE_PROOF_BYTES, SESSION_ID_BYTES, SESSION_TOKEN_BYTES};
use crate::names::{Email, InviteCode, Phone, UserName};

/// Makes an account. The fields are as the person typed them: the daemon answers with every fault at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignUp {
    /// The username wanted.
    pub user_name: String,
    /// The e-mail address.
    pub email: String,
    /// The phone number.
    pub phone: String,
    /// The password.
    pub password: Secret<String>,
    /// What the person would call the device, for the list of sessions; at most 100 bytes are kept.
    pub device: String,
    /// An invite, or the setup code that makes the first admin, as typed. Empty or blank means none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Secret<String>>,
}

/// Signs in with a password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignIn {
    /// The username, in any spelling of it.
    pub user_name: String,
    /// The password.
    pub password: Secret<String>,
    /// What the person would call the device, for the list of sessions; at most 100 bytes are kept.
    pub device: String,
    /// What [`SignedIn`] brought when this account signed in on this device before: whoever guesses
    /// passwords elsewhere, or beside it, does not slow this device down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_proof: Option<Secret<DeviceProof>>,
}

/// Signs in with the token of an earlier session: after a lost connection, or for one more connection
/// beside the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resume {
    /// The token that [`SignedIn`] brought.
    pub session: Secret<SessionToken>,
}

/// Says who is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The account.
    pub account: OwnAccount,
    /// The token of the session, to be kept as a secret. It is absent in the answer to `resume`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Secret<SessionToken>>,
    /// Shows later that this account has signed in on this device; to be kept like a cookie, also after
    /// sign-out. It lets nobody in. It is absent in the answer to `resume`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_proof: Option<Secret<DeviceProof>>,
}

/// What an account's owner may see of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnAccount {
    /// The username. It is never changed.
    pub user_name: UserName,
    /// The e-mail address.
    pub email: Email,
    /// The phone number.
    pub phone: Phone,
    /// What the owner says of themselves; may be empty.
    #[serde(default)]
    pub about: String,
    /// Which of it other members see.
    #[serde(default)]
    pub visibility: Visibility,
    /// What the owner may do.
    #[serde(default)]
    pub role: Role,
    /// When the account was made, in milliseconds since 1970 UTC.
    #[serde(default)]
    pub created_unix_ms: u64,
}

/// Changes one's own account. What is absent stays as it is; the fields are as typed, and all faults are
/// answered at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EditAccount {
    /// Another e-mail address. The former one is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Another phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Other words about oneself, at most `ABOUT_CHARS_MAX` characters; may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Which of it other members see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
}

/// Changes one's own password, and ends every other session of the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangePassword {
    /// The password in force.
    pub old: Secret<String>,
    /// The new one.
    pub new: Secret<String>,
}

/// Deletes one's own account, and ends all its sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeleteAccount {
    /// The password, to be sure who asks.
    pub password: Secret<String>,
    /// What becomes of what the account shared.
    pub shared: SharedFate,
}

/// What becomes of what a deleted account shared with others. What it never shared is removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, strum::VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SharedFate {
    /// Another member becomes its owner.
    HandOver {
        /// Who, in any spelling of the username.
        to: String,
    },
    /// Those with whom it is shared keep it.
    Keep {},
    /// It is removed.
    Remove {},
}

/// Every session of one's own account that has not ended, the one used last first; at most 64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionList {
    /// The sessions.
    pub sessions: Vec<SessionEntry>,
}

/// A session, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionEntry {
    /// Names the session; it opens nothing.
    pub id: SessionId,
    /// What its owner calls the device.
    pub device: String,
    /// When it was opened, in milliseconds since 1970 UTC.
    pub opened_unix_ms: u64,
    /// When it was last used, to the hour.
    pub used_unix_ms: u64,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Whether a connection acts under it now.
    pub connected: bool,
}

/// Ends a session of one's own account. Ending the one that asks is signing out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndSession {
    /// Which one.
    pub session: SessionId,
}

/// Says how to sign up with an invite or the setup code: the code itself, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invite {
    /// The code to hand on. It is shown this once.
    pub code: Secret<InviteCode>,
    /// When it ends, in milliseconds since 1970 UTC.
    pub expires_unix_ms: u64,
}

opaque_bytes! {
    /// The token of a session: 32 random bytes. Whoever holds it is signed in.
    SessionToken, SESSION_TOKEN_BYTES
}

opaque_bytes! {
    /// Names a session of one's own account. It opens nothing.
    SessionId, SESSION_ID_BYTES
}

opaque_bytes! {
    /// Shows that an account has signed in on a device before. It opens nothing.
    DeviceProof, DEVICE_PROOF_BYTES
}

impl std::fmt::Debug for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [first, second, ..] = self.as_bytes();
        write!(f, "SessionId({first:02x}{second:02x}..)")
    }
}

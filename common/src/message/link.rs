//! Messages about the connection itself.

use serde::{Deserialize, Serialize};

/// Opens a connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The newest version of the protocol that the client speaks.
    pub protocol: u32,
    /// The client's name and version, for the daemon's log; at most 100 bytes are kept.
    pub client: String,
}

/// Says who the daemon is and what it expects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// The version of the protocol that both speak from now on.
    pub protocol: u32,
    /// The name that the operator gave to this daemon.
    pub server: String,
    /// The daemon's program name and version.
    pub software: String,
    /// The numbers a client has to keep to.
    pub limits: Limits,
    /// The rules the operator chose.
    pub policies: Policies,
}

/// The numbers a client has to keep to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// The longest message after sign-in, in bytes, without the length prefix.
    pub message_bytes_max: u32,
    /// The longest message before sign-in, in bytes, without the length prefix.
    pub message_before_sign_in_bytes_max: u32,
    /// The most data in one chunk, in bytes.
    pub chunk_data_bytes_max: u32,
    /// A client silent for this long sends a `ping`, in seconds.
    pub heartbeat_seconds: u32,
    /// A peer silent for this long is taken for gone, in seconds.
    pub silence_seconds_max: u32,
    /// Transfers that one connection may have under way.
    pub transfers_per_connection_max: u32,
    /// Requests that one connection may have unanswered; more wait in the socket.
    pub requests_under_way_max: u32,
    /// The most tracks in one page.
    pub tracks_per_page_max: u16,
    /// The shortest new password, in characters.
    pub password_chars_min: u32,
}

/// The rules the operator chose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policies {
    /// The regular expression that a whole phone number must match once blanks, dashes, dots and
    /// parentheses are dropped and its digits are ASCII.
    pub phone_pattern: String,
    /// Whether sign-in refuses unknown usernames and wrong passwords with one and the same denial.
    pub strict_sign_in_errors: bool,
    /// Who may sign up.
    #[serde(default)]
    pub sign_up: SignUpRule,
    /// Whether a code for a forgotten password can be sent by mail; if not, an admin issues one.
    #[serde(default)]
    pub reset_by_mail: bool,
    /// How long files stay in the trash, in days; 0 for ever.
    #[serde(default)]
    pub trash_days: u32,
    /// How long posts are kept, in days; 0 for ever.
    #[serde(default)]
    pub history_days: u32,
}

/// Who may sign up. Whoever has an invite always may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, strum::VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SignUpRule {
    /// Only whoever has an invite.
    Invite,
    /// Everyone, and an admin approves each account before it can be used.
    Approval,
    /// Everyone. A rule that a client does not know is this one to it; the daemon still keeps its own.
    #[default]
    #[serde(other)]
    Open,
}

/// Says that the daemon is about to close the connection, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Closing {
    /// Why.
    pub reason: ClosingReason,
    /// How long to wait before connecting again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
}

/// Why a daemon closes a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ClosingReason {
    /// The daemon stops or restarts.
    Shutdown {},
    /// The client said goodbye.
    Goodbye {},
    /// Nothing came from the client for too long.
    Silent {},
    /// The client did not say hello, sign in or finish a frame in time, or did not read what it was sent.
    TooSlow {},
    /// The client sent what is no frame or no message.
    BadFrame {
        /// What was wrong, for the client's author.
        reason: String,
    },
    /// The daemon has as many connections as it can hold.
    Full {},
}

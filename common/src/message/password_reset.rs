//! Messages about a forgotten password: a code on its way, the code, and a new password.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::opaque::opaque_bytes;
use crate::Secret;
use crate::limits::RESET_FLOW_BYTES;
use crate::names::UserName;

/// Begins to reset a forgotten password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestReset {
    /// The username or the e-mail address, as typed.
    pub account: String,
    /// Whether a code is to be sent by mail, which voids every code before it. Otherwise the person has a
    /// code from an admin already.
    pub send: bool,
}

/// Says that a reset has begun. Where `strict_sign_in_errors` is announced it has perhaps not: the answer is
/// the same whether or not there is such an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResetBegun {
    /// Names the reset in the requests that follow.
    pub flow: ResetFlow,
    /// How long the code lives, in seconds.
    pub code_seconds: u32,
    /// After how long another code may be asked for, in seconds.
    pub again_seconds: u32,
}

/// Tries a code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckCode {
    /// Which reset.
    pub flow: ResetFlow,
    /// The code as typed; blanks, dashes and digits of other scripts are understood.
    pub code: Secret<String>,
}

/// Says that the code was right: the password can be set now, for as long as a code lives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeAccepted {
    /// Whose password it is.
    pub user_name: UserName,
}

/// Sets a new password after the right code, and ends every session of the account. It does not sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResetPassword {
    /// Which reset.
    pub flow: ResetFlow,
    /// The new password.
    pub password: Secret<String>,
}

opaque_bytes! {
    /// Names a reset of a password. It is told only to the connection that asked for it.
    ResetFlow, RESET_FLOW_BYTES
}

impl fmt::Debug for ResetFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, ..] = self.as_bytes();
        write!(f, "ResetFlow({first:02x}{second:02x}..)")
    }
}

//! Messages about accounts and sessions.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroize;

use crate::Secret;
use crate::limits::SESSION_TOKEN_BYTES;
use crate::names::{Email, Phone, UserName};

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
}

/// What an account's owner may see of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnAccount {
    /// The username.
    pub user_name: UserName,
    /// The e-mail address.
    pub email: Email,
    /// The phone number.
    pub phone: Phone,
}

/// The token of a session: 32 random bytes. Whoever holds it is signed in. On the wire a `bin`.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken([u8; SESSION_TOKEN_BYTES]);

impl SessionToken {
    /// Takes the bytes of a token.
    pub fn new(bytes: [u8; SESSION_TOKEN_BYTES]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes of the token.
    pub fn as_bytes(&self) -> &[u8; SESSION_TOKEN_BYTES] {
        &self.0
    }
}

impl Zeroize for SessionToken {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Serialize for SessionToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for SessionToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(TokenVisitor)
    }
}

struct TokenVisitor;

impl<'de> Visitor<'de> for TokenVisitor {
    type Value = SessionToken;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a bin of {SESSION_TOKEN_BYTES} bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<SessionToken, E> {
        let token = bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))?;
        Ok(SessionToken(token))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _seq: A) -> Result<SessionToken, A::Error> {
        Err(de::Error::invalid_type(de::Unexpected::Seq, &self))
    }
}

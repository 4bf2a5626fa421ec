//! How a message is put into bytes and taken out of them.
//!
//! This file does not know what a request means. It refuses what could cost more than it is worth: deep
//! nesting, trailing bytes, maps where a value should stand.

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use strum::VariantNames;

use super::{Closing, ClosingReason, Denial, Event, Reply, Request};
use crate::limits::{MESSAGE_DEPTH_MAX, REASON_BYTES_MAX};

/// The bytes of the length prefix of a frame.
const PREFIX_BYTES: usize = 4;

/// A request with the number that its answer repeats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestEnvelope {
    /// Chosen by the client; its answers come in the order of asking all the same.
    pub id: u32,
    /// What is asked.
    pub request: Request,
}

/// A message of the daemon.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "ServerWire")]
pub enum ServerMessage {
    /// Answers a request: it was done.
    Reply {
        /// The number of the request.
        id: u32,
        /// The answer.
        reply: Reply,
    },
    /// Answers a request: it was not done.
    Denial {
        /// The number of the request.
        id: u32,
        /// Why.
        denial: Denial,
    },
    /// Tells something unasked.
    Event(Event),
}

/// The map that a [`ServerMessage`] is on the wire: `id` and `reply`, or `id` and `denial`, or `event`.
#[derive(Clone, Serialize, Deserialize)]
struct ServerWire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<Reply>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    denial: Option<Denial>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<Event>,
}

impl From<ServerMessage> for ServerWire {
    fn from(message: ServerMessage) -> Self {
        let nothing = Self { id: None, reply: None, denial: None, event: None };
        match message {
            ServerMessage::Reply { id, reply } => Self { id: Some(id), reply: Some(reply), ..nothing },
            ServerMessage::Denial { id, denial } => Self { id: Some(id), denial: Some(denial), ..nothing },
            ServerMessage::Event(event) => Self { event: Some(event), ..nothing },
        }
    }
}

/// A message could not be written: it is longer than any frame, which is a bug of the writer.
#[derive(Debug, thiserror::Error)]
#[error("the message could not be encoded: {0}")]
pub struct EncodeError(String);

/// Bytes that are no request.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The request can be answered, with this denial, and the connection goes on.
    #[error("request {id} is denied: {denial:?}")]
    Denied {
        /// The number of the request.
        id: u32,
        /// What to answer.
        denial: Denial,
    },
    /// Not even its number can be read: the connection cannot go on.
    #[error("not a request: {0}")]
    Unreadable(String),
}

/// Bytes that are no message of a daemon.
#[derive(Debug, thiserror::Error)]
#[error("not a message: {0}")]
pub struct ServerMessageError(String);

/// Writes a message as a frame: the length prefix, then one map with named fields.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, EncodeError> {
    let mut frame = vec![0; PREFIX_BYTES];
    let mut serializer = rmp_serde::Serializer::new(&mut frame).with_struct_map();
    message.serialize(&mut serializer).map_err(|error| EncodeError(error.to_string()))?;
    let length = u32::try_from(frame.len() - PREFIX_BYTES).map_err(|error| EncodeError(error.to_string()))?;
    frame[..PREFIX_BYTES].copy_from_slice(&length.to_be_bytes());
    Ok(frame)
}

/// Reads a request from the payload of a frame.
pub fn decode_request(payload: &[u8]) -> Result<RequestEnvelope, RequestError> {
    let reason = match decode::<RequestEnvelope>(payload) {
        Ok(envelope) => return Ok(envelope),
        Err(reason) => reason,
    };
    match decode::<Outline>(payload) {
        Err(_) => Err(RequestError::Unreadable(reason)),
        Ok(Outline { id, request: Name(name) }) => {
            let known = name.is_none_or(|name| Request::VARIANTS.contains(&name.as_str()));
            let denial = if known { Denial::BadRequest { reason } } else { Denial::UnknownRequest {} };
            Err(RequestError::Denied { id, denial })
        }
    }
}

/// Reads a message of a daemon from the payload of a frame. Returns `None` for an event that this client
/// is too old to know.
pub fn decode_server_message(payload: &[u8]) -> Result<Option<ServerMessage>, ServerMessageError> {
    let wire = match decode::<ServerWire>(payload) {
        Ok(wire) => wire,
        Err(reason) => return decode_newer(payload).ok_or(ServerMessageError(reason)),
    };
    match wire {
        ServerWire { id: Some(id), reply: Some(reply), denial: None, event: None } => {
            Ok(Some(ServerMessage::Reply { id, reply }))
        }
        ServerWire { id: Some(id), reply: None, denial: Some(denial), event: None } => {
            Ok(Some(ServerMessage::Denial { id, denial }))
        }
        ServerWire { id: None, reply: None, denial: None, event: Some(event) } => {
            Ok(Some(ServerMessage::Event(event)))
        }
        _ => Err(ServerMessageError("it is neither a reply nor a denial nor an event".to_owned())),
    }
}

/// Makes the best of a message of a newer daemon: an unknown event is skipped, a denial for an unknown
/// reason is a failure like any other, and an end for an unknown reason is an end.
fn decode_newer(payload: &[u8]) -> Option<Option<ServerMessage>> {
    match decode::<ServerOutline>(payload).ok()? {
        ServerOutline { event: Some(Name(Some(name))), .. } if name == "closing" => {
            let closing = Closing { reason: ClosingReason::Shutdown {}, retry_after_ms: None };
            Some(Some(ServerMessage::Event(Event::Closing(closing))))
        }
        ServerOutline { event: Some(Name(Some(name))), .. } => {
            (!Event::VARIANTS.contains(&name.as_str())).then_some(None)
        }
        ServerOutline { id: Some(id), denial: Some(_), .. } => {
            Some(Some(ServerMessage::Denial { id, denial: Denial::Internal {} }))
        }
        ServerOutline { .. } => None,
    }
}

/// Reads one value that fills the payload. Returns the reason where it cannot.
fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, String> {
    let mut rest = payload;
    let mut deserializer = rmp_serde::Deserializer::new(&mut rest);
    deserializer.set_max_depth(MESSAGE_DEPTH_MAX);
    let value = T::deserialize(&mut deserializer).map_err(|error| reason(&error))?;
    if rest.is_empty() { Ok(value) } else { Err(format!("{} bytes follow the message", rest.len())) }
}

/// Says what is wrong, at most [`REASON_BYTES_MAX`] long: an error quotes what it found, however long.
fn reason(error: &rmp_serde::decode::Error) -> String {
    let mut reason = error.to_string();
    reason.truncate(reason.floor_char_boundary(REASON_BYTES_MAX));
    reason
}

/// What can be read of a request whose fields cannot.
#[derive(Deserialize)]
struct Outline {
    id: u32,
    request: Name,
}

/// What can be read of a message of a daemon that is not known.
#[derive(Deserialize)]
struct ServerOutline {
    #[serde(default)]
    id: Option<u32>,
    #[serde(default)]
    denial: Option<Name>,
    #[serde(default)]
    event: Option<Name>,
}

/// The name of a variant, whatever it holds; `None` where it is not written as one.
struct Name(Option<String>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a map of one variant")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Name, E> {
        Ok(Name(Some(name.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Name, A::Error> {
        let Some(name) = map.next_key::<Self::Value>()? else { return Ok(Name(None)) };
        map.next_value::<IgnoredAny>()?;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(name)
    }

    // What is written as no variant at all has no name.

    fn visit_unit<E: serde::de::Error>(self) -> Result<Name, E> {
        Ok(Name(None))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Name, E> {
        Ok(Name(None))
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Name, E> {
        Ok(Name(None))
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Name, E> {
        Ok(Name(None))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Name, E> {
        Ok(Name(None))
    }

    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Name, E> {
        Ok(Name(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Name, A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Name(None))
    }
}

#[cfg(test)]
mod tests;

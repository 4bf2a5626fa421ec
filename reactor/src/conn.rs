//! One peer's protocol.
//!
//! This room does not know descriptors, addresses, clocks or people: bytes come in, requests go out;
//! answers come in, bytes go out; it is told what time it is.

mod asked;
mod connection;
mod outbox;
mod uploads;

pub use connection::Connection;
pub use outbox::{Messages, Output};
pub use uploads::READ_BYTES_MAX;

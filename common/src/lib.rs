//! The contract between the Parlour daemon and its clients.
//!
//! This package knows the words that travel between them and how they are framed. It does not know
//! sockets, files, clocks or threads: everything here is a plain value or a pure function, so that both
//! sides, and a test, use the very same code.
//!
//! `PROTOCOL.md` beside this package describes the wire for a client written in any other language.

pub mod frame;
pub mod limits;
pub mod message;
pub mod names;
pub mod secret;

pub use secret::Secret;

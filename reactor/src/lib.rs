//! The daemon of Parlour, as a library, so that tests can enter by any door.
//!
//! `ARCHITECTURE.md` draws the map: four rooms that never see each other (`net`, `conn`, `service`,
//! `workers` with `store` and `music`), one hall that joins them (`daemon`), and the plain words that are
//! carried between them (`id`, `job`, `effect`, `keys`, `send_file`,
//! `spool`). `command_line` lets the operator in by a
//! door of its own.

pub mod command_line;
pub mod config;
pub mod conn;
pub mod daemon;
pub mod dump;
pub mod effect;
pub mod files;
mod fold;
pub mod id;
pub mod job;
pub mod keys;
pub mod mail;
pub mod music;
pub mod net;
pub mod send_file;
pub mod serve;
pub mod service;
pub mod spool;
pub mod store;
pub mod workers;

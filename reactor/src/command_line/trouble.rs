//! Why a command could not be carried out, in plain types.
//!
//! This file does not know how a trouble is told; `words.rs` does.

use std::io;
use std::path::PathBuf;

use parlour_common::message::{ClosingReason, Denial};

use crate::config::ConfigFault;
use crate::store::StoreError;

/// Why a command could not be carried out.
#[derive(Debug)]
pub enum Trouble {
    /// The configuration cannot be used.
    Config(Vec<ConfigFault>),
    /// The store cannot be opened.
    Store {
        /// Why. The folder may be named there as it is reached.
        error: StoreError,
        /// The folder as it is known.
        data_dir: PathBuf,
    },
    /// The system does not let us act as the owner of the data folder.
    NotOwner {
        /// The folder.
        data_dir: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A part of the house cannot be set up; a sentence.
    House(String),
    /// The local socket cannot be connected to.
    Unreachable(io::Error),
    /// The daemon took longer than anything should take.
    Silent,
    /// The daemon has ended the connection, perhaps with a reason.
    HungUp(Option<ClosingReason>),
    /// What the daemon said cannot be understood, for this reason.
    Foreign(String),
    /// The store has failed under the command.
    StorageFailed,
    /// The daemon, or the house, does not do it.
    Denied(Denial),
    /// The command does not fit what is there; a sentence.
    Unfit(String),
    /// The person was asked, and does not want it.
    Declined,
    /// It is not clear enough what is wanted; a sentence. The exit code is that of bad usage.
    Usage(String),
    /// Standard input or output cannot be used.
    Terminal(io::Error),
}

impl Trouble {
    /// Sorts an error that came from reading or writing on the line.
    pub fn of_line(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::Silent,
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Self::HungUp(None),
            _ => Self::Unreachable(error),
        }
    }

    /// An answer that does not answer what was asked.
    pub fn unexpected() -> Self {
        Self::Foreign("an answer to another question".to_owned())
    }
}

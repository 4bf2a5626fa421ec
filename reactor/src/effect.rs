//! What the service wants done: plain words, carried out by the daemon.
//!
//! This file does not know how. Effects are carried out in the order in which they were made; what must
//! stay together is one effect.

use std::sync::Arc;

use parlour_common::message::{Denial, Event, FileHash, Reply};
use parlour_common::names::FileName;

use crate::id::{Asker, ConnId, Ticket};
use crate::job::Job;
use crate::send_file::SendFile;
use crate::spool::Spool;
use crate::store::Change;

/// What the service wants done.
#[derive(Debug)]
pub enum Effect {
    /// Answer a request.
    Answer {
        /// Which one.
        to: Asker,
        /// With what.
        answer: Answer,
    },
    /// Tell some connections the same thing; it is encoded once.
    Tell {
        /// Whom. What is told to thousands over and over is told to one list, which is not made anew for each.
        to: Arc<[ConnId]>,
        /// What.
        event: Event,
    },
    /// End the session of a connection, because it was ended elsewhere.
    EndSession {
        /// Which connection.
        of: ConnId,
    },
    /// Run slow work; it ends in `handle_completion`.
    Run {
        /// What the completion will bear.
        ticket: Ticket,
        /// For whom: work that waits when the connection has gone is not begun. `None` is the daemon's own,
        /// which always is.
        asker: Option<Asker>,
        /// The work.
        job: Job,
    },
    /// Make a change durable; it ends in `handle_applied`.
    Commit {
        /// What the answer will bear.
        ticket: Ticket,
        /// The change.
        change: Change,
    },
}

/// What a request is answered with.
#[derive(Debug)]
pub enum Answer {
    /// It was done.
    Reply(Reply),
    /// It was not done.
    Denial(Denial),
    /// It was done, and the bytes of a file follow: one answer, so that they cannot be reordered.
    File {
        /// The name to announce.
        file_name: FileName,
        /// The file.
        file: SendFile,
        /// Where to begin, in bytes; not behind the end of the file.
        offset: u64,
        /// How many bytes; not beyond the end of the file.
        length: u64,
        /// The hash of the whole file, where it is on record.
        sha256: Option<FileHash>,
    },
    /// It was done, and the bytes of a file may come.
    Upload {
        /// Where they belong.
        spool: Spool,
        /// From where in the file on, in bytes: what is before that is here.
        offset: u64,
    },
}

//! The one thread: it waits for sockets, commands and the other threads of the room.
//!
//! This file does not know the protocol or files.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use mio::{Poll, Token, Waker};

use super::{Answer, Command, Patience, Report, Sink};

/// The token of the waker.
pub(super) const WAKE: Token = Token(0);

pub(super) struct Room {
    commands: Receiver<Command>,
    sink: Sink,
}

impl Room {
    pub(super) fn new(
        _poll: Poll,
        _waker: Arc<Waker>,
        commands: Receiver<Command>,
        sink: Sink,
        _patience: Patience,
    ) -> Self {
        Self { commands, sink }
    }

    pub(super) fn run(self, _clock: fn() -> Instant) {
        while let Ok(command) = self.commands.recv() {
            match command {
                Command::Stop => return,
                Command::Ask { ticket, .. } => {
                    (self.sink)(Report::Answered { ticket, answer: Answer::Lost });
                }
                _ => {}
            }
        }
    }
}

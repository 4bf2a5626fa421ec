//! The one thread: it waits for sockets, commands and the other threads of the room, and gives each part
//! its turn.
//!
//! This file knows all parts and decides nothing. It does not know the protocol or files.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use mio::{Events, Poll, Token, Waker};

use super::control::Control;
use super::covers::{Covers, Picture};
use super::export::Export;
use super::reconnect::Backoff;
use super::transfers::Transfers;
use super::turn::{Letter, Post, Tokens, Turn, earlier};
use super::{Command, LinkFault, LinkState, Patience, Report, Sink};

/// The token of the waker.
pub(super) const WAKE: Token = Token(0);

/// The readiness taken from the system at once: there are a handful of sockets.
const EVENTS_MAX: usize = 64;

pub(super) struct Room {
    poll: Poll,
    commands: Receiver<Command>,
    letters: Receiver<Letter>,
    post: Post,
    tokens: Tokens,
    patience: Patience,
    sink: Sink,
    parts: Parts,
}

/// What the room holds beside what it lends.
struct Parts {
    control: Control,
    transfers: Transfers,
    covers: Covers,
    export: Export,
}

impl Room {
    pub(super) fn new(
        poll: Poll,
        waker: Arc<Waker>,
        commands: Receiver<Command>,
        sink: Sink,
        patience: Patience,
    ) -> Self {
        let (letter_sender, letters) = channel();
        Self {
            poll,
            commands,
            letters,
            post: Post::new(letter_sender, waker),
            tokens: Tokens::after(WAKE),
            patience,
            sink,
            parts: Parts {
                control: Control::new(Backoff::new(&patience)),
                transfers: Transfers::new(),
                covers: Covers::new(Backoff::new(&patience)),
                export: Export::new(Backoff::new(&patience)),
            },
        }
    }

    /// Runs until [`Command::Stop`].
    pub(super) fn run(mut self, clock: fn() -> Instant) {
        let mut events = Events::with_capacity(EVENTS_MAX);
        let mut deadline = None;
        loop {
            let now = clock();
            let timeout = deadline.map(|deadline: Instant| deadline.saturating_duration_since(now));
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != ErrorKind::Interrupted => {
                    // Without it nothing can ever come again.
                    let why = LinkFault::Unreachable(error.to_string());
                    return (self.sink)(Report::Link(LinkState::Lost { why, retry_in: None }));
                }
                _ => {}
            }
            for event in &events {
                let readable = event.is_readable() || event.is_read_closed() || event.is_error();
                self.parts.handle_ready(event.token(), readable, event.is_writable() || event.is_error());
            }
            let mut turn = Turn {
                now: clock(),
                patience: &self.patience,
                registry: self.poll.registry(),
                tokens: &mut self.tokens,
                post: &self.post,
                sink: &*self.sink,
            };
            for letter in self.letters.try_iter() {
                self.parts.handle_letter(letter, &turn);
            }
            for command in self.commands.try_iter() {
                if matches!(command, Command::Stop) {
                    return self.parts.end(&mut turn);
                }
                self.parts.handle_command(command, &mut turn);
            }
            deadline = self.parts.turn(&mut turn);
        }
    }
}

impl Parts {
    fn handle_ready(&mut self, token: Token, readable: bool, writable: bool) {
        self.control.handle_ready(token, readable, writable);
        self.transfers.handle_ready(token, readable, writable);
        self.covers.handle_ready(token, readable, writable);
        self.export.handle_ready(token, readable, writable);
    }

    fn handle_letter(&mut self, letter: Letter, turn: &Turn) {
        match letter {
            Letter::Addresses(addresses) => self.control.handle_addresses(addresses),
            Letter::Written(written) => self.transfers.handle_written(written, turn),
            Letter::Read(read) => self.transfers.handle_read(read, turn),
            Letter::Exported(written) => self.export.handle_written(written, turn),
        }
    }

    fn handle_command(&mut self, command: Command, turn: &mut Turn) {
        match command {
            Command::Connect { server } => self.control.connect(server, turn),
            Command::Disconnect => self.control.disconnect(turn),
            Command::RetryNow => self.control.retry_now(turn),
            Command::Ask { ticket, request } => self.control.ask(ticket, request, turn),
            Command::FetchCover { cover } => self.covers.add(Picture::Cover(cover), turn),
            Command::Begin { id, order } => {
                self.transfers.begin(id, *order, self.control.server_name(), turn);
            }
            Command::Pause { id } => self.transfers.pause(id, turn),
            Command::Cancel { id, order } => {
                self.transfers.cancel(id, *order, self.control.server_name(), turn);
            }
            Command::FetchCardPicture { card } => self.covers.add(Picture::Card(card), turn),
            Command::Export { conversation, path, form } => {
                self.export.begin(conversation, path, form, turn);
            }
            Command::CancelExport => self.export.cancel(turn),
            Command::Stop => {}
        }
    }

    /// Gives each part its turn. Returns when the next one is due, if nothing comes before.
    fn turn(&mut self, turn: &mut Turn) -> Option<Instant> {
        self.control.turn(turn);
        let standing = self.control.standing();
        self.transfers.turn(&standing, turn);
        self.covers.turn(&standing, turn);
        self.export.turn(&standing, turn);
        let transfers_at =
            earlier(self.transfers.deadline(&standing, turn.now), self.covers.deadline(turn.now));
        let lines_at = earlier(transfers_at, self.export.deadline(turn.now));
        earlier(self.control.deadline(turn.now), lines_at)
    }

    fn end(&mut self, turn: &mut Turn) {
        self.control.disconnect(turn);
        self.transfers.end(turn.now);
        self.export.end();
    }
}

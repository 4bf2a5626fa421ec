//! What every part of the room is lent for one turn of its thread.
//!
//! This file does not know what the parts do with it.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::Sender;
use std::time::Instant;

use mio::{Registry, Token, Waker};

use super::dial::Addresses;
use super::export::Exported;
use super::reader::Read;
use super::writer::Written;
use super::{Patience, Report};

/// The bytes that one connection may bring in one turn; then it is another's turn.
pub(super) const TURN_BYTES_MAX: usize = 256 * 1024;

/// One turn.
pub(super) struct Turn<'a> {
    pub(super) now: Instant,
    pub(super) patience: &'a Patience,
    pub(super) registry: &'a Registry,
    pub(super) tokens: &'a mut Tokens,
    pub(super) post: &'a Post,
    pub(super) sink: &'a dyn Fn(Report),
}

impl Turn<'_> {
    pub(super) fn report(&self, report: Report) {
        (self.sink)(report);
    }
}

/// Gives each socket a token that no other socket ever had, so that a late event finds nobody.
pub(super) struct Tokens {
    last: usize,
}

impl Tokens {
    pub(super) fn after(first: Token) -> Self {
        Self { last: first.0 }
    }

    pub(super) fn next(&mut self) -> Token {
        self.last += 1;
        Token(self.last)
    }
}

/// What other threads tell this one.
#[derive(Debug)]
pub(super) enum Letter {
    /// A host's addresses were found, or not.
    Addresses(Addresses),
    /// A writer did something.
    Written(Written),
    /// A reader did something.
    Read(Read),
    /// A conversation is written so far.
    Exported(Exported),
}

/// Carries letters to the thread and wakes it.
#[derive(Clone)]
pub(super) struct Post {
    letters: Sender<Letter>,
    waker: Arc<Waker>,
    /// How many threads are looking up a host just now.
    pub(super) lookups: Arc<AtomicUsize>,
}

impl Post {
    pub(super) fn new(letters: Sender<Letter>, waker: Arc<Waker>) -> Self {
        Self { letters, waker, lookups: Arc::default() }
    }

    pub(super) fn send(&self, letter: Letter) {
        // If the thread has ended, nobody wants to know.
        let _ = self.letters.send(letter);
        let _ = self.waker.wake();
    }
}

/// Returns the earlier of two deadlines, where there are any.
pub(super) fn earlier(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

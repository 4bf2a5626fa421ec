//! What is written and what is durable of it: who reads waits here until what they may have seen is.
//!
//! Without it somebody could be told of a post that a kill takes back, and of another one under its number later.
//! This file does not know what is written, nor how it is made durable.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Where batches of changes stand. There is one writer, so they begin and end one after the other.
#[derive(Debug, Default)]
pub(super) struct Durable {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The batches that began to be written.
    begun: u64,
    /// Those of them that are durable.
    durable: u64,
    /// Whether no batch will be any more.
    is_shut: bool,
}

impl Durable {
    /// Notes that a batch begins: from now on readers may see some of it.
    pub(super) fn begin(&self) {
        self.state().begun += 1;
    }

    /// Notes that all that began is durable.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.durable = state.begun;
        self.moved.notify_all();
    }

    /// Notes that nothing will be made durable any more.
    pub(super) fn shut(&self) {
        self.state().is_shut = true;
        self.moved.notify_all();
    }

    /// Waits until what was read before is durable. Returns whether it is: false where it never will be.
    pub(super) fn wait(&self) -> bool {
        let state = self.state();
        let seen = state.begun;
        let waits = |state: &mut State| state.durable < seen && !state.is_shut;
        let state = self.moved.wait_while(state, waits).unwrap_or_else(PoisonError::into_inner);
        state.durable >= seen
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked while holding it left numbers that are whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

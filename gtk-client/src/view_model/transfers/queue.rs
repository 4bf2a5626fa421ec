//! Those that wait, in their order.
//!
//! This file does not know what they wait for.

use std::collections::VecDeque;

use super::{Transfer, Way};
use crate::network::JobId;

/// Those that wait. What they add up to is counted as they come and go, for there may be very many.
#[derive(Debug, Default)]
pub(super) struct Queue {
    items: VecDeque<Transfer>,
    bytes: u64,
    uploads: usize,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Tells whether some of them are uploads.
    pub(super) fn has_uploads(&self) -> bool {
        self.uploads > 0
    }

    /// Returns the bytes of all of them.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Transfer> {
        self.items.iter()
    }

    pub(super) fn push_back(&mut self, transfer: Transfer) {
        self.count_in(&transfer);
        self.items.push_back(transfer);
    }

    pub(super) fn push_front(&mut self, transfer: Transfer) {
        self.count_in(&transfer);
        self.items.push_front(transfer);
    }

    pub(super) fn pop_front(&mut self) -> Option<Transfer> {
        let first = self.items.pop_front();
        self.count_out(first.as_ref());
        first
    }

    pub(super) fn remove(&mut self, id: JobId) -> Option<Transfer> {
        let at = self.position(id)?;
        let removed = self.items.remove(at);
        self.count_out(removed.as_ref());
        removed
    }

    /// Moves one among the others.
    pub(super) fn shift(&mut self, id: JobId, way: Way) {
        let Some(at) = self.position(id) else { return };
        match way {
            Way::Up if at > 0 => self.items.swap(at, at - 1),
            Way::Down if at + 1 < self.items.len() => self.items.swap(at, at + 1),
            Way::First => {
                let moved = self.items.remove(at);
                self.items.extend(moved);
                self.items.rotate_right(1);
            }
            Way::Up | Way::Down => {}
        }
    }

    fn count_in(&mut self, transfer: &Transfer) {
        self.bytes += transfer.item.size_bytes();
        self.uploads += usize::from(transfer.item.is_upload());
    }

    fn count_out(&mut self, transfer: Option<&Transfer>) {
        self.bytes -= transfer.map_or(0, |transfer| transfer.item.size_bytes());
        self.uploads -= transfer.map_or(0, |transfer| usize::from(transfer.item.is_upload()));
    }

    fn position(&self, id: JobId) -> Option<usize> {
        self.items.iter().position(|transfer| transfer.id == id)
    }
}

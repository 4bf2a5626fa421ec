//! What is kept of the transfers for the next start of the app.
//!
//! This file does not know where it is kept.

use serde::{Deserialize, Serialize};

use super::item::Item;
use super::{Effect, Moved, Stage, Transfer, Transfers};
use crate::network::{Confirm, Order, TransferFault};

/// Transfers that are kept for the next start; of more than these the last are lost with the app.
const KEPT_MAX: usize = 10_000;

/// One transfer that has not ended, or has failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// What is moved.
    pub item: Item,
    /// How far it is.
    pub state: KeptState,
    /// Whether it was ever begun.
    pub has_begun: bool,
}

/// How far a transfer is that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptState {
    /// It goes on by itself.
    Active,
    /// It rests.
    Paused {
        /// The bytes that are on the other side.
        moved_bytes: u64,
        /// The bytes of the whole file.
        total_bytes: u64,
    },
    /// It was given up, and what is left of it is still to be removed.
    Leaving,
    /// It ended without the file.
    Failed(TransferFault),
}

impl Transfers {
    /// Returns what is to be kept, if that is other than it was when this was asked last.
    pub fn take_kept(&mut self) -> Option<Vec<Kept>> {
        if !std::mem::take(&mut self.is_dirty) {
            return None;
        }
        let live = self.leaving.iter().chain(&self.running).chain(&self.asking).chain(self.waiting.iter());
        let live = live.chain(&self.paused).chain(self.ended.iter().rev());
        let transfers = live.filter_map(|transfer| {
            let state = match &transfer.stage {
                Stage::Waiting | Stage::Running(_) | Stage::Held(_) | Stage::Asking => KeptState::Active,
                Stage::Pausing => paused(transfer.moved()),
                Stage::Paused(moved) => paused(*moved),
                Stage::Leaving => KeptState::Leaving,
                Stage::Failed(why) => KeptState::Failed(why.clone()),
                Stage::Saved(_) | Stage::Uploaded => return None,
            };
            Some(Kept { item: transfer.item.clone(), state, has_begun: transfer.has_begun })
        });
        let receipts = self.receipts.iter().map(|(_, confirm)| Kept {
            item: Item::of_receipt(*confirm),
            state: KeptState::Active,
            has_begun: true,
        });
        Some(receipts.chain(transfers).take(KEPT_MAX).collect())
    }

    /// Goes on with what an earlier run left undone.
    pub(super) fn take_over(&mut self, kept: Vec<Kept>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for Kept { item, state, has_begun } in kept {
            if let Order::Confirm(confirm) = item.order {
                effects.push(self.confirm(confirm));
                continue;
            }
            // It was asked for again already.
            if item.to_show().is_some_and(|upload| self.live(upload)) {
                continue;
            }
            let mut transfer = Transfer::new(self.next_id(), item);
            transfer.has_begun = has_begun;
            match state {
                KeptState::Active => self.waiting.push_back(transfer),
                KeptState::Paused { moved_bytes, total_bytes } => {
                    transfer.stage = Stage::Paused(Moved { moved_bytes, total_bytes, bytes_per_second: 0 });
                    self.paused.push_back(transfer);
                }
                KeptState::Leaving => effects.extend(self.leave(transfer)),
                KeptState::Failed(why) => {
                    transfer.stage = Stage::Failed(why);
                    self.ended.push_front(transfer);
                }
            }
        }
        effects.extend(self.begin_some());
        effects
    }
}

impl Item {
    fn of_receipt(confirm: Confirm) -> Self {
        Self {
            order: Order::Confirm(confirm),
            title: String::new(),
            about: String::new(),
            wants_receipt: false,
            is_to_show: false,
        }
    }
}

fn paused(moved: Moved) -> KeptState {
    KeptState::Paused { moved_bytes: moved.moved_bytes, total_bytes: moved.total_bytes }
}

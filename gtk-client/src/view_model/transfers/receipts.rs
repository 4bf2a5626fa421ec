//! Who is told that a file came: its owner, by a receipt, and the page that wanted it.
//!
//! This file does not know what either does with it.

use std::path::PathBuf;

use super::{Transfer, Transfers};
use crate::network::{Confirm, Fetch, Order, Source};
use crate::view_model::Effect;

impl Transfers {
    /// Gives the receipt for a file of somebody else.
    pub(super) fn confirm(&mut self, confirm: Confirm) -> Effect {
        let id = self.next_id();
        self.receipts.push((id, confirm));
        Effect::Begin { id, order: Box::new(Order::Confirm(confirm)) }
    }

    /// Says of a wanted file that it does not come.
    pub(super) fn left(&self, transfer: &Transfer) -> Vec<Effect> {
        self.fetched(transfer, None)
    }

    pub(super) fn fetched(&self, transfer: &Transfer, path: Option<PathBuf>) -> Vec<Effect> {
        match &transfer.item.order {
            Order::Fetch(Fetch { source: Source::File(file), .. }) => {
                vec![Effect::Fetched { file: *file, path }]
            }
            _ => {
                let card = Self::card_of(transfer);
                card.map(|card| Effect::CardFetched { card, path }).into_iter().collect()
            }
        }
    }
}

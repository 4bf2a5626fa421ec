//! What the panel and the badge show of the transfers, and what a person does to one of them.
//!
//! This file does not know rows or pixels.

use super::{Badge, Effect, Moved, Stage, Transfer, Transfers};
use crate::network::{JobId, Order};

/// Waiting transfers that the panel lists, and as many that rest; the others are a number.
pub(super) const LISTED_MAX: usize = 20;

/// The steps in which the badge moves: it is a few pixels wide.
const BADGE_STEPS: f64 = 50.0;

impl Transfer {
    pub(super) fn new(id: JobId, item: super::Item) -> Self {
        Self { id, item, stage: Stage::Waiting, has_begun: false, moved: Moved::default(), conflict: None }
    }

    /// Returns how far it is.
    pub fn moved(&self) -> Moved {
        match &self.stage {
            Stage::Running(moved) | Stage::Paused(moved) => *moved,
            _ => Moved { bytes_per_second: 0, ..self.moved },
        }
    }
}

impl Transfers {
    /// Returns what the panel lists: what runs, waits and rests, then what has ended, the newest first.
    pub fn listed(&self) -> impl Iterator<Item = &Transfer> {
        let waiting = self.waiting.iter().take(LISTED_MAX);
        let paused = self.paused.iter().take(LISTED_MAX);
        self.running.iter().chain(&self.asking).chain(waiting).chain(paused).chain(&self.ended)
    }

    /// Returns how many wait or rest that the panel does not list.
    pub fn unlisted_count(&self) -> usize {
        self.waiting.len().saturating_sub(LISTED_MAX) + self.paused.len().saturating_sub(LISTED_MAX)
    }

    /// Returns how many run or wait.
    pub fn active_count(&self) -> usize {
        self.waiting.len() + self.running.len() + self.asking.len()
    }

    /// Returns how many rest.
    pub fn paused_count(&self) -> usize {
        self.paused.len()
    }

    /// Tells whether some have ended and could be taken off the list.
    pub fn has_ended_ones(&self) -> bool {
        !self.ended.is_empty()
    }

    /// Tells whether there is nothing to list.
    pub fn is_empty(&self) -> bool {
        self.active_count() == 0 && self.paused.is_empty() && self.ended.is_empty()
    }

    /// Returns how much of everything wanted is moved, from 0 to 1. `None` when nothing is under way.
    pub fn fraction(&self) -> Option<f64> {
        if self.active_count() == 0 {
            return None;
        }
        let (mut moved, mut total) = (self.batch.ended_bytes, self.batch.ended_bytes + self.waiting.bytes());
        for transfer in self.running.iter().chain(&self.asking) {
            let Moved { moved_bytes, total_bytes, .. } = transfer.moved();
            moved += moved_bytes;
            total += total_bytes.max(transfer.item.size_bytes());
        }
        Some(fraction(moved, total))
    }

    pub(super) fn new_badge(&self) -> Badge {
        let fraction = (self.fraction().unwrap_or(0.0) * BADGE_STEPS).floor() / BADGE_STEPS;
        Badge { active: self.active_count(), fraction }
    }

    pub(super) fn pause(&mut self, id: JobId) -> Vec<Effect> {
        if let Some(mut transfer) = self.waiting.remove(id) {
            transfer.stage = Stage::Paused(transfer.moved());
            self.paused.push_back(transfer);
            return self.go_on();
        }
        let running = self.running.iter_mut().find(|transfer| transfer.id == id);
        match running {
            Some(transfer) if matches!(transfer.stage, Stage::Running(_) | Stage::Held(_)) => {
                transfer.moved = transfer.moved();
                transfer.stage = Stage::Pausing;
                vec![Effect::Rest(id)]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn resume(&mut self, id: JobId) -> Vec<Effect> {
        let Some(at) = self.paused.iter().position(|transfer| transfer.id == id) else { return Vec::new() };
        if let Some(transfer) = self.paused.remove(at) {
            self.wait_again(transfer);
        }
        self.begin_some()
    }

    pub(super) fn pause_all(&mut self) -> Vec<Effect> {
        // Those that wait first: nothing is begun in the place of what is stopped.
        while let Some(mut transfer) = self.waiting.pop_front() {
            transfer.stage = Stage::Paused(transfer.moved());
            self.paused.push_back(transfer);
        }
        let running: Vec<JobId> = self.running.iter().map(|transfer| transfer.id).collect();
        running.into_iter().flat_map(|id| self.pause(id)).collect()
    }

    pub(super) fn resume_all(&mut self) -> Vec<Effect> {
        while let Some(transfer) = self.paused.pop_back() {
            self.wait_again(transfer);
        }
        self.begin_some()
    }

    fn wait_again(&mut self, mut transfer: Transfer) {
        transfer.moved = transfer.moved();
        transfer.stage = Stage::Waiting;
        self.waiting.push_front(transfer);
    }

    pub(super) fn cancel(&mut self, id: JobId) -> Vec<Effect> {
        let had_asked = self.asking.front().map(|transfer| transfer.id);
        let Some(transfer) = self.remove_live(id) else { return Vec::new() };
        let mut effects = self.leave(transfer);
        if had_asked == Some(id) {
            effects.push(self.question());
        }
        effects.extend(self.go_on());
        effects
    }

    pub(super) fn cancel_all(&mut self) -> Vec<Effect> {
        let mut all: Vec<Transfer> = Vec::new();
        while let Some(transfer) = self.waiting.pop_front() {
            all.push(transfer);
        }
        all.extend(self.paused.drain(..));
        all.append(&mut self.running);
        let had_asked = !self.asking.is_empty();
        all.extend(self.asking.drain(..));
        let mut effects: Vec<Effect> = all.into_iter().flat_map(|transfer| self.leave(transfer)).collect();
        if had_asked {
            effects.push(self.question());
        }
        effects.extend(self.go_on());
        effects
    }

    /// Takes out one that has not ended.
    fn remove_live(&mut self, id: JobId) -> Option<Transfer> {
        if let Some(at) = self.running.iter().position(|transfer| transfer.id == id) {
            return Some(self.running.remove(at));
        }
        for list in [&mut self.paused, &mut self.asking] {
            if let Some(at) = list.iter().position(|transfer| transfer.id == id) {
                return list.remove(at);
            }
        }
        self.waiting.remove(id)
    }

    /// Gives one up: what is left of it on either side is removed.
    pub(super) fn leave(&mut self, mut transfer: Transfer) -> Vec<Effect> {
        let mut effects = Self::tell_lost(&transfer, None);
        if !transfer.has_begun {
            effects.extend(self.left(&transfer));
            return effects;
        }
        transfer.stage = Stage::Leaving;
        let order = Box::new(transfer.item.order.clone());
        effects.push(Effect::Stop { id: transfer.id, order });
        self.leaving.push(transfer);
        effects
    }

    pub(super) fn retry(&mut self, id: JobId) -> Vec<Effect> {
        let failed = |transfer: &Transfer| transfer.id == id && matches!(transfer.stage, Stage::Failed(_));
        let Some(at) = self.ended.iter().position(failed) else { return Vec::new() };
        let Some(Transfer { item, has_begun, .. }) = self.ended.remove(at) else { return Vec::new() };
        let mut transfer = Transfer::new(self.next_id(), item);
        transfer.has_begun = has_begun;
        self.waiting.push_back(transfer);
        self.begin_some()
    }

    /// Takes an ended one off the list. What a failed upload left at the daemon goes with it.
    pub(super) fn clear(&mut self, id: JobId) -> Vec<Effect> {
        let Some(at) = self.ended.iter().position(|transfer| transfer.id == id) else { return Vec::new() };
        match self.ended.remove(at) {
            Some(transfer) if matches!(transfer.stage, Stage::Failed(_)) && transfer.item.is_upload() => {
                self.leave(transfer)
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn open_folder(&self, id: JobId) -> Vec<Effect> {
        let mut all = self.listed();
        let folder = all.find(|transfer| transfer.id == id).and_then(|transfer| {
            match (&transfer.stage, &transfer.item.order) {
                (Stage::Saved(path), _) => path.parent().map(ToOwned::to_owned),
                (_, Order::Fetch(fetch)) => Some(fetch.folder.clone()),
                (_, Order::Upload(upload)) => upload.path.parent().map(ToOwned::to_owned),
                (_, Order::Confirm(_)) => None,
            }
        });
        folder.map(Effect::OpenFolder).into_iter().collect()
    }
}

/// Returns a part of a whole, from 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "a bar of a few hundred pixels")]
pub fn fraction(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}

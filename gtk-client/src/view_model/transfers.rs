//! The transfers: which run, wait or rest, and what became of the others.
//!
//! This file does not move a byte and knows no clock: speeds come with the reports. A few run at once, the
//! rest wait here, so that a long queue costs neither the daemon nor the panel anything. How they are listed
//! is in `transfers/listing.rs`, what is kept for the next start in `transfers/kept.rs`.

mod item;
mod kept;
mod listing;
mod msg;
mod names;
mod queue;
mod receipts;
mod shown;
mod stage;

use std::collections::VecDeque;

use parlour_common::message::{Denial, UploadKey};

use super::room::Stored;
use super::{Badge, Effect, Notice};
use crate::network::{Confirm, Ending, JobId, Order, Seen, Source, TransferFault};

pub use item::Item;
pub use kept::{Kept, KeptState};
pub use listing::fraction;
pub use msg::{Msg, Way};
pub use names::{Answer, Conflict};
use queue::Queue;
pub use stage::{Moved, Stage, Transfer};

/// Transfers that run at once.
const RUNNING_MAX: usize = 3;

/// Transfers that may wait; who wants more of them at once is told.
const WAITING_MAX: usize = 100_000;

/// Ended transfers that are listed; the oldest give way.
const ENDED_KEPT_MAX: usize = 100;

/// All transfers of the one who is signed in.
#[derive(Debug)]
pub struct Transfers {
    /// Those the network works on.
    running: Vec<Transfer>,
    /// Those whose name is taken, in the order of asking.
    asking: VecDeque<Transfer>,
    waiting: Queue,
    paused: VecDeque<Transfer>,
    /// Those that were given up and are being removed.
    leaving: Vec<Transfer>,
    /// The newest first.
    ended: VecDeque<Transfer>,
    /// The receipts that the daemon has not got.
    receipts: Vec<(JobId, Confirm)>,
    last_id: u64,
    /// Whether nobody is signed in any more, so that nothing is begun.
    is_halted: bool,
    /// What the person chose for every name that is taken, while files are uploaded.
    for_all: Option<Answer>,
    /// Counted since the queue was empty.
    batch: Batch,
    badge: Badge,
    /// Whether what is to be kept is other than it was.
    is_dirty: bool,
    draw_key: fn() -> UploadKey,
}

/// What is said when all is done.
#[derive(Debug, Default)]
struct Batch {
    tracks: usize,
    files: usize,
    uploads: usize,
    failed: usize,
    ended_bytes: u64,
}

impl Default for Transfers {
    fn default() -> Self {
        Self {
            running: Vec::new(),
            asking: VecDeque::new(),
            waiting: Queue::default(),
            paused: VecDeque::new(),
            leaving: Vec::new(),
            ended: VecDeque::new(),
            receipts: Vec::new(),
            last_id: 0,
            is_halted: false,
            for_all: None,
            batch: Batch::default(),
            badge: Badge::default(),
            is_dirty: false,
            draw_key: item::random_key,
        }
    }
}

impl Transfers {
    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = self.handle(msg);
        let badge = self.new_badge();
        if badge != self.badge {
            self.badge = badge;
            effects.push(Effect::ShowBadge(badge));
        }
        effects
    }

    fn handle(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Progress { id, moved } => return self.progress(id, moved),
            Msg::OpenFolder(id) => return self.open_folder(id),
            _ => self.is_dirty = true,
        }
        match msg {
            Msg::Opened { .. } => {
                self.is_halted = false;
                self.go_on()
            }
            Msg::Found(kept) => self.take_over(kept),
            Msg::Queue(wanted) => {
                let tracks = wanted.len();
                self.queue(wanted.iter().map(Item::track), Notice::Downloading { tracks })
            }
            Msg::Fetch(wanted) => {
                let files = wanted.len();
                self.queue(wanted.iter().map(Item::file), Notice::FetchingFiles { files })
            }
            Msg::FetchCards(wanted) => {
                let files = wanted.len();
                self.queue(wanted.iter().map(Item::card), Notice::FetchingFiles { files })
            }
            Msg::Upload(uploads) => {
                let uploads = self.only_new(uploads);
                let files = uploads.len();
                let draw_key = self.draw_key;
                let items = uploads.into_iter().map(|upload| {
                    let key = upload.to_show.unwrap_or_else(draw_key);
                    Item::upload(upload, key)
                });
                self.queue(items, Notice::Uploading { files })
            }
            Msg::DropUpload(upload) => self.drop_upload(upload),
            Msg::Seen(id, seen) => {
                self.see(id, seen);
                Vec::new()
            }
            Msg::Held(id, why) => {
                self.hold(id, why);
                Vec::new()
            }
            Msg::Ended(id, how) => self.end(id, how),
            Msg::Pause(id) => self.pause(id),
            Msg::Resume(id) => self.resume(id),
            Msg::PauseAll => self.pause_all(),
            Msg::ResumeAll => self.resume_all(),
            Msg::Cancel(id) => self.cancel(id),
            Msg::CancelAll => self.cancel_all(),
            Msg::Retry(id) => self.retry(id),
            Msg::Move(id, way) => {
                self.waiting.shift(id, way);
                Vec::new()
            }
            Msg::Chosen(answer) => self.choose(answer),
            Msg::Clear(id) => self.clear(id),
            Msg::ClearEnded => {
                let ended: Vec<JobId> = self.ended.iter().map(|transfer| transfer.id).collect();
                ended.into_iter().flat_map(|id| self.clear(id)).collect()
            }
            Msg::Reset => {
                let (last_id, badge, draw_key) = (self.last_id, self.badge, self.draw_key);
                let had_asked = !self.asking.is_empty();
                *self = Self { last_id, badge, draw_key, is_halted: true, ..Self::default() };
                had_asked.then_some(Effect::AskName(None)).into_iter().collect()
            }
            Msg::Progress { .. } | Msg::OpenFolder(_) => Vec::new(),
        }
    }

    /// Takes what the file of an upload looks like.
    fn see(&mut self, id: JobId, seen: Seen) {
        if let Some(transfer) = self.running.iter_mut().find(|transfer| transfer.id == id) {
            transfer.item.set_seen(seen);
        }
    }

    /// Takes it that a transfer waits for the daemon's disk.
    fn hold(&mut self, id: JobId, why: Denial) {
        let is_under_way = |transfer: &&mut Transfer| {
            transfer.id == id && matches!(transfer.stage, Stage::Running(_) | Stage::Held(_))
        };
        if let Some(transfer) = self.running.iter_mut().find(is_under_way) {
            transfer.stage = Stage::Held(why);
        }
    }

    fn queue(&mut self, items: impl Iterator<Item = Item>, notice: Notice) -> Vec<Effect> {
        self.is_halted = false;
        let mut queued = 0;
        for item in items {
            let transfer = Transfer::new(self.next_id(), item);
            if self.waiting.len() < WAITING_MAX {
                self.waiting.push_back(transfer);
                queued += 1;
            } else {
                self.list_ended(transfer, Stage::Failed(TransferFault::TooMany));
            }
        }
        let mut effects = self.begin_some();
        if queued > 0 {
            effects.push(Effect::Say(notice));
        }
        effects
    }

    fn next_id(&mut self) -> JobId {
        self.last_id += 1;
        JobId(self.last_id)
    }

    fn begin_some(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while !self.is_halted && self.running.len() < RUNNING_MAX {
            let Some(mut transfer) = self.waiting.pop_front() else { break };
            if let Some(Answer { same_name: Some(same_name), .. }) = self.for_all {
                transfer.item.set_same_name(same_name);
            }
            let total_bytes = transfer.moved.total_bytes.max(transfer.item.size_bytes());
            transfer.moved.total_bytes = total_bytes;
            transfer.stage = Stage::Running(transfer.moved());
            transfer.has_begun = true;
            let order = Box::new(transfer.item.order.clone());
            effects.push(Effect::Begin { id: transfer.id, order });
            self.running.push(transfer);
        }
        effects
    }

    fn progress(&mut self, id: JobId, moved: Moved) -> Vec<Effect> {
        let running = self.running.iter_mut().find(|transfer| transfer.id == id);
        let Some(transfer) = running else { return Vec::new() };
        let before = std::mem::replace(&mut transfer.moved, moved);
        match transfer.stage {
            Stage::Running(_) => transfer.stage = Stage::Running(moved),
            // What waits for a disk stays so until something moves.
            Stage::Held(_) if moved.bytes_per_second > 0 => transfer.stage = Stage::Running(moved),
            _ => {}
        }
        Self::tell_moved(before, transfer)
    }

    fn end(&mut self, id: JobId, how: Ending) -> Vec<Effect> {
        self.receipts.retain(|(receipt, _)| {
            *receipt != id || matches!(how, Ending::Failed(TransferFault::Disconnected))
        });
        if let Some(at) = self.leaving.iter().position(|transfer| transfer.id == id) {
            let transfer = self.leaving.remove(at);
            return match how {
                // It was too late, and so the file is there.
                Ending::Saved { .. } | Ending::Uploaded(_) => self.conclude(transfer, how),
                _ => self.left(&transfer),
            };
        }
        let Some(at) = self.running.iter().position(|transfer| transfer.id == id) else { return Vec::new() };
        let transfer = self.running.remove(at);
        self.conclude(transfer, how)
    }

    fn conclude(&mut self, mut transfer: Transfer, how: Ending) -> Vec<Effect> {
        let mut effects = match how {
            Ending::Paused => {
                let moved = transfer.moved();
                transfer.stage = Stage::Paused(moved);
                self.paused.push_back(transfer);
                Vec::new()
            }
            Ending::Failed(TransferFault::Denied(Denial::NameTaken {
                size_bytes, changed_unix_ms, ..
            })) => self.ask_name(transfer, size_bytes, changed_unix_ms),
            Ending::Failed(
                TransferFault::Disconnected
                | TransferFault::Denied(Denial::SessionEnded {} | Denial::SignInFirst {}),
            ) => {
                // It goes on once somebody is signed in again.
                self.is_halted = true;
                transfer.stage = Stage::Waiting;
                self.waiting.push_front(transfer);
                Vec::new()
            }
            Ending::Failed(why) => {
                self.batch.failed += 1;
                let mut left = self.left(&transfer);
                // It says more than that it was left.
                left.extend(Self::tell_lost(&transfer, Some(&why)));
                self.list_ended(transfer, Stage::Failed(why));
                left
            }
            Ending::Saved { path, sha256 } => {
                let confirm = transfer.item.receipt(sha256);
                let mut effects = self.fetched(&transfer, Some(path.clone()));
                match &transfer.item.order {
                    Order::Fetch(fetch) if matches!(fetch.source, Source::Track(_)) => self.batch.tracks += 1,
                    _ => self.batch.files += 1,
                }
                self.list_ended(transfer, Stage::Saved(path));
                effects.extend(confirm.map(|confirm| self.confirm(confirm)));
                effects
            }
            Ending::Uploaded(entry) => {
                self.batch.uploads += 1;
                let stored = |upload| Effect::Stored { upload, how: Stored::Here(entry) };
                let effects = transfer.item.to_show().map(stored).into_iter().collect();
                self.list_ended(transfer, Stage::Uploaded);
                effects
            }
            Ending::Cancelled | Ending::Confirmed => self.left(&transfer),
        };
        effects.extend(self.go_on());
        effects
    }

    fn list_ended(&mut self, mut transfer: Transfer, stage: Stage) {
        self.batch.ended_bytes += transfer.item.size_bytes();
        transfer.stage = stage;
        self.ended.push_front(transfer);
        self.ended.truncate(ENDED_KEPT_MAX);
    }

    /// Begins what waits; says so when nothing is left to do.
    fn go_on(&mut self) -> Vec<Effect> {
        let mut effects = self.begin_some();
        let is_upload = |transfer: &Transfer| transfer.item.is_upload();
        if !self.waiting.has_uploads() && !self.running.iter().any(is_upload) && self.asking.is_empty() {
            // What is uploaded later is asked about anew.
            self.for_all = None;
        }
        if self.active_count() == 0 {
            let Batch { tracks, files, uploads, failed, .. } = std::mem::take(&mut self.batch);
            let saved = tracks + files + uploads;
            match (saved, failed) {
                (0, 0) => {}
                (_, 0) => effects.push(Effect::Say(Notice::AllMoved { tracks, files, uploads })),
                (saved, failed) => effects.push(Effect::Say(Notice::SomeFailed { saved, failed })),
            }
        }
        effects
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! The downloads: which wait, which run, what became of the others.
//!
//! This file does not move a byte and knows no clock: speeds come with the reports. A few run at once, the
//! rest wait here, so that a long queue costs neither the daemon nor the panel anything.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::{Badge, Effect, NewUpload, Notice, Wanted, WantedFile};
use crate::network::{DownloadFault, DownloadId};

/// Transfers that run at once.
const RUNNING_MAX: usize = 3;

/// Waiting downloads that the panel lists; the others are a number.
const WAITING_LISTED_MAX: usize = 20;

/// Ended downloads that are kept; the oldest give way.
const ENDED_KEPT_MAX: usize = 100;

/// The steps in which the badge moves: it is a few pixels wide.
const BADGE_STEPS: f64 = 50.0;

/// What happens to the downloads.
#[derive(Debug)]
pub enum Msg {
    /// These tracks are wanted.
    Queue(Vec<Wanted>),
    /// These files of the person's disk are to be stored at the daemon.
    Upload(Vec<NewUpload>),
    /// These files of members are wanted.
    Fetch(Vec<WantedFile>),
    /// A download moved.
    Progress {
        /// Which.
        id: DownloadId,
        /// The bytes that are here.
        received_bytes: u64,
        /// The bytes of the whole file.
        total_bytes: u64,
        /// How fast it goes.
        bytes_per_second: u64,
    },
    /// A file is whole.
    Downloaded {
        /// Which.
        id: DownloadId,
        /// Where it is.
        path: PathBuf,
    },
    /// A download ended without the file.
    Failed {
        /// Which.
        id: DownloadId,
        /// Why.
        why: DownloadFault,
    },
    /// A download was stopped.
    Cancelled(DownloadId),
    /// Stop this one.
    Cancel(DownloadId),
    /// Stop all that run or wait.
    CancelAll,
    /// Try this one again.
    Retry(DownloadId),
    /// Show where this one is.
    OpenFolder(DownloadId),
    /// Take this ended one off the list.
    Clear(DownloadId),
    /// Take every ended one off the list.
    ClearEnded,
    /// Somebody signed out: nothing of theirs stays.
    Reset,
}

/// How far a download is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Others run before it.
    Waiting,
    /// Under way.
    Running {
        /// The bytes that are here.
        received_bytes: u64,
        /// The bytes of the whole file.
        total_bytes: u64,
        /// How fast it goes; 0 while it waits for the link.
        bytes_per_second: u64,
    },
    /// It was told to stop and has not yet.
    Stopping,
    /// The file is whole, at this place.
    Done(PathBuf),
    /// It ended without the file.
    Failed(DownloadFault),
}

impl Stage {
    /// Tells whether nothing more will happen by itself.
    pub fn has_ended(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_))
    }

    /// Tells whether the network works on it.
    fn is_running(&self) -> bool {
        matches!(self, Self::Running { .. } | Self::Stopping)
    }
}

/// One download.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    /// Its number.
    pub id: DownloadId,
    /// What is fetched, and whereto.
    pub wanted: Wanted,
    /// How far it is.
    pub stage: Stage,
}

/// All downloads of the one who is signed in.
#[derive(Debug, Default)]
pub struct Transfers {
    /// Those that began, the oldest first.
    begun: Vec<Transfer>,
    waiting: VecDeque<Transfer>,
    uploads: Vec<NewUpload>,
    files: Vec<WantedFile>,
    last_id: u64,
    /// Counted since the queue was empty last.
    batch: Batch,
    badge: Badge,
}

/// What the badge adds up.
#[derive(Debug, Default)]
struct Batch {
    saved: usize,
    failed: usize,
    ended_bytes: u64,
    total_bytes: u64,
}

impl Transfers {
    /// Returns what the panel lists: what began, then the first of what waits.
    pub fn listed(&self) -> impl Iterator<Item = &Transfer> {
        self.begun.iter().chain(self.waiting.iter().take(WAITING_LISTED_MAX))
    }

    /// Returns how many wait that the panel does not list.
    pub fn unlisted_count(&self) -> usize {
        self.waiting.len().saturating_sub(WAITING_LISTED_MAX)
    }

    /// Returns how many run or wait.
    pub fn active_count(&self) -> usize {
        self.waiting.len() + self.begun.iter().filter(|download| !download.stage.has_ended()).count()
    }

    /// Tells whether some have ended and could be taken off the list.
    pub fn has_ended_ones(&self) -> bool {
        self.begun.iter().any(|download| download.stage.has_ended())
    }

    /// Tells whether there is nothing to list.
    pub fn is_empty(&self) -> bool {
        self.begun.is_empty() && self.waiting.is_empty()
    }

    /// Returns how much of everything wanted is here, from 0 to 1. `None` when nothing is under way.
    pub fn fraction(&self) -> Option<f64> {
        if self.active_count() == 0 {
            return None;
        }
        let running: u64 = self.begun.iter().map(|download| received_bytes(&download.stage)).sum();
        let here = self.batch.ended_bytes + running;
        Some(fraction(here, self.batch.total_bytes))
    }

    /// Takes what happened. Returns what is to be done.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = self.handle(msg);
        let fraction = (self.fraction().unwrap_or(0.0) * BADGE_STEPS).floor() / BADGE_STEPS;
        let badge = Badge { active: self.active_count(), fraction };
        if badge != self.badge {
            self.badge = badge;
            effects.push(Effect::ShowBadge(badge));
        }
        effects
    }

    fn handle(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Queue(wanted) => self.queue(wanted),
            Msg::Upload(uploads) => {
                self.uploads.extend(uploads);
                Vec::new()
            }
            Msg::Fetch(files) => {
                self.files.extend(files);
                Vec::new()
            }
            Msg::Progress { id, received_bytes, total_bytes, bytes_per_second } => {
                if let Some(Transfer { stage: stage @ Stage::Running { .. }, .. }) = self.begun_mut(id) {
                    *stage = Stage::Running { received_bytes, total_bytes, bytes_per_second };
                }
                Vec::new()
            }
            Msg::Downloaded { id, path } => self.end(id, Stage::Done(path)),
            Msg::Failed { id, why } => self.end(id, Stage::Failed(why)),
            Msg::Cancelled(id) => self.remove(id),
            Msg::Cancel(id) => self.cancel(id),
            Msg::CancelAll => self.cancel_all(),
            Msg::Retry(id) => self.retry(id),
            Msg::OpenFolder(id) => self.open_folder(id),
            Msg::Clear(id) => {
                self.begun.retain(|download| download.id != id || !download.stage.has_ended());
                Vec::new()
            }
            Msg::ClearEnded => {
                self.begun.retain(|download| !download.stage.has_ended());
                Vec::new()
            }
            Msg::Reset => {
                *self = Self { last_id: self.last_id, badge: self.badge, ..Self::default() };
                Vec::new()
            }
        }
    }

    fn begun_mut(&mut self, id: DownloadId) -> Option<&mut Transfer> {
        self.begun.iter_mut().find(|download| download.id == id)
    }

    fn queue(&mut self, wanted: Vec<Wanted>) -> Vec<Effect> {
        let tracks = wanted.len();
        for wanted in wanted {
            self.push(wanted);
        }
        let mut effects = self.begin_some();
        if tracks > 0 {
            effects.push(Effect::Say(Notice::Downloading { tracks }));
        }
        effects
    }

    fn push(&mut self, wanted: Wanted) {
        self.last_id += 1;
        self.batch.total_bytes += wanted.track.size_bytes;
        self.waiting.push_back(Transfer { id: DownloadId(self.last_id), wanted, stage: Stage::Waiting });
    }

    fn begin_some(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while self.begun.iter().filter(|download| download.stage.is_running()).count() < RUNNING_MAX {
            let Some(mut download) = self.waiting.pop_front() else { break };
            let total_bytes = download.wanted.track.size_bytes;
            download.stage = Stage::Running { received_bytes: 0, total_bytes, bytes_per_second: 0 };
            effects.push(Effect::Begin { id: download.id, wanted: download.wanted.clone() });
            self.begun.push(download);
        }
        effects
    }

    fn end(&mut self, id: DownloadId, stage: Stage) -> Vec<Effect> {
        let Some(download) = self.begun_mut(id) else { return Vec::new() };
        download.stage = stage;
        match download.stage {
            Stage::Done(_) => self.batch.saved += 1,
            _ => self.batch.failed += 1,
        }
        self.batch.ended_bytes += self.size_of(id);
        while self.begun.iter().filter(|download| download.stage.has_ended()).count() > ENDED_KEPT_MAX {
            let oldest = self.begun.iter().position(|download| download.stage.has_ended());
            oldest.map(|oldest| self.begun.remove(oldest));
        }
        self.go_on()
    }

    fn size_of(&self, id: DownloadId) -> u64 {
        let download = self.begun.iter().find(|download| download.id == id);
        download.map_or(0, |download| download.wanted.track.size_bytes)
    }

    /// Begins what waits; says so when nothing is left to do.
    fn go_on(&mut self) -> Vec<Effect> {
        let mut effects = self.begin_some();
        if self.active_count() == 0 {
            let Batch { saved, failed, .. } = std::mem::take(&mut self.batch);
            match (saved, failed) {
                (0, 0) => {}
                (tracks, 0) => effects.push(Effect::Say(Notice::AllDownloaded { tracks })),
                (saved, failed) => effects.push(Effect::Say(Notice::SomeFailed { saved, failed })),
            }
        }
        effects
    }

    fn remove(&mut self, id: DownloadId) -> Vec<Effect> {
        self.batch.ended_bytes += self.size_of(id);
        self.begun.retain(|download| download.id != id);
        self.go_on()
    }

    fn cancel(&mut self, id: DownloadId) -> Vec<Effect> {
        if let Some(at) = self.waiting.iter().position(|download| download.id == id) {
            self.batch.ended_bytes += self.waiting[at].wanted.track.size_bytes;
            self.waiting.remove(at);
            return self.go_on();
        }
        match self.begun_mut(id) {
            Some(download) if matches!(download.stage, Stage::Running { .. }) => {
                download.stage = Stage::Stopping;
                vec![Effect::Stop(id)]
            }
            _ => Vec::new(),
        }
    }

    fn cancel_all(&mut self) -> Vec<Effect> {
        self.batch.ended_bytes +=
            self.waiting.drain(..).map(|download| download.wanted.track.size_bytes).sum::<u64>();
        let running: Vec<DownloadId> = self.begun.iter().map(|download| download.id).collect();
        running.into_iter().flat_map(|id| self.cancel(id)).collect()
    }

    fn retry(&mut self, id: DownloadId) -> Vec<Effect> {
        let failed = |download: &Transfer| download.id == id && matches!(download.stage, Stage::Failed(_));
        let Some(at) = self.begun.iter().position(failed) else { return Vec::new() };
        let Transfer { wanted, .. } = self.begun.remove(at);
        self.push(wanted);
        self.begin_some()
    }

    fn open_folder(&self, id: DownloadId) -> Vec<Effect> {
        let download = self.begun.iter().find(|download| download.id == id);
        let folder = download.map(|download| match &download.stage {
            Stage::Done(path) => path.parent().unwrap_or(path).to_owned(),
            _ => download.wanted.folder.clone(),
        });
        folder.map(Effect::OpenFolder).into_iter().collect()
    }
}

fn received_bytes(stage: &Stage) -> u64 {
    if let Stage::Running { received_bytes, .. } = stage { *received_bytes } else { 0 }
}

/// Returns a part of a whole, from 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "a bar of a few hundred pixels")]
pub fn fraction(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}

#[cfg(test)]
mod tests;

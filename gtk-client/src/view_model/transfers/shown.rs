//! Uploads of files that are to be shown in a conversation, which wants to know what becomes of them.
//!
//! This file does not know what is said with them.

use parlour_common::message::{OnePost, UploadKey};

use super::{Effect, Moved, Transfer, Transfers};
use crate::network::{Fetch, JobId, Order, Source, TransferFault};
use crate::view_model::NewUpload;
use crate::view_model::room::Stored;

/// The steps in which it is told how much of an upload is there, in percent.
const STEP_PERCENT: u64 = 5;

impl Transfers {
    /// Leaves out uploads that are under way already, as an earlier run may have left them. One that failed is
    /// tried again.
    pub(super) fn only_new(&mut self, uploads: Vec<NewUpload>) -> Vec<NewUpload> {
        let is_new = |upload: &NewUpload| {
            let Some(key) = upload.to_show else { return true };
            if let Some(at) = self.ended.iter().position(|transfer| transfer.item.to_show() == Some(key)) {
                // It begins anew; what the daemon has of it goes on.
                self.ended.remove(at);
                return true;
            }
            !self.live(key)
        };
        uploads.into_iter().filter(is_new).collect()
    }

    /// Tells whether an upload is under way, waits or rests.
    pub(super) fn live(&self, upload: UploadKey) -> bool {
        self.id_of(upload).is_some()
    }

    fn id_of(&self, upload: UploadKey) -> Option<JobId> {
        let all = self.running.iter().chain(&self.asking).chain(self.waiting.iter()).chain(&self.paused);
        let mut all = all.chain(&self.leaving);
        all.find(|transfer| transfer.item.to_show() == Some(upload)).map(|transfer| transfer.id)
    }

    /// Gives up an upload that is not to be shown any more.
    pub(super) fn drop_upload(&mut self, upload: UploadKey) -> Vec<Effect> {
        if let Some(id) = self.id_of(upload) {
            return self.cancel(id);
        }
        let failed = |transfer: &&Transfer| transfer.item.to_show() == Some(upload);
        let failed = self.ended.iter().find(failed).map(|transfer| transfer.id);
        failed.map(|id| self.clear(id)).unwrap_or_default()
    }

    /// Tells how much of an upload is there, in steps.
    pub(super) fn tell_moved(before: Moved, transfer: &Transfer) -> Vec<Effect> {
        let Some(upload) = transfer.item.to_show() else { return Vec::new() };
        let percent = |moved: Moved| moved.moved_bytes.saturating_mul(100) / moved.total_bytes.max(1);
        let step = |moved: Moved| percent(moved).min(100) / STEP_PERCENT;
        let now = step(transfer.moved);
        if now == step(before) {
            return Vec::new();
        }
        let percent = u8::try_from(now * STEP_PERCENT).unwrap_or(100);
        vec![Effect::Stored { upload, how: Stored::Moved(percent) }]
    }

    /// Tells that an upload did not come to its end: why, or that it was given up.
    pub(super) fn tell_lost(transfer: &Transfer, why: Option<&TransferFault>) -> Vec<Effect> {
        let how = why.cloned().map_or(Stored::GivenUp, Stored::Failed);
        transfer.item.to_show().map(|upload| Effect::Stored { upload, how }).into_iter().collect()
    }

    /// Returns which post the file of a transfer is of.
    pub(super) fn card_of(transfer: &Transfer) -> Option<OnePost> {
        match &transfer.item.order {
            Order::Fetch(Fetch { source: Source::Card { conversation, post }, .. }) => {
                Some(OnePost { conversation: *conversation, post: *post })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;

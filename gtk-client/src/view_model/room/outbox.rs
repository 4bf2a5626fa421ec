//! What is to be said and was not yet: kept until the daemon has it, in the order of saying.
//!
//! This file decides what is asked when. It does not know the disk (`crate::outbox`), nor how a file gets to the
//! daemon (`transfers.rs`). Nothing is asked for before it is on the disk; whatever ends in between, it is asked for
//! again with the same key, and so is said once.

mod digits;

use std::path::PathBuf;

use parlour_common::message::{
    CardSource, ConversationId, Denial, FileId, Quote, Request, Say, SayKey, TrackId, UploadKey,
};
use serde::{Deserialize, Serialize};

use self::digits::{as_say_key, as_upload_key};
use super::Stored;
use super::timeline::{PendingRow, Sending};
use crate::network::{Answer, TransferFault};
use crate::view_model::{NewUpload, Problem};

/// How long a daemon that cannot keep what is said is left alone, in milliseconds.
const DISK_PAUSE_MS: u32 = 5_000;

/// What is shown with something that is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attachment {
    /// A file of this machine: it is uploaded first.
    Path(PathBuf),
    /// A file of one's own, or one that somebody shares with one.
    File {
        /// Which.
        file: FileId,
        /// Its name.
        name: String,
    },
    /// A track of the library.
    Track {
        /// Which.
        track: TrackId,
        /// Its title.
        title: String,
    },
}

/// Something that is to be said, as it is kept for the next start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// By what the daemon tells it from others.
    #[serde(with = "as_say_key")]
    pub key: SayKey,
    /// Where.
    pub conversation: ConversationId,
    /// What.
    pub text: String,
    /// What it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// By what the upload of a file of this machine is known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "as_upload_key")]
    pub upload: Option<UploadKey>,
}

/// Something that is to be said.
#[derive(Debug)]
struct Pending {
    kept: Kept,
    /// The turn in which it was given to the disk.
    turn: u64,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// It waits for the disk, the link, its seat or those before it.
    Waiting,
    /// Its file goes to the daemon, so far in percent.
    Uploading(u8),
    /// The daemon is asked.
    Asked,
    Failed(Problem),
    /// Its file did not get to the daemon; `None`: the person gave it up.
    NotUploaded(Option<TransferFault>),
}

/// What is to be said, in all conversations.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pending: Vec<Pending>,
    /// The turn that was given to the disk last, and the last one that is on it.
    turn: u64,
    kept_turn: u64,
    /// Whether it is known what an earlier run left: what is kept before would take its place.
    is_open: bool,
    /// Whether the daemon wants to be left alone for a moment.
    is_resting: bool,
}

/// What is to be done now.
#[derive(Debug, PartialEq)]
pub(super) enum Deed {
    /// Ask the daemon to say it.
    Say(SayKey, Request),
    /// Have its file uploaded.
    Upload(NewUpload),
}

/// What became of an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Turn {
    /// It was said.
    Said,
    /// It is asked for again after so many milliseconds.
    Later(u32),
    /// It is asked for again once one has a seat.
    Unseated,
    /// It waits for the link, or for the person.
    Stays,
}

impl Outbox {
    /// Takes something to be said, behind all others.
    pub(super) fn push(&mut self, kept: Kept) {
        self.pending.push(Pending { kept, turn: self.turn + 1, stage: Stage::Waiting });
    }

    /// Goes on with what an earlier run left, before what was written since.
    pub(super) fn take_over(&mut self, found: Vec<Kept>) {
        let is_new = |kept: &Kept| !self.pending.iter().any(|pending| pending.kept.key == kept.key);
        let found: Vec<Kept> = found.into_iter().filter(is_new).collect();
        let found = found.into_iter().map(|kept| Pending { kept, turn: 0, stage: Stage::Waiting });
        self.pending.splice(..0, found);
        self.is_open = true;
    }

    /// Returns all there is to keep, and the turn of it.
    pub(super) fn keep(&mut self) -> Option<(u64, Vec<Kept>)> {
        if !self.is_open {
            return None;
        }
        self.turn += 1;
        Some((self.turn, self.pending.iter().map(|pending| pending.kept.clone()).collect()))
    }

    /// Tells whether something waits to be kept.
    pub(super) fn is_unkept(&self) -> bool {
        self.pending.iter().any(|pending| pending.turn > self.turn)
    }

    /// Takes it that the disk has what was given to it up to a turn, or cannot have it.
    pub(super) fn take_kept(&mut self, turn: u64) {
        self.kept_turn = self.kept_turn.max(turn);
    }

    /// Returns what is to be done now: of each conversation the first that is ready, and every upload.
    pub(super) fn next(&mut self, can_say: impl Fn(ConversationId) -> bool, is_linked: bool) -> Vec<Deed> {
        let mut deeds = Vec::new();
        let mut busy: Vec<ConversationId> = Vec::new();
        for pending in &mut self.pending {
            let Kept { key, conversation, attachment, upload, .. } = &pending.kept;
            let (key, conversation) = (*key, *conversation);
            let is_kept = pending.turn <= self.kept_turn;
            match pending.stage {
                Stage::Asked => busy.push(conversation),
                Stage::Waiting if is_kept => match (attachment, upload) {
                    // A file that is on its way holds nothing up that is said after it.
                    (Some(Attachment::Path(path)), Some(upload)) => {
                        pending.stage = Stage::Uploading(0);
                        deeds.push(Deed::Upload(NewUpload { path: path.clone(), to_show: Some(*upload) }));
                    }
                    _ => {
                        let is_next = !busy.contains(&conversation);
                        busy.push(conversation);
                        if is_next && is_linked && !self.is_resting && can_say(conversation) {
                            pending.stage = Stage::Asked;
                            deeds.push(Deed::Say(key, pending.kept.request()));
                        }
                    }
                },
                Stage::Waiting => busy.push(conversation),
                Stage::Uploading(_) | Stage::Failed(_) | Stage::NotUploaded(_) => {}
            }
        }
        deeds
    }

    /// Takes an answer of the daemon.
    pub(super) fn take_answer(&mut self, key: SayKey, answer: &Answer) -> Turn {
        let Some(at) = self.position(key) else { return Turn::Stays };
        let (stage, turn) = match answer {
            Answer::Reply(_) => {
                self.pending.remove(at);
                return Turn::Said;
            }
            Answer::Lost | Answer::Denied(Denial::SessionEnded {} | Denial::SignInFirst {}) => {
                (Stage::Waiting, Turn::Stays)
            }
            Answer::Denied(Denial::NotSeated {}) => (Stage::Waiting, Turn::Unseated),
            Answer::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                (Stage::Waiting, Turn::Later(*retry_after_ms))
            }
            Answer::Denied(Denial::StorageUnavailable {} | Denial::DiskFull {}) => {
                (Stage::Waiting, Turn::Later(DISK_PAUSE_MS))
            }
            Answer::Denied(denial) => (Stage::Failed(Problem::Denied(denial.clone())), Turn::Stays),
        };
        self.is_resting |= matches!(turn, Turn::Later(_));
        self.pending[at].stage = stage;
        turn
    }

    /// Goes on after a pause.
    pub(super) fn wake(&mut self) {
        self.is_resting = false;
    }

    /// Takes what became of the upload of a file. Tells whether what is kept is other than it was.
    pub(super) fn take_stored(&mut self, upload: UploadKey, how: Stored) -> bool {
        let of_upload = |pending: &&mut Pending| pending.kept.upload == Some(upload);
        let Some(pending) = self.pending.iter_mut().find(of_upload) else { return false };
        match how {
            Stored::Moved(percent) if matches!(pending.stage, Stage::Uploading(_)) => {
                pending.stage = Stage::Uploading(percent);
            }
            Stored::Moved(_) => {}
            Stored::Here(entry) => {
                let name = entry.file_name.to_string();
                pending.kept.attachment = Some(Attachment::File { file: entry.file, name });
                pending.kept.upload = None;
                // What the person gave up is not said by itself, though it came too late.
                if pending.stage != Stage::NotUploaded(None) {
                    pending.stage = Stage::Waiting;
                }
                return true;
            }
            Stored::Failed(why) => pending.stage = Stage::NotUploaded(Some(why)),
            Stored::GivenUp => pending.stage = Stage::NotUploaded(None),
        }
        false
    }

    /// Tries something again that failed.
    pub(super) fn try_again(&mut self, key: SayKey) {
        if let Some(at) = self.position(key)
            && matches!(self.pending[at].stage, Stage::Failed(_) | Stage::NotUploaded(_))
        {
            self.pending[at].stage = Stage::Waiting;
        }
    }

    /// Gives something up, unless the daemon is just being asked. Returns it.
    pub(super) fn discard(&mut self, key: SayKey) -> Option<Kept> {
        let at = self.position(key)?;
        (self.pending[at].stage != Stage::Asked).then(|| self.pending.remove(at).kept)
    }

    /// Returns what is to be said in a conversation, as rows.
    pub(super) fn rows(&self, conversation: ConversationId) -> Vec<PendingRow> {
        let of_it = self.pending.iter().filter(|pending| pending.kept.conversation == conversation);
        of_it.map(Pending::row).collect()
    }

    fn position(&self, key: SayKey) -> Option<usize> {
        self.pending.iter().position(|pending| pending.kept.key == key)
    }
}

impl Pending {
    fn row(&self) -> PendingRow {
        let Kept { key, text, reply_to, attachment, .. } = self.kept.clone();
        let state = match &self.stage {
            Stage::Waiting => Sending::Waiting,
            Stage::Uploading(percent) => Sending::Uploading { percent: *percent },
            Stage::Asked => Sending::Sending,
            Stage::Failed(problem) => Sending::Failed(problem.clone()),
            Stage::NotUploaded(why) => Sending::NotUploaded(why.clone()),
        };
        PendingRow { key, text, reply_to, attachment, state }
    }
}

impl Kept {
    fn request(&self) -> Request {
        let card = match &self.attachment {
            Some(Attachment::File { file, .. }) => Some(CardSource::File(*file)),
            Some(Attachment::Track { track, .. }) => Some(CardSource::Track(*track)),
            Some(Attachment::Path(_)) | None => None,
        };
        Request::Say(Say {
            key: self.key,
            conversation: self.conversation,
            text: self.text.clone(),
            reply_to: self.reply_to.as_ref().map(|quote| quote.post),
            card,
        })
    }
}

#[cfg(test)]
mod tests;

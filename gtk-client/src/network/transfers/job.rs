//! One transfer: what it is, how far it is, and how it goes on after a trouble.
//!
//! This file knows what all transfers have in common. What is asked and answered of a download is in
//! `fetch.rs`, of an upload in `upload.rs`; connections and disks are in `lane.rs`.

use std::time::{Duration, Instant};

use parlour_common::message::{CancelUpload, ConfirmFile, Denial, Request, TransferId};

use super::super::line::Line;
use super::super::order::{Ending, JobId, Order, TransferFault};
use super::super::reconnect::Backoff;
use super::super::turn::Turn;
use super::super::writer::Target;
use super::super::{LinkFault, Report};
use super::fetch::FetchTask;
use super::meter::Meter;
use super::upload::UploadTask;

/// How often a daemon may fail at one transfer before it is given up. Lost connections do not count.
const TROUBLES_MAX: u32 = 4;

/// After how long what could not be asked is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// A transfer as it was asked for.
pub(super) struct Wish {
    pub(super) id: JobId,
    pub(super) task: Task,
}

/// What a transfer does.
pub(super) enum Task {
    Fetch(FetchTask),
    Upload(Box<UploadTask>),
    /// Something to be told to the daemon, and how the transfer has ended then.
    Errand {
        request: Request,
        then: Ending,
    },
}

pub(super) struct Job {
    pub(super) id: JobId,
    pub(super) task: Task,
    pub(super) stage: Stage,
    /// How much of the file is on the other side.
    pub(super) moved_bytes: u64,
    pub(super) total_bytes: u64,
    pub(super) meter: Meter,
    /// How it ends once the writer has closed the partial file.
    pub(super) ending: Ending,
    pub(super) backoff: Backoff,
    troubles: u32,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Stage {
    /// The disk opens the file.
    Opening,
    /// Until then, and until there is a session.
    Waiting { until: Instant },
    /// The line is being opened.
    Lining,
    /// Something was asked.
    Asked { id: u32, what: Asked },
    /// The file comes, from an offset on.
    Receiving { transfer: TransferId, offset: u64 },
    /// The file goes.
    Sending { transfer: TransferId },
    /// The writer verifies the file and gives it its name.
    Finishing,
    /// The writer closes the partial file.
    Closing,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The file, from an offset on.
    File { offset: u64 },
    /// The hash of what came.
    Hash,
    /// To take the file; of this transfer if it was begun.
    Begin,
    /// To verify the file and keep it.
    Finish,
    /// To forget what was sent of a file that is another by now.
    Void,
    /// What an errand asks.
    Errand,
}

/// What can go wrong on the way.
pub(super) enum Trouble {
    Lost,
    Garbled,
    ReadFailed,
    WriteFailed,
    Changed,
    Denied(Denial),
}

/// How a job goes on after a trouble that is its own kind's.
pub(super) enum Cure {
    /// At once.
    Now,
    /// After a pause, however often.
    Later { asked: Option<Duration> },
    /// After a pause, a few times.
    Seldom(TransferFault),
}

impl From<LinkFault> for Trouble {
    fn from(fault: LinkFault) -> Self {
        match fault {
            LinkFault::Garbled | LinkFault::NotParlour | LinkFault::VersionUnsupported => Self::Garbled,
            LinkFault::Denied(denial) => Self::Denied(denial),
            _ => Self::Lost,
        }
    }
}

impl Stage {
    /// Tells whether the line is under way for this transfer, so that it cannot serve another.
    pub(super) fn needs_line(self) -> bool {
        matches!(self, Self::Lining | Self::Asked { .. } | Self::Receiving { .. } | Self::Sending { .. })
    }

    /// Tells whether only the writer is still at it.
    pub(super) fn is_ending(self) -> bool {
        matches!(self, Self::Finishing | Self::Closing)
    }
}

impl Task {
    /// Makes the task of an order; `server`: whose files they are.
    pub(super) fn new(order: Order, server: String) -> Self {
        match order {
            Order::Fetch(fetch) => Self::Fetch(FetchTask::new(fetch, server)),
            Order::Upload(upload) => Self::Upload(Box::new(UploadTask::new(upload))),
            Order::Confirm(confirm) => {
                let confirm = ConfirmFile { file: confirm.file, sha256: confirm.sha256 };
                Self::Errand { request: Request::ConfirmFile(confirm), then: Ending::Confirmed }
            }
        }
    }

    /// Returns what the daemon is told when this is given up, or the partial file to be removed.
    pub(super) fn into_farewell(self) -> Result<Self, Target> {
        match self {
            Self::Fetch(fetch) => Err(fetch.target),
            Self::Upload(task) => {
                let request = Request::CancelUpload(CancelUpload { upload: task.upload.key });
                Ok(Self::Errand { request, then: Ending::Cancelled })
            }
            errand @ Self::Errand { .. } => Ok(errand),
        }
    }
}

impl Job {
    pub(super) fn new(wish: Wish, turn: &Turn) -> Self {
        let (stage, total_bytes) = match &wish.task {
            Task::Fetch(fetch) => (Stage::Opening, fetch.size_bytes),
            Task::Upload(task) => (Stage::Opening, task.upload.seen.map_or(0, |seen| seen.size_bytes)),
            Task::Errand { .. } => (Stage::Waiting { until: turn.now }, 0),
        };
        Self {
            id: wish.id,
            task: wish.task,
            stage,
            moved_bytes: 0,
            total_bytes,
            meter: Meter::default(),
            ending: Ending::Cancelled,
            backoff: Backoff::new(turn.patience),
            troubles: 0,
        }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        matches!(self.stage, Stage::Waiting { until } if until <= now)
    }

    /// Asks what is to be asked next, over a line that is ready.
    pub(super) fn go_on(&mut self, line: &mut Line, turn: &Turn) {
        let slow = turn.patience.answer;
        let (asked, what) = match &self.task {
            Task::Fetch(fetch) => match fetch.next_request(self.moved_bytes) {
                (request, what @ Asked::File { .. }) => (line.ask(&request, turn.now), what),
                (request, what) => (line.ask_within(slow, &request, turn.now), what),
            },
            Task::Upload(task) => {
                let (request, what) = task.next_request();
                (line.ask_within(slow, &request, turn.now), what)
            }
            Task::Errand { request, .. } => (line.ask_within(slow, request, turn.now), Asked::Errand),
        };
        self.stage = match asked {
            Some(id) => Stage::Asked { id, what },
            None => Stage::Waiting { until: turn.now + ASK_AGAIN },
        };
    }

    /// Decides how to go on after a trouble, or that it does not.
    pub(super) fn handle_trouble(&mut self, trouble: Trouble, turn: &Turn) -> Result<(), TransferFault> {
        self.meter.stop(turn.now);
        let has_moved = match (self.stage, &self.task) {
            (Stage::Receiving { offset, .. }, _) => self.moved_bytes > offset,
            (Stage::Sending { .. }, Task::Upload(task)) => task.has_moved(),
            _ => false,
        };
        if matches!(trouble, Trouble::Lost) && has_moved {
            // It worked until now.
            self.backoff.reset();
        }
        self.stage = Stage::Waiting { until: turn.now };
        if let Some(why) = self.held_by(&trouble) {
            turn.report(Report::Held { id: self.id, why });
        }
        let cure = match trouble {
            Trouble::Lost | Trouble::Denied(Denial::TooManyTransfers { .. }) => Cure::Later { asked: None },
            Trouble::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                Cure::Later { asked: Some(Duration::from_millis(retry_after_ms.into())) }
            }
            Trouble::Garbled => Cure::Seldom(TransferFault::Garbled),
            Trouble::Denied(denial @ Denial::Internal {}) => Cure::Seldom(TransferFault::Denied(denial)),
            trouble => match &mut self.task {
                Task::Fetch(fetch) => fetch.cure(trouble, &mut self.moved_bytes)?,
                Task::Upload(task) => task.cure(trouble)?,
                Task::Errand { .. } => match trouble {
                    Trouble::Denied(Denial::StorageUnavailable {}) => Cure::Later { asked: None },
                    Trouble::Denied(denial) => return Err(TransferFault::Denied(denial)),
                    _ => Cure::Later { asked: None },
                },
            },
        };
        let pause = match cure {
            Cure::Now => Duration::ZERO,
            Cure::Later { asked } => self.backoff.pause(asked),
            Cure::Seldom(fault) => {
                self.troubles += 1;
                if self.troubles >= TROUBLES_MAX {
                    return Err(fault);
                }
                self.backoff.pause(None)
            }
        };
        self.stage = Stage::Waiting { until: turn.now + pause };
        Ok(())
    }

    /// Returns what an upload waits for, where that is for a person to know.
    fn held_by(&self, trouble: &Trouble) -> Option<Denial> {
        match (&self.task, trouble) {
            (
                Task::Upload(_),
                Trouble::Denied(why @ (Denial::DiskFull {} | Denial::StorageUnavailable {})),
            ) => Some(why.clone()),
            (Task::Upload(_), Trouble::WriteFailed) => Some(Denial::StorageUnavailable {}),
            _ => None,
        }
    }

    pub(super) fn tell(&mut self, turn: &Turn) {
        if let Some(bytes_per_second) = self.meter.poll(turn.now) {
            turn.report(Report::Progress {
                id: self.id,
                moved_bytes: self.moved_bytes,
                total_bytes: self.total_bytes.max(self.moved_bytes),
                bytes_per_second,
            });
        }
    }
}

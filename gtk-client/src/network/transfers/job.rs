//! One download: how far it is, and how it goes on after a trouble.
//!
//! This file knows the order in which a track is fetched. It does not know connections or the disk.

use std::time::{Duration, Instant};

use parlour_common::message::{Denial, FetchTrack, FileStart, FileVersion, Request, TransferId};

use super::super::line::Line;
use super::super::reconnect::Backoff;
use super::super::turn::Turn;
use super::super::writer::{Found, Writer};
use super::super::{DownloadFault, LinkFault, Report};
use super::Wish;
use super::meter::Meter;

/// How often a daemon may fail at one download before it is given up. Lost connections do not count.
const TROUBLES_MAX: u32 = 4;

/// How often a track may change while it is fetched: then it begins again.
const CHANGES_MAX: u32 = 1;

pub(super) struct Job {
    pub(super) wish: Wish,
    pub(super) stage: Stage,
    /// The version that is fetched, and how much of it was handed to the writer.
    pub(super) version: Option<FileVersion>,
    pub(super) received_bytes: u64,
    pub(super) total_bytes: u64,
    /// Whether any of it came in this run, not only in an earlier one.
    pub(super) fresh: bool,
    backoff: Backoff,
    troubles: u32,
    changes: u32,
    pub(super) meter: Meter,
    /// Why it is at its end; `None` where it was cancelled.
    pub(super) ending: Option<DownloadFault>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Stage {
    /// The writer opens the partial file.
    Opening,
    /// Until then, and until there is a session.
    Waiting { until: Instant },
    /// The line is being opened.
    Lining,
    /// The track was asked for, from an offset on.
    Asked { id: u32, offset: u64 },
    /// The track comes, from an offset on.
    Receiving { transfer: TransferId, offset: u64 },
    /// The writer gives the file its name.
    Finishing,
    /// The writer closes the partial file, for the download is at its end without the file.
    Closing,
}

/// What can go wrong on the way.
pub(super) enum Trouble {
    Lost,
    Garbled,
    ReadFailed,
    Changed,
    Denied(Denial),
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
    /// Tells whether the line is under way for this download, so that it cannot serve another.
    pub(super) fn needs_line(self) -> bool {
        matches!(self, Self::Lining | Self::Asked { .. } | Self::Receiving { .. })
    }

    /// Tells whether only the writer is still at it.
    pub(super) fn is_ending(self) -> bool {
        matches!(self, Self::Finishing | Self::Closing)
    }
}

impl Job {
    pub(super) fn new(wish: Wish, turn: &Turn) -> Self {
        let total_bytes = wish.size_bytes;
        let backoff = Backoff::new(turn.patience);
        Self {
            wish,
            stage: Stage::Opening,
            version: None,
            received_bytes: 0,
            total_bytes,
            fresh: false,
            backoff,
            troubles: 0,
            changes: 0,
            meter: Meter::default(),
            ending: None,
        }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        matches!(self.stage, Stage::Waiting { until } if until <= now)
    }

    pub(super) fn handle_opened(&mut self, found: Option<Found>, turn: &Turn) {
        if let Some(Found { version, bytes }) = found {
            self.version = Some(version);
            self.received_bytes = bytes;
        }
        self.stage = Stage::Waiting { until: turn.now };
        self.meter.touch(turn.now);
    }

    /// Asks for the rest of the track.
    pub(super) fn fetch(&mut self, line: &mut Line, now: Instant) {
        let begun = self.version.filter(|_| self.received_bytes > 0);
        let offset = if begun.is_some() { self.received_bytes } else { 0 };
        let fetch = FetchTrack { track: self.wish.target.track, offset, length: None, version: begun };
        self.stage = match line.ask(&Request::FetchTrack(fetch), now) {
            Some(id) => Stage::Asked { id, offset },
            None => Stage::Waiting { until: now + Duration::from_secs(1) },
        };
    }

    pub(super) fn handle_start(
        &mut self,
        start: &FileStart,
        offset: u64,
        writer: &mut Writer,
        now: Instant,
    ) -> Result<(), Trouble> {
        let whole = start.offset.checked_add(start.length) == Some(start.size_bytes);
        let same_version = offset == 0 || self.version == Some(start.version);
        if start.offset != offset || !whole || !same_version {
            return Err(Trouble::Garbled);
        }
        if offset == 0 {
            self.version = Some(start.version);
            self.received_bytes = 0;
            writer.begin(start.version, start.size_bytes);
        }
        self.total_bytes = start.size_bytes;
        self.stage = Stage::Receiving { transfer: start.transfer, offset };
        self.meter.start(now);
        self.meter.touch(now);
        Ok(())
    }

    /// Decides how to go on after a trouble, or that it does not.
    pub(super) fn handle_trouble(&mut self, trouble: Trouble, turn: &Turn) -> Result<(), DownloadFault> {
        self.meter.stop(turn.now);
        if let (Stage::Receiving { offset, .. }, Trouble::Lost) = (self.stage, &trouble)
            && self.received_bytes > offset
        {
            // It worked until now.
            self.backoff.reset();
        }
        self.stage = Stage::Waiting { until: turn.now };
        let mut asked_pause = None;
        let fault = match trouble {
            Trouble::Lost | Trouble::Denied(Denial::TooManyTransfers { .. }) => None,
            Trouble::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                asked_pause = Some(Duration::from_millis(retry_after_ms.into()));
                None
            }
            Trouble::Changed | Trouble::Denied(Denial::VersionChanged {} | Denial::OffsetOutside { .. }) => {
                return self.begin_again(turn.now);
            }
            Trouble::Garbled => Some(DownloadFault::Garbled),
            Trouble::ReadFailed => Some(DownloadFault::ReadFailed),
            Trouble::Denied(denial @ (Denial::Internal {} | Denial::StorageUnavailable {})) => {
                Some(DownloadFault::Denied(denial))
            }
            Trouble::Denied(denial) => return Err(DownloadFault::Denied(denial)),
        };
        if let Some(fault) = fault {
            self.troubles += 1;
            if self.troubles >= TROUBLES_MAX {
                return Err(fault);
            }
        }
        self.stage = Stage::Waiting { until: turn.now + self.backoff.pause(asked_pause) };
        Ok(())
    }

    /// Begins again at 0, for the version that was begun is gone.
    fn begin_again(&mut self, now: Instant) -> Result<(), DownloadFault> {
        // A version begun in an earlier run may well be gone by now; that is no restlessness.
        self.changes += u32::from(self.fresh || self.received_bytes == 0);
        if self.changes > CHANGES_MAX {
            return Err(DownloadFault::Changed);
        }
        self.version = None;
        self.received_bytes = 0;
        self.fresh = false;
        self.stage = Stage::Waiting { until: now };
        Ok(())
    }

    pub(super) fn tell(&mut self, turn: &Turn) {
        if let Some(bytes_per_second) = self.meter.poll(turn.now) {
            turn.report(Report::Progress {
                id: self.wish.id,
                received_bytes: self.received_bytes,
                total_bytes: self.total_bytes.max(self.received_bytes),
                bytes_per_second,
            });
        }
    }
}

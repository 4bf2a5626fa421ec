//! How much room is left on the daemon's disk, and the news of it to the admins.
//!
//! This file does not know the disk: a worker measures it. Whether an upload fits is looked at for each upload,
//! not here.

use std::time::Duration;

use parlour_common::message::{DiskLow, DiskState, Event, Role};

use super::upkeep::WaitingForUpkeep;
use super::{Service, Waiting};
use crate::effect::Effect;
use crate::id::{ConnId, Now};
use crate::job::{FilesJob, FilesPolicy, Job};

/// How often the disk is measured: others write to it too.
const MEASURE_PERIOD: Duration = Duration::from_secs(30);

/// How soon after a measurement the next one may be: uploads may end by the hundred.
const MEASURE_PAUSE: Duration = Duration::from_secs(1);

/// What is known of the disk.
#[derive(Debug)]
pub struct RoomLeft {
    reserve_bytes: u64,
    state: DiskState,
    free_bytes: u64,
    /// When it is measured next, in time since the start; `None` where it is being measured, or never is.
    next: Option<Duration>,
    /// The earliest moment for the next measurement.
    not_before: Duration,
    /// Whether something changed since the measurement under way began.
    asked_again: bool,
}

impl RoomLeft {
    /// Begins with a look at the disk, unless nothing of it is kept free.
    pub(super) fn new(files: &FilesPolicy) -> Self {
        let reserve_bytes = files.reserve_bytes;
        let next = (reserve_bytes > 0).then_some(Duration::ZERO);
        let (state, not_before) = (DiskState::Enough, Duration::ZERO);
        Self { reserve_bytes, state, free_bytes: u64::MAX, next, not_before, asked_again: false }
    }

    fn state_of(&self, free_bytes: u64) -> DiskState {
        if free_bytes <= self.reserve_bytes {
            DiskState::Full
        } else if free_bytes < self.reserve_bytes.saturating_mul(2) {
            DiskState::Low
        } else {
            DiskState::Enough
        }
    }

    fn news(&self) -> Event {
        let Self { free_bytes, reserve_bytes, state, .. } = *self;
        Event::DiskLow(DiskLow { free_bytes, reserve_bytes, state })
    }
}

impl Service {
    /// Returns when the disk is to be measured.
    pub(super) fn room_deadline(&self) -> Option<Duration> {
        self.room_left.next
    }

    /// Measures the disk if it is time.
    pub(super) fn handle_room_deadline(&mut self, now: Now) {
        if self.room_left.next.take_if(|next| *next <= now.tick).is_some() {
            self.room_left.asked_again = false;
            self.room_left.not_before = now.tick + MEASURE_PAUSE;
            self.run_own(Job::Files(FilesJob::MeasureRoom), Waiting::Upkeep(WaitingForUpkeep::Room));
        }
    }

    /// Takes note that the room has changed, or ran out.
    pub(super) fn measure_room_soon(&mut self, now: Now) {
        let soon = self.room_left.not_before.max(now.tick);
        match &mut self.room_left.next {
            Some(next) => *next = soon.min(*next),
            None => self.room_left.asked_again = true,
        }
    }

    /// Takes what was measured, if it could be, and tells the admins of another state.
    pub(super) fn handle_room_measured(&mut self, now: Now, free_bytes: Option<u64>) {
        let asked_again = std::mem::take(&mut self.room_left.asked_again);
        let wait = if asked_again { MEASURE_PAUSE } else { MEASURE_PERIOD };
        self.room_left.next = Some(now.tick + wait);
        let Some(free_bytes) = free_bytes else { return };
        let state = self.room_left.state_of(free_bytes);
        self.room_left.free_bytes = free_bytes;
        if std::mem::replace(&mut self.room_left.state, state) == state {
            return;
        }
        let reserve_bytes = self.room_left.reserve_bytes;
        match state {
            DiskState::Enough => tracing::info!(free_bytes, "there is room enough on the disk again"),
            DiskState::Low => tracing::warn!(
                free_bytes,
                reserve_bytes,
                "the disk of the data folder fills up: soon uploads will be refused"
            ),
            DiskState::Full => tracing::warn!(
                free_bytes,
                reserve_bytes,
                "the disk of the data folder is full but for the reserve: uploads are refused until there is room"
            ),
        }
        let news = self.room_left.news();
        self.tell(news, |_, session| session.role == Role::Admin);
    }

    /// Tells an admin who has come in how it stands, if there is reason to.
    pub(super) fn greet(&mut self, conn: ConnId) {
        let session = self.peers.get(&conn).and_then(|peer| peer.session.as_ref());
        let is_admin = session.is_some_and(|session| session.role == Role::Admin);
        if is_admin && self.room_left.state != DiskState::Enough {
            let event = self.room_left.news();
            self.effects.push_back(Effect::Tell { to: [conn].into(), event });
        }
    }
}

//! How fast a transfer goes, and when to say so.
//!
//! This file does not know the time, nor what is moved.

use std::time::{Duration, Instant};

/// Progress is told at most this often.
const RHYTHM: Duration = Duration::from_millis(50);

/// How far back the speed looks: long enough to be steady, short enough to be believed.
const MEMORY: Duration = Duration::from_secs(2);

/// Smooths the speed of one transfer.
#[derive(Debug, Default)]
pub(super) struct Meter {
    told_at: Option<Instant>,
    due_at: Option<Instant>,
    /// Since when the bytes below came; `None` while nothing is expected.
    since: Option<Instant>,
    bytes: u64,
    bytes_per_second: Option<u64>,
}

impl Meter {
    /// Begins to measure: bytes may come from now on.
    pub(super) fn start(&mut self, now: Instant) {
        self.since = Some(now);
        self.bytes = 0;
    }

    /// Stops measuring: no bytes can come.
    pub(super) fn stop(&mut self, now: Instant) {
        self.since = None;
        self.bytes_per_second = None;
        self.touch(now);
    }

    pub(super) fn add(&mut self, bytes: usize, now: Instant) {
        self.bytes += bytes as u64;
        self.touch(now);
    }

    /// Says that there is something to tell.
    pub(super) fn touch(&mut self, now: Instant) {
        let earliest = self.told_at.map_or(now, |told_at| told_at + RHYTHM);
        self.due_at.get_or_insert(earliest.max(now));
    }

    pub(super) fn due_at(&self) -> Option<Instant> {
        self.due_at
    }

    /// Returns the speed if it is time to tell it.
    pub(super) fn poll(&mut self, now: Instant) -> Option<u64> {
        self.due_at.filter(|due_at| *due_at <= now)?;
        self.due_at = None;
        self.told_at = Some(now);
        self.measure(now);
        Some(self.bytes_per_second.unwrap_or(0))
    }

    fn measure(&mut self, now: Instant) {
        let Some(since) = self.since else { return };
        let micros = now.saturating_duration_since(since).as_micros();
        if micros < RHYTHM.as_micros() / 2 {
            // Too short a time for a speed: the first bytes often come in one go.
            return;
        }
        let fresh = u128::from(self.bytes) * 1_000_000 / micros;
        let smooth = match self.bytes_per_second {
            None => fresh,
            // Weighted by how long each was watched.
            Some(old) => {
                let memory = MEMORY.as_micros();
                (u128::from(old) * memory + fresh * micros) / (memory + micros)
            }
        };
        self.bytes_per_second = Some(u64::try_from(smooth).unwrap_or(u64::MAX));
        self.since = Some(now);
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        super::super::super::clock()
    }

    #[test]
    fn a_steady_stream_has_its_speed_and_a_change_shows_slowly() {
        let (mut meter, mut now) = (Meter::default(), start());
        meter.start(now);
        let mut speed = 0;
        for _ in 0..100 {
            now += RHYTHM;
            meter.add(50_000, now);
            speed = meter.poll(now).unwrap();
        }
        assert_eq!(speed, 1_000_000);
        now += RHYTHM;
        meter.add(0, now);
        let slower = meter.poll(now).unwrap();
        assert!(slower < speed && slower > speed / 2, "{slower}");
        meter.stop(now);
        assert_eq!(meter.poll(now + RHYTHM), Some(0));
    }

    #[test]
    fn progress_is_told_no_more_often_than_every_50_ms() {
        let (mut meter, begin) = (Meter::default(), start());
        meter.start(begin);
        let told = (0..1000)
            .filter(|ms| {
                let now = begin + Duration::from_millis(*ms);
                meter.add(1, now);
                meter.poll(now).is_some()
            })
            .count();
        assert_eq!(told, 20);
    }
}

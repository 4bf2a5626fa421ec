//! How long to wait before the next try.
//!
//! This file does not know what is tried, nor the time.

use std::time::Duration;

use super::Patience;

/// The longest pause that a daemon may ask for: a person looks at the window meanwhile.
const ASKED_PAUSE_MAX: Duration = Duration::from_secs(600);

/// Pauses of random length under a bound that doubles ("full jitter"), so that the clients of a daemon
/// that restarts do not all come back in one moment.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    max: Duration,
    bound: Duration,
}

impl Backoff {
    pub(super) fn new(patience: &Patience) -> Self {
        Self { first: patience.pause_first, max: patience.pause_max, bound: patience.pause_first }
    }

    /// Begins anew: it worked.
    pub(super) fn reset(&mut self) {
        self.bound = self.first;
    }

    /// Returns the next pause, on top of what the daemon asked for.
    pub(super) fn pause(&mut self, asked: Option<Duration>) -> Duration {
        let bound = self.bound;
        self.bound = (bound * 2).min(self.max);
        asked.unwrap_or_default().min(ASKED_PAUSE_MAX) + random_below(bound)
    }
}

fn random_below(bound: Duration) -> Duration {
    // Without randomness the bound itself is as good a pause as any.
    let share = getrandom::u32().unwrap_or(u32::MAX);
    bound.mul_f64(f64::from(share) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_hold_to_what_was_asked() {
        let patience = Patience::default();
        let mut backoff = Backoff::new(&patience);
        for bound_ms in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            assert!(backoff.pause(None) <= Duration::from_millis(bound_ms), "{bound_ms}");
        }
        backoff.reset();
        let asked = Duration::from_secs(7);
        let pause = backoff.pause(Some(asked));
        assert!(pause >= asked && pause <= asked + patience.pause_first, "{pause:?}");
        assert!(backoff.pause(Some(Duration::MAX)) < ASKED_PAUSE_MAX * 2);
    }

    #[test]
    fn pauses_differ() {
        let pauses: Vec<_> = (0..8).map(|_| Backoff::new(&Patience::default()).pause(None)).collect();
        assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
    }
}

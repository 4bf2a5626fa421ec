//! What a daemon costs, as the kernel counts it.

use std::time::{Duration, Instant};

use super::{Daemon, PATIENCE};

/// The clock ticks of `/proc/PID/stat`: 100 a second on every Linux of today.
const TICKS_PER_SECOND: f64 = 100.0;

impl Daemon {
    /// Returns how much of its memory is in use, in KiB.
    pub fn memory_kib(&self) -> u64 {
        self.status_kib("VmRSS:")
    }

    /// Returns the least that is in use within a second: with no password being hashed, if none waits.
    pub fn memory_kib_at_rest(&self) -> u64 {
        let sample = |_| {
            std::thread::sleep(Duration::from_millis(50));
            self.memory_kib()
        };
        (0..20).map(sample).min().expect("20 samples")
    }

    /// Returns how much of its memory ever was in use at once, in KiB.
    pub fn memory_kib_peak(&self) -> u64 {
        self.status_kib("VmHWM:")
    }

    /// Forgets the peak.
    pub fn reset_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.pid()), "5").expect("our child");
    }

    /// Returns how many descriptors it has open.
    pub fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("our child").count()
    }

    /// Waits until it has at most so many descriptors open.
    pub fn await_descriptors(&self, most: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.descriptors() > most {
            assert!(Instant::now() < deadline, "{} descriptors are open, not {most}", self.descriptors());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Measures for a while which share of one processor it takes.
    pub fn processor_share(&self, time: Duration) -> f64 {
        let (before, began) = (self.processor_seconds(), Instant::now());
        std::thread::sleep(time);
        (self.processor_seconds() - before) / began.elapsed().as_secs_f64()
    }

    pub fn processor_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("our child");
        // Behind the name, which is in parentheses: fields 14 and 15 are user and system time.
        let fields = stat.rsplit(')').next().expect("a name").split_whitespace().skip(11);
        fields.take(2).map(|ticks| ticks.parse::<f64>().expect("a number")).sum::<f64>() / TICKS_PER_SECOND
    }

    fn status_kib(&self, key: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("our child");
        let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("Linux tells it");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

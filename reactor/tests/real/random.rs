//! Random numbers that can be had again: the seed is printed, and `SEED` replays it.

use std::hash::{BuildHasher, RandomState};

/// A small generator (xorshift): tests need no better.
pub struct Random(u64);

impl Random {
    /// Takes the seed from `SEED`, or a new one.
    pub fn new() -> Self {
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one("a seed") >> 32);
        println!("SEED={seed}");
        Self::with_seed(seed)
    }

    /// A generator beside others of the same seed.
    pub fn with_seed(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.number() >> 32) as u8).collect()
    }
}

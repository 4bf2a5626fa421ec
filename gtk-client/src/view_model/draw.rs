//! Numbers that nobody guesses and nobody draws twice.
//!
//! This file does not know what they name.

use std::hash::{BuildHasher, RandomState};

/// Draws one. Without randomness it is made of what there is: of numbers that were not used.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        for (at, part) in bytes.chunks_mut(size_of::<u64>()).enumerate() {
            part.copy_from_slice(&RandomState::new().hash_one(at).to_le_bytes()[..part.len()]);
        }
    }
    bytes
}

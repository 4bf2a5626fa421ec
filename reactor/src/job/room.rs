//! The room's rules, and slow work about it.
//!
//! This file does not know who has a seat, nor who is told.

/// The operator's rules about what is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomPolicy {
    /// How long posts are kept, in days; 0 for ever.
    pub history_days: u32,
    /// How much the cards of all conversations may take, in bytes; `None` for as much as the disk gives.
    pub cards_bytes_max: Option<u64>,
}

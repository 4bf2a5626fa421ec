//! Who is in the room.
//!
//! This file does not know one's own seat.

use parlour_common::message::SeatEntry;

/// Those who are in the room, by name, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Seats {
    pub(super) participants: u32,
    pub(super) seats: Vec<SeatEntry>,
}

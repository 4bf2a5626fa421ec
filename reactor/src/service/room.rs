//! The room: who is in it, what is said, and what two members say to each other.
//!
//! This file does not know how a post is kept. Who comes and goes is in `room/entering.rs`, the seats in
//! `room/seats.rs`, the news of them in `room/news.rs`.

mod entering;
mod news;
#[allow(dead_code, reason = "who enters is not here yet")]
mod seats;

use std::time::Duration;

use parlour_common::names::UserName;

use crate::job::RoomPolicy;
use crate::store::UserId;
use news::SeatNews;
use seats::Seats;

/// What is in memory of the room.
#[derive(Debug)]
pub struct Room {
    seats: Seats,
    news: SeatNews,
    #[allow(dead_code, reason = "who posts is not here yet")]
    policy: RoomPolicy,
    /// Whether the daemon stops: everyone's connection ends, which says nothing about them.
    stopping: bool,
}

impl Room {
    /// Begins with seats that are taken, and wait.
    pub(super) fn new(policy: RoomPolicy, taken: Vec<(UserId, UserName)>) -> Self {
        Self { seats: Seats::waiting(taken), news: SeatNews::default(), policy, stopping: false }
    }

    /// Returns when there is something to be told of who came and went, in time since the start.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.news.deadline()
    }
}

//! Plain words that the rooms pass to one another: who, when and which.
//!
//! This file does not know what any of them stands for.

use std::time::Duration;

/// A connection of the slab. A slot is used again, a pair of slot and generation never: an answer to a
/// peer that has left falls to the floor instead of reaching the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId {
    /// The place in the slab.
    pub slot: u32,
    /// How many connections the daemon had accepted before.
    pub generation: u64,
}

/// One request of one connection: where an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asker {
    /// The connection.
    pub conn: ConnId,
    /// The place of the request in all that the connection asked. (The `id` on the wire is the client's
    /// affair and may repeat.)
    pub sequence: u64,
}

/// Slow work under way: given with a job or a change, returned with its completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A moment, as the daemon read it from the clocks: everyone else is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now {
    /// Time since the daemon started; it never goes back. For deadlines.
    pub tick: Duration,
    /// Milliseconds since 1970 UTC. For records.
    pub unix_ms: u64,
}

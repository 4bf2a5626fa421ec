//! The turns of the links: who has something to do, and who was told something.
//!
//! This file does not know what is asked or told.

use super::Daemon;
use crate::id::{Asker, ConnId, Now};

/// Links that read, decide and write in one turn, and links that write what they were told: about a millisecond
/// each. The others have theirs in the next turn, after the poll, what finished, and the files that are sent.
const LINKS_PER_TURN_MAX: usize = 256;
const TOLD_LINKS_PER_TURN_MAX: usize = 256;

/// Bytes that those write together in one turn, where much has gathered: a millisecond again.
const TOLD_BYTES_PER_TURN_MAX: u64 = 2 * 1024 * 1024;

/// Requests of one link handled in one turn.
const REQUESTS_PER_TURN_MAX: usize = 16;

/// Bytes of all uploads that may be on their way to the disks. Over it nobody is read who has some on the way; a
/// reading of everyone else's may still come on top.
const STORING_BYTES_MAX: usize = 32 * 1024 * 1024;

impl Daemon {
    /// Lets those have their turn who have something to do, and then those who were only told something: whoever asks
    /// does not wait for a crowd to be told. Only those who stand in the queues now: who joins one meanwhile has its
    /// turn in the next one.
    pub(super) fn run_links(&mut self, now: Now) {
        for _ in 0..self.links.begin_turn().min(LINKS_PER_TURN_MAX) {
            if let Some(id) = self.links.poll_runnable() {
                self.run_link(now, id);
            }
        }
        let mut bytes = 0;
        for _ in 0..TOLD_LINKS_PER_TURN_MAX {
            if bytes >= TOLD_BYTES_PER_TURN_MAX {
                return;
            }
            let Some(id) = self.links.poll_told() else { return };
            if let Some(link) = self.links.get_mut(id) {
                let sent = link.write(now.tick);
                bytes += sent.from_memory;
                self.settle(id, sent);
            }
        }
    }

    /// One link's turn: read, decide, write; but for files, of which all have their share after that.
    fn run_link(&mut self, now: Now, id: ConnId) {
        let Some(link) = self.links.get_mut(id) else { return };
        if self.storing_bytes >= STORING_BYTES_MAX {
            link.connection.hold_uploads();
        }
        link.read(now.tick, &mut self.buffer);
        // Before the requests: one of them may end an upload, and stand behind its bytes.
        while let Some(piece) = link.connection.poll_piece() {
            self.storing_bytes += piece.bytes.len();
            self.workers.store(id, piece);
        }
        for _ in 0..REQUESTS_PER_TURN_MAX {
            let Some(link) = self.links.get_mut(id) else { return };
            let Some((sequence, request)) = link.connection.poll_request(now.tick) else { break };
            self.service.handle_request(now, Asker { conn: id, sequence }, request);
            self.apply_effects(now);
        }
        let Some(link) = self.links.get_mut(id) else { return };
        let sent = link.write(now.tick);
        self.settle(id, sent);
    }
}

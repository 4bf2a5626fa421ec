//! The end of sessions on the line, within the turn in which it is known.
//!
//! This file does not know why a session ends. Whatever was asked under it and is not yet done is denied,
//! and no way in that began before may lead to a session that should have ended with the others.

use parlour_common::message::Denial;

use super::sign_in::WaitingForSession;
use super::{Service, UnderWay, Waiting};
use crate::effect::Effect;
use crate::id::{Asker, ConnId, Ticket};
use crate::store::{TokenHash, UserId};

/// Which sessions end.
#[derive(Clone, Copy, Debug)]
pub enum Ends {
    /// One.
    Session(TokenHash),
    /// All of an account, but for one perhaps.
    Account(UserId, Option<TokenHash>),
}

/// Ways in of an account that have seen it as it was.
#[derive(Debug)]
pub struct Voided {
    /// Those that bear a lesser ticket.
    before: Ticket,
    /// The session that went on.
    but: Option<TokenHash>,
}

impl Ends {
    fn ends(self, user: UserId, token_hash: &TokenHash) -> bool {
        match self {
            Self::Session(ended) => ended == *token_hash,
            Self::Account(ended, but) => ended == user && but != Some(*token_hash),
        }
    }
}

impl Service {
    /// Ends sessions on every connection that has one of them, and says so on each but `untold`. What those
    /// asked under it and what would take it up again is denied now: its end may come after that of the
    /// session. Changes on their way are made all the same, and answered.
    pub(super) fn end_sessions(&mut self, ends: Ends, untold: Option<ConnId>) {
        if let Ends::Account(user, but) = ends {
            self.void_ways_in(user, but);
        }
        let has_ended = |peer: &super::Peer| {
            peer.session.as_ref().is_some_and(|session| ends.ends(session.user, &session.token_hash))
        };
        let having = self.peers.iter().filter(|(_, peer)| has_ended(peer));
        let mut ended: Vec<ConnId> = having.map(|(conn, _)| *conn).collect();
        self.end_seats(ends, &ended);
        ended.iter().for_each(|conn| self.unseat(*conn));
        ended.retain(|conn| Some(*conn) != untold);
        let is_overtaken = |under_way: &UnderWay| match (&under_way.waiting, ends) {
            (Waiting::Session(WaitingForSession::Resume { token_hash, .. }), Ends::Session(ended)) => {
                *token_hash == ended
            }
            // They need no session.
            (Waiting::SignUp(_) | Waiting::Session(_) | Waiting::Reset(_), _) => false,
            _ => !under_way.is_change && ended.contains(&under_way.asker.conn),
        };
        let overtaken = self.waiting.iter().filter(|(_, under_way)| is_overtaken(under_way));
        let overtaken: Vec<(Ticket, Asker)> =
            overtaken.map(|(ticket, under_way)| (*ticket, under_way.asker)).collect();
        for (ticket, asker) in overtaken {
            self.waiting.remove(&ticket);
            self.deny(asker, Denial::SessionEnded {});
        }
        self.effects.extend(ended.into_iter().map(|of| Effect::EndSession { of }));
    }

    /// Tells whether a way in has seen the account before all its sessions ended. A session that is taken up
    /// again may be the one that went on.
    pub(super) fn is_void(&self, ticket: Ticket, user: UserId, resumed: Option<&TokenHash>) -> bool {
        self.voided.get(&user).is_some_and(|voided| {
            ticket < voided.before && (resumed.is_none() || voided.but.as_ref() != resumed)
        })
    }

    fn void_ways_in(&mut self, user: UserId, but: Option<TokenHash>) {
        self.forget_voided();
        let before = Ticket(self.next_ticket);
        // Each of two that ended one another has ended.
        let but = but.filter(|but| self.voided.get(&user).is_none_or(|voided| voided.but == Some(*but)));
        self.voided.insert(user, Voided { before, but });
    }

    /// Forgets what no way in under way can meet any more.
    pub(super) fn forget_voided(&mut self) {
        match self.waiting.first_key_value() {
            Some((oldest, _)) => {
                self.voided.retain(|_, voided| *oldest < voided.before);
                self.files_changed.retain(|_, before| *oldest < *before);
            }
            None => {
                self.voided.clear();
                self.files_changed.clear();
            }
        }
    }
}

//! A client with an outbox and a log, which lives through cuts and comes back.
//!
//! What it does while it is connected is in `visit.rs`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use parlour_common::Secret;
use parlour_common::message::{ConversationId, PostId, SayKey, SessionToken};

use super::super::real::Random;
use super::super::real::knife::{Cut, Killer};
use super::log::Log;
use super::utterance::{Deletion, Shown, Utterance};
use super::visit::Visit;
use super::witness::Witness;

/// How many bytes a client sends, and gets, before it is cut at most: about twenty requests, and what others say
/// meanwhile.
const UP_BYTES_MAX: u64 = 3_000;
const DOWN_BYTES_MAX: u64 = 16_000;

/// How much is done on a connection that nobody cuts, at most.
const DEEDS_MAX: u64 = 16;

/// What happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// Connections that the client cut, and that were cut in between.
    pub own: u64,
    pub between: u64,
    pub goodbyes: u64,
    /// Posts that were asked for once more since no answer had come.
    pub again: u64,
    /// Keys that were used once more though they were answered.
    pub repeats: u64,
    /// Changes of posts that were answered, and that were asked for.
    pub changed: u64,
    pub change_asked: u64,
    pub cards: u64,
    pub throttled: u64,
    pub taken_over: u64,
}

impl Count {
    pub fn plus(self, other: Self) -> Self {
        Self {
            own: self.own + other.own,
            between: self.between + other.between,
            goodbyes: self.goodbyes + other.goodbyes,
            again: self.again + other.again,
            repeats: self.repeats + other.repeats,
            changed: self.changed + other.changed,
            change_asked: self.change_asked + other.change_asked,
            cards: self.cards + other.cards,
            throttled: self.throttled + other.throttled,
            taken_over: self.taken_over + other.taken_over,
        }
    }
}

/// One life of the daemon: where it is, and what will kill it.
pub struct Round<'a> {
    pub address: SocketAddr,
    pub killer: &'a Arc<Killer>,
}

pub struct Speaker {
    /// The member, who may have another client.
    pub name: String,
    pub number: usize,
    pub has_twin: bool,
    /// The other members.
    pub others: Vec<String>,
    pub token: Secret<SessionToken>,
    pub logs: BTreeMap<ConversationId, Log>,
    /// Conversations of which something is missing.
    pub behind: BTreeSet<ConversationId>,
    /// The conversations with others, by their names.
    pub with: HashMap<String, ConversationId>,
    /// What was not answered yet, the oldest first.
    pub outbox: Vec<Utterance>,
    pub said: Vec<Utterance>,
    /// Up to where was read: what was answered.
    pub marks: BTreeMap<ConversationId, PostId>,
    pub shown: Vec<Shown>,
    pub count: Count,
    pub random: Random,
    pub witness: Arc<Witness>,
}

impl Speaker {
    /// Comes and goes until the daemon is killed.
    pub fn live(&mut self, round: &Round<'_>) {
        while !round.killer.has_killed() {
            let cut = self.choose_cut();
            let is_done = self.come_and_go(round, cut).is_some();
            if is_done || round.killer.has_killed() {
                continue;
            }
            match cut {
                Cut::Never => panic!("{}: nobody cut this", self.name),
                Cut::Own { .. } => self.count.own += 1,
                Cut::Between { .. } => self.count.between += 1,
            }
        }
    }

    fn choose_cut(&mut self) -> Cut {
        let is_rude = self.random.below(2) == 0;
        match self.random.below(12) {
            0 => Cut::Never,
            1..6 => Cut::Own { after_bytes: 1 + self.random.below(UP_BYTES_MAX), is_rude },
            6..9 => Cut::Between { after_bytes: 1 + self.random.below(UP_BYTES_MAX), is_up: true, is_rude },
            _ => Cut::Between { after_bytes: 1 + self.random.below(DOWN_BYTES_MAX), is_up: false, is_rude },
        }
    }

    /// Connects, and does one thing after another until it is cut, or has done enough.
    fn come_and_go(&mut self, round: &Round<'_>, cut: Cut) -> Option<()> {
        if self.random.below(40) == 0 {
            self.logs.clear();
        }
        let deeds = if cut == Cut::Never { self.random.below(DEEDS_MAX) } else { u64::MAX };
        let is_polite = self.random.below(4) != 0;
        let mut visit = Visit::begin(self, round, cut)?;
        visit.arrive()?;
        visit.say_what_waits()?;
        for _ in 0..deeds {
            visit.do_something()?;
            // A connection that is never cut lasts no longer than the daemon.
            if round.killer.has_killed() {
                return None;
            }
        }
        if is_polite { visit.goodbye() } else { visit.break_off() }
    }

    /// Puts something new into the outbox.
    pub fn think(&mut self) {
        let number = self.said.len() + self.outbox.len();
        // No word begins another one.
        let word = format!("word{}x{number}z", self.number);
        let to = (self.random.below(3) == 0).then(|| self.random.pick(&self.others).clone());
        let card = match self.random.below(6) {
            0 => Some(*self.random.pick(&self.shown)),
            _ => None,
        };
        let mention = if self.random.below(5) == 0 { "@member1, " } else { "" };
        let reply_to = match self.random.below(5) {
            0 => self.choose_post(to.as_deref()),
            _ => None,
        };
        let key = SayKey::new(self.random.bytes(16).try_into().expect("16 bytes"));
        let text = format!("{mention}{word} says سارا to everyone{}", ", and more".repeat(number % 7));
        self.outbox.push(Utterance {
            key,
            to,
            word,
            text,
            perhaps: Vec::new(),
            reply_to,
            card,
            tries: 0,
            place: None,
            deletion: Deletion::Never,
        });
    }

    /// Chooses a post that is held and not deleted.
    fn choose_post(&mut self, to: Option<&str>) -> Option<PostId> {
        let conversation = to.map_or(Some(ConversationId::ROOM), |name| self.with.get(name).copied())?;
        let log = self.logs.get(&conversation)?;
        let posts = log.posts().values().rev().take(30);
        let posts: Vec<PostId> =
            posts.filter(|post| post.deleted_unix_ms.is_none()).map(|post| post.post).collect();
        (!posts.is_empty()).then(|| *self.random.pick(&posts))
    }

    /// Chooses something of one's own that was said and, as far as one knows, not deleted.
    pub fn choose_said(&mut self) -> Option<usize> {
        let place = self.random.below(self.said.len().max(1) as u64) as usize;
        let is_there = self.said.get(place).is_some_and(|said| said.deletion != Deletion::Done);
        is_there.then_some(place)
    }
}

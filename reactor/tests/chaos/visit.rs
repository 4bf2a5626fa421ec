//! What a client does on one connection. Everything returns `None` once the connection is gone.
//!
//! This file does not know who cuts it, nor when.

use std::collections::BTreeMap;
use std::time::Duration;

use parlour_common::message::{
    ConversationEntry, ConversationId, Denial, EnterRoom, Event, ListConversations, OpenConversation, Post,
    PostPage, ReadFrom, ReadPosts, Reply, Request, Revision,
};
use parlour_common::names::UserName;

use super::super::real::knife::Cut;
use super::MEMBERS;
use super::link::{Answer, Link};
use super::speaker::{Round, Speaker};
use super::utterance::Utterance;

/// How long after something was asked for the daemon is killed at most: a record takes a few milliseconds.
const RECORD_MICROS_MAX: u64 = 6_000;

/// How long a client waits that was asked to come later.
const LATER: Duration = Duration::from_millis(10);

/// Posts in a page: small pages are turned more often.
const PAGE_POSTS: u16 = 24;

pub struct Visit<'a> {
    pub speaker: &'a mut Speaker,
    pub link: Link,
    round: &'a Round<'a>,
    is_seated: bool,
}

impl<'a> Visit<'a> {
    pub fn begin(speaker: &'a mut Speaker, round: &'a Round<'a>, cut: Cut) -> Option<Self> {
        let link = Link::open(round.address, cut, &speaker.token)?;
        speaker.logs.values_mut().for_each(super::log::Log::come_back);
        Some(Self { speaker, link, round, is_seated: false })
    }

    /// Asks, and takes what was told before the answer.
    pub fn ask(&mut self, request: Request) -> Answer {
        let answer = self.link.ask(request)?;
        self.hear();
        Some(answer)
    }

    /// Takes what was told.
    pub fn hear(&mut self) {
        for event in self.link.events() {
            match event {
                Event::Said(post) => self.take(post, true),
                Event::PostChanged(post) => self.take(post, true),
                Event::SeatsChanged(changed) => {
                    let turns = changed.changes.iter().map(|change| change.participants);
                    for participants in turns.chain([changed.participants]) {
                        assert!(participants <= MEMBERS as u32, "{changed:?}");
                    }
                }
                Event::SeatLost(_) => self.lose_seat(),
                _ => {}
            }
        }
    }

    pub fn lose_seat(&mut self) {
        self.is_seated = false;
        self.speaker.logs.entry(ConversationId::ROOM).or_default().come_back();
    }

    /// Takes a post that was told or answered.
    pub fn take(&mut self, post: Post, is_event: bool) {
        self.speaker.witness.see(&post);
        let conversation = post.conversation;
        let is_behind = self.speaker.logs.entry(conversation).or_default().take(post, is_event);
        if is_behind {
            self.speaker.behind.insert(conversation);
        }
    }

    /// Enters the room, sees which conversations there are, and catches up with all of them.
    pub fn arrive(&mut self) -> Option<()> {
        let take_over = self.speaker.random.below(2) == 0;
        if self.speaker.random.below(8) != 0 {
            self.enter(take_over)?;
        }
        for entry in self.list()? {
            self.catch_up(entry.conversation)?;
        }
        Some(())
    }

    pub fn enter(&mut self, take_over: bool) -> Option<()> {
        match self.ask(Request::EnterRoom(EnterRoom { take_over }))? {
            Ok(Reply::Entered(entered)) => {
                assert!((1..=MEMBERS as u32).contains(&entered.participants), "{entered:?}");
                self.is_seated = true;
                self.speaker.count.taken_over += u64::from(take_over && self.speaker.has_twin);
            }
            Err(Denial::SeatTaken { .. }) if self.speaker.has_twin && !take_over => {}
            Err(Denial::Busy { .. } | Denial::Throttled { .. } | Denial::StorageUnavailable {}) => {}
            other => panic!("{}: {other:?}", self.speaker.name),
        }
        Some(())
    }

    /// Returns all conversations there are.
    pub fn list(&mut self) -> Option<Vec<ConversationEntry>> {
        let logs = self.speaker.logs.iter();
        let known: BTreeMap<ConversationId, Revision> = logs.map(|(id, log)| (*id, log.known())).collect();
        let mut entries: Vec<ConversationEntry> = Vec::new();
        loop {
            let offset = entries.len() as u32;
            match self.ask(Request::ListConversations(ListConversations { offset, limit: 3 }))? {
                Ok(Reply::Conversations(page)) => {
                    let is_last = page.conversations.is_empty();
                    entries.extend(page.conversations);
                    if is_last || entries.len() >= page.total as usize {
                        break;
                    }
                }
                Err(Denial::Busy { .. } | Denial::Throttled { .. }) => std::thread::sleep(LATER),
                other => panic!("{}: {other:?}", self.speaker.name),
            }
        }
        assert_eq!(entries[0].conversation, ConversationId::ROOM, "the room is the first");
        let is_kept = |entry: &ConversationEntry| {
            known.get(&entry.conversation).is_none_or(|known| entry.revision >= *known)
        };
        assert!(entries.iter().all(is_kept), "the daemon forgot what it told: {known:?}, {entries:#?}");
        for entry in &entries[1..] {
            let name = entry.with.as_ref().expect("it is of two").to_string();
            let known = *self.speaker.with.entry(name).or_insert(entry.conversation);
            assert_eq!(known, entry.conversation, "two conversations with one member: {entry:?}");
        }
        Some(entries)
    }

    /// Reads one page.
    pub fn read(&mut self, conversation: ConversationId, from: ReadFrom) -> Option<PostPage> {
        loop {
            let known = self.speaker.logs.entry(conversation).or_default().known();
            let read = ReadPosts { conversation, from, limit: PAGE_POSTS };
            match self.ask(Request::ReadPosts(read))? {
                Ok(Reply::Posts(page)) => {
                    assert!(page.revision >= known, "the daemon forgot what it told: {known:?}, {page:?}");
                    page.posts.iter().for_each(|post| self.speaker.witness.see(post));
                    return Some(page);
                }
                Err(Denial::Busy { .. } | Denial::Throttled { .. }) => std::thread::sleep(LATER),
                other => panic!("{}: {other:?}", self.speaker.name),
            }
        }
    }

    pub fn catch_up(&mut self, conversation: ConversationId) -> Option<()> {
        loop {
            let asked = self.speaker.logs.entry(conversation).or_default().wanted();
            let page = self.read(conversation, asked)?;
            let is_room = conversation == ConversationId::ROOM;
            let log = self.speaker.logs.entry(conversation).or_default();
            if !log.catch_up(&page, asked) {
                if is_room && !self.is_seated {
                    log.come_back();
                }
                self.speaker.behind.remove(&conversation);
                return Some(());
            }
        }
    }

    /// Catches up with what was found to be missing.
    pub fn mend(&mut self) -> Option<()> {
        while let Some(&conversation) = self.speaker.behind.first() {
            self.catch_up(conversation)?;
        }
        Some(())
    }

    /// Reads an older page, where there is one. Returns whether there may be more.
    pub fn look_back(&mut self, conversation: ConversationId) -> Option<bool> {
        let Some(from) = self.speaker.logs.entry(conversation).or_default().wanted_older() else {
            return Some(false);
        };
        let page = self.read(conversation, from)?;
        if self.speaker.logs.entry(conversation).or_default().take_older(&page) {
            self.catch_up(conversation)?;
        }
        Some(page.more)
    }

    /// Says what is in the outbox, in its order. Returns whether nothing waits any more.
    pub fn say_what_waits(&mut self) -> Option<bool> {
        let mut deferred = Vec::new();
        let mut place = 0;
        while place < self.speaker.outbox.len() {
            let to = self.speaker.outbox[place].to.clone();
            let is_ready = (to.is_some() || self.is_seated) && !deferred.contains(&to);
            if is_ready && self.say(place)? {
                let said = self.speaker.outbox.remove(place);
                self.speaker.said.push(said);
                continue;
            }
            deferred.push(to);
            place += 1;
        }
        self.mend()?;
        Some(self.speaker.outbox.is_empty())
    }

    /// Opens the conversation with a member.
    fn open(&mut self, name: &str) -> Option<Option<ConversationId>> {
        if let (Some(known), 1..) = (self.speaker.with.get(name), self.speaker.random.below(20)) {
            return Some(Some(*known));
        }
        let with = UserName::parse(name).expect("a member's name");
        match self.ask(Request::OpenConversation(OpenConversation { with }))? {
            Ok(Reply::Conversation(entry)) => {
                let known = *self.speaker.with.entry(name.to_owned()).or_insert(entry.conversation);
                assert_eq!(known, entry.conversation, "two conversations with {name}");
                Some(Some(known))
            }
            Err(Denial::Busy { .. } | Denial::Throttled { .. } | Denial::StorageUnavailable {}) => Some(None),
            other => panic!("{}: {other:?}", self.speaker.name),
        }
    }

    /// Asks for something of the outbox to be said. Returns whether it was.
    fn say(&mut self, place: usize) -> Option<bool> {
        let conversation = match self.speaker.outbox[place].to.clone() {
            None => ConversationId::ROOM,
            Some(name) => match self.open(&name)? {
                Some(conversation) => conversation,
                None => return Some(false),
            },
        };
        let utterance = &mut self.speaker.outbox[place];
        utterance.tries += 1;
        self.speaker.count.again += u64::from(utterance.tries > 1);
        let request = Request::Say(utterance.say(conversation));
        let micros = self.speaker.random.below(RECORD_MICROS_MAX);
        // Now and then it is asked for twice in one breath.
        let first = match self.speaker.random.below(8) {
            0 => Some(self.link.send(request.clone())?),
            _ => None,
        };
        let second = self.link.send(request)?;
        self.round.killer.count_record(Duration::from_micros(micros));
        let (mut is_said, mut is_denied) = (false, false);
        for id in first.into_iter().chain([second]) {
            let answer = self.link.answer(id)?;
            self.hear();
            // What was denied once is denied once more for the same reason, which was taken note of.
            if !(is_denied && answer.is_err()) {
                is_denied = answer.is_err();
                is_said |= self.note_said(place, answer, conversation);
            }
        }
        Some(is_said)
    }

    /// Takes the answer to something that was to be said.
    fn note_said(
        &mut self,
        place: usize,
        answer: Result<Reply, Denial>,
        conversation: ConversationId,
    ) -> bool {
        let Speaker { outbox, name, count, .. } = &mut *self.speaker;
        let utterance: &mut Utterance = &mut outbox[place];
        match answer {
            Ok(Reply::Post(post)) => {
                assert_eq!(post.conversation, conversation, "{utterance:?}: {post:?}");
                utterance.expect(name, &post);
                utterance.place = Some((conversation, post.post));
                self.take(post, false);
                return true;
            }
            // It was not said, so the same key may say something else.
            Err(Denial::NoSuchPost {}) if utterance.reply_to.is_some() => utterance.reply_to = None,
            Err(Denial::NoSuchTrack {}) if utterance.card.is_some() => utterance.card = None,
            Err(Denial::NotSeated {}) if conversation == ConversationId::ROOM => self.lose_seat(),
            Err(Denial::Throttled { .. }) => {
                count.throttled += 1;
                std::thread::sleep(LATER);
            }
            Err(Denial::Busy { .. } | Denial::StorageUnavailable {}) => {}
            other => panic!("{name}: {other:?}: {utterance:?}"),
        }
        false
    }

    /// Takes leave.
    pub fn goodbye(mut self) -> Option<()> {
        assert_eq!(self.ask(Request::Goodbye {})?, Ok(Reply::Done {}));
        self.speaker.count.goodbyes += 1;
        Some(())
    }

    /// Goes without a word.
    pub fn break_off(self) -> Option<()> {
        self.link.break_off();
        Some(())
    }
}

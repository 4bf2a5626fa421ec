//! What a client does for no reason: says, edits, deletes, reads, fetches, comes and goes.
//!
//! This file does not know how a log is kept.

use parlour_common::message::{
    Card, ConversationId, Denial, EditPost, FetchCard, FileHash, ListSeats, OnePost, Reply, Request,
    SearchPosts, TransferOutcome,
};
use sha2::{Digest, Sha256};

use super::MEMBERS;
use super::utterance::Deletion;
use super::visit::Visit;

impl Visit<'_> {
    /// Does one thing or another.
    pub fn do_something(&mut self) -> Option<()> {
        match self.speaker.random.below(40) {
            0..20 => {
                self.speaker.think();
                self.say_what_waits()?;
            }
            20..24 => self.edit()?,
            24..26 => self.delete()?,
            26..29 => self.repeat()?,
            29..31 => self.mark_read()?,
            31 => self.see_who_is_there()?,
            32..35 => self.fetch_card()?,
            35 => self.search()?,
            36 => self.leave_and_enter()?,
            37 => assert_eq!(self.ask(Request::Ping {})?, Ok(Reply::Done {})),
            _ => {
                let conversation = self.choose_conversation();
                self.look_back(conversation)?;
            }
        }
        self.mend()
    }

    fn choose_conversation(&mut self) -> ConversationId {
        let known: Vec<ConversationId> = self.speaker.logs.keys().copied().collect();
        if known.is_empty() { ConversationId::ROOM } else { *self.speaker.random.pick(&known) }
    }

    /// Changes a post of one's own, and takes the answer.
    fn edit(&mut self) -> Option<()> {
        let Some(place) = self.speaker.choose_said() else { return Some(()) };
        self.speaker.count.change_asked += 1;
        let version = self.speaker.count.change_asked;
        let said = &mut self.speaker.said[place];
        let (conversation, post) = said.place.expect("it was said");
        let text = format!("{} means something else, {version}", said.word);
        said.perhaps.push(text.clone());
        let answer = self.ask(Request::EditPost(EditPost { conversation, post, text: text.clone() }))?;
        let said = &mut self.speaker.said[place];
        match answer {
            Ok(Reply::Post(post)) => {
                assert_eq!(post.text, text, "{said:?}: {post:?}");
                said.text = text;
                said.expect(&self.speaker.name, &post);
                self.speaker.count.changed += 1;
                self.take(post, false);
            }
            Err(Denial::NoSuchPost {}) if said.deletion != Deletion::Never => said.deletion = Deletion::Done,
            Err(Denial::Busy { .. } | Denial::Throttled { .. } | Denial::StorageUnavailable {}) => {}
            other => panic!("{}: {other:?}: {said:?}", self.speaker.name),
        }
        Some(())
    }

    fn delete(&mut self) -> Option<()> {
        let Some(place) = self.speaker.choose_said() else { return Some(()) };
        self.speaker.count.change_asked += 1;
        let said = &mut self.speaker.said[place];
        let (conversation, post) = said.place.expect("it was said");
        let was_asked = said.deletion != Deletion::Never;
        said.deletion = Deletion::Asked;
        let answer = self.ask(Request::DeletePost(OnePost { conversation, post }))?;
        let said = &mut self.speaker.said[place];
        match answer {
            Ok(Reply::Post(post)) => {
                said.deletion = Deletion::Done;
                assert!(post.deleted_unix_ms.is_some(), "{said:?}: {post:?}");
                said.expect(&self.speaker.name, &post);
                // It may have been done when it was first asked for.
                self.speaker.count.changed += u64::from(!was_asked);
                self.take(post, false);
            }
            Err(Denial::Busy { .. } | Denial::Throttled { .. } | Denial::StorageUnavailable {}) => {}
            other => panic!("{}: {other:?}: {said:?}", self.speaker.name),
        }
        Some(())
    }

    /// Says something again that was answered.
    fn repeat(&mut self) -> Option<()> {
        if self.speaker.said.is_empty() {
            return Some(());
        }
        let place = self.speaker.random.below(self.speaker.said.len() as u64) as usize;
        let said = &self.speaker.said[place];
        let (conversation, _) = said.place.expect("it was said");
        self.speaker.count.repeats += 1;
        let answer = self.ask(Request::Say(said.say(conversation)))?;
        match answer {
            Ok(Reply::Post(post)) => {
                self.speaker.said[place].expect(&self.speaker.name, &post);
                self.take(post, false);
            }
            Err(Denial::NotSeated {}) if conversation == ConversationId::ROOM => {}
            Err(Denial::Busy { .. } | Denial::Throttled { .. } | Denial::StorageUnavailable {}) => {}
            other => panic!("{}: {other:?}: {said:?}", self.speaker.name, said = self.speaker.said[place]),
        }
        Some(())
    }

    fn mark_read(&mut self) -> Option<()> {
        let conversation = self.choose_conversation();
        let newest = self.speaker.logs.get(&conversation).and_then(|log| log.posts().keys().next_back());
        let Some(&post) = newest else { return Some(()) };
        match self.ask(Request::MarkRead(OnePost { conversation, post }))? {
            Ok(Reply::Done {}) => {
                let mark = self.speaker.marks.entry(conversation).or_insert(post);
                *mark = (*mark).max(post);
            }
            Err(Denial::Busy { .. } | Denial::Throttled { .. } | Denial::StorageUnavailable {}) => {}
            other => panic!("{}: {other:?}", self.speaker.name),
        }
        Some(())
    }

    fn see_who_is_there(&mut self) -> Option<()> {
        match self.ask(Request::ListSeats(ListSeats { offset: 0, limit: 200 }))? {
            Ok(Reply::Seats(page)) => {
                let names: Vec<&str> = page.seats.iter().map(|seat| seat.user_name.as_str()).collect();
                let is_by_name = names.windows(2).all(|pair| pair[0] < pair[1]);
                assert!(is_by_name && names.len() == page.participants as usize, "{page:?}");
                assert!(names.len() <= MEMBERS, "{page:?}");
            }
            Err(Denial::Busy { .. } | Denial::Throttled { .. }) => {}
            other => panic!("{}: {other:?}", self.speaker.name),
        }
        Some(())
    }

    /// Fetches a card that is held, and compares its hash.
    pub fn fetch_card(&mut self) -> Option<()> {
        let conversation = self.choose_conversation();
        let Some(log) = self.speaker.logs.get(&conversation) else { return Some(()) };
        let cards = log.posts().values().rev().filter_map(|post| match &post.card {
            Some(Card::File { sha256, .. }) => Some((post.post, *sha256)),
            _ => None,
        });
        let cards: Vec<_> = cards.take(10).collect();
        if cards.is_empty() {
            return Some(());
        }
        let &(post, sha256) = self.speaker.random.pick(&cards);
        let fetch = FetchCard { conversation, post, offset: 0, length: None };
        let start = match self.ask(Request::FetchCard(fetch))? {
            Ok(Reply::FileStart(start)) => start,
            // Deleted meanwhile.
            Err(Denial::NoSuchPost {} | Denial::NoSuchCard {}) => return Some(()),
            Err(Denial::Busy { .. } | Denial::Throttled { .. }) => return Some(()),
            other => panic!("{}: {other:?}", self.speaker.name),
        };
        let mut hasher = Sha256::new();
        let outcome = self.link.client().try_receive_chunks(&start, |_, piece| {
            hasher.update(piece);
            true
        });
        // It may be deleted while it is on its way.
        if outcome? == TransferOutcome::Whole {
            let came = FileHash::new(hasher.finalize().into());
            assert!(came == sha256 && start.sha256 == Some(sha256), "other bytes came: {start:?}");
            self.speaker.count.cards += 1;
        }
        Some(())
    }

    /// Searches for something of one's own.
    pub fn search(&mut self) -> Option<()> {
        let Some(place) = self.speaker.choose_said() else { return Some(()) };
        let said = &self.speaker.said[place];
        let (conversation, post) = said.place.expect("it was said");
        let query = said.word.clone();
        match self.ask(Request::SearchPosts(SearchPosts { conversation, query, before: None, limit: 5 }))? {
            Ok(Reply::PostsFound(found)) => {
                let said = &self.speaker.said[place];
                let is_sure = said.deletion == Deletion::Never;
                let is_found = found.posts.iter().any(|found| found.post == post);
                assert!(is_found || !is_sure, "{said:?} is not among {found:?}");
                found.posts.iter().for_each(|post| self.speaker.witness.see(post));
            }
            Err(Denial::Busy { .. } | Denial::Throttled { .. }) => {}
            other => panic!("{}: {other:?}", self.speaker.name),
        }
        Some(())
    }

    /// Leaves the room and comes back.
    fn leave_and_enter(&mut self) -> Option<()> {
        if self.speaker.random.below(3) == 0 {
            match self.ask(Request::LeaveRoom {})? {
                Ok(Reply::Done {}) => self.lose_seat(),
                Err(Denial::NotSeated {}) if self.speaker.has_twin => {}
                Err(Denial::Busy { .. } | Denial::StorageUnavailable {}) => {}
                other => panic!("{}: {other:?}", self.speaker.name),
            }
        }
        self.enter(false)?;
        self.catch_up(ConversationId::ROOM)
    }
}

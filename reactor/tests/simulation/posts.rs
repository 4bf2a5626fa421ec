//! The model of what the store keeps of the room: seats, conversations, posts.
//!
//! It does not know connections. Nobody there shows cards, mentions anyone or forgets old posts; those are for the
//! tests of the store. `the_model_says_what_the_store_says` holds it against the real one.

use std::collections::BTreeMap;

use parlour_common::limits::EXCERPT_BYTES_MAX;
use parlour_common::message::{
    ConversationEntry, ConversationId, ConversationPage, Denial, ListConversations, Post, PostId, PostPage,
    Quote, ReadFrom, ReadPosts, Revision, SayKey,
};
use parlour_reactor::job::{RoomFound, RoomJob};
use parlour_reactor::store::{Applied, NewPost, Refusal, RoomChange, RoomOutcome, UserId};

use super::records::Records;

/// A conversation, and what was said in it: the post of number n at place n - 1.
#[derive(Debug, Default)]
pub struct Conversation {
    pub members: Option<[UserId; 2]>,
    pub posts: Vec<Post>,
    authors: Vec<UserId>,
    pub revision: u64,
    last_unix_ms: u64,
}

/// All that is kept of the room.
#[derive(Debug)]
pub struct Posts {
    pub seats: BTreeMap<UserId, u64>,
    pub conversations: BTreeMap<ConversationId, Conversation>,
    pub said: BTreeMap<(UserId, SayKey), (ConversationId, PostId)>,
    pub read: BTreeMap<(UserId, ConversationId), PostId>,
}

impl Default for Posts {
    fn default() -> Self {
        Self {
            seats: BTreeMap::new(),
            conversations: BTreeMap::from([(ConversationId::ROOM, Conversation::default())]),
            said: BTreeMap::new(),
            read: BTreeMap::new(),
        }
    }
}

impl Conversation {
    pub fn may_read(&self, user: UserId) -> bool {
        self.members.is_none_or(|members| members.contains(&user))
    }

    fn last(&self) -> PostId {
        PostId(self.posts.len() as u64)
    }

    fn post(&self, post: PostId) -> Result<usize, Refusal> {
        let place = usize::try_from(post.0).unwrap_or(usize::MAX).wrapping_sub(1);
        if place < self.posts.len() { Ok(place) } else { Err(Refusal::NoSuchPost) }
    }

    fn next_revision(&mut self) -> Revision {
        self.revision += 1;
        Revision(self.revision)
    }

    fn outcome(&self, place: usize, news: bool) -> Applied {
        let post = Some(self.posts[place].clone());
        Applied::Room(Box::new(RoomOutcome { post, members: self.members, news, ..RoomOutcome::default() }))
    }
}

fn news(news: bool) -> Applied {
    Applied::Room(Box::new(RoomOutcome { news, ..RoomOutcome::default() }))
}

impl Posts {
    pub fn apply(&mut self, change: &RoomChange, records: &Records) -> Result<Applied, Refusal> {
        let active = |user: UserId| records.user(user).map(|_| user).ok_or(Refusal::NotActive);
        match change {
            RoomChange::TakeSeat { user, at_unix_ms } => {
                let user = active(*user)?;
                let is_new = !self.seats.contains_key(&user);
                self.seats.entry(user).or_insert(*at_unix_ms);
                Ok(news(is_new))
            }
            RoomChange::LeaveSeat { user } => Ok(news(self.seats.remove(user).is_some())),
            RoomChange::OpenDirect { user, with } => {
                let user = active(*user)?;
                if user == *with || records.user(*with).is_none() {
                    return Err(Refusal::NoSuchUser);
                }
                Ok(Applied::Conversation(self.open(Some([user.min(*with), user.max(*with)]))))
            }
            RoomChange::Say(new) => self.say(new, records),
            RoomChange::EditPost { author, conversation, post, text, at_unix_ms } => {
                let (conversation, place) = self.own(active(*author)?, *conversation, *post)?;
                let former = &conversation.posts[place];
                if former.deleted_unix_ms.is_some() {
                    return Err(Refusal::NoSuchPost);
                }
                if former.text == *text {
                    return Ok(conversation.outcome(place, false));
                }
                if text.is_empty() {
                    return Err(Refusal::NothingSaid);
                }
                let revision = conversation.next_revision();
                let former = &mut conversation.posts[place];
                former.text.clone_from(text);
                (former.revision, former.edited_unix_ms) = (revision, Some(*at_unix_ms));
                Ok(conversation.outcome(place, true))
            }
            RoomChange::DeletePost { author, conversation, post, at_unix_ms } => {
                let (conversation, place) = self.own(active(*author)?, *conversation, *post)?;
                if conversation.posts[place].deleted_unix_ms.is_some() {
                    return Ok(conversation.outcome(place, false));
                }
                let revision = conversation.next_revision();
                let former = &mut conversation.posts[place];
                (former.revision, former.deleted_unix_ms) = (revision, Some(*at_unix_ms));
                (former.text, former.reply_to, former.edited_unix_ms) = (String::new(), None, None);
                Ok(conversation.outcome(place, true))
            }
            RoomChange::MarkRead { user, conversation, post } => {
                let found = self.readable(active(*user)?, *conversation)?;
                let members = found.members;
                if *post > found.last() {
                    return Err(Refusal::NoSuchPost);
                }
                let read = self.read.entry((*user, *conversation)).or_insert(PostId(0));
                let news = *post > *read;
                *read = (*read).max(*post);
                Ok(Applied::Room(Box::new(RoomOutcome { members, news, ..RoomOutcome::default() })))
            }
            other => panic!("the simulation makes no such change: {other:?}"),
        }
    }

    fn open(&mut self, members: Option<[UserId; 2]>) -> ConversationId {
        let known = self.conversations.iter().find(|(_, conversation)| conversation.members == members);
        if let Some((id, _)) = known {
            return *id;
        }
        let id = ConversationId(self.conversations.len() as u64);
        self.conversations.insert(id, Conversation { members, ..Conversation::default() });
        id
    }

    fn say(&mut self, new: &NewPost, records: &Records) -> Result<Applied, Refusal> {
        if let Some((conversation, post)) = self.said.get(&(new.author, new.key)) {
            let conversation = &self.conversations[conversation];
            return Ok(conversation.outcome(conversation.post(*post)?, false));
        }
        let author = records.user(new.author).ok_or(Refusal::NotActive)?;
        let conversation = self.readable(author.id, new.conversation)?;
        if new.text.is_empty() {
            return Err(Refusal::NothingSaid);
        }
        let reply_to = new.reply_to.map(|post| quote(conversation, post)).transpose()?;
        let (revision, post) = (conversation.next_revision(), PostId(conversation.last().0 + 1));
        conversation.posts.push(Post {
            conversation: new.conversation,
            post,
            revision,
            author: author.user_name.clone(),
            said_unix_ms: new.at_unix_ms,
            text: new.text.clone(),
            reply_to,
            card: None,
            edited_unix_ms: None,
            deleted_unix_ms: None,
        });
        conversation.authors.push(author.id);
        conversation.last_unix_ms = new.at_unix_ms;
        let outcome = conversation.outcome(conversation.posts.len() - 1, true);
        self.said.insert((new.author, new.key), (new.conversation, post));
        Ok(outcome)
    }

    fn readable(&mut self, user: UserId, id: ConversationId) -> Result<&mut Conversation, Refusal> {
        let found = self.conversations.get_mut(&id).filter(|conversation| conversation.may_read(user));
        found.ok_or(Refusal::NoSuchConversation)
    }

    fn own(
        &mut self,
        author: UserId,
        id: ConversationId,
        post: PostId,
    ) -> Result<(&mut Conversation, usize), Refusal> {
        let conversation = self.readable(author, id)?;
        let place = conversation.post(post)?;
        let is_own = conversation.authors[place] == author;
        if is_own { Ok((conversation, place)) } else { Err(Refusal::NotAuthor) }
    }

    /// Does what a worker does.
    pub fn work(&self, job: RoomJob, records: &Records) -> RoomFound {
        let no_conversation = || RoomFound::Refused(Denial::NoSuchConversation {});
        match job {
            RoomJob::List { user, list } => RoomFound::Conversations(self.list(user, &list, records)),
            RoomJob::Find { user, conversation } => {
                let entry = self.entry(user, conversation, records);
                entry.map_or_else(no_conversation, |entry| RoomFound::Conversation(Box::new(entry)))
            }
            RoomJob::FindMember { user_name } => match records.user_by_name(&user_name) {
                Some(user) => RoomFound::Member(user.id),
                None => RoomFound::Refused(Denial::NoSuchMember {}),
            },
            RoomJob::Read { user, read } => {
                self.page(user, &read).map_or_else(no_conversation, RoomFound::Posts)
            }
            other => unreachable!("{other:?} was not asked for"),
        }
    }

    pub fn entry(&self, user: UserId, id: ConversationId, records: &Records) -> Option<ConversationEntry> {
        let found = self.conversations.get(&id).filter(|conversation| conversation.may_read(user))?;
        let other = found.members.map(|[one, other]| if one == user { other } else { one });
        let with = other.and_then(|other| records.user(other)).map(|other| other.user_name.clone());
        Some(ConversationEntry {
            conversation: id,
            with,
            departed: false,
            first: PostId(1),
            last: found.last(),
            revision: Revision(found.revision),
            read_up_to: self.read.get(&(user, id)).copied().unwrap_or(PostId(0)),
            mentions: 0,
            last_unix_ms: found.last_unix_ms,
        })
    }

    pub fn list(&self, user: UserId, list: &ListConversations, records: &Records) -> ConversationPage {
        let of_two = self
            .conversations
            .iter()
            .filter(|(_, found)| found.members.is_some() && found.may_read(user) && !found.posts.is_empty());
        let mut order: Vec<_> = of_two.map(|(id, found)| (u64::MAX - found.last_unix_ms, *id)).collect();
        order.sort_unstable();
        let all: Vec<_> =
            [ConversationId::ROOM].into_iter().chain(order.into_iter().map(|(_, id)| id)).collect();
        let page = all.iter().skip(list.offset as usize).take(usize::from(list.limit));
        let conversations = page.filter_map(|id| self.entry(user, *id, records)).collect();
        ConversationPage { total: all.len() as u32, conversations }
    }

    /// Returns a page of posts: the texts there are short, so that it never is full before its limit.
    pub fn page(&self, user: UserId, read: &ReadPosts) -> Option<PostPage> {
        let found = self.conversations.get(&read.conversation).filter(|found| found.may_read(user))?;
        let (limit, last) = (usize::from(read.limit), found.posts.len());
        let clamp = |post: u64| usize::try_from(post).unwrap_or(usize::MAX).min(last);
        let (posts, more) = match read.from {
            ReadFrom::Latest {} => (found.posts[last.saturating_sub(limit)..].to_vec(), last > limit),
            ReadFrom::Before(post) => {
                let end = clamp(post.0.saturating_sub(1));
                let begin = end.saturating_sub(limit);
                (found.posts[begin..end].to_vec(), begin > 0)
            }
            ReadFrom::After(post) => {
                let begin = clamp(post.0);
                let end = begin.saturating_add(limit).min(last);
                (found.posts[begin..end].to_vec(), end < last)
            }
            ReadFrom::Around(_) => unreachable!("nobody there jumps"),
            ReadFrom::ChangedAfter(revision) => {
                let mut posts: Vec<_> =
                    found.posts.iter().filter(|post| post.revision > revision).cloned().collect();
                posts.sort_unstable_by_key(|post| post.revision);
                let more = posts.len() > limit;
                posts.truncate(limit);
                (posts, more)
            }
        };
        let (conversation, revision) = (read.conversation, Revision(found.revision));
        Some(PostPage { conversation, posts, first: PostId(1), last: found.last(), revision, more })
    }
}

fn quote(conversation: &Conversation, post: PostId) -> Result<Quote, Refusal> {
    let quoted = &conversation.posts[conversation.post(post)?];
    if quoted.deleted_unix_ms.is_some() {
        return Err(Refusal::NoSuchPost);
    }
    let text = &quoted.text;
    let excerpt = text[..text.floor_char_boundary(EXCERPT_BYTES_MAX)].trim_end().to_owned();
    Ok(Quote { post, author: quoted.author.clone(), excerpt })
}

//! Reading conversations and posts, page by page. No page costs more where the history is longer.
//!
//! This file does not know who asks, beyond whose conversations are which.

use std::ops::Bound::Included;

use parlour_common::limits::{
    CONVERSATIONS_PER_PAGE_MAX, MENTIONS_COUNTED_MAX, MESSAGE_BYTES_MAX, POSTS_PER_PAGE_MAX,
};
use parlour_common::message::{
    ConversationEntry, ConversationId, ConversationPage, ListConversations, Post, PostId, PostPage, ReadFrom,
    ReadPosts, Revision,
};

use super::super::engine::{Engine, Read, encoded_bytes};
use super::super::error::StoreError;
use super::super::files::name_of;
use super::super::tables::{
    CONVERSATIONS_OF, Key, MENTIONS, Newest, POST_CHANGES, POSTS, READ_UP_TO, USERS, UserId,
};
use super::posts::conversation;
use super::records::ConversationRecord;

/// The posts of a page take so much at most, in bytes as they are told: the message around them has the rest.
const PAGE_BYTES_MAX: usize = 48 * 1024;

// A post, and what is around a page, fit into what is left.
const _: () = assert!(PAGE_BYTES_MAX + 8 * 1024 <= MESSAGE_BYTES_MAX);

/// How often a page is read anew while the conversation goes on. After that some posts of it may be newer than the
/// state it names: they are told once more to whoever asks what changed since.
const TRIES_MAX: u32 = 8;

/// A conversation, if a member may read it.
pub(super) fn readable(
    engine: &Engine,
    user: UserId,
    id: ConversationId,
) -> Result<Option<ConversationRecord>, StoreError> {
    Ok(conversation(engine, id)?.filter(|record| record.may_read(user)))
}

/// Returns a conversation as a member sees it.
pub(super) fn entry(
    engine: &Engine,
    user: UserId,
    id: ConversationId,
) -> Result<Option<ConversationEntry>, StoreError> {
    let Some(record) = readable(engine, user, id)? else { return Ok(None) };
    let (mut with, mut departed) = (None, false);
    if let Some(other) = record.other(user) {
        with = name_of(engine, other)?;
        departed = !engine.has(USERS, &other)?;
    }
    let read_up_to = engine.get(READ_UP_TO, &(user, id))?.unwrap_or(PostId(0));
    let ConversationRecord { first, last, revision, last_unix_ms, .. } = record;
    Ok(Some(ConversationEntry {
        conversation: id,
        with,
        departed,
        first,
        last,
        revision,
        read_up_to,
        mentions: mentions_after(engine, user, id, read_up_to)?,
        last_unix_ms,
    }))
}

fn mentions_after(
    engine: &Engine,
    user: UserId,
    id: ConversationId,
    post: PostId,
) -> Result<u32, StoreError> {
    let mut count = 0;
    for row in engine.records(MENTIONS, Included((user, (id, PostId(post.0 + 1))).to_bytes())) {
        let ((mentioned, (of, _)), ()) = row?;
        if (mentioned, of) != (user, id) || count == MENTIONS_COUNTED_MAX {
            break;
        }
        count += 1;
    }
    Ok(count)
}

/// Returns a page of the conversations of a member.
pub(super) fn conversations(
    engine: &Engine,
    user: UserId,
    list: &ListConversations,
) -> Result<ConversationPage, StoreError> {
    let limit = usize::from(list.limit.min(CONVERSATIONS_PER_PAGE_MAX));
    let (mut total, mut conversations) = (0_u32, Vec::new());
    let mut count = |id: ConversationId| {
        if total >= list.offset && conversations.len() < limit {
            conversations.extend(entry(engine, user, id)?);
        }
        total = total.saturating_add(1);
        Ok::<(), StoreError>(())
    };
    count(ConversationId::ROOM)?;
    let from = (user, (Newest(u64::MAX), ConversationId(0))).to_bytes();
    for row in engine.records(CONVERSATIONS_OF, Included(from)) {
        let ((of, (Newest(last_unix_ms), id)), ()) = row?;
        // Those in which nothing was said come last, and are not shown.
        if of != user || last_unix_ms == 0 {
            break;
        }
        count(id)?;
    }
    Ok(ConversationPage { total, conversations })
}

/// Posts in the making of a page.
pub(super) struct Pile {
    posts: Vec<Post>,
    limit: usize,
    left_bytes: usize,
}

impl Pile {
    /// Begins with none.
    pub(super) fn new(limit: u16) -> Self {
        let limit = usize::from(limit.clamp(1, POSTS_PER_PAGE_MAX));
        Self { posts: Vec::new(), limit, left_bytes: PAGE_BYTES_MAX }
    }

    /// Adds a post if it fits; the first one always does. Returns whether it did.
    pub(super) fn add(&mut self, post: Post) -> Result<bool, StoreError> {
        let bytes = encoded_bytes(POSTS.name, &post)?;
        let fits = self.posts.is_empty() || (self.posts.len() < self.limit && bytes <= self.left_bytes);
        if fits {
            self.left_bytes = self.left_bytes.saturating_sub(bytes);
            self.posts.push(post);
        }
        Ok(fits)
    }

    /// Tells whether it has as many posts as were asked for.
    pub(super) fn is_full(&self) -> bool {
        self.posts.len() >= self.limit
    }

    /// Returns the posts as they were added.
    pub(super) fn into_posts(self) -> Vec<Post> {
        self.posts
    }
}

/// Returns posts of a conversation.
pub(super) fn posts(engine: &Engine, user: UserId, read: &ReadPosts) -> Result<Option<PostPage>, StoreError> {
    let mut page = posts_once(engine, user, read)?;
    // What is written meanwhile would make a page of two states.
    for _ in 0..TRIES_MAX {
        let now = readable(engine, user, read.conversation)?;
        let is_of_one_state = match (&page, &now) {
            (Some(page), Some(now)) => (page.revision, page.first) == (now.revision, now.first),
            (page, now) => page.is_none() == now.is_none(),
        };
        if is_of_one_state {
            break;
        }
        page = posts_once(engine, user, read)?;
    }
    Ok(page)
}

fn posts_once(engine: &Engine, user: UserId, read: &ReadPosts) -> Result<Option<PostPage>, StoreError> {
    let Some(record) = readable(engine, user, read.conversation)? else { return Ok(None) };
    let pages = Pages { engine, id: read.conversation, record };
    let pile = Pile::new(read.limit);
    let (posts, more) = match read.from {
        ReadFrom::Latest {} => pages.before(record.last.0.saturating_add(1), pile)?,
        ReadFrom::Before(post) => pages.before(post.0, pile)?,
        ReadFrom::After(post) => pages.after(post.0, pile)?,
        ReadFrom::Around(post) => pages.around(post, pile)?,
        ReadFrom::ChangedAfter(revision) => pages.changed_after(revision, pile)?,
    };
    let ConversationRecord { first, last, revision, .. } = record;
    Ok(Some(PostPage { conversation: read.conversation, posts, first, last, revision, more }))
}

/// A conversation that is read.
struct Pages<'a> {
    engine: &'a Engine,
    id: ConversationId,
    record: ConversationRecord,
}

impl Pages<'_> {
    fn post(&self, post: u64) -> Result<Option<Post>, StoreError> {
        let record = self.engine.get(POSTS, &(self.id, PostId(post)))?;
        Ok(record.map(|record| record.into_post(self.id, PostId(post))))
    }

    /// The newest of those before a post, and whether there are more.
    fn before(&self, post: u64, mut pile: Pile) -> Result<(Vec<Post>, bool), StoreError> {
        let (first, last) = (self.record.first.0, self.record.last.0);
        let mut next = post.saturating_sub(1).min(last);
        while next >= first && !pile.is_full() {
            // One that is gone was swept away meanwhile, and all before it.
            let Some(post) = self.post(next)? else { return Ok((reversed(pile), false)) };
            if !pile.add(post)? {
                break;
            }
            next -= 1;
        }
        Ok((reversed(pile), next >= first))
    }

    /// The oldest of those after a post, and whether there are more.
    fn after(&self, post: u64, mut pile: Pile) -> Result<(Vec<Post>, bool), StoreError> {
        let mut next = post.saturating_add(1).max(self.record.first.0);
        while next <= self.record.last.0 && !pile.is_full() {
            // One that is gone was swept away meanwhile: the page begins after it.
            if let Some(post) = self.post(next)?
                && !pile.add(post)?
            {
                break;
            }
            next += 1;
        }
        Ok((pile.into_posts(), next <= self.record.last.0))
    }

    /// A post and those next to it, in turns before and after it, and whether there are more on any side.
    fn around(&self, post: PostId, mut pile: Pile) -> Result<(Vec<Post>, bool), StoreError> {
        let (first, last) = (self.record.first.0, self.record.last.0);
        if first > last {
            return Ok((Vec::new(), false));
        }
        let middle = post.0.clamp(first, last);
        // The next ones on either side.
        let (mut newer, mut older) = (middle, middle - 1);
        let mut fits = true;
        while fits && !pile.is_full() && (newer <= last || older >= first) {
            let takes_newer = newer <= last && (newer - middle <= middle - older || older < first);
            let next = if takes_newer { newer } else { older };
            let Some(post) = self.post(next)? else { break };
            fits = pile.add(post)?;
            match takes_newer {
                _ if !fits => {}
                true => newer += 1,
                false => older -= 1,
            }
        }
        let mut posts = pile.into_posts();
        posts.sort_unstable_by_key(|post| post.post);
        Ok((posts, newer <= last || older >= first))
    }

    /// Those that became what they are since a state, and whether there are more.
    fn changed_after(&self, revision: Revision, mut pile: Pile) -> Result<(Vec<Post>, bool), StoreError> {
        let from = (self.id, Revision(revision.0.saturating_add(1))).to_bytes();
        for row in self.engine.records(POST_CHANGES, Included(from)) {
            let ((id, revision), post) = row?;
            if id != self.id || revision > self.record.revision {
                return Ok((pile.into_posts(), false));
            }
            if pile.is_full() {
                return Ok((pile.into_posts(), true));
            }
            // One that is another by now stands behind the state that this page is of.
            let post = self.post(post.0)?.filter(|post| post.revision == revision);
            if let Some(post) = post
                && !pile.add(post)?
            {
                return Ok((pile.into_posts(), true));
            }
        }
        Ok((pile.into_posts(), false))
    }
}

fn reversed(pile: Pile) -> Vec<Post> {
    let mut posts = pile.into_posts();
    posts.reverse();
    posts
}

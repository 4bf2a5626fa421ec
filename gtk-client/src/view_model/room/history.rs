//! What is fetched of a conversation, and when: its end, what lies next to what is held, what changed meanwhile.
//!
//! This file does not know how posts become rows (`timeline.rs`), nor who is told of them.

use parlour_common::limits::POSTS_PER_PAGE_MAX;
use parlour_common::message::{
    ConversationId, Denial, Post, PostId, PostPage, ReadFrom, ReadPosts, Reply, Request, Revision,
};

use super::timeline::{Merged, TimelineChange};
use super::{Alarm, Asked, Room, Timeline, Told, View};
use crate::network::Answer;
use crate::view_model::fetch::fault_of;
use crate::view_model::{Effect, Notice, Problem};

/// The rows before an end of what is held at which more is fetched: about three screens.
const ROWS_AHEAD: u32 = 60;

/// Posts that are missing at the end up to which they are fetched one page after the other; beyond, the list begins
/// anew at its end.
const MISSING_MAX: u64 = 8 * POSTS_PER_PAGE_MAX as u64;

/// Unread posts beyond which one begins to read at the first of them instead of at the end.
const UNREAD_AT_END_MAX: u64 = POSTS_PER_PAGE_MAX as u64 / 2;

/// Changes that are told while a page is on its way, which may be older than they are; beyond, what changed is asked
/// for.
const TOLD_MEANWHILE_MAX: usize = 256;

/// What is to be shown once it is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    Post(PostId),
    Newest,
}

/// How far what is held of a conversation has come.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Whether a first answer has come.
    is_here: bool,
    pub(super) failed: Option<Problem>,
    /// The state as of which everything that is held is.
    revision: Revision,
    /// Whether every later change is told, and taken.
    is_current: bool,
    /// Whether what is held is to reach to the end.
    wants_end: bool,
    asked: Option<(u32, ReadFrom)>,
    next: Option<ReadFrom>,
    /// Whether what is held is replaced by what comes.
    begins_anew: bool,
    /// What is to be shown once it is here.
    goal: Option<Goal>,
    /// What was told while a page was on its way.
    told: Vec<Post>,
}

impl History {
    /// Takes it that changes are not told any more.
    pub(super) fn interrupt(&mut self) {
        self.is_current = false;
    }

    /// Takes it that changes are told from a state on.
    pub(super) fn resume_at(&mut self, revision: Revision) {
        self.is_current |= self.is_here && self.asked.is_none() && self.revision == revision;
    }

    fn note_told(&mut self, post: &Post) {
        if self.asked.is_some() && self.told.len() <= TOLD_MEANWHILE_MAX {
            self.told.push(post.clone());
        }
        if self.is_current {
            self.revision = self.revision.max(post.revision);
        }
    }
}

impl Room {
    /// Returns what the page shows of the conversation.
    pub fn view(&self) -> View {
        let history = self.histories.get(&self.conversation());
        let failed = history.and_then(|history| history.failed.clone());
        match failed {
            _ if !self.shown.borrow().is_empty() => View::Timeline,
            Some(problem) => View::Failed(problem),
            None if history.is_some_and(|history| history.is_here) => View::Empty,
            None => View::Loading,
        }
    }

    /// Fetches what is wanted of a conversation that one comes to.
    pub(super) fn begin_history(&mut self, conversation: ConversationId) -> Vec<Effect> {
        let talk = self.conversations.talk(conversation);
        let unread = talk.map_or(0, super::Talk::unread);
        let first_unread = talk.map(|talk| PostId(talk.first_unread()));
        let history = self.histories.entry(conversation).or_default();
        history.failed = None;
        if history.is_here {
            return self.catch_up(conversation);
        }
        match first_unread.filter(|_| unread > UNREAD_AT_END_MAX) {
            Some(post) => self.read(conversation, ReadFrom::Around(post)),
            None => {
                history.wants_end = true;
                self.read(conversation, ReadFrom::Latest {})
            }
        }
    }

    /// Fetches what changed since what is held was fetched.
    pub(super) fn catch_up(&mut self, conversation: ConversationId) -> Vec<Effect> {
        let Some(history) = self.histories.get_mut(&conversation) else { return Vec::new() };
        match (history.is_here, history.is_current) {
            (true, true) => Vec::new(),
            (true, false) => {
                let since = history.revision;
                self.read(conversation, ReadFrom::ChangedAfter(since))
            }
            (false, _) => self.begin_anew(conversation),
        }
    }

    fn begin_anew(&mut self, conversation: ConversationId) -> Vec<Effect> {
        let history = self.histories.entry(conversation).or_default();
        history.begins_anew = true;
        history.wants_end = true;
        self.read(conversation, ReadFrom::Latest {})
    }

    fn read(&mut self, conversation: ConversationId, from: ReadFrom) -> Vec<Effect> {
        let history = self.histories.entry(conversation).or_default();
        match history.asked {
            Some((_, asked)) if asked == from => return Vec::new(),
            Some(_) => {
                history.next = Some(from);
                return Vec::new();
            }
            None => {}
        }
        let request = Request::ReadPosts(ReadPosts { conversation, from, limit: POSTS_PER_PAGE_MAX });
        let effect = self.ask(Asked::Posts { conversation, from }, request);
        if let (Some(history), Effect::Ask { key, .. }) = (self.histories.get_mut(&conversation), &effect) {
            history.asked = Some((*key, from));
        }
        vec![effect]
    }

    /// Fetches what lies next to what is looked at, if its end is near.
    pub(super) fn read_ahead(&mut self) -> Vec<Effect> {
        let (conversation, Some((first, last))) = (self.conversation(), self.looked_at) else {
            return Vec::new();
        };
        let wanted = {
            let shown = self.shown.borrow();
            let Some((oldest, newest)) = shown.span() else { return Vec::new() };
            let is_near_end = last.saturating_add(ROWS_AHEAD) >= shown.len();
            if first < ROWS_AHEAD && !shown.is_at_start() {
                Some(ReadFrom::Before(oldest))
            } else if is_near_end && !shown.is_at_end() {
                Some(ReadFrom::After(newest))
            } else {
                None
            }
        };
        let is_idle = self.histories.get(&conversation).is_some_and(|history| history.asked.is_none());
        wanted
            .filter(|_| is_idle && self.is_linked)
            .map(|from| self.read(conversation, from))
            .unwrap_or_default()
    }

    /// Shows a post, wherever it is.
    pub(super) fn go_to(&mut self, post: PostId) -> Vec<Effect> {
        if let Some(row) = self.near_row(post) {
            return vec![Effect::Timeline(TimelineChange::Show { row })];
        }
        let conversation = self.conversation();
        let history = self.histories.entry(conversation).or_default();
        history.goal = Some(Goal::Post(post));
        history.wants_end = false;
        self.read(conversation, ReadFrom::Around(post))
    }

    /// Returns the row of a post, near enough to be led to. `None` where it is not held.
    fn near_row(&mut self, post: PostId) -> Option<u32> {
        let mut shown = self.shown.borrow_mut();
        if shown.come_near(post, self.looked_at) {
            self.looked_at = None;
        }
        shown.row_of_post(post)
    }

    /// Leads to the newest post that is held.
    fn near_end(&mut self) -> Effect {
        let newest = self.shown.borrow().span();
        newest.and_then(|(_, newest)| self.near_row(newest));
        Effect::Timeline(TimelineChange::ShowNewest)
    }

    /// Shows the newest post.
    pub(super) fn go_to_newest(&mut self) -> Vec<Effect> {
        if self.shown.borrow().is_at_end() {
            return vec![self.near_end()];
        }
        let conversation = self.conversation();
        self.histories.entry(conversation).or_default().goal = Some(Goal::Newest);
        self.begin_anew(conversation)
    }

    /// Takes something that was said, by whoever told it: the daemon unasked, or as an answer.
    pub(super) fn take_post(&mut self, post: &Post, is_new: bool) -> Vec<Effect> {
        let conversation = post.conversation;
        let Some(history) = self.histories.get_mut(&conversation) else { return Vec::new() };
        history.note_told(post);
        if !history.is_here {
            return Vec::new();
        }
        let merged = self.with_timeline(conversation, |timeline| match is_new {
            true => timeline.take_said(post),
            false => {
                timeline.merge(post);
                Merged::Taken
            }
        });
        if merged == Some(Merged::Gap) { self.close_gap(conversation) } else { Vec::new() }
    }

    /// Fetches what is missing at the end, where what is held is to reach there.
    fn close_gap(&mut self, conversation: ConversationId) -> Vec<Effect> {
        let held = |timeline: &mut Timeline| (timeline.is_at_end(), timeline.missing(), timeline.span());
        let Some((is_at_end, missing, span)) = self.with_timeline(conversation, held) else {
            return Vec::new();
        };
        let wants_end = self.histories.get(&conversation).is_some_and(|history| history.wants_end);
        if is_at_end || !wants_end {
            return Vec::new();
        }
        match span {
            Some((_, newest)) if missing <= MISSING_MAX => self.read(conversation, ReadFrom::After(newest)),
            _ => self.begin_anew(conversation),
        }
    }

    /// Takes an answer to what was asked of a conversation.
    pub(super) fn take_posts(
        &mut self,
        key: u32,
        conversation: ConversationId,
        from: ReadFrom,
        answer: Answer,
    ) -> Vec<Effect> {
        let Some(history) = self.histories.get_mut(&conversation) else { return Vec::new() };
        if history.asked.map(|(asked, _)| asked) != Some(key) {
            return Vec::new();
        }
        history.asked = None;
        let mut effects = match answer {
            Answer::Reply(Reply::Posts(page)) => self.take_page(conversation, from, &page),
            Answer::Denied(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                history.next.get_or_insert(from);
                return vec![Effect::WakeAfter(Alarm::History, retry_after_ms)];
            }
            // It is caught up with when the link is back.
            Answer::Lost => {
                history.told.clear();
                history.next = None;
                return Vec::new();
            }
            answer => {
                history.told.clear();
                history.failed = Some(fault_of(answer));
                Vec::new()
            }
        };
        effects.extend(self.read_next(conversation));
        effects
    }

    /// Asks for what was wanted meanwhile.
    fn read_next(&mut self, conversation: ConversationId) -> Vec<Effect> {
        let history = self.histories.get_mut(&conversation);
        let next = history.filter(|history| history.asked.is_none()).and_then(|history| history.next.take());
        next.map(|from| self.read(conversation, from)).unwrap_or_default()
    }

    /// Goes on after a pause.
    pub(super) fn wake_history(&mut self) -> Vec<Effect> {
        let all: Vec<ConversationId> = self.histories.keys().copied().collect();
        all.into_iter().flat_map(|conversation| self.read_next(conversation)).collect()
    }

    fn take_page(&mut self, conversation: ConversationId, from: ReadFrom, page: &PostPage) -> Vec<Effect> {
        let is_told = self.is_told(conversation);
        let Some(history) = self.histories.get_mut(&conversation) else { return Vec::new() };
        let told = std::mem::take(&mut history.told);
        let is_anew = matches!(from, ReadFrom::Latest {}) && std::mem::take(&mut history.begins_anew);
        let was_here = std::mem::replace(&mut history.is_here, true);
        history.failed = None;
        let changed = matches!(from, ReadFrom::ChangedAfter(_));
        if changed && page.more {
            return self.begin_anew(conversation);
        }
        let known = |timeline: &mut Timeline| timeline.last_known();
        let since = if was_here { self.with_timeline(conversation, known) } else { None };
        let put = |timeline: &mut Timeline| {
            let before = timeline.span();
            if is_anew {
                timeline.forget();
            }
            let merged = timeline.take_page(page, from);
            for post in &told {
                timeline.take_said(post);
            }
            (merged, before.is_none_or(|(first, _)| is_anew || timeline.post(first).is_none()))
        };
        let (merged, is_other) = self.with_timeline(conversation, put).unwrap_or((Merged::Taken, false));
        // What was said behind a place in the middle that one looks at is fetched when one comes there.
        let wants_end = self.histories.get(&conversation).is_some_and(|history| history.wants_end);
        if changed && merged == Merged::Gap && wants_end {
            return self.begin_anew(conversation);
        }
        let newest = told.iter().map(|post| post.revision).max().unwrap_or_default();
        if let Some(history) = self.histories.get_mut(&conversation)
            && (changed || is_other)
        {
            history.revision = page.revision.max(newest);
            history.is_current = is_told && told.len() <= TOLD_MEANWHILE_MAX;
        }
        let mut effects = self.save_new(page, since);
        effects.extend(self.after_page(conversation, is_other));
        if !page.posts.is_empty() {
            // A page that brings nothing is not asked for again: what is missing is told, or comes with the next one.
            effects.extend(self.close_gap(conversation));
        }
        effects
    }

    /// Goes on once a page is with what is held.
    fn after_page(&mut self, conversation: ConversationId, is_other: bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        let is_told = self.is_told(conversation);
        let is_at_end = self.with_timeline(conversation, |timeline| timeline.is_at_end()).unwrap_or(false);
        let history = self.histories.entry(conversation).or_default();
        history.wants_end |= is_at_end;
        if is_told && !history.is_current {
            let since = history.revision;
            effects.extend(self.read(conversation, ReadFrom::ChangedAfter(since)));
        }
        if conversation == self.conversation() {
            effects.extend(self.show_goal(is_other));
        }
        effects
    }

    /// Shows what was to be shown once it is here.
    fn show_goal(&mut self, is_other: bool) -> Vec<Effect> {
        let conversation = self.conversation();
        let goal = self.histories.get_mut(&conversation).and_then(|history| history.goal.take());
        if is_other {
            self.begin_reading();
        }
        let effect = match goal {
            Some(Goal::Post(post)) => match self.near_row(post) {
                Some(row) => Effect::Timeline(TimelineChange::Show { row }),
                None => Effect::Say(Notice::Room(Told::PostGone)),
            },
            Some(Goal::Newest) => self.near_end(),
            None if !is_other => return Vec::new(),
            None => {
                let begin = self.shown.borrow().row_of_new();
                let begin = begin.map_or(TimelineChange::ShowNewest, |row| TimelineChange::Begin { row });
                Effect::Timeline(begin)
            }
        };
        vec![effect]
    }
}

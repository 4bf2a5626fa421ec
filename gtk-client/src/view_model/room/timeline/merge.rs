//! How what comes is put with what is held: by number, and of two states of one post the later one.
//!
//! This file does not ask for what is missing; it says that something is.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use parlour_common::message::{Post, PostId, PostPage, ReadFrom, SeatsChanged};

use super::rows::{Place, Rank};
use super::{Known, PendingRow, RowId, SEAT_LINES_MAX, SeatLine, Timeline, TimelineChange};

/// Posts that are held of a conversation, however long it is: a list of GTK 4.8 whose rows have heights of their own shows
/// none of them once there are some thousands. What is let go at the far end comes back from there.
pub(super) const POSTS_HELD_MAX: usize = 2_000;

/// A list of GTK 4.8 builds the rows around where it is, and shows nothing when it is led to one that is farther away, so
/// nobody is led there within the list.
const FAR_ROWS: u32 = 150;

/// Posts on either side of one that is led to from afar.
const POSTS_AROUND: u64 = 32;

/// So many more may be held, so that it is seldom that some are let go.
pub(super) const POSTS_OVER_MAX: usize = 256;

/// The length of a day, in seconds.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// What became of what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merged {
    /// It is with what is held.
    Taken,
    /// It does not follow what is held: what lies between is missing.
    Gap,
}

impl Timeline {
    /// Tells whether the newest post is held, or there is none.
    pub fn is_at_end(&self) -> bool {
        self.posts.back().map_or(self.last < self.first, |post| post.post >= self.last)
    }

    /// Tells whether the oldest post is held, or there is none.
    pub fn is_at_start(&self) -> bool {
        self.posts.front().map_or(self.last < self.first, |post| post.post <= self.first)
    }

    /// Returns the oldest post and the newest one that are held.
    pub(in super::super) fn span(&self) -> Option<(PostId, PostId)> {
        Some((self.posts.front()?.post, self.posts.back()?.post))
    }

    /// Returns the newest post of the conversation, as far as is known.
    pub(in super::super) fn last_known(&self) -> PostId {
        self.last
    }

    /// Returns how many posts there are behind those that are held.
    pub(in super::super) fn missing(&self) -> u64 {
        self.posts.back().map_or(self.last.0, |post| self.last.0.saturating_sub(post.post.0))
    }

    /// Takes posts that were asked for.
    pub(in super::super) fn take_page(&mut self, page: &PostPage, from: ReadFrom) -> Merged {
        self.last = self.last.max(page.last);
        self.first = self.first.max(page.first);
        if matches!(from, ReadFrom::ChangedAfter(_)) {
            return self.take_changed(page);
        }
        let Some((first, last)) =
            page.posts.first().map(|post| post.post).zip(page.posts.last().map(|post| post.post))
        else {
            self.drop_swept();
            return Merged::Taken;
        };
        let touches = self
            .span()
            .is_some_and(|(held_first, held_last)| first.0 <= held_last.0 + 1 && last.0 + 1 >= held_first.0);
        match (touches, from) {
            (true, _) => self.join(&page.posts),
            // What was asked for next to what was held then is of no use next to what is held now.
            (false, ReadFrom::Before(_) | ReadFrom::After(_)) if !self.posts.is_empty() => {
                return Merged::Gap;
            }
            (false, _) => self.begin_with(&page.posts),
        }
        self.drop_swept();
        Merged::Taken
    }

    fn take_changed(&mut self, page: &PostPage) -> Merged {
        let mut new: Vec<&Post> = page.posts.iter().filter(|post| !self.merge(post)).collect();
        let Some((_, held_last)) = self.span() else { return Merged::Gap };
        new.retain(|post| post.post > held_last);
        new.sort_by_key(|post| post.post);
        if !new.iter().zip(held_last.0 + 1..).all(|(post, number)| post.post.0 == number) {
            return Merged::Gap;
        }
        let new: Vec<Post> = new.into_iter().cloned().collect();
        self.join(&new);
        self.drop_swept();
        Merged::Taken
    }

    /// Takes something that was said just now.
    pub(in super::super) fn take_said(&mut self, post: &Post) -> Merged {
        let was_at_end = self.is_at_end();
        self.last = self.last.max(post.post);
        if self.merge(post) {
            return Merged::Taken;
        }
        let next = self.posts.back().map(|last| last.post.0 + 1);
        if next.map_or(was_at_end, |next| next == post.post.0) {
            self.join(std::slice::from_ref(post));
            return Merged::Taken;
        }
        Merged::Gap
    }

    /// Takes the later state of a post. Tells whether the post is held.
    pub(in super::super) fn merge(&mut self, post: &Post) -> bool {
        let holds = |(first, last): &(PostId, PostId)| (*first..=*last).contains(&post.post);
        let Some((first, _)) = self.span().filter(holds) else { return false };
        let at = usize::try_from(post.post.0 - first.0).ok();
        if let Some(held) = at.and_then(|at| self.posts.get_mut(at))
            && held.revision < post.revision
        {
            *held = Arc::new(post.clone());
            self.repaint(post.post);
        }
        true
    }

    /// Begins anew with these posts, which are without gaps.
    fn begin_with(&mut self, posts: &[Post]) {
        self.posts = posts.iter().cloned().map(Arc::new).collect();
        self.begin_rows();
    }

    /// Lists all rows anew.
    fn begin_rows(&mut self) {
        self.stale.clear();
        let Some((first, last)) = self.span() else { return };
        // Who came before anything was said stays above it.
        let start = if first.0 == 1 { 0 } else { first.0 };
        let places = self.places_of(start..last.0 + 1);
        self.places.replace(places);
    }

    /// Puts posts with those that are held, which they touch or overlap.
    fn join(&mut self, posts: &[Post]) {
        let Some((held_first, held_last)) = self.span() else {
            if !posts.is_empty() {
                self.begin_with(posts);
            }
            return;
        };
        let mut older = VecDeque::new();
        let mut newer = Vec::new();
        for post in posts {
            if post.post < held_first {
                older.push_back(Arc::new(post.clone()));
            } else if post.post > held_last {
                newer.push(Arc::new(post.clone()));
            } else {
                self.merge(post);
            }
        }
        if let Some(first) = older.front().map(|post| post.post.0) {
            for post in older.into_iter().rev() {
                self.posts.push_front(post);
            }
            self.list(first..held_first.0 + 1);
            self.repaint(held_first);
            self.grew_above = true;
        }
        if let Some(first) = newer.first().map(|post| post.post.0) {
            self.posts.extend(newer);
            let end = self.posts.back().map_or(first, |post| post.post.0) + 1;
            self.list(first..end);
            self.grew_above = false;
        }
    }

    /// Lets posts go where too many are held, at the end away from where the last ones came in. Returns whether it did.
    /// It is to be told apart from what came in: one change that covers both would be one of all rows.
    pub(in super::super) fn shorten(&mut self) -> bool {
        if self.posts.len() <= POSTS_HELD_MAX + POSTS_OVER_MAX {
            return false;
        }
        if self.grew_above {
            self.forget_newest();
        } else {
            self.drop_front(self.posts.len() - POSTS_HELD_MAX);
        }
        true
    }

    /// Lists the rows of these posts anew.
    fn list(&mut self, posts: Range<u64>) {
        let rows = self.places.rows_of(posts.clone());
        let places = self.places_of(posts);
        self.places.put(rows, &places);
    }

    fn places_of(&self, posts: Range<u64>) -> Vec<Place> {
        let mut places = Vec::new();
        let mut before = posts.start.checked_sub(1).and_then(|before| self.day_of(PostId(before)));
        for post in posts {
            let day = self.day_of(PostId(post));
            if day.is_some() && day != before {
                places.push(Place { post, rank: Rank::Day });
            }
            before = day;
            if self.new_from == Some(PostId(post)) {
                places.push(Place { post, rank: Rank::New });
            }
            if day.is_some() {
                places.push(Place { post, rank: Rank::Post });
            }
            let lines = self.seat_lines.partition_point(|(place, _)| place.post < post);
            let of_post = self.seat_lines.iter().skip(lines).take_while(|(place, _)| place.post == post);
            places.extend(of_post.map(|(place, _)| *place));
        }
        places
    }

    /// Returns on which day a post was said where one is.
    fn day_of(&self, post: PostId) -> Option<i64> {
        let said = self.post(post)?.said_unix_ms;
        let seconds = i64::try_from(said / 1000).unwrap_or(i64::MAX);
        Some(seconds.saturating_add((self.local_time)(said)).div_euclid(DAY_SECONDS))
    }

    /// Forgets all posts, but not what is still to be said.
    pub(in super::super) fn forget(&mut self) {
        self.posts.clear();
        self.stale.clear();
        self.places.replace(Vec::new());
    }

    /// Takes the place of another timeline, which had so many rows.
    pub(in super::super) fn follows(&mut self, was: u32) {
        self.stale.clear();
        self.places.follow(was);
    }

    /// Forgets posts that are not kept any more.
    fn drop_swept(&mut self) {
        let first = self.first.0;
        let swept = self.posts.iter().take_while(|post| post.post.0 < first).count();
        self.drop_front(swept);
    }

    /// Holds on only to what is around a post where that stands far from what is looked at: all rows are others then.
    /// Returns whether it did.
    pub(in super::super) fn come_near(&mut self, post: PostId, looked_at: Option<(u32, u32)>) -> bool {
        let Some(row) = self.row_of_post(post).filter(|_| self.len() > FAR_ROWS) else { return false };
        let near =
            |(first, last): (u32, u32)| row + FAR_ROWS >= first && row <= last.saturating_add(FAR_ROWS);
        if looked_at.is_some_and(near) {
            return false;
        }
        let kept = post.0.saturating_sub(POSTS_AROUND)..=post.0 + POSTS_AROUND;
        self.posts.retain(|held| kept.contains(&held.post.0));
        self.begin_rows();
        true
    }

    fn drop_front(&mut self, count: usize) {
        let Some((first, _)) = self.span().filter(|_| count > 0) else { return };
        self.posts.drain(..count);
        let end = first.0 + count as u64;
        let rows = self.places.rows_of(0..end);
        self.places.put(rows, &[]);
        if !self.posts.is_empty() {
            // The first of those that stay begins a day.
            self.list(end..end + 1);
            self.repaint(PostId(end));
        }
    }

    fn forget_newest(&mut self) {
        let count = self.posts.len().saturating_sub(POSTS_HELD_MAX);
        let Some((_, last)) = self.span().filter(|_| count > 0) else { return };
        self.posts.truncate(POSTS_HELD_MAX);
        let rows = self.places.rows_of(last.0 + 1 - count as u64..u64::MAX);
        self.places.put(rows, &[]);
    }

    /// Says above a post that what follows is new; `None`: nowhere.
    pub(in super::super) fn set_new_from(&mut self, post: Option<PostId>) {
        let before = std::mem::replace(&mut self.new_from, post);
        if before == post {
            return;
        }
        for post in [before, post].into_iter().flatten() {
            if self.post(post).is_some() {
                self.list(post.0..post.0 + 1);
                self.repaint(post);
            }
        }
    }

    /// Returns the row that says that what follows is new.
    pub(in super::super) fn row_of_new(&self) -> Option<u32> {
        self.row_of(RowId(Known::Placed(Place { post: self.new_from?.0, rank: Rank::New })))
    }

    /// Notes which post is being edited.
    pub(in super::super) fn set_edited(&mut self, post: Option<PostId>) {
        let before = std::mem::replace(&mut self.edited, post);
        for post in [before, post].into_iter().flatten() {
            self.repaint(post);
        }
    }

    /// Says below the newest post who came and went.
    pub(in super::super) fn take_seats(&mut self, changed: &SeatsChanged) {
        if !self.is_at_end() {
            return;
        }
        // Where nothing was said they stand before the first post.
        let last = self.span().map_or(PostId(0), |(_, last)| last);
        let turns = changed.changes.iter().cloned().map(SeatLine::Turn);
        let (count, participants) = (changed.omitted, changed.participants);
        let others = (count > 0).then_some(SeatLine::Others { count, participants });
        for line in turns.chain(others) {
            self.seat_lines_made += 1;
            let place = Place { post: last.0, rank: Rank::Seat(self.seat_lines_made) };
            self.seat_lines.push_back((place, line));
        }
        let too_many = self.seat_lines.len().saturating_sub(SEAT_LINES_MAX);
        let dropped: Vec<Place> = self.seat_lines.drain(..too_many).map(|(place, _)| place).collect();
        for lines in dropped.chunk_by(|one, other| one.post == other.post) {
            if lines[0].post == 0 || self.post(PostId(lines[0].post)).is_some() {
                self.list(lines[0].post..lines[0].post + 1);
            }
        }
        self.list(last.0..last.0 + 1);
    }

    /// Lists what is still to be said.
    pub(in super::super) fn set_pending(&mut self, pending: Vec<PendingRow>) {
        let head = self.pending.iter().zip(&pending).take_while(|(old, new)| old.key == new.key).count();
        let (old, new) = (&self.pending[head..], &pending[head..]);
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old.key == new.key).count();
        let (removed, added) = (old.len() - tail, new.len() - tail);
        let changed = pending.iter().filter(|row| {
            let before = self.pending.iter().find(|before| before.key == row.key);
            before.is_some_and(|before| before != *row)
        });
        self.stale.extend(changed.map(|row| RowId(Known::Pending(row.key))));
        self.pending = pending;
        self.places.trailing = self.pending.len();
        if removed + added > 0 {
            self.places.note(self.places.len() + head, removed, added);
        }
    }

    fn repaint(&mut self, post: PostId) {
        self.stale.push(RowId(Known::Placed(Place { post: post.0, rank: Rank::Post })));
    }

    /// Returns how the rows changed since this was asked last.
    pub(in super::super) fn take_changes(&mut self) -> Vec<TimelineChange> {
        let change = self.places.take_change();
        let stale = std::mem::take(&mut self.stale);
        let mut changes: Vec<TimelineChange> = change.into_iter().collect();
        if matches!(change, Some(TimelineChange::Replaced { .. })) {
            return changes;
        }
        let is_new = |row: u32| match change {
            Some(TimelineChange::Splice { at, added, .. }) => (at..at.saturating_add(added)).contains(&row),
            _ => false,
        };
        let mut rows: Vec<u32> = stale.into_iter().filter_map(|id| self.row_of(id)).collect();
        rows.sort_unstable();
        rows.dedup();
        let rows = rows.into_iter().filter(|row| !is_new(*row));
        changes.extend(rows.map(|row| TimelineChange::Repaint { first: row, count: 1 }));
        changes
    }
}

//! Where the rows of the timeline stand, and what of that changed.
//!
//! This file does not know what is in a row.

use std::collections::VecDeque;
use std::ops::Range;

use super::TimelineChange;

/// What a row is of the post it belongs to, in the order in which they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The day that begins with it.
    Day,
    /// That it is the first new one.
    New,
    /// It itself.
    Post,
    /// A line about who came and went after it, by number.
    Seat(u64),
}

/// Where a row stands. It stays the same whatever comes above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) post: u64,
    pub(super) rank: Rank,
}

/// The rows that are listed, in their order, and how they changed since that was told.
#[derive(Debug, Default)]
pub(super) struct Places {
    places: VecDeque<Place>,
    /// How many rows follow that have no place among the posts.
    pub(super) trailing: usize,
    change: Option<Splice>,
    was_replaced: Option<u32>,
    /// How many places were made, moved or looked at: what the work grows with.
    #[cfg(test)]
    pub(super) work: usize,
}

#[derive(Clone, Copy, Debug)]
struct Splice {
    at: usize,
    removed: usize,
    added: usize,
}

impl Places {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn rows(&self) -> u32 {
        u32::try_from(self.places.len() + self.trailing).unwrap_or(u32::MAX)
    }

    pub(super) fn get(&self, row: usize) -> Option<Place> {
        self.places.get(row).copied()
    }

    /// Returns the row of a place.
    pub(super) fn find(&self, place: Place) -> Option<usize> {
        self.places.binary_search(&place).ok()
    }

    /// Returns the rows that belong to these posts.
    pub(super) fn rows_of(&self, posts: Range<u64>) -> Range<usize> {
        let at = |post: u64| self.places.partition_point(|place| place.post < post);
        at(posts.start)..at(posts.end)
    }

    /// Begins anew.
    pub(super) fn replace(&mut self, places: Vec<Place>) {
        let was = self.rows();
        self.count(places.len());
        self.places = places.into();
        self.was_replaced.get_or_insert(was);
        self.change = None;
    }

    /// Takes the place of a list that had so many rows.
    pub(super) fn follow(&mut self, was: u32) {
        self.was_replaced = Some(was);
        self.change = None;
    }

    /// Puts rows in the place of others; those that stay the same at either end are left alone.
    pub(super) fn put(&mut self, rows: Range<usize>, places: &[Place]) {
        let same = |(old, new): &(&Place, &Place)| old == new;
        let head = self.places.range(rows.clone()).zip(places).take_while(same).count();
        let old = rows.start + head..rows.end;
        let tail =
            self.places.range(old.clone()).rev().zip(places[head..].iter().rev()).take_while(same).count();
        let (old, new) = (old.start..old.end - tail, &places[head..places.len() - tail]);
        self.count(places.len() + rows.len());
        if old.is_empty() && new.is_empty() {
            return;
        }
        if old.start == 0 {
            self.places.drain(..old.end);
            for place in new.iter().rev() {
                self.places.push_front(*place);
            }
        } else {
            let after = self.places.split_off(old.end);
            self.count(after.len());
            self.places.truncate(old.start);
            self.places.extend(new);
            self.places.extend(after);
        }
        self.note(old.start, old.len(), new.len());
    }

    /// Notes that rows came or went, those without a place too.
    pub(super) fn note(&mut self, at: usize, removed: usize, added: usize) {
        let Some(before) = self.change else {
            self.change = Some(Splice { at, removed, added });
            return;
        };
        // One change that covers both: rows are asked for while the list is told of it.
        let start = before.at.min(at);
        let covered = (before.at + before.added).max(at + removed) - start;
        self.change = Some(Splice {
            at: start,
            removed: covered - before.added + before.removed,
            added: covered - removed + added,
        });
    }

    /// Returns what changed since this was asked last, and tells it never again.
    pub(super) fn take_change(&mut self) -> Option<TimelineChange> {
        let splice = self.change.take();
        let now = self.rows();
        if let Some(was) = self.was_replaced.take() {
            return Some(TimelineChange::Replaced { was, now });
        }
        let Splice { at, removed, added } = splice.filter(|splice| splice.removed + splice.added > 0)?;
        let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Some(TimelineChange::Splice { at: count(at), removed: count(removed), added: count(added) })
    }

    #[cfg(test)]
    fn count(&mut self, work: usize) {
        self.work += work;
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "only tests count")]
    fn count(&mut self, _work: usize) {}
}

//! Orders of files that were asked for of late: the next page of a list costs the reading of that page alone.
//!
//! This file does not know files, only their numbers in an order, and for whom an order is out of date.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use parlour_common::message::{FileId, FilePlace, FileSort};

use super::super::tables::UserId;

/// The orders that are kept: whoever pages through a list just now has a place.
const LISTINGS_KEPT_MAX: usize = 32;

/// The numbers in all orders together that are kept (8 MiB); the oldest orders give way. One longer than this is
/// kept alone.
const NUMBERS_KEPT_MAX: usize = 1024 * 1024;

/// What is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Whose eyes see it.
    pub(super) user: UserId,
    /// Which files.
    pub(super) place: FilePlace,
    /// The query as it is compared.
    pub(super) query: String,
    /// The order.
    pub(super) sort: FileSort,
}

/// When the reading of an order began, by the changes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Begun(u64);

/// The orders that are kept.
#[derive(Debug, Default)]
pub(in super::super) struct Listings(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The newest last.
    kept: VecDeque<(Listed, Arc<[FileId]>)>,
    /// How often the lists of those were changed whose lists ever were, since the start.
    changes: HashMap<UserId, u64>,
}

impl Listings {
    /// Returns an order that is kept.
    pub(super) fn find(&self, listed: &Listed) -> Option<Arc<[FileId]>> {
        let mut state = self.state();
        let place = state.kept.iter().position(|(other, _)| other == listed)?;
        let found = state.kept.remove(place)?;
        let numbers = Arc::clone(&found.1);
        state.kept.push_back(found);
        Some(numbers)
    }

    /// Begins to read an order, before its first record.
    pub(super) fn begin(&self, user: UserId) -> Begun {
        Begun(self.state().changes.get(&user).copied().unwrap_or_default())
    }

    /// Keeps an order that was read, unless it has changed since.
    pub(super) fn keep(&self, listed: Listed, begun: Begun, numbers: &Arc<[FileId]>) {
        let mut state = self.state();
        if state.changes.get(&listed.user).copied().unwrap_or_default() != begun.0 {
            return;
        }
        state.kept.retain(|(other, _)| *other != listed);
        state.kept.push_back((listed, Arc::clone(numbers)));
        let mut held: usize = state.kept.iter().map(|(_, numbers)| numbers.len()).sum();
        while state.kept.len() > LISTINGS_KEPT_MAX || (held > NUMBERS_KEPT_MAX && state.kept.len() > 1) {
            held -= state.kept.pop_front().map_or(0, |(_, numbers)| numbers.len());
        }
    }

    /// Takes note that the lists of some are other than they were: after readers see the change, before anybody is
    /// told of it.
    pub(in super::super) fn handle_changed(&self, users: &[UserId]) {
        let mut state = self.state();
        for user in users {
            *state.changes.entry(*user).or_default() += 1;
        }
        state.kept.retain(|(listed, _)| !users.contains(&listed.user));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked while holding it left orders that are whole, or none.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(user: u64, query: &str) -> Listed {
        Listed { user: UserId(user), place: FilePlace::Own, query: query.to_owned(), sort: FileSort::Name }
    }

    fn numbers(count: usize) -> Arc<[FileId]> {
        vec![FileId(7); count].into()
    }

    #[test]
    fn an_order_is_kept_until_a_change_and_no_longer() {
        let listings = Listings::default();
        let begun = listings.begin(UserId(1));
        listings.keep(of(1, ""), begun, &numbers(3));
        listings.keep(of(2, ""), listings.begin(UserId(2)), &numbers(4));
        assert_eq!(listings.find(&of(1, "")), Some(numbers(3)));
        assert_eq!(listings.find(&of(1, "a")), None);
        listings.handle_changed(&[UserId(1)]);
        assert_eq!((listings.find(&of(1, "")), listings.find(&of(2, ""))), (None, Some(numbers(4))));
        // What was read before the change, or while it was made, is not kept.
        listings.keep(of(1, ""), begun, &numbers(3));
        assert_eq!(listings.find(&of(1, "")), None);
    }

    #[test]
    fn the_oldest_give_way() {
        let listings = Listings::default();
        let keep = |query: &str, count| {
            listings.keep(of(1, query), listings.begin(UserId(1)), &numbers(count));
        };
        for place in 0..=LISTINGS_KEPT_MAX {
            keep(&place.to_string(), 1);
        }
        assert_eq!(listings.find(&of(1, "0")), None);
        assert!(listings.find(&of(1, "1")).is_some());
        keep("long", NUMBERS_KEPT_MAX - 1);
        // The one that was used last, and the long one, are all that there is room for.
        assert!(listings.find(&of(1, "1")).is_some() && listings.find(&of(1, "2")).is_none());
        keep("longer", NUMBERS_KEPT_MAX + 1);
        assert!(listings.find(&of(1, "longer")).is_some() && listings.find(&of(1, "long")).is_none());
    }
}

//! Results that were asked for a moment ago, so that turning pages does not search again.
//!
//! This file does not know how results come about.

use std::sync::{Arc, Mutex, PoisonError};

use parlour_common::message::Sort;

/// The most results kept.
const RESULTS_MAX: usize = 32;

/// The most tracks kept in all results together: 8 MiB. One result is kept however large it is.
const TRACKS_MAX: usize = 2 << 20;

/// Results by folded query and order, the latest first.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<Vec<Kept>>);

type Kept = (String, Sort, Arc<[u32]>);

impl Recent {
    /// Returns a result that is kept.
    pub(super) fn get(&self, query: &str, sort: Sort) -> Option<Arc<[u32]>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(words, order, _)| words == query && *order == sort)?;
        kept[..=at].rotate_right(1);
        Some(Arc::clone(&kept[0].2))
    }

    /// Keeps a result, and forgets those that nobody asked for the longest time.
    pub(super) fn put(&self, query: String, sort: Sort, result: &Arc<[u32]>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(0, (query, sort, Arc::clone(result)));
        let mut tracks = 0;
        let fits = kept.iter().take_while(|(_, _, result)| {
            tracks += result.len();
            tracks <= TRACKS_MAX
        });
        let fits = fits.count().clamp(1, RESULTS_MAX);
        kept.truncate(fits);
    }
}

#[cfg(test)]
mod tests {
    use parlour_common::message::SortBy;

    use super::*;

    #[test]
    fn the_latest_results_are_kept_within_bounds() {
        let sort = Sort { by: SortBy::Title, descending: false };
        let recent = Recent::default();
        let result: Arc<[u32]> = Arc::from([1, 2]);
        for n in 0..RESULTS_MAX {
            recent.put(n.to_string(), sort, &result);
        }
        assert!(recent.get("0", sort).is_some());
        assert!(recent.get("0", Sort { descending: true, ..sort }).is_none());
        recent.put("more".to_owned(), sort, &result);
        assert!(recent.get("0", sort).is_some(), "asked for lately");
        assert!(recent.get("1", sort).is_none(), "the oldest");
        recent.put("huge".to_owned(), sort, &vec![0; TRACKS_MAX + 1].into());
        assert!(recent.get("huge", sort).is_some() && recent.get("more", sort).is_none());
    }
}

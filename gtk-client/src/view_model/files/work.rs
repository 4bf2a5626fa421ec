//! What is under way with many files: asked for in portions, one after the other.
//!
//! This file does not know how files came to be selected. A portion is done as a whole or not at all; one that
//! holds a file which is not there any more is taken apart, so that the others are done all the same.

use std::collections::VecDeque;

use parlour_common::limits::FILES_PER_REQUEST_MAX;
use parlour_common::message::{Denial, FileId, FileList, Request, UnshareFile};
use parlour_common::names::UserName;

use super::msg::Deed;

/// What is under way.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) deed: Deed,
    /// The name of the file, where it is one.
    pub(super) name: Option<String>,
    left: VecDeque<Vec<FileId>>,
    under_way: Option<(u32, Vec<FileId>)>,
    done: Vec<FileId>,
}

/// How the work goes on after an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// With the next portion.
    On,
    /// After this many milliseconds.
    Later(u32),
    /// It is over.
    Over,
    /// It is over before its time.
    Refused(Denial),
}

impl Work {
    pub(super) fn new(deed: Deed, files: &[FileId], name: Option<String>) -> Self {
        // Each list is taken off one file at a time; everything else goes by the hundred.
        let portion = if deed == Deed::Remove { 1 } else { usize::from(FILES_PER_REQUEST_MAX) };
        let left = files.chunks(portion).map(<[_]>::to_vec).collect();
        Self { deed, name, left, under_way: None, done: Vec::new() }
    }

    /// Returns what was done.
    pub(super) fn done(&self) -> &[FileId] {
        &self.done
    }

    /// Tells whether this is the question under way.
    pub(super) fn asked(&self, key: u32) -> bool {
        self.under_way.as_ref().is_some_and(|(asked, _)| *asked == key)
    }

    /// Returns the next question, if none is under way and something is left.
    pub(super) fn ask(&mut self, key: u32, own: &UserName) -> Option<Request> {
        if self.under_way.is_some() {
            return None;
        }
        let files = self.left.pop_front()?;
        self.under_way = Some((key, files.clone()));
        let list = FileList { files: files.clone() };
        Some(match self.deed {
            Deed::Restore => Request::RestoreFiles(list),
            Deed::Purge => Request::PurgeFiles(list),
            Deed::Remove => {
                let file = files.first().copied().unwrap_or(FileId(0));
                Request::UnshareFile(UnshareFile { file, with: own.clone() })
            }
            Deed::Trash | Deed::Download | Deed::Share | Deed::Show | Deed::Rename => {
                Request::TrashFiles(list)
            }
        })
    }

    /// Takes the answer to the portion under way; `None`: it was done.
    pub(super) fn take(&mut self, denial: Option<Denial>) -> Next {
        let Some((_, files)) = self.under_way.take() else { return Next::Over };
        match denial {
            None => self.done.extend(files),
            Some(Denial::Busy { retry_after_ms } | Denial::Throttled { retry_after_ms }) => {
                self.left.push_front(files);
                return Next::Later(retry_after_ms);
            }
            // The only one is gone already, which is as good.
            Some(Denial::NoSuchFile {}) if files.len() == 1 && self.has_company() => {}
            Some(Denial::NoSuchFile {}) if files.len() > 1 => {
                files.into_iter().rev().for_each(|file| self.left.push_front(vec![file]));
            }
            Some(denial) => return Next::Refused(denial),
        }
        if self.left.is_empty() { Next::Over } else { Next::On }
    }

    /// Tells whether there are other files than the one under way.
    fn has_company(&self) -> bool {
        !self.left.is_empty() || !self.done.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(range: std::ops::Range<u64>) -> Vec<FileId> {
        range.map(FileId).collect()
    }

    fn asked(work: &mut Work) -> Vec<FileId> {
        match work.ask(1, &UserName::parse("sara").unwrap()) {
            Some(Request::TrashFiles(list)) => list.files,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn many_files_go_by_the_hundred_one_portion_after_the_other() {
        let mut work = Work::new(Deed::Trash, &ids(0..250), None);
        assert_eq!(asked(&mut work), ids(0..100));
        assert!(work.ask(2, &UserName::parse("sara").unwrap()).is_none(), "one is under way");
        assert_eq!(work.take(None), Next::On);
        assert_eq!(asked(&mut work), ids(100..200));
        assert_eq!(work.take(Some(Denial::Busy { retry_after_ms: 9 })), Next::Later(9));
        assert_eq!(asked(&mut work), ids(100..200), "again");
        assert_eq!(work.take(None), Next::On);
        assert_eq!(asked(&mut work), ids(200..250));
        assert_eq!(work.take(None), Next::Over);
        assert_eq!(work.done(), ids(0..250));
    }

    #[test]
    fn a_file_that_is_gone_does_not_keep_the_others_from_being_done() {
        let mut work = Work::new(Deed::Trash, &ids(0..3), None);
        assert_eq!(asked(&mut work), ids(0..3));
        assert_eq!(work.take(Some(Denial::NoSuchFile {})), Next::On);
        assert_eq!(asked(&mut work), ids(0..1));
        assert_eq!(work.take(None), Next::On);
        assert_eq!(asked(&mut work), ids(1..2));
        assert_eq!(work.take(Some(Denial::NoSuchFile {})), Next::On, "it is gone");
        assert_eq!(asked(&mut work), ids(2..3));
        assert_eq!(work.take(None), Next::Over);
        assert_eq!(work.done(), [FileId(0), FileId(2)]);
        let mut alone = Work::new(Deed::Trash, &ids(0..1), None);
        asked(&mut alone);
        assert_eq!(
            alone.take(Some(Denial::NoSuchFile {})),
            Next::Refused(Denial::NoSuchFile {}),
            "it is said"
        );
    }

    #[test]
    fn a_list_of_others_is_cleared_one_file_at_a_time() {
        let own = UserName::parse("sara").unwrap();
        let mut work = Work::new(Deed::Remove, &ids(4..6), None);
        let unshare = |file| Request::UnshareFile(UnshareFile { file: FileId(file), with: own.clone() });
        assert_eq!(work.ask(1, &own), Some(unshare(4)));
        assert_eq!(work.take(None), Next::On);
        assert_eq!(work.ask(2, &own), Some(unshare(5)));
        assert!(work.asked(2) && !work.asked(1));
        assert_eq!(work.take(None), Next::Over);
    }
}

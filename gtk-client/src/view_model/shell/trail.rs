//! Where one is, and how one came there.
//!
//! This file does not know what the pages are.

use crate::view_model::Page;

/// The pages that are open, one above the other; the last one fills the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trail(Vec<Page>);

impl Default for Trail {
    fn default() -> Self {
        Self(vec![Page::SignIn])
    }
}

impl Trail {
    /// Returns the page that fills the window.
    pub(super) fn page(&self) -> Page {
        self.0.last().copied().unwrap_or(Page::SignIn)
    }

    /// Returns every page that is open.
    pub(super) fn open(&self) -> &[Page] {
        &self.0
    }

    /// Tells whether there is a page to go back to.
    pub(super) fn has_way_back(&self) -> bool {
        self.0.len() > 1
    }

    /// Opens a page above the others, or comes back to it where it is open. Returns those that are closed
    /// thereby.
    pub(super) fn enter(&mut self, page: Page) -> Vec<Page> {
        match self.0.iter().position(|open| *open == page) {
            Some(at) => self.0.split_off(at + 1),
            None => {
                self.0.push(page);
                Vec::new()
            }
        }
    }

    /// Leaves the uppermost page. Returns it, unless it is the only one.
    pub(super) fn leave(&mut self) -> Option<Page> {
        if self.has_way_back() { self.0.pop() } else { None }
    }

    /// Begins anew at a page. Returns those that were open.
    pub(super) fn begin_at(&mut self, page: Page) -> Vec<Page> {
        std::mem::replace(&mut self.0, vec![page])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_leads_to_where_one_was() {
        let mut trail = Trail::default();
        assert_eq!((trail.page(), trail.leave()), (Page::SignIn, None));
        assert_eq!(trail.enter(Page::SignUp), []);
        assert_eq!(trail.open(), [Page::SignIn, Page::SignUp]);
        assert_eq!(trail.leave(), Some(Page::SignUp));
        assert_eq!(trail.page(), Page::SignIn);
    }

    #[test]
    fn a_page_is_open_once() {
        let mut trail = Trail::default();
        trail.enter(Page::SignUp);
        trail.enter(Page::Library);
        assert_eq!(trail.enter(Page::SignIn), [Page::SignUp, Page::Library]);
        assert!(!trail.has_way_back());
        trail.enter(Page::SignUp);
        assert_eq!(trail.begin_at(Page::Library), [Page::SignIn, Page::SignUp]);
        assert_eq!(trail.open(), [Page::Library]);
    }
}

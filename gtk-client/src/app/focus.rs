//! Where the keyboard is when a page comes or goes.
//!
//! This file does not know pages. GTK 4.8 leaves the keyboard nowhere when what had it is hidden, and keys
//! are then lost; and whoever goes back expects to be where they were.

use std::collections::HashMap;

use relm4::gtk;
use relm4::gtk::glib::WeakRef;
use relm4::gtk::prelude::*;

use crate::view_model::Page;
use crate::widgets::{hide_covered, uncover};

/// Where the keyboard was on the pages that lie beneath.
#[derive(Default)]
pub(super) struct Focus(HashMap<Page, WeakRef<gtk::Widget>>);

impl Focus {
    /// Shows a page in place of another, and moves the keyboard along. `open` are the pages that are open.
    pub(super) fn turn(&mut self, stack: &gtk::Stack, page: Page, open: &[Page]) {
        let left = stack.visible_child_name().filter(|name| name != page.name());
        let left = left.and_then(|name| Page::ALL.iter().copied().find(|page| page.name() == name));
        let focus = stack.root().and_then(|root| root.focus());
        if let (Some(left), Some(focus)) = (left, focus) {
            self.0.insert(left, focus.downgrade());
        }
        let kept = self.0.remove(&page).and_then(|kept| kept.upgrade());
        self.0.retain(|kept, _| open.contains(kept));
        uncover(stack, page.name());
        if left.is_some() {
            let kept = kept.filter(|kept| kept.is_mapped() && kept.is_ancestor(stack));
            let has_kept = kept.is_some_and(|kept| kept.grab_focus());
            let moved = |child: gtk::Widget| child.child_focus(gtk::DirectionType::TabForward);
            // Nowhere is better than where GTK would look for a place: in a toast.
            if !has_kept
                && !stack.visible_child().is_some_and(moved)
                && let Some(root) = stack.root()
            {
                root.set_focus(gtk::Widget::NONE);
            }
        }
        hide_covered(stack);
    }
}

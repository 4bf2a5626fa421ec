//! Where the keyboard is when a page comes or goes.
//!
//! This file does not know pages. GTK 4.8 leaves the keyboard nowhere when what had it is hidden, and keys
//! are then lost; and whoever goes back expects to be where they were.

use std::collections::HashMap;

use relm4::gtk;
use relm4::gtk::glib::WeakRef;
use relm4::gtk::prelude::*;

use crate::view_model::Page;
use crate::view_model::shell::PLACES;
use crate::widgets::{hide_covered, uncover};

/// What the places are called together in the stack of the pages.
pub(super) const PLACES_NAME: &str = "places";

/// Where the keyboard was on the pages that lie beneath.
#[derive(Default)]
pub(super) struct Focus(HashMap<Page, WeakRef<gtk::Widget>>);

impl Focus {
    /// Shows a page in place of another, and moves the keyboard along. The first stack holds all pages, the
    /// places in the second one; `open` are the pages that are open.
    pub(super) fn turn(&mut self, stacks: [&gtk::Stack; 2], page: Page, open: &[Page]) {
        let [stack, places] = stacks;
        let left = shown(stacks).filter(|left| *left != page);
        let focus = stack.root().and_then(|root| root.focus());
        if let (Some(left), Some(focus)) = (left, focus) {
            self.0.insert(left, focus.downgrade());
        }
        let kept = self.0.remove(&page).and_then(|kept| kept.upgrade());
        self.0.retain(|kept, _| open.contains(kept));
        if PLACES.contains(&page) {
            uncover(places, page.name());
            uncover(stack, PLACES_NAME);
        } else {
            uncover(stack, page.name());
        }
        if left.is_some() {
            let kept = kept.filter(|kept| kept.is_mapped() && kept.is_ancestor(stack));
            let has_kept = kept.is_some_and(|kept| kept.grab_focus());
            let moved = |child: gtk::Widget| child.child_focus(gtk::DirectionType::TabForward);
            let shown = if PLACES.contains(&page) { places } else { stack };
            // Nowhere is better than where GTK would look for a place: in a toast.
            if !has_kept
                && !shown.visible_child().is_some_and(moved)
                && let Some(root) = stack.root()
            {
                root.set_focus(gtk::Widget::NONE);
            }
        }
        hide_covered(stack);
        hide_covered(places);
    }
}

/// Returns the page that is shown.
fn shown([stack, places]: [&gtk::Stack; 2]) -> Option<Page> {
    let name = stack.visible_child_name()?;
    let name = if name == PLACES_NAME { places.visible_child_name()? } else { name };
    Page::ALL.iter().copied().find(|page| page.name() == name)
}

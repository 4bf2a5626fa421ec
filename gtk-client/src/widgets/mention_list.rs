//! The members that a name being typed may be of, above the entry it is typed into.
//!
//! This file does not know who there is. The keys stay with the entry, which hands on those that choose.

use std::cell::RefCell;
use std::rc::Rc;

use relm4::gtk::gdk;
use relm4::gtk::prelude::*;
use relm4::{adw, gtk};

use super::plain_label;
use crate::text;

/// The side of somebody's picture, in application pixels.
const AVATAR_SIDE: i32 = 24;

/// The list.
#[derive(Debug)]
pub struct MentionList {
    popover: gtk::Popover,
    list: gtk::ListBox,
    names: Rc<RefCell<Vec<String>>>,
}

impl MentionList {
    /// Makes the list at an entry. `on_chosen` is told who was chosen with the pointer.
    pub fn new(entry: &impl IsA<gtk::Widget>, on_chosen: impl Fn(&str) + 'static) -> Self {
        let list = gtk::ListBox::builder().selection_mode(gtk::SelectionMode::Browse).build();
        list.update_property(&[gtk::accessible::Property::Label(text::MENTION_SOMEBODY)]);
        let names: Rc<RefCell<Vec<String>>> = Rc::default();
        let known = Rc::clone(&names);
        list.connect_row_activated(move |_, row| {
            let chosen = usize::try_from(row.index()).ok().and_then(|at| known.borrow().get(at).cloned());
            if let Some(chosen) = chosen {
                on_chosen(&chosen);
            }
        });
        let popover = gtk::Popover::builder()
            .child(&list)
            .autohide(false)
            .has_arrow(false)
            .can_focus(false)
            .position(gtk::PositionType::Top)
            .css_classes(["menu", "mentions"])
            .build();
        popover.set_parent(entry);
        let kept = popover.clone();
        entry.connect_destroy(move |_| kept.unparent());
        Self { popover, list, names }
    }

    /// Shows these names at a place of the entry; none hides the list.
    pub fn show(&self, names: &[String], at: &gdk::Rectangle) {
        if *self.names.borrow() != names {
            while let Some(row) = self.list.row_at_index(0) {
                self.list.remove(&row);
            }
            for name in names {
                self.list.append(&row(name));
            }
            self.names.replace(names.to_vec());
            self.list.select_row(self.list.row_at_index(0).as_ref());
        }
        if names.is_empty() {
            self.popover.popdown();
        } else {
            self.popover.set_pointing_to(Some(at));
            self.popover.popup();
        }
    }

    /// Tells whether there is somebody to choose.
    pub fn is_open(&self) -> bool {
        self.popover.is_visible() && !self.names.borrow().is_empty()
    }

    /// Moves the choice by so many rows, round the ends.
    pub fn step(&self, by: i32) {
        let count = i32::try_from(self.names.borrow().len()).unwrap_or(1).max(1);
        let at = self.list.selected_row().map_or(0, |row| row.index());
        self.list.select_row(self.list.row_at_index((at + by).rem_euclid(count)).as_ref());
    }

    /// Returns who is chosen.
    pub fn chosen(&self) -> Option<String> {
        let at = usize::try_from(self.list.selected_row()?.index()).ok()?;
        self.names.borrow().get(at).cloned()
    }

    /// Hides the list.
    pub fn hide(&self) {
        self.popover.popdown();
    }
}

fn row(name: &str) -> gtk::ListBoxRow {
    let label = plain_label(&[]);
    label.set_text(name);
    let line = gtk::Box::builder().spacing(8).build();
    line.append(&adw::Avatar::new(AVATAR_SIDE, Some(name), true));
    line.append(&label);
    gtk::ListBoxRow::builder().child(&line).focusable(false).build()
}

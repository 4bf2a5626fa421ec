//! The rows of a long list as GTK wants them: a list of positions, and a selection.
//!
//! This file keeps nothing: what a row is and whether it is selected is known by the view model's rows,
//! which it is given. A row's object is its position and nothing else, made when it is asked for.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{gio, glib};

use crate::view_model::RowsChange;
use crate::view_model::rows::Pickable;

mod imp {
    use super::*;

    /// The list itself.
    #[derive(Debug, Default)]
    pub struct RowModel {
        pub(super) rows: RefCell<Option<Rc<RefCell<dyn Pickable>>>>,
        /// How many rows GTK was told of.
        pub(super) told: std::cell::Cell<u32>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for RowModel {
        const NAME: &'static str = "ParlourRowModel";
        type Type = super::RowModel;
        type Interfaces = (gio::ListModel, gtk::SelectionModel);
    }

    impl ObjectImpl for RowModel {}

    impl ListModelImpl for RowModel {
        fn item_type(&self) -> glib::Type {
            glib::BoxedAnyObject::static_type()
        }

        fn n_items(&self) -> u32 {
            self.told.get()
        }

        fn item(&self, position: u32) -> Option<glib::Object> {
            (position < self.told.get()).then(|| glib::BoxedAnyObject::new(position).upcast())
        }
    }

    impl SelectionModelImpl for RowModel {
        fn is_selected(&self, position: u32) -> bool {
            self.rows().is_some_and(|rows| rows.borrow().is_picked(position))
        }

        fn selection_in_range(&self, position: u32, n_items: u32) -> gtk::Bitset {
            let selected = gtk::Bitset::new_empty();
            let end = position.saturating_add(n_items).min(self.told.get());
            if let Some(rows) = self.rows() {
                let rows = rows.borrow();
                for row in (position..end).filter(|row| rows.is_picked(*row)) {
                    selected.add(row);
                }
            }
            selected
        }

        fn select_all(&self) -> bool {
            self.pick(0, self.told.get(), true)
        }

        fn select_item(&self, position: u32, unselect_rest: bool) -> bool {
            self.select_range(position, 1, unselect_rest)
        }

        fn select_range(&self, position: u32, n_items: u32, unselect_rest: bool) -> bool {
            if unselect_rest {
                self.unselect_all();
            }
            self.pick(position, n_items, true)
        }

        fn set_selection(&self, selected: &gtk::Bitset, mask: &gtk::Bitset) -> bool {
            for position in (0..self.told.get()).filter(|position| mask.contains(*position)) {
                let picked = selected.contains(position);
                self.set_picked(position..position + 1, picked);
            }
            self.tell_selection();
            true
        }

        fn unselect_all(&self) -> bool {
            if let Some(rows) = self.rows() {
                rows.borrow_mut().clear_picks();
            }
            self.tell_selection();
            true
        }

        fn unselect_item(&self, position: u32) -> bool {
            self.pick(position, 1, false)
        }

        fn unselect_range(&self, position: u32, n_items: u32) -> bool {
            self.pick(position, n_items, false)
        }
    }

    impl RowModel {
        fn rows(&self) -> Option<Rc<RefCell<dyn Pickable>>> {
            self.rows.borrow().clone()
        }

        fn set_picked(&self, range: Range<u32>, picked: bool) {
            if let Some(rows) = self.rows() {
                rows.borrow_mut().set_picked(range, picked);
            }
        }

        fn pick(&self, position: u32, n_items: u32, picked: bool) -> bool {
            let end = position.saturating_add(n_items).min(self.told.get());
            if position < end {
                self.set_picked(position..end, picked);
                self.obj().selection_changed(position, end - position);
            }
            true
        }

        pub(super) fn tell_selection(&self) {
            if self.told.get() > 0 {
                self.obj().selection_changed(0, self.told.get());
            }
        }
    }
}

glib::wrapper! {
    /// The rows of a long list, as a list and as a selection.
    pub struct RowModel(ObjectSubclass<imp::RowModel>) @implements gio::ListModel, gtk::SelectionModel;
}

impl RowModel {
    /// Makes the list of these rows.
    pub fn new(rows: Rc<RefCell<dyn Pickable>>) -> Self {
        let model: Self = glib::Object::new();
        model.imp().rows.replace(Some(rows));
        model
    }

    /// Tells GTK what changed. Only rows at the end come and go: the others are painted anew where they
    /// stand, for GTK 4.8 would build each of them again.
    pub fn apply(&self, change: RowsChange) {
        match change {
            RowsChange::Replaced { now, .. } => {
                self.resize(now);
                self.imp().tell_selection();
            }
            RowsChange::Resized { now, .. } => self.resize(now),
            RowsChange::Loaded { first, count } => {
                let end = first.saturating_add(count).min(self.imp().told.get());
                if first < end {
                    self.selection_changed(first, end - first);
                }
            }
            RowsChange::Picked => self.imp().tell_selection(),
        }
    }

    fn resize(&self, now: u32) {
        let was = self.imp().told.replace(now);
        let kept = was.min(now);
        if was != now {
            self.items_changed(kept, was - kept, now - kept);
        }
    }
}

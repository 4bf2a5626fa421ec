//! The list of tracks: headings, rows and their pictures.
//!
//! This file decides nothing about tracks. It tells which rows are looked at, paints what it is told to,
//! and never has GTK build a row that could be painted anew (GTK 4.8 would build some 200).

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use parlour_common::message::{CoverId, Sort, SortBy};
use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, glib};

use super::covers::{Covers, Thumbnail};
use super::heading::{Heading, HeadingEvent};
use super::row_model::RowModel;
use super::track_row::TrackRow;
use crate::view_model::RowsChange;
use crate::view_model::library::{PAGE_ROWS, Rows};
use crate::view_model::rows::Pickable;

/// What a person does with the list, and what it needs.
#[derive(Debug)]
pub enum ListEvent {
    /// Rows of these pages are looked at, the page with the most of them first.
    Wanted(Vec<u32>),
    /// The selection changed.
    Picked,
    /// A row was pressed twice, or with Enter.
    Activated(u32),
    /// A heading was pressed.
    SortBy(SortBy),
    /// A picture is missing.
    CoverWanted(CoverId),
}

/// The list of tracks.
#[derive(Debug)]
pub struct TrackList {
    root: gtk::Box,
    scroller: gtk::ScrolledWindow,
    heading: Heading,
    shared: Rc<Shared>,
}

/// What the rows and the list hold together.
struct Shared {
    rows: Rc<RefCell<Rows>>,
    model: RowModel,
    bound: RefCell<HashMap<gtk::ListItem, TrackRow>>,
    covers: RefCell<Covers>,
    is_look_due: Cell<bool>,
    on_event: Box<dyn Fn(ListEvent)>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("bound", &self.bound.borrow().len()).finish_non_exhaustive()
    }
}

impl TrackList {
    /// Makes the list of these rows.
    pub fn new(rows: Rc<RefCell<Rows>>, on_event: impl Fn(ListEvent) + 'static) -> Self {
        let shared = Rc::new(Shared {
            model: RowModel::new(Rc::clone(&rows) as Rc<RefCell<dyn Pickable>>),
            rows,
            bound: RefCell::default(),
            covers: RefCell::default(),
            is_look_due: Cell::new(false),
            on_event: Box::new(on_event),
        });
        let view = gtk::ListView::new(Some(shared.model.clone()), Some(factory(&shared)));
        view.add_css_class("tracks");
        view.update_property(&[gtk::accessible::Property::Label("Tracks")]);
        let weak = Rc::downgrade(&shared);
        view.connect_activate(move |_, position| {
            if let Some(shared) = weak.upgrade() {
                (shared.on_event)(ListEvent::Activated(position));
            }
        });
        let weak = Rc::downgrade(&shared);
        shared.model.connect_selection_changed(move |_, first, count| {
            if let Some(shared) = weak.upgrade() {
                shared.paint_picked(first, count);
                (shared.on_event)(ListEvent::Picked);
            }
        });
        let scroller = gtk::ScrolledWindow::builder()
            .child(&view)
            .vexpand(true)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .build();
        let heading = make_heading(&shared);
        let root = gtk::Box::builder().orientation(gtk::Orientation::Vertical).build();
        root.append(heading.widget());
        root.append(&scroller);
        Self { root, scroller, heading, shared }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Paints what changed.
    pub fn apply(&self, change: RowsChange) {
        self.shared.model.apply(change);
        match change {
            RowsChange::Replaced { .. } => {
                self.scroller.vadjustment().set_value(0.0);
                self.shared.paint(0, u32::MAX);
            }
            RowsChange::Loaded { first, count } => self.shared.paint(first, count),
            RowsChange::Resized { .. } | RowsChange::Picked => {}
        }
        self.shared.look_soon();
    }

    /// Shows a picture that came in every row that has it.
    pub fn show_cover(&self, cover: CoverId, thumbnail: Option<Thumbnail>) {
        let texture = self.shared.covers.borrow_mut().put(cover, thumbnail);
        for row in self.shared.bound.borrow().values().filter(|row| row.cover_id() == Some(cover)) {
            row.show_cover(texture.as_ref());
        }
    }

    /// Notes that a picture did not come.
    pub fn miss_cover(&self, cover: CoverId) {
        self.shared.covers.borrow_mut().miss(cover);
    }

    /// Forgets every picture: another server has others under the same numbers.
    pub fn forget_covers(&self) {
        self.shared.covers.borrow_mut().clear();
    }

    /// Shows the order in the headings.
    pub fn show_sort(&self, sort: Sort) {
        self.heading.show_sort(sort);
    }

    /// Shows in the heading how much is selected.
    pub fn show_picked(&self, picked: usize, total: u32) {
        self.heading.show_picked(picked, total);
    }
}

fn make_heading(shared: &Rc<Shared>) -> Heading {
    let weak = Rc::downgrade(shared);
    Heading::new(move |event| {
        let Some(shared) = weak.upgrade() else { return };
        match event {
            HeadingEvent::SortBy(by) => (shared.on_event)(ListEvent::SortBy(by)),
            HeadingEvent::SelectAll(true) => drop(shared.model.select_all()),
            HeadingEvent::SelectAll(false) => drop(shared.model.unselect_all()),
        }
    })
}

fn factory(shared: &Rc<Shared>) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    let weak = Rc::downgrade(shared);
    factory.connect_setup(move |_, item| {
        let weak = weak.clone();
        let row = TrackRow::new(move |position, picked| {
            if let Some(shared) = weak.upgrade() {
                if picked {
                    shared.model.select_item(position, false);
                } else {
                    shared.model.unselect_item(position);
                }
            }
        });
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            item.set_child(Some(&row));
        }
    });
    let weak = Rc::downgrade(shared);
    factory.connect_bind(move |_, item| {
        let shared = weak.upgrade();
        let item = item.downcast_ref::<gtk::ListItem>();
        if let (Some(shared), Some(item)) = (shared, item)
            && let Some(row) = item.child().and_downcast::<TrackRow>()
        {
            shared.paint_row(&row, item.position());
            shared.bound.borrow_mut().insert(item.clone(), row);
            shared.look_soon();
        }
    });
    let weak = Rc::downgrade(shared);
    factory.connect_unbind(move |_, item| {
        if let (Some(shared), Some(item)) = (weak.upgrade(), item.downcast_ref::<gtk::ListItem>()) {
            shared.bound.borrow_mut().remove(item);
        }
    });
    factory
}

impl Shared {
    fn paint_row(&self, row: &TrackRow, position: u32) {
        {
            let rows = self.rows.borrow();
            row.paint(position, rows.item(position).map(|track| &**track), rows.is_picked(position));
        }
        if let Some(cover) = row.cover_id() {
            let (texture, is_wanted): (Option<gdk::Texture>, bool) = self.covers.borrow_mut().look(cover);
            row.show_cover(texture.as_ref());
            if is_wanted {
                (self.on_event)(ListEvent::CoverWanted(cover));
            }
        }
    }

    /// Paints the rows of a range that are on the screen or near it.
    fn paint(&self, first: u32, count: u32) {
        let range = first..first.saturating_add(count);
        for (item, row) in self.bound.borrow().iter().filter(|(item, _)| range.contains(&item.position())) {
            self.paint_row(row, item.position());
        }
    }

    fn paint_picked(&self, first: u32, count: u32) {
        let range = first..first.saturating_add(count);
        let rows = self.rows.borrow();
        for (item, row) in self.bound.borrow().iter().filter(|(item, _)| range.contains(&item.position())) {
            row.show_picked(rows.is_picked(item.position()));
        }
    }

    /// Tells, once this turn of the main loop is over, what is looked at.
    fn look_soon(self: &Rc<Self>) {
        if self.is_look_due.replace(true) {
            return;
        }
        let weak = Rc::downgrade(self);
        glib::idle_add_local_once(move || {
            let Some(shared) = weak.upgrade() else { return };
            shared.is_look_due.set(false);
            // Not from the first row to the last: GTK keeps the row that has the keyboard, however far off.
            let mut pages: HashMap<u32, usize> = HashMap::new();
            for item in shared.bound.borrow().keys() {
                *pages.entry(item.position() / PAGE_ROWS).or_default() += 1;
            }
            let mut wanted: Vec<u32> = pages.keys().copied().collect();
            wanted.sort_by_key(|page| (std::cmp::Reverse(pages[page]), *page));
            if !wanted.is_empty() {
                (shared.on_event)(ListEvent::Wanted(wanted));
            }
        });
    }
}

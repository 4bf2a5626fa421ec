//! The cards of a list of files, in as many columns as there is room for.
//!
//! This file decides nothing about files. It tells which cards are looked at, paints what it is told to, and
//! never has GTK build a card that could be painted anew.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use parlour_common::message::FileEntry;
use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, gio, glib};

use super::file_card::FileCard;
use super::file_icons::FileIcons;
use super::row_model::RowModel;
use crate::view_model::RowsChange;
use crate::view_model::files::{PAGE_ROWS, Rows};
use crate::view_model::rows::Pickable;

/// The most columns: beyond, the eye loses the row.
const COLUMNS_MAX: u32 = 10;

/// What a person does with the cards, and what they need.
#[derive(Debug)]
pub enum GridEvent {
    /// Cards of these pages are looked at, the page with the most of them first.
    Wanted(Vec<u32>),
    /// The selection changed.
    Picked,
    /// A card was pressed twice, or with Enter.
    Activated(u32),
}

/// Makes what another program is offered when this file is dragged to it.
pub type OfferDrag = Box<dyn Fn(&Arc<FileEntry>) -> Option<gdk::ContentProvider>>;

/// The cards.
#[derive(Debug)]
pub struct FileGrid {
    scroller: gtk::ScrolledWindow,
    view: gtk::GridView,
    shared: Rc<Shared>,
}

/// What the cards and the grid hold together.
struct Shared {
    rows: Rc<RefCell<Rows>>,
    model: RowModel,
    bound: RefCell<HashMap<gtk::ListItem, FileCard>>,
    icons: FileIcons,
    menu: gtk::PopoverMenu,
    is_look_due: Cell<bool>,
    on_event: Box<dyn Fn(GridEvent)>,
    offer_drag: OfferDrag,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("bound", &self.bound.borrow().len()).finish_non_exhaustive()
    }
}

impl FileGrid {
    /// Makes the cards of these rows.
    pub fn new(
        rows: Rc<RefCell<Rows>>,
        offer_drag: OfferDrag,
        on_event: impl Fn(GridEvent) + 'static,
    ) -> Self {
        let menu = gtk::PopoverMenu::from_model(None::<&gio::Menu>);
        let shared = Rc::new(Shared {
            model: RowModel::new(Rc::clone(&rows) as Rc<RefCell<dyn Pickable>>),
            rows,
            bound: RefCell::default(),
            icons: FileIcons::default(),
            menu: menu.clone(),
            is_look_due: Cell::new(false),
            on_event: Box::new(on_event),
            offer_drag,
        });
        let view = gtk::GridView::new(Some(shared.model.clone()), Some(factory(&shared)));
        view.set_enable_rubberband(true);
        view.set_min_columns(2);
        view.set_max_columns(COLUMNS_MAX);
        view.add_css_class("files");
        view.update_property(&[gtk::accessible::Property::Label("Files")]);
        let weak = Rc::downgrade(&shared);
        view.connect_activate(move |_, position| {
            if let Some(shared) = weak.upgrade() {
                (shared.on_event)(GridEvent::Activated(position));
            }
        });
        let weak = Rc::downgrade(&shared);
        shared.model.connect_selection_changed(move |_, first, count| {
            if let Some(shared) = weak.upgrade() {
                shared.paint_picked(first, count);
                (shared.on_event)(GridEvent::Picked);
            }
        });
        let scroller = gtk::ScrolledWindow::builder()
            .child(&view)
            .vexpand(true)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .build();
        menu.set_parent(&scroller);
        menu.set_has_arrow(true);
        scroller.connect_destroy(move |_| menu.unparent());
        Self { scroller, view, shared }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.scroller
    }

    /// Gives the cards another menu.
    pub fn set_menu(&self, menu: &gio::Menu) {
        self.shared.menu.set_menu_model(Some(menu));
    }

    /// Opens the menu of the card that has the keyboard.
    pub fn open_menu(&self) {
        let focus = self.view.root().and_then(|root| root.focus());
        let has_focus = |card: &&FileCard| {
            focus.as_ref().is_some_and(|focus| card.is_ancestor(focus) || focus.is_ancestor(*card))
        };
        let card = self.shared.bound.borrow().values().find(has_focus).cloned();
        if let Some(card) = card {
            self.shared.open_menu(&card, card.icon());
        }
    }

    /// Moves the keyboard to the cards.
    pub fn grab_focus(&self) {
        self.view.grab_focus();
    }

    /// Selects everything.
    pub fn select_all(&self) {
        self.shared.model.select_all();
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
        let is_picking = self.shared.rows.borrow().picked_count() > 0;
        self.show_picking(is_picking);
        self.shared.look_soon();
    }

    /// Shows the boxes of all cards while some are selected.
    pub fn show_picking(&self, is_picking: bool) {
        match is_picking {
            true => self.view.add_css_class("picking"),
            false => self.view.remove_css_class("picking"),
        }
    }
}

fn factory(shared: &Rc<Shared>) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    let weak = Rc::downgrade(shared);
    factory.connect_setup(move |_, item| {
        if let (Some(shared), Some(item)) = (weak.upgrade(), item.downcast_ref::<gtk::ListItem>()) {
            item.set_child(Some(&make_card(&shared)));
        }
    });
    let weak = Rc::downgrade(shared);
    factory.connect_bind(move |_, item| {
        let item = item.downcast_ref::<gtk::ListItem>();
        if let (Some(shared), Some(item)) = (weak.upgrade(), item)
            && let Some(card) = item.child().and_downcast::<FileCard>()
        {
            shared.paint_card(&card, item.position());
            shared.bound.borrow_mut().insert(item.clone(), card);
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

fn make_card(shared: &Rc<Shared>) -> FileCard {
    let (pick, more) = (Rc::downgrade(shared), Rc::downgrade(shared));
    let card = FileCard::new(
        move |position, picked| {
            if let Some(shared) = pick.upgrade() {
                match picked {
                    true => shared.model.select_item(position, false),
                    false => shared.model.unselect_item(position),
                };
            }
        },
        move |card| {
            if let Some(shared) = more.upgrade() {
                shared.open_menu(card, card.more());
            }
        },
    );
    let menu = gtk::GestureClick::builder().button(gdk::BUTTON_SECONDARY).build();
    let weak = Rc::downgrade(shared);
    menu.connect_pressed(move |gesture, _, _, _| {
        if let (Some(shared), Some(card)) = (weak.upgrade(), gesture.widget().and_downcast::<FileCard>()) {
            gesture.set_state(gtk::EventSequenceState::Claimed);
            shared.open_menu(&card, card.icon());
        }
    });
    card.add_controller(menu);
    let drag = gtk::DragSource::builder().actions(gdk::DragAction::COPY).build();
    let weak = Rc::downgrade(shared);
    drag.connect_prepare(move |drag, _, _| {
        let card = drag.widget().and_downcast::<FileCard>()?;
        (weak.upgrade()?.offer_drag)(&card.entry()?)
    });
    drag.connect_drag_begin(|drag, _| {
        if let Some(card) = drag.widget().and_downcast::<FileCard>() {
            drag.set_icon(Some(&gtk::WidgetPaintable::new(Some(card.icon()))), 32, 32);
        }
    });
    card.add_controller(drag);
    card
}

impl Shared {
    /// Opens the menu at a card. It acts on the selection, so the card becomes it unless it is in it.
    fn open_menu(&self, card: &FileCard, at: &impl IsA<gtk::Widget>) {
        if card.entry().is_none() {
            return;
        }
        if !self.rows.borrow().is_picked(card.position()) {
            self.model.select_item(card.position(), true);
        }
        let Some(parent) = self.menu.parent() else { return };
        if let Some((x, y)) = at.translate_coordinates(&parent, 0.0, 0.0) {
            #[expect(clippy::cast_possible_truncation, reason = "a place on the screen")]
            let place = gdk::Rectangle::new(x as i32, y as i32, at.width(), at.height());
            self.menu.set_pointing_to(Some(&place));
        }
        self.menu.popup();
    }

    fn paint_card(&self, card: &FileCard, position: u32) {
        let rows = self.rows.borrow();
        let entry = rows.item(position);
        let icon = entry.map(|entry| self.icons.of(entry.file_name.as_str()));
        card.paint(position, entry, icon.as_ref(), rows.is_picked(position));
    }

    /// Paints the cards of a range that are on the screen or near it.
    fn paint(&self, first: u32, count: u32) {
        let range = first..first.saturating_add(count);
        for (item, card) in self.bound.borrow().iter().filter(|(item, _)| range.contains(&item.position())) {
            self.paint_card(card, item.position());
        }
    }

    fn paint_picked(&self, first: u32, count: u32) {
        let range = first..first.saturating_add(count);
        let rows = self.rows.borrow();
        for (item, card) in self.bound.borrow().iter().filter(|(item, _)| range.contains(&item.position())) {
            card.show_picked(rows.is_picked(item.position()));
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
            let mut pages: HashMap<u32, usize> = HashMap::new();
            for item in shared.bound.borrow().keys() {
                *pages.entry(item.position() / PAGE_ROWS).or_default() += 1;
            }
            let mut wanted: Vec<u32> = pages.keys().copied().collect();
            wanted.sort_by_key(|page| (std::cmp::Reverse(pages[page]), *page));
            if !wanted.is_empty() {
                (shared.on_event)(GridEvent::Wanted(wanted));
            }
        });
    }
}

//! What was said, from the oldest to the newest: a list that keeps its place while rows come in above it, and follows
//! what is new while its end is in sight.
//!
//! This file decides nothing about posts. It tells which rows are looked at, paints what it is told to, and never has
//! GTK build a row that could be painted anew.

mod jump;
mod menu;
mod place;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use relm4::gtk::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::{adw, gtk};

use self::jump::Jump;
use self::menu::{action_name, menu};
use super::positions::Positions;
use super::post_look::{PostDeed, RowLook};
use super::post_row::{OnDeed, PostRow};
use crate::view_model::room::TimelineChange;

/// How long GTK takes to lay out rows that it was told to show.
const LAID_OUT: Duration = Duration::from_millis(60);

/// What a person does with the list, and what they look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineEvent {
    /// These rows are on the screen.
    Looking {
        /// The first of them.
        first: u32,
        /// The last of them.
        last: u32,
        /// Whether the end is in sight.
        at_end: bool,
    },
    /// Something is wanted of a post.
    Post(u32, PostDeed),
    /// The newest are wanted.
    ToNewest,
}

/// Where the rows come from.
pub trait Rows {
    /// Returns what a row shows.
    fn look(&self, position: u32) -> Option<RowLook>;

    /// Tells whether the menu of a row offers this.
    fn offers(&self, position: u32, deed: PostDeed) -> bool;
}

/// The list.
#[derive(Debug)]
pub struct Timeline {
    overlay: gtk::Overlay,
    shared: Rc<Shared>,
}

struct Shared {
    rows: Box<dyn Rows>,
    model: Positions,
    view: gtk::ListView,
    scroller: gtk::ScrolledWindow,
    bound: RefCell<HashMap<gtk::ListItem, PostRow>>,
    menu: gtk::PopoverMenu,
    actions: Vec<(PostDeed, gio::SimpleAction)>,
    /// The row whose menu is open, or was last.
    menu_of: Cell<u32>,
    jump: Jump,
    /// Whether the list follows what is new.
    follows: Cell<bool>,
    /// Whether these are rows that a search has found.
    is_of_results: Cell<bool>,
    is_look_due: Cell<bool>,
    is_end_due: Cell<bool>,
    told: Cell<Option<TimelineEvent>>,
    on_event: Box<dyn Fn(TimelineEvent)>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("bound", &self.bound.borrow().len()).finish_non_exhaustive()
    }
}

impl Timeline {
    /// Makes the list of these rows. `title` is its name to whoever has it read aloud; no row is wider than
    /// `width_max`, in application pixels.
    pub fn new(
        title: &str,
        width_max: i32,
        rows: impl Rows + 'static,
        on_event: impl Fn(TimelineEvent) + 'static,
    ) -> Self {
        let view = gtk::ListView::builder().css_classes(["timeline"]).build();
        view.update_property(&[gtk::accessible::Property::Label(title)]);
        let clamp = adw::ClampScrollable::builder()
            .child(&view)
            .maximum_size(width_max)
            .tightening_threshold(width_max)
            .build();
        let scroller = gtk::ScrolledWindow::builder()
            .child(&clamp)
            .vexpand(true)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .build();
        let overlay = gtk::Overlay::builder().child(&scroller).build();
        let jump = Jump::new();
        overlay.add_overlay(&jump.revealer);
        let shared = Rc::new(Shared {
            rows: Box::new(rows),
            model: Positions::default(),
            menu: gtk::PopoverMenu::from_model(Some(&menu())),
            actions: PostDeed::OF_MENU
                .map(|deed| (deed, gio::SimpleAction::new(action_name(deed), None)))
                .to_vec(),
            view,
            scroller,
            bound: RefCell::default(),
            menu_of: Cell::new(0),
            jump,
            follows: Cell::new(true),
            is_of_results: Cell::new(false),
            is_look_due: Cell::new(false),
            is_end_due: Cell::new(false),
            told: Cell::new(None),
            on_event: Box::new(on_event),
        });
        let model = gtk::NoSelection::new(Some(shared.model.clone()));
        shared.view.set_factory(Some(&factory(&shared)));
        shared.view.set_model(Some(&model));
        shared.prepare_menu();
        shared.watch();
        let weak = Rc::downgrade(&shared);
        // Enter on a row; a press with the pointer comes twice before it counts.
        shared.view.connect_activate(move |_, position| {
            let Some(shared) = weak.upgrade().filter(|shared| !shared.is_of_results.get()) else { return };
            if let Some(row) = shared.row_at(position).filter(PostRow::is_post) {
                shared.open_menu(&row);
            }
        });
        Self { overlay, shared }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::Overlay {
        &self.overlay
    }

    /// Returns the list itself.
    pub fn view(&self) -> &gtk::ListView {
        &self.shared.view
    }

    /// Moves the keyboard to the list.
    pub fn grab_focus(&self) {
        self.shared.view.grab_focus();
    }

    /// Does to the list what was done to its rows.
    pub fn apply(&self, change: TimelineChange) {
        let shared = &self.shared;
        match change {
            TimelineChange::Replaced { now, .. } => {
                shared.follows.set(!shared.is_of_results.get());
                let was = shared.model.n_items();
                shared.model.splice(0, was, now);
            }
            // What is looked at stays where it is, unless it is the end.
            TimelineChange::Splice { at, removed, added } => shared.model.splice(at, removed, added),
            TimelineChange::Repaint { first, count } => return shared.paint(first, count),
            TimelineChange::Show { row } => return self.show(row, true),
            TimelineChange::Begin { row } => return self.show(row, false),
            TimelineChange::ShowNewest => return self.show_end(),
        }
        let count = shared.model.n_items();
        if shared.follows.get() && count > 0 {
            // Before it is laid out, so that nothing else is painted first.
            shared.scroll_to(count - 1);
        }
        shared.told.set(None);
        shared.look_soon();
    }

    /// Shows a row, and, if that is wanted, for a moment that it is the one.
    fn show(&self, row: u32, is_wanted: bool) {
        self.shared.follows.set(false);
        self.shared.scroll_to(row);
        let weak = Rc::downgrade(&self.shared);
        // Once GTK has laid out what is around it.
        glib::timeout_add_local_once(LAID_OUT, move || {
            let Some(shared) = weak.upgrade() else { return };
            shared.place(row, if is_wanted { 0.4 } else { 0.1 });
            if let Some(row) = shared.row_at(row).filter(|_| is_wanted) {
                row.flash();
            }
            shared.look_soon();
        });
    }

    /// Goes to the end, and follows what is new from there.
    fn show_end(&self) {
        self.shared.follows.set(true);
        if let Some(last) = self.shared.model.n_items().checked_sub(1) {
            self.shared.scroll_to(last);
        }
        self.shared.to_end_soon();
        self.shared.look_soon();
    }

    /// Paints every row anew that is built and looks otherwise than it did.
    pub fn repaint(&self) {
        self.shared.paint(0, u32::MAX);
    }

    /// Shows how many are new beneath what is looked at, and whether there is a way to them.
    pub fn show_jump(&self, is_away: bool, unseen: u64) {
        self.shared.jump.show(is_away, unseen);
    }

    /// Makes it a list of what was found: it begins with its first row, and a press leads to where a row stands.
    pub fn list_results(&self) {
        self.shared.follows.set(false);
        self.shared.is_of_results.set(true);
        self.shared.view.set_single_click_activate(true);
        let weak = Rc::downgrade(&self.shared);
        self.shared.view.connect_activate(move |_, position| {
            if let Some(shared) = weak.upgrade() {
                (shared.on_event)(TimelineEvent::Post(position, PostDeed::GoTo));
            }
        });
    }

    /// Lists so many results: more of the same at the end, or others.
    pub fn list(&self, count: u32) {
        self.shared.model.resize(count);
        self.shared.paint(0, u32::MAX);
        self.shared.told.set(None);
        self.shared.look_soon();
    }

    /// Returns how many rows are built.
    pub fn built(&self) -> usize {
        std::iter::successors(self.shared.view.first_child(), WidgetExt::next_sibling).count()
    }
}

fn factory(shared: &Rc<Shared>) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    let (deed, more) = (Rc::downgrade(shared), Rc::downgrade(shared));
    let on_deed: OnDeed = Rc::new(move |row, wanted| {
        if let Some(shared) = deed.upgrade()
            && let Some(position) = shared.position_of(row)
        {
            (shared.on_event)(TimelineEvent::Post(position, wanted));
        }
    });
    let on_more: Rc<dyn Fn(&PostRow)> = Rc::new(move |row| {
        if let Some(shared) = more.upgrade() {
            shared.open_menu(row);
        }
    });
    factory.connect_setup(move |_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            item.set_child(Some(&PostRow::new(Rc::clone(&on_deed), Rc::clone(&on_more))));
        }
    });
    let weak = Rc::downgrade(shared);
    factory.connect_bind(move |_, item| {
        let item = item.downcast_ref::<gtk::ListItem>();
        if let (Some(shared), Some(item)) = (weak.upgrade(), item)
            && let Some(row) = item.child().and_downcast::<PostRow>()
        {
            row.paint(shared.rows.look(item.position()));
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
    /// Returns the row that is built at a position.
    fn row_at(&self, position: u32) -> Option<PostRow> {
        self.bound.borrow().iter().find(|(item, _)| item.position() == position).map(|(_, row)| row.clone())
    }

    /// Paints the rows of a range that are on the screen or near it.
    fn paint(&self, first: u32, count: u32) {
        let range = first..first.saturating_add(count);
        let due: Vec<(u32, PostRow)> = self
            .bound
            .borrow()
            .iter()
            .map(|(item, row)| (item.position(), row.clone()))
            .filter(|(position, _)| range.contains(position))
            .collect();
        for (position, row) in due {
            row.paint(self.rows.look(position));
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
            let rows: Vec<u32> = shared.on_screen();
            let (Some(first), Some(last)) = (rows.iter().min(), rows.iter().max()) else { return };
            let at_end = shared.is_at_end();
            let event = TimelineEvent::Looking { first: *first, last: *last, at_end };
            if shared.told.replace(Some(event)) != Some(event) {
                (shared.on_event)(event);
            }
        });
    }

    /// Returns the rows that can be seen.
    fn on_screen(&self) -> Vec<u32> {
        let height = f64::from(self.scroller.height());
        let bound = self.bound.borrow();
        let seen = bound.iter().filter(|(_, row)| {
            let top = row.translate_coordinates(&self.scroller, 0.0, 0.0);
            row.is_mapped() && top.is_some_and(|(_, top)| top < height && top + f64::from(row.height()) > 0.0)
        });
        seen.map(|(item, _)| item.position()).collect()
    }

    /// Returns where a row stands now: rows may have come in above it since it was painted.
    fn position_of(&self, row: &PostRow) -> Option<u32> {
        self.bound.borrow().iter().find(|(_, of)| *of == row).map(|(item, _)| item.position())
    }
}

//! Who is in the room: everyone who has a seat, and whether they are there.
//!
//! This file decides nothing. There may be thousands, so rows are made for those that are looked at.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use relm4::gtk::prelude::*;
use relm4::{adw, gtk};

use super::plain_label;
use super::positions::Positions;

/// The side of somebody's picture, in application pixels.
const AVATAR_SIDE: i32 = 28;

/// A seat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeatLook {
    /// Whose it is.
    pub user_name: String,
    /// How they are, in words.
    pub state: String,
    /// Whether they are there.
    pub is_present: bool,
}

/// What happens to the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatEvent {
    /// These rows are looked at.
    Looking {
        /// The first of them.
        first: u32,
        /// The last of them.
        last: u32,
    },
    /// Somebody was chosen.
    Chosen(u32),
}

/// The list.
#[derive(Debug)]
pub struct SeatList {
    scroller: gtk::ScrolledWindow,
    shared: Rc<Shared>,
}

struct Shared {
    model: Positions,
    bound: RefCell<HashMap<gtk::ListItem, Row>>,
    look: Box<dyn Fn(u32) -> Option<SeatLook>>,
    on_event: Box<dyn Fn(SeatEvent)>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("bound", &self.bound.borrow().len()).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
struct Row {
    root: gtk::Box,
    avatar: adw::Avatar,
    name: gtk::Label,
    state: gtk::Label,
}

impl SeatList {
    /// Makes the list. `look` tells what a row shows.
    pub fn new(
        title: &str,
        look: impl Fn(u32) -> Option<SeatLook> + 'static,
        on_event: impl Fn(SeatEvent) + 'static,
    ) -> Self {
        let shared = Rc::new(Shared {
            model: Positions::default(),
            bound: RefCell::default(),
            look: Box::new(look),
            on_event: Box::new(on_event),
        });
        let model = gtk::NoSelection::new(Some(shared.model.clone()));
        let view = gtk::ListView::new(Some(model), Some(factory(&shared)));
        view.add_css_class("seats");
        view.set_single_click_activate(true);
        view.update_property(&[gtk::accessible::Property::Label(title)]);
        let weak = Rc::downgrade(&shared);
        view.connect_activate(move |_, position| {
            if let Some(shared) = weak.upgrade() {
                (shared.on_event)(SeatEvent::Chosen(position));
            }
        });
        let scroller = gtk::ScrolledWindow::builder()
            .child(&view)
            .vexpand(true)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .build();
        Self { scroller, shared }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.scroller
    }

    /// Shows so many seats, as they are now.
    pub fn show(&self, count: u32) {
        self.shared.model.resize(count);
        for (item, row) in self.shared.bound.borrow().iter() {
            row.paint((self.shared.look)(item.position()));
        }
    }
}

fn factory(shared: &Rc<Shared>) -> gtk::SignalListItemFactory {
    let factory = gtk::SignalListItemFactory::new();
    let rows: Rc<RefCell<HashMap<gtk::ListItem, Row>>> = Rc::default();
    let made = Rc::clone(&rows);
    factory.connect_setup(move |_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            let row = Row::new();
            item.set_child(Some(&row.root));
            made.borrow_mut().insert(item.clone(), row);
        }
    });
    let (weak, made) = (Rc::downgrade(shared), Rc::clone(&rows));
    factory.connect_bind(move |_, item| {
        if let (Some(shared), Some(item)) = (weak.upgrade(), item.downcast_ref::<gtk::ListItem>())
            && let Some(row) = made.borrow().get(item)
        {
            row.paint((shared.look)(item.position()));
            shared.bound.borrow_mut().insert(item.clone(), row.clone());
            let positions: Vec<u32> = shared.bound.borrow().keys().map(gtk::ListItem::position).collect();
            let (first, last) = (positions.iter().min(), positions.iter().max());
            if let (Some(first), Some(last)) = (first.copied(), last.copied()) {
                (shared.on_event)(SeatEvent::Looking { first, last });
            }
        }
    });
    let weak = Rc::downgrade(shared);
    factory.connect_unbind(move |_, item| {
        if let (Some(shared), Some(item)) = (weak.upgrade(), item.downcast_ref::<gtk::ListItem>()) {
            shared.bound.borrow_mut().remove(item);
        }
    });
    factory.connect_teardown(move |_, item| {
        if let Some(item) = item.downcast_ref::<gtk::ListItem>() {
            rows.borrow_mut().remove(item);
        }
    });
    factory
}

impl Row {
    fn new() -> Self {
        let avatar = adw::Avatar::new(AVATAR_SIDE, None, true);
        let (name, state) = (plain_label(&[]), plain_label(&["caption", "dim-label"]));
        let words = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .valign(gtk::Align::Center)
            .hexpand(true)
            .build();
        words.append(&name);
        words.append(&state);
        let root = gtk::Box::builder()
            .spacing(9)
            .css_classes(["seat"])
            .accessible_role(gtk::AccessibleRole::Group)
            .build();
        root.append(&avatar);
        root.append(&words);
        Self { root, avatar, name, state }
    }

    fn paint(&self, look: Option<SeatLook>) {
        let look = look.unwrap_or_default();
        self.avatar.set_text(Some(&look.user_name));
        self.name.set_text(&look.user_name);
        self.state.set_text(&look.state);
        self.state.set_visible(!look.state.is_empty());
        match look.is_present {
            true => self.root.remove_css_class("away"),
            false => self.root.add_css_class("away"),
        }
        let aloud = format!("{}, {}", look.user_name, look.state);
        let aloud = if look.state.is_empty() { &look.user_name } else { &aloud };
        self.root.update_property(&[gtk::accessible::Property::Label(aloud)]);
    }
}

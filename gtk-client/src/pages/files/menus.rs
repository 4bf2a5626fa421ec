//! The menus and shortcuts of the page of files.
//!
//! This file does not know what a deed leads to.

use std::rc::Rc;

use parlour_common::message::{FilePlace, FileSort};
use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gio, glib};

use crate::text;
use crate::view_model::files::{Deed, Files, Order};

/// The orders that the menu offers.
const ORDERS: [(FileSort, &str); 3] =
    [(FileSort::Name, "name"), (FileSort::Size, "size"), (FileSort::Time, "time")];

/// The shortcuts of deeds. Delete is of two: which, the place decides.
const SHORTCUTS: [(Deed, &str); 5] = [
    (Deed::Download, "<Ctrl>d"),
    (Deed::Share, "<Ctrl><Shift>s"),
    (Deed::Rename, "F2"),
    (Deed::Restore, "<Ctrl>r"),
    (Deed::Trash, "Delete"),
];

/// What is wanted by a menu or a shortcut.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish {
    /// Do this with the selection.
    Do(Deed),
    /// Order the cards so.
    Order(Order),
    /// Choose files to upload.
    Upload,
    /// Upload what is in the clipboard.
    Paste,
    /// Open the menu of the card that has the keyboard.
    OpenMenu,
}

/// The actions behind the menus.
#[derive(Debug)]
pub(super) struct Actions {
    deeds: Vec<(Deed, gio::SimpleAction)>,
    sort: gio::SimpleAction,
    reversed: gio::SimpleAction,
}

fn action_name(deed: Deed) -> &'static str {
    match deed {
        Deed::Download => "download",
        Deed::Share => "share",
        Deed::Show => "show",
        Deed::Rename => "rename",
        Deed::Trash => "trash",
        Deed::Restore => "restore",
        Deed::Purge => "purge",
        Deed::Remove => "remove",
    }
}

/// Returns the menu of a card.
pub(super) fn card_menu(place: FilePlace) -> gio::Menu {
    let menu = gio::Menu::new();
    let (first, last) = (gio::Menu::new(), gio::Menu::new());
    for deed in Deed::ALL.into_iter().filter(|deed| deed.is_of(place)) {
        let takes_away = matches!(deed, Deed::Trash | Deed::Purge | Deed::Remove);
        let section = if takes_away { &last } else { &first };
        section.append(Some(text::deed(deed)), Some(&format!("files.{}", action_name(deed))));
    }
    menu.append_section(None, &first);
    menu.append_section(None, &last);
    menu
}

/// Returns the menu that orders the cards.
pub(super) fn order_menu() -> gio::Menu {
    let menu = gio::Menu::new();
    let orders = gio::Menu::new();
    for (by, target) in ORDERS {
        orders.append(Some(text::file_order(by)), Some(&format!("files.sort::{target}")));
    }
    menu.append_section(Some("Sort By"), &orders);
    let direction = gio::Menu::new();
    direction.append(Some("Reversed"), Some("files.reversed"));
    menu.append_section(None, &direction);
    menu
}

fn order_of(target: &str) -> FileSort {
    ORDERS.iter().find(|(_, name)| *name == target).map_or_else(FileSort::default, |(by, _)| *by)
}

fn target_of(by: FileSort) -> &'static str {
    ORDERS.iter().find(|(other, _)| *other == by).map_or("name", |(_, target)| target)
}

/// Adds the actions and the shortcuts to the page. `on_wish` is told what is wanted.
pub(super) fn add(root: &impl IsA<gtk::Widget>, on_wish: impl Fn(Wish) + 'static) -> Actions {
    let on_wish: Rc<dyn Fn(Wish)> = Rc::new(on_wish);
    let group = gio::SimpleActionGroup::new();
    let mut deeds = Vec::new();
    for deed in Deed::ALL {
        let action = gio::SimpleAction::new(action_name(deed), None);
        let wished = Rc::clone(&on_wish);
        action.connect_activate(move |_, _| wished(Wish::Do(deed)));
        group.add_action(&action);
        deeds.push((deed, action));
    }
    let sort = gio::SimpleAction::new_stateful("sort", Some(glib::VariantTy::STRING), &"name".to_variant());
    let reversed = gio::SimpleAction::new_stateful("reversed", None, &false.to_variant());
    let (other, wished) = (reversed.clone(), Rc::clone(&on_wish));
    sort.connect_activate(move |_, target| {
        let by = order_of(target.and_then(glib::Variant::str).unwrap_or_default());
        let descending = other.state().and_then(|state| state.get()).unwrap_or(false);
        wished(Wish::Order(Order { by, descending }));
    });
    let (other, wished) = (sort.clone(), Rc::clone(&on_wish));
    reversed.connect_activate(move |reversed, _| {
        let by = order_of(&other.state().and_then(|state| state.get::<String>()).unwrap_or_default());
        let was = reversed.state().and_then(|state| state.get()).unwrap_or(false);
        wished(Wish::Order(Order { by, descending: !was }));
    });
    group.add_action(&sort);
    group.add_action(&reversed);
    root.insert_action_group("files", Some(&group));
    root.add_controller(shortcuts(&on_wish));
    Actions { deeds, sort, reversed }
}

fn shortcuts(on_wish: &Rc<dyn Fn(Wish)>) -> gtk::ShortcutController {
    let keys = gtk::ShortcutController::new();
    let others = [
        (Wish::Upload, "<Ctrl>u"),
        (Wish::Paste, "<Ctrl>v"),
        (Wish::OpenMenu, "Menu|<Shift>F10"),
        (Wish::Do(Deed::Purge), "Delete"),
        (Wish::Do(Deed::Remove), "Delete"),
    ];
    let deeds = SHORTCUTS.map(|(deed, trigger)| (Wish::Do(deed), trigger));
    for (wish, trigger) in deeds.into_iter().chain(others) {
        let wished = Rc::clone(on_wish);
        let action = gtk::CallbackAction::new(move |_, _| {
            wished(wish);
            glib::Propagation::Stop
        });
        keys.add_shortcut(gtk::Shortcut::new(gtk::ShortcutTrigger::parse_string(trigger), Some(action)));
    }
    keys
}

impl Actions {
    /// Shows what can be done, and the order.
    pub(super) fn show(&self, state: &Files) {
        for (deed, action) in &self.deeds {
            action.set_enabled(state.can(*deed));
        }
        let Order { by, descending } = state.order();
        self.sort.set_state(&target_of(by).to_variant());
        self.reversed.set_state(&descending.to_variant());
    }
}

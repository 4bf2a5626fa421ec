//! What the library says: its states, its counts, its order.
//!
//! This file decides nothing and draws nothing.

use parlour_common::message::{Sort, SortBy};
use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gio, glib};

use crate::format::{counted, number, size};
use crate::text;
use crate::view_model::library::{Library, Missing, SORT_DEFAULT, View};

/// The orders that the menu offers.
const ORDERS: [(SortBy, &str); 6] = [
    (SortBy::Relevance, "relevance"),
    (SortBy::Title, "title"),
    (SortBy::Artist, "artist"),
    (SortBy::Album, "album"),
    (SortBy::Duration, "duration"),
    (SortBy::Size, "size"),
];

pub(super) fn stack_child(view: &View) -> &'static str {
    match view {
        View::Loading => "loading",
        View::List => "list",
        View::Failed(_) | View::EmptyBank | View::Reading | View::NoMatch => "status",
    }
}

pub(super) fn status_icon(view: &View) -> &'static str {
    match view {
        View::NoMatch => "system-search-symbolic",
        View::Failed(_) => "dialog-warning-symbolic",
        View::Loading | View::List | View::EmptyBank | View::Reading => "folder-music-symbolic",
    }
}

pub(super) fn status_title(view: &View) -> &'static str {
    match view {
        View::EmptyBank => "No Music Yet",
        View::Reading => "Reading the Music Folder",
        View::NoMatch => "Nothing Found",
        View::Failed(_) => "The List Cannot Be Shown",
        View::Loading | View::List => "",
    }
}

/// A status page reads its description as markup: what a person typed or a daemon said is escaped.
pub(super) fn status_description(state: &Library) -> String {
    let plain = match state.view() {
        View::EmptyBank => {
            "As soon as the operator puts music into the server’s bank folder, it appears here.".to_owned()
        }
        View::Reading => {
            "The server is looking at its music. Tracks appear here as they are found.".to_owned()
        }
        View::NoMatch => format!("No track matches “{}”. Try fewer or other words.", state.query().trim()),
        View::Failed(denial) => text::denial(&denial),
        View::Loading | View::List => String::new(),
    };
    glib::markup_escape_text(&plain).to_string()
}

/// Says how many tracks there are, match or are selected.
pub(super) fn summary(state: &Library) -> String {
    let (picked, _) = state.picked();
    if picked > 0 {
        return format!("{} selected", number(picked as u64));
    }
    let Some(library) = state.state().filter(|library| library.tracks > 0) else { return String::new() };
    let (total, all) = (u64::from(state.total()), u64::from(library.tracks));
    if state.query().trim().is_empty() {
        counted(total, "track", "tracks")
    } else {
        format!("{} of {}", number(total), counted(all, "track", "tracks"))
    }
}

/// Says what is worth knowing beneath the summary.
pub(super) fn detail(state: &Library) -> String {
    if state.is_gathering() {
        return "Reading the list…".to_owned();
    }
    match (state.picked(), state.state()) {
        ((1.., Some(bytes)), _) => size(bytes),
        ((1.., None), _) => String::new(),
        (_, Some(library)) if library.scanning => "The server is still reading its music".to_owned(),
        _ => String::new(),
    }
}

/// Says where downloads go, or that nobody has said so.
pub(super) fn destination(state: &Library) -> String {
    match state.folder() {
        Some(folder) => {
            let home = glib::home_dir();
            let shown = match folder.strip_prefix(&home) {
                Ok(rest) if rest.as_os_str().is_empty() => "Home".to_owned(),
                Ok(rest) => format!("~/{}", rest.display()),
                Err(_) => folder.display().to_string(),
            };
            // Isolated, so that a name written from right to left does not turn the sentence around.
            format!("To \u{2068}{shown}\u{2069}")
        }
        None => "No folder chosen".to_owned(),
    }
}

pub(super) fn destination_tooltip(state: &Library) -> Option<String> {
    state.folder().map(|folder| folder.display().to_string())
}

pub(super) fn download_tooltip(state: &Library) -> Option<&'static str> {
    match state.missing() {
        Some(Missing::Folder) => Some("Choose a folder first"),
        Some(Missing::Tracks) => Some("Select tracks first"),
        None => Some("Download the selected tracks"),
    }
}

/// Returns the menu that orders the list where there are no headings.
pub(super) fn sort_menu() -> gio::Menu {
    let menu = gio::Menu::new();
    let orders = gio::Menu::new();
    for (by, target) in ORDERS {
        orders.append(Some(text::sort_title(by)), Some(&format!("list.sort::{target}")));
    }
    menu.append_section(Some("Sort By"), &orders);
    let direction = gio::Menu::new();
    direction.append(Some("Reversed"), Some("list.reversed"));
    menu.append_section(None, &direction);
    menu
}

/// Adds the actions of the menu; `on_sort` is told the order chosen.
pub(super) fn add_sort_action(root: &impl IsA<gtk::Widget>, on_sort: impl Fn(Sort) + 'static) -> SortActions {
    let on_sort = std::rc::Rc::new(on_sort);
    let sort = gio::SimpleAction::new_stateful(
        "sort",
        Some(&String::static_variant_type()),
        &target_of(SORT_DEFAULT.by).to_variant(),
    );
    let reversed = gio::SimpleAction::new_stateful("reversed", None, &false.to_variant());
    let (other, event) = (reversed.clone(), std::rc::Rc::clone(&on_sort));
    sort.connect_activate(move |_, target| {
        let target = target.and_then(glib::Variant::get::<String>).unwrap_or_default();
        let by = ORDERS.iter().find(|(_, name)| *name == target).map_or(SORT_DEFAULT.by, |(by, _)| *by);
        let descending = other.state().and_then(|state| state.get::<bool>()).unwrap_or(false);
        event(Sort { by, descending: descending && by != SortBy::Relevance });
    });
    let other = sort.clone();
    reversed.connect_activate(move |reversed, _| {
        let target = other.state().and_then(|state| state.get::<String>()).unwrap_or_default();
        let by = ORDERS.iter().find(|(_, name)| *name == target).map_or(SORT_DEFAULT.by, |(by, _)| *by);
        let was = reversed.state().and_then(|state| state.get::<bool>()).unwrap_or(false);
        on_sort(Sort { by, descending: !was });
    });
    let actions = gio::SimpleActionGroup::new();
    actions.add_action(&sort);
    actions.add_action(&reversed);
    root.insert_action_group("list", Some(&actions));
    SortActions { sort, reversed }
}

fn target_of(by: SortBy) -> &'static str {
    ORDERS.iter().find(|(other, _)| *other == by).map_or("relevance", |(_, target)| target)
}

/// The two actions that show the order in the menu.
#[derive(Debug)]
pub(super) struct SortActions {
    sort: gio::SimpleAction,
    reversed: gio::SimpleAction,
}

impl SortActions {
    /// Shows an order.
    pub(super) fn show(&self, sort: Sort) {
        self.sort.set_state(&target_of(sort.by).to_variant());
        self.reversed.set_state(&sort.descending.to_variant());
        self.reversed.set_enabled(sort.by != SortBy::Relevance);
    }
}

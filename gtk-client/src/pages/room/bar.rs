//! The bar above a conversation: which it is, the way back to the list, search, who is there, and its menu.
//!
//! This file decides nothing.

use std::cell::Cell;
use std::rc::Rc;

use parlour_common::message::ConversationId;
use relm4::gtk;
use relm4::gtk::gio;
use relm4::gtk::prelude::*;

use crate::network::ExportForm;
use crate::text;
use crate::view_model::room::{Room, Seat};
use crate::widgets::{name, plain_label, take_keyboard};

/// What a person wants of the bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BarEvent {
    /// The list of conversations.
    ShowList,
    /// The search, or an end to it.
    Search(bool),
    /// Another text is searched for.
    SearchTyped(String),
    /// Esc was pressed in the search.
    StopSearch,
    /// Who is in the room, or not any more.
    ShowSeats(bool),
    /// The conversation in a file.
    Export(ExportForm),
    /// To leave the room.
    Leave,
}

/// The bar.
#[derive(Debug)]
pub(super) struct Bar {
    root: gtk::Box,
    back: gtk::Button,
    title: gtk::Label,
    subtitle: gtk::Label,
    search: gtk::ToggleButton,
    seats: gtk::ToggleButton,
    search_line: gtk::Revealer,
    entry: gtk::SearchEntry,
    leave: gio::SimpleAction,
    was_searching: Cell<bool>,
}

impl Bar {
    pub(super) fn new(on_event: impl Fn(BarEvent) + 'static) -> Self {
        let on_event: Rc<dyn Fn(BarEvent)> = Rc::new(on_event);
        let (title, subtitle) = (plain_label(&["heading"]), plain_label(&["caption", "dim-label"]));
        let words = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .valign(gtk::Align::Center)
            .hexpand(true)
            .css_classes(["talk-title"])
            .build();
        words.append(&title);
        words.append(&subtitle);
        let back = gtk::Button::builder().icon_name("go-previous-symbolic").css_classes(["flat"]).build();
        name(&back, text::CONVERSATIONS);
        let told = Rc::clone(&on_event);
        back.connect_clicked(move |_| told(BarEvent::ShowList));
        let search = toggle("system-search-symbolic", text::SEARCH_HERE, &on_event, BarEvent::Search);
        let seats = toggle("system-users-symbolic", text::IN_THE_ROOM, &on_event, BarEvent::ShowSeats);
        let menu = gtk::MenuButton::builder()
            .icon_name("view-more-symbolic")
            .menu_model(&menu())
            .css_classes(["flat"])
            .build();
        name(&menu, text::CONVERSATION_MENU);
        let line = gtk::Box::builder().spacing(3).css_classes(["talk-bar"]).build();
        line.append(&back);
        line.append(&words);
        line.append(&search);
        line.append(&seats);
        line.append(&menu);
        let (search_line, entry) = search_line(&on_event);
        let root = gtk::Box::builder().orientation(gtk::Orientation::Vertical).build();
        root.append(&line);
        root.append(&search_line);
        let leave = add_actions(&root, &on_event);
        Self {
            root,
            back,
            title,
            subtitle,
            search,
            seats,
            search_line,
            entry,
            leave,
            was_searching: Cell::new(false),
        }
    }

    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    /// Returns the button that shows who is in the room.
    pub(super) fn seats(&self) -> &gtk::ToggleButton {
        &self.seats
    }

    /// Moves the keyboard to the search.
    pub(super) fn focus_search(&self) {
        if !self.search.is_active() {
            self.search.emit_clicked();
        }
        self.entry.grab_focus();
        self.entry.select_region(0, -1);
    }

    pub(super) fn show(&self, state: &Room, is_narrow: bool) {
        let is_room = state.conversation() == ConversationId::ROOM;
        let title = state.talk().map_or_else(|| text::talk_name(None), text::talk_title);
        self.title.set_text(&title);
        let subtitle = match (is_room, state.participants(), state.talk()) {
            (true, 0, _) => String::new(),
            (true, count, _) => text::participants(count),
            (false, _, Some(talk)) if talk.entry.departed => text::talk_detail(talk),
            (false, _, _) => String::new(),
        };
        self.subtitle.set_text(&subtitle);
        self.subtitle.set_visible(!subtitle.is_empty());
        self.back.set_visible(is_narrow);
        self.seats.set_visible(is_room);
        self.leave.set_enabled(is_room && *state.seat() == Seat::Here);
        let is_searching = state.search().is_some();
        if !is_searching {
            take_keyboard(self.search_line.upcast_ref());
        }
        self.search.set_active(is_searching);
        self.search_line.set_visible(is_searching);
        self.search_line.set_reveal_child(is_searching);
        // Each search begins anew.
        if is_searching && !self.was_searching.replace(is_searching) {
            self.entry.set_text("");
        }
        self.was_searching.set(is_searching);
    }
}

fn toggle(
    icon: &str,
    words: &str,
    on_event: &Rc<dyn Fn(BarEvent)>,
    event: impl Fn(bool) -> BarEvent + 'static,
) -> gtk::ToggleButton {
    let button = gtk::ToggleButton::builder().icon_name(icon).css_classes(["flat"]).build();
    name(&button, words);
    let told = Rc::clone(on_event);
    // Only what the person does: the button is also set to what is so.
    button.connect_clicked(move |button| told(event(button.is_active())));
    button
}

fn search_line(on_event: &Rc<dyn Fn(BarEvent)>) -> (gtk::Revealer, gtk::SearchEntry) {
    let entry = gtk::SearchEntry::builder()
        .placeholder_text(text::SEARCH_MESSAGES)
        .search_delay(250)
        .hexpand(true)
        .build();
    entry.update_property(&[gtk::accessible::Property::Label(text::SEARCH_MESSAGES)]);
    let told = Rc::clone(on_event);
    entry.connect_search_changed(move |entry| told(BarEvent::SearchTyped(entry.text().to_string())));
    let told = Rc::clone(on_event);
    entry.connect_stop_search(move |_| told(BarEvent::StopSearch));
    let line = gtk::Box::builder().css_classes(["search-line"]).build();
    line.append(&relm4::adw::Clamp::builder().maximum_size(560).child(&entry).hexpand(true).build());
    let revealer = gtk::Revealer::builder().child(&line).visible(false).build();
    (revealer, entry)
}

fn menu() -> gio::Menu {
    let (menu, files, room) = (gio::Menu::new(), gio::Menu::new(), gio::Menu::new());
    files.append(Some(text::EXPORT_TEXT), Some("talk.export-text"));
    files.append(Some(text::EXPORT_JSON), Some("talk.export-json"));
    let leave = gio::MenuItem::new(Some(text::LEAVE_ROOM), Some("talk.leave"));
    leave.set_attribute_value("hidden-when", Some(&"action-disabled".to_variant()));
    room.append_item(&leave);
    menu.append_section(None, &files);
    menu.append_section(None, &room);
    menu
}

fn add_actions(root: &gtk::Box, on_event: &Rc<dyn Fn(BarEvent)>) -> gio::SimpleAction {
    let group = gio::SimpleActionGroup::new();
    let mut made = None;
    for (action, event) in [
        ("export-text", BarEvent::Export(ExportForm::Text)),
        ("export-json", BarEvent::Export(ExportForm::Json)),
        ("leave", BarEvent::Leave),
    ] {
        let action = gio::SimpleAction::new(action, None);
        let told = Rc::clone(on_event);
        action.connect_activate(move |_, _| told(event.clone()));
        group.add_action(&action);
        made = Some(action);
    }
    root.insert_action_group("talk", Some(&group));
    made.unwrap_or_else(|| gio::SimpleAction::new("leave", None))
}

//! The menu of a post, by the pointer and by the keyboard.
//!
//! This file does not know what a deed leads to.

use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::prelude::*;
use relm4::gtk::{gdk, gio, glib};

use super::{Shared, TimelineEvent};
use crate::text;
use crate::widgets::post_look::PostDeed;
use crate::widgets::post_row::PostRow;

pub(super) fn action_name(deed: PostDeed) -> &'static str {
    match deed {
        PostDeed::Reply => "reply",
        PostDeed::CopyText => "copy",
        PostDeed::Edit => "edit",
        PostDeed::Delete => "delete",
        PostDeed::Play => "play",
        PostDeed::Save => "save",
        PostDeed::Keep => "keep",
        PostDeed::TryAgain => "try-again",
        PostDeed::Discard => "discard",
        PostDeed::ShowQuoted | PostDeed::Open | PostDeed::GoTo => "show",
    }
}

/// Makes the menu of a post: what cannot be done is left out.
pub(super) fn menu() -> gio::Menu {
    let (menu, first, last) = (gio::Menu::new(), gio::Menu::new(), gio::Menu::new());
    for deed in PostDeed::OF_MENU {
        let item =
            gio::MenuItem::new(Some(text::post_deed(deed)), Some(&format!("post.{}", action_name(deed))));
        item.set_attribute_value("hidden-when", Some(&"action-disabled".to_variant()));
        let takes_away = matches!(deed, PostDeed::Delete | PostDeed::Discard);
        if takes_away { &last } else { &first }.append_item(&item);
    }
    menu.append_section(None, &first);
    menu.append_section(None, &last);
    menu
}

impl Shared {
    pub(super) fn prepare_menu(self: &Rc<Self>) {
        let group = gio::SimpleActionGroup::new();
        for (deed, action) in &self.actions {
            let (weak, deed) = (Rc::downgrade(self), *deed);
            action.connect_activate(move |_, _| {
                if let Some(shared) = weak.upgrade() {
                    (shared.on_event)(TimelineEvent::Post(shared.menu_of.get(), deed));
                }
            });
            group.add_action(action);
        }
        self.scroller.insert_action_group("post", Some(&group));
        self.menu.set_parent(&self.scroller);
        self.menu.set_has_arrow(true);
        let menu = self.menu.clone();
        self.scroller.connect_destroy(move |_| menu.unparent());
        let keys = gtk::ShortcutController::new();
        let weak = Rc::downgrade(self);
        let open = gtk::CallbackAction::new(move |_, _| {
            glib::Propagation::from(weak.upgrade().is_some_and(|shared| shared.open_menu_of_focus()))
        });
        let trigger = gtk::ShortcutTrigger::parse_string("Menu|<Shift>F10");
        keys.add_shortcut(gtk::Shortcut::new(trigger, Some(open)));
        self.view.add_controller(keys);
    }

    pub(super) fn open_menu_of_focus(&self) -> bool {
        let focus = self.view.root().and_then(|root| root.focus());
        let has_focus = |row: &&PostRow| {
            focus.as_ref().is_some_and(|focus| row.is_ancestor(focus) || focus.is_ancestor(*row))
        };
        let row = self.bound.borrow().values().find(has_focus).cloned();
        match row.filter(PostRow::is_post) {
            // A button within the row has this key for itself.
            Some(_) if focus.is_some_and(|focus| focus.is::<gtk::Button>()) => false,
            Some(row) => {
                self.open_menu(&row);
                true
            }
            None => false,
        }
    }

    pub(super) fn open_menu(&self, row: &PostRow) {
        let Some(position) = self.position_of(row) else { return };
        for (deed, action) in &self.actions {
            action.set_enabled(self.rows.offers(position, *deed));
        }
        if !self.actions.iter().any(|(_, action)| action.is_enabled()) {
            return;
        }
        self.menu_of.set(position);
        let at: gtk::Widget = row.more().map_or_else(|| row.clone().upcast(), Cast::upcast);
        if let Some((x, y)) = at.translate_coordinates(&self.scroller, 0.0, 0.0) {
            #[expect(clippy::cast_possible_truncation, reason = "a place on the screen")]
            let place = gdk::Rectangle::new(x as i32, y as i32, at.width(), at.height());
            self.menu.set_pointing_to(Some(&place));
        }
        self.menu.popup();
    }
}

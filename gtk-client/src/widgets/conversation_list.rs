//! The conversations: the room, and those with one member each; which has something new, and which is shown.
//!
//! This file decides nothing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use relm4::gtk::prelude::*;
use relm4::{adw, gtk};

use super::plain_label;

/// The side of the picture of a conversation, in application pixels.
const AVATAR_SIDE: i32 = 32;

/// A conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationLook {
    /// Its name.
    pub title: String,
    /// When something was said last, or that the account is gone.
    pub detail: String,
    /// What is read aloud.
    pub aloud: String,
    /// Whether it is the room.
    pub is_room: bool,
    /// How many posts are new; empty for none.
    pub unread: String,
    /// Whether one of them names whoever looks, or is to them alone.
    pub is_urgent: bool,
    /// Whether the account is there no more.
    pub is_departed: bool,
}

/// The list.
#[derive(Debug)]
pub struct ConversationList {
    scroller: gtk::ScrolledWindow,
    list: gtk::ListBox,
    rows: RefCell<Vec<Row>>,
    is_painting: Rc<Cell<bool>>,
}

#[derive(Debug)]
struct Row {
    row: gtk::ListBoxRow,
    avatar: adw::Avatar,
    title: gtk::Label,
    detail: gtk::Label,
    badge: gtk::Label,
    look: RefCell<ConversationLook>,
}

impl ConversationList {
    /// Makes the list. `on_chosen` is told which is to be shown, `on_end` that the last one came into sight.
    pub fn new(title: &str, on_chosen: impl Fn(u32) + 'static, on_end: impl Fn() + 'static) -> Self {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::Single)
            .css_classes(["navigation-sidebar", "conversations"])
            .build();
        list.update_property(&[gtk::accessible::Property::Label(title)]);
        let is_painting: Rc<Cell<bool>> = Rc::default();
        let painting = Rc::clone(&is_painting);
        list.connect_row_activated(move |_, row| {
            if let (false, Ok(position)) = (painting.get(), u32::try_from(row.index())) {
                on_chosen(position);
            }
        });
        let scroller = gtk::ScrolledWindow::builder()
            .child(&list)
            .vexpand(true)
            .hscrollbar_policy(gtk::PolicyType::Never)
            .build();
        scroller.connect_edge_reached(move |_, edge| {
            if edge == gtk::PositionType::Bottom {
                on_end();
            }
        });
        Self { scroller, list, rows: RefCell::default(), is_painting }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.scroller
    }

    /// Shows these conversations, of which one is open.
    pub fn show(&self, looks: &[ConversationLook], open: Option<usize>) {
        self.is_painting.set(true);
        let mut rows = self.rows.borrow_mut();
        while rows.len() > looks.len() {
            if let Some(row) = rows.pop() {
                self.list.remove(&row.row);
            }
        }
        while rows.len() < looks.len() {
            let row = Row::new();
            self.list.append(&row.row);
            rows.push(row);
        }
        for (row, look) in rows.iter().zip(looks) {
            row.paint(look);
        }
        self.list.select_row(open.and_then(|open| rows.get(open)).map(|row| &row.row));
        self.is_painting.set(false);
    }

    /// Moves the keyboard to the open conversation.
    pub fn grab_focus(&self) {
        match self.list.selected_row() {
            Some(row) => row.grab_focus(),
            None => self.list.grab_focus(),
        };
    }
}

impl Row {
    fn new() -> Self {
        let avatar = adw::Avatar::new(AVATAR_SIDE, None, true);
        let (title, detail) = (plain_label(&["conversation-title"]), plain_label(&["caption", "dim-label"]));
        let badge = gtk::Label::builder().valign(gtk::Align::Center).css_classes(["unread"]).build();
        let words = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .valign(gtk::Align::Center)
            .hexpand(true)
            .build();
        words.append(&title);
        words.append(&detail);
        let line = gtk::Box::builder().spacing(9).build();
        line.append(&avatar);
        line.append(&words);
        line.append(&badge);
        let row = gtk::ListBoxRow::builder().child(&line).build();
        // As nothing, so that the first painting paints.
        let look = ConversationLook { unread: "-".to_owned(), ..ConversationLook::default() };
        Self { row, avatar, title, detail, badge, look: RefCell::new(look) }
    }

    fn paint(&self, look: &ConversationLook) {
        if *self.look.borrow() == *look {
            return;
        }
        self.avatar.set_icon_name(look.is_room.then_some("user-home-symbolic"));
        self.avatar.set_text((!look.is_room).then_some(look.title.as_str()));
        self.avatar.set_show_initials(!look.is_room);
        self.title.set_text(&look.title);
        self.detail.set_text(&look.detail);
        self.detail.set_visible(!look.detail.is_empty());
        self.badge.set_text(&look.unread);
        self.badge.set_visible(!look.unread.is_empty());
        for (widget, class, is_so) in [
            (self.badge.upcast_ref::<gtk::Widget>(), "urgent", look.is_urgent),
            (self.row.upcast_ref(), "has-unread", !look.unread.is_empty()),
            (self.row.upcast_ref(), "away", look.is_departed),
        ] {
            match is_so {
                true => widget.add_css_class(class),
                false => widget.remove_css_class(class),
            }
        }
        self.row.update_property(&[gtk::accessible::Property::Label(&look.aloud)]);
        self.look.replace(look.clone());
    }
}

//! What stands beside the conversation: the list of conversations before it, and who is in the room behind it.
//!
//! This file decides nothing.

use std::cell::RefCell;
use std::rc::Rc;

use parlour_common::message::{ConversationId, SeatEntry, SeatState};
use parlour_common::names::UserName;
use relm4::gtk;
use relm4::gtk::prelude::*;

use crate::text;
use crate::view_model::room::{Msg, Room, Talk};
use crate::widgets::conversation_list::{ConversationList, ConversationLook};
use crate::widgets::plain_label;
use crate::widgets::seat_list::{SeatEvent, SeatList, SeatLook};

/// How near to the end of what is known the rest is asked for, in rows.
const NEAR_END_ROWS: u32 = 20;

/// The width of either, in application pixels.
const WIDTH: i32 = 230;

/// The list of conversations.
#[derive(Debug)]
pub(super) struct Talks {
    root: gtk::Box,
    list: ConversationList,
    ids: Rc<RefCell<Vec<ConversationId>>>,
}

impl Talks {
    pub(super) fn new(on_msg: impl Fn(Msg) + Clone + 'static) -> Self {
        let ids: Rc<RefCell<Vec<ConversationId>>> = Rc::default();
        let (known, chosen) = (Rc::clone(&ids), on_msg.clone());
        let on_chosen = move |position: u32| {
            let id = known.borrow().get(position as usize).copied();
            id.into_iter().for_each(|id| chosen(Msg::Open(id)));
        };
        let list =
            ConversationList::new(text::CONVERSATIONS, on_chosen, move || on_msg(Msg::MoreConversations));
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .width_request(WIDTH)
            .hexpand(false)
            .css_classes(["talks"])
            .build();
        root.append(list.widget());
        Self { root, list, ids }
    }

    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    pub(super) fn show(&self, state: &Room) {
        let looks: Vec<ConversationLook> = state.talks().iter().map(look).collect();
        let shown = state.conversation();
        self.ids.replace(state.talks().iter().map(Talk::id).collect());
        self.list.show(&looks, state.talks().iter().position(|talk| talk.id() == shown));
    }

    pub(super) fn grab_focus(&self) {
        self.list.grab_focus();
    }
}

fn look(talk: &Talk) -> ConversationLook {
    let is_room = talk.id() == ConversationId::ROOM;
    ConversationLook {
        title: text::talk_title(talk),
        detail: text::talk_detail(talk),
        aloud: text::talk_aloud(talk),
        is_room,
        unread: text::unread_count(talk.unread()),
        is_urgent: talk.mentions() > 0 || !is_room,
        is_departed: talk.entry.departed,
    }
}

/// Who is in the room.
#[derive(Debug)]
pub(super) struct Seats {
    root: gtk::Box,
    count: gtk::Label,
    list: SeatList,
    seats: Rc<RefCell<Vec<SeatEntry>>>,
}

impl Seats {
    pub(super) fn new(on_msg: impl Fn(Msg) + 'static, on_chosen: impl Fn(UserName) + 'static) -> Self {
        let seats: Rc<RefCell<Vec<SeatEntry>>> = Rc::default();
        let (looked, known) = (Rc::clone(&seats), Rc::clone(&seats));
        let look = move |position: u32| looked.borrow().get(position as usize).map(seat_look);
        let list = SeatList::new(text::IN_THE_ROOM, look, move |event| match event {
            SeatEvent::Looking { last, .. } => {
                let count = known.try_borrow().map_or(0, |known| known.len());
                if u64::from(last) + u64::from(NEAR_END_ROWS) >= count as u64 {
                    on_msg(Msg::MoreSeats);
                }
            }
            SeatEvent::Chosen(position) => {
                let name = known.borrow().get(position as usize).map(|seat| seat.user_name.clone());
                name.into_iter().for_each(&on_chosen);
            }
        });
        let title = plain_label(&["heading"]);
        title.set_text(text::IN_THE_ROOM);
        let count = plain_label(&["caption", "dim-label"]);
        let head =
            gtk::Box::builder().orientation(gtk::Orientation::Vertical).css_classes(["seats-head"]).build();
        head.append(&title);
        head.append(&count);
        let root = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .width_request(WIDTH)
            .hexpand(false)
            .css_classes(["seats-panel", "background"])
            .build();
        root.append(&head);
        root.append(list.widget());
        Self { root, count, list, seats }
    }

    pub(super) fn widget(&self) -> &gtk::Box {
        &self.root
    }

    pub(super) fn show(&self, state: &Room) {
        self.count.set_text(&text::participants(state.participants()));
        if *self.seats.borrow() != state.seats() {
            self.seats.replace(state.seats().to_vec());
            self.list.show(u32::try_from(state.seats().len()).unwrap_or(u32::MAX));
        }
    }
}

fn seat_look(seat: &SeatEntry) -> SeatLook {
    SeatLook {
        user_name: seat.user_name.to_string(),
        state: text::seat_state(seat),
        is_present: seat.state == SeatState::Present,
    }
}

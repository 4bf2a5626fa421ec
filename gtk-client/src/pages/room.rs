//! The room, painted.
//!
//! This file does not know what is said or asked (`view_model/room.rs`).

use std::cell::RefCell;
use std::rc::Rc;

use parlour_common::message::{ConversationId, CoverId, OnePost};
use relm4::gtk::glib;
use relm4::gtk::prelude::*;
use relm4::prelude::*;

use crate::view_model::Effect;
use crate::view_model::room::{Msg, Room, Timeline};
use crate::widgets::covers::Picture;

/// The page of the room.
#[derive(Debug)]
pub struct RoomPage {
    state: Room,
}

/// What happens to the page.
#[derive(Debug)]
pub enum Input {
    /// Something for the view model.
    Model(Msg),
    /// The picture of a post came; `None`: it is not to be had now.
    Picture(OnePost, Option<Picture>),
    /// A picture of the library came; `None`: it is not to be had now.
    Cover(CoverId, Option<Picture>),
    /// Move the keyboard to the search.
    FocusSearch,
}

impl From<Msg> for Input {
    fn from(msg: Msg) -> Self {
        Self::Model(msg)
    }
}

#[relm4::component(pub)]
impl Component for RoomPage {
    type Init = ();
    type Input = Input;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,

            gtk::Label {
                set_vexpand: true,
                #[watch]
                set_text: &format!("{} in the room", model.state.participants()),
            },
        }
    }

    fn init(_init: (), root: Self::Root, _sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let shown = Rc::new(RefCell::new(Timeline::new(ConversationId::ROOM, None, local_time)));
        let model = Self { state: Room::new(shown, local_time) };
        let widgets = view_output!();
        ComponentParts { model, widgets }
    }

    fn update(&mut self, input: Input, sender: ComponentSender<Self>, _root: &Self::Root) {
        let msg = match input {
            Input::Model(msg) => msg,
            Input::FocusSearch => Msg::SearchOpened,
            Input::Picture(..) | Input::Cover(..) => return,
        };
        for effect in self.state.update(msg) {
            let _ = sender.output(effect);
        }
    }
}

/// Returns how many seconds the clock on the wall is ahead of UTC at a moment.
fn local_time(unix_ms: u64) -> i64 {
    let seconds = i64::try_from(unix_ms / 1000).unwrap_or(i64::MAX);
    let moment = glib::DateTime::from_unix_local(seconds);
    moment.map_or(0, |moment| moment.utc_offset().as_seconds())
}

//! The room and the conversations of two, painted.
//!
//! This file does not know what is said or asked (`view_model/room.rs`), nor how posts are drawn (`widgets/timeline.rs`).
//! The list is told at once what becomes of its rows; everything else is painted once whatever came in is through.

mod bar;
mod deeds;
mod keeping;
mod rows;
mod side;
mod talk;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use parlour_common::message::{ConversationId, CoverId, FileHash, OnePost, PostId};
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;
use tempfile::TempDir;

use self::bar::{Bar, BarEvent};
use self::rows::{Palette, Wanted};
use self::side::{Seats, Talks};
use self::talk::{Talk, TalkEvent};
use crate::outbox::{self, Outbox};
use crate::text;
use crate::view_model::files::Offered;
use crate::view_model::room::{Msg, Room, Timeline};
use crate::view_model::{Effect, Entry};
use crate::widgets::choosers::{FilesChooser, FolderChooser, NewFileChooser};
use crate::widgets::covers::{Picture, Thumbnail, shrink};
use crate::widgets::pictures::Pictures;
use crate::widgets::{incoming, keep_flap_hidden};

/// The width from which on who is in the room is shown without being asked for, in application pixels.
const SEATS_WIDTH_MIN: i32 = 800;

/// The page of the room.
#[derive(Debug)]
pub struct RoomPage {
    state: Room,
    shown: Rc<RefCell<Timeline>>,
    palette: Rc<Palette>,
    parts: Parts,
    folders: FolderChooser,
    files: FilesChooser,
    exports: NewFileChooser,
    outbox: Outbox,
    /// By which contents the pictures are known that were asked for.
    asked: HashMap<(ConversationId, PostId), FileHash>,
    /// Where files lie that were opened: the other program may still be reading.
    opened: Vec<TempDir>,
    is_paint_due: bool,
    /// Whether the newest post is in sight.
    at_end: bool,
    /// What is to be put into the entry.
    fill: Option<String>,
    /// Whether the keyboard is to come to where something is written.
    is_focus_due: bool,
}

/// What the page is made of.
#[derive(Debug)]
pub struct Parts {
    leaflet: adw::Leaflet,
    column: gtk::Box,
    flap: adw::Flap,
    bar: Bar,
    talks: Talks,
    talk: Talk,
    seats: Seats,
    /// Whether the person wants to see who is in the room, if they said so: else, where there is room for it.
    wants_seats: Cell<Option<bool>>,
}

/// What happens to the page.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Input {
    /// Something for the view model.
    Model(Msg),
    /// The picture of a post came; `None`: it is not to be had now.
    Picture(OnePost, Option<Picture>),
    /// A picture of the library came; `None`: it is not to be had now.
    Cover(CoverId, Option<Picture>),
    /// Move the keyboard to the search.
    FocusSearch,
    /// Something in the conversation.
    Talk(TalkDeed),
    /// Something in the bar above it.
    Bar(BarDeed),
    /// Files are to be shown.
    Offered(Offered),
    /// A small picture was made.
    PictureMade,
    /// Paint what changed.
    Paint,
}

/// What a person does in the conversation.
#[derive(Debug)]
pub struct TalkDeed(TalkEvent);

/// What a person does in the bar above it.
#[derive(Debug)]
pub struct BarDeed(BarEvent);

impl From<Msg> for Input {
    fn from(msg: Msg) -> Self {
        Self::Model(msg)
    }
}

impl Component for RoomPage {
    type Init = ();
    type Input = Input;
    type Output = Effect;
    type CommandOutput = (CoverId, Option<Thumbnail>);
    type Root = gtk::Overlay;
    type Widgets = ();

    fn init_root() -> gtk::Overlay {
        gtk::Overlay::builder().css_classes(["room-page"]).build()
    }

    fn init(_init: (), root: gtk::Overlay, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        keeping::sweep();
        let shown = Rc::new(RefCell::new(Timeline::new(ConversationId::ROOM, None, local_time)));
        let input = sender.input_sender().clone();
        let palette = Rc::new(Palette::new(Pictures::new(move |_| input.emit(Input::PictureMade))));
        let parts = Parts::new(&root, &shown, &palette, &sender);
        let input = sender.input_sender().clone();
        let folders = FolderChooser::new(move |chosen| input.emit(Input::Model(Msg::FolderChosen(chosen))));
        let input = sender.input_sender().clone();
        let files = FilesChooser::titled(text::CHOOSE_ATTACHMENTS, "_Attach", move |chosen| {
            let input = input.clone();
            incoming::sort(chosen, move |offered| input.emit(Input::Offered(offered)));
        });
        let model = Self {
            state: Room::new(Rc::clone(&shown), local_time),
            shown,
            palette,
            parts,
            folders,
            files,
            exports: NewFileChooser::default(),
            outbox: start_outbox(&sender),
            asked: HashMap::new(),
            opened: Vec::new(),
            is_paint_due: false,
            at_end: true,
            fill: None,
            is_focus_due: false,
        };
        model.parts.show(&model.state, true, None);
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: Input, sender: ComponentSender<Self>, root: &gtk::Overlay) {
        match input {
            Input::Model(msg) => self.tell(msg, &sender, root),
            Input::Talk(TalkDeed(event)) => self.handle_talk(event, &sender, root),
            Input::Bar(BarDeed(event)) => self.handle_bar(event, &sender, root),
            Input::Offered(offered) => self.attach(offered, &sender, root),
            Input::FocusSearch => self.parts.bar.focus_search(),
            Input::Picture(card, picture) => {
                if let Some(of) = self.asked.remove(&(card.conversation, card.post)) {
                    self.palette.pictures.take(of, picture);
                }
            }
            Input::Cover(cover, picture) => {
                if self.palette.covers.borrow().is_awaited(cover) {
                    match picture {
                        Some(picture) => sender.spawn_oneshot_command(move || (cover, shrink(&picture))),
                        None => self.palette.covers.borrow_mut().miss(cover),
                    }
                }
            }
            Input::PictureMade => self.repaint_rows(),
            Input::Paint => {
                self.is_paint_due = false;
                self.paint();
            }
        }
    }

    fn update_cmd(
        &mut self,
        (cover, thumbnail): Self::CommandOutput,
        _sender: ComponentSender<Self>,
        _root: &gtk::Overlay,
    ) {
        self.palette.covers.borrow_mut().put(cover, thumbnail);
        self.repaint_rows();
    }
}

impl RoomPage {
    /// Hands a message to the view model, and does what follows.
    fn tell(&mut self, msg: Msg, sender: &ComponentSender<Self>, root: &gtk::Overlay) {
        if matches!(msg, Msg::SignedOut | Msg::Opened { .. }) {
            self.asked.clear();
            self.palette.pictures.clear();
            self.palette.covers.borrow_mut().clear();
            self.opened.clear();
        }
        let is_look = matches!(msg, Msg::Looking { .. });
        let effects = self.state.update(msg);
        if !is_look || !effects.is_empty() {
            self.paint_soon(sender);
        }
        for effect in effects {
            self.perform(effect, sender, root);
        }
    }

    fn perform(&mut self, effect: Effect, sender: &ComponentSender<Self>, root: &gtk::Overlay) {
        match effect {
            Effect::Timeline(change) => self.parts.talk.said().apply(change),
            Effect::WakeAfter(alarm, milliseconds) => {
                let input = sender.input_sender().clone();
                let pause = Duration::from_millis(u64::from(milliseconds));
                glib::timeout_add_local_once(pause, move || input.emit(Input::Model(Msg::Woken(alarm))));
            }
            Effect::Fill(Entry::Text, text) => self.fill = Some(text),
            Effect::Focus(Entry::Text) => self.is_focus_due = true,
            Effect::ChooseFolder => self.folders.show(root, None),
            Effect::ChooseFiles => self.files.show(root),
            Effect::OpenFile(path) => keeping::open(&path),
            Effect::OpenOutbox { server, user_name } => self.outbox.open(server, user_name),
            Effect::KeepOutbox { turn, kept } => self.outbox.keep(turn, kept),
            Effect::CloseOutbox => self.outbox.close(),
            other => drop(sender.output(other)),
        }
    }

    /// Paints once everything that came in until now is through.
    fn paint_soon(&mut self, sender: &ComponentSender<Self>) {
        if std::mem::replace(&mut self.is_paint_due, true) {
            return;
        }
        let input = sender.input_sender().clone();
        let tell = move || {
            input.emit(Input::Paint);
            glib::ControlFlow::Break
        };
        glib::idle_add_local_full(glib::Priority::HIGH_IDLE, tell);
    }

    fn paint(&mut self) {
        self.palette.own.replace(self.state.own().map(ToString::to_string).unwrap_or_default());
        self.palette.can_write.set(self.state.can_write());
        self.parts.show(&self.state, self.at_end, self.fill.take());
        if std::mem::take(&mut self.is_focus_due) {
            self.parts.talk.grab_focus();
        }
    }

    fn repaint_rows(&self) {
        self.parts.talk.said().repaint();
        self.parts.talk.found().repaint();
    }

    /// Asks for the pictures that are looked at and not here.
    fn want_pictures(&mut self, wanted: Vec<Wanted>, sender: &ComponentSender<Self>) {
        for wanted in wanted {
            let effect = match wanted {
                Wanted::Picture(card, of) => {
                    self.asked.insert((card.conversation, card.post), of);
                    Effect::FetchCardPicture(card)
                }
                Wanted::Cover(cover) => Effect::FetchCover(cover),
            };
            drop(sender.output(effect));
        }
    }
}

impl Parts {
    fn new(
        root: &gtk::Overlay,
        shown: &Rc<RefCell<Timeline>>,
        palette: &Rc<Palette>,
        sender: &ComponentSender<RoomPage>,
    ) -> Self {
        let model = |sender: &ComponentSender<RoomPage>| {
            let input = sender.input_sender().clone();
            move |msg: Msg| input.emit(Input::Model(msg))
        };
        let input = sender.input_sender().clone();
        let bar = Bar::new(move |event| input.emit(Input::Bar(BarDeed(event))));
        let talks = Talks::new(model(sender));
        let open = model(sender);
        let own = Rc::clone(palette);
        let seats = Seats::new(model(sender), move |name| {
            if *own.own.borrow() != name.as_str() {
                open(Msg::OpenWith(name));
            }
        });
        let input = sender.input_sender().clone();
        let talk = Talk::new(shown, palette, move |event| input.emit(Input::Talk(TalkDeed(event))));
        let flap = adw::Flap::builder()
            .flap_position(gtk::PackType::End)
            .content(talk.widget())
            .flap(seats.widget())
            .separator(&gtk::Separator::new(gtk::Orientation::Vertical))
            .swipe_to_open(false)
            .locked(true)
            .modal(false)
            .swipe_to_close(false)
            .vexpand(true)
            .build();
        keep_flap_hidden(&flap);
        let column = gtk::Box::builder().orientation(gtk::Orientation::Vertical).hexpand(true).build();
        column.append(bar.widget());
        column.append(&flap);
        let leaflet = adw::Leaflet::builder().can_navigate_back(false).vexpand(true).build();
        leaflet.append(talks.widget());
        leaflet.append(&gtk::Separator::new(gtk::Orientation::Vertical)).set_navigatable(false);
        leaflet.append(&column);
        root.set_child(Some(&leaflet));
        let input = sender.input_sender().clone();
        flap.connect_folded_notify(move |_| input.emit(Input::Paint));
        let input = sender.input_sender().clone();
        leaflet.connect_folded_notify(move |_| input.emit(Input::Paint));
        deeds::take_drops(root, sender);
        Self { leaflet, column, flap, bar, talks, talk, seats, wants_seats: Cell::new(None) }
    }

    fn show(&self, state: &Room, at_end: bool, fill: Option<String>) {
        self.talks.show(state);
        self.seats.show(state);
        self.bar.show(state, self.leaflet.is_folded());
        self.talk.show(state, at_end, fill);
        let is_room = state.conversation() == ConversationId::ROOM;
        // By the width alone: a panel that is hidden takes none, and the flap would show it again at once.
        let has_room = self.leaflet.width() >= SEATS_WIDTH_MIN;
        let shows_seats = is_room && self.wants_seats.get().unwrap_or(has_room);
        self.flap.set_reveal_flap(shows_seats);
        self.bar.seats().set_active(shows_seats);
        let child = if state.is_list_shown() { self.talks.widget() } else { &self.column };
        if self.leaflet.visible_child().as_ref() != Some(child.upcast_ref()) {
            self.leaflet.set_visible_child(child);
            if state.is_list_shown() && self.leaflet.is_folded() {
                self.talks.grab_focus();
            }
        }
    }
}

/// Starts what keeps that which is to be said.
fn start_outbox(sender: &ComponentSender<RoomPage>) -> Outbox {
    let input = sender.input_sender().clone();
    Outbox::start(Outbox::folder_of_person(), move |told| {
        let msg = match told {
            outbox::Told::Found(kept) => Msg::Found(kept),
            outbox::Told::Kept { turn, is_durable } => Msg::Kept { turn, is_durable },
        };
        drop(input.send(Input::Model(msg)));
    })
}

/// Returns how many seconds the clock on the wall is ahead of UTC at a moment.
fn local_time(unix_ms: u64) -> i64 {
    let seconds = i64::try_from(unix_ms / 1000).unwrap_or(i64::MAX);
    let moment = glib::DateTime::from_unix_local(seconds);
    moment.map_or(0, |moment| moment.utc_offset().as_seconds())
}

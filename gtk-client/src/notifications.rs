//! Telling a person on their desktop what was said while they looked elsewhere.
//!
//! This file knows the service of notifications that desktops have, and speaks to it without ever waiting for it. It
//! does not know whether somebody wants to be told, nor the words. Where there is no service, nobody is told, and
//! nothing else is different.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use parlour_common::message::ConversationId;
use relm4::gtk::glib::prelude::ToVariant;
use relm4::gtk::{gio, glib};

use crate::look::APP_ID;

/// The name of the service, and of the words it takes.
const SERVICE: &str = "org.freedesktop.Notifications";

/// Where the service is on the bus.
const PATH: &str = "/org/freedesktop/Notifications";

/// The name of who knows which services there are.
const BUS: &str = "org.freedesktop.DBus";

/// Where that is on the bus.
const BUS_PATH: &str = "/org/freedesktop/DBus";

/// How long the service may take for an answer, in milliseconds: one that hangs is not waited for.
const ANSWER_MS_MAX: i32 = 5_000;

/// The sound of a message, by the name it has in every theme of sounds.
const SOUND: &str = "message-new-instant";

/// What the service says that it can do where it reads marks in the text.
const MARKUP: &str = "body-markup";

/// What somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What it is about.
    pub summary: String,
    /// What was said.
    pub body: String,
    /// Whether it is heard, too.
    pub has_sound: bool,
}

/// What a person is told on their desktop: of each conversation the latest.
pub struct Notifications(Rc<Room>);

/// Opens a conversation; with what the desktop wants to see before it lets a window come to the front.
type Open = Box<dyn Fn(ConversationId, Option<String>)>;

/// Finds the bus.
type Find = Box<dyn Fn() -> glib::JoinHandle<Option<gio::DBusConnection>>>;

struct Room {
    find: Find,
    open: Open,
    bus: RefCell<Option<Bus>>,
    /// What the service is still to be told; of each conversation the latest, so this stays small.
    due: RefCell<BTreeMap<ConversationId, Due>>,
    /// What the person sees, by the service's own numbers.
    shown: RefCell<HashMap<ConversationId, u32>>,
    /// What the desktop gave for the number that is about to be opened.
    token: RefCell<Option<(u32, String)>>,
    /// Whether the service reads marks in the text; `None` until it has said so.
    reads_marks: Cell<Option<bool>>,
    is_speaking: Cell<bool>,
}

enum Due {
    Show(Words),
    Withdraw,
}

/// The bus, and what is heard from it.
struct Bus {
    connection: gio::DBusConnection,
    _heard: [gio::SignalSubscription; 2],
}

impl Notifications {
    /// Tells the person who is signed in at this desktop. `open` is called when they want to see a conversation.
    pub fn of_person(open: impl Fn(ConversationId, Option<String>) + 'static) -> Self {
        let bus = || async {
            let bus = gio::bus_get_future(gio::BusType::Session).await;
            bus.inspect_err(|error| tracing::debug!(%error, "there is no bus of the desktop")).ok()
        };
        Self::on(move || glib::spawn_future_local(bus()), open)
    }

    /// Tells whoever listens at a bus, as tests do.
    pub fn on(
        find: impl Fn() -> glib::JoinHandle<Option<gio::DBusConnection>> + 'static,
        open: impl Fn(ConversationId, Option<String>) + 'static,
    ) -> Self {
        Self(Rc::new(Room {
            find: Box::new(find),
            open: Box::new(open),
            bus: RefCell::default(),
            due: RefCell::default(),
            shown: RefCell::default(),
            token: RefCell::default(),
            reads_marks: Cell::new(None),
            is_speaking: Cell::new(false),
        }))
    }

    /// Shows what was said in a conversation, in place of what was shown of it.
    pub fn show(&self, conversation: ConversationId, words: Words) {
        self.0.due.borrow_mut().insert(conversation, Due::Show(words));
        Room::speak(&self.0);
    }

    /// Takes away what is shown of a conversation.
    pub fn withdraw(&self, conversation: ConversationId) {
        let is_shown = self.0.shown.borrow().contains_key(&conversation);
        // What is being told this moment is not among what is shown yet.
        if is_shown || self.0.is_speaking.get() {
            self.0.due.borrow_mut().insert(conversation, Due::Withdraw);
            Room::speak(&self.0);
        } else {
            self.0.due.borrow_mut().remove(&conversation);
        }
    }

    /// Takes away everything that is shown.
    pub fn withdraw_all(&self) {
        let due: Vec<ConversationId> = self.0.due.borrow().keys().copied().collect();
        let shown: Vec<ConversationId> = self.0.shown.borrow().keys().copied().collect();
        for conversation in due.into_iter().chain(shown) {
            self.withdraw(conversation);
        }
    }

    /// Tells whether the service knows everything that it is to know.
    pub fn is_idle(&self) -> bool {
        !self.0.is_speaking.get()
    }
}

impl Room {
    /// Tells the service one thing after the other, until nothing is due.
    fn speak(room: &Rc<Self>) {
        if room.is_speaking.replace(true) {
            return;
        }
        let room = Rc::clone(room);
        glib::spawn_future_local(async move {
            loop {
                let due = room.due.borrow_mut().pop_first();
                let Some((conversation, due)) = due else { break };
                Self::tell(&room, conversation, due).await;
            }
            room.is_speaking.set(false);
        });
    }

    async fn tell(room: &Rc<Self>, conversation: ConversationId, due: Due) {
        let Some(bus) = Self::find_bus(room).await else { return };
        match due {
            Due::Show(words) => {
                let replaced = room.shown.borrow().get(&conversation).copied().unwrap_or(0);
                let words = room.notify_words(&bus, replaced, words).await;
                let Some(reply) = call(&bus, "Notify", Some(words), "(u)").await else { return };
                room.shown.borrow_mut().extend(reply.get::<(u32,)>().map(|(number,)| (conversation, number)));
            }
            Due::Withdraw => {
                let number = room.shown.borrow_mut().remove(&conversation);
                if let Some(number) = number {
                    // It may have been closed by the person meanwhile, which the service calls an error.
                    call(&bus, "CloseNotification", Some((number,).into()), "()").await;
                }
            }
        }
    }

    /// Puts into the service's form what somebody is told.
    async fn notify_words(&self, bus: &gio::DBusConnection, replaced: u32, words: Words) -> glib::Variant {
        let body = match self.reads_marks(bus).await {
            true => glib::markup_escape_text(&words.body).to_string(),
            false => words.body,
        };
        let hints = glib::VariantDict::new(None);
        hints.insert("desktop-entry", APP_ID);
        hints.insert("category", "im.received");
        match words.has_sound {
            true => hints.insert("sound-name", SOUND),
            false => hints.insert("suppress-sound", true),
        }
        let actions = vec!["default".to_owned(), "Open".to_owned()];
        let until_the_desktop_says = -1_i32;
        glib::Variant::tuple_from_iter([
            "Parlour".to_variant(),
            replaced.to_variant(),
            APP_ID.to_variant(),
            words.summary.to_variant(),
            body.to_variant(),
            actions.to_variant(),
            hints.end(),
            until_the_desktop_says.to_variant(),
        ])
    }

    async fn reads_marks(&self, bus: &gio::DBusConnection) -> bool {
        if let Some(reads) = self.reads_marks.get() {
            return reads;
        }
        let Some(reply) = call(bus, "GetCapabilities", None, "(as)").await else { return false };
        let can = reply.get::<(Vec<String>,)>().map(|(can,)| can).unwrap_or_default();
        let reads = can.iter().any(|can| can == MARKUP);
        self.reads_marks.set(Some(reads));
        reads
    }

    async fn find_bus(room: &Rc<Self>) -> Option<gio::DBusConnection> {
        if let Some(bus) = room.bus.borrow().as_ref().filter(|bus| !bus.connection.is_closed()) {
            return Some(bus.connection.clone());
        }
        let connection = (room.find)().await.ok()??;
        room.bus.replace(Some(Self::listen(room, connection.clone())));
        Some(connection)
    }

    /// Listens to what the person does with what they are shown.
    fn listen(room: &Rc<Self>, connection: gio::DBusConnection) -> Bus {
        let subscribe = |sender, member, path, of| {
            let (weak, flags) = (Rc::downgrade(room), gio::DBusSignalFlags::NONE);
            connection.subscribe_to_signal(
                Some(sender),
                Some(sender),
                member,
                Some(path),
                of,
                flags,
                move |signal| {
                    if let Some(room) = weak.upgrade() {
                        room.hear(signal.signal_name, signal.parameters);
                    }
                },
            )
        };
        let turns = subscribe(BUS, Some("NameOwnerChanged"), BUS_PATH, Some(SERVICE));
        let deeds = subscribe(SERVICE, None, PATH, None);
        Bus { connection, _heard: [turns, deeds] }
    }

    fn hear(&self, signal: &str, said: &glib::Variant) {
        match signal {
            "ActivationToken" => {
                self.token.replace(said.get::<(u32, String)>());
            }
            "ActionInvoked" => {
                let number = said.get::<(u32, String)>().map(|(number, _)| number);
                let token = self.token.take().filter(|(of, _)| Some(*of) == number);
                if let Some(conversation) = number.and_then(|number| self.shown_as(number)) {
                    (self.open)(conversation, token.map(|(_, token)| token));
                }
            }
            "NotificationClosed" => {
                let number = said.get::<(u32, u32)>().map(|(number, _)| number);
                self.shown.borrow_mut().retain(|_, shown| Some(*shown) != number);
            }
            // Another service counts anew, and may read other marks.
            "NameOwnerChanged" => {
                self.shown.borrow_mut().clear();
                self.reads_marks.set(None);
            }
            _ => {}
        }
    }

    fn shown_as(&self, number: u32) -> Option<ConversationId> {
        self.shown.borrow().iter().find(|(_, shown)| **shown == number).map(|(conversation, _)| *conversation)
    }
}

/// Asks the service something. Without a service, or an answer in time, there is none.
async fn call(
    bus: &gio::DBusConnection,
    method: &str,
    words: Option<glib::Variant>,
    answer: &str,
) -> Option<glib::Variant> {
    let answer = glib::VariantTy::new(answer).ok()?;
    let flags = gio::DBusCallFlags::NONE;
    let reply = bus.call_future(
        Some(SERVICE),
        PATH,
        SERVICE,
        method,
        words.as_ref(),
        Some(answer),
        flags,
        ANSWER_MS_MAX,
    );
    reply.await.inspect_err(|error| tracing::debug!(%error, method, "nobody is told on the desktop")).ok()
}

//! The service of a desktop that tells people of things, and remembers what it told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::OwnedValue;

use super::{Desk, wait_or};

const SERVICE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// What a person sees on their desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The number of the service.
    pub number: u32,
    /// What it is about.
    pub summary: String,
    /// What was said.
    pub body: String,
    /// The sound it came with.
    pub sound: Option<String>,
    /// Whether it was to be silent.
    pub is_silent: bool,
    /// Which program it is of.
    pub desktop_entry: String,
    /// What can be done with it.
    pub actions: Vec<String>,
}

/// A service of notifications on a desk, until it is dropped.
pub struct Notifications {
    bus: Connection,
    shown: Arc<Mutex<Shown>>,
}

#[derive(Default)]
struct Shown {
    now: Vec<Note>,
    /// How often something was told, also in place of something else.
    count: usize,
    last: u32,
}

struct Service {
    shown: Arc<Mutex<Shown>>,
    can: Vec<String>,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Service {
    #[expect(clippy::too_many_arguments, reason = "the specification has them")]
    #[expect(clippy::needless_pass_by_value, reason = "they are taken off the wire")]
    fn notify(
        &self,
        _app_name: &str,
        replaced: u32,
        _app_icon: &str,
        summary: &str,
        body: &str,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expires_ms: i32,
    ) -> u32 {
        let mut shown = lock(&self.shown);
        shown.count += 1;
        let number = if replaced == 0 { shown.last + 1 } else { replaced };
        shown.last = shown.last.max(number);
        let text = |name: &str| hints.get(name).and_then(|hint| String::try_from(hint.clone()).ok());
        let note = Note {
            number,
            summary: summary.to_owned(),
            body: body.to_owned(),
            sound: text("sound-name"),
            is_silent: hints.get("suppress-sound").is_some_and(|hint| bool::try_from(hint).unwrap_or(false)),
            desktop_entry: text("desktop-entry").unwrap_or_default(),
            actions,
        };
        shown.now.retain(|note| note.number != number);
        shown.now.push(note);
        number
    }

    fn close_notification(&self, number: u32) {
        lock(&self.shown).now.retain(|note| note.number != number);
    }

    fn get_capabilities(&self) -> Vec<String> {
        self.can.clone()
    }

    fn get_server_information(&self) -> (&str, &str, &str, &str) {
        ("desk", "Parlour", "1", "1.2")
    }
}

impl Notifications {
    /// Starts the service on a desk.
    pub fn start(desk: &Desk) -> Self {
        Self::start_that_can(desk, &["actions", "body", "sound"])
    }

    /// Starts a service that says of itself that it can do this.
    pub fn start_that_can(desk: &Desk, can: &[&str]) -> Self {
        let shown = Arc::<Mutex<Shown>>::default();
        let can = can.iter().map(|can| (*can).to_owned()).collect();
        let service = Service { shown: Arc::clone(&shown), can };
        let bus = Builder::address(desk.bus_address())
            .and_then(|builder| builder.serve_at(PATH, service))
            .and_then(|builder| builder.name(SERVICE))
            .and_then(Builder::build);
        Self { bus: bus.expect("the desk's bus"), shown }
    }

    /// Returns what is shown now.
    pub fn shown(&self) -> Vec<Note> {
        lock(&self.shown).now.clone()
    }

    /// Returns how often somebody was told of something.
    pub fn count(&self) -> usize {
        lock(&self.shown).count
    }

    /// Waits until something with this in it is shown.
    pub fn find(&self, body: &str) -> Note {
        let found = || self.shown().into_iter().find(|note| note.body.contains(body));
        wait_or(&format!("to be told {body:?}"), found, || format!("{:?}", self.shown()))
    }

    /// Waits until nothing is shown any more.
    pub fn find_none(&self) {
        let none = || self.shown().is_empty().then_some(());
        wait_or("nothing to be shown", none, || format!("{:?}", self.shown()));
    }

    /// Presses what is shown.
    pub fn press(&self, note: &Note) {
        self.say("ActivationToken", &(note.number, "the-token"));
        self.say("ActionInvoked", &(note.number, "default"));
    }

    /// Sweeps what is shown away, as a person does.
    pub fn dismiss(&self, note: &Note) {
        lock(&self.shown).now.retain(|shown| shown.number != note.number);
        self.say("NotificationClosed", &(note.number, 2_u32));
    }

    fn say<B>(&self, signal: &str, body: &B)
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        self.bus.emit_signal(None::<&str>, PATH, SERVICE, signal, body).expect("the bus takes it");
    }
}

fn lock(shown: &Mutex<Shown>) -> MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Finding a control by what is read aloud, pressing it, typing into it.
//!
//! It speaks AT-SPI as a screen reader does, in plain D-Bus. Only the main window is looked into: GTK 4.8
//! crashes when a closing dialog is asked about.

mod menus;
mod states;

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

use super::{Desk, Kept, wait, wait_or};

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";

/// The app, running.
pub struct Window<'a> {
    desk: &'a Desk,
    app: Kept,
    bus: Connection,
    log: PathBuf,
    frame: Node,
}

/// Something on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    owner: String,
    path: OwnedObjectPath,
}

impl<'a> Window<'a> {
    /// Starts the app on a desk and waits until its window is there.
    pub fn open(desk: &'a Desk) -> Self {
        Self::open_with(desk, &[])
    }

    /// Starts the app with more variables around it.
    pub fn open_with(desk: &'a Desk, variables: &[(&str, &str)]) -> Self {
        Self::start(desk, variables, &[])
    }

    /// Starts the app with a server named on its command line.
    pub fn open_at(desk: &'a Desk, server: &str) -> Self {
        Self::start(desk, &[], &["--server", server])
    }

    fn start(desk: &'a Desk, variables: &[(&str, &str)], arguments: &[&str]) -> Self {
        let log = desk.home().join("app.log");
        let mut program = desk.program(env!("CARGO_BIN_EXE_parlour"));
        program.env("PARLOUR_TEST_LOG", &log).envs(variables.iter().copied()).args(arguments);
        let mut app = Kept::start(&mut program);
        let bus = accessibility_bus(desk);
        let said = || fs::read_to_string(&log).unwrap_or_default();
        let frame = wait_or(
            "the window",
            || {
                assert!(!app.has_ended(), "the app ended\n{}", said());
                main_frame(&bus)
            },
            said,
        );
        let window = Self { desk, app, bus, log, frame };
        window.point_into();
        window
    }

    /// Moves the pointer into the window: with no window manager about, keys go where it is.
    fn point_into(&self) {
        self.desk.point_at(60, 60);
    }

    /// Returns what the app has written to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for something of this role and name.
    pub fn find(&self, role: &str, name: &str) -> Node {
        wait_or(&format!("{role} {name:?}"), || self.look(role, name), || self.describe())
    }

    /// Returns something of this role and name, if it is on the screen.
    pub fn look(&self, role: &str, name: &str) -> Option<Node> {
        self.walk(|node| self.role(node) == role && self.name(node) == name)
    }

    /// Waits until nothing of this role has this name.
    pub fn find_gone(&self, role: &str, name: &str) {
        let gone = || self.look(role, name).is_none().then_some(());
        wait_or(&format!("{role} {name:?} to go"), gone, || self.describe());
    }

    /// Waits for a text anywhere on the screen.
    pub fn find_text(&self, text: &str) -> Node {
        let found = || self.walk(|node| self.name(node).contains(text));
        wait_or(&format!("the text {text:?}"), found, || self.describe())
    }

    /// Tells whether a text is on the screen.
    pub fn shows(&self, text: &str) -> bool {
        self.walk(|node| self.name(node).contains(text)).is_some()
    }

    /// Presses a control.
    pub fn click(&self, role: &str, name: &str) {
        let node = self.find(role, name);
        wait(&format!("{name:?} to take a press"), || self.has_state(&node, SENSITIVE).then_some(()));
        self.call(&node, "org.a11y.atspi.Action", "DoAction", &0_i32);
    }

    /// Presses a control with the pointer: GTK 4.8 gives boxes and rows no action to be fired.
    pub fn point_and_click(&self, role: &str, name: &str, times: u32) {
        let node = self.find(role, name);
        // Below the edge of a long page it is not to be reached: then the page is moved.
        let in_sight = || {
            let (.., window_width, window_height) = self.extents(&self.frame)?;
            let at = self.extents(&node)?;
            if at.1 + at.3 / 2 < window_height {
                return Some(at);
            }
            self.desk.wheel_at(window_width / 2, window_height / 2);
            None
        };
        let (x, y, width, height) = wait(&format!("{name:?} to be in sight"), in_sight);
        self.desk.click_at(x + width / 2, y + height / 2, times);
    }

    /// Puts a text into an entry.
    pub fn fill(&self, name: &str, text: &str) {
        let entry = self.entry(name);
        self.call(&entry, "org.a11y.atspi.EditableText", "SetTextContents", &text);
    }

    /// Waits until an entry holds this text.
    pub fn find_typed(&self, name: &str, text: &str) {
        let holds = || (self.text(name) == text).then_some(());
        wait_or(&format!("{text:?} in {name:?}"), holds, || self.text(name));
    }

    /// Returns the text of an entry.
    pub fn text(&self, name: &str) -> String {
        let entry = self.entry(name);
        let reply = self.bus.call_method(
            Some(entry.owner.as_str()),
            &entry.path,
            Some("org.a11y.atspi.Text"),
            "GetText",
            &(0_i32, i32::MAX),
        );
        reply.ok().and_then(|reply| reply.body().deserialize().ok()).unwrap_or_default()
    }

    fn entry(&self, name: &str) -> Node {
        let wanted = |node: &Node| self.name(node) == name && self.is_entry(node);
        wait_or(&format!("the entry {name:?}"), || self.walk(wanted), || self.describe())
    }

    fn is_entry(&self, node: &Node) -> bool {
        ["text box", "search box", "text", "password text", "entry"].contains(&self.role(node).as_str())
            && self.interfaces(node).iter().any(|name| name == "org.a11y.atspi.EditableText")
    }

    /// Tells whether a control can be used.
    pub fn is_sensitive(&self, node: &Node) -> bool {
        self.has_state(node, SENSITIVE)
    }

    /// Fires an action of the window by its name, as in `main.sign-out`.
    pub fn fire(&self, action: &str) {
        let count: OwnedValue = self.property(&self.frame, "org.a11y.atspi.Action", "NActions");
        let count = i32::try_from(count).unwrap_or(0);
        for index in 0..count {
            let reply = self.bus.call_method(
                Some(self.frame.owner.as_str()),
                &self.frame.path,
                Some("org.a11y.atspi.Action"),
                "GetName",
                &index,
            );
            let name: String =
                reply.ok().and_then(|reply| reply.body().deserialize().ok()).unwrap_or_default();
            if name == action {
                return self.call(&self.frame, "org.a11y.atspi.Action", "DoAction", &index);
            }
        }
        panic!("the window has no action {action:?}");
    }

    /// Presses keys, in the words of xdotool.
    pub fn press(&self, keys: &[&str]) {
        self.desk.press(keys);
    }

    /// Returns the title in the first row of the list.
    pub fn first_row(&self) -> String {
        let mut top = None;
        self.walk(|node| {
            if self.role(node) == "checkbox"
                && let Some(title) = self.name(node).strip_prefix("Select ").filter(|title| *title != "All")
                && let Some((_, y, ..)) = self.extents(node)
                && top.as_ref().is_none_or(|(top, _)| y < *top)
            {
                top = Some((y, title.to_owned()));
            }
            false
        });
        top.map(|(_, title)| title).unwrap_or_default()
    }

    /// Keeps what the screen shows, if `SHOTS` names a folder.
    pub fn shot(&self, name: &str) {
        self.desk.shot(name);
    }

    /// Waits until a dialog with this title stands before the window, and points into it: keys go there
    /// then. It is not looked into.
    pub fn find_dialog(&self, title: &str) {
        let number = wait(&format!("the dialog {title:?}"), || self.desk.window_titled(title));
        self.desk.point_into(&number);
    }

    /// Waits until a dialog is gone.
    pub fn find_dialog_gone(&self, title: &str) {
        let gone = || self.desk.window_titled(title).is_none().then_some(());
        wait(&format!("the dialog {title:?} to go"), gone);
    }

    /// Waits until the app has ended by itself.
    pub fn wait_closed(&mut self) {
        let app = &mut self.app;
        wait("the app to end", || app.has_ended().then_some(()));
    }

    /// Returns every control that can be pressed or typed into and has no name.
    pub fn nameless(&self) -> Vec<String> {
        let roles =
            ["button", "toggle button", "check box", "text box", "search box", "text", "password text"];
        let mut faults = Vec::new();
        self.walk(|node| {
            let role = self.role(node);
            let name = self.name(node);
            let is_nameless = name.trim().is_empty() || name.starts_with("Gtk") || name.starts_with("Adw");
            if roles.contains(&role.as_str()) && is_nameless {
                faults.push(format!("{role} {name:?} at {}", node.path.as_str()));
            }
            false
        });
        faults
    }

    /// Describes everything on the screen, for a test that failed.
    pub fn describe(&self) -> String {
        let mut lines = Vec::new();
        self.walk(|node| {
            lines.push(format!("{} {:?}", self.role(node), self.name(node)));
            false
        });
        format!("on the screen:\n{}\nin the log:\n{}", lines.join("\n"), self.log())
    }

    /// Goes through everything on the screen until `wanted` is met.
    fn walk(&self, mut wanted: impl FnMut(&Node) -> bool) -> Option<Node> {
        let mut due = VecDeque::from(children(&self.bus, &self.frame));
        while let Some(node) = due.pop_front() {
            if !self.is_on_screen(&node) {
                continue;
            }
            if wanted(&node) {
                return Some(node);
            }
            due.extend(children(&self.bus, &node));
        }
        None
    }

    /// `SHOWING` is never set below the window on GTK 4.8: what has a size is on the screen.
    fn is_on_screen(&self, node: &Node) -> bool {
        self.extents(node).is_some_and(|(_, _, width, height)| width > 0 && height > 0)
    }

    /// Returns where something is in the window, which stands in the corner of the screen.
    fn extents(&self, node: &Node) -> Option<(i32, i32, i32, i32)> {
        let reply = self.bus.call_method(
            Some(node.owner.as_str()),
            &node.path,
            Some("org.a11y.atspi.Component"),
            "GetExtents",
            &1_u32,
        );
        reply.ok().and_then(|reply| reply.body().deserialize().ok())
    }

    fn name(&self, node: &Node) -> String {
        String::try_from(self.property(node, ACCESSIBLE, "Name")).unwrap_or_default()
    }

    fn role(&self, node: &Node) -> String {
        self.ask(node, "GetRoleName").unwrap_or_default()
    }

    fn interfaces(&self, node: &Node) -> Vec<String> {
        self.ask(node, "GetInterfaces").unwrap_or_default()
    }

    fn has_state(&self, node: &Node, state: u32) -> bool {
        let states: Vec<u32> = self.ask(node, "GetState").unwrap_or_default();
        states.get((state / 32) as usize).is_some_and(|bits| bits & (1 << (state % 32)) != 0)
    }

    fn ask<T>(&self, node: &Node, question: &str) -> Option<T>
    where
        T: serde::de::DeserializeOwned + zbus::zvariant::Type,
    {
        let owner = Some(node.owner.as_str());
        let reply = self.bus.call_method(owner, &node.path, Some(ACCESSIBLE), question, &()).ok()?;
        reply.body().deserialize().ok()
    }

    fn property(&self, node: &Node, interface: &str, name: &str) -> OwnedValue {
        let properties = Some("org.freedesktop.DBus.Properties");
        let reply = self.bus.call_method(
            Some(node.owner.as_str()),
            &node.path,
            properties,
            "Get",
            &(interface, name),
        );
        let value = reply.ok().and_then(|reply| reply.body().deserialize().ok());
        value.unwrap_or_else(|| OwnedValue::from(0_u32))
    }

    fn call<B>(&self, node: &Node, interface: &str, method: &str, body: &B)
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let owner = Some(node.owner.as_str());
        let reply = self.bus.call_method(owner, &node.path, Some(interface), method, body);
        assert!(reply.is_ok(), "{method}: {reply:?}\n{}", self.log());
    }
}

/// The number of the state that says that a control can be used.
const SENSITIVE: u32 = 24;

/// Connects to the bus of screen readers, which the session's bus starts.
fn accessibility_bus(desk: &Desk) -> Connection {
    let session = Builder::address(desk.bus_address()).and_then(Builder::build).expect("the session's bus");
    let address: String = wait("the bus of screen readers", || {
        let bus = Some("org.a11y.Bus");
        let reply = session.call_method(bus, "/org/a11y/bus", bus, "GetAddress", &()).ok()?;
        reply.body().deserialize().ok()
    });
    Builder::address(address.as_str())
        .map(|builder| builder.method_timeout(super::PATIENCE))
        .and_then(Builder::build)
        .expect("the bus of screen readers")
}

/// Returns the main window, once the app has told the registry of itself.
fn main_frame(bus: &Connection) -> Option<Node> {
    let registry = Node {
        owner: "org.a11y.atspi.Registry".to_owned(),
        path: OwnedObjectPath::try_from("/org/a11y/atspi/accessible/root").ok()?,
    };
    let app = children(bus, &registry).into_iter().next()?;
    children(bus, &app).into_iter().next()
}

fn children(bus: &Connection, node: &Node) -> Vec<Node> {
    let reply = bus.call_method(Some(node.owner.as_str()), &node.path, Some(ACCESSIBLE), "GetChildren", &());
    let found: Option<Vec<(String, OwnedObjectPath)>> =
        reply.ok().and_then(|reply| reply.body().deserialize().ok());
    found.unwrap_or_default().into_iter().map(|(owner, path)| Node { owner, path }).collect()
}

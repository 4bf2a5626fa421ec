//! What stands on the screen beside single names: the title, what is checked, how many there are.

use super::{ACCESSIBLE, Node, Window, wait_or};

/// The number of the state that says that a switch or a check is on.
const CHECKED: u32 = 4;

impl Window<'_> {
    /// Waits until the window has this title; empty means that it has only the app's.
    pub fn find_title(&self, title: &str) {
        let titled = || self.is_titled(title).then_some(());
        wait_or(&format!("the title {title:?}"), titled, || {
            format!("{:?}\n{}", self.name(&self.frame), self.describe())
        });
    }

    /// Tells whether the window has this title.
    pub fn is_titled(&self, title: &str) -> bool {
        let wanted = if title.is_empty() { "Parlour".to_owned() } else { format!("{title} – Parlour") };
        self.name(&self.frame) == wanted
    }

    /// Tells whether a switch or a check is on.
    pub fn is_checked(&self, node: &Node) -> bool {
        self.has_state(node, CHECKED)
    }

    /// Counts what is on the screen of this role and with a name that begins so.
    pub fn count(&self, role: &str, start: &str) -> usize {
        let mut count = 0;
        self.walk(|node| {
            count += usize::from(self.role(node) == role && self.name(node).starts_with(start));
            false
        });
        count
    }

    /// Counts what is on the screen with this name, whatever its role.
    pub fn count_named(&self, name: &str) -> usize {
        let mut count = 0;
        self.walk(|node| {
            count += usize::from(self.name(node) == name);
            false
        });
        count
    }

    /// Returns what is read aloud of something after its name, if it is on the screen.
    pub fn description(&self, name: &str) -> Option<String> {
        let has_it = |node: &Node| {
            self.name(node) == name
                && ["toggle button", "radio button", "tab"].contains(&self.role(node).as_str())
        };
        let node = self.walk(has_it)?;
        String::try_from(self.property(&node, ACCESSIBLE, "Description")).ok()
    }

    /// Waits until nothing on the screen has a text in its name.
    pub fn find_text_gone(&self, text: &str) {
        let gone = || (!self.shows(text)).then_some(());
        wait_or(&format!("the text {text:?} to go"), gone, || self.describe());
    }

    /// Presses the first control of this role and with a name that begins so.
    pub fn click_starting(&self, role: &str, start: &str) {
        let found = || self.walk(|node| self.role(node) == role && self.name(node).starts_with(start));
        let node = wait_or(&format!("{role} {start:?}…"), found, || self.describe());
        self.call(&node, "org.a11y.atspi.Action", "DoAction", &0_i32);
    }
}

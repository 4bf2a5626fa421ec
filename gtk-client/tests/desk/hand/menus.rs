//! What is done by the menu of a row.

use std::collections::VecDeque;

use super::{Node, Window, children, wait_or};

impl Window<'_> {
    /// Opens the menu of the row with this name, by the button of it whose name begins so.
    pub fn open_menu(&self, row: &str, button: &str) {
        let found = || {
            let row = self.walk(|node| self.name(node) == row)?;
            self.within(row, |node| self.role(node) == "button" && self.name(node).starts_with(button))
        };
        let button = wait_or(&format!("the menu of {row:?}"), found, || self.describe());
        self.call(&button, "org.a11y.atspi.Action", "DoAction", &0_i32);
    }

    fn within(&self, node: Node, wanted: impl Fn(&Node) -> bool) -> Option<Node> {
        let mut due = VecDeque::from([node]);
        while let Some(node) = due.pop_front() {
            if wanted(&node) {
                return Some(node);
            }
            due.extend(children(&self.bus, &node));
        }
        None
    }
}

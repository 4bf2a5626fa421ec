//! Where the list is: at its end, which it then follows, or elsewhere.
//!
//! This file does not know what is in a row. GTK keeps the row that it holds on to where it is when others come in above;
//! what is left to do is the end.

use std::rc::Rc;
use std::time::Duration;

use relm4::gtk;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use super::{Shared, TimelineEvent};

/// How near to its end the list counts as being there, in application pixels.
const NEAR_END: f64 = 24.0;

/// How long a list that was thrown may roll on by itself.
const AT_REST: Duration = Duration::from_secs(1);

impl Shared {
    /// Follows the end while it is in sight, and tells what is looked at.
    pub(super) fn watch(self: &Rc<Self>) {
        let adjustment = self.scroller.vadjustment();
        let weak = Rc::downgrade(self);
        adjustment.connect_value_changed(move |_| {
            if let Some(shared) = weak.upgrade() {
                shared.look_soon();
            }
        });
        let weak = Rc::downgrade(self);
        // Rows came in, grew or shrank, or the window did.
        adjustment.connect_changed(move |_| {
            if let Some(shared) = weak.upgrade() {
                if shared.follows.get() {
                    shared.to_end_soon();
                }
                shared.look_soon();
            }
        });
        // Whoever moves the list says by that whether it is to follow; GTK moves it too, while rows are laid out.
        let weak = Rc::downgrade(self);
        let moved = move || {
            let Some(shared) = weak.upgrade() else { return };
            // At once: what is laid out in between is not to take it back to the end.
            shared.follows.set(false);
            shared.follow_again(Duration::ZERO);
            shared.follow_again(AT_REST);
        };
        let wheel = gtk::EventControllerScroll::new(gtk::EventControllerScrollFlags::VERTICAL);
        wheel.set_propagation_phase(gtk::PropagationPhase::Capture);
        let by_wheel = moved.clone();
        wheel.connect_scroll(move |_, _, _| {
            by_wheel();
            glib::Propagation::Proceed
        });
        self.scroller.add_controller(wheel);
        let keys = gtk::EventControllerKey::new();
        keys.set_propagation_phase(gtk::PropagationPhase::Capture);
        let by_key = moved.clone();
        keys.connect_key_pressed(move |_, _, _, _| {
            by_key();
            glib::Propagation::Proceed
        });
        self.scroller.add_controller(keys);
        let by_bar = moved.clone();
        self.scroller.vscrollbar().downcast_ref::<gtk::Scrollbar>().inspect(|bar| {
            let drag = gtk::GestureDrag::new();
            drag.set_propagation_phase(gtk::PropagationPhase::Capture);
            drag.connect_drag_update(move |_, _, _| by_bar());
            bar.add_controller(drag);
        });
        let weak = Rc::downgrade(self);
        self.jump.button.connect_clicked(move |_| {
            if let Some(shared) = weak.upgrade() {
                (shared.on_event)(TimelineEvent::ToNewest);
            }
        });
    }

    /// Follows the end if the list is there after a while.
    fn follow_again(self: &Rc<Self>, after: Duration) {
        let weak = Rc::downgrade(self);
        let look = move || {
            if let Some(shared) = weak.upgrade() {
                if shared.is_at_end() && !shared.is_of_results.get() {
                    shared.follows.set(true);
                }
                shared.look_soon();
            }
            glib::ControlFlow::Break
        };
        match after.is_zero() {
            // Before anything is laid out.
            true => glib::idle_add_local_full(glib::Priority::HIGH_IDLE, look),
            false => glib::timeout_add_local(after, look),
        };
    }

    pub(super) fn is_at_end(&self) -> bool {
        let adjustment = self.scroller.vadjustment();
        adjustment.value() + adjustment.page_size() + NEAR_END >= adjustment.upper()
    }

    pub(super) fn to_end(&self) {
        let adjustment = self.scroller.vadjustment();
        adjustment.set_value(adjustment.upper() - adjustment.page_size());
    }

    /// Goes to the end once GTK is through with laying out: what is moved while it does that stays where it was.
    pub(super) fn to_end_soon(self: &Rc<Self>) {
        if self.is_end_due.replace(true) {
            return;
        }
        let weak = Rc::downgrade(self);
        let go = move || {
            if let Some(shared) = weak.upgrade() {
                shared.is_end_due.set(false);
                if shared.follows.get() {
                    shared.to_end();
                }
            }
            glib::ControlFlow::Break
        };
        glib::idle_add_local_full(glib::Priority::HIGH_IDLE, go);
    }

    pub(super) fn scroll_to(&self, row: u32) {
        // It fails only where there is no such row.
        let _ = self.view.activate_action("list.scroll-to-item", Some(&row.to_variant()));
    }

    /// Moves a row that is built to this part of the height of the list.
    pub(super) fn place(&self, position: u32, part: f64) {
        self.scroll_to(position);
        let top = self.row_at(position).and_then(|row| row.translate_coordinates(&self.scroller, 0.0, 0.0));
        if let Some((_, top)) = top {
            let adjustment = self.scroller.vadjustment();
            adjustment.set_value(adjustment.value() + top - adjustment.page_size() * part);
        }
    }
}

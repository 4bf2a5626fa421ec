//! What the pages share, and what is too large to stand in one.
//!
//! Nothing here decides anything: texts and states come in, wishes go out.

pub mod choosers;
pub mod code_card;
pub mod columns;
pub mod composer;
pub mod conversation_list;
pub mod covers;
pub mod fact;
pub mod file_card;
pub mod file_drag;
pub mod file_grid;
pub mod file_icons;
pub mod form;
pub mod form_body;
pub mod heading;
pub mod incoming;
pub mod long_list;
pub mod mention_list;
pub mod name_card;
pub mod pictures;
pub mod positions;
pub mod post_card;
pub mod post_lines;
pub mod post_look;
pub mod post_row;
pub mod question_card;
pub mod row_model;
pub mod seat_list;
pub mod states;
pub mod text_area;
pub mod timeline;
pub mod track_list;
pub mod track_row;
pub mod ways_in;
pub mod written;

use relm4::gtk::prelude::*;
use relm4::{adw, gtk};

/// Gives a control with no text of its own the name that is read aloud, and shows the same as its tooltip.
pub fn name(control: &impl IsA<gtk::Widget>, name: &str) {
    control.set_tooltip_text(Some(name));
    control.upcast_ref::<gtk::Widget>().update_property(&[gtk::accessible::Property::Label(name)]);
}

/// Makes a label that holds words of people or of the daemon: never markup, and cut rather than wide.
pub fn plain_label(classes: &[&str]) -> gtk::Label {
    gtk::Label::builder()
        .ellipsize(gtk::pango::EllipsizeMode::End)
        .xalign(0.0)
        .single_line_mode(true)
        .css_classes(classes.iter().copied().map(str::to_owned).collect::<Vec<_>>())
        .build()
}

/// Shows one child of a stack and hides the others once they have moved away: to GTK 4.8 and whoever reads
/// the window aloud, a child that is merely covered is still there.
pub fn show_only(stack: &gtk::Stack, wanted: &str) {
    uncover(stack, wanted);
    hide_covered(stack);
}

/// Shows one child of a stack. The others are to be hidden by [`hide_covered`].
pub fn uncover(stack: &gtk::Stack, wanted: &str) {
    if stack.visible_child_name().as_deref() != Some(wanted) {
        if let Some(child) = stack.child_by_name(wanted) {
            child.set_visible(true);
        }
        stack.set_visible_child_name(wanted);
    }
}

/// Keeps the covered children of a stack hidden, as [`show_only`] asks.
pub fn keep_covered_hidden(stack: &gtk::Stack) {
    stack.connect_transition_running_notify(hide_covered);
    hide_covered(stack);
}

/// Hides what a stack covers, unless it is still moving away.
pub fn hide_covered(stack: &gtk::Stack) {
    if stack.is_transition_running() {
        return;
    }
    let shown = stack.visible_child();
    let mut next = stack.first_child();
    while let Some(child) = next {
        next = child.next_sibling();
        if Some(&child) != shown.as_ref() {
            take_keyboard(&child);
            child.set_visible(false);
        }
    }
}

/// Takes the keyboard away from what is about to be hidden: its keys would be lost, not the window's.
pub fn take_keyboard(child: &gtk::Widget) {
    if let Some(root) = child.root()
        && root.focus().is_some_and(|focus| focus.is_ancestor(child))
    {
        root.set_focus(None::<&gtk::Widget>);
    }
}

/// Keeps the panel of a flap hidden while it is not revealed, for the same reason.
pub fn keep_flap_hidden(flap: &adw::Flap) {
    let show = |flap: &adw::Flap| {
        if let Some(panel) = flap.flap() {
            panel.set_visible(flap.reveals_flap() || flap.reveal_progress() > 0.0);
        }
    };
    flap.connect_reveal_flap_notify(show);
    flap.connect_reveal_progress_notify(show);
    show(flap);
}

/// Returns the last button inside a widget.
pub fn last_button(widget: &gtk::Widget) -> Option<gtk::Button> {
    let mut children = std::iter::successors(widget.last_child(), WidgetExt::prev_sibling);
    children.find_map(|child| match child.downcast::<gtk::Button>() {
        Ok(button) => Some(button),
        Err(child) => last_button(&child),
    })
}

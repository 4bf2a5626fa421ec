//! The headings above the columns: each is a button that orders the list.
//!
//! This file does not order anything, and shows the order it is told.

use std::cell::Cell;
use std::rc::Rc;

use parlour_common::message::{Sort, SortBy};
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::columns::Columns;
use super::name;
use crate::text;

/// The columns that order the list, from where reading begins.
const COLUMNS: [SortBy; 5] = [SortBy::Title, SortBy::Artist, SortBy::Album, SortBy::Duration, SortBy::Size];

/// What a person does with the headings.
#[derive(Clone, Copy, Debug)]
pub enum HeadingEvent {
    /// Order by this.
    SortBy(SortBy),
    /// Select everything, or nothing.
    SelectAll(bool),
}

/// The headings.
#[derive(Debug)]
pub struct Heading {
    row: gtk::Box,
    check: gtk::CheckButton,
    is_painting: Rc<Cell<bool>>,
    arrows: Vec<(SortBy, gtk::Button, gtk::Image)>,
}

impl Heading {
    /// Makes the headings.
    pub fn new(on_event: impl Fn(HeadingEvent) + 'static) -> Self {
        let on_event = Rc::new(on_event);
        let row = gtk::Box::builder().css_classes(["heading-row"]).build();
        row.set_layout_manager(Some(Columns::of_heading()));
        let check = gtk::CheckButton::new();
        name(&check, "Select All");
        let is_painting = Rc::new(Cell::new(false));
        let (painting, event) = (Rc::clone(&is_painting), Rc::clone(&on_event));
        check.connect_toggled(move |check| {
            if !painting.get() {
                event(HeadingEvent::SelectAll(check.is_active()));
            }
        });
        row.append(&check);
        row.append(&gtk::Box::default());
        let mut arrows = Vec::new();
        for by in COLUMNS {
            let (button, arrow) = column(by);
            let event = Rc::clone(&on_event);
            button.connect_clicked(move |_| event(HeadingEvent::SortBy(by)));
            row.append(&button);
            arrows.push((by, button, arrow));
        }
        row.append(&gtk::Box::default());
        Self { row, check, is_painting, arrows }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::Box {
        &self.row
    }

    /// Shows the order.
    pub fn show_sort(&self, sort: Sort) {
        for (by, button, arrow) in &self.arrows {
            let is_sorted = *by == sort.by;
            let icon = if sort.descending { "pan-down-symbolic" } else { "pan-up-symbolic" };
            arrow.set_icon_name(Some(icon));
            arrow.set_visible(is_sorted);
            name(button, &text::sort_heading(*by, is_sorted.then_some(sort.descending)));
        }
    }

    /// Shows how much is selected.
    pub fn show_picked(&self, picked: usize, total: u32) {
        self.is_painting.set(true);
        let all = total > 0 && picked >= total as usize;
        self.check.set_inconsistent(picked > 0 && !all);
        self.check.set_active(all);
        self.check.set_sensitive(total > 0);
        self.is_painting.set(false);
    }
}

fn column(by: SortBy) -> (gtk::Button, gtk::Image) {
    let arrow = gtk::Image::builder().visible(false).build();
    let label =
        gtk::Label::builder().label(text::sort_title(by)).ellipsize(gtk::pango::EllipsizeMode::End).build();
    let content = gtk::Box::builder().spacing(4).build();
    content.append(&label);
    content.append(&arrow);
    if matches!(by, SortBy::Duration | SortBy::Size) {
        content.set_halign(gtk::Align::End);
    }
    let button = gtk::Button::builder().child(&content).css_classes(["flat", "column"]).build();
    (button, arrow)
}

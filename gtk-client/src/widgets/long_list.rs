//! A list that is fetched piece by piece as its end comes into sight.
//!
//! This file does not know what is listed. Its rows are few enough to be widgets all at once: the accounts of
//! a group, or what its admins did lately.

use relm4::gtk::prelude::*;
use relm4::{adw, gtk};

/// A list, with a button at its end for those who do not scroll.
#[derive(Debug)]
pub struct LongList {
    scroll: gtk::ScrolledWindow,
    more: gtk::Button,
}

/// Makes the list itself, with the name that is read aloud.
pub fn long_list(name: &str) -> gtk::ListBox {
    let list = gtk::ListBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .valign(gtk::Align::Start)
        .css_classes(["boxed-list"])
        .build();
    list.update_property(&[gtk::accessible::Property::Label(name)]);
    list
}

impl LongList {
    /// Puts a list where it can be scrolled.
    pub fn new(list: &gtk::ListBox, on_more: impl Fn() + Clone + 'static) -> Self {
        let more = gtk::Button::builder()
            .label("Show More")
            .halign(gtk::Align::Center)
            .css_classes(["pill"])
            .visible(false)
            .build();
        let wanted = on_more.clone();
        more.connect_clicked(move |_| wanted());
        let column = gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(18).build();
        column.append(list);
        column.append(&more);
        let clamp = adw::Clamp::builder().maximum_size(560).child(&column).build();
        for margin in [WidgetExt::set_margin_top, WidgetExt::set_margin_bottom] {
            margin(&clamp, 18);
        }
        for margin in [WidgetExt::set_margin_start, WidgetExt::set_margin_end] {
            margin(&clamp, 18);
        }
        let scroll =
            gtk::ScrolledWindow::builder().hscrollbar_policy(gtk::PolicyType::Never).child(&clamp).build();
        scroll.connect_edge_reached(move |_, edge| {
            if edge == gtk::PositionType::Bottom {
                on_more();
            }
        });
        Self { scroll, more }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::ScrolledWindow {
        &self.scroll
    }

    /// Shows whether there is more to fetch.
    pub fn show_more(&self, has_more: bool) {
        self.more.set_visible(has_more);
    }
}

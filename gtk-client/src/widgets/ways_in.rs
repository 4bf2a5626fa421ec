//! What the pages on the way in are made of: the logo that leads back, titles, and the smaller controls.
//!
//! This file does not know what a page is about.

use relm4::gtk;
use relm4::gtk::prelude::*;

use super::fact::unhyphened;
use super::name;
use crate::look;

/// Makes the logo, to be pressed.
pub fn logo(on_pressed: impl Fn() + 'static) -> gtk::Button {
    let icon = gtk::Image::builder()
        .icon_name(look::APP_ID)
        .pixel_size(80)
        .css_classes(["icon-dropshadow"])
        .accessible_role(gtk::AccessibleRole::Presentation)
        .build();
    let button =
        gtk::Button::builder().child(&icon).halign(gtk::Align::Center).css_classes(["flat", "logo"]).build();
    name(&button, "Back to Sign In");
    button.connect_clicked(move |_| on_pressed());
    button
}

/// Makes a page of a column of things, in the middle of a window of any size.
pub fn sheet(children: &[&gtk::Widget]) -> gtk::ScrolledWindow {
    let column = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .valign(gtk::Align::Center)
        .spacing(24)
        .build();
    children.iter().for_each(|child| column.append(*child));
    let clamp = relm4::adw::Clamp::builder().maximum_size(400).child(&column).build();
    for margin in ["margin-top", "margin-bottom", "margin-start", "margin-end"] {
        clamp.set_property(margin, 18);
    }
    gtk::ScrolledWindow::builder().hscrollbar_policy(gtk::PolicyType::Never).child(&clamp).build()
}

/// Makes the title of a page and the words beneath it.
pub fn title() -> (gtk::Box, gtk::Label, gtk::Label) {
    let label = |class: &str| {
        gtk::Label::builder()
            .wrap(true)
            .wrap_mode(gtk::pango::WrapMode::WordChar)
            .justify(gtk::Justification::Center)
            .attributes(&unhyphened())
            .css_classes([class])
            .build()
    };
    let (title, words) = (label("title-1"), label("body"));
    let column = gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(12).build();
    column.append(&title);
    column.append(&words);
    (column, title, words)
}

/// Makes the check of who wants to be signed in at the next start, too.
pub fn stay_check(on_toggled: impl Fn(bool) + 'static) -> gtk::CheckButton {
    let check =
        gtk::CheckButton::builder().label("Stay signed in").active(true).halign(gtk::Align::Center).build();
    check.connect_toggled(move |check| on_toggled(check.is_active()));
    check
}

/// Makes a button that looks like a link, for what is wanted less often.
pub fn link(label: &str, on_clicked: impl Fn() + 'static) -> gtk::Button {
    let button =
        gtk::Button::builder().label(label).halign(gtk::Align::End).css_classes(["flat", "link"]).build();
    button.connect_clicked(move |_| on_clicked());
    button
}

/// Puts two small controls into one line, at its start and its end.
pub fn side_by_side(start: &gtk::CheckButton, end: &gtk::Button) -> gtk::CenterBox {
    let line = gtk::CenterBox::new();
    line.set_start_widget(Some(start));
    line.set_end_widget(Some(end));
    line
}

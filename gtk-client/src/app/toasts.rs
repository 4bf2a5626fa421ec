//! What is said in passing, at the bottom of the window.
//!
//! This file does not know the words (`text.rs`) nor what an offer leads to.

use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{Sender, adw};

use super::AppMsg;
use crate::text;
use crate::view_model::{Notice, ToPage};
use crate::widgets::{last_button, name};

/// How long something is offered, in seconds: one has to read it, decide, and reach the button.
const OFFER_SECONDS: u32 = 10;

/// Pango takes the direction of a line from its first letter, be that part of a name that is kept apart. The
/// sentences are English.
const LEFT_TO_RIGHT: char = '\u{200e}';

/// Says something in passing, with a button where there is something to be done about it.
pub(super) fn say(notice: &Notice, offer: Option<ToPage>, shown: &adw::ToastOverlay, input: &Sender<AppMsg>) {
    let words = format!("{LEFT_TO_RIGHT}{}", glib::markup_escape_text(&text::notice(notice)));
    let toast = adw::Toast::new(&words);
    if let Some(msg) = offer {
        toast.set_button_label(Some(text::offer(notice)));
        toast.set_timeout(OFFER_SECONDS);
        // An offer that waits behind others comes too late.
        toast.set_priority(adw::ToastPriority::High);
        let input = input.clone();
        toast.connect_button_clicked(move |_| input.emit(AppMsg::Taken(msg.clone())));
    }
    let toasts = shown.clone();
    // The one after it takes its place, once there is one.
    toast.connect_dismissed(move |_| {
        let toasts = toasts.clone();
        glib::idle_add_local_once(move || name_toast(&toasts));
    });
    shown.add_toast(toast);
    name_toast(shown);
}

/// Names the one button of the toast that is shown, which libadwaita 1.2 leaves without.
fn name_toast(toasts: &adw::ToastOverlay) {
    if let Some(close) = toasts.last_child().and_then(|toast| last_button(&toast)) {
        name(&close, "Close");
    }
}

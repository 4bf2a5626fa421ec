//! What is fetched from the daemon: on its way, not to be had, nothing there, or here.
//!
//! This file does not know what is fetched: it is given words.

use relm4::gtk::prelude::*;
use relm4::{adw, gtk};

use super::{keep_covered_hidden, show_only};
use crate::text;
use crate::view_model::fetch::Fetch;

/// A place for something that is fetched.
#[derive(Debug)]
pub struct States {
    stack: gtk::Stack,
    status: adw::StatusPage,
    retry: gtk::Button,
}

/// What stands where there is nothing to show.
#[derive(Clone, Copy, Debug)]
pub struct Nothing<'a> {
    /// The icon.
    pub icon: &'a str,
    /// What there is nothing of.
    pub title: &'a str,
    /// What to do about it.
    pub description: &'a str,
}

impl States {
    /// Makes a place for this content.
    pub fn new(content: &impl IsA<gtk::Widget>, on_retry: impl Fn() + 'static) -> Self {
        let spinner = gtk::Spinner::builder()
            .spinning(true)
            .width_request(32)
            .height_request(32)
            .halign(gtk::Align::Center)
            .valign(gtk::Align::Center)
            .build();
        spinner.update_property(&[gtk::accessible::Property::Label("Loading")]);
        let retry = gtk::Button::builder()
            .label("Try Again")
            .halign(gtk::Align::Center)
            .css_classes(["pill", "suggested-action"])
            .build();
        retry.connect_clicked(move |_| on_retry());
        let status = adw::StatusPage::builder().child(&retry).build();
        let stack = gtk::Stack::builder()
            .hexpand(true)
            .vexpand(true)
            .transition_type(gtk::StackTransitionType::Crossfade)
            .transition_duration(120)
            .build();
        stack.add_named(&spinner, Some("loading"));
        stack.add_named(&status, Some("status"));
        stack.add_named(content, Some("content"));
        keep_covered_hidden(&stack);
        Self { stack, status, retry }
    }

    /// Returns the widget.
    pub fn widget(&self) -> &gtk::Stack {
        &self.stack
    }

    /// Shows how it stands; `nothing` if it is here and empty.
    pub fn show(&self, fetch: &Fetch, nothing: Option<Nothing<'_>>) {
        match (fetch, nothing) {
            (Fetch::Loading, _) => show_only(&self.stack, "loading"),
            (Fetch::Failed(problem), _) => {
                let description = text::problem(None, problem);
                let icon = "network-error-symbolic";
                self.say(Nothing { icon, title: "This Cannot Be Shown", description: &description }, true);
            }
            (Fetch::Here, Some(nothing)) => self.say(nothing, false),
            (Fetch::Here, None) => show_only(&self.stack, "content"),
        }
    }

    fn say(&self, nothing: Nothing<'_>, can_retry: bool) {
        self.status.set_icon_name(Some(nothing.icon));
        self.status.set_title(nothing.title);
        self.status.set_description(Some(&gtk::glib::markup_escape_text(nothing.description)));
        self.retry.set_visible(can_retry);
        show_only(&self.stack, "status");
    }
}

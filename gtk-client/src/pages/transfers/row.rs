//! One download in the panel: its name, how far it is, what can be done with it.
//!
//! This file decides nothing; it forwards which button was pressed.

use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::prelude::*;

use crate::format::{size, speed, time_left};
use crate::text;
use crate::view_model::transfers::{Msg, Stage, Transfer, fraction};
use crate::widgets::{name, plain_label};

/// One download in the panel.
#[derive(Debug)]
pub(super) struct DownloadRow {
    row: gtk::ListBoxRow,
    bar: gtk::ProgressBar,
    state: gtk::Label,
    cancel: gtk::Button,
    retry: gtk::Button,
    open: gtk::Button,
    clear: gtk::Button,
}

impl DownloadRow {
    /// Makes the row of a download. `on_msg` gets what is to be done with it.
    pub(super) fn new(download: &Transfer, on_msg: impl Fn(Msg) + 'static) -> Self {
        let on_msg: Rc<dyn Fn(Msg)> = Rc::new(on_msg);
        let (id, track) = (download.id, &download.wanted.track);
        let button = |icon: &str, verb: &str, msg: fn(crate::network::DownloadId) -> Msg| {
            let button = gtk::Button::builder()
                .icon_name(icon)
                .valign(gtk::Align::Center)
                .css_classes(["flat", "circular"])
                .build();
            name(&button, &format!("{verb} {}", track.title));
            button.set_tooltip_text(Some(verb));
            let on_msg = Rc::clone(&on_msg);
            button.connect_clicked(move |_| on_msg(msg(id)));
            button
        };
        let cancel = button("process-stop-symbolic", "Cancel", Msg::Cancel);
        let retry = button("view-refresh-symbolic", "Try Again", Msg::Retry);
        let open = button("folder-open-symbolic", "Open Folder", Msg::OpenFolder);
        let clear = button("window-close-symbolic", "Remove from List", Msg::Clear);

        let title = plain_label(&[]);
        title.set_text(&track.title);
        title.set_tooltip_text(Some(&[track.title.as_str(), track.artist.as_str()].join("\n")));
        let bar = gtk::ProgressBar::new();
        bar.update_property(&[gtk::accessible::Property::Label(&format!("Progress of {}", track.title))]);
        let state = plain_label(&["caption", "dim-label", "numeric"]);
        state.set_single_line_mode(false);
        state.set_wrap(true);
        state.set_ellipsize(gtk::pango::EllipsizeMode::None);

        let words = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(4)
            .hexpand(true)
            .valign(gtk::Align::Center)
            .build();
        words.append(&title);
        words.append(&bar);
        words.append(&state);
        let line = gtk::Box::builder().spacing(6).css_classes(["download"]).build();
        line.append(&words);
        for button in [&open, &retry, &cancel, &clear] {
            line.append(button);
        }
        let row = gtk::ListBoxRow::builder().activatable(false).child(&line).build();
        Self { row, bar, state, cancel, retry, open, clear }
    }

    /// Returns the widget.
    pub(super) fn widget(&self) -> &gtk::ListBoxRow {
        &self.row
    }

    /// Paints how far it is.
    pub(super) fn paint(&self, stage: &Stage) {
        let has_failed = matches!(stage, Stage::Failed(_));
        let is_done = matches!(stage, Stage::Done(_));
        self.bar.set_visible(!stage.has_ended());
        self.cancel.set_visible(!stage.has_ended());
        self.cancel.set_sensitive(*stage != Stage::Stopping);
        self.retry.set_visible(has_failed);
        self.open.set_visible(is_done);
        self.clear.set_visible(stage.has_ended());
        if let Stage::Running { received_bytes, total_bytes, .. } = stage {
            self.bar.set_fraction(fraction(*received_bytes, *total_bytes));
        }
        let (wrong, quiet) = if has_failed { ("error", "dim-label") } else { ("dim-label", "error") };
        self.state.add_css_class(wrong);
        self.state.remove_css_class(quiet);
        let words = words(stage);
        if self.state.text() != words {
            self.state.set_text(&words);
        }
    }
}

/// Says how far a download is.
fn words(stage: &Stage) -> String {
    match stage {
        Stage::Waiting => "Waiting".to_owned(),
        Stage::Stopping => "Stopping…".to_owned(),
        Stage::Done(_) => "Downloaded".to_owned(),
        Stage::Failed(why) => text::download_fault(why),
        Stage::Running { received_bytes, total_bytes, bytes_per_second } => {
            let far = format!("{} of {}", size(*received_bytes), size(*total_bytes));
            let left = time_left(total_bytes.saturating_sub(*received_bytes), *bytes_per_second);
            match left {
                Some(left) => format!("{far} · {} · {left}", speed(*bytes_per_second)),
                None => far,
            }
        }
    }
}

//! One transfer in the panel: its name, how far it is, what can be done with it.
//!
//! This file decides nothing; it forwards which button was pressed.

use std::rc::Rc;

use relm4::gtk;
use relm4::gtk::gio;
use relm4::gtk::prelude::*;

use crate::network::JobId;
use crate::text;
use crate::view_model::transfers::{Item, Msg, Stage, Transfer, Way, fraction};
use crate::widgets::{name, plain_label};

/// What a waiting transfer can be told, and how it is called within the row.
const WAYS: [(&str, &str, Way); 3] =
    [("Move to Top", "first", Way::First), ("Move Up", "up", Way::Up), ("Move Down", "down", Way::Down)];

/// The size of the icon, in pixels.
const ICON_PIXELS: i32 = 16;

/// One transfer in the panel.
#[derive(Debug)]
pub(super) struct TransferRow {
    row: gtk::ListBoxRow,
    icon: gtk::Image,
    bar: gtk::ProgressBar,
    state: gtk::Label,
    pause: gtk::Button,
    resume: gtk::Button,
    cancel: gtk::Button,
    retry: gtk::Button,
    open: gtk::Button,
    clear: gtk::Button,
    menu: gtk::MenuButton,
}

/// Makes the buttons of one row.
struct Buttons {
    id: JobId,
    title: String,
    on_msg: Rc<dyn Fn(Msg)>,
}

impl Buttons {
    fn button(&self, icon: &str, verb: &str, msg: fn(JobId) -> Msg) -> gtk::Button {
        let button = gtk::Button::builder()
            .icon_name(icon)
            .valign(gtk::Align::Center)
            .css_classes(["flat", "circular"])
            .build();
        name(&button, &format!("{verb} {}", self.title));
        button.set_tooltip_text(Some(verb));
        let (id, on_msg) = (self.id, Rc::clone(&self.on_msg));
        button.connect_clicked(move |_| on_msg(msg(id)));
        button
    }

    /// Makes the menu of a transfer that waits.
    fn menu(&self) -> gtk::MenuButton {
        let (menu, actions) = (gio::Menu::new(), gio::SimpleActionGroup::new());
        for (label, action, way) in WAYS {
            menu.append(Some(label), Some(&format!("transfer.{action}")));
            let (id, on_msg) = (self.id, Rc::clone(&self.on_msg));
            let action = gio::SimpleAction::new(action, None);
            action.connect_activate(move |_, _| on_msg(Msg::Move(id, way)));
            actions.add_action(&action);
        }
        let button = gtk::MenuButton::builder()
            .icon_name("view-more-symbolic")
            .menu_model(&menu)
            .valign(gtk::Align::Center)
            .css_classes(["flat", "circular"])
            .build();
        button.insert_action_group("transfer", Some(&actions));
        name(&button, &format!("More for {}", self.title));
        button.set_tooltip_text(Some("Order"));
        button
    }
}

impl TransferRow {
    /// Makes the row of a transfer. `on_msg` gets what is to be done with it.
    pub(super) fn new(transfer: &Transfer, on_msg: impl Fn(Msg) + 'static) -> Self {
        let item = &transfer.item;
        let buttons = Buttons { id: transfer.id, title: item.title.clone(), on_msg: Rc::new(on_msg) };
        let pause = buttons.button("media-playback-pause-symbolic", "Pause", Msg::Pause);
        let resume = buttons.button("media-playback-start-symbolic", "Resume", Msg::Resume);
        let cancel = buttons.button("process-stop-symbolic", "Cancel", Msg::Cancel);
        let retry = buttons.button("view-refresh-symbolic", "Try Again", Msg::Retry);
        let open = buttons.button("folder-open-symbolic", "Open Folder", Msg::OpenFolder);
        let clear = buttons.button("window-close-symbolic", "Remove from List", Msg::Clear);
        let menu = buttons.menu();

        let icon = gtk::Image::builder()
            .pixel_size(ICON_PIXELS)
            .valign(gtk::Align::Center)
            .css_classes(["direction"])
            .tooltip_text(text::transfer_kind(item))
            .build();
        icon.update_property(&[gtk::accessible::Property::Label(text::transfer_kind(item))]);
        let (words, bar, state) = words(item);
        let line = gtk::Box::builder().spacing(6).css_classes(["transfer"]).build();
        line.append(&icon);
        line.append(&words);
        for button in [&pause, &resume, &retry, &open] {
            line.append(button);
        }
        line.append(&menu);
        for button in [&cancel, &clear] {
            line.append(button);
        }
        let row = gtk::ListBoxRow::builder().activatable(false).child(&line).build();
        Self { row, icon, bar, state, pause, resume, cancel, retry, open, clear, menu }
    }

    /// Returns the widget.
    pub(super) fn widget(&self) -> &gtk::ListBoxRow {
        &self.row
    }

    /// Paints how far it is.
    pub(super) fn paint(&self, transfer: &Transfer) {
        let Transfer { item, stage, .. } = transfer;
        let has_failed = matches!(stage, Stage::Failed(_));
        let is_running = matches!(stage, Stage::Running(_) | Stage::Held(_));
        let is_quiet = matches!(stage, Stage::Waiting | Stage::Asking) || stage.has_ended();
        let moved = transfer.moved();
        self.bar.set_visible(!is_quiet);
        let part = fraction(moved.moved_bytes, moved.total_bytes);
        if (self.bar.fraction() - part).abs() > f64::EPSILON {
            self.bar.set_fraction(part);
        }
        self.pause.set_visible(is_running || matches!(stage, Stage::Waiting | Stage::Pausing));
        self.pause.set_sensitive(*stage != Stage::Pausing);
        self.resume.set_visible(matches!(stage, Stage::Paused(_)));
        self.menu.set_visible(*stage == Stage::Waiting);
        self.cancel.set_visible(!stage.has_ended());
        self.retry.set_visible(has_failed);
        self.open.set_visible(matches!(stage, Stage::Saved(_)));
        self.clear.set_visible(stage.has_ended());
        self.icon.set_icon_name(Some(icon_name(item, stage)));
        set_class(&self.icon, "error", has_failed);
        set_class(&self.icon, "success", stage.has_ended() && !has_failed);
        set_class(&self.bar, "resting", matches!(stage, Stage::Paused(_) | Stage::Pausing));
        set_class(&self.state, "error", has_failed);
        set_class(&self.state, "warning", matches!(stage, Stage::Held(_)));
        set_class(&self.state, "dim-label", !has_failed && !matches!(stage, Stage::Held(_)));
        let words = text::transfer_state(item, stage);
        if self.state.text() != words {
            self.state.set_text(&words);
        }
    }
}

/// Makes what stands in the middle of a row: the name, the bar, and how far it is.
fn words(item: &Item) -> (gtk::Box, gtk::ProgressBar, gtk::Label) {
    let title = plain_label(&[]);
    title.set_text(&item.title);
    // The end of a file's name tells what it is.
    title.set_ellipsize(gtk::pango::EllipsizeMode::Middle);
    let about = [item.title.as_str(), item.about.as_str()];
    title.set_tooltip_text(Some(about.join("\n").trim()));
    let bar = gtk::ProgressBar::new();
    bar.update_property(&[gtk::accessible::Property::Label(&format!("Progress of {}", item.title))]);
    let state = plain_label(&["caption", "numeric"]);
    state.set_single_line_mode(false);
    state.set_wrap(true);
    state.set_wrap_mode(gtk::pango::WrapMode::WordChar);
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
    (words, bar, state)
}

fn icon_name(item: &Item, stage: &Stage) -> &'static str {
    match stage {
        Stage::Failed(_) => "dialog-warning-symbolic",
        Stage::Saved(_) | Stage::Uploaded => "emblem-ok-symbolic",
        _ if item.is_upload() => "go-up-symbolic",
        _ => "go-down-symbolic",
    }
}

fn set_class(widget: &impl IsA<gtk::Widget>, class: &str, is_set: bool) {
    if is_set {
        widget.add_css_class(class);
    } else {
        widget.remove_css_class(class);
    }
}

//! The panel of transfers, painted.
//!
//! This file does not know what runs or waits (`view_model/transfers.rs`). It paints what comes from the
//! network now and then, not at every word, so that thousands of small files cost the window nothing.

mod row;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use relm4::adw::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::prelude::*;

use self::row::TransferRow;
use crate::format::number;
use crate::journal::{Journal, Owner};
use crate::network::JobId;
use crate::view_model::Effect;
use crate::view_model::transfers::{Kept, Msg, Transfers};
use crate::widgets::{keep_covered_hidden, name, show_only};

/// How long what the network tells waits for more of it, to be painted at once.
const PAINT_PAUSE: Duration = Duration::from_millis(100);

/// How long a change waits for further ones, to be kept at once for the next start.
const KEEP_PAUSE: Duration = Duration::from_millis(250);

/// The place of each row in the list.
type Places = Rc<RefCell<HashMap<gtk::ListBoxRow, usize>>>;

/// The panel of transfers.
#[derive(Debug)]
pub struct TransfersPage {
    state: Transfers,
    rows: HashMap<JobId, TransferRow>,
    places: Places,
    journal: Journal,
    is_paint_due: bool,
    is_keep_due: bool,
}

/// What happens to the panel.
#[derive(Debug)]
pub enum Input {
    /// Something for the view model.
    Model(Msg),
    /// It is time to paint what was told.
    Paint,
    /// It is time to keep what there is.
    Keep,
}

impl From<Msg> for Input {
    fn from(msg: Msg) -> Self {
        Self::Model(msg)
    }
}

#[relm4::component(pub)]
impl Component for TransfersPage {
    type Init = ();
    type Input = Input;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,
            set_width_request: 340,
            // Its labels take what room there is, but the panel does not.
            set_hexpand: false,
            add_css_class: "transfers",
            add_css_class: "background",

            gtk::Box {
                set_spacing: 6,
                add_css_class: "panel-title",

                gtk::Label {
                    set_label: "Transfers",
                    set_hexpand: true,
                    set_xalign: 0.0,
                    add_css_class: "heading",
                },
                #[name = "pause_all"]
                gtk::Button {
                    set_icon_name: "media-playback-pause-symbolic",
                    add_css_class: "flat",
                    #[watch]
                    set_visible: model.state.active_count() > 1,
                    connect_clicked => Input::Model(Msg::PauseAll),
                },
                #[name = "resume_all"]
                gtk::Button {
                    set_icon_name: "media-playback-start-symbolic",
                    add_css_class: "flat",
                    #[watch]
                    set_visible: model.state.paused_count() > 1,
                    connect_clicked => Input::Model(Msg::ResumeAll),
                },
                #[name = "cancel_all"]
                gtk::Button {
                    set_icon_name: "process-stop-symbolic",
                    add_css_class: "flat",
                    #[watch]
                    set_visible: model.state.active_count() + model.state.paused_count() > 1,
                    connect_clicked => Input::Model(Msg::CancelAll),
                },
                #[name = "clear"]
                gtk::Button {
                    set_icon_name: "edit-clear-all-symbolic",
                    add_css_class: "flat",
                    #[watch]
                    set_visible: model.state.has_ended_ones(),
                    connect_clicked => Input::Model(Msg::ClearEnded),
                },
            },

            #[name = "stack"]
            gtk::Stack {
                set_vexpand: true,

                add_named[Some("empty")] = &adw::StatusPage {
                    set_icon_name: Some("network-transmit-receive-symbolic"),
                    set_title: "No Transfers",
                    set_description: Some("What you download or upload appears here."),
                    add_css_class: "compact",
                },
                add_named[Some("list")] = &gtk::ScrolledWindow {
                    set_hscrollbar_policy: gtk::PolicyType::Never,

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 12,
                        set_margin_all: 12,

                        #[name = "list"]
                        gtk::ListBox {
                            set_selection_mode: gtk::SelectionMode::None,
                            set_valign: gtk::Align::Start,
                            add_css_class: "boxed-list",
                        },
                        gtk::Label {
                            add_css_class: "dim-label",
                            #[watch]
                            set_visible: model.state.unlisted_count() > 0,
                            #[watch]
                            set_label: &format!("{} more are waiting", number(model.state.unlisted_count() as u64)),
                        },
                    },
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender().clone();
        let found = move |kept: Vec<Kept>| drop(input.send(Input::Model(Msg::Found(kept))));
        let model = Self {
            state: Transfers::default(),
            rows: HashMap::new(),
            places: Places::default(),
            journal: Journal::start(Journal::folder_of_person(), found),
            is_paint_due: false,
            is_keep_due: false,
        };
        let widgets = view_output!();
        widgets.list.update_property(&[gtk::accessible::Property::Label("Transfers")]);
        let places = Rc::clone(&model.places);
        widgets.list.set_sort_func(move |one, other| {
            let places = places.borrow();
            places.get(one).cmp(&places.get(other)).into()
        });
        keep_covered_hidden(&widgets.stack);
        name(&widgets.clear, "Clear Ended Transfers");
        name(&widgets.cancel_all, "Cancel All Transfers");
        name(&widgets.pause_all, "Pause All Transfers");
        name(&widgets.resume_all, "Resume All Transfers");
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        input: Input,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        match input {
            Input::Model(msg) => {
                let is_told =
                    matches!(msg, Msg::Progress { .. } | Msg::Ended(..) | Msg::Seen(..) | Msg::Held(..));
                self.follow(&msg);
                let is_reset = matches!(msg, Msg::Reset);
                for effect in self.state.update(msg) {
                    match effect {
                        Effect::OpenFolder(folder) => open_folder(&folder),
                        other => drop(sender.output(other)),
                    }
                }
                if is_reset {
                    // Of nobody nothing is kept.
                    self.state.take_kept();
                }
                if !std::mem::replace(&mut self.is_keep_due, true) {
                    self.keep();
                    later(KEEP_PAUSE, &sender, || Input::Keep);
                }
                if is_told {
                    if !std::mem::replace(&mut self.is_paint_due, true) {
                        later(PAINT_PAUSE, &sender, || Input::Paint);
                    }
                    return;
                }
            }
            Input::Paint => self.is_paint_due = false,
            Input::Keep => {
                self.is_keep_due = false;
                return self.keep();
            }
        }
        self.list_rows(&widgets.list, &sender);
        self.update_view(widgets, sender);
        show_only(&widgets.stack, if self.state.is_empty() { "empty" } else { "list" });
    }
}

impl TransfersPage {
    /// Opens and closes the journal with who is signed in.
    fn follow(&mut self, msg: &Msg) {
        match msg {
            Msg::Opened { server, user_name } => {
                let (server, user_name) = (server.clone(), user_name.clone());
                self.journal.open(Owner { server, user_name });
            }
            Msg::Reset => {
                self.keep();
                self.journal.close();
            }
            _ => {}
        }
    }

    fn keep(&mut self) {
        if let Some(kept) = self.state.take_kept() {
            self.journal.keep(kept);
        }
    }

    /// Makes the rows those that are listed: what stays is painted, not built again.
    fn list_rows(&mut self, list: &gtk::ListBox, sender: &ComponentSender<Self>) {
        let listed: Vec<_> = self.state.listed().collect();
        let ids: std::collections::HashSet<JobId> = listed.iter().map(|transfer| transfer.id).collect();
        let mut is_moved = false;
        self.rows.retain(|id, row| {
            let stays = ids.contains(id);
            if !stays {
                self.places.borrow_mut().remove(row.widget());
                list.remove(row.widget());
            }
            stays
        });
        let mut fresh = Vec::new();
        for (place, transfer) in listed.into_iter().enumerate() {
            let row = self.rows.entry(transfer.id).or_insert_with(|| {
                let input = sender.input_sender().clone();
                let row = TransferRow::new(transfer, move |msg| input.emit(Input::Model(msg)));
                fresh.push(row.widget().clone());
                row
            });
            is_moved |= self.places.borrow_mut().insert(row.widget().clone(), place) != Some(place);
            row.paint(transfer);
        }
        // Each goes to its place, and those that were there keep the keyboard.
        if is_moved {
            list.invalidate_sort();
        }
        for row in fresh {
            list.append(&row);
        }
    }
}

/// Sends something to the panel in a moment.
fn later(pause: Duration, sender: &ComponentSender<TransfersPage>, input: fn() -> Input) {
    let sender = sender.input_sender().clone();
    glib::timeout_add_local_once(pause, move || drop(sender.send(input())));
}

/// Shows a folder in the file browser; there is nothing to say where there is none.
fn open_folder(folder: &std::path::Path) {
    let uri = gio::File::for_path(folder).uri();
    gio::AppInfo::launch_default_for_uri_async(
        &uri,
        gio::AppLaunchContext::NONE,
        gio::Cancellable::NONE,
        |result: Result<(), glib::Error>| {
            if let Err(error) = result {
                tracing::warn!(%error, "the folder could not be shown");
            }
        },
    );
}

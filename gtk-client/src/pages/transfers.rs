//! The panel of downloads, painted.
//!
//! This file does not know what runs or waits (`view_model/transfers.rs`).

mod row;

use relm4::adw::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::prelude::*;

use self::row::DownloadRow;
use crate::format::number;
use crate::network::DownloadId;
use crate::view_model::Effect;
use crate::view_model::transfers::{Msg, Transfers};
use crate::widgets::{keep_covered_hidden, name, show_only};

/// The panel of downloads.
#[derive(Debug)]
pub struct TransfersPage {
    state: Transfers,
    /// What is listed, from top to bottom.
    rows: Vec<(DownloadId, DownloadRow)>,
}

#[relm4::component(pub)]
impl Component for TransfersPage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,
            set_width_request: 320,
            // Its labels take what room there is, but the panel does not.
            set_hexpand: false,
            add_css_class: "downloads",
            add_css_class: "background",

            gtk::Box {
                set_spacing: 6,
                add_css_class: "panel-title",

                gtk::Label {
                    set_label: "Downloads",
                    set_hexpand: true,
                    set_xalign: 0.0,
                    add_css_class: "heading",
                },
                #[name = "clear"]
                gtk::Button {
                    set_label: "Clear",
                    add_css_class: "flat",
                    #[watch]
                    set_visible: model.state.has_ended_ones(),
                    connect_clicked => Msg::ClearEnded,
                },
                #[name = "cancel_all"]
                gtk::Button {
                    set_label: "Cancel All",
                    add_css_class: "flat",
                    #[watch]
                    set_visible: model.state.active_count() > 1,
                    connect_clicked => Msg::CancelAll,
                },
            },

            #[name = "stack"]
            gtk::Stack {
                set_vexpand: true,

                add_named[Some("empty")] = &adw::StatusPage {
                    set_icon_name: Some("folder-download-symbolic"),
                    set_title: "No Downloads",
                    set_description: Some("Tracks that you download appear here."),
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
        let model = Self { state: Transfers::default(), rows: Vec::new() };
        let widgets = view_output!();
        widgets.list.update_property(&[gtk::accessible::Property::Label("Downloads")]);
        keep_covered_hidden(&widgets.stack);
        name(&widgets.clear, "Clear Ended Downloads");
        name(&widgets.cancel_all, "Cancel All Downloads");
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        msg: Msg,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        for effect in self.state.update(msg) {
            match effect {
                Effect::OpenFolder(folder) => open_folder(&folder),
                other => drop(sender.output(other)),
            }
        }
        self.list_rows(&widgets.list, &sender);
        self.update_view(widgets, sender);
        show_only(&widgets.stack, if self.state.is_empty() { "empty" } else { "list" });
    }
}

impl TransfersPage {
    /// Makes the rows those that are listed: what stays is painted, not built again.
    fn list_rows(&mut self, list: &gtk::ListBox, sender: &ComponentSender<Self>) {
        let listed: Vec<_> = self.state.listed().collect();
        self.rows.retain(|(id, row)| {
            let stays = listed.iter().any(|download| download.id == *id);
            if !stays {
                list.remove(row.widget());
            }
            stays
        });
        for (at, download) in listed.into_iter().enumerate() {
            if self.rows.get(at).is_none_or(|(id, _)| *id != download.id) {
                let input = sender.input_sender().clone();
                let row = DownloadRow::new(download, move |msg| input.emit(msg));
                list.insert(row.widget(), i32::try_from(at).unwrap_or(-1));
                self.rows.insert(at, (download.id, row));
            }
            self.rows[at].1.paint(&download.stage);
        }
    }
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

//! The library, painted.
//!
//! This file does not know what is searched for, fetched or selected (`view_model/library.rs`), nor how
//! rows are drawn (`widgets/track_list.rs`).

mod words;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use parlour_common::message::CoverId;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;

use crate::view_model::Effect;
use crate::view_model::library::{Library, Msg, Rows, View};
use crate::widgets::choosers::FolderChooser;
use crate::widgets::covers::{Picture, Thumbnail, shrink};
use crate::widgets::track_list::{ListEvent, TrackList};
use crate::widgets::{keep_covered_hidden, name, show_only};

/// How long nobody types before the rest of the list is shown: GTK builds its rows anew for it.
const SETTLE: Duration = Duration::from_millis(150);

/// The library.
#[derive(Debug)]
pub struct LibraryPage {
    state: Library,
    list: TrackList,
    chooser: FolderChooser,
    /// Which pause in typing counts: only the last one asked for.
    settling: u64,
    order: words::SortActions,
}

/// What happens to the page.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Input {
    /// Something for the view model.
    Model(Msg),
    /// A picture is missing in the list.
    CoverWanted(CoverId),
    /// A picture came, or is not to be had now.
    Cover(CoverId, Option<Picture>),
    /// Move the keyboard to the search.
    FocusSearch,
    /// Esc was pressed in the search.
    StopSearch,
    /// Nothing was typed for a moment, if this is the last moment asked for.
    Settled(u64),
}

impl From<Msg> for Input {
    fn from(msg: Msg) -> Self {
        Self::Model(msg)
    }
}

#[relm4::component(pub)]
impl Component for LibraryPage {
    type Init = ();
    type Input = Input;
    type Output = Effect;
    type CommandOutput = (CoverId, Option<Thumbnail>);

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,
            add_css_class: "library",

            adw::Clamp {
                set_maximum_size: 640,
                add_css_class: "search-line",

                gtk::Box {
                    set_spacing: 6,

                    #[name = "search"]
                    gtk::SearchEntry {
                        set_hexpand: true,
                        set_placeholder_text: Some("Search title, artist, album"),
                        set_search_delay: 0,
                        connect_search_changed[sender] => move |entry| {
                            sender.input(Input::Model(Msg::QueryTyped(entry.text().to_string())));
                        },
                        connect_stop_search => Input::StopSearch,
                        connect_activate => Input::Model(Msg::Settled),
                    },
                    #[name = "order"]
                    gtk::MenuButton {
                        set_icon_name: "view-sort-descending-symbolic",
                        set_menu_model: Some(&words::sort_menu()),
                        add_css_class: "flat",
                    },
                },
            },

            #[name = "stack"]
            gtk::Stack {
                set_vexpand: true,
                set_transition_type: gtk::StackTransitionType::Crossfade,
                set_transition_duration: 120,

                add_named[Some("loading")] = &gtk::Spinner {
                    set_spinning: true,
                    set_size_request: (32, 32),
                    set_halign: gtk::Align::Center,
                    set_valign: gtk::Align::Center,
                },
                add_named[Some("status")] = &adw::StatusPage {
                    #[watch]
                    set_icon_name: Some(words::status_icon(&model.state.view())),
                    #[watch]
                    set_title: words::status_title(&model.state.view()),
                    #[watch]
                    set_description: Some(&words::status_description(&model.state)),

                    #[wrap(Some)]
                    set_child = &gtk::Button {
                        set_label: "Try Again",
                        set_halign: gtk::Align::Center,
                        add_css_class: "pill",
                        add_css_class: "suggested-action",
                        #[watch]
                        set_visible: matches!(model.state.view(), View::Failed(_)),
                        connect_clicked => Input::Model(Msg::Retry),
                    },
                },
                #[local_ref]
                add_named[Some("list")] = list_widget -> gtk::Box {},
            },

            gtk::Box {
                add_css_class: "bottom-bar",
                set_spacing: 12,

                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_valign: gtk::Align::Center,
                    set_hexpand: true,

                    gtk::Box {
                        set_spacing: 6,

                        #[name = "summary"]
                        gtk::Label {
                            set_xalign: 0.0,
                            set_ellipsize: gtk::pango::EllipsizeMode::End,
                            #[watch]
                            set_text: &words::summary(&model.state),
                        },
                        #[name = "clear"]
                        gtk::Button {
                            set_icon_name: "edit-clear-symbolic",
                            set_valign: gtk::Align::Center,
                            add_css_class: "flat",
                            add_css_class: "circular",
                            add_css_class: "small",
                            #[watch]
                            set_visible: model.state.picked().0 > 0,
                            connect_clicked => Input::Model(Msg::ClearPicks),
                        },
                    },
                    #[name = "detail"]
                    gtk::Label {
                        set_xalign: 0.0,
                        add_css_class: "caption",
                        add_css_class: "dim-label",
                        set_ellipsize: gtk::pango::EllipsizeMode::End,
                        #[watch]
                        set_text: &words::detail(&model.state),
                        #[watch]
                        set_visible: !words::detail(&model.state).is_empty(),
                    },
                },

                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 4,
                    set_valign: gtk::Align::Center,

                    gtk::Box {
                        set_spacing: 6,
                        set_halign: gtk::Align::End,

                        adw::Squeezer {
                            set_homogeneous: false,

                            gtk::Button {
                                set_label: "Choose Folder…",
                                set_tooltip_text: Some("Choose the folder to download to"),
                                connect_clicked => Input::Model(Msg::ChooseFolder),
                            },
                            #[name = "choose_narrow"]
                            gtk::Button {
                                set_icon_name: "folder-open-symbolic",
                                set_halign: gtk::Align::End,
                                connect_clicked => Input::Model(Msg::ChooseFolder),
                            },
                        },
                        #[name = "show"]
                        gtk::Button {
                            set_icon_name: "chat-message-new-symbolic",
                            #[watch]
                            set_visible: model.state.picked().0 > 0,
                            #[watch]
                            set_sensitive: model.state.can_show(),
                            connect_clicked => Input::Model(Msg::Show),
                        },
                        #[name = "download"]
                        gtk::Button {
                            add_css_class: "suggested-action",
                            #[watch]
                            set_sensitive: model.state.can_download(),
                            #[watch]
                            set_tooltip_text: words::download_tooltip(&model.state),
                            connect_clicked => Input::Model(Msg::Download),

                            gtk::Box {
                                set_spacing: 6,

                                gtk::Spinner {
                                    #[watch]
                                    set_visible: model.state.is_gathering(),
                                    #[watch]
                                    set_spinning: model.state.is_gathering(),
                                },
                                gtk::Label {
                                    set_label: "Download",
                                },
                            },
                        },
                    },
                    #[name = "destination"]
                    gtk::Label {
                        set_xalign: 1.0,
                        set_max_width_chars: 28,
                        add_css_class: "caption",
                        add_css_class: "dim-label",
                        set_ellipsize: gtk::pango::EllipsizeMode::Middle,
                        #[watch]
                        set_text: &words::destination(&model.state),
                        #[watch]
                        set_tooltip_text: words::destination_tooltip(&model.state).as_deref(),
                    },
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let rows: Rc<RefCell<Rows>> = Rc::default();
        let input = sender.input_sender().clone();
        let list = TrackList::new(Rc::clone(&rows), move |event| {
            input.emit(match event {
                ListEvent::Wanted(pages) => Input::Model(Msg::Wanted(pages)),
                ListEvent::Picked => Input::Model(Msg::Picked),
                ListEvent::Activated(row) => Input::Model(Msg::Activate(row)),
                ListEvent::SortBy(by) => Input::Model(Msg::SortBy(by)),
                ListEvent::CoverWanted(cover) => Input::CoverWanted(cover),
            });
        });
        let input = sender.input_sender().clone();
        let chooser = FolderChooser::new(move |folder| input.emit(Input::Model(Msg::FolderChosen(folder))));
        let input = sender.input_sender().clone();
        let order =
            words::add_sort_action(&root, move |sort| input.emit(Input::Model(Msg::SortChosen(sort))));
        let model = Self { state: Library::new(rows), list, chooser, settling: 0, order };
        let list_widget = model.list.widget();
        let widgets = view_output!();
        keep_covered_hidden(&widgets.stack);
        name(&widgets.order, "Order");
        name(&widgets.clear, "Clear Selection");
        name(&widgets.show, "Show in Room…");
        name(&widgets.choose_narrow, "Choose Folder…");
        widgets.download.update_property(&[gtk::accessible::Property::Label("Download")]);
        widgets.search.update_property(&[gtk::accessible::Property::Label("Search")]);
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        input: Input,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        match input {
            Input::Model(msg) => self.update_model(widgets, msg, &sender, root),
            Input::CoverWanted(cover) => drop(sender.output(Effect::FetchCover(cover))),
            Input::Cover(cover, None) => self.list.miss_cover(cover),
            Input::Cover(cover, Some(picture)) => {
                sender.spawn_oneshot_command(move || (cover, shrink(&picture)));
            }
            Input::FocusSearch => {
                widgets.search.grab_focus();
                widgets.search.select_region(0, -1);
            }
            Input::StopSearch => widgets.search.set_text(""),
            Input::Settled(settling) if settling != self.settling => {}
            Input::Settled(_) => self.update_model(widgets, Msg::Settled, &sender, root),
        }
    }

    fn update_cmd(
        &mut self,
        (cover, thumbnail): Self::CommandOutput,
        _sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        self.list.show_cover(cover, thumbnail);
    }
}

impl LibraryPage {
    fn update_model(
        &mut self,
        widgets: &mut LibraryPageWidgets,
        msg: Msg,
        sender: &ComponentSender<Self>,
        root: &gtk::Box,
    ) {
        if matches!(msg, Msg::Opened { .. }) {
            self.list.forget_covers();
            widgets.search.set_text("");
            // Whatever is typed anywhere in the window is searched for, while the search is on the screen.
            widgets.search.set_key_capture_widget(root.root().as_ref());
            widgets.search.grab_focus();
        }
        let effects = self.state.update(msg);
        for effect in effects {
            match effect {
                Effect::Rows(change) => self.list.apply(change),
                Effect::SettleSoon => self.settle_soon(sender),
                Effect::RetryAfter(milliseconds) => {
                    let input = sender.input_sender().clone();
                    let pause = Duration::from_millis(u64::from(milliseconds));
                    glib::timeout_add_local_once(pause, move || input.emit(Input::Model(Msg::Retry)));
                }
                Effect::ChooseFolder => self.chooser.show(root, self.state.folder()),
                other => drop(sender.output(other)),
            }
        }
        self.list.show_sort(self.state.sort());
        self.order.show(self.state.sort());
        self.list.show_picked(self.state.picked().0, self.state.total());
        self.update_view(widgets, sender.clone());
        show_only(&widgets.stack, words::stack_child(&self.state.view()));
    }

    /// Waits until nobody has typed for a moment.
    fn settle_soon(&mut self, sender: &ComponentSender<Self>) {
        self.settling += 1;
        let (input, settling) = (sender.input_sender().clone(), self.settling);
        glib::timeout_add_local_once(SETTLE, move || input.emit(Input::Settled(settling)));
    }
}

//! One's own files, what others share, and the trash, painted.
//!
//! This file does not know what is listed, selected or done (`view_model/files.rs`), nor how cards are drawn
//! (`widgets/file_grid.rs`).

mod bars;
mod drag;
mod menus;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use parlour_common::message::FilePlace;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;

use self::bars::Bars;
use self::drag::Drags;
use self::menus::{Actions, Wish};
use crate::text;
use crate::view_model::Effect;
use crate::view_model::files::{Files, Msg, PLACES, Rows, View};
use crate::widgets::choosers::{FilesChooser, FolderChooser};
use crate::widgets::file_grid::{FileGrid, GridEvent};
use crate::widgets::name_card::{NameCard, NameEvent, NameLook};
use crate::widgets::{incoming, keep_covered_hidden, name, show_only};

/// How long nobody types before the rest of the list is shown: GTK builds its cards anew for it.
const SETTLE: Duration = Duration::from_millis(150);

/// The page of files.
#[derive(Debug)]
pub struct FilesPage {
    state: Files,
    grid: FileGrid,
    bars: Bars,
    card: NameCard,
    actions: Actions,
    tabs: Vec<(FilePlace, gtk::ToggleButton)>,
    folders: FolderChooser,
    files: FilesChooser,
    drags: Rc<Drags>,
    /// Which pause in typing counts: only the last one asked for.
    settling: u64,
    /// The place whose menu the cards have.
    menu_of: Option<FilePlace>,
}

/// What happens to the page.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one lives at a time, and not for long")]
pub enum Input {
    /// Something for the view model.
    Model(Msg),
    /// Move the keyboard to the search.
    FocusSearch,
    /// Esc was pressed in the search.
    StopSearch,
    /// Upload what is in the clipboard.
    Paste,
    /// Open the menu of the card that has the keyboard.
    OpenMenu,
    /// Nothing was typed for a moment, if this is the last moment asked for.
    Settled(u64),
}

impl From<Msg> for Input {
    fn from(msg: Msg) -> Self {
        Self::Model(msg)
    }
}

#[relm4::component(pub)]
impl Component for FilesPage {
    type Init = ();
    type Input = Input;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::Overlay {
            #[name = "content"]
            gtk::Box {
                set_orientation: gtk::Orientation::Vertical,
                add_css_class: "files-page",

                #[local_ref]
                tabs -> gtk::Box {
                    set_halign: gtk::Align::Center,
                    add_css_class: "linked",
                    add_css_class: "tabs",
                },

                adw::Clamp {
                    set_maximum_size: 640,
                    add_css_class: "search-line",

                    gtk::Box {
                        set_spacing: 6,

                        #[name = "search"]
                        gtk::SearchEntry {
                            set_hexpand: true,
                            set_placeholder_text: Some("Search names"),
                            set_search_delay: 0,
                            set_width_chars: 6,
                            connect_search_changed[sender] => move |entry| {
                                sender.input(Input::Model(Msg::QueryTyped(entry.text().to_string())));
                            },
                            connect_stop_search => Input::StopSearch,
                            connect_activate => Input::Model(Msg::Settled),
                        },
                        #[name = "order"]
                        gtk::MenuButton {
                            set_icon_name: "view-sort-descending-symbolic",
                            set_menu_model: Some(&menus::order_menu()),
                            add_css_class: "flat",
                        },
                        gtk::Button {
                            set_tooltip_text: Some("Choose files to upload (Ctrl+U)"),
                            add_css_class: "suggested-action",
                            #[watch]
                            set_visible: model.state.place() == FilePlace::Own,
                            set_label: "Upload…",
                            connect_clicked => Input::Model(Msg::ChooseFiles),
                        },
                        gtk::Button {
                            add_css_class: "destructive-action",
                            #[watch]
                            set_visible: model.state.place() == FilePlace::Trash,
                            #[watch]
                            set_sensitive: model.state.can_empty(),
                            set_label: "Empty Trash…",
                            connect_clicked => Input::Model(Msg::EmptyTrash),
                        },
                    },
                },

                gtk::Label {
                    add_css_class: "caption",
                    add_css_class: "dim-label",
                    add_css_class: "rule",
                    set_wrap: true,
                    set_justify: gtk::Justification::Center,
                    #[watch]
                    set_visible: model.state.place() == FilePlace::Trash,
                    #[watch]
                    set_text: &text::trash_rule(model.state.trash_days()),
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
                        set_icon_name: Some(model.words().0),
                        #[watch]
                        set_title: model.words().1,
                        #[watch]
                        set_description: Some(&glib::markup_escape_text(&model.words().2)),

                        #[wrap(Some)]
                        set_child = &gtk::Box {
                            set_halign: gtk::Align::Center,

                            gtk::Button {
                                set_label: "Try Again",
                                add_css_class: "pill",
                                add_css_class: "suggested-action",
                                #[watch]
                                set_visible: matches!(model.state.view(), View::Failed(_)),
                                connect_clicked => Input::Model(Msg::Retry),
                            },
                            gtk::Button {
                                set_label: "Upload Files…",
                                add_css_class: "pill",
                                add_css_class: "suggested-action",
                                #[watch]
                                set_visible: model.state.view() == View::Empty
                                    && model.state.place() == FilePlace::Own,
                                connect_clicked => Input::Model(Msg::ChooseFiles),
                            },
                        },
                    },
                    #[local_ref]
                    add_named[Some("cards")] = cards -> gtk::ScrolledWindow {},
                },

                #[local_ref]
                bars -> gtk::Box {},
            },

            #[local_ref]
            add_overlay = card -> gtk::Box {},
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let rows: Rc<RefCell<Rows>> = Rc::default();
        let tabs = gtk::Box::default();
        let model = Self { tabs: make_tabs(&tabs, &sender), ..Self::with_widgets(rows, &root, &sender) };
        Drags::sweep();
        let (cards, bars, card) = (model.grid.widget(), model.bars.widget(), model.card.widget());
        let tabs = &tabs;
        let widgets = view_output!();
        keep_covered_hidden(&widgets.stack);
        name(&widgets.order, "Order");
        widgets.search.update_property(&[gtk::accessible::Property::Label("Search")]);
        model.bars.show(&model.state);
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
            Input::FocusSearch => {
                widgets.search.grab_focus();
                widgets.search.select_region(0, -1);
            }
            Input::StopSearch if widgets.search.text().is_empty() => self.grid.grab_focus(),
            Input::StopSearch => widgets.search.set_text(""),
            Input::Paste => {
                let input = sender.input_sender().clone();
                incoming::paste(root, move |offered| input.emit(Input::Model(Msg::Offered(offered))));
            }
            Input::OpenMenu => self.grid.open_menu(),
            Input::Settled(settling) if settling != self.settling => {}
            Input::Settled(_) => self.update_model(widgets, Msg::Settled, &sender, root),
        }
    }
}

impl FilesPage {
    fn with_widgets(rows: Rc<RefCell<Rows>>, root: &gtk::Overlay, sender: &ComponentSender<Self>) -> Self {
        let told = |input: &relm4::Sender<Input>| {
            let input = input.clone();
            move |msg: Msg| input.emit(Input::Model(msg))
        };
        let model = told(sender.input_sender());
        let drags: Rc<Drags> = Rc::default();
        let (dragged, wanted) = (Rc::clone(&drags), told(sender.input_sender()));
        let wanted: Rc<dyn Fn(Msg)> = Rc::new(wanted);
        let offer = Box::new(move |entry: &_| Some(dragged.offer(entry, Rc::clone(&wanted))));
        let event = model.clone();
        let grid = FileGrid::new(Rc::clone(&rows), offer, move |happened| {
            event(match happened {
                GridEvent::Wanted(pages) => Msg::Wanted(pages),
                GridEvent::Picked => Msg::Picked,
                GridEvent::Activated(row) => Msg::Activate(row),
            });
        });
        let (deed, clear) = (model.clone(), model.clone());
        let bars = Bars::new(move |wanted| deed(Msg::Do(wanted)), move || clear(Msg::ClearPicks));
        let event = model.clone();
        let card = NameCard::new("Rename", "Rename", move |happened| {
            event(match happened {
                NameEvent::Typed(text) => Msg::NameTyped(text),
                NameEvent::Submitted => Msg::Rename,
                NameEvent::Cancelled => Msg::EndRename,
            });
        });
        let input = sender.input_sender().clone();
        let actions = menus::add(root, move |wish| {
            input.emit(match wish {
                Wish::Do(deed) => Input::Model(Msg::Do(deed)),
                Wish::Order(order) => Input::Model(Msg::OrderPicked(order)),
                Wish::Upload => Input::Model(Msg::ChooseFiles),
                Wish::Paste => Input::Paste,
                Wish::OpenMenu => Input::OpenMenu,
            });
        });
        let folder = model.clone();
        let folders = FolderChooser::new(move |chosen| folder(Msg::FolderChosen(chosen)));
        let files = FilesChooser::new(move |chosen| {
            let offer = model.clone();
            incoming::sort(chosen, move |offered| offer(Msg::Offered(offered)));
        });
        let (state, tabs) = (Files::new(rows), Vec::new());
        Self { state, grid, bars, card, actions, tabs, folders, files, drags, settling: 0, menu_of: None }
    }

    fn words(&self) -> (&'static str, &'static str, String) {
        text::no_cards(&self.state.view(), self.state.place(), self.state.query())
    }

    fn update_model(
        &mut self,
        widgets: &mut FilesPageWidgets,
        msg: Msg,
        sender: &ComponentSender<Self>,
        root: &gtk::Overlay,
    ) {
        let is_shown = matches!(msg, Msg::Shown);
        if matches!(msg, Msg::Opened { .. }) {
            widgets.search.set_text("");
        }
        if let Msg::Fetched { file, path } = &msg {
            self.drags.arrive(*file, path.as_deref());
        }
        let effects = self.state.update(msg);
        for effect in effects {
            match effect {
                Effect::Rows(change) => self.grid.apply(change),
                Effect::SettleSoon => self.settle_soon(sender),
                Effect::RetryAfter(milliseconds) => {
                    let input = sender.input_sender().clone();
                    let pause = Duration::from_millis(u64::from(milliseconds));
                    glib::timeout_add_local_once(pause, move || input.emit(Input::Model(Msg::Retry)));
                }
                Effect::ChooseFolder => self.folders.show(root, self.state.folder()),
                Effect::ChooseFiles => self.files.show(root),
                other => drop(sender.output(other)),
            }
        }
        self.paint(widgets);
        self.update_view(widgets, sender.clone());
        let child = match self.state.view() {
            View::Loading => "loading",
            View::Cards => "cards",
            View::Failed(_) | View::Empty | View::NoMatch => "status",
        };
        show_only(&widgets.stack, child);
        if is_shown {
            // Whatever is typed anywhere in the window is searched for, while the search is on the screen.
            widgets.search.set_key_capture_widget(root.root().as_ref());
        }
    }

    fn paint(&mut self, widgets: &FilesPageWidgets) {
        let place = self.state.place();
        for (of, tab) in &self.tabs {
            tab.set_active(*of == place);
        }
        if self.menu_of.replace(place) != Some(place) {
            self.grid.set_menu(&menus::card_menu(place));
            widgets.search.set_text("");
        }
        self.bars.show(&self.state);
        self.actions.show(&self.state);
        self.grid.show_picking(self.state.picked().0 > 0);
        let was_shown = self.card.is_shown();
        self.card.show(self.state.renaming().map(|renaming| NameLook {
            was: &renaming.was,
            problem: renaming.problem.as_ref().map(text::name_problem),
            can_submit: renaming.can_submit(),
            is_busy: renaming.is_busy(),
        }));
        // What lies beneath the card is out of reach, for the keyboard too.
        widgets.content.set_can_focus(!self.card.is_shown());
        if was_shown && !self.card.is_shown() {
            self.grid.grab_focus();
        }
    }

    /// Waits until nobody has typed for a moment.
    fn settle_soon(&mut self, sender: &ComponentSender<Self>) {
        self.settling += 1;
        let (input, settling) = (sender.input_sender().clone(), self.settling);
        glib::timeout_add_local_once(SETTLE, move || input.emit(Input::Settled(settling)));
    }
}

/// Makes the buttons of the places, of which one is pressed.
fn make_tabs(tabs: &gtk::Box, sender: &ComponentSender<FilesPage>) -> Vec<(FilePlace, gtk::ToggleButton)> {
    let mut made: Vec<(FilePlace, gtk::ToggleButton)> = Vec::new();
    for place in PLACES {
        let tab = gtk::ToggleButton::builder().label(text::place(place)).build();
        if let Some((_, first)) = made.first() {
            tab.set_group(Some(first));
        }
        tab.set_active(place == FilePlace::Own);
        let input = sender.input_sender().clone();
        tab.connect_toggled(move |tab| {
            if tab.is_active() {
                input.emit(Input::Model(Msg::PlacePicked(place)));
            }
        });
        tabs.append(&tab);
        made.push((place, tab));
    }
    made
}

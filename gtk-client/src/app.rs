//! The window: it owns the pages and the network and carries messages between them.
//!
//! This file decides nothing: what is to be done is said by `view_model/shell.rs`. How a page is added is
//! told in `CONTRIBUTING.md`.

mod actions;
mod deeds;
mod dropping;
mod focus;
mod header;
mod memory;
mod pages;
mod start;
mod toasts;

use parlour_common::message::ConversationId;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;

use self::actions::back_by_escape;
use self::dropping::Dropping;
use self::focus::Focus;
use self::header::Header;
use self::memory::Memories;
use self::pages::Pages;
use crate::look;
use crate::network::{Network, Report};
use crate::notifications::Notifications;
use crate::pages::transfers::TransfersPage;
use crate::secrets::{Secrets, Told};
use crate::text;
use crate::view_model::files::Offered;
use crate::view_model::question::Chosen;
use crate::view_model::shell::{PLACES, Shell};
use crate::view_model::{Effect, Page, ToPage, sign_in};
use crate::widgets::question_card::QuestionCard;
use crate::widgets::{keep_covered_hidden, keep_flap_hidden, show_only};

pub use start::run;

/// The window.
pub struct App {
    input: relm4::Sender<AppMsg>,
    shell: Shell,
    network: Network,
    secrets: Secrets,
    memories: Memories,
    notifications: Notifications,
    header: Header,
    question: QuestionCard,
    dropping: Dropping,
    focus: Focus,
    pages: Pages,
    transfers: Controller<TransfersPage>,
}

/// What happens to the window.
#[derive(Debug)]
pub enum AppMsg {
    /// A page wants something done.
    FromPage(Page, Effect),
    /// What became of a secret.
    FromSecrets(Told),
    /// The network tells something.
    FromServer(Report),
    /// A person wants something of the window itself.
    Wish(Wish),
    /// Files were dropped on the window.
    Dropped(Offered),
    /// The button of something said in passing was pressed.
    Taken(ToPage),
    /// What was told of a conversation on the desktop was pressed; with what the desktop wants to see before it
    /// lets the window come to the front.
    Called(ConversationId, Option<String>),
    /// The window is the one that has the keyboard, or not any more.
    Active(bool),
    /// A second has passed.
    Tick,
    /// The app has so many moments left to do what must not be lost.
    End(u32),
}

/// What a person wants of the window itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Go back to where one was.
    Back,
    /// Answer the question that lies over the window.
    Answer(Chosen),
    /// Go to another place.
    TurnTo(Page),
    /// Open the settings.
    Settings,
    /// Sign out.
    SignOut,
    /// Connect now.
    TryNow,
    /// Say no more about the disk of the daemon, until it changes.
    HideDisk,
    /// Move the keyboard to the search.
    Search,
    /// Show or hide the transfers.
    ShowTransfers,
    /// Show what the app is.
    About,
    /// Close the window.
    Quit,
}

#[relm4::component(pub)]
impl Component for App {
    type Init = Option<String>;
    type Input = AppMsg;
    type Output = ();
    type CommandOutput = ();

    view! {
        adw::ApplicationWindow {
            set_width_request: 360,
            set_height_request: 420,

            gtk::Overlay {
                #[name = "toasts"]
                adw::ToastOverlay {
                    // What lies beneath a question is out of reach, for the keyboard too.
                    #[watch]
                    set_can_focus: !model.shell.is_asking(),

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        // Before the toasts, which take Esc as well: back is the nearer wish.
                        add_controller = back_by_escape(Some(model.header.back()), &sender),

                        #[local_ref]
                        bar -> adw::HeaderBar {},

                        gtk::Revealer {
                            #[watch]
                            set_reveal_child: model.shell.banner().is_some(),

                            gtk::Box {
                                add_css_class: "banner",
                                set_spacing: 12,

                                #[name = "banner"]
                                gtk::Label {
                                    set_hexpand: true,
                                    set_wrap: true,
                                    set_wrap_mode: gtk::pango::WrapMode::WordChar,
                                    set_xalign: 0.5,
                                    set_accessible_role: gtk::AccessibleRole::Alert,
                                    #[track(model.shell.banner().is_some())]
                                    set_text: &model.shell.banner().map(text::banner).unwrap_or_default(),
                                },
                                #[name = "try_now"]
                                gtk::Button {
                                    set_label: "Try Now",
                                    set_valign: gtk::Align::Center,
                                    connect_clicked => AppMsg::Wish(Wish::TryNow),
                                },
                            },
                        },

                        gtk::Revealer {
                            #[watch]
                            set_reveal_child: model.shell.disk().is_some(),
                            #[watch]
                            set_visible: model.shell.disk().is_some(),

                            gtk::Box {
                                add_css_class: "banner",
                                set_spacing: 12,

                                gtk::Label {
                                    set_hexpand: true,
                                    set_wrap: true,
                                    set_xalign: 0.5,
                                    set_accessible_role: gtk::AccessibleRole::Alert,
                                    #[watch]
                                    set_text: &model.shell.disk().map(text::disk).unwrap_or_default(),
                                },
                                gtk::Button {
                                    set_label: "Hide",
                                    set_valign: gtk::Align::Center,
                                    connect_clicked => AppMsg::Wish(Wish::HideDisk),
                                },
                            },
                        },

                        #[name = "stack"]
                        gtk::Stack {
                            set_vexpand: true,
                            set_transition_type: gtk::StackTransitionType::SlideLeftRight,

                            #[name = "flap"]
                            add_named[Some(focus::PLACES_NAME)] = &adw::Flap {
                                set_flap_position: gtk::PackType::End,
                                set_reveal_flap: false,
                                set_swipe_to_open: false,
                                // Only people open and close it, not the width of the window.
                                set_locked: true,
                                #[wrap(Some)]
                                set_separator = &gtk::Separator {
                                    set_orientation: gtk::Orientation::Vertical,
                                },
                                #[wrap(Some)]
                                set_content = &gtk::Box {
                                    set_orientation: gtk::Orientation::Vertical,

                                    #[name = "places"]
                                    gtk::Stack {
                                        set_vexpand: true,
                                        set_transition_type: gtk::StackTransitionType::Crossfade,
                                        set_transition_duration: 120,
                                    },
                                    #[local_ref]
                                    switcher -> adw::ViewSwitcherBar {},
                                },
                                #[local_ref]
                                #[wrap(Some)]
                                set_flap = transfers -> gtk::Box {},
                            },
                        },
                    },
                },

                #[local_ref]
                add_overlay = hint -> gtk::Revealer {},
                #[local_ref]
                add_overlay = question -> gtk::Box {},
            },

            add_controller = back_by_escape(None, &sender),

            connect_is_active_notify[sender] => move |window| sender.input(AppMsg::Active(window.is_active())),
            connect_close_request[sender] => move |_| {
                sender.input(AppMsg::Wish(Wish::Quit));
                glib::Propagation::Stop
            },
        }
    }

    fn init(server: Option<String>, root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        look::apply();
        let input = sender.input_sender().clone();
        let network = Network::start(move |report| drop(input.send(AppMsg::FromServer(report))));
        let input = sender.input_sender().clone();
        let folder = Secrets::folder_of_person();
        let secrets =
            Secrets::start(folder.as_deref(), move |told| drop(input.send(AppMsg::FromSecrets(told))));
        let memories = Memories::load();
        let input = sender.input_sender().clone();
        let notifications = Notifications::of_person(move |of, token| input.emit(AppMsg::Called(of, token)));
        memories.settle(&root);
        let input = sender.input_sender().clone();
        let question = QuestionCard::new(move |chosen| input.emit(AppMsg::Wish(Wish::Answer(chosen))));
        let input = sender.input_sender();
        let to_window = |effect| AppMsg::FromPage(Page::Library, effect);
        let mut model = Self {
            input: input.clone(),
            shell: Shell::default(),
            network,
            secrets,
            memories,
            notifications,
            header: Header::new(&sender),
            question,
            dropping: Dropping::new(),
            focus: Focus::default(),
            pages: Pages::launch(input),
            transfers: TransfersPage::builder().launch(()).forward(input, to_window),
        };
        let (bar, question) = (model.header.bar(), model.question.widget());
        let (transfers, hint) = (model.transfers.widget(), model.dropping.hint());
        let switcher = model.header.switcher_bar();
        let widgets = view_output!();
        for page in Page::ALL {
            let stack = if PLACES.contains(page) { &widgets.places } else { &widgets.stack };
            stack.add_named(&model.pages.widget(*page), Some(page.name()));
        }
        model.dropping.watch(&root, &sender);
        keep_flap_hidden(&widgets.flap);
        model.header.follow(&widgets.flap);
        root.set_title(Some(&model.header.show(&model.shell)));
        actions::add(&root, &sender);
        actions::tick_each_second(&sender);
        model.shell.set_choices(model.memories.choices());
        for act in model.shell.start(model.memories.left(server.as_deref())) {
            model.perform(act, &widgets);
        }
        if let Some(server) = server.filter(|_| model.shell.page() == Page::SignIn) {
            model.pages.sign_in.emit(sign_in::Msg::ServerChosen(server));
        }
        show_only(&widgets.stack, model.shell.page().name());
        keep_covered_hidden(&widgets.stack);
        keep_covered_hidden(&widgets.places);
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        msg: AppMsg,
        sender: ComponentSender<Self>,
        root: &Self::Root,
    ) {
        let acts = match msg {
            AppMsg::FromPage(page, effect) => self.shell.handle_effect(page, effect),
            AppMsg::FromServer(report) => self.shell.handle_report(report),
            AppMsg::FromSecrets(told) => self.shell.handle_told(told),
            AppMsg::Dropped(offered) => self.shell.take_dropped(offered),
            AppMsg::Taken(msg) => self.shell.take_offer(msg),
            AppMsg::Called(conversation, token) => {
                if let Some(token) = token {
                    root.set_startup_id(&token);
                }
                root.present();
                self.shell.open_conversation(conversation)
            }
            AppMsg::Active(is_active) => self.shell.set_active(is_active),
            AppMsg::End(moments) => return self.end(moments, &sender),
            AppMsg::Tick if self.shell.banner().is_none() => return,
            AppMsg::Tick => {
                self.shell.tick();
                Vec::new()
            }
            AppMsg::Wish(wish) => self.grant(wish, widgets, root, &sender),
        };
        for act in acts {
            self.perform(act, widgets);
        }
        self.focus.turn([&widgets.stack, &widgets.places], self.shell.page(), &self.shell.open_pages());
        self.dropping.open(self.shell.can_drop());
        root.set_title(Some(&self.header.show(&self.shell)));
        self.update_view(widgets, sender);
        let asking = self.shell.question().map(text::question);
        self.question.show(asking.or_else(|| self.shell.conflict().map(text::same_name)).as_ref());
    }
}

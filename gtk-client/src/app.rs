//! The window: it owns the pages and the network and carries messages between them.
//!
//! This file decides nothing: what is to be done is said by `view_model/shell.rs`.

mod actions;
mod start;

use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;

use crate::look;
use crate::network::{Network, Report};
use crate::pages::downloads::DownloadsPage;
use crate::pages::library::{Input as LibraryInput, LibraryPage};
use crate::pages::sign_in::SignInPage;
use crate::pages::sign_up::SignUpPage;
use crate::settings::{KnownServer, Settings, SettingsFile};
use crate::text;
use crate::view_model::shell::{Act, Memory, Page, Place, Shell};
use crate::view_model::{Effect, library, sign_in, sign_up};
use crate::widgets::covers::Picture;
use crate::widgets::{keep_covered_hidden, keep_flap_hidden, name, show_only};

pub use start::run;

/// The window.
pub struct App {
    shell: Shell,
    network: Network,
    settings: Settings,
    settings_file: Option<SettingsFile>,
    sign_in: Controller<SignInPage>,
    sign_up: Controller<SignUpPage>,
    library: Controller<LibraryPage>,
    downloads: Controller<DownloadsPage>,
}

/// What happens to the window.
#[derive(Debug)]
pub enum AppMsg {
    /// A page wants something done.
    FromPage(Page, Effect),
    /// The network tells something.
    FromServer(Report),
    /// A person wants something of the window itself.
    Wish(Wish),
    /// A second has passed.
    Tick,
}

/// What a person wants of the window itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Go back to the first page.
    Back,
    /// Sign out.
    SignOut,
    /// Connect now.
    TryNow,
    /// Move the keyboard to the search.
    Search,
    /// Show or hide the downloads.
    ShowDownloads,
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
            set_title: Some("Parlour"),
            set_width_request: 360,
            set_height_request: 420,

            #[name = "toasts"]
            adw::ToastOverlay {
                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,

                    adw::HeaderBar {
                        #[watch]
                        set_class_active: ("flat", model.shell.place() != Place::Library),

                        #[name = "back"]
                        pack_start = &gtk::Button {
                            set_icon_name: "go-previous-symbolic",
                            #[watch]
                            set_visible: model.shell.place() == Place::SignUp,
                            connect_clicked => AppMsg::Wish(Wish::Back),
                        },
                        #[wrap(Some)]
                        set_title_widget = &adw::WindowTitle {
                            #[watch]
                            set_title: &model.title(),
                        },
                        #[name = "menu"]
                        pack_end = &gtk::MenuButton {
                            set_primary: true,
                            add_css_class: "flat",
                            set_menu_model: Some(&actions::menu(None)),

                            #[wrap(Some)]
                            set_child = &gtk::Box {
                                adw::Avatar {
                                    set_size: 26,
                                    set_show_initials: true,
                                    #[watch]
                                    set_text: Some(&model.user_name()),
                                    #[watch]
                                    set_visible: model.shell.account().is_some(),
                                },
                                gtk::Image {
                                    set_icon_name: Some("open-menu-symbolic"),
                                    #[watch]
                                    set_visible: model.shell.account().is_none(),
                                },
                            },
                        },
                        #[name = "show_downloads"]
                        pack_end = &gtk::ToggleButton {
                            add_css_class: "flat",
                            #[watch]
                            set_visible: model.shell.place() == Place::Library,

                            gtk::Overlay {
                                gtk::Image {
                                    set_icon_name: Some("folder-download-symbolic"),
                                },
                                add_overlay = &gtk::Label {
                                    add_css_class: "badge",
                                    set_halign: gtk::Align::End,
                                    set_valign: gtk::Align::Start,
                                    set_can_target: false,
                                    #[watch]
                                    set_visible: model.shell.badge().active > 0,
                                    #[watch]
                                    set_label: &model.badge(),
                                },
                                add_overlay = &gtk::ProgressBar {
                                    add_css_class: "badge-bar",
                                    set_valign: gtk::Align::End,
                                    set_can_target: false,
                                    #[watch]
                                    set_visible: model.shell.badge().active > 0,
                                    #[watch]
                                    set_fraction: model.shell.badge().fraction,
                                },
                            },
                        },
                    },

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
                                set_text: &model.banner(),
                            },
                            #[name = "try_now"]
                            gtk::Button {
                                set_label: "Try Now",
                                set_valign: gtk::Align::Center,
                                connect_clicked => AppMsg::Wish(Wish::TryNow),
                            },
                        },
                    },

                    #[name = "stack"]
                    gtk::Stack {
                        set_vexpand: true,
                        set_transition_type: gtk::StackTransitionType::SlideLeftRight,

                        #[local_ref]
                        add_named[Some("sign-in")] = sign_in -> gtk::ScrolledWindow {},
                        #[local_ref]
                        add_named[Some("sign-up")] = sign_up -> gtk::ScrolledWindow {},
                        #[name = "flap"]
                        add_named[Some("library")] = &adw::Flap {
                            set_flap_position: gtk::PackType::End,
                            set_reveal_flap: false,
                            set_swipe_to_open: false,
                            // Only people open and close it, not the width of the window.
                            set_locked: true,
                            #[wrap(Some)]
                            set_separator = &gtk::Separator {
                                set_orientation: gtk::Orientation::Vertical,
                            },
                            #[local_ref]
                            #[wrap(Some)]
                            set_content = library -> gtk::Box {},
                            #[local_ref]
                            #[wrap(Some)]
                            set_flap = downloads -> gtk::Box {},
                        },
                    },
                },
            },

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
        let settings_file = SettingsFile::of_person();
        let settings = settings_file.as_ref().map(SettingsFile::load).unwrap_or_default();
        root.set_default_size(settings.window.width, settings.window.height);
        root.set_maximized(settings.window.maximized);
        let from = |page| move |effect| AppMsg::FromPage(page, effect);
        let input = sender.input_sender();
        let model = Self {
            shell: Shell::default(),
            network,
            sign_in: SignInPage::builder().launch(()).forward(input, from(Page::SignIn)),
            sign_up: SignUpPage::builder().launch(()).forward(input, from(Page::SignUp)),
            library: LibraryPage::builder().launch(()).forward(input, from(Page::Library)),
            downloads: DownloadsPage::builder().launch(()).forward(input, from(Page::Downloads)),
            settings,
            settings_file,
        };
        let (sign_in, sign_up) = (model.sign_in.widget(), model.sign_up.widget());
        let (library, downloads) = (model.library.widget(), model.downloads.widget());
        let widgets = view_output!();
        name(&widgets.back, "Back");
        name(&widgets.menu, "Main Menu");
        name(&widgets.show_downloads, "Downloads");
        widgets
            .flap
            .bind_property("reveal-flap", &widgets.show_downloads, "active")
            .bidirectional()
            .sync_create()
            .build();
        keep_covered_hidden(&widgets.stack);
        keep_flap_hidden(&widgets.flap);
        actions::add(&root, &sender);
        actions::tick_each_second(&sender);
        model.open_sign_in();
        server.map(sign_in::Msg::ServerChosen).into_iter().for_each(|msg| model.sign_in.emit(msg));
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
            AppMsg::Tick if self.shell.banner().is_none() => return,
            AppMsg::Tick => {
                self.shell.tick();
                Vec::new()
            }
            AppMsg::Wish(wish) => self.grant(wish, widgets, root),
        };
        for act in acts {
            self.perform(act, widgets);
        }
        show_only(&widgets.stack, child_name(self.shell.place()));
        self.update_view(widgets, sender);
    }
}

impl App {
    fn title(&self) -> String {
        let inside = self.shell.account().and_then(|_| self.shell.server_name());
        inside.unwrap_or_default().to_owned()
    }

    fn user_name(&self) -> String {
        self.shell.account().map(|account| account.user_name.to_string()).unwrap_or_default()
    }

    fn badge(&self) -> String {
        let active = self.shell.badge().active;
        if active > 99 { "99+".to_owned() } else { active.to_string() }
    }

    fn banner(&self) -> String {
        self.shell.banner().map(text::banner).unwrap_or_default()
    }

    fn open_sign_in(&self) {
        let known = |server: &KnownServer| sign_in::Known {
            server: text::full_address(&server.address),
            user_name: server.user_name.clone().unwrap_or_default(),
        };
        let servers = self.settings.servers.iter().map(known).collect();
        self.sign_in.emit(sign_in::Msg::Opened { servers });
    }

    /// Does what the person wants of the window itself.
    fn grant(&mut self, wish: Wish, widgets: &AppWidgets, root: &adw::ApplicationWindow) -> Vec<Act> {
        match wish {
            Wish::Back => self.sign_up.emit(sign_up::Msg::Back),
            Wish::SignOut => return self.shell.sign_out(),
            Wish::TryNow => return self.shell.try_now(),
            Wish::Search => self.library.emit(LibraryInput::FocusSearch),
            Wish::ShowDownloads => widgets.flap.set_reveal_flap(!widgets.flap.reveals_flap()),
            Wish::About => actions::show_about(root),
            Wish::Quit => {
                self.remember_window(root);
                root.destroy();
                relm4::main_application().quit();
            }
        }
        Vec::new()
    }

    fn perform(&mut self, act: Act, widgets: &AppWidgets) {
        match act {
            Act::Send(command) => self.network.send(command),
            Act::SignIn(msg) => self.sign_in.emit(msg),
            Act::SignUp(msg) => self.sign_up.emit(msg),
            Act::Library(msg) => self.library.emit(LibraryInput::Model(msg)),
            Act::Downloads(msg) => self.downloads.emit(msg),
            Act::Cover(cover, picture) => {
                self.library.emit(LibraryInput::Cover(cover, picture.map(Picture)));
            }
            Act::OpenSignIn => {
                widgets.flap.set_reveal_flap(false);
                self.open_sign_in();
            }
            Act::OpenLibrary => {
                let folder = self.settings.download_folder.clone();
                let msg = library::Msg::Opened { folder, sort: self.settings.sort };
                self.library.emit(LibraryInput::Model(msg));
            }
            // The pages follow by themselves.
            Act::Show(_) => widgets.menu.set_menu_model(Some(&actions::menu(self.shell.account()))),
            Act::Remember(memory) => self.remember(memory),
            Act::Say(notice) => {
                let toast = adw::Toast::new(&glib::markup_escape_text(&text::notice(&notice)));
                widgets.toasts.add_toast(toast);
            }
        }
    }

    fn remember(&mut self, memory: Memory) {
        match memory {
            Memory::SignedIn { server, user_name } => {
                self.settings.remember_server(&server, Some(&user_name));
            }
            Memory::Folder(folder) => self.settings.download_folder = Some(folder),
            Memory::Sort(sort) => self.settings.sort = sort,
        }
        self.save_settings();
    }

    fn remember_window(&mut self, root: &adw::ApplicationWindow) {
        let window = &mut self.settings.window;
        (window.width, window.height) = root.default_size();
        window.maximized = root.is_maximized();
        self.save_settings();
    }

    /// Keeps the settings. The app goes on without: the next start then finds the former ones.
    fn save_settings(&self) {
        if let Some(Err(error)) = self.settings_file.as_ref().map(|file| file.save(&self.settings)) {
            tracing::warn!(%error, "the settings could not be saved");
        }
    }
}

fn child_name(place: Place) -> &'static str {
    match place {
        Place::SignIn => "sign-in",
        Place::SignUp => "sign-up",
        Place::Library => "library",
    }
}

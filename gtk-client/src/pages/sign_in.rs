//! The first page, painted.
//!
//! This file does not know what may be typed nor what happens then (`view_model/sign_in.rs`).

use relm4::adw::prelude::*;
use relm4::gtk::gio;
use relm4::prelude::*;

use crate::text;
use crate::view_model::sign_in::{ENTRIES, Known, Msg, SignIn};
use crate::view_model::{Effect, Entry};
use crate::widgets::form::{Form, FormEvent};

/// The first page.
#[derive(Debug)]
pub struct SignInPage {
    state: SignIn,
    form: Form,
    servers_menu: gio::Menu,
    servers_button: gtk::MenuButton,
}

#[relm4::component(pub)]
impl Component for SignInPage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::ScrolledWindow {
            set_hscrollbar_policy: gtk::PolicyType::Never,

            adw::Clamp {
                set_maximum_size: 400,
                set_margin_all: 18,

                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_valign: gtk::Align::Center,
                    set_spacing: 24,

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 6,

                        gtk::Image {
                            set_icon_name: Some(crate::look::APP_ID),
                            set_pixel_size: 112,
                            add_css_class: "icon-dropshadow",
                            set_accessible_role: gtk::AccessibleRole::Presentation,
                        },
                        gtk::Label {
                            set_label: "Parlour",
                            add_css_class: "title-1",
                        },
                        gtk::Label {
                            set_label: "Your group’s music, in one place",
                            add_css_class: "dim-label",
                            set_wrap: true,
                            set_justify: gtk::Justification::Center,
                        },
                    },

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 12,
                        #[watch]
                        set_sensitive: !model.state.is_busy(),

                        #[local_ref]
                        form_list -> gtk::ListBox {},

                        #[name = "whole"]
                        gtk::Label {
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
                            set_justify: gtk::Justification::Center,
                            add_css_class: "error",
                            #[watch]
                            set_visible: model.state.problems().whole().is_some(),
                            #[watch]
                            set_text: &model.whole(),
                        },
                    },

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 12,
                        set_halign: gtk::Align::Center,

                        #[name = "submit"]
                        gtk::Button {
                            add_css_class: "suggested-action",
                            add_css_class: "pill",
                            #[watch]
                            set_sensitive: !model.state.is_busy(),
                            #[watch]
                            update_property: &[gtk::accessible::Property::Label(model.verb())],
                            connect_clicked => Msg::Submit,

                            gtk::Box {
                                set_halign: gtk::Align::Center,
                                set_spacing: 8,

                                gtk::Spinner {
                                    #[watch]
                                    set_visible: model.state.is_busy(),
                                    #[watch]
                                    set_spinning: model.state.is_busy(),
                                },
                                gtk::Label {
                                    #[watch]
                                    set_label: model.verb(),
                                },
                            },
                        },
                        #[name = "cancel"]
                        gtk::Button {
                            set_label: "Cancel",
                            add_css_class: "pill",
                            #[watch]
                            set_visible: model.state.is_busy(),
                            connect_clicked => Msg::Cancel,
                        },
                        #[name = "create"]
                        gtk::Button {
                            set_label: "Create an Account",
                            add_css_class: "pill",
                            #[watch]
                            set_visible: !model.state.is_busy(),
                            #[watch]
                            set_class_active: ("offered", model.state.offers_account()),
                            connect_clicked => Msg::CreateAccount,
                        },
                    },
                },
            },

            add_controller = gtk::EventControllerKey {
                connect_key_pressed[sender] => move |_, key, _, _| {
                    if key == gtk::gdk::Key::Escape {
                        sender.input(Msg::Cancel);
                    }
                    gtk::glib::Propagation::Proceed
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender().clone();
        let form = Form::new(&ENTRIES, move |event| {
            input.emit(match event {
                FormEvent::Typed(entry, text) => Msg::Typed(entry, text),
                FormEvent::Submitted => Msg::Submit,
                FormEvent::Left(_) => return,
            });
        });
        let servers_menu = gio::Menu::new();
        let servers_button = offer_servers(&form, &servers_menu, &sender);
        let model = Self { state: SignIn::default(), form, servers_menu, servers_button };
        let form_list = model.form.list();
        let widgets = view_output!();
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        msg: Msg,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        let effects = self.state.update(msg);
        // Before the keyboard is moved: what is insensitive cannot have it.
        self.update_view(widgets, sender.clone());
        self.form.show_problems(self.state.problems());
        for effect in effects {
            match effect {
                Effect::Fill(entry, text) => {
                    if entry == Entry::Server {
                        self.list_servers();
                    }
                    self.form.fill(entry, &text);
                }
                Effect::Focus(entry) => self.form.focus(entry),
                other => drop(sender.output(other)),
            }
        }
    }
}

impl SignInPage {
    /// Returns the form, for tests of the page.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Returns what the main button says.
    fn verb(&self) -> &'static str {
        if self.state.is_busy() { "Signing In…" } else { "Sign In" }
    }

    fn whole(&self) -> String {
        self.state.problems().whole().map(|problem| text::problem(None, problem)).unwrap_or_default()
    }

    fn list_servers(&self) {
        self.servers_menu.remove_all();
        for Known { server, .. } in self.state.servers() {
            let item = gio::MenuItem::new(Some(&server.replace('_', "__")), None);
            item.set_action_and_target_value(Some("form.server"), Some(&server.to_variant()));
            self.servers_menu.append_item(&item);
        }
        self.servers_button.set_visible(!self.state.servers().is_empty());
    }
}

/// Puts a button into the server's row that offers the servers used before.
fn offer_servers(form: &Form, menu: &gio::Menu, sender: &ComponentSender<SignInPage>) -> gtk::MenuButton {
    let button = gtk::MenuButton::builder()
        .icon_name("document-open-recent-symbolic")
        .menu_model(menu)
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build();
    crate::widgets::name(&button, "Servers Used Before");
    let chosen = gio::SimpleAction::new("server", Some(&String::static_variant_type()));
    let input = sender.input_sender().clone();
    chosen.connect_activate(move |_, target| {
        if let Some(server) = target.and_then(gtk::glib::Variant::get::<String>) {
            input.emit(Msg::ServerChosen(server));
        }
    });
    let actions = gio::SimpleActionGroup::new();
    actions.add_action(&chosen);
    button.insert_action_group("form", Some(&actions));
    if let Some(row) = form.row(Entry::Server) {
        row.add_suffix(&button);
    }
    button
}

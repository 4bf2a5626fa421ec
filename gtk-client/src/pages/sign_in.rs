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
use crate::widgets::form_body::{FormBody, Look};
use crate::widgets::ways_in::{link, side_by_side, stay_check};

/// The first page.
#[derive(Debug)]
pub struct SignInPage {
    state: SignIn,
    body: FormBody,
    create: gtk::Button,
    stay: gtk::CheckButton,
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
                            set_pixel_size: 96,
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

                    #[name = "note"]
                    gtk::Label {
                        set_wrap: true,
                        set_wrap_mode: gtk::pango::WrapMode::WordChar,
                        set_justify: gtk::Justification::Center,
                        add_css_class: "note",
                        set_accessible_role: gtk::AccessibleRole::Alert,
                        #[watch]
                        set_visible: model.state.note().is_some(),
                        #[watch]
                        set_text: model.state.note().map(text::note).unwrap_or_default(),
                    },

                    #[local_ref]
                    body -> gtk::Box {},
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender().clone();
        let body = FormBody::new(&ENTRIES, move |event| {
            input.emit(match event {
                FormEvent::Typed(entry, text) => Msg::Typed(entry, text),
                FormEvent::Submitted => Msg::Submit,
                FormEvent::Cancelled => Msg::Cancel,
                FormEvent::Left(_) => return,
            });
        });
        let input = sender.input_sender().clone();
        let forgot = link("Forgot password?", move || input.emit(Msg::Forgot));
        let input = sender.input_sender().clone();
        let stay = stay_check(move |stays| input.emit(Msg::Stay(stays)));
        body.add_field(&side_by_side(&stay, &forgot));
        let create = gtk::Button::builder().label("Create an Account").css_classes(["pill"]).build();
        let input = sender.input_sender().clone();
        create.connect_clicked(move |_| input.emit(Msg::CreateAccount));
        body.add_button(&create);
        let servers_menu = gio::Menu::new();
        let servers_button = offer_servers(body.form(), &servers_menu, &sender);
        let model = Self { state: SignIn::default(), body, create, stay, servers_menu, servers_button };
        let body = model.body.widget();
        let widgets = view_output!();
        model.paint();
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
        self.paint();
        for effect in effects {
            if matches!(effect, Effect::Fill(Entry::Server, _)) {
                self.list_servers();
            }
            if let Some(effect) = self.body.perform(effect) {
                let _ = sender.output(effect);
            }
        }
    }
}

impl SignInPage {
    /// Returns the form with its buttons, for tests of the page.
    pub fn body(&self) -> &FormBody {
        &self.body
    }

    /// Returns the entries, for tests of the page.
    pub fn form(&self) -> &Form {
        self.body.form()
    }

    /// Returns the check of who stays signed in, for tests of the page.
    pub fn stay_check(&self) -> &gtk::CheckButton {
        &self.stay
    }

    fn paint(&self) {
        let is_busy = self.state.is_busy();
        self.body.show(Look { problems: self.state.problems(), verb: self.verb(), is_busy });
        self.create.set_visible(!is_busy);
        self.stay.set_active(self.state.stays());
        match self.state.offers_account() {
            true => self.create.add_css_class("offered"),
            false => self.create.remove_css_class("offered"),
        }
    }

    /// Returns what the main button says.
    fn verb(&self) -> &'static str {
        if self.state.is_busy() { "Signing In…" } else { "Sign In" }
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

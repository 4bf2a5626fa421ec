//! The page that makes an account, painted.
//!
//! This file does not know what may be typed nor what happens then (`view_model/sign_up.rs`).

use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::text;
use crate::view_model::Effect;
use crate::view_model::sign_up::{ENTRIES, Msg, SignUp};
use crate::widgets::form::{Form, FormEvent};

/// The page that makes an account.
#[derive(Debug)]
pub struct SignUpPage {
    state: SignUp,
    form: Form,
}

#[relm4::component(pub)]
impl Component for SignUpPage {
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

                        gtk::Label {
                            set_label: "Create an Account",
                            add_css_class: "title-1",
                            set_wrap: true,
                            set_justify: gtk::Justification::Center,
                        },
                        gtk::Label {
                            #[watch]
                            set_text: &model.place(),
                            add_css_class: "dim-label",
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
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
                    },
                },
            },

            add_controller = gtk::EventControllerKey {
                connect_key_pressed[sender] => move |_, key, _, _| {
                    if key == gtk::gdk::Key::Escape {
                        sender.input(Msg::Back);
                        return gtk::glib::Propagation::Stop;
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
                FormEvent::Left(entry) => Msg::Left(entry),
                FormEvent::Submitted => Msg::Submit,
            });
        });
        let model = Self { state: SignUp::default(), form };
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
                Effect::Fill(entry, text) => self.form.fill(entry, &text),
                Effect::Focus(entry) => self.form.focus(entry),
                other => drop(sender.output(other)),
            }
        }
    }
}

impl SignUpPage {
    /// Returns the form, for tests of the page.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Returns what the main button says.
    fn verb(&self) -> &'static str {
        if self.state.is_busy() { "Creating…" } else { "Create Account" }
    }

    fn whole(&self) -> String {
        self.state.problems().whole().map(|problem| text::problem(None, problem)).unwrap_or_default()
    }

    /// Says on which server the account will be.
    fn place(&self) -> String {
        let address = self.state.server().map(text::full_address).unwrap_or_default();
        match self.state.server_name().filter(|name| !name.is_empty()) {
            Some(name) => format!("on {name} ({address})"),
            None => format!("on {address}"),
        }
    }
}

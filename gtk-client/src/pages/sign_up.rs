//! The page that makes an account, painted.
//!
//! This file does not know what may be typed nor what happens then (`view_model/sign_up.rs`).

use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::text;
use crate::view_model::sign_up::{ENTRIES, Msg, SignUp};
use crate::view_model::{Effect, Entry};
use crate::widgets::fact::unhyphened;
use crate::widgets::form::{Form, FormEvent};
use crate::widgets::form_body::{FormBody, Look};
use crate::widgets::ways_in::{link, side_by_side, stay_check};

/// The page that makes an account.
#[derive(Debug)]
pub struct SignUpPage {
    state: SignUp,
    body: FormBody,
    have_code: gtk::Button,
    stay: gtk::CheckButton,
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

                    gtk::Label {
                        #[watch]
                        set_text: &text::on_server(model.state.server(), model.state.server_name()),
                        add_css_class: "dim-label",
                        set_wrap: true,
                        set_wrap_mode: gtk::pango::WrapMode::WordChar,
                        set_justify: gtk::Justification::Center,
                    },

                    gtk::Label {
                        set_wrap: true,
                        set_wrap_mode: gtk::pango::WrapMode::WordChar,
                        set_justify: gtk::Justification::Center,
                        add_css_class: "note",
                        #[watch]
                        set_visible: model.rule_words().is_some(),
                        #[watch]
                        set_text: model.rule_words().unwrap_or_default(),
                    },

                    #[local_ref]
                    body -> gtk::Box {
                        #[watch]
                        set_visible: model.state.waiting().is_none(),
                    },

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 24,
                        #[watch]
                        set_visible: model.state.waiting().is_some(),

                        gtk::Image {
                            set_icon_name: Some("preferences-system-time-symbolic"),
                            set_pixel_size: 96,
                            add_css_class: "dim-label",
                            set_accessible_role: gtk::AccessibleRole::Presentation,
                        },
                        gtk::Label {
                            set_label: "Waiting for Approval",
                            add_css_class: "title-1",
                            set_wrap: true,
                            set_justify: gtk::Justification::Center,
                        },
                        gtk::Label {
                            #[watch]
                            set_text: &text::waiting_words(model.state.waiting().unwrap_or_default()),
                            set_attributes: Some(&unhyphened()),
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
                            set_justify: gtk::Justification::Center,
                        },
                        gtk::Button {
                            set_label: "Back to Sign In",
                            set_halign: gtk::Align::Center,
                            add_css_class: "pill",
                            add_css_class: "suggested-action",
                            connect_clicked => Msg::Back,
                        },
                    },
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender().clone();
        let body = FormBody::new(&ENTRIES, move |event| {
            input.emit(match event {
                FormEvent::Typed(entry, text) => Msg::Typed(entry, text),
                FormEvent::Left(entry) => Msg::Left(entry),
                FormEvent::Submitted => Msg::Submit,
                FormEvent::Cancelled => Msg::Cancel,
            });
        });
        let input = sender.input_sender().clone();
        let have_code = link("I have a code", move || input.emit(Msg::HaveCode));
        let input = sender.input_sender().clone();
        let stay = stay_check(move |stays| input.emit(Msg::Stay(stays)));
        body.add_field(&side_by_side(&stay, &have_code));
        let model = Self { state: SignUp::default(), body, have_code, stay };
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
            if let Some(effect) = self.body.perform(effect) {
                let _ = sender.output(effect);
            }
        }
    }
}

impl SignUpPage {
    /// Returns the form with its buttons, for tests of the page.
    pub fn body(&self) -> &FormBody {
        &self.body
    }

    /// Returns the entries, for tests of the page.
    pub fn form(&self) -> &Form {
        self.body.form()
    }

    fn paint(&self) {
        let is_busy = self.state.is_busy();
        self.body.form().show_entry(Entry::Code, self.state.takes_code());
        self.have_code.set_visible(!self.state.takes_code());
        self.stay.set_active(self.state.stays());
        self.body.show(Look { problems: self.state.problems(), verb: self.verb(), is_busy });
    }

    /// Says who may sign up here, if not everybody, until the account is made.
    fn rule_words(&self) -> Option<&'static str> {
        text::sign_up_words(self.state.rule()).filter(|_| self.state.waiting().is_none())
    }

    /// Returns what the main button says.
    fn verb(&self) -> &'static str {
        if self.state.is_busy() { "Creating…" } else { "Create Account" }
    }
}

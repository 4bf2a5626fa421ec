//! The page that makes an account, painted.
//!
//! This file does not know what may be typed nor what happens then (`view_model/sign_up.rs`).

use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::text;
use crate::view_model::Effect;
use crate::view_model::sign_up::{ENTRIES, Msg, SignUp};
use crate::widgets::form::{Form, FormEvent};
use crate::widgets::form_body::{FormBody, Look};

/// The page that makes an account.
#[derive(Debug)]
pub struct SignUpPage {
    state: SignUp,
    body: FormBody,
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
                        set_text: &model.place(),
                        add_css_class: "dim-label",
                        set_wrap: true,
                        set_wrap_mode: gtk::pango::WrapMode::WordChar,
                        set_justify: gtk::Justification::Center,
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
                FormEvent::Left(entry) => Msg::Left(entry),
                FormEvent::Submitted => Msg::Submit,
                FormEvent::Cancelled => Msg::Cancel,
            });
        });
        let model = Self { state: SignUp::default(), body };
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
        self.body.show(Look { problems: self.state.problems(), verb: self.verb(), is_busy });
    }

    /// Returns what the main button says.
    fn verb(&self) -> &'static str {
        if self.state.is_busy() { "Creating…" } else { "Create Account" }
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

//! The page where the password is changed, painted.
//!
//! This file does not know what may be typed nor what happens then (`view_model/password.rs`).

use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::view_model::password::{ENTRIES, Msg, Password};
use crate::view_model::{Effect, Entry};
use crate::widgets::form::FormEvent;
use crate::widgets::form_body::{FormBody, Look};

/// The page where the password is changed.
#[derive(Debug)]
pub struct PasswordPage {
    state: Password,
    body: FormBody,
}

#[relm4::component(pub)]
impl Component for PasswordPage {
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
                        set_label: "You sign in again with the new password. Your other devices are signed out.",
                        add_css_class: "dim-label",
                        set_wrap: true,
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
                // There is nothing to wait for but the answer.
                FormEvent::Cancelled => return,
            });
        });
        body.form().retitle(Entry::Password, "New Password");
        body.form().retitle(Entry::PasswordAgain, "Repeat New Password");
        let model = Self { state: Password::default(), body };
        let body = model.body.widget();
        let widgets = view_output!();
        model.paint();
        ComponentParts { model, widgets }
    }

    fn update(&mut self, msg: Msg, sender: ComponentSender<Self>, _root: &Self::Root) {
        let effects = self.state.update(msg);
        // Before the keyboard is moved: what is insensitive cannot have it.
        self.paint();
        for effect in effects {
            if let Some(effect) = self.body.perform(effect) {
                let _ = sender.output(effect);
            }
        }
    }
}

impl PasswordPage {
    /// Returns the form with its button, for tests of the page.
    pub fn body(&self) -> &FormBody {
        &self.body
    }

    fn paint(&self) {
        let is_busy = self.state.is_busy();
        let verb = if is_busy { "Changing…" } else { "Change Password" };
        self.body.show(Look { problems: self.state.problems(), verb, is_busy });
        self.body.cancel().set_visible(false);
    }
}

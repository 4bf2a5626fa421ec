//! The page where one's own account is deleted, painted.
//!
//! This file does not know what is asked nor what happens then (`view_model/delete_account.rs`).

use std::cell::Cell;
use std::rc::Rc;

use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::text;
use crate::view_model::delete_account::{DeleteAccount, Fate, Msg};
use crate::view_model::{Effect, Entry};
use crate::widgets::form::FormEvent;
use crate::widgets::form_body::{FormBody, Look};

/// The page where one's own account is deleted.
#[derive(Debug)]
pub struct DeleteAccountPage {
    state: DeleteAccount,
    body: FormBody,
    choices: [(Fate, gtk::CheckButton); 2],
    /// Set while a choice is shown by the app and not made by the person.
    is_painting: Rc<Cell<bool>>,
}

#[relm4::component(pub)]
impl Component for DeleteAccountPage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::ScrolledWindow {
            set_hscrollbar_policy: gtk::PolicyType::Never,

            adw::Clamp {
                set_maximum_size: 480,
                set_margin_all: 18,

                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_valign: gtk::Align::Center,
                    set_spacing: 24,

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 12,

                        gtk::Image {
                            set_icon_name: Some("dialog-warning-symbolic"),
                            set_pixel_size: 64,
                            add_css_class: "warning",
                            set_accessible_role: gtk::AccessibleRole::Presentation,
                        },
                        #[name = "consequences"]
                        gtk::Label {
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
                            set_justify: gtk::Justification::Center,
                            #[watch]
                            set_text: &text::deletion(model.state.user_name(), model.state.is_admin()),
                        },
                    },

                    adw::PreferencesGroup {
                        set_title: "What You Shared",

                        adw::ActionRow {
                            set_title: "Keep It for Those Who Have It",
                            set_subtitle: "It does not count as yours any more",
                            set_activatable_widget: Some(&keep),
                            #[local_ref]
                            add_prefix = &keep -> gtk::CheckButton {
                                set_valign: gtk::Align::Center,
                            },
                        },
                        adw::ActionRow {
                            set_title: "Remove It",
                            set_subtitle: "Nobody has it any more",
                            set_activatable_widget: Some(&remove),
                            #[local_ref]
                            add_prefix = &remove -> gtk::CheckButton {
                                set_valign: gtk::Align::Center,
                                set_group: Some(&keep),
                            },
                        },
                    },

                    #[local_ref]
                    body -> gtk::Box {},
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender().clone();
        let body = FormBody::new(&[Entry::Password], move |event| {
            input.emit(match event {
                FormEvent::Typed(_, text) => Msg::Typed(text),
                FormEvent::Submitted => Msg::Submit,
                // There is nothing to check before, and nothing to wait for but the answer.
                FormEvent::Left(_) | FormEvent::Cancelled => return,
            });
        });
        body.form().retitle(Entry::Password, "Your Password");
        body.warn();
        let is_painting = Rc::new(Cell::new(false));
        let keep = choice(Fate::Keep, &is_painting, &sender);
        let remove = choice(Fate::Remove, &is_painting, &sender);
        let choices = [(Fate::Keep, keep.clone()), (Fate::Remove, remove.clone())];
        let model = Self { state: DeleteAccount::default(), body, choices, is_painting };
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
        root: &Self::Root,
    ) {
        if matches!(msg, Msg::Opened { .. }) {
            root.vadjustment().set_value(0.0);
        }
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

impl DeleteAccountPage {
    /// Returns the form with its button, for tests of the page.
    pub fn body(&self) -> &FormBody {
        &self.body
    }

    fn paint(&self) {
        let is_busy = self.state.is_busy();
        let verb = if is_busy { "Deleting…" } else { "Delete Account" };
        self.body.show(Look { problems: self.state.problems(), verb, is_busy });
        self.body.cancel().set_visible(false);
        self.is_painting.set(true);
        for (fate, choice) in &self.choices {
            choice.set_active(*fate == self.state.fate());
        }
        self.is_painting.set(false);
    }
}

fn choice(
    fate: Fate,
    is_painting: &Rc<Cell<bool>>,
    sender: &ComponentSender<DeleteAccountPage>,
) -> gtk::CheckButton {
    let choice = gtk::CheckButton::new();
    let (input, painting) = (sender.input_sender().clone(), Rc::clone(is_painting));
    choice.connect_toggled(move |choice| {
        if choice.is_active() && !painting.get() {
            input.emit(Msg::Chosen(fate));
        }
    });
    choice
}

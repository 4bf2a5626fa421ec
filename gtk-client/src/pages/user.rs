//! One account, painted, for admins.
//!
//! This file does not know what may be changed nor what comes of it (`view_model/user.rs`).

mod deletion;
mod quota;

use parlour_common::message::{AccountState, ResetCode};
use relm4::adw::prelude::*;
use relm4::prelude::*;

use self::deletion::Deletion;
use self::quota::QuotaRow;
use crate::text;
use crate::view_model::user::{ENTRIES, Msg, NEW_ENTRIES, ROLES, User};
use crate::view_model::{Effect, Entry};
use crate::widgets::code_card::CodeCard;
use crate::widgets::form::FormEvent;
use crate::widgets::form_body::{FormBody, Look};

/// The page of one account.
#[derive(Debug)]
pub struct UserPage {
    state: User,
    /// The form of a new account, and that of one that is there.
    new_body: FormBody,
    body: FormBody,
    roles: [adw::ComboRow; 2],
    quota: QuotaRow,
    card: CodeCard,
    deletion: Deletion,
}

#[relm4::component(pub)]
impl Component for UserPage {
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
                    set_spacing: 24,

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 6,

                        adw::Avatar {
                            set_size: 72,
                            set_show_initials: true,
                            set_margin_bottom: 6,
                            #[watch]
                            set_text: model.state.user().map(|user| user.user_name.as_str()),
                        },
                        gtk::Label {
                            add_css_class: "title-1",
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
                            set_justify: gtk::Justification::Center,
                            #[watch]
                            set_text: &model.title(),
                        },
                        gtk::Label {
                            add_css_class: "dim-label",
                            set_wrap: true,
                            set_justify: gtk::Justification::Center,
                            #[watch]
                            set_text: &model.standing(),
                        },
                    },

                    gtk::FlowBox {
                        set_selection_mode: gtk::SelectionMode::None,
                        set_homogeneous: true,
                        set_max_children_per_line: 3,
                        set_column_spacing: 6,
                        set_row_spacing: 6,
                        #[watch]
                        set_visible: model.state.user().is_some() && model.state.deletion().is_none(),
                        #[watch]
                        set_sensitive: !model.state.is_busy(),

                        gtk::FlowBoxChild {
                            set_focusable: false,
                            #[watch]
                            set_visible: model.state_verb().is_some(),

                            gtk::Button {
                                #[watch]
                                set_label: model.state_verb().map_or("", |(verb, _)| verb),
                                connect_clicked[sender] => move |button| {
                                    let state = if button.label().as_deref() == Some(DISABLE) {
                                        AccountState::Disabled
                                    } else {
                                        AccountState::Active
                                    };
                                    sender.input(Msg::SetState(state));
                                },
                            },
                        },
                        gtk::FlowBoxChild {
                            set_focusable: false,

                            gtk::Button {
                                set_label: "Make Reset Code",
                                connect_clicked => Msg::IssueCode,
                            },
                        },
                        gtk::FlowBoxChild {
                            set_focusable: false,

                            gtk::Button {
                                set_label: "Delete…",
                                add_css_class: "destructive-action",
                                connect_clicked => Msg::BeginDeletion,
                            },
                        },
                    },

                    #[local_ref]
                    card -> gtk::Box {},

                    gtk::Box {
                        #[watch]
                        set_visible: model.state.user().is_none(),
                        #[local_ref]
                        new_body -> gtk::Box { set_hexpand: true },
                    },
                    gtk::Box {
                        #[watch]
                        set_visible: model.state.user().is_some() && model.state.deletion().is_none(),
                        #[local_ref]
                        body -> gtk::Box { set_hexpand: true },
                    },
                    gtk::Box {
                        #[watch]
                        set_visible: model.state.deletion().is_some(),
                        #[local_ref]
                        deletion -> gtk::Box { set_hexpand: true },
                    },
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let form = |entries: &[Entry]| {
            let input = sender.input_sender().clone();
            FormBody::new(entries, move |event| {
                input.emit(match event {
                    FormEvent::Typed(entry, text) => Msg::Typed(entry, text),
                    FormEvent::Submitted => Msg::Submit,
                    FormEvent::Cancelled | FormEvent::Left(_) => return,
                });
            })
        };
        let (new_body, body) = (form(&NEW_ENTRIES), form(&ENTRIES));
        let roles = [&new_body, &body].map(|body| offer_roles(body, &sender));
        let hint = gtk::Label::builder()
            .label("Without a password, make a reset code afterwards: the person sets a password with it.")
            .css_classes(["dim-label", "caption"])
            .wrap(true)
            .xalign(0.0)
            .build();
        new_body.add_field(&hint);
        let quota = QuotaRow::new(&body, sender.input_sender());
        let deletion = Deletion::new(sender.input_sender());
        let model =
            Self { state: User::default(), new_body, body, roles, quota, card: CodeCard::new(), deletion };
        let (new_body, body) = (model.new_body.widget(), model.body.widget());
        let (card, deletion) = (model.card.widget(), model.deletion.widget());
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
        self.update_view(widgets, sender.clone());
        self.paint();
        for effect in effects {
            self.perform(effect, &sender);
        }
    }
}

/// What the button says that disables an account.
const DISABLE: &str = "Disable";

impl UserPage {
    fn perform(&self, effect: Effect, sender: &ComponentSender<Self>) {
        let effect = match (&effect, self.state.deletion(), self.state.user()) {
            (Effect::Fill(entry, text), ..) => {
                // Each form takes what is its own.
                self.new_body.form().fill(*entry, text);
                self.body.form().fill(*entry, text);
                self.deletion.body().form().fill(*entry, text);
                return;
            }
            (_, Some(_), _) => self.deletion.body().perform(effect),
            (_, None, Some(_)) => self.body.perform(effect),
            (_, None, None) => self.new_body.perform(effect),
        };
        if let Some(effect) = effect {
            let _ = sender.output(effect);
        }
    }

    fn paint(&self) {
        let (problems, is_busy) = (self.state.problems(), self.state.is_busy());
        let verbs = [(&self.new_body, "Add Account"), (&self.body, "Apply")];
        for (body, verb) in verbs {
            body.show(Look { problems, verb, is_busy });
            body.allow_submit(self.state.can_submit());
            // What is asked of the daemon cannot be taken back.
            body.cancel().set_visible(false);
        }
        let place = ROLES.iter().position(|role| *role == self.state.role()).unwrap_or(0);
        for row in &self.roles {
            row.set_selected(u32::try_from(place).unwrap_or(0));
            row.set_subtitle(text::role_rights(self.state.role()));
        }
        self.quota.show(&self.state);
        self.deletion.show(&self.state);
        let card = |code: &ResetCode| (code.code.expose().clone(), text::code_advice(code.code_seconds));
        // Whoever is asked about the end of an account is asked about nothing else.
        let is_deleting = self.state.deletion().is_some();
        self.card.show(self.state.code().filter(|_| !is_deleting).map(card));
    }

    fn title(&self) -> String {
        self.state.user().map_or_else(|| "New Account".to_owned(), |user| user.user_name.to_string())
    }

    fn standing(&self) -> String {
        match self.state.user() {
            Some(user) => text::user_standing(user),
            None => "The person can change everything but the username later.".to_owned(),
        }
    }

    /// Returns what can be done about the state of the account.
    fn state_verb(&self) -> Option<(&'static str, AccountState)> {
        Some(match self.state.user()?.state {
            AccountState::Waiting => ("Approve", AccountState::Active),
            AccountState::Disabled => ("Enable", AccountState::Active),
            AccountState::Active => (DISABLE, AccountState::Disabled),
        })
    }
}

/// Puts the choice of a role into a form.
fn offer_roles(body: &FormBody, sender: &ComponentSender<UserPage>) -> adw::ComboRow {
    let titles = ROLES.map(text::role);
    let row = adw::ComboRow::builder().title("Role").model(&gtk::StringList::new(&titles)).build();
    let input = sender.input_sender().clone();
    row.connect_selected_notify(move |row| {
        if let Some(role) = ROLES.get(row.selected() as usize) {
            input.emit(Msg::RolePicked(*role));
        }
    });
    let list =
        gtk::ListBox::builder().selection_mode(gtk::SelectionMode::None).css_classes(["boxed-list"]).build();
    list.append(&row);
    body.add_field(&list);
    row
}

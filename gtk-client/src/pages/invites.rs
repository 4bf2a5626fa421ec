//! The invites, painted, for admins.
//!
//! This file does not know which invites there are nor how one is made (`view_model/invites.rs`).

use parlour_common::message::InviteEntry;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;

use crate::text;
use crate::view_model::invites::{Invites, LIVES, Msg};
use crate::view_model::{Effect, Entry};
use crate::widgets::code_card::CodeCard;
use crate::widgets::form::FormEvent;
use crate::widgets::form_body::{FormBody, Look};
use crate::widgets::long_list::long_list;
use crate::widgets::name;
use crate::widgets::states::{Nothing, States};

/// The page of invites.
#[derive(Debug)]
pub struct InvitesPage {
    state: Invites,
    body: FormBody,
    card: CodeCard,
    states: States,
    list: gtk::ListBox,
}

#[relm4::component(pub)]
impl Component for InvitesPage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::ScrolledWindow {
            set_hscrollbar_policy: gtk::PolicyType::Never,

            adw::Clamp {
                set_maximum_size: 560,
                set_margin_all: 12,

                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 24,

                    gtk::Label {
                        set_label: "Whoever has an invite may create one account on this server, whatever the rule for others.",
                        add_css_class: "dim-label",
                        set_wrap: true,
                        set_xalign: 0.0,
                    },
                    #[local_ref]
                    card -> gtk::Box {},
                    #[local_ref]
                    body -> gtk::Box {},

                    #[local_ref]
                    states -> gtk::Stack {},
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender().clone();
        let body = FormBody::new(&[Entry::Note], move |event| {
            input.emit(match event {
                FormEvent::Typed(entry, text) => Msg::Typed(entry, text),
                FormEvent::Submitted => Msg::Submit,
                FormEvent::Cancelled | FormEvent::Left(_) => return,
            });
        });
        body.add_field(&lives(&sender));
        let list = long_list("Invites");
        let input = sender.input_sender().clone();
        let states = States::new(&list, move || input.emit(Msg::Retry));
        let model = Self { state: Invites::default(), body, card: CodeCard::new(), states, list };
        let (body, card, states) = (model.body.widget(), model.card.widget(), model.states.widget());
        let widgets = view_output!();
        model.paint(&sender);
        ComponentParts { model, widgets }
    }

    fn update(&mut self, msg: Msg, sender: ComponentSender<Self>, _root: &Self::Root) {
        let effects = self.state.update(msg);
        self.paint(&sender);
        for effect in effects {
            if let Some(effect) = self.body.perform(effect) {
                let _ = sender.output(effect);
            }
        }
    }
}

impl InvitesPage {
    fn paint(&self, sender: &ComponentSender<Self>) {
        let is_busy = self.state.is_busy();
        self.body.show(Look { problems: self.state.problems(), verb: "Create Invite", is_busy });
        self.body.cancel().set_visible(false);
        self.card.show(self.state.fresh().map(|invite| {
            (invite.code.expose().as_str().to_owned(), text::invite_advice(invite.expires_unix_ms))
        }));
        show(&self.list, self.state.invites(), sender);
        let nothing = Nothing { icon: "mail-unread-symbolic", title: "No Invites", description: "" };
        self.states.show(self.state.fetch(), self.state.invites().is_empty().then_some(nothing));
    }
}

/// Makes the choice of how long an invite lives.
fn lives(sender: &ComponentSender<InvitesPage>) -> gtk::ListBox {
    let titles = LIVES.map(text::life);
    let titles = titles.each_ref().map(String::as_str);
    let row = adw::ComboRow::builder().title("Lives For").model(&gtk::StringList::new(&titles)).build();
    row.set_selected(1);
    let input = sender.input_sender().clone();
    row.connect_selected_notify(move |row| {
        if let Some(hours) = LIVES.get(row.selected() as usize) {
            input.emit(Msg::LifePicked(*hours));
        }
    });
    let list =
        gtk::ListBox::builder().selection_mode(gtk::SelectionMode::None).css_classes(["boxed-list"]).build();
    list.append(&row);
    list
}

fn show(list: &gtk::ListBox, invites: &[InviteEntry], sender: &ComponentSender<InvitesPage>) {
    while let Some(row) = list.first_child() {
        list.remove(&row);
    }
    let now = glib::real_time() / 1000;
    for invite in invites {
        let has_ended = i64::try_from(invite.expires_unix_ms).is_ok_and(|ends| ends <= now);
        let title = text::invite_title(invite);
        let row = adw::ActionRow::builder()
            .use_markup(false)
            .title(&title)
            .subtitle(text::invite_state(invite, has_ended))
            .build();
        if !has_ended && invite.used_by.is_none() {
            let void = gtk::Button::from_icon_name("user-trash-symbolic");
            void.set_valign(gtk::Align::Center);
            void.add_css_class("flat");
            name(&void, &format!("Void {title}"));
            let (input, id) = (sender.input_sender().clone(), invite.id);
            void.connect_clicked(move |_| input.emit(Msg::Revoke(id)));
            row.add_suffix(&void);
        }
        list.append(&row);
    }
}

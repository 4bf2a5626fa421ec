//! The page of one's own account, painted.
//!
//! This file does not know what may be typed nor what is stored (`view_model/account.rs`).

use std::cell::Cell;
use std::rc::Rc;

use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::text;
use crate::view_model::account::{Account, ENTRIES, Msg};
use crate::view_model::{Effect, Entry};
use crate::widgets::fact::Fact;
use crate::widgets::form::FormEvent;
use crate::widgets::form_body::{FormBody, Look};
use crate::widgets::name;

/// The page of one's own account.
#[derive(Debug)]
pub struct AccountPage {
    state: Account,
    user_name: Fact,
    standing: Fact,
    body: FormBody,
    switches: Vec<(Entry, gtk::Switch)>,
    /// Set while a switch is moved by the app and not by the person.
    is_painting: Rc<Cell<bool>>,
}

#[relm4::component(pub)]
impl Component for AccountPage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,

            #[name = "scroll"]
            gtk::ScrolledWindow {
                set_hscrollbar_policy: gtk::PolicyType::Never,
                set_vexpand: true,

                adw::Clamp {
                    set_maximum_size: 560,
                    set_margin_all: 18,

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 24,

                        adw::PreferencesGroup {
                            #[local_ref]
                            add = user_name -> adw::PreferencesRow {},
                            #[local_ref]
                            add = standing -> adw::PreferencesRow {},
                        },

                        #[local_ref]
                        body -> gtk::Box {},
                    },
                },
            },

            #[local_ref]
            foot -> gtk::Box {
                add_css_class: "bottom-bar",
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let input = sender.input_sender().clone();
        let body = FormBody::new(&ENTRIES, move |event| {
            input.emit(match event {
                FormEvent::Typed(entry, text) => Msg::Typed(entry, text),
                FormEvent::Left(entry) => Msg::Left(entry),
                FormEvent::Submitted => Msg::Apply,
                // There is nothing to wait for but the answer.
                FormEvent::Cancelled => return,
            });
        });
        let is_painting = Rc::new(Cell::new(false));
        let shown = adw::PreferencesGroup::builder()
            .margin_top(12)
            .title("Shown to Other Members")
            .description("Your username and role always are. Admins see everything but your password.")
            .build();
        let mut switches = Vec::new();
        for entry in ENTRIES {
            let switch = visibility_switch(entry, &is_painting, &sender);
            let row = adw::ActionRow::builder().title(text::entry_title(entry)).build();
            row.add_suffix(&switch);
            row.set_activatable_widget(Some(&switch));
            // The row says only which field it is.
            switch.reset_relation(gtk::AccessibleRelation::LabelledBy);
            let name = format!("Show {} to Others", text::entry_title(entry));
            switch.update_property(&[gtk::accessible::Property::Label(&name)]);
            shown.add(&row);
            switches.push((entry, switch));
        }
        body.add_field(&shown);
        let user_name = Fact::new(text::entry_title(Entry::UserName));
        let lock = gtk::Image::from_icon_name("changes-prevent-symbolic");
        name(&lock, "The username cannot be changed");
        lock.add_css_class("dim-label");
        user_name.add_suffix(&lock);
        let standing = Fact::new("Role");
        let model = Self { state: Account::default(), user_name, standing, body, switches, is_painting };
        let (user_name, standing) = (model.user_name.row(), model.standing.row());
        let (foot, body) = (model.body.take_foot(), model.body.widget());
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
        if matches!(msg, Msg::Opened { .. }) {
            widgets.scroll.vadjustment().set_value(0.0);
        }
        let effects = self.state.update(msg);
        // Before the keyboard is moved: what is insensitive cannot have it.
        self.paint();
        for effect in effects {
            if let Some(effect) = self.body.perform(effect) {
                let _ = sender.output(effect);
            }
        }
        self.update_view(widgets, sender);
    }
}

impl AccountPage {
    /// Returns the form with its button, for tests of the page.
    pub fn body(&self) -> &FormBody {
        &self.body
    }

    /// Returns the switch of a field, for tests of the page.
    pub fn switch(&self, entry: Entry) -> Option<&gtk::Switch> {
        self.switches.iter().find(|(other, _)| *other == entry).map(|(_, switch)| switch)
    }

    fn paint(&self) {
        if let Some(account) = self.state.stored() {
            self.user_name.tell(Some(account.user_name.as_str()));
            self.standing.tell(Some(&text::role_since(account.role, account.created_unix_ms)));
        }
        let is_busy = self.state.is_busy();
        let verb = if is_busy { "Storing…" } else { "Apply" };
        self.body.show(Look { problems: self.state.problems(), verb, is_busy });
        self.body.allow_submit(self.state.can_apply());
        self.body.cancel().set_visible(false);
        let visibility = self.state.visibility();
        self.is_painting.set(true);
        for (entry, switch) in &self.switches {
            switch.set_active(match entry {
                Entry::Email => visibility.email,
                Entry::Phone => visibility.phone,
                _ => visibility.about,
            });
        }
        self.is_painting.set(false);
    }
}

fn visibility_switch(
    entry: Entry,
    is_painting: &Rc<Cell<bool>>,
    sender: &ComponentSender<AccountPage>,
) -> gtk::Switch {
    let switch = gtk::Switch::builder().valign(gtk::Align::Center).build();
    let (input, painting) = (sender.input_sender().clone(), Rc::clone(is_painting));
    switch.connect_active_notify(move |switch| {
        if !painting.get() {
            input.emit(Msg::Shown(entry, switch.is_active()));
        }
    });
    switch
}

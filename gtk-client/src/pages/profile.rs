//! One member, painted: what they let others see.
//!
//! This file does not know what that is (`view_model/profile.rs`).

use parlour_common::names::{Email, Phone};
use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::text;
use crate::view_model::profile::{Msg, Profile};
use crate::view_model::{Effect, Entry};
use crate::widgets::fact::{Fact, unhyphened};
use crate::widgets::name;

/// One member.
#[derive(Debug)]
pub struct ProfilePage {
    state: Profile,
    email: Fact,
    phone: Fact,
}

#[relm4::component(pub)]
impl Component for ProfilePage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::ScrolledWindow {
            set_hscrollbar_policy: gtk::PolicyType::Never,

            adw::Clamp {
                set_maximum_size: 560,
                set_margin_all: 18,

                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 24,

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 6,

                        adw::Avatar {
                            set_size: 96,
                            set_show_initials: true,
                            #[watch]
                            set_text: Some(&model.user_name()),
                        },
                        gtk::Label {
                            add_css_class: "title-1",
                            set_attributes: Some(&unhyphened()),
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
                            set_justify: gtk::Justification::Center,
                            #[watch]
                            set_text: &model.user_name(),
                        },
                        gtk::Label {
                            add_css_class: "dim-label",
                            #[watch]
                            set_text: &model.standing(),
                        },
                    },

                    gtk::Button {
                        set_label: "Message",
                        set_halign: gtk::Align::Center,
                        add_css_class: "pill",
                        #[watch]
                        set_visible: !model.state.is_own(),
                        connect_clicked => Msg::Message,
                    },

                    #[name = "about"]
                    gtk::Label {
                        set_wrap: true,
                        set_wrap_mode: gtk::pango::WrapMode::WordChar,
                        set_selectable: true,
                        // The keyboard would select all of it on its way to what can be pressed.
                        set_focusable: false,
                        set_justify: gtk::Justification::Center,
                        #[watch]
                        set_visible: model.state.about().is_some(),
                        #[watch]
                        set_text: model.state.about().unwrap_or_default(),
                    },

                    adw::PreferencesGroup {
                        #[watch]
                        set_visible: model.email().is_some() || model.phone().is_some(),

                        #[local_ref]
                        add = email -> adw::PreferencesRow {},
                        #[local_ref]
                        add = phone -> adw::PreferencesRow {},
                    },

                    #[name = "bare"]
                    gtk::Label {
                        add_css_class: "dim-label",
                        set_wrap: true,
                        set_justify: gtk::Justification::Center,
                        #[watch]
                        set_visible: model.state.is_bare(),
                        #[watch]
                        set_text: model.bare(),
                    },
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let email = fact(Entry::Email, "Copy E-mail");
        let phone = fact(Entry::Phone, "Copy Phone");
        let model = Self { state: Profile::default(), email, phone };
        let (email, phone) = (model.email.row(), model.phone.row());
        let widgets = view_output!();
        ComponentParts { model, widgets }
    }

    fn update(&mut self, msg: Msg, sender: ComponentSender<Self>, root: &Self::Root) {
        if matches!(msg, Msg::Opened { .. }) {
            root.vadjustment().set_value(0.0);
        }
        for effect in self.state.update(msg) {
            let _ = sender.output(effect);
        }
        self.email.tell(self.email());
        self.phone.tell(self.phone());
    }
}

impl ProfilePage {
    fn user_name(&self) -> String {
        self.state.member().map(|member| member.user_name.to_string()).unwrap_or_default()
    }

    fn standing(&self) -> String {
        let since = self.state.member().map(|member| text::role_since(member.role, member.created_unix_ms));
        since.unwrap_or_default()
    }

    fn email(&self) -> Option<&str> {
        self.state.member()?.email.as_ref().map(Email::as_str)
    }

    fn phone(&self) -> Option<&str> {
        self.state.member()?.phone.as_ref().map(Phone::as_str)
    }

    fn bare(&self) -> &'static str {
        if self.state.is_own() {
            "This is all that others see of you. What else they see is chosen on the page Account."
        } else {
            "Nothing more is shown to other members."
        }
    }
}

/// Makes a row with a button that copies what it tells.
fn fact(entry: Entry, verb: &str) -> Fact {
    let fact = Fact::new(text::entry_title(entry));
    let copy = gtk::Button::builder()
        .icon_name("edit-copy-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build();
    name(&copy, verb);
    let told = fact.clone();
    copy.connect_clicked(move |copy| copy.clipboard().set_text(&told.value()));
    fact.add_suffix(&copy);
    fact
}

//! The page that is seen while somebody comes back without a password, painted.
//!
//! This file does not know how that is done (`view_model/returning.rs`).

use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;

use crate::look;
use crate::text;
use crate::view_model::Effect;
use crate::view_model::returning::{Msg, Returning};
use crate::widgets::fact::unhyphened;

/// The page.
#[derive(Debug)]
pub struct ReturningPage {
    state: Returning,
}

#[relm4::component(pub)]
impl Component for ReturningPage {
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

                    gtk::Image {
                        set_icon_name: Some(look::APP_ID),
                        set_pixel_size: 112,
                        add_css_class: "icon-dropshadow",
                        set_accessible_role: gtk::AccessibleRole::Presentation,
                    },

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 6,

                        gtk::Label {
                            #[watch]
                            set_text: &text::returning_title(&model.state),
                            add_css_class: "title-1",
                            set_attributes: Some(&unhyphened()),
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
                            set_justify: gtk::Justification::Center,
                        },
                        gtk::Label {
                            #[watch]
                            set_text: &text::on_server(model.state.server(), model.state.server_name()),
                            add_css_class: "dim-label",
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
                            set_justify: gtk::Justification::Center,
                        },
                    },

                    gtk::Spinner {
                        set_width_request: 32,
                        set_height_request: 32,
                        #[watch]
                        set_visible: model.state.problem().is_none(),
                        #[watch]
                        set_spinning: model.state.problem().is_none(),
                    },

                    gtk::Label {
                        set_wrap: true,
                        set_wrap_mode: gtk::pango::WrapMode::WordChar,
                        set_justify: gtk::Justification::Center,
                        set_accessible_role: gtk::AccessibleRole::Alert,
                        add_css_class: "error",
                        #[watch]
                        set_visible: model.state.problem().is_some(),
                        #[watch]
                        set_text: &model.problem(),
                    },

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 12,
                        set_halign: gtk::Align::Center,

                        gtk::Button {
                            add_css_class: "suggested-action",
                            add_css_class: "pill",
                            #[watch]
                            set_label: &text::try_again(model.seconds()),
                            #[watch]
                            set_visible: model.state.problem().is_some(),
                            connect_clicked => Msg::TryNow,
                        },
                        gtk::Button {
                            set_label: "Sign In with a Password",
                            add_css_class: "pill",
                            connect_clicked => Msg::Back,
                        },
                    },
                },
            },

        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let model = Self { state: Returning::default() };
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
        for effect in self.state.update(msg) {
            match effect {
                Effect::TickSoon => {
                    let input = sender.input_sender().clone();
                    // The page may be gone by then, and nobody counts any more.
                    glib::timeout_add_seconds_local_once(1, move || drop(input.send(Msg::Tick)));
                }
                other => drop(sender.output(other)),
            }
        }
        self.update_view(widgets, sender);
    }
}

impl ReturningPage {
    fn problem(&self) -> String {
        self.state.problem().map(|(problem, _)| text::problem(None, problem)).unwrap_or_default()
    }

    fn seconds(&self) -> Option<u32> {
        self.state.problem().and_then(|(_, seconds)| seconds)
    }
}

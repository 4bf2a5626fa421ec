//! The settings, painted.
//!
//! This file does not know where a row leads (`view_model/settings.rs`).

mod choices;

use relm4::adw::prelude::*;
use relm4::prelude::*;

use self::choices::ChoiceRows;
use crate::text;
use crate::view_model::Effect;
use crate::view_model::settings::{Msg, ROWS, Row, Settings};
use crate::widgets::fact::unhyphened;

/// The settings.
#[derive(Debug)]
pub struct SettingsPage {
    state: Settings,
    rows: Vec<(Row, adw::ActionRow)>,
    choices: ChoiceRows,
}

#[relm4::component(pub)]
impl Component for SettingsPage {
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

                #[name = "column"]
                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 18,

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 6,

                        adw::Avatar {
                            set_size: 64,
                            set_show_initials: true,
                            #[watch]
                            set_text: model.user_name(),
                        },
                        gtk::Label {
                            add_css_class: "title-2",
                            set_attributes: Some(&unhyphened()),
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
                            set_justify: gtk::Justification::Center,
                            #[watch]
                            set_text: model.user_name().unwrap_or_default(),
                        },
                        gtk::Label {
                            add_css_class: "dim-label",
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
                            set_justify: gtk::Justification::Center,
                            #[watch]
                            set_text: &model.standing(),
                        },
                    },
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let choices = ChoiceRows::new(sender.input_sender());
        let mut model = Self { state: Settings::default(), rows: Vec::new(), choices };
        let widgets = view_output!();
        for group in ROWS {
            let list = adw::PreferencesGroup::new();
            for row in group {
                let widget = action_row(*row, &sender);
                list.add(&widget);
                model.rows.push((*row, widget));
            }
            // What is chosen stands before the end of the session and the account.
            if group.contains(&Row::SignOut) {
                widgets.column.append(model.choices.widget());
            }
            widgets.column.append(&list);
        }
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
        for effect in self.state.update(msg) {
            let _ = sender.output(effect);
        }
        for (row, widget) in &self.rows {
            widget.set_visible(self.state.has(*row));
        }
        self.choices.show(&self.state);
        self.update_view(widgets, sender);
    }
}

impl SettingsPage {
    /// Returns the row, for tests of the page.
    pub fn row(&self, row: Row) -> Option<&adw::ActionRow> {
        self.rows.iter().find(|(other, _)| *other == row).map(|(_, widget)| widget)
    }

    fn user_name(&self) -> Option<&str> {
        self.state.account().map(|account| account.user_name.as_str())
    }

    /// Says what one is here, and where that is.
    fn standing(&self) -> String {
        let Some(account) = self.state.account() else { return String::new() };
        match self.state.server() {
            "" => text::role(account.role).to_owned(),
            server => format!("{} on {}", text::role(account.role), text::isolated(server)),
        }
    }
}

fn action_row(row: Row, sender: &ComponentSender<SettingsPage>) -> adw::ActionRow {
    let words = text::settings_row(row);
    let widget = adw::ActionRow::builder()
        .title(words.title)
        .subtitle(words.subtitle)
        .activatable(true)
        .icon_name(words.icon)
        .build();
    match row {
        Row::SignOut => {}
        Row::DeleteAccount => widget.add_css_class("grave"),
        _ => widget.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic")),
    }
    let input = sender.input_sender().clone();
    widget.connect_activated(move |_| input.emit(Msg::Chosen(row)));
    widget
}

//! The accounts of the server, painted, for admins.
//!
//! This file does not know which accounts there are nor what is done with one (`view_model/users.rs`,
//! `view_model/user.rs`).

mod row;

use std::cell::Cell;
use std::rc::Rc;

use parlour_common::message::UserEntry;
use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::format::counted;
use crate::text;
use crate::view_model::users::{FILTERS, Msg, Users};
use crate::view_model::{Effect, audit, invites, user};
use crate::widgets::long_list::{LongList, long_list};
use crate::widgets::name;
use crate::widgets::states::{Nothing, States};

/// The list of accounts.
#[derive(Debug)]
pub struct UsersPage {
    state: Users,
    /// Set while the app itself turns the choice of filters.
    is_filling: Rc<Cell<bool>>,
    states: States,
    list: gtk::ListBox,
    scrolled: LongList,
    /// Whom the list shows, to be painted anew only when it is other.
    painted: Vec<UserEntry>,
}

#[relm4::component(pub)]
impl Component for UsersPage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,

            adw::Clamp {
                set_maximum_size: 560,
                set_margin_top: 18,
                set_margin_start: 18,
                set_margin_end: 18,

                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 12,

                    gtk::Box {
                        set_spacing: 6,
                        set_homogeneous: true,

                        #[name = "add"]
                        gtk::Button {
                            set_label: "Add Account",
                            connect_clicked[sender] => move |_| {
                                let _ = sender.output(Effect::open(user::Msg::OpenedNew));
                            },
                        },
                        #[name = "invites"]
                        gtk::Button {
                            set_label: "Invites",
                            connect_clicked[sender] => move |_| {
                                let _ = sender.output(Effect::open(invites::Msg::Opened));
                            },
                        },
                        #[name = "log"]
                        gtk::Button {
                            set_label: "Log",
                            connect_clicked[sender] => move |_| {
                                let _ = sender.output(Effect::open(audit::Msg::Opened));
                            },
                        },
                    },
                    #[name = "search"]
                    gtk::SearchEntry {
                        set_placeholder_text: Some("Name, e-mail or phone"),
                        connect_search_changed[sender] => move |entry| {
                            sender.input(Msg::Typed(entry.text().to_string()));
                        },
                    },
                    gtk::Box {
                        set_spacing: 12,

                        #[name = "filter"]
                        gtk::DropDown {
                            connect_selected_notify[sender, filling] => move |list| {
                                if let Some(filter) = FILTERS.get(list.selected() as usize)
                                    && !filling.get()
                                {
                                    sender.input(Msg::Filtered(*filter));
                                }
                            },
                        },
                        gtk::Label {
                            set_hexpand: true,
                            set_xalign: 1.0,
                            add_css_class: "dim-label",
                            add_css_class: "numeric",
                            #[watch]
                            set_label: &counted(u64::from(model.state.total()), "account", "accounts"),
                        },
                    },
                },
            },

            #[local_ref]
            states -> gtk::Stack {},
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let filling = Rc::new(Cell::new(false));
        let list = long_list("Accounts");
        let input = sender.input_sender().clone();
        let scrolled = LongList::new(&list, move || input.emit(Msg::More));
        let input = sender.input_sender().clone();
        let states = States::new(scrolled.widget(), move || input.emit(Msg::Retry));
        let model = Self {
            state: Users::default(),
            is_filling: Rc::clone(&filling),
            states,
            list,
            scrolled,
            painted: Vec::new(),
        };
        let states = model.states.widget();
        let widgets = view_output!();
        name(&widgets.search, "Search Accounts");
        name(&widgets.filter, "Which Accounts");
        // What is pressed is a button inside, which GTK does not name.
        if let Some(button) = widgets.filter.first_child() {
            button.update_property(&[gtk::accessible::Property::Label("Which Accounts")]);
        }
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        msg: Msg,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        let is_new = matches!(msg, Msg::Opened | Msg::Closed);
        let effects = self.state.update(msg);
        if is_new {
            widgets.search.set_text(self.state.query());
        }
        self.paint(widgets, &sender);
        self.update_view(widgets, sender.clone());
        for effect in effects {
            let _ = sender.output(effect);
        }
    }
}

impl UsersPage {
    fn paint(&mut self, widgets: &UsersPageWidgets, sender: &ComponentSender<Self>) {
        if self.state.users() != self.painted {
            row::show(&self.list, self.state.users(), sender.output_sender());
            self.painted = self.state.users().to_vec();
        }
        self.scrolled.show_more(self.state.has_more());
        let description = if self.state.query().is_empty() {
            "No account is of this kind."
        } else {
            "No account fits the search. Check the spelling, or choose Everyone."
        };
        let nothing = Nothing { icon: "system-users-symbolic", title: "Nobody Here", description };
        self.states.show(self.state.fetch(), self.painted.is_empty().then_some(nothing));
        self.paint_filter(&widgets.filter);
    }

    fn paint_filter(&self, list: &gtk::DropDown) {
        let titles = FILTERS.map(|filter| text::filter(filter, self.state.waiting()));
        let shown = list.model().and_downcast::<gtk::StringList>();
        let shows = |place: usize| {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            shown.as_ref().and_then(|shown| shown.string(place)).map(String::from)
        };
        self.is_filling.set(true);
        // Only what is other is replaced: a list that is open must not close.
        if titles.iter().enumerate().any(|(place, title)| shows(place).as_ref() != Some(title)) {
            list.set_model(Some(&gtk::StringList::new(&titles.each_ref().map(String::as_str))));
        }
        let place = FILTERS.iter().position(|filter| *filter == self.state.filter()).unwrap_or(0);
        list.set_selected(u32::try_from(place).unwrap_or(0));
        self.is_filling.set(false);
    }
}

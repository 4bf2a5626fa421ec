//! The list of the members, painted.
//!
//! This file does not know what is searched for or fetched (`view_model/members.rs`).

use parlour_common::message::{Profile, Role};
use parlour_common::names::UserName;
use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::format::counted;
use crate::text;
use crate::view_model::Effect;
use crate::view_model::members::{Members, Msg};
use crate::widgets::name;
use crate::widgets::states::{Nothing, States};

/// The list of the members.
#[derive(Debug)]
pub struct MembersPage {
    state: Members,
    states: States,
    list: gtk::ListBox,
    more: gtk::Button,
    /// Whom the list shows, from top to bottom.
    painted: Vec<Profile>,
}

#[relm4::component(pub)]
impl Component for MembersPage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,

            adw::Clamp {
                set_maximum_size: 560,
                add_css_class: "search-line",

                gtk::Box {
                    set_orientation: gtk::Orientation::Vertical,
                    set_spacing: 6,

                    #[name = "search"]
                    gtk::SearchEntry {
                        set_placeholder_text: Some("Search username"),
                        set_search_delay: 0,
                        connect_search_changed[sender] => move |entry| {
                            sender.input(Msg::QueryTyped(entry.text().to_string()));
                        },
                        connect_stop_search[root] => move |entry| {
                            // The first Esc ends the search, the next one leads back.
                            if entry.text().is_empty() {
                                let _ = root.activate_action("main.back", None);
                            } else {
                                entry.set_text("");
                            }
                        },
                    },
                    #[name = "count"]
                    gtk::Label {
                        add_css_class: "caption",
                        add_css_class: "dim-label",
                        #[watch]
                        set_text: &counted(u64::from(model.state.total()), "member", "members"),
                        #[watch]
                        set_visible: !model.painted.is_empty(),
                    },
                },
            },

            #[local_ref]
            states -> gtk::Stack {},
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .css_classes(["boxed-list"])
            .build();
        let more = gtk::Button::builder().label("Show More").halign(gtk::Align::Center).build();
        more.add_css_class("pill");
        let input = sender.input_sender().clone();
        more.connect_clicked(move |_| input.emit(Msg::EndReached));
        let column = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .spacing(18)
            .css_classes(["people"])
            .build();
        column.append(&list);
        column.append(&more);
        let clamp = adw::Clamp::builder().maximum_size(560).child(&column).build();
        let scroll =
            gtk::ScrolledWindow::builder().hscrollbar_policy(gtk::PolicyType::Never).child(&clamp).build();
        let input = sender.input_sender().clone();
        scroll.connect_edge_reached(move |_, edge| {
            if edge == gtk::PositionType::Bottom {
                input.emit(Msg::EndReached);
            }
        });
        let input = sender.input_sender().clone();
        let states = States::new(&scroll, move || input.emit(Msg::Retry));
        let model = Self { state: Members::default(), states, list, more, painted: Vec::new() };
        let states = model.states.widget();
        let widgets = view_output!();
        widgets.search.update_property(&[gtk::accessible::Property::Label("Search")]);
        widgets.search.set_key_capture_widget(Some(&root));
        ComponentParts { model, widgets }
    }

    fn update_with_view(
        &mut self,
        widgets: &mut Self::Widgets,
        msg: Msg,
        sender: ComponentSender<Self>,
        _root: &Self::Root,
    ) {
        let is_opened = matches!(msg, Msg::Opened { .. });
        let effects = self.state.update(msg);
        if is_opened {
            widgets.search.set_text("");
            widgets.search.grab_focus();
        }
        for effect in effects {
            let _ = sender.output(effect);
        }
        self.paint(&sender);
        self.update_view(widgets, sender);
    }
}

impl MembersPage {
    fn paint(&mut self, sender: &ComponentSender<Self>) {
        let wanted = self.state.members();
        if !wanted.starts_with(&self.painted) {
            self.painted.clear();
            while let Some(row) = self.list.row_at_index(0) {
                self.list.remove(&row);
            }
        }
        for member in &wanted[self.painted.len()..] {
            self.list.append(&member_row(member, self.state.is_own(member), sender));
        }
        self.painted = wanted.to_vec();
        self.more.set_visible(self.painted.len() < self.state.total() as usize);
        let nothing = Nothing {
            icon: "system-search-symbolic",
            title: "Nobody Found",
            description: "No username contains this. Check the spelling.",
        };
        self.states.show(self.state.fetch(), self.painted.is_empty().then_some(nothing));
    }
}

fn member_row(member: &Profile, is_own: bool, sender: &ComponentSender<MembersPage>) -> adw::ActionRow {
    let title = member.user_name.as_str();
    let row =
        adw::ActionRow::builder().use_markup(false).title(title).title_lines(2).activatable(true).build();
    let role = (member.role != Role::Member).then(|| text::role(member.role));
    let words: Vec<&str> = role.into_iter().chain(is_own.then_some("You")).collect();
    row.set_subtitle(&words.join(" · "));
    row.add_prefix(&adw::Avatar::new(36, Some(title), true));
    if !is_own {
        row.add_suffix(&message_button(&member.user_name, sender));
    }
    row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
    let (input, user_name): (_, UserName) = (sender.input_sender().clone(), member.user_name.clone());
    row.connect_activated(move |_| input.emit(Msg::Chosen(user_name.clone())));
    row
}

fn message_button(user_name: &UserName, sender: &ComponentSender<MembersPage>) -> gtk::Button {
    let button = gtk::Button::builder()
        .icon_name("chat-message-new-symbolic")
        .valign(gtk::Align::Center)
        .css_classes(["flat"])
        .build();
    name(&button, &format!("Message {user_name}"));
    let (input, user_name) = (sender.input_sender().clone(), user_name.clone());
    button.connect_clicked(move |_| input.emit(Msg::Message(user_name.clone())));
    button
}

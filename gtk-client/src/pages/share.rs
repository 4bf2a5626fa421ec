//! With whom files are shared, painted.
//!
//! This file does not know who can be chosen nor what sharing leads to (`view_model/share.rs`).

use std::collections::BTreeSet;

use parlour_common::message::{Profile, Recipient, Role};
use parlour_common::names::UserName;
use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::text;
use crate::view_model::Effect;
use crate::view_model::share::{Msg, Share};
use crate::widgets::name;
use crate::widgets::states::{Nothing, States};

/// The page of sharing.
#[derive(Debug)]
pub struct SharePage {
    state: Share,
    states: States,
    list: gtk::ListBox,
    more: gtk::Button,
    receipts: gtk::ListBox,
    /// What the two lists show, from top to bottom.
    painted: (Vec<Candidate>, Vec<Recipient>),
}

/// A member, as the list shows them.
#[derive(Clone, Debug, PartialEq)]
struct Candidate {
    member: Profile,
    has_it: bool,
}

#[relm4::component(pub)]
impl Component for SharePage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::Box {
            set_orientation: gtk::Orientation::Vertical,

            #[name = "scroll"]
            gtk::ScrolledWindow {
                set_vexpand: true,
                set_hscrollbar_policy: gtk::PolicyType::Never,

                adw::Clamp {
                    set_maximum_size: 560,
                    add_css_class: "people",

                    gtk::Box {
                        set_orientation: gtk::Orientation::Vertical,
                        set_spacing: 12,

                        gtk::Label {
                            add_css_class: "title-2",
                            set_margin_top: 12,
                            set_wrap: true,
                            set_wrap_mode: gtk::pango::WrapMode::WordChar,
                            set_justify: gtk::Justification::Center,
                            #[watch]
                            set_text: &model.title(),
                        },
                        gtk::Label {
                            add_css_class: "error",
                            set_wrap: true,
                            set_justify: gtk::Justification::Center,
                            set_accessible_role: gtk::AccessibleRole::Alert,
                            #[watch]
                            set_visible: model.state.problem().is_some(),
                            #[watch]
                            set_text: &model.state.problem().map(|problem| text::problem(None, problem))
                                .unwrap_or_default(),
                        },
                        gtk::Label {
                            add_css_class: "heading",
                            set_xalign: 0.0,
                            set_margin_top: 6,
                            set_text: "Shared with",
                            #[watch]
                            set_visible: !model.state.recipients().is_empty(),
                        },
                        #[local_ref]
                        receipts -> gtk::ListBox {
                            #[watch]
                            set_visible: !model.state.recipients().is_empty(),
                        },
                        gtk::Label {
                            add_css_class: "heading",
                            set_xalign: 0.0,
                            set_margin_top: 6,
                            set_text: "Share with more members",
                            #[watch]
                            set_visible: !model.state.recipients().is_empty(),
                        },
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
                        #[local_ref]
                        states -> gtk::Stack {},
                    },
                },
            },

            gtk::Box {
                add_css_class: "bottom-bar",
                set_spacing: 12,

                gtk::Label {
                    set_hexpand: true,
                    set_xalign: 0.0,
                    set_ellipsize: gtk::pango::EllipsizeMode::End,
                    #[watch]
                    set_text: &model.choice(),
                },
                gtk::Button {
                    set_label: "Share",
                    add_css_class: "suggested-action",
                    #[watch]
                    set_sensitive: model.state.can_share(),
                    connect_clicked => Msg::Share,
                },
            },
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let list = boxed_list("Members");
        let receipts = boxed_list("Shared with");
        let more = gtk::Button::builder()
            .label("Show More")
            .halign(gtk::Align::Center)
            .css_classes(["pill"])
            .visible(false)
            .build();
        let input = sender.input_sender().clone();
        more.connect_clicked(move |_| input.emit(Msg::EndReached));
        let column = gtk::Box::builder().orientation(gtk::Orientation::Vertical).spacing(12).build();
        column.append(&list);
        column.append(&more);
        let input = sender.input_sender().clone();
        let states = States::new(&column, move || input.emit(Msg::Retry));
        let painted = (Vec::new(), Vec::new());
        let model = Self { state: Share::default(), states, list, more, receipts, painted };
        let (states, receipts) = (model.states.widget(), &model.receipts);
        let widgets = view_output!();
        let input = sender.input_sender().clone();
        widgets.scroll.connect_edge_reached(move |_, edge| {
            if edge == gtk::PositionType::Bottom {
                input.emit(Msg::EndReached);
            }
        });
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

impl SharePage {
    fn title(&self) -> String {
        let names: Vec<&str> = self.state.files().iter().map(|entry| entry.file_name.as_str()).collect();
        text::shared_files(&names)
    }

    /// Says who is chosen.
    fn choice(&self) -> String {
        let names = self.state.ticked().iter().map(|name| text::isolated(name.as_str()));
        match self.state.ticked().len() {
            0 => "Choose members to share with".to_owned(),
            _ => names.collect::<Vec<_>>().join(", "),
        }
    }

    fn paint(&mut self, sender: &ComponentSender<Self>) {
        let candidate = |member: &Profile| {
            let has_it = self.state.is_recipient(&member.user_name);
            Candidate { member: member.clone(), has_it }
        };
        let candidates: Vec<Candidate> = self.state.members().into_iter().map(candidate).collect();
        if candidates != self.painted.0 {
            self.paint_candidates(candidates, sender);
        }
        let receipts = self.state.recipients();
        if receipts != self.painted.1 {
            self.painted.1 = receipts.to_vec();
            clear(&self.receipts);
            for recipient in &self.painted.1 {
                self.receipts.append(&receipt_row(recipient, sender));
            }
        }
        self.more.set_visible(self.state.has_more());
        let (title, description) = match self.state.is_searching() {
            true => ("Nobody Found", "No username contains this. Check the spelling."),
            false => ("Nobody Else Is Here", "Once there are more members, you can share with them."),
        };
        let nothing = Nothing { icon: "system-users-symbolic", title, description };
        self.states.show(self.state.fetch(), self.painted.0.is_empty().then_some(nothing));
    }

    /// Paints the members; where some only came at the end, the others stay as they are.
    fn paint_candidates(&mut self, candidates: Vec<Candidate>, sender: &ComponentSender<Self>) {
        if !candidates.starts_with(&self.painted.0) {
            self.painted.0.clear();
            clear(&self.list);
        }
        for candidate in &candidates[self.painted.0.len()..] {
            self.list.append(&candidate_row(candidate, self.state.ticked(), sender));
        }
        self.painted.0 = candidates;
    }
}

fn boxed_list(label: &str) -> gtk::ListBox {
    let list =
        gtk::ListBox::builder().selection_mode(gtk::SelectionMode::None).css_classes(["boxed-list"]).build();
    list.update_property(&[gtk::accessible::Property::Label(label)]);
    list
}

fn clear(list: &gtk::ListBox) {
    while let Some(row) = list.row_at_index(0) {
        list.remove(&row);
    }
}

fn candidate_row(
    candidate: &Candidate,
    ticked: &BTreeSet<UserName>,
    sender: &ComponentSender<SharePage>,
) -> adw::ActionRow {
    let member = candidate.member.user_name.clone();
    let row = adw::ActionRow::builder().use_markup(false).title(member.as_str()).title_lines(2).build();
    row.add_prefix(&adw::Avatar::new(32, Some(member.as_str()), true));
    if candidate.has_it {
        row.set_subtitle("Can see it already");
        row.set_sensitive(false);
        return row;
    }
    if candidate.member.role != Role::Member {
        row.set_subtitle(text::role(candidate.member.role));
    }
    let check =
        gtk::CheckButton::builder().active(ticked.contains(&member)).valign(gtk::Align::Center).build();
    let input = sender.input_sender().clone();
    check.connect_toggled(move |check| input.emit(Msg::Ticked(member.clone(), check.is_active())));
    row.add_suffix(&check);
    // The row gives the box its name, too.
    row.set_activatable_widget(Some(&check));
    row
}

fn receipt_row(recipient: &Recipient, sender: &ComponentSender<SharePage>) -> adw::ActionRow {
    let member = recipient.user_name.clone();
    let row = adw::ActionRow::builder()
        .use_markup(false)
        .title(member.as_str())
        .title_lines(2)
        .subtitle(text::receipt(recipient))
        .subtitle_lines(2)
        .build();
    row.add_prefix(&adw::Avatar::new(32, Some(member.as_str()), true));
    if recipient.fetched_unix_ms.is_some() {
        let fetched = gtk::Image::from_icon_name("object-select-symbolic");
        fetched.add_css_class("success");
        fetched.set_tooltip_text(Some("Has fetched it"));
        row.add_suffix(&fetched);
    }
    let stop = gtk::Button::from_icon_name("list-remove-symbolic");
    stop.set_valign(gtk::Align::Center);
    stop.add_css_class("flat");
    name(&stop, &format!("Stop Sharing with {member}"));
    let input = sender.input_sender().clone();
    stop.connect_clicked(move |_| input.emit(Msg::Unshare(member.clone())));
    row.add_suffix(&stop);
    row
}

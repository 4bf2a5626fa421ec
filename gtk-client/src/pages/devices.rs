//! The list of where one is signed in, painted.
//!
//! This file does not know what is listed nor what ending a session does (`view_model/devices.rs`).

use parlour_common::message::SessionEntry;
use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::text;
use crate::view_model::Effect;
use crate::view_model::devices::{Devices, Msg};
use crate::widgets::states::{Nothing, States};

/// The list of where one is signed in.
#[derive(Debug)]
pub struct DevicesPage {
    state: Devices,
    states: States,
    list: gtk::ListBox,
    /// What the list shows, to be painted anew only when it is other.
    painted: Vec<(SessionEntry, bool)>,
}

#[relm4::component(pub)]
impl Component for DevicesPage {
    type Init = ();
    type Input = Msg;
    type Output = Effect;
    type CommandOutput = ();

    view! {
        gtk::Box {
            #[local_ref]
            states -> gtk::Stack {},
        }
    }

    fn init(_init: (), root: Self::Root, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let list = gtk::ListBox::builder()
            .selection_mode(gtk::SelectionMode::None)
            .valign(gtk::Align::Start)
            .css_classes(["boxed-list"])
            .build();
        let clamp = adw::Clamp::builder().maximum_size(560).child(&list).build();
        for margin in [WidgetExt::set_margin_top, WidgetExt::set_margin_bottom] {
            margin(&clamp, 18);
        }
        for margin in [WidgetExt::set_margin_start, WidgetExt::set_margin_end] {
            margin(&clamp, 18);
        }
        let scroll =
            gtk::ScrolledWindow::builder().hscrollbar_policy(gtk::PolicyType::Never).child(&clamp).build();
        let input = sender.input_sender().clone();
        let states = States::new(&scroll, move || input.emit(Msg::Retry));
        let model = Self { state: Devices::default(), states, list, painted: Vec::new() };
        let states = model.states.widget();
        let widgets = view_output!();
        ComponentParts { model, widgets }
    }

    fn update(&mut self, msg: Msg, sender: ComponentSender<Self>, _root: &Self::Root) {
        for effect in self.state.update(msg) {
            let _ = sender.output(effect);
        }
        self.paint(&sender);
    }
}

impl DevicesPage {
    fn paint(&mut self, sender: &ComponentSender<Self>) {
        let state = |entry: &SessionEntry| (entry.clone(), self.state.is_ending(entry.id));
        let wanted: Vec<(SessionEntry, bool)> = self.state.sessions().iter().map(state).collect();
        if wanted != self.painted {
            while let Some(row) = self.list.row_at_index(0) {
                self.list.remove(&row);
            }
            for (entry, is_ending) in &wanted {
                self.list.append(&device_row(entry, *is_ending, sender));
            }
            self.painted = wanted;
        }
        let nothing = Nothing { icon: "computer-symbolic", title: "No Devices", description: "" };
        self.states.show(self.state.fetch(), self.painted.is_empty().then_some(nothing));
    }
}

fn device_row(
    entry: &SessionEntry,
    is_ending: bool,
    sender: &ComponentSender<DevicesPage>,
) -> adw::ActionRow {
    let device = text::device(entry);
    let row = adw::ActionRow::builder()
        .use_markup(false)
        .title(device)
        .title_lines(2)
        .subtitle(text::session(entry))
        .subtitle_lines(0)
        .icon_name("computer-symbolic")
        .build();
    if entry.current {
        row.add_css_class("own");
        return row;
    }
    let end =
        gtk::Button::builder().label("Sign Out").valign(gtk::Align::Center).sensitive(!is_ending).build();
    end.update_property(&[gtk::accessible::Property::Label(&format!("Sign Out {device}"))]);
    let (input, session) = (sender.input_sender().clone(), entry.id);
    end.connect_clicked(move |_| input.emit(Msg::End(session)));
    row.add_suffix(&end);
    row
}

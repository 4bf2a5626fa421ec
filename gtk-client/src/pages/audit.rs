//! What admins did, painted.
//!
//! This file does not know what was done (`view_model/audit.rs`) nor the words for it (`text/admin.rs`).

use parlour_common::message::AuditEntry;
use relm4::adw::prelude::*;
use relm4::prelude::*;

use crate::text;
use crate::view_model::Effect;
use crate::view_model::audit::{Audit, Msg};
use crate::widgets::long_list::{LongList, long_list};
use crate::widgets::states::{Nothing, States};

/// The page that shows what admins did.
#[derive(Debug)]
pub struct AuditPage {
    state: Audit,
    states: States,
    list: gtk::ListBox,
    scrolled: LongList,
}

#[relm4::component(pub)]
impl Component for AuditPage {
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
        let list = long_list("What Admins Did");
        let input = sender.input_sender().clone();
        let scrolled = LongList::new(&list, move || input.emit(Msg::More));
        let input = sender.input_sender().clone();
        let states = States::new(scrolled.widget(), move || input.emit(Msg::Retry));
        let model = Self { state: Audit::default(), states, list, scrolled };
        let states = model.states.widget();
        let widgets = view_output!();
        ComponentParts { model, widgets }
    }

    fn update(&mut self, msg: Msg, sender: ComponentSender<Self>, _root: &Self::Root) {
        for effect in self.state.update(msg) {
            let _ = sender.output(effect);
        }
        self.paint();
    }
}

impl AuditPage {
    fn paint(&self) {
        let entries = self.state.entries();
        show(&self.list, entries);
        let nothing = Nothing {
            icon: "document-open-recent-symbolic",
            title: "Nothing So Far",
            description: "What admins do with accounts and invites is kept here for good.",
        };
        self.scrolled.show_more(self.state.has_more());
        self.states.show(self.state.fetch(), entries.is_empty().then_some(nothing));
    }
}

fn moment(unix_ms: u64) -> String {
    text::moment(unix_ms).unwrap_or_default()
}

/// Shows these entries in a list. Entries never change, so only what is new is added; a list that begins
/// anew is emptied first.
fn show(list: &gtk::ListBox, entries: &[AuditEntry]) {
    let here = std::iter::successors(list.first_child(), WidgetExt::next_sibling).count();
    let first = list.row_at_index(0).map(|row| row.widget_name().to_string());
    let goes_on = entries.first().map(|entry| entry.id.to_string()) == first && here <= entries.len();
    if !goes_on {
        while let Some(row) = list.first_child() {
            list.remove(&row);
        }
    }
    for entry in &entries[if goes_on { here } else { 0 }..] {
        let row = adw::ActionRow::builder()
            .use_markup(false)
            .title(text::audit(entry))
            .title_lines(0)
            .subtitle(format!("{} · {}", text::audit_by(entry), moment(entry.at_unix_ms)))
            .name(entry.id.to_string())
            .build();
        list.append(&row);
    }
}

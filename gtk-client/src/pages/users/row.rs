//! The rows of the list of accounts.
//!
//! This file does not know which rows there are.

use parlour_common::message::{AccountState, UserEntry};
use relm4::adw::prelude::*;
use relm4::{Sender, adw, gtk};

use crate::text;
use crate::view_model::{Effect, user};

/// Shows these accounts in a list, one row each, that leads to the account.
pub fn show(list: &gtk::ListBox, users: &[UserEntry], output: &Sender<Effect>) {
    while let Some(row) = list.first_child() {
        list.remove(&row);
    }
    for user in users {
        list.append(&row(user, output));
    }
}

fn row(user: &UserEntry, output: &Sender<Effect>) -> adw::ActionRow {
    let row = adw::ActionRow::builder()
        .use_markup(false)
        .title(user.user_name.as_str())
        .subtitle(user.email.as_str())
        .title_lines(1)
        .subtitle_lines(1)
        .activatable(true)
        .build();
    row.add_prefix(&adw::Avatar::new(32, Some(user.user_name.as_str()), true));
    if let Some(standing) = text::standing(user.role, user.state) {
        let label = gtk::Label::builder().label(standing).css_classes(["dim-label", "caption"]).build();
        if user.state == AccountState::Waiting {
            label.remove_css_class("dim-label");
            label.add_css_class("accent");
        }
        row.add_suffix(&label);
    }
    row.add_suffix(&gtk::Image::from_icon_name("go-next-symbolic"));
    let (user, output) = (Box::new(user.clone()), output.clone());
    row.connect_activated(move |_| output.emit(Effect::open(user::Msg::Opened(user.clone()))));
    row
}

//! How much the files of an account take, and may.
//!
//! This file does not know what is offered (`view_model/user.rs`).

use std::cell::RefCell;
use std::rc::Rc;

use parlour_common::message::Quota;
use relm4::Sender;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use crate::text;
use crate::view_model::user::{Msg, User};
use crate::widgets::form_body::FormBody;

/// The row.
#[derive(Debug)]
pub(super) struct QuotaRow {
    row: adw::ComboRow,
    /// What the row offers, from top to bottom.
    offered: Rc<RefCell<Vec<Quota>>>,
}

impl QuotaRow {
    /// Puts the row into the form of an account.
    pub(super) fn new(body: &FormBody, sender: &Sender<Msg>) -> Self {
        let row = adw::ComboRow::builder().title("Room for Files").build();
        let offered: Rc<RefCell<Vec<Quota>>> = Rc::default();
        let (input, quotas) = (sender.clone(), Rc::clone(&offered));
        row.connect_selected_notify(move |row| {
            // While the row itself is being filled nobody chooses.
            let quota = quotas.try_borrow().ok().and_then(|all| all.get(row.selected() as usize).copied());
            if let Some(quota) = quota {
                input.emit(Msg::QuotaPicked(quota));
            }
        });
        let list =
            gtk::ListBox::builder().selection_mode(gtk::SelectionMode::None).css_classes(["boxed-list"]);
        let list = list.build();
        list.append(&row);
        body.add_field(&list);
        Self { row, offered }
    }

    /// Shows what is chosen, and what the files take.
    pub(super) fn show(&self, state: &User) {
        let quotas = state.quotas();
        if *self.offered.borrow() != quotas {
            let mut offered = self.offered.borrow_mut();
            let words: Vec<String> = quotas.iter().map(|quota| text::quota(*quota)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            self.row.set_model(Some(&gtk::StringList::new(&words)));
            *offered = quotas;
        }
        let place = self.offered.borrow().iter().position(|quota| *quota == state.quota()).unwrap_or(0);
        self.row.set_selected(u32::try_from(place).unwrap_or(0));
        let taken = state.user().map(|user| text::quota_taken(user.files_bytes, user.quota));
        self.row.set_subtitle(&taken.unwrap_or_default());
    }
}

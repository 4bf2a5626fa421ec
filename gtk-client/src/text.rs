//! Everything the app says about refusals and failures: what happened, and what to do.
//!
//! Only this file and its folder turn them into words. They do not know where the words are shown.

mod admin;
mod choices;
mod denials;
mod fields;
mod files;
mod library;
mod links;
mod notices;
mod people;
mod posts;
mod questions;
mod room;
mod sessions;
mod times;
mod titles;
mod told;
mod transfers;
mod ways_in;

pub use admin::{
    audit, audit_by, code_advice, fate, filter, invite_advice, invite_state, invite_title, life, role_rights,
    standing, user_standing,
};
pub use choices::{notify, save_cards};
pub use denials::denial;
pub use fields::{entry_title, problem};
pub use files::{
    card_detail, card_sharing, card_tooltip, deed, deed_icon, disk, file_count, file_order, name_problem,
    no_cards, place, quota, quota_taken, receipt, shared_files, trash_rule, usage, usage_warning,
};
pub use library::{sort_heading, sort_title};
pub use links::{banner, cannot_connect, full_address, link_fault};
pub use notices::{note, notice, offer};
pub use people::{deletion, isolated, role, role_since};
pub use posts::*;
pub use questions::{Asking, question};
pub use sessions::{RowWords, device, session, settings_row};
pub use times::{date, day, moment};
pub use titles::{page_title, place_title};
pub use told::{told, unread};
pub use transfers::{same_name, transfer_fault, transfer_kind, transfer_state};
pub use ways_in::{
    on_server, reset_title, reset_words, returning_title, send_again, sign_up_words, try_again, waiting_words,
};

#[cfg(test)]
mod tests;

//! The members, as each lets others see.
//!
//! This file does not know accounts beyond that.

use parlour_common::message::{Denial, ListMembers};

use super::Service;
use crate::id::Asker;

impl Service {
    pub(super) fn handle_list_members(&mut self, asker: Asker, _form: ListMembers) {
        self.deny(asker, Denial::UnknownRequest {});
    }
}

//! Invites: made, listed and revoked by admins.
//!
//! This file does not know who uses them.

use parlour_common::message::{CreateInvite, Denial, RevokeInvite};

use super::Service;
use crate::id::{Asker, Now};

impl Service {
    pub(super) fn handle_create_invite(&mut self, _now: Now, asker: Asker, _form: CreateInvite) {
        self.deny(asker, Denial::UnknownRequest {});
    }

    pub(super) fn handle_list_invites(&mut self, _now: Now, asker: Asker) {
        self.deny(asker, Denial::UnknownRequest {});
    }

    pub(super) fn handle_revoke_invite(&mut self, _now: Now, asker: Asker, _form: RevokeInvite) {
        self.deny(asker, Denial::UnknownRequest {});
    }
}

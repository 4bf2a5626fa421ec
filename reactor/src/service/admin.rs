//! Requests of admins about accounts, and what was done.
//!
//! This file does not know sessions or forms of sign-up.

use parlour_common::message::{AddUser, DeleteUser, Denial, EditUser, IssueResetCode, ListAudit, ListUsers};

use super::Service;
use crate::id::{Asker, Now};

impl Service {
    pub(super) fn handle_list_users(&mut self, asker: Asker, _form: ListUsers) {
        self.deny(asker, Denial::UnknownRequest {});
    }

    pub(super) fn handle_add_user(&mut self, _now: Now, asker: Asker, _form: AddUser) {
        self.deny(asker, Denial::UnknownRequest {});
    }

    pub(super) fn handle_edit_user(&mut self, _now: Now, asker: Asker, _form: EditUser) {
        self.deny(asker, Denial::UnknownRequest {});
    }

    pub(super) fn handle_delete_user(&mut self, _now: Now, asker: Asker, _form: DeleteUser) {
        self.deny(asker, Denial::UnknownRequest {});
    }

    pub(super) fn handle_issue_reset_code(&mut self, _now: Now, asker: Asker, _form: IssueResetCode) {
        self.deny(asker, Denial::UnknownRequest {});
    }

    pub(super) fn handle_list_audit(&mut self, asker: Asker, _form: ListAudit) {
        self.deny(asker, Denial::UnknownRequest {});
    }

    /// Takes note that accounts or invites are other than they were.
    pub(super) fn note_users_changed(&mut self) {}
}

//! Invites: each lets one person sign up, whatever the rule for sign-ups.
//!
//! This file does not know how a code is drawn, nor who used one. A code is known to nobody but the admin
//! who asked for it: what is kept is its hash.

use parlour_common::Secret;
use parlour_common::limits::INVITE_HOURS_MAX;
use parlour_common::message::{CreateInvite, Denial, Field, FieldFault, RevokeInvite};
use parlour_common::names::{InviteCode, check_note};

use super::admin::{Deed, Errand};
use super::{Service, Waiting};
use crate::id::{Asker, Now};
use crate::job::{Job, PeopleJob};
use crate::store::{Act, Author, Change, InviteHash, NewInvite};

/// An hour, in milliseconds.
const HOUR_MS: u64 = 60 * 60 * 1000;

impl Service {
    pub(super) fn handle_create_invite(&mut self, asker: Asker, form: &CreateInvite) {
        let Some(by) = self.admin_of(asker) else { return };
        if form.hours == 0 || form.hours > INVITE_HOURS_MAX {
            let reason = format!("`hours` is not between 1 and {INVITE_HOURS_MAX}");
            return self.deny(asker, Denial::BadRequest { reason });
        }
        let note = match check_note(&form.note) {
            Ok(note) => note,
            Err(fault) => {
                let faults = vec![FieldFault { field: Field::Note, fault }];
                return self.deny(asker, Denial::InvalidFields { faults });
            }
        };
        let errand = Errand::Invite { note, hours: form.hours };
        self.run(asker, Job::People(PeopleJob::DrawInvite), Waiting::Errand(by, Box::new(errand)));
    }

    pub(super) fn handle_list_invites(&mut self, now: Now, asker: Asker) {
        if self.admin_of(asker).is_none() {
            return;
        }
        self.run(asker, Job::People(PeopleJob::ListInvites { unix_ms: now.unix_ms }), Waiting::Page);
    }

    pub(super) fn handle_revoke_invite(&mut self, now: Now, asker: Asker, revoke: &RevokeInvite) {
        let Some(by) = self.admin_of(asker) else { return };
        let act = Act { by, at_unix_ms: now.unix_ms };
        let change = Change::RevokeInvite { act, invite: revoke.invite };
        self.commit(asker, change, Waiting::Deed(Box::new(Deed::RevokeInvite)));
    }

    /// Goes on with an invite whose code was drawn.
    pub(super) fn handle_invite_drawn(
        &mut self,
        now: Now,
        asker: Asker,
        by: Author,
        note: String,
        hours: u32,
        code: Secret<InviteCode>,
    ) {
        let expires_unix_ms = now.unix_ms.saturating_add(u64::from(hours) * HOUR_MS);
        let invite = NewInvite { hash: InviteHash::of(code.expose()), note, expires_unix_ms };
        let change = Change::AddInvite { act: Act { by, at_unix_ms: now.unix_ms }, invite };
        self.commit(asker, change, Waiting::Deed(Box::new(Deed::Invite { code, expires_unix_ms })));
    }
}

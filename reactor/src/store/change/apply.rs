//! How each change is applied: one line for each, what it does stands in the file of its area.
//!
//! This file does not know when a batch is made durable, nor who asked.

use super::super::codes;
use super::super::draft::Draft;
use super::super::files;
use super::super::invites;
use super::super::mail;
use super::super::room;
use super::super::sessions;
use super::super::users::edit::{self, NewPassword};
use super::super::users::join;
use super::{Applied, CODES_PER_SWEEP_MAX, Change, Stop};

/// Writes into `draft` what a change does.
pub(in super::super) fn apply(draft: &mut Draft<'_>, change: &Change) -> Result<Applied, Stop> {
    match change {
        Change::AddUser { user, session, claim } => join::sign_up(draft, user, session.as_ref(), claim),
        Change::AdmitUser { act, user } => join::admit(draft, act, user),
        Change::EditAccount { user, edit, at_unix_ms, notify } => {
            edit::edit_own(draft, *user, edit, *at_unix_ms, *notify)
        }
        Change::EditUser { act, user, edit, notify } => edit::edit_user(draft, act, *user, edit, *notify),
        Change::RemoveUser { act, user, shared } => done(edit::remove_user(draft, act, *user, *shared)),
        Change::SetPassword { user, from, to, keep, at_unix_ms, notify } => {
            let (keep, at_unix_ms, notify) = (*keep, *at_unix_ms, *notify);
            done(edit::set_password(draft, *user, &NewPassword { from, to, keep, at_unix_ms, notify }))
        }
        Change::SetPasswordHash { user, from, to } => done(edit::rehash(draft, *user, from, to)),
        Change::OpenSession { user, session } => sessions::open(draft, *user, session),
        Change::TouchSession { token_hash, used_unix_ms } => {
            done(sessions::touch(draft, token_hash, *used_unix_ms))
        }
        Change::CloseSession { token_hash } => done(sessions::close(draft, token_hash)),
        Change::EndSession { user, session } => sessions::end_named(draft, *user, *session),
        Change::SweepSessions { now_unix_ms, after } => sessions::sweep(draft, *now_unix_ms, *after),
        Change::BeginReset { flow, mail, act } => {
            done(codes::begin(draft, flow, mail.as_ref(), act.as_ref()))
        }
        Change::TryCode { flow, code_mac, at_unix_ms, notify } => {
            codes::try_code(draft, flow, code_mac, *at_unix_ms, *notify).map(Applied::Code)
        }
        Change::ResetPassword { flow, to, at_unix_ms, notify } => {
            codes::reset_password(draft, flow, to, *at_unix_ms, *notify)
        }
        Change::DropMail { mail } => done(mail::drop_mail(draft, *mail)),
        Change::DelayMail { mail, due_unix_ms } => done(mail::delay(draft, *mail, *due_unix_ms)),
        Change::AddInvite { act, invite } => invites::add(draft, act, invite).map(Applied::Invite),
        Change::RevokeInvite { act, invite } => done(invites::revoke(draft, act, *invite)),
        Change::SweepCodes { now_unix_ms } => {
            let (now_unix_ms, most) = (*now_unix_ms, CODES_PER_SWEEP_MAX);
            let codes = codes::sweep(draft, now_unix_ms, most)?;
            let mails = mail::sweep(draft, now_unix_ms, most)?;
            let removed = codes + mails + invites::sweep(draft, now_unix_ms, most)?;
            Ok(Applied::Swept { removed, next: None })
        }
        Change::Files(change) => files::apply(draft, change),
        Change::Room(change) => room::apply(draft, change),
    }
}

fn done(applied: Result<(), Stop>) -> Result<Applied, Stop> {
    applied.map(|()| Applied::Done)
}

//! How accounts come: by signing up, and by an admin.
//!
//! This file does not know the policy of sign-ups; it only sees to it that nobody gets a role by signing
//! up, but for the first admin.

use parlour_common::message::{AccountState, AuditAction, Role};

use super::super::audit::{self, Act, AuditRecord};
use super::super::change::{Applied, Refusal, Stop};
use super::super::draft::Draft;
use super::super::invites::{self, InviteHash};
use super::super::sessions::{self, NewSession};
use super::{ADMINS_KEY, NewUser, add, count};

/// By what right someone signs up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// By none of their own: whoever asks may.
    None,
    /// With the setup code, which makes the first admin. The account is an admin's, and active, whatever
    /// [`NewUser`] says. Refused as [`Refusal::AdminExists`] where an active admin is there.
    FirstAdmin,
    /// With an invite, which is used up by it. Refused as [`Refusal::NoSuchInvite`] unless it is in force.
    Invite(InviteHash),
}

/// Signs someone up. Any role but that of the first admin is refused as [`Refusal::NotAdmin`]: the record of
/// what was done must show for every role who gave it.
pub(in super::super) fn sign_up(
    draft: &mut Draft<'_>,
    new: &NewUser,
    session: Option<&NewSession>,
    claim: &Claim,
) -> Result<Applied, Stop> {
    let mut new = new.clone();
    let at_unix_ms = new.created_unix_ms;
    if *claim == Claim::FirstAdmin {
        if count(draft, ADMINS_KEY)? > 0 {
            return Err(Refusal::AdminExists.into());
        }
        (new.role, new.state) = (Role::Admin, AccountState::Active);
    } else if new.role != Role::Member {
        return Err(Refusal::NotAdmin.into());
    }
    let user = add(draft, &new)?;
    let name = user.user_name.as_str();
    match claim {
        Claim::None => {}
        Claim::FirstAdmin => {
            let entry = AuditRecord::new(at_unix_ms, name, AuditAction::FirstAdmin, name);
            audit::write(draft, &AuditRecord { role: Some(Role::Admin), ..entry })?;
        }
        Claim::Invite(hash) => invites::claim(draft, hash, at_unix_ms, name)?,
    }
    match session {
        Some(session) => sessions::open(draft, user.id, session),
        None => Ok(Applied::User(user.id)),
    }
}

/// Makes an account for someone.
pub(in super::super) fn admit(draft: &mut Draft<'_>, act: &Act, new: &NewUser) -> Result<Applied, Stop> {
    let by = audit::name_of(draft, act)?;
    let user = add(draft, new)?;
    let entry = AuditRecord::new(act.at_unix_ms, &by, AuditAction::UserAdded, user.user_name.as_str());
    audit::write(draft, &AuditRecord { role: Some(user.role), ..entry })?;
    Ok(Applied::Account(Box::new(user)))
}

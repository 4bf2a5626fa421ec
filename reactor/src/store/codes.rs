//! Codes for a forgotten password: one at a time for each account, few tries, short lives.
//!
//! This file does not know codes, only their MACs under a key that is not in the store, nor who may ask for
//! one. How long codes must be after somebody guessed at them stands in `codes/guessing.rs`.

mod guessing;

use std::fmt;
use std::ops::Bound::Unbounded;

use parlour_common::Secret;
use parlour_common::limits::{RESET_CODE_SECONDS, RESET_CODE_TRIES_MAX, RESET_FLOW_BYTES};
use parlour_common::message::{AuditAction, ResetFlow};
use parlour_common::names::UserName;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::audit::{self, Act, AuditRecord};
use super::bytes;
use super::change::{Applied, Refusal, Stop};
use super::draft::Draft;
use super::engine::Read;
use super::mail::{self, MailId, MailKind, NewMail};
use super::sessions;
use super::tables::{FLOW_OF, FLOWS, FLOWS_BY_END, USERS, UserId};
use super::users::{self, UserRecord};

pub(super) use guessing::long_codes;

/// The digits of a code where codes were guessed at; a shorter one is void there.
pub const LONG_CODE_DIGITS: u8 = 8;

/// How long the right to set a new password lasts after the right code, in milliseconds.
const PROVEN_MS: u64 = RESET_CODE_SECONDS as u64 * 1000;

/// The MAC of a code, under a key that is kept outside of the store: of so few codes a plain hash would
/// be no secret. It is compared in constant time.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeMac(#[serde(with = "bytes")] pub [u8; 32]);

impl PartialEq for CodeMac {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for CodeMac {}

impl fmt::Debug for CodeMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A code to be put in force.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFlow {
    /// Names the reset.
    pub flow: ResetFlow,
    /// Whose password it is. A number that is nobody's ([`UserId::nobodys`]) where an unknown account was
    /// named: it must cost the same.
    pub user: UserId,
    /// The MAC of the code.
    pub code_mac: CodeMac,
    /// How many digits the code has.
    pub digits: u8,
    /// When it was asked for.
    pub asked_unix_ms: u64,
    /// When it ends.
    pub expires_unix_ms: u64,
}

/// A code in force, or the right that it gave. Later fields need `serde(default)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowRecord {
    /// Whose password it is. `None` where it was replaced by another: then it is never right.
    pub user: Option<UserId>,
    /// The MAC of the code.
    pub code_mac: CodeMac,
    /// How many digits the code has.
    pub digits: u8,
    /// When it ends.
    pub expires_unix_ms: u64,
    /// How many wrong tries would void it.
    pub tries_left: u32,
    /// Whether the code was given: the password can be set.
    pub proven: bool,
    /// The mail that brings the code, which is of no use once the code is void.
    #[serde(default)]
    pub mail: Option<MailId>,
}

/// What came of trying a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeOutcome {
    /// It was right: the password can be set.
    Right {
        /// Whose password it is.
        user_name: UserName,
    },
    /// It was wrong.
    Wrong {
        /// How many tries are left; none means that the code is void from now on.
        tries_left: u32,
    },
    /// There is no such code in force: it was used, replaced, tried too often or has expired.
    Void,
}

/// Puts a code in force in place of any other of its account, and queues the mail that brings it.
pub(super) fn begin(
    draft: &mut Draft<'_>,
    new: &NewFlow,
    mail: Option<&NewMail>,
    act: Option<&Act>,
) -> Result<(), Stop> {
    let by = act.map(|act| audit::name_of(draft, act)).transpose()?;
    let user: Option<UserRecord> = draft.get(USERS, &new.user)?;
    if user.is_none() && !new.user.is_nobodys() {
        return Err(Refusal::NoSuchUser.into());
    }
    void_of(draft, new.user)?;
    // The flow of codes that admins issue is always the same one for an account.
    void(draft, &new.flow)?;
    let times = (new.asked_unix_ms, new.expires_unix_ms);
    let mail = mail.map(|mail| mail::queue_code(draft, mail, user.as_ref(), times)).transpose()?;
    let NewFlow { flow, user: owner, code_mac, digits, expires_unix_ms, .. } = new.clone();
    let (tries_left, proven) = (RESET_CODE_TRIES_MAX, false);
    let record =
        FlowRecord { user: Some(owner), code_mac, digits, expires_unix_ms, tries_left, proven, mail };
    draft.put(FLOWS, &flow, &record)?;
    draft.put(FLOWS_BY_END, &(expires_unix_ms, flow), &())?;
    draft.put(FLOW_OF, &owner, &flow)?;
    if let (Some(act), Some(by), Some(user)) = (act, by, user) {
        let subject = user.user_name.as_str();
        let entry = AuditRecord::new(act.at_unix_ms, &by, AuditAction::ResetCodeIssued, subject);
        audit::write(draft, &entry)?;
    }
    Ok(())
}

/// Tries a code. A wrong try is counted by this very change, so it is durable before it is answered.
pub(super) fn try_code(
    draft: &mut Draft<'_>,
    flow: &ResetFlow,
    code_mac: &CodeMac,
    at_unix_ms: u64,
    notify: bool,
) -> Result<CodeOutcome, Stop> {
    let Some(record) = draft.get(FLOWS, flow)? else {
        // As when a wrong try is counted: else its time would tell that an admin has issued a code.
        rewrite_nobodys(draft)?;
        rewrite_somebody(draft)?;
        return Ok(CodeOutcome::Void);
    };
    let user: Option<UserRecord> = match record.user {
        Some(id) => draft.get(USERS, &id)?,
        None => None,
    };
    // Not so for the account's own long codes: it would tell that there is such an account.
    let too_short = is_short(&record) && guessing::everyones_are_long(draft, at_unix_ms)?;
    if record.proven || record.expires_unix_ms <= at_unix_ms || too_short {
        return Ok(CodeOutcome::Void);
    }
    match user {
        Some(user) if record.code_mac == *code_mac => {
            prove(draft, flow, record, at_unix_ms)?;
            Ok(CodeOutcome::Right { user_name: user.user_name })
        }
        user => wrong(draft, flow, record, user.as_ref(), (at_unix_ms, notify)),
    }
}

fn prove(
    draft: &mut Draft<'_>,
    flow: &ResetFlow,
    mut record: FlowRecord,
    at_unix_ms: u64,
) -> Result<(), Stop> {
    draft.remove(FLOWS_BY_END, &(record.expires_unix_ms, *flow));
    record.proven = true;
    record.expires_unix_ms = at_unix_ms.saturating_add(PROVEN_MS);
    draft.put(FLOWS_BY_END, &(record.expires_unix_ms, *flow), &())?;
    draft.put(FLOWS, flow, &record)
}

fn wrong(
    draft: &mut Draft<'_>,
    flow: &ResetFlow,
    mut record: FlowRecord,
    user: Option<&UserRecord>,
    (at_unix_ms, notify): (u64, bool),
) -> Result<CodeOutcome, Stop> {
    if is_short(&record) {
        guessing::count_wrong_try(draft, at_unix_ms)?;
    }
    record.tries_left = record.tries_left.saturating_sub(1);
    let tries_left = record.tries_left;
    let is_burnt = tries_left == 0;
    let mut is_told = is_burnt;
    if let Some(user) = user {
        let (after, grew) = guessing::after_wrong_try(user, is_short(&record), is_burnt, at_unix_ms);
        users::rewrite(draft, user, &after)?;
        is_told |= grew;
    } else if is_short(&record) {
        rewrite_nobodys(draft)?;
    } else {
        rewrite_somebody(draft)?;
    }
    if is_burnt {
        void(draft, flow)?;
    } else {
        draft.put(FLOWS, flow, &record)?;
    }
    if notify && is_told {
        mail::notice(draft, user, MailKind::CodeBurnt {}, at_unix_ms)?;
    }
    Ok(CodeOutcome::Wrong { tries_left })
}

/// Writes the code of nobody, where there is none to be counted at. It is never right and never ends. Each time
/// it is another than before: the engine does not write what is there already.
fn rewrite_nobodys(draft: &mut Draft<'_>) -> Result<(), Stop> {
    let flow = ResetFlow::new([0; RESET_FLOW_BYTES]);
    let former: Option<FlowRecord> = draft.get(FLOWS, &flow)?;
    let record = FlowRecord {
        user: None,
        code_mac: CodeMac([0; 32]),
        digits: LONG_CODE_DIGITS,
        expires_unix_ms: u64::MAX,
        tries_left: former.as_ref().map_or(0, |former| former.tries_left ^ 1),
        proven: true,
        mail: None,
    };
    if former.is_none() {
        draft.put(FLOWS_BY_END, &(record.expires_unix_ms, flow), &())?;
    }
    draft.put(FLOWS, &flow, &record)
}

/// Reads somebody else's account and writes it as it is, where there is none: the same work takes the same time.
fn rewrite_somebody(draft: &mut Draft<'_>) -> Result<(), Stop> {
    match users::somebody(draft.engine())? {
        Some(other) => users::rewrite(draft, &other, &other),
        None => Ok(()),
    }
}

fn is_short(record: &FlowRecord) -> bool {
    record.digits < LONG_CODE_DIGITS
}

/// Sets a new password by the right that a code gave, and ends that right and every session.
pub(super) fn reset_password(
    draft: &mut Draft<'_>,
    flow: &ResetFlow,
    to: &Secret<String>,
    at_unix_ms: u64,
    notify: bool,
) -> Result<Applied, Stop> {
    let record: Option<FlowRecord> = draft.get(FLOWS, flow)?;
    let proven = record.filter(|record| record.proven && record.expires_unix_ms > at_unix_ms);
    let id = proven.and_then(|record| record.user).ok_or(Refusal::CodeVoid)?;
    let former = users::get(draft, id)?;
    let user = UserRecord { password_hash: to.clone(), ..former.clone() };
    users::rewrite(draft, &former, &user)?;
    sessions::end_all(draft, id, None)?;
    void(draft, flow)?;
    if notify {
        mail::notice(draft, Some(&user), MailKind::PasswordChanged {}, at_unix_ms)?;
    }
    Ok(Applied::Account(Box::new(user)))
}

/// Voids the code of an account, if it has one, and takes back the mail that would bring it. What is left is
/// never right and otherwise looks to a stranger as it did: were it gone, who asks for one person by two names
/// would learn that they are of one account.
pub(super) fn void_of(draft: &mut Draft<'_>, user: UserId) -> Result<(), Stop> {
    let Some(flow) = draft.get(FLOW_OF, &user)? else { return Ok(()) };
    draft.remove(FLOW_OF, &user);
    let Some(record): Option<FlowRecord> = draft.get(FLOWS, &flow)? else { return Ok(()) };
    draft.put(FLOWS, &flow, &FlowRecord { user: None, mail: None, ..record.clone() })?;
    record.mail.map_or(Ok(()), |mail| mail::drop_mail(draft, mail))
}

/// Removes a code, if it is there, and takes back the mail that would bring it.
fn void(draft: &mut Draft<'_>, flow: &ResetFlow) -> Result<(), Stop> {
    let Some(record): Option<FlowRecord> = draft.get(FLOWS, flow)? else { return Ok(()) };
    draft.remove(FLOWS, flow);
    draft.remove(FLOWS_BY_END, &(record.expires_unix_ms, *flow));
    if let Some(user) = record.user {
        draft.remove(FLOW_OF, &user);
    }
    record.mail.map_or(Ok(()), |mail| mail::drop_mail(draft, mail))
}

/// Removes codes that have expired, at most `most`. Returns how many.
pub(super) fn sweep(draft: &mut Draft<'_>, now_unix_ms: u64, most: usize) -> Result<usize, Stop> {
    let mut removed = 0;
    for row in draft.engine().records(FLOWS_BY_END, Unbounded).take(most) {
        let ((expires_unix_ms, flow), ()) = row?;
        if expires_unix_ms > now_unix_ms {
            break;
        }
        void(draft, &flow)?;
        removed += 1;
    }
    Ok(removed)
}

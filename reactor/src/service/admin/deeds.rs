//! What comes of the deeds of admins: the answer, the ends of sessions, and the news of them.
//!
//! This file does not know what was looked up before a deed.

use parlour_common::limits::RESET_CODE_SECONDS;
use parlour_common::message::{Denial, Event, Fault, Invite, Reply, ResetCode};

use super::super::Service;
use super::super::account::own_account;
use super::super::ending::Ends;
use super::super::sign_up::faults_of;
use super::Deed;
use crate::id::{Asker, Now};
use crate::job::user_entry;
use crate::store::{Applied, ChangeError, INVITES_MAX, Refusal, UserUse};

impl Service {
    /// Takes the end of a deed. The answer goes first: what follows may end the session that asked.
    pub(in super::super) fn handle_deed_done(
        &mut self,
        now: Now,
        asker: Asker,
        deed: Deed,
        applied: Result<Applied, ChangeError>,
    ) {
        let applied = match applied {
            Ok(applied) => applied,
            Err(error) => return self.deny_deed(asker, error),
        };
        match (deed, applied) {
            (Deed::Add, Applied::Account(user)) => {
                self.reply(asker, Reply::User(user_entry(*user, UserUse::default())));
            }
            (Deed::Edit { used, is_quota }, Applied::Edited { user, ended }) => {
                let used_unix_ms = if ended { None } else { used.used_unix_ms };
                let used = UserUse { used_unix_ms, ..used };
                self.reply(asker, Reply::User(user_entry((*user).clone(), used)));
                if ended {
                    self.end_sessions(Ends::Account(user.id, None), None);
                } else {
                    let id = user.id;
                    self.tell(Event::AccountChanged(own_account(*user)), |_, session| session.user == id);
                    if is_quota {
                        self.tell_files_changed(&[id]);
                    }
                }
                // The former address may have to be told.
                self.wake_mail(now);
            }
            (Deed::Delete(user), Applied::Done) => {
                self.reply(asker, Reply::Done {});
                self.end_sessions(Ends::Account(user, None), None);
                self.settle_departed();
            }
            (Deed::IssueCode(code), Applied::Done) => {
                let reply = ResetCode { code, code_seconds: RESET_CODE_SECONDS };
                // No account is other than it was.
                return self.reply(asker, Reply::ResetCode(reply));
            }
            (Deed::Invite { code, expires_unix_ms }, Applied::Invite(_)) => {
                self.reply(asker, Reply::Invite(Invite { code, expires_unix_ms }));
            }
            (Deed::RevokeInvite, Applied::Done) => self.reply(asker, Reply::Done {}),
            (deed, applied) => unreachable!("{applied:?} does not end {deed:?}"),
        }
        self.note_users_changed();
    }

    /// Says why a deed was not done.
    fn deny_deed(&mut self, asker: Asker, error: ChangeError) {
        let denial = match error {
            ChangeError::StorageUnavailable => Denial::StorageUnavailable {},
            ChangeError::Refused(refusal) => match refusal {
                // The author was admin when the request came, and is not any more.
                Refusal::NotAdmin => Denial::NotAllowed {},
                // The account went after it was found.
                Refusal::NoSuchUser => Denial::NoSuchMember {},
                Refusal::NoSuchInvite => Denial::NoSuchInvite {},
                Refusal::LastAdmin => Denial::LastAdmin {},
                Refusal::Taken(taken) => Denial::InvalidFields { faults: faults_of(taken) },
                Refusal::NoSuchHeir => return self.deny_heir(asker, Fault::NotAllowed {}),
                Refusal::TooManyInvites => {
                    Denial::TooManyInvites { limit: u32::try_from(INVITES_MAX).unwrap_or(u32::MAX) }
                }
                _ => return self.deny_unforeseen(asker, &Err(error)),
            },
        };
        self.deny(asker, denial);
    }
}

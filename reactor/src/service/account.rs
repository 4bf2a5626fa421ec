//! One's own account: looked at, edited, its password changed, the account deleted.
//!
//! This file does not know other people's accounts, nor how a password is hashed. Where the password is asked
//! for, a job compares it first, and the change names the hash that was compared with.

use parlour_common::Secret;
use parlour_common::message::{
    ChangePassword, DeleteAccount, Denial, EditAccount, Event, Fault, Field, FieldFault, OwnAccount, Reply,
    SharedFate,
};
use parlour_common::names::{Email, UserName, check_about, check_new_password};

use super::admin::{check_heir, fate_of};
use super::ending::Ends;
use super::sign_up::faults_of;
use super::throttle::Hasher;
use super::{Service, Session, Waiting};
use crate::id::{Asker, ConnId, Now};
use crate::job::{Completion, Job, OwnPasswordVerdict};
use crate::store::{
    AccountEdit, Act, Applied, Author, Change, ChangeError, Refusal, TokenHash, UserId, UserRecord,
};

/// What a request about one's own account waits for.
#[derive(Debug)]
pub enum WaitingForAccount {
    /// The account is being looked up.
    Account,
    /// The sessions are being looked up; one of them asks.
    Sessions { own: TokenHash },
    /// A session is being ended.
    SessionEnded,
    /// An edit is being written down.
    Edit,
    /// The password is being compared, and a new one hashed.
    CheckForPassword { session: Session },
    /// The new password is being written down.
    Password { session: Session },
    /// The password is being compared before the account is deleted.
    CheckForEnd { session: Session, shared: SharedFate },
    /// The account is being deleted.
    End { user: UserId },
}

impl Service {
    pub(super) fn handle_get_account(&mut self, asker: Asker) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        self.run(asker, Job::FindAccount { user }, Waiting::Account(WaitingForAccount::Account));
    }

    pub(super) fn handle_edit_account(&mut self, now: Now, asker: Asker, form: EditAccount) {
        let Some(Session { user, .. }) = self.session_of(asker) else { return };
        let edit = match self.check_edit(form) {
            Ok(edit) => edit,
            Err(faults) => return self.deny(asker, Denial::InvalidFields { faults }),
        };
        if let Err(wait) = self.throttle.take_edit(now.tick, user) {
            return self.deny_throttled(asker, wait);
        }
        let (at_unix_ms, notify) = (now.unix_ms, self.sends_mail());
        let change = Change::EditAccount { user, edit, at_unix_ms, notify };
        self.commit(asker, change, Waiting::Account(WaitingForAccount::Edit));
    }

    pub(super) fn handle_change_password(&mut self, now: Now, asker: Asker, form: ChangePassword) {
        let Some(session) = self.session_of(asker) else { return };
        if let Err(fault) = check_new_password(form.new.expose()) {
            let faults = vec![FieldFault { field: Field::Password, fault }];
            return self.deny(asker, Denial::InvalidFields { faults });
        }
        let waiting = WaitingForAccount::CheckForPassword { session: session.clone() };
        self.check_own_password(now, asker, session, (form.old, Some(form.new), None), waiting);
    }

    pub(super) fn handle_delete_account(&mut self, now: Now, asker: Asker, form: DeleteAccount) {
        let Some(session) = self.session_of(asker) else { return };
        let heir = match check_heir(&form.shared) {
            Ok(heir) => heir,
            Err(fault) => return self.deny_heir(asker, fault),
        };
        let waiting = WaitingForAccount::CheckForEnd { session: session.clone(), shared: form.shared };
        self.check_own_password(now, asker, session, (form.password, None, heir), waiting);
    }

    fn check_own_password(
        &mut self,
        now: Now,
        asker: Asker,
        session: Session,
        (password, new, heir): (Secret<String>, Option<Secret<String>>, Option<UserName>),
        waiting: WaitingForAccount,
    ) {
        let Session { user, user_name, .. } = session;
        if let Err(wait) = self.throttle.take_own_password(now.tick, user) {
            return self.deny_throttled(asker, wait);
        }
        let job = Job::CheckOwnPassword { user, password, new, heir };
        if !self.run_hash(asker, Hasher::Known(user_name.key()), job, Waiting::Account(waiting)) {
            self.throttle.forgive_own_password(now.tick, user);
        }
    }

    /// Gives back what a password took that was not compared.
    pub(super) fn forgive_own(&mut self, now: Now, waiting: &WaitingForAccount) {
        if let WaitingForAccount::CheckForPassword { session }
        | WaitingForAccount::CheckForEnd { session, .. } = waiting
        {
            self.throttle.forgive_own_password(now.tick, session.user);
        }
    }

    pub(super) fn handle_account_completion(
        &mut self,
        now: Now,
        asker: Asker,
        waiting: WaitingForAccount,
        completion: Completion,
    ) {
        match (waiting, completion) {
            (WaitingForAccount::Account, Completion::AccountFound(Some(user))) => {
                self.reply(asker, Reply::Account(own_account(*user)));
            }
            // It was deleted a moment ago: the end of its sessions is on its way here.
            (
                _,
                Completion::AccountFound(None) | Completion::OwnPasswordChecked(OwnPasswordVerdict::Gone),
            ) => {
                self.deny(asker, Denial::SessionEnded {});
            }
            (WaitingForAccount::Sessions { own }, Completion::SessionsListed(sessions)) => {
                self.handle_sessions_listed(asker, own, sessions);
            }
            (_, Completion::OwnPasswordChecked(OwnPasswordVerdict::Wrong)) => {
                self.deny(asker, Denial::WrongPassword {});
            }
            (
                WaitingForAccount::CheckForPassword { session },
                Completion::OwnPasswordChecked(OwnPasswordVerdict::Right { from, to: Some(to), .. }),
            ) => {
                self.throttle.forgive_own_password(now.tick, session.user);
                let change = Change::SetPassword {
                    user: session.user,
                    from,
                    to,
                    keep: session.token_hash,
                    at_unix_ms: now.unix_ms,
                    notify: self.sends_mail(),
                };
                let waiting = WaitingForAccount::Password { session };
                self.commit(asker, change, Waiting::Account(waiting));
            }
            (
                WaitingForAccount::CheckForEnd { session, shared },
                Completion::OwnPasswordChecked(OwnPasswordVerdict::Right { heir, .. }),
            ) => {
                self.throttle.forgive_own_password(now.tick, session.user);
                let Some(shared) = fate_of(&shared, heir) else {
                    return self.deny_heir(asker, Fault::NotAllowed {});
                };
                let user = session.user;
                let act = Act { by: Author::Member(user), at_unix_ms: now.unix_ms };
                let waiting = WaitingForAccount::End { user };
                self.commit(asker, Change::RemoveUser { act, user, shared }, Waiting::Account(waiting));
            }
            (waiting, completion) => unreachable!("{completion:?} does not end {waiting:?}"),
        }
    }

    pub(super) fn handle_account_applied(
        &mut self,
        now: Now,
        asker: Asker,
        waiting: WaitingForAccount,
        applied: Result<Applied, ChangeError>,
    ) {
        match (waiting, applied) {
            (WaitingForAccount::SessionEnded, applied) => self.handle_session_ended(asker, applied),
            // Deleted or disabled a moment ago: the end of its sessions is on its way here.
            (_, Err(ChangeError::Refused(Refusal::NoSuchUser | Refusal::NotAdmin))) => {
                self.deny(asker, Denial::SessionEnded {});
            }
            (WaitingForAccount::Edit, Ok(Applied::Account(user))) => {
                self.reply(asker, Reply::Account(own_account((*user).clone())));
                self.tell_account_changed(*user, Some(asker.conn));
                self.note_users_changed();
                self.wake_mail(now);
            }
            (WaitingForAccount::Edit, Err(ChangeError::Refused(Refusal::Taken(taken)))) => {
                self.deny(asker, Denial::InvalidFields { faults: faults_of(taken) });
            }
            (WaitingForAccount::Password { session }, Ok(_)) => {
                self.end_sessions(Ends::Account(session.user, Some(session.token_hash)), None);
                self.reply(asker, Reply::Done {});
                self.wake_mail(now);
            }
            // It was changed elsewhere in between: what was compared is not the password any more.
            (WaitingForAccount::Password { .. }, Err(ChangeError::Refused(Refusal::HashChanged))) => {
                self.deny(asker, Denial::WrongPassword {});
            }
            (WaitingForAccount::End { user }, Ok(_)) => {
                self.end_sessions(Ends::Account(user, None), Some(asker.conn));
                self.reply(asker, Reply::Done {});
                self.note_users_changed();
                self.settle_departed();
            }
            (WaitingForAccount::End { .. }, Err(ChangeError::Refused(Refusal::LastAdmin))) => {
                self.deny(asker, Denial::LastAdmin {});
            }
            (WaitingForAccount::End { .. }, Err(ChangeError::Refused(Refusal::NoSuchHeir))) => {
                self.deny_heir(asker, Fault::NotAllowed {});
            }
            (_, applied) => self.deny_unforeseen(asker, &applied),
        }
    }

    /// Tells the connections of an account what it is now, but for the one that was answered.
    pub(super) fn tell_account_changed(&mut self, user: UserRecord, except: Option<ConnId>) {
        let id = user.id;
        let event = Event::AccountChanged(own_account(user));
        self.tell(event, |conn, session| session.user == id && Some(conn) != except);
    }

    /// Checks the whole form, so that all its faults are said at once.
    fn check_edit(&self, form: EditAccount) -> Result<AccountEdit, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let mut note = |field, fault| faults.push(FieldFault { field, fault });
        let phone = form.phone.map(|phone| self.phone_pattern.check(&phone)).transpose();
        let phone = phone.unwrap_or_else(|fault| {
            note(Field::Phone, fault);
            None
        });
        let email = form.email.map(|email| Email::parse(&email)).transpose();
        let email = email.unwrap_or_else(|fault| {
            note(Field::Email, fault);
            None
        });
        let about = form.about.map(|about| check_about(&about)).transpose();
        let about = about.unwrap_or_else(|fault| {
            note(Field::About, fault);
            None
        });
        let edit = AccountEdit { email, phone, about, visibility: form.visibility };
        if faults.is_empty() { Ok(edit) } else { Err(faults) }
    }

    pub(super) fn deny_heir(&mut self, asker: Asker, fault: Fault) {
        let faults = vec![FieldFault { field: Field::HandOverTo, fault }];
        self.deny(asker, Denial::InvalidFields { faults });
    }
}

/// Returns what an account's owner may see of it.
pub(super) fn own_account(user: UserRecord) -> OwnAccount {
    OwnAccount {
        user_name: user.user_name,
        email: user.email,
        phone: user.phone,
        about: user.about,
        visibility: user.visibility,
        role: user.role,
        created_unix_ms: user.created_unix_ms,
    }
}

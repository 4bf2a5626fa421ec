//! What admins do with the accounts of others.
//!
//! This file does not know how a record is kept nor how a password is hashed. Each request has the same
//! life: the right to act, an errand (a job that looks up what is needed), a deed (a change, at which the
//! store looks once more whether its author is an admin), then the answer and the news of it.

mod deeds;
mod news;

use parlour_common::Secret;
use parlour_common::limits::{AUDIT_PER_PAGE_MAX, USERS_PER_PAGE_MAX};
use parlour_common::message::{
    AccountState, AddUser, DeleteUser, Denial, EditUser, Fault, Field, FieldFault, IssueResetCode, ListAudit,
    ListUsers, Role, SharedFate,
};
use parlour_common::names::{Email, InviteCode, Phone, UserName, check_new_password};

use super::members::{check_limit, check_page};
use super::sign_up::faults_of;
use super::throttle::Hasher;
use super::{Service, Waiting};
use crate::id::{Asker, Now};
use crate::job::{AdminCode, Completion, Job, PeopleFound, PeopleJob};
use crate::store::{Act, Author, Change, Fate, NewUser, UserEdit, UserId, UserRecord, UserUse};

pub use news::News;

/// What something is looked up for.
#[derive(Debug)]
pub enum Errand {
    /// An account is to be made.
    Add { user_name: UserName, email: Email, phone: Phone, role: Role },
    /// An account is to be changed.
    Edit(UserEdit),
    /// An account is to be deleted.
    Delete(SharedFate),
    /// A code for a forgotten password is to be issued.
    IssueCode,
    /// An invite is to be made.
    Invite { note: String, hours: u32 },
}

/// What is being written down.
#[derive(Debug)]
pub enum Deed {
    /// An account is made.
    Add,
    /// An account is changed. With it goes how it is used, and whether its quota is another.
    Edit { used: UserUse, is_quota: bool },
    /// An account is deleted.
    Delete(UserId),
    /// A code for a forgotten password is issued.
    IssueCode(Secret<String>),
    /// An invite is made.
    Invite { code: Secret<InviteCode>, expires_unix_ms: u64 },
    /// An invite is voided.
    RevokeInvite,
}

impl Service {
    pub(super) fn handle_list_users(&mut self, asker: Asker, list: ListUsers) {
        if self.admin_of(asker).is_none() {
            return;
        }
        if let Err(denial) = check_page(&list.query, list.limit, USERS_PER_PAGE_MAX) {
            return self.deny(asker, denial);
        }
        self.run(asker, Job::People(PeopleJob::ListUsers(list)), Waiting::Page);
    }

    pub(super) fn handle_list_audit(&mut self, asker: Asker, list: ListAudit) {
        if self.admin_of(asker).is_none() {
            return;
        }
        if let Err(denial) = check_limit(list.limit, AUDIT_PER_PAGE_MAX) {
            return self.deny(asker, denial);
        }
        self.run(asker, Job::People(PeopleJob::ListAudit(list)), Waiting::Page);
    }

    pub(super) fn handle_add_user(&mut self, asker: Asker, form: AddUser) {
        let Some(by) = self.admin_of(asker) else { return };
        let mut faults = Vec::new();
        let mut note = |field, fault| faults.push(FieldFault { field, fault });
        let phone = self.phone_pattern.check(&form.phone).map_err(|fault| note(Field::Phone, fault)).ok();
        let email = Email::parse(&form.email).map_err(|fault| note(Field::Email, fault)).ok();
        let user_name = UserName::parse(&form.user_name).map_err(|fault| note(Field::UserName, fault)).ok();
        if let Some(Err(fault)) = form.password.as_ref().map(|password| check_new_password(password.expose()))
        {
            note(Field::Password, fault);
        }
        let (Some(phone), Some(email), Some(user_name), true) = (phone, email, user_name, faults.is_empty())
        else {
            return self.deny(asker, Denial::InvalidFields { faults });
        };
        let job = PeopleJob::PrepareUser {
            user_name: user_name.clone(),
            email: email.clone(),
            password: form.password,
        };
        let errand = Errand::Add { user_name, email, phone, role: form.role };
        let waiting = Waiting::Errand(by, Box::new(errand));
        self.run_hash(asker, Hasher::Known(self.name_key_of(asker)), Job::People(job), waiting);
    }

    pub(super) fn handle_edit_user(&mut self, asker: Asker, form: &EditUser) {
        let Some(by) = self.admin_of(asker) else { return };
        if form.state == Some(AccountState::Waiting) {
            let reason = "`state` cannot become `waiting`".to_owned();
            return self.deny(asker, Denial::BadRequest { reason });
        }
        let mut faults = Vec::new();
        let mut note = |field, fault| faults.push(FieldFault { field, fault });
        let phone = form.phone.as_deref().map(|phone| self.phone_pattern.check(phone)).transpose();
        let phone = phone.map_err(|fault| note(Field::Phone, fault));
        let email = form.email.as_deref().map(Email::parse).transpose();
        let email = email.map_err(|fault| note(Field::Email, fault));
        let (Ok(phone), Ok(email)) = (phone, email) else {
            return self.deny(asker, Denial::InvalidFields { faults });
        };
        let edit = UserEdit { email, phone, role: form.role, state: form.state, quota: form.quota };
        self.find_user(asker, by, &form.user_name, None, Errand::Edit(edit));
    }

    pub(super) fn handle_delete_user(&mut self, asker: Asker, form: DeleteUser) {
        let Some(by) = self.admin_of(asker) else { return };
        let heir = match check_heir(&form.shared) {
            Ok(heir) => heir,
            Err(fault) => return self.deny_heir(asker, fault),
        };
        self.find_user(asker, by, &form.user_name, heir, Errand::Delete(form.shared));
    }

    pub(super) fn handle_issue_reset_code(&mut self, now: Now, asker: Asker, form: &IssueResetCode) {
        let Some(by) = self.admin_of(asker) else { return };
        let Ok(user_name) = UserName::parse(&form.user_name) else {
            return self.deny(asker, Denial::NoSuchMember {});
        };
        let waiting = Waiting::Errand(by, Box::new(Errand::IssueCode));
        self.run(asker, Job::PrepareAdminCode { user_name, unix_ms: now.unix_ms }, waiting);
    }

    /// Returns the key of the name of who asks: of the operator, who has none, that of nobody.
    fn name_key_of(&self, asker: Asker) -> String {
        let session = self.peers.get(&asker.conn).and_then(|peer| peer.session.as_ref());
        session.map_or_else(String::new, |session| session.user_name.key())
    }

    /// Begins an errand for which an account is looked up.
    fn find_user(
        &mut self,
        asker: Asker,
        by: Author,
        user_name: &str,
        heir: Option<UserName>,
        errand: Errand,
    ) {
        // What cannot be a username is nobody's.
        let Ok(user_name) = UserName::parse(user_name) else {
            return self.deny(asker, Denial::NoSuchMember {});
        };
        let job = Job::People(PeopleJob::FindUser { user_name, heir });
        self.run(asker, job, Waiting::Errand(by, Box::new(errand)));
    }

    /// Goes on with an errand, as far as its deed.
    pub(super) fn handle_errand_done(
        &mut self,
        now: Now,
        asker: Asker,
        by: Author,
        errand: Errand,
        completion: Completion,
    ) {
        match (errand, completion) {
            (_, Completion::People(PeopleFound::Taken(taken))) => {
                self.deny(asker, Denial::InvalidFields { faults: faults_of(taken) });
            }
            (
                Errand::Add { user_name, email, phone, role },
                Completion::People(PeopleFound::Prepared(password_hash)),
            ) => {
                let (created_unix_ms, state) = (now.unix_ms, AccountState::Active);
                let user = NewUser { user_name, email, phone, password_hash, created_unix_ms, role, state };
                let act = Act { by, at_unix_ms: now.unix_ms };
                self.commit(asker, Change::AdmitUser { act, user }, Waiting::Deed(Box::new(Deed::Add)));
            }
            (errand, Completion::People(PeopleFound::User { user, used, heir })) => {
                let Some(user) = user else { return self.deny(asker, Denial::NoSuchMember {}) };
                let act = Act { by, at_unix_ms: now.unix_ms };
                self.handle_user_found(asker, act, errand, &user, used, heir.as_deref());
            }
            (Errand::Invite { note, hours }, Completion::People(PeopleFound::InviteDrawn(code))) => {
                self.handle_invite_drawn(now, asker, by, note, hours, code);
            }
            (Errand::IssueCode, Completion::AdminCodePrepared(Some(prepared))) => {
                let AdminCode { flow, code, .. } = *prepared;
                let act = Some(Act { by, at_unix_ms: now.unix_ms });
                let change = Change::BeginReset { flow, mail: None, act };
                self.commit(asker, change, Waiting::Deed(Box::new(Deed::IssueCode(code))));
            }
            (Errand::IssueCode, Completion::AdminCodePrepared(None)) => {
                self.deny(asker, Denial::NoSuchMember {});
            }
            (errand, completion) => unreachable!("{completion:?} does not end {errand:?}"),
        }
    }

    fn handle_user_found(
        &mut self,
        asker: Asker,
        act: Act,
        errand: Errand,
        user: &UserRecord,
        used: UserUse,
        heir: Option<&UserRecord>,
    ) {
        let (change, deed) = match errand {
            Errand::Edit(edit) => {
                let is_quota = edit.quota.is_some();
                let change = Change::EditUser { act, user: user.id, edit, notify: self.sends_mail() };
                (change, Deed::Edit { used, is_quota })
            }
            Errand::Delete(shared) => {
                let Some(shared) = fate_of(&shared, heir.map(|heir| heir.id)) else {
                    return self.deny_heir(asker, Fault::NotAllowed {});
                };
                (Change::RemoveUser { act, user: user.id, shared }, Deed::Delete(user.id))
            }
            errand => unreachable!("nobody was looked up for {errand:?}"),
        };
        self.commit(asker, change, Waiting::Deed(Box::new(deed)));
    }
}

/// Returns who is to have what an account shared, if it is handed over.
pub(super) fn check_heir(shared: &SharedFate) -> Result<Option<UserName>, Fault> {
    match shared {
        SharedFate::Keep {} | SharedFate::Remove {} => Ok(None),
        SharedFate::HandOver { to } => match UserName::parse(to) {
            Ok(heir) => Ok(Some(heir)),
            Err(Fault::Missing {}) => Err(Fault::Missing {}),
            // What cannot be a username is nobody's.
            Err(_) => Err(Fault::NotAllowed {}),
        },
    }
}

/// Returns what becomes of what an account shared. `None` if it is for someone who is not there.
pub(super) fn fate_of(shared: &SharedFate, heir: Option<UserId>) -> Option<Fate> {
    match shared {
        SharedFate::Keep {} => Some(Fate::Keep {}),
        SharedFate::Remove {} => Some(Fate::Remove {}),
        SharedFate::HandOver { .. } => heir.map(|to| Fate::HandOver { to }),
    }
}

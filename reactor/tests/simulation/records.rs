//! The model of the store, in plain memory: the same changes, the same refusals.
//!
//! It does not know sled, disks or threads; `the_model_refuses_what_the_store_refuses` holds it against the
//! real one.

use std::collections::BTreeMap;

use parlour_common::message::{Quota, Visibility};
use parlour_common::names::{Email, UserName};
use parlour_reactor::store::{
    AccountEdit, Applied, Change, Claim, NewSession, NewUser, Refusal, SessionRecord, Taken, TokenHash,
    UserId, UserRecord,
};

/// Sessions that one account may have.
const SESSIONS_PER_USER_MAX: usize = 64;

/// All records.
#[derive(Debug)]
pub struct Records {
    /// Sessions that one sweep looks at.
    sessions_per_sweep_max: usize,
    users: BTreeMap<UserId, UserRecord>,
    names: BTreeMap<String, UserId>,
    skeletons: BTreeMap<String, UserId>,
    emails: BTreeMap<String, UserId>,
    pub sessions: BTreeMap<TokenHash, SessionRecord>,
}

impl Records {
    pub fn new(sessions_per_sweep_max: usize) -> Self {
        Self {
            sessions_per_sweep_max,
            users: BTreeMap::new(),
            names: BTreeMap::new(),
            skeletons: BTreeMap::new(),
            emails: BTreeMap::new(),
            sessions: BTreeMap::new(),
        }
    }

    pub fn user(&self, id: UserId) -> Option<&UserRecord> {
        self.users.get(&id)
    }

    pub fn sessions_of(&self, user: UserId, unix_ms: u64) -> Vec<(TokenHash, SessionRecord)> {
        let own = self.sessions.iter().filter(|(_, session)| session.user == user);
        own.filter(|(_, session)| !session.has_expired(unix_ms)).map(|(hash, s)| (*hash, s.clone())).collect()
    }

    pub fn user_by_name(&self, user_name: &UserName) -> Option<&UserRecord> {
        self.users.get(self.names.get(&user_name.key())?)
    }

    pub fn taken(&self, user_name: &UserName, email: &Email) -> Taken {
        let user_name =
            self.names.contains_key(&user_name.key()) || self.skeletons.contains_key(&user_name.skeleton());
        Taken { user_name, email: self.emails.contains_key(&email.key()) }
    }

    pub fn session(&self, token_hash: &TokenHash, unix_ms: u64) -> Option<(SessionRecord, UserRecord)> {
        let session = self.sessions.get(token_hash).filter(|session| !session.has_expired(unix_ms))?;
        Some((session.clone(), self.users.get(&session.user)?.clone()))
    }

    pub fn apply(&mut self, change: &Change) -> Result<Applied, Refusal> {
        match change {
            Change::AddUser { user, session, claim: Claim::None } => {
                let id = self.add(user)?;
                return match session {
                    Some(session) => self.open(id, session),
                    None => Ok(Applied::User(id)),
                };
            }
            Change::OpenSession { user, session } => return self.open(*user, session),
            Change::TouchSession { token_hash, used_unix_ms } => {
                let session = self.sessions.get_mut(token_hash);
                let session = session.filter(|session| !session.has_expired(*used_unix_ms));
                let session = session.ok_or(Refusal::NoSuchSession)?;
                session.used_unix_ms = session.used_unix_ms.max(*used_unix_ms);
            }
            Change::CloseSession { token_hash } => {
                self.sessions.remove(token_hash).ok_or(Refusal::NoSuchSession)?;
            }
            Change::SetPasswordHash { user, from, to } => {
                let user = self.users.get_mut(user).ok_or(Refusal::NoSuchUser)?;
                if user.password_hash != *from {
                    return Err(Refusal::HashChanged);
                }
                user.password_hash = to.clone();
            }
            Change::SweepSessions { now_unix_ms, after } => return Ok(self.sweep(*now_unix_ms, *after)),
            Change::EditAccount { user, edit, .. } => return self.edit(*user, edit),
            Change::SetPassword { user, from, to, keep, .. } => {
                let record = self.users.get_mut(user).ok_or(Refusal::NoSuchUser)?;
                if record.password_hash != *from {
                    return Err(Refusal::HashChanged);
                }
                record.password_hash = to.clone();
                self.sessions.retain(|hash, session| session.user != *user || hash == keep);
            }
            Change::EndSession { user, session } => {
                let mut own = self.sessions.iter().filter(|(_, record)| record.user == *user);
                let named = own.find(|(hash, _)| hash.session_id() == *session).map(|(hash, _)| *hash);
                let named = named.ok_or(Refusal::NoSuchSession)?;
                self.sessions.remove(&named);
                return Ok(Applied::Ended(named));
            }
            // Nobody here forgets a password or invites anyone, so there is nothing of that kind to expire.
            Change::SweepCodes { .. } => return Ok(Applied::Swept { removed: 0, next: None }),
            other => panic!("the simulation makes no such change: {other:?}"),
        }
        Ok(Applied::Done)
    }

    fn edit(&mut self, id: UserId, edit: &AccountEdit) -> Result<Applied, Refusal> {
        let user = self.users.get_mut(&id).ok_or(Refusal::NoSuchUser)?;
        let AccountEdit { email, phone, about, visibility } = edit.clone();
        if let Some(email) = email {
            if self.emails.get(&email.key()).is_some_and(|owner| *owner != id) {
                return Err(Refusal::Taken(Taken { user_name: false, email: true }));
            }
            self.emails.remove(&user.email.key());
            self.emails.insert(email.key(), id);
            user.email = email;
        }
        user.phone = phone.unwrap_or_else(|| user.phone.clone());
        user.about = about.unwrap_or_else(|| user.about.clone());
        user.visibility = visibility.unwrap_or(user.visibility);
        Ok(Applied::Account(Box::new(user.clone())))
    }

    fn add(&mut self, new: &NewUser) -> Result<UserId, Refusal> {
        let taken = self.taken(&new.user_name, &new.email);
        if taken.any() {
            return Err(Refusal::Taken(taken));
        }
        let id = UserId(self.users.len() as u64 + 1);
        let NewUser { user_name, email, phone, password_hash, created_unix_ms, role, state } = new.clone();
        self.names.insert(user_name.key(), id);
        self.skeletons.insert(user_name.skeleton(), id);
        self.emails.insert(email.key(), id);
        let user = UserRecord {
            id,
            user_name,
            email,
            phone,
            password_hash,
            created_unix_ms,
            about: String::new(),
            visibility: Visibility::default(),
            role,
            state,
            long_codes_until_unix_ms: 0,
            wrong_codes: 0,
            wrong_code_unix_ms: 0,
            quota: Quota::Standard,
        };
        self.users.insert(id, user);
        Ok(id)
    }

    fn open(&mut self, user: UserId, new: &NewSession) -> Result<Applied, Refusal> {
        if !self.users.contains_key(&user) {
            return Err(Refusal::NoSuchUser);
        }
        if self.sessions.contains_key(&new.token_hash) {
            return Err(Refusal::SessionExists);
        }
        let ended = self.make_place(user, new.opened_unix_ms);
        let NewSession { token_hash, device, opened_unix_ms } = new.clone();
        let session = SessionRecord { user, device, opened_unix_ms, used_unix_ms: opened_unix_ms };
        self.sessions.insert(token_hash, session);
        Ok(Applied::Opened { user, ended })
    }

    /// Another session takes the place of an expired one, or else of the one used longest ago.
    fn make_place(&mut self, user: UserId, now_unix_ms: u64) -> Vec<TokenHash> {
        let own = self.sessions.iter().filter(|(_, session)| session.user == user);
        let mut own: Vec<_> = own
            .map(|(hash, session)| (!session.has_expired(now_unix_ms), session.used_unix_ms, *hash))
            .collect();
        own.sort_unstable();
        let surplus = (own.len() + 1).saturating_sub(SESSIONS_PER_USER_MAX);
        let ended: Vec<TokenHash> = own[..surplus].iter().map(|(_, _, hash)| *hash).collect();
        ended.iter().for_each(|hash| {
            self.sessions.remove(hash);
        });
        ended
    }

    fn sweep(&mut self, now_unix_ms: u64, after: Option<TokenHash>) -> Applied {
        let all = self.sessions.iter().filter(|(hash, _)| after.is_none_or(|after| **hash > after));
        let seen: Vec<(TokenHash, bool)> = all
            .take(self.sessions_per_sweep_max)
            .map(|(hash, session)| (*hash, session.has_expired(now_unix_ms)))
            .collect();
        let next = seen.last().map(|(hash, _)| *hash).filter(|_| seen.len() == self.sessions_per_sweep_max);
        let before = self.sessions.len();
        for (hash, _) in seen.iter().filter(|(_, has_expired)| *has_expired) {
            self.sessions.remove(hash);
        }
        Applied::Swept { removed: before - self.sessions.len(), next }
    }
}

//! Slow work about accounts: passwords compared and hashed, sessions found, codes and tokens drawn.
//!
//! This file does not know who asked, nor what is done with what it finds. All randomness of the ways in is
//! drawn here. Where an answer must not tell whether there is an account, the work is the same as well.

use parlour_common::Secret;
use parlour_common::limits::RESET_CODE_SECONDS;
use parlour_common::message::{ResetFlow, SessionToken};
use parlour_common::names::{Email, UserName};

use super::{Tools, random, storage_failed};
use crate::job::{AccountName, AdminCode, Completion, OwnPasswordVerdict, PasswordVerdict, PreparedReset};
use crate::keys::DeviceNonce;
use crate::store::{InviteHash, LONG_CODE_DIGITS, NewFlow, StoreError, Taken, TokenHash, UserId, UserRecord};

/// The digits of a code as long as nobody has been guessing.
const SHORT_CODE_DIGITS: u8 = 5;

impl Tools {
    pub(super) fn prepare_sign_up(
        &self,
        (user_name, email): (&UserName, &Email),
        password: &Secret<String>,
        invite: Option<InviteHash>,
        unix_ms: u64,
    ) -> Completion {
        let refused = || -> Result<(Taken, bool), StoreError> {
            let no_such_invite = match invite {
                Some(invite) => self.store.invite(&invite, unix_ms)?.is_none(),
                None => false,
            };
            Ok((self.store.taken(user_name, email)?, no_such_invite))
        };
        match refused() {
            Ok((taken, no_such_invite)) if taken.any() || no_such_invite => {
                return Completion::SignUpRefused { taken, no_such_invite };
            }
            Ok(_) => {}
            Err(error) => return storage_failed(&error),
        }
        match (self.passwords.hash(password), new_token(), random()) {
            (Some(password_hash), Some(token), Some(device)) => {
                Completion::SignUpPrepared { password_hash, token, device }
            }
            _ => Completion::Failed,
        }
    }

    pub(super) fn check_password(&self, user_name: &UserName, password: &Secret<String>) -> Completion {
        let user = match self.store.user_by_name(user_name) {
            Ok(user) => user,
            Err(error) => return storage_failed(&error),
        };
        let Some(user) = user else {
            self.passwords.check_nobody(password);
            return Completion::PasswordChecked(PasswordVerdict::NotRegistered);
        };
        if !self.passwords.check(password, &user.password_hash) {
            return Completion::PasswordChecked(PasswordVerdict::Wrong);
        }
        let (Some(token), Some(device)) = (new_token(), random::<{ size_of::<DeviceNonce>() }>()) else {
            return Completion::Failed;
        };
        let rehash =
            if self.passwords.is_current(&user.password_hash) { None } else { self.passwords.hash(password) };
        let user = Box::new(user);
        Completion::PasswordChecked(PasswordVerdict::Right { user, token, device, rehash })
    }

    pub(super) fn check_own_password(
        &self,
        user: UserId,
        password: &Secret<String>,
        new: Option<&Secret<String>>,
        heir: Option<&UserName>,
    ) -> Completion {
        let found = self.store.user(user).and_then(|user| {
            let heir = heir.map(|heir| self.store.user_by_name(heir)).transpose()?.flatten();
            Ok((user, heir.map(|heir| heir.id)))
        });
        let (user, heir) = match found {
            Ok((Some(user), heir)) => (user, heir),
            Ok((None, _)) => return Completion::OwnPasswordChecked(OwnPasswordVerdict::Gone),
            Err(error) => return storage_failed(&error),
        };
        let from = user.password_hash;
        if !self.passwords.check(password, &from) {
            return Completion::OwnPasswordChecked(OwnPasswordVerdict::Wrong);
        }
        let to = match new {
            None => None,
            Some(new) => match self.passwords.hash(new) {
                Some(hash) => Some(hash),
                None => return Completion::Failed,
            },
        };
        Completion::OwnPasswordChecked(OwnPasswordVerdict::Right { from, to, heir })
    }

    /// Looks before it hashes: whoever has no right to set a password must not make the others wait.
    pub(super) fn hash_password(
        &self,
        password: &Secret<String>,
        flow: &ResetFlow,
        unix_ms: u64,
    ) -> Completion {
        match self.store.flow(flow) {
            Ok(Some(flow)) if flow.proven && unix_ms < flow.expires_unix_ms => {
                match self.passwords.hash(password) {
                    Some(hash) => Completion::PasswordHashed(Some(hash)),
                    None => Completion::Failed,
                }
            }
            Ok(_) => Completion::PasswordHashed(None),
            Err(error) => storage_failed(&error),
        }
    }

    pub(super) fn prepare_reset(&self, account: &AccountName, unix_ms: u64) -> Completion {
        let found = self.find(account).and_then(|user| {
            let is_long = self.store.long_codes(user.as_ref(), unix_ms)?;
            Ok((user, is_long))
        });
        let (user, is_long) = match found {
            Ok(found) => found,
            Err(error) => return storage_failed(&error),
        };
        let digits = if is_long { LONG_CODE_DIGITS } else { SHORT_CODE_DIGITS };
        let (Some(flow), Some(nonce)) = (random(), random()) else { return Completion::Failed };
        let flow = ResetFlow::new(flow);
        let owner = user.as_ref().map_or_else(|| self.keys.nobody(&account.key()), |user| user.id);
        let Some((flow, code)) = self.draw_code(flow, owner, digits, unix_ms) else {
            return Completion::Failed;
        };
        let sealed = self.keys.seal(nonce, code.expose().as_bytes());
        Completion::ResetPrepared(Box::new(PreparedReset { user, flow, sealed }))
    }

    pub(super) fn name_flow(&self, account: &AccountName) -> Completion {
        let Some(nonce) = random() else { return Completion::Failed };
        match self.find(account) {
            Ok(user) => {
                let user = user.map(|user| user.id);
                Completion::FlowNamed { known: user.is_some(), flow: self.keys.alias_flow(user, nonce) }
            }
            Err(error) => storage_failed(&error),
        }
    }

    pub(super) fn prepare_admin_code(&self, user_name: &UserName, unix_ms: u64) -> Completion {
        let user = match self.store.user_by_name(user_name) {
            Ok(Some(user)) => user,
            Ok(None) => return Completion::AdminCodePrepared(None),
            Err(error) => return storage_failed(&error),
        };
        let flow = self.keys.admin_flow(user.id);
        match self.draw_code(flow, user.id, LONG_CODE_DIGITS, unix_ms) {
            Some((flow, code)) => {
                Completion::AdminCodePrepared(Some(Box::new(AdminCode { user, flow, code })))
            }
            None => Completion::Failed,
        }
    }

    pub(super) fn find_account(&self, user: UserId) -> Completion {
        match self.store.user(user) {
            Ok(user) => Completion::AccountFound(user.map(Box::new)),
            Err(error) => storage_failed(&error),
        }
    }

    pub(super) fn list_sessions(&self, user: UserId, unix_ms: u64) -> Completion {
        match self.store.sessions_of(user, unix_ms) {
            Ok(sessions) => Completion::SessionsListed(sessions),
            Err(error) => storage_failed(&error),
        }
    }

    pub(super) fn find_session(&self, token: &Secret<SessionToken>, unix_ms: u64) -> Completion {
        let hash = TokenHash::of(token.expose());
        let found = self.store.session(&hash, unix_ms).and_then(|session| {
            let Some(session) = session else { return Ok(None) };
            Ok(self.store.user(session.user)?.map(|user| (session, user)))
        });
        match found {
            Ok(found) => Completion::SessionFound(found),
            Err(error) => storage_failed(&error),
        }
    }

    /// Finds who is named. Where there is nobody, somebody else's account is read instead: the same work.
    fn find(&self, account: &AccountName) -> Result<Option<UserRecord>, StoreError> {
        let user = match account {
            AccountName::UserName(user_name) => self.store.user_by_name(user_name)?,
            AccountName::Email(email) => self.store.user_by_email(email)?,
            AccountName::Nobodys(_) => None,
        };
        if user.is_none() {
            self.store.somebody()?;
        }
        Ok(user)
    }

    /// Draws a code for a flow. `None` when the system gives no random numbers.
    fn draw_code(
        &self,
        flow: ResetFlow,
        user: UserId,
        digits: u8,
        unix_ms: u64,
    ) -> Option<(NewFlow, Secret<String>)> {
        let code = draw_digits(digits)?;
        let code_mac = self.keys.code_mac(&flow, code.expose());
        let expires_unix_ms = unix_ms.saturating_add(u64::from(RESET_CODE_SECONDS) * 1000);
        Some((NewFlow { flow, user, code_mac, digits, asked_unix_ms: unix_ms, expires_unix_ms }, code))
    }
}

/// Draws a session token from the system's generator.
fn new_token() -> Option<Secret<SessionToken>> {
    Some(Secret::new(SessionToken::new(random()?)))
}

/// Draws so many digits, each number as likely as every other.
fn draw_digits(digits: u8) -> Option<Secret<String>> {
    let numbers = 10_u64.checked_pow(u32::from(digits))?;
    // The last numbers of the range would make small codes a little likelier: drawn again.
    let fair = u64::MAX - u64::MAX % numbers;
    loop {
        let drawn = u64::from_be_bytes(random()?);
        if drawn < fair {
            return Some(Secret::new(format!("{:0width$}", drawn % numbers, width = usize::from(digits))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_digits_and_every_digit_comes_everywhere() {
        for digits in [SHORT_CODE_DIGITS, LONG_CODE_DIGITS] {
            let mut seen = vec![[0_u32; 10]; usize::from(digits)];
            for _ in 0..5000 {
                let code = draw_digits(digits).unwrap();
                assert_eq!(code.expose().len(), usize::from(digits));
                for (place, digit) in code.expose().bytes().enumerate() {
                    seen[place][usize::from(digit - b'0')] += 1;
                }
            }
            // 500 of each are expected; 7 standard deviations are 148.
            assert!(seen.iter().flatten().all(|count| (350..650).contains(count)), "{seen:?}");
        }
    }
}

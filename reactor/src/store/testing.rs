//! What the tests of this folder share: people to add, and a disk that fails on command.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parlour_common::Secret;
use parlour_common::message::{AccountState, Role};
use parlour_common::names::{Email, PhonePattern, UserName};

use super::{
    Applied, BALLAST_BYTES, Change, Claim, Disk, FREE_BYTES_MIN, NewSession, NewUser, Outcome, TokenHash,
    UserId,
};

/// A disk that is as full, and as broken, as a test says.
pub(super) struct FakeDisk {
    free_bytes: AtomicU64,
    sync_fails: AtomicBool,
    pub(super) syncs: AtomicU64,
}

impl Default for FakeDisk {
    fn default() -> Self {
        let free_bytes = AtomicU64::new(FREE_BYTES_MIN + BALLAST_BYTES);
        Self { free_bytes, sync_fails: AtomicBool::new(false), syncs: AtomicU64::new(0) }
    }
}

impl FakeDisk {
    pub(super) fn set_free(&self, free_bytes: u64) {
        self.free_bytes.store(free_bytes, Ordering::SeqCst);
    }

    pub(super) fn set_sync_fails(&self, fails: bool) {
        self.sync_fails.store(fails, Ordering::SeqCst);
    }
}

impl Disk for FakeDisk {
    fn free_bytes(&self, _dir: &Path) -> io::Result<u64> {
        Ok(self.free_bytes.load(Ordering::SeqCst))
    }

    fn sync(&self, _file: &File) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        if self.sync_fails.load(Ordering::SeqCst) { Err(io::Error::other("no")) } else { Ok(()) }
    }

    fn allocate(&self, file: &File, bytes: u64) -> io::Result<()> {
        file.set_len(bytes)
    }
}

pub(super) fn user_name(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

pub(super) fn email(address: &str) -> Email {
    Email::parse(address).unwrap()
}

pub(super) fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

pub(super) fn new_session(n: u8, opened_unix_ms: u64) -> NewSession {
    NewSession { token_hash: token(n), device: format!("device {n}"), opened_unix_ms }
}

/// What comes of opening a session of an account that has few.
pub(super) fn opened(user: u64) -> Outcome {
    Ok(Applied::Opened { user: UserId(user), ended: Vec::new() })
}

/// A new account with a session.
pub(super) fn add(name: &str, address: &str, n: u8) -> Change {
    let user = NewUser {
        user_name: user_name(name),
        email: email(address),
        phone: PhonePattern::default().check("09121234567").unwrap(),
        password_hash: Secret::new("$scrypt$old".to_owned()),
        created_unix_ms: 5,
        role: Role::Member,
        state: AccountState::Active,
    };
    Change::AddUser { user, session: Some(new_session(n, 5)), claim: Claim::None }
}

pub(super) fn rehash(user: u64, from: &str, to: &str) -> Change {
    let secret = |text: &str| Secret::new(text.to_owned());
    Change::SetPasswordHash { user: UserId(user), from: secret(from), to: secret(to) }
}

//! Passwords: scrypt, and nothing but its hash is kept.
//!
//! This file does not know whose a password is. Costs are OWASP's (Password Storage Cheat Sheet): N=2^17,
//! r=8, p=1 is 128 MiB and about a third of a second; N=2^15, r=8, p=3 costs an attacker the same and a
//! small machine 32 MiB.

use parlour_common::Secret;
use scrypt::password_hash::phc::PasswordHash;
use scrypt::password_hash::{PasswordHasher, PasswordVerifier};
use scrypt::{Params, Scrypt};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroize;

/// What a new hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PasswordCost {
    /// 128 MiB, for any usual machine.
    #[default]
    Standard,
    /// 32 MiB and more rounds, for a machine with little memory.
    SmallMemory,
}

/// Hashes and compares.
pub struct Passwords {
    params: Params,
    /// The hash of a password that nobody knows, to be compared with where there is no account.
    nobody: Option<Secret<String>>,
}

impl Passwords {
    /// Makes ready, at the price of one hash.
    pub fn new(cost: PasswordCost) -> Self {
        let (log_n, r, p) = match cost {
            PasswordCost::Standard => (17, 8, 1),
            PasswordCost::SmallMemory => (15, 8, 3),
        };
        let Ok(params) = Params::new(log_n, r, p) else { unreachable!("both costs are within bounds") };
        let mut passwords = Self { params, nobody: None };
        passwords.nobody = passwords.hash(&Secret::new("nobody".to_owned()));
        passwords
    }

    /// Hashes a password with a new salt into a PHC string. `None`, and a line in the log, when the system
    /// gives no random numbers.
    pub fn hash(&self, password: &Secret<String>) -> Option<Secret<String>> {
        let scrypt = Scrypt::new_with_params(self.params);
        match with_normal_form(password, |bytes| scrypt.hash_password(bytes)) {
            Ok(hash) => Some(Secret::new(hash.to_string())),
            Err(error) => {
                tracing::error!(%error, "a password could not be hashed");
                None
            }
        }
    }

    /// Compares in constant time.
    pub fn check(&self, password: &Secret<String>, hash: &Secret<String>) -> bool {
        let Ok(hash) = PasswordHash::new(hash.expose()) else {
            tracing::error!("a password hash on record is not in the PHC string format");
            return false;
        };
        let scrypt = Scrypt::new_with_params(self.params);
        with_normal_form(password, |bytes| scrypt.verify_password(bytes, &hash)).is_ok()
    }

    /// Costs what [`Self::check`] costs.
    pub fn check_nobody(&self, password: &Secret<String>) {
        if let Some(nobody) = &self.nobody {
            self.check(password, nobody);
        }
    }

    /// Tells whether a hash was made with today's cost.
    pub fn is_current(&self, hash: &Secret<String>) -> bool {
        let params = PasswordHash::new(hash.expose()).ok().and_then(|hash| Params::try_from(&hash).ok());
        params.is_some_and(|params| {
            (params.log_n(), params.r(), params.p())
                == (self.params.log_n(), self.params.r(), self.params.p())
        })
    }
}

/// Calls with the password in NFC, so that two keyboards that spell a letter differently open one door.
fn with_normal_form<T>(password: &Secret<String>, call: impl FnOnce(&[u8]) -> T) -> T {
    let mut normal: String = password.expose().nfc().collect();
    let result = call(normal.as_bytes());
    normal.zeroize();
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn the_right_password_opens_in_any_spelling_and_no_other_does() {
        let passwords = Passwords::new(PasswordCost::SmallMemory);
        let hash = passwords.hash(&secret("caf\u{e9} caf\u{e9}")).unwrap();
        assert!(hash.expose().starts_with("$scrypt$ln=15,r=8,p=3$"), "{}", hash.expose());
        assert!(passwords.check(&secret("cafe\u{301} cafe\u{301}"), &hash));
        assert!(!passwords.check(&secret("cafe cafe"), &hash));
        assert!(!passwords.check(&secret("cafe cafe"), &secret("not a hash")));
        assert!(passwords.is_current(&hash));
        assert_ne!(passwords.hash(&secret("same password")), passwords.hash(&secret("same password")));
        // A hash of another cost still opens, and is seen to be old.
        let dear = secret(
            "$scrypt$ln=14,r=8,p=5$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
        );
        assert!(!passwords.is_current(&dear));
    }
}

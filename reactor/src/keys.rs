//! The server's own key, and what it seals: codes, their way through the mail queue, proofs of devices.
//!
//! This file does not know accounts, mails or sessions. The key lies outside the store, so that whoever
//! steals the store alone can neither try the hundred thousand codes there are nor read one that waits to
//! be sent. Nothing is drawn here but the key itself: whoever seals brings the nonce.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use hmac::{Hmac, Mac};
use parlour_common::limits::{DEVICE_PROOF_BYTES, RESET_FLOW_BYTES};
use parlour_common::message::{DeviceProof, ResetFlow};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::store::{CodeMac, UserId};

/// The bytes of the key, and of each key made from it.
pub const KEY_BYTES: usize = 32;

/// The bytes that tell one device from another.
pub const DEVICE_NONCE_BYTES: usize = DEVICE_PROOF_BYTES - KEY_BYTES;

/// The bytes by which two aliases of one flow differ.
pub const ALIAS_NONCE_BYTES: usize = 4;

/// The bytes of a nonce with which something is sealed.
pub const SEAL_NONCE_BYTES: usize = 12;

const KEY_FOLDER: &str = "keys";
const KEY_FILE: &str = "server.key";

/// Where the key is written before it has its name.
const KEY_FILE_UNFINISHED: &str = "server.key.new";

/// The bytes of an account's number within an alias: more than there will ever be accounts.
const ALIAS_USER_BYTES: usize = 6;

/// The zeros within an alias by which it is known as one: another flow is mistaken for an alias once in
/// 2^48.
const ALIAS_ZEROS: usize = RESET_FLOW_BYTES - ALIAS_NONCE_BYTES - ALIAS_USER_BYTES;

/// Tells one device of an account from another.
pub type DeviceNonce = [u8; DEVICE_NONCE_BYTES];

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The file holds something else.
    #[error(
        "{} is {found} bytes long and not {KEY_BYTES}, so it is not the server's key; put the key back from a \
         backup, or move the file aside and start again: codes under way are void then, and devices are new",
        path.display()
    )]
    NoKey {
        /// The file.
        path: PathBuf,
        /// How long it is, in bytes.
        found: usize,
    },
    /// It cannot be read or made.
    #[error("the server's key {} cannot be used ({source}); let the user who runs this program read and write it", path.display())]
    Io {
        /// The file or its folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no random numbers.
    #[error(
        "the system gives no random numbers ({0}), so the server's key cannot be made; see to the system and start again"
    )]
    NoRandom(getrandom::Error),
}

/// The server's keys, one for each purpose. Clones are cheap.
#[derive(Clone)]
pub struct Keys(Arc<Subkeys>);

struct Subkeys {
    codes: [u8; KEY_BYTES],
    mail: [u8; KEY_BYTES],
    devices: [u8; KEY_BYTES],
    flows: [u8; KEY_BYTES],
    aliases: [u8; KEY_BYTES],
    nobodies: [u8; KEY_BYTES],
}

impl Drop for Subkeys {
    fn drop(&mut self) {
        let Self { codes, mail, devices, flows, aliases, nobodies } = self;
        for key in [codes, mail, devices, flows, aliases, nobodies] {
            key.zeroize();
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(***)")
    }
}

impl Keys {
    /// Reads the key of a data directory, or makes one at the first start.
    pub fn open(data_dir: &Path) -> Result<Self, KeysError> {
        let folder = data_dir.join(KEY_FOLDER);
        let path = folder.join(KEY_FILE);
        let failed = |source| KeysError::Io { path: path.clone(), source };
        let mut key = match fs::read(&path) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(data_dir, &folder, &path)?,
            Err(error) => return Err(failed(error)),
        };
        let mode = fs::metadata(&path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            tracing::warn!("others on this machine may read {0}; say `chmod 600 {0}`", path.display());
        }
        let read = <[u8; KEY_BYTES]>::try_from(key.as_slice());
        let found = key.len();
        key.zeroize();
        match read {
            Ok(mut key) => {
                let keys = Self::of(key);
                key.zeroize();
                Ok(keys)
            }
            Err(_) => Err(KeysError::NoKey { path, found }),
        }
    }

    /// Makes the keys for each purpose from the one key.
    pub fn of(key: [u8; KEY_BYTES]) -> Self {
        let of = |label: &str| mac(&key, &[label.as_bytes()]);
        Self(Arc::new(Subkeys {
            codes: of("parlour reset code"),
            mail: of("parlour mail queue"),
            devices: of("parlour device proof"),
            flows: of("parlour admin flow"),
            aliases: of("parlour flow alias"),
            nobodies: of("parlour nobody"),
        }))
    }

    /// Returns what is kept of a code: it says nothing to whoever has not the key.
    pub fn code_mac(&self, flow: &ResetFlow, code: &str) -> CodeMac {
        CodeMac(mac(&self.0.codes, &[flow.as_bytes(), code.as_bytes()]))
    }

    /// Seals what must wait in the store. No nonce may be brought twice.
    pub fn seal(&self, nonce: [u8; SEAL_NONCE_BYTES], plain: &[u8]) -> Vec<u8> {
        let cipher = ChaCha20Poly1305::new(&self.0.mail.into());
        let Ok(sealed) = cipher.encrypt(&nonce.into(), plain) else {
            unreachable!("a mail is far shorter than 256 GiB")
        };
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what was sealed. `None` if it was not sealed with this key, or was changed.
    pub fn open_sealed(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(SEAL_NONCE_BYTES)?;
        let nonce = <[u8; SEAL_NONCE_BYTES]>::try_from(nonce).ok()?;
        ChaCha20Poly1305::new(&self.0.mail.into()).decrypt(&nonce.into(), sealed).ok()
    }

    /// Returns what shows later that the account of this key has signed in on a device.
    pub fn device_proof(&self, name_key: &str, nonce: DeviceNonce) -> DeviceProof {
        let mut proof = [0; DEVICE_PROOF_BYTES];
        proof[..DEVICE_NONCE_BYTES].copy_from_slice(&nonce);
        proof[DEVICE_NONCE_BYTES..].copy_from_slice(&self.device_mac(name_key, &nonce));
        DeviceProof::new(proof)
    }

    /// Returns the device that a proof speaks of. `None` if the proof is not this account's.
    pub fn device_of(&self, name_key: &str, proof: &DeviceProof) -> Option<DeviceNonce> {
        let (nonce, seal) = proof.as_bytes().split_at(DEVICE_NONCE_BYTES);
        let nonce = DeviceNonce::try_from(nonce).ok()?;
        bool::from(self.device_mac(name_key, &nonce).as_slice().ct_eq(seal)).then_some(nonce)
    }

    fn device_mac(&self, name_key: &str, nonce: &DeviceNonce) -> [u8; KEY_BYTES] {
        mac(&self.0.devices, &[nonce, name_key.as_bytes()])
    }

    /// Returns the flow of a code that an admin issues to an account. It is derived, so that whoever comes
    /// with the code finds it again.
    pub fn admin_flow(&self, user: UserId) -> ResetFlow {
        let mac = mac(&self.0.flows, &[&user.0.to_be_bytes()]);
        let mut flow = [0; RESET_FLOW_BYTES];
        flow.copy_from_slice(&mac[..RESET_FLOW_BYTES]);
        ResetFlow::new(flow)
    }

    /// Returns a name for the flow of [`Self::admin_flow`] that is another one each time, and one of the
    /// same form for nobody. A flow that were the same for a username and for an e-mail address would tell
    /// strangers whose address it is.
    pub fn alias_flow(&self, user: Option<UserId>, nonce: [u8; ALIAS_NONCE_BYTES]) -> ResetFlow {
        let number = user.map_or(0, |user| user.0).to_be_bytes();
        let mut block = [0; RESET_FLOW_BYTES];
        block[..ALIAS_NONCE_BYTES].copy_from_slice(&nonce);
        block[ALIAS_NONCE_BYTES..][..ALIAS_USER_BYTES]
            .copy_from_slice(&number[number.len() - ALIAS_USER_BYTES..]);
        for round in 0..FEISTEL_ROUNDS {
            self.mix(&mut block, round);
            block.rotate_left(HALF);
        }
        ResetFlow::new(block)
    }

    /// Returns the flow that an alias stands for, and any other flow as it is.
    pub fn meant_flow(&self, flow: &ResetFlow) -> ResetFlow {
        let mut block = *flow.as_bytes();
        for round in (0..FEISTEL_ROUNDS).rev() {
            block.rotate_left(HALF);
            self.mix(&mut block, round);
        }
        let (_, rest) = block.split_at(ALIAS_NONCE_BYTES);
        let (number, zeros) = rest.split_at(ALIAS_USER_BYTES);
        if zeros != [0; ALIAS_ZEROS] {
            return *flow;
        }
        self.admin_flow(UserId(number.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))))
    }

    /// Returns a number for who has no account, the same for the same name. Nobody can tell beforehand which.
    pub fn nobody(&self, account_key: &str) -> UserId {
        let [a, b, c, d, e, f, g, h, ..] = mac(&self.0.nobodies, &[account_key.as_bytes()]);
        UserId::nobodys(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// Mixes the right half of a block into the left one; to mix once more undoes it.
    fn mix(&self, block: &mut [u8; RESET_FLOW_BYTES], round: u8) {
        let (left, right) = block.split_at_mut(HALF);
        let mask = mac(&self.0.aliases, &[&[round], right]);
        left.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
}

/// Half of a flow, in bytes.
const HALF: usize = RESET_FLOW_BYTES / 2;

/// Four rounds make a permutation that cannot be told from chance (Luby and Rackoff, 1988).
const FEISTEL_ROUNDS: u8 = 4;

fn mac(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> [u8; KEY_BYTES] {
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key) else {
        unreachable!("a key of any length will do")
    };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// Draws the key and writes it down, so that after a power cut it is there wholly or not at all.
fn make(data_dir: &Path, folder: &Path, path: &Path) -> Result<Vec<u8>, KeysError> {
    let mut key = vec![0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(KeysError::NoRandom)?;
    let write = || {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let unfinished = folder.join(KEY_FILE_UNFINISHED);
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        file.write_all(&key)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        File::open(folder)?.sync_all()?;
        File::open(data_dir)?.sync_all()
    };
    write().map_err(|source| KeysError::Io { path: path.to_owned(), source })?;
    Ok(key)
}

#[cfg(test)]
mod tests;

//! Reading contents from the disk for their hash.
//!
//! This file does not know what the hash is compared with.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use parlour_common::message::FileHash;
use sha2::{Digest, Sha256};

use super::DiskFault;

/// The bytes read at once: enough that the disk reads ahead, little enough to stop soon.
const READ_BYTES: usize = 256 * 1024;

/// Returns the hash of all that a hasher was given.
pub fn hash_of(hasher: Sha256) -> FileHash {
    FileHash::new(hasher.finalize().into())
}

/// Reads a file from its beginning up to a length, or to its end. Returns what was hashed, and how long it was.
pub(super) fn hash_up_to(
    file: &File,
    length: u64,
    is_unwanted: &dyn Fn() -> bool,
) -> Result<(Sha256, u64), DiskFault> {
    // Advice: a kernel that does not take it only reads more slowly.
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::Sequential);
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut at = 0;
    while at < length {
        if is_unwanted() {
            return Err(DiskFault::Unwanted);
        }
        let most = usize::try_from(length - at).map_or(READ_BYTES, |left| left.min(READ_BYTES));
        match file.read_at(&mut buffer[..most], at) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(&buffer[..read]);
                at += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok((hasher, at))
}

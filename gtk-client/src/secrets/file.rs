//! A file of secrets that only the person can read.
//!
//! This file knows owners and bytes. It does not know what the bytes open, nor the keyring.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use parlour_common::Secret;
use serde::{Deserialize, Serialize};

use super::Owner;

/// The secrets that are kept; the oldest gives way.
const ENTRIES_MAX: usize = 64;

/// A file larger than this is not read: the app never writes one.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A file of secrets. It need not be there yet.
#[derive(Clone, Debug)]
pub(super) struct SecretFile {
    path: PathBuf,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    server: String,
    user: String,
    /// The bytes in hexadecimal.
    secret: Secret<String>,
}

impl SecretFile {
    /// A file at this path, in a folder that holds nothing else.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Reads every secret, the newest first. What cannot be read is as if it were not there.
    pub(super) fn read(&self) -> Vec<(Owner, Secret<Vec<u8>>)> {
        let content = match self.try_read() {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                tracing::warn!(%error, path = %self.path.display(), "the file cannot be read");
                return Vec::new();
            }
        };
        let entry = |entry: Entry| {
            let owner = Owner { server: entry.server.parse().ok()?, user: entry.user };
            Some((owner, bytes_of(&entry.secret)?))
        };
        content.entry.into_iter().filter_map(entry).collect()
    }

    /// Keeps a secret, in place of the owner's one before.
    pub(super) fn keep(&self, owner: Owner, secret: Secret<Vec<u8>>) -> io::Result<()> {
        let mut entries = self.read();
        entries.retain(|(of, _)| *of != owner);
        entries.insert(0, (owner, secret));
        entries.truncate(ENTRIES_MAX);
        self.write(&entries)
    }

    /// Forgets the secret of an owner.
    pub(super) fn forget(&self, owner: &Owner) -> io::Result<()> {
        let mut entries = self.read();
        let before = entries.len();
        entries.retain(|(of, _)| of != owner);
        if entries.len() == before { Ok(()) } else { self.write(&entries) }
    }

    fn try_read(&self) -> io::Result<Content> {
        if fs::metadata(&self.path)?.len() > FILE_BYTES_MAX {
            return Err(io::Error::other("it is too large"));
        }
        let text = Secret::new(fs::read_to_string(&self.path)?);
        // The error of the parser would quote the line.
        toml::from_str(text.expose()).map_err(|_| io::Error::other("it is damaged"))
    }

    /// Writes the file: after a crash it is the old one or the new one, never half of either, and nobody
    /// else could read it at any moment.
    fn write(&self, entries: &[(Owner, Secret<Vec<u8>>)]) -> io::Result<()> {
        let entry = |(owner, secret): &(Owner, Secret<Vec<u8>>)| Entry {
            server: owner.server.to_string(),
            user: owner.user.clone(),
            secret: hexadecimal(secret),
        };
        let content = Content { entry: entries.iter().map(entry).collect() };
        let text = Secret::new(toml::to_string(&content).map_err(io::Error::other)?);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        let fresh_path = self.path.with_extension("new");
        match fs::remove_file(&fresh_path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut fresh = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh_path)?;
        fresh.write_all(text.expose().as_bytes())?;
        fresh.sync_all()?;
        fs::rename(&fresh_path, &self.path)?;
        File::open(folder)?.sync_all()
    }
}

fn hexadecimal(bytes: &Secret<Vec<u8>>) -> Secret<String> {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let pair = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    Secret::new(bytes.expose().iter().flat_map(pair).collect())
}

fn bytes_of(text: &Secret<String>) -> Option<Secret<Vec<u8>>> {
    let digits = text.expose().as_bytes();
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(value(*high)? << 4 | value(*low)?),
        _ => None,
    };
    digits.chunks(2).map(byte).collect::<Option<Vec<u8>>>().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(server: &str, user_name: &str) -> Owner {
        Owner::new(&server.parse().unwrap(), user_name)
    }

    fn file() -> (tempfile::TempDir, SecretFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::at(folder.path().join("deep").join("secrets").join("sessions.toml"));
        (folder, file)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_kept_is_found_by_any_spelling_and_only_by_its_owner() {
        let (_folder, file) = file();
        assert!(file.read().is_empty());
        let secret = Secret::new(vec![0, 15, 16, 255]);
        file.keep(owner("host", "Sara"), secret.clone()).unwrap();
        file.keep(owner("host:9001", "sara"), Secret::new(vec![1])).unwrap();
        file.keep(owner("host", "개구리"), Secret::new(vec![2])).unwrap();
        let found =
            |owner: &Owner| file.read().into_iter().find(|(of, _)| of == owner).map(|(_, secret)| secret);
        assert_eq!(found(&owner("host:9000", " sARA ")), Some(secret));
        assert_eq!(found(&owner("host", "ali")), None);
        file.keep(owner("host", "sara"), Secret::new(vec![3])).unwrap();
        assert_eq!(found(&owner("host", "sara")), Some(Secret::new(vec![3])));
        assert_eq!(file.read().len(), 3);
        file.forget(&owner("host", "sara")).unwrap();
        file.forget(&owner("host", "nobody")).unwrap();
        assert_eq!(found(&owner("host", "sara")), None);
        assert_eq!(found(&owner("host:9001", "sara")), Some(Secret::new(vec![1])));
    }

    #[test]
    fn only_the_person_can_read_it() {
        let (_folder, file) = file();
        let folder = file.path.parent().unwrap();
        fs::create_dir_all(folder).unwrap();
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        // What a crash left behind is in nobody's way.
        fs::write(file.path.with_extension("new"), "half").unwrap();
        file.keep(owner("host", "sara"), Secret::new(vec![7; 32])).unwrap();
        assert_eq!((mode(folder), mode(&file.path)), (0o700, 0o600));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
        assert!(!fs::read_to_string(&file.path).unwrap().contains("\u{7}"));
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none() {
        let (_folder, file) = file();
        file.keep(owner("host", "sara"), Secret::new(vec![7; 32])).unwrap();
        for damaged in [
            "no toml",
            "[[entry]]\nserver = 'host'\nuser = 'sara'\nsecret = '0'\n",
            "[[entry]]\nserver = 'host'\nuser = 'sara'\nsecret = 'é'\n",
            "[[entry]]\nserver = 'no host'\nuser = 'sara'\nsecret = '00'\n",
        ] {
            fs::write(&file.path, damaged).unwrap();
            assert!(file.read().is_empty(), "{damaged}");
        }
        file.keep(owner("host", "sara"), Secret::new(vec![8])).unwrap();
        assert_eq!(file.read().len(), 1);
    }

    #[test]
    fn the_oldest_gives_way() {
        let (_folder, file) = file();
        for number in 0..=ENTRIES_MAX {
            file.keep(owner(&format!("host{number}"), "sara"), Secret::new(vec![1])).unwrap();
        }
        let entries = file.read();
        assert_eq!(entries.len(), ENTRIES_MAX);
        assert_eq!(entries[0].0, owner(&format!("host{ENTRIES_MAX}"), "sara"));
        assert!(entries.iter().all(|(of, _)| *of != owner("host0", "sara")));
    }
}

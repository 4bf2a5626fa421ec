//! The start of people's files: the folders are opened, and what a crash left is put right before anyone is served.
//!
//! This file does not know what the daemon is built of otherwise.

use super::Failure;
use crate::config::Config;
use crate::files::{Files, OnRecord, Repaired};
use crate::store::Store;

/// The lines of the log that name what cannot be put right, each; the rest is counted.
const NAMED_MAX: usize = 20;

/// Opens the folders of people's files.
pub fn open_files(config: &Config) -> Result<Files, Failure> {
    Files::open(&config.data_dir).map_err(|(folder, error)| {
        Failure::at_start(format!(
            "the folder {} for people's files cannot be used: {error}. See to it that the user of the daemon can \
             write there, or choose another `data_dir`.",
            folder.display()
        ))
    })
}

/// Puts right what a crash left between the records and the disk. The log says what.
pub(super) fn repair_files(files: &Files, store: &Store) -> Result<(), Failure> {
    let on_record = on_record(store).map_err(|error| Failure::at_start(error.to_string()))?;
    let repaired = files.repair(&on_record).map_err(|error| {
        Failure::at_start(format!(
            "the folder `files` in `data_dir` cannot be put in order: {error}. See to it that the user of the \
             daemon can read and write all that is in it."
        ))
    })?;
    report(&repaired);
    Ok(())
}

fn on_record(store: &Store) -> Result<OnRecord, crate::store::StoreError> {
    let mut on_record = OnRecord { doomed: store.doomed(usize::MAX)?, ..OnRecord::default() };
    for row in store.blobs() {
        let (blob, record) = row?;
        on_record.blobs.insert(blob, record.size_bytes);
    }
    for row in store.uploads() {
        on_record.uploads.insert(row?.1.blob);
    }
    Ok(on_record)
}

fn report(repaired: &Repaired) {
    let Repaired { doomed, spools, moved_back, put_away, unknown, missing } = repaired;
    if doomed + spools + moved_back + put_away > 0 {
        tracing::info!(
            doomed,
            spools,
            moved_back,
            put_away,
            "what the last end left of files was put in order"
        );
    }
    for path in unknown.iter().take(NAMED_MAX) {
        tracing::warn!("files/{path} is left where it is, though no record knows it; see `parlourd check`");
    }
    for blob in missing.iter().take(NAMED_MAX) {
        tracing::error!(?blob, "the contents of a file are lost; see `parlourd check`");
    }
    let left = unknown.len().saturating_sub(NAMED_MAX) + missing.len().saturating_sub(NAMED_MAX);
    if left > 0 {
        tracing::warn!("there are {left} more of these; see `parlourd check`");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use parlour_common::Secret;
    use parlour_common::message::{AccountState, FileHash, Role, SameName, UploadKey};
    use parlour_common::names::{Email, FileName, PhonePattern, UserName};
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::store::{
        Act, Applied, Author, BlobId, Change, FilesChange, NewUpload, NewUser, UserId, Writer,
    };

    const BYTES: &[u8] = b"some bytes";
    fn key() -> UploadKey {
        UploadKey::new([7; 16])
    }

    fn sha256() -> FileHash {
        FileHash::new(Sha256::digest(BYTES).into())
    }

    fn commit(writer: &mut Writer, change: impl Into<Change>) -> Applied {
        writer.commit(std::iter::once(&change.into())).remove(0).unwrap()
    }

    fn begin(writer: &mut Writer) -> (UserId, BlobId) {
        let user = NewUser {
            user_name: UserName::parse("sara").unwrap(),
            email: Email::parse("sara@example.org").unwrap(),
            phone: PhonePattern::default().check("09121234567").unwrap(),
            password_hash: Secret::new("$scrypt$".to_owned()),
            created_unix_ms: 1,
            role: Role::Member,
            state: AccountState::Active,
        };
        let act = Act { by: Author::Operator, at_unix_ms: 1 };
        let Applied::Account(user) = commit(writer, Change::AdmitUser { act, user }) else { panic!() };
        let upload = NewUpload {
            key: key(),
            file_name: FileName::parse("a").unwrap(),
            size_bytes: BYTES.len() as u64,
            same_name: SameName::Ask,
            standard_quota_bytes: None,
        };
        let add = FilesChange::AddUpload { user: user.id, upload, at_unix_ms: 1 };
        let Applied::Upload { blob, .. } = commit(writer, add) else { panic!() };
        (user.id, blob)
    }

    fn store_bytes(files: &Files, blob: BlobId) {
        let (spool, offset) = files.open_spool(blob, BYTES.len() as u64).unwrap();
        files.store(&spool, offset, &BYTES[usize::try_from(offset).unwrap()..]).unwrap();
    }

    fn seal(files: &Files, blob: BlobId) {
        files.seal(blob, BYTES.len() as u64, sha256()).unwrap();
    }

    fn finish(writer: &mut Writer, user: UserId, blob: BlobId) -> Applied {
        let (sha256, same_name) = (sha256(), SameName::Ask);
        commit(writer, FilesChange::AddFile { user, key: key(), blob, sha256, same_name, at_unix_ms: 2 })
    }

    /// Goes through the life of a file, and is killed after so many steps. Returns whether there were as many.
    fn live(folder: &Path, steps: usize) -> bool {
        let (store, mut writer) = Store::open(folder).unwrap();
        let files = Files::open(folder).unwrap();
        let (user, blob) = begin(&mut writer);
        let mut left = steps;
        let mut go_on = || {
            let more = left > 0;
            left = left.saturating_sub(1);
            more
        };
        if !go_on() {
            return true;
        }
        store_bytes(&files, blob);
        if !go_on() {
            return true;
        }
        seal(&files, blob);
        if !go_on() {
            return true;
        }
        let Applied::Files(outcome) = finish(&mut writer, user, blob) else { panic!() };
        let file = outcome.file.unwrap().id;
        if !go_on() {
            return true;
        }
        commit(&mut writer, FilesChange::TrashFiles { user, files: vec![file], at_unix_ms: 3 });
        commit(&mut writer, FilesChange::PurgeFiles { user, files: vec![file] });
        if !go_on() {
            return true;
        }
        let gone = files.remove(&store.doomed(9).unwrap());
        if !go_on() {
            return true;
        }
        commit(&mut writer, FilesChange::ForgetBlobs { blobs: gone });
        !go_on()
    }

    #[test]
    fn after_whatever_step_the_daemon_is_killed_the_next_start_puts_it_right() {
        let mut steps = 0;
        loop {
            let folder = tempfile::tempdir().unwrap();
            let was_killed = live(folder.path(), steps);
            let (store, mut writer) = Store::open(folder.path()).unwrap();
            let files = Files::open(folder.path()).unwrap();
            repair_files(&files, &store).unwrap();
            assert_eq!(store.check().unwrap(), Vec::<String>::new(), "after {steps} steps");
            let user = store.user_by_name(&UserName::parse("sara").unwrap()).unwrap().unwrap().id;
            if let Some(upload) = store.upload(user, key()).unwrap() {
                // It goes on, from wherever it was.
                assert!(steps <= 2, "after {steps} steps");
                assert_eq!(files.size_of_blob(upload.blob).unwrap(), None, "after {steps} steps");
                store_bytes(&files, upload.blob);
                seal(&files, upload.blob);
                finish(&mut writer, user, upload.blob);
            } else {
                assert!(steps > 2, "after {steps} steps");
            }
            let whole = store
                .files()
                .map(Result::unwrap)
                .filter(|file| files.size_of_blob(file.blob).unwrap() == Some(file.size_bytes));
            assert_eq!(whole.count(), usize::from(steps <= 3), "after {steps} steps");
            let spools = fs::read_dir(folder.path().join("files/spool")).unwrap().count();
            assert_eq!(spools, 0, "after {steps} steps");
            if steps > 3 {
                let blobs = fs::read_dir(folder.path().join("files/blobs")).unwrap();
                let left: usize =
                    blobs.map(|entry| fs::read_dir(entry.unwrap().path()).unwrap().count()).sum();
                assert_eq!(left, 0, "after {steps} steps");
            }
            if !was_killed {
                break;
            }
            steps += 1;
        }
        assert_eq!(steps, 7);
    }
}

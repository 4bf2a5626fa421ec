//! The changes of files as other rooms see them: what each does, and why it is refused.
//!
//! Here is the bench that they are tried on; what is tried stands in the files of the areas.

mod departed;
mod lists;
mod model;
mod names;
mod sharing;
mod trash;
mod uploads;

use std::sync::Arc;

use parlour_common::message::{FileHash, FileId, Quota, SameName, UploadKey};
use parlour_common::names::FileName;

use super::super::testing::{FakeDisk, add};
use super::super::{
    Act, Applied, Author, Change, ChangeError, Fate, Outcome, Refusal, Store, UserEdit, UserId, Writer,
};
use super::*;

/// The members of every bench.
const SARA: UserId = UserId(1);
const MINA: UserId = UserId(2);
const OMID: UserId = UserId(3);
const ROYA: UserId = UserId(4);

/// A store with four members, and a clock that goes on by one with each change.
struct Bench {
    _dir: tempfile::TempDir,
    store: Store,
    writer: Writer,
    clock: u64,
    /// How much everyone's files may take.
    quota: Option<u64>,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (store, writer) = Store::open_on(dir.path(), Arc::new(FakeDisk::default())).unwrap();
        let mut bench = Self { _dir: dir, store, writer, clock: 1000, quota: None };
        for (n, name) in (1..).zip(["sara", "mina", "omid", "roya"]) {
            bench.change(&add(name, &format!("{name}@example.org"), n)).unwrap();
        }
        bench
    }

    fn change(&mut self, change: &Change) -> Outcome {
        self.clock += 1;
        self.writer.commit([change].into_iter()).remove(0)
    }

    fn apply(&mut self, change: FilesChange) -> Outcome {
        self.change(&change.into())
    }

    /// Applies a change of files that must be done.
    fn outcome(&mut self, change: FilesChange) -> FilesOutcome {
        let said = format!("{change:?}");
        match self.apply(change) {
            Ok(Applied::Files(outcome)) => *outcome,
            outcome => panic!("{said}: {outcome:?}"),
        }
    }

    /// Asserts that a change is refused, and that nothing was changed.
    fn expect_refused(&mut self, change: FilesChange, refusal: Refusal) {
        let (before, said) = (dump(&self.store), format!("{change:?}"));
        assert_eq!(self.apply(change), Err(ChangeError::Refused(refusal)), "{said}");
        assert_eq!(dump(&self.store), before, "{said}");
    }

    fn begin(&self, user: UserId, n: u8, name: &str, size_bytes: u64) -> FilesChange {
        let upload = NewUpload {
            key: key(n),
            file_name: file_name(name),
            size_bytes,
            same_name: SameName::Ask,
            standard_quota_bytes: self.quota,
        };
        FilesChange::AddUpload { user, upload, at_unix_ms: self.clock }
    }

    /// Returns what an upload makes; nothing that is there where it is over, or never was.
    fn blob_of(&self, user: UserId, key: UploadKey) -> BlobId {
        self.store.upload(user, key).unwrap().map_or(BlobId(0), |upload| upload.blob)
    }

    fn finish(&self, user: UserId, n: u8, same_name: SameName) -> FilesChange {
        FilesChange::AddFile {
            user,
            key: key(n),
            blob: self.blob_of(user, key(n)),
            sha256: hash(n),
            same_name,
            at_unix_ms: self.clock,
        }
    }

    /// Uploads a file of 100 bytes under a name that is free, or by what is to be done if it is not.
    fn upload(&mut self, user: UserId, n: u8, name: &str, same_name: SameName) -> FileRecord {
        let mut begin = self.begin(user, n, name, 100);
        if let FilesChange::AddUpload { upload, .. } = &mut begin {
            upload.same_name = same_name;
        }
        assert!(matches!(self.apply(begin), Ok(Applied::Upload { size_bytes: 100, .. })));
        let finish = self.finish(user, n, same_name);
        self.outcome(finish).file.unwrap()
    }

    fn file(&mut self, user: UserId, n: u8, name: &str) -> FileId {
        self.upload(user, n, name, SameName::Ask).id
    }

    fn share(&mut self, user: UserId, files: &[FileId], with: &[UserId]) -> FilesOutcome {
        self.outcome(share(user, files, with))
    }

    fn trash(&mut self, user: UserId, files: &[FileId]) -> FilesOutcome {
        let change = FilesChange::TrashFiles { user, files: files.to_vec(), at_unix_ms: self.clock };
        self.outcome(change)
    }

    fn restore(&mut self, user: UserId, files: &[FileId]) -> FilesOutcome {
        self.outcome(FilesChange::RestoreFiles { user, files: files.to_vec() })
    }

    fn remove_user(&mut self, user: UserId, shared: Fate) {
        let act = Act { by: Author::Operator, at_unix_ms: self.clock };
        assert_eq!(self.change(&Change::RemoveUser { act, user, shared }), Ok(Applied::Done));
    }

    /// Settles a deleted account to the end. Returns who was touched, in order of the steps.
    fn settle(&mut self, user: UserId) -> Vec<UserId> {
        let mut touched = Vec::new();
        loop {
            let outcome = self.outcome(FilesChange::SettleDeparted { user });
            touched.extend(outcome.touched);
            if !outcome.more {
                return touched;
            }
        }
    }

    fn set_quota(&mut self, user: UserId, quota: Quota) {
        let act = Act { by: Author::Operator, at_unix_ms: self.clock };
        let edit = UserEdit { quota: Some(quota), ..UserEdit::default() };
        self.change(&Change::EditUser { act, user, edit, notify: false }).unwrap();
    }

    fn record(&self, id: FileId) -> FileRecord {
        self.store.file(id).unwrap().unwrap()
    }

    fn name(&self, id: FileId) -> String {
        self.record(id).file_name.as_str().to_owned()
    }

    /// Asserts that no record contradicts another.
    fn check(&self) {
        assert_eq!(self.store.check().unwrap(), [""; 0]);
    }
}

fn share(user: UserId, files: &[FileId], with: &[UserId]) -> FilesChange {
    FilesChange::ShareFiles { user, files: files.to_vec(), with: with.to_vec(), at_unix_ms: 50 }
}

fn confirm(user: UserId, file: FileId, n: u8, at_unix_ms: u64) -> FilesChange {
    FilesChange::ConfirmFile { user, file, sha256: hash(n), at_unix_ms }
}

fn key(n: u8) -> UploadKey {
    UploadKey::new([n; 16])
}

fn hash(n: u8) -> FileHash {
    FileHash::new([n; 32])
}

fn file_name(name: &str) -> FileName {
    FileName::parse(name).unwrap()
}

/// Everything in the store as text.
fn dump(store: &Store) -> String {
    let mut out = Vec::new();
    store.dump(&mut out, super::super::DumpFormat::Json).unwrap();
    String::from_utf8(out).unwrap()
}

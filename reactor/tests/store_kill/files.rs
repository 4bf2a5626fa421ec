//! The files of a person: the steps of their lives, and what must be seen of them after each.
//!
//! This file does not know when the writer is killed.

use std::collections::BTreeMap;

use parlour_common::message::{ConversationId, FileHash, FileId, PostId, SameName, UploadKey};
use parlour_common::names::{FileName, UserName};
use parlour_reactor::store::{BlobId, Change, FileRecord, FilesChange, NewUpload, Store, UserId};

use super::super::{STEPS, token};

/// Who never leaves: everyone shares a file with them, and some leave them theirs.
pub const KEEPER: &str = "keeper";

/// Tells whether a person leaves their files to who never leaves; the others' files are removed.
pub fn leaves_files(person: u64) -> bool {
    person % 2 == 1
}

/// What can be seen of a file: the name, which of the two contents, whether it is shared with who never leaves,
/// whether they confirmed it, and whether it is in the trash.
#[derive(Debug, PartialEq)]
pub struct FileSight {
    pub name: &'static str,
    pub nth: u8,
    pub shared: bool,
    pub fetched: bool,
    pub trashed: bool,
}

/// Returns what must be seen of a person's files after so many steps.
pub fn files_after(steps: u8) -> Vec<FileSight> {
    let name = if steps < 16 { "song" } else { "tune" };
    let file = FileSight { name, nth: 0, shared: steps > 13, fetched: steps > 14, trashed: false };
    match steps {
        0..=12 => Vec::new(),
        13..=17 => vec![file],
        _ => {
            let old = FileSight { shared: false, fetched: false, trashed: true, ..file };
            vec![FileSight { nth: 1, fetched: false, ..file }, old]
        }
    }
}

/// Returns all files by whom they came from, as their contents tell.
pub fn files_by_person(store: &Store) -> BTreeMap<u64, Vec<FileRecord>> {
    let mut files: BTreeMap<u64, Vec<FileRecord>> = BTreeMap::new();
    for file in store.files() {
        let file = file.unwrap();
        let person = u64::from_be_bytes(file.sha256.as_bytes()[..8].try_into().unwrap());
        files.entry(person).or_default().push(file);
    }
    files
}

pub fn see_file(store: &Store, file: &FileRecord) -> FileSight {
    let keeper = store.user_by_name(&UserName::parse(KEEPER).unwrap()).unwrap().unwrap();
    let share = store.share(file.id, keeper.id).unwrap();
    let name = ["song", "tune"].into_iter().find(|name| *name == file.file_name.as_str()).unwrap();
    let nth = file.sha256.as_bytes()[31];
    let fetched = share.is_some_and(|share| share.fetched_unix_ms.is_some());
    assert_eq!((file.recipients, file.fetched), (share.is_some().into(), fetched.into()));
    FileSight { name, nth, shared: share.is_some(), fetched, trashed: file.is_trashed() }
}

/// Returns how far a person is who is not there: not come yet, or gone with or without what was left.
pub fn steps_of_absent(store: &Store, person: u64, files: &[FileRecord]) -> u8 {
    let [file, rest @ ..] = files else { return 0 };
    let keeper = store.user_by_name(&UserName::parse(KEEPER).unwrap()).unwrap().unwrap();
    if file.owner != keeper.id {
        let seen: Vec<FileSight> = files.iter().map(|file| see_file(store, file)).collect();
        assert_eq!(seen, files_after(STEPS - 2), "{person}");
        assert!(store.unsettled(usize::MAX).unwrap().contains(&file.owner), "{person}");
        return STEPS - 1;
    }
    let left = FileSight { name: "tune", nth: 1, shared: false, fetched: false, trashed: false };
    let numbered = FileRecord { file_name: FileName::parse("tune").unwrap(), ..file.clone() };
    assert!(rest.is_empty() && see_file(store, &numbered) == left && leaves_files(person), "{person}");
    STEPS
}

/// What the steps of a person need to know.
#[derive(Clone, Copy)]
pub struct Own {
    pub user: UserId,
    pub file: FileId,
    pub blob: BlobId,
    pub posts: [PostId; 2],
    pub keeper: UserId,
    /// The conversation of the two who never leave.
    pub talk: ConversationId,
}

/// A step in the life of a person's file.
pub fn change_of_file(person: u64, step: u8, own: Own) -> Change {
    let (user, file, at_unix_ms) = (own.user, own.file, person);
    let change = match step {
        13 => FilesChange::ShareFiles { user, files: vec![file], with: vec![own.keeper], at_unix_ms },
        14 => {
            let sha256 = contents(person, 0);
            FilesChange::ConfirmFile { user: own.keeper, file, sha256, at_unix_ms }
        }
        15 => {
            let file_name = FileName::parse("tune").unwrap();
            FilesChange::RenameFile { user, file, file_name, same_name: SameName::Ask, at_unix_ms }
        }
        16 => return begin_upload(person, user, 1),
        17 => return finish_upload(person, own, 1),
        _ => FilesChange::SettleDeparted { user },
    };
    change.into()
}

pub fn begin_upload(person: u64, user: UserId, nth: u8) -> Change {
    let upload = NewUpload {
        key: upload_key(person, nth),
        file_name: FileName::parse(["song", "tune"][usize::from(nth)]).unwrap(),
        size_bytes: 100,
        same_name: SameName::Replace,
        standard_quota_bytes: Some(300),
    };
    FilesChange::AddUpload { user, upload, at_unix_ms: person }.into()
}

pub fn finish_upload(person: u64, own: Own, nth: u8) -> Change {
    let (user, blob, at_unix_ms) = (own.user, own.blob, person);
    let (key, sha256) = (upload_key(person, nth), contents(person, nth));
    let same_name = SameName::Replace;
    FilesChange::AddFile { user, key, blob, sha256, same_name, at_unix_ms }.into()
}

pub fn upload_key(person: u64, nth: u8) -> UploadKey {
    UploadKey::new([person.to_be_bytes(), [nth; 8]].concat().try_into().unwrap())
}

/// The hash of a person's contents: it begins with who, and ends with which.
pub fn contents(person: u64, nth: u8) -> FileHash {
    FileHash::new(token(person, nth).0)
}

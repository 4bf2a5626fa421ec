//! What people ask about files, and what the rooms around the service say of them.
//!
//! It does not know what should come of it.

use std::io::Write;

use parlour_common::limits::{FILE_HASH_BYTES, UPLOAD_KEY_BYTES};
use parlour_common::message::{
    BeginUpload, CancelUpload, CheckFiles, ConfirmFile, FetchFile, FileHash, FileId, FileList, FilePlace,
    FileSort, FileVersion, FinishUpload, HashTrack, ListFiles, OneFile, RenameFile, Request, SameName,
    ShareFiles, UnshareFile, UploadKey,
};
use parlour_common::names::{FileName, UserName};
use parlour_reactor::job::{Completion, FilesFound};
use parlour_reactor::send_file::SendFile;
use parlour_reactor::store::{Applied, BlobId, FileRecord, FilesOutcome, UserId};

use super::super::house::track;

/// The upload of the stories.
pub fn key() -> UploadKey {
    UploadKey::new([7; UPLOAD_KEY_BYTES])
}

/// The hash of contents of this number.
pub fn hash(number: u8) -> FileHash {
    FileHash::new([number; FILE_HASH_BYTES])
}

pub fn begin(file_name: &str, size_bytes: u64) -> Request {
    let (upload, file_name, same_name) = (key(), file_name.to_owned(), SameName::Ask);
    Request::BeginUpload(BeginUpload { upload, file_name, size_bytes, same_name })
}

/// The bytes of the upload were sent, and their hash has this number.
pub fn finish(number: u8) -> Request {
    Request::FinishUpload(FinishUpload { upload: key(), sha256: hash(number), same_name: SameName::KeepBoth })
}

pub fn cancel() -> Request {
    Request::CancelUpload(CancelUpload { upload: key() })
}

pub fn list(place: FilePlace) -> Request {
    Request::ListFiles(list_of(place, "", 10))
}

pub fn list_of(place: FilePlace, query: &str, limit: u16) -> ListFiles {
    let (query, sort) = (query.to_owned(), FileSort::Name);
    ListFiles { place, query, sort, descending: false, offset: 0, limit }
}

pub fn fetch(file: u64) -> Request {
    Request::FetchFile(FetchFile { file: FileId(file), offset: 0, length: None, sha256: None })
}

/// Confirms contents of the number of the file.
pub fn confirm(file: u64) -> Request {
    Request::ConfirmFile(ConfirmFile { file: FileId(file), sha256: hash(1) })
}

pub fn rename(file: u64, file_name: &str) -> Request {
    let (file, file_name, same_name) = (FileId(file), file_name.to_owned(), SameName::Replace);
    Request::RenameFile(RenameFile { file, file_name, same_name })
}

fn files(numbers: &[u64]) -> FileList {
    FileList { files: numbers.iter().copied().map(FileId).collect() }
}

pub fn trash(numbers: &[u64]) -> Request {
    Request::TrashFiles(files(numbers))
}

pub fn restore(numbers: &[u64]) -> Request {
    Request::RestoreFiles(files(numbers))
}

pub fn purge(numbers: &[u64]) -> Request {
    Request::PurgeFiles(files(numbers))
}

pub fn share(numbers: &[u64], with: &[&str]) -> Request {
    let with = with.iter().map(|name| UserName::parse(name).unwrap()).collect();
    Request::ShareFiles(ShareFiles { files: files(numbers).files, with })
}

pub fn unshare(file: u64, with: &str) -> Request {
    Request::UnshareFile(UnshareFile { file: FileId(file), with: UserName::parse(with).unwrap() })
}

pub fn recipients(file: u64) -> Request {
    Request::ListRecipients(OneFile { file: FileId(file) })
}

pub fn hash_track() -> Request {
    Request::HashTrack(HashTrack { track: track("a/moon.mp3"), version: FileVersion(4) })
}

pub fn check() -> Request {
    Request::CheckFiles(CheckFiles { read_all: false })
}

/// A file of sara's, of ten bytes, of this number and with contents of this number.
pub fn file(number: u64) -> FileRecord {
    FileRecord {
        id: FileId(number),
        owner: UserId(7),
        file_name: FileName::parse(&format!("{number}.ogg")).unwrap(),
        blob: BlobId(number),
        size_bytes: 10,
        sha256: hash(u8::try_from(number).unwrap()),
        changed_unix_ms: 5,
        trashed_unix_ms: None,
        upload: Some(key()),
        recipients: 0,
        fetched: 0,
    }
}

/// A change of files was made that touched these members.
pub fn changed(touched: &[u64]) -> FilesOutcome {
    FilesOutcome { touched: touched.iter().copied().map(UserId).collect(), ..FilesOutcome::default() }
}

/// The end of a change of files.
pub fn applied(outcome: FilesOutcome) -> Applied {
    Applied::Files(Box::new(outcome))
}

/// The file of this number was opened.
pub fn opened(number: u64) -> Completion {
    let mut bytes = tempfile::tempfile().unwrap();
    bytes.write_all(&[0; 10]).unwrap();
    let FileRecord { file_name, sha256, .. } = file(number);
    let file = SendFile::new(bytes).unwrap();
    Completion::Files(FilesFound::FileOpened { file, file_name, sha256 })
}

//! One value of every variant that is about people's files and their way.

use parlour_common::message::*;
use parlour_common::names::{FileName, UserName};

use super::{Sample, of_value};

/// When the file of the examples came, in milliseconds since 1970 UTC.
const CHANGED_UNIX_MS: u64 = 1_790_000_000_000;

/// A day, in milliseconds.
const DAY_MS: u64 = 86_400_000;

fn user_name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn file_name() -> FileName {
    FileName::parse("Sketch 2.ogg").unwrap()
}

/// The hash of "abc", the first example of FIPS 180-4.
fn hash() -> FileHash {
    FileHash::new([
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0,
        0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    ])
}

fn key() -> UploadKey {
    UploadKey::new(*b"an upload's key.")
}

/// The values that only stand inside of messages.
pub fn values() -> Vec<Sample> {
    let quotas = [Quota::Standard, Quota::Bytes(10 << 30), Quota::Unlimited];
    let places = [FilePlace::Own, FilePlace::Shared, FilePlace::Trash];
    let sorts = [FileSort::Name, FileSort::Size, FileSort::Time];
    let same_names = [SameName::Ask, SameName::Replace, SameName::KeepBoth];
    let states = [DiskState::Enough, DiskState::Low, DiskState::Full];
    let mut values: Vec<Sample> = quotas.iter().map(|value| of_value("quota", value)).collect();
    values.extend(places.map(|value| of_value("file_place", &value)));
    values.extend(sorts.map(|value| of_value("file_sort", &value)));
    values.extend(same_names.map(|value| of_value("same_name", &value)));
    values.extend(states.map(|value| of_value("disk_state", &value)));
    values.extend(storage_faults().iter().map(|value| of_value("storage_fault", value)));
    values
}

fn storage_faults() -> Vec<StorageFault> {
    vec![
        StorageFault::Missing { blob: 26, file_name: file_name(), owner: Some(user_name("sara")) },
        StorageFault::Damaged { blob: 27, file_name: file_name(), owner: None },
        StorageFault::Unreadable { blob: 28, reason: "Input/output error (os error 5)".to_owned() },
        StorageFault::Orphan { path: "blobs/1d/000000000000001d".to_owned(), size_bytes: 4096 },
        StorageFault::Record { reason: "blob 30 has 2 links, and 1 record names it".to_owned() },
    ]
}

pub fn requests() -> Vec<Request> {
    let files = || FileList { files: vec![FileId(7), FileId(8)] };
    vec![
        Request::BeginUpload(BeginUpload {
            upload: key(),
            file_name: file_name().into(),
            size_bytes: 5_000_000,
            same_name: SameName::Ask,
        }),
        Request::FinishUpload(FinishUpload { upload: key(), sha256: hash(), same_name: SameName::KeepBoth }),
        Request::CancelUpload(CancelUpload { upload: key() }),
        Request::ListUploads {},
        Request::ListFiles(ListFiles {
            place: FilePlace::Own,
            query: "sketch".to_owned(),
            sort: FileSort::Name,
            descending: false,
            offset: 0,
            limit: 64,
        }),
        Request::FetchFile(FetchFile { file: FileId(7), offset: 0, length: None, sha256: None }),
        Request::FetchFile(FetchFile {
            file: FileId(7),
            offset: 1_000_000,
            length: Some(2_000_000),
            sha256: Some(hash()),
        }),
        Request::ConfirmFile(ConfirmFile { file: FileId(7), sha256: hash() }),
        Request::RenameFile(RenameFile {
            file: FileId(7),
            file_name: "Sketch 3.ogg".to_owned(),
            same_name: SameName::Ask,
        }),
        Request::TrashFiles(files()),
        Request::RestoreFiles(files()),
        Request::PurgeFiles(files()),
        Request::EmptyTrash {},
        Request::ShareFiles(ShareFiles {
            files: vec![FileId(7), FileId(8)],
            with: vec![user_name("mina"), user_name("개구리")],
        }),
        Request::UnshareFile(UnshareFile { file: FileId(7), with: user_name("mina") }),
        Request::ListRecipients(OneFile { file: FileId(7) }),
        Request::HashTrack(HashTrack { track: TrackId(42), version: FileVersion(0x1122_3344_5566_7788) }),
        Request::CheckFiles(CheckFiles { read_all: true }),
        Request::EditUser(EditUser {
            user_name: "mina".to_owned(),
            email: None,
            phone: None,
            role: None,
            state: None,
            quota: Some(Quota::Bytes(20 << 30)),
        }),
    ]
}

/// A file of one's own that is shared with two, of whom one has it.
fn own() -> FileEntry {
    FileEntry {
        file: FileId(7),
        file_name: file_name(),
        size_bytes: 5_000_000,
        sha256: hash(),
        changed_unix_ms: CHANGED_UNIX_MS,
        shared_by: None,
        recipients: 2,
        fetched: 1,
        trashed: None,
    }
}

fn shared() -> FileEntry {
    let shared_by = SharedBy {
        user_name: user_name("sara"),
        since_unix_ms: CHANGED_UNIX_MS + DAY_MS,
        fetched_unix_ms: None,
    };
    FileEntry { shared_by: Some(shared_by), recipients: 0, fetched: 0, ..own() }
}

fn trashed() -> FileEntry {
    let since_unix_ms = CHANGED_UNIX_MS + 2 * DAY_MS;
    let trashed = Trashed { since_unix_ms, until_unix_ms: Some(since_unix_ms + 30 * DAY_MS) };
    FileEntry { file: FileId(8), recipients: 0, fetched: 0, trashed: Some(trashed), ..own() }
}

fn usage() -> Usage {
    Usage {
        used_bytes: 12_000_000,
        trash_bytes: 5_000_000,
        uploads_bytes: 2_000_000,
        quota_bytes: Some(10 << 30),
    }
}

fn received() -> SharedBy {
    SharedBy {
        user_name: user_name("sara"),
        since_unix_ms: CHANGED_UNIX_MS,
        fetched_unix_ms: Some(CHANGED_UNIX_MS + DAY_MS),
    }
}

pub fn replies() -> Vec<Reply> {
    vec![
        Reply::UploadStart(UploadStart { transfer: TransferId(2), offset: 1_000_000 }),
        Reply::File(own()),
        Reply::Uploads(UploadList {
            total: 1,
            uploads: vec![UploadEntry {
                upload: key(),
                file_name: file_name(),
                size_bytes: 5_000_000,
                began_unix_ms: CHANGED_UNIX_MS,
                until_unix_ms: CHANGED_UNIX_MS + 7 * DAY_MS,
            }],
        }),
        Reply::Files(FilePage { total: 1, offset: 0, files: vec![own()], usage: usage() }),
        Reply::Files(FilePage {
            total: 1,
            offset: 0,
            files: vec![FileEntry { shared_by: Some(received()), ..shared() }],
            usage: Usage { quota_bytes: None, ..usage() },
        }),
        Reply::Files(FilePage { total: 1, offset: 0, files: vec![trashed()], usage: usage() }),
        Reply::Recipients(RecipientList {
            file: FileId(7),
            recipients: vec![
                Recipient {
                    user_name: user_name("mina"),
                    since_unix_ms: CHANGED_UNIX_MS,
                    fetched_unix_ms: Some(CHANGED_UNIX_MS + DAY_MS),
                },
                Recipient {
                    user_name: user_name("개구리"),
                    since_unix_ms: CHANGED_UNIX_MS,
                    fetched_unix_ms: None,
                },
            ],
        }),
        Reply::TrackHash(TrackHash { sha256: hash() }),
        Reply::Checked(CheckReport {
            files: 12,
            blobs: 11,
            bytes: 50_000_000,
            uploads: 1,
            faults_total: 1,
            faults: storage_faults().into_iter().take(1).collect(),
        }),
        Reply::FileStart(FileStart {
            transfer: TransferId(3),
            file_name: file_name(),
            version: FileVersion(26),
            size_bytes: 5_000_000,
            offset: 0,
            length: 5_000_000,
            sha256: Some(hash()),
        }),
    ]
}

pub fn denials() -> Vec<Denial> {
    vec![
        Denial::NoSuchFile {},
        Denial::NameTaken { file: FileId(7), size_bytes: 5_000_000, changed_unix_ms: CHANGED_UNIX_MS },
        Denial::QuotaExceeded { left_bytes: 1_000_000 },
        Denial::DiskFull {},
        Denial::TooManyFiles { limit: 100_000 },
        Denial::TooManyUploads { limit: 1000 },
        Denial::TooManyRecipients { limit: 200 },
        Denial::NoSuchUpload {},
        Denial::UploadIncomplete { received_bytes: 4_000_000 },
        Denial::HashMismatch {},
        Denial::UploadDiffers {},
        Denial::FileLost {},
    ]
}

pub fn events() -> Vec<Event> {
    vec![
        Event::FilesChanged {},
        Event::FileShared(shared()),
        Event::DiskLow(DiskLow { free_bytes: 1_500_000_000, reserve_bytes: 1 << 30, state: DiskState::Low }),
    ]
}

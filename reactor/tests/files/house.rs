//! What the tests of files share: a daemon with members, and what they ask about files.
//!
//! It does not know what should come of it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use parlour_common::message::{
    CheckFiles, CheckReport, ConfirmFile, Denial, Event, FetchFile, FileEntry, FileId, FileList, FilePlace,
    FinishUpload, OneFile, Recipient, RenameFile, Reply, Request, Role, SameName, ShareFiles, UnshareFile,
    UploadKey, UploadList,
};
use parlour_common::names::UserName;
use parlour_reactor::store::Store;

use super::super::real::{Begun, CHUNK_BYTES, Client, Daemon, Load, Options, PASSWORD, PATIENCE};

/// A daemon whose first admin is anna.
pub fn daemon() -> (Daemon, Client) {
    daemon_with("[files]\nreserve_mib = 0")
}

/// The same, with lines of configuration of one's own.
pub fn daemon_with(config: &'static str) -> (Daemon, Client) {
    let daemon = Daemon::start_with_options(&[], &Options { config, ..Options::default() });
    let mut anna = daemon.client();
    let code = daemon.setup_code();
    let signed_in = anna.sign_up_with("anna", "anna@example.org", PASSWORD, Some(code)).unwrap();
    assert_eq!(signed_in.account.role, Role::Admin);
    (daemon, anna)
}

/// The upload of this number.
pub fn key(number: u8) -> UploadKey {
    UploadKey::new([number; 16])
}

/// Uploads some bytes under a name; every number is another upload with other bytes.
pub fn put(client: &mut Client, number: u8, name: &str) -> FileEntry {
    put_bytes(client, number, name, 1000 + u64::from(number))
}

/// Uploads a file of a size.
pub fn put_bytes(client: &mut Client, number: u8, name: &str, size_bytes: u64) -> FileEntry {
    client.upload(key(number), name, &Load::new(u64::from(number), size_bytes)).unwrap()
}

/// Uploads with a wish for where the name is taken.
pub fn put_as(client: &mut Client, number: u8, name: &str, same_name: SameName) -> Result<FileEntry, Denial> {
    let load = Load::new(u64::from(number), 1000 + u64::from(number));
    send(client, number, name, &load, same_name)?;
    finish(client, number, &load, same_name)
}

/// Sends the bytes of an upload, and does not finish it.
pub fn send(
    client: &mut Client,
    number: u8,
    name: &str,
    load: &Load,
    same_name: SameName,
) -> Result<(), Denial> {
    match client.try_begin_upload(key(number), name, load.size_bytes, same_name).unwrap()? {
        Begun::Start(start) => {
            let sent = client.send_load(start, load, CHUNK_BYTES, std::io::Write::write_all);
            sent.unwrap();
            Ok(())
        }
        Begun::Finished(entry) => panic!("{entry:?} was finished before"),
    }
}

/// Finishes an upload.
pub fn finish(
    client: &mut Client,
    number: u8,
    load: &Load,
    same_name: SameName,
) -> Result<FileEntry, Denial> {
    let finish = FinishUpload { upload: key(number), sha256: load.sha256(), same_name };
    file_of(client.ask(Request::FinishUpload(finish)))
}

pub fn file_of(answer: Result<Reply, Denial>) -> Result<FileEntry, Denial> {
    match answer? {
        Reply::File(entry) => Ok(entry),
        other => panic!("{other:?} is no file"),
    }
}

/// Asks for what is answered by a yes.
pub fn done(client: &mut Client, request: Request) -> Result<(), Denial> {
    match client.ask(request)? {
        Reply::Done {} => Ok(()),
        other => panic!("{other:?} is no yes"),
    }
}

fn list_of(files: &[FileId]) -> FileList {
    FileList { files: files.to_vec() }
}

pub fn trash(client: &mut Client, files: &[FileId]) -> Result<(), Denial> {
    done(client, Request::TrashFiles(list_of(files)))
}

pub fn restore(client: &mut Client, files: &[FileId]) -> Result<(), Denial> {
    done(client, Request::RestoreFiles(list_of(files)))
}

pub fn purge(client: &mut Client, files: &[FileId]) -> Result<(), Denial> {
    done(client, Request::PurgeFiles(list_of(files)))
}

pub fn share(client: &mut Client, files: &[FileId], with: &[&str]) -> Result<(), Denial> {
    let with = with.iter().map(|name| UserName::parse(name).unwrap()).collect();
    done(client, Request::ShareFiles(ShareFiles { files: files.to_vec(), with }))
}

pub fn unshare(client: &mut Client, file: FileId, with: &str) -> Result<(), Denial> {
    done(client, Request::UnshareFile(UnshareFile { file, with: UserName::parse(with).unwrap() }))
}

pub fn confirm(client: &mut Client, entry: &FileEntry) -> Result<(), Denial> {
    done(client, Request::ConfirmFile(ConfirmFile { file: entry.file, sha256: entry.sha256 }))
}

pub fn rename(
    client: &mut Client,
    file: FileId,
    file_name: &str,
    same_name: SameName,
) -> Result<FileEntry, Denial> {
    file_of(client.ask(Request::RenameFile(RenameFile { file, file_name: file_name.to_owned(), same_name })))
}

pub fn recipients(client: &mut Client, file: FileId) -> Result<Vec<Recipient>, Denial> {
    match client.ask(Request::ListRecipients(OneFile { file }))? {
        Reply::Recipients(list) => Ok(list.recipients),
        other => panic!("{other:?} does not say with whom"),
    }
}

pub fn uploads(client: &mut Client) -> UploadList {
    match client.ask(Request::ListUploads {}) {
        Ok(Reply::Uploads(list)) => list,
        other => panic!("{other:?} lists no uploads"),
    }
}

/// What a fetch is denied with.
pub fn fetch_denial(client: &mut Client, file: FileId) -> Denial {
    let fetch = FetchFile { file, offset: 0, length: None, sha256: None };
    client.ask(Request::FetchFile(fetch)).expect_err("it may not be fetched")
}

/// The names of a place, as they are listed.
pub fn names(client: &mut Client, place: FilePlace) -> Vec<String> {
    client.list_all_files(place).iter().map(|entry| entry.file_name.as_str().to_owned()).collect()
}

/// Waits for the news that one's files have changed, and forgets what was told before it.
pub fn await_changed(client: &mut Client) {
    client.await_event(|event| matches!(event, Event::FilesChanged {}).then_some(()));
    client.events.clear();
}

/// Forgets what was told up to now: whatever follows from what was answered before an answer is told by then.
pub fn forget_news(client: &mut Client) {
    assert_eq!(done(client, Request::Ping {}), Ok(()));
    client.events.clear();
}

/// Returns what was told up to now about files.
pub fn news(client: &mut Client) -> Vec<Event> {
    assert_eq!(done(client, Request::Ping {}), Ok(()));
    client.events.drain(..).collect()
}

/// The contents on the daemon's disk, and the spools.
pub fn contents(daemon: &Daemon) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let files = daemon.folder.path().join("state/files");
    let list = |folder: PathBuf| -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let blobs = list(files.join("blobs")).into_iter().flat_map(list).collect();
    (blobs, list(files.join("spool")))
}

/// Waits until so many contents and spools are on the disk: they are removed after the answer.
pub fn await_contents(daemon: &Daemon, blobs: usize, spools: usize) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = contents(daemon);
        if (found.0.len(), found.1.len()) == (blobs, spools) {
            return;
        }
        assert!(Instant::now() < deadline, "{found:?} instead of {blobs} and {spools}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Asks whether the files are as they are recorded, byte by byte.
pub fn check(admin: &mut Client) -> CheckReport {
    match admin.ask(Request::CheckFiles(CheckFiles { read_all: true })) {
        Ok(Reply::Checked(report)) => report,
        other => panic!("{other:?} is no report"),
    }
}

/// Ends a daemon, after a look whether records and disk agree.
pub fn end_well(daemon: Daemon, admin: &mut Client) {
    let report = check(admin);
    assert_eq!((report.faults_total, report.faults), (0, vec![]));
    let folder = daemon.end_well();
    let store = Store::open_existing(&folder.path().join("state")).unwrap();
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

//! Files over the real threads, a real store and a real disk. `tests/checking.rs` has what a check finds,
//! `tests/reading.rs` what is only read.

mod checking;
mod reading;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, channel};

use parlour_common::Secret;
use parlour_common::message::{AccountState, Role, SameName, TransferId};
use parlour_common::names::{Email, FileName, PhonePattern};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use crate::files::Files;
use crate::id::{ConnId, Ticket};
use crate::job::{FilesPolicy, Job};
use crate::keys::Keys;
use crate::music::Bank;
use crate::spool::Spool;
use crate::store::{Act, Applied, Author, BlobId, Change, FileRecord, FilesChange, NewUser, Store, Writer};
use crate::workers::{Covers, Finished, PasswordCost, Passwords, Workers};

/// A time that everything in these tests is near.
const NOW: u64 = 1_700_000_000_000;

/// A piece as a connection hands it over.
const PIECE_BYTES: usize = 64 * 1024;

const CONN: ConnId = ConnId { slot: 1, generation: 1 };

/// The rooms behind the service.
struct Stage {
    writer: Writer,
    workers: Option<Workers>,
    finished: Receiver<Finished>,
    folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        Self::with(FilesPolicy { standard_quota_bytes: Some(10 << 20), reserve_bytes: 0, trash_days: 30 })
    }

    fn with(policy: FilesPolicy) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, writer) = Store::open(folder.path()).unwrap();
        fs::create_dir(folder.path().join("bank")).unwrap();
        let tools = Tools {
            store,
            bank: Bank::open(&folder.path().join("bank")).unwrap(),
            covers: Covers::new(folder.path().join("covers")),
            passwords: Passwords::new(PasswordCost::SmallMemory),
            keys: Keys::open(folder.path()).unwrap(),
            mailer: None,
            files: Files::open(folder.path()).map_err(|(_, error)| error).unwrap(),
            policy,
            track_hashes: TrackHashes::default(),
        };
        let (sender, finished) = channel();
        let report = move |done| sender.send(done).unwrap_or_default();
        let workers = Some(Workers::start(tools, Arc::new(report)).unwrap());
        Self { writer, workers, finished, folder }
    }

    fn workers(&self) -> &Workers {
        self.workers.as_ref().unwrap()
    }

    fn commit(&mut self, change: impl Into<Change>) -> Applied {
        self.writer.commit(std::iter::once(&change.into())).remove(0).unwrap()
    }

    fn add(&mut self, name: &str) -> UserId {
        let user = NewUser {
            user_name: UserName::parse(name).unwrap(),
            email: Email::parse(&format!("{name}@example.org")).unwrap(),
            phone: PhonePattern::default().check("09121234567").unwrap(),
            password_hash: Secret::new("$scrypt$".to_owned()),
            created_unix_ms: NOW,
            role: Role::Member,
            state: AccountState::Active,
        };
        match self.commit(Change::AdmitUser { act: Act { by: Author::Operator, at_unix_ms: NOW }, user }) {
            Applied::Account(user) => user.id,
            applied => panic!("{applied:?}"),
        }
    }

    fn begin(&self, job: FilesJob) {
        self.workers().run(Ticket(0), Arc::new(AtomicBool::new(true)), Job::Files(job));
    }

    /// Returns the end of a job, and sees that all pieces before it were stored.
    fn end(&self) -> FilesFound {
        loop {
            match self.finished.recv().unwrap() {
                Finished::Job(_, Completion::Files(found)) => return found,
                Finished::Stored { outcome: Ok(()), .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn run(&self, job: FilesJob) -> FilesFound {
        self.begin(job);
        self.end()
    }

    fn denied(&self, job: FilesJob) -> Denial {
        match self.run(job) {
            FilesFound::Refused(denial) => denial,
            found => panic!("{found:?}"),
        }
    }

    /// Records an upload and opens its spool.
    fn open(&mut self, user: UserId, upload: NewUpload) -> (Spool, u64) {
        let change = FilesChange::AddUpload { user, upload, at_unix_ms: NOW };
        let Applied::Upload { blob, size_bytes } = self.commit(change) else { panic!() };
        match self.run(FilesJob::OpenSpool { blob, size_bytes }) {
            FilesFound::SpoolOpened { spool, offset } => (spool, offset),
            found => panic!("{found:?}"),
        }
    }

    /// Hands over bytes, as they come.
    fn send(&self, spool: &Spool, bytes: &[u8]) {
        for (number, piece) in bytes.chunks(PIECE_BYTES).enumerate() {
            let (spool, offset) = (spool.clone(), (number * PIECE_BYTES) as u64);
            self.workers()
                .store(CONN, Piece { transfer: TransferId(1), spool, offset, bytes: piece.to_vec() });
        }
    }

    /// Returns what became of the next piece.
    fn stored(&self) -> Result<(), TransferOutcome> {
        match self.finished.recv().unwrap() {
            Finished::Stored { conn: CONN, transfer: TransferId(1), outcome, .. } => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// Brings a whole file.
    fn upload(&mut self, user: UserId, name: &str, bytes: &[u8]) -> FileRecord {
        let upload = new(name, bytes.len());
        let key = upload.key;
        let (spool, _) = self.open(user, upload);
        self.send(&spool, bytes);
        // Behind its bytes, whether they are written yet or not.
        let found = self.run(FilesJob::SealUpload { user, key, sha256: hash(bytes) });
        assert!(matches!(found, FilesFound::Sealed { .. }), "{found:?}");
        self.record(user, key, spool.blob(), bytes)
    }

    fn record(&mut self, user: UserId, key: UploadKey, blob: BlobId, bytes: &[u8]) -> FileRecord {
        let same_name = SameName::KeepBoth;
        let add = FilesChange::AddFile { user, key, blob, sha256: hash(bytes), same_name, at_unix_ms: NOW };
        match self.commit(add) {
            Applied::Files(outcome) => outcome.file.unwrap(),
            applied => panic!("{applied:?}"),
        }
    }

    fn trash(&mut self, user: UserId, file: &FileRecord) {
        self.commit(FilesChange::TrashFiles { user, files: vec![file.id], at_unix_ms: NOW });
    }

    fn blob_path(&self, file: &FileRecord) -> PathBuf {
        self.folder.path().join(crate::files::shown_path(file.blob.0))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(workers) = self.workers.take() {
            workers.stop();
        }
    }
}

/// An upload by the key that its name gives.
fn new(name: &str, size: usize) -> NewUpload {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&hash(name.as_bytes()).as_bytes()[..8]);
    NewUpload {
        key: UploadKey::new(key),
        file_name: FileName::parse(name).unwrap(),
        size_bytes: size as u64,
        same_name: SameName::Ask,
        standard_quota_bytes: Some(10 << 20),
    }
}

fn prepare(user: UserId, upload: &NewUpload) -> FilesJob {
    let NewUpload { key, ref file_name, size_bytes, same_name, .. } = *upload;
    FilesJob::PrepareUpload { user, key, file_name: file_name.clone(), size_bytes, same_name }
}

fn hash(bytes: &[u8]) -> FileHash {
    FileHash::new(Sha256::digest(bytes).into())
}

fn load(bytes: usize) -> Vec<u8> {
    (0_u32..).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).take(bytes).collect()
}

#[test]
fn a_file_comes_and_is_opened_by_its_owner_and_by_whom_it_is_shared_with_and_nobody_else() {
    let mut stage = Stage::new();
    let (sara, mina, omid) = (stage.add("sara"), stage.add("mina"), stage.add("omid"));
    let bytes = load(5 * PIECE_BYTES + 3);
    assert!(matches!(stage.run(prepare(sara, &new("a.bin", bytes.len()))), FilesFound::MayUpload));
    let file = stage.upload(sara, "a.bin", &bytes);
    let open = |user| FilesJob::OpenFile { user, file: file.id };
    match stage.run(open(sara)) {
        FilesFound::FileOpened { file: opened, file_name, sha256 } => {
            assert_eq!((opened.size_bytes(), file_name.as_str()), (bytes.len() as u64, "a.bin"));
            assert_eq!(sha256, hash(&bytes));
        }
        found => panic!("{found:?}"),
    }
    assert_eq!(stage.denied(open(mina)), Denial::NoSuchFile {});
    let (user, files) = (sara, vec![file.id]);
    stage.commit(FilesChange::ShareFiles { user, files, with: vec![mina], at_unix_ms: NOW });
    assert!(matches!(stage.run(open(mina)), FilesFound::FileOpened { .. }));
    assert_eq!(stage.denied(open(omid)), Denial::NoSuchFile {});
    assert_eq!(stage.denied(FilesJob::OpenFile { user: sara, file: FileId(99) }), Denial::NoSuchFile {});
    let recipients = |user| FilesJob::ListRecipients { user, file: file.id };
    assert_eq!(stage.denied(recipients(mina)), Denial::NoSuchFile {});
    assert!(
        matches!(stage.run(recipients(sara)), FilesFound::Recipients(list) if list.recipients.len() == 1)
    );
    stage.trash(sara, &file);
    for user in [sara, mina] {
        assert_eq!(stage.denied(open(user)), Denial::NoSuchFile {});
    }
}

#[test]
fn an_upload_is_refused_before_its_first_byte() {
    let mut stage = Stage::new();
    let sara = stage.add("sara");
    let file = stage.upload(sara, "a.txt", b"abc");
    let too_large = stage.denied(prepare(sara, &new("b.bin", 10 << 20)));
    assert_eq!(too_large, Denial::QuotaExceeded { left_bytes: (10 << 20) - 3 });
    let taken = NewUpload { key: UploadKey::new([9; 16]), ..new("A.TXT", 1) };
    let (size_bytes, changed_unix_ms) = (3, NOW);
    let denial = Denial::NameTaken { file: file.id, size_bytes, changed_unix_ms };
    assert_eq!(stage.denied(prepare(sara, &taken)), denial);
    let again = stage.run(prepare(sara, &new("a.txt", 3)));
    assert!(matches!(again, FilesFound::UploadedBefore(before) if before.id == file.id));
}

#[test]
fn a_disk_that_would_have_less_than_its_reserve_refuses_what_is_new_and_lets_go_on_what_has_its_room() {
    let mut stage =
        Stage::with(FilesPolicy { standard_quota_bytes: None, reserve_bytes: u64::MAX, trash_days: 0 });
    let sara = stage.add("sara");
    let upload = new("a.bin", 100_000);
    assert_eq!(stage.denied(prepare(sara, &upload)), Denial::DiskFull {});
    let begin = FilesChange::AddUpload { user: sara, upload: upload.clone(), at_unix_ms: NOW };
    let Applied::Upload { blob, size_bytes } = stage.commit(begin) else { panic!() };
    let open = || FilesJob::OpenSpool { blob, size_bytes };
    assert_eq!(stage.denied(open()), Denial::DiskFull {});
    // Its room was taken in better days.
    Files::open(stage.folder.path()).ok().unwrap().open_spool(blob, size_bytes).unwrap();
    assert!(matches!(stage.run(prepare(sara, &upload)), FilesFound::MayUpload));
    assert!(matches!(stage.run(open()), FilesFound::SpoolOpened { offset: 0, .. }));
    assert!(matches!(stage.run(FilesJob::MeasureRoom), FilesFound::Room { free_bytes } if free_bytes > 0));
}

#[test]
fn an_upload_is_sealed_only_if_it_is_there_and_whole() {
    let mut stage = Stage::new();
    let sara = stage.add("sara");
    let bytes = load(1000);
    let upload = new("a.bin", bytes.len());
    let key = upload.key;
    let seal = |hashed: &[u8]| FilesJob::SealUpload { user: sara, key, sha256: hash(hashed) };
    assert_eq!(stage.denied(seal(&bytes)), Denial::NoSuchUpload {});
    let (spool, _) = stage.open(sara, upload.clone());
    stage.send(&spool, &bytes[..400]);
    assert_eq!(stage.denied(seal(&bytes)), Denial::UploadIncomplete { received_bytes: 400 });
    let (spool, offset) = stage.open(sara, upload.clone());
    assert_eq!(offset, 400);
    let rest = Piece { transfer: TransferId(1), spool, offset, bytes: bytes[400..].to_vec() };
    stage.workers().store(CONN, rest);
    assert_eq!(stage.denied(seal(b"other bytes")), Denial::HashMismatch {});
    let (spool, offset) = stage.open(sara, upload);
    assert_eq!(offset, 0);
    stage.send(&spool, &bytes);
    assert!(matches!(stage.run(seal(&bytes)), FilesFound::Sealed { .. }));
    let file = stage.record(sara, key, spool.blob(), &bytes);
    assert!(matches!(stage.run(seal(&bytes)), FilesFound::UploadedBefore(before) if before.id == file.id));
}

#[test]
fn pieces_of_an_upload_that_another_connection_goes_on_with_are_superseded() {
    let mut stage = Stage::new();
    let sara = stage.add("sara");
    let bytes = load(PIECE_BYTES);
    let (old, _) = stage.open(sara, new("a.bin", bytes.len()));
    let (spool, _) = stage.open(sara, new("a.bin", bytes.len()));
    stage.send(&old, &bytes);
    assert_eq!(stage.stored(), Err(TransferOutcome::Superseded));
    stage.send(&spool, &bytes);
    assert_eq!(stage.stored(), Ok(()));
    // Given up, it takes nothing, and nothing of it is left.
    stage.commit(FilesChange::RemoveUpload { user: sara, key: new("a.bin", 0).key });
    let found = stage.run(FilesJob::RemoveDoomed);
    assert!(matches!(&found, FilesFound::Removed { blobs, more: false } if blobs == &[spool.blob()]));
    stage.send(&spool, &bytes);
    assert_eq!(stage.stored(), Err(TransferOutcome::Superseded));
    let late = FilesJob::OpenSpool { blob: spool.blob(), size_bytes: spool.size_bytes() };
    assert_eq!(stage.denied(late), Denial::NoSuchUpload {});
    assert_eq!(fs::read_dir(stage.folder.path().join("files/spool")).unwrap().count(), 0);
}

#[test]
fn many_uploads_at_once_are_all_whole() {
    let mut stage = Stage::new();
    let sara = stage.add("sara");
    let bytes = load(6 * PIECE_BYTES);
    let names: Vec<String> = (0..20).map(|number| format!("{number}.bin")).collect();
    let spools: Vec<Spool> = names.iter().map(|name| stage.open(sara, new(name, bytes.len())).0).collect();
    for (number, piece) in bytes.chunks(PIECE_BYTES).enumerate() {
        for spool in &spools {
            let (spool, offset) = (spool.clone(), (number * PIECE_BYTES) as u64);
            let piece = Piece { transfer: TransferId(1), spool, offset, bytes: piece.to_vec() };
            stage.workers().store(CONN, piece);
        }
    }
    for name in &names {
        stage.begin(FilesJob::SealUpload { user: sara, key: new(name, 0).key, sha256: hash(&bytes) });
    }
    for _ in &names {
        assert!(matches!(stage.end(), FilesFound::Sealed { .. }));
    }
}

#[test]
fn contents_that_are_gone_or_of_another_size_are_lost_and_said_so() {
    let mut stage = Stage::new();
    let sara = stage.add("sara");
    let (gone, short) = (stage.upload(sara, "gone", b"abc"), stage.upload(sara, "short", b"abc"));
    fs::remove_file(stage.blob_path(&gone)).unwrap();
    fs::write(stage.blob_path(&short), "ab").unwrap();
    for file in [gone, short] {
        assert_eq!(stage.denied(FilesJob::OpenFile { user: sara, file: file.id }), Denial::FileLost {});
    }
}

#[test]
fn a_job_whose_asker_has_gone_is_not_begun() {
    let mut stage = Stage::new();
    let sara = stage.add("sara");
    let (spool, _) = stage.open(sara, new("a.bin", 3));
    let gone = Arc::new(AtomicBool::new(false));
    let open = FilesJob::OpenSpool { blob: spool.blob(), size_bytes: 3 };
    stage.workers().run(Ticket(1), gone, Job::Files(open));
    let finished = stage.finished.recv().unwrap();
    assert!(matches!(finished, Finished::Job(Ticket(1), Completion::Abandoned)), "{finished:?}");
    // Its right to write is still in force.
    stage.send(&spool, b"abc");
    assert_eq!(stage.stored(), Ok(()));
}

//! The model of people's files: their records, and the disk that uploads are written to.
//!
//! It does not know connections. Which contents an upload is to have follows from its key, so that every byte is
//! looked at where it is stored: in order, each once, and from the right place. What fails is drawn; nothing else
//! may.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use parlour_common::message::{Denial, FileHash, FileId, TransferOutcome, UploadKey};
use parlour_reactor::job::{FilesFound, FilesJob, Piece};
use parlour_reactor::spool::Spool;
use parlour_reactor::store::{
    Applied, BlobId, FileRecord, FilesChange, FilesOutcome, NewUpload, Refusal, UserId,
};

use super::rng::Rng;

/// Sizes around everything that is cut, of the uploads that there are.
const SIZES: [usize; 7] = [0, 1, 5000, 65_536, 65_537, 300_000, 700_001];

/// The uploads that each member makes: each of them some time, most of them from several connections.
pub const UPLOADS: u8 = SIZES.len() as u8;

static CONTENTS: LazyLock<Vec<Arc<Vec<u8>>>> = LazyLock::new(|| {
    let mut rng = Rng::new(3);
    SIZES.iter().map(|size| Arc::new(rng.bytes(*size))).collect()
});

pub fn key(number: u8) -> UploadKey {
    UploadKey::new([number; 16])
}

/// What is to be uploaded under a key.
pub fn contents(key: UploadKey) -> Arc<Vec<u8>> {
    Arc::clone(&CONTENTS[usize::from(key.as_bytes()[0])])
}

/// The hash that the model takes for one: no byte may change without it.
pub fn hash(bytes: &[u8]) -> FileHash {
    let mut hash = [0xcbf2_9ce4_8422_2325_u64, bytes.len() as u64];
    for word in bytes.chunks(8) {
        let word = word.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        hash[0] = (hash[0] ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }
    let mut whole = [0; 32];
    whole[..8].copy_from_slice(&hash[0].to_be_bytes());
    whole[8..16].copy_from_slice(&hash[1].to_be_bytes());
    FileHash::new(whole)
}

#[derive(Debug)]
struct Upload {
    blob: BlobId,
    size_bytes: u64,
    new: NewUpload,
}

/// What lies on the disk of an upload.
#[derive(Debug)]
struct Blob {
    key: UploadKey,
    stored: u64,
    epoch: u64,
    /// Epochs in which a piece could not be written: what comes behind it has no place.
    failed: BTreeSet<u64>,
    is_sealed: bool,
}

/// Records and disk.
#[derive(Debug, Default)]
pub struct Spools {
    uploads: BTreeMap<(UserId, UploadKey), Upload>,
    pub files: BTreeMap<(UserId, UploadKey), FileRecord>,
    disk: BTreeMap<BlobId, Blob>,
    doomed: Vec<BlobId>,
    blobs: u64,
}

impl Spools {
    /// Returns where the bytes of an upload are written.
    pub fn blob_of(&self, user: UserId, key: UploadKey) -> Option<BlobId> {
        self.uploads.get(&(user, key)).map(|upload| upload.blob)
    }

    pub fn apply(&mut self, change: &FilesChange) -> Result<Applied, Refusal> {
        let mut outcome = FilesOutcome::default();
        match change {
            FilesChange::AddUpload { user, upload, .. } => return self.begin(*user, upload),
            FilesChange::RemoveUpload { user, key } => {
                let upload = self.uploads.remove(&(*user, *key)).ok_or(Refusal::NoSuchUpload)?;
                self.doomed.push(upload.blob);
                (outcome.touched, outcome.doomed) = (vec![*user], true);
            }
            FilesChange::AddFile { user, key, blob, sha256, at_unix_ms, .. } => {
                if !self.files.contains_key(&(*user, *key)) {
                    if self.blob_of(*user, *key) != Some(*blob) {
                        return Err(Refusal::NoSuchUpload);
                    }
                    let upload = self.uploads.remove(&(*user, *key)).ok_or(Refusal::NoSuchUpload)?;
                    let blob = &self.disk[&upload.blob];
                    assert!(blob.is_sealed && blob.stored == upload.size_bytes, "a file that is not whole");
                    assert_eq!(*sha256, hash(&contents(*key)), "a file of other bytes");
                    let file = record(*user, &upload, (*sha256, *at_unix_ms));
                    self.files.insert((*user, *key), file);
                    outcome.touched = vec![*user];
                }
                outcome.file = self.files.get(&(*user, *key)).cloned();
            }
            FilesChange::SweepUploads { .. } | FilesChange::SweepTrash { .. } => {}
            FilesChange::ForgetBlobs { blobs } => {
                self.doomed.retain(|doomed| !blobs.contains(doomed));
                return Ok(Applied::Done);
            }
            other => panic!("the simulation makes no such change: {other:?}"),
        }
        Ok(Applied::Files(Box::new(outcome)))
    }

    fn begin(&mut self, user: UserId, new: &NewUpload) -> Result<Applied, Refusal> {
        if let Some(file) = self.files.get(&(user, new.key)) {
            let file = Some(file.clone());
            return Ok(Applied::Files(Box::new(FilesOutcome { file, ..FilesOutcome::default() })));
        }
        let size_bytes = new.size_bytes;
        if let Some(upload) = self.uploads.get(&(user, new.key)) {
            assert_eq!(upload.size_bytes, size_bytes);
            return Ok(Applied::Upload { blob: upload.blob, size_bytes });
        }
        self.blobs += 1;
        let blob = BlobId(self.blobs);
        self.uploads.insert((user, new.key), Upload { blob, size_bytes, new: new.clone() });
        Ok(Applied::Upload { blob, size_bytes })
    }

    pub fn work(&mut self, job: FilesJob, rng: &mut Rng) -> FilesFound {
        match job {
            FilesJob::PrepareUpload { user, key, .. } => match self.files.get(&(user, key)) {
                Some(file) => FilesFound::UploadedBefore(Box::new(file.clone())),
                None if rng.once_in(30) => FilesFound::Refused(Denial::DiskFull {}),
                None => FilesFound::MayUpload,
            },
            FilesJob::OpenSpool { blob, size_bytes } => self.open(blob, size_bytes),
            FilesJob::SealUpload { user, key, sha256 } => self.seal(user, key, sha256),
            FilesJob::RemoveDoomed => {
                let blobs = self.doomed.clone();
                blobs.iter().for_each(|blob| {
                    self.disk.remove(blob);
                });
                FilesFound::Removed { blobs, more: false }
            }
            FilesJob::FindUnsettled => FilesFound::Unsettled(Vec::new()),
            other => unreachable!("{other:?} was not asked for"),
        }
    }

    fn open(&mut self, blob: BlobId, size_bytes: u64) -> FilesFound {
        let Some(key) = self.uploads.iter().find(|(_, upload)| upload.blob == blob).map(|((_, key), _)| *key)
        else {
            return FilesFound::Refused(Denial::NoSuchUpload {});
        };
        let fresh = || Blob { key, stored: 0, epoch: 0, failed: BTreeSet::new(), is_sealed: false };
        let there = self.disk.entry(blob).or_insert_with(fresh);
        there.epoch += 1;
        FilesFound::SpoolOpened { spool: Spool::new(blob, size_bytes, there.epoch), offset: there.stored }
    }

    fn seal(&mut self, user: UserId, key: UploadKey, sha256: FileHash) -> FilesFound {
        let Some(upload) = self.uploads.get(&(user, key)) else {
            return match self.files.get(&(user, key)) {
                Some(file) => FilesFound::UploadedBefore(Box::new(file.clone())),
                None => FilesFound::Refused(Denial::NoSuchUpload {}),
            };
        };
        let received_bytes = self.disk.get(&upload.blob).map_or(0, |blob| blob.stored);
        let Some(blob) = self.disk.get_mut(&upload.blob).filter(|blob| blob.stored == upload.size_bytes)
        else {
            return FilesFound::Refused(Denial::UploadIncomplete { received_bytes });
        };
        let is_right = sha256 == hash(&contents(key));
        if blob.is_sealed {
            return if is_right {
                FilesFound::Sealed { blob: upload.blob }
            } else {
                FilesFound::Refused(Denial::UploadDiffers {})
            };
        }
        blob.epoch += 1;
        if !is_right {
            blob.stored = 0;
            return FilesFound::Refused(Denial::HashMismatch {});
        }
        blob.is_sealed = true;
        FilesFound::Sealed { blob: upload.blob }
    }

    /// Writes a piece, or fails where it is told to.
    pub fn store(&mut self, piece: &Piece, fails: bool) -> Result<(), TransferOutcome> {
        let Some(blob) = self.disk.get_mut(&piece.spool.blob()) else {
            return Err(TransferOutcome::Superseded);
        };
        if blob.epoch != piece.spool.epoch() {
            return Err(TransferOutcome::Superseded);
        }
        if fails || blob.failed.contains(&blob.epoch) {
            blob.failed.insert(blob.epoch);
            return Err(TransferOutcome::WriteFailed);
        }
        assert_eq!(piece.offset, blob.stored, "a piece out of order");
        let wanted = contents(blob.key);
        let from = blob.stored as usize;
        assert_eq!(
            wanted.get(from..from + piece.bytes.len()),
            Some(&piece.bytes[..]),
            "other bytes than sent"
        );
        blob.stored += piece.bytes.len() as u64;
        Ok(())
    }
}

fn record(owner: UserId, upload: &Upload, (sha256, changed_unix_ms): (FileHash, u64)) -> FileRecord {
    FileRecord {
        id: FileId(upload.blob.0),
        owner,
        file_name: upload.new.file_name.clone(),
        blob: upload.blob,
        size_bytes: upload.size_bytes,
        sha256,
        changed_unix_ms,
        trashed_unix_ms: None,
        upload: Some(upload.new.key),
        recipients: 0,
        fetched: 0,
    }
}

//! Messages about files on their way.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::file::{FileHash, FileId, SameName};
use super::library::TrackId;
use super::opaque::opaque_bytes;
use crate::limits::UPLOAD_KEY_BYTES;
use crate::names::FileName;

/// A transfer of one connection: not used again on that connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransferId(pub u32);

/// A version of a file: another number after any change of its bytes, as far as the file system tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileVersion(pub u64);

/// Announces the chunks of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileStart {
    /// The number that its chunks bear.
    pub transfer: TransferId,
    /// The name to save it under.
    pub file_name: FileName,
    /// The version of the file.
    pub version: FileVersion,
    /// The size of the whole file, in bytes.
    pub size_bytes: u64,
    /// Where the first chunk begins, in bytes.
    pub offset: u64,
    /// How many bytes the chunks bring in all.
    pub length: u64,
    /// The hash of the whole file, where the daemon knows it: of a member's file always. That of a track is
    /// asked for by `hash_track`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<FileHash>,
}

/// Says that a transfer ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferEnd {
    /// Which transfer.
    pub transfer: TransferId,
    /// How it ended.
    pub outcome: TransferOutcome,
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TransferOutcome {
    /// Every byte was sent, of a file that did not change meanwhile.
    Whole,
    /// The client stopped it.
    Cancelled,
    /// The disk of the daemon failed: what was received is good, the rest may be asked for later.
    ReadFailed,
    /// An upload: the disk of the daemon is full, or failed. What was stored is kept; go on later.
    WriteFailed,
    /// An upload: it goes on over another connection.
    Superseded,
    /// The file was changed, cut short or removed meanwhile: what was received is to be thrown away. An old
    /// client takes outcomes from after its time for this.
    #[serde(other)]
    Changed,
}

/// Stops a transfer. What was stored of an upload is kept, to go on later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancelTransfer {
    /// Which transfer.
    pub transfer: TransferId,
}

opaque_bytes! {
    /// An upload, by a number that the client draws at random and keeps until it is over, restarts of both sides
    /// included. It is one of its member's: nobody else can name it.
    UploadKey, UPLOAD_KEY_BYTES
}

impl std::fmt::Debug for UploadKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Begins an upload, or goes on with it after any interruption: the same words again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeginUpload {
    /// Which upload.
    pub upload: UploadKey,
    /// The name of the file.
    pub file_name: String,
    /// Its size, in bytes.
    pub size_bytes: u64,
    /// What to do if the name is taken.
    pub same_name: SameName,
}

/// Announces that the daemon takes the chunks of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadStart {
    /// The number that its chunks bear.
    pub transfer: TransferId,
    /// How many bytes are here already: where the first chunk begins.
    pub offset: u64,
}

/// Says that every byte was sent and what their hash is. The file is there once this is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishUpload {
    /// Which upload.
    pub upload: UploadKey,
    /// The hash of all bytes.
    pub sha256: FileHash,
    /// What to do if the name was taken meanwhile.
    pub same_name: SameName,
}

/// Gives an upload up, and what was stored of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelUpload {
    /// Which upload.
    pub upload: UploadKey,
}

/// One's unfinished uploads, wherever they were begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UploadList {
    /// How many there are.
    pub total: u32,
    /// The first of them, the oldest first, at most `UPLOADS_PER_PAGE_MAX`.
    pub uploads: Vec<UploadEntry>,
}

/// An unfinished upload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UploadEntry {
    /// Which upload.
    pub upload: UploadKey,
    /// The name that the file is to have.
    pub file_name: FileName,
    /// The size that it is to have, in bytes.
    pub size_bytes: u64,
    /// When it was begun, in milliseconds since 1970 UTC.
    pub began_unix_ms: u64,
    /// When it is given up unless it goes on, in milliseconds since 1970 UTC.
    pub until_unix_ms: u64,
}

/// Asks for the bytes of a file of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchFile {
    /// Which file.
    pub file: FileId,
    /// Where to begin, in bytes.
    pub offset: u64,
    /// How many bytes; all to the end where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// The hash of the contents that were begun, so that two are never joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<FileHash>,
}

/// Says that the whole of a file that somebody shares is here and its hash is right: the receipt for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmFile {
    /// Which file.
    pub file: FileId,
    /// The hash of what is here. If the file has other contents by now it is no receipt for them, and is denied
    /// as `version_changed`.
    pub sha256: FileHash,
}

/// Asks for the hash of a track, to compare with what was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashTrack {
    /// Which track.
    pub track: TrackId,
    /// The version that was received.
    pub version: FileVersion,
}

/// The hash of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackHash {
    /// The hash of all its bytes.
    pub sha256: FileHash,
}

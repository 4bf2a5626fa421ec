//! Messages about files on their way.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

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
    /// The file was changed, cut short or removed meanwhile: what was received is to be thrown away. An old
    /// client takes outcomes from after its time for this.
    #[serde(other)]
    Changed,
}

/// Stops a transfer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CancelTransfer {
    /// Which transfer.
    pub transfer: TransferId,
}

//! An upload on its way to the disk: a plain word that the rooms pass to one another.
//!
//! This file does not know where the bytes lie, nor who sends them.

pub use crate::store::BlobId;

/// The right to add bytes to the contents of an upload. It is void once another one was given for the same
/// contents: only one connection writes at a time. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spool {
    blob: BlobId,
    size_bytes: u64,
    epoch: u64,
}

impl Spool {
    /// Makes the right to write contents of a size; of those for the same contents the one of the newest epoch
    /// is in force.
    pub fn new(blob: BlobId, size_bytes: u64, epoch: u64) -> Self {
        Self { blob, size_bytes, epoch }
    }

    /// Which contents.
    pub fn blob(&self) -> BlobId {
        self.blob
    }

    /// How large they are to be, in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// When the right was given, among those for the same contents.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
}

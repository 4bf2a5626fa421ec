//! What lies in the folders of contents.
//!
//! This file does not know what should lie there.

use std::fs;
use std::io;
use std::path::Path;

use super::{Files, blob_of};
use crate::store::BlobId;

/// Something that lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Find {
    /// Unfinished contents.
    Spool(BlobId),
    /// Whole contents.
    Blob(BlobId),
    /// Neither.
    Other,
}

/// Where something lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// What it is.
    pub find: Find,
    /// Where, beneath the folder of all contents.
    pub path: String,
}

impl Files {
    /// Hands out all that lies in the folders, in no order, until `more` has seen enough.
    pub fn survey(&self, mut more: impl FnMut(Survey) -> bool) -> io::Result<()> {
        let at_root = |name: &str| match name {
            super::SPOOL_DIR | super::BLOBS_DIR => None,
            _ => Some(Find::Other),
        };
        if !self.look_into(&self.root, at_root, &mut more)? {
            return Ok(());
        }
        let in_spool = |name: &str| Some(blob_of(name).map_or(Find::Other, Find::Spool));
        if !self.look_into(&self.spool_dir(), in_spool, &mut more)? {
            return Ok(());
        }
        let mut folders = Vec::new();
        let in_blobs = |name: &str| {
            let is_folder = name.len() == 2
                && u8::from_str_radix(name, 16).is_ok_and(|byte| format!("{byte:02x}") == name);
            if is_folder {
                folders.push(name.to_owned());
                None
            } else {
                Some(Find::Other)
            }
        };
        if !self.look_into(&self.blobs_dir(), in_blobs, &mut more)? {
            return Ok(());
        }
        for folder in folders {
            let in_folder = |name: &str| {
                let blob = blob_of(name).filter(|_| name.ends_with(&folder));
                Some(blob.map_or(Find::Other, Find::Blob))
            };
            if !self.look_into(&self.blobs_dir().join(&folder), in_folder, &mut more)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Returns the size of something that was found, in bytes; a folder has none.
    pub fn size_of(&self, survey: &Survey) -> io::Result<u64> {
        let metadata = fs::symlink_metadata(self.root.join(&survey.path))?;
        Ok(if metadata.is_file() { metadata.len() } else { 0 })
    }

    /// Returns the size of whole contents, in bytes; `None` if they are not there.
    pub fn size_of_blob(&self, blob: BlobId) -> io::Result<Option<u64>> {
        match fs::symlink_metadata(self.blob_path(blob)) {
            Ok(metadata) => Ok(metadata.is_file().then_some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Hands out what lies in a folder. Returns whether more is wanted.
    fn look_into(
        &self,
        folder: &Path,
        mut find: impl FnMut(&str) -> Option<Find>,
        more: &mut impl FnMut(Survey) -> bool,
    ) -> io::Result<bool> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            // What is not UTF-8 is not ours, and is shown as well as it can be.
            let Some(find) = find(&entry.file_name().to_string_lossy()) else { continue };
            let path = entry.path();
            let path = path.strip_prefix(&self.root).unwrap_or(&path).to_string_lossy().into_owned();
            if !more(Survey { find, path }) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

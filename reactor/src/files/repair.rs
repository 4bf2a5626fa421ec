//! The start: what a crash has left between the disk and the records is put right before anybody is served.
//!
//! This file does not read records; it is told what is in them. It never removes what may be somebody's only
//! copy.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

use super::survey::Find;
use super::{Files, sync_folder};
use crate::store::BlobId;

/// What is on record.
#[derive(Debug, Default)]
pub struct OnRecord {
    /// The contents of unfinished uploads.
    pub uploads: BTreeSet<BlobId>,
    /// The contents of files, with their size in bytes.
    pub blobs: BTreeMap<BlobId, u64>,
    /// Contents that nothing has any more, to be removed.
    pub doomed: Vec<BlobId>,
}

/// What was put right, and what could not be.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Doomed contents that were removed.
    pub doomed: u64,
    /// Spools that no upload has, which were removed.
    pub spools: u64,
    /// Contents that were whole before their file was on record; their upload can go on.
    pub moved_back: u64,
    /// Contents of files that still lay in the spool.
    pub put_away: u64,
    /// Where something lies that no record knows. It is left there.
    pub unknown: Vec<String>,
    /// Contents of files that are not there.
    pub missing: Vec<BlobId>,
}

impl Files {
    /// Puts right what a crash has left. Whatever it is interrupted by, it may be begun again.
    pub fn repair(&self, on_record: &OnRecord) -> io::Result<Repaired> {
        let mut repaired = Repaired::default();
        for doomed in &on_record.doomed {
            self.unlink(*doomed)?;
            repaired.doomed += 1;
        }
        let mut missing: BTreeSet<BlobId> = on_record.blobs.keys().copied().collect();
        // Only what is not where it should be is kept in memory.
        let mut strayed = Vec::new();
        self.survey(|survey| {
            match survey.find {
                Find::Spool(blob) if on_record.uploads.contains(&blob) => {}
                Find::Blob(blob) if missing.remove(&blob) => {}
                _ => strayed.push(survey),
            }
            true
        })?;
        for survey in strayed {
            match survey.find {
                Find::Spool(blob) => match on_record.blobs.get(&blob) {
                    None => {
                        fs::remove_file(self.root.join(&survey.path))?;
                        repaired.spools += 1;
                    }
                    Some(size_bytes) if missing.contains(&blob) && self.size_of(&survey)? == *size_bytes => {
                        self.put_away(blob)?;
                        missing.remove(&blob);
                        repaired.put_away += 1;
                    }
                    Some(_) => repaired.unknown.push(survey.path),
                },
                Find::Blob(blob) if on_record.uploads.contains(&blob) => {
                    fs::rename(self.blob_path(blob), self.spool_path(blob))?;
                    sync_folder(&self.spool_dir())?;
                    sync_folder(&self.blob_dir(blob))?;
                    repaired.moved_back += 1;
                }
                Find::Blob(_) | Find::Other => repaired.unknown.push(survey.path),
            }
        }
        repaired.missing = missing.into_iter().collect();
        Ok(repaired)
    }
}

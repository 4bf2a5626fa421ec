//! Comparing the records of files with what lies on the disk.
//!
//! This file does not know who asked. People go on while it looks: what seems to be a fault is looked at once
//! more at the end, and counts only if it is one then too.

use std::collections::BTreeMap;

use parlour_common::limits::FAULTS_PER_REPORT_MAX;
use parlour_common::message::{CheckReport, FileId, StorageFault};
use parlour_common::names::{FileName, UserName};

use super::{Tools, storage_failed};
use crate::files::{DiskFault, Find, Survey};
use crate::job::{Completion, FilesFound};
use crate::store::{BlobId, BlobRecord, StoreError};

/// Why a check was not done.
enum NotChecked {
    Store(StoreError),
    Disk(std::io::Error),
    Halted,
}

impl From<StoreError> for NotChecked {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<std::io::Error> for NotChecked {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

/// What contents are like on the disk.
enum Condition {
    Good,
    Missing,
    Damaged,
    Unreadable(String),
}

/// A check under way.
struct Check<'a> {
    tools: &'a Tools,
    read_all: bool,
    report: CheckReport,
}

impl Tools {
    pub(super) fn check_files(&self, read_all: bool) -> Completion {
        let report =
            CheckReport { files: 0, blobs: 0, bytes: 0, uploads: 0, faults_total: 0, faults: Vec::new() };
        let mut check = Check { tools: self, read_all, report };
        match check.run() {
            Ok(()) => {
                let CheckReport { files, blobs, uploads, faults_total, .. } = check.report;
                tracing::info!(files, blobs, uploads, faults = faults_total, read_all, "files were checked");
                Completion::Files(FilesFound::Checked(check.report))
            }
            Err(NotChecked::Store(error)) => storage_failed(&error),
            Err(NotChecked::Disk(error)) => {
                tracing::error!(%error, "the folders of files cannot be read");
                Completion::StorageFailed
            }
            Err(NotChecked::Halted) => Completion::Abandoned,
        }
    }
}

impl Check<'_> {
    fn run(&mut self) -> Result<(), NotChecked> {
        self.look_at_files()?;
        self.look_at_blobs()?;
        self.look_at_disk()?;
        self.look_at_records()
    }

    fn look_at_files(&mut self) -> Result<(), NotChecked> {
        for file in self.tools.store.files() {
            let file = file?;
            self.report.files += 1;
            if self.tools.store.blob(file.blob)?.is_none() && self.still_has(file.id, file.blob)? {
                let reason =
                    format!("file {} has contents {} that are not on record", file.id.0, file.blob.0);
                self.note(StorageFault::Record { reason });
            }
        }
        for upload in self.tools.store.uploads() {
            upload?;
            self.report.uploads += 1;
        }
        Ok(())
    }

    /// Tells whether a file still has contents that are not on record: a moment ago may have been another.
    fn still_has(&self, file: FileId, blob: BlobId) -> Result<bool, StoreError> {
        let has = self.tools.store.file(file)?.is_some_and(|file| file.blob == blob);
        Ok(has && self.tools.store.blob(blob)?.is_none())
    }

    fn look_at_blobs(&mut self) -> Result<(), NotChecked> {
        let mut faulty = BTreeMap::new();
        for row in self.tools.store.blobs() {
            let (blob, record) = row?;
            self.report.blobs += 1;
            self.report.bytes += record.size_bytes;
            let condition = self.condition_of(blob, &record)?;
            if !matches!(condition, Condition::Good) && self.tools.store.blob(blob)?.is_some() {
                faulty.insert(blob, condition);
            }
        }
        if faulty.is_empty() {
            return Ok(());
        }
        let mut names = self.names_of(&faulty)?;
        for (blob, condition) in faulty {
            // Purged since it was looked at.
            if self.tools.store.blob(blob)?.is_none() {
                continue;
            }
            let Some((file_name, owner)) = names.remove(&blob) else {
                let reason = format!("contents {} are on record, but no file has them", blob.0);
                self.note(StorageFault::Record { reason });
                continue;
            };
            let blob = blob.0;
            self.note(match condition {
                Condition::Good => continue,
                Condition::Missing => StorageFault::Missing { blob, file_name, owner },
                Condition::Damaged => StorageFault::Damaged { blob, file_name, owner },
                Condition::Unreadable(reason) => StorageFault::Unreadable { blob, reason },
            });
        }
        Ok(())
    }

    fn condition_of(&self, blob: BlobId, record: &BlobRecord) -> Result<Condition, NotChecked> {
        match self.tools.files.size_of_blob(blob) {
            Ok(Some(size_bytes)) if size_bytes == record.size_bytes => {}
            Ok(Some(_)) => return Ok(Condition::Damaged),
            Ok(None) => return Ok(Condition::Missing),
            Err(error) => return Ok(Condition::Unreadable(error.to_string())),
        }
        if !self.read_all {
            return Ok(Condition::Good);
        }
        let hash = self.tools.files.open_blob(blob).map_err(DiskFault::from);
        match hash.and_then(|file| self.tools.files.hash_file(&file)) {
            Ok(hash) if hash == record.sha256 => Ok(Condition::Good),
            Ok(_) => Ok(Condition::Damaged),
            Err(DiskFault::Unwanted) => Err(NotChecked::Halted),
            Err(DiskFault::Full(error) | DiskFault::Failed(error)) => {
                Ok(Condition::Unreadable(error.to_string()))
            }
        }
    }

    /// Finds the name and the owner of one file of each of some contents.
    fn names_of(
        &self,
        faulty: &BTreeMap<BlobId, Condition>,
    ) -> Result<BTreeMap<BlobId, (FileName, Option<UserName>)>, StoreError> {
        let mut names = BTreeMap::new();
        for file in self.tools.store.files() {
            let file = file?;
            if faulty.contains_key(&file.blob) && !names.contains_key(&file.blob) {
                let owner = self.tools.store.user(file.owner)?.map(|user| user.user_name);
                names.insert(file.blob, (file.file_name, owner));
            }
        }
        Ok(names)
    }

    fn look_at_disk(&mut self) -> Result<(), NotChecked> {
        let mut strayed = Vec::new();
        let mut failed = None;
        let tools = self.tools;
        tools.files.survey(|survey| {
            match is_expected(tools, &survey.find) {
                Ok(true) => {}
                Ok(false) => strayed.push(survey),
                Err(error) => failed = Some(error),
            }
            failed.is_none() && !tools.files.is_halted()
        })?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        if tools.files.is_halted() {
            return Err(NotChecked::Halted);
        }
        // Whatever is on its way from the spool to a record, or from there to its end, is known again by now, or
        // gone.
        let begun = begun_uploads(tools)?;
        let doomed = tools.store.doomed(usize::MAX)?;
        for Survey { find, path } in strayed {
            let known = match find {
                Find::Spool(blob) | Find::Blob(blob) => {
                    begun.contains_key(&blob) || doomed.contains(&blob) || is_expected(tools, &find)?
                }
                Find::Other => false,
            };
            if known {
                continue;
            }
            match tools.files.size_of(&Survey { find, path: path.clone() }) {
                Ok(size_bytes) => self.note(StorageFault::Orphan { path, size_bytes }),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Lets the store look for contradictions of its own. While people go on, two looks at different moments see
    /// different contradictions that are none.
    fn look_at_records(&mut self) -> Result<(), NotChecked> {
        let first = self.tools.store.check()?;
        if first.is_empty() {
            return Ok(());
        }
        let again = self.tools.store.check()?;
        for reason in first.into_iter().filter(|reason| again.contains(reason)) {
            self.note(StorageFault::Record { reason });
        }
        Ok(())
    }

    fn note(&mut self, fault: StorageFault) {
        tracing::info!(?fault, "records and disk drifted apart");
        self.report.faults_total += 1;
        if self.report.faults.len() < FAULTS_PER_REPORT_MAX {
            self.report.faults.push(fault);
        }
    }
}

/// Tells whether whole contents have a record. Of spools it is not known yet.
fn is_expected(tools: &Tools, find: &Find) -> Result<bool, StoreError> {
    match find {
        Find::Blob(blob) => Ok(tools.store.blob(*blob)?.is_some()),
        Find::Spool(_) | Find::Other => Ok(false),
    }
}

fn begun_uploads(tools: &Tools) -> Result<BTreeMap<BlobId, u64>, StoreError> {
    tools.store.uploads().map(|row| row.map(|(_, upload)| (upload.blob, upload.size_bytes))).collect()
}

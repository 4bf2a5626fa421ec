//! The start of people's files: the folders are opened, and what a crash left is put right before anyone is served.
//!
//! This file does not know what the daemon is built of otherwise.

use super::Failure;
use crate::config::Config;
use crate::files::{Files, OnRecord, Repaired};
use crate::store::Store;

/// The lines of the log that name what cannot be put right, each; the rest is counted.
const NAMED_MAX: usize = 20;

/// Opens the folders of people's files.
pub fn open_files(config: &Config) -> Result<Files, Failure> {
    Files::open(&config.data_dir).map_err(|(folder, error)| {
        Failure::at_start(format!(
            "the folder {} for people's files cannot be used: {error}. See to it that the user of the daemon can \
             write there, or choose another `data_dir`.",
            folder.display()
        ))
    })
}

/// Puts right what a crash left between the records and the disk. The log says what.
pub(super) fn repair_files(files: &Files, store: &Store) -> Result<(), Failure> {
    let on_record = on_record(store).map_err(|error| Failure::at_start(error.to_string()))?;
    let repaired = files.repair(&on_record).map_err(|error| {
        Failure::at_start(format!(
            "the folder `files` in `data_dir` cannot be put in order: {error}. See to it that the user of the \
             daemon can read and write all that is in it."
        ))
    })?;
    report(&repaired);
    Ok(())
}

fn on_record(store: &Store) -> Result<OnRecord, crate::store::StoreError> {
    let mut on_record = OnRecord { doomed: store.doomed(usize::MAX)?, ..OnRecord::default() };
    for row in store.blobs() {
        let (blob, record) = row?;
        on_record.blobs.insert(blob, record.size_bytes);
    }
    for row in store.uploads() {
        on_record.uploads.insert(row?.1.blob);
    }
    Ok(on_record)
}

fn report(repaired: &Repaired) {
    let Repaired { doomed, spools, moved_back, put_away, unknown, missing } = repaired;
    if doomed + spools + moved_back + put_away > 0 {
        tracing::info!(
            doomed,
            spools,
            moved_back,
            put_away,
            "what the last end left of files was put in order"
        );
    }
    for path in unknown.iter().take(NAMED_MAX) {
        tracing::warn!("files/{path} is left where it is, though no record knows it; see `parlourd check`");
    }
    for blob in missing.iter().take(NAMED_MAX) {
        tracing::error!(?blob, "the contents of a file are lost; see `parlourd check`");
    }
    let left = unknown.len().saturating_sub(NAMED_MAX) + missing.len().saturating_sub(NAMED_MAX);
    if left > 0 {
        tracing::warn!("there are {left} more of these; see `parlourd check`");
    }
}

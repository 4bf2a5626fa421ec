//! A conversation into a file, as far as the page has to do with it.
//!
//! This file does not know how it is written (`crate::network`).

use std::path::PathBuf;

use super::{Room, Told};
use crate::network::{ExportFault, ExportForm};
use crate::view_model::{Effect, Notice};

impl Room {
    /// Returns how many posts are written, while the conversation is written into a file.
    pub fn exported(&self) -> Option<u64> {
        self.exported
    }

    /// Writes the conversation that is shown into a file.
    pub(super) fn export(&mut self, path: PathBuf, form: ExportForm) -> Vec<Effect> {
        if self.own.is_none() || self.exported.is_some() {
            return Vec::new();
        }
        self.exported = Some(0);
        vec![Effect::Export { conversation: self.conversation(), path, form }]
    }

    /// Does not write it after all.
    pub(super) fn cancel_export(&self) -> Vec<Effect> {
        self.exported.map(|_| Effect::CancelExport).into_iter().collect()
    }

    /// Takes how much is written.
    pub(super) fn note_exported(&mut self, posts: u64) {
        self.exported = self.exported.map(|_| posts);
    }

    /// Takes it that it is written, or will not be.
    pub(super) fn take_exported(&mut self, how: Result<PathBuf, ExportFault>) -> Vec<Effect> {
        let was_wanted = self.exported.take().is_some();
        let told = match how {
            Ok(path) => Told::Exported { path },
            Err(ExportFault::Cancelled) => return Vec::new(),
            Err(fault) => Told::NotExported(fault),
        };
        if was_wanted { vec![Effect::Say(Notice::Room(told))] } else { Vec::new() }
    }
}

//! The music library: pages of it, tracks and pictures to fetch.
//!
//! This file does not know where the bank lies or how it is searched.

use parlour_common::limits::TRACKS_PER_PAGE_MAX;
use parlour_common::message::{Denial, FetchCover, FetchTrack, FileVersion, SearchLibrary};
use parlour_common::names::FileName;

use super::members::check_page;
use super::{Service, Waiting};
use crate::id::Asker;
use crate::job::Job;
use crate::send_file::SendFile;

/// A file that is being opened, and what is wanted of it.
#[derive(Debug)]
pub struct WaitingForFile {
    file_name: FileName,
    offset: u64,
    length: Option<u64>,
    version: Option<FileVersion>,
    /// What to say when it is not there any more.
    missing: Denial,
}

impl Service {
    pub(super) fn handle_search(&mut self, asker: Asker, search: SearchLibrary) {
        if self.session_of(asker).is_none() {
            return;
        }
        if let Err(denial) = check_page(&search.query, search.limit, TRACKS_PER_PAGE_MAX) {
            return self.deny(asker, denial);
        }
        let (index, scanning) = (self.library.index.clone(), self.library.scanning);
        self.run(asker, Job::Search { index, scanning, search }, Waiting::Page);
    }

    pub(super) fn handle_fetch_track(&mut self, asker: Asker, fetch: &FetchTrack) {
        if self.session_of(asker).is_none() {
            return;
        }
        let Some((path, file_name)) = self.library.index.locate(fetch.track) else {
            return self.deny(asker, Denial::NoSuchTrack {});
        };
        let FetchTrack { offset, length, version, .. } = *fetch;
        let waiting = WaitingForFile { file_name, offset, length, version, missing: Denial::NoSuchTrack {} };
        self.run(asker, Job::OpenTrack { path }, Waiting::File(waiting));
    }

    pub(super) fn handle_fetch_cover(&mut self, asker: Asker, fetch: &FetchCover) {
        if self.session_of(asker).is_none() {
            return;
        }
        let Some(path) = self.library.index.locate_cover(fetch.cover) else {
            return self.deny(asker, Denial::NoSuchCover {});
        };
        let waiting = WaitingForFile {
            file_name: FileName::tamed("cover"),
            offset: 0,
            length: None,
            version: None,
            missing: Denial::NoSuchCover {},
        };
        self.run(asker, Job::OpenCover { cover: fetch.cover, path }, Waiting::File(waiting));
    }

    pub(super) fn handle_file_opened(&mut self, to: Asker, waiting: WaitingForFile, file: Option<SendFile>) {
        let WaitingForFile { file_name, offset, length, version, missing } = waiting;
        let Some(file) = file else { return self.deny(to, missing) };
        if version.is_some_and(|version| version != file.version()) {
            return self.deny(to, Denial::VersionChanged {});
        }
        self.send_file(to, (file_name, file, None), offset, length);
    }
}

//! The note beside a partial file.
//!
//! This file knows its few lines. It does not know where it lies nor when it is written.

use std::fs;

use parlour_common::message::{ConversationId, FileId, PostId, TrackId};

use super::super::super::order::Source;

/// The first word of a note.
const NOTE_KIND: &str = "parlour-part-1";

/// What a note says.
#[derive(Debug, PartialEq)]
pub(super) struct Note {
    pub(super) source: Source,
    pub(super) version: u64,
    pub(super) size_bytes: u64,
    pub(super) synced_bytes: u64,
    /// Which start of the machine wrote it; empty where the system does not tell.
    pub(super) boot: String,
    pub(super) server: String,
}

impl Note {
    pub(super) fn to_text(&self) -> String {
        let Self { source, version, size_bytes, synced_bytes, boot, server } = self;
        let source = source_name(*source);
        format!("{NOTE_KIND}\n{source}\n{version}\n{size_bytes}\n{synced_bytes}\n{boot}\n{server}\n")
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != NOTE_KIND {
            return None;
        }
        let source = parse_source(lines.next()?)?;
        let mut number = || lines.next()?.parse().ok();
        let (version, size_bytes, synced_bytes) = (number()?, number()?, number()?);
        let (boot, server) = (lines.next()?.to_owned(), lines.next()?.to_owned());
        Some(Self { source, version, size_bytes, synced_bytes, boot, server })
    }
}

/// Returns the number of what is fetched; that of a member's file has a letter before it, and so have the two of a
/// post's.
fn source_name(source: Source) -> String {
    match source {
        Source::Track(track) => track.0.to_string(),
        Source::File(file) => format!("f{}", file.0),
        Source::Card { conversation, post } => format!("c{}-{}", conversation.0, post.0),
    }
}

fn parse_source(text: &str) -> Option<Source> {
    if let Some((conversation, post)) = text.strip_prefix('c').and_then(|text| text.split_once('-')) {
        let (conversation, post) = (conversation.parse().ok()?, post.parse().ok()?);
        return Some(Source::Card { conversation: ConversationId(conversation), post: PostId(post) });
    }
    match text.strip_prefix('f') {
        Some(number) => Some(Source::File(FileId(number.parse().ok()?))),
        None => Some(Source::Track(TrackId(text.parse().ok()?))),
    }
}

/// Returns the name of this start of the machine.
pub(super) fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

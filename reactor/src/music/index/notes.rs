//! Which words of a track can be found, and in which places they stand.
//!
//! This file knows what is noted of a text; it does *not* know how words are found again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::dictionary::{Dictionary, Draft, place};
use crate::fold;
use crate::music::Entry;

/// The most words of the folders around a file that can be found, the nearest first.
const FOLDER_WORDS_MAX: usize = 64;

/// The longest word made of others that are glued together by signs, in bytes.
const GLUED_BYTES_MAX: usize = 32;

/// The fewest syllables of the end of a Hangul word that can be found.
const SYLLABLES_MIN: usize = 2;

/// Collects the words of tracks.
#[derive(Debug, Default)]
pub(super) struct WordDraft {
    draft: Draft,
    /// The words of artists, albums and genres: thousands of tracks share them.
    texts: HashMap<Arc<str>, Vec<(u32, u32)>>,
    folders: HashMap<PathBuf, Vec<(u32, u32)>>,
    noted: Vec<(u32, u32)>,
}

impl WordDraft {
    /// Notes every word of the next track and its place.
    pub(super) fn note(&mut self, track: u32, entry: &Entry) {
        let Self { draft, texts, folders, noted } = self;
        noted.clear();
        let tags = entry.tags();
        note_text(&tags.title, true, draft, noted, place::TITLE);
        let shared =
            [(&tags.artist, place::ARTIST), (&tags.album, place::ALBUM), (&tags.genre, place::GENRE)];
        for (text, place) in shared {
            let words = texts.entry(Arc::clone(text)).or_insert_with(|| {
                let mut words = Vec::new();
                note_text(text, true, draft, &mut words, 0);
                words
            });
            noted.extend(words.iter().map(|(word, inner)| (*word, place | inner)));
        }
        let stem = entry.path().file_stem().unwrap_or_default().to_string_lossy();
        note_text(&stem, false, draft, noted, place::PATH);
        let folder = entry.path().parent().unwrap_or(Path::new(""));
        if !folders.contains_key(folder) {
            let mut words = Vec::new();
            for part in folder.iter().rev() {
                note_text(&part.to_string_lossy(), false, draft, &mut words, place::PATH);
            }
            words.truncate(FOLDER_WORDS_MAX);
            folders.insert(folder.to_owned(), words);
        }
        noted.extend(folders.get(folder).into_iter().flatten());
        draft.note(track, noted);
    }

    /// Sorts the words.
    pub(super) fn finish(self) -> Dictionary {
        self.draft.finish()
    }
}

/// Notes the words of a text: each as it is; glued ones also as one, unless the text is the name of a file,
/// where signs stand for spaces; the ends of Hangul words; of scripts without spaces every pair of
/// neighbours, and the last letter.
fn note_text(text: &str, glues: bool, draft: &mut Draft, noted: &mut Vec<(u32, u32)>, place: u32) {
    let words = fold::words(text);
    let mut note = |letters: &str, place| noted.extend(draft.number_of(letters).map(|word| (word, place)));
    for word in &words {
        if word.unspaced {
            let starts: Vec<usize> = word.letters.char_indices().map(|(at, _)| at).collect();
            for (i, start) in starts.iter().enumerate() {
                note(&word.letters[*start..starts.get(i + 2).copied().unwrap_or(word.letters.len())], place);
            }
            continue;
        }
        note(&word.letters, place);
        let syllables = fold::syllable_starts(&word.letters);
        for start in &syllables[..(syllables.len() + 1).saturating_sub(SYLLABLES_MIN)] {
            note(&word.letters[*start..], place | place::INNER);
        }
    }
    let mut start = 0;
    for at in 1..=words.len() {
        if glues && words.get(at).is_none_or(|word| !word.glued) {
            let glued = &words[start..at];
            let length: usize = glued.iter().map(|word| word.letters.len()).sum();
            if glued.len() > 1 && length <= GLUED_BYTES_MAX && glued.iter().all(|word| !word.unspaced) {
                note(&glued.iter().map(|word| word.letters.as_str()).collect::<String>(), place);
            }
            start = at;
        }
    }
}

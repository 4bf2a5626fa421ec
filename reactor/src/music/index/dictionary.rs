//! The distinct words of a library, and which tracks have them.
//!
//! This file knows words and where they stand. It does *not* know queries or ranking: it finds the words
//! that are equal to, begin with, contain, are near to, or sound like another.

use std::collections::HashMap;
use std::ops::Range;

use super::slip::{Typed, signature, sound};

/// How many bits of a posting tell where a word stands; the rest tell in which track.
const PLACE_BITS: u32 = 12;

/// The most tracks that postings can tell apart.
pub(in crate::music) const TRACKS_MAX: usize = 1 << (u32::BITS - PLACE_BITS);

/// The most that all distinct words may take, in bytes, so that 32 bits number them. A real library has a
/// few megabytes; words beyond are not found.
const WORDS_BYTES_MAX: usize = 1 << 30;

/// Where in a track a word stands: a set of these bits.
pub(super) mod place {
    /// In the title.
    pub(in crate::music::index) const TITLE: u32 = 1;
    /// In the artist.
    pub(in crate::music::index) const ARTIST: u32 = 1 << 1;
    /// In the album.
    pub(in crate::music::index) const ALBUM: u32 = 1 << 2;
    /// In the genre.
    pub(in crate::music::index) const GENRE: u32 = 1 << 3;
    /// In the name of the file or of a folder around it.
    pub(in crate::music::index) const PATH: u32 = 1 << 4;
    /// All of the above.
    pub(in crate::music::index) const ALL: u32 = (1 << 5) - 1;
    /// Not as a whole word anywhere: as the end of one.
    pub(in crate::music::index) const INNER: u32 = 1 << 5;
}

/// A track that has a word, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Posting(u32);

impl Posting {
    /// The word stands in these places of that track.
    pub(super) fn new(track: u32, places: u32) -> Self {
        Self(track << PLACE_BITS | places)
    }

    /// Returns the track.
    pub(super) fn track(self) -> u32 {
        self.0 >> PLACE_BITS
    }

    /// Returns the places.
    pub(super) fn places(self) -> u32 {
        self.0 & ((1 << PLACE_BITS) - 1)
    }
}

/// The distinct words of a library, sorted, and their postings.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    /// All words, each followed by a line feed, which no folded word contains.
    text: String,
    /// Where each word begins, and the end.
    starts: Vec<u32>,
    /// How many letters each word has.
    letters: Vec<u8>,
    /// Which letters each word has.
    signatures: Vec<u32>,
    /// Where the postings of each word begin, and the end.
    posting_starts: Vec<u32>,
    /// By word, then by track.
    postings: Vec<Posting>,
    /// What words sound like, sorted, and which word it is.
    sounds: Vec<(Box<str>, u32)>,
}

impl Dictionary {
    /// Returns how many words there are.
    pub(super) fn len(&self) -> usize {
        self.letters.len()
    }

    /// Returns a word by its number.
    pub(super) fn word(&self, word: u32) -> &str {
        let at = word as usize;
        &self.text[self.starts[at] as usize..self.starts[at + 1] as usize - 1]
    }

    /// Returns how many letters a word has.
    pub(super) fn letters(&self, word: u32) -> u8 {
        self.letters[word as usize]
    }

    /// Returns the tracks that have any of a range of words: by word, then by track.
    pub(super) fn postings(&self, words: Range<u32>) -> &[Posting] {
        let [start, end] = [words.start, words.end].map(|word| self.posting_starts[word as usize] as usize);
        &self.postings[start..end]
    }

    /// Finds a word.
    pub(super) fn find(&self, word: &str) -> Option<u32> {
        let at = self.first_from(word);
        ((at as usize) < self.len() && self.word(at) == word).then_some(at)
    }

    /// Finds the words that begin with a word, itself included.
    pub(super) fn beginning_with(&self, beginning: &str) -> Range<u32> {
        let start = self.first_from(beginning);
        let end = self.first_where(start, |word| !word.starts_with(beginning));
        start..end
    }

    /// Finds the words that contain a word.
    pub(super) fn containing<'a>(&'a self, part: &'a str) -> impl Iterator<Item = u32> + 'a {
        let found = memchr::memmem::find_iter(self.text.as_bytes(), part.as_bytes());
        // The word that a position lies in: the last one that begins at or before it.
        let mut words: Vec<u32> =
            found.map(|at| number(self.starts.partition_point(|start| *start as usize <= at) - 1)).collect();
        words.dedup();
        words.into_iter()
    }

    /// Finds the words within a few slips of another, and how many slips; with `beginning`, those whose
    /// beginning is, of which the first letter must be right: else there are too many to mean anything.
    /// Returns also how many words were compared letter by letter.
    pub(super) fn near(&self, typed: &str, limit: u8, beginning: bool) -> (Vec<(u32, u8)>, u32) {
        let mut found = Vec::new();
        let mut compared = 0;
        let (Some(word), Some(first)) = (Typed::new(typed), typed.chars().next()) else {
            return (found, compared);
        };
        let mut first_buffer = [0; 4];
        let all = 0..number(self.len());
        let range = if beginning { self.beginning_with(first.encode_utf8(&mut first_buffer)) } else { all };
        let span = range.start as usize..range.end as usize;
        let shapes = self.signatures[span.clone()].iter().zip(&self.letters[span]);
        for (at, (signature, letters)) in range.zip(shapes) {
            if word.may_be_near(*signature, *letters, limit, beginning) {
                compared += 1;
                found.extend(word.distance(self.word(at), limit, beginning).map(|slips| (at, slips)));
            }
        }
        (found, compared)
    }

    /// Finds the words that sound like another; with `beginning`, those that begin to.
    pub(super) fn sounding_like(&self, typed: &str, beginning: bool) -> impl Iterator<Item = u32> {
        let wanted = sound(typed);
        let start = wanted.as_ref().map_or(self.sounds.len(), |wanted| {
            self.sounds.partition_point(|(heard, _)| heard.as_ref() < wanted.as_str())
        });
        let alike = move |heard: &str| {
            wanted.as_ref().is_some_and(|wanted| heard == wanted || (beginning && heard.starts_with(wanted)))
        };
        self.sounds[start..].iter().take_while(move |(heard, _)| alike(heard)).map(|(_, word)| *word)
    }

    fn first_from(&self, wanted: &str) -> u32 {
        self.first_where(0, |word| word >= wanted)
    }

    /// Finds the first word from `start` on that `reached` is true for; it must stay true from there on.
    fn first_where(&self, start: u32, reached: impl Fn(&str) -> bool) -> u32 {
        let (mut low, mut high) = (start, number(self.len()));
        while low < high {
            let middle = low.midpoint(high);
            if reached(self.word(middle)) { high = middle } else { low = middle + 1 }
        }
        low
    }
}

/// Collects words and their postings, track by track, in the order of the tracks.
#[derive(Debug, Default)]
pub(super) struct Draft {
    numbers: HashMap<Box<str>, u32>,
    bytes: usize,
    postings: Vec<(u32, Posting)>,
}

impl Draft {
    /// Returns the number of a word, until [`Draft::finish`]; `None` when there are too many words.
    pub(super) fn number_of(&mut self, word: &str) -> Option<u32> {
        if let Some(known) = self.numbers.get(word) {
            return Some(*known);
        }
        self.bytes += word.len() + 1;
        if self.bytes > WORDS_BYTES_MAX {
            return None;
        }
        let fresh = number(self.numbers.len());
        self.numbers.insert(word.into(), fresh);
        Some(fresh)
    }

    /// Notes the words of the next track: their numbers and places, in any order, also several times.
    pub(super) fn note(&mut self, track: u32, words: &mut [(u32, u32)]) {
        words.sort_unstable();
        for same in words.chunk_by(|a, b| a.0 == b.0) {
            let whole = same.iter().filter(|(_, places)| places & place::INNER == 0);
            let whole = whole.fold(0, |places, (_, more)| places | more);
            // Where a word is whole, it does not matter that it also ends another.
            let places = if whole == 0 { same.iter().fold(0, |all, (_, more)| all | more) } else { whole };
            self.postings.push((same[0].0, Posting::new(track, places)));
        }
    }

    /// Sorts the words and their postings.
    pub(super) fn finish(self) -> Dictionary {
        let mut words: Vec<(Box<str>, u32)> = self.numbers.into_iter().collect();
        words.sort_unstable();
        let mut dictionary = Dictionary { starts: vec![0], ..Dictionary::default() };
        let mut renumbered = vec![0; words.len()];
        for (word, (letters, before)) in (0..).zip(&words) {
            renumbered[*before as usize] = word;
            dictionary.text.push_str(letters);
            dictionary.text.push('\n');
            dictionary.starts.push(number(dictionary.text.len()));
            dictionary.letters.push(u8::try_from(letters.chars().count()).unwrap_or(u8::MAX));
            dictionary.signatures.push(signature(letters.chars()));
            dictionary.sounds.extend(sound(letters).map(|heard| (heard.into_boxed_str(), word)));
        }
        dictionary.sounds.sort_unstable();
        // A counting sort by word: the postings of each are in the order of the tracks already.
        let mut starts = vec![0_u32; words.len() + 1];
        for (word, _) in &self.postings {
            starts[renumbered[*word as usize] as usize + 1] += 1;
        }
        for word in 0..words.len() {
            starts[word + 1] += starts[word];
        }
        let mut next = starts.clone();
        dictionary.postings = vec![Posting(0); self.postings.len()];
        for (word, posting) in self.postings {
            let next = &mut next[renumbered[word as usize] as usize];
            dictionary.postings[*next as usize] = posting;
            *next += 1;
        }
        dictionary.posting_starts = starts;
        dictionary
    }
}

/// Counts what is counted in 32 bits here. There are far fewer words and postings than that: a track has a
/// few hundred at most, and there are at most [`TRACKS_MAX`] tracks.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary(words: &[&str]) -> Dictionary {
        let mut draft = Draft::default();
        for (track, word) in (0..).zip(words) {
            let number = draft.number_of(word).unwrap();
            draft.note(track, &mut [(number, place::TITLE), (number, place::ALBUM | place::INNER)]);
        }
        draft.finish()
    }

    #[test]
    fn words_are_found_in_every_way() {
        let found = dictionary(&["moonlight", "moon", "sonata", "moon", "night"]);
        let names = |words: &mut dyn Iterator<Item = u32>| -> Vec<String> {
            words.map(|word| found.word(word).to_owned()).collect()
        };
        assert_eq!(found.len(), 4);
        let moon = found.find("moon").unwrap();
        assert_eq!(found.postings(moon..moon + 1), [1, 3].map(|track| Posting::new(track, place::TITLE)));
        assert_eq!(found.find("moo"), None);
        assert_eq!(found.find("zzz"), None);
        assert_eq!(names(&mut found.beginning_with("moon")), ["moon", "moonlight"]);
        assert_eq!(names(&mut found.beginning_with("")).len(), 4);
        assert_eq!(names(&mut found.containing("ight")), ["moonlight", "night"]);
        assert_eq!(names(&mut found.sounding_like("moonlite", false)), ["moonlight"]);
        assert_eq!(names(&mut found.sounding_like("moonl", true)), ["moonlight"]);
        let (near, compared) = found.near("snoata", 1, false);
        assert_eq!((near, compared), (vec![(found.find("sonata").unwrap(), 1)], 1));
        assert_eq!(found.near("monnl", 1, true).0, [(found.find("moonlight").unwrap(), 1)]);
        assert_eq!(dictionary(&[]).beginning_with("a"), 0..0);
    }
}

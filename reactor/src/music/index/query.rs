//! A query: what is looked for, and which words of the library may be meant by it.
//!
//! This file knows the dictionary and how far from a word typed a word meant may be. It does *not* know how
//! tracks are ranked by that.

use super::dictionary::{Dictionary, Posting};
use super::slip::forgiven;
use crate::fold::{self, Word};

/// The most terms of a query that are looked at; the rest of it is ignored. A query is at most 200 bytes, but
/// that many words of one letter would each match half the library.
const TERMS_MAX: usize = 12;

/// The most terms of a single letter, each of which begins a tenth of all words.
const LETTERS_MAX: usize = 6;

/// The most pairs of letters looked at in scripts without spaces; they are looked up exactly, which is cheap.
const PAIRS_MAX: usize = 40;

/// The most tracks looked at to see whether two words in it, written together, are the word typed.
const SPLITS_MAX: usize = 256;

/// The fewest letters of two words written together that begin another word.
const JOINED_LETTERS_MIN: usize = 4;

/// The fewest letters that are looked for within words.
const WITHIN_LETTERS_MIN: usize = 3;

/// The fewest letters of a beginning in which a slip is forgiven.
const SLIPPED_BEGINNING_LETTERS_MIN: usize = 5;

/// Words that names are written with or without. `&` is read as the last one.
const FILLERS: [&str; 4] = ["the", "a", "an", "and"];

/// How sure it is that a word typed means a word of the library: the class counts before the quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grade {
    /// One of the constants below.
    pub(super) class: u8,
    /// At most [`Grade::QUALITY_MAX`].
    pub(super) quality: u8,
}

impl Grade {
    /// The word itself.
    pub(super) const EXACT: u8 = 3;
    /// A beginning of the word.
    pub(super) const BEGINNING: u8 = 2;
    /// Something like it.
    pub(super) const SLIP: u8 = 1;
    /// The best quality.
    pub(super) const QUALITY_MAX: u8 = 60;

    fn new(class: u8, quality: u8) -> Self {
        Self { class, quality }
    }
}

/// One word looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) letters: String,
    length: usize,
    /// Whether it is a pair of letters from a script without spaces.
    pair: bool,
    /// Whether it may still be being typed.
    last: bool,
}

/// What one term may mean.
#[derive(Debug, Default)]
pub(super) struct Meant {
    /// Words of the library.
    pub(super) words: Vec<(u32, Grade)>,
    /// Tracks that have it in two words.
    pub(super) tracks: Vec<(Posting, Grade)>,
}

/// What is looked for.
#[derive(Debug)]
pub(super) struct Query {
    /// The words, each once.
    pub(super) terms: Vec<Term>,
    /// All its letters.
    pub(super) compact: String,
    /// Words written apart that may be one, and the terms they are: `moon light`, `r.e.m.`
    joined: Vec<(String, Vec<usize>)>,
}

impl Query {
    /// Reads a query.
    pub(super) fn new(text: &str) -> Self {
        let words = fold::words(text);
        let compact: String = words.iter().map(|word| word.letters.as_str()).collect();
        let mut query = Self { terms: Vec::new(), compact, joined: Vec::new() };
        let mut single: Vec<Option<usize>> = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let last = at + 1 == words.len();
            single.push(if word.unspaced {
                query.take_pairs(word)
            } else {
                query.take(&word.letters, false, last)
            });
        }
        query.join(&words, &single);
        query
    }

    /// Returns what the query comes to: two queries of one key have the same result.
    pub(super) fn key(&self) -> String {
        let words: Vec<&str> = self.terms.iter().map(|term| term.letters.as_str()).collect();
        format!("{} {}", words.join(" "), self.compact)
    }

    fn take(&mut self, letters: &str, pair: bool, last: bool) -> Option<usize> {
        if let Some(at) = self.terms.iter().position(|term| term.letters == letters) {
            self.terms[at].last |= last;
            return Some(at);
        }
        let term = Term { letters: letters.to_owned(), length: letters.chars().count(), pair, last };
        let alike = |other: &&Term| other.pair == pair;
        let limit = if pair { PAIRS_MAX } else { TERMS_MAX };
        let letters = self.terms.iter().filter(alike).filter(|other| other.length == 1).count();
        if self.terms.iter().filter(alike).count() >= limit || (term.length == 1 && letters >= LETTERS_MAX) {
            return None;
        }
        self.terms.push(term);
        Some(self.terms.len() - 1)
    }

    /// Scripts without spaces are looked up by pairs of neighbours, as they were noted.
    fn take_pairs(&mut self, word: &Word) -> Option<usize> {
        let starts: Vec<usize> = word.letters.char_indices().map(|(at, _)| at).collect();
        if starts.len() == 1 {
            return self.take(&word.letters, true, true);
        }
        for (i, start) in starts.iter().enumerate().take(starts.len() - 1) {
            let end = starts.get(i + 2).copied().unwrap_or(word.letters.len());
            self.take(&word.letters[*start..end], true, false);
        }
        None
    }

    fn join(&mut self, words: &[Word], terms: &[Option<usize>]) {
        let mut add = |range: std::ops::Range<usize>| {
            let parts: Option<Vec<usize>> = terms[range.clone()].iter().copied().collect();
            let spaced = words[range.clone()].iter().all(|word| !word.unspaced);
            if let Some(parts) = parts.filter(|_| spaced) {
                self.joined.push((words[range].iter().map(|word| word.letters.as_str()).collect(), parts));
            }
        };
        for at in 1..words.len() {
            add(at - 1..at + 1);
        }
        // Runs of more than two that nothing but signs separates.
        let mut start = 0;
        for at in 1..=words.len() {
            if words.get(at).is_none_or(|word| !word.glued) {
                if at - start > 2 {
                    add(start..at);
                }
                start = at;
            }
        }
    }

    /// Returns what each term may mean if nothing is misspelt. `has` tells whether a track has these letters
    /// in a row, spaces aside.
    pub(super) fn strictly(&self, dictionary: &Dictionary, has: impl Fn(u32, &str) -> bool) -> Vec<Meant> {
        let mut meant: Vec<Meant> = self.terms.iter().map(|term| beginnings(dictionary, term)).collect();
        for (letters, parts) in &self.joined {
            let last = parts.iter().any(|at| self.terms[*at].last);
            let begins = last && letters.chars().count() >= JOINED_LETTERS_MIN;
            let words = if begins {
                dictionary.beginning_with(letters)
            } else {
                dictionary.find(letters).map_or(0..0, |word| word..word + 1)
            };
            for word in words {
                let whole = dictionary.word(word) == letters;
                let grade =
                    if whole { Grade::new(Grade::EXACT, 50) } else { Grade::new(Grade::BEGINNING, 20) };
                parts.iter().for_each(|at| meant[*at].words.push((word, grade)));
            }
        }
        for (term, meant) in self.terms.iter().zip(&mut meant) {
            if !term.pair {
                meant.tracks = in_two_words(dictionary, term, &has);
            }
        }
        meant
    }

    /// Leaves out words that names are written with or without, unless there are no others. Returns whether
    /// there were any.
    pub(super) fn drop_fillers(&mut self, meant: &mut Vec<Meant>) -> bool {
        let is_filler = |term: &Term| FILLERS.contains(&term.letters.as_str());
        if !self.terms.iter().any(is_filler) || self.terms.iter().all(is_filler) {
            return false;
        }
        let mut fillers = self.terms.iter().map(is_filler);
        meant.retain(|_| !fillers.next().unwrap_or(false));
        self.terms.retain(|term| !is_filler(term));
        true
    }

    /// Adds to each term what it may mean if it is misspelt. Returns how many words were compared.
    pub(super) fn add_slips(&self, dictionary: &Dictionary, meant: &mut [Meant]) -> u32 {
        let both = self.terms.iter().zip(meant);
        both.map(|(term, meant)| add_slips(dictionary, term, &mut meant.words)).sum()
    }
}

fn beginnings(dictionary: &Dictionary, term: &Term) -> Meant {
    let grade = |word: u32| {
        let letters = usize::from(dictionary.letters(word)).max(1);
        // The more of the word is typed already, the surer.
        let typed = u8::try_from(25 * term.length / letters).unwrap_or(25);
        match dictionary.word(word) == term.letters {
            true => Grade::new(Grade::EXACT, Grade::QUALITY_MAX),
            false => Grade::new(Grade::BEGINNING, 25 + typed),
        }
    };
    let words = dictionary.beginning_with(&term.letters).map(|word| (word, grade(word))).collect();
    Meant { words, tracks: Vec::new() }
}

/// Finds tracks that have a term in two words: `moonlight` in "Moon Light".
fn in_two_words(
    dictionary: &Dictionary,
    term: &Term,
    has: &impl Fn(u32, &str) -> bool,
) -> Vec<(Posting, Grade)> {
    let mut found = Vec::new();
    let mut looked_at = 0;
    for (at, _) in term.letters.char_indices().skip(2) {
        let (left, right) = term.letters.split_at(at);
        let (Some(left), true) = (dictionary.find(left), right.chars().nth(1).is_some()) else { continue };
        let rights = match dictionary.find(right) {
            Some(word) => word..word + 1,
            None if term.last => dictionary.beginning_with(right),
            None => continue,
        };
        let lefts = dictionary.postings(left..left + 1);
        for right in rights {
            let rights = dictionary.postings(right..right + 1);
            let (few, many) = if lefts.len() < rights.len() { (lefts, rights) } else { (rights, lefts) };
            for posting in few {
                let at = many.partition_point(|other| other.track() < posting.track());
                if many.get(at).is_none_or(|other| other.track() != posting.track()) {
                    continue;
                }
                looked_at += 1;
                if looked_at > SPLITS_MAX {
                    return found;
                }
                if has(posting.track(), &term.letters) {
                    found.push((*posting, Grade::new(Grade::EXACT, 45)));
                }
            }
        }
    }
    found
}

fn add_slips(dictionary: &Dictionary, term: &Term, words: &mut Vec<(u32, Grade)>) -> u32 {
    // Another number is another thing, and a pair of letters leaves nothing to compare by.
    if term.pair || term.letters.contains(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    let begins = |word: u32| dictionary.word(word).starts_with(&term.letters);
    let mut add = |word: u32, quality: u8| {
        if !begins(word) {
            words.push((word, Grade::new(Grade::SLIP, quality)));
        }
    };
    let same_first = |word: u32| dictionary.word(word).chars().next() == term.letters.chars().next();
    let mut compared = 0;
    let limit = forgiven(term.length);
    if limit > 0 {
        let (near, more) = dictionary.near(&term.letters, limit, false);
        compared += more;
        near.into_iter()
            .for_each(|(word, slips)| add(word, 40 - 12 * slips + 6 * u8::from(same_first(word))));
    }
    if limit > 0 && term.last && term.length >= SLIPPED_BEGINNING_LETTERS_MIN {
        let (near, more) = dictionary.near(&term.letters, limit, true);
        compared += more;
        near.into_iter().for_each(|(word, slips)| add(word, 32 - 10 * slips));
    }
    dictionary.sounding_like(&term.letters, term.last).for_each(|word| add(word, 24));
    if term.length >= WITHIN_LETTERS_MIN {
        dictionary.containing(&term.letters).for_each(|word| add(word, 10));
    }
    compared
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_as_terms_that_may_belong_together() {
        let query = Query::new("R.E.M.  losing my religion");
        let terms: Vec<&str> = query.terms.iter().map(|term| term.letters.as_str()).collect();
        assert_eq!(terms, ["r", "e", "m", "losing", "my", "religion"]);
        assert!(query.joined.contains(&("rem".to_owned(), vec![0, 1, 2])));
        assert!(query.joined.contains(&("myreligion".to_owned(), vec![4, 5])));
        assert!(query.terms[5].last && !query.terms[4].last);
        assert_eq!(query.compact, "remlosingmyreligion");

        let query = Query::new("千本桜 ABC");
        let terms: Vec<&str> = query.terms.iter().map(|term| term.letters.as_str()).collect();
        assert_eq!(terms, ["千本", "本桜", "abc"]);
        assert!(query.joined.is_empty());

        assert!(Query::new(" - ").terms.is_empty());
        assert_eq!(Query::new(&"a b ".repeat(50)).terms.len(), 2);
        let many = |word: &str| ('a'..='z').map(|c| format!("{c}{word} ")).collect::<String>();
        assert_eq!(Query::new(&many("")).terms.len(), LETTERS_MAX);
        assert_eq!(Query::new(&many("x")).terms.len(), TERMS_MAX);
    }
}

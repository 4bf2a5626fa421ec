//! Slips of the hand and of the ear: how far one word is from another, and what a word sounds like.
//!
//! This file does not know which words there are.
//!
//! The distance is optimal string alignment (Damerau 1964, in the restricted form of Boytsov, "Indexing
//! methods for approximate dictionary searching", ACM JEA 16, 2011): insertions, deletions, replacements
//! and exchanges of neighbours. Most words are ruled out before by the letters they have at all, the
//! signature filter of the same survey. The sound of a word is in the spirit of Metaphone (Philips 1990) and
//! of the Kölner Phonetik (Postel 1969), for names from all over Europe: consonants in a few classes, the
//! first vowel, and where the other vowels are.

use crate::fold::WORD_CHARS_MAX;

/// The longest sound that is kept, in bytes.
const SOUND_BYTES_MAX: usize = 16;

/// Returns how many slips are forgiven in a word of so many letters.
pub(super) fn forgiven(letters: usize) -> u8 {
    match letters {
        0..4 => 0,
        4..7 => 1,
        _ => 2,
    }
}

/// Returns which letters a word has: one bit for each of `a` to `z`, the rest shared by all other letters.
pub(super) fn signature(letters: impl Iterator<Item = char>) -> u32 {
    letters.fold(0, |bits, c| {
        let bit = match c {
            'a'..='z' => u32::from(c) - u32::from('a'),
            // A prime, so that neighbours in a script do not share bits in step.
            _ => u32::from(c).wrapping_mul(2_654_435_761) >> 27,
        };
        bits | 1 << bit
    })
}

/// A word typed, to be compared with many.
#[derive(Debug)]
pub(super) struct Typed {
    letters: Vec<char>,
    signature: u32,
}

impl Typed {
    /// Takes a folded word. `None` when it is too long to be compared.
    pub(super) fn new(word: &str) -> Option<Self> {
        let letters: Vec<char> = word.chars().collect();
        let signature = signature(letters.iter().copied());
        (letters.len() <= WORD_CHARS_MAX).then_some(Self { letters, signature })
    }

    /// Tells cheaply whether another word may be within `limit` slips; with `beginning`, whether its
    /// beginning may. A slip adds at most one letter and takes away at most one.
    pub(super) fn may_be_near(&self, signature: u32, letters: u8, limit: u8, beginning: bool) -> bool {
        let missing = (self.signature & !signature).count_ones();
        let added = (signature & !self.signature).count_ones();
        let (mine, its) = (self.letters.len(), usize::from(letters));
        let limit = usize::from(limit);
        missing as usize <= limit
            && its + limit >= mine
            && (beginning || (added as usize <= limit && mine + limit >= its))
    }

    /// Returns how many slips lie between this word and another, if at most `limit`; with `beginning`,
    /// between this word and the nearest beginning of the other.
    pub(super) fn distance(&self, other: &str, limit: u8, beginning: bool) -> Option<u8> {
        let mine = &self.letters;
        // Rows of the table for the letters of the other word: two before, before, now.
        let mut older = [0; WORD_CHARS_MAX + 1];
        let mut old = [0; WORD_CHARS_MAX + 1];
        let mut row = [0; WORD_CHARS_MAX + 1];
        for (cell, slips) in old.iter_mut().zip(0..=u8::try_from(mine.len()).ok()?) {
            *cell = slips;
        }
        let mut nearest = old[mine.len()];
        let mut old_least = 0;
        let mut last = None;
        for (at, c) in other.chars().enumerate() {
            row[0] = old[0].saturating_add(1);
            let mut least = row[0];
            for (i, letter) in mine.iter().enumerate() {
                let mut slips = (old[i] + u8::from(*letter != c)).min(old[i + 1] + 1).min(row[i] + 1);
                if i > 0 && at > 0 && mine[i - 1] == c && last == Some(*letter) {
                    slips = slips.min(older[i - 1] + 1);
                }
                row[i + 1] = slips;
                least = least.min(slips);
            }
            // Nothing below comes back within the limit; an exchange reaches two rows back, hence both.
            if least > limit && old_least > limit {
                return (beginning && nearest <= limit).then_some(nearest);
            }
            nearest = if beginning { nearest.min(row[mine.len()]) } else { row[mine.len()] };
            (older, old, row) = (old, row, older);
            old_least = least;
            last = Some(c);
        }
        (nearest <= limit).then_some(nearest)
    }
}

/// Returns what a folded word sounds like; `None` unless it is Latin and at least four letters long.
pub(super) fn sound(word: &str) -> Option<String> {
    if word.len() < 4 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    /// Spellings of one sound, the longer before the shorter. `X` is any of sh, ch, zh, j as in German
    /// or English names: languages differ too much to tell them apart.
    const SPELLINGS: [(&str, &str); 28] = [
        ("tzsch", "X"),
        ("tsch", "X"),
        ("sch", "X"),
        ("tch", "X"),
        ("igh", "i"),
        ("ght", "t"),
        ("sh", "X"),
        ("ch", "X"),
        ("zh", "X"),
        ("cz", "X"),
        ("sz", "X"),
        ("ph", "f"),
        ("th", "t"),
        ("kh", "k"),
        ("gh", "g"),
        ("rh", "r"),
        ("wh", "f"),
        ("ck", "k"),
        ("ce", "se"),
        ("ci", "si"),
        ("cy", "si"),
        ("qu", "kf"),
        ("ts", "s"),
        ("tz", "s"),
        ("dt", "t"),
        ("kn", "n"),
        ("wr", "r"),
        ("x", "ks"),
    ];
    // A silent e at the end: `nite` sounds like `night`.
    let mut rest = match word.as_bytes() {
        [.., before, b'e'] if !b"aeiouy".contains(before) => &word[..word.len() - 1],
        _ => word,
    };
    let mut sound = Sound::default();
    while let Some(first) = rest.chars().next() {
        let (spelling, sounds) = SPELLINGS.iter().find(|(s, _)| rest.starts_with(s)).copied().unzip();
        rest = &rest[spelling.map_or(first.len_utf8(), str::len)..];
        match sounds {
            Some(sounds) => sounds.chars().for_each(|c| sound.push(c)),
            None => sound.push(first),
        }
    }
    sound.heard.truncate(SOUND_BYTES_MAX);
    (sound.heard.len() >= 3).then_some(sound.heard)
}

#[derive(Default)]
struct Sound {
    heard: String,
    has_vowel: bool,
}

impl Sound {
    fn push(&mut self, c: char) {
        let last = self.heard.chars().next_back();
        let after_vowel = last.is_some_and(|c| c == 'A' || "aeiou".contains(c));
        let heard = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' if after_vowel => return,
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' if self.has_vowel => 'A',
            'y' => 'i',
            // Silent, but at the beginning.
            'h' if last.is_some() => return,
            'v' | 'w' => 'f',
            'c' | 'q' => 'k',
            'z' => 's',
            'd' => 't',
            'b' => 'p',
            'g' => 'k',
            'j' => 'X',
            other => other,
        };
        self.has_vowel |= "aeiou".contains(heard);
        // Doubled letters sound once.
        if last != Some(heard) {
            self.heard.push(heard);
        }
    }
}

#[cfg(test)]
mod tests;

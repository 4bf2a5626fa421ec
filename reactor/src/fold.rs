//! Text, folded: what people type and what tags say, brought to the same letters.
//!
//! This file knows writing systems. It does *not* know tracks, posts, fields or ranking.
//!
//! Folding: compatibility decomposition (NFKD, UAX #15), lower case, accents dropped; letters that do not
//! decompose are spelt out (ß, ø, ł, æ); Arabic letters become the Persian ones; katakana becomes hiragana,
//! small kana large; a Hangul syllable becomes the keys that type it, so that 하 and 한 begin 하나. Words
//! end where letters do, and where a script that writes without spaces begins or ends.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, compose};

/// The longest word that is kept, in characters; a longer one is cut, in a script without spaces into several.
pub(crate) const WORD_CHARS_MAX: usize = 64;

/// A word of folded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its letters.
    pub(crate) letters: String,
    /// Whether its script is written without spaces between words.
    pub(crate) unspaced: bool,
    /// Whether no white space separates it from the word before, as in `ac/dc`.
    pub(crate) glued: bool,
}

/// Folds text into its words.
pub(crate) fn words(text: &str) -> Vec<Word> {
    // Most text is ASCII, which decomposes to itself.
    if text.is_ascii() { fold(text.chars()) } else { fold(text.nfkd()) }
}

fn fold(letters: impl Iterator<Item = char>) -> Vec<Word> {
    let mut folder = Folder::default();
    let mut letters = letters.peekable();
    let mut before = ' ';
    while let Some(c) = letters.next() {
        let after = letters.peek().copied().unwrap_or(' ');
        if c.is_ascii_alphanumeric() {
            folder.letter(c.to_ascii_lowercase());
        } else {
            folder.take(before, c, after);
        }
        before = c;
    }
    folder.end_word();
    folder.words
}

/// Folds text into its letters alone, so that `Moon Light` and `moonlight` are the same.
pub(crate) fn compact(text: &str) -> String {
    words(text).into_iter().map(|word| word.letters).collect()
}

#[derive(Default)]
struct Folder {
    words: Vec<Word>,
    letters: String,
    length_chars: usize,
    unspaced: bool,
    /// Whether white space was met since the last word began.
    spaced: bool,
}

impl Folder {
    fn take(&mut self, before: char, c: char, after: char) {
        if is_unseen(c) {
            return;
        }
        match canonical_combining_class(c) {
            0 => {}
            // Kana voicing: another letter, not an accent.
            8 => return self.voice(c),
            // Nukta and virama belong to Indic spelling.
            7 | 9 => return self.push(c),
            _ => return,
        }
        if c == '&' {
            self.end_word();
            "and".chars().for_each(|c| self.push(c));
            self.end_word();
        } else if c == '$' && (before.is_alphabetic() || after.is_alphabetic()) {
            self.letter('s');
        } else if c == '!' && before.is_alphabetic() && after.is_alphabetic() {
            self.letter('i');
        } else if c.is_alphanumeric() {
            c.to_lowercase().filter(|c| canonical_combining_class(*c) == 0).for_each(|c| self.letter(c));
        } else {
            self.end_word();
            self.spaced |= c.is_whitespace() || c == '_';
        }
    }

    fn letter(&mut self, c: char) {
        let unspaced = is_unspaced(c);
        if unspaced != self.unspaced {
            self.end_word();
            self.unspaced = unspaced;
        }
        match spelt_out(c) {
            _ if c.is_ascii() => self.push(c),
            Some(spelling) => spelling.chars().for_each(|c| self.push(c)),
            None => self.push(plain(c)),
        }
    }

    fn push(&mut self, c: char) {
        // A script without spaces goes on and on; its letters are all worth keeping.
        if self.unspaced && self.length_chars == WORD_CHARS_MAX {
            self.end_word();
        }
        if self.length_chars < WORD_CHARS_MAX {
            self.letters.push(c);
            self.length_chars += 1;
        }
    }

    fn voice(&mut self, mark: char) {
        if let Some(voiced) = self.letters.chars().next_back().and_then(|last| compose(last, mark)) {
            self.letters.pop();
            self.letters.push(voiced);
        }
    }

    fn end_word(&mut self) {
        if !self.letters.is_empty() {
            let glued = !self.spaced && !self.words.is_empty();
            let letters = std::mem::take(&mut self.letters);
            self.words.push(Word { letters, unspaced: self.unspaced, glued });
            self.length_chars = 0;
            self.spaced = false;
        }
    }
}

/// Characters that neither are letters nor end a word: joiners, tatweel, soft hyphen, apostrophes of all
/// kinds, variation selectors, and the long mark of kana, which people leave out.
fn is_unseen(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | 'ʿ' | 'ʾ' | '`' | '´' | '\u{640}' | '\u{ad}' | 'ー')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// Scripts written without spaces: Han, kana, Thai, Lao, Burmese, Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}')
        || matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
        || matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

/// A letter that stands for one other.
fn plain(c: char) -> char {
    let shifted = |by: i64| u32::try_from(i64::from(u32::from(c)) + by).ok().and_then(char::from_u32);
    let other = match c {
        'ı' => Some('i'),
        'ø' => Some('o'),
        'ł' => Some('l'),
        'đ' | 'ð' => Some('d'),
        'ħ' => Some('h'),
        'ŧ' => Some('t'),
        'ŋ' => Some('n'),
        'ə' => Some('e'),
        'ς' => Some('σ'),
        'ي' | 'ى' => Some('ی'),
        'ك' => Some('ک'),
        'ة' | 'ە' => Some('ه'),
        '٠'..='٩' => shifted(i64::from(u32::from('0')) - i64::from(u32::from('٠'))),
        '۰'..='۹' => shifted(i64::from(u32::from('0')) - i64::from(u32::from('۰'))),
        // Katakana, then small kana: each small one stands before its large one.
        'ァ'..='ヶ' => return plain(shifted(-0x60).unwrap_or(c)),
        'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'っ' | 'ゃ' | 'ゅ' | 'ょ' | 'ゎ' => shifted(1),
        _ => None,
    };
    other.unwrap_or(c)
}

/// A letter that stands for several others, and the parts of Hangul syllables as they are typed: a final
/// consonant by the key of the initial one, a compound by its two keys.
fn spelt_out(c: char) -> Option<&'static str> {
    /// The finals from U+11A8 on.
    const FINALS: [&str; 27] = [
        "ᄀ", "ᄁ", "ᄀᄉ", "ᄂ", "ᄂᄌ", "ᄂᄒ", "ᄃ", "ᄅ", "ᄅᄀ", "ᄅᄆ", "ᄅᄇ", "ᄅᄉ", "ᄅᄐ", "ᄅᄑ",
        "ᄅᄒ", "ᄆ", "ᄇ", "ᄇᄉ", "ᄉ", "ᄊ", "ᄋ", "ᄌ", "ᄎ", "ᄏ", "ᄐ", "ᄑ", "ᄒ",
    ];
    let spelling = match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ĸ' => "k",
        '\u{11a8}'..='\u{11c2}' => FINALS[(u32::from(c) - 0x11a8) as usize],
        'ᅪ' => "ᅩᅡ",
        'ᅫ' => "ᅩᅢ",
        'ᅬ' => "ᅩᅵ",
        'ᅯ' => "ᅮᅥ",
        'ᅰ' => "ᅮᅦ",
        'ᅱ' => "ᅮᅵ",
        'ᅴ' => "ᅳᅵ",
        _ => return None,
    };
    Some(spelling)
}

/// Returns where the syllables of a folded Hangul word begin, but the first: at a consonant before a vowel.
pub(crate) fn syllable_starts(letters: &str) -> Vec<usize> {
    let initial = |c: char| ('\u{1100}'..='\u{1112}').contains(&c);
    let vowel = |c: char| ('\u{1161}'..='\u{1175}').contains(&c);
    let marked = letters.char_indices().zip(letters.chars().skip(1));
    marked.filter(|((at, c), next)| *at > 0 && initial(*c) && vowel(*next)).map(|((at, _), _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        words(text).iter().map(|word| word.letters.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn letters_are_brought_together() {
        for (text, expected) in [
            ("Für Elise", "fur elise"),
            ("BEYONCÉ", "beyonce"),
            ("Straße Øre Łódź Æther Œuvre Þór", "strasse ore lodz aether oeuvre thor"),
            ("İstanbul ıssız", "istanbul issiz"),
            ("ÇAĞRI", "cagri"),
            ("Ωδή στη Χαρά ς", "ωδη στη χαρα σ"),
            ("Чайковский Ёлка", "чаиковскии елка"),
            ("ﬁﬂ ²", "fifl 2"),
            ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
            ("Don't Stop ’Til", "dont stop til"),
            ("Simon & Garfunkel", "simon and garfunkel"),
            ("Ke$ha A$AP P!nk Help!", "kesha asap pink help"),
            ("كيف", "کیف"),
            ("می\u{200c}خواهم", "میخواهم"),
            ("آهنگ مـــن ۱۲٣", "اهنگ من 123"),
            ("ドラゴンボール", "どらごんぼる"),
            ("ｶﾞｷﾞ", "がぎ"),
            ("きゃりー", "きやり"),
            ("", ""),
            (" -- ", ""),
        ] {
            assert_eq!(folded(text), expected, "{text}");
        }
    }

    #[test]
    fn words_end_where_scripts_change_and_remember_what_was_glued() {
        let found: Vec<_> =
            words("AC/DC live 東京Tokyo").into_iter().map(|w| (w.letters, w.unspaced, w.glued)).collect();
        let word = |letters: &str, unspaced, glued| (letters.to_owned(), unspaced, glued);
        let expected = [
            word("ac", false, false),
            word("dc", false, true),
            word("live", false, false),
            word("東京", true, false),
            word("tokyo", false, true),
        ];
        assert_eq!(found, expected);
        assert_eq!(compact("Moon-Light Sonata"), "moonlightsonata");
    }

    #[test]
    fn a_hangul_syllable_begins_the_words_it_is_typed_towards() {
        for (typed, word) in [("ㅎ", "한국"), ("하", "한국"), ("한", "하나"), ("고", "과자"), ("갑", "값")]
        {
            assert!(compact(word).starts_with(&compact(typed)), "{typed} {word}");
        }
        assert!(!compact("학교").starts_with(&compact("한")));
        let word = compact("첫사랑");
        let rest: Vec<&str> = syllable_starts(&word).into_iter().map(|at| &word[at..]).collect();
        assert_eq!(rest, [compact("사랑"), compact("랑")]);
    }

    #[test]
    fn a_long_word_is_cut() {
        assert_eq!(compact(&"x".repeat(500)).len(), WORD_CHARS_MAX);
        let parts = words(&"漢".repeat(100));
        assert_eq!(parts.iter().map(|word| word.letters.chars().count()).collect::<Vec<_>>(), [64, 36]);
        assert!(parts[1].glued, "what was cut belongs together");
    }
}

//! Words of tags, made fit to be shown.
//!
//! This file does not know which tag a word comes from.

use parlour_common::limits::TAG_BYTES_MAX;
use unicode_normalization::UnicodeNormalization;

/// Tells whether a character can hide or reorder text: a control, a mark, override or isolate of direction,
/// or one that is never seen. The joiners stay: Persian is spelt with one, and emoji with the other.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Makes a word of a tag fit to be shown: composed, one line, no character that deceives, no white space at
/// the ends or twice in a row, and at most [`TAG_BYTES_MAX`] bytes, cut at a character.
pub fn clean(text: &str) -> String {
    let mut shown = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c == '\0') {
        // NFC can make text longer, but never more than thrice (UAX #15 §9).
        let mut whole = word.nfc().filter(|c| !is_deceptive(*c)).peekable();
        if whole.peek().is_some() && !shown.is_empty() {
            shown.push(' ');
        }
        for c in whole {
            if shown.len() + c.len_utf8() > TAG_BYTES_MAX {
                shown.truncate(shown.trim_end().len());
                return shown;
            }
            shown.push(c);
        }
    }
    shown.truncate(shown.trim_end().len());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cleaned() {
        let long = "é".repeat(150);
        let cut = "é".repeat(100);
        for (raw, shown) in [
            ("", ""),
            ("  Für   Elise\t\n", "Für Elise"),
            ("a\u{202e}b\u{200f}c\u{1b}[31m", "abc[31m"),
            ("u\u{308}ber", "über"),
            ("Rock\0Pop", "Rock Pop"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("\u{feff}\u{200b} \u{2066}", ""),
            ("\u{2028}a\u{2029}", "a"),
            (&long, &cut),
            (&format!("{} b", "a".repeat(199)), &"a".repeat(199)),
        ] {
            assert_eq!(clean(raw), shown, "{raw:?}");
        }
    }
}

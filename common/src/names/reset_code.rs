//! Codes for a forgotten password, as people type them.
//!
//! This file does not know which codes are in force. A code is read forgivingly: it is typed from a mail, or
//! from what somebody said on the telephone.

use super::phone::ascii_digit;
use crate::Secret;
use crate::message::Fault;

/// The fewest and the most digits a code may have: room on both sides of those in use.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=12;

/// Parses a code as typed: blanks and dashes dropped, digits of other scripts made ASCII. Returns what is
/// wrong with it otherwise.
pub fn parse_reset_code(text: &str) -> Result<Secret<String>, Fault> {
    let mut code = String::with_capacity(*DIGITS.end());
    for c in text.chars().filter(|c| !c.is_whitespace() && !is_dropped(*c)).map(ascii_digit) {
        if !c.is_ascii_digit() || code.len() == *DIGITS.end() {
            return Err(Fault::NotAllowed {});
        }
        code.push(c);
    }
    match code.len() {
        0 => Err(Fault::Missing {}),
        digits if DIGITS.contains(&digits) => Ok(Secret::new(code)),
        _ => Err(Fault::NotAllowed {}),
    }
}

/// Tells whether a character is a dash, or a direction mark that came along with digits of other scripts.
fn is_dropped(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it() {
        for typed in
            ["12345", " 123 45 ", "1-2-3–45", "۱۲۳۴۵", "١٢٣٤٥", "１２３４５", "\u{200e}12345\u{200f}"]
        {
            assert_eq!(parse_reset_code(typed), Ok(Secret::new("12345".to_owned())), "{typed:?}");
        }
        assert_eq!(parse_reset_code("0000 0000"), Ok(Secret::new("00000000".to_owned())));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        assert_eq!(parse_reset_code(" - "), Err(Fault::Missing {}));
        for bad in ["123", "1234567890123", "1234a", "12.345", "+12345", "१२३४५x"] {
            assert_eq!(parse_reset_code(bad), Err(Fault::NotAllowed {}), "{bad:?}");
        }
    }
}

//! Phone numbers, checked by the pattern that the operator chose.
//!
//! This file does not know which country a daemon stands in: the pattern is announced in `welcome`.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::limits::{PHONE_CHARS_MAX, PHONE_PATTERN_BYTES_MAX, PHONE_PATTERN_DEFAULT};
use crate::message::Fault;

/// The compiled size a pattern may reach, in bytes: an operator's slip must not eat the memory of clients.
const PATTERN_COMPILED_BYTES_MAX: usize = 256 * 1024;

/// A phone number that matched the pattern in force when it was given, in ASCII digits, with no blanks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Returns the number as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The regular expression a daemon asks of phone numbers. It must match the whole number, after blanks,
/// dashes, dots and parentheses were dropped and digits of any script were made ASCII.
#[derive(Clone, Debug)]
pub struct PhonePattern(Regex);

/// A phone pattern that is no regular expression, or too large a one.
#[derive(Debug, thiserror::Error)]
#[error("the phone pattern is not a usable regular expression: {0}")]
pub struct PhonePatternError(String);

impl PhonePattern {
    /// Compiles a pattern. It needs no anchors.
    pub fn parse(pattern: &str) -> Result<Self, PhonePatternError> {
        if pattern.len() > PHONE_PATTERN_BYTES_MAX {
            return Err(PhonePatternError(format!("it is longer than {PHONE_PATTERN_BYTES_MAX} bytes")));
        }
        // Compiled alone first, so that an unbalanced group cannot climb out of the anchors.
        let build = |text: &str| {
            RegexBuilder::new(text)
                .size_limit(PATTERN_COMPILED_BYTES_MAX)
                .build()
                .map_err(|error| PhonePatternError(error.to_string()))
        };
        build(pattern)?;
        build(&format!("^(?:{pattern})$")).map(Self)
    }

    /// Parses what a person typed. Returns what is wrong with it otherwise.
    pub fn check(&self, text: &str) -> Result<Phone, Fault> {
        let number: String = text.chars().filter(|c| !is_filler(*c)).map(ascii_digit).collect();
        if number.is_empty() {
            return Err(Fault::Missing {});
        }
        if number.chars().count() > PHONE_CHARS_MAX as usize {
            return Err(Fault::TooLong { max: PHONE_CHARS_MAX });
        }
        if self.0.is_match(&number) { Ok(Phone(number)) } else { Err(Fault::NotAllowed {}) }
    }
}

impl Default for PhonePattern {
    fn default() -> Self {
        match Self::parse(PHONE_PATTERN_DEFAULT) {
            Ok(pattern) => pattern,
            Err(error) => unreachable!("the default pattern is tested: {error}"),
        }
    }
}

fn is_filler(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '.' | '(' | ')' | '\u{200e}' | '\u{200f}' | '\u{2010}'..='\u{2013}')
}

/// Makes an Arabic, Persian, Devanagari or full-width digit the ASCII digit of its value.
pub(super) fn ascii_digit(c: char) -> char {
    for zero in ['\u{0660}', '\u{06f0}', '\u{0966}', '\u{ff10}'] {
        let value = u32::from(c).wrapping_sub(u32::from(zero));
        if let (0..=9, Some(digit)) = (value, char::from_digit(value.min(9), 10)) {
            return digit;
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_pattern_takes_iranian_mobile_numbers() {
        let pattern = PhonePattern::default();
        for text in [
            "09121234567",
            "+98 912 123 4567",
            "0098-912-123-4567",
            "۰۹۱۲۱۲۳۴۵۶۷",
            "٠٩١٢١٢٣٤٥٦٧",
            "０９１２１２３４５６７",
        ] {
            assert!(pattern.check(text).is_ok(), "{text}");
        }
        for text in ["9121234567", "0912123456", "091212345678", "+1 555 0100", "x09121234567", "abc"] {
            assert_eq!(pattern.check(text), Err(Fault::NotAllowed {}), "{text}");
        }
        assert_eq!(pattern.check("۰۹۱۲ ۱۲۳ ۴۵۶۷").unwrap().as_str(), "09121234567");
        assert_eq!(pattern.check(" - "), Err(Fault::Missing {}));
        assert_eq!(pattern.check(&"9".repeat(33)), Err(Fault::TooLong { max: 32 }));
    }

    #[test]
    fn an_operator_changes_the_pattern_and_a_bad_one_is_refused() {
        assert!(PhonePattern::parse(r"\+1[0-9]{10}|911").unwrap().check("911").is_ok());
        assert!(PhonePattern::parse(r"\+1[0-9]{10}|911").unwrap().check("9111").is_err());
        for bad in ["(", "a)(b", "[0-9]{9999}{9999}", "x".repeat(501).as_str()] {
            assert!(PhonePattern::parse(bad).is_err(), "{bad}");
        }
    }
}

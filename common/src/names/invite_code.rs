//! Invite codes: what an admin hands on so that one person may sign up.
//!
//! This file does not know which codes are in force. A code is 16 letters of Crockford's base 32, 80 bits,
//! written in groups of four; it is read forgivingly, since people type it from paper.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::limits::INVITE_CODE_BYTES;
use crate::message::Fault;

/// The letters of Crockford's base 32: no I, L, O or U, which are mistaken for others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The letters of a code.
const LETTERS: usize = INVITE_CODE_BYTES * 8 / 5;

/// The letters that stand together.
const GROUP: usize = 4;

/// A well-formed invite code, or setup code, in its one spelling: `K7QF-9M2X-0AB3-ZZ10`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InviteCode(String);

impl InviteCode {
    /// Makes a code of random bytes.
    pub fn from_bytes(bytes: [u8; INVITE_CODE_BYTES]) -> Self {
        let number = bytes.iter().fold(0u128, |number, byte| number << 8 | u128::from(*byte));
        let letter =
            |place: usize| char::from(ALPHABET[(number >> (5 * (LETTERS - 1 - place)) & 31) as usize]);
        Self::grouped((0..LETTERS).map(letter))
    }

    /// Parses what a person typed: any case, with or without dashes and blanks, O for 0, I or L for 1.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut letters = Vec::with_capacity(LETTERS);
        for c in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}')) {
            let letter = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if !letter.is_ascii() || !ALPHABET.contains(&(letter as u8)) || letters.len() == LETTERS {
                return Err(Fault::NotAllowed {});
            }
            letters.push(letter);
        }
        match letters.len() {
            0 => Err(Fault::Missing {}),
            LETTERS => Ok(Self::grouped(letters.into_iter())),
            _ => Err(Fault::NotAllowed {}),
        }
    }

    /// Returns the code in its one spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn grouped(letters: impl Iterator<Item = char>) -> Self {
        let mut code = String::with_capacity(LETTERS + LETTERS / GROUP);
        for (place, letter) in letters.enumerate() {
            if place > 0 && place % GROUP == 0 {
                code.push('-');
            }
            code.push(letter);
        }
        Self(code)
    }
}

impl TryFrom<String> for InviteCode {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        Self::parse(&text)
    }
}

impl From<InviteCode> for String {
    fn from(code: InviteCode) -> String {
        code.0
    }
}

impl Zeroize for InviteCode {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_in_one_way_and_read_in_many() {
        let code = InviteCode::from_bytes([0, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf]);
        assert_eq!(code.as_str(), "0123-4567-89AB-CDEF");
        for typed in
            ["0123-4567-89AB-CDEF", " 0123456789abcdef ", "oi23 4567 89ab cdef", "O L23–4567–89ab–cdef"]
        {
            assert_eq!(InviteCode::parse(typed), Ok(code.clone()), "{typed}");
        }
        assert_eq!(InviteCode::from_bytes([0xff; 10]).as_str(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        assert_eq!(format!("{code:?}"), "***");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        assert_eq!(InviteCode::parse(" - "), Err(Fault::Missing {}));
        for bad in
            ["0123-4567-89AB-CDE", "0123-4567-89AB-CDEFG", "0123-4567-89AB-CDEU", "0123-4567-89AB-CDEé"]
        {
            assert_eq!(InviteCode::parse(bad), Err(Fault::NotAllowed {}), "{bad}");
        }
    }
}

//! Usernames: any script, compared after normalisation, look-alikes recognised.
//!
//! This file does not know which names are taken; it gives the two keys by which a store can tell.

use precis_profiles::UsernameCasePreserved;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_security::RestrictionLevel;
use unicode_security::restriction_level::RestrictionLevelDetection;

use super::valid_string;
use crate::limits::USER_NAME_CHARS_MAX;
use crate::message::Fault;

/// Names that would be mistaken for the program itself or for a group of people.
const RESERVED: [&str; 7] = ["all", "everyone", "here", "parlour", "room", "server", "system"];

/// A valid username, as its owner wrote it.
///
/// It is 1 to 32 characters of any one script (or of the mixtures that UTS #39 calls highly restrictive,
/// such as Hangul with Latin), as the PRECIS profile `UsernameCasePreserved` (RFC 8265 §3.4) allows them,
/// of ASCII punctuation only `.`, `-` and `_` inside the name, and none of the reserved words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

valid_string!(UserName);

impl UserName {
    /// Parses what a person typed, surrounding blanks ignored. Returns what is wrong with it otherwise.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Fault::Missing {});
        }
        if text.chars().count() > USER_NAME_CHARS_MAX as usize {
            return Err(Fault::TooLong { max: USER_NAME_CHARS_MAX });
        }
        let name = UsernameCasePreserved::enforce(text).map_err(|_| Fault::NotAllowed {})?.into_owned();
        let punctuated = |c: char| matches!(c, '.' | '-' | '_');
        let clean = name.chars().all(|c| !c.is_ascii_punctuation() || punctuated(c));
        let edged = name.starts_with(punctuated) || name.ends_with(punctuated);
        let spoken = name.chars().any(char::is_alphanumeric);
        let one_script = name.as_str().check_restriction_level(RestrictionLevel::HighlyRestrictive);
        if !clean || edged || !spoken || !one_script {
            return Err(Fault::NotAllowed {});
        }
        let name = Self(name);
        if name.0.chars().count() > USER_NAME_CHARS_MAX as usize {
            return Err(Fault::TooLong { max: USER_NAME_CHARS_MAX });
        }
        if RESERVED.contains(&name.key().as_str()) { Err(Fault::Reserved {}) } else { Ok(name) }
    }

    /// Returns the key by which two spellings of one name are the same: case folded and normalised (NFKC).
    pub fn key(&self) -> String {
        self.0.chars().flat_map(char::to_lowercase).nfkc().collect()
    }

    /// Returns the key by which two names that look alike are the same (the skeleton of UTS #39 §4).
    pub fn skeleton(&self) -> String {
        unicode_security::skeleton(&self.key()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_welcome() {
        for name in
            ["sara", "Sara.K", "개구리", "سارا", "Łukasz", "日本太郎", "x_1", "ｓａｒａ", "개구리Frog", "a"]
        {
            assert!(UserName::parse(name).is_ok(), "{name}");
        }
        assert_eq!(UserName::parse("  sara ").unwrap().as_str(), "sara");
    }

    #[test]
    fn what_deceives_or_breaks_is_refused() {
        let long = "x".repeat(33);
        let cases = [
            ("", Fault::Missing {}),
            ("   ", Fault::Missing {}),
            (long.as_str(), Fault::TooLong { max: 32 }),
            ("a b", Fault::NotAllowed {}),
            ("a/b", Fault::NotAllowed {}),
            ("..", Fault::NotAllowed {}),
            (".sara", Fault::NotAllowed {}),
            ("sara\u{0}", Fault::NotAllowed {}),
            ("sara\u{202e}", Fault::NotAllowed {}),
            ("sa\u{200b}ra", Fault::NotAllowed {}),
            ("\u{0430}dmin", Fault::NotAllowed {}),
            ("<b>", Fault::NotAllowed {}),
            ("Everyone", Fault::Reserved {}),
        ];
        for (text, fault) in cases {
            assert_eq!(UserName::parse(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn spellings_share_a_key_and_look_alikes_a_skeleton() {
        let key = |text| UserName::parse(text).unwrap().key();
        let skeleton = |text| UserName::parse(text).unwrap().skeleton();
        assert_eq!(key("Sara"), key("sARA"));
        assert_eq!(key("ｓａｒａ"), key("sara"));
        assert_eq!(key("e\u{301}va"), key("éva"));
        assert_ne!(key("сосо"), key("coco"));
        assert_eq!(skeleton("сосо"), skeleton("coco"));
        assert_ne!(skeleton("sara"), skeleton("sana"));
    }
}

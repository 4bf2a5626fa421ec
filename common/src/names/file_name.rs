//! Names of files, as people see them and as a client may save them.
//!
//! This file does not know folders or disks: a file name is never a path.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::{is_deceptive, valid_string};
use crate::limits::FILE_NAME_BYTES_MAX;
use crate::message::Fault;

/// A file name that is safe to save: 1 to 255 bytes, no separator, no control or direction character, not
/// `.` or `..`, in NFC.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(String);

valid_string!(FileName);

impl FileName {
    /// Parses a name. Returns what is wrong with it otherwise.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let name: String = text.nfc().collect();
        if name.trim().is_empty() {
            return Err(Fault::Missing {});
        }
        if name.len() > FILE_NAME_BYTES_MAX as usize {
            return Err(Fault::TooLong { max: FILE_NAME_BYTES_MAX });
        }
        if name == "." || name == ".." || name.chars().any(is_unsafe) {
            return Err(Fault::NotAllowed {});
        }
        Ok(Self(name))
    }

    /// Returns the key by which two names are the same: canonical caseless matching (Unicode §3.13, D145), as the
    /// file systems compare that keep case and ignore it.
    pub fn key(&self) -> String {
        self.0.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect()
    }

    /// Returns the name with a number behind it, before the extension: `a (2).mp3`. The name is cut where it
    /// would be too long.
    pub fn numbered(&self, number: u32) -> Self {
        let (stem, extension) = self.split_extension();
        let end = format!(" ({number}){extension}");
        let stem = &stem[..stem.floor_char_boundary(FILE_NAME_BYTES_MAX as usize - end.len())];
        Self(format!("{stem}{end}"))
    }

    /// Splits off an extension of at most 16 bytes, its dot included.
    fn split_extension(&self) -> (&str, &str) {
        match self.0.rfind('.') {
            Some(dot) if dot > 0 && self.0.len() - dot <= 16 => self.0.split_at(dot),
            _ => (&self.0, ""),
        }
    }

    /// Makes a valid name of any text, as near to it as can be: what is unsafe becomes `_`, what is too
    /// long is cut before its extension.
    pub fn tamed(text: &str) -> Self {
        let name: String = text.nfc().map(|c| if is_unsafe(c) { '_' } else { c }).collect();
        let name = if name.trim().is_empty() || name == "." || name == ".." { "_".to_owned() } else { name };
        if name.len() <= FILE_NAME_BYTES_MAX as usize {
            return Self(name);
        }
        let extension = match name.rfind('.') {
            Some(dot) if name.len() - dot <= 16 => &name[dot..],
            _ => "",
        };
        let stem = &name[..name.floor_char_boundary(FILE_NAME_BYTES_MAX as usize - extension.len())];
        Self(format!("{stem}{extension}"))
    }
}

fn is_unsafe(c: char) -> bool {
    matches!(c, '/' | '\\') || is_deceptive(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_path() {
        for good in ["a.mp3", "Café – №1.flac", "개구리.ogg", ".hidden", "a:b?.wav", "..."] {
            assert_eq!(FileName::parse(good).unwrap().as_str(), good);
        }
        for bad in [".", "..", "a/b", "a\\b", "a\0b", "a\nb", "cod\u{202e}3pm.exe"] {
            assert_eq!(FileName::parse(bad), Err(Fault::NotAllowed {}), "{bad:?}");
        }
        assert_eq!(FileName::parse(" "), Err(Fault::Missing {}));
    }

    #[test]
    fn names_that_a_file_system_may_take_for_one_have_one_key() {
        let key = |text: &str| FileName::parse(text).unwrap().key();
        for (one, other) in [("A.TXT", "a.txt"), ("Cafe\u{301}.ogg", "CAFÉ.OGG"), ("straße", "STRASSE")] {
            assert_eq!(key(one), key(other));
        }
        for (one, other) in [("a.txt", "a .txt"), ("①.txt", "1.txt"), ("а.txt", "a.txt")] {
            assert_ne!(key(one), key(other));
        }
    }

    #[test]
    fn a_number_goes_before_the_extension_and_the_name_stays_valid() {
        let numbered = |text: &str, number| FileName::parse(text).unwrap().numbered(number).0;
        assert_eq!(numbered("a.tar.gz", 2), "a.tar (2).gz");
        assert_eq!(numbered(".hidden", 3), ".hidden (3)");
        assert_eq!(numbered("no extension. at all, really not", 2), "no extension. at all, really not (2)");
        let long = numbered(&format!("{}.flac", "é".repeat(125)), 4_000_000_000);
        assert!(long.len() <= 255 && long.ends_with("é (4000000000).flac"), "{long}");
    }

    #[test]
    fn any_text_can_be_tamed() {
        assert_eq!(FileName::tamed("a/b\0.mp3").as_str(), "a_b_.mp3");
        assert_eq!(FileName::tamed("..").as_str(), "_");
        let long = FileName::tamed(&format!("{}.flac", "é".repeat(200)));
        assert!(long.as_str().len() <= 255 && long.as_str().ends_with("é.flac"), "{long}");
        for text in ["", "..", "x/../y", &"x".repeat(999), "\u{202e}"] {
            assert!(FileName::parse(FileName::tamed(text).as_str()).is_ok(), "{text:?}");
        }
    }
}

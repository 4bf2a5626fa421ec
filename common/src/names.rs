//! Names and addresses, parsed once and valid for ever after.
//!
//! This file does not know who owns a name or whether it is taken; only what a well-formed one is. Client
//! and daemon call the same functions, so that what a form accepts the daemon accepts.

mod email;
mod file_name;
mod invite_code;
mod mention;
mod phone;
mod reset_code;
mod user_name;

pub use email::Email;
pub use file_name::FileName;
pub use invite_code::InviteCode;
pub use mention::{Mention, mentions, post_text};
pub use phone::{Phone, PhonePattern, PhonePatternError};
pub use reset_code::parse_reset_code;
pub use user_name::UserName;

use crate::limits::{ABOUT_CHARS_MAX, NOTE_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use crate::message::Fault;

/// Checks a new password: at least [`PASSWORD_CHARS_MIN`] characters, at most [`PASSWORD_BYTES_MAX`] bytes.
///
/// Nothing else is asked of it, as NIST SP 800-63B §5.1.1.2 advises.
pub fn check_new_password(password: &str) -> Result<(), Fault> {
    if password.is_empty() {
        return Err(Fault::Missing {});
    }
    if password.chars().count() < PASSWORD_CHARS_MIN as usize {
        return Err(Fault::TooShort { chars_min: PASSWORD_CHARS_MIN });
    }
    if password.len() > PASSWORD_BYTES_MAX as usize {
        return Err(Fault::TooLong { max: PASSWORD_BYTES_MAX });
    }
    Ok(())
}

/// Checks what someone says of themselves and returns it as it is kept: surrounding blanks dropped, line ends
/// kept, at most [`ABOUT_CHARS_MAX`] characters, none that hides or reorders text.
pub fn check_about(text: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.chars().count() > ABOUT_CHARS_MAX as usize {
        return Err(Fault::TooLong { max: ABOUT_CHARS_MAX });
    }
    if text.chars().any(|c| c != '\n' && is_deceptive(c)) {
        return Err(Fault::NotAllowed {});
    }
    Ok(text.to_owned())
}

/// Checks the note on an invite. Returns it as it is to be kept: blanks around it dropped, in one line, at most
/// [`NOTE_BYTES_MAX`] bytes, and no character that hides or reorders text.
pub fn check_note(text: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.len() > NOTE_BYTES_MAX as usize {
        return Err(Fault::TooLong { max: NOTE_BYTES_MAX });
    }
    if text.chars().any(is_deceptive) {
        return Err(Fault::NotAllowed {});
    }
    Ok(text.to_owned())
}

/// Tells whether a character can hide or reorder text: a control, a direction override or isolate, or
/// one of no width at all.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
}

/// Gives a string type that is valid by construction its conversions and its place on the wire.
macro_rules! valid_string {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = crate::message::Fault;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $name {
            /// Returns the name as it is shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}
use valid_string;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_oneself_may_have_lines_and_no_tricks() {
        assert_eq!(check_about("  I play the cello.\nAsk me! "), Ok("I play the cello.\nAsk me!".to_owned()));
        assert_eq!(check_about(""), Ok(String::new()));
        assert_eq!(check_about("a\u{202e}b"), Err(Fault::NotAllowed {}));
        assert_eq!(check_about("a\rb"), Err(Fault::NotAllowed {}));
        assert_eq!(check_about(&"é".repeat(500)).map(|text| text.len()), Ok(1000));
        assert_eq!(check_about(&"é".repeat(501)), Err(Fault::TooLong { max: 500 }));
    }

    #[test]
    fn a_note_is_short_and_has_one_line() {
        assert_eq!(check_note("  for mina "), Ok("for mina".to_owned()));
        assert_eq!(check_note(""), Ok(String::new()));
        assert_eq!(check_note("برای مینا"), Ok("برای مینا".to_owned()));
        for bad in ["a\nb", "a\u{1b}[2Jb", "\u{0}", "a\u{202e}b", "a\u{2028}b"] {
            assert_eq!(check_note(bad), Err(Fault::NotAllowed {}), "{bad:?}");
        }
        assert_eq!(check_note(&"개".repeat(33)).map(|note| note.len()), Ok(99));
        assert_eq!(check_note(&"개".repeat(34)), Err(Fault::TooLong { max: 100 }));
    }

    #[test]
    fn a_password_is_measured_in_characters_at_least_and_bytes_at_most() {
        assert_eq!(check_new_password(""), Err(Fault::Missing {}));
        assert_eq!(check_new_password("1234567"), Err(Fault::TooShort { chars_min: 8 }));
        assert_eq!(check_new_password("개구리개구리개구"), Ok(()));
        assert_eq!(check_new_password(&"x".repeat(1025)), Err(Fault::TooLong { max: 1024 }));
    }
}

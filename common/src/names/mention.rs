//! What is said: which characters of it are kept, and whom it mentions.
//!
//! This file does not know who has an account: a mention is a name that could be somebody's. Client and daemon call the
//! same functions, so that whoever is told that they are mentioned sees it.

use std::ops::Range;

use super::UserName;
use crate::limits::{MENTIONS_PER_POST_MAX, POST_TEXT_BYTES_MAX};
use crate::message::Fault;

/// Puts a text into the form in which it is said: line ends are line feeds, control characters other than those and
/// tabs are dropped, and so are blank lines and blanks around it. It may be empty. Returns what is wrong with it if it
/// is longer than [`POST_TEXT_BYTES_MAX`] then.
///
/// Marks that order text of mixed scripts are kept, since many scripts need them; they end with their line.
pub fn post_text(text: &str) -> Result<String, Fault> {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let kept: String = text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect();
    let text = kept.trim_end().trim_start_matches('\n');
    let text = if text.trim_start().is_empty() { "" } else { text };
    if text.len() > POST_TEXT_BYTES_MAX as usize {
        return Err(Fault::TooLong { max: POST_TEXT_BYTES_MAX });
    }
    Ok(text.to_owned())
}

/// A mention in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Where it stands, the `@` included, in bytes.
    pub at: Range<usize>,
    /// Whom it names.
    pub name: UserName,
}

/// Finds whom a text mentions, in its order: an `@` that follows no letter or digit, and the longest username right
/// behind it. After [`MENTIONS_PER_POST_MAX`] nothing is a mention any more.
pub fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut before = None;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let begins = c == '@' && at >= end && !before.is_some_and(is_of_name);
        before = Some(c);
        if !begins || found.len() == MENTIONS_PER_POST_MAX {
            continue;
        }
        let rest = &text[at + 1..];
        let length = rest.find(|c| !is_of_name(c) && !matches!(c, '.' | '-' | '_')).unwrap_or(rest.len());
        let typed = rest[..length].trim_end_matches(['.', '-', '_']);
        if let Ok(name) = UserName::parse(typed) {
            end = at + 1 + typed.len();
            found.push(Mention { at: at..end, name });
        }
    }
    found
}

/// Tells whether a character can stand within a name: letters, digits, and the marks that some scripts write with
/// them.
fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) || c == '\u{200c}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        mentions(text).iter().map(|mention| mention.name.to_string()).collect()
    }

    #[test]
    fn mentions_are_found_in_any_script_and_addresses_are_none() {
        assert_eq!(named("@sara, see you at 8. @개구리: bring @سارا."), ["sara", "개구리", "سارا"]);
        assert_eq!(named("write to sara@example.org or @@x.y-z_"), ["x.y-z"]);
        assert_eq!(named("@ nobody, @., @room and @everyone"), Vec::<String>::new());
        assert_eq!(named(&"@a ".repeat(30)).len(), MENTIONS_PER_POST_MAX);
        let text = "سلام @سارا!";
        let mention = &mentions(text)[0];
        assert_eq!(&text[mention.at.clone()], "@سارا");
    }

    #[test]
    fn a_text_is_kept_but_for_what_nobody_sees() {
        assert_eq!(post_text("\n\n  one\r\n\ttwo\u{7}\r \n ").unwrap(), "  one\n\ttwo");
        assert_eq!(
            post_text("می\u{200c}خواهم 👨\u{200d}👩\u{200d}👧").unwrap(),
            "می\u{200c}خواهم 👨\u{200d}👩\u{200d}👧"
        );
        assert_eq!(post_text(" \n\t \u{0}").unwrap(), "");
        let longest = "x".repeat(POST_TEXT_BYTES_MAX as usize);
        assert_eq!(post_text(&longest).unwrap(), longest);
        let fault = Fault::TooLong { max: POST_TEXT_BYTES_MAX };
        assert_eq!(post_text(&format!("{longest}x")), Err(fault));
    }
}

//! What each mail says, in words.
//!
//! This file does not know how words are laid out. Where a mail names the server it says `{server}`: names are
//! put in where the words are laid out, each in the way that is safe there.

use super::letter::Matter;

/// A mail in words.
pub(super) struct Words {
    /// What stands over it.
    pub subject: &'static str,
    /// What it says, below the greeting.
    pub paragraphs: Vec<Paragraph>,
}

/// A part of a mail.
pub(super) enum Paragraph {
    /// Sentences.
    Sentences(String),
    /// A code, to be read and typed.
    Code(String),
}

impl Words {
    /// Finds the words for a matter.
    pub(super) fn of(matter: &Matter<'_>) -> Self {
        match matter {
            Matter::ResetCode { code, lifetime_seconds, long } => {
                reset_code(code.expose(), *lifetime_seconds, *long)
            }
            Matter::CodeBurnt => Self::new(
                "Wrong codes were tried for your account on {server}",
                &[
                    "Where you can set a new password for your account on {server}, a wrong code has been \
                     typed too often. Your password is still the same.",
                    "If that was you, just ask for a new code. For some time codes will be longer than usual, \
                     because longer codes are harder to guess.",
                    "If it was not you, somebody else has tried to come in and has not. There is nothing you \
                     have to do. Should it happen again, please tell whoever runs {server}.",
                ],
            ),
            Matter::PasswordChanged => Self::new(
                "Your password for {server} was changed",
                &[
                    "The password of your account on {server} has been changed. Every other device that was \
                     signed in has to sign in again.",
                    "If that was you, all is well.",
                    "If it was not you, please say in Parlour that you forgot your password, and set a new \
                     one now. Change the password of this mailbox too, since somebody may be reading your \
                     mail, and tell whoever runs {server}.",
                ],
            ),
            Matter::EmailChanged => Self::new(
                "Your e-mail address for {server} was changed",
                &[
                    "Your account on {server} has another e-mail address now. Codes for a forgotten password \
                     go there from now on, and no more mail comes to this address.",
                    "If that was you, all is well.",
                    "If it was not you, please sign in, set your e-mail address back, and change your \
                     password. If you cannot sign in any more, tell whoever runs {server}: an admin can set \
                     it right.",
                ],
            ),
        }
    }

    fn new(subject: &'static str, paragraphs: &[&str]) -> Self {
        let sentences = |text: &&str| Paragraph::Sentences((*text).to_owned());
        Self { subject, paragraphs: paragraphs.iter().map(sentences).collect() }
    }
}

fn reset_code(code: &str, lifetime_seconds: u32, long: bool) -> Words {
    let mut words = Words::new(
        "Your code for {server}",
        &["You can set a new password for your account on {server}. This is the code for it:"],
    );
    words.paragraphs.push(Paragraph::Code(grouped(code)));
    let lifetime = lifetime(lifetime_seconds);
    let mut typed = format!("Type it into Parlour within {lifetime}. It works once.");
    if long {
        typed.push_str(
            " It is longer than usual because wrong codes have been tried lately, and longer codes are \
             harder to guess. After a while they are short again.",
        );
    }
    words.paragraphs.push(Paragraph::Sentences(typed));
    words.paragraphs.push(Paragraph::Sentences(
        "If you did not ask for a code, you need not do anything: without it nobody can change your password. \
         Please give it to nobody. Nobody from {server} will ever ask you for it."
            .to_owned(),
    ));
    words
}

/// Writes a long code in two groups; short ones are read at a glance.
fn grouped(code: &str) -> String {
    match code.split_at_checked(code.len() / 2) {
        Some((first, second)) if code.len() >= 8 => format!("{first} {second}"),
        _ => code.to_owned(),
    }
}

/// Says how long in words. A moment has gone by since the code was made, so a few seconds are not counted.
fn lifetime(seconds: u32) -> String {
    match (seconds + 10) / 60 {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// Makes a name fit for one line of a mail: what would break the line or turn it around is left out.
pub(super) fn one_line(name: &str) -> String {
    name.chars().filter(|c| is_fit(*c)).collect::<String>().trim().to_owned()
}

/// Tells whether nothing in a name would break its line or turn it around.
pub(super) fn is_fit_for_a_line(name: &str) -> bool {
    name.chars().all(is_fit)
}

fn is_fit(c: char) -> bool {
    let breaks = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !breaks && !turns
}

#[cfg(test)]
mod tests {
    use parlour_common::names::parse_reset_code;

    use super::*;

    #[test]
    fn a_lifetime_is_said_in_minutes_that_are_left() {
        for (seconds, words) in [
            (600, "10 minutes"),
            (595, "10 minutes"),
            (589, "9 minutes"),
            (130, "2 minutes"),
            (30, "a minute"),
        ] {
            assert_eq!(lifetime(seconds), words);
        }
    }

    #[test]
    fn long_codes_are_written_in_two_groups() {
        assert_eq!((grouped("12345").as_str(), grouped("12345678").as_str()), ("12345", "1234 5678"));
        // As it is written, it can be typed.
        assert_eq!(parse_reset_code("1234 5678").unwrap().expose(), "12345678");
    }

    #[test]
    fn a_name_keeps_to_its_line() {
        assert_eq!(one_line(" The\r\nBand\u{202e}\u{2028}\0 "), "TheBand");
        assert_eq!(one_line("گروه & <b>"), "گروه & <b>");
    }
}

//! What a conversation looks like in a file.
//!
//! This file does not know where the file is. Times are in UTC, as ISO 8601 writes them.

use std::io::{self, Write};

use parlour_common::message::{Card, Post};
use serde::Serialize;

use super::ExportForm;

/// A post, as programs read it.
#[derive(Serialize)]
struct Written<'a> {
    number: u64,
    author: &'a str,
    said: String,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<WrittenQuote<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<WrittenCard<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edited: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<String>,
}

#[derive(Serialize)]
struct WrittenQuote<'a> {
    number: u64,
    author: &'a str,
    excerpt: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum WrittenCard<'a> {
    File { name: &'a str, size_bytes: u64, sha256: String },
    Track { title: &'a str, artist: &'a str, name: &'a str, size_bytes: u64 },
    Gone,
    Unknown,
}

/// Writes what stands before all posts.
pub(super) fn begin(form: ExportForm, file: &mut impl Write) -> io::Result<()> {
    match form {
        ExportForm::Text => Ok(()),
        ExportForm::Json => file.write_all(b"["),
    }
}

/// Writes a post.
pub(super) fn post(form: ExportForm, is_first: bool, post: &Post, file: &mut impl Write) -> io::Result<()> {
    match form {
        ExportForm::Text => file.write_all(as_text(post).as_bytes()),
        ExportForm::Json => {
            file.write_all(if is_first { b"\n" } else { b",\n" })?;
            serde_json::to_writer(file, &written(post)).map_err(io::Error::from)
        }
    }
}

/// Writes what stands behind all posts.
pub(super) fn end(form: ExportForm, posts: u64, file: &mut impl Write) -> io::Result<()> {
    match form {
        ExportForm::Text => Ok(()),
        ExportForm::Json => file.write_all(if posts == 0 { b"]\n" } else { b"\n]\n" }),
    }
}

fn as_text(post: &Post) -> String {
    let mut text = format!("[{}] {}:", time(post.said_unix_ms), post.author);
    if let Some(quote) = &post.reply_to {
        text.push_str(&format!(" (to {}: {})", quote.author, quote.excerpt.replace('\n', " ")));
    }
    if post.deleted_unix_ms.is_some() {
        text.push_str(" (deleted)");
    }
    if !post.text.is_empty() {
        // Further lines stand in, so that nobody's words pass for another's.
        text.push(' ');
        text.push_str(&post.text.replace('\n', "\n\t"));
    }
    match &post.card {
        Some(Card::File { file_name, size_bytes, .. }) => {
            text.push_str(&format!(" [file {}, {size_bytes} bytes]", file_name.as_str()));
        }
        Some(Card::Track { title, artist, .. }) if artist.is_empty() => {
            text.push_str(&format!(" [track {title}]"));
        }
        Some(Card::Track { title, artist, .. }) => text.push_str(&format!(" [track {title}, {artist}]")),
        Some(Card::Gone {}) => text.push_str(" [a file that is gone]"),
        Some(Card::Unknown {}) => text.push_str(" [something that this version does not know]"),
        None => {}
    }
    if let Some(edited) = post.edited_unix_ms {
        text.push_str(&format!(" (edited {})", time(edited)));
    }
    text.push('\n');
    text
}

fn written(post: &Post) -> Written<'_> {
    Written {
        number: post.post.0,
        author: post.author.as_str(),
        said: time(post.said_unix_ms),
        text: &post.text,
        reply_to: post.reply_to.as_ref().map(|quote| WrittenQuote {
            number: quote.post.0,
            author: quote.author.as_str(),
            excerpt: &quote.excerpt,
        }),
        card: post.card.as_ref().map(|card| match card {
            Card::File { file_name, size_bytes, sha256 } => WrittenCard::File {
                name: file_name.as_str(),
                size_bytes: *size_bytes,
                sha256: sha256.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect(),
            },
            Card::Track { title, artist, file_name, size_bytes, .. } => {
                WrittenCard::Track { title, artist, name: file_name.as_str(), size_bytes: *size_bytes }
            }
            Card::Gone {} => WrittenCard::Gone,
            Card::Unknown {} => WrittenCard::Unknown,
        }),
        edited: post.edited_unix_ms.map(time),
        deleted: post.deleted_unix_ms.map(time),
    }
}

/// Writes a moment that is given in milliseconds since 1970 UTC.
fn time(unix_ms: u64) -> String {
    const DAY_SECONDS: u64 = 24 * 60 * 60;
    let seconds = unix_ms / 1000;
    let (days, rest) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Returns the date of a day since 1970, in the Gregorian calendar. Counted in years that begin in March, so that the
/// day that some years have more is the last one.
fn date(days: u64) -> (u64, u64, u64) {
    const ERA_DAYS: u64 = 146_097;
    /// The days from March of the year 0 to 1970.
    const BEFORE_1970: u64 = 719_468;
    let days = days.saturating_add(BEFORE_1970);
    let (era, of_era) = (days / ERA_DAYS, days % ERA_DAYS);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
pub(super) mod tests;

//! Tags: what an audio file says of itself.
//!
//! This file knows which files promise music and how their contents are read, hostile ones included. It does
//! *not* know the bank: it is given open files. No file makes it panic, allocate without bound or read for
//! ever.

use std::ffi::OsStr;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use lofty::config::{GlobalOptions, ParseOptions, ParsingMode, apply_global_options};
use lofty::file::{FileType, TaggedFile};
use lofty::picture::PictureType;
use lofty::prelude::{Accessor, AudioFile, ItemKey, TaggedFileExt};
use lofty::probe::Probe;
use lofty::tag::Tag;
use parlour_common::message::AudioFormat;

mod bounded;
mod cover;
mod text;

pub use text::clean;

use bounded::Bounded;
pub(super) use cover::folder_picture_rank;
use cover::is_picture;

/// The extensions of files that promise music, in lower case. `.mp4` is not among them: it is mostly films.
pub const EXTENSIONS: [&str; 8] = ["mp3", "flac", "ogg", "oga", "opus", "m4a", "m4b", "wav"];

/// The most that is read of one file for its tags, in bytes. A picture of the greatest size allowed, twice
/// over, leaves room for all other tags.
const READ_BYTES_MAX: u64 = 48 * 1024 * 1024;

/// The most that one item of a tag may take, in bytes: the limit of a picture and a little for its frame.
const TAG_ITEM_BYTES_MAX: usize = PICTURE_BYTES_MAX + 64 * 1024;

/// The largest picture that is served, in bytes.
pub const PICTURE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How far behind tags the sound is looked for, in bytes.
const JUNK_BYTES_MAX: usize = 16 * 1024;

/// The highest year that is believed.
const YEAR_MAX: u32 = 9999;

/// What an audio file says of itself; an absent word is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Tags {
    /// The title.
    pub title: Box<str>,
    /// The artist, or several with commas.
    pub artist: Arc<str>,
    /// The album.
    pub album: Arc<str>,
    /// The genre, or several with commas.
    pub genre: Arc<str>,
    /// Its number on the disc.
    pub number: Option<u32>,
    /// The number of the disc in the album.
    pub disc: Option<u32>,
    /// The year it came out.
    pub year: Option<u32>,
    /// How long it plays, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The format, by its contents.
    pub format: AudioFormat,
}

impl Default for Tags {
    /// Those of a file that could not be read.
    fn default() -> Self {
        let none: Arc<str> = Arc::from("");
        Self {
            title: "".into(),
            artist: Arc::clone(&none),
            album: Arc::clone(&none),
            genre: none,
            number: None,
            disc: None,
            year: None,
            duration_ms: None,
            format: AudioFormat::Broken,
        }
    }
}

/// Tells whether a file of this name promises music.
pub fn is_music(name: &OsStr) -> bool {
    let extension = Path::new(name).extension().and_then(OsStr::to_str);
    extension.is_some_and(|found| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(found)))
}

/// Reads the tags and the embedded front picture of a file. What cannot be read gives [`Tags::default`].
pub fn read(file: &File) -> (Tags, Option<Vec<u8>>) {
    // Three tries, each content with less: a tag or a picture that is damaged or too large must not hide
    // that the sound is whole.
    for (words, pictures) in [(true, true), (true, false), (false, false)] {
        if let Some(parsed) = parse(file, words, pictures) {
            let tags = tags_of(&parsed);
            return (tags, front_picture(&parsed));
        }
    }
    (Tags::default(), None)
}

fn parse(file: &File, words: bool, pictures: bool) -> Option<TaggedFile> {
    let options = ParseOptions::new()
        .parsing_mode(ParsingMode::Relaxed)
        .max_junk_bytes(JUNK_BYTES_MAX)
        .read_tags(words)
        .read_cover_art(pictures);
    let attempt = || {
        apply_global_options(
            GlobalOptions::new()
                .allocation_limit(TAG_ITEM_BYTES_MAX)
                .preserve_format_specific_items(false)
                .use_custom_resolvers(false),
        );
        let reader = Bounded::new(file, READ_BYTES_MAX).ok()?;
        Probe::new(reader).options(options).guess_file_type().ok()?.read().ok()
    };
    // The tag library is careful but large; a file that makes it panic is a broken file, no more.
    let parsed = catch_unwind(AssertUnwindSafe(attempt)).ok().flatten()?;
    let sounds =
        format_of(&parsed) != AudioFormat::Broken && parsed.properties().sample_rate().unwrap_or(0) > 0;
    sounds.then_some(parsed)
}

fn format_of(parsed: &TaggedFile) -> AudioFormat {
    match parsed.file_type() {
        FileType::Mpeg => AudioFormat::Mp3,
        FileType::Flac => AudioFormat::Flac,
        FileType::Vorbis => AudioFormat::Vorbis,
        FileType::Opus => AudioFormat::Opus,
        FileType::Mp4 => AudioFormat::M4a,
        FileType::Wav => AudioFormat::Wav,
        _ => AudioFormat::Broken,
    }
}

fn tags_of(parsed: &TaggedFile) -> Tags {
    let duration_ms = u64::try_from(parsed.properties().duration().as_millis()).ok().filter(|ms| *ms > 0);
    // Of several tags (ID3v2, APE, ID3v1) the one that belongs to the format is asked first.
    let all: Vec<&Tag> = parsed.primary_tag().into_iter().chain(parsed.tags()).collect();
    let number = |get: fn(&Tag) -> Option<u32>| all.iter().find_map(|tag| get(tag).filter(|n| *n > 0));
    let artist = words_of(&all, ItemKey::TrackArtist);
    Tags {
        title: words_of(&all, ItemKey::TrackTitle).into(),
        artist: if artist.is_empty() { words_of(&all, ItemKey::AlbumArtist) } else { artist }.into(),
        album: words_of(&all, ItemKey::AlbumTitle).into(),
        genre: words_of(&all, ItemKey::Genre).into(),
        number: number(Accessor::track),
        disc: number(Accessor::disk),
        year: number(|tag| tag.date().map(|date| u32::from(date.year))).filter(|year| *year <= YEAR_MAX),
        duration_ms,
        format: format_of(parsed),
    }
}

/// The values of one key, from the first tag that has any.
fn words_of(tags: &[&Tag], key: ItemKey) -> String {
    let joined = tags.iter().map(|tag| {
        let mut values: Vec<String> =
            tag.get_strings(key).map(clean).filter(|value| !value.is_empty()).collect();
        values.dedup();
        clean(&values.join(", "))
    });
    joined.into_iter().find(|words| !words.is_empty()).unwrap_or_default()
}

fn front_picture(parsed: &TaggedFile) -> Option<Vec<u8>> {
    let pictures =
        || parsed.tags().iter().flat_map(Tag::pictures).filter(|picture| is_picture(picture.data()));
    let front = pictures().find(|picture| picture.pic_type() == PictureType::CoverFront);
    // Many programs mark the only picture as "other"; icons are no covers.
    let any = || {
        let icons = [PictureType::Icon, PictureType::OtherIcon];
        pictures().find(|picture| !icons.contains(&picture.pic_type()))
    };
    front.or_else(any).map(|picture| picture.data().to_vec())
}

#[cfg(test)]
mod tests;

//! Messages about the music library.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::transfer::FileVersion;
use crate::names::FileName;

/// A track of the library: the same as long as the file stays where it is in the bank, restarts included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrackId(pub u64);

/// A picture of the library: the same picture has the same id, so that a client may keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CoverId(pub u64);

/// A track of the library, as it is listed. Tags are cut to 200 bytes; an absent one is empty or `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Which track.
    pub id: TrackId,
    /// The name to save it under.
    pub file_name: FileName,
    /// The title; the file's name without its extension where there is no tag.
    pub title: String,
    /// The artist, or empty.
    pub artist: String,
    /// The album, or empty.
    pub album: String,
    /// The genre, or empty.
    pub genre: String,
    /// Its number on the album.
    pub number: Option<u32>,
    /// The year it came out.
    pub year: Option<u32>,
    /// How long it plays, in milliseconds; unknown for a broken file.
    pub duration_ms: Option<u64>,
    /// The size of the file, in bytes.
    pub size_bytes: u64,
    /// The format, by its contents.
    pub format: AudioFormat,
    /// Its picture.
    pub cover: Option<CoverId>,
}

/// The format of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AudioFormat {
    /// MPEG audio layer III.
    Mp3,
    /// Free Lossless Audio Codec.
    Flac,
    /// Vorbis in Ogg.
    Vorbis,
    /// Opus in Ogg.
    Opus,
    /// AAC or ALAC in MPEG-4.
    M4a,
    /// RIFF WAVE.
    Wav,
    /// A file whose name promises music and whose contents could not be read. An old client takes formats
    /// from after its time for this.
    #[serde(other)]
    Broken,
}

/// Asks for one page of the tracks that match a query, in an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchLibrary {
    /// Words, or the beginnings of words, in any order and forgiving of slips; empty for all tracks. At
    /// most 200 bytes.
    pub query: String,
    /// The order.
    pub sort: Sort,
    /// How many tracks of that order to skip.
    pub offset: u32,
    /// The most tracks wanted, 1 to 48.
    pub limit: u16,
}

/// An order of tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What to order tracks by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SortBy {
    /// Best match first; by artist, album and number where the query is empty.
    Relevance,
    /// By title.
    Title,
    /// By artist, then album and number.
    Artist,
    /// By album and number.
    Album,
    /// By playing time.
    Duration,
    /// By size.
    Size,
}

/// One page of the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackPage {
    /// The library the page was cut from.
    pub library: LibraryState,
    /// How many tracks match in all.
    pub total: u32,
    /// How many of them come before this page.
    pub offset: u32,
    /// The page: as many as asked for, or what is left.
    pub tracks: Vec<Track>,
}

/// The library as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryState {
    /// Grows with each change. Two pages of one generation belong together.
    pub generation: u64,
    /// How many tracks it holds.
    pub tracks: u32,
    /// Whether the bank is being read just now, so that there may soon be more.
    pub scanning: bool,
}

/// Asks for the bytes of a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FetchTrack {
    /// Which track.
    pub track: TrackId,
    /// Where to begin, in bytes.
    pub offset: u64,
    /// How many bytes; all to the end where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// The version that was begun, so that two versions are never joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<FileVersion>,
}

/// Asks for a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FetchCover {
    /// Which picture.
    pub cover: CoverId,
}

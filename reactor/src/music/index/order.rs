//! The orders that tracks are listed in.
//!
//! This file knows collation and permutations. It does *not* know queries.
//!
//! Words are compared without accents or case, numbers as numbers (2 before 10), and a leading "The" does
//! not count. What is unknown comes last, in both directions; apart from that, descending is the exact
//! reverse of ascending.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use parlour_common::message::{Sort, SortBy};

use crate::fold;
use crate::music::Entry;

/// The place of what is unknown: behind everything.
const UNKNOWN: u32 = u32::MAX;

/// One order: all tracks ascending, of which the last are those that lack what it goes by.
#[derive(Debug, Default)]
struct Order {
    tracks: Arc<[u32]>,
    known: usize,
}

/// The orders of a library whose tracks are numbered by artist, album and number.
#[derive(Debug, Default)]
pub(super) struct Orders {
    artist: Order,
    title: Order,
    album: Order,
    duration: Order,
    size: Order,
}

/// What an order goes by, and what decides where that is equal.
type Key = (u32, [u32; 4]);

/// What a track is sorted by: places among all titles, artists, albums and folders.
struct Places {
    artist: u32,
    album: u32,
    folder: u32,
    disc: u32,
    number: u32,
    title: u32,
}

impl Orders {
    /// Puts tracks into the order by artist, album and number, and finds the other orders.
    pub(super) fn of(entries: &mut Vec<Arc<Entry>>) -> Self {
        let mut placed: Vec<(Places, Arc<Entry>)> =
            places(entries).into_iter().zip(entries.drain(..)).collect();
        placed.sort_unstable_by(|(a, entry), (b, other)| {
            let key = |p: &Places| (p.artist, p.album, p.disc, p.number, p.title);
            key(a).cmp(&key(b)).then_with(|| entry.path().cmp(other.path()))
        });
        let by = |key: fn(&Places, &Entry) -> Key| {
            let mut keyed: Vec<_> =
                (0_u32..).zip(&placed).map(|(track, (places, entry))| (key(places, entry), track)).collect();
            keyed.sort_unstable();
            let known = keyed.partition_point(|((first, _), _)| *first < UNKNOWN);
            Order { tracks: keyed.into_iter().map(|(_, track)| track).collect(), known }
        };
        let orders = Self {
            artist: by(|p, _| (p.artist, [0; 4])),
            title: by(|p, _| (p.title, [0; 4])),
            album: by(|p, _| (p.album, [p.folder, p.disc, p.number, p.title])),
            duration: by(|_, entry| (entry.tags().duration_ms.map_or(UNKNOWN, below_unknown), [0; 4])),
            size: by_size(&placed),
        };
        entries.extend(placed.into_iter().map(|(_, entry)| entry));
        orders
    }

    /// Returns all tracks in an order. By relevance, when nothing is asked for, is by artist.
    pub(super) fn all(&self, sort: Sort) -> Arc<[u32]> {
        let order = self.order(sort.by);
        if !sort.descending {
            return Arc::clone(&order.tracks);
        }
        order.iter(true).collect()
    }

    /// Puts some tracks into an order.
    pub(super) fn arrange(&self, tracks: &[u32], sort: Sort) -> Arc<[u32]> {
        let order = self.order(sort.by);
        let mut wanted = vec![0_u64; order.tracks.len().div_ceil(64)];
        for track in tracks {
            wanted[*track as usize / 64] |= 1 << (track % 64);
        }
        let is_wanted = |track: &u32| wanted[*track as usize / 64] >> (track % 64) & 1 == 1;
        order.iter(sort.descending).filter(is_wanted).collect()
    }

    fn order(&self, by: SortBy) -> &Order {
        match by {
            SortBy::Relevance | SortBy::Artist => &self.artist,
            SortBy::Title => &self.title,
            SortBy::Album => &self.album,
            SortBy::Duration => &self.duration,
            SortBy::Size => &self.size,
        }
    }
}

impl Order {
    fn iter(&self, descending: bool) -> impl Iterator<Item = u32> {
        let (known, unknown) = self.tracks.split_at(self.known);
        let forwards = if descending { &known[..0] } else { known };
        let backwards = if descending { known } else { &known[..0] };
        forwards.iter().chain(backwards.iter().rev()).chain(unknown).copied()
    }
}

/// Sizes are 64 bits wide and always known.
fn by_size(placed: &[(Places, Arc<Entry>)]) -> Order {
    let mut keyed: Vec<_> =
        (0_u32..).zip(placed).map(|(track, (_, entry))| (entry.size_bytes(), track)).collect();
    keyed.sort_unstable();
    Order { known: keyed.len(), tracks: keyed.into_iter().map(|(_, track)| track).collect() }
}

/// A playing time of seven weeks counts as one of eight.
fn below_unknown(duration_ms: u64) -> u32 {
    u32::try_from(duration_ms).unwrap_or(UNKNOWN).min(UNKNOWN - 1)
}

fn places(entries: &[Arc<Entry>]) -> Vec<Places> {
    fn folder(entry: &Entry) -> &Path {
        entry.path().parent().unwrap_or(Path::new(""))
    }
    let artists = rank(entries.iter().map(|entry| &*entry.tags().artist));
    let albums = rank(entries.iter().map(|entry| &*entry.tags().album));
    let titles = rank(entries.iter().map(|entry| &*entry.tags().title));
    let folders: Vec<_> = entries.iter().map(|entry| folder(entry).to_string_lossy()).collect();
    let folder_ranks = rank(folders.iter().map(AsRef::as_ref));
    let place = |ranks: &HashMap<&str, u32>, text: &str| ranks.get(text).copied().unwrap_or(UNKNOWN);
    let both = entries.iter().zip(&folders);
    both.map(|(entry, folder)| {
        let tags = entry.tags();
        Places {
            artist: place(&artists, &tags.artist),
            album: place(&albums, &tags.album),
            folder: place(&folder_ranks, folder),
            disc: tags.disc.unwrap_or(1),
            number: tags.number.unwrap_or(UNKNOWN),
            title: place(&titles, &tags.title),
        }
    })
    .collect()
}

/// Finds the place of each text among all; those that are folded to the same share one. Empty texts have
/// none.
fn rank<'a>(texts: impl Iterator<Item = &'a str>) -> HashMap<&'a str, u32> {
    let mut places: HashMap<&str, u32> =
        texts.filter(|text| !text.is_empty()).map(|text| (text, 0)).collect();
    let mut keyed: Vec<(String, &str)> = places.keys().map(|text| (collation_key(text), *text)).collect();
    keyed.sort_unstable();
    let mut place = 0;
    let mut before: Option<&str> = None;
    for (key, text) in &keyed {
        place += u32::from(before.is_some_and(|before| before != key));
        before = Some(key);
        places.insert(text, place);
    }
    places
}

/// Returns what a text is sorted by: its folded words; before each number its length, so that numbers
/// compare as such; what has no letters at all as it is, behind everything that has.
fn collation_key(text: &str) -> String {
    let words = fold::words(text);
    let without_the = match words.split_first() {
        Some((first, rest)) if first.letters == "the" && !rest.is_empty() => rest,
        _ => &words,
    };
    if without_the.is_empty() {
        return format!("{}{text}", char::MAX);
    }
    let mut key = String::new();
    for word in without_the {
        if !key.is_empty() {
            key.push(' ');
        }
        for run in word.letters.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
            // Runs begin and end at ASCII digits, so they are text.
            let run = str::from_utf8(run).unwrap_or_default();
            if run.starts_with(|c: char| c.is_ascii_digit()) {
                let number = run.trim_start_matches('0');
                // The length as a character behind '0' and before the letters: '0' to 'p' for 64 digits.
                key.push('0');
                key.push(char::from(u8::try_from(number.len()).unwrap_or(u8::MAX).saturating_add(b'0')));
                key.push_str(number);
            } else {
                key.push_str(run);
            }
        }
    }
    key
}

/// Compares two texts as they are sorted in lists.
pub fn collate(one: &str, other: &str) -> Ordering {
    collation_key(one).cmp(&collation_key(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_collated_as_people_do() {
        let sorted = [
            "2 Minutes to Midnight",
            "10 Years Gone",
            "99 Luftballons",
            "Abba",
            "The Beatles",
            "Bob",
            "Élan",
            "Elan 2",
            "Elan 10",
            "Moon Light",
            "Moonlight",
            "Ørsted",
            "The The",
            "Zappa",
            "Чайковский",
            "آهنگ",
            "하나",
            "東京",
            "???",
        ];
        for pair in sorted.windows(2) {
            assert_eq!(collate(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        for (one, other) in [("Beyoncé", "beyonce"), ("The Beatles", "Beatles"), ("Track 02", "track 2")] {
            assert_eq!(collate(one, other), Ordering::Equal, "{one} {other}");
        }
    }
}

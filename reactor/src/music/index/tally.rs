//! Counting: which tracks have what was asked, and which of them come first.
//!
//! This file knows numbers of tracks and words. It does *not* know letters.
//!
//! The order: tracks whose title is the query; tracks whose title begins with it, or whose artist it is;
//! tracks that have every word; those that have the beginning of every word; those that have something like
//! every word. Within each, words in the title count more than in the artist, album, genre and path, whole
//! words more than beginnings, and a short title is before a long one. What is still equal stays in the
//! order of the tracks, which is by artist, album and number.

use super::dictionary::{Dictionary, Posting, place};
use super::query::{Grade, Meant};

/// The class of a track whose title is the query.
const IS_TITLE: u16 = 5;

/// The class of a track whose title begins with the query, or whose artist it is.
const BEGINS_TITLE: u16 = 4;

/// How many bits of a score are left to what tells tracks of one class apart.
const SCORE_BITS: u32 = 9;

/// How many scores there are.
const SCORES: usize = (IS_TITLE as usize + 1) << SCORE_BITS;

/// How many bits of the points of one word tell its quality and place; above them is its class.
const POINT_BITS: u32 = 10;

/// The longest title that is told from longer ones, in words.
const TITLE_WORDS_MAX: u8 = 15;

/// What is known of one track so far.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// The points of all terms.
    sum: u16,
    /// The best points of the term that is being counted.
    best: u16,
    /// How many terms it has.
    matched: u8,
    /// The lowest class among them.
    worst: u8,
    /// How many of them are slips.
    slips: u8,
}

/// How many terms a track must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Every one, with at most so many slips.
    All { slips_max: u8 },
    /// More than half, and then as many as any track has.
    Most,
}

/// The tracks that have what was asked.
#[derive(Debug, Default)]
pub(super) struct Found {
    tallies: Vec<Tally>,
    /// In their order.
    pub(super) tracks: Vec<u32>,
    terms: u16,
    /// How many postings were read.
    pub(super) postings: u32,
}

impl Found {
    /// Counts what each track has.
    pub(super) fn count(dictionary: &Dictionary, meant: &[Meant], tracks: usize, need: Need) -> Self {
        let all = matches!(need, Need::All { .. });
        let mut found = Self { tallies: vec![Tally::default(); tracks], ..Self::default() };
        found.terms = u16::try_from(meant.len()).unwrap_or(u16::MAX);
        // The rarest term first: the others then touch only the few tracks that have it.
        let cost = |meant: &&Meant| -> usize {
            meant.words.iter().map(|(word, _)| dictionary.postings(*word..word + 1).len()).sum()
        };
        let mut rarest_first: Vec<&Meant> = meant.iter().collect();
        rarest_first.sort_by_cached_key(cost);
        // The tracks that still count, one bit each: small enough to stay near the processor.
        let mut counting = Bits::all(tracks);
        for meant in rarest_first {
            let mut touched = Bits::none(tracks);
            for (word, grade) in &meant.words {
                for posting in dictionary.postings(*word..word + 1) {
                    found.take(*posting, *grade, &counting, &mut touched);
                }
            }
            for (posting, grade) in &meant.tracks {
                found.take(*posting, *grade, &counting, &mut touched);
            }
            found.close_round(&touched);
            if all {
                counting = touched;
            }
        }
        found.select(&counting, need);
        found
    }

    fn take(&mut self, posting: Posting, grade: Grade, counting: &Bits, touched: &mut Bits) {
        self.postings += 1;
        if counting.has(posting.track()) {
            touched.add(posting.track());
            let tally = &mut self.tallies[posting.track() as usize];
            tally.best = tally.best.max(points(posting, grade));
        }
    }

    fn close_round(&mut self, touched: &Bits) {
        for track in touched.iter() {
            let tally = &mut self.tallies[track as usize];
            let class = u8::try_from(tally.best >> POINT_BITS).unwrap_or(0);
            tally.sum = tally.sum.saturating_add(tally.best & ((1 << POINT_BITS) - 1));
            tally.worst = if tally.matched == 0 { class } else { tally.worst.min(class) };
            tally.slips += u8::from(class == Grade::SLIP);
            tally.matched += 1;
            tally.best = 0;
        }
    }

    fn select(&mut self, counting: &Bits, need: Need) {
        let tallies = &self.tallies;
        self.tracks = match need {
            Need::All { slips_max } => {
                counting.iter().filter(|track| tallies[*track as usize].slips <= slips_max).collect()
            }
            Need::Most => {
                let most = tallies.iter().map(|tally| tally.matched).max().unwrap_or(0);
                let enough = u16::from(most) * 2 > self.terms;
                let tracks = (0..).zip(tallies).filter(|(_, tally)| enough && tally.matched == most);
                tracks.map(|(track, _)| track).collect()
            }
        };
    }

    /// Puts the best first. `is_title`, `begins_title` and `is_artist` are the tracks that the query is, or
    /// begins, the name of; others may be among them. `title_words` tells how long titles are.
    pub(super) fn rank(
        self,
        is_title: &[u32],
        begins_title: &[u32],
        is_artist: &[u32],
        title_words: &[u8],
    ) -> Vec<u32> {
        let Self { mut tallies, tracks, terms, .. } = self;
        // The sum has done its work once the score is known, and gives it its place.
        for track in &tracks {
            let tally = &mut tallies[*track as usize];
            let long = u16::from(title_words[*track as usize].min(TITLE_WORDS_MAX));
            let within = tally.sum / terms.max(1) / 2 + u16::from(TITLE_WORDS_MAX) - long;
            tally.sum = u16::from(tally.worst) << SCORE_BITS | within.min((1 << SCORE_BITS) - 1);
        }
        let named = [(begins_title, BEGINS_TITLE), (is_artist, BEGINS_TITLE), (is_title, IS_TITLE)];
        for (named, class) in named {
            for track in named {
                let score = &mut tallies[*track as usize].sum;
                *score = class << SCORE_BITS | *score & ((1 << SCORE_BITS) - 1);
            }
        }
        // A counting sort, which keeps the order of the tracks where scores are equal.
        let place = |track: u32| SCORES - 1 - usize::from(tallies[track as usize].sum).min(SCORES - 1);
        let mut next = vec![0_usize; SCORES + 1];
        tracks.iter().for_each(|track| next[place(*track) + 1] += 1);
        for score in 0..SCORES {
            next[score + 1] += next[score];
        }
        let mut ranked = vec![0; tracks.len()];
        for track in tracks {
            let next = &mut next[place(track)];
            ranked[*next] = track;
            *next += 1;
        }
        ranked
    }
}

/// A set of tracks.
struct Bits(Vec<u64>);

impl Bits {
    fn none(tracks: usize) -> Self {
        Self(vec![0; tracks.div_ceil(64)])
    }

    /// All of them; what is beyond the last is never asked for.
    fn all(tracks: usize) -> Self {
        Self(vec![u64::MAX; tracks.div_ceil(64)])
    }

    fn has(&self, track: u32) -> bool {
        self.0[track as usize / 64] >> (track % 64) & 1 == 1
    }

    fn add(&mut self, track: u32) {
        self.0[track as usize / 64] |= 1 << (track % 64);
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        let words = (0_u32..).zip(&self.0).filter(|(_, word)| **word != 0);
        words.flat_map(|(at, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }
}

/// Returns the points for a word in its places: never 0, the class above [`POINT_BITS`].
fn points(posting: Posting, grade: Grade) -> u16 {
    let places = posting.places();
    let weight: u16 = match places & place::ALL {
        all if all & place::TITLE != 0 => 16,
        all if all & place::ARTIST != 0 => 12,
        all if all & place::ALBUM != 0 => 8,
        all if all & place::GENRE != 0 => 4,
        _ => 2,
    };
    let inner = places & place::INNER != 0;
    // A folder called "Love" is less than a title that begins with it.
    let is_whole = !inner && places & place::ALL != place::PATH;
    let class = if is_whole { grade.class } else { grade.class.min(Grade::BEGINNING) };
    let quality = u16::from(grade.quality.clamp(1, Grade::QUALITY_MAX)) * weight;
    u16::from(class) << POINT_BITS | if inner { quality / 2 } else { quality }
}

const _: () = assert!((Grade::QUALITY_MAX as u32 * 16) < 1 << POINT_BITS);
const _: () = assert!(Grade::QUALITY_MAX as u32 * 16 / 2 + (TITLE_WORDS_MAX as u32) < 1 << SCORE_BITS);

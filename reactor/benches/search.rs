//! How long a search takes over 100,000 tracks, and how that compares to looking through all of them.
//!
//! `cargo bench --bench search [tracks]`. The catalogue is made up, but as uneven as real ones are: the words
//! and artists follow Zipf's law.

#![allow(clippy::cast_possible_truncation, clippy::disallowed_methods)] // Made-up numbers; measuring time.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlour_common::message::{AudioFormat, Sort, SortBy};
use parlour_reactor::music::tags::Tags;
use parlour_reactor::music::{Entry, Index};

const TRACKS: usize = 100_000;
const ARTISTS: usize = 8_000;
const WORDS: usize = 15_000;
const QUERIES: usize = 1_200;
const BEST_FIRST: Sort = Sort { by: SortBy::Relevance, descending: false };

/// Numbers without a pattern, the same in every run (xorshift, Marsaglia 2003).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Zipf's law: the n-th of `count` things about 1/n as often as the first.
    fn uneven(&mut self, count: usize) -> usize {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        // The inverse of the harmonic sum, near enough: ln n.
        let place = ((count as f64 + 1.0).powf(unit) - 1.0) as usize;
        place.min(count - 1)
    }
}

/// Made-up words: most Latin, some Cyrillic, Persian, Korean, Japanese.
fn words(noise: &mut Noise) -> Vec<String> {
    let syllables = [
        "ba", "be", "bo", "ca", "che", "co", "da", "del", "di", "en", "er", "fa", "fre", "ga", "go", "ha",
        "hi", "in", "ja", "ka", "la", "len", "li", "lo", "ma", "men", "mi", "mo", "na", "ne", "no", "on",
        "or", "pa", "phi", "qui", "ra", "re", "ri", "ro", "sa", "sch", "si", "so", "sta", "ta", "ter", "th",
        "ti", "to", "tra", "un", "va", "ve", "wa", "wi", "ya", "zo", "é", "ü", "ght", "ck", "s", "t",
    ];
    let cyrillic = ["ба", "ве", "го", "да", "жи", "ка", "ло", "мо", "но", "ро", "ста", "чай", "ский", "ля"];
    let persian = ["آ", "با", "شور", "دل", "می", "ره", "سا", "نو", "کی", "گل", "ها", "یا"];
    let korean = ["가", "나", "달", "랑", "마", "밤", "사", "아", "한", "국", "별", "빛"];
    let japanese = ["千", "本", "桜", "夜", "月", "の", "ミ", "ク", "空", "花", "歌", "ら"];
    let mut made = BTreeSet::new();
    let mut ordered = Vec::new();
    while ordered.len() < WORDS {
        let (parts, most): (&[&str], usize) = match noise.below(40) {
            0 | 1 => (&cyrillic, 4),
            2 => (&persian, 3),
            3 => (&korean, 3),
            4 => (&japanese, 5),
            _ => (&syllables, 4),
        };
        let word: String = (0..=noise.below(most)).map(|_| parts[noise.below(parts.len())]).collect();
        if word.chars().count() > 1 && made.insert(word.clone()) {
            ordered.push(word);
        }
    }
    // The commonest words are short, as everywhere.
    ordered[..2_000].sort_by_key(|word| word.chars().count());
    ordered
}

fn phrase(noise: &mut Noise, words: &[String], most: usize) -> String {
    let chosen: Vec<&str> = (0..=noise.below(most)).map(|_| &*words[noise.uneven(words.len())]).collect();
    chosen.join(" ")
}

fn catalogue(noise: &mut Noise, words: &[String], tracks: usize) -> Vec<Arc<Entry>> {
    let artists: Vec<(Arc<str>, Vec<Arc<str>>)> = (0..ARTISTS)
        .map(|_| {
            let albums = (0..=noise.below(6)).map(|_| phrase(noise, words, 4).into()).collect();
            (phrase(noise, words, 3).into(), albums)
        })
        .collect();
    let genres: Vec<Arc<str>> = (0..40).map(|_| phrase(noise, words, 2).into()).collect();
    let track = |n: usize| {
        let (artist, albums) = &artists[noise.uneven(ARTISTS)];
        let album = &albums[noise.below(albums.len())];
        let title = phrase(noise, words, 6);
        let number = (n % 14 + 1) as u32;
        let path = format!("{artist}/{album}/{number:02} {title} {n}.mp3");
        let tags = Tags {
            title: title.into(),
            artist: Arc::clone(artist),
            album: Arc::clone(album),
            genre: Arc::clone(&genres[noise.uneven(genres.len())]),
            number: Some(number),
            duration_ms: Some(noise.next() % 600_000),
            format: AudioFormat::Mp3,
            ..Tags::default()
        };
        Arc::new(Entry::new(Path::new(&path), noise.next() % 10_000_000, tags, None))
    };
    (0..tracks).map(track).collect()
}

/// What people type: beginnings of one and two letters, words, several words, slips, what is not there.
fn queries(noise: &mut Noise, index: &Index) -> Vec<(&'static str, String)> {
    let mut queries: Vec<(&'static str, String)> = Vec::new();
    for n in 0..QUERIES {
        let tags = index.entries()[noise.below(index.len())].tags();
        let title: Vec<char> = tags.title.chars().collect();
        let word: Vec<char> =
            tags.title.split(' ').max_by_key(|word| word.len()).unwrap_or("").chars().collect();
        let begin = |letters: &[char], count: usize| letters.iter().take(count).collect::<String>();
        queries.push(match n % 13 {
            0 => ("1 letter", begin(&title, 1)),
            1 => ("2 letters", begin(&title, 2)),
            2 => ("3 letters", begin(&title, 3)),
            3 => ("a word", word.iter().collect()),
            4 => ("half a title", begin(&title, title.len().div_ceil(2))),
            5 => ("a title", title.iter().collect()),
            6 => ("title + artist", format!("{} {}", tags.artist, tags.title)),
            7 => (
                "letters a b c",
                (0..5).map(|_| format!("{} ", char::from(b'a' + noise.below(26) as u8))).collect(),
            ),
            8 | 9 => {
                let mut slipped = word;
                if slipped.len() > 4 {
                    let at = 1 + noise.below(slipped.len() - 2);
                    slipped.swap(at, at + 1);
                }
                let first = tags.artist.split(' ').next().unwrap_or("");
                ("slip + artist", format!("{} {first}", slipped.iter().collect::<String>()))
            }
            12 => (
                "12 letters",
                ('a'..='z').cycle().skip(n).step_by(5).take(12).flat_map(|c| [c, ' ']).collect(),
            ),
            10 => ("miss", format!("x{}q{}z", word.iter().rev().collect::<String>(), noise.below(99))),
            _ => ("miss of 3 words", format!("{}w kv{} zqxj", begin(&word, 4), begin(&title, 3))),
        });
    }
    queries
}

fn main() {
    let tracks = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(TRACKS);
    let mut noise = Noise(2026);
    let words = words(&mut noise);
    let entries = catalogue(&mut noise, &words, tracks);
    let before = resident_kib();
    let (index, building) = timed(|| Index::of(entries, 1));
    println!(
        "{tracks} tracks: index built in {building:.0?}, {} MiB for it, {} MiB in all",
        (resident_kib() - before) / 1024,
        resident_kib() / 1024
    );
    let everything: String = index
        .entries()
        .iter()
        .map(|entry| format!("{}\t{}\t{}\n", entry.tags().title, entry.tags().artist, entry.tags().album))
        .collect::<String>()
        .to_lowercase();
    let mut kinds: Vec<(&str, Vec<Duration>)> = Vec::new();
    let mut all = Vec::new();
    let mut naive = Vec::new();
    for (kind, query) in queries(&mut noise, &index) {
        // The next of the same words is at hand; few queries here are alike.
        let (_, time) = timed(|| index.search(&query, BEST_FIRST));
        all.push(time);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, times)) => times.push(time),
            None => kinds.push((kind, vec![time])),
        }
        let typed = query.to_lowercase();
        naive.push(
            timed(|| memchr::memmem::find_iter(everything.as_bytes(), typed.trim().as_bytes()).count()).1,
        );
    }
    let row = |name: &str, times: &mut Vec<Duration>| {
        times.sort();
        let at = |part: usize| times[(times.len() - 1) * part / 1000];
        let [median, p99, max] = [500, 990, 1000].map(|part| format!("{:.0?}", at(part)));
        println!("{name:>16} {:>5} {median:>8} {p99:>8} {max:>8}", times.len());
    };
    println!("{:>16} {:>5} {:>8} {:>8} {:>8}", "", "n", "p50", "p99", "max");
    for (kind, times) in &mut kinds {
        row(kind, times);
    }
    row("all", &mut all);
    row("memmem scan", &mut naive);
    let ratio = all.iter().sum::<Duration>().as_secs_f64() / naive.iter().sum::<Duration>().as_secs_f64();
    println!(
        "a search takes {ratio:.2} times as long as a scan for the bytes as typed, which forgives nothing"
    );
    for by in [SortBy::Title, SortBy::Duration] {
        let (found, time) = timed(|| index.search("a b", Sort { by, descending: true }));
        println!("sorted by {by:?}: {} tracks in {time:.0?}", found.len());
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}
